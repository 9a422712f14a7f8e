package import Domain
package import Repositories

/// What another family does when two customer files become one, in the same transaction. Documents may keep pointing to
/// the duplicate, which names its successor; a family that wants more registers here.
package typealias CustomerMergeHook =
  @Sendable (_ tx: Transaction, _ duplicate: Customer.ID, _ survivor: Customer.ID) async throws -> Void

/// What another family does when a customer file has changed, in the same transaction.
package typealias CustomerChangeHook =
  @Sendable (_ tx: Transaction, _ customer: Customer.ID, _ command: Command<Void>) async throws -> Void

/// Customer files (CUS-01 … CUS-08). Every answer is a `CustomerView`, masked for callers without
/// `customersReadPersonal`.
package struct CustomerService: Sendable {
  private let work: UnitOfWork
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

  /// - Throws: `Refusal.notFound`, also for a customer of another scope.
  package func get(_ reference: Reference<Customer>, _ caller: Caller) async throws -> CustomerView {
    CustomerView(try await find(reference, caller), for: caller)
  }

  /// - Throws: `Refusal.forbidden` for a filter by a field that is masked for this caller.
  package func list(
    _ filter: CustomerFilter, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<CustomerView> {
    try caller.require(.customersRead)
    try filter.require(caller)
    return try await work.database.read(
      caller,
      CustomerRepository.list(filter, telephone: filter.phone.map(telephones.digest), page, in: caller.scope)
    )
    .map { CustomerView($0, for: caller) }
  }

  /// - Throws: `Refusal.invalid`, at `#/stationId` when the serving station is missing or not there for this caller.
  package func create(_ draft: CustomerDraft, _ command: Command<CustomerView>) async throws -> Answer {
    try await work.perform(command, .customersWrite) { tx in
      try draft.validate()
      let station = try draft.servingStation(for: command.caller)
      guard
        let number = try await tx.run(DocumentNumberRepository.next(.customer, station: station, at: command.at))
      else { throw Refusal.invalid("#/stationId", .notFound, "there is no such station") }
      let customer = Customer(
        id: .new(at: command.at), number: number, stationID: station, profile: draft.profile,
        externalIDs: draft.externalIDs, version: 1, stamp: RecordStamp(by: command.caller, at: command.at))
      tx.enqueue(CustomerRepository.insert(customer))
      tx.enqueue(CustomerTelephoneRepository.store(telephones.entry(of: customer)))
      tx.record(Self.change("customer.created", customer, from: nil), by: command)
      return CustomerView(customer, for: command.caller)
    }
  }

  /// A patch that changes nothing keeps the version and writes no event (C-17).
  package func update(
    _ reference: Reference<Customer>, _ patch: CustomerPatch, _ command: Command<CustomerView>
  ) async throws -> Answer {
    try await work.perform(command, .customersWrite) { tx in
      let before = try await Self.lock(reference, command, tx)
      let merged = try before.applying(patch)
      guard merged != before else { return CustomerView(before, for: command.caller) }
      let after = merged.revised(by: command.caller, at: command.at)
      Self.save(after, from: before, tx)
      if after.profile.phone != before.profile.phone || after.profile.phone2 != before.profile.phone2 {
        tx.enqueue(CustomerTelephoneRepository.store(telephones.entry(of: after)))
      }
      tx.record(Self.change("customer.updated", after, from: before), by: command)
      for hook in changeHooks { try await hook(tx, after.id, command.beside()) }
      return CustomerView(after, for: command.caller)
    }
  }

  /// Merges a duplicate of the same station into this file: its vehicles move, it answers as `merged` from now on.
  ///
  /// - Throws: `Refusal.invalid` at `#/duplicateId`, `.transition` when one of both was merged before.
  package func merge(
    _ reference: Reference<Customer>, duplicate: Customer.ID, _ command: Command<CustomerView>
  ) async throws -> Answer {
    try await work.perform(command, .customersMerge) { tx in
      let scope = command.caller.scope
      guard let survivor = try await tx.run(CustomerRepository.find(reference, in: scope)) else {
        throw Refusal.notFound
      }
      // Both again, locked in one order.
      let locked = try await tx.run(CustomerRepository.lock([survivor.id, duplicate], in: scope))
      guard let before = locked.first(where: { $0.id == survivor.id }) else { throw Refusal.notFound }
      try command.requireVersion(before.version)
      guard let double = locked.first(where: { $0.id == duplicate }) else {
        throw Refusal.invalid("#/duplicateId", .notFound, "there is no such customer")
      }
      let merged = try double.merged(into: before, by: command.caller, at: command.at)
      let after = before.revised(by: command.caller, at: command.at)
      Self.save(merged, from: double, tx)
      Self.save(after, from: before, tx)
      tx.enqueue(CustomerVehicleRepository.endDoubles(of: merged.id, in: after.id, at: command.at))
      tx.enqueue(CustomerVehicleRepository.move(from: merged.id, to: after.id))
      for hook in mergeHooks { try await hook(tx, merged.id, after.id) }
      tx.record(
        Self.change("customer.merged", merged, from: double, data: ["mergedIntoId": .text(after.id.description)]),
        Self.change(
          "customer.absorbed", after, from: before, data: ["duplicateId": .text(merged.id.description)]),
        by: command)
      return CustomerView(after, for: command.caller)
    }
  }

  package func history(
    _ reference: Reference<Customer>, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<Event> {
    let customer = try await find(reference, caller)
    return try await HistoryService(work.database).history(.customer, customer.id.uuid, page, caller)
  }

  // MARK: Vehicles of a customer

  /// - Parameter current: only the links that hold, only those that ended, or both.
  package func vehicles(
    of reference: Reference<Customer>, current: Bool?, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<CustomerVehicleEntry> {
    let customer = try await find(reference, caller)
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
      Self.save(after, from: before, tx)
      tx.record(
        Self.change(
          "customer.vehicleLinked", after, from: before,
          data: [
            "vehicleId": .text(vehicle.id.description), "vin": .text(vehicle.vin.text),
            "role": .text(link.role.rawValue),
          ]), by: command)
      for hook in changeHooks { try await hook(tx, after.id, command.beside()) }
      return CustomerVehicleEntry(
        link: link, vin: vehicle.vin.text, plate: vehicle.profile.plate, modelID: vehicle.profile.modelID,
        modelName: nil)
    }
  }

  /// Ends every role that the customer has with the vehicle.
  ///
  /// - Throws: `Refusal.notFound` when there is none.
  package func unlink(
    _ reference: Reference<Customer>, vehicle: Reference<Vehicle>, _ command: Command<CustomerView>
  ) async throws -> Answer {
    try await work.perform(command, .customersWrite) { tx in
      let scope = command.caller.scope
      let (customer, found) = try await tx.run(
        CustomerRepository.lock(reference, in: scope), VehicleRepository.find(vehicle, in: scope))
      guard let before = customer, let found else { throw Refusal.notFound }
      try command.requireVersion(before.version)
      let ended = try await tx.run(
        CustomerVehicleRepository.end(customer: before.id, vehicle: found.id, at: command.at, in: scope))
      if ended.isEmpty { throw Refusal.notFound }
      let after = before.revised(by: command.caller, at: command.at)
      Self.save(after, from: before, tx)
      tx.record(
        Self.change(
          "customer.vehicleUnlinked", after, from: before,
          data: [
            "vehicleId": .text(found.id.description), "vin": .text(found.vin.text),
            "roles": .list(ended.map { .text($0.role.rawValue) }),
          ]), by: command)
      return CustomerView(after, for: command.caller)
    }
  }

  // MARK: Inside

  private func find(_ reference: Reference<Customer>, _ caller: Caller) async throws -> Customer {
    try caller.require(.customersRead)
    guard
      let customer = try await work.database.read(caller, CustomerRepository.find(reference, in: caller.scope))
    else { throw Refusal.notFound }
    return customer
  }

  private static func lock(
    _ reference: Reference<Customer>, _ command: Command<CustomerView>, _ tx: Transaction
  ) async throws -> Customer {
    guard let customer = try await tx.run(CustomerRepository.lock(reference, in: command.caller.scope)) else {
      throw Refusal.notFound
    }
    try command.requireVersion(customer.version)
    return customer
  }

  private static func save(_ customer: Customer, from before: Customer, _ tx: Transaction) {
    tx.enqueue(
      CustomerRepository.update(customer, expecting: before.version), RecordWriting.changed(from: before.version))
  }

  private static func change(
    _ type: String, _ customer: Customer, from before: Customer?, data: [String: EventValue] = [:]
  ) -> Change {
    Change(
      type: type, resource: .customer, id: customer.id.uuid, number: customer.number, version: customer.version,
      station: customer.stationID, changes: customer.changes(from: before), data: data)
  }
}
