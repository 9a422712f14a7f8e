package import Domain
package import Repositories

/// What is owed, as stations and headquarters look at it, and how a dispute ends (SET-10).
package struct PayableItemService: ActingService {
  package typealias Document = PayableItem
  package typealias Filter = PayableItemFilter
  package typealias Store = PayableItemRepository

  package static let reading = Permission.settlementsRead
  package let work: UnitOfWork
  private let payables: PayableBook
  private let sources: [Resource: any PayableSource]

  /// - Parameter sources: who is told what becomes of the items of its documents.
  package init(_ work: UnitOfWork, payables: PayableBook, sources: [Resource: any PayableSource] = [:]) {
    self.work = work
    self.payables = payables
    self.sources = sources
  }

  package static func offers(on item: PayableItem, to caller: Caller) -> [ActionOffer] {
    item.isDisputed
      ? [ActionOffer(action: "resolveDispute", to: "undisputed", .settlementsCompile, for: caller)] : []
  }

  /// - Throws: `Refusal.conflict` `item-not-disputed`.
  package func resolveDispute(
    _ reference: Reference<PayableItem>, _ resolution: PayableItem.DisputeResolution, reason: String,
    _ command: Command<PayableItem>
  ) async throws -> Answer {
    try await change(
      reference, .settlementsCompile, "payableItem.disputeResolved", reason: reason, command
    ) { item, tx in
      try item.resolveDispute()
      switch resolution {
      case .upheld: break
      // For the day of what it takes back, so that one settlement takes in both.
      case .reversed:
        try await payables.reverse(item, as: item.kind, reason: reason, on: item.occurredOn, command, in: tx)
        try await sources[item.source.resource]?.takenBack(item, reason: reason, command, in: tx)
      }
    }
  }
}
