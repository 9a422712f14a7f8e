package import Domain
package import Repositories

/// What the maker owes stations and stations owe the maker, for the services of the documents that make it so. Each item is
/// posted to the ledger when it is recorded, and enters a settlement once (SET-09).
package struct PayableBook: Sendable {
  let ledger: LedgerBook

  package init(_ ledger: LedgerBook) { self.ledger = ledger }

  /// Records items and posts each of them.
  ///
  /// - Throws: `Refusal.conflict` `already-payable` when a line of a document is recorded a second time; `Failure.internal` for
  ///   an amount of zero.
  @discardableResult
  package func record<Output>(
    _ drafts: [PayableItem.Draft], _ command: Command<Output>, in tx: Transaction
  ) async throws -> [PayableItem] {
    var items: [PayableItem] = []
    for draft in drafts {
      let entry = try await ledger.enter(
        LedgerEntry.Draft(
          draft.kind.entry, at: draft.stationID, on: draft.occurredOn, draft.description, source: draft.source,
          postings: draft.postings), command, in: tx)
      items.append(try await keep(draft, entry, command, in: tx))
    }
    return items
  }

  /// Takes back what a document, or one line of it, has made payable: linked items with the amounts the other way, which the next
  /// settlement takes in, and entries that reverse theirs. Nothing is edited. Without such items it does nothing.
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
    var items: [PayableItem] = []
    for item in try await tx.run(PayableItemRepository.lockStanding(source, line: line)) {
      items.append(try await reverse(item, as: kind ?? item.kind, reason: reason, on: day, command, in: tx))
    }
    return items
  }

  /// The same for one item.
  @discardableResult
  package func reverse<Output>(
    _ item: PayableItem, as kind: PayableItem.Kind, reason: String, on day: CalendarDate? = nil,
    _ command: Command<Output>, in tx: Transaction
  ) async throws -> PayableItem {
    let draft = item.reversal(as: kind, ordinal: 1, reason, on: day ?? ReportPeriod.day(of: command.at))
    let last = try await tx.run(PayableItemRepository.lastOrdinal(item.source, line: item.line, draft.kind))
    let entry = try await ledger.enter(
      LedgerEntry.Draft(
        .reversal, at: draft.stationID, on: draft.occurredOn, item.description, source: draft.source,
        postings: draft.postings), reverses: item.entryID, reason: reason, command, in: tx)
    return try await keep(draft.numbered(last + 1), entry, reverses: item.id, reason: reason, command, in: tx)
  }

  /// What finance posts by hand on what a station owes or is owed: the entry is its own document.
  func post<Output>(
    _ kind: PayableItem.Kind, at station: Station.ID, _ description: String, _ amount: Money, on day: CalendarDate,
    counter: LedgerAccount.Kind?, _ command: Command<Output>, in tx: Transaction
  ) async throws -> LedgerEntry {
    // The source is known when the entry is.
    let plan = PayableItem.Draft(
      at: station, kind, source: LedgerEntry.Source(.ledgerEntry, station.uuid, number: nil), description, amount,
      on: day,
      counter: counter)
    let entry = try await ledger.enter(
      LedgerEntry.Draft(kind.entry, at: station, on: day, description, source: nil, postings: plan.postings), command,
      in: tx)
    let draft = PayableItem.Draft(
      at: station, kind, source: LedgerEntry.Source(entry), description, amount, on: day, counter: counter)
    _ = try await keep(draft, entry, command, in: tx)
    return entry
  }

  private func keep<Output>(
    _ draft: PayableItem.Draft, _ entry: LedgerEntry, reverses: PayableItem.ID? = nil, reason: String? = nil,
    _ command: Command<Output>, in tx: Transaction
  ) async throws -> PayableItem {
    if draft.amount.minor == 0 { throw Failure.internal(reference: "a payable item of nothing") }
    let item = PayableItem(draft, entry: entry.id, reverses: reverses, by: command.caller, at: command.at)
    // What is owed twice is refused before anything is answered.
    for statement in PayableItemRepository.save(item, over: nil) { _ = try await tx.run(statement) }
    tx.record(item.event("payableItem.recorded", reason: reason, changes: item.changes(from: nil)), by: command)
    return item
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
  /// An item was taken back because the station disputed it rightly (SET-10).
  func takenBack<Output>(
    _ item: PayableItem, reason: String, _ command: Command<Output>, in tx: Transaction) async throws
}

extension PayableSource {
  package func entered<Output>(
    _ items: [PayableItem], settlement: LedgerEntry.Source, _ command: Command<Output>, in tx: Transaction
  ) async throws {}

  package func left<Output>(
    _ items: [PayableItem], settlement: LedgerEntry.Source, _ command: Command<Output>, in tx: Transaction
  ) async throws {}

  package func takenBack<Output>(
    _ item: PayableItem, reason: String, _ command: Command<Output>, in tx: Transaction
  ) async throws {}
}
