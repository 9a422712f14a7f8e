package import Domain
package import Repositories

/// What another family does when two customer files become one, in the same transaction. Documents may keep pointing to
/// the duplicate, which names its successor; a family that wants more registers here.
package typealias CustomerMergeHook =
  @Sendable (_ tx: Transaction, _ duplicate: Customer.ID, _ survivor: Customer.ID) async throws -> Void

/// What another family does when a customer file changes, in the same transaction.
package typealias CustomerChangeHook =
  @Sendable (_ tx: Transaction, _ customer: Customer, _ command: Command<Void>) async throws -> Void

/// Customer files (CUS-01 … CUS-08). The edge can show a customer only as a `CustomerView`, masked for callers without
/// `customersReadPersonal`.
package struct CustomerService: RecordService {
  package typealias Document = Customer
  package typealias Filter = CustomerFilter
  package typealias Store = CustomerRepository

  package static let reading = Permission.customersRead
  package static let writing = Permission.customersWrite
  package let work: UnitOfWork
  private let telephones: TelephoneIndex
  private let mergeHooks: [CustomerMergeHook]
  private let changeHooks: [CustomerChangeHook]

  package init(
    _ work: UnitOfWork, telephones: TelephoneIndex, mergeHooks: [CustomerMergeHook] = [],
    changeHooks: [CustomerChangeHook] = []
  ) {
    self.work = work
    self.telephones = telephones
    self.mergeHooks = mergeHooks
    self.changeHooks = changeHooks
  }

  package static func offers(on customer: Customer, to caller: Caller) -> [ActionOffer] {
    switch customer.state {
    case .active: customer.offers(to: caller) + [change(for: caller)]
    case .merged, .erased: []
    }
  }

  package func admit<Output>(
    _ record: Customer, over before: Customer?, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    guard before != nil else { return }
    for hook in changeHooks { try await hook(tx, record, command.beside()) }
  }

  package static func station(of draft: CustomerDraft, for caller: Caller) throws(Refusal) -> Station.ID? {
    try draft.servingStation(for: caller)
  }

  package static func permit(_ filter: CustomerFilter, for caller: Caller) throws(Refusal) {
    try filter.require(caller)
  }

  package func prepared(_ filter: CustomerFilter) -> CustomerFilter {
    var prepared = filter
    prepared.phoneDigest = filter.phone.map(telephones.digest)
    return prepared
  }

  /// - Throws: `Refusal.invalid`, at `#/stationId` when the serving station is missing or not there for this caller.
  package func make<Output>(
    _ draft: CustomerDraft, _ command: Command<Output>, in tx: Transaction
  ) async throws -> Customer {
    try draft.validate()
    let station = try draft.servingStation(for: command.caller)
    let number = try await tx.number(.customer, at: station, on: command.at)
    return Customer(
      id: .new(at: command.at), number: number, stationID: station, profile: draft.profile,
      externalIDs: draft.externalIDs, version: 1, stamp: RecordStamp(by: command.caller, at: command.at))
  }

  /// The index of telephone numbers follows the file.
  package func accompany(_ customer: Customer, over before: Customer?, in tx: Transaction) {
    let (profile, old) = (customer.profile, before?.profile)
    if profile.phone == old?.phone, profile.phone2 == old?.phone2 { return }
    tx.enqueue(CustomerTelephoneRepository.store(telephones.entry(of: customer)))
  }

  /// Merges a duplicate of the same station into this file: its vehicles move, it answers as `merged` from now on.
  ///
  /// - Throws: `Refusal.invalid` at `#/duplicateId`, `.transition` when one of both was merged before.
  package func merge(
    _ reference: Reference<Customer>, duplicate: Customer.ID, _ command: Command<Customer>
  ) async throws -> Answer {
    try await work.perform(command, .customersMerge) { tx in
      let scope = command.caller.scope
      guard let survivor = try await tx.run(CustomerRepository.find(reference, in: scope)) else {
        throw Refusal.notFound
      }
      // Both again, locked in one order.
      let locked = try await tx.run(CustomerRepository.lock([survivor.id, duplicate], in: scope))
      guard let before = locked.first(where: { $0.id == survivor.id }) else { throw Refusal.notFound }
      try command.precondition?.require(before.version)
      guard let double = locked.first(where: { $0.id == duplicate }) else {
        throw Refusal.invalid("#/duplicateId", .notFound, "there is no such customer")
      }
      let merged = try double.merged(into: before, by: command.caller, at: command.at)
      let after = before.revised(by: command.caller, at: command.at)
      for statement in Store.save(merged, over: double) + Store.save(after, over: before) { tx.enqueue(statement) }
      tx.enqueue(CustomerVehicleRepository.endDoubles(of: merged.id, in: after.id, at: command.at))
      tx.enqueue(CustomerVehicleRepository.move(from: merged.id, to: after.id))
      for hook in mergeHooks { try await hook(tx, merged.id, after.id) }
      tx.record(
        merged.event(
          "customer.merged", changes: merged.changes(from: double),
          data: ["mergedIntoId": .text(after.id.description)]),
        after.event(
          "customer.absorbed", changes: after.changes(from: before),
          data: ["duplicateId": .text(merged.id.description)]),
        by: command)
      return after
    }
  }

  // MARK: Vehicles of a customer

  /// - Parameter current: only the links that hold, only those that ended, or both.
  package func vehicles(
    of reference: Reference<Customer>, current: Bool?, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<CustomerVehicleEntry> {
    let customer = try await get(reference, caller)
    return try await work.database.read(
      caller, CustomerVehicleRepository.list(of: customer.id, current: current, page, in: caller.scope))
  }

  /// - Throws: `Refusal.alreadyExists` when the customer has this role already, `.conflict` `owner-exists` when another
  ///   customer of the station is the owner, `.invalid` for an unknown vehicle.
  package func link(
    _ reference: Reference<Customer>, _ draft: CustomerVehicleDraft, _ command: Command<CustomerVehicleEntry>
  ) async throws -> Answer {
    try await work.perform(command, .customersWrite) { tx in
      let (customer, vehicle) = try await tx.run(
        CustomerRepository.lock(reference, in: command.caller.scope),
        VehicleRepository.find(draft.vehicle, in: command.caller.scope))
      guard let before = customer else { throw Refusal.notFound }
      guard let vehicle else { throw Refusal.invalid("#/vehicleId", .notFound, "there is no such vehicle") }
      try before.requireActive(for: "linkVehicle")
      let after = before.revised(by: command.caller, at: command.at)
      let link = CustomerVehicle(
        id: .new(at: command.at), customerID: after.id, stationID: after.stationID, vehicleID: vehicle.id,
        role: draft.role, since: draft.since, until: nil)
      tx.enqueue(CustomerVehicleRepository.insert(link, at: command.at))
      for statement in Store.save(after, over: before) { tx.enqueue(statement) }
      tx.record(
        after.event(
          "customer.vehicleLinked", changes: after.changes(from: before),
          data: [
            "vehicleId": .text(vehicle.id.description), "vin": .text(vehicle.vin.text),
            "role": .text(link.role.rawValue),
          ]), by: command)
      for hook in changeHooks { try await hook(tx, after, command.beside()) }
      return CustomerVehicleEntry(
        link: link, vin: vehicle.vin.text, plate: vehicle.profile.plate, modelID: vehicle.profile.modelID,
        modelName: nil)
    }
  }

  /// Ends every role that the customer has with the vehicle.
  ///
  /// - Throws: `Refusal.notFound` when there is none.
  package func unlink(
    _ reference: Reference<Customer>, vehicle: Reference<Vehicle>, _ command: Command<Customer>
  ) async throws -> Answer {
    try await work.perform(command, .customersWrite) { tx in
      let scope = command.caller.scope
      let (customer, found) = try await tx.run(
        CustomerRepository.lock(reference, in: scope), VehicleRepository.find(vehicle, in: scope))
      guard let before = customer, let found else { throw Refusal.notFound }
      try command.precondition?.require(before.version)
      let ended = try await tx.run(
        CustomerVehicleRepository.end(customer: before.id, vehicle: found.id, at: command.at, in: scope))
      if ended.isEmpty { throw Refusal.notFound }
      let after = before.revised(by: command.caller, at: command.at)
      for statement in Store.save(after, over: before) { tx.enqueue(statement) }
      tx.record(
        after.event(
          "customer.vehicleUnlinked", changes: after.changes(from: before),
          data: [
            "vehicleId": .text(found.id.description), "vin": .text(found.vin.text),
            "roles": .list(ended.map { .text($0.role.rawValue) }),
          ]), by: command)
      return after
    }
  }
}
