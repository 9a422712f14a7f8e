/// A place in the one order of the event log, which never changes once it can be seen (domain.md section 13).
package struct EventPosition: Hashable, Comparable, Sendable {
  package let transaction: UInt64
  package let position: Int64

  package init(_ transaction: UInt64, _ position: Int64) {
    self.transaction = transaction
    self.position = position
  }

  /// Before everything.
  package static let start = EventPosition(0, 0)

  package static func < (left: EventPosition, right: EventPosition) -> Bool {
    (left.transaction, left.position) < (right.transaction, right.position)
  }
}

/// What a follower of the feed wants to hear of. Empty: everything.
package struct EventFilter: Hashable, Sendable {
  package var resources: Set<Resource> = []
  /// `workOrder.delivered`, without version.
  package var types: [String] = []

  package init() {}
}

/// A part of the feed.
package struct EventSlice: Sendable {
  package let events: [Event]
  /// How far the log was looked through, which is where the follower goes on: also past what does not concern him.
  package let end: EventPosition
  /// Whether there is more already.
  package let hasMore: Bool

  package init(events: [Event], end: EventPosition, hasMore: Bool) {
    self.events = events
    self.end = end
    self.hasMore = hasMore
  }
}

extension Event {
  package var place: EventPosition { EventPosition(transaction, position) }

  /// The state that the change led to; `nil`: it did not touch the state.
  package var state: String? {
    guard case .text(let state)? = change.changes.first(where: { $0.field == "state" })?.after else { return nil }
    return state
  }
}

extension Resource {
  /// What lets a caller read documents of this kind, and so hear of them.
  package var reading: Permission {
    switch self {
    case .user: .usersRead
    case .client: .clientsRead
    case .token: .tokensIntrospect
    case .webhook: .webhooksRead
    case .policy: .policiesRead
    case .region: .regionsRead
    case .station: .stationsRead
    case .vehicleModel: .vehicleModelsRead
    case .labourOperation: .labourOperationsRead
    case .serviceItem: .serviceItemsRead
    case .faultCode: .faultCodesRead
    case .customer: .customersRead
    case .vehicle: .vehiclesRead
    case .part: .partsRead
    case .sbom: .sbomsRead
    case .priceList: .priceListsRead
    case .warehouse: .warehousesRead
    case .stockMovement: .stockMovementsRead
    case .reservation: .reservationsRead
    case .stocktake: .stocktakesRead
    case .minimumStock: .minimumStocksRead
    case .reserveQuota: .reserveQuotasRead
    case .replenishmentProposal: .replenishmentProposalsRead
    case .partsSale: .partsSalesRead
    case .partsReturn: .partsReturnsRead
    case .carrier: .carriersRead
    case .partsOrder, .transferRequest: .partsOrdersRead
    case .shipment: .shipmentsRead
    case .partsClaim: .partsClaimsRead
    case .workOrder: .workOrdersRead
    case .appointment: .appointmentsRead
    case .calendar: .calendarsRead
    case .clock: .clocksRead
    case .serviceRequest: .serviceRequestsRead
    case .productReturn: .productReturnsRead
    case .issuedReport: .reportsRead
    case .complaint: .complaintsRead
    case .qualityIssue: .qualityIssuesRead
    case .campaign: .campaignsRead
    case .campaignVehicle: .campaignVehiclesRead
    case .earlyWarning: .earlyWarningsRead
    case .componentFamily: .componentFamiliesRead
    case .warrantyClaim: .warrantyClaimsRead
    case .followUp: .followUpsRead
    case .survey: .surveysRead
    case .surveyResponse: .surveyResponsesRead
    case .letter: .lettersRead
    case .supplier: .suppliersRead
    case .oldPart: .oldPartsRead
    case .supplierRecovery: .supplierRecoveriesRead
    case .ledgerEntry: .ledgerRead
    case .payableItem, .settlement: .settlementsRead
    case .penalty: .penaltiesRead
    case .reward: .rewardsRead
    case .preAuthorisation: .preAuthorisationsRead
    }
  }
}

extension Caller {
  /// The kinds of document of which he hears: those that he may read as widely as the feed reaches. Whoever reads his own
  /// documents alone does not follow those of others.
  package var audibleResources: Set<Resource> {
    let reach = exercising(.eventsRead).scope
    return Set(
      Resource.allCases.filter { may($0.reading) && exercising($0.reading).scope.extent == reach.extent })
  }
}
