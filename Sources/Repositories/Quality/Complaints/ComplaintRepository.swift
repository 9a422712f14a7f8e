package import Domain
import FoundationEssentials
package import Postgres

/// Complaints: each scope sees those of its stations, headquarters sees all, a team member his cases. The document alone has
/// no compensations and vehicle returns; `whole` adds them.
package enum ComplaintRepository: DocumentStore {
  package static func find(_ reference: Reference<Complaint>, in scope: Scope) -> Query<Complaint?> {
    Query.optional(selection(reference, scope), decode)
  }

  /// As `find`, and nobody else changes the complaint until the transaction ends.
  package static func lock(_ reference: Reference<Complaint>, in scope: Scope) -> Query<Complaint?> {
    Query.optional(selection(reference, scope) + " for update of c", decode)
  }

  package static func whole(
    _ header: Query<Complaint?>, _ reference: Reference<Complaint>, in scope: Scope, through door: some QueryDoor
  ) async throws -> Complaint? {
    let (found, compensations, returns) = try await door.run(
      header, ComplaintRecordRepository.compensations(of: reference, in: scope),
      ComplaintRecordRepository.vehicleReturns(of: reference, in: scope))
    return found?.with(compensations: compensations, vehicleReturns: returns)
  }

  package static func list(_ filter: ComplaintFilter, _ page: PageRequest, in scope: Scope) -> Query<Page<Complaint>> {
    var plan = ListPlan(
      columns: columns, from: "complaints c", id: "c.id", sorts: sorts, window: window, conditions: [visible(to: scope)]
    )
    if filter.states.count == 1 {
      plan.filter("c.state = \(filter.states[0].rawValue)")
    } else if !filter.states.isEmpty {
      plan.filter("c.state = any (\(filter.states.map(\.rawValue)))")
    }
    if !filter.kinds.isEmpty { plan.filter("c.kind = any (\(filter.kinds.map(\.rawValue)))") }
    if !filter.categories.isEmpty { plan.filter("c.category = any (\(filter.categories.map(\.rawValue)))") }
    if !filter.channels.isEmpty { plan.filter("c.channel = any (\(filter.channels.map(\.rawValue)))") }
    if let station = filter.stationID { plan.filter("c.station_id = \(station)") }
    if let customer = filter.customerID { plan.filter("c.customer_id = \(customer)") }
    if let vehicle = filter.vehicleID { plan.filter("c.vehicle_id = \(vehicle)") }
    if let vin = filter.vin { plan.filter("c.vin = \(vin)") }
    if let component = filter.component { plan.filter("lower(c.component) = lower(\(component))") }
    if let order = filter.workOrderID { plan.filter("c.work_order_id = \(order)") }
    if let external = filter.externalID {
      plan.filter(everKnown(as: external.id, to: external.system))
      plan.filter("c.external_ids @> \(EventJSON.encode([external.system: external.id]))")
    }
    if let from = filter.createdFrom { plan.filter("c.created_at >= \(from)") }
    if let before = filter.createdBefore { plan.filter("c.created_at < \(before)") }
    if let number = filter.number { plan.filter("c.number = \(number)") }
    return plan.query(page, decode: decode)
  }

  package static let window = ListPlan.WindowColumns(updated: "c.updated_at")

  /// The fields that a list may be ordered by.
  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("c.created_at", type: "timestamptz"),
    "number": .init("c.number", type: "text"),
    "updatedAt": .init("c.updated_at", type: "timestamptz"),
  ]

  /// Whether another system calls or called it so. Alone in its condition it is found by the index, behind row-level security too;
  /// containment in `external_ids` never is.
  private static func everKnown(as id: String, to system: String) -> SQL {
    "c.id = any (array(select i.complaint_id from complaint_identities i where i.system = \(system) and i.external_id = \(id)))"
  }

  /// What may be the same case: under one of its external identities at any time, or about the same vehicle since `since`.
  /// Not the complaint itself; `Complaint.matches` decides.
  package static func alike(_ complaint: Complaint, since: Timestamp, in scope: Scope) -> Query<[Complaint]> {
    var conditions: [SQL] = complaint.header.externalIDs.sorted { $0.key < $1.key }.map { system, id in
      everKnown(as: id, to: system)
    }
    if let vin = complaint.header.vin { conditions.append("(c.vin = \(vin) and c.created_at >= \(since))") }
    guard let first = conditions.first else {
      return Query.list("select \(columns) from complaints c where false", decode)
    }
    let any = conditions.dropFirst().reduce(first) { $0 + " or " + $1 }
    return Query.list(
      "select \(columns) from complaints c where \(visible(to: scope)) and c.id <> \(complaint.id) and (" + any
        + ") order by c.created_at desc, c.id desc limit 50", decode)
  }

  package static func save(_ after: Complaint, over before: Complaint?) -> [Query<Int>] {
    [before.map { update(after, expecting: $0.version) } ?? insert(after)]
      + ComplaintRecordRepository.save(after, over: before)
  }

  /// All columns in one order, with the value that a complaint has in each.
  private static func fields(_ complaint: Complaint) -> [(name: StaticString, value: SQL)] {
    let header = complaint.header
    let progress = complaint.progress
    let major = complaint.major
    return [
      ("station_id", "\(complaint.stationID)"), ("state", "\(complaint.state.rawValue)"),
      ("kind", "\(complaint.kind.rawValue)"), ("channel", "\(header.channel.rawValue)"),
      ("contact_name", "\(header.contact.name)"),
      ("contact_phone", "\(sealed: header.contact.phone, at: place("contact_phone", complaint.id))"),
      ("customer_id", "\(header.customerID)"), ("vehicle_id", "\(header.vehicleID)"), ("vin", "\(header.vin)"),
      ("service_request_id", "\(header.origin.serviceRequestID)"), ("work_order_id", "\(header.origin.workOrderID)"),
      ("category", "\(header.category.rawValue)"), ("customer_words", "\(header.customerWords)"),
      ("symptom", "\(header.symptom)"), ("component", "\(header.component)"), ("fault_code", "\(header.faultCode)"),
      ("crash", "\(header.facts.crash)"), ("fire", "\(header.facts.fire)"),
      ("broke_down", "\(header.facts.brokeDown)"), ("injured", "\(header.facts.injured)"),
      ("deaths", "\(header.facts.deaths)"), ("media_exposure", "\(header.facts.mediaExposure)"),
      ("incident_date", "\(header.incidentDate)"), ("odometer_km", "\(header.odometerKm)"),
      ("demand_amount", "\(header.compensationDemand?.minorUnits)"),
      ("demand_currency", "\(header.compensationDemand?.currency.rawValue)"),
      ("assignment", "\(progress.assignment.map(ComplaintJSON.encode))"), ("cause", "\(progress.cause?.rawValue)"),
      ("findings", "\(progress.findings)"), ("solutions", "\(ComplaintJSON.encode(progress.solutions))"),
      ("promised_resolution_at", "\(progress.solution?.promisedAt)"), ("refusals", "\(progress.refusals)"),
      ("escalation_level", "\(progress.escalation?.level.rawValue)"),
      ("escalation", "\(progress.escalation.map(ComplaintJSON.encode))"),
      ("resolution", "\(progress.resolution.map(ComplaintJSON.encode))"),
      ("satisfaction_call", "\(progress.satisfactionCall.map(ComplaintJSON.encode))"),
      ("reopenings", "\(progress.reopenings)"), ("conclusion", "\(progress.conclusion)"),
      ("closed_at", "\(progress.closedAt)"),
      ("duplicate_candidates", "\(progress.duplicateCandidates.map(\.uuid))"),
      ("merged_into_id", "\(progress.mergedInto)"), ("merged_ids", "\(progress.merged.map(\.uuid))"),
      ("major_report", "\(major.report.map(ComplaintJSON.encode))"),
      ("level", "\(major.confirmation?.level.rawValue)"),
      ("confirmation", "\(major.confirmation.map(ComplaintJSON.encode))"),
      ("team", "\(major.team.map(ComplaintJSON.encode))"),
      ("arrival", "\(major.arrival.map(ComplaintJSON.encode))"),
      ("appraisal", "\(major.appraisal.map(ComplaintJSON.encode))"),
      ("negotiations", "\(ComplaintJSON.encode(major.negotiations))"),
      ("agreement", "\(major.agreement.map(ComplaintJSON.encode))"),
      ("agreement_signatures", "\(major.agreement?.signatures.count ?? 0)"),
      ("repair_order_id", "\(major.repairOrderID)"), ("execution_started_at", "\(major.executionStartedAt)"),
    ]
  }

  package static func insert(_ complaint: Complaint) -> Query<Int> {
    var names: SQL = "id, number"
    var values: SQL = "\(complaint.id), \(complaint.number)"
    for field in fields(complaint) {
      names += ", \(unescaped: field.name)"
      values += ", " + field.value
    }
    names += ", \(RecordColumns.names)"
    values += ", \(RecordColumns.values(complaint.header.externalIDs, complaint.version, complaint.stamp))"
    return refusing(Query.execute("insert into complaints (" + names + ") values (" + values + ")"), complaint)
  }

  /// Saves a changed complaint: one statement that checks and changes (C-16). 0 rows: another version.
  package static func update(_ complaint: Complaint, expecting version: Int) -> Query<Int> {
    var assignments = RecordColumns.assignments(complaint.header.externalIDs, complaint.version, complaint.stamp)
    for field in fields(complaint) { assignments += ", \(unescaped: field.name) = " + field.value }
    return refusing(
      Query.execute(
        "update complaints set " + assignments + " where id = \(complaint.id) and version = \(version)"), complaint)
  }

  /// What a scope sees.
  static func visible(to scope: Scope) -> SQL { scope.condition(complaint: "c") }

  static func names(_ reference: Reference<Complaint>) -> SQL {
    switch reference {
    case .id(let id): "c.id = \(id)"
    case .number(let number): "c.number = \(number)"
    }
  }

  private static func selection(_ reference: Reference<Complaint>, _ scope: Scope) -> SQL {
    "select \(columns) from complaints c where \(visible(to: scope)) and " + names(reference)
  }

  private static func refusing(_ query: Query<Int>, _ complaint: Complaint) -> Query<Int> {
    query
      .refusing("complaints_station_id_fkey") {
        Refusal.invalid("#/stationId", .notFound, "there is no such station")
      }
      .refusing("complaints_customer_erased") {
        Refusal.invalid("#/customerId", .notFound, "there is no such customer")
      }
      .refusing("complaints_customer_id_fkey") {
        Refusal.invalid("#/customerId", .notFound, "there is no such customer")
      }
      .refusing("complaints_vehicle_id_fkey") {
        Refusal.invalid("#/vehicleId", .notFound, "there is no such vehicle")
      }
      .refusing("complaints_work_order_id_fkey") {
        Refusal.invalid("#/workOrderId", .notFound, "there is no such order")
      }
      .refusing("complaints_repair_order_id_fkey") {
        Refusal.invalid("#/workOrderId", .notFound, "there is no such order")
      }
      .refusing("complaints_service_request_id_fkey") {
        Refusal.invalid("#/serviceRequestId", .notFound, "there is no such request")
      }
      .refusing(
        "complaints_service_request_key", conflict: "complaint-opened", "The request became a complaint already.",
        naming: ConflictLookup.documents(.complaint) { scope in
          """
          select c.id, c.number, c.state, null::integer
          from complaints c
          where c.service_request_id = \(complaint.header.origin.serviceRequestID) and \(visible(to: scope))
          """
        })
  }

  static let columns: SQL = """
    c.id, c.number, c.station_id, c.state, c.kind, c.channel, c.contact_name, c.contact_phone, c.customer_id,
    c.vehicle_id, c.vin, c.service_request_id, c.work_order_id, c.category, c.customer_words, c.symptom, c.component,
    c.fault_code, c.crash, c.fire, c.broke_down, c.injured, c.deaths, c.media_exposure, c.incident_date, c.odometer_km,
    c.demand_amount, c.demand_currency, c.assignment, c.cause, c.findings, c.solutions, c.refusals, c.escalation,
    c.resolution, c.satisfaction_call, c.reopenings, c.conclusion, c.closed_at, c.duplicate_candidates,
    c.merged_into_id, c.merged_ids, c.major_report, c.level, c.confirmation, c.team, c.arrival, c.appraisal,
    c.negotiations, c.agreement, c.repair_order_id, c.execution_started_at, c.external_ids, c.version, c.created_at, c.created_by,
    c.created_by_id, c.updated_at, c.updated_by, c.updated_by_id
    """

  @Sendable static func decode(_ row: inout Row) throws -> Complaint {
    let id = try row.next(Complaint.ID.self)
    let number = try row.next(String.self)
    let station = try row.next(Station.ID?.self)
    let state = try row.next(as: Complaint.State.self)
    let kind = try row.next(as: Complaint.Kind.self)
    var header = try header(&row, of: id)
    let progress = try progress(&row)
    let major = try major(&row)
    let tail = try row.nextRecordTail()
    header.externalIDs = tail.externalIDs
    return Complaint(
      id: id, number: number, stationID: station, state: state, kind: kind, version: tail.version, stamp: tail.stamp,
      header: header, progress: progress, major: major)
  }

  private static func place(_ column: StaticString, _ id: Complaint.ID) -> SealedPlace {
    SealedPlace("complaints", column, id.uuid)
  }

  private static func header(_ row: inout Row, of id: Complaint.ID) throws -> ComplaintHeader {
    let channel = try row.next(as: Complaint.Channel.self)
    let contact = RequestContact(
      name: try row.next(String.self), phone: try row.nextSealed(String?.self, at: place("contact_phone", id)))
    let customer = try row.next(Customer.ID?.self)
    let vehicle = try row.next(Vehicle.ID?.self)
    let vin = try row.next(String?.self)
    let origin = ComplaintOrigin(
      serviceRequestID: try row.next(ServiceRequest.ID?.self), workOrderID: try row.next(WorkOrder.ID?.self))
    let category = try row.next(as: Complaint.Category.self)
    let words = try row.next(String.self)
    var header = ComplaintHeader(
      channel: channel, contact: contact, customerID: customer, vehicleID: vehicle, vin: vin, origin: origin,
      category: category, customerWords: words)
    header.symptom = try row.next(String?.self)
    header.component = try row.next(String?.self)
    header.faultCode = try row.next(String?.self)
    header.facts.crash = try row.next(Bool.self)
    header.facts.fire = try row.next(Bool.self)
    header.facts.brokeDown = try row.next(Bool.self)
    header.facts.injured = try row.next(Int.self)
    header.facts.deaths = try row.next(Int.self)
    header.facts.mediaExposure = try row.next(Bool.self)
    header.incidentDate = try row.next(CalendarDate?.self)
    header.odometerKm = try row.next(Int?.self)
    let demand = try row.next(MinorUnits?.self)
    let currency = try row.nextOptional(as: Currency.self)
    if let demand, let currency { header.compensationDemand = Money(minor: demand.value, currency: currency) }
    return header
  }

  private static func progress(_ row: inout Row) throws -> ComplaintProgress {
    var progress = ComplaintProgress()
    progress.assignment = try row.next(JSONB?.self).flatMap { ComplaintJSON.assignment($0.bytes) }
    progress.cause = try row.nextOptional(as: ComplaintCause.self)
    progress.findings = try row.next(String?.self)
    progress.solutions = ComplaintJSON.solutions(try row.next(JSONB.self).bytes)
    progress.refusals = try row.next(Int.self)
    progress.escalation = try row.next(JSONB?.self).flatMap { ComplaintJSON.escalation($0.bytes) }
    progress.resolution = try row.next(JSONB?.self).flatMap { ComplaintJSON.resolution($0.bytes) }
    progress.satisfactionCall = try row.next(JSONB?.self).flatMap { ComplaintJSON.satisfactionCall($0.bytes) }
    progress.reopenings = try row.next(Int.self)
    progress.conclusion = try row.next(String?.self)
    progress.closedAt = try row.next(Timestamp?.self)
    progress.duplicateCandidates = try row.next([UUID].self).map(Complaint.ID.init)
    progress.mergedInto = try row.next(Complaint.ID?.self)
    progress.merged = try row.next([UUID].self).map(Complaint.ID.init)
    return progress
  }

  private static func major(_ row: inout Row) throws -> MajorProgress {
    var major = MajorProgress()
    major.report = try row.next(JSONB?.self).flatMap { ComplaintJSON.majorReport($0.bytes) }
    let level = try row.nextOptional(as: QualityLevel.self)
    let confirmation = try row.next(JSONB?.self)
    if let level, let confirmation {
      major.confirmation = ComplaintJSON.confirmation(confirmation.bytes, level: level)
    }
    major.team = try row.next(JSONB?.self).flatMap { ComplaintJSON.team($0.bytes) }
    major.arrival = try row.next(JSONB?.self).flatMap { ComplaintJSON.arrival($0.bytes) }
    major.appraisal = try row.next(JSONB?.self).flatMap { ComplaintJSON.appraisal($0.bytes) }
    major.negotiations = ComplaintJSON.negotiations(try row.next(JSONB.self).bytes)
    major.agreement = try row.next(JSONB?.self).flatMap { ComplaintJSON.agreement($0.bytes) }
    major.repairOrderID = try row.next(WorkOrder.ID?.self)
    major.executionStartedAt = try row.next(Timestamp?.self)
    return major
  }
}
