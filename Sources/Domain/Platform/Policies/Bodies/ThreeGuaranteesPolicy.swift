/// The legal duties on household cars (三包): terms, counters, and when to warn before a limit (T-40…T-43, A9).
package struct ThreeGuaranteesPolicy: PolicyBody {
  package static let key = PolicyKey.threeGuarantees

  /// In it the buyer may ask for replacement or return (T-43).
  package var period: WarrantyTerm
  /// The least that a maker must guarantee (T-43).
  package var leastWarranty: WarrantyTerm
  /// Days after the invoice in which a failed main assembly gives replacement or return at once (T-42).
  package var immediateDays: Int
  /// After the invoice, whichever first: a safety failure gives replacement or return (T-42).
  package var earlyDays: Int
  package var earlyKm: Int
  /// More days in repair than this, in total, give replacement or return (T-41).
  package var repairDaysLimit: Int
  /// More repairs of the same problem than this do (T-41).
  package var sameFaultLimit: Int
  /// So many replacements of the same main assembly or part do (T-41).
  package var assemblyReplacements: Int
  /// So many repairs of a serious safety failure without success do (T-41).
  package var safetyRepairs: Int
  /// From this day of one repair on the owner gets a loan car or is compensated for transport (T-40).
  package var loanCarFromDay: Int
  /// When the counters warn: total days, repairs of the same problem, day of one repair.
  package var warnAtRepairDays: Int
  package var warnAtSameFault: Int
  package var warnAtDayOfRepair: Int
  /// The most that may be deducted for use, in hundredths of a percent of the price (P-08).
  package var useDeductionPercent: Int64
  /// Whether only vehicles bought for household use are counted (P-24).
  package var householdUseOnly: Bool

  package static let pattern = PolicyDefaults.threeGuarantees
  package static let fields = [
    PolicyField("assemblyReplacements", \Self.assemblyReplacements, .integer(1...20)),
    PolicyField("earlyDays", \Self.earlyDays, .integer(1...365)),
    PolicyField("earlyKm", \Self.earlyKm, .integer(1...100_000)),
    PolicyField("householdUseOnly", \Self.householdUseOnly, .boolean),
    PolicyField("immediateDays", \Self.immediateDays, .integer(1...365)),
    PolicyField("leastWarranty", \Self.leastWarranty, .record),
    PolicyField("loanCarFromDay", \Self.loanCarFromDay, .integer(1...60)),
    PolicyField("period", \Self.period, .record),
    PolicyField("repairDaysLimit", \Self.repairDaysLimit, .integer(1...365)),
    PolicyField("safetyRepairs", \Self.safetyRepairs, .integer(1...20)),
    PolicyField("sameFaultLimit", \Self.sameFaultLimit, .integer(1...50)),
    PolicyField("useDeductionPercent", \Self.useDeductionPercent, .hundredths(0...10_000)),
    PolicyField("warnAtDayOfRepair", \Self.warnAtDayOfRepair, .integer(1...60)),
    PolicyField("warnAtRepairDays", \Self.warnAtRepairDays, .integer(1...365)),
    PolicyField("warnAtSameFault", \Self.warnAtSameFault, .integer(1...50)),
  ]

  package static func check(_ policy: ThreeGuaranteesPolicy, _ faults: inout PolicyFaults) {
    if policy.immediateDays > policy.earlyDays { faults.refuse("immediateDays", "must not exceed earlyDays") }
    if policy.period.months > policy.leastWarranty.months {
      faults.refuse("period", "must not be longer than leastWarranty")
    }
    if policy.warnAtRepairDays > policy.repairDaysLimit {
      faults.refuse("warnAtRepairDays", "must not exceed repairDaysLimit")
    }
    if policy.warnAtSameFault > policy.sameFaultLimit {
      faults.refuse("warnAtSameFault", "must not exceed sameFaultLimit")
    }
    if policy.warnAtDayOfRepair >= policy.loanCarFromDay {
      faults.refuse("warnAtDayOfRepair", "must be before loanCarFromDay")
    }
  }
}
