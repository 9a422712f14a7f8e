import Domain

/// Whether the process runs and whether it can do its work, for probes (C-32). Every process of the product has them,
/// whatever else it serves.
package struct HealthRoutes: Sendable {
  private let readiness: Readiness
  private let checks: [SystemRoutes.Check]

  package init(readiness: Readiness, checks: [SystemRoutes.Check]) {
    self.readiness = readiness
    self.checks = checks
  }

  package func add(to api: inout RouteTable) {
    vital("/livez", ["application/json", MediaType.health], &api) { _ in
      Answer(
        status: 200, headers: [Answer.Header("content-type", MediaType.json)], body: Array(#"{"status":"pass"}"#.utf8))
    }
    vital("/readyz", [MediaType.health, "application/json"], &api, ready)
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
    _ template: String, _ produces: [String], _ api: inout RouteTable, _ handler: @escaping RouteTable.Handler
  ) {
    api.add(
      Operation(
        .get, template, .open("Probes have no token."), criticality: .vital, quota: nil, produces: produces), handler)
  }
}
