/// A link with which a customer asks for the progress of his order at any time, without a login (WO-26).
package struct ProgressLink: Hashable, Sendable {
  /// `asp_…`: order, series and expiry, signed; the link itself is not stored.
  package let token: String
  package let expiresAt: Timestamp
  package init(token: String, expiresAt: Timestamp) {
    self.token = token
    self.expiresAt = expiresAt
  }
}

/// What the customer sees: no names, no money, no internal notes.
package struct WorkOrderProgressReport: Hashable, Sendable {
  package let number: String
  package let state: WorkOrder.State
  package let promisedDeliveryAt: Timestamp?
  /// Items that wait for his decision.
  package let awaitsDecision: Bool
  package let updatedAt: Timestamp

  /// States in which there is nothing left to tell: links of such an order are dead.
  package static let silent: Set<WorkOrder.State> = [.closed, .cancelled, .convertedToAppointment, .closedNoRepair]

  package init(_ order: WorkOrder) {
    number = order.number
    state = order.state
    promisedDeliveryAt = order.progress.promisedDeliveryAt
    awaitsDecision = order.state == .quoted || order.state == .awaitingCustomerApproval
    updatedAt = order.stamp.updatedAt
  }
}
