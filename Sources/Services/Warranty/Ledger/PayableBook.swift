package import Domain
package import Repositories

/// What the maker owes stations and stations owe the maker, for the services of the documents that make it so. Each item is
/// posted to the ledger when it is recorded, and enters a settlement once (SET-09).
package struct PayableBook: Sendable {
  let ledger: LedgerBook

  package init(_ ledger: LedgerBook) { self.ledger = ledger }

  /// Records items and posts them: one entry for those of one station, kind and document.
  ///
  /// - Throws: `Refusal.conflict` `already-payable` when a line of a document is recorded a second time; `Failure.internal` for
  ///   an amount of zero.
  @discardableResult
  package func record<Output>(
    _ drafts: [PayableItem.Draft], _ command: Command<Output>, in tx: Transaction
  ) async throws -> [PayableItem] {
    try await record(drafts.map { ($0, nil) }, reason: nil, command, in: tx)
  }

  /// Takes back what a document, or one line of it, has made payable: linked items with the amounts the other way, which the next
  /// settlement takes in. Nothing is edited. Without such items it does nothing.
  ///
  /// - Parameters:
  ///   - line: `nil`: all lines.
  ///   - kind: what to call the items; `nil`: as those that they take back.
  ///   - day: the day that they count for; `nil`: today.
  @discardableResult
  package func reverse<Output>(
    _ source: LedgerEntry.Source, line: Int? = nil, as kind: PayableItem.Kind? = nil, reason: String,
    on day: CalendarDate? = nil, _ command: Command<Output>, in tx: Transaction
  ) async throws -> [PayableItem] {
    let standing = try await tx.run(PayableItemRepository.lockStanding(source, line: line))
    var drafts: [(PayableItem.Draft, PayableItem.ID?)] = []
    for item in standing {
      let draft = item.reversal(
        as: kind ?? item.kind, ordinal: 1, reason, on: day ?? ReportPeriod.day(of: command.at))
      let last = try await tx.run(PayableItemRepository.lastOrdinal(item.source, line: item.line, draft.kind))
      let used = drafts.count { $0.0.line == item.line && $0.0.kind == draft.kind }
      drafts.append((draft.numbered(last + used + 1), item.id))
    }
    return try await record(drafts, reason: reason, command, in: tx)
  }

  private func record<Output>(
    _ drafts: [(draft: PayableItem.Draft, reverses: PayableItem.ID?)], reason: String?, _ command: Command<Output>,
    in tx: Transaction
  ) async throws -> [PayableItem] {
    var items: [PayableItem] = []
    var groups: [(key: Group, drafts: [(draft: PayableItem.Draft, reverses: PayableItem.ID?)])] = []
    for entry in drafts {
      if entry.draft.amount.minor == 0 { throw Failure.internal(reference: "a payable item of nothing") }
      let key = Group(entry.draft)
      if let place = groups.firstIndex(where: { $0.key == key }) {
        groups[place].drafts.append(entry)
      } else {
        groups.append((key, [entry]))
      }
    }
    for group in groups {
      // Items that come to nothing together are still two entries: what was owed, and what took it away.
      let sum = group.drafts.reduce(Int64(0)) { $0 &+ $1.draft.amount.minor }
      let parts = sum == 0 ? group.drafts.map { [$0] } : [group.drafts]
      for part in parts {
        let first = part[0].draft
        let entry = try await ledger.enter(
          LedgerEntry.Draft(
            first.kind.entry, at: first.stationID, on: first.occurredOn,
            part.count == 1 ? first.description : "\(first.source.number ?? first.description)", source: first.source,
            postings: part.flatMap(\.draft.postings)), command, in: tx)
        for (draft, reverses) in part {
          let item = PayableItem(draft, entry: entry.id, reverses: reverses, by: command.caller, at: command.at)
          // What is owed twice is refused before anything is answered.
          for statement in PayableItemRepository.save(item, over: nil) { _ = try await tx.run(statement) }
          tx.record(
            item.event("payableItem.recorded", reason: reason, changes: item.changes(from: nil)), by: command)
          items.append(item)
        }
      }
    }
    return items
  }

  /// What stands in one entry.
  private struct Group: Hashable {
    let station: Station.ID
    let kind: PayableItem.Kind
    let source: LedgerEntry.Source
    let counter: LedgerAccount.Kind
    let currency: Currency
    let day: CalendarDate

    init(_ draft: PayableItem.Draft) {
      station = draft.stationID
      kind = draft.kind
      source = draft.source
      counter = draft.counter
      currency = draft.amount.currency
      day = draft.occurredOn
    }
  }
}

/// A family whose documents make items payable, told what becomes of them in settlements. Registered in the composition by the
/// resource of the source; everything happens in the settlement's transaction.
package protocol PayableSource: Sendable {
  /// A settlement has taken the items in (SM-6: `payable` → `inSettlement`).
  func entered<Output>(
    _ items: [PayableItem], settlement: LedgerEntry.Source, _ command: Command<Output>, in tx: Transaction) async throws
  /// A settlement has let the items go: disputed, or cancelled (SM-6: back to `payable`).
  func left<Output>(
    _ items: [PayableItem], settlement: LedgerEntry.Source, _ command: Command<Output>, in tx: Transaction) async throws
  /// A settlement with the items was paid (SM-6: `settled`).
  func paid<Output>(
    _ items: [PayableItem], settlement: LedgerEntry.Source, _ command: Command<Output>, in tx: Transaction) async throws
}

extension PayableSource {
  package func entered<Output>(
    _ items: [PayableItem], settlement: LedgerEntry.Source, _ command: Command<Output>, in tx: Transaction
  ) async throws {}

  package func left<Output>(
    _ items: [PayableItem], settlement: LedgerEntry.Source, _ command: Command<Output>, in tx: Transaction
  ) async throws {}
}
