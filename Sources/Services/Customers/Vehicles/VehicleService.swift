package import Domain
import Repositories

/// Vehicles (CUS-03, CUS-19): every station sees and serves them all (ORG-07).
package struct VehicleService: Sendable {
  private let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  /// - Throws: `Refusal.notFound`.
  package func get(_ reference: Reference<Vehicle>, _ caller: Caller) async throws -> Vehicle {
    try caller.require(.vehiclesRead)
    guard let vehicle = try await work.database.read(caller, VehicleRepository.find(reference, in: caller.scope)) else {
      throw Refusal.notFound
    }
    return vehicle
  }

  package func list(_ filter: VehicleFilter, _ page: PageRequest, _ caller: Caller) async throws -> Page<Vehicle> {
    try caller.require(.vehiclesRead)
    return try await work.database.read(caller, VehicleRepository.list(filter, page, in: caller.scope))
  }

  /// - Throws: `Refusal.alreadyExists` with the known vehicle's identity, `.invalid` for an unknown vehicle model.
  package func create(_ draft: VehicleDraft, _ command: Command<Vehicle>) async throws -> Answer {
    try await RecordWriting.namingExisting {
      let caller = command.caller
      let query = VehicleRepository.find(.number(draft.vin.text), in: caller.scope)
      return try await work.database.read(caller, query)?.id.description
    } _: {
      try await work.perform(command, .vehiclesWrite) { tx in
        let vehicle = Vehicle(
          id: .new(at: command.at), vin: draft.vin, profile: draft.profile, odometer: .none,
          externalIDs: draft.externalIDs, version: 1, stamp: RecordStamp(by: command.caller, at: command.at))
        tx.enqueue(VehicleRepository.insert(vehicle))
        tx.record(Self.change("vehicle.created", vehicle, from: nil), by: command)
        return vehicle
      }
    }
  }

  /// A patch that changes nothing keeps the version and writes no event (C-17).
  package func update(
    _ reference: Reference<Vehicle>, _ patch: VehiclePatch, _ command: Command<Vehicle>
  ) async throws -> Answer {
    try await work.perform(command, .vehiclesWrite) { tx in
      guard let before = try await tx.run(VehicleRepository.lock(reference, in: command.caller.scope)) else {
        throw Refusal.notFound
      }
      try command.requireVersion(before.version)
      let merged = before.applying(patch)
      guard merged != before else { return before }
      let after = merged.revised(by: command.caller, at: command.at)
      tx.enqueue(
        VehicleRepository.update(after, expecting: before.version), RecordWriting.changed(from: before.version))
      tx.record(Self.change("vehicle.updated", after, from: before), by: command)
      return after
    }
  }

  package func history(
    _ reference: Reference<Vehicle>, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<Event> {
    let vehicle = try await get(reference, caller)
    return try await HistoryService(work.database).history(.vehicle, vehicle.id.uuid, page, caller)
  }

  /// Everything that happened to the vehicle and that this caller may see.
  package func timeline(
    _ reference: Reference<Vehicle>, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<TimelineItem> {
    let vehicle = try await get(reference, caller)
    return try await work.database.read(
      caller, VehicleTimelineRepository.page(of: vehicle.id, for: caller, page, in: caller.scope))
  }

  // MARK: Odometer

  package func readings(
    of reference: Reference<Vehicle>, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<OdometerEntry> {
    let vehicle = try await get(reference, caller)
    let found = try await work.database.read(
      caller, OdometerRepository.list(of: vehicle.id, page, in: caller.scope))
    // Kilometres are the network's; which order, which words and which person they came by is the station's own.
    return caller.scope == .network ? found : found.map(\.withoutOrigin)
  }

  /// - Throws: `Refusal.conflict` `odometer-fell` when kilometres would fall and no replaced cluster explains it.
  package func recordOdometer(
    _ reference: Reference<Vehicle>, _ draft: OdometerDraft, _ command: Command<OdometerOutcome>
  ) async throws -> Answer {
    try await work.perform(command, .vehiclesRecordOdometer) { tx in
      try await OdometerBook.record(tx, vehicle: reference, draft, by: command)
    }
  }

  private static func change(_ type: String, _ vehicle: Vehicle, from before: Vehicle?) -> Change {
    Change(
      type: type, resource: .vehicle, id: vehicle.id.uuid, number: vehicle.vin.text, version: vehicle.version,
      station: nil, networkWide: true, changes: vehicle.changes(from: before))
  }
}
