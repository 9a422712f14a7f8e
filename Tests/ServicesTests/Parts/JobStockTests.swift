import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// Parts that jobs plan, hold, take and give back (PRT-11, PO-09).
@Suite struct JobStockTests {
  /// A store with so many pads (BP-1), and the services that move them.
  private struct Ground {
    let orders: OrderDesk
    let part: Part.ID
    let successor: Part.ID
    let store: StockLocation.ID

    init(_ orders: OrderDesk, pads: Int) async throws {
      self.orders = orders
      part = .new(at: orders.clock.now)
      successor = .new(at: orders.clock.now)
      store = .new(at: orders.clock.now)
      try orders.test.admin(
        """
        insert into parts (id, number, name, origin, unit, created_at, created_by, updated_at, updated_by)
          values ('\(part)', 'BP-1', '刹车片', 'original', 'set', now(), 'x', now(), 'x'),
            ('\(successor)', 'BP-2', '刹车片', 'original', 'set', now(), 'x', now(), 'x');
        insert into stock_locations (id, code, name, kind, station_id, created_at, created_by, updated_at, updated_by)
          values ('\(store)', 'SY001-S', '备件库', 'station', '\(orders.network.station)', now(), 'x', now(), 'x')
        """)
      try await receive(pads)
    }

    private var work: UnitOfWork { UnitOfWork(orders.test.database, clock: orders.clock.wall) }
    var movements: StockMovementService { StockMovementService(work, stock: StockBook(PolicyBook())) }
    var reservations: ReservationService { ReservationService(work, stock: StockBook(PolicyBook())) }

    func receive(_ quantity: Int, of part: Part.ID? = nil) async throws {
      if quantity == 0 { return }
      let (store, part, cost) = (store, part ?? self.part, orders.cny(4_000))
      _ = try await movements.book(
        .receipt(into: store, unitCost: cost), of: part, quantity: quantity, reason: nil, command())
    }

    func issue(_ quantity: Int, of part: Part.ID? = nil, to order: WorkOrder, line: Int = 1) async throws {
      _ = try await movements.book(
        .issue(from: store, to: order.id, line: line), of: part ?? self.part, quantity: quantity, reason: nil,
        command())
    }

    func command() -> Command<StockMovement> {
      orders.clock.advance(seconds: 1)
      return orders.desk.command(at: orders.clock.now) { _ in Answer(status: 201) }
    }

    /// On hand and reserved.
    func level(_ number: String = "BP-1") throws -> String {
      try orders.test.admin(
        "select l.on_hand, l.reserved from stock_levels l join parts p on p.id = l.part_id where p.number = '\(number)'"
      )
    }

    /// Lets everything run out that was held until now without an end of its own.
    func letRunOut() { orders.clock.advance(seconds: Int64(PolicyDefaults.partsOrders.reservationHours) * 3_600) }

    /// Ends what has run out, as the job of an instance does.
    func sweep() async throws {
      let leases = WorkerLeaseService(orders.test.database, clock: orders.clock.wall)
      try await leases.register(["expireReservations"])
      let lease = try #require(try await leases.acquire(["expireReservations"], holder: UUID()))
      _ = try await ReservationSweep(leases, reservations: reservations, clock: orders.clock.wall).expire(under: lease)
      try await leases.release(lease)
    }

    func held(for order: WorkOrder) async throws -> [Reservation] {
      var filter = ReservationFilter()
      filter.workOrderID = order.id
      return try await reservations.list(filter, PageRequest(sort: [.init("createdAt")]), orders.desk).items
    }

    func plan(_ order: WorkOrder) async throws -> PartsPlan.Item {
      let items = try await orders.service.partsPlan(.id(order.id), orders.desk, at: orders.clock.now)
      return try #require(items.first)
    }
  }

  private static func with(pads: Int, _ body: @Sendable (Ground) async throws -> Void) async throws {
    try await OrderDesk.with { orders in try await body(try await Ground(orders, pads: pads)) }
  }

  @Test("what the jobs of a new order plan is held in the store as far as it is there; the rest is missing (PRT-11)")
  func planned() async throws {
    try await Self.with(pads: 2) { ground in
      let order = try await ground.orders.create()
      #expect(try ground.level() == "2|2")
      let item = try await ground.plan(order)
      #expect(item.want.quantity == 3 && item.reserved == 2 && item.available == 0 && item.missing == 1)
      // What has come since is there for the job, and held with the next change of the jobs.
      try await ground.receive(5)
      #expect(try await ground.plan(order).available == 1)
      let draft = ground.orders.line()
      let more = try await ground.orders.run { try await ground.orders.service.addLine(.id(order.id), draft, $0) }
      #expect(more.lines.count == 2)
      #expect(try ground.level() == "7|6")
      _ = try await ground.orders.run { try await ground.orders.service.removeLine(.id(order.id), 2, $0) }
      #expect(try ground.level() == "7|3")
      #expect(try await ground.orders.test.database.read(.system, StockDesk.broken) == 0)
    }
  }

  @Test("where the part itself is not there, what supersedes it is held and issued for it (PRT-11, anchor 63)")
  func successor() async throws {
    try await Self.with(pads: 1) { ground in
      try await ground.receive(4, of: ground.successor)
      try ground.orders.test.admin(
        """
        insert into part_supersessions (id, part_id, successor_id, effective_on, interchangeable, created_at, created_by)
          values (gen_random_uuid(), '\(ground.part)', '\(ground.successor)', '2020-01-01', false, now(), 'x')
        """)
      let order = try await ground.orders.order(in: .inRepair)
      #expect(try ground.level() == "1|1" && ground.level("BP-2") == "4|2")
      try await ground.issue(2, of: ground.successor, to: order)
      try await ground.issue(1, to: order)
      #expect(try ground.level() == "0|0" && ground.level("BP-2") == "2|0")
      let item = try await ground.plan(order)
      #expect(item.issued == 3 && item.reserved == 0 && item.missing == 0)
      try await StockRuleTests.expectConflict("more-than-planned") {
        try await ground.issue(1, of: ground.successor, to: order)
      }
    }
  }

  @Test("an issue takes what is held for the order; what the job does not plan is refused (PRT-11)")
  func issued() async throws {
    try await Self.with(pads: 8) { ground in
      let order = try await ground.orders.order(in: .inRepair)
      #expect(try ground.level() == "8|3")
      try await ground.receive(2, of: ground.successor)
      try await StockRuleTests.expectConflict("part-not-planned") {
        try await ground.issue(1, of: ground.successor, to: order)
      }
      try await StockRuleTests.expectConflict("more-than-planned") { try await ground.issue(4, to: order) }
      try await ground.issue(3, to: order)
      #expect(try ground.level() == "5|0")
      _ = try await ground.movements.book(
        .issueReturn(into: ground.store, from: order.id, line: 1), of: ground.part, quantity: 1, reason: "未用",
        ground.command())
      #expect(try ground.level() == "6|0")
      // What came back may be taken again.
      try await ground.issue(1, to: order)
      let draft = ground.orders.line()
      _ = try await ground.orders.run { try await ground.orders.service.addLine(.id(order.id), draft, $0) }
      try await StockRuleTests.expectConflict("item-not-approved") { try await ground.issue(1, to: order, line: 2) }
    }
  }

  @Test("an order that ends without a repair gives back what was held for it (SM-3)")
  func left() async throws {
    try await Self.with(pads: 3) { ground in
      let order = try await ground.orders.create()
      #expect(try ground.level() == "3|3")
      let service = ground.orders.service
      _ = try await ground.orders.run { try await service.leave(.id(order.id), .cancel, reason: "不修了", $0) }
      #expect(try ground.level() == "3|0")
    }
  }

  @Test(
    "an order is not closed while parts are held for it: they are issued, or released by whoever knows why (PRT-11)")
  func closed() async throws {
    try await Self.with(pads: 3) { ground in
      let order = try await ground.orders.order(in: .delivered)
      let service = ground.orders.service
      try await StockRuleTests.expectConflict("parts-not-issued") {
        _ = try await ground.orders.run { try await service.close(.id(order.id), reason: nil, $0) }
      }
      try await ground.issue(2, to: order)
      var filter = ReservationFilter()
      filter.workOrderID = order.id
      filter.states = [.active]
      let held = try await ground.reservations.list(
        filter, PageRequest(sort: [.init("createdAt")]), ground.orders.desk)
      let rest = try #require(held.items.first)
      #expect(rest.outstanding == 1)
      ground.orders.clock.advance(seconds: 1)
      _ = try await ground.reservations.release(
        .id(rest.id), reason: "客户自带",
        ground.orders.desk.command(at: ground.orders.clock.now) { _ in Answer(status: 200) })
      let closed = try await ground.orders.run { try await service.close(.id(order.id), reason: nil, $0) }
      #expect(closed.state == .closed)
      #expect(try ground.level() == "1|0")
    }
  }

  @Test("what is held for a job in the workshop does not run out while the order waits for other parts (PRT-11)")
  func kept() async throws {
    try await Self.with(pads: 3) { ground in
      let order = try await ground.orders.order(in: .inRepair)
      let first = try #require(try await ground.held(for: order).first)
      for _ in 0..<3 {
        ground.letRunOut()
        try await ground.sweep()
      }
      let held = try await ground.held(for: order)
      #expect(held.map(\.id) == [first.id] && held.map(\.state) == [.active] && held.map(\.version) == [4])
      let hours = Int64(PolicyDefaults.partsOrders.reservationHours)
      #expect(held.map { $0.expiresAt.seconds(since: ground.orders.clock.now) } == [hours * 3_600])
      #expect(try ground.level() == "3|3")
      let events = try await ground.reservations.history(
        .id(first.id), PageRequest(limit: 10, sort: [.init("position")]), ground.orders.desk)
      #expect(
        events.items.map(\.change.type) == ["reservation.created"]
          + Array(repeating: "reservation.renewed", count: 3))
      // Nobody else gets them.
      let other = ReservationDraft(
        locationID: ground.store, partID: ground.part, quantity: 1, purpose: .workOrder(order.id))
      try await StockRuleTests.expectConflict("insufficient-stock") {
        ground.orders.clock.advance(seconds: 1)
        _ = try await ground.reservations.create(
          other, ground.orders.desk.command(at: ground.orders.clock.now) { _ in Answer(status: 201) })
      }
    }
  }

  @Test("what is held for a job ends with the order: after the hand-over its time runs out as any other's (PRT-11)")
  func handedOver() async throws {
    try await Self.with(pads: 3) { ground in
      let order = try await ground.orders.order(in: .delivered)
      #expect(try ground.level() == "3|3")
      ground.letRunOut()
      try await ground.sweep()
      #expect(try await ground.held(for: order).map(\.state) == [.expired])
      #expect(try ground.level() == "3|0")
    }
  }

  @Test(
    "what ran out before the customer agreed is free for others, and held again as far as it is there when he agrees (PRT-11)"
  )
  func agreedLate() async throws {
    try await Self.with(pads: 3) { ground in
      let order = try await ground.orders.order(in: .quoted)
      ground.letRunOut()
      try await ground.sweep()
      #expect(try await ground.held(for: order).map(\.state) == [.expired])
      #expect(try ground.level() == "3|0")
      _ = try await ground.orders.advance(order, to: .authorised)
      #expect(try await ground.held(for: order).map(\.state) == [.expired, .active])
      #expect(try ground.level() == "3|3")
    }
  }

  @Test("the database does not let run out what an order in the workshop holds, whoever asks it to (PRT-11)")
  func guarded() async throws {
    try await Self.with(pads: 3) { ground in
      let test = ground.orders.test
      for state in WorkOrder.State.allCases {
        let answer = try test.admin("select work_order_keeps_parts('\(state.rawValue)')")
        #expect(answer == (WorkOrderLifecycle.keepsParts.contains(state) ? "t" : "f"), "\(state)")
      }
      let end = """
        update reservations set state = 'expired', ended_at = now(), version = version + 1, updated_at = now()
        where state = 'active'
        """
      let order = try await ground.orders.order(in: .quoted)
      let waiting = try await ground.orders.advance(order, to: .authorised)
      let refusal = #expect(throws: TestCluster.Missing.self) { try test.asApplication(scope: "*", end) }
      #expect(refusal?.description.contains("an order in the workshop keeps what is held for it") == true)
      #expect(try ground.level() == "3|3")
      // Once the customer has to agree anew, the same statement is allowed.
      _ = try await ground.orders.advance(waiting, to: .quoted)
      _ = try test.asApplication(scope: "*", end)
      #expect(try ground.level() == "3|0")
    }
  }

  @Test(
    "orders agreed to and cancelled while the sweep is at what they hold: the former have all of it, the latter none (PRT-11)"
  )
  func sweptAtOnce() async throws {
    try await Self.with(pads: 36) { ground in
      var orders: [WorkOrder] = []
      for place in 0..<12 { orders.append(try await ground.orders.order(in: .quoted, km: 10_000 + place)) }
      #expect(try ground.level() == "36|36")
      ground.letRunOut()
      let quoted = orders
      let outcomes = await Outcomes.of(15) { place in
        if place < 8 {
          _ = try await ground.orders.advance(quoted[place], to: .authorised)
        } else if place < 12 {
          let service = ground.orders.service
          _ = try await ground.orders.run {
            try await service.leave(.id(quoted[place].id), .cancel, reason: "不修了", $0)
          }
        } else {
          for _ in 0..<5 {
            _ = try await ground.orders.test.database.write(.system) { tx in
              try await ground.reservations.expire(at: ground.orders.clock.now, in: tx)
            }
          }
        }
      }
      #expect(outcomes.succeeded == 15, "\(outcomes.refused.prefix(2)) \(outcomes.others.prefix(2))")
      #expect(try ground.level() == "36|24")
      for (place, order) in quoted.enumerated() {
        let active = try await ground.held(for: order).map(\.outstanding).reduce(0, +)
        #expect(active == (place < 8 ? 3 : 0), "\(place)")
      }
      #expect(try await ground.orders.test.database.read(.system, StockDesk.broken) == 0)
    }
  }

  @Test("of 12 orders opened at once none is refused and no piece is held twice (PRT-11)")
  func atOnce() async throws {
    try await Self.with(pads: 20) { ground in
      let outcomes = await Outcomes.of(12) { _ in _ = try await ground.orders.create() }
      #expect(outcomes.succeeded == 12, "\(outcomes.refused.prefix(2)) \(outcomes.others.prefix(2))")
      let level = try ground.level()
      #expect(level == "20|20")
      #expect(try await ground.orders.test.database.read(.system, StockDesk.broken) == 0)
      // Numbers without a gap: nobody drew one in vain.
      #expect(
        try ground.orders.test.admin(
          "select count(*) = max(right(number, 6)::int) and sum(quantity) = 20 from reservations") == "t")
    }
  }
}
