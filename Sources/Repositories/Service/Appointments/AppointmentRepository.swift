package import Domain
import FoundationEssentials
package import Postgres

/// Appointments (SM-2).
package enum AppointmentRepository: DocumentStore {
  package static let window = ListPlan.WindowColumns(updated: "a.updated_at")

  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("a.created_at", type: "timestamptz"),
    "number": .init("a.number", type: "text"),
    "startsAt": .init("a.starts_at", type: "timestamptz", nullable: true),
    "updatedAt": .init("a.updated_at", type: "timestamptz"),
  ]

  package static func find(_ reference: Reference<Appointment>, in scope: Scope) -> Query<Appointment?> {
    Query.optional(
      "select " + columns + " from appointments a where " + names(reference) + " and "
        + scope.condition(appointment: "a"), decode)
  }

  package static func lock(_ reference: Reference<Appointment>, in scope: Scope) -> Query<Appointment?> {
    Query.optional(
      "select " + columns + " from appointments a where " + names(reference) + " and "
        + scope.condition(appointment: "a") + " for update of a", decode)
  }

  package static func list(
    _ filter: AppointmentFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<Appointment>> {
    var plan = ListPlan(
      columns: columns, from: "appointments a", id: "a.id", sorts: sorts, window: window,
      conditions: [scope.condition(appointment: "a")])
    if filter.states.count == 1 {
      plan.filter("a.state = \(filter.states[0].rawValue)")
    } else if !filter.states.isEmpty {
      plan.filter("a.state = any (\(filter.states.map(\.rawValue)))")
    }
    if let station = filter.stationID { plan.filter("a.station_id = \(station)") }
    if let customer = filter.customerID { plan.filter("a.customer_id = \(customer)") }
    if let vehicle = filter.vehicleID { plan.filter("a.vehicle_id = \(vehicle)") }
    if let priority = filter.priority { plan.filter("a.priority = \(priority.rawValue)") }
    if let from = filter.startsFrom { plan.filter("a.starts_at >= \(from)") }
    if let before = filter.startsBefore { plan.filter("a.starts_at < \(before)") }
    if let from = filter.createdFrom { plan.filter("a.created_at >= \(from)") }
    if let before = filter.createdBefore { plan.filter("a.created_at < \(before)") }
    if let number = filter.number { plan.filter("a.number = \(number)") }
    return plan.query(page, decode: decode)
  }

  /// Confirmed appointments that begin before an instant and whose customers were not reminded, locked.
  package static func toRemind(from: Timestamp, before: Timestamp, limit: Int) -> Query<[Appointment]> {
    Query.list(
      "select " + columns
        + """
         from appointments a
        where a.state = 'confirmed' and a.reminded_at is null and a.starts_at > \(from) and a.starts_at < \(before)
        order by a.starts_at
        limit \(limit)
        for update of a skip locked
        """, decode)
  }

  package static func save(_ after: Appointment, over before: Appointment?) -> [Query<Int>] {
    [before.map { update(after, expecting: $0.version) } ?? insert(after)]
  }

  private static func insert(_ appointment: Appointment) -> Query<Int> {
    let (request, stamp) = (appointment.request, appointment.stamp)
    return refusing(
      Query.execute(
        """
        insert into appointments (id, number, station_id, state, version, channel, source_order_id, contact_name,
          contact_phone, plate, customer_id, vehicle_id, vehicle_description, service_type, service_item_id,
          fault_description, wished_at, duration_minutes, skill, priority, parts, note, external_ids, proposals,
          created_at, created_by, created_by_id, updated_at, updated_by, updated_by_id)
        values (\(appointment.id), \(appointment.number), \(appointment.stationID), \(appointment.state.rawValue),
          \(Int32(appointment.version)), \(appointment.channel.rawValue), \(appointment.sourceOrderID),
          \(request.contactName), \(sealed: request.contactPhone, at: place(appointment.id)), \(request.plate), \(request.customerID),
          \(request.vehicleID), \(request.vehicleDescription), \(request.serviceType.rawValue),
          \(request.serviceItemID), \(request.faultDescription), \(request.wishedAt),
          \(Int32(request.durationMinutes)), \(request.skill.rawValue), \(request.priority.rawValue),
          \(encode(request.parts)), \(request.note), \(EventJSON.encode(request.externalIDs)),
          \(encode(appointment.proposals)), \(stamp.createdAt), \(stamp.createdBy.name), \(stamp.createdBy.id),
          \(stamp.updatedAt), \(stamp.updatedBy.name), \(stamp.updatedBy.id))
        """), appointment)
  }

  private static func update(_ appointment: Appointment, expecting version: Int) -> Query<Int> {
    let (request, stamp, booking) = (appointment.request, appointment.stamp, appointment.booking)
    return refusing(
      Query.execute(
        """
        update appointments
        set state = \(appointment.state.rawValue), version = \(Int32(appointment.version)),
          contact_name = \(request.contactName), contact_phone = \(sealed: request.contactPhone, at: place(appointment.id)), plate = \(request.plate),
          customer_id = \(request.customerID), vehicle_id = \(request.vehicleID),
          vehicle_description = \(request.vehicleDescription), service_type = \(request.serviceType.rawValue),
          service_item_id = \(request.serviceItemID), fault_description = \(request.faultDescription),
          wished_at = \(request.wishedAt), duration_minutes = \(Int32(request.durationMinutes)),
          skill = \(request.skill.rawValue), priority = \(request.priority.rawValue), parts = \(encode(request.parts)),
          note = \(request.note), external_ids = \(EventJSON.encode(request.externalIDs)),
          proposals = \(encode(appointment.proposals)), bay_id = \(booking?.bayID), starts_at = \(booking?.startsAt),
          ends_at = \(booking?.endsAt), reminded_at = \(appointment.remindedAt),
          work_order_id = \(appointment.workOrderID), exit_reason = \(appointment.exitReason),
          updated_at = \(stamp.updatedAt), updated_by = \(stamp.updatedBy.name), updated_by_id = \(stamp.updatedBy.id)
        where id = \(appointment.id) and version = \(Int32(version))
        """), appointment)
  }

  private static func refusing(_ query: Query<Int>, _ appointment: Appointment) -> Query<Int> {
    query.refusingTakenIdentity().refusing("appointments_customer_erased") {
      Refusal.invalid("#/customerId", .notFound, "there is no such customer at this station")
    }.refusing("appointments_customer_id_fkey") {
      Refusal.invalid("#/customerId", .notFound, "there is no such customer at this station")
    }.refusing("appointments_vehicle_id_fkey") {
      Refusal.invalid("#/vehicleId", .notFound, "there is no such vehicle")
    }.refusing("appointments_service_item_id_fkey") {
      Refusal.invalid("#/serviceItemId", .notFound, "there is no such service item")
    }.refusing("appointments_station_id_fkey") {
      Refusal.invalid("#/stationId", .notFound, "there is no such station")
    }.refusing(
      "appointments_bay_taken", conflict: "slot-taken", "Somebody else has this time in the bay.",
      appointment.booking.map { [.startsAt($0.startsAt)] } ?? [],
      naming: ConflictLookup.documents(.appointment) { scope in
        """
        select a.id, a.number, a.state, null::integer
        from appointments a
        where a.bay_id = \(appointment.booking?.bayID) and a.id <> \(appointment.id)
          and a.state in ('confirmed', 'checkedIn') and \(scope.condition(on: "a.station_id"))
          and tstzrange(a.starts_at, a.ends_at)
            && tstzrange(\(appointment.booking?.startsAt), \(appointment.booking?.endsAt))
        order by a.starts_at
        """
      })
  }

  private static func encode(_ parts: [NeededPart]) -> JSONB {
    EventJSON.encode(
      .list(
        parts.map {
          .object([
            "partNumber": .text($0.partNumber), "description": .optional($0.description),
            "quantity": .integer(Int64($0.quantity)),
          ])
        }))
  }

  private static func parts(_ value: EventValue) throws -> [NeededPart] {
    guard case .list(let items) = value else {
      throw Failure.internal(reference: "parts of an appointment are no list")
    }
    return try items.map { item in
      guard case .object(let members) = item, case .text(let number) = members["partNumber"],
        case .integer(let quantity) = members["quantity"]
      else { throw Failure.internal(reference: "a part of an appointment has no number or quantity") }
      var description: String?
      if case .text(let text) = members["description"] { description = text }
      return NeededPart(partNumber: number, description: description, quantity: Int(quantity))
    }
  }

  private static func encode(_ times: [Timestamp]) -> JSONB {
    EventJSON.encode(.list(times.map { .integer($0.milliseconds) }))
  }

  private static func times(_ value: EventValue) -> [Timestamp] {
    guard case .list(let items) = value else { return [] }
    return items.compactMap { if case .integer(let number) = $0 { Timestamp(milliseconds: number) } else { nil } }
  }

  private static func names(_ reference: Reference<Appointment>) -> SQL {
    switch reference {
    case .id(let id): "a.id = \(id)"
    case .number(let number): "a.number = \(number)"
    }
  }

  private static let columns: SQL = """
    a.id, a.number, a.station_id, a.state, a.version, a.channel, a.source_order_id, a.contact_name, a.contact_phone,
    a.plate, a.customer_id, a.vehicle_id, a.vehicle_description, a.service_type, a.service_item_id,
    a.fault_description, a.wished_at, a.duration_minutes, a.skill, a.priority, a.parts, a.note, a.external_ids,
    a.proposals, a.bay_id, a.starts_at, a.ends_at, a.reminded_at, a.work_order_id, a.exit_reason, a.created_at,
    a.created_by, a.created_by_id, a.updated_at, a.updated_by, a.updated_by_id
    """

  @Sendable private static func decode(_ row: inout Row) throws -> Appointment {
    let id = try row.next(Appointment.ID.self)
    let number = try row.next(String.self)
    let station = try row.next(Station.ID.self)
    let state = try row.next(as: Appointment.State.self)
    let version = Int(try row.next(Int32.self))
    let channel = try row.next(as: Appointment.Channel.self)
    let source = try row.next(WorkOrder.ID?.self)
    let request = try request(&row, of: id)
    let proposals = times(EventJSON.value(try row.next(JSONB.self).bytes))
    let bay = try row.next(Workshop.Bay.ID?.self)
    let startsAt = try row.next(Timestamp?.self)
    let endsAt = try row.next(Timestamp?.self)
    var booking: Appointment.Booking?
    if let bay, let startsAt, let endsAt {
      booking = Appointment.Booking(bayID: bay, startsAt: startsAt, endsAt: endsAt)
    }
    let remindedAt = try row.next(Timestamp?.self)
    let order = try row.next(WorkOrder.ID?.self)
    let reason = try row.next(String?.self)
    return Appointment(
      id: id, number: number, stationID: station, channel: channel, sourceOrderID: source, state: state,
      version: version, stamp: try row.nextStamp(), request: request, proposals: proposals, booking: booking,
      remindedAt: remindedAt, workOrderID: order, exitReason: reason)
  }

  private static func place(_ id: Appointment.ID) -> SealedPlace {
    SealedPlace("appointments", "contact_phone", id.uuid)
  }

  private static func request(_ row: inout Row, of id: Appointment.ID) throws -> AppointmentRequest {
    let name = try row.next(String.self)
    let phone = try row.nextSealed(at: place(id))
    let plate = try row.next(String.self)
    let customer = try row.next(Customer.ID?.self)
    let vehicle = try row.next(Vehicle.ID?.self)
    let description = try row.next(String?.self)
    let type = try row.next(as: WorkOrder.ServiceType.self)
    let item = try row.next(ServiceItem.ID?.self)
    let fault = try row.next(String?.self)
    let wishedAt = try row.next(Timestamp?.self)
    let minutes = Int(try row.next(Int32.self))
    let skill = try row.next(as: Workshop.Skill.self)
    let priority = try row.next(as: Appointment.Priority.self)
    let parts = try parts(EventJSON.value(try row.next(JSONB.self).bytes))
    let note = try row.next(String?.self)
    return AppointmentRequest(
      contactName: name, contactPhone: phone, plate: plate, customerID: customer, vehicleID: vehicle,
      vehicleDescription: description, serviceType: type, serviceItemID: item, faultDescription: fault,
      wishedAt: wishedAt, durationMinutes: minutes, skill: skill, priority: priority, parts: parts, note: note,
      externalIDs: EventJSON.texts(try row.next(JSONB.self).bytes))
  }
}
