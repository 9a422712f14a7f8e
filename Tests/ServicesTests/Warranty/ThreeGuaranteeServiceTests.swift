import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// The counters of the law from delivered orders: each level said once, corrected when more becomes known (A9, T-40…T-43).
@Suite("Three guarantees", .timeLimit(.minutes(20))) struct ThreeGuaranteeServiceTests {
  private static var policy: WarrantyPolicy {
    var policy = WarrantyPolicy.standard
    policy.components = [
      WarrantyComponent(
        handle: .partNumber, prefix: "GBX", name: "变速箱总成", group: .transmission, role: .assembly,
        isSafetyFailure: false)
    ]
    return policy
  }

  @Test(
    "a warning, then the limit, each once, with the orders that count; withdrawn when the vehicle proves exempt (T-41)")
  func story() async throws {
    try await WarrantyDesk.with { desk in
      try await desk.approve(Self.policy)
      try await desk.sell(on: "2026-06-01")
      let first = try await desk.order(desk.line(part: "GBX-1", fault: "F-1"), in: .delivered, km: 10_000)
      var standing = try await desk.standing()
      #expect(standing.signals.map(\.level) == [.warning] && standing.signals[0].workOrderID == first.id)
      #expect(try desk.events("vehicle.threeGuaranteesWarned") == 1)

      let second = try await desk.order(desk.line(part: "GBX-2", fault: "F-1"), in: .delivered, km: 10_100)
      standing = try await desk.standing()
      let replaced = try #require(standing.standing.counts.first { $0.counter == .assemblyReplacements })
      #expect(replaced.value == 2 && replaced.level == .limit && replaced.counted == "变速箱总成")
      #expect(replaced.evidence.map(\.source.workOrderNumber) == [first.number, second.number])
      #expect(standing.standing.level == .limit)
      #expect(standing.signals.map(\.level) == [.warning, .limit])
      #expect(try desk.events("vehicle.threeGuaranteesWarned") == 1)
      #expect(try desk.events("vehicle.threeGuaranteesReached") == 1)

      // What the customer pays is counted nowhere.
      _ = try await desk.order(desk.line(part: "GBX-3", payer: .customer), in: .delivered, km: 10_200)
      #expect(try await desk.standing().signals.count == 2)

      try await desk.change { $0.usage = .commercial }
      standing = try await desk.standing()
      #expect(standing.standing.exemption == .notHousehold && standing.signals.allSatisfy { $0.withdrawnAt != nil })
      #expect(try desk.events("vehicle.threeGuaranteesWithdrawn") == 2)
      try await desk.change { $0.usage = .private }
      #expect(try await desk.standing().signals.filter { $0.withdrawnAt == nil }.map(\.level) == [.warning, .limit])
    }
  }

  @Test("of two deliveries at once one sees what the other did: the limit is reached, and said once (A9, S14)")
  func race() async throws {
    try await WarrantyDesk.with { desk in
      try await desk.approve(Self.policy)
      try await desk.sell(on: "2026-06-01")
      var orders: [WorkOrder] = []
      for place in 0..<4 {
        orders.append(
          try await desk.order(desk.line(part: "GBX-\(place)"), in: .settled, km: 10_000 + place))
      }
      let ready = orders
      let at = desk.clock.now
      let outcomes = await Outcomes.of(4) { place in
        _ = try await desk.orders.service.deliver(.id(ready[place].id), data: [:], desk.orders.desk.command(at: at))
      }
      #expect(outcomes.succeeded == 4, "\(outcomes.refused) \(outcomes.others)")
      let standing = try await desk.standing()
      #expect(standing.standing.counts.first { $0.counter == .assemblyReplacements }?.value == 4)
      #expect(try desk.events("vehicle.threeGuaranteesWarned") == 1)
      #expect(try desk.events("vehicle.threeGuaranteesReached") == 1)
      #expect(standing.signals.count == 2)
    }
  }

  @Test("an order whose delivery fails leaves no fact of the vehicle")
  func atomic() async throws {
    try await WarrantyDesk.with { desk in
      let order = try await desk.order(desk.line(part: "GBX-1"), in: .settled, km: 10_000)
      await #expect(throws: CancellationError.self) {
        _ = try await desk.orders.service.deliver(
          .id(order.id), data: [:], desk.orders.desk.command(at: desk.clock.now) { _ in throw CancellationError() })
      }
      #expect(try desk.test.admin("select count(*) from vehicle_repairs") == "0")
      #expect(try desk.test.admin("select count(*) from vehicle_fitted_parts") == "0")
    }
  }

  @Test("the repair time runs from the agreement to the passed inspection, not to the hand-over (P-03)")
  func repairTime() async throws {
    try await WarrantyDesk.with { desk in
      try await desk.sell(on: "2026-06-01")
      var order = try await desk.order(desk.line(part: "GBX-1"), in: .authorised, km: 10_000)
      desk.clock.advance(seconds: 3 * 86_400)
      for step in [WorkOrder.State.inWorkshop, .inRepair, .qualityCheck, .ready] {
        order = try await desk.orders.advance(order, to: step)
      }
      desk.clock.advance(seconds: 5 * 86_400)
      for step in [WorkOrder.State.notified, .accepted, .settled, .delivered] {
        order = try await desk.orders.advance(order, to: step)
      }
      // Three days and some minutes.
      #expect(try await desk.standing().standing.counts.first?.value == 4)
    }
  }
}
