import Domain
package import Services

/// `/v1/vehicles`; `{id}` takes the identity or the VIN.
package struct VehicleRoutes: Sendable {
  private let service: VehicleService

  package init(_ service: VehicleService) { self.service = service }

  package func add(to api: inout RouteTable) {
    api.document("/v1/vehicles/{id}") { [service] in
      try await service.get(try $0.reference(), $0.caller).version
    }
    api.get("/v1/vehicles", .vehiclesRead, list)
    api.post("/v1/vehicles", .vehiclesWrite, create)
    api.get("/v1/vehicles/{id}", .vehiclesRead, get)
    api.patch("/v1/vehicles/{id}", .vehiclesWrite, update)
    api.get("/v1/vehicles/{id}/odometer-readings", .vehiclesRead, readings)
    api.post("/v1/vehicles/{id}/odometer-readings", .vehiclesRecordOdometer, record)
    api.get("/v1/vehicles/{id}/timeline", .vehiclesRead, timeline)
    api.get("/v1/vehicles/{id}/history", .vehiclesRead, history)
    api.problem(
      ProblemType(
        "odometer-fell", 409, "Odometer would fall",
        "The kilometres contradict another reading of the vehicle. If the instrument cluster was replaced, say so with "
          + "`clusterReplacement`."))
  }

  @Sendable private func list(_ call: Call) async throws -> Answer {
    let filter = VehicleFilter(
      vin: try call.query.text("vin", max: 17)?.uppercased(), plate: try call.query.text("plate", max: 20),
      modelID: try call.query.id("modelId", VehicleModel.self),
      usages: try call.query.anyOf("usage", Vehicle.Usage.self), vinPrefix: try call.query.text("q", max: 17),
      nextMaintenanceFrom: try call.query.date("nextMaintenanceDateFrom"),
      nextMaintenanceBefore: try call.query.date("nextMaintenanceDateBefore"),
      createdFrom: try call.query.timestamp("createdAtFrom"),
      createdBefore: try call.query.timestamp("createdAtBefore"))
    let page = try call.page(
      sorts: ["createdAt", "nextMaintenanceDate", "updatedAt", "vin"], default: "-createdAt")
    return try Answer.page(try await service.list(filter, page, call.caller), call)
  }

  @Sendable private func create(_ call: Call) async throws -> Answer {
    let draft = try VehicleRequests.draft(try call.body())
    return try await service.create(
      draft, call.command { Answer.created($0, location: "/v1/vehicles/\($0.id)", etag: $0.version) })
  }

  @Sendable private func get(_ call: Call) async throws -> Answer {
    let vehicle = try await service.get(try call.reference(), call.caller)
    return try Answer.ok(vehicle, call, etag: vehicle.version)
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    let patch = try VehicleRequests.patch(try call.body())
    return try await service.update(
      try call.reference(), patch, call.command { Answer.ok($0, etag: $0.version) })
  }

  @Sendable private func readings(_ call: Call) async throws -> Answer {
    let page = try call.page(sorts: ["readAt"], default: "-readAt")
    return try Answer.page(try await service.readings(of: try call.reference(), page, call.caller), call)
  }

  @Sendable private func record(_ call: Call) async throws -> Answer {
    let draft = try VehicleRequests.reading(try call.body())
    return try await service.recordOdometer(
      try call.reference(), draft,
      call.command { Answer.created($0, location: "/v1/vehicles/\($0.vehicle.id)/odometer-readings") })
  }

  @Sendable private func timeline(_ call: Call) async throws -> Answer {
    let page = try call.page(sorts: ["at"], default: "-at")
    return try Answer.page(try await service.timeline(try call.reference(), page, call.caller), call)
  }

  @Sendable private func history(_ call: Call) async throws -> Answer {
    let page = try call.historyPage()
    return try Answer.page(try await service.history(try call.reference(), page, call.caller), call)
  }
}
