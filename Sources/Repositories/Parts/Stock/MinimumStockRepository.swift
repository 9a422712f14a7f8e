package import Domain
import FoundationEssentials
package import Postgres

/// What stations keep at least (PRT-05).
package enum MinimumStockRepository: DocumentStore {
  package typealias Document = MinimumStock
  package typealias Filter = MinimumStockFilter

  package static let window = ListPlan.WindowColumns(
    number: "n.number", created: "n.created_at", updated: "n.updated_at")

  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("n.created_at", type: "timestamptz"),
    "number": .init("n.number", type: "text"),
  ]

  package static func find(_ reference: Reference<MinimumStock>, in scope: Scope) -> Query<MinimumStock?> {
    Query.optional(selection(reference, scope), decode)
  }

  package static func lock(_ reference: Reference<MinimumStock>, in scope: Scope) -> Query<MinimumStock?> {
    Query.optional(selection(reference, scope) + " for update of n", decode)
  }

  package static func list(
    _ filter: MinimumStockFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<MinimumStock>> {
    var plan = ListPlan(
      columns: columns, from: source, id: "n.id", sorts: sorts, window: window,
      conditions: [scope.condition(on: "n.station_id")])
    if !filter.states.isEmpty { plan.filter("n.state = any (\(filter.states.map(\.rawValue)))") }
    if let station = filter.stationID { plan.filter("n.station_id = \(station)") }
    if let part = filter.partID { plan.filter("n.part_id = \(part)") }
    return plan.query(page, decode: decode)
  }

  package static func save(_ after: MinimumStock, over before: MinimumStock?) -> [Query<Int>] {
    [before.map { update(after, expecting: $0.version) } ?? insert(after)]
  }

  private static func insert(_ minimum: MinimumStock) -> Query<Int> {
    Query.execute(
      """
      insert into minimum_stocks (id, number, station_id, part_id, state, proposed_quantity, reason,
        \(RecordColumns.names))
      values (\(minimum.id), \(minimum.number), \(minimum.stationID), \(minimum.partID), \(minimum.state.rawValue),
        \(Int32(clamping: minimum.proposedQuantity)), \(minimum.reason),
        \(RecordColumns.values([:], minimum.version, minimum.stamp)))
      """
    )
    .refusing("minimum_stocks_part_key") { Refusal.alreadyExists(field: "partId", existingID: nil) }
    .refusing("minimum_stocks_part_id_fkey") { Refusal.invalid("#/partId", .notFound, "there is no such part") }
  }

  private static func update(_ minimum: MinimumStock, expecting version: Int) -> Query<Int> {
    Query.execute(
      """
      update minimum_stocks
      set state = \(minimum.state.rawValue), proposed_quantity = \(Int32(clamping: minimum.proposedQuantity)),
        approved_quantity = \(minimum.approvedQuantity.map { Int32(clamping: $0) }), reason = \(minimum.reason),
        proposed_by = \(minimum.proposal?.by), proposed_by_id = \(minimum.proposal?.byID),
        proposed_at = \(minimum.proposal?.at), approved_by = \(minimum.approval?.by),
        approved_by_id = \(minimum.approval?.byID), approved_at = \(minimum.approval?.at),
        approval_note = \(minimum.approvalNote), \(RecordColumns.assignments([:], minimum.version, minimum.stamp))
      where id = \(minimum.id) and version = \(version)
      """)
  }

  /// The number of the minimum that a station has for a part.
  package static func existing(_ part: Part.ID, at station: Station.ID) -> Query<MinimumStock.ID?> {
    Query.optional("select id from minimum_stocks where station_id = \(station) and part_id = \(part)") {
      try $0.next(MinimumStock.ID.self)
    }
  }

  private static let source: SQL = "minimum_stocks n join parts p on p.id = n.part_id"

  private static let columns: SQL = """
    n.id, n.number, n.station_id, n.part_id, p.number, n.state, n.proposed_quantity, n.approved_quantity, n.reason,
    n.proposed_by, n.proposed_by_id, n.proposed_at, n.approved_by, n.approved_by_id, n.approved_at, n.approval_note,
    \(RecordColumns.selected(from: "n"))
    """

  private static func selection(_ reference: Reference<MinimumStock>, _ scope: Scope) -> SQL {
    let base: SQL = "select \(columns) from \(source) where \(scope.condition(on: "n.station_id")) and "
    return switch reference {
    case .id(let id): base + "n.id = \(id)"
    case .number(let number): base + "n.number = \(number)"
    }
  }

  @Sendable private static func decode(_ row: inout Row) throws -> MinimumStock {
    let id = try row.next(MinimumStock.ID.self)
    let number = try row.next(String.self)
    let station = try row.next(Station.ID.self)
    let part = try row.next(Part.ID.self)
    let partNumber = try row.next(String.self)
    let state = try row.next(as: MinimumStock.State.self)
    let proposed = Int(try row.next(Int32.self))
    let approved = try row.next(Int32?.self).map { Int($0) }
    let reason = try row.next(String?.self)
    let proposal = try row.nextSignature()
    let approval = try row.nextSignature()
    let note = try row.next(String?.self)
    let tail = try row.nextRecordTail()
    return MinimumStock(
      id: id, number: number, stationID: station, partID: part, partNumber: partNumber, state: state,
      proposedQuantity: proposed, approvedQuantity: approved, reason: reason, proposal: proposal, approval: approval,
      approvalNote: note, version: tail.version, stamp: tail.stamp)
  }
}
