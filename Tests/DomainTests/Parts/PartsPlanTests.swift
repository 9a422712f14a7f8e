import Domain
import FoundationEssentials
import Testing

/// What jobs ask of a store, and what of it is held, missing or too much.
@Suite("Parts of jobs") struct PartsPlanTests {
  private static let now = OrderSamples.now
  private static let old = Part.ID.new(at: now)
  private static let new = Part.ID.new(at: now)

  private static func want(_ quantity: Int, _ number: String = "BP-1") -> PartsPlan.Want {
    PartsPlan.Want(partNumber: number, description: "刹车片", quantity: quantity, lines: [1])
  }

  private static func supply(
    issued: [Part.ID: Int] = [:], held: [Part.ID: Int] = [:], free: [Part.ID: Int] = [:]
  ) -> PartsPlan.Supply {
    PartsPlan.Supply(fits: ["BP-1": [old, new], "BP-2": [new]], issued: issued, held: held, free: free)
  }

  @Test("what is issued and held counts first, then what lies free; the rest is missing (PRT-11, PO-09)")
  func order() {
    let plan = PartsPlan(
      [Self.want(10)], Self.supply(issued: [Self.old: 3], held: [Self.old: 2], free: [Self.old: 1, Self.new: 2]))
    let item = plan.items[0]
    #expect(item.issued == 3 && item.reserved == 2 && item.available == 3 && item.missing == 2)
    #expect(plan.takes == [Self.old: 1, Self.new: 2] && plan.surplus.isEmpty)
    #expect(item.partID == Self.old)
  }

  @Test("the part itself is held before what supersedes it, and no piece serves two numbers (PRT-11)")
  func substitutes() {
    let plan = PartsPlan([Self.want(2), Self.want(2, "BP-2")], Self.supply(free: [Self.old: 1, Self.new: 2]))
    #expect(plan.items.map(\.available) == [1, 2] && plan.items.map(\.missing) == [1, 0])
    #expect(plan.takes == [Self.old: 1, Self.new: 2])
    let unknown = PartsPlan([Self.want(4, "X-1")], Self.supply(free: [Self.old: 9]))
    #expect(unknown.items[0].missing == 4 && unknown.items[0].partID == nil && unknown.takes.isEmpty)
  }

  @Test("what is held beyond what the jobs still ask for is too much (PRT-11)")
  func surplus() {
    let plan = PartsPlan([Self.want(5)], Self.supply(issued: [Self.new: 2], held: [Self.old: 4, Self.new: 1]))
    #expect(plan.surplus == [Self.old: 1, Self.new: 1] && plan.items[0].missing == 0 && plan.takes.isEmpty)
    #expect(PartsPlan([], Self.supply(held: [Self.old: 4])).surplus == [Self.old: 4])
  }

  @Test("refused jobs and what the customer brought ask the store for nothing (WO-04, WO-27)")
  func wants() throws {
    var order = OrderSamples.order(
      lines: [OrderSamples.line(1), OrderSamples.line(2, .refused), OrderSamples.line(3, .open)])
    #expect(order.wantedParts.map(\.quantity) == [6] && order.wantedParts[0].lines == [1, 3])
    try order.add(
      OrderSamples.draft(parts: [
        OrderSamples.part("A-1", quantity: 2), OrderSamples.part("B-1", origin: .customerSupplied),
      ]))
    #expect(order.wantedParts.map(\.partNumber) == ["A-1", "BP-1"])
  }

  @Test("a job gets the parts that it plans or what fits instead, and no more than planned (PRT-11)")
  func issue() throws {
    let order = OrderSamples.order(.inRepair, lines: [OrderSamples.line(1), OrderSamples.line(2, .open)])
    let fits = ["BP-1": [Self.old, Self.new]]
    func code(_ part: Part.ID, _ quantity: Int, on line: Int = 1, issued: [Part.ID: Int] = [:]) -> String? {
      do {
        try order.requirePlanned(part, quantity, on: line, fits: fits, issued: issued)
        return nil
      } catch {
        guard case .conflict(let code, _) = error else { return "\(error)" }
        return code
      }
    }
    #expect(code(Self.old, 3) == nil && code(Self.new, 3) == nil)
    #expect(code(Self.new, 2, issued: [Self.old: 1]) == nil)
    #expect(code(Self.new, 3, issued: [Self.old: 1]) == "more-than-planned")
    #expect(code(Part.ID.new(at: Self.now), 1) == "part-not-planned")
    #expect(code(Self.old, 1, on: 2) == "item-not-approved")
    #expect(code(Self.old, 1, issued: [Part.ID.new(at: Self.now): 9]) == nil, "other parts of the job do not count")
  }

  @Test("what supersedes a part fits for it; what it supersedes fits where the two are interchangeable (anchor 63)")
  func fitting() throws {
    let ids = (0..<4).map { _ in Part.ID.new(at: Self.now) }
    func step(_ part: Int, _ successor: Int, interchangeable: Bool) throws -> Supersession {
      Supersession(
        id: .new(at: Self.now), partID: ids[part], partNumber: "\(part)", successorID: ids[successor],
        successorNumber: "\(successor)", effectiveOn: try #require(CalendarDate("2026-01-01")),
        interchangeable: interchangeable, reason: nil, createdAt: Self.now, createdBy: .init(name: "x", id: nil))
    }
    // 0 → 1 → 2 → 3, of which only 1 and 2 may stand for one another both ways.
    let steps = [
      try step(0, 1, interchangeable: false), try step(1, 2, interchangeable: true),
      try step(2, 3, interchangeable: false),
    ]
    let chain = SupersessionChain(
      of: ids[2], number: "2", on: try #require(CalendarDate("2026-02-01")), among: steps)
    #expect(chain.fitting(ids[2]) == [ids[2], ids[3], ids[1]])
  }

  @Test(
    "a piece of the store counts for one line of the station standard; what is on its way is no longer missing (PRT-20)"
  )
  func standard() {
    let ids = (0..<2).map { _ in Part.ID.new(at: Self.now) }
    let required = [
      RequiredPart(partNumber: "A", kind: .assembly, quantity: 2),
      RequiredPart(partNumber: "B", kind: .part, quantity: 3),
      RequiredPart(partNumber: "C", kind: .part, quantity: 1),
    ]
    // What lies there of B may be fitted for A as well.
    let standard = PartsStandard(
      required, policy: PolicyVersion(.partsStandards, 1), of: .new(at: Self.now), kind: .fourInOne,
      fits: ["A": [ids[0], ids[1]], "B": [ids[1]]], onHand: [ids[0]: 1, ids[1]: 3], onOrder: [ids[0]: 9])
    #expect(standard.items.map(\.onHand) == [1, 3, 0] && standard.items.map(\.onOrder) == [1, 0, 0])
    #expect(standard.items.map(\.missing) == [0, 0, 1] && standard.items.map(\.partID) == [ids[0], ids[1], nil])
    #expect(!standard.isMet)
    let kinds = PartsStandardsPolicy(
      required: [
        RequiredPart(partNumber: "A", kind: .part, quantity: 1, stationKind: .serviceOnly), required[1],
      ], salesPerMonth: [:])
    #expect(kinds.required(of: .fourInOne).map(\.partNumber) == ["B"])
    #expect(kinds.required(of: .serviceOnly).map(\.partNumber) == ["A", "B"])
  }

  @Test("sales in another money than the plan's are held against none, and a plan without sales has its line (PRT-19)")
  func salesPlan() throws {
    func volume(_ origin: Part.Origin, _ minor: Int64, _ currency: Currency) -> PartsSalesProgress.Volume {
      let half = Money(minor: minor / 2, currency: currency)
      return PartsSalesProgress.Volume(origin: origin, sold: half, soldQuantity: 1, issued: half, issuedQuantity: 1)
    }
    let progress = PartsSalesProgress(
      [.original: Money(minor: 300, currency: .cny)], policy: PolicyVersion(.partsStandards, 1),
      of: .new(at: Self.now), in: ReportPeriod(monthOf: try #require(CalendarDate("2028-02-29"))),
      volumes: [volume(.original, 500, .eur), volume(.compatible, 80, .cny)])
    #expect(progress.period.from.description == "2028-02-01" && progress.period.before.description == "2028-03-01")
    #expect(progress.items.map(\.actual.minor) == [0, 500, 80])
    #expect(progress.items.map { $0.planned?.minor } == [300, nil, nil])
    #expect(progress.items.map(\.percent) == [0, nil, nil])
  }

  @Test(
    "of other stations a caller learns a class and no number, of his own the number (PRT-06)",
    arguments: [(1, PartAvailability.Class.few), (4, .few), (5, .some), (19, .some), (20, .many), (900, .many)])
  func availability(_ quantity: Int, _ expected: PartAvailability.Class) {
    let (own, other) = (Station.ID.new(at: Self.now), Station.ID.new(at: Self.now))
    func place(_ station: Station.ID?) -> PartAvailability {
      PartAvailability(
        partID: Self.old, partNumber: "BP-1", locationID: .new(at: Self.now), locationCode: "S", locationKind: .station,
        stationID: station, stationName: nil, regionID: nil, proximity: .network, quantity: quantity)
    }
    let clerk = Caller(subject: .system, name: "x", roles: [], permissions: [], scope: .station(own))
    #expect(place(own).availability == expected)
    #expect(place(own).quantity(for: clerk) == quantity)
    #expect(place(other).quantity(for: clerk) == nil && place(nil).quantity(for: clerk) == nil)
  }
}
