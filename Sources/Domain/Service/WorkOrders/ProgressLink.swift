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
  /// What is done on his vehicle, so that he can hold what was agreed against what was done (WO-49).
  package let steps: [Step]
  package let updatedAt: Timestamp

  /// States in which there is nothing left to tell: links of such an order are dead.
  package static let silent: Set<WorkOrder.State> = [.closed, .cancelled, .convertedToAppointment, .closedNoRepair]

  package struct Step: Hashable, Sendable {
    /// Of the job line.
    package let number: Int
    package let description: String
    package let decision: JobLine.Decision
    package let isDone: Bool
  }

  /// - Parameter lines: of the order.
  package init(_ order: WorkOrder, lines: [JobLine]) {
    number = order.number
    state = order.state
    promisedDeliveryAt = order.progress.promisedDeliveryAt
    awaitsDecision = order.state == .quoted || order.state == .awaitingCustomerApproval
    updatedAt = order.stamp.updatedAt
    let names = [order.header.contact?.name].compactMap(\.self)
    steps = lines.sorted { $0.number < $1.number }.map {
      Step(
        number: $0.number, description: FreeText.cleaned($0.work.description, names: names), decision: $0.decision,
        isDone: $0.decision != .refused && $0.work.correction != nil)
    }
  }
}
