package import Domain
import FoundationEssentials
package import Postgres

/// Work orders: the header row, and with it the jobs as one aggregate.
package enum WorkOrderRepository: DocumentStore {
  /// The header alone; `lines` is empty.
  package static func find(_ reference: Reference<WorkOrder>, in scope: Scope) -> Query<WorkOrder?> {
    Query.optional(
      "select " + columns + " from work_orders w where " + names(reference) + " and "
        + scope.condition(workOrder: "w"), decode)
  }

  /// The header, locked until the transaction ends. Later statements of the trip see what the lock waited for.
  package static func lock(_ reference: Reference<WorkOrder>, in scope: Scope) -> Query<WorkOrder?> {
    Query.optional(
      "select " + columns + " from work_orders w where " + names(reference) + " and "
        + scope.condition(workOrder: "w") + " for update of w", decode)
  }

  /// Those of the given orders that the scope sees, as lists show them.
  package static func all(_ ids: Set<WorkOrder.ID>, in scope: Scope) -> Query<[WorkOrder]> {
    Query.list(
      "select " + summaryColumns + " from work_orders w where " + scope.condition(workOrder: "w")
        + " and w.id = any (\(Array(ids)))", decode)
  }

  package static func list(_ filter: WorkOrderFilter, _ page: PageRequest, in scope: Scope) -> Query<Page<WorkOrder>> {
    var plan = ListPlan(
      columns: summaryColumns, from: "work_orders w", id: "w.id", sorts: sorts, window: window,
      conditions: [scope.condition(workOrder: "w")])
    if filter.states.count == 1 {
      plan.filter("w.state = \(filter.states[0].rawValue)")
    } else if !filter.states.isEmpty {
      plan.filter("w.state = any (\(filter.states.map(\.rawValue)))")
    }
    if let station = filter.stationID { plan.filter("w.station_id = \(station)") }
    if let customer = filter.customerID { plan.filter("w.customer_id = \(customer)") }
    if let vehicle = filter.vehicleID { plan.filter("w.vehicle_id = \(vehicle)") }
    if !filter.serviceTypes.isEmpty {
      plan.filter("w.service_type = any (\(filter.serviceTypes.map(\.rawValue)))")
    }
    if let from = filter.createdFrom { plan.filter("w.created_at >= \(from)") }
    if let before = filter.createdBefore { plan.filter("w.created_at < \(before)") }
    if let number = filter.number { plan.filter("w.number = \(number)") }
    return plan.query(page, decode: decode)
  }

  package static let window = ListPlan.WindowColumns(updated: "w.updated_at")

  /// The fields that a list may be ordered by.
  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("w.created_at", type: "timestamptz"),
    "number": .init("w.number", type: "text"),
    "promisedDeliveryAt": .init("w.promised_delivery_at", type: "timestamptz", nullable: true),
    "updatedAt": .init("w.updated_at", type: "timestamptz"),
  ]

  package static func whole(
    _ header: Query<WorkOrder?>, _ reference: Reference<WorkOrder>, in scope: Scope, through door: some QueryDoor
  ) async throws -> WorkOrder? {
    let (found, lines, parts, clockings) = try await door.run(
      header, JobLineRepository.lines(of: reference, in: scope), JobLineRepository.parts(of: reference, in: scope),
      JobLineRepository.clockings(of: reference, in: scope))
    guard var order = found else { return nil }
    order.lines = JobLineRepository.assemble(lines, parts, clockings)
    return order
  }

  package static func save(_ after: WorkOrder, over before: WorkOrder?) -> [Query<Int>] {
    [before.map { update(after, expecting: $0.version) } ?? insert(after)]
      + JobLineRepository.save(after, over: before?.lines ?? [])
  }

  package static func insert(_ order: WorkOrder) -> Query<Int> {
    let header = order.header
    let stamp = order.stamp
    return Query.execute(
      """
      insert into work_orders (id, number, station_id, currency, state, customer_id, vehicle_id, mode, service_type,
        summary, note, contact_name, contact_phone, external_ids, rework_of, last_line_number, created_at,
        created_by, created_by_id, updated_at, updated_by, updated_by_id)
      values (\(order.id), \(order.number), \(order.stationID), \(order.currency.rawValue), \(order.state.rawValue),
        \(header.customerID), \(header.vehicleID), \(header.mode.rawValue), \(header.serviceType.rawValue),
        \(header.summary), \(header.note), \(header.contact?.name), \(sealed: header.contact?.phone, at: place(order.id)),
        \(EventJSON.encode(header.externalIDs)), \(order.reworkOf), \(Int32(order.lastLineNumber)),
        \(stamp.createdAt), \(stamp.createdBy.name), \(stamp.createdBy.id), \(stamp.updatedAt), \(stamp.updatedBy.name), \(stamp.updatedBy.id))
      """
    ).refusing("work_orders_customer_erased") {
      Refusal.invalid("#/customerId", .notFound, "there is no such customer at this station")
    }.refusing("work_orders_customer_id_fkey") {
      Refusal.invalid("#/customerId", .notFound, "there is no such customer")
    }.refusing("work_orders_vehicle_id_fkey") {
      Refusal.invalid("#/vehicleId", .notFound, "there is no such vehicle")
    }.refusing("work_orders_station_id_fkey") {
      Refusal.invalid("#/stationId", .notFound, "there is no such station")
    }.refusingTakenIdentity()
  }

  /// Saves the header of a changed order: one statement that checks and changes (C-16). 0 rows: another version.
  package static func update(_ order: WorkOrder, expecting version: Int) -> Query<Int> {
    let header = order.header
    let progress = order.progress
    return Query.execute(
      """
      update work_orders
      set state = \(order.state.rawValue), version = \(Int32(order.version)), customer_id = \(header.customerID),
        vehicle_id = \(header.vehicleID), mode = \(header.mode.rawValue), service_type = \(header.serviceType.rawValue),
        summary = \(header.summary), note = \(header.note), contact_name = \(header.contact?.name),
        contact_phone = \(sealed: header.contact?.phone, at: place(order.id)), external_ids = \(EventJSON.encode(header.externalIDs)),
        odometer_km = \(progress.odometerKm.map { Int32($0) }),
        inspection = \(progress.inspection.map(WorkOrderJSON.encode)), diagnosis = \(progress.diagnosis),
        estimate_revision = \(progress.estimate.map { Int32($0.revision) }),
        estimate_hash = \(progress.estimate?.hash), estimate_total = \(progress.estimate?.total.minorUnits),
        estimate_quoted_at = \(progress.estimate?.quotedAt),
        authorisation = \(progress.authorisation.map(WorkOrderJSON.encode)),
        promised_delivery_at = \(progress.promisedDeliveryAt), promised_quality = \(progress.promisedQuality),
        failed_inspections = \(Int32(progress.failedInspections)), technician_ids = \(progress.technicians),
        visits = \(WorkOrderJSON.encode(progress.visits)), invoice_number = \(progress.invoiceNumber),
        delivered_at = \(progress.deliveredAt), closed_at = \(progress.closedAt), exit_reason = \(progress.exitReason),
        last_line_number = \(Int32(order.lastLineNumber)),
        updated_at = \(order.stamp.updatedAt), updated_by = \(order.stamp.updatedBy.name),
        updated_by_id = \(order.stamp.updatedBy.id)
      where id = \(order.id) and version = \(Int32(version))
      """
    ).refusing("work_orders_customer_erased") {
      Refusal.invalid("#/customerId", .notFound, "there is no such customer at this station")
    }.refusing("work_orders_customer_id_fkey") {
      Refusal.invalid("#/customerId", .notFound, "there is no such customer")
    }.refusing("work_orders_vehicle_id_fkey") {
      Refusal.invalid("#/vehicleId", .notFound, "there is no such vehicle")
    }.refusing("work_orders_rework_of_fkey") { Refusal.notFound }.refusingTakenIdentity()
  }

  static func names(_ orders: [WorkOrder.ID]) -> SQL { "w.id = any (\(orders))" }

  static func names(_ reference: Reference<WorkOrder>) -> SQL {
    switch reference {
    case .id(let id): "w.id = \(id)"
    case .number(let number): "w.number = \(number)"
    }
  }

  private static let summaryColumns: SQL = """
    w.id, w.number, w.station_id, w.currency, w.state, w.version, w.created_at, w.created_by, w.created_by_id,
    w.updated_at, w.updated_by, w.updated_by_id, w.customer_id, w.vehicle_id, w.mode, w.service_type, w.summary, w.note,
    w.contact_name, w.contact_phone, w.external_ids, w.odometer_km, null::jsonb, w.diagnosis, w.estimate_revision,
    w.estimate_hash, w.estimate_total, w.estimate_quoted_at, w.authorisation, w.promised_delivery_at,
    w.promised_quality, w.failed_inspections, coalesce(w.technician_ids, '{}'), w.visits, w.invoice_number, w.delivered_at, w.closed_at, w.exit_reason, w.rework_of,
    w.last_line_number
    """

  private static let columns: SQL = """
    w.id, w.number, w.station_id, w.currency, w.state, w.version, w.created_at, w.created_by, w.created_by_id,
    w.updated_at, w.updated_by, w.updated_by_id, w.customer_id, w.vehicle_id, w.mode, w.service_type, w.summary, w.note,
    w.contact_name, w.contact_phone, w.external_ids, w.odometer_km, w.inspection, w.diagnosis, w.estimate_revision,
    w.estimate_hash, w.estimate_total, w.estimate_quoted_at, w.authorisation, w.promised_delivery_at,
    w.promised_quality, w.failed_inspections, coalesce(w.technician_ids, '{}'), w.visits, w.invoice_number, w.delivered_at, w.closed_at, w.exit_reason, w.rework_of,
    w.last_line_number
    """

  private static func place(_ id: WorkOrder.ID) -> SealedPlace {
    SealedPlace("work_orders", "contact_phone", id.uuid)
  }

  @Sendable private static func decode(_ row: inout Row) throws -> WorkOrder {
    let id = try row.next(WorkOrder.ID.self)
    let number = try row.next(String.self)
    let station = try row.next(Station.ID.self)
    let currency = try row.next(as: Currency.self)
    let state = try row.next(as: WorkOrder.State.self)
    let version = try row.next(Int32.self)
    let stamp = try row.nextStamp()
    let customer = try row.next(Customer.ID.self)
    let vehicle = try row.next(Vehicle.ID?.self)
    let mode = try row.next(as: WorkOrder.Mode.self)
    let serviceType = try row.next(as: WorkOrder.ServiceType.self)
    let summary = try row.next(String.self)
    let note = try row.next(String?.self)
    let contactName = try row.next(String?.self)
    let contactPhone = try row.nextSealed(String?.self, at: place(id))
    let contact: WorkOrderContact? =
      contactName == nil && contactPhone == nil ? nil : WorkOrderContact(name: contactName, phone: contactPhone)
    let header = WorkOrderHeader(
      customerID: customer, vehicleID: vehicle, mode: mode, serviceType: serviceType, summary: summary, note: note,
      contact: contact, externalIDs: EventJSON.texts(try row.next(JSONB.self).bytes))
    let progress = try progress(&row, currency)
    let reworkOf = try row.next(WorkOrder.ID?.self)
    return WorkOrder(
      id: id, number: number, stationID: station, currency: currency, state: state, version: Int(version),
      stamp: stamp, header: header, progress: progress, lastLineNumber: Int(try row.next(Int32.self)),
      reworkOf: reworkOf)
  }

  private static func progress(_ row: inout Row, _ currency: Currency) throws -> WorkOrderProgress {
    var progress = WorkOrderProgress()
    progress.odometerKm = try row.next(Int32?.self).map(Int.init)
    progress.inspection = try row.next(JSONB?.self).flatMap { WorkOrderJSON.inspection($0.bytes) }
    progress.diagnosis = try row.next(String?.self)
    let revision = try row.next(Int32?.self)
    let hash = try row.next(String?.self)
    let total = try row.next(MinorUnits?.self)
    let quotedAt = try row.next(Timestamp?.self)
    if let revision, let hash, let total, let quotedAt {
      progress.estimate = EstimateSummary(
        revision: Int(revision), hash: hash, total: Money(minor: total.value, currency: currency), quotedAt: quotedAt)
    }
    progress.authorisation = try row.next(JSONB?.self).flatMap { WorkOrderJSON.decision($0.bytes) }
    progress.promisedDeliveryAt = try row.next(Timestamp?.self)
    progress.promisedQuality = try row.next(String?.self)
    progress.failedInspections = Int(try row.next(Int32.self))
    progress.technicians = try row.next([UUID].self)
    progress.visits = WorkOrderJSON.visits(try row.next(JSONB.self).bytes)
    progress.invoiceNumber = try row.next(String?.self)
    progress.deliveredAt = try row.next(Timestamp?.self)
    progress.closedAt = try row.next(Timestamp?.self)
    progress.exitReason = try row.next(String?.self)
    return progress
  }
}
