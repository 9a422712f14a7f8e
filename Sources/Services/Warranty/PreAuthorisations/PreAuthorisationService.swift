package import Domain
package import FoundationEssentials
package import Repositories

/// The maker's word before a repair (M5): asked for by the station, decided by headquarters, drawn by claims.
package struct PreAuthorisationService: LifecycleService {
  package typealias Document = PreAuthorisation
  package typealias Filter = PreAuthorisationFilter
  package typealias Store = PreAuthorisationRepository

  package static let reading = Permission.preAuthorisationsRead
  package static let noting = Permission.preAuthorisationsWrite
  package let work: UnitOfWork
  private let clocks: ClockBook
  private var entitlements: EntitlementService { EntitlementService(work, policies: clocks.policies) }

  package init(_ work: UnitOfWork, clocks: ClockBook) {
    self.work = work
    self.clocks = clocks
  }

  // MARK: For claims

  /// The approved line of an order that held on a day; of several the one with the most left.
  package func valid(
    for order: WorkOrder.ID, line: Int, on day: CalendarDate, _ caller: Caller, in tx: Transaction
  ) async throws -> PreAuthorisationPermit? {
    try await tx.run(PreAuthorisationRepository.permit(for: order, line: line, on: day, in: caller.scope))
  }

  /// What one claim takes of an approved line from now on, in place of what it took before. However many claims come at once, the
  /// line never gives more than was approved.
  ///
  /// - Throws: `Refusal.conflict` `pre-authorisation-exceeded`; `.notFound` outside the scope.
  package func draw<Output>(
    _ amount: Money, of permit: PreAuthorisationPermit, for claim: UUID, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    try await draw(amount.minor, of: permit.id, line: permit.line, for: claim, command, in: tx)
  }

  /// Gives back everything that a claim took: it was withdrawn or rejected.
  package func release<Output>(_ claim: UUID, _ command: Command<Output>, in tx: Transaction) async throws {
    for draw in try await tx.run(PreAuthorisationRepository.draws(by: claim)) {
      try await self.draw(0, of: draw.document, line: draw.line, for: claim, command, in: tx)
    }
  }

  private func draw<Output>(
    _ minor: Int64, of id: PreAuthorisation.ID, line: Int, for claim: UUID, _ command: Command<Output>,
    in tx: Transaction
  ) async throws {
    let scope = command.caller.scope
    let header = Store.lock(.id(id), in: scope)
    guard let before = try await Store.whole(header, .id(id), in: scope, through: tx) else { throw Refusal.notFound }
    // A statement of its own behind the lock: it must see what the former holder drew.
    let former = try await tx.run(PreAuthorisationRepository.drawn(of: id, line: line, by: claim)) ?? 0
    let amount = Money(minor: minor, currency: before.currency)
    var document = before
    try document.draw(amount, insteadOf: Money(minor: former, currency: before.currency), line: line)
    tx.enqueue(PreAuthorisationRepository.keep(amount, drawnOf: before, line: line, by: claim, at: command.at))
    _ = save(
      document, over: before,
      Effects(
        ["preAuthorisation.drawn"],
        data: ["claimId": .text(claim.canonical), "line": .integer(Int64(line)), "amount": .text(amount.amount)]),
      command, in: tx)
  }
}
