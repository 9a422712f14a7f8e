import Domain
import Foundation
import Repositories
import Services
import TestSupport
import Testing

/// Many clients on the same parts at once (domain.md section 11). `STOCK_LOAD_SECONDS` makes the run longer: `make prove-stock` takes a
/// minute, which held on two busy cores in a debug build (71 s with its checks).
@Suite(.serialized, .timeLimit(.minutes(20))) struct StockConcurrencyTests {
  private static let clients = 64
  private static let parts = 50

  private static var seconds: Double {
    ProcessInfo.processInfo.environment["STOCK_LOAD_SECONDS"].flatMap(Double.init) ?? 3
  }

  @Test(
    "64 clients receive, reserve, issue, sell, transfer and count the same 50 parts: stock is the sum of its movements and never negative, in every snapshot"
  )
  func load() async throws {
    try await StockDesk.with(parts: Self.parts, connections: 24) { desk in
      for part in 0..<Self.parts { try await desk.approve(9_000, retail: 15_000, of: part) }
      for part in 0..<Self.parts { try await desk.receive(20, of: part) }
      let end = Date().addingTimeInterval(Self.seconds)
      let isOver = Box<Bool>()
      async let samples = Self.sample(desk, isOver)
      let outcomes = await Outcomes.of(Self.clients) { client in
        try await Self.work(desk, client, until: end)
      }
      isOver.value = true
      let (count, broken) = try await samples
      #expect(outcomes.succeeded == Self.clients, "\(outcomes.refused.prefix(3)) \(outcomes.others.prefix(3))")
      #expect(count > 0 && broken == 0, "\(broken) of \(count) snapshots")
      #expect(try await desk.test.database.read(.system, StockDesk.broken) == 0)
      #expect(try desk.test.admin(StockDesk.misnumbered.replacing("\n", with: " ")) == "0")
      for kind in ["receipt", "sale", "transferOut", "transferIn", "surplus"] {
        let booked = try desk.test.admin("select count(*) from stock_movements where kind = '\(kind)'")
        #expect(Int(booked) ?? 0 > 0, "no \(kind)")
      }
      // What went between the places kept its cost.
      #expect(
        try desk.test.admin(
          "select coalesce(sum(cost), 0) from stock_movements where kind in ('transferIn', 'transferOut')") == "0.00")
    }
  }

  private static func sample(_ desk: StockDesk, _ isOver: Box<Bool>) async throws -> (Int, Int) {
    var (count, broken) = (0, 0)
    while isOver.value == nil {
      count += 1
      if try await desk.test.database.read(.system, StockDesk.broken) != 0 { broken += 1 }
    }
    return (count, broken)
  }

  /// One client: random work until the time is over. What stock or a stocktake refuses is no fault.
  private static func work(_ desk: StockDesk, _ client: Int, until end: Date) async throws {
    var random = SystemRandomNumberGenerator()
    while Date() < end {
      let part = Int.random(in: 0..<parts, using: &random)
      let quantity = Int.random(in: 1...4, using: &random)
      do {
        switch client < 8 ? 7 : Int.random(in: 0...6, using: &random) {
        case 0, 1: try await desk.receive(quantity, of: part)
        case 2: try await sell(desk, part, quantity)
        case 3: try await transfer(desk, part, quantity)
        case 4: try await holdAndTransfer(desk, part, quantity)
        case 5: try await holdAndRelease(desk, part, quantity)
        case 6: try await giveBack(desk, part, quantity)
        default: try await count(desk, part)
        }
      } catch Refusal.conflict(let code, _) where ["insufficient-stock", "stock-frozen"].contains(code) {
        continue
      }
    }
  }

  private static func sell(_ desk: StockDesk, _ part: Int, _ quantity: Int) async throws {
    let second = (part + 7) % parts
    let draft = PartsSaleDraft(
      stationID: desk.network.station, customerID: nil,
      lines: [part, second].map { .init(partID: desk.parts[$0], quantity: quantity, unitPrice: nil) })
    let _: PartsSale = try await desk.run { try await desk.sales.create(draft, $0) }
  }

  private static func transfer(_ desk: StockDesk, _ part: Int, _ quantity: Int) async throws {
    // Both ways at once, so that two could wait for each other.
    let isBack = Bool.random()
    let booking = StockMovementService.Booking.transfer(
      from: isBack ? desk.otherStore : desk.store, to: isBack ? desk.store : desk.otherStore, reservation: nil)
    let _: StockMovement = try await desk.run {
      try await desk.movements.book(booking, of: desk.parts[part], quantity: quantity, reason: nil, $0)
    }
  }

  private static func holdAndTransfer(_ desk: StockDesk, _ part: Int, _ quantity: Int) async throws {
    let held = try await desk.reserve(quantity, of: part, to: desk.otherStore)
    let booking = StockMovementService.Booking.transfer(
      from: desk.store, to: desk.otherStore, reservation: held.id)
    do {
      let _: StockMovement = try await desk.run {
        try await desk.movements.book(booking, of: desk.parts[part], quantity: quantity, reason: nil, $0)
      }
    } catch Refusal.conflict(let code, _) where code == "stock-frozen" {
      let _: Reservation = try await desk.run { try await desk.reservations.release(.id(held.id), reason: nil, $0) }
    }
  }

  private static func holdAndRelease(_ desk: StockDesk, _ part: Int, _ quantity: Int) async throws {
    let held = try await desk.reserve(quantity, of: part)
    let _: Reservation = try await desk.run { try await desk.reservations.release(.id(held.id), reason: nil, $0) }
  }

  private static func giveBack(_ desk: StockDesk, _ part: Int, _ quantity: Int) async throws {
    let draft = PartsReturnDraft(
      stationID: desk.network.station, reason: "滞销", externalIDs: [:],
      lines: [.init(partID: desk.parts[part], quantity: quantity)])
    let sent: PartsReturn = try await desk.run { try await desk.returns.create(draft, $0) }
    let _: PartsReturn = try await desk.run {
      try await desk.returns.receive(.id(sent.id), into: desk.central, [], note: nil, $0)
    }
  }

  /// Freezes one part, counts one more than the books say, and posts it.
  private static func count(_ desk: StockDesk, _ part: Int) async throws {
    let id = desk.parts[part]
    let take: Stocktake = try await desk.run {
      try await desk.stocktakes.create(at: desk.store, parts: [id], note: nil, externalIDs: [:], $0)
    }
    let frozen: Stocktake = try await desk.run { try await desk.stocktakes.freeze(.id(take.id), note: nil, $0) }
    let book = frozen.lines.first?.bookQuantity ?? 0
    let _: Stocktake = try await desk.run {
      try await desk.stocktakes.count(.id(take.id), [(id, book + 1, nil)], $0)
    }
    let _: Stocktake = try await desk.run { try await desk.stocktakes.approve(.id(take.id), note: nil, $0) }
    let _: Stocktake = try await desk.run { try await desk.stocktakes.post(.id(take.id), note: nil, $0) }
  }

  @Test("of 40 clients that want the last 10 pieces, 10 get one each; nobody gets what is not there")
  func last() async throws {
    try await StockDesk.with(connections: 16) { desk in
      try await desk.approve(9_000, retail: 15_000)
      try await desk.receive(10)
      let outcomes = await Outcomes.of(40) { client in
        if client % 2 == 0 {
          _ = try await desk.reserve(1)
        } else {
          let draft = PartsSaleDraft(
            stationID: desk.network.station, customerID: nil,
            lines: [.init(partID: desk.parts[0], quantity: 1, unitPrice: nil)])
          let _: PartsSale = try await desk.run { try await desk.sales.create(draft, $0) }
        }
      }
      #expect(outcomes.succeeded == 10 && outcomes.others.isEmpty, "\(outcomes.others.prefix(3))")
      #expect(outcomes.refused.count == 30)
      for refusal in outcomes.refused {
        guard case .conflict(code: "insufficient-stock", _) = refusal else {
          Issue.record("\(refusal)")
          continue
        }
      }
      let level = try await desk.level()
      #expect(level[0] == level[1])
      #expect(try await desk.test.database.read(.system, StockDesk.broken) == 0)
    }
  }

  @Test("of two supersessions that together would make a circle one is refused, however close they come")
  func circle() async throws {
    try await StockDesk.with(parts: 12, connections: 8) { desk in
      let day = CalendarDate(inChina: desk.clock.now)
      let outcomes = await Outcomes.of(12) { place in
        let draft = SupersessionDraft(
          successor: .id(desk.parts[(place + 1) % 12]), effectiveOn: day, interchangeable: false, reason: nil)
        let _: Supersession = try await desk.run {
          try await desk.catalogue.supersede(.id(desk.parts[place]), draft, $0)
        }
      }
      #expect(outcomes.succeeded == 11 && outcomes.others.isEmpty, "\(outcomes.others)")
      guard case .conflict(code: "supersession-cycle", _) = outcomes.refused.first else {
        Issue.record("\(outcomes.refused)")
        return
      }
      #expect(outcomes.refused.count == 1)
    }
  }
}
