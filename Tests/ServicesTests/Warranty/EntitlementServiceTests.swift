import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// Entitlement from what is on record (A10, WAR-01…10). It is 21 November 2026.
@Suite("Entitlements", .timeLimit(.minutes(20))) struct EntitlementServiceTests {
  @Test("an order is judged on the day on which the vehicle came in, at the kilometres read then (A10)")
  func day() async throws {
    try await WarrantyDesk.with { desk in
      try await desk.sell(on: "2023-11-21")
      let last = try await desk.order(desk.line(part: "X-1"), in: .quoted, km: 60_000)
      desk.clock.advance(seconds: 86_400)
      let late = try await desk.order(desk.line(part: "X-1"), in: .quoted, km: 60_000)
      let covered = try await desk.judge(last)
      #expect(covered.map(\.covered) == [true])
      #expect(covered[0].coverage?.daysLeft == 0 && covered[0].coverage?.kmLeft == 0)
      #expect(covered[0].proof.count == 64 && covered[0].policyVersion == PolicyVersion(.warranty, 0))
      #expect(try await desk.judge(late).map { $0.reasons.map(\.code) } == [[.timeExceeded]])
      // What was read later says nothing about the first visit.
      let further = try await desk.order(desk.line(part: "X-1"), in: .inspected, km: 60_500)
      #expect(try await desk.judge(further).map { $0.reasons.map(\.code) } == [[.timeExceeded, .distanceExceeded]])
      #expect(try await desk.judge(last) == covered)
    }
  }

  @Test("kilometres of replaced clusters count along (domain.md section 7)")
  func clusters() async throws {
    try await WarrantyDesk.with { desk in
      try await desk.sell(on: "2025-01-01")
      var order = try await desk.order(desk.line(part: "X-1"), in: .inspected, km: 59_990)
      #expect(try await desk.judge(order).map(\.covered) == [true])
      order = try await desk.orders.create([desk.line(part: "X-1")])
      _ = try await desk.orders.inspect(
        order, km: 15, replacement: .init(oldKm: 60_005, newKm: 15, reason: "仪表损坏"))
      let judgement = try await desk.judge(try await desk.orders.service.whole(.id(order.id), desk.orders.desk))
      #expect(judgement.map(\.distanceKm) == [60_005])
      #expect(judgement.map { $0.reasons.map(\.code) } == [[.distanceExceeded]])
    }
  }

  @Test("a part fitted at another station is guaranteed here, and that station's order is not named (WO-29, SEC-03)")
  func partsOfOtherStations() async throws {
    try await WarrantyDesk.with { desk in
      try await desk.sell(on: "2020-01-01")
      let order = try await desk.order(desk.line(part: "P-9", payer: .customer), in: .delivered, km: 90_000)
      // What an order itself fits is no ground to judge it.
      #expect(try await desk.judge(order).map(\.covered) == [false])
      let there = Caller(
        subject: .client(UUID.version7(at: desk.clock.now)), name: "他站", roles: [],
        permissions: Set(Permission.allCases), scope: .station(desk.orders.network.otherStation))
      for (caller, number) in [(desk.orders.desk, order.number), (there, nil)] as [(Caller, String?)] {
        let answered = try await desk.entitlements.check(
          .vehicle(
            desk.vehicle, on: nil, odometerKm: 90_100,
            lines: [.init(number: 1, causalPartNumber: "P-9"), .init(number: 2, causalPartNumber: "P-8")]),
          at: desk.clock.now, caller)
        #expect(answered.judgements.map(\.covered) == [true, false])
        #expect(answered.judgements[0].basis == .fittedPart)
        #expect(answered.judgements[0].coverage?.part?.source.workOrderNumber == number)
        #expect(answered.ground.facts.distanceKm == 90_100)
      }
      // A reading below the one on record counts for nothing.
      let lower = try await desk.entitlements.check(
        .vehicle(desk.vehicle, on: nil, odometerKm: 10, lines: [.init(number: 1)]), at: desk.clock.now, there)
      #expect(lower.ground.facts.distanceKm == 90_000)
    }
  }

  @Test("the promise is that of the day of the sale: a new version alters nothing that was sold before (WAR-08, M4)")
  func versions() async throws {
    try await WarrantyDesk.with { desk in
      var policy = WarrantyPolicy.standard
      policy.vehicle = WarrantyTerm(months: 60, km: 100_000)
      try await desk.approve(policy)
      try await desk.sell(on: "2022-06-01")
      let order = try await desk.order(desk.line(part: "X-1"), in: .inspected, km: 90_000)
      let first = try await desk.judge(order)
      #expect(first.map(\.covered) == [true] && first[0].policyVersion.number == 1)
      policy.vehicle = WarrantyTerm(months: 12, km: 10_000)
      try await desk.approve(policy)
      #expect(try await desk.judge(order) == first)
      try await desk.sell(on: "2026-11-21")
      let second = try await desk.judge(order)
      #expect(second.map(\.covered) == [false] && second[0].policyVersion.number == 2)
    }
  }

  @Test("of two first maintenances delivered at once the maker pays one (WAR-03)")
  func firstMaintenance() async throws {
    try await WarrantyDesk.with { desk in
      var policy = WarrantyPolicy.standard
      policy.firstMaintenance = WarrantyTerm(months: 6, km: 20_000)
      try await desk.approve(policy)
      try await desk.sell(on: "2026-10-01")
      let orders = [
        try await desk.order(.maintenance, desk.line(part: "OIL"), in: .settled, km: 5000),
        try await desk.order(.maintenance, desk.line(part: "OIL"), in: .settled, km: 5000),
      ]
      for order in orders { #expect(try await desk.judge(order).map(\.covered) == [true]) }
      let at = desk.clock.now
      let outcomes = await Outcomes.of(2) { place in
        _ = try await desk.orders.service.deliver(
          .id(orders[place].id), data: [:], desk.orders.desk.command(at: at))
      }
      #expect(outcomes.succeeded == 2, "\(outcomes.refused) \(outcomes.others)")
      #expect(try desk.test.admin("select count(*) from vehicle_first_maintenances") == "1")
      var covered = 0
      for order in orders {
        let judgement = try await desk.judge(order)
        if judgement.map(\.covered) == [true] { covered += 1 }
      }
      #expect(covered == 1)
    }
  }

  @Test("what the check-in says is what is asked for by itself (domain.md section 7)")
  func checkIn() async throws {
    try await WarrantyDesk.with { desk in
      try await desk.sell(on: "2026-01-01")
      _ = try await desk.order(desk.line(part: "P-1", fault: "F-1"), in: .delivered, km: 5000)
      let order = try await desk.orders.create([desk.line(part: "P-1")])
      let checkIn = try await desk.orders.inspect(order, km: 5100)
      #expect(checkIn.entitlement.facts.distanceKm == 5100)
      #expect(checkIn.entitlement.coverages.map(\.basis) == [.vehicle])
      #expect(checkIn.entitlement.partsUnderGuarantee.map(\.part.partNumber) == ["P-1"])
      #expect(checkIn.threeGuarantees.standing.counts.map(\.counter) == [.repairDays, .sameProblem, .sameProblem])
      let asked = try await desk.entitlements.overview(
        of: desk.vehicle, .entitlementsCheck, at: desk.clock.now, desk.orders.desk)
      #expect(asked.coverages == checkIn.entitlement.coverages)
    }
  }

  @Test(
    "a fault that comes back within the guarantee of paid work is free for the customer, and not the maker's (T-44)")
  func repeatedWork() async throws {
    try await WarrantyDesk.with { desk in
      let first = try await desk.order(
        desk.line(part: "P-1", fault: "F-1", payer: .customer), in: .delivered, km: 10_000)
      let again = desk.line(part: "P-2", fault: "F-1", payer: .customer)
      let judged = try #require(try await desk.judge(try await desk.orders.create([again])).first)
      #expect(!judged.covered && judged.bearer == .station)
      #expect(judged.workGuarantee?.work.source.workOrderNumber == first.number)
      #expect(judged.workGuarantee?.repairClass == .minorRepair && judged.workGuarantee?.daysLeft == 10)
      let overview = try await desk.entitlements.overview(
        of: desk.vehicle, .entitlementsCheck, at: desk.clock.now, desk.orders.desk)
      #expect(overview.workUnderGuarantee.map(\.work.source.workOrderNumber) == [first.number])
      desk.clock.advance(seconds: 11 * 86_400)
      let late = try #require(try await desk.judge(try await desk.orders.create([again])).first)
      #expect(late.bearer == .customer && late.workGuarantee == nil)
    }
  }
}
