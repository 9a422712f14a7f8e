/// Where a part, or one that may be fitted for it, lies free in the network (PRT-06, PO-08): enough to know whom to ask. How many
/// there are is said to whoever sees the place anyway, of others only a class; what it cost is said of none.
package struct PartAvailability: Hashable, Sendable {
  package enum Proximity: String, Hashable, Sendable, CaseIterable {
    case own, region, network
  }

  /// How much lies free.
  package enum Class: String, Hashable, Sendable, CaseIterable {
    /// Less than 5, less than 20, or more.
    case few, some, many

    package init(_ quantity: Int) {
      self = quantity < 5 ? .few : quantity < 20 ? .some : .many
    }
  }

  /// So many places are shown at most.
  package static let limit = 200

  package let partID: Part.ID
  package let partNumber: String
  package let locationID: StockLocation.ID
  package let locationCode: String
  package let locationKind: StockLocation.Kind
  /// `nil`: headquarters' warehouse.
  package let stationID: Station.ID?
  package let stationName: String?
  package let regionID: Region.ID?
  package let proximity: Proximity
  /// As the crow flies, in whole kilometres; `nil`: where one of the two lies is not on record.
  package let distanceKm: Int?
  /// On hand and not reserved.
  package let quantity: Int

  package init(
    partID: Part.ID, partNumber: String, locationID: StockLocation.ID, locationCode: String,
    locationKind: StockLocation.Kind, stationID: Station.ID?, stationName: String?, regionID: Region.ID?,
    proximity: Proximity, distanceKm: Int? = nil, quantity: Int
  ) {
    self.partID = partID
    self.partNumber = partNumber
    self.locationID = locationID
    self.locationCode = locationCode
    self.locationKind = locationKind
    self.stationID = stationID
    self.stationName = stationName
    self.regionID = regionID
    self.proximity = proximity
    self.distanceKm = distanceKm
    self.quantity = quantity
  }

  package var availability: Class { Class(quantity) }

  /// What this caller learns of it.
  package func quantity(for caller: Caller) -> Int? { caller.scope.covers(stationID) ? quantity : nil }
}
