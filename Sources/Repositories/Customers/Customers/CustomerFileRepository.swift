package import Domain
import FoundationEssentials
package import Postgres

/// What is filled in customer files (CUS-01…06), and the deadlines that run for them.
package enum CustomerFileRepository {
  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("c.created_at", type: "timestamptz"),
    "number": .init("c.number", type: "text"),
  ]

  package static let window = ListPlan.WindowColumns(number: "c.number", created: "c.created_at")

  package static func find(_ reference: Reference<Customer>, in scope: Scope) -> Query<CustomerFile?> {
    let named: SQL =
      switch reference {
      case .id(let id): "c.id = \(id)"
      case .number(let number): "c.number = \(number)"
      }
    return Query.optional(
      "select \(columns) from customers c where \(named) and \(scope.condition(on: "c.station_id"))", decode)
  }

  /// Active files.
  package static func list(
    at station: Station.ID?, overdueAt: Timestamp?, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<CustomerFile>> {
    var plan = ListPlan(
      columns: columns, from: "customers c", id: "c.id", sorts: sorts, window: window,
      conditions: [scope.condition(on: "c.station_id"), "c.state = 'active'"])
    if let station { plan.filter("c.station_id = \(station)") }
    if let overdueAt {
      plan.filter("c.id in (select n.customer_id from \(runningOfCustomers) where k.due_at < \(overdueAt))")
    }
    return plan.query(page, decode: decode)
  }

  /// Active files that have the same filled and the same missing, counted by station: as many rows as there are ways in which a file
  /// can be incomplete, however many files.
  ///
  /// - Parameter instant: deadlines before it are overdue.
  package static func counted(
    at station: Station.ID?, overdueAt instant: Timestamp, in scope: Scope
  ) -> Query<[CustomerFileGroup]> {
    let named: SQL = station.map { " and c.station_id = \($0)" } ?? ""
    return Query.list(
      """
      select c.station_id, c.kind, c.address is not null, c.city is not null, c.email is not null,
        c.contact_preference is not null, c.wished_service is not null, v.plates, v.models, v.services, count(*),
        count(*) filter (where d.due_at < \(instant)), min(c.created_at)
      from customers c
        left join (
          select n.customer_id, min(k.due_at) as due_at from \(runningOfCustomers) group by n.customer_id
        ) d on d.customer_id = c.id
        left join (
          select x.customer_id, bool_and(v.plate is not null) as plates, bool_and(v.model_id is not null) as models,
            bool_and(v.next_maintenance_date is not null or v.next_maintenance_km is not null) as services
          from customer_vehicles x join vehicles v on v.id = x.vehicle_id
          where x.until_date is null
          group by x.customer_id
        ) v on v.customer_id = c.id
      where c.state = 'active' and \(scope.condition(on: "c.station_id"))\(named)
      group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
      """
    ) { row in
      let station = try row.next(Station.ID.self)
      let kind = try row.next(as: Customer.Kind.self)
      let filled = try Self.filled(&row)
      let plates = try row.next(Bool?.self)
      let models = try row.next(Bool?.self)
      let services = try row.next(Bool?.self)
      let vehicles = plates.map { plates in
        CustomerFile.VehicleFacts(
          vin: "", hasPlate: plates, hasModel: models ?? false, hasNextMaintenance: services ?? false)
      }
      return CustomerFileGroup(
        stationID: station, kind: kind, filled: filled, vehicles: vehicles, files: try row.next(Int.self),
        overdue: try row.next(Int.self), oldestAt: try row.next(Timestamp.self))
    }.slow()
  }

  /// The documents whose deadline for the file of this customer runs.
  package static func waiting(for customer: Customer.ID) -> Query<[ClockSubject]> {
    Query.list(
      """
      select k.subject_resource, k.subject_id, k.subject_number
      from \(deadlines)
        and k.subject_id in (
          select w.id from work_orders w where w.customer_id = \(customer)
          union all
          select r.id from service_requests r where r.customer_id = \(customer)
          union all
          select o.id from complaints o where o.customer_id = \(customer))
      order by k.started_at
      """
    ) { row in
      ClockSubject(
        try row.next(as: Resource.self), try row.next(UUID.self), number: try row.next(String?.self) ?? "")
    }
  }

  /// Customers whose deadlines run, some at a time; after the customer named, in the order of their identities.
  package static func customersWaiting(after: Customer.ID?, limit: Int) -> Query<[Customer.ID]> {
    Query.list(
      """
      select distinct n.customer_id
      from \(runningOfCustomers)
      where n.customer_id > \(after?.uuid ?? UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
      order by n.customer_id
      limit \(limit)
      """
    ) { try $0.next(Customer.ID.self) }
  }

  /// Deadlines of files that run.
  private static let deadlines: SQL = """
    clocks k
      where k.kind = 'customerFile' and k.met_at is null and k.cancelled_at is null
    """

  /// The same with whose file it is, `n.customer_id`: from the deadlines that run, which are few. That of a request goes on in the
  /// complaint that it became (CALL-02).
  private static let runningOfCustomers: SQL = """
    (select k.subject_id, k.due_at from \(deadlines)) k
      cross join lateral (
        select w.customer_id from work_orders w where w.id = k.subject_id
        union all
        select r.customer_id from service_requests r where r.id = k.subject_id and r.customer_id is not null
        union all
        select o.customer_id from complaints o where o.id = k.subject_id and o.customer_id is not null
      ) n
    """

  private static let columns: SQL = """
    c.id, c.number, c.station_id, c.kind, c.address is not null, c.city is not null, c.email is not null,
    c.contact_preference is not null, c.wished_service is not null, c.created_at,
    (select min(k.due_at)
      from (
        select w.id from work_orders w where w.customer_id = c.id
        union all
        select r.id from service_requests r where r.customer_id = c.id
        union all
        select m.id from complaints m where m.customer_id = c.id
      ) o join (select k.subject_id, k.due_at from \(deadlines)) k on k.subject_id = o.id),
    (select coalesce(jsonb_agg(distinct jsonb_build_object('vin', v.vin, 'plate', v.plate is not null,
        'model', v.model_id is not null, 'next', v.next_maintenance_date is not null or v.next_maintenance_km is not null)), '[]')
      from customer_vehicles x join vehicles v on v.id = x.vehicle_id
      where x.customer_id = c.id and x.until_date is null)
    """

  private static func filled(_ row: inout Row) throws -> Set<CustomerFileMember> {
    var filled: Set<CustomerFileMember> = []
    for member in [CustomerFileMember.address, .city, .email, .contactPreference, .wishedService]
    where try row.next(Bool.self) { filled.insert(member) }
    return filled
  }

  @Sendable private static func decode(_ row: inout Row) throws -> CustomerFile {
    let id = try row.next(Customer.ID.self)
    let number = try row.next(String.self)
    let station = try row.next(Station.ID.self)
    let kind = try row.next(as: Customer.Kind.self)
    let filled = try Self.filled(&row)
    let createdAt = try row.next(Timestamp.self)
    let dueAt = try row.next(Timestamp?.self)
    var vehicles: [CustomerFile.VehicleFacts] = []
    if case .list(let items) = EventJSON.value(try row.next(JSONB.self).bytes) {
      vehicles = items.compactMap { item in
        guard case .object(let record) = item, let vin = record.text("vin") else { return nil }
        return CustomerFile.VehicleFacts(
          vin: vin, hasPlate: record.flag("plate"), hasModel: record.flag("model"),
          hasNextMaintenance: record.flag("next"))
      }
    }
    return CustomerFile(
      customerID: id, number: number, stationID: station, kind: kind, filled: filled,
      vehicles: vehicles.sorted { $0.vin < $1.vin }, dueAt: dueAt, createdAt: createdAt)
  }
}
