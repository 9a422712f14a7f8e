import Domain
import FoundationEssentials
import Repositories
import TestSupport
import Testing

/// Each of the two walls alone keeps a station out of another's orders (SEC-03, S1).
@Suite(.serialized) struct WorkOrderScopeTests {
  /// How many rows of each kind a caller sees of an order.
  private func seen(_ orders: StoredOrders, _ order: WorkOrder, _ caller: Caller) async throws -> [String: Int] {
    let scope = caller.scope
    let page = PageRequest(limit: 100, sort: [])
    let database = orders.database
    let (find, number, list, lines, parts, clockings) = try await database.read(
      caller, WorkOrderRepository.find(.id(order.id), in: scope),
      WorkOrderRepository.find(.number(order.number), in: scope),
      WorkOrderRepository.list(WorkOrderFilter(), page, in: scope),
      JobLineRepository.lines(of: .id(order.id), in: scope),
      JobLineRepository.parts(of: .id(order.id), in: scope), JobLineRepository.clockings(of: .id(order.id), in: scope))
    let (estimates, inspections, invoice, visits, history, feed, notes) = try await database.read(
      caller, WorkOrderRecordRepository.estimates(of: order.id, in: scope),
      WorkOrderRecordRepository.inspections(of: order.id, in: scope),
      WorkOrderRecordRepository.invoice(of: order.id, in: scope),
      WorkOrderRecordRepository.latest(
        of: orders.network.vehicle, except: .new(at: StoredOrders.now), limit: 9, in: scope),
      EventRepository.history(.workOrder, order.id.uuid, page, in: scope),
      EventRepository.feed(after: .start, limit: 100, in: scope),
      NoteRepository.list(
        .workOrder, order.id.uuid, page, in: scope))
    let lock = try await database.write(caller) { tx in
      try await tx.run(WorkOrderRepository.lock(.id(order.id), in: scope))
    }
    let id = order.id
    return [
      "find": find == nil ? 0 : 1, "number": number == nil ? 0 : 1, "lock": lock == nil ? 0 : 1,
      "list": list.items.count { $0.id == id }, "lines": lines.count, "parts": parts.count,
      "clockings": clockings.count, "estimates": estimates.count, "inspections": inspections.count,
      "invoice": invoice == nil ? 0 : 1, "visits": visits.count { $0.id == id }, "history": history.items.count,
      "feed": feed.count { $0.change.id == id.uuid }, "notes": notes.items.count,
    ]
  }

  @Test("another station's order is not there for either wall alone, nor for both; one's own is (SEC-03, S1)")
  func walls() async throws {
    try await StoredOrders.with { orders in
      let order = try await orders.full("WO-SY001-2026-000001")
      let own = Scope.station(orders.network.station)
      let foreign = Scope.station(orders.network.otherStation)
      let region = Scope.region(orders.network.region, stations: [orders.network.otherStation])
      // Transactions of other tests' databases hold up the feed for a moment, so it is waited for here once.
      for _ in 0..<10_000 {
        let all = try await orders.database.read(.system, EventRepository.feed(after: .start, limit: 9, in: .network))
        if !all.isEmpty { break }
      }
      for caller in [orders.caller(.network), orders.caller(own), orders.caller(own, session: .network)] {
        let counts = try await seen(orders, order, caller)
        #expect(counts.allSatisfy { $0.value > 0 }, "\(counts)")
      }
      for caller in [
        orders.caller(foreign), orders.caller(foreign, session: .network), orders.caller(.network, session: foreign),
        orders.caller(region), orders.caller(region, session: .network), orders.caller(.network, session: region),
        orders.caller(.supplier(UUID())), orders.caller(.network, session: .supplier(UUID())),
      ] {
        let counts = try await seen(orders, order, caller)
        #expect(counts.allSatisfy { $0.value == 0 }, "\(caller.scope) \(caller.sessionScope) \(counts)")
      }
    }
  }

  @Test("nothing can be written for another station, even by a statement without a filter (SEC-03, S1)")
  func writes() async throws {
    try await StoredOrders.with { orders in
      let order = try await orders.full("WO-SY001-2026-000001")
      let foreign = orders.caller(.network, session: .station(orders.network.otherStation))
      let draft = orders.draft("WO-SY001-2026-000002")
      let event = orders.event(order, "workOrder.closed")
      await #expect(throws: Failure.self) {
        try await orders.database.write(foreign) { _ = try await $0.run(WorkOrderRepository.insert(draft)) }
      }
      await #expect(throws: Failure.self) {
        try await orders.database.write(foreign) {
          _ = try await $0.run(EventRepository.append([event], by: foreign, requestID: "r", at: StoredOrders.now))
        }
      }
      let next = order.revised(by: foreign, at: StoredOrders.now)
      let rows = try await orders.database.write(foreign) {
        try await $0.run(WorkOrderRepository.update(next, expecting: order.version))
      }
      #expect(rows == 0)
      let scope = "{\(orders.network.otherStation)}"
      let (id, station) = (order.id, orders.network.station)
      for statement in [
        """
        insert into job_line_parts
        select gen_random_uuid(), gen_random_uuid(), '\(id)', '\(station)', 'x', 'x', 1, 1, 'oem'
        """,
        "insert into estimates values ('\(id)', 9, '\(station)', 'h', 1, 'CNY', false, null, now(), 'x', 'x')",
        "insert into quality_inspections values ('\(id)', 9, '\(station)', true, null, 'x', null, now())",
        "insert into notes values (gen_random_uuid(), 'workOrder', '\(id)', '\(station)', 'x', now(), 'x', null)",
        "insert into customer_decisions values ('\(id)', 9, '\(station)', false, 'h', 'x', 'phone', now(), 'x')",
        "insert into document_counters values ('WO', '\(station)', 2026, 5)",
      ] {
        expectRefusal("row-level security") { try orders.test.asApplication(scope: scope, statement) }
      }
    }
  }

  @Test("a session without a scope sees nothing and is told so (SEC-03)")
  func missing() async throws {
    try await StoredOrders.with { orders in
      _ = try await orders.full("WO-SY001-2026-000001")
      for table in WorkOrderConstraintTests.scoped {
        #expect(throws: (any Error).self, "\(table)") {
          try orders.test.asApplication(scope: nil, "select * from \(table)")
        }
        #expect(try orders.test.asApplication(scope: "{}", "select count(*) from \(table)") == "0", "\(table)")
        #expect(try orders.test.asApplication(scope: "*", "select count(*) from \(table)") != "0", "\(table)")
      }
    }
  }
}

/// A direct statement must fail with a message that contains `text`.
func expectRefusal(
  _ text: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> String
) {
  do {
    let output = try body()
    Issue.record("was accepted: \(output)", sourceLocation: sourceLocation)
  } catch {
    #expect("\(error)".contains(text), sourceLocation: sourceLocation)
  }
}
