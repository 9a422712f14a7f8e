package import Domain
import FoundationEssentials
package import Postgres

/// Stocktakes with what was counted; freezing and thawing of levels is the database's (PRT-12).
package enum StocktakeRepository: DocumentStore {
  package typealias Document = Stocktake
  package typealias Filter = StocktakeFilter

  package static let window = ListPlan.WindowColumns(
    number: "t.number", created: "t.created_at", updated: "t.updated_at")

  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("t.created_at", type: "timestamptz"),
    "number": .init("t.number", type: "text"),
  ]

  package static func find(_ reference: Reference<Stocktake>, in scope: Scope) -> Query<Stocktake?> {
    Query.optional(selection(reference, scope), decode)
  }

  package static func lock(_ reference: Reference<Stocktake>, in scope: Scope) -> Query<Stocktake?> {
    Query.optional(selection(reference, scope) + " for update of t", decode)
  }

  /// Without their lines.
  package static func list(_ filter: StocktakeFilter, _ page: PageRequest, in scope: Scope) -> Query<Page<Stocktake>> {
    var plan = ListPlan(
      columns: columns + ", '[]'::jsonb", from: "stocktakes t", id: "t.id", sorts: sorts, window: window,
      conditions: [scope.condition(on: "t.station_id")])
    if !filter.states.isEmpty { plan.filter("t.state = any (\(filter.states.map(\.rawValue)))") }
    if let station = filter.stationID { plan.filter("t.station_id = \(station)") }
    if let location = filter.locationID { plan.filter("t.location_id = \(location)") }
    return plan.query(page, decode: decode)
  }

  package static func save(_ after: Stocktake, over before: Stocktake?) -> [Query<Int>] {
    guard let before else { return [insert(after)] }
    var statements = [update(after, expecting: before.version)]
    let known = Dictionary(before.lines.map { ($0.partID, $0) }, uniquingKeysWith: { first, _ in first })
    for line in after.lines where known[line.partID] != line {
      guard let count = line.count else { continue }
      statements.append(
        Query.execute(
          """
          update stocktake_lines
          set counted_quantity = \(Int32(clamping: count.quantity)), counted_by = \(count.by.by),
            counted_by_id = \(count.by.byID), counted_at = \(count.by.at), note = \(count.note)
          where stocktake_id = \(after.id) and part_id = \(line.partID)
          """))
    }
    return statements
  }

  private static func insert(_ take: Stocktake) -> Query<Int> {
    Query.execute(
      """
      insert into stocktakes (id, number, location_id, state, part_ids, note, \(RecordColumns.names))
      values (\(take.id), \(take.number), \(take.locationID), \(take.state.rawValue), \(take.partIDs), \(take.note),
        \(RecordColumns.values(take.externalIDs, take.version, take.stamp)))
      """)
  }

  private static func update(_ take: Stocktake, expecting version: Int) -> Query<Int> {
    Query.execute(
      """
      update stocktakes
      set state = \(take.state.rawValue), part_ids = \(take.partIDs), note = \(take.note), frozen_at = \(take.frozenAt),
        counter_ids = \(Array(take.counterIDs)), approved_by = \(take.approval?.by),
        approved_by_id = \(take.approval?.byID), approved_at = \(take.approval?.at),
        approval_reason = \(take.approvalReason), posted_at = \(take.postedAt), exit_reason = \(take.exitReason),
        \(RecordColumns.assignments(take.externalIDs, take.version, take.stamp))
      where id = \(take.id) and version = \(version)
      """)
  }

  /// Freezes what is to be counted, in one order: the parts that the stocktake names, else all that have a level at the place.
  /// - Returns: how many parts.
  package static func freeze(_ take: Stocktake) -> Query<Int> {
    let parts: SQL =
      take.partIDs.isEmpty
      ? "select l.part_id from stock_levels l where l.location_id = \(take.locationID)"
      : "select unnest(\(take.partIDs)) as part_id"
    return Query.execute(
      """
      insert into stocktake_lines (stocktake_id, part_id)
      select \(take.id), w.part_id from (\(parts)) as w order by w.part_id
      """
    )
    .refusing(
      "stock_levels_frozen", conflict: "stock-frozen", "A part of it is being counted in another stocktake.",
      naming: ConflictLookup.documents(.stocktake) { scope in
        """
        select distinct t.id, t.number, t.state, null::integer
        from stock_levels l join stocktakes t on t.id = l.stocktake_id
        where l.location_id = \(take.locationID) and t.id <> \(take.id)
          and (\(take.partIDs.isEmpty) or l.part_id = any (\(take.partIDs))) and \(scope.condition(on: "l.station_id"))
        """
      }
    )
    .refusing("stocktake_lines_part_id_fkey") { Refusal.invalid("#/partIds", .notFound, "there is no such part") }
  }

  package static func lines(of take: Stocktake.ID) -> Query<[Stocktake.Line]> {
    Query<JSONB>.one("select \(aggregate) from stocktakes t where t.id = \(take)") { try $0.next(JSONB.self) }
      .map { Self.lines($0.bytes) }
  }

  private static let aggregate: SQL = """
    (select coalesce(jsonb_agg(jsonb_build_object('partId', n.part_id, 'partNumber', p.number, 'book', n.book_quantity,
        'counted', n.counted_quantity, 'by', n.counted_by, 'byId', n.counted_by_id,
        'at', (extract(epoch from n.counted_at) * 1000)::bigint, 'note', n.note) order by p.number), '[]')
      from stocktake_lines n join parts p on p.id = n.part_id where n.stocktake_id = t.id)
    """

  private static func selection(_ reference: Reference<Stocktake>, _ scope: Scope) -> SQL {
    let base: SQL =
      "select \(columns), \(aggregate) from stocktakes t where \(scope.condition(on: "t.station_id")) and "
    return switch reference {
    case .id(let id): base + "t.id = \(id)"
    case .number(let number): base + "t.number = \(number)"
    }
  }

  private static let columns: SQL = """
    t.id, t.number, t.location_id, t.station_id, t.state, t.part_ids, t.note, t.frozen_at, t.counter_ids, t.approved_by,
    t.approved_by_id, t.approved_at, t.approval_reason, t.posted_at, t.exit_reason, \(RecordColumns.selected(from: "t"))
    """

  @Sendable private static func decode(_ row: inout Row) throws -> Stocktake {
    let id = try row.next(Stocktake.ID.self)
    let number = try row.next(String.self)
    let location = try row.next(StockLocation.ID.self)
    let station = try row.next(Station.ID?.self)
    let state = try row.next(as: Stocktake.State.self)
    let parts = try row.next([Part.ID].self)
    let note = try row.next(String?.self)
    let frozenAt = try row.next(Timestamp?.self)
    let counters = Set(try row.next([UUID].self))
    let approval = try row.nextSignature()
    let approvalReason = try row.next(String?.self)
    let postedAt = try row.next(Timestamp?.self)
    let exitReason = try row.next(String?.self)
    let tail = try row.nextRecordTail()
    return Stocktake(
      id: id, number: number, locationID: location, stationID: station, state: state, partIDs: parts, note: note,
      externalIDs: tail.externalIDs, frozenAt: frozenAt, counterIDs: counters, approval: approval,
      approvalReason: approvalReason, postedAt: postedAt, exitReason: exitReason,
      lines: lines(try row.next(JSONB.self).bytes), version: tail.version, stamp: tail.stamp)
  }

  private static func lines(_ bytes: [UInt8]) -> [Stocktake.Line] {
    PartLinesJSON.objects(bytes).compactMap { line in
      guard let part: Part.ID = line.identifier("partId"), let number = line.text("partNumber"),
        let book = line.integer("book")
      else { return nil }
      var count: Stocktake.Line.Count?
      if let counted = line.integer("counted"), let by = line.text("by"), let at = line.moment("at") {
        count = .init(
          quantity: Int(counted), note: line.text("note"),
          by: PriceList.Signature(by: by, byID: line.text("byId").flatMap(UUID.init(canonical:)), at: at))
      }
      return Stocktake.Line(partID: part, partNumber: number, bookQuantity: Int(book), count: count)
    }
  }
}
