/// How much of a part lies at a place: the sum of its movements, kept by the database in their transactions.
package struct StockLevel: Hashable, Sendable {
  package typealias ID = Identifier<StockLevel>

  package let id: ID
  package let locationID: StockLocation.ID
  package let locationCode: String
  package let stationID: Station.ID?
  package let partID: Part.ID
  package let partNumber: String
  package let partName: String
  package let onHand: Int
  /// Held back by reservations; part of what is on hand.
  package let reserved: Int
  package let onOrder: Int
  /// What lies there cost this much.
  package let value: Money
  /// Approved for the station (PRT-05); `nil`: none, or no station's store.
  package let minimum: Int?
  /// What the region's quota asks of each of its stations (PRT-04).
  package let quota: Int?
  /// The stocktake that holds it still.
  package let stocktakeID: Identifier<Stocktake>?
  package let updatedAt: Timestamp

  package init(
    id: ID, locationID: StockLocation.ID, locationCode: String, stationID: Station.ID?, partID: Part.ID,
    partNumber: String, partName: String, onHand: Int, reserved: Int, onOrder: Int, value: Money, minimum: Int?,
    quota: Int?, stocktakeID: Identifier<Stocktake>?, updatedAt: Timestamp
  ) {
    self.id = id
    self.locationID = locationID
    self.locationCode = locationCode
    self.stationID = stationID
    self.partID = partID
    self.partNumber = partNumber
    self.partName = partName
    self.onHand = onHand
    self.reserved = reserved
    self.onOrder = onOrder
    self.value = value
    self.minimum = minimum
    self.quota = quota
    self.stocktakeID = stocktakeID
    self.updatedAt = updatedAt
  }

  /// What may be promised to somebody else.
  package var available: Int { onHand - reserved }

  /// Moving average of one unit, rounded half-up to the cent; `nil` when nothing is there.
  package var averageCost: Money? {
    guard onHand > 0 else { return nil }
    let doubled = value.minor * 2 + Int64(onHand)
    return Money(minor: doubled.flooredDivision(by: Int64(onHand) * 2), currency: value.currency)
  }
}

package struct StockLevelFilter: Hashable, Sendable {
  package var locationID: StockLocation.ID?
  package var stationID: Station.ID?
  package var partID: Part.ID?
  package var kinds: [StockLocation.Kind] = []
  /// On hand and on order together are less than the approved minimum.
  package var belowMinimum = false

  package init() {}
}
