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
    guard order.header.kind == .transfer, let source = order.header.sourceStationID, caller.scope.covers(source),
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
      (order.lines.contains { $0.backordered > 0 } ? [.agree] : [])
        + (order.lines.contains { $0.allocated > 0 } ? [.send] : [])
    case .draft, .dealerApproved, .onHold, .shipped, .received, .discrepancy, .closed, .cancelled, .rejected: []
    }
  }

  /// Everything that is set aside.
  package var portions: [PartsOrderPortion] {
    order.lines.filter { $0.allocated > 0 }.map { PartsOrderPortion(line: $0.number, quantity: $0.allocated) }
  }
}
