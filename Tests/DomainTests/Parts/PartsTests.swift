import Domain
import FoundationEssentials
import Testing

/// Rules of the parts families that need no database.
@Suite("Parts") struct PartsTests {
  private static let now = Timestamp(milliseconds: 1_795_248_000_000)

  private func supersession(_ part: Part.ID, _ successor: Part.ID, _ day: String) throws -> Supersession {
    Supersession(
      id: .new(at: Self.now), partID: part, partNumber: "\(part)", successorID: successor,
      successorNumber: "\(successor)", effectiveOn: try #require(CalendarDate(day)), interchangeable: false,
      reason: nil,
      createdAt: Self.now, createdBy: .init(name: "x", id: nil))
  }

  @Test("a chain ends where nothing supersedes the part on that day, and a circle does not hold it up")
  func chains() throws {
    let ids = (0..<4).map { _ in Part.ID.new(at: Self.now) }
    let steps = [
      try supersession(ids[0], ids[1], "2026-01-01"), try supersession(ids[1], ids[2], "2026-03-01"),
      try supersession(ids[3], ids[2], "2026-02-01"),
    ]
    func chain(_ part: Int, _ day: String) throws -> SupersessionChain {
      SupersessionChain(of: ids[part], number: "n", on: try #require(CalendarDate(day)), among: steps)
    }
    #expect(try chain(0, "2025-12-31").currentID == ids[0])
    #expect(try chain(0, "2026-02-28").currentID == ids[1])
    #expect(try chain(0, "2026-03-01").successors.map(\.successorID) == [ids[1], ids[2]])
    let before = try chain(2, "2026-03-01").predecessors.map(\.partID)
    #expect(Set(before.prefix(2)) == [ids[1], ids[3]] && before.last == ids[0])
    let circle = [try supersession(ids[0], ids[1], "2026-01-01"), try supersession(ids[1], ids[0], "2026-01-01")]
    let caught = SupersessionChain(
      of: ids[0], number: "n", on: try #require(CalendarDate("2026-02-01")), among: circle)
    #expect(caught.successors.count == 2)
  }

  @Test(
    "a quota rounds the need of the region up and shares it out, rounded up (PRT-04, CUS-13)",
    arguments: [(0, 3, 8, 0), (1_000, 1, 8, 8), (1_001, 1, 8, 9), (12_000, 8, 8, 12), (1, 2, 1, 1), (5_000, 0, 8, 0)])
  func quota(_ vehicles: Int, _ stations: Int, _ rate: Int, _ quantity: Int) {
    #expect(ReserveQuota.Population(vehicles: vehicles, stations: stations).quantity(perThousand: rate) == quantity)
  }

  @Test("a part is proposed when on hand and on order together are less than what must be kept, and only then (PO-13)")
  func replenishment() {
    let id = Part.ID.new(at: Self.now)
    func line(
      _ onHand: Int, _ onOrder: Int, reserved: Int = 0, minimum: Int?, quota: Int?, claimed: Int = 0, recalled: Int = 0
    )
      -> ReplenishmentProposal.Line?
    {
      ReplenishmentProposal.Line(
        .init(
          partID: id, partNumber: "P", onHand: onHand, reserved: reserved, onOrder: onOrder, minimum: minimum,
          quota: quota, claimed: claimed, recalled: recalled), delivered: (id, "P"))
    }
    // What campaigns take comes on top of what must be kept; a month's claims are kept like a minimum.
    #expect(line(10, 0, minimum: 10, quota: nil, recalled: 3)?.quantity == 3)
    #expect(line(10, 0, minimum: 10, quota: nil, recalled: 3)?.reasons == [.campaigns])
    #expect(line(2, 1, minimum: nil, quota: nil, claimed: 5)?.reasons == [.claims])
    #expect(line(2, 1, minimum: 4, quota: nil, claimed: 5)?.quantity == 2)
    #expect(line(5, 0, minimum: 4, quota: nil, claimed: 5) == nil)
    #expect(line(6, 4, minimum: 10, quota: 10) == nil)
    #expect(line(0, 0, minimum: nil, quota: nil) == nil)
    #expect(line(6, 3, minimum: 10, quota: nil)?.quantity == 1)
    #expect(line(6, 3, reserved: 2, minimum: 10, quota: 12)?.quantity == 5)
    #expect(line(6, 3, minimum: 10, quota: 12)?.reasons == [.belowMinimum, .belowQuota])
    #expect(line(10, 0, minimum: 10, quota: 12)?.reasons == [.belowQuota])
  }

  @Test(
    "the average cost of a unit is rounded half up to the cent (C-05)",
    arguments: [(3, Int64(10_000), Int64(3_333)), (3, 10_001, 3_334), (2, 1, 1), (1, 0, 0)])
  func average(_ onHand: Int, _ value: Int64, _ expected: Int64) {
    let level = StockLevel(
      id: .new(at: Self.now), locationID: .new(at: Self.now), locationCode: "W", stationID: nil,
      partID: .new(at: Self.now), partNumber: "P", partName: "件", onHand: onHand, reserved: 1, onOrder: 0,
      value: Money(minor: value, currency: .cny), minimum: nil, quota: nil, stocktakeID: nil, updatedAt: Self.now)
    #expect(level.averageCost?.minor == expected && level.available == onHand - 1)
  }

  @Test("a reservation gives no more than it holds, and is over when all is issued")
  func reservation() throws {
    var held = Reservation(
      id: .new(at: Self.now), number: "RV-1", locationID: .new(at: Self.now), stationID: nil,
      partID: .new(at: Self.now), partNumber: "P", state: .active, quantity: 5, issued: 0,
      purpose: .transfer(to: .new(at: Self.now)), expiresAt: Self.now.adding(seconds: 60), endedAt: nil, endReason: nil,
      version: 1,
      stamp: RecordStamp(
        createdAt: Self.now, createdBy: .init(name: "x", id: nil), updatedAt: Self.now,
        updatedBy: .init(name: "x", id: nil)))
    #expect(held.issue(3, at: Self.now) == 3 && held.outstanding == 2 && held.state == .active)
    var late = held
    late.expire(at: Self.now.adding(seconds: 59))
    #expect(late.state == .active)
    late.expire(at: Self.now.adding(seconds: 60))
    #expect(late.state == .expired && late.outstanding == 0)
    #expect(late.issue(1, at: Self.now) == 0)
    #expect(held.issue(9, at: Self.now) == 2 && held.state == .fulfilled && held.endedAt == Self.now)
    #expect(throws: Refusal.self) { _ = try held.release(nil, at: Self.now, by: .system) }
  }

  @Test("a place names whose it is by its kind, and nobody else's (PRT-16)")
  func places() throws {
    let (station, region) = (Station.ID.new(at: Self.now), Region.ID.new(at: Self.now))
    #expect(try StockLocation.Place(.station, station: station, region: nil).stationID == station)
    #expect(try StockLocation.Place(.regional, station: nil, region: region).regionID == region)
    #expect(throws: Refusal.self) { try StockLocation.Place(.station, station: nil, region: nil) }
    #expect(throws: Refusal.self) { try StockLocation.Place(.central, station: station, region: nil) }
    #expect(throws: Refusal.self) { try StockLocation.Place(.transit, station: nil, region: region) }
  }

  @Test("each part has one price in a list, in the currency of the list (PRT-02)")
  func priceLines() {
    let id = Part.ID.new(at: Self.now)
    func line(_ currency: Currency) -> PriceList.Line {
      PriceList.Line(partID: id, partNumber: "P", price: Money(minor: 1, currency: currency), retailPrice: nil)
    }
    #expect(PriceList.violations([line(.cny)], in: .cny) == [])
    #expect(PriceList.violations([line(.cny), line(.cny)], in: .cny).map(\.code) == [.notUnique])
    #expect(PriceList.violations([line(.eur)], in: .cny).map(\.pointer) == ["#/lines/0/price/currency"])
  }

  @Test("a day begins at midnight in Shanghai (domain.md 1)")
  func day() throws {
    let before = try #require(Timestamp("2026-04-01T15:59:59.999Z"))
    #expect("\(CalendarDate(inChina: before))" == "2026-04-01")
    #expect("\(CalendarDate(inChina: before.adding(seconds: 1)))" == "2026-04-02")
  }
}
