import Domain
package import Services

/// Whether the maker bears a repair (A10), what is promised for a vehicle, and the parts that orders put in.
package struct EntitlementRoutes: Sendable {
  private let service: EntitlementService

  package init(_ service: EntitlementService) { self.service = service }

  package func add(to api: inout RouteTable) {
    api.post("/v1/entitlements/check", .entitlementsCheck, status: 200, idempotency: .ignored, check)
    api.get("/v1/vehicles/{id}/entitlement", .entitlementsCheck, entitlement)
    api.get("/v1/vehicles/{id}/parts", .vehiclesRead, parts)
  }

  @Sendable private func check(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let order = form.optional("workOrderId", .id(WorkOrder.self))
    let vehicle = form.optional("vehicleId", .id(Vehicle.self))
    let vin = form.optional("vin", .text(17...17))
    let on = form.optional("on", .date)
    let odometerKm = form.optional("odometerKm", .odometer)
    let lines = form.array("lines", 0...100) { $0.entitlementLine() }
    let question: EntitlementService.Question?
    if let order {
      for (name, isNamed) in [
        ("vehicleId", vehicle != nil), ("vin", vin != nil), ("on", on != nil), ("odometerKm", odometerKm != nil),
        ("lines", lines?.isEmpty == false),
      ] where isNamed {
        form.refuse(name, .inconsistent, "the order says it; leave it out")
      }
      question = .order(order)
    } else if let reference = vehicle.map(Reference.id) ?? vin.map({ Reference<Vehicle>.number($0.uppercased()) }) {
      if vehicle != nil, vin != nil { form.refuse("vin", .inconsistent, "name the vehicle once") }
      if lines?.isEmpty == true { form.refuse("lines", .required, "name what is to be repaired") }
      question = .vehicle(reference, on: on, odometerKm: odometerKm, lines: lines ?? [])
    } else {
      form.refuse("workOrderId", .required, "name an order or a vehicle")
      question = nil
    }
    try form.finish()
    guard let question else { throw form.failure }
    return Answer.ok(
      EntitlementAnswerView(answered: try await service.check(question, at: call.at, call.caller)))
  }

  @Sendable private func entitlement(_ call: Call) async throws -> Answer {
    let found = try await service.overview(
      of: try call.reference(), .entitlementsCheck, at: call.caller.asOf ?? call.at, call.caller)
    return try Answer.ok(found, call)
  }

  @Sendable private func parts(_ call: Call) async throws -> Answer {
    let found = try await service.overview(
      of: try call.reference(), .vehiclesRead, at: call.caller.asOf ?? call.at, call.caller)
    return Answer.ok(ItemsView(found.parts))
  }
}

extension Form {
  fileprivate mutating func entitlementLine() -> Entitlement.Line? {
    let number = required("number", .integer(1...1000))
    let service = optional("service", .choice(Entitlement.Service.self)) ?? .repair
    let part = optional("causalPartNumber", .text(1...60))
    let operation = optional("labourOperationCode", .text(1...60))
    let fault = optional("faultCode", .text(1...60))
    let findings =
      optional("findings", .array(of: .choice(WarrantyPolicy.Exclusion.self), 0...20)) ?? []
    return number.map {
      Entitlement.Line(
        number: $0, service: service, causalPartNumber: part, labourOperationCode: operation, faultCode: fault,
        findings: Set(findings))
    }
  }
}
