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
    self.checks = checks.sorted { $0.name < $1.name }
    self.document = document
    self.version = version
    self.catalogue = catalogue
  }

  package func add(to api: inout RouteTable) {
    vital("/livez", "Probes have no token.", ["application/json", MediaType.health], &api) { _ in
      Answer(
        status: 200, headers: [Answer.Header("content-type", MediaType.json)], body: Array(#"{"status":"pass"}"#.utf8))
    }
    vital("/readyz", "Probes have no token.", [MediaType.health, "application/json"], &api, ready)
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

  /// 503 while starting, draining, or when a check fails. Names only: no versions, hosts or error texts (C-32).
  @Sendable private func ready(_ call: Call) async throws -> Answer {
    var results: [(name: String, passes: Bool)] = []
    // Asked together, so that readiness takes as long as its slowest check.
    await withTaskGroup(of: (String, Bool).self) { tasks in
      for check in checks { tasks.addTask { (check.name, await check.passes()) } }
      for await result in tasks { results.append(result) }
    }
    results.append(("server", readiness.phase == .serving))
    let isReady = results.allSatisfy(\.passes)
    var json = JSONWriter(capacity: 256)
    json.object { json in
      json.object("checks") { json in
        for (name, passes) in results.sorted(by: { $0.name < $1.name }) {
          json.member(named: name) { json in json.object { $0.field("status", passes ? "pass" : "fail") } }
        }
      }
      json.field("status", isReady ? "pass" : "fail")
    }
    let headers = [Answer.Header("content-type", MediaType.health)]
    return Answer(
      status: isReady ? 200 : 503, headers: isReady ? headers : headers + [.retryAfter(1)], body: json.bytes)
  }

  private func vital(
    _ template: String, _ reason: String, _ produces: [String], _ api: inout RouteTable,
    _ handler: @escaping RouteTable.Handler
  ) {
    api.add(
      Operation(.get, template, .open(reason), criticality: .vital, quota: nil, produces: produces), handler)
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
      $0.field("name", name)
      $0.field("status", status)
      $0.field("title", title)
      $0.field("type", uri)
    }
  }
}
