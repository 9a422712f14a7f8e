/// What leaves together for one station: packages with a carrier, whose way can be followed, and what arrived of each line
/// (PO-06, PO-14, PRT-16). Made by shipping an order.
package struct Shipment: LifecycleDocument {
  package typealias ID = Identifier<Shipment>

  package enum State: String, Hashable, Sendable, CaseIterable {
    /// Packed, the carrier does not have it yet.
    case prepared
    case inTransit, delivered
    /// The station has counted it to the last piece.
    case received
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case dispatch, track, deliver
  }

  package static let resource = Resource.shipment
  package static var lifecycle: Lifecycle<Shipment> { ShipmentLifecycle.table }

  package let id: ID
  /// `SH-SY001-2026-000123`, by the station that it goes to.
  package let number: String
  package let stationID: Station.ID
  package let orderID: PartsOrder.ID
  package let orderNumber: String
  package internal(set) var state: State
  package var revision: Revision
  package var header: ShipmentHeader
  package var lines: [ShipmentLine]
  package internal(set) var progress: ShipmentProgress

  package init(
    id: ID, number: String, stationID: Station.ID, orderID: PartsOrder.ID, orderNumber: String, state: State,
    version: Int, stamp: RecordStamp, header: ShipmentHeader, lines: [ShipmentLine], progress: ShipmentProgress
  ) {
    self.id = id
    self.number = number
    self.stationID = stationID
    self.orderID = orderID
    self.orderNumber = orderNumber
    self.state = state
    self.revision = Revision(version: version, stamp: stamp)
    self.header = header
    self.lines = lines
    self.progress = progress
  }

  package var designation: String? { number }
  package var audience: Audience { .station(stationID) }

  package func changes(from before: Shipment?) -> [FieldChange] {
    let (old, done) = (before?.header, before?.progress)
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.field("carrierId", old?.carrierID, header.carrierID)
    comparison.field("trackingNumber", old?.trackingNumber, header.trackingNumber)
    comparison.field("packages", old?.packages.map(\.number) ?? [], header.packages.map(\.number))
    comparison.field("expectedAt", old?.expectedAt, header.expectedAt)
    comparison.field("note", old?.note, header.note)
    comparison.field("externalIds", old?.externalIDs ?? [:], header.externalIDs)
    comparison.field("dispatchedAt", done?.dispatchedAt, progress.dispatchedAt)
    comparison.field("deliveredAt", done?.deliveredAt, progress.deliveredAt)
    comparison.field("deliveredTo", done?.deliveredTo, progress.deliveredTo)
    comparison.field("receivedAt", done?.receivedAt, progress.receivedAt)
    for line in lines {
      let former = before?.lines.first { $0.line == line.line }
      if former == line { continue }
      comparison.field("lines/\(line.line)/quantity", former?.quantity, line.quantity)
      comparison.field("lines/\(line.line)/received", former?.received, line.received)
      comparison.field("lines/\(line.line)/short", former?.short, line.short)
      comparison.field("lines/\(line.line)/damaged", former?.damaged, line.damaged)
      comparison.field("lines/\(line.line)/wrong", former?.wrong, line.wrong)
      comparison.field("lines/\(line.line)/defective", former?.defective, line.defective)
    }
    return comparison.changes
  }
}

package struct ShipmentHeader: Hashable, Sendable {
  package struct Package: Hashable, Sendable {
    /// As it is written on the label.
    package let number: String
    package let weightGrams: Int?

    package init(number: String, weightGrams: Int?) {
      self.number = number
      self.weightGrams = weightGrams
    }
  }

  /// Where it leaves.
  package let locationID: StockLocation.ID
  /// `nil`: by own vehicle, or fetched.
  package var carrierID: Carrier.ID?
  package var trackingNumber: String?
  package var packages: [Package]
  package var expectedAt: Timestamp?
  package var note: String?
  package var externalIDs: [String: String]

  package init(
    locationID: StockLocation.ID, carrierID: Carrier.ID?, trackingNumber: String?, packages: [Package],
    expectedAt: Timestamp?,
    note: String?, externalIDs: [String: String] = [:]
  ) {
    self.locationID = locationID
    self.carrierID = carrierID
    self.trackingNumber = trackingNumber
    self.packages = packages
    self.expectedAt = expectedAt
    self.note = note
    self.externalIDs = externalIDs
  }
}

/// Of one line of the order, what is in this shipment and what arrived of it.
package struct ShipmentLine: Hashable, Sendable {
  /// Of the order.
  package let line: Int
  package let partNumber: String
  package let description: String
  package let quantity: Int
  package internal(set) var received: Int
  package internal(set) var short: Int
  package internal(set) var damaged: Int
  package internal(set) var wrong: Int
  package internal(set) var defective: Int

  package init(
    line: Int, partNumber: String, description: String, quantity: Int, received: Int = 0, short: Int = 0,
    damaged: Int = 0, wrong: Int = 0, defective: Int = 0
  ) {
    self.line = line
    self.partNumber = partNumber
    self.description = description
    self.quantity = quantity
    self.received = received
    self.short = short
    self.damaged = damaged
    self.wrong = wrong
    self.defective = defective
  }

  package var rejected: Int { damaged + wrong + defective }
  package var inTransit: Int { quantity - received - short }

  /// Pieces that were found to be so when they arrived.
  package func count(_ kind: PartsClaim.Kind) -> Int {
    switch kind {
    case .short: short
    case .damaged: damaged
    case .wrong: wrong
    case .defective: defective
    }
  }

  mutating func add(_ entry: PartsReceiptLine) {
    received += entry.received
    short += entry.short
    for rejection in entry.rejections {
      switch rejection.kind {
      case .short: break
      case .damaged: damaged += rejection.quantity
      case .wrong: wrong += rejection.quantity
      case .defective: defective += rejection.quantity
      }
    }
  }
}

package struct ShipmentProgress: Hashable, Sendable {
  /// A word of the carrier about where it is.
  package struct Event: Hashable, Sendable {
    package enum Status: String, Hashable, Sendable, CaseIterable {
      case pickedUp, inTransit, outForDelivery, delayed, exception, delivered
    }

    package let status: Status
    package let place: String?
    package let note: String?
    package let at: Timestamp
    package let by: String

    package init(status: Status, place: String?, note: String?, at: Timestamp, by: String) {
      self.status = status
      self.place = place
      self.note = note
      self.at = at
      self.by = by
    }
  }

  /// More than any way needs; the oldest stay.
  package static let maximumEvents = 200

  package var tracking: [Event] = []
  package var dispatchedAt: Timestamp?
  package var deliveredAt: Timestamp?
  /// Who took it at the station.
  package var deliveredTo: String?
  package var receivedAt: Timestamp?

  package init() {}
}

package struct ShipmentFilter: Hashable, Sendable {
  /// Any of these; none asks for all.
  package var states: [Shipment.State] = []
  package var stationID: Station.ID?
  package var orderID: PartsOrder.ID?
  package var carrierID: Carrier.ID?
  package var trackingNumber: String?
  package var createdFrom: Timestamp?
  package var createdBefore: Timestamp?
  package var number: String?

  package init() {}
}
