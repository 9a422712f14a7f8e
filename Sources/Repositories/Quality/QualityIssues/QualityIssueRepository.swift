package import Domain
import FoundationEssentials
package import Postgres

/// Quality issues: the row, and with it measures and 8D record as one aggregate. Each scope sees its own, headquarters also
/// those without a station.
package enum QualityIssueRepository: DocumentStore {
  /// Without measures and 8D record.
  package static func find(_ reference: Reference<QualityIssue>, in scope: Scope) -> Query<QualityIssue?> {
    Query.optional(selection(reference, scope), decode(scope))
  }

  /// As `find`, and nobody else changes the issue until the transaction ends.
  package static func lock(_ reference: Reference<QualityIssue>, in scope: Scope) -> Query<QualityIssue?> {
    Query.optional(selection(reference, scope) + " for update of q", decode(scope))
  }

  package static func list(
    _ filter: QualityIssueFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<QualityIssue>> {
    var plan = ListPlan(
      columns: columns, from: "quality_issues q", id: "q.id", sorts: sorts, window: window,
      conditions: [scope.condition(qualityIssue: "q")])
    if !filter.states.isEmpty { plan.filter("q.state = any (\(filter.states.map(\.rawValue)))") }
    if !filter.classes.isEmpty { plan.filter("q.class = any (\(filter.classes.map(\.rawValue)))") }
    if !filter.levels.isEmpty { plan.filter("q.level = any (\(filter.levels.map(\.rawValue)))") }
    if !filter.proposedLevels.isEmpty {
      plan.filter("q.proposed_level = any (\(filter.proposedLevels.map(\.rawValue)))")
    }
    if !filter.sources.isEmpty { plan.filter("q.source = any (\(filter.sources.map(\.rawValue)))") }
    if let station = filter.stationID { plan.filter("q.station_id = \(station)") }
    if let customer = filter.customerID { plan.filter("q.customer_id = \(customer)") }
    if let vehicle = filter.vehicleID { plan.filter("q.vehicle_id = \(vehicle)") }
    if let model = filter.modelID { plan.filter("q.model_id = \(model)") }
    if let order = filter.workOrderID { plan.filter("q.work_order_id = \(order)") }
    if let complaint = filter.complaintID { plan.filter("q.complaint_id = \(complaint)") }
    if let from = filter.createdFrom { plan.filter("q.created_at >= \(from)") }
    if let before = filter.createdBefore { plan.filter("q.created_at < \(before)") }
    if let number = filter.number { plan.filter("q.number = \(number)") }
    return plan.query(page, decode: decode(scope))
  }

  package static let window = ListPlan.WindowColumns(updated: "q.updated_at")

  /// The fields that a list may be ordered by.
  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("q.created_at", type: "timestamptz"),
    "number": .init("q.number", type: "text"),
    "updatedAt": .init("q.updated_at", type: "timestamptz"),
  ]

  package static func whole(
    _ header: Query<QualityIssue?>, _ reference: Reference<QualityIssue>, in scope: Scope, through door: some QueryDoor
  ) async throws -> QualityIssue? {
    let (found, measures, disciplines) = try await door.run(
      header, QualityRecordRepository.measures(of: reference, in: scope),
      QualityRecordRepository.disciplines(of: reference, in: scope))
    return found.map { $0.with(measures, disciplines) }
  }

  package static func save(_ after: QualityIssue, over before: QualityIssue?) -> [Query<Int>] {
    [before.map { update(after, expecting: $0.version) } ?? insert(after)]
      + QualityRecordRepository.save(after, over: before)
  }

  private static func insert(_ issue: QualityIssue) -> Query<Int> {
    let header = issue.header
    let progress = issue.progress
    return refusing(
      Query.execute(
        """
        insert into quality_issues (id, number, station_id, state, class, proposed_level, proposed_criteria,
          classifications, source, symptom, defects, vehicle_id, model_id, customer_id, work_order_id, complaint_id,
          odometer_km, occurred_at, facts, handling, \(RecordColumns.names))
        values (\(issue.id), \(issue.number), \(issue.stationID), \(issue.state.rawValue),
          \(progress.qualityClass?.rawValue), \(progress.proposedLevel?.rawValue),
          \(progress.proposedCriteria.map(\.rawValue)), \(progress.classifications), \(header.source.rawValue),
          \(header.symptom), \(QualityJSON.encode(header.defects)), \(header.vehicleID), \(header.modelID),
          \(header.customerID), \(header.workOrderID), \(header.complaintID), \(header.odometerKm), \(header.occurredAt),
          \(EventJSON.encode(issue.facts.value)), \(QualityJSON.encode(progress.handling)),
          \(RecordColumns.values(header.externalIDs, issue.version, issue.stamp)))
        """), issue)
  }

  /// Saves a changed issue: one statement that checks and changes (C-16). 0 rows: another version.
  private static func update(_ issue: QualityIssue, expecting version: Int) -> Query<Int> {
    let header = issue.header
    let progress = issue.progress
    return refusing(
      Query.execute(
        """
        update quality_issues
        set state = \(issue.state.rawValue), class = \(progress.qualityClass?.rawValue),
          level = \(progress.level?.rawValue), proposed_level = \(progress.proposedLevel?.rawValue),
          proposed_criteria = \(progress.proposedCriteria.map(\.rawValue)),
          classifications = \(progress.classifications), reports = \(progress.reports), symptom = \(header.symptom),
          defects = \(QualityJSON.encode(header.defects)), odometer_km = \(header.odometerKm),
          occurred_at = \(header.occurredAt), facts = \(EventJSON.encode(issue.facts.value)),
          gradings = \(QualityJSON.encode(progress.gradings)), handling = \(QualityJSON.encode(progress.handling)),
          receipts = \(QualityJSON.encode(progress.receipts)), result = \(progress.result),
          reopenings = \(progress.reopenings), resolved_at = \(progress.resolvedAt),
          closed_at = \(progress.closedAt),
          \(RecordColumns.assignments(header.externalIDs, issue.version, issue.stamp))
        where id = \(issue.id) and version = \(version)
        """), issue)
  }

  /// The issue of a complaint, wherever it stands now.
  package static func find(of complaint: Complaint.ID, in scope: Scope) -> Query<QualityIssue?> {
    Query.optional(
      "select \(columns) from quality_issues q where q.complaint_id = \(complaint) and "
        + scope.condition(qualityIssue: "q"), decode(scope))
  }

  static func names(_ reference: Reference<QualityIssue>) -> SQL {
    switch reference {
    case .id(let id): "q.id = \(id)"
    case .number(let number): "q.number = \(number)"
    }
  }

  private static func selection(_ reference: Reference<QualityIssue>, _ scope: Scope) -> SQL {
    "select \(columns) from quality_issues q where \(names(reference)) and \(scope.condition(qualityIssue: "q"))"
  }

  private static func refusing(_ query: Query<Int>, _ issue: QualityIssue) -> Query<Int> {
    query
      .refusing("quality_issues_station_id_fkey") {
        Refusal.invalid("#/stationId", .notFound, "there is no such station")
      }
      .refusing("quality_issues_vehicle_id_fkey") {
        Refusal.invalid("#/vehicleId", .notFound, "there is no such vehicle")
      }
      .refusing("quality_issues_model_id_fkey") {
        Refusal.invalid("#/modelId", .notFound, "there is no such model")
      }
      .refusing("quality_issues_customer_id_fkey") {
        Refusal.invalid("#/customerId", .notFound, "there is no such customer")
      }
      .refusing("quality_issues_customer_erased") {
        Refusal.invalid("#/customerId", .notFound, "there is no such customer")
      }
      .refusing("quality_issues_work_order_id_fkey") {
        Refusal.invalid("#/workOrderId", .notFound, "there is no such order at this station")
      }
      .refusing("quality_issues_complaint_id_fkey") {
        Refusal.invalid("#/complaintId", .notFound, "there is no such complaint")
      }
      .refusing(
        "quality_issues_complaint_key", conflict: "quality-record-exists",
        "The complaint has its quality issue already.",
        naming: ConflictLookup.documents(.qualityIssue) { scope in
          """
          select q.id, q.number, q.state, null::integer
          from quality_issues q
          where q.complaint_id = \(issue.header.complaintID) and \(scope.condition(qualityIssue: "q"))
          """
        }
      )
      .refusing(
        "quality_issues_work_order_key", conflict: "quality-record-exists",
        "The order has its general quality record already.",
        naming: ConflictLookup.documents(.qualityIssue) { scope in
          """
          select q.id, q.number, q.state, null::integer
          from quality_issues q
          where q.work_order_id = \(issue.header.workOrderID) and q.source = 'workOrder'
            and \(scope.condition(qualityIssue: "q"))
          """
        })
  }

  private static let columns: SQL = """
    q.id, q.number, q.station_id, q.state, q.class, q.level, q.proposed_level, q.proposed_criteria, q.classifications,
    q.reports, q.source, q.symptom, q.defects, q.vehicle_id, q.model_id, q.customer_id, q.work_order_id, q.complaint_id, q.odometer_km,
    q.occurred_at, q.facts, q.gradings, q.handling, q.receipts, q.result, q.reopenings, q.resolved_at, q.closed_at,
    q.external_ids, q.version, q.created_at, q.created_by, q.created_by_id, q.updated_at, q.updated_by, q.updated_by_id
    """

  private static func decode(_ scope: Scope) -> @Sendable (inout Row) throws -> QualityIssue {
    { row in
      let id = try row.next(QualityIssue.ID.self)
      let number = try row.next(String.self)
      let station = try row.next(Station.ID?.self)
      let state = try row.next(as: QualityIssue.State.self)
      var progress = QualityIssueProgress()
      progress.qualityClass = try row.next(String?.self).flatMap(QualityIssue.Class.init(rawValue:))
      progress.level = try row.next(String?.self).flatMap(QualityLevel.init(rawValue:))
      progress.proposedLevel = try row.next(String?.self).flatMap(QualityLevel.init(rawValue:))
      progress.proposedCriteria = try row.next([String].self).compactMap(QualityCriterion.init(rawValue:))
      progress.classifications = try row.next(Int.self)
      progress.reports = try row.next(Int.self)
      var header = try header(&row)
      let facts = QualityFacts(EventJSON.value(try row.next(JSONB.self).bytes))
      progress.gradings = QualityJSON.gradings(try row.next(JSONB.self).bytes)
      progress.handling = QualityJSON.steps(try row.next(JSONB.self).bytes)
      progress.receipts = QualityJSON.receipts(try row.next(JSONB.self).bytes)
      progress.result = try row.next(String?.self)
      progress.reopenings = try row.next(Int.self)
      progress.resolvedAt = try row.next(Timestamp?.self)
      progress.closedAt = try row.next(Timestamp?.self)
      let tail = try row.nextRecordTail()
      header.externalIDs = tail.externalIDs
      return QualityIssue(
        id: id, number: number, stationID: station, state: state, version: tail.version, stamp: tail.stamp,
        header: header, facts: facts, progress: progress, sight: scope)
    }
  }

  private static func header(_ row: inout Row) throws -> QualityIssueHeader {
    let source = try row.next(as: QualityIssue.Source.self)
    let symptom = try row.next(String.self)
    let defects = QualityJSON.defects(try row.next(JSONB.self).bytes)
    let vehicle = try row.next(Vehicle.ID?.self)
    let model = try row.next(VehicleModel.ID?.self)
    let customer = try row.next(Customer.ID?.self)
    let order = try row.next(WorkOrder.ID?.self)
    let complaint = try row.next(Complaint.ID?.self)
    let odometer = try row.next(Int?.self)
    return QualityIssueHeader(
      source: source, symptom: symptom, defects: defects, vehicleID: vehicle, modelID: model, customerID: customer,
      workOrderID: order, complaintID: complaint, odometerKm: odometer, occurredAt: try row.next(Timestamp?.self),
      externalIDs: [:])
  }
}
