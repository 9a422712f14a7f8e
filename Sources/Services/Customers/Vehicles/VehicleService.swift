package import Domain
package import Repositories

/// Vehicles (CUS-03, CUS-19): every station sees and serves them all (ORG-07).
package struct VehicleService: RecordService {
  package typealias Document = Vehicle
  package typealias Filter = VehicleFilter
  package typealias Store = VehicleRepository

  package static let reading = Permission.vehiclesRead
  package static let writing = Permission.vehiclesWrite
  package let work: UnitOfWork
  private let guarantees: ThreeGuaranteeBook

  package init(_ work: UnitOfWork, policies: PolicyBook = PolicyBook()) {
    self.work = work
    guarantees = ThreeGuaranteeBook(policies)
  }

  package static func natural(_ draft: VehicleDraft) -> NaturalKey? { NaturalKey("vin", draft.vin.text) }

  package func make<Output>(
    _ draft: VehicleDraft, _ command: Command<Output>, in tx: Transaction
  ) async throws -> Vehicle {
    Vehicle(
      id: .new(at: command.at), vin: draft.vin, profile: draft.profile, odometer: .none,
      externalIDs: draft.externalIDs, version: 1, stamp: RecordStamp(by: command.caller, at: command.at))
  }

  /// When it was sold, what it is used for and which model it is decides what its repairs count for (A9).
  package func admit<Output>(
    _ vehicle: Vehicle, over before: Vehicle?, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    guard let old = before?.profile else { return }
    let new = vehicle.profile
    if (old.saleDate, old.deliveryDate) == (new.saleDate, new.deliveryDate), old.usage == new.usage,
      old.modelID == new.modelID
    {
      return
    }
    // An upsert compares before it locks; whoever counts holds the lock.
    _ = try await tx.run(VehicleRepository.lock(.id(vehicle.id), in: command.caller.scope))
    try await guarantees.review(vehicle, command, in: tx)
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
}
