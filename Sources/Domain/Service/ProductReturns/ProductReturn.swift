package import FoundationEssentials

/// A product with a fault that cannot be mended on site: sent back to the factory and repaired or scrapped, or exchanged for
/// another one (SM-12, FLD-01).
package struct ProductReturn: LifecycleDocument, ExternallyIdentified {
  package typealias ID = Identifier<ProductReturn>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case verified, returned, scheduled, scheduledPaid, repaired, sentBack, scrapped, exchanging, exchanged, cancelled
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case returnToFactory, schedule, repair, sendBack, scrap, approveExchange, exchange, cancel
  }

  package enum ProductKind: String, Hashable, Sendable, CaseIterable {
    case part, assembly, vehicle
  }

  /// How the product was sold: supplied to a maker (配套), or on the market (社销), where the three-guarantees rule decides
  /// (FLD-02).
  package enum Channel: String, Hashable, Sendable, CaseIterable {
    case oemSupply, market
  }

  /// Who caused the fault decides who pays (FLD-12).
  package enum Cause: String, Hashable, Sendable, CaseIterable {
    case manufacturing, user
  }

  /// Where the replacement changes hands (FLD-09, FLD-10).
  package enum ExchangePlace: String, Hashable, Sendable, CaseIterable {
    case warehouse, customersDoor
  }

  package static let resource = Resource.productReturn
  package static var lifecycle: Lifecycle<ProductReturn> { ProductReturnLifecycle.table }

  package let id: ID
  /// `PR-SY001-2026-000123`, or `PR-HQ-2026-000123`.
  package let number: String
  /// `nil`: the maker's own field service, without a station.
  package let stationID: Station.ID?
  package internal(set) var state: State
  package var revision: Revision
  package var header: ProductReturnHeader
  package var externalIDs: [String: String] {
    get { header.externalIDs }
    set { header.externalIDs = newValue }
  }
  package internal(set) var progress: ProductReturnProgress

  package var designation: String? { number }
  package var audience: Audience { stationID.map(Audience.station) ?? .headquarters }

  package init(
    id: ID, number: String, stationID: Station.ID?, state: State, version: Int, stamp: RecordStamp,
    header: ProductReturnHeader, progress: ProductReturnProgress
  ) {
    self.id = id
    self.number = number
    self.stationID = stationID
    self.state = state
    self.revision = Revision(version: version, stamp: stamp)
    self.header = header
    self.progress = progress
  }
}

/// What was verified on site, and may be corrected until the product moves.
package struct ProductReturnHeader: Hashable, Sendable {
  package var channel: ProductReturn.Channel
  package var product: ReturnedProduct
  /// The on-site job that found it.
  package var workOrderID: WorkOrder.ID?
  package var vehicleID: Vehicle.ID?
  /// What is wrong, as verified on site (FLD-06).
  package var fault: String
  /// Why it cannot be mended where it is (FLD-06, FLD-08).
  package var reason: String
  package var externalIDs: [String: String]

  package init(
    channel: ProductReturn.Channel, product: ReturnedProduct, workOrderID: WorkOrder.ID?, vehicleID: Vehicle.ID?,
    fault: String, reason: String, externalIDs: [String: String]
  ) {
    self.channel = channel
    self.product = product
    self.workOrderID = workOrderID
    self.vehicleID = vehicleID
    self.fault = fault
    self.reason = reason
    self.externalIDs = externalIDs
  }
}

package struct ReturnedProduct: Hashable, Sendable {
  package var kind: ProductReturn.ProductKind
  package var description: String
  package var partNumber: String?
  package var serialNumber: String?
  package var quantity: Int

  package init(
    kind: ProductReturn.ProductKind, description: String, partNumber: String?, serialNumber: String?, quantity: Int
  ) {
    self.kind = kind
    self.description = description
    self.partNumber = partNumber
    self.serialNumber = serialNumber
    self.quantity = quantity
  }
}

/// What the actions have established so far.
package struct ProductReturnProgress: Hashable, Sendable {
  package var shipment: ReturnShipment?
  package var appraisal: ReturnAppraisal?
  package var repair: ReturnRepair?
  package var sentBack: ReturnShipment?
  package var scrapping: ReturnScrapping?
  package var exchange: ReturnExchange?
  package var exitReason: String?

  package init(
    shipment: ReturnShipment? = nil, appraisal: ReturnAppraisal? = nil, repair: ReturnRepair? = nil,
    sentBack: ReturnShipment? = nil, scrapping: ReturnScrapping? = nil, exchange: ReturnExchange? = nil,
    exitReason: String? = nil
  ) {
    self.shipment = shipment
    self.appraisal = appraisal
    self.repair = repair
    self.sentBack = sentBack
    self.scrapping = scrapping
    self.exchange = exchange
    self.exitReason = exitReason
  }
}

/// A transport with its note: to the factory (退库单, FLD-06), or back to the user (出库单, FLD-07). A vehicle is stored and kept
/// by logistics (FLD-18).
package struct ReturnShipment: Hashable, Sendable {
  /// The return note, or the issue note.
  package let note: String
  package let carrier: String?
  package let trackingNumber: String?
  package let storagePlace: String?
  package let sentBy: String
  package let sentAt: Timestamp

  package init(
    note: String, carrier: String?, trackingNumber: String?, storagePlace: String?, sentBy: String, sentAt: Timestamp
  ) {
    self.note = note
    self.carrier = carrier
    self.trackingNumber = trackingNumber
    self.storagePlace = storagePlace
    self.sentBy = sentBy
    self.sentAt = sentAt
  }
}

/// Technical Quality's signed opinion with the order to the workshop (排修单, 返修单; FLD-06, FLD-11, FLD-12).
package struct ReturnAppraisal: Hashable, Sendable {
  package let cause: ProductReturn.Cause
  package let opinion: String
  package let repairOrder: String
  /// What the user pays, when he caused it.
  package let charge: Money?
  package let signedBy: String
  package let signedByID: UUID?
  package let signedAt: Timestamp

  package init(
    cause: ProductReturn.Cause, opinion: String, repairOrder: String, charge: Money?, signedBy: String,
    signedByID: UUID?, signedAt: Timestamp
  ) {
    self.cause = cause
    self.opinion = opinion
    self.repairOrder = repairOrder
    self.charge = charge
    self.signedBy = signedBy
    self.signedByID = signedByID
    self.signedAt = signedAt
  }
}

/// Repaired, inspected by somebody else and stocked in (FLD-07). That such goods do not count in the workshop's piece-work
/// (FLD-13) is a matter of its wages, which are not kept here; `stockInNote` says which entries they are.
package struct ReturnRepair: Hashable, Sendable {
  package let work: String
  package let repairedBy: String
  package let inspectedBy: String
  package let stockInNote: String
  package let repairedAt: Timestamp

  package init(work: String, repairedBy: String, inspectedBy: String, stockInNote: String, repairedAt: Timestamp) {
    self.work = work
    self.repairedBy = repairedBy
    self.inspectedBy = inspectedBy
    self.stockInNote = stockInNote
    self.repairedAt = repairedAt
  }
}

/// Taken apart (拆解任务单), with what goes on in other products (回用单, FLD-14).
package struct ReturnScrapping: Hashable, Sendable {
  package let dismantlingOrder: String
  package let opinion: String
  package let reused: [String]
  package let signedBy: String
  package let signedAt: Timestamp

  package init(dismantlingOrder: String, opinion: String, reused: [String], signedBy: String, signedAt: Timestamp) {
    self.dismantlingOrder = dismantlingOrder
    self.opinion = opinion
    self.reused = reused
    self.signedBy = signedBy
    self.signedAt = signedAt
  }
}

/// Exchanged for another one: approved inside (FLD-08), with the exchange ticket (换货票, FLD-09); at the customer's door the old
/// product comes back with a return ticket (退货票, FLD-10).
package struct ReturnExchange: Hashable, Sendable {
  package let ticket: String
  package let approvedBy: String
  package let approvedAt: Timestamp
  package internal(set) var replacementSerialNumber: String?
  package internal(set) var returnTicket: String?
  package internal(set) var place: ProductReturn.ExchangePlace?
  package internal(set) var exchangedAt: Timestamp?

  package init(
    ticket: String, approvedBy: String, approvedAt: Timestamp, replacementSerialNumber: String? = nil,
    returnTicket: String? = nil, place: ProductReturn.ExchangePlace? = nil, exchangedAt: Timestamp? = nil
  ) {
    self.ticket = ticket
    self.approvedBy = approvedBy
    self.approvedAt = approvedAt
    self.replacementSerialNumber = replacementSerialNumber
    self.returnTicket = returnTicket
    self.place = place
    self.exchangedAt = exchangedAt
  }
}
