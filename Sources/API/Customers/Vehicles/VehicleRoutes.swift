package import Domain
package import Services

/// `/v1/vehicles`; `{id}` takes the identity or the VIN.
package struct VehicleRoutes: RecordRoutes {
  package typealias View = Vehicle
  package let service: VehicleService

  package init(_ service: VehicleService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    addWriting(to: &api)
    api.get("/v1/vehicles/{id}/odometer-readings", .vehiclesRead, readings)
    api.post("/v1/vehicles/{id}/odometer-readings", .vehiclesRecordOdometer, record)
    api.get("/v1/vehicles/{id}/timeline", .vehiclesRead, timeline)
    api.problem(
      ProblemType(
        "odometer-fell", 409, "Odometer would fall",
        "The kilometres contradict another reading of the vehicle. If the instrument cluster was replaced, say so with "
          + "`clusterReplacement`.", members: ["odometerKm", "recordedKm"]))
  }

  package func filter(_ query: QueryReader) throws -> VehicleFilter {
    VehicleFilter(
      vin: try query.text("vin", max: 17)?.uppercased(), plate: try query.text("plate", max: 20),
      modelID: try query.id("modelId", VehicleModel.self), usages: try query.anyOf("usage", Vehicle.Usage.self),
      vinPrefix: try query.text("q", max: 17), nextMaintenanceFrom: try query.date("nextMaintenanceDateFrom"),
      nextMaintenanceBefore: try query.date("nextMaintenanceDateBefore"),
      createdFrom: try query.timestamp("createdAtFrom"), createdBefore: try query.timestamp("createdAtBefore"))
  }

  @Sendable private func readings(_ call: Call) async throws -> Answer {
    let page = try call.page(sorts: ["readAt"], default: "-readAt")
    return try Answer.page(try await service.readings(of: try call.reference(), page, call.caller), call)
  }

  @Sendable private func record(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let draft = try reading(&form)
    return try await service.recordOdometer(
      try call.reference(), draft,
      call.command { Answer.created($0, location: "/v1/vehicles/\($0.vehicle.id)/odometer-readings") })
  }

  @Sendable private func timeline(_ call: Call) async throws -> Answer {
    let page = try call.page(sorts: ["at"], default: "-at")
    return try Answer.page(try await service.timeline(try call.reference(), page, call.caller), call)
  }
}
