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

  @Test(
    "a repair in the workshop counts: it warns on its fifth day and gives a loan car from the sixth on, each said once (T-40, WO-36)"
  )
  func running() async throws {
    try await WarrantyDesk.with { desk in
      try await desk.sell(on: "2026-06-01")
      var order = try await desk.order(desk.line(part: "GBX-1", fault: "F-1"), in: .inRepair, km: 10_000)
      #expect(try desk.test.admin("select state from clocks where kind = 'repairDowntime'") == "running")
      try await desk.sweep()
      #expect(try await desk.standing().signals.isEmpty)
      let began = try #require(try await desk.standing().standing.counts.first)
      #expect(began.counter == .repairDays && began.value == 1 && began.evidence.map(\.isRunning) == [true])

      // Four days and some minutes: the fifth has begun.
      desk.clock.advance(seconds: 4 * 86_400)
      try await desk.sweep(instances: 3)
      var standing = try await desk.standing()
      let fifth = try #require(standing.standing.counts.first { $0.counter == .dayOfRepair })
      #expect(fifth.value == 5 && fifth.warnsAt == 5 && fifth.limitAt == 6 && fifth.level == .warning)
      #expect(fifth.evidence.map(\.source.workOrderNumber) == [order.number] && fifth.evidence[0].isRunning)
      #expect(standing.signals.map(\.counter) == [.dayOfRepair] && standing.signals[0].level == .warning)
      // A loan car is no replacement of the vehicle.
      #expect(standing.standing.level == nil)
      #expect(try desk.events("vehicle.threeGuaranteesWarned") == 1)

      desk.clock.advance(seconds: 86_400)
      try await desk.sweep(instances: 3)
      try await desk.sweep()
      standing = try await desk.standing()
      #expect(standing.signals.map(\.level) == [.warning, .limit])
      #expect(try desk.events("vehicle.threeGuaranteesWarned") == 1)
      #expect(try desk.events("vehicle.threeGuaranteesReached") == 1)

      for step in [WorkOrder.State.qualityCheck, .ready] { order = try await desk.orders.advance(order, to: step) }
      #expect(try desk.test.admin("select state from clocks where kind = 'repairDowntime'") == "met")
      // What waits to be fetched is no repair.
      desk.clock.advance(seconds: 9 * 86_400)
      for step in [WorkOrder.State.notified, .accepted, .settled, .delivered] {
        order = try await desk.orders.advance(order, to: step)
      }
      try await desk.sweep()
      standing = try await desk.standing()
      let done = try #require(standing.standing.counts.first { $0.counter == .dayOfRepair })
      #expect(done.value == 6 && done.evidence.map(\.isRunning) == [false])
      #expect(standing.signals.count == 2 && standing.signals.allSatisfy { $0.withdrawnAt == nil })
    }
  }

  @Test(
    "days in all and repairs of one problem include the order that is in the workshop, until it is taken out (T-41)")
  func together() async throws {
    try await WarrantyDesk.with { desk in
      try await desk.sell(on: "2026-06-01")
      for place in 1...3 {
        _ = try await desk.order(desk.line(part: "P-1", fault: "F-1"), in: .delivered, km: 10_000 + place)
      }
      let fourth = try await desk.order(desk.line(part: "P-1", fault: "F-1"), in: .authorised, km: 10_010)
      try await desk.sweep()
      var standing = try await desk.standing()
      let same = try #require(standing.standing.counts.first { $0.counter == .sameProblem && $0.counted == "F-1" })
      #expect(
        same.value == 4 && same.level == .warning && same.evidence.map(\.isRunning) == [false, false, false, true])
      #expect(Set(standing.signals.map(\.counted)) == ["F-1", "P-1"])

      // Three days of repairs are over; with 27 more the 30 that warn are full, with one more the limit is passed.
      desk.clock.advance(seconds: 26 * 86_400)
      try await desk.sweep()
      standing = try await desk.standing()
      #expect(standing.standing.counts.first?.value == 30 && standing.standing.counts.first?.level == .warning)
      desk.clock.advance(seconds: 86_400)
      try await desk.sweep()
      #expect(try await desk.standing().standing.counts.first?.level == .limit)
      let live = "select count(*) from three_guarantee_signals where withdrawn_at is null and counter = "
      #expect(try desk.test.admin(live + "'repairDays'") == "2")

      // Quoted anew it is agreed on no more.
      _ = try await desk.orders.advance(fourth, to: .quoted)
      try await desk.sweep()
      #expect(try desk.test.admin(live + "'repairDays'") == "0" && desk.test.admin(live + "'sameProblem'") == "0")
      #expect(try await desk.standing().standing.counts.first?.value == 3)
    }
  }

  @Test("a repair that runs at another station counts, and which order it is is not told (A9, SEC-03)")
  func elsewhere() async throws {
    try await WarrantyDesk.with { desk in
      try await desk.sell(on: "2026-06-01")
      let order = try await desk.order(desk.line(part: "P-1", fault: "F-1"), in: .inRepair, km: 10_000)
      let there = Caller(
        subject: .client(UUID()), name: "他站", roles: [], permissions: Set(Permission.allCases),
        scope: .station(desk.orders.network.otherStation))
      let seen = try await desk.counters.standing(of: desk.vehicle, at: desk.clock.now, there)
      let days = try #require(seen.standing.counts.first)
      #expect(days.value == 1 && days.evidence.map(\.source.workOrderNumber) == [nil])
      // Behind it his own sight binds him again.
      await #expect(throws: Refusal.notFound) { try await desk.orders.service.get(.id(order.id), there) }
    }
  }

  @Test("a new version of the rules is signalled when it begins to hold, and not before (T-41, M23)")
  func newRules() async throws {
    try await WarrantyDesk.with { desk in
      try await desk.sell(on: "2026-06-01")
      _ = try await desk.order(desk.line(part: "P-1", fault: "F-1"), in: .delivered, km: 10_000)
      try await desk.sweep()
      var policy = ThreeGuaranteesPolicy.standard
      policy.warnAtSameFault = 1
      let start = desk.clock.now.adding(seconds: 10 * 86_400)
      try await desk.approve(policy, from: start)
      try await desk.sweep()
      #expect(try await desk.standing().signals.isEmpty)
      desk.clock.advance(seconds: (start.milliseconds - desk.clock.now.milliseconds) / 1000)
      try await desk.sweep(instances: 3)
      let signals = try await desk.standing().signals
      #expect(Set(signals.map(\.counted)) == ["F-1", "P-1"] && signals.allSatisfy { $0.level == .warning })
      #expect(Set(signals.map(\.policyVersion)) == [PolicyVersion(.threeGuarantees, 1)])
      #expect(try desk.events("vehicle.threeGuaranteesWarned") == 2)
    }
  }

  @Test("a vehicle in commercial use has neither the clock nor the counters of the law (P-24, T-40)")
  func commercial() async throws {
    try await WarrantyDesk.with { desk in
      try await desk.sell(on: "2026-06-01")
      try await desk.change { $0.usage = .commercial }
      _ = try await desk.order(desk.line(part: "P-1"), in: .inRepair, km: 10_000)
      #expect(try desk.test.admin("select count(*) from clocks where kind = 'repairDowntime'") == "0")
      desk.clock.advance(seconds: 40 * 86_400)
      try await desk.sweep()
      #expect(try await desk.standing().signals.isEmpty)
    }
  }
}
