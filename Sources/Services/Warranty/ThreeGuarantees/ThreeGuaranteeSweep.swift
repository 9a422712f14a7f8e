package import Domain
import Repositories

/// What time and new rules do to the counters of the three guarantees 三包: a day of a running repair more, and policies from the minute
/// on from which they hold (T-40, T-41). Each warning and limit is said once, whichever instance finds it.
package struct ThreeGuaranteeSweep: Sendable {
  static let stepSize = 100

  private let leases: WorkerLeaseService
  private let book: ThreeGuaranteeBook
  private let clock: WallClock

  package init(_ leases: WorkerLeaseService, policies: PolicyBook, clock: WallClock) {
    self.leases = leases
    book = ThreeGuaranteeBook(policies)
    self.clock = clock
  }

  /// - Returns: whether there may be more.
  package func review(under lease: WorkerLease) async throws -> Bool {
    let now = clock.now()
    return try await leases.each(under: lease, atMost: Self.stepSize) { tx in
      if try await tx.run(ThreeGuaranteeRepository.noteRules(at: now)) > 0 {
        tx.enqueue(ThreeGuaranteeRepository.reviewAll(at: now))
      }
      return try await tx.run(ThreeGuaranteeRepository.due(at: now, in: lease.job, limit: Self.stepSize)).map(\.uuid)
    } work: { id, tx in
      try await Self.review(Vehicle.ID(id), at: now, requestID: lease.job, book, in: tx)
    }
  }

  private static func review(
    _ id: Vehicle.ID, at now: Timestamp, requestID: String, _ book: ThreeGuaranteeBook, in tx: Transaction
  ) async throws {
    let command = Command<Void>(
      caller: .system, requestID: requestID, at: now, precondition: .any, idempotency: nil,
      present: { _ in Answer(status: 204) })
    tx.enqueue(RecordTime.write(at: now))
    guard let vehicle = try await tx.run(VehicleRepository.lock(.id(id), in: .network)),
      try await tx.run(ThreeGuaranteeRepository.isDue(id, at: now))
    else { return }
    try await book.review(vehicle, command, in: tx)
  }
}
