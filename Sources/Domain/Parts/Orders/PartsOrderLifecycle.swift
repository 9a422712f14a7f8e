/// The transition table of parts orders (SM-8). Services execute it, `GET …/actions` publishes it, tests enumerate it. Where a row
/// ends behind a shipment or a receipt follows from the lines.
package enum PartsOrderLifecycle {
  package static let table = Lifecycle<PartsOrder>([
    Transition(
      .sign, from: [.draft], to: .dealerApproved, .partsOrdersSign, guards: [hasLines, signerDidNotDraft],
      effects: ["partsOrder.signed"], basis: "PO-02, SEC-10"),
    Transition(
      .return, from: [.draft, .dealerApproved], to: .draft, .partsOrdersReturn, effects: ["partsOrder.returned"],
      basis: "SM-8"),
    Transition(
      .submit, from: [.dealerApproved], to: .submitted, .partsOrdersSubmit, guards: [hasLetterOfIntent],
      effects: ["partsOrder.submitted"], basis: "PO-01, PO-03, NET-11"),
    Transition(
      .submit, from: [.dealerApproved], to: .onHold, .partsOrdersSubmit, outcome: held,
      guards: [hasLetterOfIntent], effects: ["partsOrder.submitted", "partsOrder.held"],
      basis: "SET-03, PO-04, PO-10"),
    Transition(
      .hold, from: [.submitted], to: .onHold, .partsOrdersHold, effects: ["partsOrder.held"], basis: "SET-03, PO-04"),
    Transition(
      .release, from: [.onHold], to: .submitted, .partsOrdersRelease, effects: ["partsOrder.released"],
      basis: "SET-03"),
    // Finance's word for the shipments to come, where the position has changed since the order came in.
    Transition(
      .release, from: [.confirmed, .partiallyShipped, .partiallyReceived], to: nil, .partsOrdersRelease,
      effects: ["partsOrder.released"], basis: "SET-03, PO-04"),
    Transition(
      .confirm, from: [.submitted], to: .confirmed, .partsOrdersConfirm, effects: ["partsOrder.confirmed"],
      basis: "PO-06, PO-11"),
    // Again, when what was missing has come in.
    Transition(
      .confirm, from: [.confirmed, .partiallyShipped, .partiallyReceived], to: nil, .partsOrdersConfirm,
      guards: [hasBackorders], effects: ["partsOrder.reallocated"], basis: "PO-11"),
    Transition(
      .ship, from: [.confirmed, .partiallyShipped], to: .shipped, .partsOrdersShip, effects: ["partsOrder.shipped"],
      basis: "PO-06, PO-14"),
    Transition(
      .ship, from: [.confirmed, .partiallyShipped], to: .partiallyShipped, .partsOrdersShip, outcome: partial,
      effects: ["partsOrder.partiallyShipped"], basis: "PO-11, PO-14"),
    // The rest, or a replacement, of what has begun to arrive.
    Transition(
      .ship, from: [.partiallyReceived], to: nil, .partsOrdersShip, effects: ["partsOrder.shipped"],
      basis: "PO-07, PO-11"),
    Transition(
      .receive, from: [.shipped, .partiallyShipped, .partiallyReceived], to: .received, .partsOrdersReceive,
      effects: ["partsOrder.received"], basis: "PO-06, PRT-10"),
    Transition(
      .receive, from: [.shipped, .partiallyShipped, .partiallyReceived], to: .partiallyReceived, .partsOrdersReceive,
      outcome: partial, effects: ["partsOrder.partiallyReceived"], basis: "PO-06, PO-11"),
    Transition(
      .reportDiscrepancy, from: [.received], to: .discrepancy, .partsOrdersReportDiscrepancy,
      guards: [hasUnclaimedDifference], effects: ["partsOrder.discrepancyReported"], basis: "PCL-01"),
    // What came short or damaged is claimed for within its time, while the rest is on its way.
    Transition(
      .reportDiscrepancy, from: [.partiallyReceived], to: nil, .partsOrdersReportDiscrepancy,
      guards: [hasUnclaimedDifference], effects: ["partsOrder.discrepancyReported"], basis: "PCL-01, PCL-03"),
    Transition(
      .close, from: [.received, .discrepancy], to: .closed, .partsOrdersClose, guards: [differencesAreClaimed],
      effects: ["partsOrder.closed"], basis: "SM-8"),
    Transition(
      .cancel, from: [.draft, .dealerApproved, .submitted, .onHold, .confirmed], to: .cancelled, .partsOrdersCancel,
      effects: ["partsOrder.cancelled"], basis: "SM-8"),
    // The open rest of what is on its way.
    Transition(
      .cancel, from: [.partiallyShipped, .partiallyReceived], to: nil, .partsOrdersCancel, guards: [hasOutstanding],
      effects: ["partsOrder.restCancelled"], basis: "PO-11"),
    Transition(
      .reject, from: [.submitted], to: .rejected, .partsOrdersReject, effects: ["partsOrder.rejected"], basis: "SM-8"),
  ])

  /// Only a part of what is meant.
  static let partial = "partial"
  /// The position of the station does not cover it.
  static let held = "held"

  /// Nothing more can happen but the reading of it.
  package static let ended: Set<PartsOrder.State> = [.closed, .cancelled, .rejected]
  /// With headquarters, and not shipped to the last piece.
  package static let commits: Set<PartsOrder.State> = [
    .submitted, .onHold, .confirmed, .partiallyShipped, .partiallyReceived,
  ]

  private static let hasLines = Guard<PartsOrder>("order-without-lines", "An order without lines orders nothing.") {
    order, _ in !order.lines.isEmpty
  }

  private static let signerDidNotDraft = Guard<PartsOrder>(
    "signer-drafted", "Who wrote on the draft does not sign it; another person must."
  ) { order, subject in
    guard let person = subject.id else { return true }
    return !order.progress.authors.contains(person) && order.stamp.createdBy.id != person
  }

  private static let hasLetterOfIntent = Guard<PartsOrder>(
    "letter-of-intent-missing", "The first stock of a station is ordered only after its letter of intent (NET-11)."
  ) { order, _ in
    switch order.header.kind {
    case .startup: order.header.letterOfIntent != nil
    case .stock, .urgent, .vor, .transfer: true
    }
  }

  private static let hasBackorders = Guard<PartsOrder>("nothing-backordered", "No line waits for stock.") { order, _ in
    waitsForStock(order)
  }

  /// Something is back-ordered, or was added as a replacement and nobody has looked for it yet (PO-07, PO-11).
  static func waitsForStock(_ order: PartsOrder) -> Bool {
    order.lines.contains { $0.backordered > 0 || $0.allocated < $0.open }
  }

  private static let hasOutstanding = Guard<PartsOrder>("nothing-outstanding", "Everything was shipped.") { order, _ in
    order.lines.contains { $0.outstanding > 0 && $0.replaces == nil }
  }

  private static let hasUnclaimedDifference = Guard<PartsOrder>(
    "no-difference", "Everything arrived as it should, or is claimed for already."
  ) { order, _ in order.lines.contains(where: \.hasUnclaimedDifference) }

  private static let differencesAreClaimed = Guard<PartsOrder>(
    "difference-unclaimed", "What is missing or damaged must be claimed for, or given up by a claim that is rejected."
  ) { order, _ in !order.lines.contains(where: \.hasUnclaimedDifference) }
}
