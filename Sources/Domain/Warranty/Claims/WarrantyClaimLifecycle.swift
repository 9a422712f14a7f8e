/// The transition table of warranty claims (SM-6). Services execute it, `GET …/actions` publishes it, tests enumerate it. Where an
/// action leads follows from the lines (`derivedState`), so it names the state that they gave as its outcome. What other families do
/// to a claim (an old part was accepted or refused, a settlement paid) is no action of a person and stands in
/// `WarrantyClaim+Progress`.
package enum WarrantyClaimLifecycle {
  package static let table = Lifecycle<WarrantyClaim>([
    Transition(
      .appraise, from: [.draft, .returned], to: nil, .warrantyClaimsAppraise, effects: ["warrantyClaim.appraised"],
      basis: "CLM-05"),
    Transition(
      .submit, from: [.draft, .returned], to: .underAudit, .warrantyClaimsSubmit, guards: [hasLines],
      effects: ["warrantyClaim.submitted"], basis: "CLM-06, CLM-08…10, T-33"),
    Transition(
      .submit, from: [.draft, .returned], to: .awaitingOldPart, .warrantyClaimsSubmit,
      outcome: outcome(.awaitingOldPart),
      guards: [hasLines], effects: ["warrantyClaim.submitted", "warrantyClaim.approvedAutomatically"],
      basis: "CLM-08…10, OLD-01"),
    Transition(
      .submit, from: [.draft, .returned], to: .payable, .warrantyClaimsSubmit, outcome: outcome(.payable),
      guards: [hasLines], effects: ["warrantyClaim.submitted", "warrantyClaim.approvedAutomatically"],
      basis: "CLM-08…10"),
    Transition(
      .return, from: [.underAudit], to: .returned, .warrantyClaimsReturn, guards: [deciderDidNotSubmit],
      effects: ["warrantyClaim.returned"], basis: "CLM-11"),
    // Some lines are decided, others still wait.
    Transition(
      .decide, from: [.underAudit], to: nil, .warrantyClaimsDecide, guards: [deciderDidNotSubmit],
      effects: ["warrantyClaim.lineDecided"], basis: "CLM-11, SEC-10"),
    Transition(
      .decide, from: [.underAudit], to: .returned, .warrantyClaimsDecide, outcome: outcome(.returned),
      guards: [deciderDidNotSubmit], effects: ["warrantyClaim.returned"], basis: "CLM-11, SEC-10"),
    Transition(
      .decide, from: [.underAudit], to: .rejected, .warrantyClaimsDecide, outcome: outcome(.rejected),
      guards: [deciderDidNotSubmit], effects: ["warrantyClaim.rejected"], basis: "CLM-11, SEC-10"),
    Transition(
      .decide, from: [.underAudit], to: .awaitingOldPart, .warrantyClaimsDecide, outcome: outcome(.awaitingOldPart),
      guards: [deciderDidNotSubmit], effects: ["warrantyClaim.approved"], basis: "CLM-11, OLD-01, SEC-10"),
    Transition(
      .decide, from: [.underAudit], to: .payable, .warrantyClaimsDecide, outcome: outcome(.payable),
      guards: [deciderDidNotSubmit], effects: ["warrantyClaim.approved"], basis: "CLM-11, SEC-10"),
    // An appeal was refused, and everything else is in a settlement, or paid.
    Transition(
      .decide, from: [.underAudit], to: .inSettlement, .warrantyClaimsDecide, outcome: outcome(.inSettlement),
      guards: [deciderDidNotSubmit], effects: ["warrantyClaim.rejected"], basis: "M15, SEC-10"),
    Transition(
      .decide, from: [.underAudit], to: .settled, .warrantyClaimsDecide, outcome: outcome(.settled),
      guards: [deciderDidNotSubmit], effects: ["warrantyClaim.rejected"], basis: "M15, SEC-10"),
    Transition(
      .appeal, from: [.rejected, .awaitingOldPart, .payable, .inSettlement, .settled], to: .underAudit,
      .warrantyClaimsAppeal,
      guards: [hasRefusedLines], effects: ["warrantyClaim.appealed"], basis: "D-24, M15"),
    Transition(
      .withdraw, from: [.draft, .returned, .underAudit], to: .withdrawn, .warrantyClaimsWithdraw, guards: [owesNothing],
      effects: ["warrantyClaim.withdrawn"], basis: "SM-6"),
    Transition(
      .chargeBack, from: [.payable, .inSettlement, .settled], to: nil, .warrantyClaimsChargeBack,
      guards: [deciderDidNotSubmit, hasPaidLines], effects: ["warrantyClaim.chargedBack"], basis: "A9, SEC-10"),
    // Nothing is left that the maker would pay.
    Transition(
      .chargeBack, from: [.payable, .inSettlement, .settled], to: .rejected, .warrantyClaimsChargeBack,
      outcome: outcome(.rejected), guards: [deciderDidNotSubmit, hasPaidLines],
      effects: ["warrantyClaim.chargedBack"], basis: "A9, SEC-10"),
  ])

  /// Where the lines take a claim is the name of the way there; `nil` is the usual one.
  package static func outcome(_ state: WarrantyClaim.State) -> String? {
    state == .underAudit ? nil : state.rawValue
  }

  /// In which the clerk may still write.
  package static let editable: Set<WarrantyClaim.State> = [.draft, .returned]

  private static let hasLines = Guard<WarrantyClaim>("no-lines", "The claim has nothing that costs anything.") {
    claim, _ in claim.claimed.minor > 0
  }

  private static let deciderDidNotSubmit = Guard<WarrantyClaim>(
    "submitter-decides", "Who submitted the claim does not decide about it; another person must (SEC-10)."
  ) { claim, subject in
    guard let person = subject.id else { return true }
    return !claim.progress.submitters.contains(person)
  }

  private static let hasRefusedLines = Guard<WarrantyClaim>(
    "nothing-to-appeal", "No line was rejected or reduced."
  ) { claim, _ in claim.lines.contains(where: \.isContestable) }

  private static let hasPaidLines = Guard<WarrantyClaim>(
    "nothing-paid", "Nothing of the claim was paid; what is owed is changed by an appeal."
  ) { claim, _ in claim.lines.contains(where: \.isPaid) }

  private static let owesNothing = Guard<WarrantyClaim>(
    "already-payable", "Something of the claim is payable already; what is left is decided."
  ) { claim, _ in claim.lines.allSatisfy { $0.entries == 0 } }
}

extension ClaimLine {
  /// Whether the station may appeal against what was decided. A refused old part is a matter of the part, not of the decision.
  package var isContestable: Bool {
    guard let verdict, verdict.reason != .oldPart else { return false }
    return verdict.outcome == .rejected || verdict.outcome == .reduced
  }
}
