import Domain
import FoundationEssentials

/// Claims and facts as the tests of the family need them.
enum ClaimSamples {
  static let now = Timestamp(milliseconds: 1_790_000_000_000)
  static let station = Station.ID.new(at: now)
  static let clerk = UUID.version7(at: now)
  static let auditor = UUID.version7(at: now)
  static let secondAuditor = UUID.version7(at: now)

  static func cny(_ minor: Int64) -> Money { Money(minor: minor, currency: .cny) }
  static func day(_ text: String) -> CalendarDate { CalendarDate(text) ?? CalendarDate(daysSinceEpoch: 0) }

  static func caller(_ person: UUID, _ roles: Role...) -> Caller {
    Caller(
      subject: .user(person), name: "员工", roles: Set(roles), permissions: Set(Permission.allCases),
      scope: .station(station))
  }

  /// One hour of work and a part: 180.00 + 680.00.
  static func items(line: Int? = 1) -> [ClaimItem] {
    [
      ClaimItem(
        number: 1, workOrderLine: line,
        work: ClaimWork(
          description: "更换水泵", causalPartNumber: "WP-1", labourOperationCode: "EN-210", faultCode: "LEAK"),
        lines: [
          ClaimLine(
            number: 1, kind: .labour, sourcePartID: nil,
            charge: ClaimCharge(
              description: "更换水泵", hours: Hours(hundredths: 100), unitPrice: cny(18_000), amount: cny(18_000))),
          ClaimLine(
            number: 2, kind: .parts, sourcePartID: nil,
            charge: ClaimCharge(
              description: "水泵", partNumber: "WP-1", quantity: 1, unitPrice: cny(68_000), amount: cny(68_000))),
        ])
    ]
  }

  static func claim(
    _ items: [ClaimItem] = items(), kind: WarrantyClaim.Kind = .warrantyRepair, state: WarrantyClaim.State = .draft
  ) -> WarrantyClaim {
    WarrantyClaim(
      id: .new(at: now), number: "WC-SY001-2026-000001", stationID: station, kind: kind, currency: .cny,
      workOrderID: .new(at: now), complaintID: nil, vehicleID: .new(at: now), state: state, version: 1,
      stamp: RecordStamp(by: caller(clerk, .stClaims), at: now),
      header: WarrantyClaimHeader(odometerKm: 10_000, repairedOn: day("2026-03-09"), note: nil, externalIDs: [:]),
      progress: WarrantyClaimProgress(), items: items, lastLineNumber: items.flatMap(\.lines).count)
  }

  /// Facts in which no rule finds anything, for a claim within the limit.
  static func facts(
    kind: WarrantyClaim.Kind = .warrantyRepair, submittedOn: String = "2026-03-10", odometerKm: Int? = 10_000,
    order: ClaimFacts.Order? = ClaimFacts.Order(
      number: "WO-1", isDelivered: true, deliveredOn: CalendarDate("2026-03-09"), lines: [1]),
    earlier: ClaimFacts.Reading? = ClaimFacts.Reading(km: 9_000, on: day("2026-01-01")),
    photos: [ClaimFacts.Photo] = [], item: ClaimFacts.Item = item(), lines: [ClaimFacts.Line] = lines()
  ) -> ClaimFacts {
    ClaimFacts(
      kind: kind, currency: .cny, submittedOn: day(submittedOn), repairedOn: day("2026-03-09"), odometerKm: odometerKm,
      order: order, earlierReading: earlier, photos: photos, items: [item], lines: lines)
  }

  static func item() -> ClaimFacts.Item {
    ClaimFacts.Item(number: 1, workOrderLine: 1, cover: cover(), oldPart: .present)
  }

  static func cover(
    isCovered: Bool = true, isOverMonths: Bool = false, isOverKm: Bool = false
  ) -> ClaimFacts.Cover {
    ClaimFacts.Cover(
      policyVersion: "warranty@0", isCovered: isCovered, reasons: [isCovered ? "withinTerm" : "timeExceeded"],
      isOverMonths: isOverMonths, isOverKm: isOverKm, endsOn: day("2026-02-01"), limitKm: 60_000)
  }

  static func lines() -> [ClaimFacts.Line] {
    [
      ClaimFacts.Line(
        number: 1, item: 1, kind: .labour, amount: 18_000, hours: 100, standardHours: 100, unitPrice: 18_000,
        listPrice: 18_000),
      ClaimFacts.Line(
        number: 2, item: 1, kind: .parts, amount: 68_000, unitPrice: 68_000, listPrice: 68_000, wasShipped: true),
    ]
  }

  static func reference(_ repairedOn: String, station: Station.ID = station) -> ClaimFacts.Reference {
    ClaimFacts.Reference(claim: "WC-SY002-2026-000007", station: station, repairedOn: day(repairedOn))
  }

  static let clean = ClaimAudit.Result(findings: [], outcome: .automatic)
  static let forPerson = ClaimAudit.Result(findings: [], outcome: .person)
}
