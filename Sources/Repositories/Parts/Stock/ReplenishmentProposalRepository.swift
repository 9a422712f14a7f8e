package import Domain
import FoundationEssentials
package import Postgres

/// Replenishment proposals: made once, never changed.
package enum ReplenishmentProposalRepository: DocumentStore {
  package typealias Document = ReplenishmentProposal
  package typealias Filter = ReplenishmentProposalFilter

  package static let window = ListPlan.WindowColumns(number: "r.number", created: "r.created_at")

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
      columns: columns, from: "replenishment_proposals r", id: "r.id", sorts: sorts, window: window,
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
        "claimed": .integer(Int64(line.situation.claimed)), "recalled": .integer(Int64(line.situation.recalled)),
        "orderPartId": .text(line.orderPartID.description), "orderPartNumber": .text(line.orderPartNumber),
        "quantity": .integer(Int64(line.quantity)), "successorQuantity": .integer(Int64(line.successorQuantity)),
        "reasons": .list(line.reasons.map { .text($0.rawValue) }),
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

  /// The parts of a station's store of which something must be kept, as they stand now: also those that never lay there. Whoever
  /// asks sees the whole network: what a campaign replaces is said by the quality issue behind it, which may be another
  /// station's.
  package static func situations(
    at location: StockLocation.ID, of station: Station.ID, at instant: Timestamp
  ) -> Query<[ReplenishmentProposal.Situation]> {
    let since = instant.adding(seconds: -ReplenishmentProposal.claimDays * 86_400)
    return Query.list(
      """
      with claimed as (
        select c.part_number,
          least(ceil(sum(c.quantity) * 30.0 / \(Int32(ReplenishmentProposal.claimDays))), \(Int32.max))::int as monthly
        from warranty_claims w join warranty_claim_lines c on c.claim_id = w.id
        where w.station_id = \(station) and w.created_at >= \(since) and w.state <> 'withdrawn'
          and c.kind = 'parts' and c.part_number is not null
        group by c.part_number
      ), recalled as (
        select d.defect ->> 'partNumber' as part_number, count(distinct v.vehicle_id)::int as vehicles
        from campaigns c
          join quality_issues i on i.id = c.quality_issue_id
          cross join jsonb_array_elements(i.defects) as d(defect)
          join campaign_vehicles v on v.campaign_id = c.id and v.state = any ('{affected,notified,scheduled}')
        where c.state = 'published' and exists (
          select from customer_vehicles k
          where k.vehicle_id = v.vehicle_id and k.station_id = \(station) and k.until_date is null
            and k.role in ('owner', 'user'))
        group by d.defect ->> 'partNumber'
      )
      select p.id, p.number, coalesce(l.on_hand, 0), coalesce(l.reserved, 0), coalesce(l.on_order, 0),
        n.approved_quantity, q.quantity, coalesce(m.monthly, 0), coalesce(r.vehicles, 0)
      from parts p
        cross join stations s
        left join stock_levels l on l.location_id = \(location) and l.part_id = p.id
        left join minimum_stocks n on n.station_id = s.id and n.part_id = p.id
        left join reserve_quotas q on q.region_id = s.region_id and q.part_id = p.id
        left join claimed m on m.part_number = p.number
        left join recalled r on r.part_number = p.number
      where s.id = \(station) and (n.approved_quantity is not null or q.quantity is not null or m.monthly > 0 or r.vehicles > 0)
      order by p.number
      """
    ) { row in
      ReplenishmentProposal.Situation(
        partID: try row.next(Part.ID.self), partNumber: try row.next(String.self),
        onHand: Int(try row.next(Int32.self)), reserved: Int(try row.next(Int32.self)),
        onOrder: Int(try row.next(Int32.self)), minimum: try row.next(Int32?.self).map { Int($0) },
        quota: try row.next(Int32?.self).map { Int($0) }, claimed: Int(try row.next(Int32.self)),
        recalled: Int(try row.next(Int32.self)))
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
        minimum: line.integer("minimum").map { Int($0) }, quota: line.integer("quota").map { Int($0) },
        claimed: Int(line.integer("claimed") ?? 0), recalled: Int(line.integer("recalled") ?? 0)),
      orderPartID: order, orderPartNumber: orderNumber, quantity: Int(quantity),
      successorQuantity: Int(line.integer("successorQuantity") ?? 0),
      reasons: line.list("reasons").compactMap {
        if case .text(let text) = $0 { ReplenishmentProposal.Reason(rawValue: text) } else { nil }
      })
  }
}
