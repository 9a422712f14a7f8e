package import Domain
package import Postgres

/// Where parts lie: headquarters' warehouses are everybody's to know, a store its station's (PRT-16).
package enum StockLocationRepository: RecordStore {
  package typealias Document = StockLocation
  package typealias Filter = StockLocationFilter

  package static let sorts: [String: ListPlan.SortColumn] = [
    "code": .init("stock_locations.code", type: "text"),
    "createdAt": .init("stock_locations.created_at", type: "timestamptz"),
    "name": .init("stock_locations.name", type: "text"),
  ]

  package static let table = RecordTable<StockLocation>(
    "stock_locations",
    visible: { scope in
      scope.stations == nil ? "true" : "(station_id is null or " + scope.condition(on: "station_id") + ")"
    },
    key: { "code = \($0)" },
    columns: [
      .fixed("id") { "\($0.id)" },
      .fixed("code") { "\($0.code)" },
      .fixed("kind") { "\($0.place.kind.rawValue)" },
      .fixed("station_id") { "\($0.place.stationID)" },
      .fixed("region_id") { "\($0.place.regionID)" },
      .init("name") { "\($0.name)" },
      .init("closed") { "\($0.closed)" },
    ],
    refusals: [
      ("stock_locations_code_key", { Refusal.alreadyExists(field: "code", existingID: nil) }),
      ("stock_locations_station_key", { Refusal.alreadyExists(field: "stationId", existingID: nil) }),
      (
        "stock_locations_station_id_fkey",
        { Refusal.invalid("#/stationId", .notFound, "there is no such station") }
      ),
      (
        "stock_locations_region_id_fkey", { Refusal.invalid("#/regionId", .notFound, "there is no such region") }
      ),
    ], decode: decode)

  package static func conditions(_ filter: StockLocationFilter) -> [SQL] {
    var conditions: [SQL] = []
    if !filter.kinds.isEmpty { conditions.append("kind = any (\(filter.kinds.map(\.rawValue)))") }
    if let station = filter.stationID { conditions.append("station_id = \(station)") }
    if let region = filter.regionID { conditions.append("region_id = \(region)") }
    if let closed = filter.closed { conditions.append("closed = \(closed)") }
    if let text = filter.text {
      let pattern = LikePattern.prefix(text)
      conditions.append("(lower(code) like lower(\(pattern)) or lower(name) like lower(\(pattern)))")
    }
    return conditions
  }

  /// The store of a station; `nil`: it keeps none.
  package static func store(of station: Station.ID, in scope: Scope) -> Query<StockLocation?> {
    Query.optional(
      "select \(table.selection) from stock_locations where station_id = \(station) and \(scope.condition(on: "station_id"))",
      decode)
  }

  @Sendable private static func decode(_ row: inout Row) throws -> StockLocation {
    let id = try row.next(StockLocation.ID.self)
    let code = try row.next(String.self)
    let kind = try row.next(as: StockLocation.Kind.self)
    let station = try row.next(Station.ID?.self)
    let region = try row.next(Region.ID?.self)
    let name = try row.next(String.self)
    let closed = try row.next(Bool.self)
    let tail = try row.nextRecordTail()
    return StockLocation(
      id: id, code: code, place: try StockLocation.Place(kind, station: station, region: region), name: name,
      closed: closed, externalIDs: tail.externalIDs, version: tail.version, stamp: tail.stamp)
  }
}
