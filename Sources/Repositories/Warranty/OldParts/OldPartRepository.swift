package import Domain
package import FoundationEssentials
package import Postgres

/// Old parts: each scope sees its own, a supplier what was sent to it (OLD-05).
package enum OldPartRepository: DocumentStore {
  package static func find(_ reference: Reference<OldPart>, in scope: Scope) -> Query<OldPart?> {
    Query.optional(selection(reference, scope), decode)
  }

  /// As `find`, and nobody else changes the part until the transaction ends.
  package static func lock(_ reference: Reference<OldPart>, in scope: Scope) -> Query<OldPart?> {
    Query.optional(selection(reference, scope) + " for update of o", decode)
  }

  package static func list(
    _ filter: OldPartFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<OldPart>> {
    var plan = ListPlan(
      columns: columns, from: "old_parts o", id: "o.id", sorts: sorts, window: window,
      conditions: [scope.condition(oldPart: "o")])
    if !filter.states.isEmpty { plan.filter("o.state = any (\(filter.states.map(\.rawValue)))") }
    if let station = filter.stationID { plan.filter("o.station_id = \(station)") }
    if let order = filter.workOrderID { plan.filter("o.work_order_id = \(order)") }
    if let vehicle = filter.vehicleID { plan.filter("o.vehicle_id = \(vehicle)") }
    if let supplier = filter.supplierID { plan.filter("o.supplier_id = \(supplier)") }
    if let recovery = filter.recoveryID { plan.filter("o.recovery_id = \(recovery)") }
    if let claim = filter.claimNumber { plan.filter("o.claim_number = \(claim)") }
    if let part = filter.partNumber { plan.filter("o.part_number = \(part)") }
    if let list = filter.packingList { plan.filter("o.packing_list = \(list)") }
    if let from = filter.createdFrom { plan.filter("o.created_at >= \(from)") }
    if let before = filter.createdBefore { plan.filter("o.created_at < \(before)") }
    if let number = filter.number { plan.filter("o.number = \(number)") }
    return plan.query(page, decode: decode)
  }

  package static let window = ListPlan.WindowColumns(updated: "o.updated_at")

  /// The fields that a list may be ordered by.
  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("o.created_at", type: "timestamptz"),
    "number": .init("o.number", type: "text"),
    "updatedAt": .init("o.updated_at", type: "timestamptz"),
  ]

  // MARK: What other families ask

  /// The parts of a claim, by line, locked.
  package static func lock(claim: UUID) -> Query<[OldPart]> {
    Query.list(
      "select \(columns) from old_parts o where o.claim_id = \(claim) order by o.claim_line for update of o", decode)
  }

  /// The part that was tagged on an order before anybody claimed it, oldest first, locked.
  package static func lockUnclaimed(
    order: WorkOrder.ID, part: String, at station: Station.ID
  ) -> Query<OldPart?> {
    Query.optional(
      """
      select \(columns) from old_parts o
      where o.work_order_id = \(order) and o.station_id = \(station) and o.part_number = \(part)
        and o.claim_id is null and o.state = 'tagged'
      order by o.created_at, o.id limit 1 for update of o
      """, decode)
  }

  /// Those of the given parts, locked in one order whoever asks.
  package static func lock(_ ids: [OldPart.ID]) -> Query<[OldPart]> {
    Query.list("select \(columns) from old_parts o where o.id = any (\(ids)) order by o.id for update of o", decode)
  }

  /// Parts that time does something to: those whose clock was missed before they were shipped, those that a claim line has waited for
  /// long enough, and those that were used again or scrapped.
  package static func due(at instant: Timestamp, in job: String, limit: Int) -> Query<[OldPart.ID]> {
    Query.list(
      """
      select o.id from old_parts o
      where (o.state in ('reused', 'scrapped')
          or o.state in ('overdue', 'mismatch') and o.blocked_until <= \(instant)
          or o.state = 'due' and \(isMissed))
        and \(DeferredWorkRepository.isFree("o.id", in: job, at: instant))
      order by o.id limit \(limit)
      """
    ) { try $0.next(OldPart.ID.self) }
  }

  /// Whether its clock was missed before it was shipped.
  package static func isMissed(_ id: OldPart.ID) -> Query<Bool> {
    Query.one("select exists (select from old_parts o where o.id = \(id) and o.state = 'due' and \(isMissed))") {
      try $0.next(Bool.self)
    }
  }

  private static let isMissed: SQL = """
    exists (
      select from clocks c
      where c.subject_id = o.id and c.subject_resource = 'oldPart' and c.kind = 'oldPartReturn' and c.state = 'breached')
    """

  // MARK: Writing

  package static func save(_ after: OldPart, over before: OldPart?) -> [Query<Int>] {
    [before.map { update(after, expecting: $0.version) } ?? insert(after)]
  }

  private static func insert(_ document: OldPart) -> Query<Int> {
    let (header, progress) = (document.header, document.progress)
    return refusing(
      Query.execute(
        """
        insert into old_parts (id, number, station_id, state, work_order_id, vehicle_id, claim_id, claim_number,
          claim_line, part_number, part_description, serial_number, quantity, fault_code, fault, removed_on,
          storage_place, supplier_id, tagged_at, requested_at, tag, request, \(RecordColumns.names))
        values (\(document.id), \(document.number), \(document.stationID), \(document.state.rawValue),
          \(header.workOrderID), \(header.vehicleID), \(header.claim?.claimID), \(header.claim?.number),
          \(header.claim?.line), \(header.partNumber), \(header.partDescription), \(header.serialNumber),
          \(header.quantity), \(header.faultCode), \(header.fault), \(header.removedOn),
          \(progress.tag?.storagePlace), \(header.supplierID), \(progress.tag?.signature.at), \(progress.request?.at),
          \(progress.tag.map(OldPartJSON.encode)), \(progress.request.map(OldPartJSON.encode)),
          \(RecordColumns.values(header.externalIDs, document.version, document.stamp)))
        """))
  }

  /// Saves a changed part: one statement that checks and changes (C-16). 0 rows: another version.
  private static func update(_ document: OldPart, expecting version: Int) -> Query<Int> {
    let (header, progress) = (document.header, document.progress)
    return refusing(
      Query.execute(
        """
        update old_parts
        set state = \(document.state.rawValue), claim_id = \(header.claim?.claimID),
          claim_number = \(header.claim?.number), claim_line = \(header.claim?.line),
          part_description = \(header.partDescription), serial_number = \(header.serialNumber),
          fault_code = \(header.faultCode), fault = \(header.fault), removed_on = \(header.removedOn),
          storage_place = \(progress.receipt?.storagePlace ?? progress.tag?.storagePlace),
          supplier_id = \(header.supplierID), recipient_supplier_id = \(progress.recipientID),
          recovery_id = \(progress.recoveryID), tagged_at = \(progress.tag?.signature.at),
          requested_at = \(progress.request?.at), overdue_at = \(progress.overdueAt),
          blocked_until = \(progress.blockedUntil),
          packing_list = \(progress.shipment?.packingList), tag = \(progress.tag.map(OldPartJSON.encode)),
          request = \(progress.request.map(OldPartJSON.encode)),
          shipment = \(progress.shipment.map(OldPartJSON.encode)),
          receipt = \(progress.receipt.map(OldPartJSON.encode)),
          inspection = \(progress.inspection.map(OldPartJSON.encode)),
          forwarding = \(progress.forwarding.map(OldPartJSON.encode)),
          disposal = \(progress.disposal.map(OldPartJSON.encode)),
          \(RecordColumns.assignments(header.externalIDs, document.version, document.stamp))
        where id = \(document.id) and version = \(version)
        """))
  }

  private static func refusing(_ query: Query<Int>) -> Query<Int> {
    query
      .refusing("old_parts_station_id_fkey") {
        Refusal.invalid("#/stationId", .notFound, "there is no such station")
      }
      .refusing("old_parts_vehicle_id_fkey") {
        Refusal.invalid("#/vehicleId", .notFound, "there is no such vehicle")
      }
      .refusing("old_parts_work_order_id_fkey") {
        Refusal.invalid("#/workOrderId", .notFound, "there is no such order at this station")
      }
      .refusing("old_parts_supplier_id_fkey") {
        Refusal.invalid("#/supplierId", .notFound, "there is no such supplier")
      }
      .refusing("old_parts_recipient_supplier_id_fkey") {
        Refusal.invalid("#/supplierId", .notFound, "there is no such supplier")
      }
  }

  private static let columns: SQL = """
    o.id, o.number, o.station_id, o.state, o.work_order_id, o.vehicle_id, o.claim_id, o.claim_number, o.claim_line,
    o.part_number, o.part_description, o.serial_number, o.quantity, o.fault_code, o.fault, o.removed_on, o.supplier_id,
    o.recovery_id, o.overdue_at, o.blocked_until, o.tag, o.request, o.shipment, o.receipt, o.inspection, o.forwarding, o.disposal,
    (select v.vin from vehicles v where v.id = o.vehicle_id),
    (select w.number from work_orders w where w.id = o.work_order_id),
    (select s.code from stations s where s.id = o.station_id), (select s.name from stations s where s.id = o.station_id),
    (select c.due_at from clocks c
      where c.subject_id = o.id and c.subject_resource = 'oldPart' and c.kind = 'oldPartReturn'
      order by c.occurrence desc limit 1),
    o.external_ids, o.version, o.created_at, o.created_by, o.created_by_id, o.updated_at, o.updated_by, o.updated_by_id
    """

  private static func selection(_ reference: Reference<OldPart>, _ scope: Scope) -> SQL {
    let base: SQL = "select \(columns) from old_parts o where \(scope.condition(oldPart: "o")) and "
    return switch reference {
    case .id(let id): base + "o.id = \(id)"
    case .number(let number): base + "o.number = \(number)"
    }
  }

  @Sendable private static func decode(_ row: inout Row) throws -> OldPart {
    let id = try row.next(OldPart.ID.self)
    let number = try row.next(String.self)
    let station = try row.next(Station.ID.self)
    let state = try row.next(as: OldPart.State.self)
    let order = try row.next(WorkOrder.ID?.self)
    let vehicle = try row.next(Vehicle.ID?.self)
    let claimID = try row.next(UUID?.self)
    let claimNumber = try row.next(String?.self)
    let claimLine = try row.next(Int?.self)
    var claim: OldPart.ClaimLine?
    if let claimID, let claimNumber, let claimLine {
      claim = OldPart.ClaimLine(claimID: claimID, number: claimNumber, line: claimLine)
    }
    var header = OldPartHeader(
      workOrderID: order, vehicleID: vehicle, claim: claim, partNumber: try row.next(String.self),
      partDescription: try row.next(String.self), serialNumber: try row.next(String?.self),
      quantity: try row.next(Int.self), faultCode: try row.next(String?.self), fault: try row.next(String.self),
      removedOn: try row.next(CalendarDate?.self), supplierID: try row.next(Supplier.ID?.self), externalIDs: [:])
    var progress = OldPartProgress()
    progress.recoveryID = try row.next(SupplierRecovery.ID?.self)
    progress.overdueAt = try row.next(Timestamp?.self)
    progress.blockedUntil = try row.next(Timestamp?.self)
    progress.tag = try row.next(JSONB?.self).flatMap { OldPartJSON.tag($0.bytes) }
    progress.request = try row.next(JSONB?.self).flatMap { OldPartJSON.signature($0.bytes) }
    progress.shipment = try row.next(JSONB?.self).flatMap { OldPartJSON.shipment($0.bytes) }
    progress.receipt = try row.next(JSONB?.self).flatMap { OldPartJSON.receipt($0.bytes) }
    progress.inspection = try row.next(JSONB?.self).flatMap { OldPartJSON.inspection($0.bytes) }
    progress.forwarding = try row.next(JSONB?.self).flatMap { OldPartJSON.forwarding($0.bytes) }
    progress.disposal = try row.next(JSONB?.self).flatMap { OldPartJSON.disposal($0.bytes) }
    let shown = OldPartReferences(
      vin: try row.next(String?.self), workOrderNumber: try row.next(String?.self),
      stationCode: try row.next(String?.self), stationName: try row.next(String?.self),
      dueAt: try row.next(Timestamp?.self))
    let tail = try row.nextRecordTail()
    header.externalIDs = tail.externalIDs
    return OldPart(
      id: id, number: number, stationID: station, state: state, version: tail.version, stamp: tail.stamp,
      header: header, progress: progress, shown: shown)
  }
}
