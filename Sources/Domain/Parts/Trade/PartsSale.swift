/// Parts sold over the counter (PRT-08): issued and priced at once, never changed but taken back once, as a whole.
package struct PartsSale: VersionedDocument {
  package typealias ID = Identifier<PartsSale>

  package struct Line: Hashable, Sendable {
    package let partID: Part.ID
    package let partNumber: String
    package let quantity: Int
    package let unitPrice: Money
    /// What the approved list asks of customers on that day (PRT-03); `nil`: it names none.
    package let listPrice: Money?

    package init(partID: Part.ID, partNumber: String, quantity: Int, unitPrice: Money, listPrice: Money?) {
      self.partID = partID
      self.partNumber = partNumber
      self.quantity = quantity
      self.unitPrice = unitPrice
      self.listPrice = listPrice
    }

    package var amount: Money { unitPrice.times(quantity) }

    /// Dearer than the list: what headquarters supervises (PRT-03).
    package var isAboveList: Bool {
      listPrice.map { $0.currency == unitPrice.currency && unitPrice.minor > $0.minor } ?? false
    }
  }

  /// The sale was taken back: its parts are in the store again.
  package struct Reversal: Hashable, Sendable {
    package let reason: String
    package let at: Timestamp
    package let by: RecordStamp.Author

    package init(reason: String, at: Timestamp, by: RecordStamp.Author) {
      self.reason = reason
      self.at = at
      self.by = by
    }
  }

  package static let resource = Resource.partsSale
  package static let lineLimit = 200

  package let id: ID
  /// `PS-SY001-2026-000101`
  package let number: String
  package let stationID: Station.ID
  package let locationID: StockLocation.ID
  package let customerID: Customer.ID?
  package let lines: [Line]
  package let total: Money
  package let createdAt: Timestamp
  package let createdBy: RecordStamp.Author
  package private(set) var reversal: Reversal?

  package init(
    id: ID, number: String, stationID: Station.ID, locationID: StockLocation.ID, customerID: Customer.ID?,
    lines: [Line], total: Money, createdAt: Timestamp, createdBy: RecordStamp.Author, reversal: Reversal? = nil
  ) {
    self.id = id
    self.number = number
    self.stationID = stationID
    self.locationID = locationID
    self.customerID = customerID
    self.lines = lines
    self.total = total
    self.createdAt = createdAt
    self.createdBy = createdBy
    self.reversal = reversal
  }

  package var designation: String? { number }
  package var version: Int { reversal == nil ? 1 : 2 }
  package var audience: Audience { .station(stationID) }
  package func revised(by caller: Caller, at instant: Timestamp) -> PartsSale { self }
  package var isAboveList: Bool { lines.contains(where: \.isAboveList) }

  package func changes(from before: PartsSale?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.field("customerId", before?.customerID, customerID)
    comparison.field("total", before?.total, total)
    comparison.field("lines", (before?.lines ?? []).map(Self.text), lines.map(Self.text))
    comparison.field("reversal/reason", before?.reversal?.reason, reversal?.reason)
    return comparison.changes
  }

  /// - Throws: `Refusal.conflict` with `sale-reversed`.
  package mutating func reverse(_ reason: String, at instant: Timestamp, by author: RecordStamp.Author) throws(Refusal)
  {
    if let reversal { throw Self.isReversed.telling([.since(reversal.at)]) }
    reversal = Reversal(reason: reason, at: instant, by: author)
  }

  package static let isReversed = Refusal.conflict(
    code: "sale-reversed", detail: "The sale was taken back already; what was sold since is a sale of its own.")

  private static func text(_ line: Line) -> String { "\(line.quantity) × \(line.partNumber) at \(line.unitPrice)" }
}

/// A sale as it is asked for.
package struct PartsSaleDraft: Hashable, Sendable {
  package struct Line: Hashable, Sendable {
    package let partID: Part.ID
    package let quantity: Int
    /// `nil`: what the approved list asks of customers today.
    package let unitPrice: Money?

    package init(partID: Part.ID, quantity: Int, unitPrice: Money?) {
      self.partID = partID
      self.quantity = quantity
      self.unitPrice = unitPrice
    }
  }

  /// `nil`: the caller's own station.
  package let stationID: Station.ID?
  package let customerID: Customer.ID?
  package let lines: [Line]

  package init(stationID: Station.ID?, customerID: Customer.ID?, lines: [Line]) {
    self.stationID = stationID
    self.customerID = customerID
    self.lines = lines
  }
}

package struct PartsSaleFilter: Hashable, Sendable {
  package var stationID: Station.ID?
  package var customerID: Customer.ID?
  package var aboveList: Bool?
  package var createdFrom: Timestamp?
  package var createdBefore: Timestamp?

  package init() {}
}
