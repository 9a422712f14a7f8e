package import FoundationEssentials

/// The kinds of document that have a history.
package enum Resource: String, Hashable, Sendable, CaseIterable {
  case user, client, token, webhook, policy, region, station, vehicleModel, labourOperation, serviceItem, faultCode
  case customer, vehicle
  case part, sbom, priceList, warehouse, stockMovement, reservation, stocktake, minimumStock, reserveQuota
  case replenishmentProposal, partsSale, partsReturn
  case carrier, partsOrder, transferRequest, shipment, partsClaim
  case workOrder, appointment, calendar, clock, serviceRequest, productReturn, issuedReport, complaint
  case qualityIssue, campaign, campaignVehicle, earlyWarning, componentFamily
  case warrantyClaim
  case followUp, survey, surveyResponse, letter
  case supplier, oldPart, supplierRecovery
  case ledgerEntry, payableItem, settlement, penalty, reward
  case preAuthorisation

  /// The collection in paths, as `subject` of an event names it.
  package var collection: String {
    switch self {
    case .user: "users"
    case .client: "clients"
    case .token: "tokens"
    case .webhook: "webhooks"
    case .policy: "policies"
    case .region: "regions"
    case .station: "stations"
    case .vehicleModel: "vehicle-models"
    case .labourOperation: "labour-operations"
    case .serviceItem: "service-items"
    case .faultCode: "fault-codes"
    case .customer: "customers"
    case .vehicle: "vehicles"
    case .part: "parts"
    case .sbom: "sboms"
    case .priceList: "price-lists"
    case .warehouse: "warehouses"
    case .stockMovement: "stock-movements"
    case .reservation: "reservations"
    case .stocktake: "stocktakes"
    case .minimumStock: "minimum-stocks"
    case .reserveQuota: "reserve-quotas"
    case .replenishmentProposal: "replenishment-proposals"
    case .partsSale: "parts-sales"
    case .partsReturn: "parts-returns"
    case .carrier: "carriers"
    case .partsOrder: "parts-orders"
    case .transferRequest: "transfer-requests"
    case .shipment: "shipments"
    case .partsClaim: "parts-claims"
    case .workOrder: "work-orders"
    case .appointment: "appointments"
    case .calendar: "calendars"
    case .clock: "clocks"
    case .serviceRequest: "service-requests"
    case .productReturn: "product-returns"
    case .qualityIssue: "quality-issues"
    case .campaign: "campaigns"
    case .campaignVehicle: "campaign-vehicles"
    case .earlyWarning: "early-warnings"
    case .componentFamily: "component-families"
    case .complaint: "complaints"
    case .warrantyClaim: "warranty-claims"
    case .issuedReport: "issued-reports"
    case .followUp: "follow-ups"
    case .survey: "surveys"
    case .surveyResponse: "survey-responses"
    case .letter: "letters"
    case .supplier: "suppliers"
    case .oldPart: "old-parts"
    case .supplierRecovery: "supplier-recoveries"
    case .ledgerEntry: "ledger/entries"
    case .payableItem: "payable-items"
    case .settlement: "settlements"
    case .penalty: "penalties"
    case .reward: "rewards"
    case .preAuthorisation: "pre-authorisations"
    }
  }
}

/// A JSON value small enough to stand in a history entry.
package indirect enum EventValue: Hashable, Sendable {
  case null
  case text(String)
  case integer(Int64)
  case boolean(Bool)
  case list([EventValue])
  case object([String: EventValue])

  package static func optional(_ text: String?) -> EventValue { text.map(EventValue.text) ?? .null }
}

/// What one field was and became.
package struct FieldChange: Hashable, Sendable {
  package let field: String
  package let before: EventValue
  package let after: EventValue

  package init(_ field: String, _ before: EventValue, _ after: EventValue) {
    self.field = field
    self.before = before
    self.after = after
  }

  /// `nil` when nothing changed, so that lists of changes are built with `compactMap`.
  package static func ifChanged(_ field: String, _ before: EventValue, _ after: EventValue) -> FieldChange? {
    before == after ? nil : FieldChange(field, before, after)
  }
}

/// One change of one document, as its service hands it to the log. Every state change has exactly one.
package struct Change: Hashable, Sendable {
  /// `workOrder.authorised`: noun and past participle (C-29 without the version, which delivery adds).
  package let type: String
  package let resource: Resource
  package let id: UUID
  package let number: String?
  package let version: Int
  /// The station whose scope sees it; `nil` for headquarters' documents.
  package let station: Identifier<Station>?
  /// Visible to every scope (reference data, vehicles).
  package let networkWide: Bool
  package let reason: String?
  package let changes: [FieldChange]
  /// What other families consume: identities and codes, no personal data.
  package let data: [String: EventValue]

  package init(
    type: String, resource: Resource, id: UUID, number: String?, version: Int, station: Identifier<Station>?,
    networkWide: Bool = false, reason: String? = nil, changes: [FieldChange] = [], data: [String: EventValue] = [:]
  ) {
    self.type = type
    self.resource = resource
    self.id = id
    self.number = number
    self.version = version
    self.station = station
    self.networkWide = networkWide
    self.reason = reason
    self.changes = changes
    self.data = data
  }
}

/// A row of the log, as history and feeds read it.
package struct Event: Hashable, Sendable {
  package typealias ID = Identifier<Event>

  package let id: ID
  /// With `position`, the total order of the feed (domain.md section 13).
  package let transaction: UInt64
  package let position: Int64
  package let at: Timestamp
  package let change: Change
  package let actorKind: String
  package let actorID: UUID?
  package let actorName: String
  package let actorRoles: [String]
  package let requestID: String
  /// The span that made the change, where there was one: for the envelopes of feed and webhooks (C-29, C-31).
  package let traceparent: String?

  package init(
    id: ID, transaction: UInt64, position: Int64, at: Timestamp, change: Change, actorKind: String, actorID: UUID?,
    actorName: String, actorRoles: [String], requestID: String, traceparent: String?
  ) {
    self.id = id
    self.transaction = transaction
    self.position = position
    self.at = at
    self.change = change
    self.actorKind = actorKind
    self.actorID = actorID
    self.actorName = actorName
    self.actorRoles = actorRoles
    self.requestID = requestID
    self.traceparent = traceparent
  }
}
