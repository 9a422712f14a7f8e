/// The transition table of work orders (SM-3). Services execute it, `GET …/actions` publishes it, tests enumerate it.
package enum WorkOrderLifecycle {
  package static let table = Lifecycle<WorkOrder>([
    Transition(
      .inspect, from: [.received], to: .inspected, .workOrdersInspect, guards: [vehicleIdentified],
      effects: ["workOrder.inspected"], basis: "WO-14…16"),
    Transition(
      .diagnose, from: [.inspected], to: .diagnosed, .workOrdersDiagnose, effects: ["workOrder.diagnosed"],
      basis: "WO-18"),
    Transition(
      .quote, from: [.diagnosed, .quoted, .authorised], to: .quoted, .workOrdersQuote, guards: [hasLines],
      effects: ["workOrder.quoted"], basis: "WO-11, WO-20"),
    Transition(
      .authorise, from: [.quoted], to: .authorised, .workOrdersAuthorise, guards: [estimateIsCurrent],
      effects: ["workOrder.authorised"], basis: "WO-18"),
    Transition(
      .convertToAppointment, from: [.quoted], to: .convertedToAppointment, .workOrdersConvertToAppointment,
      effects: ["workOrder.convertedToAppointment", "appointment.requested"], basis: "WO-02"),
    Transition(
      .closeNoRepair, from: [.quoted], to: .closedNoRepair, .workOrdersCloseNoRepair,
      effects: ["workOrder.closedNoRepair", "followUp.requested"], basis: "WO-02, T-02"),
    Transition(
      .admit, from: [.authorised], to: .inWorkshop, .workOrdersAdmit, guards: [authorisationBinds],
      effects: ["workOrder.admitted", "customerFile.requested"], basis: "WO-03, T-01"),
    Transition(
      .assign, from: [.inWorkshop, .inRepair], to: .inRepair, .workOrdersAssign, effects: ["workOrder.assigned"],
      basis: "WO-24"),
    // Whose job it is, said before the work begins: who diagnoses, who drives out.
    Transition(
      .assign, from: [.received, .inspected, .diagnosed, .quoted, .authorised], to: nil, .workOrdersAssign,
      effects: ["workOrder.assigned"], basis: "WO-24, FLD-03"),
    Transition(
      .requestApproval, from: [.inRepair], to: .awaitingCustomerApproval, .workOrdersRequestApproval,
      guards: [hasOpenItems], effects: ["workOrder.approvalRequested"], basis: "WO-04, T-39"),
    Transition(
      .decideItems, from: [.awaitingCustomerApproval], to: .inRepair, .workOrdersDecideItems,
      guards: [estimateIsCurrent], effects: ["workOrder.itemsDecided"], basis: "WO-04"),
    Transition(
      .awaitParts, from: [.inRepair], to: .awaitingParts, .workOrdersAwaitParts,
      effects: ["workOrder.partsAwaited", "partsOrder.requested"], basis: "PO-09"),
    Transition(
      .partsArrived, from: [.awaitingParts], to: .inRepair, .workOrdersPartsArrived,
      effects: ["workOrder.partsReceived"], basis: "SM-3"),
    Transition(
      .finish, from: [.inRepair], to: .qualityCheck, .workOrdersFinish,
      guards: [noOpenItems, clocksStopped, correctionsRecorded], effects: ["workOrder.finished"],
      basis: "WO-30, WO-34"),
    Transition(
      .passInspection, from: [.qualityCheck], to: .ready, .workOrdersPassInspection, guards: [inspectorDidNotWork],
      effects: ["workOrder.inspectionPassed"], basis: "WO-31, SEC-10"),
    Transition(
      .failInspection, from: [.qualityCheck], to: .inRepair, .workOrdersFailInspection,
      guards: [inspectorDidNotWork], effects: ["workOrder.inspectionFailed"], basis: "WO-32"),
    Transition(
      .notify, from: [.ready], to: .notified, .workOrdersNotify, effects: ["workOrder.customerNotified"],
      basis: "WO-05, WO-06, WO-39"),
    Transition(
      .accept, from: [.notified], to: .accepted, .workOrdersAccept, effects: ["workOrder.accepted"],
      basis: "WO-07, WO-40"),
    Transition(
      .accept, from: [.notified], to: .qualityCheck, .workOrdersAccept, outcome: "refused",
      effects: ["workOrder.acceptanceRefused"], basis: "WO-07"),
    Transition(
      .settle, from: [.accepted], to: .settled, .workOrdersSettle, effects: ["workOrder.settled"], basis: "WO-07, D-26"),
    Transition(
      .deliver, from: [.settled], to: .delivered, .workOrdersDeliver,
      effects: ["workOrder.delivered", "followUp.requested", "qualityRecord.requested", "warrantyClaim.requested"],
      basis: "WO-08, WO-45, T-02, T-22"),
    Transition(
      .close, from: [.delivered], to: .closed, .workOrdersClose, effects: ["workOrder.closed"], basis: "WO-43"),
    Transition(
      .cancel, from: [.received, .inspected, .diagnosed, .quoted], to: .cancelled, .workOrdersCancel,
      effects: ["workOrder.cancelled"], basis: "SM-3"),
    Transition(
      .rework, from: [.delivered, .closed], to: nil, .workOrdersRework, effects: ["workOrder.reworkOpened"],
      basis: "WO-33"),
    Transition(
      .depart, from: visited, to: nil, .workOrdersDepart, guards: [isTravelledTo, nobodyOnTheWay],
      effects: ["workOrder.departed"], basis: "FLD-03, FLD-16"),
    Transition(
      .arrive, from: visited, to: nil, .workOrdersArrive, guards: [isTravelledTo, isOnTheWay],
      effects: ["workOrder.arrived"], basis: "T-10, T-14"),
    Transition(
      .clear, from: visited, to: nil, .workOrdersClear, guards: [isTravelledTo, isThere],
      effects: ["workOrder.visitEnded"], basis: "T-11"),
  ])

  /// States in which the agreed work may still be rewritten; each edit voids what the customer agreed to.
  package static let editable: Set<WorkOrder.State> = [.received, .inspected, .diagnosed, .quoted, .authorised]

  /// States in which the customer has not agreed to anything yet.
  package static let beforeAgreement: Set<WorkOrder.State> = [.received, .inspected, .diagnosed, .quoted]

  /// States in which work goes on: technical findings are written, additional items are added.
  package static let inWork: Set<WorkOrder.State> = [.inRepair, .awaitingParts]

  /// States in which technical findings may still be written: until the work has passed its inspection.
  package static let documentable: Set<WorkOrder.State> = editable.union(inWork).union([
    .inWorkshop, .awaitingCustomerApproval, .qualityCheck,
  ])

  /// States in which somebody may be with the customer: until the work has passed its inspection.
  package static let visited: Set<WorkOrder.State> = documentable

  /// Nothing more can happen but the reading of it.
  package static let ended: Set<WorkOrder.State> = [
    .delivered, .closed, .cancelled, .convertedToAppointment, .closedNoRepair,
  ]

  /// States in which what is held for the jobs does not run out: the customer has agreed, and the vehicle is not handed over
  /// yet (PRT-11). The database refuses to end it in the same ones.
  package static let keepsParts: Set<WorkOrder.State> = Set(WorkOrder.State.allCases).subtracting(beforeAgreement)
    .subtracting(ended)

  private static let isTravelledTo = Guard<WorkOrder>.ofKind(
    "not-on-site", "The work is done in the workshop; nobody travels to the customer."
  ) { order in order.header.mode != .workshop }

  private static let nobodyOnTheWay = Guard<WorkOrder>(
    "visit-not-ended", "Somebody is on the way to the customer or with him already."
  ) { order, _ in order.progress.visits.last.map { $0.endedAt != nil } ?? true }

  private static let isOnTheWay = Guard<WorkOrder>(
    "not-departed", "Nobody has departed, or whoever did has arrived already."
  ) { order, _ in order.progress.visits.last.map { $0.arrivedAt == nil && $0.endedAt == nil } ?? false }

  private static let isThere = Guard<WorkOrder>(
    "not-arrived", "Nobody has arrived at the customer."
  ) { order, _ in order.progress.visits.last.map { $0.arrivedAt != nil && $0.endedAt == nil } ?? false }

  private static let vehicleIdentified = Guard<WorkOrder>(
    "vehicle-not-identified", "The order names no vehicle yet."
  ) { order, _ in order.header.vehicleID != nil }

  private static let hasLines = Guard<WorkOrder>("no-lines", "There is no job line to quote.") { order, _ in
    order.lines.contains(where: \.counts)
  }

  private static let estimateIsCurrent = Guard<WorkOrder>(
    "estimate-changed", "The lines were edited after the last estimate; issue a new one."
  ) { order, _ in order.progress.estimate?.hash == order.contentHash }

  private static let authorisationBinds = Guard<WorkOrder>(
    "authorisation-void", "The lines were edited after the customer authorised them; quote and authorise again."
  ) { order, _ in order.progress.authorisation?.estimateHash == order.contentHash }

  private static let hasOpenItems = Guard<WorkOrder>(
    "no-open-items", "There is no additional item to ask the customer about."
  ) { order, _ in order.lines.contains { $0.decision == .open } }

  private static let noOpenItems = Guard<WorkOrder>(
    "undecided-items", "The customer has not decided on every additional item."
  ) { order, _ in !order.lines.contains { $0.decision == .open } }

  private static let clocksStopped = Guard<WorkOrder>(
    "technician-clocked-on", "A technician is still clocked on."
  ) { order, _ in !order.lines.contains { $0.clockings.contains { $0.stoppedAt == nil } } }

  private static let correctionsRecorded = Guard<WorkOrder>(
    "correction-missing", "A job line does not say yet what was done."
  ) { order, _ in order.lines.allSatisfy { !$0.counts || $0.work.correction != nil } }

  private static let inspectorDidNotWork = Guard<WorkOrder>(
    "inspector-is-technician", "The inspector worked on this order; another person must inspect it."
  ) { order, subject in
    guard let person = subject.id else { return true }
    return !order.lines.contains { line in
      line.technicianID == person || line.clockings.contains { $0.technicianID == person }
    }
  }
}
