package import Domain
import Repositories

/// The counters of the three guarantees 三包 of a vehicle, with the evidence for each and what was said about them (A9).
package struct ThreeGuaranteeService: Sendable {
  private let work: UnitOfWork
  private let book: ThreeGuaranteeBook

  package init(_ work: UnitOfWork, policies: PolicyBook) {
    self.work = work
    book = ThreeGuaranteeBook(policies)
  }

  /// - Throws: `Refusal.notFound` for a vehicle that is not there.
  package func standing(
    of reference: Reference<Vehicle>, at instant: Timestamp, _ caller: Caller
  ) async throws -> VehicleThreeGuarantees {
    try caller.require(.vehiclesRead)
    return try await work.database.snapshot(caller) { tx in
      guard let vehicle = try await tx.run(VehicleRepository.find(reference, in: caller.scope)) else {
        throw Refusal.notFound
      }
      return try await book.counters(of: vehicle, at: instant, caller, in: tx)
    }
  }
}
