package import Domain
import FoundationEssentials
package import Postgres

/// What the counters of the three guarantees are counted from, and what was said about them. Over the whole network: an order is named to
/// those alone who see it.
package enum ThreeGuaranteeRepository {
  /// The repairs of a vehicle that were delivered before an instant, in one trip.
  package static func repairs(
    of vehicle: Vehicle.ID, in scope: Scope, through door: some QueryDoor
  ) async throws -> [VehicleRepair] {
    let (headers, lines, parts) = try await door.run(
      headers(of: vehicle, in: scope), lines(of: vehicle), parts(of: vehicle))
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
      """
    ) { row in
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
  }

  private static func parts(of vehicle: Vehicle.ID) -> Query<[(order: WorkOrder.ID, part: VehicleRepair.Part)]> {
    Query.list(
      """
      select p.work_order_id, p.line, p.part_number from vehicle_fitted_parts p
      where p.vehicle_id = \(vehicle)
      order by p.work_order_id, p.line, p.id
      """
    ) { row in
      let order = try row.next(WorkOrder.ID.self)
      let line = try row.next(Int.self)
      return (order, VehicleRepair.Part(line: line, partNumber: try row.next(String.self)))
    }
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
