"""Compares the contract with the last released one (C-33, C-34); prints each change that could break a client.

usage: openapi_compat.py RELEASED PRESENT

Breaking: something removed or renamed; something that was accepted and no longer is; something that was certain in an
answer and no longer is; another type, default, status, permission or problem type; a new redirect. Not breaking: new
operations, new optional parameters and members of requests, new members and enum values of answers, looser validation.
"""

import re
import sys

import yaml

METHODS = ("get", "put", "post", "patch", "delete")
# What a request must not exceed or fall below; the larger (smaller) value accepts more.
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
EQUAL = ("pattern", "format", "uniqueItems", "multipleOf", "const", "propertyNames", "contentEncoding")
REQUEST, ANSWER = "request", "answer"


def load(path):
    with open(path, encoding="utf-8") as file:
        return yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


class Contract:
    def __init__(self, document):
        self.document = document

    def resolve(self, value):
        """Follows `$ref`; what stands beside it wins."""
        while isinstance(value, dict) and "$ref" in value:
            target = self.document
            for part in value["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            value = target | {name: part for name, part in value.items() if name != "$ref"}
        return value

    def flat(self, schema):
        """One schema without `$ref` and `allOf`, whose parts are merged."""
        schema = self.resolve(schema if isinstance(schema, dict) else {})
        if "allOf" not in schema:
            return schema
        merged = {name: part for name, part in schema.items() if name != "allOf"}
        for part in schema["allOf"]:
            part = self.flat(part)
            both = merged | part
            both["properties"] = merged.get("properties", {}) | part.get("properties", {})
            both["required"] = sorted(set(merged.get("required", [])) | set(part.get("required", [])))
            merged = both
        return merged

    def alternatives(self, schema):
        """The schemas of which one must hold, each flat."""
        schema = self.flat(schema)
        for word in ("anyOf", "oneOf"):
            if word in schema:
                rest = {name: part for name, part in schema.items() if name != word}
                parts = [{"allOf": [rest, part]} if rest else part for part in schema[word]]
                return [flat for part in parts for flat in self.alternatives(part)]
        types = schema.get("type")
        if isinstance(types, list):
            return [schema | {"type": one} for one in types]
        return [schema]

    def operations(self):
        """(method, path without names of parameters) to (operation, all its parameters)."""
        found = {}
        for path, item in self.document.get("paths", {}).items():
            for method in METHODS:
                if method in item:
                    operation = item[method]
                    parameters = {}
                    for parameter in item.get("parameters", []) + operation.get("parameters", []):
                        parameter = self.resolve(parameter)
                        # A renamed path parameter changes no request.
                        name = path.index("{" + parameter["name"]) if parameter["in"] == "path" else parameter["name"]
                        parameters[parameter["in"], name] = parameter
                    found[method.upper(), re.sub(r"\{[^}]*\}", "{}", path)] = (operation, parameters)
        return found


class Comparison:
    def __init__(self, released, present):
        self.old, self.new = Contract(released), Contract(present)
        self.breaks = []
        self.compared = set()

    def say(self, place, sentence):
        self.breaks.append(f"{place}: {sentence}")

    def run(self):
        before, now = self.old.operations(), self.new.operations()
        for key, (operation, parameters) in before.items():
            place = " ".join(key)
            if key not in now:
                self.say(place, "removed")
                continue
            self.operation(place, operation, parameters, *now[key])
        before, now = self.old.document.get("webhooks", {}), self.new.document.get("webhooks", {})
        for name in before:
            place = f"webhook {name}"
            if name not in now:
                self.say(place, "removed")
                continue
            bodies = [c.resolve(w[name]["post"]["requestBody"]) for c, w in ((self.old, before), (self.new, now))]
            self.content(place, ANSWER, *bodies)
        before, now = ({p["type"] for p in c.document.get("x-problem-types", [])} for c in (self.old, self.new))
        for name in sorted(before - now):
            self.say(f"problem type {name}", "removed")
        return sorted(set(self.breaks))

    def operation(self, place, old, old_parameters, new, new_parameters):
        if old.get("operationId") != new.get("operationId"):
            self.say(place, f"operationId was {old.get('operationId')}, is {new.get('operationId')}")
        if old.get("x-permission") != new.get("x-permission") and new.get("x-permission") != "public":
            self.say(place, f"needs the permission {new.get('x-permission')}, needed {old.get('x-permission')}")
        for key, parameter in old_parameters.items():
            where = f"{place} {key[0]} parameter {parameter['name']}"
            if key not in new_parameters:
                self.say(where, "removed")
                continue
            now = new_parameters[key]
            if now.get("required") and not parameter.get("required"):
                self.say(where, "is required now")
            if any(now.get(word) != parameter.get(word) for word in ("style", "explode")):
                self.say(where, "is written another way")
            self.schema(where, REQUEST, parameter.get("schema", {}), now.get("schema", {}))
        for key, parameter in new_parameters.items():
            if key not in old_parameters and parameter.get("required"):
                self.say(f"{place} {key[0]} parameter {parameter['name']}", "is new and required")
        old_body, new_body = self.old.resolve(old.get("requestBody")), self.new.resolve(new.get("requestBody"))
        if new_body and new_body.get("required") and not (old_body and old_body.get("required")):
            self.say(f"{place} body", "is required now")
        if old_body and not new_body:
            self.say(f"{place} body", "removed")
        if old_body and new_body:
            self.content(f"{place} body", REQUEST, old_body, new_body)
        self.answers(place, old.get("responses", {}), new.get("responses", {}))

    def answers(self, place, old, new):
        old, new = ({str(status): answer for status, answer in answers.items()} for answers in (old, new))
        for status, answer in old.items():
            where = f"{place} {status}"
            if status not in new:
                # An error that can no longer happen hurts nobody.
                if status < "400":
                    self.say(where, "removed")
                continue
            before, now = self.old.resolve(answer), self.new.resolve(new[status])
            for name in before.get("headers", {}):
                if name.lower() not in {header.lower() for header in now.get("headers", {})}:
                    self.say(f"{where} header {name}", "removed")
            self.content(where, ANSWER, before, now)
        for status in new.keys() - old.keys():
            if "300" <= status < "400" and status != "304":
                self.say(f"{place} {status}", "is a new redirect")

    def content(self, place, direction, old, new):
        for media, value in old.get("content", {}).items():
            if media not in new.get("content", {}):
                self.say(f"{place} {media}", "removed")
            else:
                self.schema(place, direction, value.get("schema", {}), new["content"][media].get("schema", {}))

    # --- Schemas

    def schema(self, place, direction, old, new):
        # Recursive schemas, and the same pair in many places: named once.
        names = (old.get("$ref"), new.get("$ref")) if isinstance(old, dict) and isinstance(new, dict) else (None, None)
        if all(names):
            if (direction, *names) in self.compared:
                return
            self.compared.add((direction, *names))
            place = f"{names[0].rsplit('/', 1)[1]} ({direction})"
        before, now = self.old.alternatives(old), self.new.alternatives(new)
        if direction == REQUEST:
            for one in before:
                self.best(place, direction, [(one, other) for other in now], one)
        else:
            for other in now:
                self.best(place, direction, [(one, other) for one in before], other)
            # An alternative that no longer comes breaks nobody, but a type or a value that is gone was renamed or lost.
            for one in before:
                self.best(place, direction, [(one, other) for other in now], one)

    def best(self, place, direction, pairs, subject):
        """The breaks of the pair that has the fewest: each alternative needs one that takes its place."""
        kept, compared = self.breaks, self.compared
        tries = []
        for old, new in pairs:
            self.breaks, self.compared = [], set(compared)
            self.plain(place, direction, old, new)
            tries.append((len(self.breaks), self.breaks, self.compared))
            if not self.breaks:
                break
        self.breaks = kept
        count, breaks, self.compared = min(tries, key=lambda one: one[0])
        self.breaks += breaks

    def plain(self, place, direction, old, new):
        kinds = old.get("type"), new.get("type")
        if kinds[0] != kinds[1]:
            accepts_more = kinds[1] is None or (kinds == ("integer", "number"))
            says_less = kinds[0] is None or (kinds == ("number", "integer"))
            if not (accepts_more if direction == REQUEST else says_less):
                self.say(place, f"was {kinds[0] or 'anything'}, is {kinds[1] or 'anything'}")
                return
        if "enum" in old:
            for value in old["enum"]:
                if "enum" in new and value not in new["enum"]:
                    self.say(place, f"the value {value} is removed")
        elif "enum" in new and direction == REQUEST:
            self.say(place, "takes only some values now")
        if direction == REQUEST:
            self.bounds(place, old, new)
            if old.get("default") != new.get("default"):
                self.say(place, f"the default was {old.get('default')}, is {new.get('default')}")
        elif old.get("format") != new.get("format"):
            self.say(place, f"the format was {old.get('format')}, is {new.get('format')}")
        self.members(place, direction, old, new)
        if "items" in old or "items" in new:
            self.schema(f"{place}[]", direction, old.get("items", {}), new.get("items", {}))

    def bounds(self, place, old, new):
        for word in UPPER:
            if word in new and (word not in old or new[word] < old[word]):
                self.say(place, f"{word} was {old.get(word, 'open')}, is {new[word]}")
        for word in LOWER:
            # Nothing is shorter than 0 characters.
            least = old.get(word, 0 if word.startswith("min") and word != "minimum" else None)
            if word in new and (least is None or new[word] > least):
                self.say(place, f"{word} was {old.get(word, 'open')}, is {new[word]}")
        for word in EQUAL:
            if word in new and new[word] != old.get(word):
                self.say(place, f"{word} was {old.get(word, 'open')}, is {new[word]}")

    def members(self, place, direction, old, new):
        before, now = old.get("properties", {}), new.get("properties", {})
        for name, schema in before.items():
            if name in now:
                self.schema(f"{place}.{name}", direction, schema, now[name])
            elif direction == ANSWER or new.get("additionalProperties") is False:
                self.say(f"{place}.{name}", "removed")
        required = set(old.get("required", [])), set(new.get("required", []))
        if direction == REQUEST:
            for name in sorted(required[1] - required[0]):
                self.say(f"{place}.{name}", "is required now")
            was_open = "properties" in old and old.get("additionalProperties", True) is not False
            if was_open and new.get("additionalProperties") is False:
                self.say(place, "refuses unknown members now")
        else:
            for name in sorted((required[0] - required[1]) & now.keys()):
                self.say(f"{place}.{name}", "may be missing now")
        extra = old.get("additionalProperties"), new.get("additionalProperties")
        if isinstance(extra[0], dict) and isinstance(extra[1], dict):
            self.schema(f"{place}.*", direction, *extra)


def compare(released, present):
    """The sentences, sorted; none is good."""
    return Comparison(released, present).run()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    found = compare(load(sys.argv[1]), load(sys.argv[2]))
    for sentence in found:
        print(sentence)
    print(f"{len(found)} breaking changes since the last release")
    sys.exit(1 if found else 0)
