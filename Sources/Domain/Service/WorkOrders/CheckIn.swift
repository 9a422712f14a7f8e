package import FoundationEssentials

/// What reception learns in one answer when the vehicle is checked in (domain.md section 7).
package struct CheckIn: Hashable, Sendable {
  /// Hints on the odometer that do not stop the check-in.
  package let odometerWarnings: [String]
  package let lastOrders: [PriorVisit]
  /// What else is going on with the vehicle: requests, appointments, returns.
  package let openDocuments: [OpenDocument]
  /// Recalls and service campaigns of the vehicle, each answered with this check-in (A8).
  package let openCampaigns: [CampaignVehicle]
  /// What the maker bears of the vehicle on this day, guarantees of parts included (A10, WO-29).
  package let entitlement: VehicleEntitlement
  /// The counters of the law, with warnings before the limit (A9).
  package let threeGuarantees: VehicleThreeGuarantees

  package init(
    odometerWarnings: [String], lastOrders: [PriorVisit], openDocuments: [OpenDocument],
    openCampaigns: [CampaignVehicle], entitlement: VehicleEntitlement, threeGuarantees: VehicleThreeGuarantees
  ) {
    self.odometerWarnings = odometerWarnings
    self.lastOrders = lastOrders
    self.openDocuments = openDocuments
    self.openCampaigns = openCampaigns
    self.entitlement = entitlement
    self.threeGuarantees = threeGuarantees
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
      },
      openDocuments: openDocuments.map { document in
        OpenDocument(
          resource: document.resource, id: document.id, number: document.number, state: document.state,
          summary: FreeText.cleaned(document.summary), createdAt: document.createdAt)
      }, openCampaigns: openCampaigns, entitlement: entitlement, threeGuarantees: threeGuarantees)
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

/// A document about the same vehicle that has not ended, as far as the caller may see it.
package struct OpenDocument: Hashable, Sendable {
  package let resource: Resource
  package let id: UUID
  package let number: String
  /// Of the document's own life cycle.
  package let state: String
  /// What it is about: need, fault.
  package let summary: String
  package let createdAt: Timestamp

  package init(
    resource: Resource, id: UUID, number: String, state: String, summary: String, createdAt: Timestamp
  ) {
    self.resource = resource
    self.id = id
    self.number = number
    self.state = state
    self.summary = summary
    self.createdAt = createdAt
  }
}
