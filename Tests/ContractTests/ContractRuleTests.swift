import TestSupport
import Testing

/// What every operation of openapi.yaml must say, whatever it does (C-07, C-34).
@Suite("The rules of the contract")
struct ContractRuleTests {
  private let contract: Contract
  private let checker: SchemaChecker

  init() throws {
    contract = try ContractFixtures.contract()
    checker = try ContractFixtures.checker()
  }

  @Test("Operation ids are there and unique")
  func operationIDs() {
    let ids = contract.operations.map { $0.content["operationId"]?.text ?? "" }
    #expect(!ids.contains(""))
    #expect(Dictionary(grouping: ids) { $0 }.filter { $0.value.count > 1 }.keys.sorted() == [])
  }

  @Test("Every operation has one tag, which is described, and a summary")
  func tags() {
    let described = Set((contract.root["tags"]?.items ?? []).compactMap { $0["name"]?.text })
    for operation in contract.operations {
      let tags = operation.content["tags"]?.texts ?? []
      #expect(tags.count == 1 && described.isSuperset(of: tags), "\(operation.name)")
      #expect(operation.content["summary"]?.text?.isEmpty == false, "\(operation.name)")
    }
  }

  @Test("Every operation names its permission, and its reason if it needs none (SEC-01)")
  func permissions() {
    let flows = contract.root[["components", "securitySchemes", "oauth2", "flows"]]?.members ?? [:]
    #expect(!flows.isEmpty)
    for operation in contract.operations {
      let permission = operation.permission ?? ""
      let security = operation.content["security"]?.items ?? []
      switch permission {
      case "":
        Issue.record("\(operation.name) has no x-permission")
      case "public", "self":
        #expect(operation.content["x-permission-reason"]?.text?.isEmpty == false, "\(operation.name)")
      default:
        #expect(security == [.object(["oauth2": .list([.text(permission)])])], "\(operation.name)")
        for flow in flows.values { #expect(flow[["scopes", permission]] != nil, "\(permission)") }
      }
    }
  }

  @Test("Every list describes its items itself: client generators take the first of two descriptions (C-10)")
  func pages() {
    let schemas = contract.root[["components", "schemas"]]?.members ?? [:]
    #expect(schemas["Page"]?[["properties", "items"]] == nil)
    let pages = schemas.filter { _, schema in
      schema["allOf"]?.items.contains { $0["$ref"]?.text == "#/components/schemas/Page" } == true
    }
    #expect(pages.count > 60)
    for (name, schema) in pages {
      let own = schema["allOf"]?.items.last
      #expect(own?["required"]?.texts == ["items"] && own?[["properties", "items", "maxItems"]] != nil, "\(name)")
    }
  }

  @Test("Every operation documents the refusals that it can answer (C-07)")
  func refusals() {
    for operation in contract.operations {
      var expected: Set<String> = ["400", "406", "500", "503"]
      if operation.permission != "public" { expected.formUnion(["401", "403", "429"]) }
      if operation.template.contains("{") { expected.insert("404") }
      if operation.hasBody {
        expected.formUnion(["413", "415"])
        if operation.permission != "public" { expected.insert("422") }
      }
      if operation.method != "GET", operation.permission != "public" { expected.insert("409") }
      if let precondition = operation.parameter("If-Match", in: "header") {
        expected.insert("412")
        if precondition["required"] == .boolean(true) { expected.insert("428") }
      }
      if operation.parameter("If-None-Match", in: "header") != nil { expected.insert("304") }
      #expect(expected.subtracting(operation.statuses).sorted() == [], "\(operation.name)")
    }
  }

  @Test("Refusals are the shared ones")
  func sharedResponses() {
    for operation in contract.operations {
      for status in operation.statuses where !status.hasPrefix("2") {
        let response = operation.content[["responses", status]]
        // Readiness answers its own document with 503.
        #expect(response?["$ref"] != nil || operation.template == "/readyz", "\(operation.name) \(status)")
      }
    }
  }

  @Test("Every parameter of a path is documented")
  func pathParameters() {
    for operation in contract.operations {
      let named = operation.template.split(separator: "/").filter { $0.hasPrefix("{") }
        .map { String($0.dropFirst().dropLast()) }
      let documented = operation.parameters.filter { $0["in"]?.text == "path" }.compactMap { $0["name"]?.text }
      #expect(Set(named) == Set(documented), "\(operation.name)")
      let all = operation.parameters.map { "\($0["in"]?.text ?? "") \($0["name"]?.text ?? "")" }
      #expect(Set(all).count == all.count, "\(operation.name)")
    }
  }

  @Test("Requests are closed: an unknown member is an error (C-02)")
  func closedRequests() {
    for operation in contract.operations {
      for (type, media) in operation.requestContent where type != "application/x-www-form-urlencoded" {
        #expect(openObjects(media["schema"] ?? .null, "\(operation.name)", depth: 0) == [])
      }
    }
  }

  @Test("Answers are open, and every documented member is always there (C-02)")
  func openAnswers() {
    for operation in contract.operations {
      for status in operation.successes {
        let response = checker.resolved(operation.content[["responses", status]] ?? .null)
        for media in (response["content"]?.members ?? [:]).values {
          #expect(looseAnswers(media["schema"] ?? .null, "\(operation.name)", depth: 0) == [])
        }
      }
    }
  }

  @Test("What expand offers is a documented member of the answer, and every such member can be asked for (C-13)")
  func expansions() {
    var count = 0
    for operation in contract.operations {
      let offered = operation.parameter("expand", in: "query")?[["schema", "items", "enum"]]?.texts ?? []
      for status in operation.successes where operation.method == "GET" {
        let response = checker.resolved(operation.content[["responses", status]] ?? .null)
        for media in (response["content"]?.members ?? [:]).values {
          let pages = layers(of: media["schema"] ?? .null)
          let items = pages.compactMap { $0[["properties", "items", "items"]] }.flatMap(layers(of:))
          let documented = (pages + items).flatMap { $0["properties"]?.members ?? [:] }
            .filter { $0.value["x-expansion"] == .boolean(true) }.map(\.key)
          #expect(documented.sorted() == offered.sorted(), "\(operation.name)")
          count += documented.count
        }
      }
    }
    #expect(count > 0)
  }

  /// Objects of a request that accept unknown members. An object of free names says what its values are.
  private func openObjects(_ schema: ContractValue, _ place: String, depth: Int) -> [String] {
    guard depth < 24 else { return [] }
    let schema = checker.resolved(schema)
    var found: [String] = []
    if let properties = schema["properties"] {
      if schema["additionalProperties"] != .boolean(false) { found.append(place) }
      for (name, part) in properties.members { found += openObjects(part, "\(place)/\(name)", depth: depth + 1) }
    }
    for part in parts(of: schema) { found += openObjects(part, place, depth: depth + 1) }
    return found
  }

  /// Objects of an answer that are closed, and documented members that may be missing.
  private func looseAnswers(_ schema: ContractValue, _ place: String, depth: Int) -> [String] {
    guard depth < 24 else { return [] }
    let schemas = layers(of: schema)
    let required = Set(schemas.flatMap { $0["required"]?.texts ?? [] })
    var found: [String] = []
    for schema in schemas {
      if schema["additionalProperties"] == .boolean(false) { found.append("\(place) is closed") }
      for (name, part) in schema["properties"]?.members ?? [:] {
        let depends = Self.sometimes.contains(name) || part["x-expansion"] == .boolean(true)
        if !required.contains(name), !depends { found.append("\(place)/\(name) may be missing") }
        found += looseAnswers(part, "\(place)/\(name)", depth: depth + 1)
      }
      for part in (schema["anyOf"]?.items ?? []) + (schema["items"].map { [$0] } ?? []) {
        found += looseAnswers(part, place, depth: depth + 1)
      }
    }
    return found
  }

  /// Members that depend on what was asked: totals of lists, refresh tokens of people, and what an RFC leaves out.
  private static let sometimes: Set<String> = [
    "checks", "exp", "iat", "refresh_token", "roles", "scope", "sub", "token_type", "totalCount",
    "totalIsLowerBound", "username",
  ]

  /// A schema with everything that `allOf` adds to it.
  private func layers(of schema: ContractValue) -> [ContractValue] {
    let schema = checker.resolved(schema)
    return [schema] + (schema["allOf"]?.items ?? []).flatMap(layers(of:))
  }

  private func parts(of schema: ContractValue) -> [ContractValue] {
    (schema["allOf"]?.items ?? []) + (schema["anyOf"]?.items ?? []) + (schema["items"].map { [$0] } ?? [])
  }
}
