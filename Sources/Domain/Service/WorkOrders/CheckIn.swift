/// What reception learns in one answer when the vehicle is checked in (domain.md section 7). Entitlement, campaigns,
/// complaints and 三包 counters join it with their families.
package struct CheckIn: Hashable, Sendable {
  /// Hints on the odometer that do not stop the check-in.
  package let odometerWarnings: [String]
  package let lastOrders: [PriorVisit]

  package init(odometerWarnings: [String], lastOrders: [PriorVisit]) {
    self.odometerWarnings = odometerWarnings
    self.lastOrders = lastOrders
  }
}

extension CheckIn {
  /// The same as this caller may read it (SEC-04).
  package func shown(to caller: Caller) -> CheckIn {
    if caller.may(.customersReadPersonal) { return self }
    return CheckIn(
      odometerWarnings: odometerWarnings,
      lastOrders: lastOrders.map { visit in
        PriorVisit(
          id: visit.id, number: visit.number, state: visit.state, summary: FreeText.cleaned(visit.summary),
          odometerKm: visit.odometerKm, createdAt: visit.createdAt)
      })
  }
}

/// An earlier order of the same vehicle, as far as the caller may see it.
package struct PriorVisit: Hashable, Sendable {
  package let id: WorkOrder.ID
  package let number: String
  package let state: WorkOrder.State
  package let summary: String
  package let odometerKm: Int?
  package let createdAt: Timestamp

  package init(
    id: WorkOrder.ID, number: String, state: WorkOrder.State, summary: String, odometerKm: Int?, createdAt: Timestamp
  ) {
    self.id = id
    self.number = number
    self.state = state
    self.summary = summary
    self.odometerKm = odometerKm
    self.createdAt = createdAt
  }
}
