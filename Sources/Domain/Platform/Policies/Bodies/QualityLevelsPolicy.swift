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

/// When a cell of vehicles (make, model, model year, component) is conspicuous against its own past (A11): one rule for all.
package struct EarlyWarningRule: PolicyRecord {
  /// Reports of a cell count so many days.
  package var windowDays: Int
  /// Days in which a report comes to weigh half.
  package var halfLifeDays: Int
  /// Two narratives of this likeness or more are taken for the same fault, below it in part, in hundredths.
  package var sameFaultLikeness: Int64
  /// What is added to the weight of a report, in hundredths: of a crash, and of fire, injury or death.
  package var crashWeight: Int64
  package var harmWeight: Int64
  /// Fewer reports of a cell than this within the window never warn.
  package var leastReports: Int
  /// From this sum of like reports on a cell warns, in hundredths.
  package var threshold: Int64
  /// Each further level is so many times the sum of the one before, in hundredths.
  package var levelFactor: Int64
  /// Days that are compared with the months before them.
  package var recentDays: Int
  /// Months of the cell's past that make its baseline.
  package var baselineMonths: Int
  /// So many times as many like reports a day as in the baseline, in hundredths.
  package var pace: Int64
  /// An adjacent model year with this percentage of the cell's own sum is in the same signal.
  package var neighbourPercent: Int
  /// A cell is silent so many days after a signal, unless the level rises, and after a campaign.
  package var quietDays: Int
  /// A vehicle (make, model, model year) is new for so many days from its first report on; it has no past to be compared with, so
  /// its reports are held against what the component's share in the whole fleet leads to expect.
  package var newVehicleDays: Int
  /// Of a new vehicle fewer reports of a component than this warn by the threshold alone.
  package var newVehicleReports: Int
  /// From this sum of like reports on a component of a new vehicle warns, in hundredths, …
  package var newVehicleThreshold: Int64
  /// … if its reports are so many times the expected ones, in hundredths.
  package var newVehicleRatio: Int64

  package init(
    windowDays: Int, halfLifeDays: Int, sameFaultLikeness: Int64, crashWeight: Int64, harmWeight: Int64,
    leastReports: Int, threshold: Int64, levelFactor: Int64, recentDays: Int, baselineMonths: Int, pace: Int64,
    neighbourPercent: Int, quietDays: Int, newVehicleDays: Int, newVehicleReports: Int, newVehicleThreshold: Int64,
    newVehicleRatio: Int64
  ) {
    self.windowDays = windowDays
    self.halfLifeDays = halfLifeDays
    self.sameFaultLikeness = sameFaultLikeness
    self.crashWeight = crashWeight
    self.harmWeight = harmWeight
    self.leastReports = leastReports
    self.threshold = threshold
    self.levelFactor = levelFactor
    self.recentDays = recentDays
    self.baselineMonths = baselineMonths
    self.pace = pace
    self.neighbourPercent = neighbourPercent
    self.quietDays = quietDays
    self.newVehicleDays = newVehicleDays
    self.newVehicleReports = newVehicleReports
    self.newVehicleThreshold = newVehicleThreshold
    self.newVehicleRatio = newVehicleRatio
  }

  package var baselineDays: Int { baselineMonths * 365 / 12 }

  package static let pattern = EarlyWarningRule(
    windowDays: 365, halfLifeDays: 75, sameFaultLikeness: 12, crashWeight: 10, harmWeight: 15, leastReports: 3,
    threshold: 500, levelFactor: 200, recentDays: 91, baselineMonths: 12, pace: 200, neighbourPercent: 30,
    quietDays: 365, newVehicleDays: 240, newVehicleReports: 5, newVehicleThreshold: 225, newVehicleRatio: 600)
  package static let fields = [
    PolicyField("baselineMonths", \Self.baselineMonths, .integer(3...60)),
    PolicyField("crashWeight", \Self.crashWeight, .hundredths(0...10_000)),
    PolicyField("halfLifeDays", \Self.halfLifeDays, .integer(1...3650)),
    PolicyField("harmWeight", \Self.harmWeight, .hundredths(0...10_000)),
    PolicyField("leastReports", \Self.leastReports, .integer(1...1000)),
    PolicyField("levelFactor", \Self.levelFactor, .hundredths(110...10_000)),
    PolicyField("neighbourPercent", \Self.neighbourPercent, .integer(1...1000)),
    PolicyField("newVehicleDays", \Self.newVehicleDays, .integer(0...3650)),
    PolicyField("newVehicleRatio", \Self.newVehicleRatio, .hundredths(100...100_000)),
    PolicyField("newVehicleReports", \Self.newVehicleReports, .integer(1...1000)),
    PolicyField("newVehicleThreshold", \Self.newVehicleThreshold, .hundredths(100...100_000)),
    PolicyField("pace", \Self.pace, .hundredths(0...10_000)),
    PolicyField("quietDays", \Self.quietDays, .integer(1...3650)),
    PolicyField("recentDays", \Self.recentDays, .integer(7...365)),
    PolicyField("sameFaultLikeness", \Self.sameFaultLikeness, .hundredths(1...100)),
    PolicyField("threshold", \Self.threshold, .hundredths(100...100_000)),
    PolicyField("windowDays", \Self.windowDays, .integer(30...1095)),
  ]
}
