/// The transition table of service requests (SM-1). Services execute it, `GET …/actions` publishes it, tests enumerate it.
package enum ServiceRequestLifecycle {
  package static let table = Lifecycle<ServiceRequest>([
    Transition(
      .forward, from: [.received], to: .forwarded, .serviceRequestsForward, effects: ["serviceRequest.forwarded"],
      basis: "CALL-14, T-12"),
    Transition(
      .answer, from: [.forwarded], to: nil, .serviceRequestsAnswer, effects: ["serviceRequest.answered"],
      basis: "CALL-15, T-13"),
    Transition(
      .resolveByPhone, from: [.received, .forwarded], to: .resolvedByPhone, .serviceRequestsResolveByPhone,
      effects: ["serviceRequest.resolvedByPhone"], basis: "CALL-17"),
    Transition(
      .escalate, from: [.received, .forwarded, .dispatched], to: .escalated, .serviceRequestsEscalate,
      effects: ["serviceRequest.escalated"], basis: "CALL-06"),
    Transition(
      .dispatch, from: [.received, .forwarded, .escalated], to: .dispatched, .serviceRequestsDispatch,
      effects: ["serviceRequest.dispatched"], basis: "CALL-03, CALL-07"),
    Transition(
      .accept, from: [.dispatched], to: .accepted, .serviceRequestsAccept, guards: [inOwnHands],
      effects: ["serviceRequest.accepted"],
      basis: "CALL-23"),
    Transition(
      .refuse, from: [.dispatched], to: .received, .serviceRequestsRefuse, guards: [inOwnHands],
      effects: ["serviceRequest.refused"],
      basis: "SM-1"),
    Transition(
      .informFieldStaff, from: atStation, to: nil, .serviceRequestsInformFieldStaff, guards: [isOnSite],
      effects: ["serviceRequest.fieldStaffInformed"], basis: "FLD-05"),
    Transition(
      .start, from: [.accepted], to: .inProgress, .serviceRequestsStart, guards: [inOwnHands],
      effects: ["serviceRequest.started"],
      basis: "SM-1"),
    Transition(
      .arrive, from: [.inProgress], to: nil, .serviceRequestsArrive, guards: [inOwnHands, isOnSite, notArrived],
      effects: ["serviceRequest.arrived"], basis: "T-10, T-14"),
    Transition(
      .resolve, from: [.inProgress], to: .resolved, .serviceRequestsResolve, guards: [inOwnHands],
      effects: ["serviceRequest.resolved"],
      basis: "CALL-23, T-11, WO-48"),
    // The last receipt that is due moves the request on; one that leaves another open is the way `partial`.
    Transition(
      .receipt, from: [.resolved, .resolvedByPhone], to: .receipted, .serviceRequestsReceipt,
      effects: ["serviceRequest.receipted"], basis: "CALL-09"),
    Transition(
      .receipt, from: [.resolved, .resolvedByPhone], to: nil, .serviceRequestsReceipt, outcome: "partial",
      effects: ["serviceRequest.receiptReturned"], basis: "CALL-09"),
    Transition(
      .close, from: [.receipted], to: .closed, .serviceRequestsClose, effects: ["serviceRequest.closed"],
      basis: "CALL-18"),
    Transition(
      .close, from: [.receipted], to: .dispatched, .serviceRequestsClose,
      outcome: RequestCallBack.Next.station.rawValue,
      guards: [hasStation], effects: ["serviceRequest.reopened"], basis: "P-20"),
    Transition(
      .close, from: [.receipted], to: .received, .serviceRequestsClose, outcome: RequestCallBack.Next.desk.rawValue,
      effects: ["serviceRequest.reopened"], basis: "P-20"),
    Transition(
      .close, from: [.receipted], to: .converted, .serviceRequestsClose,
      outcome: RequestCallBack.Next.complaint.rawValue, effects: ["serviceRequest.converted"], basis: "P-20"),
    Transition(
      .close, from: [.receipted], to: nil, .serviceRequestsClose, outcome: notReached,
      effects: ["serviceRequest.callBackMissed"], basis: "CALL-18"),
    Transition(
      .convert, from: open, to: .converted, .serviceRequestsConvert,
      effects: ["serviceRequest.converted"], basis: "CALL-02"),
    Transition(
      .convert, from: open, to: .converted, .serviceRequestsConvert,
      outcome: RequestConversion.Target.appointment.rawValue,
      effects: ["serviceRequest.converted", "appointment.requested"], basis: "CALL-21"),
    Transition(
      .cancel, from: [.received, .forwarded, .escalated, .dispatched], to: .cancelled, .serviceRequestsCancel,
      effects: ["serviceRequest.cancelled"], basis: "SM-1"),
  ])

  /// The outcome of a call-back that reached nobody.
  static let notReached = "notReached"

  /// Nothing more can happen but the reading of it.
  package static let ended: Set<ServiceRequest.State> = [.closed, .converted, .cancelled]

  package static let open = Set(ServiceRequest.State.allCases).subtracting(ended)

  /// Waiting at the desk of whoever registered it: in no station's hands.
  package static let atDesk: Set<ServiceRequest.State> = [.received, .forwarded, .escalated]

  /// In the hands of a station that has not finished yet: what counts as its load (CALL-03).
  package static let atStation: Set<ServiceRequest.State> = [.dispatched, .accepted, .inProgress]

  /// The station that registered a request sees it wherever it goes, but does not act for the station that has it.
  private static let inOwnHands = Guard<ServiceRequest>(
    "in-other-hands", "The request is in the hands of another station."
  ) { request, _ in request.sight.covers(request.stationID) }

  private static let isOnSite = Guard<ServiceRequest>.ofKind(
    "not-on-site", "The customer comes to the station; nobody travels to him."
  ) { request in request.header.mode != .workshop }

  private static let notArrived = Guard<ServiceRequest>(
    "already-arrived", "The arrival on site is recorded already."
  ) { request, _ in request.progress.arrivedAt == nil }

  private static let hasStation = Guard<ServiceRequest>(
    "no-station", "No station had the request; it goes back to the desk."
  ) { request, _ in request.progress.dispatch != nil }
}
