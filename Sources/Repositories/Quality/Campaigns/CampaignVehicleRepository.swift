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

  // MARK: What was answered on a visit (A8)

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
