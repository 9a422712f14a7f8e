package import Domain
package import FoundationEssentials
package import Postgres

/// What is held back for whom; triggers keep the levels.
package enum ReservationRepository: DocumentStore {
  package typealias Document = Reservation
  package typealias Filter = ReservationFilter

  package static let window = ListPlan.WindowColumns(
    number: "r.number", created: "r.created_at", updated: "r.updated_at")

  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("r.created_at", type: "timestamptz"),
    "expiresAt": .init("r.expires_at", type: "timestamptz"),
    "number": .init("r.number", type: "text"),
  ]

  package static func find(_ reference: Reference<Reservation>, in scope: Scope) -> Query<Reservation?> {
    Query.optional(selection(reference, scope), decode)
  }

  package static func lock(_ reference: Reference<Reservation>, in scope: Scope) -> Query<Reservation?> {
    Query.optional(selection(reference, scope) + " for update of r", decode)
  }

  package static func list(
    _ filter: ReservationFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<Reservation>> {
    var plan = ListPlan(
      columns: columns, from: source, id: "r.id", sorts: sorts, window: window,
      conditions: [scope.condition(on: "r.station_id")])
    if !filter.states.isEmpty { plan.filter("r.state = any (\(filter.states.map(\.rawValue)))") }
    if !filter.purposes.isEmpty { plan.filter("r.purpose = any (\(filter.purposes.map(\.rawValue)))") }
    if let station = filter.stationID { plan.filter("r.station_id = \(station)") }
    if let location = filter.locationID { plan.filter("r.location_id = \(location)") }
    if let part = filter.partID { plan.filter("r.part_id = \(part)") }
    if let order = filter.workOrderID { plan.filter("r.work_order_id = \(order)") }
    if let appointment = filter.appointmentID { plan.filter("r.appointment_id = \(appointment)") }
    return plan.query(page, decode: decode)
  }

  /// The active ones of a part that are held for a document or for the appointment that it comes from, the first to run out
  /// first, locked.
  package static func active(
    _ part: Part.ID, at location: StockLocation.ID, for purposes: [UUID], in scope: Scope
  ) -> Query<[Reservation]> {
    Query.list(
      """
      select \(columns) from \(source)
      where \(scope.condition(on: "r.station_id")) and r.state = 'active' and r.location_id = \(location)
        and r.part_id = \(part)
        and (coalesce(r.work_order_id, r.appointment_id, r.parts_order_id) = any (\(purposes))
          or r.appointment_id in (select v.id from appointments v where v.work_order_id = any (\(purposes))))
      order by r.expires_at, r.id
      for update of r
      """, decode)
  }

  /// All active ones that are held for a document or for the appointment that it comes from, the first to run out first.
  package static func held(for document: UUID, in scope: Scope) -> Query<[Reservation]> {
    Query.list(held(document, scope) + " order by r.expires_at, r.id", decode)
  }

  /// The same, locked, in the order in which everybody locks levels.
  package static func lockHeld(for document: UUID, in scope: Scope) -> Query<[Reservation]> {
    Query.list(held(document, scope) + " order by r.location_id, r.part_id, r.id for update of r", decode)
  }

  /// What an appointment still holds, locked, in the order in which everybody locks levels.
  package static func lockHeld(forAppointment appointment: Appointment.ID, in scope: Scope) -> Query<[Reservation]> {
    Query.list(
      """
      select \(columns) from \(source)
      where \(scope.condition(on: "r.station_id")) and r.state = 'active' and r.appointment_id = \(appointment)
      order by r.location_id, r.part_id, r.id
      for update of r
      """, decode)
  }

  private static func held(_ document: UUID, _ scope: Scope) -> SQL {
    """
    select \(columns) from \(source)
    where \(scope.condition(on: "r.station_id")) and r.state = 'active'
      and (r.work_order_id = \(document) or r.appointment_id in (
        select v.id from appointments v where v.work_order_id = \(document)))
    """
  }

  /// Those whose time is over, of all stations: not those that somebody works on.
  package static func due(at instant: Timestamp, limit: Int) -> Query<[Reservation]> {
    Query.list(
      """
      select \(columns) from \(source)
      where r.state = 'active' and r.expires_at <= \(instant)
      order by r.expires_at, r.id
      limit \(limit)
      for update of r skip locked
      """, decode)
  }

  /// For which order each of them is held, its own or that of the vehicle that came to the appointment.
  package static func orders(of reservations: [Reservation.ID]) -> Query<[(Reservation.ID, WorkOrder.ID)]> {
    Query.list(
      """
      select r.id, coalesce(r.work_order_id, v.work_order_id)
      from reservations r
        left join appointments v on v.id = r.appointment_id
      where r.id = any (\(reservations)) and coalesce(r.work_order_id, v.work_order_id) is not null
      """
    ) { row in (try row.next(Reservation.ID.self), try row.next(WorkOrder.ID.self)) }
  }

  /// How orders stand, and that they stay so: not those that somebody works on.
  package static func holdStill(_ orders: [WorkOrder.ID]) -> Query<[(WorkOrder.ID, WorkOrder.State)]> {
    Query.list(
      """
      select w.id, w.state from work_orders w where w.id = any (\(orders)) order by w.id for share of w skip locked
      """
    ) { row in (try row.next(WorkOrder.ID.self), try row.next(as: WorkOrder.State.self)) }
  }

  package static func save(_ after: Reservation, over before: Reservation?) -> [Query<Int>] {
    [before.map { update(after, expecting: $0.version) } ?? insert(after)]
  }

  private static func insert(_ reservation: Reservation) -> Query<Int> {
    let purpose = reservation.purpose
    return Query.execute(
      """
      insert into reservations (id, number, location_id, part_id, state, quantity, issued, purpose, work_order_id,
        appointment_id, parts_order_id, to_location_id, expires_at, \(RecordColumns.names))
      values (\(reservation.id), \(reservation.number), \(reservation.locationID), \(reservation.partID),
        \(reservation.state.rawValue), \(Int32(clamping: reservation.quantity)), \(Int32(clamping: reservation.issued)),
        \(purpose.kind.rawValue), \(purpose.workOrderID), \(purpose.appointmentID), \(purpose.partsOrderID),
        \(purpose.destinationID), \(reservation.expiresAt),
        \(RecordColumns.values([:], reservation.version, reservation.stamp)))
      """
    )
    .refusingStock(reservation.partID, at: reservation.locationID, requested: reservation.quantity)
    .refusing("reservations_part_id_fkey") { Refusal.invalid("#/partId", .notFound, "there is no such part") }
    .refusing("reservations_work_order_id_fkey") {
      Refusal.invalid("#/workOrderId", .notFound, "there is no such order at this station")
    }
    .refusing("reservations_appointment_id_fkey") {
      Refusal.invalid("#/appointmentId", .notFound, "there is no such appointment at this station")
    }
    .refusing("reservations_to_location_id_fkey") {
      Refusal.invalid("#/toLocationId", .notFound, "there is no such warehouse")
    }
    .refusing("reservations_elsewhere") {
      Refusal.invalid("#/toLocationId", .inconsistent, "must be another warehouse")
    }
  }

  private static func update(_ reservation: Reservation, expecting version: Int) -> Query<Int> {
    Query.execute(
      """
      update reservations
      set state = \(reservation.state.rawValue), issued = \(Int32(clamping: reservation.issued)),
        expires_at = \(reservation.expiresAt), ended_at = \(reservation.endedAt), end_reason = \(reservation.endReason),
        \(RecordColumns.assignments([:], reservation.version, reservation.stamp))
      where id = \(reservation.id) and version = \(version)
      """
    ).refusingStock(reservation.partID, at: reservation.locationID, requested: reservation.outstanding)
  }

  private static let source: SQL = "reservations r join parts p on p.id = r.part_id"

  private static let columns: SQL = """
    r.id, r.number, r.location_id, r.station_id, r.part_id, p.number, r.state, r.quantity, r.issued, r.purpose,
    r.work_order_id, r.appointment_id, r.parts_order_id, r.to_location_id, r.expires_at, r.ended_at, r.end_reason,
    \(RecordColumns.selected(from: "r"))
    """

  private static func selection(_ reference: Reference<Reservation>, _ scope: Scope) -> SQL {
    let base: SQL = "select \(columns) from \(source) where \(scope.condition(on: "r.station_id")) and "
    return switch reference {
    case .id(let id): base + "r.id = \(id)"
    case .number(let number): base + "r.number = \(number)"
    }
  }

  @Sendable private static func decode(_ row: inout Row) throws -> Reservation {
    let id = try row.next(Reservation.ID.self)
    let number = try row.next(String.self)
    let location = try row.next(StockLocation.ID.self)
    let station = try row.next(Station.ID?.self)
    let part = try row.next(Part.ID.self)
    let partNumber = try row.next(String.self)
    let state = try row.next(as: Reservation.State.self)
    let quantity = Int(try row.next(Int32.self))
    let issued = Int(try row.next(Int32.self))
    let kind = try row.next(as: Reservation.Purpose.Kind.self)
    let order = try row.next(WorkOrder.ID?.self)
    let appointment = try row.next(Appointment.ID?.self)
    let partsOrder = try row.next(UUID?.self)
    let destination = try row.next(StockLocation.ID?.self)
    let expiresAt = try row.next(Timestamp.self)
    let endedAt = try row.next(Timestamp?.self)
    let endReason = try row.next(String?.self)
    let tail = try row.nextRecordTail()
    return Reservation(
      id: id, number: number, locationID: location, stationID: station, partID: part, partNumber: partNumber,
      state: state, quantity: quantity, issued: issued,
      purpose: try purpose(kind, order, appointment, partsOrder, destination), expiresAt: expiresAt, endedAt: endedAt,
      endReason: endReason, version: tail.version, stamp: tail.stamp)
  }

  private static func purpose(
    _ kind: Reservation.Purpose.Kind, _ order: WorkOrder.ID?, _ appointment: Appointment.ID?, _ partsOrder: UUID?,
    _ destination: StockLocation.ID?
  ) throws -> Reservation.Purpose {
    switch (kind, order, appointment, partsOrder, destination) {
    case (.workOrder, .some(let id), _, _, _): .workOrder(id)
    case (.appointment, _, .some(let id), _, _): .appointment(id)
    case (.partsOrder, _, _, .some(let id), _): .partsOrder(id)
    case (.transfer, _, _, _, .some(let id)): .transfer(to: id)
    default: throw Failure.internal(reference: "a reservation without its purpose")
    }
  }
}
