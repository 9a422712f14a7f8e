/// The transition table of complaints (SM-4). Services execute it, `GET …/actions` publishes it, tests enumerate it.
package enum ComplaintLifecycle {
  package static let table = Lifecycle<Complaint>([
    Transition(
      .assign, from: [.received], to: .assigned, .complaintsAssign, effects: ["complaint.assigned"],
      basis: "CMP-03"),
    // The case goes to another group; its deadlines go with it (A14).
    Transition(
      .assign, from: [.assigned, .investigating, .escalated, .solutionProposed, .inExecution], to: nil,
      .complaintsAssign, effects: ["complaint.handedOver"], basis: "CMP-03, CMP-11"),
    Transition(
      .investigate, from: [.assigned], to: .investigating, .complaintsInvestigate,
      effects: ["complaint.investigating"], basis: "CMP-07"),
    Transition(
      .investigate, from: [.investigating, .escalated], to: nil, .complaintsInvestigate,
      effects: ["complaint.investigated"], basis: "CMP-07"),
    Transition(
      .proposeSolution, from: [.investigating, .escalated], to: .solutionProposed, .complaintsProposeSolution,
      effects: ["complaint.solutionProposed"], basis: "CMP-05, CMP-06, T-37"),
    // Told later than decided, or another promise while the customer still thinks about it.
    Transition(
      .proposeSolution, from: [.solutionProposed], to: nil, .complaintsProposeSolution,
      effects: ["complaint.solutionRevised"], basis: "CMP-06, T-05"),
    Transition(
      .acceptSolution, from: [.solutionProposed], to: .inExecution, .complaintsAcceptSolution,
      effects: ["complaint.solutionAccepted"], basis: "CMP-05"),
    Transition(
      .refuseSolution, from: [.solutionProposed], to: .investigating, .complaintsRefuseSolution,
      effects: ["complaint.solutionRefused"], basis: "SM-4"),
    Transition(
      .escalate, from: [.assigned, .investigating], to: .escalated, .complaintsEscalate, guards: [isBelowLeaders],
      effects: ["complaint.escalated"], basis: "CMP-12, T-04"),
    // The level is an axis of its own: a case that goes on may be carried up as well.
    Transition(
      .escalate, from: [.escalated, .solutionProposed, .inExecution], to: nil, .complaintsEscalate,
      guards: [isBelowLeaders], effects: ["complaint.escalated"], basis: "M16"),
    Transition(
      .resolve, from: [.inExecution], to: .resolved, .complaintsResolve, guards: [causeIsKnown, isExecuted],
      effects: ["complaint.resolved"], basis: "CMP-03, CMP-33"),
    Transition(
      .close, from: [.resolved], to: .closed, .complaintsClose, effects: ["complaint.closed"],
      basis: "CMP-08, CMP-09, REC-02"),
    Transition(
      .close, from: [.resolved], to: .investigating, .complaintsClose, outcome: Complaint.Again.general.rawValue,
      effects: ["complaint.reopened"], basis: "CMP-08"),
    Transition(
      .close, from: [.resolved], to: .negotiating, .complaintsClose, outcome: Complaint.Again.major.rawValue,
      effects: ["complaint.reopened"], basis: "CMP-08, CMP-28"),
    // Reopened as often as the policy allows: those above must decide.
    Transition(
      .close, from: [.resolved], to: .escalated, .complaintsClose, outcome: Complaint.Again.exhausted.rawValue,
      effects: ["complaint.escalated"], basis: "CMP-08, M16"),
    Transition(
      .reopen, from: [.resolved, .closed, .closedUnjustified], to: .investigating, .complaintsReopen,
      guards: [isGeneral], effects: ["complaint.reopened"], basis: "CMP-08"),
    Transition(
      .reopen, from: [.resolved, .closed], to: .negotiating, .complaintsReopen,
      outcome: Complaint.Again.major.rawValue, guards: [isMajor], effects: ["complaint.reopened"],
      basis: "CMP-08, CMP-28"),
    // A major case is downgraded first, by those who may judge that (CMP-31).
    Transition(
      .closeUnjustified, from: [.received, .assigned, .investigating, .escalated, .solutionProposed],
      to: .closedUnjustified, .complaintsCloseUnjustified, guards: [isGeneral],
      effects: ["complaint.closedUnjustified"], basis: "CMP-19"),
    Transition(
      .reportMajor, from: [.received, .assigned, .investigating, .escalated], to: .majorReported,
      .complaintsReportMajor, effects: ["complaint.majorReported"], basis: "CMP-21, T-15"),
    Transition(
      .reportMajor, from: majorInHand, to: nil, .complaintsReportMajor, guards: [reportIsNotSent],
      effects: ["complaint.majorReportSent"], basis: "CMP-22, CMP-23, T-16, T-19"),
    Transition(
      .confirmMajor, from: [.majorReported], to: .majorConfirmed, .complaintsConfirmMajor,
      effects: ["complaint.majorConfirmed", "qualityIssue.proposed"], basis: "CMP-16, CMP-22, T-16"),
    Transition(
      .downgrade, from: [.majorReported, .majorConfirmed, .teamFormed, .onSite, .appraised, .negotiating],
      to: .assigned, .complaintsDowngrade, effects: ["complaint.downgraded"], basis: "CMP-31"),
    Transition(
      .formTeam, from: [.majorConfirmed], to: .teamFormed, .complaintsFormTeam, effects: ["complaint.teamFormed"],
      basis: "CMP-24, CMP-25, CMP-34, SEC-02"),
    Transition(
      .formTeam, from: [.teamFormed, .onSite, .appraised, .negotiating, .agreementEffective, .inExecution], to: nil,
      .complaintsFormTeam, guards: [isMajor], effects: ["complaint.teamChanged"], basis: "CMP-25, SEC-02"),
    Transition(
      .arriveOnSite, from: [.teamFormed], to: .onSite, .complaintsArriveOnSite, effects: ["complaint.teamOnSite"],
      basis: "CMP-26, T-17"),
    Transition(
      .appraise, from: [.onSite], to: .appraised, .complaintsAppraise, effects: ["complaint.appraised"],
      basis: "CMP-27, CMP-29"),
    Transition(
      .negotiate, from: [.appraised, .agreementEffective], to: .negotiating, .complaintsNegotiate,
      effects: ["complaint.negotiated"], basis: "CMP-28"),
    Transition(
      .negotiate, from: [.negotiating], to: nil, .complaintsNegotiate, effects: ["complaint.negotiated"],
      basis: "CMP-28"),
    // The second signature makes it effective; the first one stands alone.
    Transition(
      .signAgreement, from: [.negotiating], to: .agreementEffective, .complaintsSignAgreement,
      guards: [hasAgreement], effects: ["complaint.agreementEffective"], basis: "CMP-28"),
    Transition(
      .signAgreement, from: [.negotiating], to: nil, .complaintsSignAgreement, outcome: "firstSignature",
      guards: [hasAgreement], effects: ["complaint.agreementSigned"], basis: "CMP-28"),
    Transition(
      .execute, from: [.agreementEffective], to: .inExecution, .complaintsExecute,
      effects: ["complaint.executionStarted"], basis: "CMP-33"),
    Transition(
      .merge, from: [.received, .assigned, .investigating, .escalated, .solutionProposed], to: .merged,
      .complaintsMerge, guards: [isGeneral], effects: ["complaint.merged"], basis: "M16"),
  ])

  /// Nothing more happens but the reading of it, unless it is reopened.
  package static let ended: Set<Complaint.State> = [.closed, .closedUnjustified, .merged]

  package static let open = Set(Complaint.State.allCases).subtracting(ended)

  /// Confirmed as major, and not yet carried out.
  package static let majorInHand: Set<Complaint.State> = [
    .majorConfirmed, .teamFormed, .onSite, .appraised, .negotiating, .agreementEffective,
  ]

  private static let isBelowLeaders = Guard<Complaint>(
    "top-of-the-ladder", "The case is with the leaders already."
  ) { complaint, _ in complaint.progress.escalation?.level != .leaders }

  private static let isGeneral = Guard<Complaint>.ofKind("major-complaint", "The complaint is a major one.") {
    complaint in
    complaint.kind == .general
  }

  private static let isMajor = Guard<Complaint>.ofKind("general-complaint", "The complaint is a general one.") {
    complaint in complaint.kind == .major
  }

  private static let causeIsKnown = Guard<Complaint>(
    "cause-unknown", "The root cause is recorded before the complaint is resolved."
  ) { complaint, _ in complaint.progress.cause != nil }

  private static let isExecuted = Guard<Complaint>(
    "agreement-not-executed", "What was agreed is not carried out yet: repair, payment or return of the vehicle."
  ) { complaint, _ in complaint.kind == .general || complaint.outstanding.isEmpty }

  private static let reportIsNotSent = Guard<Complaint>(
    "report-sent", "The report went to QA and the leaders already."
  ) { complaint, _ in complaint.major.report?.sending == nil }

  private static let hasAgreement = Guard<Complaint>(
    "no-agreement", "There is no agreement to sign yet; write it down first."
  ) { complaint, _ in complaint.major.agreement != nil }
}

extension Complaint {
  /// Where a case goes on when the customer is not satisfied.
  package enum Again: String, Hashable, Sendable, CaseIterable {
    case general, major, exhausted
  }

  /// What of an effective agreement is still to be done (CMP-33).
  package enum Obligation: String, Hashable, Sendable, CaseIterable {
    case repairOrder, compensation, vehicleReturn
  }

  package var outstanding: Set<Obligation> {
    guard let content = major.agreement?.content else { return [] }
    var open: Set<Obligation> = []
    if content.repair != nil, major.repairOrderID == nil { open.insert(.repairOrder) }
    if let agreed = content.compensation {
      let paid = major.compensations.filter { $0.payment != nil }.reduce(0) { $0 + $1.amount.minor }
      if paid < agreed.minor { open.insert(.compensation) }
    }
    if major.compensations.contains(where: { $0.payment == nil }) { open.insert(.compensation) }
    if content.takesVehicleBack, major.vehicleReturns.isEmpty { open.insert(.vehicleReturn) }
    if major.vehicleReturns.contains(where: { $0.storage == nil }) { open.insert(.vehicleReturn) }
    return open
  }
}
