package import Domain
import Repositories

/// What a read of orders shows beside the identities when it is asked to (C-13), as the reads of those documents would.
package struct WorkOrderExpansion: Sendable {
  package enum Member: String, Hashable, Sendable, CaseIterable {
    case customer, lines, station, vehicle
  }

  package let members: Set<Member>
  /// When it was read: clockings that run are counted up to here.
  package let at: Timestamp
  private let customers: [Customer.ID: CustomerView]
  private let stations: [Station.ID: Station]
  private let vehicles: [Vehicle.ID: Vehicle]
  private let lines: [WorkOrder.ID: [JobLine]]

  fileprivate init(
    members: Set<Member>, at: Timestamp, customers: [CustomerView] = [], stations: [Station] = [],
    vehicles: [Vehicle] = [], lines: [WorkOrder.ID: [JobLine]] = [:]
  ) {
    self.members = members
    self.at = at
    self.customers = Dictionary(uniqueKeysWithValues: customers.map { ($0.customer.id, $0) })
    self.stations = Dictionary(uniqueKeysWithValues: stations.map { ($0.id, $0) })
    self.vehicles = Dictionary(uniqueKeysWithValues: vehicles.map { ($0.id, $0) })
    self.lines = lines
  }

  /// `nil`: not visible to the caller.
  package func customer(of order: WorkOrder) -> CustomerView? { customers[order.header.customerID] }
  package func station(of order: WorkOrder) -> Station? { stations[order.stationID] }
  package func vehicle(of order: WorkOrder) -> Vehicle? { order.header.vehicleID.flatMap { vehicles[$0] } }
  package func lines(of order: WorkOrder) -> [JobLine] { lines[order.id] ?? [] }
}

extension WorkOrderService {
  /// The members asked for, for all orders of a page in one round trip: a statement for each kind, none for each row. What the
  /// caller may not read by itself is left out.
  package func expansion(
    of orders: [WorkOrder], _ members: Set<WorkOrderExpansion.Member>, _ caller: Caller, at: Timestamp
  ) async throws -> WorkOrderExpansion {
    if members.isEmpty || orders.isEmpty { return WorkOrderExpansion(members: members, at: at) }
    func wanted<ID>(
      _ member: WorkOrderExpansion.Member, _ permission: Permission, _ id: (WorkOrder) -> ID?
    ) -> Set<ID> {
      members.contains(member) && caller.may(permission) ? Set(orders.compactMap(id)) : []
    }
    let (scope, database) = (caller.scope, work.database)
    let customers = CustomerRepository.all(wanted(.customer, .customersRead) { $0.header.customerID }, in: scope)
    let stations = StationRepository.all(wanted(.station, .stationsRead) { $0.stationID }, in: scope)
    // A customer's order stays his when the vehicle is sold (D-27).
    let vehicles = VehicleRepository.all(
      wanted(.vehicle, .vehiclesRead) { $0.header.vehicleID }, in: caller.exercising(.vehiclesRead).scope)
    guard members.contains(.lines) else {
      let found = try await database.read(caller, customers, stations, vehicles)
      return WorkOrderExpansion(
        members: members, at: at, customers: found.0.map { CustomerView($0, for: caller) }, stations: found.1,
        vehicles: found.2)
    }
    let ids = orders.map(\.id)
    let found = try await database.read(
      caller, customers, stations, vehicles, JobLineRepository.lines(of: ids, in: scope),
      JobLineRepository.parts(of: ids, in: scope), JobLineRepository.clockings(of: ids, in: scope))
    let lines = Dictionary(grouping: found.3, by: \.order).mapValues { lines in
      JobLineRepository.assemble(lines.map(\.line), found.4, found.5)
    }
    return WorkOrderExpansion(
      members: members, at: at, customers: found.0.map { CustomerView($0, for: caller) }, stations: found.1,
      vehicles: found.2, lines: lines)
  }
}
