/// A place where parts lie: a warehouse of headquarters, or the store of a station (PRT-16).
package struct StockLocation: Record {
  package typealias ID = Identifier<StockLocation>

  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case central, regional, transit, station
  }

  package static let resource = Resource.warehouse

  package let id: ID
  /// `^[A-Z0-9][A-Z0-9.-]{0,31}$`, unique, never changed.
  package let code: String
  /// Never changed: stock that lies there would change its owner.
  package let place: Place
  package var name: String
  /// Takes no new stock.
  package var closed: Bool
  package var externalIDs: [String: String]
  package var revision: Revision

  /// Whose a place is.
  package enum Place: Hashable, Sendable {
    case central
    case regional(Region.ID)
    case transit
    case station(Station.ID)

    package var kind: Kind {
      switch self {
      case .central: .central
      case .regional: .regional
      case .transit: .transit
      case .station: .station
      }
    }

    package var stationID: Station.ID? { if case .station(let id) = self { id } else { nil } }
    package var regionID: Region.ID? { if case .regional(let id) = self { id } else { nil } }

    /// - Throws: `Refusal.invalid` for a kind without whose it is, or with somebody's that it cannot be.
    package init(_ kind: Kind, station: Station.ID?, region: Region.ID?) throws(Refusal) {
      if kind != .station, station != nil {
        throw .invalid("#/stationId", .inconsistent, "only a station's store has a station")
      }
      if kind != .regional, region != nil {
        throw .invalid("#/regionId", .inconsistent, "only a regional warehouse has a region")
      }
      switch (kind, station, region) {
      case (.central, _, _): self = .central
      case (.transit, _, _): self = .transit
      case (.regional, _, .some(let region)): self = .regional(region)
      case (.station, .some(let station), _): self = .station(station)
      case (.regional, _, nil): throw .invalid("#/regionId", .required, "a regional warehouse needs its region")
      case (.station, nil, _): throw .invalid("#/stationId", .required, "a station's store needs its station")
      }
    }
  }

  package init(
    id: ID, code: String, place: Place, name: String, closed: Bool, externalIDs: [String: String], version: Int,
    stamp: RecordStamp
  ) {
    self.id = id
    self.code = code
    self.place = place
    self.name = name
    self.closed = closed
    self.externalIDs = externalIDs
    self.revision = Revision(version: version, stamp: stamp)
  }

  package var stationID: Station.ID? { place.stationID }
  package var designation: String? { code }
  /// Headquarters' warehouses are everybody's to know, a store its station's.
  package var audience: Audience { stationID.map(Audience.station) ?? .network }

  package mutating func rewrite(as draft: StockLocationDraft) throws(Refusal) {
    try draft.validate()
    name = draft.name
    closed = draft.closed
    externalIDs = draft.externalIDs
  }

  package func changes(from before: StockLocation?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.field("code", before?.code, code)
    comparison.choice("kind", before?.place.kind, place.kind)
    comparison.field("stationId", before?.place.stationID, place.stationID)
    comparison.field("regionId", before?.place.regionID, place.regionID)
    comparison.field("name", before?.name, name)
    comparison.field("closed", before?.closed ?? false, closed)
    comparison.field("externalIds", before?.externalIDs ?? [:], externalIDs)
    return comparison.changes
  }
}

package struct StockLocationDraft: Hashable, Sendable, ExternallyIdentified {
  package let code: String
  package let place: StockLocation.Place
  package let name: String
  package let closed: Bool
  package var externalIDs: [String: String]

  package init(
    code: String, place: StockLocation.Place, name: String, closed: Bool, externalIDs: [String: String]
  ) {
    self.code = code
    self.place = place
    self.name = name
    self.closed = closed
    self.externalIDs = externalIDs
  }

  package func validate() throws(Refusal) {
    let found = CatalogueCode.violations(code)
    if !found.isEmpty { throw .invalid(found) }
  }
}

package struct StockLocationFilter: Hashable, Sendable {
  package let kinds: [StockLocation.Kind]
  package let stationID: Station.ID?
  package let regionID: Region.ID?
  package let closed: Bool?
  /// Beginning of code or name, case-insensitive.
  package let text: String?

  package init(
    kinds: [StockLocation.Kind] = [], stationID: Station.ID? = nil, regionID: Region.ID? = nil, closed: Bool? = nil,
    text: String? = nil
  ) {
    self.kinds = kinds
    self.stationID = stationID
    self.regionID = regionID
    self.closed = closed
    self.text = text
  }
}

extension StockLocation {
  /// - Throws: `warehouse-closed`.
  package func requireOpen() throws(Refusal) {
    if !closed { return }
    throw .conflict(
      code: "warehouse-closed", detail: "\(code) is closed and takes nothing more.",
      .conflict(.warehouse, id, code), .locationID(id))
  }
}
