import Domain
import FoundationEssentials
import Services

/// Drives to the customer over HTTP (FLD-03, FLD-16).
extension WorkOrderRoutes {
  @Sendable func depart(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let traveller = form.optional("traveller", .text(1...100)) ?? call.caller.name
    let serviceVehicle = form.optional("serviceVehicle", .text(1...20))
    let departedAt = form.pastInstant("departedAt", call)
    try form.finish()
    return try await service.depart(
      try call.reference(), traveller: traveller, serviceVehicle: serviceVehicle, at: departedAt, presenting(call))
  }

  @Sendable func arrive(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let arrivedAt = form.pastInstant("arrivedAt", call)
    let latitude = form.optional("latitude", .text(1...12))
    let longitude = form.optional("longitude", .text(1...12))
    let position = form.position(latitude, longitude)
    let distanceKm = form.optional("distanceKm", .integer(0...9999))
    try form.finish()
    return try await service.arrive(
      try call.reference(), at: arrivedAt, position: position, distanceKm: distanceKm, presenting(call))
  }

  @Sendable func clear(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let faultCleared = form.required("faultCleared", .boolean)
    let finding = form.required("finding", .text(1...2000))
    let endedAt = form.pastInstant("endedAt", call)
    try form.finish()
    guard let faultCleared, let finding else { throw form.failure }
    return try await service.clear(
      try call.reference(), faultCleared: faultCleared, finding: finding, at: endedAt, presenting(call))
  }
}
