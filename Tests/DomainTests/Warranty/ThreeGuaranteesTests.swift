import Domain
import FoundationEssentials
import Testing

/// The counters of the law, at the last day, the last kilometre and the first value that counts (T-40…T-43, A9).
@Suite struct ThreeGuaranteesTests {
  private static let policy = ThreeGuaranteesPolicy.standard
  private static let version = PolicyVersion(.threeGuarantees, 0)

  private static let components = [
    WarrantyComponent(
      handle: .partNumber, prefix: "GBX", name: "变速箱总成", group: .transmission, role: .assembly,
      isSafetyFailure: false),
    WarrantyComponent(
      handle: .partNumber, prefix: "RCK", name: "转向机", group: .steering, role: .mainPart, isSafetyFailure: true),
    WarrantyComponent(
      handle: .faultCode, prefix: "FUEL-LEAK", name: "燃油泄漏", group: .engine, role: .other, isSafetyFailure: true),
    WarrantyComponent(
      handle: .partNumber, prefix: "SEAT", name: "座椅总成", group: .interior, role: .assembly, isSafetyFailure: false),
  ]

  private static func at(_ day: String, _ time: String = "10:00:00") throws -> Timestamp {
    try #require(Timestamp("\(day)T\(time)+08:00"))
  }

  /// Sold on 2025-01-10.
  private static func facts(
    usage: Vehicle.Usage = .private, sold: String? = "2025-01-10", km: Int? = 20_000
  ) -> Entitlement.VehicleFacts {
    Entitlement.VehicleFacts(
      saleDate: sold.flatMap { CalendarDate($0) }, deliveryDate: nil, usage: usage, distanceKm: km)
  }

  private static func repair(
    _ place: UInt8, _ day: String, days: Int = 1, km: Int? = 10_000, fault: String? = "F-1", part: String? = nil,
    payers: Set<PayerSplit.Payer> = [.warranty], fitted: [String] = [], maintenance: Bool = false, rework: Bool = false
  ) throws -> VehicleRepair {
    let began = try at(day)
    return VehicleRepair(
      workOrderID: WorkOrder.ID(UUID(uuid: (0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, place))),
      workOrderNumber: "WO-\(place)", receivedAt: began, beganAt: began,
      finishedAt: began.adding(seconds: Int64(days) * 86_400), distanceKm: km, isMaintenance: maintenance,
      isRework: rework,
      lines: [
        VehicleRepair.Line(
          number: 1, causalPartNumber: part, labourOperationCode: nil, faultCode: fault, payers: payers)
      ], parts: fitted.map { VehicleRepair.Part(line: 1, partNumber: $0) })
  }

  private static func standing(
    _ repairs: [VehicleRepair], _ vehicle: Entitlement.VehicleFacts = facts(), on day: String = "2026-01-01"
  ) throws -> ThreeGuarantees.Standing {
    ThreeGuarantees.count(
      policy, version: version, components: components, componentsVersion: PolicyVersion(.warranty, 3),
      vehicle: vehicle, repairs: repairs, on: try #require(CalendarDate(day)))
  }

  private static func count(
    _ counter: ThreeGuarantees.Counter, _ standing: ThreeGuarantees.Standing
  ) -> ThreeGuarantees.Count? { standing.counts.first { $0.counter == counter } }

  private static let totals: [(Int, ThreeGuarantees.Level?)] = [(29, nil), (30, .warning), (31, .limit)]

  @Test("more than 30 days in repair reach the limit, 30 warn (T-41)", arguments: totals)
  func repairDays(days: Int, level: ThreeGuarantees.Level?) throws {
    let standing = try Self.standing([
      try Self.repair(1, "2025-03-01", days: 9), try Self.repair(2, "2025-05-01", days: days - 9, fault: "F-2"),
    ])
    let count = try #require(Self.count(.repairDays, standing))
    #expect(count.value == days && count.level == level && count.evidence.map(\.days) == [9, days - 9])
    #expect(standing.level == level)
  }

  @Test("less than a day in repair counts as one, a second more than a day as two (P-03)")
  func partsOfADay() throws {
    let began = try Self.at("2025-03-01")
    for (seconds, days) in [(Int64(0), 1), (3600, 1), (86_400, 1), (86_401, 2)] {
      var repair = try Self.repair(1, "2025-03-01")
      repair = VehicleRepair(
        workOrderID: repair.workOrderID, workOrderNumber: nil, receivedAt: began, beganAt: began,
        finishedAt: began.adding(seconds: seconds), distanceKm: nil, isMaintenance: false, isRework: false,
        lines: repair.lines, parts: [])
      #expect(repair.days == days, "\(seconds) s")
    }
  }

  @Test(
    "more than four repairs of the same problem reach the limit, the fourth warns; other problems do not add up (T-41)")
  func sameProblem() throws {
    var repairs = try (1...4).map { try Self.repair(UInt8($0), "2025-0\($0)-20") }
    repairs.append(try Self.repair(9, "2025-06-20", fault: "F-2"))
    let fourth = try #require(
      try Self.standing(repairs).counts.first { $0.counter == .sameProblem && $0.counted == "F-1" })
    #expect(fourth.value == 4 && fourth.level == .warning)
    repairs.append(try Self.repair(5, "2025-05-20"))
    let fifth = try #require(
      try Self.standing(repairs).counts.first { $0.counter == .sameProblem && $0.counted == "F-1" })
    #expect(fifth.value == 5 && fifth.level == .limit && fifth.evidence.count == 5)
  }

  @Test("a problem is the same by its fault or by the part that failed (T-41)")
  func sameByPart() throws {
    let standing = try Self.standing([
      try Self.repair(1, "2025-02-20", fault: "F-1", part: "P-1"),
      try Self.repair(2, "2025-03-20", fault: "F-2", part: "P-1"),
    ])
    let counts = standing.counts.filter { $0.counter == .sameProblem }
    #expect(counts.map { "\($0.counted) \($0.value)" } == ["F-1 1", "F-2 1", "P-1 2"])
  }

  @Test(
    "repairs count to the last day and kilometre of two years or 50,000 km, a measure beside the maker's own (T-43, WAR-09)",
    arguments: [
      ("2027-01-10", 50_000, 1), ("2027-01-11", 50_000, 0), ("2027-01-10", 50_001, 0), ("2025-01-10", 0, 1),
      ("2025-01-09", 0, 0),
    ])
  func period(day: String, km: Int, value: Int) throws {
    let standing = try Self.standing([try Self.repair(1, day, km: km)], on: "2027-06-01")
    #expect(Self.count(.repairDays, standing)?.value == value)
  }

  @Test(
    "what the customer pays, maintenance and campaigns are no repairs in the sense of the law; own rework is (P-06)")
  func whatCounts() throws {
    func days(_ repair: VehicleRepair) throws -> Int? { Self.count(.repairDays, try Self.standing([repair]))?.value }
    #expect(try days(try Self.repair(1, "2025-03-01", payers: [.customer])) == 0)
    #expect(try days(try Self.repair(1, "2025-03-01", payers: [.campaign])) == 0)
    #expect(try days(try Self.repair(1, "2025-03-01", maintenance: true)) == 0)
    #expect(try days(try Self.repair(1, "2025-03-01", payers: [.internal])) == 0)
    #expect(try days(try Self.repair(1, "2025-03-01", payers: [.internal], rework: true)) == 1)
    #expect(try days(try Self.repair(1, "2025-03-01", payers: [.goodwill, .customer])) == 1)
  }

  @Test("two safety repairs and two replacements reach their limits, one warns (T-41)")
  func safetyAndReplacements() throws {
    let once = [try Self.repair(1, "2025-05-01", part: "RCK-1", fitted: ["RCK-1", "GBX-9", "SEAT-1"])]
    let first = try Self.standing(once)
    for counter in [ThreeGuarantees.Counter.safetyRepairs, .assemblyReplacements, .mainPartReplacements] {
      #expect(Self.count(counter, first)?.level == .warning, "\(counter)")
    }
    // A seat is no assembly of the law; as a part it counts.
    #expect(first.counts.filter { $0.counter == .assemblyReplacements }.map(\.counted) == ["变速箱总成"])
    #expect(first.counts.filter { $0.counter == .mainPartReplacements }.map(\.counted).sorted() == ["座椅总成", "转向机"])
    let twice = try Self.standing(once + [try Self.repair(2, "2025-06-01", fault: "FUEL-LEAK", fitted: ["GBX-8"])])
    #expect(Self.count(.safetyRepairs, twice)?.level == .limit)
    #expect(Self.count(.assemblyReplacements, twice)?.level == .limit)
    #expect(Self.count(.mainPartReplacements, twice)?.level == .warning)
  }

  @Test(
    "an assembly replaced within 7 days, and a safety failure within 60 days or 3,000 km, are enough (T-42)",
    arguments: [
      ("2025-01-17", 100, true, true), ("2025-01-18", 100, false, true), ("2025-03-11", 3000, false, true),
      ("2025-03-12", 3000, false, false), ("2025-03-11", 3001, false, false),
    ])
  func early(day: String, km: Int, immediate: Bool, failure: Bool) throws {
    let standing = try Self.standing([
      try Self.repair(1, day, km: km, fault: "FUEL-LEAK", fitted: ["GBX-1"])
    ])
    #expect((Self.count(.immediateReplacement, standing)?.level == .limit) == immediate)
    #expect((Self.count(.earlySafetyFailure, standing)?.level == .limit) == failure)
  }

  @Test("commercial vehicles and those of unknown age are not counted, and it says why (P-24)")
  func exemptions() throws {
    let repairs = [try Self.repair(1, "2025-03-01")]
    #expect(try Self.standing(repairs, Self.facts(usage: .commercial)).exemption == .notHousehold)
    let unknown = try Self.standing(repairs, Self.facts(sold: nil))
    #expect(unknown.exemption == .startUnknown && unknown.counts.isEmpty && unknown.period == nil)
  }

  private static let lengths: [(Int, ThreeGuarantees.Level?)] = [(4, nil), (5, .warning), (6, .limit)]

  @Test(
    "a warranty repair warns on its fifth day, and from the sixth on there is a loan car: within three years or 60,000 km (T-40, P-07)",
    arguments: lengths)
  func dayOfRepair(days: Int, level: ThreeGuarantees.Level?) throws {
    // After the two years in which repairs count for replacement, within the warranty.
    let repair = try Self.repair(1, "2027-06-01", days: days, km: 60_000)
    let count = Self.count(.dayOfRepair, try Self.standing([repair], on: "2027-08-01"))
    #expect(count?.level == level && (level == nil || count?.counted == "2027-06-01"))
    for other in [
      try Self.repair(1, "2027-06-01", days: days, km: 60_001), try Self.repair(1, "2028-01-11", days: days),
      try Self.repair(1, "2027-06-01", days: days, payers: [.customer, .goodwill]),
    ] {
      #expect(Self.count(.dayOfRepair, try Self.standing([other], on: "2028-08-01")) == nil)
    }
  }

  @Test("the days of a running repair are one more a moment after each full day (P-03, T-40)")
  func nextDay() throws {
    let began = try Self.at("2025-03-01")
    for (seconds, next) in [(Int64(0), 1), (86_400, 1), (86_401, 2), (5 * 86_400, 5)] {
      let repair = VehicleRepair(
        workOrderID: WorkOrder.ID(UUID()), workOrderNumber: nil, receivedAt: began, beganAt: began,
        finishedAt: began.adding(seconds: seconds), isRunning: true, distanceKm: nil, isMaintenance: false,
        isRework: false, lines: [], parts: [])
      #expect(repair.nextDayAt?.milliseconds == began.milliseconds + Int64(next) * 86_400_000 + 1, "\(seconds) s")
    }
    #expect(try Self.repair(1, "2025-03-01").nextDayAt == nil)
  }

  @Test("each level is said once, and withdrawn when the facts do not bear it out any more (A9)")
  func correction() throws {
    let instant = try Self.at("2026-01-01")
    let repairs = [try Self.repair(1, "2025-03-01", days: 31)]
    let standing = try Self.standing(repairs)
    let first = ThreeGuarantees.correction(of: standing, over: [], by: repairs[0].workOrderID, at: instant)
    #expect(first.reached.map(\.level) == [.warning, .limit, .warning, .limit] && first.withdrawn.isEmpty)
    #expect(first.reached.map(\.counter) == [.repairDays, .repairDays, .dayOfRepair, .dayOfRepair])
    #expect(first.reached.allSatisfy { $0.value == 31 } && first.reached.map(\.limitAt) == [31, 31, 6, 6])
    let again = ThreeGuarantees.correction(of: standing, over: first.reached, by: nil, at: instant)
    #expect(again.reached.isEmpty && again.withdrawn.isEmpty)
    let sold = try Self.standing(repairs, Self.facts(sold: "2020-01-01"))
    let corrected = ThreeGuarantees.correction(of: sold, over: first.reached, by: nil, at: instant)
    #expect(corrected.reached.isEmpty && corrected.withdrawn == first.reached)
  }
}
