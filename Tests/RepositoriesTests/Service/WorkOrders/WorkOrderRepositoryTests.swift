import Domain
import FoundationEssentials
import Repositories
import TestSupport
import Testing

/// What is written is read back, all of it.
@Suite(.serialized) struct WorkOrderRepositoryTests {
  @Test("an order comes back as it was written, with lines, parts, clockings and check (M1)")
  func roundTrip() async throws {
    try await StoredOrders.with { orders in
      let order = try await orders.full("WO-SY001-2026-000001")
      #expect(try await orders.whole(.id(order.id), .system) == order)
      #expect(try await orders.whole(.number(order.number), .system) == order)
      #expect(try await orders.whole(.number("WO-SY001-2026-000002"), .system) == nil)
      let bare = orders.draft("WO-SY001-2026-000003")
      try await orders.database.write(.system) { _ = try await $0.run(WorkOrderRepository.insert(bare)) }
      #expect(try await orders.whole(.id(bare.id), .system) == bare)
    }
  }

  @Test("estimates, decisions, inspections, invoices and events come back as they were issued (SEC-09)")
  func records() async throws {
    try await StoredOrders.with { orders in
      let order = try await orders.full("WO-SY001-2026-000001")
      let page = PageRequest(sort: [.init("at")])
      let (estimates, inspections, invoice, visits, history) = try await orders.database.read(
        .system, WorkOrderRecordRepository.estimates(of: order.id, in: .network),
        WorkOrderRecordRepository.inspections(of: order.id, in: .network),
        WorkOrderRecordRepository.invoice(of: order.id, in: .network),
        WorkOrderRecordRepository.latest(
          of: orders.network.vehicle, except: .new(at: StoredOrders.now), limit: 5, in: .network),
        EventRepository.history(.workOrder, order.id.uuid, page, in: .network))
      #expect(estimates.map(\.summary) == [try #require(order.progress.estimate)])
      #expect(estimates.map(\.content) == ["line\n\"x\""])
      #expect(inspections.map(\.attempt) == [1, 2])
      #expect(inspections.map(\.passed) == [false, true])
      #expect(invoice == orders.invoice(of: order))
      #expect(visits.map(\.number) == [order.number])
      #expect(history.items.map(\.change) == [orders.event(order, "workOrder.closed")])
      let decision = try orders.test.admin(
        "select order_version, kind, estimate_hash, decided_by, channel, recorded_by from customer_decisions")
      #expect(decision == "3|authorisation|abc|王|phone|李")
    }
  }

  @Test("saving writes what differs: parts, clockings, findings, added and removed lines (M1)")
  func differences() async throws {
    try await StoredOrders.with { orders in
      let before = try await orders.full("WO-SY001-2026-000001")
      var after = before
      after.lines.remove(at: 1)
      after.lines[0].parts.removeLast()
      after.lines[0].price.split = .all(.insurance, after.lines[0].amount.minor)
      after.lines[0].work.cause = nil
      after.lines[0].clockings.append(
        TechnicianClocking(
          id: .new(at: StoredOrders.now), technicianID: orders.network.technician.uuid,
          startedAt: StoredOrders.now.adding(seconds: 60), stoppedAt: nil))
      after.lines.append(StoredOrders.line(8, technician: nil))
      // Saved with the header.
      #expect(after.lastLineNumber == 7)
      let changed = after
      #expect(JobLineRepository.save(before, over: before.lines).isEmpty)
      try await orders.database.write(.system) { tx in
        for statement in JobLineRepository.save(changed, over: before.lines) { _ = try await tx.run(statement) }
      }
      #expect(try await orders.whole(.id(before.id), .system) == changed)
      var stopped = changed
      let open = changed.lines[0].clockings[1]
      stopped.lines[0].clockings[1] = TechnicianClocking(
        id: open.id, technicianID: open.technicianID, startedAt: open.startedAt,
        stoppedAt: open.startedAt.adding(seconds: 5))
      let last = stopped
      try await orders.database.write(.system) { tx in
        for statement in JobLineRepository.save(last, over: changed.lines) { _ = try await tx.run(statement) }
      }
      #expect(try await orders.whole(.id(before.id), .system) == last)
    }
  }

  @Test("an update that expects another version changes nothing (C-16, R8)")
  func versions() async throws {
    try await StoredOrders.with { orders in
      let order = orders.draft("WO-SY001-2026-000001")
      let next = order.revised(by: .system, at: StoredOrders.now)
      let rows = try await orders.database.write(.system) { tx in
        _ = try await tx.run(WorkOrderRepository.insert(order))
        let missed = try await tx.run(WorkOrderRepository.update(next, expecting: 2))
        let hit = try await tx.run(WorkOrderRepository.update(next, expecting: 1))
        let again = try await tx.run(WorkOrderRepository.update(next, expecting: 1))
        return [missed, hit, again]
      }
      #expect(rows == [0, 1, 0])
    }
  }

  @Test("what does not exist is told by its field (C-35)")
  func unknown() async throws {
    try await StoredOrders.with { orders in
      let order = orders.draft("WO-SY001-2026-000001")
      try await orders.database.write(.system) { _ = try await $0.run(WorkOrderRepository.insert(order)) }
      func refused(_ pointer: String, _ change: (inout WorkOrder) -> Void) async {
        var changed = order.revised(by: .system, at: StoredOrders.now)
        change(&changed)
        let update = WorkOrderRepository.update(changed, expecting: 1)
        var idle = changed
        for index in idle.lines.indices { idle.lines[index].clockings = [] }
        let lines = JobLineRepository.save(idle, over: []) + JobLineRepository.save(changed, over: idle.lines)
        let error = await #expect(throws: Refusal.self) {
          try await orders.database.write(.system) { tx in
            _ = try await tx.run(update)
            for statement in lines { _ = try await tx.run(statement) }
          }
        }
        guard case .invalid(let violations) = error else {
          Issue.record("\(String(describing: error))")
          return
        }
        #expect(violations.map(\.pointer) == [pointer])
        #expect(violations.map(\.code) == [.notFound])
      }
      await refused("#/customerId") { $0.header.customerID = .new(at: StoredOrders.now) }
      await refused("#/vehicleId") { $0.header.vehicleID = .new(at: StoredOrders.now) }
      await refused("#/technicianId") { $0.lines = [StoredOrders.line(1, technician: UUID())] }
      await refused("#/technicianId") { order in
        var line = StoredOrders.line(1, technician: nil)
        line.clockings = [
          TechnicianClocking(
            id: .new(at: StoredOrders.now), technicianID: UUID(), startedAt: StoredOrders.now, stoppedAt: nil)
        ]
        order.lines = [line]
      }
    }
  }
}
