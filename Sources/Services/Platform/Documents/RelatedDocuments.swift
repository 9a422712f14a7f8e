package import Domain
import Repositories

/// The documents that others name, read for a whole page at once (C-13).
package struct RelatedDocuments: Sendable {
  /// Which documents are asked for.
  package struct Wanted: Hashable, Sendable {
    package var customers: Set<Customer.ID> = []
    package var parts: Set<Part.ID> = []
    package var stations: Set<Station.ID> = []
    package var vehicles: Set<Vehicle.ID> = []
    package var workOrders: Set<WorkOrder.ID> = []

    package init() {}
  }

  package fileprivate(set) var customers: [Customer.ID: CustomerView] = [:]
  package fileprivate(set) var parts: [Part.ID: Part] = [:]
  package fileprivate(set) var stations: [Station.ID: Station] = [:]
  package fileprivate(set) var vehicles: [Vehicle.ID: Vehicle] = [:]
  package fileprivate(set) var workOrders: [WorkOrder.ID: WorkOrder] = [:]

  package init() {}
}

extension DocumentService {
  /// What the caller may read of them by itself, as far as the reads of those documents would show it to him: one statement for
  /// each kind, none for each document. What he may not read is left out.
  package func related(_ wanted: RelatedDocuments.Wanted, _ caller: Caller) async throws -> RelatedDocuments {
    var found = RelatedDocuments()
    let database = work.database
    if !wanted.customers.isEmpty, caller.may(.customersRead) {
      let reader = caller.exercising(.customersRead)
      for customer in try await database.read(reader, CustomerRepository.all(wanted.customers, in: reader.scope)) {
        found.customers[customer.id] = CustomerView(customer, for: reader)
      }
    }
    if !wanted.parts.isEmpty, caller.may(.partsRead) {
      let reader = caller.exercising(.partsRead)
      for part in try await database.read(reader, PartRepository.all(wanted.parts, in: reader.scope)) {
        found.parts[part.id] = part
      }
    }
    if !wanted.stations.isEmpty, caller.may(.stationsRead) {
      let reader = caller.exercising(.stationsRead)
      for station in try await database.read(reader, StationRepository.all(wanted.stations, in: reader.scope)) {
        found.stations[station.id] = station
      }
    }
    if !wanted.vehicles.isEmpty, caller.may(.vehiclesRead) {
      let reader = caller.exercising(.vehiclesRead)
      for vehicle in try await database.read(reader, VehicleRepository.all(wanted.vehicles, in: reader.scope)) {
        found.vehicles[vehicle.id] = vehicle
      }
    }
    if !wanted.workOrders.isEmpty, caller.may(.workOrdersRead) {
      let reader = caller.exercising(.workOrdersRead)
      for order in try await database.read(reader, WorkOrderRepository.all(wanted.workOrders, in: reader.scope)) {
        found.workOrders[order.id] = order
      }
    }
    return found
  }
}
