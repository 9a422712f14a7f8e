package import Domain
import FoundationEssentials
package import Postgres

/// Replenishment proposals: made once, never changed.
package enum ReplenishmentProposalRepository: DocumentStore {
  package typealias Document = ReplenishmentProposal
  package typealias Filter = ReplenishmentProposalFilter

  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("r.created_at", type: "timestamptz"),
    "number": .init("r.number", type: "text"),
  ]

  package static func find(
    _ reference: Reference<ReplenishmentProposal>, in scope: Scope
  ) -> Query<ReplenishmentProposal?> {
    let base: SQL =
      "select \(columns) from replenishment_proposals r where \(scope.condition(on: "r.station_id")) and "
    let statement: SQL =
      switch reference {
      case .id(let id): base + "r.id = \(id)"
      case .number(let number): base + "r.number = \(number)"
      }
    return Query.optional(statement, decode)
  }

  /// A proposal never changes, so there is nothing to lock.
  package static func lock(
    _ reference: Reference<ReplenishmentProposal>, in scope: Scope
  ) -> Query<ReplenishmentProposal?> { find(reference, in: scope) }

  package static func list(
    _ filter: ReplenishmentProposalFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<ReplenishmentProposal>> {
    var plan = ListPlan(
      columns: columns, from: "replenishment_proposals r", id: "r.id", sorts: sorts,
      conditions: [scope.condition(on: "r.station_id")])
    if let station = filter.stationID { plan.filter("r.station_id = \(station)") }
    return plan.query(page, decode: decode)
  }

  package static func save(
    _ after: ReplenishmentProposal, over before: ReplenishmentProposal?
  ) -> [Query<Int>] {
    let lines = after.lines.map { line in
      EventValue.object([
        "partId": .text(line.situation.partID.description), "partNumber": .text(line.situation.partNumber),
        "onHand": .integer(Int64(line.situation.onHand)), "reserved": .integer(Int64(line.situation.reserved)),
        "onOrder": .integer(Int64(line.situation.onOrder)),
        "minimum": line.situation.minimum.map { .integer(Int64($0)) } ?? .null,
        "quota": line.situation.quota.map { .integer(Int64($0)) } ?? .null,
        "orderPartId": .text(line.orderPartID.description), "orderPartNumber": .text(line.orderPartNumber),
        "quantity": .integer(Int64(line.quantity)), "reasons": .list(line.reasons.map { .text($0.rawValue) }),
      ])
    }
    return [
      Query.execute(
        """
        insert into replenishment_proposals (id, number, station_id, location_id, lines, created_at, created_by,
          created_by_id)
        values (\(after.id), \(after.number), \(after.stationID), \(after.locationID), \(EventJSON.encode(.list(lines))),
          \(after.createdAt), \(after.createdBy.name), \(after.createdBy.id))
        """)
    ]
  }

  /// The parts of a station's store of which something must be kept, as they stand now: also those that never lay there.
  package static func situations(
    at location: StockLocation.ID, of station: Station.ID
  ) -> Query<[ReplenishmentProposal.Situation]> {
    Query.list(
      """
      select p.id, p.number, coalesce(l.on_hand, 0), coalesce(l.reserved, 0), coalesce(l.on_order, 0),
        n.approved_quantity, q.quantity
      from parts p
        cross join stations s
        left join stock_levels l on l.location_id = \(location) and l.part_id = p.id
        left join minimum_stocks n on n.station_id = s.id and n.part_id = p.id
        left join reserve_quotas q on q.region_id = s.region_id and q.part_id = p.id
      where s.id = \(station) and (n.approved_quantity is not null or q.quantity is not null)
      order by p.number
      """
    ) { row in
      ReplenishmentProposal.Situation(
        partID: try row.next(Part.ID.self), partNumber: try row.next(String.self),
        onHand: Int(try row.next(Int32.self)), reserved: Int(try row.next(Int32.self)),
        onOrder: Int(try row.next(Int32.self)), minimum: try row.next(Int32?.self).map { Int($0) },
        quota: try row.next(Int32?.self).map { Int($0) })
    }
  }

  private static let columns: SQL =
    "r.id, r.number, r.station_id, r.location_id, r.lines, r.created_at, r.created_by, r.created_by_id"

  @Sendable private static func decode(_ row: inout Row) throws -> ReplenishmentProposal {
    let id = try row.next(ReplenishmentProposal.ID.self)
    let number = try row.next(String.self)
    let station = try row.next(Station.ID.self)
    let location = try row.next(StockLocation.ID.self)
    let lines = PartLinesJSON.objects(try row.next(JSONB.self).bytes).compactMap(line)
    let at = try row.next(Timestamp.self)
    return ReplenishmentProposal(
      id: id, number: number, stationID: station, locationID: location, lines: lines, createdAt: at,
      createdBy: RecordStamp.Author(name: try row.next(String.self), id: try row.next(UUID?.self)))
  }

  private static func line(_ line: [String: EventValue]) -> ReplenishmentProposal.Line? {
    guard let part: Part.ID = line.identifier("partId"), let number = line.text("partNumber"),
      let order: Part.ID = line.identifier("orderPartId"), let orderNumber = line.text("orderPartNumber"),
      let quantity = line.integer("quantity")
    else { return nil }
    return ReplenishmentProposal.Line(
      situation: .init(
        partID: part, partNumber: number, onHand: Int(line.integer("onHand") ?? 0),
        reserved: Int(line.integer("reserved") ?? 0), onOrder: Int(line.integer("onOrder") ?? 0),
        minimum: line.integer("minimum").map { Int($0) }, quota: line.integer("quota").map { Int($0) }),
      orderPartID: order, orderPartNumber: orderNumber, quantity: Int(quantity),
      reasons: line.list("reasons").compactMap {
        if case .text(let text) = $0 { ReplenishmentProposal.Reason(rawValue: text) } else { nil }
      })
  }
}
