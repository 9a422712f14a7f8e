import Domain

/// What the product says about itself: health, metrics, contract, problem types (C-08, C-32, C-34).
package struct SystemRoutes: Sendable {
  /// One dependency that readiness asks about; a check bounds its own time (1 s).
  package struct Check: Sendable {
    package let name: String
    package let passes: @Sendable () async -> Bool

    package init(_ name: String, _ passes: @escaping @Sendable () async -> Bool) {
      self.name = name
      self.passes = passes
    }
  }

  private let readiness: Readiness
  private let checks: [Check]
  private let document: OpenAPIDocument
  private let version: String
  private let catalogue: @Sendable () -> ProblemCatalogue

  /// - Parameters:
  ///   - version: of the build.
  ///   - catalogue: asked at request time, when all families have registered their problems.
  package init(
    readiness: Readiness, checks: [Check], document: OpenAPIDocument, version: String,
    catalogue: @escaping @Sendable () -> ProblemCatalogue
  ) {
    self.readiness = readiness
    self.checks = checks
    self.document = document
    self.version = version
    self.catalogue = catalogue
  }

  package func add(to api: inout RouteTable) {
    api.describe(document.members)
    HealthRoutes(readiness: readiness, checks: checks).add(to: &api)
    page("/openapi.yaml", "The contract is public.", ["application/yaml"], &api) { [document] _ in
      Self.cached("application/yaml; charset=utf-8", document.yaml)
    }
    page("/openapi.json", "The contract is public.", ["application/json"], &api) { [document] _ in
      Self.cached(MediaType.json, document.json)
    }
    page("/docs", "The contract is public.", ["text/html"], &api) { [document] _ in
      var answer = Self.cached("text/html; charset=utf-8", document.html)
      answer.headers.append(Answer.Header("content-security-policy", document.htmlPolicy))
      return answer
    }
    page("/problems", "Problem types are part of the contract.", ["application/json"], &api) { [catalogue] _ in
      Self.cached(MediaType.json, JSONWriter.bytes(of: ProblemList(types: catalogue().types)))
    }
    page("/problems/{name}", "Problem types are part of the contract.", ["application/json"], &api) {
      [catalogue] call in
      guard let type = catalogue()[call.parameter("name")] else { throw Refusal.notFound }
      return Self.cached(MediaType.json, JSONWriter.bytes(of: type))
    }
    api.get("/v1/meta", .metaRead) { [version] call in
      try Answer.ok(ProductMeta(version: version, time: call.at), call)
    }
  }

  /// Apart, because metrics may be served on an address of their own.
  package static func addMetrics(_ metrics: Metrics, to api: inout RouteTable) {
    api.add(
      Operation(
        .get, "/metrics", .open("Scraped inside the operator's network."), criticality: .vital, quota: nil,
        produces: ["text/plain"])
    ) { _ in
      Answer(
        status: 200, headers: [Answer.Header("content-type", "text/plain; version=0.0.4; charset=utf-8")],
        body: Array(metrics.exposition().utf8))
    }
  }

  private func page(
    _ template: String, _ reason: String, _ produces: [String], _ api: inout RouteTable,
    _ handler: @escaping RouteTable.Handler
  ) {
    api.add(Operation(.get, template, .open(reason), criticality: .list, produces: produces), handler)
  }

  private static func cached(_ contentType: String, _ body: [UInt8]) -> Answer {
    Answer(
      status: 200,
      headers: [
        Answer.Header("cache-control", "public, max-age=300"), Answer.Header("content-type", contentType),
      ], body: body)
  }
}

private struct ProductMeta: JSONWritable {
  let version: String
  let time: Timestamp

  func write(to json: inout JSONWriter) {
    json.object {
      $0.field("apiVersion", "v1")
      $0.field("name", "after-sales")
      $0.field("time", time)
      $0.field("version", version)
    }
  }
}

private struct ProblemList: JSONWritable {
  let types: [ProblemType]

  func write(to json: inout JSONWriter) {
    json.object { json in json.array("items", types.sorted { $0.name < $1.name }) }
  }
}

extension ProblemType: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("explanation", explanation)
      $0.field("members", members)
      $0.field("name", name)
      $0.field("status", status)
      $0.field("title", title)
      $0.field("type", uri)
    }
  }
}
