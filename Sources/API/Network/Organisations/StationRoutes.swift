import Domain
package import Services

/// `/v1/stations`
package struct StationRoutes: Sendable {
  private let service: StationService

  package init(_ service: StationService) { self.service = service }

  package func add(to api: inout RouteTable) {
    api.document("/v1/stations/{id}") { [service] in
      try await service.get(try $0.reference(), $0.caller).version
    }
    api.get("/v1/stations", .stationsRead, list)
    api.post("/v1/stations", .stationsWrite, create)
    api.get("/v1/stations/{id}", .stationsRead, get)
    api.patch("/v1/stations/{id}", .stationsWrite, update)
    api.get("/v1/stations/{id}/history", .stationsRead, history)
  }

  @Sendable private func list(_ call: Call) async throws -> Answer {
    let filter = StationFilter(
      regionID: try call.query.id("regionId", Region.self), kinds: try call.query.anyOf("kind", Station.Kind.self),
      states: try call.query.anyOf("state", Station.State.self), text: try call.query.text("q"))
    let page = try call.page(sorts: ["code", "createdAt", "name"], default: "code")
    return try Answer.page(try await service.list(filter, page, call.caller), call)
  }

  @Sendable private func create(_ call: Call) async throws -> Answer {
    let draft = try StationRequests.draft(try call.body())
    return try await service.create(
      draft, call.command { Answer.created($0, location: "/v1/stations/\($0.id)", etag: $0.version) })
  }

  @Sendable private func get(_ call: Call) async throws -> Answer {
    let station = try await service.get(try call.reference(), call.caller)
    return try Answer.ok(station, call, etag: station.version)
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    let patch = try StationRequests.patch(try call.body())
    return try await service.update(
      try call.reference(), patch, call.command { Answer.ok($0, etag: $0.version) })
  }

  @Sendable private func history(_ call: Call) async throws -> Answer {
    let page = try call.historyPage()
    return try Answer.page(try await service.history(try call.reference(), page, call.caller), call)
  }
}
