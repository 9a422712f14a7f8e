import Domain
import Foundation
import Testing

@Suite("Settlements") struct SettlementTests {
  private static let at = Timestamp(milliseconds: 1_770_000_000_000)
  private static let station = Station.ID.new(at: at)

  private static func day(_ text: String) -> CalendarDate { CalendarDate(text) ?? CalendarDate(daysSinceEpoch: 0) }

  private static func cny(_ minor: Int64) -> Money { Money(minor: minor, currency: .cny) }

  private static func caller(_ name: String = "甲") -> Caller {
    Caller(
      subject: .user(UUID()), name: name, roles: [], permissions: Set(Permission.allCases), scope: .network)
  }

  private static func terms(
    least: Int64 = 0, offsets: Bool = true, version: Int = 0, confirmation: Int = 0
  ) -> Settlement.Terms {
    Settlement.Terms(
      policyVersion: version, rounding: .halfUp, leastPayment: cny(least), offsetsReceivables: offsets,
      confirmationDays: confirmation, paymentDays: 30)
  }

  private static func item(_ kind: PayableItem.Kind, _ minor: Int64, on text: String = "2026-02-10") -> PayableItem {
    PayableItem(
      PayableItem.Draft(
        at: station, kind, source: LedgerEntry.Source(.reward, UUID(), number: "RW-1"), "说明", cny(minor), on: day(text)),
      entry: .new(at: at), by: caller(), at: at)
  }

  private static func draft() -> Settlement {
    Settlement(
      id: .new(at: at), number: "ST-SY001-2026-000001", stationID: station, currency: .cny,
      periodFrom: day("2026-02-01"),
      periodTo: day("2026-02-28"), stamp: RecordStamp(by: caller(), at: at))
  }

  /// A hash that tells contents apart.
  private static func hash(_ content: SettlementContent) -> String { content.text }

  private static func compiled(
    _ items: [PayableItem], opening: Int64 = 0, advance: Int64 = 0, _ terms: Settlement.Terms = terms(),
    by caller: Caller = caller("编制")
  ) throws -> Settlement {
    var settlement = draft()
    _ = try settlement.compile(
      SettlementInputs(items: items, opening: opening, advanceBalance: advance, terms: terms), by: caller, at: at,
      hash: hash)
    return settlement
  }

  // MARK: Figures

  struct Case: Sendable, CustomTestStringConvertible {
    let opening, items, advance, least: Int64
    var offsets = true
    let used, payment, closing: Int64
    var testDescription: String { "\(opening) + \(items), advance \(advance), least \(least)" }
  }

  @Test(
    "what is owed is paid from the least payment on, what is owed by the station is taken from its advance, the rest is carried over (SET-02, SET-03)",
    arguments: [
      Case(opening: 0, items: 100_00, advance: 0, least: 0, used: 0, payment: 100_00, closing: 0),
      Case(opening: 40_00, items: 100_00, advance: 0, least: 0, used: 0, payment: 140_00, closing: 0),
      Case(opening: -40_00, items: 100_00, advance: 0, least: 0, used: 0, payment: 60_00, closing: 0),
      Case(opening: 0, items: 99_99, advance: 0, least: 100_00, used: 0, payment: 0, closing: 99_99),
      Case(opening: 0, items: 100_00, advance: 0, least: 100_00, used: 0, payment: 100_00, closing: 0),
      Case(opening: 0, items: -30_00, advance: 50_00, least: 0, used: 30_00, payment: 0, closing: 0),
      Case(opening: 0, items: -80_00, advance: 50_00, least: 0, used: 50_00, payment: 0, closing: -30_00),
      Case(opening: 0, items: -80_00, advance: -5_00, least: 0, used: 0, payment: 0, closing: -80_00),
      Case(
        opening: -80_00, items: 10_00, advance: 50_00, least: 0, offsets: false, used: 0, payment: 0, closing: -70_00),
      Case(opening: 10_00, items: -10_00, advance: 50_00, least: 0, used: 0, payment: 0, closing: 0),
    ])
  func figures(_ example: Case) {
    let figures = Settlement.Figures.reckon(
      opening: example.opening, items: example.items, advanceBalance: example.advance,
      Self.terms(least: example.least, offsets: example.offsets), .cny)
    #expect(figures.advance == example.used)
    #expect(figures.payment == example.payment)
    #expect(figures.closing == example.closing)
    #expect(figures.closing == figures.opening + figures.items + figures.advance - figures.payment)
  }

  @Test("payment clears what the items moved, up to what is carried over, and balances (SET-03, R9)")
  func clearing() throws {
    for (opening, amounts, advance, least) in [
      (Int64(0), [(PayableItem.Kind.claim, Int64(100_00)), (.penalty, Int64(-30_00))], Int64(0), Int64(0)),
      (25_00, [(.claim, 10_00), (.penalty, -5_00)], 0, 100_00),
      (-25_00, [(.claim, 10_00), (.partsInvoice, -40_00)], 20_00, 0),
      (0, [(.partsInvoice, -40_00)], 100_00, 0),
      (0, [(.claim, 40_00), (.oldPartReversal, -60_00)], 0, 0),
    ] {
      let settlement = try Self.compiled(
        amounts.map { Self.item($0.0, $0.1) }, opening: opening, advance: advance, Self.terms(least: least))
      let entry = try #require(settlement.clearing(on: Self.day("2026-03-01")))
      #expect(entry.isBalanced)
      func moved(_ kind: LedgerAccount.Kind) -> Int64 {
        entry.combined.filter { $0.account.kind == kind }.reduce(0) { $0 + $1.amount.minor }
      }
      // Before it, the accounts hold the opening balance on its side and the items on theirs; debit is positive.
      let payable = -max(opening, 0) - amounts.filter { $0.0.account == .payable }.reduce(0) { $0 + $1.1 }
      let receivable = -min(opening, 0) - amounts.filter { $0.0.account == .receivable }.reduce(0) { $0 + $1.1 }
      #expect(payable + moved(.payable) == -max(settlement.figures.closing, 0))
      #expect(receivable + moved(.receivable) == -min(settlement.figures.closing, 0))
      #expect(moved(.cash) == -settlement.figures.payment)
      #expect(moved(.advance) == settlement.figures.advance)
    }
  }

  // MARK: Compiling

  @Test("compiling the same inputs once more says the same, byte for byte, and changes nothing (A4)")
  func repeatable() throws {
    let items = [Self.item(.claim, 100_00), Self.item(.penalty, -30_00)]
    let settlement = try Self.compiled(items)
    let content = try #require(SettlementContent(settlement)).text
    #expect(content.hasPrefix("settlement ST-SY001-2026-000001\nstation \(Self.station)\ncurrency CNY\n"))
    #expect(content.contains("line 2 \(items[1].id) penalty 2026-02-10 \(items[1].source.id.canonical) -30.00\n"))
    #expect(content.hasSuffix("advance 0.00\npayment 70.00\nclosing 0.00\n"))
    var again = settlement
    _ = try again.compile(
      SettlementInputs(items: [], opening: 0, advanceBalance: 0, terms: Self.terms()), by: Self.caller("另一人"),
      at: Self.at.adding(seconds: 60), hash: Self.hash)
    #expect(again == settlement)
  }

  @Test("what has come since is added, and whoever compiles it then is its compiler (A4)")
  func late() throws {
    var settlement = try Self.compiled([Self.item(.claim, 100_00)])
    let other = Self.caller("另一人")
    _ = try settlement.compile(
      SettlementInputs(items: [Self.item(.reward, 5_00)], opening: 0, advanceBalance: 0, terms: Self.terms()),
      by: other,
      at: Self.at, hash: Self.hash)
    #expect(settlement.lines.map(\.number) == [1, 2] && settlement.figures.payment == 105_00)
    #expect(settlement.steps[.compile]?.by.id == other.subject.id)
  }

  @Test("a settlement of nothing is refused (SET-09)")
  func nothing() {
    #expect(throws: Refusal.self) { _ = try Self.compiled([]) }
    // What was carried over is something.
    #expect(throws: Never.self) { _ = try Self.compiled([], opening: 5_00) }
  }

  @Test("a disputed line leaves the batch and is not reckoned; another number is refused (SET-10)")
  func dispute() throws {
    var settlement = try Self.compiled([Self.item(.claim, 100_00), Self.item(.penalty, -30_00)])
    let hash = settlement.contentHash
    let (_, item) = try settlement.disputeLine(2, "已反馈", advanceBalance: 0, by: Self.caller(), hash: Self.hash)
    #expect(item.kind == .penalty && settlement.lines[1].state == .disputed && settlement.lines[1].reason == "已反馈")
    #expect(settlement.figures.payment == 100_00 && settlement.lineCount == 1 && settlement.contentHash != hash)
    for number in [2, 3] {
      #expect(throws: Refusal.invalid("#/lineNumber", .notFound, "there is no such line in the batch")) {
        _ = try settlement.disputeLine(number, "再次", advanceBalance: 0, by: Self.caller(), hash: Self.hash)
      }
    }
  }

  @Test("a comparison names every difference (A4)")
  func comparison() throws {
    let items = [Self.item(.claim, 100_00), Self.item(.penalty, -30_00)]
    let settlement = try Self.compiled(items)
    let same = settlement.recompiled(
      items, SettlementInputs(items: items, opening: 0, advanceBalance: 0, terms: Self.terms()), hash: Self.hash)
    #expect(SettlementComparison(settlement, same).isIdentical)
    let late = Self.item(.reward, 7_00)
    let other = settlement.recompiled(
      [items[0], late],
      SettlementInputs(items: [], opening: 1_00, advanceBalance: 0, terms: Self.terms(version: 3)), hash: Self.hash)
    let differences = SettlementComparison(settlement, other)
    #expect(!differences.isIdentical)
    #expect(
      Set(differences.differences.map(\.path))
        == ["rules", "opening", "items", "payment", "lines/2", "items/\(late.id)"])
    #expect(differences.differences.first { $0.path == "lines/2" }?.recorded == "-30.00")
  }

  // MARK: Life cycle

  @Test("every state and action is as SM-7 has it, and nothing else (SM-7, R10)")
  func transitions() {
    let open: [Settlement.State] = [.draft, .compiled, .stationConfirmed, .audited, .approved]
    var expected: [String: Settlement.State] = [
      "draft compile": .compiled, "compiled compile": .compiled, "compiled disputeLine": .compiled,
      "compiled confirm": .stationConfirmed, "stationConfirmed audit": .audited, "compiled audit": .audited,
      "audited approve": .approved,
      "approved pay": .paid, "paid close": .closed,
    ]
    for state in open { expected["\(state.rawValue) cancel"] = .cancelled }
    for state in Settlement.State.allCases {
      for action in Settlement.Action.allCases {
        let row = SettlementLifecycle.table.transitions(for: action).first { $0.from.contains(state) }
        #expect(row.map { $0.to ?? state } == expected["\(state.rawValue) \(action.rawValue)"], "\(state) \(action)")
      }
    }
  }

  @Test("compiler, auditor, approver and payer are four people, by person and not by role (SEC-10)")
  func duties() throws {
    let people = [Self.caller("编"), Self.caller("站"), Self.caller("审"), Self.caller("批"), Self.caller("付")]
    let steps: [(Settlement.Action, Caller)] = [(.confirm, people[1]), (.audit, people[2]), (.approve, people[3])]
    var settlement = try Self.compiled([Self.item(.claim, 100_00)], by: people[0])
    var before = [people[0]]
    for (action, person) in steps {
      for former in before {
        #expect(throws: Refusal.self, "\(former.name) \(action)") {
          var copy = settlement
          _ = try copy.sign(action, note: nil, by: former, at: Self.at)
        }
      }
      _ = try settlement.sign(action, note: nil, by: person, at: Self.at)
      before.append(person)
    }
    let payment = Settlement.Payment(reference: "HD-1", paidOn: Self.day("2026-03-01"), entryID: nil)
    for former in before {
      #expect(throws: Refusal.self, "\(former.name) pays") {
        var copy = settlement
        _ = try copy.pay(payment, by: former, at: Self.at)
      }
    }
    _ = try settlement.pay(payment, by: people[4], at: Self.at)
    #expect(settlement.state == .paid)
  }

  @Test("who compiled a settlement before somebody else compiled it once more takes none of its later steps (SEC-10)")
  func compilers() throws {
    let people = [Self.caller("甲"), Self.caller("乙"), Self.caller("丙")]
    var settlement = Self.draft()
    for (place, person) in people.enumerated() {
      let inputs = SettlementInputs(
        items: [Self.item(.reward, 100_00 + Int64(place))], opening: 0, advanceBalance: 0, terms: Self.terms())
      _ = try settlement.compile(inputs, by: person, at: Self.at, hash: Self.hash)
    }
    let step = try #require(settlement.steps[.compile])
    #expect(step.by.name == "丙" && step.former == Set(people.prefix(2).compactMap(\.subject.id)))
    for person in people {
      #expect(throws: Refusal.self, "\(person.name)") {
        var copy = settlement
        _ = try copy.sign(.confirm, note: nil, by: person, at: Self.at)
      }
    }
    _ = try settlement.sign(.confirm, note: nil, by: Self.caller("站"), at: Self.at)
    for person in people {
      #expect(throws: Refusal.self, "\(person.name)") {
        var copy = settlement
        _ = try copy.audit(note: nil, on: Self.day("2026-03-01"), by: person, at: Self.at)
      }
    }
    _ = try settlement.audit(note: nil, on: Self.day("2026-03-01"), by: Self.caller("审"), at: Self.at)
    #expect(settlement.state == .audited)
  }

  @Test("a station that says nothing in its days has confirmed; before their end, or without any, it has not (SET-10)")
  func lapsed() throws {
    let (auditor, day) = (Self.caller("审"), ReportPeriod.day(of: Self.at))
    var settlement = try Self.compiled([Self.item(.claim, 100_00)], Self.terms(confirmation: 5))
    let last = CalendarDate(daysSinceEpoch: day.daysSinceEpoch + 5)
    #expect(settlement.confirmBy == last)
    #expect(throws: Refusal.self) { _ = try settlement.audit(note: nil, on: last, by: auditor, at: Self.at) }
    var silent = try Self.compiled([Self.item(.claim, 100_00)])
    let after = CalendarDate(daysSinceEpoch: last.daysSinceEpoch + 1)
    #expect(silent.confirmBy == nil)
    #expect(throws: Refusal.self) { _ = try silent.audit(note: nil, on: after, by: auditor, at: Self.at) }
    _ = try settlement.audit(note: nil, on: after, by: auditor, at: Self.at)
    #expect(settlement.state == .audited && settlement.steps[.confirm] == nil)
  }

  @Test("the due day counts from the approval (SET-01)")
  func due() throws {
    var settlement = try Self.compiled([Self.item(.claim, 100_00)])
    _ = try settlement.sign(.confirm, note: nil, by: Self.caller(), at: Self.at)
    _ = try settlement.sign(.audit, note: nil, by: Self.caller(), at: Self.at)
    _ = try settlement.approve(note: nil, on: Self.day("2026-02-28"), by: Self.caller(), at: Self.at)
    #expect(settlement.dueOn == Self.day("2026-03-30"))
  }

  // MARK: Periods and words

  @Test("the last period that is over, month by month, half by half, quarter by quarter (D-15)")
  func periods() {
    func last(_ period: SettlementPolicy.Period, _ text: String) -> String {
      let found = period.last(before: Self.day(text))
      return "\(found.from) \(found.to)"
    }
    #expect(last(.monthly, "2026-03-01") == "2026-02-01 2026-02-28")
    #expect(last(.monthly, "2026-01-31") == "2025-12-01 2025-12-31")
    #expect(last(.monthly, "2024-03-15") == "2024-02-01 2024-02-29")
    #expect(last(.halfMonthly, "2026-03-16") == "2026-03-01 2026-03-15")
    #expect(last(.halfMonthly, "2026-03-15") == "2026-02-16 2026-02-28")
    #expect(last(.halfMonthly, "2026-01-01") == "2025-12-16 2025-12-31")
    #expect(last(.quarterly, "2026-05-20") == "2026-01-01 2026-03-31")
    #expect(last(.quarterly, "2026-01-01") == "2025-10-01 2025-12-31")
    #expect(throws: Refusal.self) {
      _ = try SettlementPeriod(from: Self.day("2026-02-02"), to: Self.day("2026-02-01"))
    }
  }

  @Test(
    "amounts in financial capitals follow the rule for bills (SET-10)",
    arguments: [
      (Int64(0), "人民币零元整"), (5, "人民币伍分"), (50, "人民币伍角整"), (55, "人民币伍角伍分"), (100, "人民币壹元整"),
      (105, "人民币壹元零伍分"), (110, "人民币壹元壹角整"), (1_170_00, "人民币壹仟壹佰柒拾元整"), (1_005_00, "人民币壹仟零伍元整"),
      (10_00, "人民币壹拾元整"), (100_000_00, "人民币壹拾万元整"), (10_001_00, "人民币壹万零壹元整"),
      (10_100_00, "人民币壹万零壹佰元整"), (12_345_67, "人民币壹万贰仟叁佰肆拾伍元陆角柒分"),
      (100_000_000_00, "人民币壹亿元整"), (100_000_001_00, "人民币壹亿零壹元整"), (100_010_000_00, "人民币壹亿零壹万元整"),
      (107_000_53, "人民币壹拾万柒仟元伍角叁分"), (1_680_32, "人民币壹仟陆佰捌拾元叁角贰分"), (-30_00, "人民币负叁拾元整"),
    ])
  func words(_ minor: Int64, _ words: String) {
    #expect(ChineseAmount.text(Self.cny(minor)) == words)
  }

  // MARK: Ledger

  @Test("an entry must balance in each currency, have two sides, and move one station's money (SET-13)")
  func entries() {
    let other = Station.ID.new(at: Self.at)
    func draft(_ postings: [LedgerEntry.Draft.Posting]) -> LedgerEntry.Draft {
      LedgerEntry.Draft(
        .adjustment, at: Self.station, on: Self.day("2026-02-10"), "调整", source: nil, postings: postings)
    }
    let ten = Self.cny(10_00)
    #expect(draft([.debit(.maker(.cash), ten), .credit(.station(Self.station, .deposit), ten)]).isBalanced)
    #expect(!draft([.debit(.maker(.cash), ten), .credit(.station(Self.station, .deposit), Self.cny(9_99))]).isBalanced)
    #expect(!draft([.debit(.maker(.cash), ten), .credit(.maker(.cash), ten)]).isBalanced)
    #expect(!draft([.debit(.maker(.cash), ten), .credit(.station(other, .deposit), ten)]).isBalanced)
    #expect(!draft([.debit(.maker(.deposit), ten), .credit(.station(Self.station, .deposit), ten)]).isBalanced)
    #expect(
      !draft([
        .debit(.maker(.cash), ten),
        .credit(.station(Self.station, .deposit), Money(minor: 10_00, currency: .usd)),
      ]).isBalanced)
    #expect(
      draft([
        .debit(.maker(.cash), ten), .credit(.station(Self.station, .deposit), Self.cny(4_00)),
        .credit(.station(Self.station, .deposit), Self.cny(6_00)),
      ]).combined.count == 2)
  }

  @Test("what is taken back moves the same accounts the other way (SET-13)", arguments: PayableItem.Kind.allCases)
  func reversal(_ kind: PayableItem.Kind) {
    let item = Self.item(kind, 12_34)
    for name in PayableItem.Kind.allCases {
      let back = item.reversal(as: name, ordinal: 2, "更正", on: Self.day("2026-02-20"))
      #expect(back.amount.minor == -12_34 && back.kind.account == kind.account && back.counter == item.counter)
    }
  }
}
