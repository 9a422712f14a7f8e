package import Domain
package import FoundationEssentials
package import Postgres

/// The stock ledger: rows are added and never changed; triggers keep the levels.
package enum StockMovementRepository: DocumentStore {
  package typealias Document = StockMovement
  package typealias Filter = StockMovementFilter

  package static let sorts: [String: ListPlan.SortColumn] = [
    "recordedAt": .init("m.recorded_at", type: "timestamptz")
  ]

  package static func find(_ reference: Reference<StockMovement>, in scope: Scope) -> Query<StockMovement?> {
    let named: SQL =
      switch reference {
      case .id(let id): "m.id = \(id)"
      case .number: "false"
      }
    return Query.optional(
      "select \(columns) from \(source) where \(scope.condition(on: "m.station_id")) and \(named)", decode)
  }

  /// A movement never changes, so there is nothing to lock.
  package static func lock(_ reference: Reference<StockMovement>, in scope: Scope) -> Query<StockMovement?> {
    find(reference, in: scope)
  }

  package static func list(
    _ filter: StockMovementFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<StockMovement>> {
    var plan = ListPlan(
      columns: columns, from: source, id: "m.id", sorts: sorts, conditions: [scope.condition(on: "m.station_id")])
    if !filter.kinds.isEmpty { plan.filter("m.kind = any (\(filter.kinds.map(\.rawValue)))") }
    if let station = filter.stationID { plan.filter("m.station_id = \(station)") }
    if let location = filter.locationID { plan.filter("m.location_id = \(location)") }
    if let part = filter.partID { plan.filter("m.part_id = \(part)") }
    if let source = filter.sourceID { plan.filter("m.source_id = \(source)") }
    if let from = filter.recordedFrom { plan.filter("m.recorded_at >= \(from)") }
    if let before = filter.recordedBefore { plan.filter("m.recorded_at < \(before)") }
    return plan.query(page, decode: decode)
  }

  /// Movements are made by `append` alone.
  package static func save(_ after: StockMovement, over before: StockMovement?) -> [Query<Int>] { [] }

  /// Books one movement; cost, level and ordinal come from the database.
  package static func append(
    _ draft: StockMovement.Draft, id: StockMovement.ID, by author: RecordStamp.Author, requestID: String,
    at instant: Timestamp
  ) -> Query<Int> {
    let quantity = draft.kind.isInbound ? draft.quantity : -draft.quantity
    return Query.execute(
      """
      insert into stock_movements (id, location_id, part_id, kind, quantity, cost, currency, source_resource, source_id,
        source_number, source_line, counterpart_id, reason, recorded_at, recorded_by, recorded_by_id, request_id)
      values (\(id), \(draft.locationID), \(draft.partID), \(draft.kind.rawValue), \(Int32(clamping: quantity)),
        \(draft.cost?.minorUnits), \((draft.cost?.currency ?? .cny).rawValue), \(draft.source?.resource.rawValue),
        \(draft.source?.id), \(draft.source?.number), \(draft.source?.line.map { Int32(clamping: $0) }),
        \(draft.counterpartID), \(draft.reason), \(instant), \(author.name), \(author.id), \(requestID))
      """
    )
    .refusingStock(draft.partID, at: draft.locationID, requested: draft.quantity)
    .refusing("stock_movements_part_id_fkey") { Refusal.invalid("#/partId", .notFound, "there is no such part") }
  }

  /// What a movement that went out cost, without its sign: what the other side takes over.
  package static func cost(of movement: StockMovement.ID) -> Query<Money> {
    Query.one("select abs(m.cost), m.currency from stock_movements m where m.id = \(movement)") { row in
      let cost = try row.next(MinorUnits.self)
      return Money(minor: cost.value, currency: try row.next(as: Currency.self))
    }
  }

  /// Whether a part ever came into the store of a station (what a claim asks).
  package static func everReceived(_ part: Part.ID, at station: Station.ID) -> Query<Bool> {
    Query.one(
      """
      select exists (
        select from stock_movements m
        where m.station_id = \(station) and m.part_id = \(part) and m.quantity > 0
          and m.kind in ('receipt', 'shipmentReceipt', 'transferIn'))
      """
    ) { try $0.next(Bool.self) }
  }

  /// What a line of a document took of a part from a place and did not bring back, with what it cost.
  package static func issued(
    _ part: Part.ID, from location: StockLocation.ID, to source: UUID, line: Int
  ) -> Query<(quantity: Int, cost: Money)> {
    Query.one(
      """
      select coalesce(-sum(m.quantity), 0)::bigint, coalesce(-sum(m.cost), 0)::numeric(19, 2), coalesce(min(m.currency), 'CNY')
      from stock_movements m
      where m.source_id = \(source) and m.source_line = \(Int32(clamping: line)) and m.location_id = \(location)
        and m.part_id = \(part) and m.kind in ('issue', 'issueReturn')
      """
    ) { row in
      let quantity = Int(try row.next(Int64.self))
      let cost = try row.next(MinorUnits.self)
      return (quantity: quantity, cost: Money(minor: cost.value, currency: try row.next(as: Currency.self)))
    }
  }

  /// What each line of a counter sale cost the store.
  package static func sold(by sale: UUID) -> Query<[(line: Int, cost: Money)]> {
    Query.list(
      """
      select coalesce(m.source_line, 0), -m.cost, m.currency
      from stock_movements m
      where m.source_id = \(sale) and m.kind = 'sale'
      order by m.source_line
      """
    ) { row in
      let line = Int(try row.next(Int32.self))
      let cost = try row.next(MinorUnits.self)
      return (line: line, cost: Money(minor: cost.value, currency: try row.next(as: Currency.self)))
    }
  }

  /// What left the store of a station over the counter and for jobs in a period, less what came back, by origin of the part and
  /// currency (PRT-19).
  package static func sales(
    of station: Station.ID, from: Timestamp, before: Timestamp, in scope: Scope
  ) -> Query<[PartsSalesProgress.Volume]> {
    Query.list(
      """
      select p.origin, m.currency,
        coalesce(-sum(m.cost) filter (where m.kind in ('sale', 'saleReturn')), 0)::numeric(19, 2),
        coalesce(-sum(m.quantity) filter (where m.kind in ('sale', 'saleReturn')), 0)::bigint,
        coalesce(-sum(m.cost) filter (where m.kind in ('issue', 'issueReturn')), 0)::numeric(19, 2),
        coalesce(-sum(m.quantity) filter (where m.kind in ('issue', 'issueReturn')), 0)::bigint
      from stock_movements m
        join parts p on p.id = m.part_id
      where \(scope.condition(on: "m.station_id")) and m.station_id = \(station)
        and m.kind in ('sale', 'saleReturn', 'issue', 'issueReturn') and m.recorded_at >= \(from) and m.recorded_at < \(before)
      group by p.origin, m.currency
      order by p.origin, m.currency
      """
    ) { row in
      let origin = try row.next(as: Part.Origin.self)
      let currency = try row.next(as: Currency.self)
      let sold = try row.next(MinorUnits.self)
      let soldQuantity = Int(try row.next(Int64.self))
      let issued = try row.next(MinorUnits.self)
      return PartsSalesProgress.Volume(
        origin: origin, sold: Money(minor: sold.value, currency: currency), soldQuantity: soldQuantity,
        issued: Money(minor: issued.value, currency: currency), issuedQuantity: Int(try row.next(Int64.self)))
    }
  }

  /// What the lines of a document took out of stock and did not bring back.
  package static func issued(to source: UUID) -> Query<[(part: Part.ID, line: Int, quantity: Int)]> {
    Query.list(
      """
      select m.part_id, coalesce(m.source_line, 0), (-sum(m.quantity))::bigint
      from stock_movements m
      where m.source_id = \(source) and m.kind in ('issue', 'issueReturn')
      group by m.part_id, m.source_line
      having sum(m.quantity) <> 0
      order by m.part_id, m.source_line
      """
    ) { row in
      let part = try row.next(Part.ID.self)
      let line = Int(try row.next(Int32.self))
      return (part: part, line: line, quantity: Int(try row.next(Int64.self)))
    }
  }

  static let source: SQL = """
    stock_movements m join stock_locations o on o.id = m.location_id join parts p on p.id = m.part_id
    """

  private static let columns: SQL = """
    m.id, m.location_id, o.code, m.station_id, m.part_id, p.number, m.kind, m.quantity, m.cost, m.currency,
    m.on_hand_after, m.ordinal, m.source_resource, m.source_id, m.source_number, m.source_line, m.counterpart_id,
    m.reason, m.recorded_at, m.recorded_by, m.recorded_by_id
    """

  @Sendable private static func decode(_ row: inout Row) throws -> StockMovement {
    let id = try row.next(StockMovement.ID.self)
    let location = try row.next(StockLocation.ID.self)
    let code = try row.next(String.self)
    let station = try row.next(Station.ID?.self)
    let part = try row.next(Part.ID.self)
    let number = try row.next(String.self)
    let kind = try row.next(as: StockMovement.Kind.self)
    let quantity = Int(try row.next(Int32.self))
    let cost = try row.next(MinorUnits.self)
    let currency = try row.next(as: Currency.self)
    let onHand = Int(try row.next(Int32.self))
    let ordinal = Int(try row.next(Int64.self))
    let resource = try row.next(String?.self)
    let source = try row.next(UUID?.self)
    let sourceNumber = try row.next(String?.self)
    let line = try row.next(Int32?.self).map { Int($0) }
    let counterpart = try row.next(StockMovement.ID?.self)
    let reason = try row.next(String?.self)
    let at = try row.next(Timestamp.self)
    let by = RecordStamp.Author(name: try row.next(String.self), id: try row.next(UUID?.self))
    var stored: StockMovement.StoredSource?
    if let resource, let source {
      stored = .init(resource: resource, id: source, number: sourceNumber, line: line)
    }
    return StockMovement(
      id: id, locationID: location, locationCode: code, stationID: station, partID: part, partNumber: number,
      kind: kind, quantity: quantity, cost: Money(minor: cost.value, currency: currency), onHandAfter: onHand,
      ordinal: ordinal, source: stored, counterpartID: counterpart, reason: reason, recordedAt: at, recordedBy: by)
  }
}

extension Query {
  /// For statements that move or hold stock of one part at one place.
  ///
  /// - Parameter requested: how much is to leave or to be held; what there is beyond reservations is told beside it.
  func refusingStock(_ part: Part.ID, at location: StockLocation.ID, requested: Int) -> Query {
    let short = "There is not that much of the part at the place that is not reserved."
    let level = ConflictLookup.stock(of: part, at: location)
    return refusing(
      "stock_levels_on_hand_check", conflict: "insufficient-stock", short, [.requested(requested)], naming: level
    )
    .refusing(
      "stock_levels_reserved_covered", conflict: "insufficient-stock", short, [.requested(requested)], naming: level
    )
    .refusing(
      "stock_levels_frozen", conflict: "stock-frozen",
      "The part is being counted; it moves again when the stocktake is posted.",
      naming: ConflictLookup.documents(.stocktake) { scope in
        """
        select t.id, t.number, t.state, null::integer
        from stock_levels l join stocktakes t on t.id = l.stocktake_id
        where l.location_id = \(location) and l.part_id = \(part) and \(scope.condition(on: "l.station_id"))
        """
      }
    )
    .refusing(
      "stock_levels_on_hand_limit", conflict: "stock-limit", "No place holds more than 1000000000 of a part.",
      [.requested(requested), .limit(1_000_000_000)], naming: level
    )
    .refusing(
      "stock_levels_currency", conflict: "stock-currency", "The stock of a part at a place is kept in one currency.",
      naming: level)
  }
}

extension ConflictLookup {
  /// What lies of a part at a place beyond reservations, if the caller sees the place.
  static func stock(of part: Part.ID, at location: StockLocation.ID) -> Obstructed.Lookup {
    { caller in
      Query.list(
        """
        select l.on_hand - l.reserved, l.currency, p.unit
        from stock_levels l join parts p on p.id = l.part_id
        where l.location_id = \(location) and l.part_id = \(part) and \(caller.scope.condition(on: "l.station_id"))
        """
      ) { row in
        let free = Int(try row.next(Int32.self))
        let currency = try row.next(as: Currency.self)
        return [
          ConflictMember.available(free), .expected(currency), .unit(try row.next(as: Part.Unit.self)), .partID(part),
          .locationID(location),
        ]
      }
      .map { $0.first ?? [] }
    }
  }
}
