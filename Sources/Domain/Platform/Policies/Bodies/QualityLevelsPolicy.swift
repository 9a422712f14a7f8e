/// The numbers behind the levels of quality issues (QI-10…19, QI-30) and behind the early warning (A11).
package struct QualityLevelsPolicy: PolicyBody {
  package static let key = PolicyKey.qualityLevels

  /// A loss to the company above this share of the vehicle's value is level 1 (T-30).
  package var level1LossAbovePercentOfVehicleValue: Int
  /// A demand of this amount or more is level 2 (T-28).
  package var level2DemandFrom: Money
  /// A demand of this amount or more is level 3 (T-29).
  package var level3DemandFrom: Money
  /// From this frequency on complaints about a functional defect are "very frequent" (QI-15, D-04).
  package var veryHighFrequency: ComplaintFrequency
  /// From this frequency on complaints about a defect are "rather frequent" (QI-18a, D-04).
  package var ratherHighFrequency: ComplaintFrequency
  /// A complaint on the same VIN and symptom within so many days is offered as a duplicate.
  package var duplicateComplaintDays: Int
  /// Who sits in the team of a major complaint, by level.
  package var teams: [QualityLevel: Set<Role>]
  package var earlyWarning: EarlyWarningRule

  package static let pattern = PolicyDefaults.qualityLevels
  package static let fields = [
    PolicyField("duplicateComplaintDays", \Self.duplicateComplaintDays, .integer(1...730)),
    PolicyField("earlyWarning", \Self.earlyWarning, .record),
    PolicyField(
      "level1LossAbovePercentOfVehicleValue", \Self.level1LossAbovePercentOfVehicleValue, .integer(1...1000)),
    PolicyField("level2DemandFrom", \Self.level2DemandFrom, .amount),
    PolicyField("level3DemandFrom", \Self.level3DemandFrom, .amount),
    PolicyField("ratherHighFrequency", \Self.ratherHighFrequency, .record),
    PolicyField(
      "teams", \Self.teams,
      .table(
        QualityLevel.self, of: .set(of: .choice(Role.self, name: "RoleCode")),
        standard: { PolicyDefaults.qualityLevels.teams })),
    PolicyField("veryHighFrequency", \Self.veryHighFrequency, .record),
  ]

  package static func check(_ policy: QualityLevelsPolicy, _ faults: inout PolicyFaults) {
    if policy.level2DemandFrom.currency != policy.level3DemandFrom.currency {
      faults.refuse("level2DemandFrom", "must be in the currency of level3DemandFrom")
    } else if policy.level2DemandFrom.minor <= policy.level3DemandFrom.minor {
      faults.refuse("level2DemandFrom", "must be above level3DemandFrom")
    }
    // Compared without fractions: complaints per day of one window against the other's.
    let very = policy.veryHighFrequency.complaints * policy.ratherHighFrequency.windowDays
    let rather = policy.ratherHighFrequency.complaints * policy.veryHighFrequency.windowDays
    if very <= rather { faults.refuse("veryHighFrequency", "must be more frequent than ratherHighFrequency") }
    for level in QualityLevel.allCases where policy.teams[level]?.isEmpty ?? true {
      faults.within(.member("teams")) { $0.refuse(level.rawValue, "must name a role at least") }
    }
  }
}

/// The three levels of major quality information (QI-06).
package enum QualityLevel: String, Hashable, Sendable, CaseIterable {
  case level1, level2, level3
}

/// So many complaints on the same model, part and fault within a sliding window (QI-30).
package struct ComplaintFrequency: PolicyRecord {
  package var complaints: Int
  package var windowDays: Int

  package init(complaints: Int, windowDays: Int) {
    self.complaints = complaints
    self.windowDays = windowDays
  }

  package static let pattern = ComplaintFrequency(complaints: 1, windowDays: 30)
  package static let fields = [
    PolicyField("complaints", \Self.complaints, .integer(1...100_000)),
    PolicyField("windowDays", \Self.windowDays, .integer(1...730)),
  ]
}

/// When a group of vehicles is conspicuous against its own past (A11).
package struct EarlyWarningRule: PolicyRecord {
  /// Months of the group's past that make its baseline.
  package var baselineMonths: Int
  /// Fewer events than this in a month never warn.
  package var leastEvents: Int
  /// Standard deviations above the baseline, in hundredths.
  package var deviations: Int64

  package init(baselineMonths: Int, leastEvents: Int, deviations: Int64) {
    self.baselineMonths = baselineMonths
    self.leastEvents = leastEvents
    self.deviations = deviations
  }

  package static let pattern = EarlyWarningRule(baselineMonths: 12, leastEvents: 3, deviations: 300)
  package static let fields = [
    PolicyField("baselineMonths", \Self.baselineMonths, .integer(3...60)),
    PolicyField("deviations", \Self.deviations, .hundredths(100...1000)),
    PolicyField("leastEvents", \Self.leastEvents, .integer(1...1000)),
  ]
}
