import TestSupport
import Testing

/// The instrument itself: what it must find.
@Suite("The schema checker")
struct SchemaCheckerTests {
  private static let contract = """
    {"paths": {"/v1/things/{id}": {"get": {"responses": {
       "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
       "201": {"headers": {"Location": {"required": true, "schema": {"type": "string", "format": "uri"}},
         "Retry-After": {"schema": {"type": "integer", "minimum": 1}}}},
       "204": {"description": "nothing"}}}}},
     "components": {"schemas": {
       "Name": {"type": "string", "minLength": 1, "maxLength": 3, "pattern": "^[a-z一-龥]+$"},
       "Thing": {"allOf": [{"type": "object", "required": ["name"], "properties": {
         "name": {"$ref": "#/components/schemas/Name"},
         "size": {"type": ["integer", "null"], "minimum": 1, "maximum": 9},
         "at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
         "tags": {"type": "array", "maxItems": 2, "uniqueItems": true, "items": {"enum": ["a", "b", "c"]}},
         "names": {"type": "object", "additionalProperties": {"type": "string"}, "propertyNames": {"maxLength": 2}}
       }}]},
       "Closed": {"type": "object", "additionalProperties": false, "properties": {"a": {"type": "boolean"}}},
       "Odd": {"type": "string", "startsWith": "x"}}}}
    """

  private let checker: SchemaChecker

  init() throws { checker = try SchemaChecker(json: Self.contract.utf8) }

  private func faults(_ json: String, _ schema: String = "Thing") throws -> Int {
    let reference = ContractValue.object(["$ref": .text("#/components/schemas/\(schema)")])
    return checker.faults(of: try ContractValue(json: json.utf8), by: reference).count
  }

  @Test(
    "Values that fit have no fault",
    arguments: [
      #"{"name": "abc"}"#, #"{"name": "张伟", "size": null, "more": {}}"#, #"{"name": "a", "size": 9, "at": null}"#,
      #"{"name": "a", "at": "2026-03-09T01:02:03.456Z", "tags": ["a", "b"], "names": {"zh": "一"}}"#,
    ])
  func fitting(_ json: String) throws {
    #expect(try faults(json) == 0)
  }

  @Test(
    "Every fault is found",
    arguments: [
      (#"[]"#, 1), (#"{}"#, 1), (#"{"name": ""}"#, 2), (#"{"name": "abcd"}"#, 1), (#"{"name": "A"}"#, 1),
      (#"{"name": 1}"#, 1), (#"{"name": "a", "size": 0}"#, 1), (#"{"name": "a", "size": 1.5}"#, 1),
      (#"{"name": "a", "at": "2026-02-30T00:00:00Z"}"#, 1), (#"{"name": "a", "tags": ["a", "b", "c"]}"#, 1),
      (#"{"name": "a", "tags": ["a", "a"]}"#, 1), (#"{"name": "a", "tags": ["d"]}"#, 1),
      (#"{"name": "a", "names": {"deu": "eins"}}"#, 1), (#"{"name": "a", "names": {"de": 1}}"#, 1),
    ])
  func failing(_ json: String, _ count: Int) throws {
    #expect(try faults(json) == count)
  }

  @Test(
    "Header fields are held against their schemas, and required ones must be there",
    arguments: [
      (["Location": "http://a/b"], 0), (["Location": "http://a/b", "Retry-After": "1"], 0), ([:], 1),
      (["Location": "/b"], 1), (["Location": "http://a/b", "Retry-After": "0"], 1),
      (["Location": "http://a/b", "Retry-After": "soon"], 1),
    ] as [([String: String], Int)])
  func headers(_ fields: [String: String], _ count: Int) {
    #expect(checker.headerFaults("GET", "/v1/things/{id}", status: 201) { fields[$0] }.count == count)
    #expect(checker.headerFaults("GET", "/v1/things/{id}", status: 204) { fields[$0] } == [])
  }

  @Test("A closed object refuses unknown members, and an unknown keyword is a fault")
  func strictness() throws {
    #expect(try faults(#"{"a": true}"#, "Closed") == 0)
    #expect(try faults(#"{"a": true, "b": 1}"#, "Closed") == 1)
    #expect(try faults(#""x""#, "Odd") == 1)
    #expect(try faults(#""x""#, "Missing") == 1)
  }

  @Test("Answers are held against path, status and media type")
  func answers() {
    func count(_ template: String, _ status: Int, _ type: String?, _ body: String) -> Int {
      checker.faults("GET", template, status: status, contentType: type, body: Array(body.utf8)).count
    }
    #expect(count("/v1/things/{id}", 200, "application/json; charset=utf-8", #"{"name": "a"}"#) == 0)
    #expect(count("/v1/things/{id}", 204, nil, "") == 0)
    #expect(count("/v1/things/{id}", 200, "application/json", "") == 1)
    #expect(count("/v1/things/{id}", 200, "application/json", "{") == 1)
    #expect(count("/v1/things/{id}", 200, "text/plain", "a") == 1)
    #expect(count("/v1/things/{id}", 404, "application/json", "{}") == 1)
    #expect(count("/v1/others", 200, "application/json", "{}") == 1)
  }
}
