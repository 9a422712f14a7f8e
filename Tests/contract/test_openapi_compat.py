"""The comparison of contracts finds every planted break and passes every compatible change. Run by `make lint`."""

import copy
import os
import unittest

from openapi_compat import compare, load

HERE = os.path.dirname(os.path.abspath(__file__))

SMALL = {
    "openapi": "3.1.1",
    "paths": {
        "/v1/orders": {
            "get": {
                "operationId": "listOrders",
                "x-permission": "orders:read",
                "parameters": [
                    {
                        "name": "state",
                        "in": "query",
                        "schema": {"type": "array", "items": {"$ref": "#/components/schemas/State"}},
                    },
                    {
                        "name": "limit",
                        "in": "query",
                        "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
                    },
                ],
                "responses": {
                    "200": {
                        "headers": {"Link": {"schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Page"}}},
                    },
                    "400": {
                        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
                    },
                },
            },
            "post": {
                "operationId": "createOrder",
                "x-permission": "orders:write",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Draft"}}},
                },
                "responses": {
                    "201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}},
                },
            },
        },
        "/v1/orders/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {
                "operationId": "getOrder",
                "x-permission": "orders:read",
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}},
                },
            },
        },
    },
    "components": {
        "schemas": {
            "State": {"type": "string", "enum": ["open", "closed"]},
            "Draft": {
                "type": "object",
                "additionalProperties": False,
                "required": ["summary"],
                "properties": {
                    "summary": {"type": "string", "minLength": 1, "maxLength": 200},
                    "note": {"type": ["string", "null"]},
                    "kilometres": {"type": "integer", "minimum": 0},
                    "lines": {"type": "array", "maxItems": 50, "items": {"$ref": "#/components/schemas/Line"}},
                },
            },
            "Line": {
                "type": "object",
                "additionalProperties": False,
                "required": ["description"],
                "properties": {"description": {"type": "string"}, "code": {"type": "string", "pattern": "^[A-Z]+$"}},
            },
            "Stamp": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "format": "uuid"}}},
            "Order": {
                "allOf": [{"$ref": "#/components/schemas/Stamp"}],
                "type": "object",
                "required": ["state", "version"],
                "properties": {
                    "state": {"$ref": "#/components/schemas/State"},
                    "version": {"type": "integer"},
                    "owner": {"anyOf": [{"$ref": "#/components/schemas/Stamp"}, {"type": "null"}]},
                },
            },
            "Page": {
                "type": "object",
                "required": ["items"],
                "properties": {"items": {"type": "array", "items": {"$ref": "#/components/schemas/Order"}}},
            },
            "Problem": {"type": "object", "required": ["type"], "properties": {"type": {"type": "string"}}},
        }
    },
    "webhooks": {
        "order.closed": {
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}},
                "responses": {"200": {}},
            }
        }
    },
    "x-problem-types": [{"type": "/problems/not-found"}],
}


def changed(change, of=SMALL):
    present = copy.deepcopy(of)
    change(present)
    return present


def schema(document, name):
    return document["components"]["schemas"][name]


def members(document, name):
    return schema(document, name)["properties"]


def listing(document):
    return document["paths"]["/v1/orders"]["get"]


def creation(document):
    return document["paths"]["/v1/orders"]["post"]


# A change, and what must be said about it.
BREAKS = {
    "path": (lambda d: d["paths"].pop("/v1/orders/{id}"), "GET /v1/orders/{}: removed"),
    "operation": (lambda d: d["paths"]["/v1/orders"].pop("post"), "POST /v1/orders: removed"),
    "operationId": (lambda d: listing(d).update(operationId="allOrders"), "operationId was listOrders, is allOrders"),
    "permission": (lambda d: listing(d).update({"x-permission": "orders:all"}), "needs the permission orders:all"),
    "parameter": (lambda d: listing(d)["parameters"].pop(0), "query parameter state: removed"),
    "parameter required": (lambda d: listing(d)["parameters"][0].update(required=True), "state: is required now"),
    "new required parameter": (
        lambda d: listing(d)["parameters"].append({"name": "year", "in": "query", "required": True}),
        "query parameter year: is new and required",
    ),
    "parameter maximum": (lambda d: listing(d)["parameters"][1]["schema"].update(maximum=50), "maximum was 100, is 50"),
    "parameter default": (
        lambda d: listing(d)["parameters"][1]["schema"].update(default=50),
        "the default was 20, is 50",
    ),
    "parameter style": (lambda d: listing(d)["parameters"][0].update(explode=False), "is written another way"),
    "media type": (
        lambda d: creation(d)["requestBody"]["content"].update(
            {"text/csv": creation(d)["requestBody"]["content"].pop("application/json")}
        ),
        "body application/json: removed",
    ),
    "status": (lambda d: creation(d)["responses"].update({"202": creation(d)["responses"].pop("201")}), "201: removed"),
    "redirect": (lambda d: listing(d)["responses"].update({"308": {}}), "308: is a new redirect"),
    "header": (lambda d: listing(d)["responses"]["200"].pop("headers"), "200 header Link: removed"),
    "enum value": (
        lambda d: schema(d, "State")["enum"].remove("closed"),
        "State (request): the value closed is removed",
    ),
    "enum value of answers": (
        lambda d: schema(d, "State")["enum"].remove("open"),
        "State (answer): the value open is removed",
    ),
    "new enum": (lambda d: members(d, "Line")["description"].update(enum=["a"]), "takes only some values now"),
    "member of a request": (lambda d: members(d, "Draft").pop("note"), "Draft (request).note: removed"),
    "member of an answer": (lambda d: members(d, "Order").pop("version"), "Order (answer).version: removed"),
    "member behind allOf": (lambda d: members(d, "Stamp").pop("id"), ".id: removed"),
    "renamed member": (
        lambda d: members(d, "Order").update(revision=members(d, "Order").pop("version")),
        "Order (answer).version: removed",
    ),
    "newly required": (
        lambda d: schema(d, "Draft")["required"].append("note"),
        "Draft (request).note: is required now",
    ),
    "new required member": (
        lambda d: (members(d, "Line").update(price={"type": "string"}), schema(d, "Line")["required"].append("price")),
        "Line (request).price: is required now",
    ),
    "no longer certain": (lambda d: schema(d, "Order")["required"].remove("version"), "version: may be missing now"),
    "type": (lambda d: members(d, "Order")["version"].update(type="string"), "was integer, is string"),
    "narrowed type of a request": (lambda d: members(d, "Draft")["note"].update(type="string"), "was null, is string"),
    "widened type of an answer": (
        lambda d: members(d, "Order")["version"].update(type=["integer", "null"]),
        "Order (answer).version: was integer, is null",
    ),
    "number becomes integer in a request": (
        lambda d: members(d, "Draft")["kilometres"].update(type="boolean"),
        "kilometres: was integer, is boolean",
    ),
    "integer becomes number in an answer": (
        lambda d: members(d, "Order")["version"].update(type="number"),
        "was integer, is number",
    ),
    "format": (lambda d: members(d, "Stamp")["id"].update(format="int64"), "the format was uuid, is int64"),
    "longer minimum": (lambda d: members(d, "Draft")["summary"].update(minLength=5), "minLength was 1, is 5"),
    "shorter maximum": (lambda d: members(d, "Draft")["summary"].update(maxLength=100), "maxLength was 200, is 100"),
    "new maximum": (lambda d: members(d, "Draft")["kilometres"].update(maximum=10), "maximum was open, is 10"),
    "new minimum": (lambda d: members(d, "Line")["description"].update(minLength=3), "minLength was open, is 3"),
    "fewer items": (lambda d: members(d, "Draft")["lines"].update(maxItems=10), "maxItems was 50, is 10"),
    "pattern": (
        lambda d: members(d, "Line")["code"].update(pattern="^[A-Z]{3}$"),
        "pattern was ^[A-Z]+$, is ^[A-Z]{3}$",
    ),
    "new pattern": (lambda d: members(d, "Line")["description"].update(pattern="x"), "pattern was open, is x"),
    "null gone from an answer": (
        lambda d: members(d, "Order").update(owner={"type": "null"}),
        "Order (answer).owner: was object, is null",
    ),
    "body required": (None, "POST /v1/orders body: is required now"),
    "webhook": (lambda d: d["webhooks"].pop("order.closed"), "webhook order.closed: removed"),
    "problem type": (lambda d: d["x-problem-types"].clear(), "problem type /problems/not-found: removed"),
}

COMPATIBLE = {
    "nothing": lambda d: None,
    "operation": lambda d: d["paths"].update({"/v1/parts": {"get": {"operationId": "listParts", "responses": {}}}}),
    "optional parameter": lambda d: listing(d)["parameters"].append(
        {"name": "q", "in": "query", "schema": {"type": "string"}}
    ),
    "name of a path parameter": lambda d: (
        d["paths"].update({"/v1/orders/{order}": d["paths"].pop("/v1/orders/{id}")}),
        d["paths"]["/v1/orders/{order}"]["parameters"][0].update(name="order"),
    ),
    "optional member of a request": lambda d: members(d, "Draft").update(extra={"type": "string"}),
    "member of an answer": lambda d: members(d, "Order").update(extra={"type": "string"}),
    "certain member of an answer": lambda d: schema(d, "Order")["required"].append("owner"),
    "enum value": lambda d: schema(d, "State")["enum"].append("paused"),
    "no longer required": lambda d: schema(d, "Draft")["required"].clear(),
    "optional body": lambda d: creation(d)["requestBody"].update(required=False),
    "looser bounds": lambda d: members(d, "Draft")["summary"].update(minLength=0, maxLength=400),
    "bound of nothing": lambda d: members(d, "Line")["description"].update(minLength=0),
    "no pattern": lambda d: members(d, "Line")["code"].pop("pattern"),
    "wider type of a request": lambda d: members(d, "Draft")["kilometres"].update(type=["integer", "null"]),
    "number for integer in a request": lambda d: members(d, "Draft")["kilometres"].update(type="number"),
    "error": lambda d: listing(d)["responses"].update({"409": {}}),
    "error gone": lambda d: listing(d)["responses"].pop("400"),
    "open to all": lambda d: listing(d).update({"x-permission": "public"}),
    "schema written in place": lambda d: members(d, "Order").update(state=copy.deepcopy(schema(d, "State"))),
    "descriptions": lambda d: listing(d).update(summary="All orders", description="…"),
    "problem type": lambda d: d["x-problem-types"].append({"type": "/problems/gone"}),
}


class Compatibility(unittest.TestCase):
    def test_every_planted_break_is_found(self):
        for name, (change, sentence) in BREAKS.items():
            with self.subTest(name):
                if name == "body required":
                    optional = changed(lambda d: creation(d)["requestBody"].update(required=False))
                    found = compare(optional, SMALL)
                else:
                    found = compare(SMALL, changed(change))
                self.assertTrue(any(sentence in line for line in found), f"{sentence} is not in {found}")

    def test_compatible_changes_pass(self):
        for name, change in COMPATIBLE.items():
            with self.subTest(name):
                self.assertEqual(compare(SMALL, changed(change)), [])

    def test_recursive_schemas_end(self):
        recursive = changed(
            lambda d: members(d, "Line").update(parts={"type": "array", "items": {"$ref": "#/components/schemas/Line"}})
        )
        self.assertEqual(compare(recursive, recursive), [])
        broken = changed(lambda d: members(d, "Line").pop("code"), of=recursive)
        self.assertEqual(compare(recursive, broken), ["Line (request).code: removed"])

    def test_breaks_in_the_real_contract_are_found(self):
        contract = load(os.path.join(HERE, "..", "..", "openapi.yaml"))
        self.assertEqual(compare(contract, contract), [])
        schemas = contract["components"]["schemas"]
        plain = [
            n for n, s in schemas.items() if s.get("type") == "object" and s.get("properties") and "allOf" not in s
        ]
        self.assertGreater(len(plain), 50)
        used = 0
        for name in plain:
            member = next(iter(schemas[name]["properties"]))
            if compare(contract, changed(lambda d: members(d, name).pop(member), of=contract)):
                used += 1
            if used == 5:
                break
        self.assertEqual(used, 5)
        for path in list(contract["paths"])[:5]:
            self.assertTrue(compare(contract, changed(lambda d: d["paths"].pop(path), of=contract)))


if __name__ == "__main__":
    unittest.main()
