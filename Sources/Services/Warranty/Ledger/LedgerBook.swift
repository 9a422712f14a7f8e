package import Domain
package import Repositories

/// The ledger, for services whose documents move money: entries within their own transactions (SET-13).
///
/// Amounts on a station's `payable` and `receivable` accounts are moved by `PayableBook` alone, so that each of them is settled,
/// once.
package struct LedgerBook: Sendable {
  package init() {}

  /// Posts an entry. Accounts that do not exist yet are opened.
  ///
  /// - Throws: `Failure.internal` for an entry that does not balance or touches what is `PayableBook`'s; `Refusal.invalid` at
  ///   `#/stationId` for a station that there is not; `Refusal.conflict` `ledger-day-full` beyond what an account holds for a day.
  @discardableResult
  package func post<Output>(
    _ draft: LedgerEntry.Draft, _ command: Command<Output>, in tx: Transaction
  ) async throws -> LedgerEntry {
    if draft.postings.contains(where: { $0.account.kind == .payable || $0.account.kind == .receivable }) {
      throw Failure.internal(reference: "payable and receivable are moved by payable items")
    }
    return try await enter(draft, command, in: tx)
  }

  /// Undoes an entry: the same postings the other way, linked, once.
  ///
  /// - Parameter day: the day that it counts for; `nil`: today.
  /// - Throws: `Refusal.notFound`; `Refusal.conflict` `entry-already-reversed`, `entry-of-document` for what is taken back with
  ///   its document.
  @discardableResult
  package func reverse<Output>(
    _ reference: Reference<LedgerEntry>, reason: String, on day: CalendarDate? = nil, _ command: Command<Output>,
    in tx: Transaction
  ) async throws -> LedgerEntry {
    let scope = command.caller.scope
    let found = try await LedgerEntryRepository.whole(
      LedgerEntryRepository.find(reference, in: scope), reference, in: scope, through: tx)
    guard let entry = found else { throw Refusal.notFound }
    if entry.kind == .reversal {
      throw Refusal.conflict(
        code: "entry-is-reversal", detail: "A reversal stands; post what is right anew.", .kind(entry.kind))
    }
    if entry.postings.contains(where: { $0.kind == .payable || $0.kind == .receivable }) {
      throw Refusal.conflict(
        code: "entry-of-document",
        detail: "The entry belongs to a payable item, which is taken back with its document.",
        .conflicts(entry.source?.conflicting ?? []), .kind(entry.kind))
    }
    let undone = LedgerEntry(
      id: .new(at: command.at), number: try await tx.number(.ledgerEntry, at: entry.stationID, on: command.at),
      stationID: entry.stationID, kind: .reversal, occurredOn: day ?? ReportPeriod.day(of: command.at),
      description: entry.description, source: entry.source, reverses: entry.id, reason: reason, reversedBy: nil,
      stamp: RecordStamp(by: command.caller, at: command.at),
      postings: entry.postings.map {
        LedgerEntry.Posting(accountID: $0.accountID, account: $0.account, kind: $0.kind, amount: $0.amount.negated)
      })
    try await write(undone, command, in: tx)
    return undone
  }

  /// What stands on an account at the end of a day, positive on the side on which it grows; zero where there is none yet.
  ///
  /// - Parameter day: `nil`: with everything that was posted.
  package func balance<Output>(
    of account: LedgerAccount.Key, _ currency: Currency, asOf day: CalendarDate? = nil, _ command: Command<Output>,
    in tx: Transaction
  ) async throws -> Money {
    let sum = try await tx.within(.network, of: command.caller) {
      try await tx.run(LedgerAccountRepository.sum(.init(account, currency), until: day))
    }
    return LedgerAccount.balance(sum, account.kind, currency)
  }

  /// How a station stands: what the credit check of its orders reads (SET-03).
  package func position<Output>(
    of station: Station.ID, _ currency: Currency, _ command: Command<Output>, in tx: Transaction
  ) async throws -> StationPosition {
    let sums = try await tx.run(LedgerAccountRepository.sums(of: station, currency))
    func balance(_ kind: LedgerAccount.Kind) -> Int64 {
      LedgerAccount.balance(sums[kind] ?? 0, kind, currency).minor
    }
    return StationPosition(
      currency, payable: balance(.payable), receivable: balance(.receivable), deposit: balance(.deposit),
      advance: balance(.advance))
  }

  /// Nobody else moves or settles the money of the station until the transaction ends.
  package func lock(_ station: Station.ID, in tx: Transaction) {
    tx.enqueue(LedgerAccountRepository.lock(station))
  }

  // MARK: Inside

  /// As `post`, on every account.
  @discardableResult
  func enter<Output>(
    _ draft: LedgerEntry.Draft, reverses: LedgerEntry.ID? = nil, reason: String? = nil, _ command: Command<Output>,
    in tx: Transaction
  ) async throws -> LedgerEntry {
    if !draft.isBalanced { throw Failure.internal(reference: "a ledger entry does not balance") }
    let postings = draft.combined
    let places = postings.map { LedgerAccountRepository.Place($0.account, $0.amount.currency) }
    let number = try await tx.number(.ledgerEntry, at: draft.stationID, on: command.at)
    return try await tx.within(.network, of: command.caller) {
      let accounts = try await accounts(places, at: command.at, in: tx)
      let entry = LedgerEntry(
        id: .new(at: command.at), number: number, stationID: draft.stationID, kind: draft.kind,
        occurredOn: draft.occurredOn, description: draft.description, source: draft.source, reverses: reverses,
        reason: reason, reversedBy: nil, stamp: RecordStamp(by: command.caller, at: command.at),
        postings: try zip(places, postings).map { place, posting in
          guard let account = accounts[place] else {
            throw Refusal.invalid("#/stationId", .notFound, "there is no such station")
          }
          return LedgerEntry.Posting(
            accountID: account.id, account: account.code, kind: account.kind, amount: posting.amount)
        })
      try await write(entry, command, in: tx)
      return entry
    }
  }

  /// - Throws: `Refusal.conflict` for a second reversal, before anything is answered.
  private func write<Output>(
    _ entry: LedgerEntry, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    for statement in LedgerEntryRepository.save(entry, over: nil) {
      if entry.reverses == nil { tx.enqueue(statement) } else { _ = try await tx.run(statement) }
    }
    tx.record(
      entry.event(
        entry.reverses == nil ? "ledgerEntry.posted" : "ledgerEntry.reversed", reason: entry.reason,
        changes: entry.changes(from: nil)), by: command)
  }

  private func accounts(
    _ places: [LedgerAccountRepository.Place], at instant: Timestamp, in tx: Transaction
  ) async throws -> [LedgerAccountRepository.Place: LedgerAccount] {
    let known = try await tx.run(LedgerAccountRepository.known(places))
    let missing = places.filter { known[$0] == nil }
    if missing.isEmpty { return known }
    for place in missing { tx.enqueue(LedgerAccountRepository.open(place, at: instant)) }
    return try await tx.run(LedgerAccountRepository.known(places))
  }
}
