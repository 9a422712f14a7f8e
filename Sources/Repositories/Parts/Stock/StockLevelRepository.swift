package import Domain
package import FoundationEssentials
package import Postgres

/// How much lies where; read only, because triggers of the ledger write it.
package enum StockLevelRepository {
  package static let sorts: [String: ListPlan.SortColumn] = [
    "partNumber": .init("p.number", type: "text"),
    "locationCode": .init("o.code", type: "text"),
    "updatedAt": .init("l.updated_at", type: "timestamptz"),
  ]

  package static let window = ListPlan.WindowColumns(updated: "l.updated_at")

  package static func list(
    _ filter: StockLevelFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<StockLevel>> {
    var plan = ListPlan(
      columns: columns, from: source, id: "l.id", sorts: sorts, window: window,
      conditions: [scope.condition(on: "l.station_id")])
    if let location = filter.locationID { plan.filter("l.location_id = \(location)") }
    if let station = filter.stationID { plan.filter("l.station_id = \(station)") }
    if let part = filter.partID { plan.filter("l.part_id = \(part)") }
    if !filter.kinds.isEmpty { plan.filter("o.kind = any (\(filter.kinds.map(\.rawValue)))") }
    if filter.belowMinimum { plan.filter("l.on_hand + l.on_order < n.approved_quantity") }
    return plan.query(page, decode: decode)
  }

  package static func level(_ location: StockLocation.ID, _ part: Part.ID, in scope: Scope) -> Query<StockLevel?> {
    Query.optional(
      """
      select \(columns) from \(source)
      where \(scope.condition(on: "l.station_id")) and l.location_id = \(location) and l.part_id = \(part)
      """, decode)
  }

  /// The level of a part that a station keeps in its store; `nil`: it keeps none of it.
  package static func kept(_ number: String, at station: Station.ID, in scope: Scope) -> Query<StockLevel?> {
    Query.optional(
      """
      select \(columns) from \(source)
      where \(scope.condition(on: "l.station_id")) and l.station_id = \(station) and p.number = \(number)
      """, decode)
  }

  /// The levels of parts that a station keeps in its store.
  package static func kept(_ parts: [Part.ID], at station: Station.ID, in scope: Scope) -> Query<[StockLevel]> {
    Query.list(
      """
      select \(columns) from \(source)
      where \(scope.condition(on: "l.station_id")) and l.station_id = \(station) and l.part_id = any (\(parts))
      order by l.location_id, l.part_id
      """, decode)
  }

  private static let source: SQL = """
    stock_levels l
      join stock_locations o on o.id = l.location_id
      join parts p on p.id = l.part_id
      left join stations s on s.id = l.station_id
      left join minimum_stocks n on n.station_id = l.station_id and n.part_id = l.part_id
      left join reserve_quotas q on q.region_id = s.region_id and q.part_id = l.part_id
    """

  private static let columns: SQL = """
    l.id, l.location_id, o.code, l.station_id, l.part_id, p.number, p.name, l.on_hand, l.reserved, l.on_order, l.value,
    l.currency, n.approved_quantity, q.quantity, l.stocktake_id, l.updated_at
    """

  @Sendable private static func decode(_ row: inout Row) throws -> StockLevel {
    let id = try row.next(StockLevel.ID.self)
    let location = try row.next(StockLocation.ID.self)
    let code = try row.next(String.self)
    let station = try row.next(Station.ID?.self)
    let part = try row.next(Part.ID.self)
    let number = try row.next(String.self)
    let name = try row.next(String.self)
    let onHand = Int(try row.next(Int32.self))
    let reserved = Int(try row.next(Int32.self))
    let onOrder = Int(try row.next(Int32.self))
    let value = try row.next(MinorUnits.self)
    let currency = try row.next(as: Currency.self)
    return StockLevel(
      id: id, locationID: location, locationCode: code, stationID: station, partID: part, partNumber: number,
      partName: name, onHand: onHand, reserved: reserved, onOrder: onOrder,
      value: Money(minor: value.value, currency: currency), minimum: try row.next(Int32?.self).map { Int($0) },
      quota: try row.next(Int32?.self).map { Int($0) }, stocktakeID: try row.next(Stocktake.ID?.self),
      updatedAt: try row.next(Timestamp.self))
  }

  /// What a line of a document will still bring to a place; 0: nothing more.
  package static func expect(
    _ part: Part.ID, at location: StockLocation.ID, quantity: Int, source: StockMovement.Source, id: UUID,
    at instant: Timestamp
  ) -> Query<Int> {
    Query.execute(
      """
      insert into stock_expectations (id, location_id, part_id, quantity, source_resource, source_id, source_number,
        source_line, updated_at)
      values (\(id), \(location), \(part), \(Int32(clamping: quantity)), \(source.resource.rawValue), \(source.id),
        \(source.number), \(Int32(clamping: source.line ?? 0)), \(instant))
      on conflict on constraint stock_expectations_source_key
        do update set quantity = excluded.quantity, updated_at = excluded.updated_at
      """
    ).refusing(
      "stock_levels_on_order_limit", conflict: "stock-limit", "No place has more than 1000000000 of a part on order.",
      [.requested(quantity), .limit(1_000_000_000)], naming: ConflictLookup.stock(of: part, at: location))
  }

  /// Locks what is going to move, in one order whoever asks, so that two askers cannot wait for each other.
  package static func lock(
    _ levels: [(location: StockLocation.ID, part: Part.ID)], at instant: Timestamp
  ) -> Query<Int> {
    Query.execute(
      """
      select (stock_level(w.location_id, w.part_id, 'CNY', \(instant))).id
      from (
        select k.location_id, k.part_id
        from unnest(\(levels.map(\.location)), \(levels.map(\.part))) as k(location_id, part_id)
        order by k.location_id, k.part_id) as w
      """)
  }
}
