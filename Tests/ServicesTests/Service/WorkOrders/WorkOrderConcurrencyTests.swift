import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// Many at once on one order: exactly one gets it (S14, R8).
@Suite(.serialized) struct WorkOrderConcurrencyTests {
  private func expectOneWinner(_ outcomes: Outcomes, of count: Int) {
    #expect(outcomes.succeeded == 1)
    #expect(outcomes.others.isEmpty, "\(outcomes.others.prefix(3))")
    #expect(outcomes.refused.count == count - 1)
    for refusal in outcomes.refused {
      switch refusal {
      case .transition, .versionMismatch: continue
      default: Issue.record("\(refusal)")
      }
    }
  }

  @Test("of 200 parallel authorisations of one order exactly one succeeds (S14)", arguments: [true, false])
  func authorise(named: Bool) async throws {
    try await OrderDesk.with { desk in
      let order = try await desk.order(in: .quoted)
      let decision = desk.decision(order.contentHash)
      let precondition: Precondition = named ? .versions([order.version]) : .any
      let outcomes = await Outcomes.of(200) { _ in
        _ = try await desk.service.authorise(
          .id(order.id), decision, desk.desk.command(at: desk.clock.now, expecting: precondition))
      }
      expectOneWinner(outcomes, of: 200)
      let after = try await desk.service.whole(.id(order.id), desk.desk)
      #expect(after.version == order.version + 1)
      #expect(try await desk.events(order).count { $0.change.type == "workOrder.authorised" } == 1)
      #expect(try desk.test.admin("select count(*) from customer_decisions") == "1")
    }
  }

  @Test("of 200 parallel settlements exactly one makes the invoice, and no number is lost (S14, R9)")
  func settle() async throws {
    try await OrderDesk.with { desk in
      let order = try await desk.order(in: .accepted)
      let payments = desk.payments(order)
      let outcomes = await Outcomes.of(200) { _ in
        _ = try await desk.service.settle(.id(order.id), payments, desk.desk.command(at: desk.clock.now))
      }
      expectOneWinner(outcomes, of: 200)
      #expect(try desk.test.admin("select number from invoices") == "INV-SY001-2026-000001")
      #expect(try desk.test.admin("select last from document_counters where kind = 'INV'") == "1")
      #expect(try await desk.events(order).count { $0.change.type == "workOrder.settled" } == 1)
    }
  }

  @Test("parallel edits with If-Match lose none: as many versions as successes (R8)")
  func edits() async throws {
    try await OrderDesk.with { desk in
      let order = try await desk.create()
      let outcomes = await Outcomes.of(12) { writer in
        for number in 0..<5 {
          while true {
            let current = try await desk.service.get(.id(order.id), desk.desk)
            var patch = WorkOrderPatch()
            patch.note = .set((current.header.note ?? "") + "[\(writer)-\(number)]")
            do {
              _ = try await desk.service.update(
                .id(order.id), patch,
                desk.desk.command(at: desk.clock.now, expecting: .versions([current.version])))
              break
            } catch Refusal.versionMismatch { continue }
          }
        }
      }
      #expect(outcomes.succeeded == 12, "\(outcomes.refused.prefix(2)) \(outcomes.others.prefix(2))")
      let after = try await desk.service.get(.id(order.id), desk.desk)
      #expect(after.version == 61)
      for writer in 0..<12 {
        for number in 0..<5 { #expect(after.header.note?.contains("[\(writer)-\(number)]") == true) }
      }
    }
  }

  @Test("one technician clocked on two orders at once: one of them gets him (WO-34, S14)")
  func clocks() async throws {
    try await OrderDesk.with { desk in
      let orders = [try await desk.order(in: .inRepair), try await desk.order(in: .inRepair)]
      let outcomes = await Outcomes.of(40) { place in
        _ = try await desk.service.clockOn(
          .id(orders[place % 2].id), 1, technician: desk.network.technician.uuid,
          desk.desk.command(at: desk.clock.now))
      }
      #expect(outcomes.succeeded == 1)
      #expect(outcomes.others.isEmpty, "\(outcomes.others.prefix(3))")
      #expect(try desk.test.admin("select count(*) from technician_clockings") == "1")
    }
  }
}
