/// How warranty claims are audited (CLM-01…18, D-24). How long a decision may take is the clock `claimDecision`.
package struct ClaimRulesPolicy: PolicyBody {
  package static let key = PolicyKey.claimRules

  /// What holds when nobody decided in time (A9).
  package enum LateDecision: String, Hashable, Sendable, CaseIterable {
    case escalated, deemedApproved
  }

  /// What the audit looks for (CLM-08…10).
  package enum Rule: String, Hashable, Sendable, CaseIterable {
    case noDeliveredWorkOrder, followUpContradicts, partNotShipped, oldPartMissing, odometerBelowEarlier
    case sameLineTwice, sameRepairInWindow, overMonths, overKm, labourAboveStandard, priceAboveList, samePhotoElsewhere
    case technicianOnTwoJobs, repairNotAuthorised, submittedLate
    case preAuthorisationMissing, preAuthorisationExpired, preAuthorisationExceeded, preAuthorisationDrift
  }

  package enum Severity: String, Hashable, Sendable, CaseIterable {
    /// The line cannot be paid.
    case block
    /// A person decides.
    case review
    /// Told, and does not stop an automatic approval.
    case notice
  }

  /// Days from delivery in which a claim is submitted on time (T-33).
  package var submissionDays: Int
  /// The same operation and causal part on the same VIN within so many days is a duplicate (CLM-09).
  package var duplicateDays: Int
  /// Clean claims are approved without a person while what the claim asks for, together with what was approved of other claims of
  /// the same work order by the same payer, stays within this. `nil`: none are.
  package var automaticApprovalUpTo: Money?
  package var lateDecision: LateDecision
  /// Appeals against one decision, each decided by another person (D-24).
  package var appeals: Int
  /// Days from the decision in which an appeal may come.
  package var appealDays: Int
  /// Months after payment in which a claim may still be charged back (A9).
  package var chargeBackMonths: Int
  /// Labour above the standard hours by more than this is a finding.
  package var labourTolerancePercent: Int
  /// A price above the list by more than this is a finding.
  package var priceTolerancePercent: Int
  package var severities: [Rule: Severity]

  package static let pattern = PolicyDefaults.claimRules
  package static let fields = [
    PolicyField("appealDays", \Self.appealDays, .integer(1...365)),
    PolicyField("appeals", \Self.appeals, .integer(0...5)),
    PolicyField("automaticApprovalUpTo", \Self.automaticApprovalUpTo, .optional(.amount)),
    PolicyField("chargeBackMonths", \Self.chargeBackMonths, .integer(0...120)),
    PolicyField("duplicateDays", \Self.duplicateDays, .integer(1...1095)),
    PolicyField("labourTolerancePercent", \Self.labourTolerancePercent, .percent),
    PolicyField("lateDecision", \Self.lateDecision, .choice(LateDecision.self)),
    PolicyField("priceTolerancePercent", \Self.priceTolerancePercent, .percent),
    PolicyField(
      "severities", \Self.severities,
      .table(
        Rule.self, of: .choice(Severity.self), younger: [.preAuthorisationDrift],
        standard: { PolicyDefaults.claimRules.severities })),
    PolicyField("submissionDays", \Self.submissionDays, .integer(1...365)),
  ]

  package static func check(_ policy: ClaimRulesPolicy, _ faults: inout PolicyFaults) {
    // A line that was paid already is never paid again, whatever the year's rules say (CLM-09, SET-09).
    if policy.severities[.sameLineTwice] != .block {
      faults.within(.member("severities")) { $0.refuse(Rule.sameLineTwice.rawValue, "must be block") }
    }
  }
}
