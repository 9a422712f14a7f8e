package import Domain
package import Repositories

/// The ledger as finance and stations see it: entries, accounts with their statements, and what finance posts by hand.
package struct LedgerService: DocumentService {
  package typealias Document = LedgerEntry
  package typealias Filter = LedgerEntryFilter
  package typealias Store = LedgerEntryRepository

  package static let reading = Permission.ledgerRead
  package let work: UnitOfWork
  private let ledger: LedgerBook
  private let payables: PayableBook

  package init(_ work: UnitOfWork, ledger: LedgerBook, payables: PayableBook) {
    self.work = work
    self.ledger = ledger
    self.payables = payables
  }

  // MARK: Entries by hand

  /// Deposits and advances that come and go, what a station pays of what it owes, and adjustments (SET-02, SET-03, SET-04).
  ///
  /// - Throws: `Refusal.conflict` `balance-too-low` when more would go than there is.
  package func post(_ manual: ManualEntry, _ command: Command<LedgerEntry>) async throws -> Answer {
    try await work.perform(command, .ledgerWrite) { tx in
      let caller = command.caller
      guard let station = try await tx.run(StationRepository.find(.id(manual.stationID), in: caller.scope)) else {
        throw Refusal.invalid("#/stationId", .notFound, "there is no such station")
      }
      let today = ReportPeriod.day(of: command.at)
      let day = manual.occurredOn ?? today
      if day > today { throw Refusal.invalid("#/occurredOn", .outOfRange, "must not lie in the future") }
      ledger.lock(station.id, in: tx)
      switch manual.kind {
      case .payment, .adjustment:
        return try await payables.post(
          manual.kind == .payment ? .payment : .adjustment, at: station.id, manual.description, manual.amount, on: day,
          counter: manual.counter, command, in: tx)
      case .depositReceived: return try await move(manual, .deposit, manual.amount, on: day, command, in: tx)
      case .depositReturned:
        try await require(.deposit, manual.amount, at: station.id, command, in: tx)
        return try await move(manual, .deposit, manual.amount.negated, on: day, command, in: tx)
      case .advanceReceived: return try await move(manual, .advance, manual.amount, on: day, command, in: tx)
      case .advanceReturned:
        try await require(.advance, manual.amount, at: station.id, command, in: tx)
        return try await move(manual, .advance, manual.amount.negated, on: day, command, in: tx)
      case .claim, .penalty, .reward, .partsCompensation, .partsInvoice, .oldPartReversal, .settlement,
        .supplierRecovery, .reversal:
        throw Refusal.invalid("#/kind", .notInSet, "is posted by its document")
      }
    }
  }

  /// Undoes an entry that was made by hand; what a document made is taken back with the document.
  ///
  /// - Throws: `Refusal.conflict` `entry-already-reversed`, `entry-of-document`, `entry-is-reversal`, `balance-too-low`.
  package func reverse(
    _ reference: Reference<LedgerEntry>, reason: String, _ command: Command<LedgerEntry>
  ) async throws -> Answer {
    try await work.perform(command, .ledgerReverse) { tx in
      let entry = try await look(at: reference, command, in: tx)
      if let station = entry.stationID { ledger.lock(station, in: tx) }
      if entry.kind.isManual, entry.postings.contains(where: { $0.kind == .payable || $0.kind == .receivable }) {
        let reversed = try await payables.reverse(LedgerEntry.Source(entry), reason: reason, command, in: tx)
        guard let item = reversed.first else {
          throw Refusal.conflict(
            code: "entry-already-reversed", detail: "The entry was reversed before; an entry is reversed once.")
        }
        return try await look(at: .id(item.entryID), command.unconditional(), in: tx)
      }
      if entry.kind == .settlement {
        throw Refusal.conflict(
          code: "entry-of-document", detail: "What a settlement paid is corrected by an item of the next one.",
          .conflicts(entry.source?.conflicting ?? []), .kind(entry.kind))
      }
      if !entry.kind.isManual, entry.kind != .reversal {
        throw Refusal.conflict(
          code: "entry-of-document", detail: "The entry belongs to a document, and is taken back with it.",
          .conflicts(entry.source?.conflicting ?? []), .kind(entry.kind))
      }
      if let station = entry.stationID {
        for posting in entry.postings where posting.kind == .deposit || posting.kind == .advance {
          // A credit goes out again.
          if posting.amount.minor < 0, entry.reversedBy == nil {
            try await require(posting.kind, posting.amount.negated, at: station, command, in: tx)
          }
        }
      }
      return try await ledger.reverse(.id(entry.id), reason: reason, command, in: tx)
    }
  }

  /// - Parameter amount: what comes in; below zero it goes out.
  private func move(
    _ manual: ManualEntry, _ account: LedgerAccount.Kind, _ amount: Money, on day: CalendarDate,
    _ command: Command<LedgerEntry>, in tx: Transaction
  ) async throws -> LedgerEntry {
    try await ledger.post(
      LedgerEntry.Draft(
        manual.kind, at: manual.stationID, on: day, manual.description, source: nil,
        postings: [.debit(.maker(.cash), amount), .credit(.station(manual.stationID, account), amount)]), command,
      in: tx)
  }

  private func require(
    _ account: LedgerAccount.Kind, _ amount: Money, at station: Station.ID, _ command: Command<LedgerEntry>,
    in tx: Transaction
  ) async throws {
    let balance = try await ledger.balance(of: .station(station, account), amount.currency, command, in: tx)
    if balance.minor < amount.minor {
      throw Refusal.conflict(
        code: "balance-too-low", detail: "The station's \(account.rawValue) holds \(balance.description).",
        .kind(account), .available(balance), .required(amount))
    }
  }

  // MARK: Accounts

  package static let accountSorts = LedgerAccountRepository.sorts.keys.sorted()

  package func accounts(
    _ filter: LedgerAccountFilter, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<LedgerAccount> {
    try caller.require(Self.reading)
    return try await work.database.read(caller, LedgerAccountRepository.list(filter, page, in: caller.scope))
  }

  /// - Throws: `Refusal.notFound`, also for an account outside the scope.
  package func account(_ reference: Reference<LedgerAccount>, _ caller: Caller) async throws -> LedgerAccount {
    try caller.require(Self.reading)
    guard let account = try await work.database.read(caller, LedgerAccountRepository.find(reference, in: caller.scope))
    else { throw Refusal.notFound }
    return account
  }

  /// From the first to the last day, as of any day (SET-14).
  ///
  /// - Throws: `Refusal.conflict` `statement-too-long`.
  package func statement(
    _ reference: Reference<LedgerAccount>, from: CalendarDate, to: CalendarDate, _ caller: Caller
  ) async throws -> AccountStatement {
    try caller.require(Self.reading)
    return try await work.database.snapshot(caller) { tx in
      guard let account = try await tx.run(LedgerAccountRepository.find(reference, in: caller.scope)) else {
        throw Refusal.notFound
      }
      let (opening, movements) = try await tx.run(
        LedgerAccountRepository.opening(of: account.id, before: from),
        LedgerAccountRepository.movements(on: account.id, from: from, to: to))
      if movements.count > AccountStatement.mostLines {
        throw Refusal.conflict(
          code: "statement-too-long", detail: "More than \(AccountStatement.mostLines) lines: ask for fewer days.",
          .limit(AccountStatement.mostLines))
      }
      return AccountStatement(account, from: from, to: to, opening: opening, movements)
    }
  }

  /// How a station stands with the maker, in each currency (SET-03).
  package func positions(
    of reference: Reference<Station>, _ caller: Caller
  ) async throws -> (station: Station, positions: [StationPosition]) {
    try caller.require(Self.reading)
    guard let station = try await work.database.read(caller, StationRepository.find(reference, in: caller.scope)) else {
      throw Refusal.notFound
    }
    let positions = try await work.database.read(caller, LedgerAccountRepository.positions(of: station.id))
    if !positions.isEmpty { return (station, positions) }
    return (
      station, [StationPosition(station.profile.currency, payable: 0, receivable: 0, deposit: 0, advance: 0)]
    )
  }
}
