package import Domain
import FoundationEssentials
package import Postgres

/// The vehicles of campaigns: seen by whoever sees the campaign. A number names campaign and vehicle: `CA-HQ-2026-000012/VIN`.
package enum CampaignVehicleRepository: DocumentStore {
  package static func find(_ reference: Reference<CampaignVehicle>, in scope: Scope) -> Query<CampaignVehicle?> {
    Query.optional(selection(reference, scope), decode)
  }

  /// As `find`, and nobody else changes the line until the transaction ends.
  package static func lock(_ reference: Reference<CampaignVehicle>, in scope: Scope) -> Query<CampaignVehicle?> {
    Query.optional(selection(reference, scope) + " for update of p", decode)
  }

  package static func list(
    _ filter: CampaignVehicleFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<CampaignVehicle>> {
    var plan = ListPlan(
      columns: columns, from: "campaign_vehicles p join campaigns c on c.id = p.campaign_id", id: "p.id", sorts: sorts,
      conditions: [CampaignRepository.visible(to: scope)])
    if let campaign = filter.campaign { plan.filter(CampaignRepository.names(campaign)) }
    if !filter.states.isEmpty { plan.filter("p.state = any (\(filter.states.map(\.rawValue)))") }
    if let vin = filter.vin { plan.filter("p.vin = \(vin)") }
    return plan.query(page, decode: decode)
  }

  /// The fields that a list may be ordered by.
  package static let sorts: [String: ListPlan.SortColumn] = [
    "updatedAt": .init("p.updated_at", type: "timestamptz"),
    "vin": .init("p.vin", type: "text"),
  ]

  /// Lines come into being when a population is frozen, so a new one is never saved.
  package static func save(_ after: CampaignVehicle, over before: CampaignVehicle?) -> [Query<Int>] {
    guard let before else { return [] }
    let progress = after.progress
    return [
      Query.execute(
        """
        update campaign_vehicles
        set state = \(after.state.rawValue), notifications = \(progress.notifications),
          channel = \(progress.channel?.rawValue), notified_at = \(progress.notifiedAt),
          planned_at = \(progress.plannedAt), work_order_id = \(progress.workOrderID),
          remedied_at = \(progress.remediedAt), reason = \(progress.reason), version = \(after.version),
          updated_at = \(after.stamp.updatedAt), updated_by = \(after.stamp.updatedBy.name),
          updated_by_id = \(after.stamp.updatedBy.id)
        where id = \(after.id) and version = \(before.version)
        """
      ).refusing("campaign_vehicles_work_order_id_fkey") {
        Refusal.invalid("#/workOrderId", .notFound, "there is no such order")
      }
    ]
  }

  /// What a vehicle must be asked about now, the oldest first.
  package static func open(of vehicle: Vehicle.ID) -> Query<[CampaignVehicle]> {
    let recall = CampaignVehicle.openStates(of: .recall).map(\.rawValue)
    let service = CampaignVehicle.openStates(of: .service).map(\.rawValue)
    return Query.list(
      """
      select \(columns) from campaign_vehicles p join campaigns c on c.id = p.campaign_id
      where p.vehicle_id = \(vehicle) and c.state = 'published'
        and p.state = any (case when c.kind = 'recall' then \(recall) else \(service) end)
      order by c.published_at, c.number
      """, decode)
  }

  /// How far a campaign is.
  package static func completion(of campaign: Campaign.ID) -> Query<CampaignCompletion> {
    Query.list(
      "select p.state, count(*)::int from campaign_vehicles p where p.campaign_id = \(campaign) group by p.state"
    ) { row in
      let state = try row.next(as: CampaignVehicle.State.self)
      return (state, try row.next(Int.self))
    }.map { CampaignCompletion(counts: Dictionary($0, uniquingKeysWith: +)) }
  }

  /// How far it is by station, the most vehicles first; of callers who do not see the whole network their own stations.
  package static func completionByStation(
    of campaign: Campaign.ID, in scope: Scope
  ) -> Query<[CampaignStationCompletion]> {
    Query.list(
      """
      with answers as (
        select distinct on (a.campaign_vehicle_id) a.campaign_vehicle_id, a.choice
        from work_order_campaigns a
        where a.campaign_id = \(campaign)
        order by a.campaign_vehicle_id, a.answered_at desc, a.id desc
      ), lines as (
        select l.state, l.station_id, l.deferred
        from (
          select p.state,
            case when p.state = 'remedied'
              then (select w.station_id from work_orders w where w.id = p.work_order_id)
              else (
                select w.station_id from work_orders w
                where w.vehicle_id = p.vehicle_id and w.state <> 'cancelled'
                order by w.created_at desc, w.id desc
                limit 1)
            end as station_id,
            p.state in ('affected', 'notified', 'scheduled', 'refused') and a.choice = 'defer' as deferred
          from campaign_vehicles p
            left join answers a on a.campaign_vehicle_id = p.id
          where p.campaign_id = \(campaign)
        ) l
        where \(scope.condition(on: "l.station_id"))
      )
      select l.station_id, s.code, l.state, count(*)::int, (count(*) filter (where l.deferred))::int
      from lines l
        left join stations s on s.id = l.station_id
      group by l.station_id, s.code, l.state
      """
    ) { row in
      let station = try row.next(Station.ID?.self)
      let code = try row.next(String?.self)
      let state = try row.next(as: CampaignVehicle.State.self)
      let count = try row.next(Int.self)
      return (station, code, state, count, try row.next(Int.self))
    }.map { rows in
      Dictionary(grouping: rows) { $0.0 }.map { station, rows in
        CampaignStationCompletion(
          station: station.map { .init(id: $0, code: rows[0].1 ?? "") },
          completion: CampaignCompletion(counts: Dictionary(rows.map { ($0.2, $0.3) }, uniquingKeysWith: +)),
          deferred: rows.reduce(0) { $0 + $1.4 })
      }.sorted { left, right in
        // Those that no station has had come last.
        guard let one = left.station, let other = right.station else { return left.station != nil }
        let (most, fewer) = (left.completion.total, right.completion.total)
        return most == fewer ? one.code < other.code : most > fewer
      }
    }.slow()
  }

  // MARK: What was answered on a visit (A8)

  /// The answers about a campaign, of the caller's stations.
  package static func answers(
    of campaign: Campaign.ID, _ filter: CampaignAnswerFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<CampaignAnswerRecord>> {
    var plan = ListPlan(
      columns: """
        a.id, a.campaign_id, a.choice, a.reason, p.vehicle_id, p.vin, a.station_id, a.work_order_id, a.answered_at, a.answered_by
        """,
      from: "work_order_campaigns a join campaign_vehicles p on p.id = a.campaign_vehicle_id", id: "a.id",
      sorts: answerSorts, conditions: ["a.campaign_id = \(campaign)", scope.condition(on: "a.station_id")])
    if !filter.choices.isEmpty { plan.filter("a.choice = any (\(filter.choices.map(\.rawValue)))") }
    if let station = filter.stationID { plan.filter("a.station_id = \(station)") }
    if let vin = filter.vin { plan.filter("p.vin = \(vin)") }
    return plan.query(page) { row in
      let id = try row.next(CampaignAnswerRecord.ID.self)
      let campaign = try row.next(Campaign.ID.self)
      let choice = try row.next(as: CampaignAnswer.Choice.self)
      let answer = CampaignAnswer(campaignID: campaign, choice: choice, reason: try row.next(String?.self))
      let vehicle = try row.next(Vehicle.ID.self)
      let vin = try row.next(String.self)
      let station = try row.next(Station.ID.self)
      let order = try row.next(WorkOrder.ID.self)
      let at = try row.next(Timestamp.self)
      return CampaignAnswerRecord(
        id: id, answer: answer, vehicleID: vehicle, vin: vin, stationID: station, workOrderID: order, answeredAt: at,
        answeredBy: try row.next(String.self))
    }
  }

  /// The fields that answers may be ordered by.
  package static let answerSorts: [String: ListPlan.SortColumn] = [
    "answeredAt": .init("a.answered_at", type: "timestamptz")
  ]

  package static func insert(
    _ answer: CampaignAnswer, of vehicle: CampaignVehicle, on order: WorkOrder, by caller: Caller, at instant: Timestamp
  ) -> Query<Int> {
    Query.execute(
      """
      insert into work_order_campaigns (id, work_order_id, station_id, campaign_id, campaign_vehicle_id, choice, reason,
        answered_at, answered_by, answered_by_id)
      values (\(Identifier<CampaignAnswer>.new(at: instant)), \(order.id), \(order.stationID),
        \(vehicle.campaign.id), \(vehicle.id), \(answer.choice.rawValue), \(answer.reason), \(instant),
        \(caller.name), \(caller.subject.id))
      """)
  }

  /// The campaigns that were put off on an order, by the last answer to each.
  package static func deferred(on order: WorkOrder.ID) -> Query<[Campaign.ID]> {
    Query.list(
      """
      select a.campaign_id
      from (
        select distinct on (w.campaign_id) w.campaign_id, w.choice
        from work_order_campaigns w
        where w.work_order_id = \(order)
        order by w.campaign_id, w.answered_at desc, w.id desc
      ) a
      where a.choice = 'defer'
      """
    ) { try $0.next(Campaign.ID.self) }
  }

  private static func selection(_ reference: Reference<CampaignVehicle>, _ scope: Scope) -> SQL {
    let base: SQL = "select \(columns) from campaign_vehicles p join campaigns c on c.id = p.campaign_id where "
    switch reference {
    case .id(let id): return base + "p.id = \(id) and " + CampaignRepository.visible(to: scope)
    case .number(let number):
      let parts = number.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let campaign = CampaignRepository.names(Reference<Campaign>(parts[0]))
      let vehicle: SQL =
        switch Reference<Vehicle>(parts.count == 2 ? parts[1] : "") {
        case .id(let id): "p.vehicle_id = \(id)"
        case .number(let vin): "p.vin = upper(\(vin))"
        }
      return base + campaign + " and " + vehicle + " and " + CampaignRepository.visible(to: scope)
    }
  }

  private static let columns: SQL = """
    p.id, c.id, c.number, c.kind, c.state, c.title, c.remedy, p.vehicle_id, p.vin, p.state, p.notifications, p.channel,
    p.notified_at, p.planned_at, p.work_order_id, p.remedied_at, p.reason, p.version, p.created_at, p.created_by,
    p.created_by_id, p.updated_at, p.updated_by, p.updated_by_id
    """

  @Sendable private static func decode(_ row: inout Row) throws -> CampaignVehicle {
    let id = try row.next(CampaignVehicle.ID.self)
    let campaignID = try row.next(Campaign.ID.self)
    let number = try row.next(String.self)
    let kind = try row.next(as: Campaign.Kind.self)
    let campaignState = try row.next(as: Campaign.State.self)
    let title = try row.next(String.self)
    let brief = CampaignBrief(
      id: campaignID, number: number, kind: kind, state: campaignState, title: title,
      remedy: try row.next(String.self))
    let vehicle = try row.next(Vehicle.ID.self)
    let vin = try row.next(String.self)
    let state = try row.next(as: CampaignVehicle.State.self)
    var progress = CampaignVehicleProgress()
    progress.notifications = try row.next(Int.self)
    progress.channel = try row.next(String?.self).flatMap(CampaignVehicle.Channel.init(rawValue:))
    progress.notifiedAt = try row.next(Timestamp?.self)
    progress.plannedAt = try row.next(Timestamp?.self)
    progress.workOrderID = try row.next(WorkOrder.ID?.self)
    progress.remediedAt = try row.next(Timestamp?.self)
    progress.reason = try row.next(String?.self)
    let version = try row.next(Int.self)
    let createdAt = try row.next(Timestamp.self)
    let createdBy = try row.next(String.self)
    let createdByID = try row.next(UUID?.self)
    let updatedAt = try row.next(Timestamp.self)
    let updatedBy = try row.next(String.self)
    return CampaignVehicle(
      id: id, campaign: brief, vehicleID: vehicle, vin: vin, state: state, version: version,
      stamp: RecordStamp(
        createdAt: createdAt, createdBy: .init(name: createdBy, id: createdByID), updatedAt: updatedAt,
        updatedBy: .init(name: updatedBy, id: try row.next(UUID?.self))), progress: progress)
  }
}
