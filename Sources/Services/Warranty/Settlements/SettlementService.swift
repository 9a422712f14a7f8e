import Crypto
package import Domain
package import Repositories

/// Settlements with stations (SM-7): drafted over a period, compiled from what is owed, confirmed by the station, audited, approved
/// and paid by different people.
package struct SettlementService: LifecycleService {
  package typealias Document = Settlement
  package typealias Filter = SettlementFilter
  package typealias Store = SettlementRepository

  package static let reading = Permission.settlementsRead
  package static let noting = Permission.settlementsNote
  package let work: UnitOfWork
  private let ledger: LedgerBook
  private let policies: PolicyBook
  private let sources: [Resource: any PayableSource]

  /// - Parameter sources: who is told what becomes of the items of its documents.
  package init(
    _ work: UnitOfWork, ledger: LedgerBook, policies: PolicyBook, sources: [Resource: any PayableSource] = [:]
  ) {
    self.work = work
    self.ledger = ledger
    self.policies = policies
    self.sources = sources
  }

  /// A draft over a period that is over. One at a time in a station and currency, so that each begins where the one before it
  /// ended.
  package func create(_ draft: SettlementDraft, _ command: Command<Settlement>) async throws -> Answer {
    try await work.perform(command, .settlementsWrite) { tx in
      guard let station = try await tx.run(StationRepository.find(.id(draft.stationID), in: command.caller.scope))
      else {
        throw Refusal.invalid("#/stationId", .notFound, "there is no such station")
      }
      let policy = try await policies.current(SettlementPolicy.self, at: station.id, command.at, in: tx).body
      let today = ReportPeriod.day(of: command.at)
      let period = draft.period ?? policy.period.last(before: today)
      if period.to > today { throw Refusal.invalid("#/periodTo", .outOfRange, "must not lie in the future") }
      let settlement = Settlement(
        id: .new(at: command.at), number: try await tx.number(.settlement, at: station.id, on: command.at),
        stationID: station.id, currency: draft.currency ?? station.profile.currency, periodFrom: period.from,
        periodTo: period.to, stamp: RecordStamp(by: command.caller, at: command.at))
      return insert(settlement, Effects(["settlement.drafted"]), command, in: tx)
    }
  }

  // MARK: The actions of the transition table

  /// Takes in what is owed, and reckons. Once more before the station has confirmed: the same inputs change nothing (A4).
  package func compile(_ reference: Reference<Settlement>, _ command: Command<Settlement>) async throws -> Answer {
    try await act(reference, .compile, command) { settlement, tx in
      _ = try SettlementLifecycle.table.permit(.compile, on: settlement, by: command.caller.subject)
      ledger.lock(settlement.stationID, in: tx)
      let policy = try await policies.current(SettlementPolicy.self, at: settlement.stationID, command.at, in: tx)
      let terms = Settlement.Terms(policy.body, version: policy.version.number)
      let inputs = SettlementInputs(
        items: try await tx.run(
          PayableItemRepository.lockOpen(
            at: settlement.stationID, settlement.currency, until: settlement.periodTo, accounts: terms.accounts)),
        opening: try await tx.run(SettlementRepository.opening(of: settlement)),
        advanceBalance: try await advance(of: settlement, in: tx), terms: terms)
      let row = try settlement.compile(inputs, by: command.caller, at: command.at, hash: Self.hash)
      let entered = try change(inputs.items, "payableItem.settling", command, in: tx) { $0.enter(settlement.id) }
      try await tell(entered, settlement, command, in: tx) { try await $0.entered($1, settlement: $2, command, in: tx) }
      return row
    }
  }

  /// The station disputes a line: it leaves the batch, and waits until the dispute is resolved (SET-10).
  package func disputeLine(
    _ reference: Reference<Settlement>, _ number: Int, reason: String, _ command: Command<Settlement>
  ) async throws -> Answer {
    let data: [String: EventValue] = ["lineNumber": .integer(Int64(number))]
    return try await act(reference, .disputeLine, reason: reason, data: data, command) { settlement, tx in
      _ = try SettlementLifecycle.table.permit(.disputeLine, on: settlement, by: command.caller.subject)
      ledger.lock(settlement.stationID, in: tx)
      let advance = try await advance(of: settlement, in: tx)
      let (row, item) = try settlement.disputeLine(
        number, reason, advanceBalance: advance, by: command.caller, hash: Self.hash)
      let left = try change([item], "payableItem.disputed", reason: reason, command, in: tx) { $0.dispute(reason) }
      try await tell(left, settlement, command, in: tx) { try await $0.left($1, settlement: $2, command, in: tx) }
      return row
    }
  }

  /// What the station has confirmed, or did not answer in its days (SET-10).
  package func audit(
    _ reference: Reference<Settlement>, note: String?, _ command: Command<Settlement>
  ) async throws -> Answer {
    try await perform(reference, .audit, command) { settlement, _ in
      let isConfirmed = settlement.steps[.confirm] != nil
      let row = try settlement.audit(
        note: note, on: ReportPeriod.day(of: command.at), by: command.caller, at: command.at)
      return Effects(row, reason: note, data: ["isConfirmed": .boolean(isConfirmed)])
    }
  }

  /// `confirm`, `close`: somebody looks, and signs.
  package func sign(
    _ reference: Reference<Settlement>, _ action: Settlement.Action, note: String?, _ command: Command<Settlement>
  ) async throws -> Answer {
    try await act(reference, action, reason: note, command) { settlement, _ in
      try settlement.sign(action, note: note, by: command.caller, at: command.at)
    }
  }

  /// - Throws: `Refusal.guardFailed` `approval-limit` above what the policy lets the caller's roles approve (M23).
  package func approve(
    _ reference: Reference<Settlement>, note: String?, _ command: Command<Settlement>
  ) async throws -> Answer {
    try await act(reference, .approve, reason: note, command) { settlement, tx in
      let row = try settlement.approve(
        note: note, on: ReportPeriod.day(of: command.at), by: command.caller, at: command.at)
      let limits = try await policies.current(
        ApprovalLimitsPolicy.self, at: settlement.stationID, command.at, in: tx
      ).body
      if !limits.allows(
        settlement.money(settlement.figures.payment), for: .settlementsApprove, of: command.caller.roles)
      {
        throw Refusal.guardFailed(
          action: Settlement.Action.approve.rawValue, guardCode: "approval-limit",
          detail: "The payment is above what your roles may approve.")
      }
      return row
    }
  }

  /// Pays, and clears what the station owes and has paid in advance (SET-02, SET-03). Once, however many ask: the settlement is
  /// locked, and only what is approved is paid.
  ///
  /// - Throws: `Refusal.conflict` `advance-used` when the advance that it reckons with is gone.
  package func pay(
    _ reference: Reference<Settlement>, transfer: String, on day: CalendarDate?, _ command: Command<Settlement>
  ) async throws -> Answer {
    try await perform(reference, .pay, command) { settlement, tx in
      _ = try SettlementLifecycle.table.permit(.pay, on: settlement, by: command.caller.subject)
      let today = ReportPeriod.day(of: command.at)
      let paidOn = day ?? today
      if paidOn > today { throw Refusal.invalid("#/paidOn", .outOfRange, "must not lie in the future") }
      // On no day has more been paid than was owed.
      if paidOn < settlement.periodTo {
        throw Refusal.invalid("#/paidOn", .outOfRange, "must not lie before the last day of the period")
      }
      ledger.lock(settlement.stationID, in: tx)
      let advance = try await advance(of: settlement, in: tx)
      if advance < settlement.figures.advance {
        throw Refusal.conflict(
          code: "advance-used",
          detail: "The station's advance has been used for something else since; cancel and compile once more.",
          .available(Money(minor: advance, currency: settlement.currency)),
          .required(Money(minor: settlement.figures.advance, currency: settlement.currency)))
      }
      // Before the posting, whose number is every other posting's next lock.
      let items = settlement.included.map(\.item)
      try await tell(items, settlement, command, in: tx) { try await $0.paid($1, settlement: $2, command, in: tx) }
      var entry: LedgerEntry?
      if let clearing = settlement.clearing(on: paidOn) { entry = try await ledger.enter(clearing, command, in: tx) }
      let row = try settlement.pay(
        Settlement.Payment(reference: transfer, paidOn: paidOn, entryID: entry?.id), by: command.caller,
        at: command.at)
      return Effects(
        row,
        data: [
          "entryId": .optional(entry?.id.description),
          "payment": .text(settlement.money(settlement.figures.payment).description),
        ])
    }
  }

  /// Before it is paid: its items are open again.
  package func cancel(
    _ reference: Reference<Settlement>, reason: String, _ command: Command<Settlement>
  ) async throws -> Answer {
    try await act(reference, .cancel, reason: reason, command) { settlement, tx in
      let items = settlement.included.map(\.item)
      let row = try settlement.cancel(reason, by: command.caller)
      ledger.lock(settlement.stationID, in: tx)
      let left = try change(items, "payableItem.released", reason: reason, command, in: tx) { $0.leave() }
      try await tell(left, settlement, command, in: tx) { try await $0.left($1, settlement: $2, command, in: tx) }
      return row
    }
  }

  // MARK: Reading

  /// What the statement says, and of which station.
  package func statement(
    _ reference: Reference<Settlement>, _ caller: Caller
  ) async throws -> (settlement: Settlement, station: Station) {
    let settlement = try await whole(reference, caller)
    guard
      let station = try await work.database.read(
        caller, StationRepository.find(.id(settlement.stationID), in: caller.scope))
    else { throw Refusal.notFound }
    return (settlement, station)
  }

  /// Compiles once more from what is on record now, changes nothing, and names what differs (A4). What is paid is compared with
  /// its own inputs alone.
  ///
  /// - Throws: `Refusal.notFound` for a settlement that was never compiled.
  package func comparison(_ reference: Reference<Settlement>, _ caller: Caller) async throws -> SettlementComparison {
    try caller.require(Self.reading)
    return try await work.database.snapshot(caller) { tx in
      let scope = caller.scope
      let header = Store.find(reference, in: scope)
      guard let settlement = try await Store.whole(header, reference, in: scope, through: tx),
        let terms = settlement.terms
      else { throw Refusal.notFound }
      let own = try await tx.run(PayableItemRepository.all(settlement.included.map(\.item.id), in: scope))
      var late: [PayableItem] = []
      var advance = settlement.figures.advance
      if SettlementLifecycle.open.contains(settlement.state) {
        late = try await tx.run(
          PayableItemRepository.open(
            at: settlement.stationID, settlement.currency, until: settlement.periodTo, accounts: terms.accounts))
        advance = try await self.advance(of: settlement, in: tx)
      }
      let inputs = SettlementInputs(
        items: own + late, opening: try await tx.run(SettlementRepository.opening(of: settlement)),
        advanceBalance: advance, terms: terms)
      return SettlementComparison(settlement, settlement.recompiled(own + late, inputs, hash: Self.hash))
    }
  }

  // MARK: Inside

  /// SHA-256 in hexadecimal digits.
  static func hash(_ content: SettlementContent) -> String {
    SHA256.hash(data: Array(content.text.utf8)).map { byte in
      let text = String(byte, radix: 16)
      return byte < 16 ? "0" + text : text
    }.joined()
  }

  private func advance(of settlement: Settlement, in tx: Transaction) async throws -> Int64 {
    let sums = try await tx.run(LedgerAccountRepository.sums(of: settlement.stationID, settlement.currency))
    return LedgerAccount.balance(sums[.advance] ?? 0, .advance, settlement.currency).minor
  }

  /// Saves items that the settlement has changed, each with its event: two statements, however many there are.
  private func change<Output>(
    _ items: [PayableItem], _ type: String, reason: String? = nil, _ command: Command<Output>, in tx: Transaction,
    _ body: (inout PayableItem) -> Void
  ) throws -> [PayableItem] {
    if items.isEmpty { return [] }
    var changed: [PayableItem] = []
    var events: [Change] = []
    for before in items {
      var item = before
      body(&item)
      item = item.revised(by: command.caller, at: command.at)
      events.append(item.event(type, reason: reason, changes: item.changes(from: before)))
      changed.append(item)
    }
    let count = changed.count
    tx.enqueue(PayableItemRepository.save(changed, by: .init(command.caller), at: command.at)) { saved in
      // Their rows are locked, or held by the settlement that is.
      if saved != count {
        throw Failure.internal(reference: "\(count - saved) payable items were changed by somebody else")
      }
    }
    tx.record(events, by: command)
    return changed
  }

  private func tell<Output>(
    _ items: [PayableItem], _ settlement: Settlement, _ command: Command<Output>, in tx: Transaction,
    _ body: (any PayableSource, [PayableItem], LedgerEntry.Source) async throws -> Void
  ) async throws {
    let own = LedgerEntry.Source(settlement)
    for resource in Resource.allCases {
      guard let source = sources[resource] else { continue }
      let theirs = items.filter { $0.source.resource == resource }
      if !theirs.isEmpty { try await body(source, theirs, own) }
    }
  }
}
