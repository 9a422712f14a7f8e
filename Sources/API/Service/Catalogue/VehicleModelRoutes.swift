import Domain
package import Services

/// `/v1/vehicle-models`
package struct VehicleModelRoutes: Sendable {
  private let service: VehicleModelService

  package init(_ service: VehicleModelService) { self.service = service }

  package func add(to api: inout RouteTable) {
    api.document("/v1/vehicle-models/{id}") { [service] in
      try await service.get(try $0.reference(), $0.caller).version
    }
    api.get("/v1/vehicle-models", .vehicleModelsRead, list)
    api.post("/v1/vehicle-models", .vehicleModelsWrite, create)
    api.get("/v1/vehicle-models/{id}", .vehicleModelsRead, get)
    api.patch("/v1/vehicle-models/{id}", .vehicleModelsWrite, update)
    api.get("/v1/vehicle-models/{id}/history", .vehicleModelsRead, history)
  }

  @Sendable private func list(_ call: Call) async throws -> Answer {
    let filter = VehicleModelFilter(
      brand: try call.query.text("brand"), series: try call.query.text("series"),
      powertrains: try call.query.anyOf("powertrain", Powertrain.self),
      discontinued: try call.query.boolean("discontinued"), text: try call.query.text("q"))
    let page = try call.page(sorts: ["code", "createdAt", "name"], default: "code")
    return try Answer.page(try await service.list(filter, page, call.caller), call)
  }

  @Sendable private func create(_ call: Call) async throws -> Answer {
    let draft = try VehicleModelRequests.draft(try call.body())
    return try await service.create(
      draft, call.command { Answer.created($0, location: "/v1/vehicle-models/\($0.id)", etag: $0.version) })
  }

  @Sendable private func get(_ call: Call) async throws -> Answer {
    let model = try await service.get(try call.reference(), call.caller)
    return try Answer.ok(model, call, etag: model.version)
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    let patch = try VehicleModelRequests.patch(try call.body())
    return try await service.update(
      try call.reference(), patch, call.command { Answer.ok($0, etag: $0.version) })
  }

  @Sendable private func history(_ call: Call) async throws -> Answer {
    let page = try call.historyPage()
    return try Answer.page(try await service.history(try call.reference(), page, call.caller), call)
  }
}
