package import Domain
import FoundationEssentials
package import Postgres

/// What delivered orders did to vehicles: facts over the whole network, which never change. An order itself is named to those alone
/// who see it.
package enum VehicleRepairRepository {
  // MARK: Writing

  /// Keeps what a delivered order did: when it took how long, its jobs, the parts that it fitted, and the first maintenance where it
  /// was one and none was taken before. To be called behind the lock of the vehicle.
  package static func insert(
    _ order: WorkOrder, on vehicle: Vehicle.ID, deliveredAt: Timestamp
  ) -> [Query<Int>] {
    let lines = order.lines.filter(\.counts)
    let day = ReportPeriod.day(of: deliveredAt)
    var statements = [
      Query.execute(
        """
        insert into vehicle_repairs (work_order_id, vehicle_id, received_at, began_at, finished_at, delivered_at,
          distance_km, is_maintenance, is_rework)
        select \(order.id), \(vehicle), \(order.stamp.createdAt), b.began_at,
          greatest(b.began_at, coalesce(i.inspected_at, \(deliveredAt))), \(deliveredAt),
          coalesce((\(distance(of: vehicle, on: order.id))), \(order.progress.odometerKm.map { Int32($0) })),
          \(order.header.serviceType == .maintenance), \(order.reworkOf != nil)
        from (
          select coalesce(min(d.decided_at), \(order.stamp.createdAt)) as began_at
          from customer_decisions d
          where d.work_order_id = \(order.id) and d.kind = 'authorisation'
        ) b cross join (
          select max(q.inspected_at) as inspected_at
          from quality_inspections q
          where q.work_order_id = \(order.id) and q.passed
        ) i
        """)
    ]
    for line in lines {
      statements.append(
        Query.execute(
          """
          insert into vehicle_repair_lines (work_order_id, line, causal_part_number, labour_operation_code, fault_code,
            payers, recorded_at)
          values (\(order.id), \(Int32(line.number)), \(line.work.causalPartNumber), \(line.work.labourOperationCode),
            \(line.work.faultCode), \(line.price.split.payers.map(\.rawValue).sorted()), \(deliveredAt))
          """))
      for part in line.parts {
        statements.append(
          Query.execute(
            """
            insert into vehicle_fitted_parts (id, work_order_id, line, vehicle_id, part_number, quantity, origin,
              guarantee_months, guarantee_km, fitted_on, fitted_at_km, under_warranty, recorded_at)
            select \(part.id), r.work_order_id, \(Int32(line.number)), r.vehicle_id, \(part.partNumber),
              \(Int32(part.quantity)), \(part.origin.rawValue), \(part.guaranteeMonths.map { Int32($0) }),
              \(part.guaranteeKm.map { Int32($0) }), \(day), r.distance_km,
              \(line.price.split.payers.contains(.warranty)), \(deliveredAt)
            from vehicle_repairs r
            where r.work_order_id = \(order.id)
            """))
      }
    }
    if order.header.serviceType == .maintenance,
      let line = lines.first(where: { $0.price.split.payers.contains(.warranty) })
    {
      statements.append(
        Query.execute(
          """
          insert into vehicle_first_maintenances (vehicle_id, work_order_id, line, taken_on, recorded_at)
          values (\(vehicle), \(order.id), \(Int32(line.number)), \(day), \(deliveredAt))
          on conflict on constraint vehicle_first_maintenances_pkey do nothing
          """))
    }
    return statements
  }

  // MARK: Reading

  /// Kilometres that the vehicle had driven when the order was checked in, replaced clusters included; `nil`: nobody read them.
  package static func distance(of vehicle: Vehicle.ID, checkedIn order: WorkOrder.ID) -> Query<Int?> {
    Query.optional("select d.km from (" + distance(of: vehicle, on: order) + ") as d(km)") {
      Int(try $0.next(Int32.self))
    }
  }

  /// The same by the latest reading before an instant.
  package static func distance(of vehicle: Vehicle.ID, before instant: Timestamp) -> Query<Int?> {
    Query.optional(
      "select d.km from (" + driven(vehicle, "r.read_at < \(instant)") + ") as d(km)"
    ) { Int(try $0.next(Int32.self)) }
  }

  /// Parts that orders fitted until a day, that day included, newest first.
  ///
  /// - Parameter order: the order that is judged, whose own parts are no fact yet.
  package static func fittedParts(
    of vehicle: Vehicle.ID, until day: CalendarDate, besides order: WorkOrder.ID?, in scope: Scope
  ) -> Query<[Entitlement.FittedPart]> {
    Query.list(
      """
      select p.work_order_id, w.number, p.line, p.part_number, p.quantity, p.origin, p.fitted_on, p.fitted_at_km,
        p.guarantee_months, p.guarantee_km, p.under_warranty
      from vehicle_fitted_parts p
        left join work_orders w on w.id = p.work_order_id and \(scope.condition(workOrder: "w"))
      where p.vehicle_id = \(vehicle) and p.fitted_on <= \(day) and p.work_order_id is distinct from \(order)
      order by p.fitted_on desc, p.id
      limit 1000
      """
    ) { row in
      let source = try source(&row)
      let number = try row.next(String.self)
      let quantity = try row.next(Int.self)
      let origin = try row.next(as: JobPart.Origin.self)
      let on = try row.next(CalendarDate.self)
      let atKm = try row.next(Int32?.self).map(Int.init)
      let months = try row.next(Int32?.self).map(Int.init)
      let km = try row.next(Int32?.self).map(Int.init)
      return Entitlement.FittedPart(
        source: source, partNumber: number, quantity: quantity, origin: origin, fittedOn: on, fittedAtKm: atKm,
        guaranteeMonths: months, guaranteeKm: km, underWarranty: try row.next(Bool.self))
    }
  }

  /// The maintenance at the maker's cost, once it was taken.
  package static func firstMaintenance(
    of vehicle: Vehicle.ID, until day: CalendarDate, besides order: WorkOrder.ID?, in scope: Scope
  ) -> Query<Entitlement.TakenMaintenance?> {
    Query.optional(
      """
      select m.work_order_id, w.number, m.line, m.taken_on
      from vehicle_first_maintenances m
        left join work_orders w on w.id = m.work_order_id and \(scope.condition(workOrder: "w"))
      where m.vehicle_id = \(vehicle) and m.taken_on <= \(day) and m.work_order_id is distinct from \(order)
      """
    ) { row in
      Entitlement.TakenMaintenance(source: try source(&row), on: try row.next(CalendarDate.self))
    }
  }

  // MARK: Inside

  private static func source(_ row: inout Row) throws -> Entitlement.Source {
    Entitlement.Source(
      workOrderID: try row.next(WorkOrder.ID.self), workOrderNumber: try row.next(String?.self),
      line: try row.next(Int.self))
  }

  private static func distance(of vehicle: Vehicle.ID, on order: WorkOrder.ID) -> SQL {
    driven(vehicle, "r.work_order_id = \(order)")
  }

  /// What a reading says of the vehicle's life: each cluster begins with what the ones before it had driven more than it showed.
  static func driven(_ vehicle: Vehicle.ID, _ condition: SQL) -> SQL {
    """
    select r.km + (
      select coalesce(sum(x.replaced_km - x.km), 0)::int
      from odometer_readings x
      where x.vehicle_id = r.vehicle_id and x.replaced_km is not null and x.cluster <= r.cluster)
    from odometer_readings r
    where r.vehicle_id = \(vehicle) and
    """ + " " + condition + " order by r.cluster desc, r.read_at desc, r.km desc limit 1"
  }
}
