import Domain
import FoundationEssentials
import Testing

/// Lines, parts, payers and the rules on who may rewrite what, and when.
@Suite struct JobLineTests {
  private let cny = OrderSamples.cny
  private let now = OrderSamples.now

  @Test(
    "labour is hours times rate, rounded half-up to the cent (C-05)",
    arguments: [
      (125, 2, 3), (125, 1, 1), (50, 1, 1), (49, 1, 0), (1, 50, 1), (1, 49, 0), (33, 10_001, 3_300),
      (150, 33_333, 50_000),
      (0, 99_999, 0), (999_900, 100_000, 999_900_000),
    ] as [(Int32, Int64, Int64)])
  func labour(hundredths: Int32, rate: Int64, expected: Int64) {
    #expect(Money.labour(Hours(hundredths: hundredths), at: cny(rate)) == cny(expected))
  }

  @Test("a line is labour, parts, sublet and travel together (WO-20)")
  func amount() throws {
    var order = OrderSamples.order(.diagnosed)
    let extra = JobLine.Extra(description: "外协", amount: cny(123))
    let number = try order.add(
      OrderSamples.draft(hours: 150, sublet: extra, parts: [OrderSamples.part(quantity: 4, price: 250)]))
    #expect(number == 1)
    #expect(order.lines[0].amount == cny(30_000 + 1_000 + 123))
    #expect(order.lines[0].price.split == .all(.customer, 31_123))
    #expect(order.total == cny(31_123))
  }

  @Test("a line that costs nothing for a while remembers who pays it (WO-44)")
  func payersOfNothing() throws {
    var order = OrderSamples.order(.diagnosed)
    let free = OrderSamples.draft(split: [.warranty: cny(20_000)])
    try order.add(free)
    try order.editLine(1, .with { $0.standardHours = .set(Hours(hundredths: 0)) })
    #expect(order.lines[0].amount == cny(0) && order.lines[0].price.split == PayerSplit([:], payers: [.warranty]))
    try order.addPart(OrderSamples.part(), to: 1, split: nil, at: now)
    #expect(order.lines[0].price.split == .all(.warranty, 1_000))
    // Of nothing nobody has a share, whoever shared before; what comes after must be shared anew.
    try order.editLine(1, .with { $0.split = .set([.warranty: cny(400), .customer: cny(600)]) })
    try order.removePart(order.lines[0].parts[0].id, from: 1)
    #expect(order.lines[0].price.split == PayerSplit([:], payers: [.warranty, .customer]))
    #expect(throws: Refusal.self) { try order.addPart(OrderSamples.part(), to: 1, split: nil, at: now) }
    try order.editLine(1, .with { $0.split = .set([.campaign: cny(0)]) })
    #expect(order.lines[0].price.split.payers == [.campaign])
  }

  @Test(
    "the split must sum to the line to the cent, in the order's currency, with nobody paying less than nothing (WO-44)")
  func split() throws {
    var order = OrderSamples.order(.diagnosed)
    let wrong: [[PayerSplit.Payer: Money]] = [
      [.customer: cny(19_999)], [.customer: cny(20_001)], [.customer: cny(20_100), .goodwill: cny(-100)],
      [:], [.customer: Money(minor: 20_000, currency: .eur)],
    ]
    for asked in wrong {
      #expect(throws: Refusal.self) { try order.add(OrderSamples.draft(split: asked)) }
    }
    #expect(order.lines.isEmpty)
    try order.add(OrderSamples.draft(split: [.customer: cny(1), .warranty: cny(19_998), .insurance: cny(1)]))
    #expect(order.totals[.warranty] == 19_998)
    #expect(order.totals.sum == 20_000)
  }

  @Test("one payer follows the amount; several need to be told anew (WO-44)")
  func following() throws {
    var order = OrderSamples.order(.diagnosed)
    try order.add(OrderSamples.draft(split: [.warranty: cny(20_000)]))
    try order.addPart(OrderSamples.part(), to: 1, split: nil, at: now)
    #expect(order.lines[0].price.split == .all(.warranty, 21_000))
    try order.editLine(1, .with { $0.split = .set([.warranty: cny(20_000), .customer: cny(1_000)]) })
    let before = order
    let needed = Refusal.invalid(
      "#/split", .required, "several payers share the line, so the new amount needs a new split")
    #expect(throws: needed) { try order.addPart(OrderSamples.part(), to: 1, split: nil, at: now) }
    #expect(throws: needed) { try order.editLine(1, .with { $0.standardHours = .set(Hours(hundredths: 1)) }) }
    #expect(throws: needed) { try order.removePart(order.lines[0].parts[0].id, from: 1) }
    #expect(order == before)
    try order.addPart(
      OrderSamples.part(), to: 1, split: [.warranty: cny(20_000), .customer: cny(2_000)], at: now)
    #expect(order.lines[0].price.split[.customer] == 2_000)
  }

  @Test("money of another currency, below nothing or beyond any invoice is refused with its pointer (C-05, C-09)")
  func money() throws {
    var order = OrderSamples.order(.diagnosed)
    func pointers(_ draft: JobLineDraft, rate: Money? = nil) -> [String] {
      do {
        _ = try order.addLine(
          draft, hours: Hours(hundredths: 100), rate: rate ?? cny(100), at: now)
        return []
      } catch {
        guard case .invalid(let violations) = error else { return ["\(error)"] }
        return violations.map(\.pointer)
      }
    }
    let euro = JobPartDraft(
      partNumber: "E", description: "E", quantity: 1, unitPrice: Money(minor: 1, currency: .eur), origin: .oem,
      guaranteeMonths: nil, guaranteeKm: nil)
    #expect(pointers(OrderSamples.draft(), rate: cny(-1)) == ["#/labourRate/amount"])
    #expect(pointers(OrderSamples.draft(parts: [OrderSamples.part(), euro])) == ["#/parts/1/unitPrice/currency"])
    #expect(
      pointers(OrderSamples.draft(sublet: .init(description: "x", amount: cny(-1)))) == ["#/sublet/amount/amount"])
    // Sums that no 64-bit integer holds end in a refusal, not in the end of the process.
    let dear = OrderSamples.part(quantity: 100_000, price: 99_999_999_999_999_999)
    #expect(pointers(OrderSamples.draft(parts: [dear, dear, dear])) == ["#"])
    #expect(pointers(OrderSamples.draft(parts: [OrderSamples.part(price: 1_000_000_000_000)])) == ["#"])
    #expect(order.lines.isEmpty)
  }

  @Test("the number of a removed line is not given to another (domain.md 7)")
  func numbers() throws {
    var order = OrderSamples.order(.diagnosed)
    #expect(try order.add(OrderSamples.draft()) == 1)
    #expect(try order.add(OrderSamples.draft()) == 2)
    try order.removeLine(2)
    #expect(try order.add(OrderSamples.draft()) == 3)
    try order.removeLine(1)
    try order.removeLine(3)
    #expect(try order.add(OrderSamples.draft()) == 4)
    #expect(throws: Refusal.notFound) { try order.removeLine(3) }
  }

  @Test("parts keep the order in which they were written (WO-29)")
  func partOrder() throws {
    var order = OrderSamples.order(.diagnosed)
    try order.add(OrderSamples.draft(parts: (0..<50).map { OrderSamples.part("P\($0)") }))
    let parts = order.lines[0].parts
    #expect(parts.map(\.partNumber) == (0..<50).map { "P\($0)" })
    #expect(parts == parts.sorted { $0.id.description < $1.id.description })
  }

  // MARK: additional items (WO-04)

  @Test("a job found during the repair is an additional item that waits for the customer (WO-04)")
  func additional() throws {
    var order = OrderSamples.agreed(.inRepair)
    let number = try order.add(OrderSamples.draft())
    let line = try #require(order.lines.last)
    #expect(line.isAdditional)
    #expect(line.decision == .open)
    #expect(
      throws: Refusal.conflict(
        code: "item-not-approved", detail: "The customer has not approved line 2.", .line(2))
    ) {
      try order.clockOn(number, technician: OrderSamples.technician, at: now)
    }
    // Still open: may be rewritten. The agreed line may not.
    try order.editLine(number, .with { $0.standardHours = .set(Hours(hundredths: 50)) })
    for patch in [
      JobLinePatch.with { $0.standardHours = .set(Hours(hundredths: 50)) }, .with { $0.description = .set("x") },
    ] {
      #expect(throws: Refusal.self) { try order.editLine(1, patch) }
    }
    #expect(throws: Refusal.self) { try order.removeLine(1) }
    #expect(throws: Refusal.self) { try order.addPart(OrderSamples.part(), to: 1, split: nil, at: now) }
    order = order.hashed
    let (_, estimate) = try order.requestApproval(
      promisedDeliveryAt: nil, issuedBy: "李", at: now, by: OrderSamples.adviser)
    #expect(estimate.isAdditional)
    #expect(estimate.summary.revision == 2)
    #expect(estimate.summary.total == cny(45_000))
    #expect(throws: Refusal.self) { try order.add(OrderSamples.draft()) }
    #expect(throws: Refusal.self) { try order.removeLine(number) }
  }

  @Test("a refused item stays on record, costs nothing and is not worked on (WO-04)")
  func refused() throws {
    var order = OrderSamples.agreed(
      .awaitingCustomerApproval,
      lines: [OrderSamples.line(), OrderSamples.line(2, .open, additional: true, correction: nil)])
    let decision = OrderSamples.decision(order.contentHash)
    _ = try order.decideItems([(2, false)], decision, by: OrderSamples.adviser)
    #expect(order.state == .inRepair)
    #expect(order.lines.count == 2)
    #expect(order.lines[1].decision == .refused)
    #expect(order.total == cny(35_000))
    #expect(!order.estimateContent.contains("line 2"))
    #expect(throws: Refusal.self) { try order.clockOn(2, technician: OrderSamples.technician, at: now) }
    #expect(throws: Refusal.self) { try order.removeLine(2) }
    #expect(throws: Never.self) {
      try WorkOrderLifecycle.table.permit(.finish, on: order, by: OrderSamples.adviser)
    }
    let invoice = Invoice(of: order, number: "INV-1", payments: [], issuedBy: "王", at: now)
    #expect(invoice.items.map(\.line) == [1])
    #expect(invoice.total == cny(35_000))
  }

  @Test("every open item is decided exactly once (WO-04)")
  func decisions() throws {
    let lines = [
      OrderSamples.line(), OrderSamples.line(2, .open, additional: true),
      OrderSamples.line(3, .open, additional: true),
    ]
    let order = OrderSamples.agreed(.awaitingCustomerApproval, lines: lines)
    func codes(_ decisions: [(line: Int, approved: Bool)]) -> [Violation.Code] {
      var copy = order
      do {
        _ = try copy.decideItems(decisions, OrderSamples.decision(order.contentHash), by: OrderSamples.adviser)
        return []
      } catch {
        guard case .invalid(let violations) = error else { return [] }
        return violations.map(\.code)
      }
    }
    #expect(codes([(2, true)]) == [.required])
    #expect(codes([(2, true), (2, true), (3, false)]) == [.notUnique])
    #expect(codes([(2, true), (3, true), (1, true)]) == [.inconsistent])
    #expect(codes([(2, true), (3, true), (9, true)]) == [.notFound])
    #expect(codes([(2, true), (3, false)]).isEmpty)
  }

  @Test("findings are written until the work has passed its inspection, and not later (WO-30)")
  func findings() {
    let until: Set<WorkOrder.State> = [
      .received, .inspected, .diagnosed, .quoted, .authorised, .inWorkshop, .inRepair, .awaitingCustomerApproval,
      .awaitingParts, .qualityCheck,
    ]
    for state in WorkOrder.State.allCases {
      var order = OrderSamples.agreed(state)
      let written = (try? order.editLine(1, .with { $0.cause = .set("磨损") })) != nil
      #expect(written == until.contains(state), "\(state)")
      let agreedUntil: Set<WorkOrder.State> = [.received, .inspected, .diagnosed, .quoted, .authorised]
      let rewritten = (try? order.editLine(1, .with { $0.description = .set("x") })) != nil
      #expect(rewritten == agreedUntil.contains(state), "\(state)")
      let added = (try? order.add(OrderSamples.draft())) != nil
      #expect(added == agreedUntil.union([.inRepair, .awaitingParts]).contains(state), "\(state)")
    }
  }

  @Test("settlement takes exactly what the customer owes (WO-07, D-26)")
  func settle() throws {
    var line = OrderSamples.line()
    line.price.split = PayerSplit([.customer: 30_000, .warranty: 5_000])
    let order = OrderSamples.agreed(.accepted, lines: [line, OrderSamples.line(2, .refused)])
    func pay(_ amounts: [Int64], currency: Currency = .cny) throws {
      var copy = order
      _ = try copy.settle(
        amounts.map { Payment(method: .cash, amount: Money(minor: $0, currency: currency), reference: nil) },
        invoiceNumber: "INV-1", by: OrderSamples.adviser)
    }
    for wrong in [[], [29_999], [30_001], [35_000], [40_000, -10_000], [30_000, 0]] as [[Int64]] {
      #expect(throws: Refusal.self) { try pay(wrong) }
    }
    #expect(throws: Refusal.self) { try pay([30_000], currency: .usd) }
    #expect(throws: Refusal.self) { try pay([Int64](repeating: .max, count: 3)) }
    try pay([30_000])
    try pay([10_000, 20_000])
  }

  @Test("whatever is edited, payers sum to the line and lines to the order (WO-44, R9)", arguments: 0..<40)
  func property(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    var order = OrderSamples.order(.diagnosed)
    var accepted = 0
    for step in 0..<200 {
      if step == 150 { order = OrderSamples.rebuilt(order, .inRepair) }
      let before = order
      do {
        try Self.edit(&order, &random)
        accepted += 1
      } catch {
        #expect(order == before, "a refused edit changed the order: \(error)")
      }
      for line in order.lines {
        let parts = line.parts.reduce(Int64(0)) { $0 + $1.unitPrice.minor * Int64($1.quantity) }
        let extras = (line.price.sublet?.amount.minor ?? 0) + (line.price.travel?.amount.minor ?? 0)
        let product = Int64(line.price.standardHours.hundredths) * line.price.labourRate.minor
        #expect(line.amount.minor == (product + 50) / 100 + parts + extras)
        #expect(line.price.split.sum == line.amount.minor)
        #expect(PayerSplit.Payer.allCases.allSatisfy { line.price.split[$0] >= 0 })
      }
      #expect(Set(order.lines.map(\.number)).count == order.lines.count)
      #expect(order.total.minor == order.lines.filter(\.counts).reduce(0) { $0 + $1.amount.minor })
    }
    #expect(accepted > 50)
  }

  private static func edit(_ order: inout WorkOrder, _ random: inout SeededGenerator) throws(Refusal) {
    let number = order.lines.randomElement(using: &random)?.number ?? 1
    func money() -> Money { OrderSamples.cny(Int64.random(in: -50...200_000, using: &random)) }
    func split(_ total: Int64) -> [PayerSplit.Payer: Money] {
      let first = Int64.random(in: 0...max(total, 0), using: &random)
      let wrong: Int64 = Int.random(in: 0..<5, using: &random) == 0 ? 1 : 0
      return [.warranty: OrderSamples.cny(first), .customer: OrderSamples.cny(total - first + wrong)]
    }
    let amount = order.lines.first { $0.number == number }?.amount.minor ?? 0
    let price = Int64.random(in: -5...90_000, using: &random)
    switch Int.random(in: 0..<9, using: &random) {
    case 0, 1: try order.add(OrderSamples.draft(hours: Int32.random(in: 0...900, using: &random)), rate: price)
    case 2:
      let hours = Hours(hundredths: Int32.random(in: 0...900, using: &random))
      try order.editLine(number, .with { $0.standardHours = .set(hours) })
    case 3:
      let extra = Bool.random(using: &random) ? JobLine.Extra(description: "x", amount: money()) : nil
      try order.editLine(number, .with { $0.sublet = .set(extra) })
    case 4:
      let asked = split(amount)
      try order.editLine(number, .with { $0.split = .set(asked) })
    case 5:
      try order.addPart(OrderSamples.part(quantity: 2, price: price), to: number, split: nil, at: OrderSamples.now)
    case 6:
      try order.addPart(
        OrderSamples.part(quantity: 2, price: price), to: number, split: split(amount + 2 * price),
        at: OrderSamples.now)
    case 7:
      guard let part = order.lines.first(where: { $0.number == number })?.parts.randomElement(using: &random) else {
        return
      }
      try order.removePart(part.id, from: number)
    default: try order.removeLine(number)
    }
  }
}
