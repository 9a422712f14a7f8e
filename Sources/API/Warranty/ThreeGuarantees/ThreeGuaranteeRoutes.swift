import Domain
package import Services

/// The counters of the three guarantees 三包 of a vehicle (A9).
package struct ThreeGuaranteeRoutes: Sendable {
  private let service: ThreeGuaranteeService

  package init(_ service: ThreeGuaranteeService) { self.service = service }

  package func add(to api: inout RouteTable) {
    api.get("/v1/vehicles/{id}/three-guarantees", .vehiclesRead, standing)
  }

  @Sendable private func standing(_ call: Call) async throws -> Answer {
    let found = try await service.standing(
      of: try call.reference(), at: call.caller.asOf ?? call.at, call.caller)
    return try Answer.ok(found, call)
  }
}

extension VehicleThreeGuarantees: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("applies", standing.exemption == nil)
      json.field("componentsVersion", standing.componentsVersion.description)
      json.array("counts", standing.counts)
      json.field("exemption", standing.exemption)
      json.field("level", standing.level)
      json.field("on", standing.on)
      json.field("period", standing.period)
      json.field("policyVersion", standing.policyVersion.description)
      json.array("signals", signals)
      json.field("vehicleId", vehicleID)
      json.field("vin", vin.text)
    }
  }
}

extension ThreeGuarantees.Count: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("counted", counted.isEmpty ? nil : counted)
      json.field("counter", counter)
      json.array("evidence", evidence)
      json.field("level", level)
      json.field("limitAt", limitAt)
      json.field("value", value)
      json.field("warnsAt", warnsAt)
    }
  }
}

extension ThreeGuarantees.Evidence: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("days", days)
      $0.field("detail", detail)
      $0.field("distanceKm", distanceKm)
      $0.field("receivedOn", receivedOn)
      $0.field("running", isRunning)
      $0.field("workOrderId", source.workOrderNumber == nil ? nil : source.workOrderID)
      $0.field("workOrderNumber", source.workOrderNumber)
    }
  }
}

extension ThreeGuarantees.Signal: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("counted", counted.isEmpty ? nil : counted)
      $0.field("counter", counter)
      $0.field("id", id)
      $0.field("level", level)
      $0.field("limitAt", limitAt)
      $0.field("policyVersion", policyVersion.description)
      $0.field("reachedAt", reachedAt)
      $0.field("value", value)
      $0.field("withdrawnAt", withdrawnAt)
    }
  }
}
