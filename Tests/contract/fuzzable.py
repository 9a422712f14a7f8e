"""Prints the contract as a fuzzer gets furthest with it, for the caller whose token stands in TOKEN:

- operations beyond his permissions have the tag `others`: the matrix of roles is tested elsewhere, a fuzzer only learns
  the word 403;
- identities of documents that are there, beside those that are made up;
- `If-Match: *` beside versions that are made up;
- without the parameter `fields`, whose answers leave out members that the schemas require.

usage: TOKEN=… fuzzable.py URL [EARLIER-CONTRACT]

What an earlier caller took (a contract printed before) has that tag too, so that several callers share the operations.
"""

import json
import os
import sys
import urllib.error
import urllib.request

METHODS = {"get", "put", "post", "patch", "delete"}
FIELDS = {"$ref": "#/components/parameters/Fields"}
# Members of bodies and parameters that name a document, and where such documents are listed.
NAMED = {
    "customerId": "customers",
    "regionId": "regions",
    "stationId": "stations",
    "technicianId": "users",
    "userId": "users",
    "vehicleId": "vehicles",
}
URL = sys.argv[1]


def get(path):
    request = urllib.request.Request(URL + path, headers={"Authorization": "Bearer " + os.environ["TOKEN"]})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def known(collection, cache={}):
    """Identities of at most 20 documents; none where the caller may not list them."""
    if collection not in cache:
        try:
            cache[collection] = [item["id"] for item in get(f"/v1/{collection}?limit=20")["items"] if "id" in item]
        except (urllib.error.HTTPError, KeyError, TypeError):
            cache[collection] = []
    return cache[collection]


def also(schema, values):
    return {"anyOf": [{"enum": values}, schema]} if values else schema


def enrich(schema):
    if isinstance(schema, list):
        return [enrich(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    result = {name: enrich(part) for name, part in schema.items()}
    properties = result.get("properties")
    if isinstance(properties, dict):
        for name, collection in NAMED.items():
            if name in properties:
                properties[name] = also(properties[name], known(collection))
    return result


contract = get("/openapi.json")
mine = set(get("/v1/me")["permissions"]) | {"self", "public"}
taken = set()
if len(sys.argv) > 2:
    with open(sys.argv[2], encoding="utf-8") as file:
        taken = {
            (path, method)
            for path, item in json.load(file)["paths"].items()
            for method in METHODS & item.keys()
            if item[method]["tags"] != ["others"]
        }

parameters = contract["components"]["parameters"]
parameters["IfMatch"]["schema"] = also(parameters["IfMatch"]["schema"], ["*"])
for path, item in contract["paths"].items():
    shared = item.get("parameters", [])
    collection = path.split("/")[2] if path.startswith("/v1/") else ""
    for method, operation in item.items():
        if method not in METHODS:
            continue
        # Metrics have an address of their own; the fuzzer reads answers that it kept, cut at their first MiB, and YAML
        # that is cut ends its thread.
        if operation["x-permission"] not in mine or (path, method) in taken or path in ("/metrics", "/openapi.yaml"):
            operation["tags"] = ["others"]
        own = []
        for parameter in shared + operation.get("parameters", []):
            if parameter == FIELDS:
                continue
            reference = parameter.get("$ref")
            parameter = parameters[reference.rsplit("/", 1)[1]] if reference else parameter
            if parameter["in"] == "path" and parameter["name"] == "id" and collection:
                parameter = parameter | {"schema": also(parameter["schema"], known(collection))}
            elif parameter["name"] in NAMED:
                parameter = parameter | {"schema": also(parameter["schema"], known(NAMED[parameter["name"]]))}
            own.append(parameter)
        operation["parameters"] = own
        # A body that is a file is text, the only kind of file that a fuzzer can make.
        content = operation.get("requestBody", {}).get("content", {})
        if "image/jpeg" in content:
            content.clear()
            content["text/plain"] = {"schema": {"type": "string", "minLength": 1}}
    item.pop("parameters", None)
contract["components"]["schemas"] = enrich(contract["components"]["schemas"])
json.dump(contract, sys.stdout, ensure_ascii=False)
