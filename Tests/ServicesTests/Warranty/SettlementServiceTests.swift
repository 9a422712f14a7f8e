import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

@Suite("Settlements over the database") struct SettlementServiceTests {
  private static func refusal(_ body: () async throws -> Void) async -> Refusal? {
    do {
      try await body()
      return nil
    } catch let refusal as Refusal {
      return refusal
    } catch {
      Issue.record("\(error)")
      return nil
    }
  }

  private static func samePerson(_ action: String, _ body: () async throws -> Void) async {
    guard case .guardFailed(action, "same-person", _)? = await refusal(body) else {
      Issue.record("\(action) by the same person")
      return
    }
  }

  private static func reverse(_ entry: LedgerEntry, _ desk: MoneyDesk) async throws -> LedgerEntry {
    try await desk.run(as: desk.payer) { try await desk.ledger.reverse(.id(entry.id), reason: "录错", $0) }
  }

  @Test(
    "from penalty and reward to payment: compiled, confirmed, audited, approved, paid, closed (SM-7, SET-01, SET-11)")
  func walk() async throws {
    try await MoneyDesk.with { desk in
      _ = try await desk.reward(1_200_00)
      _ = try await desk.penalty(30_00)
      // Of March: not of this period.
      _ = try await desk.reward(7_00, on: "2026-03-02")
      #expect(try await desk.position().payable.minor == 1_207_00)
      #expect(try await desk.position().receivable.minor == 30_00)
      let compiled = try await desk.compiled()
      #expect(compiled.number == "ST-SY001-2026-000001" && compiled.lineCount == 2)
      #expect(compiled.figures.payment == 1_170_00 && compiled.contentHash?.count == 64)
      var settlement = try await desk.sign(compiled, .confirm, as: desk.clerk())
      settlement = try await desk.sign(settlement, .audit, as: desk.service)
      settlement = try await desk.approve(settlement)
      #expect(settlement.dueOn == MoneyDesk.day("2026-04-15"))
      settlement = try await desk.pay(settlement)
      #expect(settlement.state == .paid && settlement.payment?.entryID != nil)
      #expect(settlement.contentHash == compiled.contentHash)
      let position = try await desk.position()
      #expect(position.payable.minor == 7_00 && position.receivable.minor == 0)
      settlement = try await desk.sign(settlement, .close, as: desk.payer)
      #expect(settlement.state == .closed)
      #expect(try desk.sumsToZero() && desk.currentAccountIsExplained())
      #expect(desk.listener.events == ["entered 1", "paid 1"])
      let history = try await desk.settlements.history(
        .id(settlement.id), PageRequest(limit: 50, sort: [.init("position")]), desk.claims)
      #expect(
        history.items.map(\.change.type) == [
          "settlement.drafted", "settlement.compiled", "settlement.confirmed", "settlement.audited",
          "settlement.approved", "settlement.paid", "settlement.closed",
        ])
    }
  }

  @Test("nobody takes two of the steps, and nothing has happened when he tries (SEC-10)")
  func duties() async throws {
    try await MoneyDesk.with { desk in
      _ = try await desk.reward(100_00)
      var settlement = try await desk.compiled()
      let compiled = settlement
      await Self.samePerson("confirm") { _ = try await desk.sign(compiled, .confirm, as: desk.claims) }
      settlement = try await desk.sign(settlement, .confirm, as: desk.clerk())
      let confirmed = settlement
      await Self.samePerson("audit") { _ = try await desk.sign(confirmed, .audit, as: desk.claims) }
      settlement = try await desk.sign(settlement, .audit, as: desk.service)
      let audited = settlement
      for person in [desk.claims, desk.service] {
        await Self.samePerson("approve") { _ = try await desk.approve(audited, as: person) }
      }
      settlement = try await desk.approve(settlement)
      let approved = settlement
      for person in [desk.claims, desk.service, desk.approver] {
        await Self.samePerson("pay") { _ = try await desk.pay(approved, as: person) }
      }
      #expect(try await desk.whole(settlement).version == settlement.version)
      #expect(try desk.test.admin("select count(*) from ledger_entries where kind = 'settlement'") == "0")
      // The database stands behind it.
      #expect(throws: (any Error).self) {
        try desk.test.asApplication(
          scope: "*", "update settlements set paid_by_id = approved_by_id where id = '\(settlement.id)'")
      }
    }
  }

  @Test("who compiled first still audits and pays nothing when a colleague has compiled since (SEC-10)")
  func compilers() async throws {
    try await MoneyDesk.with { desk in
      _ = try await desk.reward(100_00)
      let first = try await desk.compiled()
      _ = try await desk.reward(50_00)
      let colleague = MoneyDesk.person("李晓", .hqClaims)
      var settlement: Settlement = try await desk.run(as: colleague) {
        try await desk.settlements.compile(.id(first.id), $0)
      }
      #expect(settlement.contentHash != first.contentHash && settlement.steps[.compile]?.by.name == "李晓")
      settlement = try await desk.sign(settlement, .confirm, as: desk.clerk())
      let confirmed = settlement
      for person in [desk.claims, colleague] {
        await Self.samePerson("audit") { _ = try await desk.sign(confirmed, .audit, as: person) }
      }
      settlement = try await desk.sign(settlement, .audit, as: desk.service)
      let audited = settlement
      await Self.samePerson("approve") { _ = try await desk.approve(audited, as: desk.claims) }
      let approved = try await desk.approve(settlement)
      await Self.samePerson("pay") { _ = try await desk.pay(approved, as: desk.claims) }
      #expect(try await desk.pay(approved).state == .paid)
    }
  }

  @Test("nothing is paid for a day before the period has ended, nor for one to come (SET-01, SM-7)")
  func paidOn() async throws {
    try await MoneyDesk.with { desk in
      _ = try await desk.reward(100_00)
      let settlement = try await desk.approved()
      for day in ["2026-02-27", "2026-03-17"] {
        guard
          case .invalid(let violations)? = await Self.refusal({
            let _: Settlement = try await desk.run(as: desk.payer) {
              try await desk.settlements.pay(.id(settlement.id), transfer: "HD-1", on: MoneyDesk.day(day), $0)
            }
          })
        else {
          Issue.record("paid on \(day)")
          continue
        }
        #expect(violations.map(\.pointer) == ["#/paidOn"])
      }
      let paid: Settlement = try await desk.run(as: desk.payer) {
        try await desk.settlements.pay(.id(settlement.id), transfer: "HD-1", on: MoneyDesk.day("2026-02-28"), $0)
      }
      #expect(paid.payment?.paidOn == MoneyDesk.day("2026-02-28"))
    }
  }

  @Test("what an account could not add up is refused when it is posted, and every balance can be read (SET-13)")
  func limit() async throws {
    try await MoneyDesk.with { desk in
      let most: Int64 = 1_000_000_000_000_000
      _ = try await desk.post(.depositReceived, most)
      for minor in [1, most, Int64.max] {
        guard
          case .conflict("ledger-day-full", _)? = await Self.refusal({
            _ = try await desk.post(.depositReceived, minor)
          })
        else {
          Issue.record("\(minor) was posted")
          continue
        }
      }
      // For another day there is room, and both are added up.
      _ = try await desk.post(.depositReceived, most, on: "2026-02-06")
      #expect(try await desk.position().deposit.minor == 2 * most)
      _ = try await desk.post(.depositReturned, most)
      _ = try await desk.post(.depositReceived, 7)
      #expect(try await desk.position().deposit.minor == most + 7)
      #expect(try desk.sumsToZero())
    }
  }

  @Test("of 200 parallel payments of one settlement exactly one pays (S14)", arguments: [true, false])
  func race(named: Bool) async throws {
    try await MoneyDesk.with { desk in
      _ = try await desk.reward(1_200_00)
      let settlement = try await desk.approved()
      let precondition: Precondition = named ? .versions([settlement.version]) : .any
      let outcomes = await Outcomes.of(200) { _ in
        _ = try await desk.settlements.pay(
          .id(settlement.id), transfer: "HD-1", on: nil,
          desk.payer.command(at: desk.clock.now, expecting: precondition))
      }
      #expect(outcomes.succeeded == 1 && outcomes.others.isEmpty, "\(outcomes.others.prefix(2))")
      for refusal in outcomes.refused {
        switch refusal {
        case .transition, .versionMismatch: continue
        default: Issue.record("\(refusal)")
        }
      }
      #expect(try desk.test.admin("select count(*) from ledger_entries where kind = 'settlement'") == "1")
      #expect(try await desk.position().payable.minor == 0)
      #expect(try desk.sumsToZero())
    }
  }

  @Test("a disputed line waits outside, and is settled again when it is upheld, or taken back (SET-10)")
  func dispute() async throws {
    try await MoneyDesk.with { desk in
      _ = try await desk.reward(100_00)
      _ = try await desk.penalty(30_00)
      _ = try await desk.penalty(40_00)
      let compiled = try await desk.compiled()
      #expect(compiled.figures.payment == 30_00)
      let clerk = desk.clerk()
      var disputed = compiled
      for number in [2, 3] {
        disputed = try await desk.run(as: clerk) {
          try await desk.settlements.disputeLine(.id(compiled.id), number, reason: "已反馈", $0)
        }
      }
      #expect(disputed.figures.payment == 100_00 && disputed.lineCount == 1)
      // Compiled once more, they stay outside.
      let same = try await desk.compile(disputed)
      #expect(same.version == disputed.version && same.contentHash == disputed.contentHash)
      let lines = try await desk.whole(disputed).lines
      #expect(lines.map(\.state) == [.included, .disputed, .disputed])
      let upheld: PayableItem = try await desk.run(as: desk.claims) {
        try await desk.items.resolveDispute(.id(lines[1].item.id), .upheld, reason: "核实无误", $0)
      }
      #expect(!upheld.isDisputed && upheld.settlementID == nil)
      _ = try await desk.run(as: desk.claims) { (command: Command<PayableItem>) in
        try await desk.items.resolveDispute(.id(lines[2].item.id), .reversed, reason: "站方属实", command)
      }
      let twice = await Self.refusal {
        _ = try await desk.run(as: desk.claims) { (command: Command<PayableItem>) in
          try await desk.items.resolveDispute(.id(lines[2].item.id), .upheld, reason: "再次", command)
        }
      }
      guard case .conflict("item-not-disputed", _)? = twice else {
        Issue.record("\(String(describing: twice))")
        return
      }
      // The upheld penalty is taken in again; the other one comes with what takes it back.
      let again = try await desk.compile(disputed)
      #expect(again.figures.items == 70_00 && again.lineCount == 4)
      #expect(try desk.sumsToZero() && desk.currentAccountIsExplained())
    }
  }

  @Test("compiled once more from the same inputs nothing changes, and a comparison names what has come since (A4)")
  func repeatable() async throws {
    try await MoneyDesk.with { desk in
      _ = try await desk.reward(100_00)
      let compiled = try await desk.compiled()
      let again = try await desk.compile(compiled)
      #expect(again.version == compiled.version && again.contentHash == compiled.contentHash)
      var comparison = try await desk.settlements.comparison(.id(compiled.id), desk.claims)
      #expect(comparison.isIdentical && comparison.recomputedHash == compiled.contentHash)
      _ = try await desk.reward(5_00, on: "2026-02-20")
      comparison = try await desk.settlements.comparison(.id(compiled.id), desk.claims)
      #expect(!comparison.isIdentical)
      #expect(comparison.differences.contains { $0.path.hasPrefix("items/") && $0.recomputed == "5.00" })
      let taken = try await desk.compile(compiled)
      #expect(taken.lineCount == 2 && taken.figures.payment == 105_00)
      #expect(try await desk.settlements.comparison(.id(compiled.id), desk.claims).isIdentical)
    }
  }

  @Test(
    "what is below the least payment, and what a station owes, is carried over; an advance is used up (SET-02, SET-03, CLM-02)"
  )
  func carriedOver() async throws {
    try await MoneyDesk.with { desk in
      _ = try await desk.penalty(50_00, on: "2026-01-10")
      let first = try await desk.approved("2026-01-01", "2026-01-31")
      #expect(first.figures.payment == 0 && first.figures.closing == -50_00)
      _ = try await desk.pay(first)
      #expect(try await desk.position().receivable.minor == 50_00)
      #expect(try desk.currentAccountIsExplained())
      _ = try await desk.post(.advanceReceived, 20_00)
      _ = try await desk.reward(10_00)
      let second = try await desk.approved()
      #expect(second.figures.opening == -50_00 && second.figures.advance == 20_00)
      #expect(second.figures.closing == -20_00)
      _ = try await desk.pay(second)
      let position = try await desk.position()
      #expect(position.receivable.minor == 20_00 && position.advance.minor == 0 && position.payable.minor == 0)
      #expect(try desk.sumsToZero() && desk.currentAccountIsExplained())
    }
  }

  @Test("an advance that was returned after it was reckoned with is not used twice (SET-02)")
  func advanceUsed() async throws {
    try await MoneyDesk.with { desk in
      _ = try await desk.penalty(50_00)
      _ = try await desk.post(.advanceReceived, 50_00)
      let settlement = try await desk.approved()
      #expect(settlement.figures.advance == 50_00)
      _ = try await desk.post(.advanceReturned, 30_00)
      guard case .conflict("advance-used", _)? = await Self.refusal({ _ = try await desk.pay(settlement) }) else {
        Issue.record("paid with an advance that is gone")
        return
      }
      #expect(try await desk.position().advance.minor == 20_00)
    }
  }

  @Test("one settlement of a station at a time; cancelled, its items are open again (SM-7, SET-09)")
  func cancelled() async throws {
    try await MoneyDesk.with { desk in
      _ = try await desk.reward(100_00)
      let settlement = try await desk.approved()
      guard case .conflict("settlement-in-progress", let detail)? = await Self.refusal({ _ = try await desk.draft() })
      else {
        Issue.record("two at a time")
        return
      }
      // The one in the way is named, so that it can be opened (C-08).
      #expect(
        detail.members == [.conflict(.settlement, settlement.id, settlement.number, state: settlement.state.rawValue)])
      let cancelled: Settlement = try await desk.run(as: desk.payer) {
        try await desk.settlements.cancel(.id(settlement.id), reason: "期间选错", $0)
      }
      #expect(cancelled.state == .cancelled && cancelled.included.isEmpty)
      #expect(desk.listener.events == ["entered 1", "left 1"])
      let next = try await desk.approved()
      #expect(next.lineCount == 1 && next.number == "ST-SY001-2026-000002")
      _ = try await desk.pay(next)
      guard
        case .transition? = await Self.refusal({
          _ = try await desk.run(as: desk.payer) { (command: Command<Settlement>) in
            try await desk.settlements.cancel(.id(next.id), reason: "太迟", command)
          }
        })
      else {
        Issue.record("cancelled after payment")
        return
      }
      #expect(try desk.currentAccountIsExplained())
    }
  }

  /// Has the database count the statements that change rows, and hand them out: `payable_items UPDATE 1`.
  private static func countStatements(_ desk: MoneyDesk) throws {
    try desk.test.admin(
      """
      create table statement_log (name text);
      grant insert on statement_log to public;
      create function log_statement() returns trigger language plpgsql as $$
        begin insert into public.statement_log values (tg_table_name || ' ' || tg_op); return null; end $$;
      create trigger log_statement after insert or update on payable_items for each statement execute function log_statement();
      create trigger log_statement after insert or update on settlement_lines for each statement execute function log_statement();
      create trigger log_statement after insert on events for each statement execute function log_statement();
      """)
  }

  private static func statements(_ desk: MoneyDesk) throws -> String {
    try desk.test.admin(
      """
      with counted as (delete from statement_log returning name)
      select name, count(*) from counted group by name order by name
      """)
  }

  @Test("a settlement of forty items is compiled and cancelled by as many statements as one of two (SET-01, SET-09)")
  func statementsOfMany() async throws {
    try await MoneyDesk.with { desk in
      try Self.countStatements(desk)
      var counted: [String] = []
      var made = 0
      for size in [2, 40] {
        while made < size {
          made += 1
          _ = try await desk.reward(Int64(100 + made))
        }
        let draft = try await desk.draft()
        _ = try Self.statements(desk)
        let compiled = try await desk.compile(draft)
        #expect(compiled.lineCount == size)
        counted.append(try Self.statements(desk))
        let _: Settlement = try await desk.run(as: desk.payer) {
          try await desk.settlements.cancel(.id(compiled.id), reason: "期间选错", $0)
        }
        counted.append(try Self.statements(desk))
        // Every item has a version and an event of its own for each of both.
        #expect(
          try desk.test.admin(
            """
            select count(*), count(distinct subject_id) from events
            where type = 'payableItem.settling' and subject_version = 2
            """) == "\(size)|\(size)")
      }
      #expect(counted[0] == counted[2] && counted[1] == counted[3], "\(counted)")
      #expect(counted[0].contains("payable_items UPDATE|1"), "\(counted)")
      #expect(counted[1].contains("settlement_lines UPDATE|1"), "\(counted)")
      #expect(
        try desk.test.admin(
          "select count(*), min(version), max(version) from payable_items where settlement_id is null")
          == "40|3|5")
      #expect(
        try desk.test.admin(
          "select count(*) from payable_items_history h join payable_items i on i.id = h.id where h.settlement_id is not null"
        ) == "42")
    }
  }

  @Test("a payable item enters one settlement, whoever writes it, and a line of a document is owed once (SET-09)")
  func once() async throws {
    try await MoneyDesk.with { desk in
      let reward = try await desk.reward(100_00)
      let settlement = try await desk.compiled()
      #expect(throws: (any Error).self) {
        try desk.test.admin(
          """
          insert into settlement_lines (settlement_id, number, station_id, item_id, state)
          select settlement_id, 99, station_id, item_id, 'included' from settlement_lines where settlement_id = '\(settlement.id)'
          """)
      }
      let twice = await Self.refusal {
        _ = try await desk.work.perform(desk.service.command(at: desk.clock.now) as Command<[PayableItem]>, nil) { tx in
          try await desk.payables.record(
            [reward.item], desk.service.command(at: desk.clock.now) as Command<Void>, in: tx)
        }
      }
      guard case .conflict("already-payable", _)? = twice else {
        Issue.record("\(String(describing: twice))")
        return
      }
      #expect(try desk.test.admin("select count(*) from payable_items") == "1")
      #expect(try desk.test.admin("select count(*) from ledger_entries") == "1")
    }
  }

  @Test("revoked, a penalty is taken back by a linked item and an entry that reverses its own, once (SET-11, SET-13)")
  func revoked() async throws {
    try await MoneyDesk.with { desk in
      let penalty = try await desk.penalty(30_00)
      let revoked: Penalty = try await desk.run(as: desk.service) {
        try await desk.penalties.revoke(.id(penalty.id), reason: "申诉成立", $0)
      }
      #expect(revoked.state == .revoked)
      #expect(try await desk.position().receivable.minor == 0)
      #expect(
        try desk.test.admin("select amount from payable_items order by amount") == "-3000\n3000")
      #expect(
        try desk.test.admin(
          "select count(*) from ledger_entries r join ledger_entries e on e.id = r.reverses_id where r.kind = 'reversal'"
        )
          == "1")
      guard
        case .transition? = await Self.refusal({
          _ = try await desk.run(as: desk.service) { (command: Command<Penalty>) in
            try await desk.penalties.revoke(.id(penalty.id), reason: "再次", command)
          }
        })
      else {
        Issue.record("revoked twice")
        return
      }
      #expect(try desk.sumsToZero() && desk.currentAccountIsExplained())
    }
  }

  @Test("a penalty keeps to the tariff (T-36, D-20)")
  func tariff() async throws {
    try await MoneyDesk.with { desk in
      for minor in [Int64(19_99), 50_01] {
        guard case .invalid(let violations)? = await Self.refusal({ _ = try await desk.penalty(minor) }) else {
          Issue.record("\(minor) was taken")
          continue
        }
        #expect(violations.map(\.pointer) == ["#/amount"])
      }
      let fitting = try await desk.penalty(20_00)
      #expect(fitting.policyVersion == 0)
    }
  }

  @Test(
    "an entry by hand is reversed once, what a document posted is not, and no more goes than there is (SET-02, SET-04, SET-13)"
  )
  func byHand() async throws {
    try await MoneyDesk.with { desk in
      let deposit = try await desk.post(.depositReceived, 500_00)
      #expect(try await desk.position().deposit.minor == 500_00)
      guard
        case .conflict("balance-too-low", _)? = await Self.refusal({ _ = try await desk.post(.depositReturned, 500_01) }
        )
      else {
        Issue.record("more than there is")
        return
      }
      _ = try await desk.post(.depositReturned, 100_00)
      // What is gone cannot be taken back.
      guard case .conflict("balance-too-low", _)? = await Self.refusal({ _ = try await Self.reverse(deposit, desk) })
      else {
        Issue.record("taken back although it is gone")
        return
      }
      _ = try await desk.post(.depositReceived, 100_00)
      let reversal = try await Self.reverse(deposit, desk)
      #expect(reversal.reverses == deposit.id && reversal.kind == .reversal)
      guard
        case .conflict("entry-already-reversed", _)? = await Self.refusal({ _ = try await Self.reverse(deposit, desk) })
      else {
        Issue.record("reversed twice")
        return
      }
      guard case .conflict("entry-is-reversal", _)? = await Self.refusal({ _ = try await Self.reverse(reversal, desk) })
      else {
        Issue.record("a reversal reversed")
        return
      }
      let reward = try await desk.reward(10_00)
      let posted = try await desk.items.list(
        PayableItemFilter.of(reward.id.uuid),
        PageRequest(limit: 10, sort: [.init("createdAt", descending: true)]), desk.claims)
      let entry = try await desk.ledger.whole(.id(try #require(posted.items.first).entryID), desk.claims)
      guard case .conflict("entry-of-document", _)? = await Self.refusal({ _ = try await Self.reverse(entry, desk) })
      else {
        Issue.record("a document's entry reversed")
        return
      }
      // Nor is what a document posted beside payable items, as a recovery.
      let recovery = try await desk.test.database.write(.system) { tx in
        let command: Command<Void> = Caller.system.command(at: desk.clock.now)
        return try await desk.book.post(
          LedgerEntry.Draft(
            .supplierRecovery, at: nil, on: ReportPeriod.day(of: desk.clock.now), "追偿", source: nil,
            postings: [
              .debit(.maker(.cash), MoneyDesk.cny(100)), .credit(.maker(.recoveryIncome), MoneyDesk.cny(100)),
            ]), command, in: tx)
      }
      guard case .conflict("entry-of-document", _)? = await Self.refusal({ _ = try await Self.reverse(recovery, desk) })
      else {
        Issue.record("a recovery reversed by hand")
        return
      }
      // A payment of what is owed is an item, and is taken back as one.
      let payment = try await desk.post(.payment, 25_00)
      #expect(try await desk.position().receivable.minor == -25_00)
      #expect(try await Self.reverse(payment, desk).reverses == payment.id)
      guard
        case .conflict("entry-already-reversed", _)? = await Self.refusal({ _ = try await Self.reverse(payment, desk) })
      else {
        Issue.record("reversed twice")
        return
      }
      #expect(try await desk.position().receivable.minor == 0)
      #expect(try desk.sumsToZero() && desk.currentAccountIsExplained())
    }
  }

  @Test("of 40 parallel reversals of one entry exactly one is posted (S14)")
  func reversals() async throws {
    try await MoneyDesk.with { desk in
      let deposit = try await desk.post(.depositReceived, 500_00)
      let outcomes = await Outcomes.of(40) { _ in
        _ = try await desk.ledger.reverse(.id(deposit.id), reason: "录错", desk.payer.command(at: desk.clock.now))
      }
      #expect(outcomes.succeeded == 1 && outcomes.others.isEmpty, "\(outcomes.others.prefix(2))")
      #expect(try await desk.position().deposit.minor == 0)
    }
  }

  @Test("a statement of an account has every posting with the balance behind it, as of any day (SET-14)")
  func accountStatement() async throws {
    try await MoneyDesk.with { desk in
      _ = try await desk.post(.depositReceived, 500_00, on: "2026-01-05")
      _ = try await desk.post(.depositReceived, 200_00, on: "2026-02-05")
      _ = try await desk.post(.depositReturned, 50_00, on: "2026-02-20")
      _ = try await desk.post(.depositReceived, 9_00, on: "2026-03-01")
      let statement = try await desk.ledger.statement(
        .number("SY001-DEPOSIT-CNY"), from: MoneyDesk.day("2026-02-01"), to: MoneyDesk.day("2026-02-28"), desk.clerk())
      #expect(statement.opening.minor == 500_00 && statement.closing.minor == 650_00)
      #expect(statement.lines.map(\.amount.minor) == [200_00, -50_00])
      #expect(statement.lines.map(\.balance.minor) == [700_00, 650_00])
      guard
        case .notFound? = await Self.refusal({
          _ = try await desk.ledger.statement(
            .number("SY001-DEPOSIT-CNY"), from: MoneyDesk.day("2026-02-01"), to: MoneyDesk.day("2026-02-28"),
            desk.clerk(desk.network.otherStation))
        })
      else {
        Issue.record("another station's account")
        return
      }
      let balance = try await desk.work.database.write(desk.claims) { tx in
        try await desk.book.balance(
          of: .station(desk.network.station, .deposit), .cny, asOf: MoneyDesk.day("2026-02-10"),
          desk.claims.command(at: desk.clock.now) as Command<Void>, in: tx)
      }
      #expect(balance.minor == 700_00)
    }
  }
}

extension PayableItemFilter {
  static func of(_ source: UUID) -> PayableItemFilter {
    var filter = PayableItemFilter()
    filter.sourceID = source
    return filter
  }
}
