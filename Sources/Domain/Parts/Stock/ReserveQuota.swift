/// What every station of a region keeps of a part, by how many vehicles drive there (PRT-04).
package struct ReserveQuota: Record {
  package typealias ID = Identifier<ReserveQuota>

  /// What was counted when the quota was set.
  package struct Population: Hashable, Sendable {
    /// Vehicles that belong to customers of the region's stations.
    package let vehicles: Int
    /// Active ones.
    package let stations: Int

    package init(vehicles: Int, stations: Int) {
      self.vehicles = vehicles
      self.stations = stations
    }

    /// What one station keeps: the region's need, rounded up, shared out evenly, rounded up again.
    package func quantity(perThousand rate: Int) -> Int {
      guard stations > 0 else { return 0 }
      let need = (vehicles * rate + 999) / 1000
      return (need + stations - 1) / stations
    }
  }

  package static let resource = Resource.reserveQuota

  package let id: ID
  /// Unique and never changed.
  package let code: String
  package let regionID: Region.ID
  package let partID: Part.ID
  package var perThousandVehicles: Int
  package var note: String?
  /// Counted by the service whenever the quota is written.
  package var population: Population
  package var externalIDs: [String: String]
  package var revision: Revision

  package init(
    id: ID, code: String, regionID: Region.ID, partID: Part.ID, perThousandVehicles: Int, note: String?,
    population: Population, externalIDs: [String: String], version: Int, stamp: RecordStamp
  ) {
    self.id = id
    self.code = code
    self.regionID = regionID
    self.partID = partID
    self.perThousandVehicles = perThousandVehicles
    self.note = note
    self.population = population
    self.externalIDs = externalIDs
    self.revision = Revision(version: version, stamp: stamp)
  }

  package var designation: String? { code }
  package var audience: Audience { .network }
  /// What each station of the region keeps.
  package var quantity: Int { population.quantity(perThousand: perThousandVehicles) }

  package mutating func rewrite(as draft: ReserveQuotaDraft) throws(Refusal) {
    try draft.validate()
    perThousandVehicles = draft.perThousandVehicles
    note = draft.note
    population = draft.population
    externalIDs = draft.externalIDs
  }

  package func changes(from before: ReserveQuota?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.field("code", before?.code, code)
    comparison.field("regionId", before?.regionID, regionID)
    comparison.field("partId", before?.partID, partID)
    comparison.field("perThousandVehicles", before?.perThousandVehicles, perThousandVehicles)
    comparison.field("population", before?.population.vehicles, population.vehicles)
    comparison.field("stations", before?.population.stations, population.stations)
    comparison.field("quantity", before?.quantity, quantity)
    comparison.field("note", before?.note, note)
    comparison.field("externalIds", before?.externalIDs ?? [:], externalIDs)
    return comparison.changes
  }
}

package struct ReserveQuotaDraft: Hashable, Sendable, ExternallyIdentified {
  package let code: String
  package let regionID: Region.ID
  package let partID: Part.ID
  package let perThousandVehicles: Int
  package let note: String?
  /// As it was counted last; the service counts anew.
  package let population: ReserveQuota.Population
  package var externalIDs: [String: String]

  package init(
    code: String, regionID: Region.ID, partID: Part.ID, perThousandVehicles: Int, note: String?,
    population: ReserveQuota.Population, externalIDs: [String: String]
  ) {
    self.code = code
    self.regionID = regionID
    self.partID = partID
    self.perThousandVehicles = perThousandVehicles
    self.note = note
    self.population = population
    self.externalIDs = externalIDs
  }

  package func validate() throws(Refusal) {
    let found = CatalogueCode.violations(code)
    if !found.isEmpty { throw .invalid(found) }
  }
}

package struct ReserveQuotaFilter: Hashable, Sendable {
  package let regionID: Region.ID?
  package let partID: Part.ID?

  package init(regionID: Region.ID? = nil, partID: Part.ID? = nil) {
    self.regionID = regionID
    self.partID = partID
  }
}
