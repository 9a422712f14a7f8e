import Domain
import FoundationEssentials
import Testing

/// The maker's duty at its edges: the last day, the last kilometre, and everything that may stand beside them (A10).
@Suite struct EntitlementTests {
  private static let order = WorkOrder.ID(UUID(uuid: (0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 1)))

  private static func day(_ text: String) throws -> CalendarDate { try #require(CalendarDate(text)) }

  private static func terms(_ change: (inout WarrantyPolicy) -> Void = { _ in }) -> Entitlement.Terms {
    var policy = WarrantyPolicy.standard
    change(&policy)
    return Entitlement.Terms(version: PolicyVersion(.warranty, 3), policy: policy)
  }

  /// Sold on 2024-02-29, delivered two days later.
  private static func vehicle(
    km: Int? = 10_000, usage: Vehicle.Usage = .private, parts: [Entitlement.FittedPart] = [],
    maintenance: Entitlement.TakenMaintenance? = nil, sold: String? = "2024-02-29"
  ) -> Entitlement.VehicleFacts {
    Entitlement.VehicleFacts(
      saleDate: sold.flatMap { CalendarDate($0) }, deliveryDate: sold == nil ? nil : CalendarDate("2024-03-02"),
      usage: usage, distanceKm: km, fittedParts: parts, firstMaintenance: maintenance)
  }

  private static func part(
    _ number: String, on: String, km: Int?, months: Int?, guaranteeKm: Int? = nil,
    origin: JobPart.Origin = .oem
  ) throws -> Entitlement.FittedPart {
    Entitlement.FittedPart(
      source: Entitlement.Source(workOrderID: order, workOrderNumber: "WO-1", line: 1), partNumber: number,
      quantity: 1, origin: origin, fittedOn: try day(on), fittedAtKm: km, guaranteeMonths: months,
      guaranteeKm: guaranteeKm, underWarranty: true)
  }

  private static func judge(
    _ vehicle: Entitlement.VehicleFacts, _ line: Entitlement.Line = .init(number: 1), on text: String
  ) throws -> Entitlement.Judgement { try judge(terms(), vehicle, line, on: text) }

  private static func judge(
    _ terms: Entitlement.Terms, _ vehicle: Entitlement.VehicleFacts, _ line: Entitlement.Line = .init(number: 1),
    on text: String
  ) throws -> Entitlement.Judgement {
    Entitlement.judge(terms, vehicle: vehicle, line: line, on: try day(text))
  }

  @Test(
    "three years end with the day of the same number, that day included (T-43, 0.3-8)",
    arguments: [
      ("2027-02-28", true, 0), ("2027-03-01", false, -1), ("2027-02-27", true, 1), ("2024-02-29", true, 1095),
    ])
  func lastDay(on text: String, covered: Bool, left: Int) throws {
    let judgement = try Self.judge(Self.vehicle(), on: text)
    #expect(judgement.covered == covered)
    #expect(judgement.coverage?.lastDay.description == "2027-02-28")
    #expect(judgement.coverage?.daysLeft == left)
    #expect(judgement.reasons.map(\.code) == [covered ? .withinTerm : .timeExceeded])
  }

  @Test(
    "the last kilometre is covered, the next is not (T-43, 0.3-8)",
    arguments: [(59_999, true, 1), (60_000, true, 0), (60_001, false, -1)])
  func lastKilometre(km: Int, covered: Bool, left: Int) throws {
    let judgement = try Self.judge(Self.vehicle(km: km), on: "2025-01-01")
    #expect(judgement.covered == covered)
    #expect(judgement.coverage?.kmLeft == left)
    #expect(judgement.reasons.map(\.code) == [covered ? .withinTerm : .distanceExceeded])
  }

  @Test("whichever limit comes first ends it, and both are named when both are passed (CLM-10)")
  func bothLimits() throws {
    let judgement = try Self.judge(Self.vehicle(km: 70_000), on: "2028-01-01")
    #expect(!judgement.covered)
    #expect(judgement.coverage?.ended == [.time, .distance])
    #expect(judgement.reasons.map(\.code) == [.timeExceeded, .distanceExceeded])
  }

  @Test("nothing is covered before it begins, and without a date nobody knows (WAR-08)")
  func start() throws {
    #expect(try Self.judge(Self.vehicle(), on: "2024-02-28").reasons.map(\.code) == [.notBegun])
    let unsold = try Self.judge(Self.vehicle(sold: nil), on: "2025-01-01")
    #expect(!unsold.covered && unsold.coverage == nil && unsold.reasons.map(\.code) == [.startUnknown])
    let delivered = try Self.judge(Self.terms { $0.startsAt = .delivery }, Self.vehicle(), on: "2027-03-02")
    #expect(delivered.covered && delivered.coverage?.startsOn.description == "2024-03-02")
  }

  @Test("a limit in kilometres that no reading can be held against covers nothing (A10)")
  func unknownDistance() throws {
    let judgement = try Self.judge(Self.vehicle(km: nil), on: "2025-01-01")
    #expect(!judgement.covered && judgement.reasons.map(\.code) == [.distanceUnknown])
    let unlimited = Self.terms { $0.vehicle = WarrantyTerm(months: 36, km: nil) }
    #expect(try Self.judge(unlimited, Self.vehicle(km: nil), on: "2025-01-01").covered)
  }

  private static let components = [
    WarrantyComponent(
      handle: .partNumber, prefix: "17", name: "变速箱", group: .transmission, role: .mainPart, isSafetyFailure: false),
    WarrantyComponent(
      handle: .partNumber, prefix: "1700", name: "变速箱总成", group: .powerBattery, role: .assembly,
      isSafetyFailure: false),
    WarrantyComponent(
      handle: .labourOperation, prefix: "WIP", name: "雨刮", group: .wearParts, role: .other, isSafetyFailure: false),
    WarrantyComponent(
      handle: .faultCode, prefix: "STR", name: "转向", group: .steering, role: .other, isSafetyFailure: true),
  ]

  @Test("a group has its own term, found by the longest prefix of the part that failed (WAR-08)")
  func group() throws {
    let terms = Self.terms {
      $0.components = Self.components
      $0.groups = [
        .powerBattery: WarrantyTerm(months: 96, km: 120_000), .transmission: WarrantyTerm(months: 12, km: nil),
      ]
    }
    let battery = try Self.judge(
      terms, Self.vehicle(km: 90_000), .init(number: 1, causalPartNumber: "1700-A"), on: "2029-01-01")
    #expect(battery.covered && battery.basis == .componentGroup && battery.component?.name == "变速箱总成")
    let shorter = try Self.judge(
      terms, Self.vehicle(), .init(number: 1, causalPartNumber: "1701-A"), on: "2025-03-01")
    #expect(!shorter.covered && shorter.coverage?.group == .transmission)
    let byFault = try Self.judge(
      terms, Self.vehicle(), .init(number: 1, causalPartNumber: "X", faultCode: "STR-1"), on: "2025-03-01")
    #expect(byFault.covered && byFault.basis == .vehicle && byFault.component?.group == .steering)
  }

  @Test("wear parts, commercial use and what the user caused are not covered (WAR-05, P-23)")
  func exclusions() throws {
    let terms = Self.terms { $0.components = Self.components }
    let wiper = try Self.judge(
      terms, Self.vehicle(), .init(number: 1, labourOperationCode: "WIP-1"), on: "2025-01-01")
    #expect(!wiper.covered && wiper.reasons.map(\.exclusion) == [.wearPart])
    let taxi = try Self.judge(Self.vehicle(usage: .commercial), on: "2025-01-01")
    #expect(!taxi.covered && taxi.reasons.map(\.exclusion) == [.commercialUse])
    let misuse = try Self.judge(Self.vehicle(), .init(number: 1, findings: [.wrongUse]), on: "2025-01-01")
    #expect(!misuse.covered && misuse.reasons.first?.exclusion == .wrongUse)
    // What the policy does not exclude, no finding does.
    let lenient = Self.terms { $0.exclusions = [] }
    #expect(
      try Self.judge(
        lenient, Self.vehicle(usage: .commercial), .init(number: 1, findings: [.wrongUse]), on: "2025-01-01"
      ).covered)
    let ownTerm = Self.terms {
      $0.components = Self.components
      $0.groups = [.wearParts: WarrantyTerm(months: 6, km: 5000)]
    }
    #expect(
      try Self.judge(ownTerm, Self.vehicle(km: 5000), .init(number: 1, labourOperationCode: "WIP-1"), on: "2024-08-29")
        .covered)
  }

  @Test("a fitted part has a term of its own from the fitting, beside the vehicle's (WO-29, WAR-07)")
  func fittedPart() throws {
    let parts = [try Self.part("P-1", on: "2027-01-31", km: 58_000, months: 12, guaranteeKm: 20_000)]
    func covered(_ number: String, _ on: String, _ km: Int) throws -> Entitlement.Judgement {
      try Self.judge(Self.vehicle(km: km, parts: parts), .init(number: 1, causalPartNumber: number), on: on)
    }
    let last = try covered("P-1", "2028-01-31", 78_000)
    #expect(last.covered && last.basis == .fittedPart && last.coverage?.daysLeft == 0 && last.coverage?.kmLeft == 0)
    #expect(last.considered.map(\.basis) == [.fittedPart, .vehicle])
    #expect(try !covered("P-1", "2028-02-01", 78_000).covered)
    #expect(try !covered("P-1", "2028-01-31", 78_001).covered)
    #expect(try !covered("P-2", "2028-01-31", 78_000).covered)
    // The longer promise decides while both hold.
    #expect(try covered("P-1", "2027-02-01", 59_000).basis == .fittedPart)
  }

  @Test(
    "a part that the customer brought, or one with nothing promised, has no guarantee; sold ones have the policy's (WAR-07, WO-28)"
  )
  func partsWithoutGuarantee() throws {
    let line = Entitlement.Line(number: 1, causalPartNumber: "P-1")
    let own = try Self.part("P-1", on: "2027-01-31", km: 58_000, months: 12, origin: .customerSupplied)
    #expect(try !Self.judge(Self.vehicle(km: 59_000, parts: [own]), line, on: "2027-12-01").covered)
    let bare = try Self.part("P-1", on: "2027-01-31", km: 58_000, months: nil)
    #expect(try !Self.judge(Self.vehicle(km: 59_000, parts: [bare]), line, on: "2027-12-01").covered)
    let sold = Self.terms { $0.soldParts = WarrantyTerm(months: 24, km: 40_000) }
    #expect(try Self.judge(sold, Self.vehicle(km: 59_000, parts: [bare]), line, on: "2027-12-01").covered)
  }

  @Test("the first maintenance is paid once, in its time (WAR-03)")
  func firstMaintenance() throws {
    let terms = Self.terms { $0.firstMaintenance = WarrantyTerm(months: 6, km: 5000) }
    let line = Entitlement.Line(number: 1, service: .firstMaintenance)
    #expect(try Self.judge(terms, Self.vehicle(km: 5000), line, on: "2024-08-29").covered)
    #expect(
      try Self.judge(terms, Self.vehicle(km: 5001), line, on: "2024-08-29").reasons.map(\.code) == [.distanceExceeded])
    #expect(
      try Self.judge(terms, Self.vehicle(km: 5000), line, on: "2024-08-30").reasons.map(\.code) == [.timeExceeded])
    #expect(try Self.judge(Self.vehicle(km: 5000), line, on: "2024-08-01").reasons.map(\.code) == [.noFirstMaintenance])
    let taken = Entitlement.TakenMaintenance(
      source: Entitlement.Source(workOrderID: Self.order, workOrderNumber: nil, line: 1), on: try Self.day("2024-05-01")
    )
    let again = try Self.judge(terms, Self.vehicle(km: 4000, maintenance: taken), line, on: "2024-08-01")
    #expect(!again.covered && again.reasons.map(\.code) == [.firstMaintenanceTaken])
  }

  @Test("the same facts give the same text to prove, other facts another one (A10)")
  func proof() throws {
    let one = try Self.judge(Self.vehicle(), on: "2025-01-01")
    #expect(one.content == (try Self.judge(Self.vehicle(), on: "2025-01-01")).content)
    #expect(one.content != (try Self.judge(Self.vehicle(km: 10_001), on: "2025-01-01")).content)
    #expect(one.content != (try Self.judge(Self.vehicle(), on: "2025-01-02")).content)
    let tricky = try Self.judge(
      Self.vehicle(), .init(number: 1, causalPartNumber: "a\" operation \"b"), on: "2025-01-01")
    let plain = try Self.judge(
      Self.vehicle(), .init(number: 1, causalPartNumber: "a", labourOperationCode: "b"), on: "2025-01-01")
    #expect(tricky.content != plain.content)
  }

  @Test("the overview of a vehicle shows whole, groups, parts and first maintenance as they are judged")
  func overview() throws {
    let terms = Self.terms {
      $0.groups = [.powerBattery: WarrantyTerm(months: 96, km: 120_000)]
      $0.firstMaintenance = WarrantyTerm(months: 6, km: 5000)
    }
    let parts = [
      try Self.part("P-1", on: "2026-01-31", km: 9000, months: 12, guaranteeKm: nil),
      try Self.part("P-2", on: "2024-05-01", km: 900, months: 12, guaranteeKm: nil),
      try Self.part("P-3", on: "2024-05-01", km: 900, months: nil),
    ]
    let shown = VehicleEntitlement(
      vehicleID: Vehicle.ID(Self.order.uuid), vin: try VIN("LSVAA4182E2123456"), on: try Self.day("2026-03-01"),
      terms: terms, facts: Self.vehicle(parts: parts))
    #expect(shown.coverages.map(\.basis) == [.vehicle, .componentGroup])
    #expect(shown.coverages[0].daysLeft == 364 && shown.coverages[0].kmLeft == 50_000)
    #expect(shown.parts.map { $0.coverage?.covers } == [true, false, nil])
    #expect(shown.partsUnderGuarantee.map(\.part.partNumber) == ["P-1"])
    #expect(!shown.firstMaintenance.covered && shown.exclusions.isEmpty)
  }

  @Test("what must be authorised before is said by amount and group (M5)")
  func preAuthorisationTerms() {
    func cny(_ yuan: Int64) -> Money { Money(minor: yuan * 100, currency: .cny) }
    let byAmount = PreAuthorisationTerms(requiredFrom: cny(5000), groups: [], validDays: 30)
    #expect(byAmount.demands(cny(5000), of: nil) && !byAmount.demands(cny(4999), of: .engine))
    #expect(byAmount.demands(Money(minor: 1, currency: .eur), of: nil))
    let byGroup = PreAuthorisationTerms(requiredFrom: nil, groups: [.engine], validDays: 30)
    #expect(byGroup.demands(cny(1), of: .engine) && !byGroup.demands(cny(999_999), of: .brakes))
    #expect(PreAuthorisationTerms(requiredFrom: nil, groups: [], validDays: 30).demands(cny(1), of: nil))
  }

  private static let classes: [(String, Bool, RepairClass, Int64, Int)] = [
    ("GBX-1", false, .overhaul, 100, 20_000), ("OIL-1", true, .levelTwoMaintenance, 30, 5000),
    ("P-1", false, .minorRepair, 10, 2000),
  ]

  @Test(
    "paid work that is repeated is its station's to bear until the last day and kilometre of its class (T-44, P-15)",
    arguments: classes)
  func workGuarantee(
    part: String, isMaintenance: Bool, repairClass: RepairClass, days: Int64, km: Int
  ) throws {
    let finished = try Self.day("2028-01-10")
    let work = Entitlement.PaidWork(
      source: Entitlement.Source(workOrderID: Self.order, workOrderNumber: "WO-1", line: 2), causalPartNumber: part,
      labourOperationCode: nil, faultCode: "F-1", isMaintenance: isMaintenance, finishedOn: finished,
      distanceKm: 70_000)
    let terms = Self.terms {
      $0.components = [
        WarrantyComponent(
          handle: .partNumber, prefix: "GBX", name: "变速箱总成", group: .transmission, role: .assembly,
          isSafetyFailure: false)
      ]
    }
    func judged(
      _ line: Entitlement.Line, after: Int64, km driven: Int?, sold: String = "2024-02-29"
    ) -> Entitlement.Judgement {
      let facts = Entitlement.VehicleFacts(
        saleDate: CalendarDate(sold), deliveryDate: nil, usage: .private, distanceKm: driven, paidWork: [work])
      return Entitlement.judge(
        terms, vehicle: facts, line: line, on: CalendarDate(daysSinceEpoch: finished.daysSinceEpoch + after))
    }
    let repeated = Entitlement.Line(number: 1, causalPartNumber: part)
    let last = judged(repeated, after: days, km: 70_000 + km)
    #expect(last.bearer == .station && !last.covered && last.workGuarantee?.repairClass == repairClass)
    #expect(last.workGuarantee?.daysLeft == 0 && last.workGuarantee?.kmLeft == 0)
    #expect(last.reasons.last?.code == .withinRepairGuarantee)
    #expect(judged(repeated, after: days + 1, km: 70_000).bearer == .customer)
    #expect(judged(repeated, after: days, km: 70_001 + km).bearer == .customer)
    // Where nobody read the odometer, time alone decides.
    #expect(judged(repeated, after: days, km: nil).bearer == .station)
    // The same fault is the same work; another one, or what the customer caused, is not.
    #expect(judged(.init(number: 1, faultCode: "F-1"), after: 0, km: 70_000).bearer == .station)
    #expect(judged(.init(number: 1, faultCode: "F-2"), after: 0, km: 70_000).bearer == .customer)
    #expect(
      judged(.init(number: 1, causalPartNumber: part, findings: [.wrongUse]), after: 0, km: 70_000).bearer == .customer)
    // What the maker bears is nobody else's.
    let young = judged(repeated, after: 0, km: 10_000, sold: "2027-12-01")
    #expect(young.bearer == .maker && young.workGuarantee == nil)
    #expect(young.proof == "" && last.content.contains("repeats") && !young.content.contains("repeats"))
  }
}
