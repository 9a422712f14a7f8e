"""Holds every bound that openapi.yaml gives a member of a body against what the server refuses (C-02, C-09, C-34).

The server names the bound of a member that it refuses (`max`), so one request with a value far beyond tells whether both say
the same. A fuzzer meets only the bounds of documents that it finds in the right state. Prints a line for each difference and,
last, how many bounds were held: `N passed, N failed`. Operations for which the demo data hold no document that one of the
callers may change are named before.

Runs below .ci/with-server, called by fuzz.sh; BOUNDS_TOKENS are those of the callers.
"""

import http.client
import json
import os
import sys
import urllib.parse
import uuid

LONG, HUGE = 40_000, 10**17


class Server:
    """The contract, and what the server says of a request; by callers with every role of headquarters and of a station."""

    def __init__(self):
        self.connection = http.client.HTTPConnection(os.environ["AFTERSALES_URL"].removeprefix("http://"), timeout=60)
        self.calls, self.known = 0, {}
        self.callers = [*os.environ["BOUNDS_TOKENS"].split(), self.login("supplier")]
        self.contract = self.call("GET", "/openapi.json", self.callers[0])[1]

    def call(self, method, path, bearer, body=None, media="application/json"):
        # Refused requests of one address are limited.
        self.calls += 1
        fields = {"Authorization": f"Bearer {bearer}", "X-Forwarded-For": f"10.7.{self.calls >> 8 & 255}.{self.calls & 255}"}
        if body is not None:
            fields |= {"Content-Type": media, "Idempotency-Key": str(uuid.uuid4()), "If-Match": "*"}
        self.connection.request(method, path, None if body is None else json.dumps(body).encode(), fields)
        answer = self.connection.getresponse()
        content = answer.read()
        readable = "json" in answer.headers.get("Content-Type", "")
        return answer.status, json.loads(content) if content and readable else {}

    def login(self, user):
        form = {"grant_type": "password", "username": user, "password": "demo-password"}
        self.connection.request(
            "POST", "/oauth2/token", urllib.parse.urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"})  # fmt: skip
        return json.loads(self.connection.getresponse().read())["access_token"]

    def told(self, method, path, bearer, body, media, pointer):
        """The faults of the member, the bounds that they name, and the answer in short."""
        status, answer = self.call(method, path, bearer, body, media)
        found = [error for error in answer.get("errors", []) if error.get("pointer") == pointer]
        bounds = [int(error["max"]) for error in found if str(error.get("max", "")).lstrip("-").isdigit()]
        return found, bounds, f"{status} {answer.get('type', '')}"

    def resolved(self, node):
        while isinstance(node, dict) and "$ref" in node:
            target = self.contract
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = {**target, **{name: value for name, value in node.items() if name != "$ref"}}
        return node

    def document(self, collection, bearer):
        """The identity of one of the collection's documents that the caller sees."""
        if (collection, bearer) not in self.known:
            listed = self.call("GET", f"{collection}?limit=1", bearer)[1].get("items", [])
            self.known[collection, bearer] = listed[0].get("id") if listed else None
        return self.known[collection, bearer]

    def address(self, path, parameters, bearer):
        """The path filled in with documents that are there and the parameters' examples; None if there are none."""
        by_name = {parameter["name"]: parameter for parameter in map(self.resolved, parameters)}
        made = template = ""
        for part in path.strip("/").split("/"):
            value = part
            if part.startswith("{"):
                schema = self.resolved(by_name[part[1:-1]]["schema"])
                words = schema.get("enum") or schema.get("examples") or [schema.get("example")]
                listed = "get" in self.contract["paths"].get(template, {})
                value = (self.document(made, bearer) if listed else None) or by_name[part[1:-1]].get("example", words[0])
                if value is None:
                    return None
            made, template = f"{made}/{value}", f"{template}/{part}"
        return made


def variants(server, schema):
    """The schemas that a value of this one can have, each with what stands in allOf, oneOf and anyOf merged in."""
    schema = server.resolved(schema)
    found = [{name: value for name, value in schema.items() if name not in ("allOf", "oneOf", "anyOf")}]
    for part in schema.get("allOf", []):
        found = [merged(left, right) for left in found for right in variants(server, part)]
    for word in ("oneOf", "anyOf"):
        if word in schema:
            found = [
                merged(left, right) for left in found for part in schema[word] for right in variants(server, part)
            ]
    return found


def merged(left, right):
    both = {**left, **right}
    if "properties" in left and "properties" in right:
        both["properties"] = {**left["properties"], **right["properties"]}
    return both


def bounds(server, schema, place=()):
    """(place, word, bound, whether a pattern may be named instead) of every member; 0 in a place is an array's first entry."""
    for variant in variants(server, schema):
        kind = variant.get("type", [])
        kinds = {kind} if isinstance(kind, str) else set(kind)
        if "string" in kinds and "maxLength" in variant and not {"enum", "const", "format"} & variant.keys():
            yield place, "maxLength", variant["maxLength"], "pattern" in variant
        if "integer" in kinds and "maximum" in variant:
            yield place, "maximum", variant["maximum"], False
        if "array" in kinds:
            if "maxItems" in variant:
                yield place, "maxItems", variant["maxItems"], False
            yield from bounds(server, variant.get("items", {}), (*place, 0))
        for name, member in variant.get("properties", {}).items():
            if not server.resolved(member).get("readOnly"):
                yield from bounds(server, member, (*place, name))


def standing(body, place):
    """Whether the body has something at the place."""
    for part in place:
        if not (isinstance(body, list) and body if part == 0 else isinstance(body, dict) and part in body):
            return False
        body = body[part]
    return True


def placed(body, place, value):
    if not place:
        return value
    first, *rest = place
    entry = placed(body[first] if standing(body, [first]) else None, rest, value)
    return [entry, *body[1:]] if first == 0 else {**body, first: entry}


def examples(server, media):
    found = [media["example"]] if "example" in media else []
    return found + [server.resolved(example)["value"] for example in media.get("examples", {}).values()] or [{}]


def beyond(word, bound):
    """Values far beyond the bound and one beyond it."""
    return {
        "maxLength": ("x" * LONG, "x" * (bound + 1)),
        "maximum": (HUGE, bound + 1),
        "maxItems": ([None] * LONG, [None] * (bound + 1)),
    }[word]


UNTRIED = "untried"


def held(server, request, media, body, place, word, bound, patterned):
    """None if the server holds the bound, UNTRIED if the caller does not get as far, otherwise what it says."""
    pointer = "#" + "".join(f"/{part}" for part in place)
    far, next_one = beyond(word, bound)
    found, told, answer = server.told(*request, placed(body, place, far), media, pointer)
    if bound in told or (found and not told and patterned):
        return None
    # A text with a grammar may be cut more roughly than the grammar says, as long as what the contract refuses is refused.
    if told and min(told) > bound and server.told(*request, placed(body, place, next_one), media, pointer)[0]:
        return None
    # A member of another form of this document is refused whatever its value.
    if answer[:3] in ("403", "404") or [fault["code"] for fault in found] == ["unknownField"]:
        return UNTRIED
    return f"{pointer}: {word} {bound}, the server says {told or found or answer}"


def main():
    server = Server()
    passed, faults, untried = 0, [], set()
    for path, item in server.contract["paths"].items():
        for method in ("put", "post", "patch"):
            operation = item.get(method, {})
            content = server.resolved(operation.get("requestBody", {})).get("content", {})
            media = next((name for name in content if name.endswith("json")), None)
            if media is None:
                continue
            name = f"{method.upper()} {path}"
            parameters = item.get("parameters", []) + operation.get("parameters", [])
            requests = [
                (method.upper(), address, bearer)
                for bearer in server.callers
                if (address := server.address(path, parameters, bearer))
            ]
            bodies, tried = examples(server, content[media]), set()
            for place, word, bound, patterned in bounds(server, content[media]["schema"]):
                # An example that has the member is one in which it may stand; else one that has its parent.
                body = next(
                    (body for known in (place, place[:-1]) for body in bodies if place and standing(body, known)), None
                )
                if body is None or (place, word) in tried:
                    continue
                tried.add((place, word))
                said = UNTRIED
                for request in requests:
                    said = held(server, request, media, body, place, word, bound, patterned)
                    if said != UNTRIED:
                        break
                if said is None:
                    passed += 1
                elif said == UNTRIED:
                    untried.add(name)
                else:
                    faults.append(f"{name} {said}")
    for fault in faults:
        print("not ok", fault)
    print(f"not tried, or not whole: {', '.join(sorted(untried)) or 'none'}")
    print(f"{passed} passed, {len(faults)} failed")
    sys.exit(bool(faults) or passed == 0)


if __name__ == "__main__":
    main()
