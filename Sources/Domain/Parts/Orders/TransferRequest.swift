/// An order of type `transfer` as the station sees it whose stock is asked for (PO-08, anchor 68): what is wanted and how far it has
/// come, not what the other station pays or owes.
package struct TransferRequest: Hashable, Sendable {
  package enum Action: String, Hashable, Sendable, CaseIterable {
    case agree, decline, send
  }

  package let order: PartsOrder

  /// - Parameter caller: who asks; `nil` when it is not his to see: another kind of order, one that was not submitted yet, or one to
  ///   another station.
  package init?(_ order: PartsOrder, for caller: Caller) {
    self.init(order, within: caller.scope)
  }

  /// The same for whoever sees these stations.
  package init?(_ order: PartsOrder, within scope: Scope) {
    guard order.header.kind == .transfer, let source = order.header.sourceStationID, scope.covers(source),
      Self.visible.contains(order.state)
    else { return nil }
    self.order = order
  }

  /// Once the other station stands by it.
  package static let visible: Set<PartsOrder.State> = Set(PartsOrder.State.allCases).subtracting([
    .draft, .dealerApproved, .onHold,
  ])

  /// What may be done with it in its state.
  package var actions: [Action] {
    switch order.state {
    case .submitted: [.agree, .decline]
    case .confirmed, .partiallyShipped, .partiallyReceived:
      (PartsOrderLifecycle.waitsForStock(order) ? [.agree] : [])
        + (order.lines.contains { $0.allocated > 0 } ? [.send] : [])
    case .draft, .dealerApproved, .onHold, .shipped, .received, .discrepancy, .closed, .cancelled, .rejected: []
    }
  }

  /// What may be done with it, with what stands in this caller's way.
  package func offers(to caller: Caller) -> [ActionOffer] {
    actions.map { action in
      let state: PartsOrder.State =
        switch action {
        case .agree: order.state == .submitted ? .confirmed : order.state
        case .decline: .rejected
        case .send:
          if order.state == .partiallyReceived {
            order.state
          } else {
            order.lines.contains { $0.outstanding > $0.allocated } ? .partiallyShipped : .shipped
          }
        }
      return ActionOffer(action: action.rawValue, to: state.rawValue, .partsOrdersAgree, for: caller)
    }
  }

  /// What of the order's history the station hears whose stock is asked for: from the submission on how far it has come, not how
  /// it was drafted, nor what credit it had.
  package static let audible: Set<String> = [
    "partsOrder.submitted", "partsOrder.confirmed", "partsOrder.reallocated", "partsOrder.shipped",
    "partsOrder.partiallyShipped", "partsOrder.received", "partsOrder.partiallyReceived", "partsOrder.closed",
    "partsOrder.cancelled", "partsOrder.restCancelled", "partsOrder.rejected",
  ]

  /// An event of the order as that station reads it: that it happened, who did it and why, without prices.
  package static func heard(_ event: Event) -> Event {
    guard event.change.resource == .partsOrder else { return event }
    let change = event.change
    return Event(
      id: event.id, transaction: event.transaction, position: event.position, at: event.at,
      change: Change(
        type: change.type, resource: change.resource, id: change.id, number: change.number, version: change.version,
        station: change.station, reason: change.reason),
      actorKind: event.actorKind, actorID: event.actorID, actorName: event.actorName, actorRoles: event.actorRoles,
      requestID: event.requestID, traceparent: event.traceparent)
  }

  /// Everything that is set aside.
  package var portions: [PartsOrderPortion] {
    order.lines.filter { $0.allocated > 0 }.map { PartsOrderPortion(line: $0.number, quantity: $0.allocated) }
  }
}
