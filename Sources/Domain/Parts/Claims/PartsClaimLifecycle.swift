/// The transition table of parts claims (SM-9). Services execute it, `GET …/actions` publishes it, tests enumerate it.
package enum PartsClaimLifecycle {
  package static let table = Lifecycle<PartsClaim>([
    Transition(
      .submit, from: [.draft], to: .submitted, .partsClaimsSubmit, effects: ["partsClaim.submitted"],
      basis: "PCL-01, PCL-03"),
    // Before headquarters looks at it the station may think better of it; its pieces may be claimed for again.
    Transition(
      .withdraw, from: [.draft, .submitted], to: .withdrawn, .partsClaimsSubmit, effects: ["partsClaim.withdrawn"],
      basis: "SM-9"),
    Transition(
      .review, from: [.submitted], to: .underReview, .partsClaimsReview, effects: ["partsClaim.reviewed"],
      basis: "PCL-04"),
    Transition(
      .approveReplenishment, from: [.underReview], to: .approvedReplenish, .partsClaimsApproveReplenishment,
      guards: [deciderDidNotSubmit], effects: ["partsClaim.replenishmentApproved"], basis: "PO-07, PCL-04"),
    Transition(
      .approveCompensation, from: [.underReview], to: .approvedCompensate, .partsClaimsApproveCompensation,
      guards: [deciderDidNotSubmit], effects: ["partsClaim.compensationApproved"], basis: "PO-07, PCL-04, SET-12"),
    Transition(
      .reject, from: [.underReview], to: .rejected, .partsClaimsReject, guards: [deciderDidNotSubmit],
      effects: ["partsClaim.rejected"], basis: "PCL-04"),
    Transition(
      .settle, from: [.approvedReplenish, .approvedCompensate], to: .settled, .partsClaimsSettle,
      effects: ["partsClaim.settled"], basis: "SM-9"),
    Transition(
      .recover, from: [.settled], to: .recovering, .partsClaimsRecover, effects: ["partsClaim.recoveryStarted"],
      basis: "PCL-05, SET-12"),
    Transition(
      .close, from: [.settled, .recovering], to: .closed, .partsClaimsClose, effects: ["partsClaim.closed"],
      basis: "SM-9"),
  ])

  /// The station waits for nothing any more.
  package static let ended: Set<PartsClaim.State> = [.withdrawn, .rejected, .closed]

  private static let deciderDidNotSubmit = Guard<PartsClaim>(
    "submitter-decides", "Who submitted the claim does not decide on it; another person must."
  ) { claim, subject in
    guard let person = subject.id else { return true }
    return claim.progress.submittedByID != person && claim.stamp.createdBy.id != person
  }
}

extension PartsClaim {
  /// Checks state and guards, and moves the state.
  package mutating func take(
    _ action: Action, outcome: String? = nil, by subject: Subject
  ) throws(Refusal) -> Transition<PartsClaim> {
    let row = try PartsClaimLifecycle.table.permit(action, outcome: outcome, on: self, by: subject)
    if let next = row.to { state = next }
    return row
  }

  package mutating func rewrite(_ header: PartsClaimHeader) throws(Refusal) {
    if state != .draft {
      throw .conflict(
        code: "parts-claim-not-editable", detail: "The claim is \(state.rawValue); what was submitted stands.",
        .state(state), .allowedStates([State.draft]))
    }
    self.header = header
  }

  /// Within the window after the receipt (PCL-03).
  package mutating func submit(at instant: Timestamp, by subject: Subject) throws(Refusal) -> Transition<PartsClaim> {
    let row = try take(.submit, by: subject)
    if let last = self.subject.claimBefore, instant > last {
      throw .conflict(
        code: "claim-window-closed",
        detail: "Received at \(self.subject.receivedAt), the parts could be claimed for until \(last).",
        .since(self.subject.receivedAt), .deadline(last))
    }
    progress.submittedAt = instant
    progress.submittedByID = subject.id
    return row
  }

  /// - Parameter decision: by which line of the order, or at which amount.
  package mutating func decide(
    _ action: Action, _ decision: PartsClaimProgress.Decision, by subject: Subject
  ) throws(Refusal) -> Transition<PartsClaim> {
    let row = try take(action, by: subject)
    guard decision.quantity <= header.quantity else {
      throw .invalid("#/quantity", .outOfRange, "only \(header.quantity) are claimed for")
    }
    if let amount = decision.amount, amount.currency != self.subject.unitPrice.currency {
      throw .invalid("#/amount/currency", .inconsistent, "must be the currency of the order")
    }
    progress.decision = decision
    return row
  }

  /// - Parameter hasArrived: whether the replacement has.
  package mutating func settle(
    hasArrived: Bool, at instant: Timestamp, by subject: Subject
  ) throws(Refusal) -> Transition<PartsClaim> {
    if state == .approvedReplenish, !hasArrived {
      throw .guardFailed(
        action: Action.settle.rawValue, guardCode: "replacement-missing", detail: "The replacement has not arrived yet."
      )
    }
    let row = try take(.settle, by: subject)
    progress.settledAt = instant
    return row
  }

  package mutating func recover(
    _ recovery: PartsClaimProgress.Recovery, by subject: Subject
  ) throws(Refusal) -> Transition<PartsClaim> {
    let row = try take(.recover, by: subject)
    if recovery.amount.currency != self.subject.unitPrice.currency {
      throw .invalid("#/amount/currency", .inconsistent, "must be the currency of the order")
    }
    progress.recovery = recovery
    return row
  }

  package mutating func close(at instant: Timestamp, by subject: Subject) throws(Refusal) -> Transition<PartsClaim> {
    let row = try take(.close, by: subject)
    progress.closedAt = instant
    return row
  }
}
