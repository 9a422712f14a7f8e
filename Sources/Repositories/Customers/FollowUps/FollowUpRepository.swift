package import Domain
import FoundationEssentials
package import Postgres

/// Follow-ups (SM-13).
package enum FollowUpRepository: DocumentStore {
  package static let window = ListPlan.WindowColumns(updated: "f.updated_at")

  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("f.created_at", type: "timestamptz"),
    "dueAt": .init("f.due_at", type: "timestamptz", nullable: true),
    "number": .init("f.number", type: "text"),
    "updatedAt": .init("f.updated_at", type: "timestamptz"),
  ]

  package static func find(_ reference: Reference<FollowUp>, in scope: Scope) -> Query<FollowUp?> {
    Query.optional(selection(reference, scope), decode)
  }

  package static func lock(_ reference: Reference<FollowUp>, in scope: Scope) -> Query<FollowUp?> {
    Query.optional(selection(reference, scope) + " for update of f", decode)
  }

  package static func list(_ filter: FollowUpFilter, _ page: PageRequest, in scope: Scope) -> Query<Page<FollowUp>> {
    var plan = ListPlan(
      columns: columns, from: "follow_ups f", id: "f.id", sorts: sorts, window: window,
      conditions: [scope.condition(on: "f.station_id")])
    if filter.states.count == 1 {
      plan.filter("f.state = \(filter.states[0].rawValue)")
    } else if !filter.states.isEmpty {
      plan.filter("f.state = any (\(filter.states.map(\.rawValue)))")
    }
    if !filter.occasions.isEmpty { plan.filter("f.occasion = any (\(filter.occasions.map(\.rawValue)))") }
    if let round = filter.round { plan.filter("f.round = \(Int16(round.rawValue))") }
    if let station = filter.stationID { plan.filter("f.station_id = \(station)") }
    if let customer = filter.customerID { plan.filter("f.customer_id = \(customer)") }
    if let vehicle = filter.vehicleID { plan.filter("f.vehicle_id = \(vehicle)") }
    if let order = filter.workOrderID { plan.filter("f.work_order_id = \(order)") }
    if let missed = filter.missed { plan.filter("(f.missed_at is not null) = \(missed)") }
    if let contradicting = filter.contradicting { plan.filter("f.contradicts = \(contradicting)") }
    if let before = filter.opensBefore { plan.filter("f.opens_at < \(before)") }
    if let from = filter.dueFrom { plan.filter("f.due_at >= \(from)") }
    if let before = filter.dueBefore { plan.filter("f.due_at < \(before)") }
    if let from = filter.createdFrom { plan.filter("f.created_at >= \(from)") }
    if let before = filter.createdBefore { plan.filter("f.created_at < \(before)") }
    if let number = filter.number { plan.filter("f.number = \(number)") }
    return plan.query(page, decode: decode)
  }

  /// The second call that waits for this first one, locked.
  package static func lockSecond(of first: FollowUp.ID) -> Query<FollowUp?> {
    Query.optional("select \(columns) from follow_ups f where f.first_id = \(first) for update of f", decode)
  }

  /// Calls to a customer that were not made yet, in his files, locked.
  package static func lockWaiting(of customers: [Customer.ID], in scope: Scope) -> Query<[FollowUp]> {
    Query.list(
      """
      select \(columns)
      from follow_ups f
      where f.customer_id = any (\(customers.map(\.uuid))) and f.state in ('scheduled', 'missed')
        and \(scope.condition(on: "f.station_id"))
      order by f.id
      for update of f
      """, decode)
  }

  /// Calls whose window has passed, the longest waiting first. A window whose clock stands, or was moved by a pause, has not
  /// passed; those that another instance works on are passed over.
  package static func lockMissed(at now: Timestamp, limit: Int) -> Query<[FollowUp]> {
    Query.list(
      """
      select \(columns)
      from follow_ups f
      where f.state = 'scheduled' and f.due_at < \(now)
        and not exists (
          select from clocks c
          where c.subject_id = f.id and c.kind in ('firstFollowUp', 'secondFollowUp') and c.met_at is null
            and c.cancelled_at is null and c.breached_at is null and (c.due_at is null or c.due_at >= \(now)))
      order by f.due_at
      limit \(limit)
      for update of f skip locked
      """, decode)
  }

  package static func save(_ after: FollowUp, over before: FollowUp?) -> [Query<Int>] {
    [before.map { update(after, expecting: $0.version) } ?? insert(after)]
  }

  private static func insert(_ document: FollowUp) -> Query<Int> {
    let (plan, stamp) = (document.plan, document.stamp)
    return Query.execute(
      """
      insert into follow_ups (id, number, station_id, occasion, round, customer_id, vehicle_id, work_order_id, first_id,
        state, opens_at, due_at, topics, script, survey_id, survey_version, version, created_at, created_by,
        created_by_id, updated_at, updated_by, updated_by_id)
      values (\(document.id), \(document.number), \(document.stationID), \(document.occasion.rawValue),
        \(Int16(document.round.rawValue)), \(document.customerID), \(document.vehicleID), \(document.workOrderID),
        \(document.firstID), \(document.state.rawValue), \(plan.opensAt), \(plan.dueAt),
        \(plan.topics.map(\.rawValue)), \(plan.script), \(plan.survey?.surveyID), \(plan.survey.map { Int32($0.number) }),
        \(Int32(document.version)), \(stamp.createdAt), \(stamp.createdBy.name), \(stamp.createdBy.id),
        \(stamp.updatedAt), \(stamp.updatedBy.name), \(stamp.updatedBy.id))
      """
    ).refusing("follow_ups_customer_id_fkey") {
      Refusal.invalid("#/customerId", .notFound, "there is no such customer at this station")
    }.refusing("follow_ups_customer_erased") {
      Refusal.invalid("#/customerId", .notFound, "there is no such customer at this station")
    }.refusing("follow_ups_vehicle_id_fkey") {
      Refusal.invalid("#/vehicleId", .notFound, "there is no such vehicle")
    }
  }

  private static func update(_ document: FollowUp, expecting version: Int) -> Query<Int> {
    let (plan, stamp) = (document.plan, document.stamp)
    return Query.execute(
      """
      update follow_ups
      set state = \(document.state.rawValue), opens_at = \(plan.opensAt), due_at = \(plan.dueAt),
        topics = \(plan.topics.map(\.rawValue)), script = \(plan.script),
        attempts = \(FollowUpJSON.encode(document.attempts)), call = \(document.call.map(FollowUpJSON.encode)),
        contradicts = \(document.call.map { !$0.findings.isEmpty } ?? false),
        issue = \(document.issue.map(FollowUpJSON.encode)), missed_at = \(document.missedAt),
        complaint_id = \(document.complaint.flatMap { UUID(uuidString: $0.id) }),
        complaint_number = \(document.complaint?.number), version = \(Int32(document.version)),
        updated_at = \(stamp.updatedAt), updated_by = \(stamp.updatedBy.name), updated_by_id = \(stamp.updatedBy.id)
      where id = \(document.id) and version = \(Int32(version))
      """)
  }

  private static func selection(_ reference: Reference<FollowUp>, _ scope: Scope) -> SQL {
    let named: SQL =
      switch reference {
      case .id(let id): "f.id = \(id)"
      case .number(let number): "f.number = \(number)"
      }
    return "select \(columns) from follow_ups f where \(named) and \(scope.condition(on: "f.station_id"))"
  }

  private static let columns: SQL = """
    f.id, f.number, f.station_id, f.occasion, f.round, f.customer_id, f.vehicle_id, f.work_order_id, f.first_id, f.state,
    f.version, f.opens_at, f.due_at, f.topics, f.script, f.survey_id, f.survey_version, f.attempts, f.call, f.issue,
    f.missed_at, f.complaint_id, f.complaint_number, f.created_at, f.created_by, f.created_by_id, f.updated_at,
    f.updated_by, f.updated_by_id
    """

  @Sendable private static func decode(_ row: inout Row) throws -> FollowUp {
    let id = try row.next(FollowUp.ID.self)
    let number = try row.next(String.self)
    let station = try row.next(Station.ID.self)
    let occasion = try row.next(as: FollowUp.Occasion.self)
    guard let round = FollowUp.Round(rawValue: Int(try row.next(Int16.self))) else {
      throw Failure.internal(reference: "a follow-up is of no round")
    }
    let customer = try row.next(Customer.ID.self)
    let vehicle = try row.next(Vehicle.ID?.self)
    let order = try row.next(WorkOrder.ID?.self)
    let first = try row.next(FollowUp.ID?.self)
    let state = try row.next(as: FollowUp.State.self)
    let version = Int(try row.next(Int32.self))
    let opensAt = try row.next(Timestamp?.self)
    let dueAt = try row.next(Timestamp?.self)
    let topics = try row.next([String].self).compactMap(FollowUp.Topic.init(rawValue:))
    let script = try row.next(String?.self)
    let surveyID = try row.next(Survey.ID?.self)
    let surveyVersion = try row.next(Int32?.self)
    var survey: SurveyVersion?
    if let surveyID, let surveyVersion { survey = SurveyVersion(surveyID: surveyID, number: Int(surveyVersion)) }
    let attempts = FollowUpJSON.attempts(try row.next(JSONB.self).bytes)
    let call = try row.next(JSONB?.self).flatMap { FollowUpJSON.call($0.bytes) }
    let issue = try row.next(JSONB?.self).flatMap { FollowUpJSON.issue($0.bytes) }
    let missedAt = try row.next(Timestamp?.self)
    let complaintID = try row.next(UUID?.self)
    let complaintNumber = try row.next(String?.self)
    var complaint: FollowUpComplaint?
    if let complaintID, let complaintNumber {
      complaint = FollowUpComplaint(id: Identifier<FollowUp>(complaintID).description, number: complaintNumber)
    }
    return FollowUp(
      id: id, number: number, stationID: station, occasion: occasion, round: round, customerID: customer,
      vehicleID: vehicle, workOrderID: order, firstID: first, state: state, version: version,
      stamp: try row.nextStamp(),
      plan: FollowUpPlan(opensAt: opensAt, dueAt: dueAt, topics: topics, script: script, survey: survey),
      attempts: attempts, call: call, issue: issue, missedAt: missedAt, complaint: complaint)
  }
}
