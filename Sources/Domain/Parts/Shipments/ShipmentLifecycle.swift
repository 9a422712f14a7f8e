/// The transition table of shipments. Services execute it, `GET …/actions` publishes it, tests enumerate it. That a shipment is
/// received is an action of its order.
package enum ShipmentLifecycle {
  package static let table = Lifecycle<Shipment>([
    Transition(
      .dispatch, from: [.prepared], to: .inTransit, .shipmentsDispatch, effects: ["shipment.dispatched"],
      basis: "PO-05, PO-14"),
    Transition(
      .track, from: [.inTransit], to: nil, .shipmentsTrack, effects: ["shipment.tracked"], basis: "PRT-16"),
    Transition(
      .deliver, from: [.inTransit], to: .delivered, .shipmentsDeliver, effects: ["shipment.delivered"],
      basis: "PO-14, PRT-16"),
  ])
}

extension Shipment {
  /// Checks state and guards, and moves the state.
  package mutating func take(
    _ action: Action, outcome: String? = nil, by subject: Subject
  ) throws(Refusal) -> Transition<Shipment> {
    let row = try ShipmentLifecycle.table.permit(action, outcome: outcome, on: self, by: subject)
    if let next = row.to { state = next }
    return row
  }

  /// Corrects what is written on the labels, until the carrier has it.
  package mutating func rewrite(_ header: ShipmentHeader) throws(Refusal) {
    if state != .prepared {
      throw .conflict(
        code: "shipment-not-editable", detail: "The shipment is \(state.rawValue) already.", .state(state),
        .allowedStates([State.prepared]))
    }
    self.header = header
  }

  /// The carrier has it.
  package mutating func dispatch(
    trackingNumber: String?, expectedAt: Timestamp?, at instant: Timestamp, by subject: Subject
  ) throws(Refusal) -> Transition<Shipment> {
    let row = try take(.dispatch, by: subject)
    if let trackingNumber { header.trackingNumber = trackingNumber }
    if let expectedAt { header.expectedAt = expectedAt }
    progress.dispatchedAt = instant
    return row
  }

  package mutating func track(
    _ event: ShipmentProgress.Event, expectedAt: Timestamp?, by subject: Subject
  ) throws(Refusal) -> Transition<Shipment> {
    let row = try take(.track, by: subject)
    guard progress.tracking.count < ShipmentProgress.maximumEvents else {
      throw .conflict(
        code: "tracking-full", detail: "More than \(ShipmentProgress.maximumEvents) words are told of no shipment.",
        .limit(ShipmentProgress.maximumEvents))
    }
    try require(event.at)
    progress.tracking.append(event)
    if let expectedAt { header.expectedAt = expectedAt }
    return row
  }

  package mutating func deliver(
    to person: String, _ event: ShipmentProgress.Event, by subject: Subject
  ) throws(Refusal) -> Transition<Shipment> {
    let row = try take(.deliver, by: subject)
    try require(event.at)
    progress.tracking.append(event)
    progress.deliveredAt = event.at
    progress.deliveredTo = person
    return row
  }

  private func require(_ instant: Timestamp) throws(Refusal) {
    if let dispatched = progress.dispatchedAt, instant < dispatched {
      throw .invalid("#/at", .outOfRange, "must not lie before the shipment left")
    }
  }

  /// What its order received of it; a shipment that nobody has told to be delivered is so by being received.
  ///
  /// - Throws: `shipment-received` when nothing of it is on the way any more, `Refusal.invalid` for more than was.
  package mutating func receive(_ receipt: [PartsReceiptLine], at instant: Timestamp) throws(Refusal) {
    if state == .received {
      throw .conflict(code: "shipment-received", detail: "The shipment was received to the last piece.", .state(state))
    }
    for (position, entry) in receipt.enumerated() {
      guard let place = lines.firstIndex(where: { $0.line == entry.line }) else {
        throw .invalid("#/lines/\(position)/line", .notFound, "is not in this shipment")
      }
      guard entry.received + entry.short <= lines[place].inTransit else {
        throw .invalid(
          "#/lines/\(position)/received", .outOfRange, "only \(lines[place].inTransit) of it are on their way")
      }
      lines[place].add(entry)
    }
    progress.dispatchedAt = progress.dispatchedAt ?? instant
    progress.deliveredAt = progress.deliveredAt ?? instant
    if lines.allSatisfy({ $0.inTransit == 0 }) {
      state = .received
      progress.receivedAt = instant
    } else {
      state = .delivered
    }
  }

  package var hasDifference: Bool { lines.contains { $0.short > 0 || $0.rejected > 0 } }
}
