package import Domain
package import Repositories

/// The one way into a vehicle's odometer, inside the transaction of whatever brought the reading: reception, delivery,
/// inspection, or a reading by itself (domain.md section 7).
package enum OdometerBook {
  /// Locks the vehicle, holds the reading against its history, keeps it with one event and moves the vehicle on.
  ///
  /// - Parameter pointer: where the kilometres stand in the request.
  /// - Throws: `Refusal.notFound` for an unknown vehicle; `.conflict` `odometer-fell`; `.invalid`.
  @discardableResult
  package static func record<Output>(
    _ tx: Transaction, vehicle: Reference<Vehicle>, _ draft: OdometerDraft, pointer: String = "#/km",
    by command: Command<Output>
  ) async throws -> OdometerOutcome {
    let scope = command.caller.scope
    guard let before = try await tx.run(VehicleRepository.lock(vehicle, in: scope)) else { throw Refusal.notFound }
    // A statement of its own behind the lock: its snapshot must see what the former holder committed.
    let neighbours = try await tx.run(
      OdometerRepository.neighbours(of: before.id, at: draft.readAt ?? command.at))
    let outcome = try before.recording(
      draft, among: neighbours, by: command.caller, now: command.at, pointer: pointer)
    tx.enqueue(OdometerRepository.insert(outcome.entry))
    tx.enqueue(OdometerRepository.advance(outcome.vehicle, expecting: before.version))
    tx.record(event(outcome, from: before), by: command)
    return outcome
  }

  /// The same for families that know the vehicle's identity and nothing but the kilometres.
  @discardableResult
  package static func record<Output>(
    _ tx: Transaction, vehicle: Vehicle.ID, km: Int, at instant: Timestamp, source: VehicleOdometer.Source,
    workOrder: Identifier<WorkOrder>? = nil, pointer: String = "#/odometerKm", by command: Command<Output>
  ) async throws -> OdometerOutcome {
    try await record(
      tx, vehicle: .id(vehicle),
      OdometerDraft(km: km, readAt: instant, source: source, workOrderID: workOrder), pointer: pointer, by: command)
  }

  private static func event(_ outcome: OdometerOutcome, from before: Vehicle) -> Change {
    let entry = outcome.entry
    var data: [String: EventValue] = [
      "km": .integer(Int64(entry.reading.kilometres)), "readAt": .text(entry.reading.at.description),
      "cluster": .integer(Int64(entry.cluster)), "source": .text(entry.source.rawValue),
    ]
    if let replacement = entry.replacement { data["replacedKm"] = .integer(Int64(replacement.oldKm)) }
    return outcome.vehicle.event(
      "vehicle.odometerRecorded", reason: entry.replacement?.reason, changes: outcome.vehicle.changes(from: before),
      data: data)
  }
}
