package import Domain
import FoundationEssentials
package import Postgres

/// Who a customer is to a vehicle; seen with the customer's file.
package enum CustomerVehicleRepository {
  package static func list(
    of customer: Customer.ID, current: Bool?, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<CustomerVehicleEntry>> {
    var plan = ListPlan(
      columns: """
        l.id, l.customer_id, l.station_id, l.vehicle_id, l.role, l.since_date, l.until_date, v.vin, v.plate, v.model_id,
        m.name
        """,
      from: """
        customer_vehicles l join vehicles v on v.id = l.vehicle_id left join vehicle_models m on m.id = v.model_id
        """,
      id: "l.id", sorts: ["sinceDate": .init("l.since_date", type: "date")],
      conditions: [scope.condition(on: "l.station_id"), "l.customer_id = \(customer)"])
    if let current { plan.filter(current ? "l.until_date is null" : "l.until_date is not null") }
    return plan.query(page) { row in
      let link = try decode(&row)
      return CustomerVehicleEntry(
        link: link, vin: try row.next(String.self), plate: try row.next(String?.self),
        modelID: try row.next(VehicleModel.ID?.self), modelName: try row.next(String?.self))
    }
  }

  package static func insert(_ link: CustomerVehicle, at instant: Timestamp) -> Query<Int> {
    Query.execute(
      """
      insert into customer_vehicles (id, station_id, customer_id, vehicle_id, role, since_date, until_date, created_at)
      values (\(link.id), \(link.stationID), \(link.customerID), \(link.vehicleID), \(link.role.rawValue),
        \(link.since), \(link.until), \(instant))
      """
    )
    .refusing("customer_vehicles_vehicle_id_fkey") {
      Refusal.invalid("#/vehicleId", .notFound, "there is no such vehicle")
    }
    .refusing("customer_vehicles_open_key") { Refusal.alreadyExists(field: "vehicleId", existingID: nil) }
    .refusing("customer_vehicles_customer_id_fkey") { Refusal.notFound }
    .refusing(
      "customer_vehicles_owner_key", conflict: "owner-exists",
      "another customer of this station is the owner; end that first",
      naming: ConflictLookup.documents(.customer) { scope in
        """
        select c.id, c.number, c.state, null::integer
        from customer_vehicles l join customers c on c.id = l.customer_id
        where l.station_id = \(link.stationID) and l.vehicle_id = \(link.vehicleID) and l.role = 'owner'
          and l.until_date is null and \(scope.condition(on: "c.station_id"))
        """
      })
  }

  /// Ends what still holds between both, today as the station counts (never before it began); the ended roles.
  package static func end(
    customer: Customer.ID, vehicle: Vehicle.ID, at instant: Timestamp, in scope: Scope
  ) -> Query<[CustomerVehicle]> {
    Query.list(
      """
      update customer_vehicles l
      set until_date = greatest(l.since_date, (\(instant)::timestamptz at time zone s.time_zone)::date),
        ended_at = \(instant)
      from stations s
      where s.id = l.station_id and \(scope.condition(on: "l.station_id")) and l.customer_id = \(customer)
        and l.vehicle_id = \(vehicle) and l.until_date is null
      returning l.id, l.customer_id, l.station_id, l.vehicle_id, l.role, l.since_date, l.until_date
      """, decode)
  }

  /// First half of a merge: what the survivor holds already ends on the duplicate.
  package static func endDoubles(
    of duplicate: Customer.ID, in survivor: Customer.ID, at instant: Timestamp
  ) -> Query<Int> {
    Query.execute(
      """
      update customer_vehicles l
      set until_date = greatest(l.since_date, (\(instant)::timestamptz at time zone s.time_zone)::date),
        ended_at = \(instant)
      from stations s
      where s.id = l.station_id and l.customer_id = \(duplicate) and l.until_date is null
        and exists (
          select from customer_vehicles k
          where k.customer_id = \(survivor) and k.vehicle_id = l.vehicle_id and k.role = l.role
            and k.until_date is null)
      """)
  }

  /// Second half: all links of the duplicate become the survivor's.
  package static func move(from duplicate: Customer.ID, to survivor: Customer.ID) -> Query<Int> {
    Query.execute("update customer_vehicles set customer_id = \(survivor) where customer_id = \(duplicate)")
  }

  @Sendable private static func decode(_ row: inout Row) throws -> CustomerVehicle {
    CustomerVehicle(
      id: try row.next(CustomerVehicle.ID.self), customerID: try row.next(Customer.ID.self),
      stationID: try row.next(Station.ID.self), vehicleID: try row.next(Vehicle.ID.self),
      role: try row.next(as: CustomerVehicle.Role.self), since: try row.next(CalendarDate.self),
      until: try row.next(CalendarDate?.self))
  }
}
