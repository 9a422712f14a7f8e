import Domain
import FoundationEssentials
import Testing

/// What an authorisation binds to: every edit of what was agreed voids it, findings do not (WO-18, domain.md 7).
@Suite struct EstimateTests {
  typealias Edit = @Sendable (inout WorkOrder) throws(Refusal) -> Void

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let edit: Edit
    init(_ name: String, _ edit: @escaping Edit) {
      testDescription = name
      self.edit = edit
    }

    static func patch(_ name: String, _ change: @escaping @Sendable (inout JobLinePatch) -> Void) -> Case {
      Case(name) { order throws(Refusal) in try order.editLine(1, .with(change)) }
    }
  }

  private static let cny = OrderSamples.cny

  /// The same part again with one thing different.
  private static func replaced(_ name: String, _ draft: JobPartDraft) -> Case {
    Case(name) { order throws(Refusal) in
      try order.removePart(order.lines[0].parts[0].id, from: 1)
      try order.addPart(draft, to: 1, split: nil, at: OrderSamples.now)
    }
  }

  private static func part(
    number: String = "BP-1", _ description: String = "刹车片", quantity: Int = 3, price: Int64 = 5_000,
    origin: JobPart.Origin = .oem, months: Int? = 12, km: Int? = 20_000
  ) -> JobPartDraft {
    JobPartDraft(
      partNumber: number, description: description, quantity: quantity, unitPrice: cny(price), origin: origin,
      guaranteeMonths: months, guaranteeKm: km)
  }

  static let voiding: [Case] = [
    .patch("description") { $0.description = .set("其他") },
    .patch("hours") { $0.standardHours = .set(Hours(hundredths: 99)) },
    .patch("rate") { $0.labourRate = .set(cny(19_999)) },
    .patch("sublet") { $0.sublet = .set(JobLine.Extra(description: "喷漆", amount: cny(1))) },
    .patch("travel") { $0.travel = .set(JobLine.Extra(description: "拖车", amount: cny(1))) },
    .patch("a sublet that costs nothing") { $0.sublet = .set(JobLine.Extra(description: "喷漆", amount: cny(0))) },
    .patch("split") { $0.split = .set([.customer: cny(34_999), .goodwill: cny(1)]) },
    .patch("payer") { $0.split = .set([.warranty: cny(35_000)]) },
    Case("line added") { order throws(Refusal) in try order.add(OrderSamples.draft(hours: 0)) },
    Case("line removed") { order throws(Refusal) in try order.removeLine(2) },
    Case("part added") { order throws(Refusal) in
      try order.addPart(part(number: "X", price: 0), to: 1, split: nil, at: OrderSamples.now)
    },
    Case("part removed") { order throws(Refusal) in
      try order.removePart(order.lines[0].parts[0].id, from: 1)
    },
    replaced("part of another number", part(number: "BP-2")),
    replaced("part of another description", part("别的")),
    replaced("half as many parts at twice the price", part(quantity: 1, price: 15_000)),
    replaced("part of another origin", part(origin: .customerSupplied)),
    replaced("part with a shorter guarantee", part(months: 6)),
    replaced("part with a guarantee of fewer kilometres", part(km: 10_000)),
  ]

  static let harmless: [Case] = [
    .patch("concern") { $0.concern = .set("异响") },
    .patch("cause") { $0.cause = .set("磨损") },
    .patch("correction") { $0.correction = .set("已更换") },
    .patch("fault code") { $0.faultCode = .set("B-12") },
    .patch("trouble codes") { $0.diagnosticTroubleCodes = .set(["C0040"]) },
    .patch("causal part") { $0.causalPartNumber = .set("BP-1") },
    .patch("the same description") { $0.description = .set("更换刹车片") },
    replaced("the same part again", part()),
    Case("technician") { order throws(Refusal) in order.lines[0].technicianID = UUID() },
    Case("header") { order throws(Refusal) in order.header.note = "等候" },
  ]

  private static func agreed() -> WorkOrder {
    OrderSamples.agreed(.authorised, lines: [OrderSamples.line(1), OrderSamples.line(2)])
  }

  @Test("any edit of money, description, parts or split voids the authorisation (WO-18, WO-20)", arguments: voiding)
  func voids(edit: Case) throws {
    var order = Self.agreed()
    try edit.edit(&order)
    order = order.hashed
    #expect(order.contentHash != order.progress.authorisation?.estimateHash)
    #expect(throws: Refusal.self) { try WorkOrderLifecycle.table.permit(.admit, on: order, by: OrderSamples.adviser) }
  }

  @Test("findings, technicians and the header leave the authorisation in force (WO-18)", arguments: harmless)
  func keeps(edit: Case) throws {
    var order = Self.agreed()
    try edit.edit(&order)
    order = order.hashed
    #expect(order.contentHash == order.progress.authorisation?.estimateHash)
    _ = try order.take(.admit, by: OrderSamples.adviser)
    #expect(order.state == .inWorkshop)
  }

  @Test("no text can pretend to be another line of the estimate (WO-20)")
  func quoting() throws {
    let texts = ["a\"\nline 2 \"b", "a\\\"", "a\\", "a\"", "a\n", "a\\n"]
    let contents = try texts.map { text in
      var order = Self.agreed()
      try order.editLine(1, .with { $0.description = .set(text) })
      return order.estimateContent.replacing(order.id.description, with: "")
    }
    #expect(Set(contents).count == texts.count)
    #expect(contents.allSatisfy { $0.split(separator: "\n").count { $0.hasPrefix("line ") } == 2 })
  }

  @Test("a sublet is no travel, even for the same money (WO-20)")
  func extras() throws {
    let extra = JobLine.Extra(description: "外出", amount: Self.cny(5_000))
    var (sublet, travel) = (Self.agreed(), Self.agreed())
    travel = OrderSamples.rebuilt(sublet, .authorised)
    try sublet.editLine(1, .with { $0.sublet = .set(extra) })
    try travel.editLine(1, .with { $0.travel = .set(extra) })
    #expect(sublet.id == travel.id)
    #expect(sublet.estimateContent != travel.estimateContent)
  }

  @Test("a decision must name the current estimate (WO-18)")
  func decisions() throws {
    var order = OrderSamples.agreed(.quoted)
    #expect(throws: Refusal.self) { try order.authorise(OrderSamples.decision("other"), by: OrderSamples.adviser) }
    order = OrderSamples.agreed(.quoted, lines: [OrderSamples.line(1, .open)])
    _ = try order.authorise(OrderSamples.decision(order.contentHash), by: OrderSamples.adviser)
    #expect(order.state == .authorised)
    #expect(order.lines.map(\.decision) == [.approved])
    #expect(order.progress.authorisation?.estimateHash == order.contentHash)
  }

  @Test("a new quotation counts on, forgets the authorisation and asks for every line again (WO-18)")
  func quoteAgain() throws {
    var order = Self.agreed()
    #expect(throws: Refusal.self) {
      var copy = order
      _ = try copy.quote(
        promisedDeliveryAt: OrderSamples.now, promisedQuality: nil, issuedBy: "李", at: OrderSamples.now,
        by: OrderSamples.adviser)
    }
    let promised = OrderSamples.now.adding(seconds: 3600)
    let (_, estimate) = try order.quote(
      promisedDeliveryAt: promised, promisedQuality: "原厂", issuedBy: "李", at: OrderSamples.now,
      by: OrderSamples.adviser)
    #expect(order.state == .quoted)
    #expect(estimate.summary.revision == 2)
    #expect(!estimate.isAdditional)
    #expect(estimate.summary.total == Self.cny(70_000))
    #expect(estimate.summary == order.progress.estimate)
    #expect(order.progress.authorisation == nil)
    #expect(order.progress.promisedDeliveryAt == promised)
    #expect(order.lines.map(\.decision) == [.open, .open])
  }
}
