package import Domain
import FoundationEssentials
package import Postgres

/// Parts on their way back to headquarters (PRT-07).
package enum PartsReturnRepository: DocumentStore {
  package typealias Document = PartsReturn
  package typealias Filter = PartsReturnFilter

  package static let window = ListPlan.WindowColumns(
    number: "t.number", created: "t.created_at", updated: "t.updated_at")

  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("t.created_at", type: "timestamptz"),
    "number": .init("t.number", type: "text"),
  ]

  package static func find(_ reference: Reference<PartsReturn>, in scope: Scope) -> Query<PartsReturn?> {
    Query.optional(selection(reference, scope), decode)
  }

  package static func lock(_ reference: Reference<PartsReturn>, in scope: Scope) -> Query<PartsReturn?> {
    Query.optional(selection(reference, scope) + " for update of t", decode)
  }

  package static func list(
    _ filter: PartsReturnFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<PartsReturn>> {
    var plan = ListPlan(
      columns: columns, from: "parts_returns t", id: "t.id", sorts: sorts, window: window,
      conditions: [scope.condition(on: "t.station_id")])
    if !filter.states.isEmpty { plan.filter("t.state = any (\(filter.states.map(\.rawValue)))") }
    if let station = filter.stationID { plan.filter("t.station_id = \(station)") }
    return plan.query(page, decode: decode)
  }

  package static func save(_ after: PartsReturn, over before: PartsReturn?) -> [Query<Int>] {
    guard let before else {
      return [
        Query.execute(
          """
          insert into parts_returns (id, number, station_id, location_id, state, reason, lines, \(RecordColumns.names))
          values (\(after.id), \(after.number), \(after.stationID), \(after.locationID), \(after.state.rawValue),
            \(after.reason), \(encode(after.lines)),
            \(RecordColumns.values(after.externalIDs, after.version, after.stamp)))
          """)
      ]
    }
    return [
      Query.execute(
        """
        update parts_returns
        set state = \(after.state.rawValue), lines = \(encode(after.lines)), to_location_id = \(after.toLocationID),
          received_by = \(after.receipt?.by), received_by_id = \(after.receipt?.byID),
          received_at = \(after.receipt?.at),
          \(RecordColumns.assignments(after.externalIDs, after.version, after.stamp))
        where id = \(after.id) and version = \(before.version)
        """)
    ]
  }

  private static func encode(_ lines: [PartsReturn.Line]) -> JSONB {
    EventJSON.encode(
      .list(
        lines.map { line in
          .object([
            "partId": .text(line.partID.description), "partNumber": .text(line.partNumber),
            "quantity": .integer(Int64(line.quantity)),
            "received": line.received.map { .integer(Int64($0)) } ?? .null, "remark": .optional(line.remark),
          ])
        }))
  }

  /// What left the store with a return cost this much, line by line.
  package static func costs(of document: PartsReturn.ID) -> Query<[(line: Int, cost: Money)]> {
    Query.list(
      """
      select m.source_line, -m.cost, m.currency from stock_movements m
      where m.source_id = \(document) and m.kind = 'returnOut'
      """
    ) { row in
      let line = Int(try row.next(Int32.self))
      let cost = try row.next(MinorUnits.self)
      return (line: line, cost: Money(minor: cost.value, currency: try row.next(as: Currency.self)))
    }
  }

  private static let columns: SQL = """
    t.id, t.number, t.station_id, t.location_id, t.state, t.reason, t.lines, t.to_location_id, t.received_by,
    t.received_by_id, t.received_at, \(RecordColumns.selected(from: "t"))
    """

  private static func selection(_ reference: Reference<PartsReturn>, _ scope: Scope) -> SQL {
    let base: SQL = "select \(columns) from parts_returns t where \(scope.condition(on: "t.station_id")) and "
    return switch reference {
    case .id(let id): base + "t.id = \(id)"
    case .number(let number): base + "t.number = \(number)"
    }
  }

  @Sendable private static func decode(_ row: inout Row) throws -> PartsReturn {
    let id = try row.next(PartsReturn.ID.self)
    let number = try row.next(String.self)
    let station = try row.next(Station.ID.self)
    let location = try row.next(StockLocation.ID.self)
    let state = try row.next(as: PartsReturn.State.self)
    let reason = try row.next(String.self)
    let lines = PartLinesJSON.objects(try row.next(JSONB.self).bytes).compactMap { line -> PartsReturn.Line? in
      guard let part: Part.ID = line.identifier("partId"), let partNumber = line.text("partNumber"),
        let quantity = line.integer("quantity")
      else { return nil }
      return PartsReturn.Line(
        partID: part, partNumber: partNumber, quantity: Int(quantity),
        received: line.integer("received").map { Int($0) }, remark: line.text("remark"))
    }
    let destination = try row.next(StockLocation.ID?.self)
    let receipt = try row.nextSignature()
    let tail = try row.nextRecordTail()
    return PartsReturn(
      id: id, number: number, stationID: station, locationID: location, state: state, reason: reason,
      externalIDs: tail.externalIDs, lines: lines, toLocationID: destination, receipt: receipt, version: tail.version,
      stamp: tail.stamp)
  }
}
