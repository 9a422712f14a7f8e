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

  /// The term of a group: its own or the vehicle's.
  package func term(of group: ComponentGroup?) -> WarrantyTerm { group.flatMap { groups[$0] } ?? vehicle }

  package static let pattern = PolicyDefaults.warranty
  package static let fields = [
    PolicyField("exclusions", \Self.exclusions, .set(of: .choice(Exclusion.self))),
    PolicyField("firstMaintenance", \Self.firstMaintenance, .optional(.record)),
    PolicyField("groups", \Self.groups, .dictionary(ComponentGroup.self, of: .record)),
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
  }
}

/// The groups that terms and legal counters speak of (P-02, P-05, P-06, P-23).
package enum ComponentGroup: String, Hashable, Sendable, CaseIterable {
  case engine, transmission, powerBattery, driveMotor, steering, brakes, suspension, drivetrain, emissionControl, body
  case electrical, interior, wearParts
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
