/// What the maker guarantees, per model (WAR-01…10, D-19). Months and kilometres end with whichever comes first.
package struct WarrantyPolicy: PolicyBody {
  package static let key = PolicyKey.warranty

  /// The date from which the months count.
  package enum Start: String, Hashable, Sendable, CaseIterable {
    case invoice, delivery
  }

  /// Why a fault is not covered (P-23, WAR-05).
  package enum Exclusion: String, Hashable, Sendable, CaseIterable {
    case forceMajeure, noProofOfPurchase, commercialUse, defectKnownInWriting, wrongHandling, wrongUse, wearPart
    case ownModification, companyPurchase
  }

  package var startsAt: Start
  /// The vehicle as a whole (T-43).
  package var vehicle: WarrantyTerm
  /// Groups with a term of their own, longer or shorter than the vehicle's.
  package var groups: [ComponentGroup: WarrantyTerm]
  package var exclusions: Set<Exclusion>
  /// The first maintenance at the maker's cost (WAR-03). `nil`: the model has none.
  package var firstMaintenance: WarrantyTerm?
  /// Parts sold and fitted for money (WAR-07). `nil`: each part has its own.
  package var soldParts: WarrantyTerm?
  /// The station's guarantee on paid work, from completion (T-44).
  package var repairs: [RepairClass: RepairGuarantee]
  /// How long the papers of a repair are kept (T-45).
  package var repairArchiveMonths: Int
  /// Which parts, operations and faults belong to which group, as the maker publishes it with the vehicle (main assemblies, main
  /// parts, wear parts). `nil`: nothing is told apart, and the term of the vehicle holds for everything.
  package var components: [WarrantyComponent]?
  /// What must be authorised before it is repaired (M5). `nil`: nothing, and what is asked for all the same holds for 30 days.
  package var preAuthorisation: PreAuthorisationTerms?

  /// The term of a group: its own or the vehicle's.
  package func term(of group: ComponentGroup?) -> WarrantyTerm { group.flatMap { groups[$0] } ?? vehicle }

  package static let pattern = PolicyDefaults.warranty
  package static let fields = [
    PolicyField("components", \Self.components, .optional(.list(of: .record, 0...500))),
    PolicyField("exclusions", \Self.exclusions, .set(of: .choice(Exclusion.self))),
    PolicyField("firstMaintenance", \Self.firstMaintenance, .optional(.record)),
    PolicyField("groups", \Self.groups, .dictionary(ComponentGroup.self, of: .record)),
    PolicyField("preAuthorisation", \Self.preAuthorisation, .optional(.record)),
    PolicyField("repairArchiveMonths", \Self.repairArchiveMonths, .integer(1...600)),
    PolicyField(
      "repairs", \Self.repairs,
      .table(RepairClass.self, of: .record, standard: { PolicyDefaults.warranty.repairs })),
    PolicyField("soldParts", \Self.soldParts, .optional(.record)),
    PolicyField("startsAt", \Self.startsAt, .choice(Start.self)),
    PolicyField("vehicle", \Self.vehicle, .record),
  ]

  package static func check(_ policy: WarrantyPolicy, _ faults: inout PolicyFaults) {
    if let first = policy.firstMaintenance, first.months > policy.vehicle.months {
      faults.refuse("firstMaintenance", "must not be due after the term of the vehicle")
    }
    var seen: Set<[String]> = []
    for (index, component) in (policy.components ?? []).enumerated()
    where !seen.insert([component.handle.rawValue, component.prefix]).inserted {
      faults.refuse("components", index, "prefix", .notUnique, "must be named once for each handle")
    }
  }
}

/// The groups that terms and legal counters speak of (P-02, P-05, P-06, P-23).
package enum ComponentGroup: String, Hashable, Sendable, CaseIterable {
  case engine, transmission, powerBattery, driveMotor, steering, brakes, suspension, drivetrain, emissionControl, body
  case electrical, interior, wearParts
}

/// What a part number, an operation or a fault code says about the component that failed or was replaced.
package struct WarrantyComponent: PolicyRecord {
  /// What the prefix is compared with.
  package enum Handle: String, Hashable, Sendable, CaseIterable {
    case partNumber, labourOperation, faultCode
  }

  /// What the component is to the counters of the three guarantees (P-06).
  package enum Role: String, Hashable, Sendable, CaseIterable {
    case assembly, mainPart, other
  }

  package var handle: Handle
  /// The longest one that fits decides.
  package var prefix: String
  /// For people; the same main part is what has the same name.
  package var name: String
  package var group: ComponentGroup
  package var role: Role
  /// Whether its failure is a serious safety failure: steering or brakes fail, the body cracks, fuel leaks, the battery burns.
  package var isSafetyFailure: Bool

  package init(
    handle: Handle, prefix: String, name: String, group: ComponentGroup, role: Role, isSafetyFailure: Bool
  ) {
    self.handle = handle
    self.prefix = prefix
    self.name = name
    self.group = group
    self.role = role
    self.isSafetyFailure = isSafetyFailure
  }

  package static let component: String? = "WarrantyComponent"
  package static let pattern = WarrantyComponent(
    handle: .partNumber, prefix: "1000", name: "Engine", group: .engine, role: .assembly, isSafetyFailure: false)
  package static let fields = [
    PolicyField("group", \Self.group, .choice(ComponentGroup.self)),
    PolicyField("handle", \Self.handle, .choice(Handle.self)),
    PolicyField("isSafetyFailure", \Self.isSafetyFailure, .boolean),
    PolicyField("name", \Self.name, .text(1...100)),
    PolicyField("prefix", \Self.prefix, .text(1...64)),
    PolicyField("role", \Self.role, .choice(Role.self)),
  ]
}

extension [WarrantyComponent] {
  /// What the handle's text says; the longest prefix decides.
  package func component(_ handle: WarrantyComponent.Handle, _ text: String?) -> WarrantyComponent? {
    guard let text else { return nil }
    return filter { $0.handle == handle && text.hasPrefix($0.prefix) }.max {
      $0.prefix.utf8.count < $1.prefix.utf8.count
    }
  }

  /// Of a line: the part that failed says most, then the operation, then the fault.
  package func component(of line: Entitlement.Line) -> WarrantyComponent? {
    component(.partNumber, line.causalPartNumber) ?? component(.labourOperation, line.labourOperationCode)
      ?? component(.faultCode, line.faultCode)
  }
}

/// What the maker wants to be asked about before it is repaired (M5).
package struct PreAuthorisationTerms: PolicyRecord {
  /// From this amount of a line on, equal included. `nil`: whatever it costs.
  package var requiredFrom: Money?
  /// Groups that are always asked about, whatever they cost.
  package var groups: Set<ComponentGroup>
  /// How long an approval holds when it says nothing itself.
  package var validDays: Int

  package init(requiredFrom: Money?, groups: Set<ComponentGroup>, validDays: Int) {
    self.requiredFrom = requiredFrom
    self.groups = groups
    self.validDays = validDays
  }

  package static let standardDays = 30

  package static let component: String? = "PreAuthorisationTerms"
  package static let pattern = PreAuthorisationTerms(requiredFrom: nil, groups: [], validDays: standardDays)
  package static let fields = [
    PolicyField("groups", \Self.groups, .set(of: .choice(ComponentGroup.self))),
    PolicyField("requiredFrom", \Self.requiredFrom, .optional(.amount)),
    PolicyField("validDays", \Self.validDays, .integer(1...365)),
  ]
}

/// So long or so far, whichever ends first.
package struct WarrantyTerm: PolicyRecord {
  package var months: Int
  /// `nil`: without limit.
  package var km: Int?

  package init(months: Int, km: Int?) {
    self.months = months
    self.km = km
  }

  package static let component: String? = "WarrantyTerm"
  package static let pattern = WarrantyTerm(months: 12, km: nil)
  package static let fields = [
    PolicyField("km", \Self.km, .optional(.integer(1...2_000_000))),
    PolicyField("months", \Self.months, .integer(1...360)),
  ]
}

/// The classes of paid work that differ in guarantee (P-15).
package enum RepairClass: String, Hashable, Sendable, CaseIterable {
  case overhaul, levelTwoMaintenance, minorRepair
}

package struct RepairGuarantee: PolicyRecord {
  package var days: Int
  package var km: Int

  package init(days: Int, km: Int) {
    self.days = days
    self.km = km
  }

  package static let pattern = RepairGuarantee(days: 10, km: 2000)
  package static let fields = [
    PolicyField("days", \Self.days, .integer(1...3650)),
    PolicyField("km", \Self.km, .integer(1...1_000_000)),
  ]
}
