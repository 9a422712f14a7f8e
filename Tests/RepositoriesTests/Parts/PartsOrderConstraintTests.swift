import Domain
import FoundationEssentials
import Repositories
import TestSupport
import Testing

/// Parts orders, shipments and parts claims as the database guards them (R9, R10, domain.md section 11).
@Suite struct PartsOrderConstraintTests {
  private static let order = "0199f2a0-5555-7a05-8a05-0a0b0c0d0e05"
  private static let shipment = "0199f2a0-4444-7a04-8a04-0a0b0c0d0e04"
  private static let carrier = "0199f2a0-3333-7a03-8a03-0a0b0c0d0e03"

  /// An order of ten pieces of which four were shipped with a carrier.
  private static func seed(_ test: TestDatabase) async throws -> TestNetwork {
    let network = try await TestNetwork(in: test.database, at: OrderTime.now)
    try TestParts.seed(test, stations: [network.station])
    let stamp = "1, now(), 'x', now(), 'x'"
    try test.asApplication(
      scope: "*",
      """
      insert into carriers (id, code, name, version, created_at, created_by, updated_at, updated_by)
      values ('\(carrier)', 'SHUNYUN', '物流', \(stamp));
      insert into parts_orders (id, number, station_id, state, kind, currency, signed_by, signed_at, signed_amount, submitted_at,
        order_date, confirmed_at, location_id, version, created_at, created_by, updated_at, updated_by)
      values ('\(order)', 'PO-1', '\(network.station)', 'partiallyShipped', 'stock', 'CNY', '他人', now(), 5200, now(),
        '2026-03-09', now(), '\(TestParts.warehouse)', \(stamp));
      insert into parts_order_lines (order_id, number, station_id, part_id, part_number, description, quantity, unit_price,
        open_quantity, allocated_quantity, backordered_quantity, shipped_quantity, in_transit_quantity)
      values ('\(order)', 1, '\(network.station)', '\(TestParts.partIDs[TestParts.pad] ?? "")', '\(TestParts.pad)', '件', 10,
        520, 4, 4, 2, 4, 4);
      insert into shipments (id, number, station_id, order_id, order_number, state, location_id, carrier_id, dispatched_at,
        version, created_at, created_by, updated_at, updated_by)
      values ('\(shipment)', 'SH-1', '\(network.station)', '\(order)', 'PO-1', 'inTransit', '\(TestParts.warehouse)',
        '\(carrier)', now(), \(stamp));
      insert into shipment_lines (shipment_id, station_id, order_id, line, part_number, description, quantity, updated_at)
      values ('\(shipment)', '\(network.station)', '\(order)', 1, '\(TestParts.pad)', '件', 4, now())
      """)
    return network
  }

  private enum OrderTime {
    static let now = Timestamp(milliseconds: 1_773_018_123_456)
  }

  @Test(
    "a line whose pieces do not add up is refused by the database, whoever writes it (PO-11)",
    arguments: [
      ("parts_order_lines", "open_quantity = 5", "parts_order_lines_ordered_balanced"),
      ("parts_order_lines", "quantity = 11", "parts_order_lines_ordered_balanced"),
      ("parts_order_lines", "in_transit_quantity = 3", "parts_order_lines_shipped_balanced"),
      ("parts_order_lines", "in_transit_quantity = 3, received_quantity = 2", "parts_order_lines_shipped_balanced"),
      ("parts_order_lines", "allocated_quantity = 5", "parts_order_lines_allocated_check"),
      ("parts_order_lines", "open_quantity = -1, backordered_quantity = 7", "parts_order_lines_"),
      ("parts_order_lines", "rejected_quantity = 1", "parts_order_lines_rejected_check"),
      ("parts_order_lines", "claimed_short = 1", "parts_order_lines_claimed_short_check"),
      ("parts_order_lines", "claimed_received = 1", "parts_order_lines_claimed_received_check"),
      ("shipment_lines", "received_quantity = 5", "shipment_lines_received_covered"),
      ("shipment_lines", "damaged_quantity = 1", "shipment_lines_rejected_covered"),
      ("parts_orders", "state = 'closed'", "does not go from"),
      (
        "parts_orders", "signed_by_id = created_by_id, author_ids = array[gen_random_uuid()], signed_by = null",
        "parts_orders_signed_check"
      ),
      ("parts_orders", "kind = 'vor'", "parts_orders_vor_check"),
      ("parts_orders", "kind = 'transfer'", "parts_orders_transfer_check"),
      ("parts_orders", "kind = 'startup'", "parts_orders_startup_check"),
      ("shipments", "state = 'received'", "shipments_"),
    ])
  func constraints(table: String, change: String, said: String) async throws {
    try await TestDatabase.with { test in
      _ = try await Self.seed(test)
      do {
        try test.asApplication(scope: "*", "update \(table) set \(change)")
        Issue.record("\(change) was accepted")
      } catch let refused as TestCluster.Missing {
        #expect(refused.description.contains(said), "\(refused)")
      }
    }
  }

  @Test("who wrote on a draft is no signer of it, and the lines of what was signed are not deleted (PO-02, SEC-10)")
  func signer() async throws {
    try await TestDatabase.with { test in
      _ = try await Self.seed(test)
      for (statement, said) in [
        (
          "update parts_orders set signed_by_id = gen_random_uuid(); update parts_orders set author_ids = array[signed_by_id]",
          "parts_orders_other_signer"
        ),
        ("delete from shipment_lines", "permission denied"), ("delete from parts_order_lines", "stand"),
      ] {
        do {
          try test.asApplication(scope: "*", statement)
          Issue.record("\(statement) was accepted")
        } catch let refused as TestCluster.Missing {
          #expect(refused.description.contains(said), "\(refused)")
        }
      }
    }
  }

  @Test("a carrier's session sees its shipments and their lines, and nothing else of them (PRT-16, SEC-03)")
  func carriers() async throws {
    try await TestDatabase.with { test in
      let network = try await Self.seed(test)
      func counted(_ scope: String, _ holder: String) throws -> String {
        try test.asApplication(
          scope: scope,
          """
          set app.holder = '\(holder)';
          select (select count(*) from shipments) || '/' || (select count(*) from shipment_lines) || '/'
            || (select count(*) from parts_orders) || '/' || (select count(*) from parts_order_lines)
          """)
      }
      #expect(try counted("{}", "{\(Self.carrier)}") == "1/1/0/0")
      #expect(try counted("{}", "{\(Self.shipment)}") == "0/0/0/0")
      #expect(try counted("{\(network.station)}", "") == "1/1/1/1")
      #expect(try counted("{\(network.otherStation)}", "") == "0/0/0/0")
      let party = Caller(
        subject: .client(UUID()), name: "承运", roles: [.carrier], permissions: Role.carrier.permissions,
        scope: .supplier(try #require(UUID(uuidString: Self.carrier))))
      let found = try await test.database.read(
        party, ShipmentRepository.find(.number("SH-1"), in: party.scope))
      #expect(found?.lines.first?.inTransit == 4)
      let order = try await test.database.read(party, PartsOrderRepository.find(.number("PO-1"), in: party.scope))
      #expect(order == nil)
    }
  }

  @Test("an order is read as it was saved, with its lines, locked and in lists (R9)")
  func reading() async throws {
    try await TestDatabase.with { test in
      let network = try await Self.seed(test)
      let scope = Scope.station(network.station)
      let caller = network.everything
      let found = try #require(
        try await test.database.read(caller, PartsOrderRepository.find(.number("PO-1"), in: scope)))
      #expect(found.lines.count == 1 && found.lines[0].isBalanced && found.lines[0].allocated == 4)
      #expect(found.totalAmount == Money(minor: 520_000, currency: .cny))
      let locked = try await test.database.write(caller) { tx in
        try await PartsOrderRepository.whole(
          PartsOrderRepository.lock(.number("PO-1"), in: scope), .number("PO-1"), in: scope, through: tx)
      }
      #expect(locked == found)
      var filter = PartsOrderFilter()
      filter.partNumber = TestParts.pad
      let page = try await test.database.read(
        caller, PartsOrderRepository.list(filter, PageRequest(limit: 10, sort: [.init("number")]), in: scope))
      #expect(page.items == [found])
      let committed = try await test.database.read(
        caller, PartsOrderRepository.committed(at: network.station, besides: .new(at: OrderTime.now), in: .cny))
      #expect(committed == Money(minor: 312_000, currency: .cny))
    }
  }

  @Test("the database knows the transitions of the life cycles, and those that follow from lines (R10, SM-8, SM-9)")
  func transitions() async throws {
    try await Self.expectSame(
      PartsOrder.self, "parts_orders", and: ["received|partiallyReceived", "discrepancy|partiallyReceived"])
    try await Self.expectSame(
      Shipment.self, "shipments",
      and: ["prepared|delivered", "prepared|received", "inTransit|received", "delivered|received"])
    try await Self.expectSame(PartsClaim.self, "parts_claims", and: [])
  }

  private static func expectSame<Document: LifecycleDocument>(
    _ type: Document.Type, _ table: String, and further: Set<String>
  ) async throws {
    let lifecycle = Set(
      Document.lifecycle.transitions.flatMap { row in
        row.from.compactMap { from in
          row.to.flatMap { $0 == from ? nil : "\(from.rawValue)|\($0.rawValue)" }
        }
      })
    let stored = try await TestDatabase.with { database in
      try database.admin("select from_state, to_state from state_transitions where document = '\(table)'")
    }
    #expect(Set(stored.split(separator: "\n").map(String.init)) == lifecycle.union(further), "\(table)")
  }
}
