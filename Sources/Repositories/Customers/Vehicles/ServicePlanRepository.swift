package import Domain
import FoundationEssentials
package import Postgres

/// When the vehicles of a station's customers are due (CUS-09), and who was reminded.
package enum ServicePlanRepository {
  /// A vehicle of a customer whose plan is to be made anew, with what is known about it.
  package struct Task: Sendable {
    package let stationID: Station.ID
    package let customerID: Customer.ID
    package let vehicleID: Vehicle.ID
    package let facts: NextService.Facts
  }

  package static let sorts: [String: ListPlan.SortColumn] = ["dueOn": .init("p.due_on", type: "date")]

  /// Vehicles that have a day.
  package static func list(
    _ filter: ServicePlanFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<ServicePlan>> {
    var plan = ListPlan(
      columns: columns, from: tables, id: "p.id", sorts: sorts,
      conditions: [scope.condition(on: "p.station_id"), "p.due_on is not null"])
    if let station = filter.stationID { plan.filter("p.station_id = \(station)") }
    if let customer = filter.customerID { plan.filter("p.customer_id = \(customer)") }
    if let vehicle = filter.vehicleID { plan.filter("p.vehicle_id = \(vehicle)") }
    if let from = filter.dueFrom { plan.filter("p.due_on >= \(from)") }
    if let before = filter.dueBefore { plan.filter("p.due_on < \(before)") }
    if let reminded = filter.reminded { plan.filter("coalesce(p.reminded_cycle = p.cycle, false) = \(reminded)") }
    return plan.query(page, decode: decode)
  }

  /// Vehicles in customer files whose plan is missing or older than what is known about them.
  package static func stale(at now: Timestamp, limit: Int) -> Query<[Task]> {
    Query.list(
      """
      select k.station_id, k.customer_id, v.id, v.next_maintenance_date, v.next_maintenance_km + v.odometer_offset_km,
        coalesce(
          (s.delivered_at at time zone 'Asia/Shanghai')::date, v.sale_date, v.delivery_date), coalesce(s.km, case when s.id is null then 0 end),
        o.km, o.read_at, v.odometer_km + v.odometer_offset_km, v.odometer_at
      from (
          select distinct on (x.station_id, x.vehicle_id) x.station_id, x.vehicle_id, x.customer_id, x.created_at
          from customer_vehicles x join customers c on c.id = x.customer_id
          where x.until_date is null and x.role <> 'driver' and c.state = 'active'
          order by x.station_id, x.vehicle_id, x.role = 'owner' desc, x.created_at desc
        ) k
        join vehicles v on v.id = k.vehicle_id
        left join service_plans p on p.station_id = k.station_id and p.vehicle_id = k.vehicle_id
        left join lateral (
          select w.id, w.delivered_at, w.odometer_km + v.odometer_offset_km as km
          from work_orders w
          where w.vehicle_id = v.id and w.service_type = 'maintenance' and w.delivered_at is not null
          order by w.delivered_at desc
          limit 1) s on true
        left join lateral (
          select r.km + v.odometer_offset_km as km, r.read_at
          from odometer_readings r
          where r.vehicle_id = v.id and r.cluster = v.odometer_cluster
            and r.read_at >= v.odometer_at - interval '365 days'
          order by r.read_at
          limit 1) o on true
      where p.id is null or p.customer_id <> k.customer_id
        or p.computed_at < least(greatest(v.updated_at, s.delivered_at, k.created_at), \(now))
      order by k.station_id, v.id
      limit \(limit)
      """
    ) { row in
      let station = try row.next(Station.ID.self)
      let customer = try row.next(Customer.ID.self)
      let vehicle = try row.next(Vehicle.ID.self)
      let plannedDate = try row.next(CalendarDate?.self)
      let plannedKm = try row.next(Int32?.self).map { Int($0) }
      let lastOn = try row.next(CalendarDate?.self)
      let lastKm = try row.next(Int32?.self).map { Int($0) }
      let oldestKm = try row.next(Int32?.self).map { Int($0) }
      let oldestAt = try row.next(Timestamp?.self)
      let latestKm = try row.next(Int32?.self).map { Int($0) }
      let latestAt = try row.next(Timestamp?.self)
      func reading(_ km: Int?, _ at: Timestamp?) -> OdometerLedger.Reading? {
        guard let km, let at else { return nil }
        return OdometerLedger.Reading(kilometres: km, at: at)
      }
      return Task(
        stationID: station, customerID: customer, vehicleID: vehicle,
        facts: NextService.Facts(
          plannedDate: plannedDate, plannedKm: plannedKm, lastServiceOn: lastOn, lastServiceKm: lastKm,
          oldest: reading(oldestKm, oldestAt), latest: reading(latestKm, latestAt)))
    }
  }

  /// Two jobs that compute at once write the same.
  package static func store(_ task: Task, _ next: NextService?, at now: Timestamp) -> Query<Int> {
    Query.execute(
      """
      insert into service_plans as p (id, station_id, vehicle_id, customer_id, due_on, due_km, basis, cycle,
        metres_per_day, computed_at)
      values (\(ServicePlan.ID.new(at: now)), \(task.stationID), \(task.vehicleID), \(task.customerID), \(next?.dueOn),
        \(next?.dueKm.map { Int32($0) }), \(next?.basis.rawValue), \(next?.cycle), \(task.facts.metresPerDay), \(now))
      on conflict on constraint service_plans_vehicle_key do update
      set customer_id = excluded.customer_id, due_on = excluded.due_on, due_km = excluded.due_km, basis = excluded.basis,
        cycle = excluded.cycle, metres_per_day = excluded.metres_per_day, computed_at = excluded.computed_at
      """)
  }

  /// Until which day a plan must come due to be reminded of now.
  package struct Horizon: Hashable, Sendable {
    /// Where no region has a day of its own; `nil`: nobody is reminded.
    package var everywhere: CalendarDate?
    package var regions: [Region.ID: CalendarDate?]

    package init(everywhere: CalendarDate?, regions: [Region.ID: CalendarDate?]) {
      self.everywhere = everywhere
      self.regions = regions
    }

    package var last: CalendarDate? { ([everywhere] + Array(regions.values)).compactMap(\.self).max() }
  }

  /// Plans that come due before the day of their station's region and whose cycle nobody was reminded of; those that another instance
  /// works on are passed over.
  package static func lockToRemind(before horizon: Horizon, limit: Int) -> Query<[ServicePlan]> {
    let regions = Array(horizon.regions)
    return Query.list(
      """
      select \(columns)
      from \(tables)
        join stations s on s.id = p.station_id
        left join unnest(\(regions.map(\.key.uuid)), \(regions.map(\.value))) as h(region_id, day)
          on h.region_id = s.region_id
      where p.due_on < \(horizon.last) and p.reminded_cycle is distinct from p.cycle
        and p.due_on < case when h.region_id is null then \(horizon.everywhere) else h.day end
      order by p.due_on, p.id
      limit \(limit)
      for update of p skip locked
      """, decode)
  }

  package static func remind(_ plan: ServicePlan, at now: Timestamp) -> Query<Int> {
    Query.execute(
      """
      update service_plans set reminded_cycle = \(plan.next.cycle), reminded_at = \(now)
      where id = \(plan.id) and reminded_cycle is distinct from \(plan.next.cycle)
      """)
  }

  private static let tables: SQL = "service_plans p join vehicles v on v.id = p.vehicle_id"

  private static let columns: SQL = """
    p.id, p.station_id, p.customer_id, p.vehicle_id, v.vin, p.due_on, p.due_km, p.basis, p.cycle, p.metres_per_day,
    p.computed_at, case when p.reminded_cycle = p.cycle then p.reminded_at end
    """

  @Sendable private static func decode(_ row: inout Row) throws -> ServicePlan {
    let id = try row.next(ServicePlan.ID.self)
    let station = try row.next(Station.ID.self)
    let customer = try row.next(Customer.ID.self)
    let vehicle = try row.next(Vehicle.ID.self)
    let vin = try row.next(String.self)
    let dueOn = try row.next(CalendarDate.self)
    let dueKm = try row.next(Int32?.self).map { Int($0) }
    let basis = try row.next(as: NextService.Basis.self)
    let cycle = try row.next(CalendarDate.self)
    return ServicePlan(
      id: id, stationID: station, customerID: customer, vehicleID: vehicle, vin: vin,
      next: NextService(dueOn: dueOn, dueKm: dueKm, basis: basis, cycle: cycle),
      metresPerDay: try row.next(Int64?.self), computedAt: try row.next(Timestamp.self),
      remindedAt: try row.next(Timestamp?.self))
  }
}
