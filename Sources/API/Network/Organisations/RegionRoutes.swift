import Domain
package import Services

/// `/v1/regions`
package struct RegionRoutes: Sendable {
  private let service: RegionService

  package init(_ service: RegionService) { self.service = service }

  package func add(to api: inout RouteTable) {
    api.document("/v1/regions/{id}") { [service] in
      try await service.get(try $0.reference(), $0.caller).version
    }
    api.get("/v1/regions", .regionsRead, list)
    api.post("/v1/regions", .regionsWrite, create)
    api.get("/v1/regions/{id}", .regionsRead, get)
    api.patch("/v1/regions/{id}", .regionsWrite, update)
    api.get("/v1/regions/{id}/history", .regionsRead, history)
  }

  @Sendable private func list(_ call: Call) async throws -> Answer {
    let filter = RegionFilter(text: try call.query.text("q"))
    let page = try call.page(sorts: ["code", "createdAt", "name"], default: "code")
    return try Answer.page(try await service.list(filter, page, call.caller), call)
  }

  @Sendable private func create(_ call: Call) async throws -> Answer {
    let draft = try RegionRequests.draft(try call.body())
    return try await service.create(
      draft, call.command { Answer.created($0, location: "/v1/regions/\($0.id)", etag: $0.version) })
  }

  @Sendable private func get(_ call: Call) async throws -> Answer {
    let region = try await service.get(try call.reference(), call.caller)
    return try Answer.ok(region, call, etag: region.version)
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    let patch = try RegionRequests.patch(try call.body())
    return try await service.update(
      try call.reference(), patch, call.command { Answer.ok($0, etag: $0.version) })
  }

  @Sendable private func history(_ call: Call) async throws -> Answer {
    let page = try call.historyPage()
    return try Answer.page(try await service.history(try call.reference(), page, call.caller), call)
  }
}
