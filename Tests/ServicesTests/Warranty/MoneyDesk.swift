import Domain
import FoundationEssentials
import Repositories
import Services
import Synchronization
import TestSupport
import Testing

/// Ledger and settlements on a database of their own, with a person for each step.
struct MoneyDesk: Sendable {
  /// Told what becomes of the items of rewards.
  final class Listener: PayableSource {
    private let heard = Mutex<[String]>([])

    var events: [String] { heard.withLock { $0 } }

    func entered<Output>(
      _ items: [PayableItem], settlement: LedgerEntry.Source, _ command: Command<Output>, in tx: Transaction
    ) async throws { heard.withLock { $0.append("entered \(items.count)") } }

    func left<Output>(
      _ items: [PayableItem], settlement: LedgerEntry.Source, _ command: Command<Output>, in tx: Transaction
    ) async throws { heard.withLock { $0.append("left \(items.count)") } }

    func paid<Output>(
      _ items: [PayableItem], settlement: LedgerEntry.Source, _ command: Command<Output>, in tx: Transaction
    ) async throws { heard.withLock { $0.append("paid \(items.count)") } }
  }

  let test: TestDatabase
  let network: TestNetwork
  let clock: ManualClock
  let work: UnitOfWork
  let book: LedgerBook
  let payables: PayableBook
  let ledger: LedgerService
  let items: PayableItemService
  let settlements: SettlementService
  let penalties: StationAwardService<PenaltyKind>
  let rewards: StationAwardService<RewardKind>
  let listener: Listener

  /// In the middle of March 2026, so that February is over.
  static let start = Timestamp("2026-03-16T02:00:00.000Z") ?? Timestamp(milliseconds: 0)

  static func with(_ body: @Sendable (MoneyDesk) async throws -> Void) async throws {
    try await TestDatabase.with { test in
      let clock = ManualClock(start)
      let network = try await TestNetwork(in: test.database, at: clock.now)
      let work = UnitOfWork(test.database, clock: clock.wall)
      let book = LedgerBook()
      let payables = PayableBook(book)
      let policies = PolicyBook()
      let listener = Listener()
      try await body(
        MoneyDesk(
          test: test, network: network, clock: clock, work: work, book: book, payables: payables,
          ledger: LedgerService(work, ledger: book, payables: payables),
          items: PayableItemService(work, payables: payables),
          settlements: SettlementService(work, ledger: book, policies: policies, sources: [.reward: listener]),
          penalties: StationAwardService(work, payables: payables, policies: policies),
          rewards: StationAwardService(work, payables: payables, policies: policies), listener: listener))
    }
  }

  // MARK: People

  let claims = person("周婷", .hqClaims)
  let service = person("赵敏", .hqService)
  let approver = person("钱进", .finance)
  let payer = person("孙宁", .finance)

  static func person(_ name: String, _ role: Role) -> Caller {
    Caller(
      subject: .user(UUID.version7(at: start)), name: name, roles: [role], permissions: Set(Permission.allCases),
      scope: .network)
  }

  func clerk(_ station: Station.ID? = nil) -> Caller {
    Caller(
      subject: .user(UUID.version7(at: Self.start)), name: "马超", roles: [.stClaims],
      permissions: Role.stClaims.permissions,
      scope: .station(station ?? network.station))
  }

  // MARK: Steps

  static func day(_ text: String) -> CalendarDate { CalendarDate(text) ?? CalendarDate(daysSinceEpoch: 0) }
  static func cny(_ minor: Int64) -> Money { Money(minor: minor, currency: .cny) }

  /// Runs a write and hands out the document that it answered with.
  func run<Document: Sendable>(
    as caller: Caller, expecting precondition: Precondition? = .any,
    _ write: (Command<Document>) async throws -> Answer
  ) async throws -> Document {
    let box = Box<Document>()
    clock.advance(seconds: 1)
    _ = try await write(
      caller.command(at: clock.now, expecting: precondition) { document in
        box.value = document
        return Answer(status: 200)
      })
    return try #require(box.value)
  }

  func reward(_ minor: Int64, on day: String = "2026-02-10", at station: Station.ID? = nil) async throws -> Reward {
    try await run(as: service) {
      try await rewards.create(
        Reward.Header(
          stationID: station ?? network.station, code: nil, reason: "回访及时", amount: Self.cny(minor),
          occurredOn: Self.day(day), externalIDs: [:]), $0)
    }
  }

  func penalty(_ minor: Int64, on day: String = "2026-02-17") async throws -> Penalty {
    try await run(as: service) {
      try await penalties.create(
        Penalty.Header(
          stationID: network.station, code: "ASM-P1", reason: "反馈不及时", amount: Self.cny(minor),
          occurredOn: Self.day(day), externalIDs: [:]), $0)
    }
  }

  func post(_ kind: LedgerEntry.Kind, _ minor: Int64, on day: String = "2026-02-05") async throws -> LedgerEntry {
    try await run(as: payer) {
      try await ledger.post(
        ManualEntry(
          kind: kind, stationID: network.station, description: "手工 \(kind.rawValue)", amount: Self.cny(minor),
          occurredOn: Self.day(day), counter: nil), $0)
    }
  }

  func draft(_ from: String = "2026-02-01", _ to: String = "2026-02-28") async throws -> Settlement {
    let period = try SettlementPeriod(from: Self.day(from), to: Self.day(to))
    return try await run(as: claims) {
      try await settlements.create(
        SettlementDraft(stationID: network.station, period: period, currency: nil), $0)
    }
  }

  func compiled(_ from: String = "2026-02-01", _ to: String = "2026-02-28") async throws -> Settlement {
    let draft = try await draft(from, to)
    return try await compile(draft)
  }

  func compile(_ settlement: Settlement) async throws -> Settlement {
    try await run(as: claims) { try await settlements.compile(.id(settlement.id), $0) }
  }

  func sign(_ settlement: Settlement, _ action: Settlement.Action, as caller: Caller) async throws -> Settlement {
    if action == .audit {
      return try await run(as: caller) { try await settlements.audit(.id(settlement.id), note: nil, $0) }
    }
    return try await run(as: caller) { try await settlements.sign(.id(settlement.id), action, note: nil, $0) }
  }

  func approve(_ settlement: Settlement, as caller: Caller? = nil) async throws -> Settlement {
    try await run(as: caller ?? approver) { try await settlements.approve(.id(settlement.id), note: nil, $0) }
  }

  func pay(_ settlement: Settlement, as caller: Caller? = nil) async throws -> Settlement {
    try await run(as: caller ?? payer) {
      try await settlements.pay(.id(settlement.id), transfer: "HD-1", on: nil, $0)
    }
  }

  /// Compiled, confirmed, audited and approved.
  func approved(_ from: String = "2026-02-01", _ to: String = "2026-02-28") async throws -> Settlement {
    var settlement = try await compiled(from, to)
    settlement = try await sign(settlement, .confirm, as: clerk())
    settlement = try await sign(settlement, .audit, as: service)
    return try await approve(settlement)
  }

  func whole(_ settlement: Settlement) async throws -> Settlement {
    try await settlements.whole(.id(settlement.id), claims)
  }

  func position(_ station: Station.ID? = nil) async throws -> StationPosition {
    let found = try await ledger.positions(of: .id(station ?? network.station), claims)
    return try #require(found.positions.first { $0.currency == .cny })
  }

  /// What every moment of the ledger must be: nothing unbalanced, anywhere, and what is kept of the days is what was posted for them.
  func sumsToZero() throws -> Bool {
    try test.admin(
      """
      select (select count(*) from (select 1 from ledger_postings group by entry_id, currency having sum(amount) <> 0) t),
        (select count(*) from ledger_totals t full join (
            select account_id, occurred_on, station_id, sum(amount) as amount from ledger_postings group by 1, 2, 3
          ) p on p.account_id = t.account_id and p.occurred_on = t.occurred_on
            and p.station_id is not distinct from t.station_id
          where p.amount is distinct from t.amount)
      """) == "0|0"
  }

  /// What stands on payable and receivable is what is open, and what the last paid settlement left (SET-03).
  func currentAccountIsExplained(_ station: Station.ID? = nil) throws -> Bool {
    let id = station ?? network.station
    return try test.admin(
      """
      select (select coalesce(-sum(p.amount), 0) from ledger_postings p join ledger_accounts a on a.id = p.account_id
          where a.station_id = '\(id)' and a.kind in ('payable', 'receivable'))
        = (select coalesce(sum(i.amount), 0) from payable_items i left join settlements s on s.id = i.settlement_id
          where i.station_id = '\(id)' and (s.id is null or s.state not in ('paid', 'closed')))
        + coalesce((select s.closing_amount from settlements s
          where s.station_id = '\(id)' and s.state in ('paid', 'closed') order by s.created_at desc limit 1), 0)
      """) == "t"
  }
}
