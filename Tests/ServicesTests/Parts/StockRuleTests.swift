import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// The ledger, reservations and stocktakes (domain.md section 11).
@Suite struct StockRuleTests {
  @Test("what goes out takes its share of the moving average, and the last piece takes the rest (domain.md 11)")
  func cost() async throws {
    try await StockDesk.with { desk in
      try await desk.receive(2, unitCost: 10_000)
      try await desk.receive(1, unitCost: 10_001)
      #expect(try await desk.level() == [3, 0, 0, 30_001])
      let scrap = StockMovementService.Booking.scrap(from: desk.store)
      func out(_ quantity: Int) async throws -> StockMovement {
        try await desk.run {
          try await desk.movements.book(scrap, of: desk.parts[0], quantity: quantity, reason: "破损", $0)
        }
      }
      let first = try await out(1)
      #expect(first.quantity == -1 && first.cost.minor == -10_000 && first.onHandAfter == 2 && first.ordinal == 3)
      let rest = try await out(2)
      #expect(rest.cost.minor == -20_001)
      #expect(try await desk.level() == [0, 0, 0, 0])
      try await Self.expectConflict("insufficient-stock") { _ = try await out(1) }
    }
  }

  @Test("stock of another money goes out in it, also where the part was expected before it first came (PRT-10)")
  func otherMoney() async throws {
    try await StockDesk.with { desk in
      // What is expected makes the level, before anybody knows in which money it will come.
      let held = try await Self.receiveEuros(5, into: desk.central, desk)
      #expect(held.cost == Money(minor: 2_500, currency: .eur))
      let _: Reservation = try await desk.reserve(2, from: desk.central, to: desk.store)
      #expect(try await desk.level() == [0, 0, 2, 0])
      let transfer = StockMovementService.Booking.transfer(from: desk.central, to: desk.store, reservation: nil)
      let out: StockMovement = try await desk.run {
        try await desk.movements.book(transfer, of: desk.parts[0], quantity: 3, reason: nil, $0)
      }
      #expect(out.cost == Money(minor: -1_500, currency: .eur))
      let scrap: StockMovement = try await desk.run {
        try await desk.movements.book(
          .scrap(from: desk.store), of: desk.parts[0], quantity: 1, reason: "破损", $0)
      }
      #expect(scrap.cost == Money(minor: -500, currency: .eur))
      // What is worth something stays in its money.
      try await Self.expectConflict("stock-currency") { _ = try await desk.receive(1) }
    }
  }

  private static func receiveEuros(
    _ quantity: Int, into location: StockLocation.ID, _ desk: StockDesk
  ) async throws -> StockMovement {
    try await desk.run {
      try await desk.movements.book(
        .receipt(into: location, unitCost: Money(minor: 500, currency: .eur)), of: desk.parts[0], quantity: quantity,
        reason: nil, $0)
    }
  }

  @Test("a receipt without a cost of its own costs the approved price of the day (PRT-10, PO-12)")
  func receiptAtListPrice() async throws {
    try await StockDesk.with { desk in
      try await desk.approve(8_800)
      let movement: StockMovement = try await desk.run {
        try await desk.movements.book(
          .receipt(into: desk.central, unitCost: nil), of: desk.parts[0], quantity: 3, reason: nil, $0)
      }
      #expect(movement.cost.minor == 26_400 && movement.stationID == nil)
    }
  }

  @Test("a transfer leaves one place and enters the other with what it cost there, in one transaction (anchor 68)")
  func transfer() async throws {
    try await StockDesk.with { desk in
      try await desk.receive(3, unitCost: 10_000)
      let booking = StockMovementService.Booking.transfer(
        from: desk.store, to: desk.otherStore, reservation: nil)
      let out: StockMovement = try await desk.run {
        try await desk.movements.book(booking, of: desk.parts[0], quantity: 2, reason: nil, $0)
      }
      #expect(try await desk.level() == [1, 0, 0, 10_000])
      #expect(try await desk.level(at: desk.otherStore) == [2, 0, 0, 20_000])
      let counterpart = try #require(out.counterpartID)
      let other = try await desk.movements.get(.id(counterpart), desk.somebody)
      #expect(other.kind == .transferIn && other.counterpartID == out.id && other.cost.minor == 20_000)
      // A station reaches its own store alone.
      let clerk = desk.network.caller(.stPartsClerk)
      await #expect(throws: Refusal.invalid("#/toLocationId", .notFound, "there is no such warehouse")) {
        let _: StockMovement = try await desk.run(as: clerk) {
          try await desk.movements.book(booking, of: desk.parts[0], quantity: 1, reason: nil, $0)
        }
      }
    }
  }

  @Test("a transfer that is held reserves one side and is expected at the other, until it goes or runs out (anchor 68)")
  func heldTransfer() async throws {
    try await StockDesk.with { desk in
      try await desk.receive(5)
      let held = try await desk.reserve(3, to: desk.otherStore)
      #expect(try await desk.level() == [5, 3, 0, 50_000])
      #expect(try await desk.level(at: desk.otherStore) == [0, 0, 3, 0])
      let booking = StockMovementService.Booking.transfer(
        from: desk.store, to: desk.otherStore, reservation: held.id)
      let _: StockMovement = try await desk.run {
        try await desk.movements.book(booking, of: desk.parts[0], quantity: 1, reason: nil, $0)
      }
      #expect(try await desk.level() == [4, 2, 0, 40_000])
      #expect(try await desk.level(at: desk.otherStore) == [1, 0, 2, 10_000])
      try await Self.expectConflict("reservation-exceeded") {
        let _: StockMovement = try await desk.run {
          try await desk.movements.book(booking, of: desk.parts[0], quantity: 3, reason: nil, $0)
        }
      }
      let released: Reservation = try await desk.run {
        try await desk.reservations.release(.id(held.id), reason: "不调", $0)
      }
      #expect(released.state == .released && released.issued == 1 && released.outstanding == 0)
      #expect(try await desk.level() == [4, 0, 0, 40_000])
      #expect(try await desk.level(at: desk.otherStore) == [1, 0, 0, 10_000])
      #expect(try await desk.test.database.read(.system, StockDesk.broken) == 0)
    }
  }

  @Test("what is reserved is nobody else's, and is free again when its time is over (domain.md 11)")
  func expiry() async throws {
    try await StockDesk.with { desk in
      try await desk.receive(2)
      let end = desk.clock.now.adding(seconds: 3_600)
      let held = try await desk.reserve(2, until: end)
      try await Self.expectConflict("insufficient-stock") { _ = try await desk.reserve(1) }
      let leases = WorkerLeaseService(desk.test.database, clock: desk.clock.wall)
      let sweep = ReservationSweep(leases, reservations: desk.reservations, clock: desk.clock.wall)
      try await leases.register(["expireReservations"])
      func sweepOnce() async throws {
        let lease = try #require(try await leases.acquire(["expireReservations"], holder: UUID()))
        #expect(try await sweep.expire(under: lease) == false)
        try await leases.release(lease)
      }
      try await sweepOnce()
      #expect(try await desk.reservations.get(.id(held.id), desk.somebody).state == .active)
      desk.clock.advance(seconds: 3_600)
      try await sweepOnce()
      let ended = try await desk.reservations.get(.id(held.id), desk.somebody)
      #expect(ended.state == .expired && ended.endedAt != nil && ended.version == 2)
      #expect(try await desk.level() == [2, 0, 0, 20_000])
      let events = try await desk.reservations.history(
        .id(held.id), PageRequest(limit: 10, sort: [.init("position")]), desk.somebody)
      #expect(events.items.map(\.change.type) == ["reservation.created", "reservation.expired"])
    }
  }

  @Test(
    "what is held for a parts order is held until the order has no more use for it, however long that takes (PO-06)")
  func promisedForAnOrder() async throws {
    try await StockDesk.with { desk in
      try await desk.receive(2)
      let order = UUID.version7(at: desk.clock.now)
      try desk.test.admin(
        """
        set app.scope = '*';
        insert into parts_orders (id, number, station_id, state, kind, currency, created_at, created_by, updated_at, updated_by)
        values ('\(order.canonical)', 'PO-SY002-2026-000001', '\(desk.network.otherStation)', 'draft', 'stock', 'CNY', now(),
          'x', now(), 'x')
        """)
      let draft = ReservationDraft(
        locationID: desk.store, partID: desk.parts[0], quantity: 2, purpose: .partsOrder(order),
        expiresAt: desk.clock.now.adding(seconds: 60))
      let held: Reservation = try await desk.run { try await desk.reservations.create(draft, $0) }
      desk.clock.advance(seconds: 3_600)
      let now = desk.clock.now
      let count = try await desk.test.database.write(.system) { tx in
        try await desk.reservations.expire(at: now, in: tx)
      }
      let kept = try await desk.reservations.get(.id(held.id), desk.somebody)
      #expect(count == 1 && kept.state == .active && kept.expiresAt > now)
      #expect(try await desk.level() == [2, 2, 0, 20_000])
    }
  }

  @Test("a reservation without an end ends after the hours of the policy (domain.md 11)")
  func standardExpiry() async throws {
    try await StockDesk.with { desk in
      try await desk.receive(1)
      let held = try await desk.reserve(1)
      let hours = Int64(PolicyDefaults.partsOrders.reservationHours)
      #expect(held.expiresAt.seconds(since: held.stamp.createdAt) == hours * 3_600)
    }
  }

  @Test(
    "a stocktake holds its parts still, is approved by who did not count, and posts the difference (PRT-12, SEC-10)")
  func stocktake() async throws {
    try await StockDesk.with { desk in
      try await desk.receive(5, of: 0)
      try await desk.receive(4, of: 1)
      let take: Stocktake = try await desk.run {
        try await desk.stocktakes.create(at: desk.store, parts: [], note: nil, externalIDs: [:], $0)
      }
      let frozen: Stocktake = try await desk.run { try await desk.stocktakes.freeze(.id(take.id), note: nil, $0) }
      #expect(frozen.state == .frozen && frozen.lines.map(\.bookQuantity) == [5, 4])
      try await Self.expectConflict("stock-frozen") { try await desk.receive(1) }
      // The same parts elsewhere go on moving.
      try await desk.receive(1, into: desk.central)

      let counter = desk.somebody
      let partly: Stocktake = try await desk.run(as: counter) {
        try await desk.stocktakes.count(.id(take.id), [(desk.parts[0], 3, "少两件")], $0)
      }
      #expect(partly.state == .frozen && partly.lines[0].difference == -2)
      let counted: Stocktake = try await desk.run(as: counter) {
        try await desk.stocktakes.count(.id(take.id), [(desk.parts[1], 6, nil)], $0)
      }
      #expect(counted.state == .counted && counted.lines[1].difference == 2)
      await #expect(
        throws: Refusal.guardFailed(
          action: "approve", guardCode: "counter-approves-not",
          detail: "Who counted does not approve the difference (SEC-10).")
      ) {
        let _: Stocktake = try await desk.run(as: counter) {
          try await desk.stocktakes.approve(.id(take.id), note: nil, $0)
        }
      }
      let _: Stocktake = try await desk.run { try await desk.stocktakes.approve(.id(take.id), note: "同意", $0) }
      let posted: Stocktake = try await desk.run { try await desk.stocktakes.post(.id(take.id), note: nil, $0) }
      #expect(posted.state == .posted)
      #expect(try await desk.level(0) == [3, 0, 0, 30_000])
      #expect(try await desk.level(1) == [6, 0, 0, 60_000])
      var filter = StockMovementFilter()
      filter.sourceID = take.id.uuid
      let booked = try await desk.movements.list(
        filter, PageRequest(sort: [.init("recordedAt")]), desk.somebody)
      #expect(Set(booked.items.map(\.kind)) == [.surplus, .shortage])
      try await desk.receive(1)
    }
  }

  @Test("a cancelled stocktake lets its parts move again; one that is counted elsewhere is not frozen twice (PRT-12)")
  func cancelledStocktake() async throws {
    try await StockDesk.with { desk in
      try await desk.receive(1)
      func take() async throws -> Stocktake {
        try await desk.run {
          try await desk.stocktakes.create(
            at: desk.store, parts: [desk.parts[0]], note: nil, externalIDs: [:], $0)
        }
      }
      let (first, second) = (try await take(), try await take())
      let _: Stocktake = try await desk.run { try await desk.stocktakes.freeze(.id(first.id), note: nil, $0) }
      try await Self.expectConflict("stock-frozen") {
        let _: Stocktake = try await desk.run { try await desk.stocktakes.freeze(.id(second.id), note: nil, $0) }
      }
      let _: Stocktake = try await desk.run { try await desk.stocktakes.cancel(.id(first.id), reason: "延期", $0) }
      try await desk.receive(1)
      let frozen: Stocktake = try await desk.run { try await desk.stocktakes.freeze(.id(second.id), note: nil, $0) }
      #expect(frozen.lines.map(\.bookQuantity) == [2])
    }
  }

  @Test(
    "a part of a job leaves the store, what is held for the order first, and comes back at the cost with which it left (PRT-11)"
  )
  func workOrder() async throws {
    try await OrderDesk.with { orders in
      let order = try await orders.order(in: .inRepair)
      let part = Part.ID.new(at: orders.clock.now)
      let store = StockLocation.ID.new(at: orders.clock.now)
      let work = UnitOfWork(orders.test.database, clock: orders.clock.wall)
      let book = StockBook(PolicyBook())
      let movements = StockMovementService(work, stock: book)
      let reservations = ReservationService(work, stock: book)
      try orders.test.admin(
        """
        insert into parts (id, number, name, origin, unit, created_at, created_by, updated_at, updated_by)
          values ('\(part)', 'BP-1', '刹车片', 'original', 'set', now(), 'x', now(), 'x');
        insert into stock_locations (id, code, name, kind, station_id, created_at, created_by, updated_at, updated_by)
          values ('\(store)', 'SY001-S', '备件库', 'station', '\(orders.network.station)', now(), 'x', now(), 'x')
        """)
      func command<Output: Sendable>(_ box: Box<Output>) -> Command<Output> {
        orders.clock.advance(seconds: 1)
        return orders.desk.command(at: orders.clock.now) { output in
          box.value = output
          return Answer(status: 200)
        }
      }
      _ = try await movements.book(
        .receipt(into: store, unitCost: orders.cny(4_000)), of: part, quantity: 5, reason: nil, command(Box()))
      let box = Box<Reservation>()
      _ = try await reservations.create(
        ReservationDraft(locationID: store, partID: part, quantity: 2, purpose: .workOrder(order.id)), command(box))
      let held = try #require(box.value)

      func state() throws -> String {
        try orders.test.admin("select on_hand, reserved, value from stock_levels where part_id = '\(part)'")
      }
      #expect(try state() == "5|2|200.00")
      _ = try await movements.book(
        .issue(from: store, to: order.id, line: 1), of: part, quantity: 3, reason: nil, command(Box()))
      #expect(try state() == "2|0|80.00")
      #expect(try await reservations.get(.id(held.id), orders.desk).state == .fulfilled)
      #expect(
        try orders.test.admin(
          "select kind, quantity, cost, source_number, source_line from stock_movements where kind = 'issue'")
          == "issue|-3|-120.00|\(order.number)|1")
      try await Self.expectConflict("more-than-planned") {
        _ = try await movements.book(
          .issue(from: store, to: order.id, line: 1), of: part, quantity: 1, reason: nil, command(Box()))
      }
      // At another price meanwhile: what comes back does so at the cost with which it left, and no more than went.
      _ = try await movements.book(
        .receipt(into: store, unitCost: orders.cny(9_000)), of: part, quantity: 1, reason: nil, command(Box()))
      _ = try await movements.book(
        .issueReturn(into: store, from: order.id, line: 1), of: part, quantity: 2, reason: nil, command(Box()))
      #expect(try state() == "5|0|250.00")
      try await Self.expectConflict("not-issued") {
        _ = try await movements.book(
          .issueReturn(into: store, from: order.id, line: 1), of: part, quantity: 2, reason: nil, command(Box()))
      }
      // Nothing is issued before the customer has agreed.
      let quoted = try await orders.order(in: .quoted, km: 11_000)
      try await Self.expectConflict("order-not-open") {
        _ = try await movements.book(
          .issue(from: store, to: quoted.id, line: 1), of: part, quantity: 1, reason: nil, command(Box()))
      }
    }
  }

  @Test("a sale takes the parts at the price of the list and shows what is dearer than it (PRT-03, PRT-08, WO-50)")
  func sale() async throws {
    try await StockDesk.with { desk in
      try await desk.approve(10_000, retail: 15_000)
      try await desk.receive(3)
      func sell(_ price: Int64?) async throws -> PartsSale {
        let draft = PartsSaleDraft(
          stationID: desk.network.station, customerID: desk.network.customer,
          lines: [.init(partID: desk.parts[0], quantity: 1, unitPrice: price.map(desk.cny))])
        return try await desk.run { try await desk.sales.create(draft, $0) }
      }
      let listed = try await sell(nil)
      #expect(listed.total.minor == 15_000 && !listed.isAboveList)
      let dear = try await sell(15_001)
      #expect(dear.isAboveList && dear.lines[0].listPrice?.minor == 15_000)
      var filter = PartsSaleFilter()
      filter.aboveList = true
      let found = try await desk.sales.list(filter, PageRequest(sort: [.init("createdAt")]), desk.somebody)
      #expect(found.items.map(\.id) == [dear.id])
      #expect(try await desk.level() == [1, 0, 0, 10_000])
      let foreign = PartsSaleDraft(
        stationID: desk.network.station, customerID: desk.network.otherCustomer,
        lines: [.init(partID: desk.parts[0], quantity: 1, unitPrice: nil)])
      await #expect(throws: Refusal.invalid("#/customerId", .notFound, "there is no such customer at this station")) {
        let _: PartsSale = try await desk.run { try await desk.sales.create(foreign, $0) }
      }
    }
  }

  @Test(
    "what is returned leaves the store, and enters headquarters' warehouse with its cost as far as it came (PRT-07)")
  func partsReturn() async throws {
    try await StockDesk.with { desk in
      try await desk.receive(3, unitCost: 10_001)
      let clerk = desk.network.caller(.stPartsClerk, subject: .user(UUID.version7(at: desk.clock.now)))
      let draft = PartsReturnDraft(
        stationID: nil, reason: "滞销", externalIDs: [:], lines: [.init(partID: desk.parts[0], quantity: 3)])
      let sent: PartsReturn = try await desk.run(as: clerk) { try await desk.returns.create(draft, $0) }
      #expect(try await desk.level() == [0, 0, 0, 0])
      let other = desk.network.caller(.stPartsClerk)
      await #expect(throws: Refusal.forbidden(.partsReturnsWrite)) {
        let _: PartsReturn = try await desk.run(as: other) {
          try await desk.returns.receive(.id(sent.id), into: desk.central, [], note: nil, $0)
        }
      }
      await #expect(throws: Refusal.self) {
        let short = PartsReturn.Arrival(partID: desk.parts[0], received: 2, remark: nil)
        let _: PartsReturn = try await desk.run {
          try await desk.returns.receive(.id(sent.id), into: desk.central, [short], note: nil, $0)
        }
      }
      let arrival = PartsReturn.Arrival(partID: desk.parts[0], received: 2, remark: "一件破损")
      let received: PartsReturn = try await desk.run {
        try await desk.returns.receive(.id(sent.id), into: desk.central, [arrival], note: nil, $0)
      }
      #expect(received.state == .received && received.lines[0].received == 2)
      #expect(try await desk.level(at: desk.central) == [2, 0, 0, 20_002])
    }
  }

  @Test("the server may neither change the ledger nor write a level past it (domain.md 11)")
  func guarded() async throws {
    try await StockDesk.with { desk in
      try await desk.receive(2)
      for statement in [
        "update stock_movements set quantity = 5", "delete from stock_movements", "update stock_levels set on_hand = 9",
        "insert into stock_levels (id, location_id, part_id, currency, updated_at) "
          + "values (gen_random_uuid(), '\(desk.central)', '\(desk.parts[1])', 'CNY', now())",
        "delete from stock_levels", "update part_supersessions set effective_on = '2020-01-01'",
        "insert into stock_movements (id, location_id, part_id, kind, quantity, currency, recorded_at, recorded_by) "
          + "values (gen_random_uuid(), '\(desk.store)', '\(desk.parts[0])', 'issue', -3, 'CNY', now(), 'x')",
      ] {
        #expect(throws: TestCluster.Missing.self, "\(statement)") {
          try desk.test.asApplication(scope: "*", statement)
        }
      }
      #expect(try await desk.level() == [2, 0, 0, 20_000])
    }
  }

  static func expectConflict(
    _ code: String, _ location: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
  ) async throws {
    do {
      try await body()
      Issue.record("nothing was refused", sourceLocation: location)
    } catch Refusal.conflict(let found, _) {
      #expect(found == code, sourceLocation: location)
    }
  }
}
