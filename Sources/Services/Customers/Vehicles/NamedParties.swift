import Domain
import Repositories

extension Transaction {
  /// Holds the customer and the vehicle that a body names against what is on record, and names the vehicle by both its
  /// identity and its VIN.
  ///
  /// - Throws: `Refusal.invalid` for a customer who is not active or not seen, a vehicle that is not there, and a VIN that is
  ///   not the vehicle's.
  func complete(
    customer: Customer.ID?, vehicle: inout Vehicle.ID?, vin: inout String?, in scope: Scope
  ) async throws {
    if let customer, try await run(CustomerRepository.find(.id(customer), in: scope))?.state != .active {
      throw Refusal.invalid("#/customerId", .notFound, "there is no such customer")
    }
    if let id = vehicle {
      guard let found = try await run(VehicleRepository.find(.id(id), in: scope)) else {
        throw Refusal.invalid("#/vehicleId", .notFound, "there is no such vehicle")
      }
      if let vin, vin != found.vin.text {
        throw Refusal.invalid("#/vin", .inconsistent, "is not the VIN of the vehicle")
      }
      vin = found.vin.text
    } else if let vin, let found = try await run(VehicleRepository.find(.number(vin), in: scope)) {
      vehicle = found.id
    }
  }
}
