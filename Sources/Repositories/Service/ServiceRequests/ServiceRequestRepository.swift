package import Domain
import FoundationEssentials
package import Postgres

/// Service requests: seen by the station that registered one and by the station that has it; headquarters sees all.
package enum ServiceRequestRepository: DocumentStore {
  package static func find(_ reference: Reference<ServiceRequest>, in scope: Scope) -> Query<ServiceRequest?> {
    Query.optional(selection(reference, scope), decode(scope))
  }

  /// As `find`, and nobody else changes the request until the transaction ends.
  package static func lock(_ reference: Reference<ServiceRequest>, in scope: Scope) -> Query<ServiceRequest?> {
    Query.optional(selection(reference, scope) + " for update of r", decode(scope))
  }

  /// The request that is worked on under an order, locked until the transaction ends.
  package static func lock(under order: WorkOrder.ID, in scope: Scope) -> Query<ServiceRequest?> {
    Query.optional(
      "select \(columns) from service_requests r where \(visible(to: scope)) and r.work_order_id = \(order)"
        + " order by r.created_at desc limit 1 for update of r", decode(scope))
  }

  package static func list(
    _ filter: ServiceRequestFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<ServiceRequest>> {
    var plan = ListPlan(
      columns: columns, from: "service_requests r", id: "r.id", sorts: sorts, window: window,
      conditions: [visible(to: scope)])
    if !filter.states.isEmpty { plan.filter("r.state = any (\(filter.states.map(\.rawValue)))") }
    if !filter.kinds.isEmpty { plan.filter("r.kind = any (\(filter.kinds.map(\.rawValue)))") }
    if !filter.urgencies.isEmpty { plan.filter("r.urgency = any (\(filter.urgencies.map(\.rawValue)))") }
    if !filter.mediums.isEmpty { plan.filter("r.medium = any (\(filter.mediums.map(\.rawValue)))") }
    if let station = filter.stationID { plan.filter("r.station_id = \(station) and r.dispatched_at is not null") }
    if let customer = filter.customerID { plan.filter("r.customer_id = \(customer)") }
    if let vehicle = filter.vehicleID { plan.filter("r.vehicle_id = \(vehicle)") }
    if let order = filter.workOrderID { plan.filter("r.work_order_id = \(order)") }
    if let vin = filter.vin { plan.filter("r.vin = \(vin)") }
    if let from = filter.createdFrom { plan.filter("r.created_at >= \(from)") }
    if let before = filter.createdBefore { plan.filter("r.created_at < \(before)") }
    if let number = filter.number { plan.filter("r.number = \(number)") }
    return plan.query(page, decode: decode(scope))
  }

  package static let window = ListPlan.WindowColumns(updated: "r.updated_at")

  /// The fields that a list may be ordered by.
  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("r.created_at", type: "timestamptz"),
    "number": .init("r.number", type: "text"),
    "updatedAt": .init("r.updated_at", type: "timestamptz"),
  ]

  package static func save(_ after: ServiceRequest, over before: ServiceRequest?) -> [Query<Int>] {
    [before.map { update(after, expecting: $0.version) } ?? insert(after)]
  }

  package static func insert(_ request: ServiceRequest) -> Query<Int> {
    let header = request.header
    return refusing(
      Query.execute(
        """
        insert into service_requests (id, number, registered_station_id, station_id, state, kind, source, medium,
          urgency, contact_name, contact_phone, customer_id, vehicle_id, vin, plate, latitude_microdegrees,
          longitude_microdegrees, address, city, region_id, mode, city_minor_repair, need, symptom, repair_type, brand,
          skill, inspection, \(RecordColumns.names))
        values (\(request.id), \(request.number), \(request.registeredStationID), \(request.stationID),
          \(request.state.rawValue), \(header.kind.rawValue), \(header.source.rawValue), \(header.medium.rawValue),
          \(header.urgency.rawValue), \(header.contact.name), \(sealed: header.contact.phone, at: place("contact_phone", request.id)), \(header.customerID),
          \(header.vehicleID), \(header.vin), \(header.plate), \(header.place.position?.latitudeMicrodegrees),
          \(header.place.position?.longitudeMicrodegrees), \(sealed: header.place.address, at: place("address", request.id)), \(header.place.city),
          \(header.place.regionID), \(header.mode.rawValue), \(header.cityMinorRepair), \(header.need),
          \(header.symptom), \(header.requirement.repairType), \(header.requirement.brand),
          \(header.requirement.skill), \(header.inspection.map(ServiceRequestJSON.encode)),
          \(RecordColumns.values(header.externalIDs, request.version, request.stamp)))
        """))
  }

  /// Saves a changed request: one statement that checks and changes (C-16). 0 rows: another version.
  package static func update(_ request: ServiceRequest, expecting version: Int) -> Query<Int> {
    let header = request.header
    let progress = request.progress
    let dispatch = progress.dispatch
    return refusing(
      Query.execute(
        """
        update service_requests
        set station_id = \(request.stationID), state = \(request.state.rawValue), kind = \(header.kind.rawValue),
          urgency = \(header.urgency.rawValue), contact_name = \(header.contact.name),
          contact_phone = \(sealed: header.contact.phone, at: place("contact_phone", request.id)), customer_id = \(header.customerID),
          vehicle_id = \(header.vehicleID), vin = \(header.vin), plate = \(header.plate),
          latitude_microdegrees = \(header.place.position?.latitudeMicrodegrees),
          longitude_microdegrees = \(header.place.position?.longitudeMicrodegrees),
          address = \(sealed: header.place.address, at: place("address", request.id)), city = \(header.place.city), region_id = \(header.place.regionID),
          mode = \(header.mode.rawValue), city_minor_repair = \(header.cityMinorRepair), need = \(header.need),
          symptom = \(header.symptom), repair_type = \(header.requirement.repairType),
          brand = \(header.requirement.brand), skill = \(header.requirement.skill),
          inspection = \(header.inspection.map(ServiceRequestJSON.encode)), informed_staff_ids = \(progress.informedStaff),
          forwarded_to = \(progress.forwardedTo), answer = \(progress.answer.map(ServiceRequestJSON.encode)),
          escalation = \(progress.escalation.map(ServiceRequestJSON.encode)),
          first_response_at = \(progress.firstResponseAt), dispatch_attempt = \(dispatch?.attempt),
          dispatch_overruled = \(dispatch?.isOverruled), dispatch_reason = \(dispatch?.reason),
          dispatched_at = \(dispatch?.dispatchedAt), dispatched_by = \(dispatch?.dispatchedBy),
          dispatches = \(progress.dispatches), refusals = \(ServiceRequestJSON.encode(progress.refusals)),
          accepted_at = \(progress.acceptedAt), expected_arrival_at = \(progress.expectedArrivalAt),
          work_order_id = \(progress.workOrderID), started_at = \(progress.startedAt),
          arrived_at = \(progress.arrivedAt), resolution = \(progress.resolution.map(ServiceRequestJSON.encode)),
          receipts = \(ServiceRequestJSON.encode(progress.receipts)),
          call_attempts = \(ServiceRequestJSON.encode(progress.callAttempts)),
          call_back = \(progress.callBack.map(ServiceRequestJSON.encode)), reopenings = \(progress.reopenings),
          conversion = \(progress.conversion.map(ServiceRequestJSON.encode)), exit_reason = \(progress.exitReason),
          closed_at = \(progress.closedAt),
          \(RecordColumns.assignments(header.externalIDs, request.version, request.stamp))
        where id = \(request.id) and version = \(version)
        """))
  }

  /// A station sees what it registered, wherever it went, and what it was given; what it handed back is out of its sight.
  /// A region sees what any of its stations had.
  static func visible(to scope: Scope) -> SQL {
    let registered = scope.condition(on: "r.registered_station_id")
    let has = scope.condition(on: "r.station_id")
    let seen: SQL =
      switch (scope.stations, scope.part) {
      case (nil, _): "true"
      case (_, .station): "(\(registered) or (\(has) and r.dispatched_at is not null))"
      case (_, .network), (_, .region), (_, .supplier): "(\(registered) or \(has))"
      }
    return scope.own(serviceRequest: "r").map { seen + " and " + $0 } ?? seen
  }

  private static func selection(_ reference: Reference<ServiceRequest>, _ scope: Scope) -> SQL {
    let base: SQL = "select \(columns) from service_requests r where \(visible(to: scope)) and "
    return switch reference {
    case .id(let id): base + "r.id = \(id)"
    case .number(let number): base + "r.number = \(number)"
    }
  }

  private static func refusing(_ query: Query<Int>) -> Query<Int> {
    query.refusingTakenIdentity()
      .refusing("service_requests_registered_station_id_fkey") {
        Refusal.invalid("#/stationId", .notFound, "there is no such station")
      }
      .refusing("service_requests_station_id_fkey") {
        Refusal.invalid("#/stationId", .notFound, "there is no such station")
      }
      .refusing("service_requests_customer_erased") {
        Refusal.invalid("#/customerId", .notFound, "there is no such customer")
      }
      .refusing("service_requests_customer_id_fkey") {
        Refusal.invalid("#/customerId", .notFound, "there is no such customer")
      }
      .refusing("service_requests_vehicle_id_fkey") {
        Refusal.invalid("#/vehicleId", .notFound, "there is no such vehicle")
      }
      .refusing("service_requests_region_id_fkey") {
        Refusal.invalid("#/place/regionId", .notFound, "there is no such region")
      }
      .refusing("service_requests_work_order_id_fkey") {
        Refusal.invalid("#/workOrderId", .notFound, "there is no such order at this station")
      }
  }

  private static let columns: SQL = """
    r.id, r.number, r.registered_station_id, r.station_id, r.state, r.kind, r.source, r.medium, r.urgency,
    r.contact_name, r.contact_phone, r.customer_id, r.vehicle_id, r.vin, r.plate, r.latitude_microdegrees,
    r.longitude_microdegrees, r.address, r.city, r.region_id, r.mode, r.city_minor_repair, r.need, r.symptom,
    r.repair_type, r.brand, r.skill, r.inspection, r.informed_staff_ids, r.forwarded_to, r.answer, r.escalation, r.first_response_at,
    r.dispatch_attempt,
    r.dispatch_overruled, r.dispatch_reason, r.dispatched_at, r.dispatched_by, r.dispatches, r.refusals, r.accepted_at,
    r.expected_arrival_at, r.work_order_id, r.started_at, r.arrived_at, r.resolution, r.receipts, r.call_attempts,
    r.call_back, r.reopenings, r.conversion, r.exit_reason, r.closed_at, r.external_ids, r.version, r.created_at,
    r.created_by, r.created_by_id, r.updated_at, r.updated_by, r.updated_by_id
    """

  private static func decode(_ scope: Scope) -> @Sendable (inout Row) throws -> ServiceRequest {
    { row in
      let id = try row.next(ServiceRequest.ID.self)
      let number = try row.next(String.self)
      let registeredStationID = try row.next(Station.ID?.self)
      let stationID = try row.next(Station.ID?.self)
      let state = try row.next(as: ServiceRequest.State.self)
      var header = try header(&row, of: id)
      let progress = try progress(&row, stationID)
      let tail = try row.nextRecordTail()
      header.externalIDs = tail.externalIDs
      return ServiceRequest(
        id: id, number: number, registeredStationID: registeredStationID, stationID: stationID, state: state,
        version: tail.version, stamp: tail.stamp, header: header, progress: progress, sight: scope)
    }
  }

  private static func place(_ column: StaticString, _ id: ServiceRequest.ID) -> SealedPlace {
    SealedPlace("service_requests", column, id.uuid)
  }

  private static func header(_ row: inout Row, of id: ServiceRequest.ID) throws -> ServiceRequestHeader {
    let kind = try row.next(as: ServiceRequest.Kind.self)
    let source = try row.next(as: ServiceRequest.Source.self)
    let medium = try row.next(as: ServiceRequest.Medium.self)
    let urgency = try row.next(as: ServiceRequest.Urgency.self)
    let contact = RequestContact(
      name: try row.next(String.self), phone: try row.nextSealed(String?.self, at: Self.place("contact_phone", id)))
    let customer = try row.next(Customer.ID?.self)
    let vehicle = try row.next(Vehicle.ID?.self)
    let vin = try row.next(String?.self)
    let plate = try row.next(String?.self)
    let latitude = try row.next(Int32?.self)
    let longitude = try row.next(Int32?.self)
    var place = RequestPlace(
      address: try row.nextSealed(String?.self, at: Self.place("address", id)), city: try row.next(String?.self))
    if let latitude, let longitude {
      place.position = GeographicPosition(latitudeMicrodegrees: Int(latitude), longitudeMicrodegrees: Int(longitude))
    }
    place.regionID = try row.next(Region.ID?.self)
    let mode = try row.next(as: WorkOrder.Mode.self)
    let cityMinorRepair = try row.next(Bool.self)
    let need = try row.next(String.self)
    let symptom = try row.next(String?.self)
    let requirement = RequestRequirement(
      repairType: try row.next(String?.self), brand: try row.next(String?.self), skill: try row.next(String?.self))
    let inspection = try row.next(JSONB?.self).flatMap { ServiceRequestJSON.inspection($0.bytes) }
    return ServiceRequestHeader(
      kind: kind, source: source, medium: medium, urgency: urgency, contact: contact, customerID: customer,
      vehicleID: vehicle, vin: vin, plate: plate, place: place, mode: mode, cityMinorRepair: cityMinorRepair,
      need: need, symptom: symptom, requirement: requirement, inspection: inspection, externalIDs: [:])
  }

  private static func progress(_ row: inout Row, _ station: Station.ID?) throws -> ServiceRequestProgress {
    var progress = ServiceRequestProgress()
    progress.informedStaff = try row.next([UUID].self)
    progress.forwardedTo = try row.next(String?.self)
    progress.answer = try row.next(JSONB?.self).flatMap { ServiceRequestJSON.answer($0.bytes) }
    progress.escalation = try row.next(JSONB?.self).flatMap { ServiceRequestJSON.escalation($0.bytes) }
    progress.firstResponseAt = try row.next(Timestamp?.self)
    let attempt = try row.next(Int?.self)
    let isOverruled = try row.next(Bool?.self)
    let reason = try row.next(String?.self)
    let dispatchedAt = try row.next(Timestamp?.self)
    let dispatchedBy = try row.next(String?.self)
    if let station, let attempt, let isOverruled, let dispatchedAt, let dispatchedBy {
      progress.dispatch = RequestDispatch(
        attempt: attempt, stationID: station, isOverruled: isOverruled, reason: reason, dispatchedAt: dispatchedAt,
        dispatchedBy: dispatchedBy)
    }
    progress.dispatches = try row.next(Int.self)
    progress.refusals = ServiceRequestJSON.refusals(try row.next(JSONB.self).bytes)
    progress.acceptedAt = try row.next(Timestamp?.self)
    progress.expectedArrivalAt = try row.next(Timestamp?.self)
    progress.workOrderID = try row.next(WorkOrder.ID?.self)
    progress.startedAt = try row.next(Timestamp?.self)
    progress.arrivedAt = try row.next(Timestamp?.self)
    progress.resolution = try row.next(JSONB?.self).flatMap { ServiceRequestJSON.resolution($0.bytes) }
    progress.receipts = ServiceRequestJSON.receipts(try row.next(JSONB.self).bytes)
    progress.callAttempts = ServiceRequestJSON.callAttempts(try row.next(JSONB.self).bytes)
    progress.callBack = try row.next(JSONB?.self).flatMap { ServiceRequestJSON.callBack($0.bytes) }
    progress.reopenings = try row.next(Int.self)
    progress.conversion = try row.next(JSONB?.self).flatMap { ServiceRequestJSON.conversion($0.bytes) }
    progress.exitReason = try row.next(String?.self)
    progress.closedAt = try row.next(Timestamp?.self)
    return progress
  }
}
