package import Domain
import FoundationEssentials
package import Postgres

/// Warranty claims: the header row, and with it items and charge lines as one aggregate.
package enum WarrantyClaimRepository: DocumentStore {
  package static func find(_ reference: Reference<WarrantyClaim>, in scope: Scope) -> Query<WarrantyClaim?> {
    Query.optional(
      "select " + columns + " from warranty_claims c where " + names(reference) + " and "
        + scope.condition(on: "c.station_id"), decode)
  }

  package static func lock(_ reference: Reference<WarrantyClaim>, in scope: Scope) -> Query<WarrantyClaim?> {
    Query.optional(
      "select " + columns + " from warranty_claims c where " + names(reference) + " and "
        + scope.condition(on: "c.station_id") + " for update of c", decode)
  }

  package static func list(
    _ filter: WarrantyClaimFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<WarrantyClaim>> {
    var plan = ListPlan(
      columns: columns, from: "warranty_claims c", id: "c.id", sorts: sorts, window: window,
      conditions: [scope.condition(on: "c.station_id")])
    if filter.states.count == 1 {
      plan.filter("c.state = \(filter.states[0].rawValue)")
    } else if !filter.states.isEmpty {
      plan.filter("c.state = any (\(filter.states.map(\.rawValue)))")
    }
    if !filter.kinds.isEmpty { plan.filter("c.kind = any (\(filter.kinds.map(\.rawValue)))") }
    if let station = filter.stationID { plan.filter("c.station_id = \(station)") }
    if let order = filter.workOrderID { plan.filter("c.work_order_id = \(order)") }
    if let vehicle = filter.vehicleID { plan.filter("c.vehicle_id = \(vehicle)") }
    if let from = filter.createdFrom { plan.filter("c.created_at >= \(from)") }
    if let before = filter.createdBefore { plan.filter("c.created_at < \(before)") }
    if let from = filter.submittedFrom { plan.filter("c.submitted_at >= \(from)") }
    if let before = filter.submittedBefore { plan.filter("c.submitted_at < \(before)") }
    if let flagged = filter.flagged { plan.filter("(c.blocking + c.reviewing > 0) = \(flagged)") }
    if let number = filter.number { plan.filter("c.number = \(number)") }
    return plan.query(page, decode: decode)
  }

  package static let window = ListPlan.WindowColumns(updated: "c.updated_at")

  /// The fields that a list may be ordered by.
  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("c.created_at", type: "timestamptz"),
    "number": .init("c.number", type: "text"),
    "submittedAt": .init("c.submitted_at", type: "timestamptz", nullable: true),
    "updatedAt": .init("c.updated_at", type: "timestamptz"),
  ]

  package static func whole(
    _ header: Query<WarrantyClaim?>, _ reference: Reference<WarrantyClaim>, in scope: Scope,
    through door: some QueryDoor
  ) async throws -> WarrantyClaim? {
    let (found, items, lines) = try await door.run(
      header, ClaimItemRepository.items(of: reference, in: scope), ClaimItemRepository.lines(of: reference, in: scope))
    guard let claim = found else { return nil }
    return claim.holding(ClaimItemRepository.assemble(items, lines))
  }

  /// Several whole claims in one trip, locked in the order of their identities whoever asks.
  package static func lockAll(
    _ ids: [WarrantyClaim.ID], in scope: Scope, through door: some QueryDoor
  ) async throws -> [WarrantyClaim] {
    let chosen: SQL = "c.id = any (\(ids)) and \(scope.condition(on: "c.station_id"))"
    let (found, items, lines) = try await door.run(
      Query.list(
        "select " + columns + " from warranty_claims c where " + chosen + " order by c.id for update of c", decode),
      ClaimItemRepository.items(where: chosen), ClaimItemRepository.lines(where: chosen))
    let ownItems = Dictionary(grouping: items, by: \.claim)
    let ownLines = Dictionary(grouping: lines, by: \.claim)
    return found.map { claim in
      claim.holding(
        ClaimItemRepository.assemble(
          (ownItems[claim.id] ?? []).map(\.item), (ownLines[claim.id] ?? []).map { ($0.item, $0.line) }))
    }
  }

  /// Saves what settlements do to locked claims, which is where they and their lines stand: two statements, however many there are.
  /// The first answers how many claims it found.
  package static func saveStanding(
    _ claims: [(after: WarrantyClaim, before: WarrantyClaim)], by author: RecordStamp.Author, at instant: Timestamp
  ) -> [Query<Int>] {
    let after = claims.map(\.after)
    var moved: [(claim: WarrantyClaim.ID, line: ClaimLine)] = []
    for (after, before) in claims {
      let known = Dictionary(uniqueKeysWithValues: before.lines.map { ($0.number, $0) })
      for line in after.lines where known[line.number] != line { moved.append((after.id, line)) }
    }
    let headers = Query.execute(
      """
      update warranty_claims c
      set state = e.state, settled_at = e.settled_at, version = e.version, updated_at = \(instant),
        updated_by = \(author.name), updated_by_id = \(author.id)
      from unnest(\(after.map(\.id)), \(after.map { Int32(clamping: $0.version) }), \(after.map(\.state.rawValue)),
        \(after.map(\.progress.settledAt))) as e(id, version, state, settled_at)
      where c.id = e.id and c.version = e.version - 1
      """)
    if moved.isEmpty { return [headers] }
    return [
      headers,
      Query.execute(
        """
        update warranty_claim_lines l set standing = e.standing, paid_at = e.paid_at
        from unnest(\(moved.map(\.claim)), \(moved.map { Int32(clamping: $0.line.number) }),
          \(moved.map(\.line.standing.rawValue)), \(moved.map(\.line.paidAt))) as e(claim, number, standing, paid_at)
        where l.claim_id = e.claim and l.number = e.number
        """),
    ]
  }

  package static func save(_ after: WarrantyClaim, over before: WarrantyClaim?) -> [Query<Int>] {
    [before.map { update(after, expecting: $0.version) } ?? insert(after)]
      + ClaimItemRepository.save(after, over: before?.items ?? [])
  }

  private static func insert(_ claim: WarrantyClaim) -> Query<Int> {
    let (header, progress) = (claim.header, claim.progress)
    return refusing(
      Query.execute(
        """
        insert into warranty_claims (id, number, station_id, kind, state, currency, work_order_id, complaint_id,
          vehicle_id, odometer_km, repaired_on, note, appraisal, submissions, submitted_at, submitter_ids, appeals,
          decided_at, settled_at, versions, blocking, reviewing, reason, last_line_number, claimed_amount,
          approved_amount, \(RecordColumns.names))
        values (\(claim.id), \(claim.number), \(claim.stationID), \(claim.kind.rawValue), \(claim.state.rawValue),
          \(claim.currency.rawValue), \(claim.workOrderID), \(claim.complaintID), \(claim.vehicleID),
          \(header.odometerKm.map { Int32($0) }), \(header.repairedOn), \(header.note),
          \(progress.appraisal.map(ClaimJSON.encode)), \(Int32(progress.submissions)), \(progress.submittedAt),
          \(people(progress.submitters)), \(Int32(progress.appeals)), \(progress.decidedAt), \(progress.settledAt),
          \(Int32(progress.versions)), \(Int32(progress.blocking)), \(Int32(progress.reviewing)), \(progress.reason),
          \(Int32(claim.lastLineNumber)), \(claim.claimed.minorUnits), \(claim.approved.minorUnits),
          \(RecordColumns.values(header.externalIDs, claim.version, claim.stamp)))
        """))
  }

  /// Saves a changed claim: one statement that checks and changes (C-16). 0 rows: another version.
  private static func update(_ claim: WarrantyClaim, expecting version: Int) -> Query<Int> {
    let (header, progress) = (claim.header, claim.progress)
    return refusing(
      Query.execute(
        """
        update warranty_claims
        set state = \(claim.state.rawValue), odometer_km = \(header.odometerKm.map { Int32($0) }),
          repaired_on = \(header.repairedOn), note = \(header.note),
          appraisal = \(progress.appraisal.map(ClaimJSON.encode)), submissions = \(Int32(progress.submissions)),
          submitted_at = \(progress.submittedAt), submitter_ids = \(people(progress.submitters)),
          appeals = \(Int32(progress.appeals)), decided_at = \(progress.decidedAt), settled_at = \(progress.settledAt),
          versions = \(Int32(progress.versions)), blocking = \(Int32(progress.blocking)),
          reviewing = \(Int32(progress.reviewing)), reason = \(progress.reason),
          last_line_number = \(Int32(claim.lastLineNumber)), claimed_amount = \(claim.claimed.minorUnits),
          approved_amount = \(claim.approved.minorUnits),
          \(RecordColumns.assignments(header.externalIDs, claim.version, claim.stamp))
        where id = \(claim.id) and version = \(version)
        """))
  }

  private static func refusing(_ query: Query<Int>) -> Query<Int> {
    query
      .refusing("warranty_claims_station_id_fkey") {
        Refusal.invalid("#/stationId", .notFound, "there is no such station")
      }
      .refusing("warranty_claims_work_order_id_fkey") {
        Refusal.invalid("#/workOrderId", .notFound, "there is no such order at this station")
      }
      .refusing("warranty_claims_complaint_id_fkey") {
        Refusal.invalid("#/complaintId", .notFound, "there is no such complaint at this station")
      }
  }

  static func people(_ ids: Set<UUID>) -> [UUID] { ids.sorted { $0.canonical < $1.canonical } }

  static func names(_ reference: Reference<WarrantyClaim>) -> SQL {
    switch reference {
    case .id(let id): "c.id = \(id)"
    case .number(let number): "c.number = \(number)"
    }
  }

  private static let overdue: SQL = """
    c.state = 'underAudit' and exists (
      select from clocks k
      where k.subject_id = c.id and k.subject_resource = 'warrantyClaim' and k.kind = 'claimDecision'
        and k.breached_at is not null and k.met_at is null and k.cancelled_at is null)
    """

  /// Stations with claims whose decision is overdue by the clock.
  package static func stationsWithOverdue() -> Query<[Station.ID]> {
    Query.list("select distinct c.station_id from warranty_claims c where " + overdue + " order by c.station_id") {
      try $0.next(Station.ID.self)
    }
  }

  /// Claims under audit whose decision is overdue by the clock, oldest first; those of another instance are passed over.
  package static func lockOverdue(at stations: [Station.ID], limit: Int) -> Query<[WarrantyClaim.ID]> {
    Query.list(
      "select c.id from warranty_claims c where c.station_id = any (\(stations)) and " + overdue
        + " order by c.submitted_at, c.id limit \(limit) for update of c skip locked"
    ) { try $0.next(WarrantyClaim.ID.self) }
  }

  private static let columns: SQL = """
    c.id, c.number, c.station_id, c.kind, c.state, c.currency, c.work_order_id, c.complaint_id, c.vehicle_id,
    c.odometer_km, c.repaired_on, c.note, c.appraisal, c.submissions, c.submitted_at, c.submitter_ids, c.appeals,
    c.decided_at, c.settled_at, c.versions, c.blocking, c.reviewing, c.reason, c.last_line_number, c.claimed_amount,
    c.approved_amount, (
      select array[
        count(*) filter (where l.decision is null), count(*) filter (where l.decision = 'approved'),
        count(*) filter (where l.decision = 'reduced'), count(*) filter (where l.decision = 'rejected'),
        count(*) filter (where l.decision = 'returned'), count(*) filter (where l.old_part = 'awaited'),
        count(*) filter (where l.standing = 'paid')]
      from warranty_claim_lines l where l.claim_id = c.id), \(RecordColumns.selected(from: "c"))
    """

  @Sendable private static func decode(_ row: inout Row) throws -> WarrantyClaim {
    let id = try row.next(WarrantyClaim.ID.self)
    let number = try row.next(String.self)
    let station = try row.next(Station.ID.self)
    let kind = try row.next(as: WarrantyClaim.Kind.self)
    let state = try row.next(as: WarrantyClaim.State.self)
    let currency = try row.next(as: Currency.self)
    let order = try row.next(WorkOrder.ID?.self)
    let complaint = try row.next(Complaint.ID?.self)
    let vehicle = try row.next(Vehicle.ID?.self)
    let km = try row.next(Int32?.self).map(Int.init)
    let repairedOn = try row.next(CalendarDate?.self)
    let note = try row.next(String?.self)
    var progress = WarrantyClaimProgress()
    progress.appraisal = try row.next(JSONB?.self).flatMap { ClaimJSON.appraisal($0.bytes) }
    progress.submissions = Int(try row.next(Int32.self))
    progress.submittedAt = try row.next(Timestamp?.self)
    progress.submitters = Set(try row.next([UUID].self))
    progress.appeals = Int(try row.next(Int32.self))
    progress.decidedAt = try row.next(Timestamp?.self)
    progress.settledAt = try row.next(Timestamp?.self)
    progress.versions = Int(try row.next(Int32.self))
    progress.blocking = Int(try row.next(Int32.self))
    progress.reviewing = Int(try row.next(Int32.self))
    progress.reason = try row.next(String?.self)
    let lastLine = Int(try row.next(Int32.self))
    let claimed = try row.next(MinorUnits.self)
    let approved = try row.next(MinorUnits.self)
    let counts = try row.next([Int64].self).map { Int($0) }
    let tail = try row.nextRecordTail()
    return WarrantyClaim(
      id: id, number: number, stationID: station, kind: kind, currency: currency, workOrderID: order,
      complaintID: complaint, vehicleID: vehicle, state: state, version: tail.version, stamp: tail.stamp,
      header: WarrantyClaimHeader(
        odometerKm: km, repairedOn: repairedOn, note: note, externalIDs: tail.externalIDs),
      progress: progress, lastLineNumber: lastLine,
      totals: ClaimTotals(
        claimed: Money(minor: claimed.value, currency: currency),
        approved: Money(minor: approved.value, currency: currency),
        counts: ClaimCounts(
          open: counts[0], approved: counts[1], reduced: counts[2], rejected: counts[3], returned: counts[4],
          awaitingOldPart: counts[5], paid: counts[6])))
  }
}
