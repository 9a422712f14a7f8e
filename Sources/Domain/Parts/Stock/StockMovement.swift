package import FoundationEssentials

/// One line of the stock ledger: what came to a place or left it, at which cost. Never changed (domain.md section 11).
package struct StockMovement: ImmutableDocument {
  package typealias ID = Identifier<StockMovement>

  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Bought in, or taken in with a check (PRT-10).
    case receipt
    /// To a work order (PRT-11), and back from one.
    case issue, issueReturn
    /// Over the counter (PRT-08), and back when the sale is taken back.
    case sale, saleReturn
    /// Of a parts order: out of a warehouse, and into the store of who ordered.
    case shipment, shipmentReceipt
    /// From one place to another.
    case transferOut, transferIn
    /// Back to headquarters (PRT-07).
    case returnOut, returnIn
    /// What a stocktake found beyond the books, and what it missed (PRT-12).
    case surplus, shortage
    case scrap

    /// Whether it adds to the place.
    package var isInbound: Bool {
      switch self {
      case .receipt, .issueReturn, .saleReturn, .shipmentReceipt, .transferIn, .returnIn, .surplus: true
      case .issue, .sale, .shipment, .transferOut, .returnOut, .shortage, .scrap: false
      }
    }
  }

  /// The document behind it.
  package struct Source: Hashable, Sendable {
    package let resource: Resource
    package let id: UUID
    package let number: String?
    /// The line of the document; `nil`: the document as a whole.
    package let line: Int?

    package init(resource: Resource, id: UUID, number: String?, line: Int? = nil) {
      self.resource = resource
      self.id = id
      self.number = number
      self.line = line
    }
  }

  /// A movement as it is asked for.
  package struct Draft: Hashable, Sendable {
    package let locationID: StockLocation.ID
    package let partID: Part.ID
    package let kind: Kind
    /// How much, positive; the kind says which way.
    package let quantity: Int
    /// Of the whole quantity, of what comes in. What goes out takes its share of the place's value, so does what comes in
    /// without a cost of its own.
    package let cost: Money?
    package let source: Source?
    /// The movement on the other side of a transfer.
    package let counterpartID: ID?
    package let reason: String?
    package let id: ID?

    package init(
      locationID: StockLocation.ID, partID: Part.ID, kind: Kind, quantity: Int, cost: Money? = nil,
      source: Source? = nil, counterpartID: ID? = nil, reason: String? = nil, id: ID? = nil
    ) {
      self.locationID = locationID
      self.partID = partID
      self.kind = kind
      self.quantity = quantity
      self.cost = cost
      self.source = source
      self.counterpartID = counterpartID
      self.reason = reason
      self.id = id
    }
  }

  package static let resource = Resource.stockMovement

  package let id: ID
  package let locationID: StockLocation.ID
  package let locationCode: String
  package let stationID: Station.ID?
  package let partID: Part.ID
  package let partNumber: String
  package let kind: Kind
  /// Positive into the place, negative out of it.
  package let quantity: Int
  /// Of the whole quantity, with its sign.
  package let cost: Money
  package let onHandAfter: Int
  /// The how-manieth movement of the part at the place it was.
  package let ordinal: Int
  package let source: StoredSource?
  package let counterpartID: ID?
  package let reason: String?
  package let recordedAt: Timestamp
  package let recordedBy: RecordStamp.Author

  /// The document behind a stored movement: of a kind that a later release may have dropped.
  package struct StoredSource: Hashable, Sendable {
    package let resource: String
    package let id: UUID
    package let number: String?
    package let line: Int?

    package init(resource: String, id: UUID, number: String?, line: Int?) {
      self.resource = resource
      self.id = id
      self.number = number
      self.line = line
    }
  }

  package init(
    id: ID, locationID: StockLocation.ID, locationCode: String, stationID: Station.ID?, partID: Part.ID,
    partNumber: String, kind: Kind, quantity: Int, cost: Money, onHandAfter: Int, ordinal: Int, source: StoredSource?,
    counterpartID: ID?, reason: String?, recordedAt: Timestamp, recordedBy: RecordStamp.Author
  ) {
    self.id = id
    self.locationID = locationID
    self.locationCode = locationCode
    self.stationID = stationID
    self.partID = partID
    self.partNumber = partNumber
    self.kind = kind
    self.quantity = quantity
    self.cost = cost
    self.onHandAfter = onHandAfter
    self.ordinal = ordinal
    self.source = source
    self.counterpartID = counterpartID
    self.reason = reason
    self.recordedAt = recordedAt
    self.recordedBy = recordedBy
  }

  package var designation: String? { nil }
  package var audience: Audience { stationID.map(Audience.station) ?? .headquarters }

  package func changes(from before: StockMovement?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.choice("kind", before?.kind, kind)
    comparison.field("partNumber", before?.partNumber, partNumber)
    comparison.field("locationCode", before?.locationCode, locationCode)
    comparison.field("quantity", before?.quantity, quantity)
    comparison.field("cost", before?.cost, cost)
    return comparison.changes
  }
}

/// What a list of movements can be narrowed by; conditions combine with and.
package struct StockMovementFilter: Hashable, Sendable {
  package var kinds: [StockMovement.Kind] = []
  package var stationID: Station.ID?
  package var locationID: StockLocation.ID?
  package var partID: Part.ID?
  /// The document behind them.
  package var sourceID: UUID?
  package var recordedFrom: Timestamp?
  package var recordedBefore: Timestamp?

  package init() {}
}
