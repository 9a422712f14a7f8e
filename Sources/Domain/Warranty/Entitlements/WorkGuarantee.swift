extension Entitlement {
  /// Work of a delivered order that the customer paid for; the station that did it answers for it for some days and kilometres (T-44).
  package struct PaidWork: Hashable, Sendable {
    package let source: Source
    package let causalPartNumber: String?
    package let labourOperationCode: String?
    package let faultCode: String?
    package let isMaintenance: Bool
    package let finishedOn: CalendarDate
    /// Kilometres that the vehicle had driven then; `nil`: nobody read them.
    package let distanceKm: Int?

    package init(
      source: Source, causalPartNumber: String?, labourOperationCode: String?, faultCode: String?, isMaintenance: Bool,
      finishedOn: CalendarDate, distanceKm: Int?
    ) {
      self.source = source
      self.causalPartNumber = causalPartNumber
      self.labourOperationCode = labourOperationCode
      self.faultCode = faultCode
      self.isMaintenance = isMaintenance
      self.finishedOn = finishedOn
      self.distanceKm = distanceKm
    }

    /// Whether a line asks for the same once more: the same fault, the same failed part or the same operation.
    func isRepeated(by line: Line) -> Bool {
      func same(_ one: String?, _ other: String?) -> Bool { one != nil && one == other }
      return same(faultCode, line.faultCode) || same(causalPartNumber, line.causalPartNumber)
        || same(labourOperationCode, line.labourOperationCode)
    }
  }

  /// What the station answers for, and what is left of it on the day.
  package struct WorkGuarantee: Hashable, Sendable {
    package let work: PaidWork
    package let repairClass: RepairClass
    /// The last day on which a repeat is free.
    package let lastDay: CalendarDate
    /// The last kilometre; `nil`: nobody read the odometer when the work was done, so time alone decides.
    package let lastKm: Int?
    package let daysLeft: Int
    /// `nil`: one of both readings is not there.
    package let kmLeft: Int?

    package var holds: Bool { daysLeft >= 0 && (kmLeft ?? 0) >= 0 }
  }

  /// Who pays for a line in the end.
  package enum Bearer: String, Hashable, Sendable, CaseIterable {
    case maker
    /// The one that did the work before, whichever it is: the customer pays nothing.
    case station
    case customer
  }

  /// Findings of which whoever repaired before is not guilty.
  private static let customerCauses: Set<WarrantyPolicy.Exclusion> = [
    .forceMajeure, .wrongHandling, .wrongUse, .ownModification,
  ]

  /// The guarantee on paid work that a line falls under, of several the one that lasts longest; `nil`: none does. Days and kilometres
  /// count from the completion, the last of both included, and whichever comes first ends it (P-15).
  static func workGuarantee(
    _ terms: Terms, _ vehicle: VehicleFacts, _ line: Line, _ day: CalendarDate
  ) -> WorkGuarantee? {
    if line.service == .firstMaintenance || !line.findings.isDisjoint(with: customerCauses) { return nil }
    return vehicle.paidWork.filter { $0.isRepeated(by: line) }
      .compactMap { workGuarantee(on: $0, terms, vehicle, day) }
      .filter(\.holds)
      .max { ($0.daysLeft, $0.kmLeft ?? .max) < ($1.daysLeft, $1.kmLeft ?? .max) }
  }

  /// `nil`: the policy promises nothing, or the work was done later.
  static func workGuarantee(
    on work: PaidWork, _ terms: Terms, _ vehicle: VehicleFacts, _ day: CalendarDate
  ) -> WorkGuarantee? {
    let component = terms.components.component(
      of: Line(
        number: 1, causalPartNumber: work.causalPartNumber, labourOperationCode: work.labourOperationCode,
        faultCode: work.faultCode))
    let repairClass: RepairClass =
      if work.isMaintenance { .levelTwoMaintenance } else if component?.role == .assembly { .overhaul } else {
        .minorRepair
      }
    guard work.finishedOn <= day, let promise = terms.repairs[repairClass] else { return nil }
    let lastDay = CalendarDate(daysSinceEpoch: work.finishedOn.daysSinceEpoch + Int64(promise.days))
    let lastKm = work.distanceKm.map { $0 + promise.km }
    return WorkGuarantee(
      work: work, repairClass: repairClass, lastDay: lastDay, lastKm: lastKm,
      daysLeft: Int(lastDay.daysSinceEpoch - day.daysSinceEpoch),
      kmLeft: lastKm.flatMap { last in vehicle.distanceKm.map { last - $0 } })
  }
}
