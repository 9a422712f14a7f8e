package import Domain
import FoundationEssentials
package import Postgres

/// What the counters of the three guarantees are counted from, and what was said about them. Over the whole network: an order is named to
/// those alone who see it.
package enum ThreeGuaranteeRepository {
  /// The delivered repairs of a vehicle, in one trip.
  package static func repairs(
    of vehicle: Vehicle.ID, in scope: Scope, through door: some QueryDoor
  ) async throws -> [VehicleRepair] {
    let (headers, lines, parts) = try await door.run(
      headers(of: vehicle, in: scope), lines(of: vehicle), parts(of: vehicle))
    return whole(headers, lines, parts)
  }

  /// Those that were agreed on with the customer and are not delivered yet, as they stand at an instant. To be asked under the whole
  /// network's sight, since the law counts wherever the vehicle is.
  ///
  /// - Parameter scope: within which an order is named.
  package static func runningRepairs(
    of vehicle: Vehicle.ID, at instant: Timestamp, in scope: Scope, through door: some QueryDoor
  ) async throws -> [VehicleRepair] {
    let (headers, lines, parts) = try await door.run(
      runningHeaders(of: vehicle, at: instant, in: scope), runningLines(of: vehicle), runningParts(of: vehicle))
    return whole(headers, lines, parts)
  }

  private static func whole(
    _ headers: [VehicleRepair], _ lines: [(order: WorkOrder.ID, line: VehicleRepair.Line)],
    _ parts: [(order: WorkOrder.ID, part: VehicleRepair.Part)]
  ) -> [VehicleRepair] {
    let linesByOrder = Dictionary(grouping: lines, by: \.order)
    let partsByOrder = Dictionary(grouping: parts, by: \.order)
    return headers.map { header in
      var repair = header
      repair.lines = linesByOrder[header.workOrderID]?.map(\.line) ?? []
      repair.parts = partsByOrder[header.workOrderID]?.map(\.part) ?? []
      return repair
    }
  }

  private static func headers(of vehicle: Vehicle.ID, in scope: Scope) -> Query<[VehicleRepair]> {
    Query.list(
      """
      select r.work_order_id, w.number, r.received_at, r.began_at, r.finished_at, r.distance_km, r.is_maintenance,
        r.is_rework
      from vehicle_repairs r
        left join work_orders w on w.id = r.work_order_id and \(scope.condition(workOrder: "w"))
      where r.vehicle_id = \(vehicle)
      order by r.delivered_at, r.work_order_id
      """
    ) { row in
      let order = try row.next(WorkOrder.ID.self)
      let number = try row.next(String?.self)
      let received = try row.next(Timestamp.self)
      let began = try row.next(Timestamp.self)
      let finished = try row.next(Timestamp.self)
      let distance = try row.next(Int32?.self).map(Int.init)
      let maintenance = try row.next(Bool.self)
      return VehicleRepair(
        workOrderID: order, workOrderNumber: number, receivedAt: received, beganAt: began, finishedAt: finished,
        distanceKm: distance, isMaintenance: maintenance, isRework: try row.next(Bool.self), lines: [], parts: [])
    }
  }

  private static func lines(of vehicle: Vehicle.ID) -> Query<[(order: WorkOrder.ID, line: VehicleRepair.Line)]> {
    Query.list(
      """
      select l.work_order_id, l.line, l.causal_part_number, l.labour_operation_code, l.fault_code, l.payers
      from vehicle_repairs r join vehicle_repair_lines l on l.work_order_id = r.work_order_id
      where r.vehicle_id = \(vehicle)
      order by l.work_order_id, l.line
      """, line)
  }

  private static func parts(of vehicle: Vehicle.ID) -> Query<[(order: WorkOrder.ID, part: VehicleRepair.Part)]> {
    Query.list(
      """
      select p.work_order_id, p.line, p.part_number from vehicle_fitted_parts p
      where p.vehicle_id = \(vehicle)
      order by p.work_order_id, p.line, p.id
      """, part)
  }

  /// Agreed on, and not handed over. What is quoted once more is no agreement.
  private static let running: SQL =
    """
    w.state in ('authorised', 'inWorkshop', 'inRepair', 'awaitingCustomerApproval', 'awaitingParts', 'qualityCheck',
      'ready', 'notified', 'accepted', 'settled')
    and not exists (select from vehicle_repairs r where r.work_order_id = w.id)
    """

  private static func runningHeaders(
    of vehicle: Vehicle.ID, at instant: Timestamp, in scope: Scope
  ) -> Query<[VehicleRepair]> {
    Query.list(
      """
      select w.id, case when \(scope.condition(workOrder: "w")) then w.number end, w.created_at, b.began_at,
        case when w.state in ('ready', 'notified', 'accepted', 'settled') then i.inspected_at end,
        coalesce((\(VehicleRepairRepository.driven(vehicle, "r.work_order_id = w.id"))), w.odometer_km),
        w.service_type = 'maintenance', w.rework_of is not null
      from work_orders w
        cross join lateral (
          select min(d.decided_at) as began_at from customer_decisions d
          where d.work_order_id = w.id and d.kind = 'authorisation'
        ) b
        cross join lateral (
          select max(q.inspected_at) as inspected_at from quality_inspections q where q.work_order_id = w.id and q.passed
        ) i
      where w.vehicle_id = \(vehicle) and b.began_at is not null and
      """ + " " + running + " order by w.created_at, w.id"
    ) { row in
      let order = try row.next(WorkOrder.ID.self)
      let number = try row.next(String?.self)
      let received = try row.next(Timestamp.self)
      let began = try row.next(Timestamp.self)
      let finished = try row.next(Timestamp?.self)
      let distance = try row.next(Int32?.self).map(Int.init)
      let maintenance = try row.next(Bool.self)
      return VehicleRepair(
        workOrderID: order, workOrderNumber: number, receivedAt: received, beganAt: began,
        finishedAt: max(began, finished ?? instant), isRunning: finished == nil, distanceKm: distance,
        isMaintenance: maintenance, isRework: try row.next(Bool.self), lines: [], parts: [])
    }
  }

  private static func runningLines(
    of vehicle: Vehicle.ID
  ) -> Query<[(order: WorkOrder.ID, line: VehicleRepair.Line)]> {
    Query.list(
      """
      select w.id, l.number, l.causal_part_number, l.labour_operation_code, l.fault_code, l.payers
      from work_orders w join job_lines l on l.work_order_id = w.id
      where w.vehicle_id = \(vehicle) and l.decision <> 'refused' and
      """ + " " + running + " order by w.id, l.number", line)
  }

  private static func runningParts(
    of vehicle: Vehicle.ID
  ) -> Query<[(order: WorkOrder.ID, part: VehicleRepair.Part)]> {
    Query.list(
      """
      select w.id, l.number, p.part_number
      from work_orders w
        join job_lines l on l.work_order_id = w.id
        join job_line_parts p on p.job_line_id = l.id
      where w.vehicle_id = \(vehicle) and l.decision <> 'refused' and
      """ + " " + running + " order by w.id, l.number, p.id", part)
  }

  @Sendable private static func line(
    _ row: inout Row
  ) throws -> (order: WorkOrder.ID, line: VehicleRepair.Line) {
    let order = try row.next(WorkOrder.ID.self)
    let number = try row.next(Int.self)
    let part = try row.next(String?.self)
    let operation = try row.next(String?.self)
    let fault = try row.next(String?.self)
    return (
      order,
      VehicleRepair.Line(
        number: number, causalPartNumber: part, labourOperationCode: operation, faultCode: fault,
        payers: Set(try row.next([String].self).compactMap(PayerSplit.Payer.init(rawValue:))))
    )
  }

  @Sendable private static func part(
    _ row: inout Row
  ) throws -> (order: WorkOrder.ID, part: VehicleRepair.Part) {
    let order = try row.next(WorkOrder.ID.self)
    let line = try row.next(Int.self)
    return (order, VehicleRepair.Part(line: line, partNumber: try row.next(String.self)))
  }

  // MARK: When to look again

  /// The counters are looked at again then; `nil`: time alone changes nothing.
  package static func review(_ vehicle: Vehicle.ID, at instant: Timestamp?) -> Query<Int> {
    Query.execute(
      """
      insert into three_guarantee_reviews as r (vehicle_id, due_at) values (\(vehicle), \(instant))
      on conflict on constraint three_guarantee_reviews_pkey do update set due_at = excluded.due_at
      where r.due_at is distinct from excluded.due_at
      """)
  }

  /// Vehicles whose counters are to be looked at, the longest overdue first.
  package static func due(at instant: Timestamp, in job: String, limit: Int) -> Query<[Vehicle.ID]> {
    Query.list(
      """
      select r.vehicle_id from three_guarantee_reviews r
      where r.due_at <= \(instant) and \(DeferredWorkRepository.isFree("r.vehicle_id", in: job, at: instant))
      order by r.due_at, r.vehicle_id
      limit \(limit)
      """
    ) { try $0.next(Vehicle.ID.self) }
  }

  /// Whether it is still due, behind the lock of the vehicle.
  package static func isDue(_ vehicle: Vehicle.ID, at instant: Timestamp) -> Query<Bool> {
    Query.one(
      """
      select exists (
        select from three_guarantee_reviews r where r.vehicle_id = \(vehicle) and r.due_at <= \(instant))
      """
    ) { try $0.next(Bool.self) }
  }

  /// 1: other versions of the rules hold than at the last look; they are noted.
  package static func noteRules(at instant: Timestamp) -> Query<Int> {
    Query.execute(
      """
      insert into three_guarantee_rules as r (versions)
      select coalesce(string_agg(p.key || '@' || p.policy_version, ' ' order by p.key, p.policy_version), '')
      from policies p
      where p.key in ('threeGuarantees', 'warranty') and p.state = 'approved' and p.valid_from <= \(instant)
        and (p.valid_to is null or p.valid_to > \(instant))
      on conflict on constraint three_guarantee_rules_pkey do update set versions = excluded.versions
      where r.versions <> excluded.versions
      """)
  }

  /// Everything is counted anew.
  package static func reviewAll(at instant: Timestamp) -> Query<Int> {
    Query.execute(
      "update three_guarantee_reviews set due_at = \(instant) where due_at is null or due_at > \(instant)")
  }

  // MARK: Signals

  /// Everything that was said about a vehicle, first to last; withdrawn ones included.
  package static func signals(of vehicle: Vehicle.ID) -> Query<[ThreeGuarantees.Signal]> {
    Query.list(
      """
      select s.id, s.counter, s.counted, s.level, s.counted_value, s.limit_value, s.policy_version, s.work_order_id,
        s.reached_at, s.withdrawn_at
      from three_guarantee_signals s
      where s.vehicle_id = \(vehicle)
      order by s.reached_at, s.counter, s.counted, s.level = 'limit', s.id
      """
    ) { row in
      let id = try row.next(ThreeGuarantees.Signal.ID.self)
      let counter = try row.next(as: ThreeGuarantees.Counter.self)
      let counted = try row.next(String.self)
      let level = try row.next(as: ThreeGuarantees.Level.self)
      let value = try row.next(Int.self)
      let limit = try row.next(Int.self)
      let policy = try row.next(Int.self)
      let order = try row.next(WorkOrder.ID?.self)
      let reached = try row.next(Timestamp.self)
      return ThreeGuarantees.Signal(
        id: id, counter: counter, counted: counted, level: level, value: value, limitAt: limit,
        policyVersion: PolicyVersion(.threeGuarantees, policy), workOrderID: order, reachedAt: reached,
        withdrawnAt: try row.next(Timestamp?.self))
    }
  }

  package static func insert(_ signal: ThreeGuarantees.Signal, of vehicle: Vehicle.ID) -> Query<Int> {
    Query.execute(
      """
      insert into three_guarantee_signals (id, vehicle_id, counter, counted, level, counted_value, limit_value,
        policy_version, work_order_id, reached_at)
      values (\(signal.id), \(vehicle), \(signal.counter.rawValue), \(signal.counted), \(signal.level.rawValue),
        \(Int32(signal.value)), \(Int32(signal.limitAt)), \(Int32(signal.policyVersion.number)),
        \(signal.workOrderID), \(signal.reachedAt))
      """)
  }

  package static func withdraw(_ signal: ThreeGuarantees.Signal, at instant: Timestamp) -> Query<Int> {
    Query.execute(
      """
      update three_guarantee_signals set withdrawn_at = \(instant)
      where id = \(signal.id) and withdrawn_at is null
      """)
  }
}
