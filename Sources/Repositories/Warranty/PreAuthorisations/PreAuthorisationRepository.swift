package import Domain
package import FoundationEssentials
package import Postgres

/// Pre-authorisations with their lines, and what claims drew of them (M5).
package enum PreAuthorisationRepository: DocumentStore {
  /// Without lines.
  package static func find(_ reference: Reference<PreAuthorisation>, in scope: Scope) -> Query<PreAuthorisation?> {
    Query.optional(selection(reference, scope), decode)
  }

  /// As `find`, and nobody else changes the request until the transaction ends.
  package static func lock(_ reference: Reference<PreAuthorisation>, in scope: Scope) -> Query<PreAuthorisation?> {
    Query.optional(selection(reference, scope) + " for update of a", decode)
  }

  package static func list(
    _ filter: PreAuthorisationFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<PreAuthorisation>> {
    var plan = ListPlan(
      columns: columns, from: "pre_authorisations a", id: "a.id", sorts: sorts, window: window,
      conditions: [scope.condition(preAuthorisation: "a")])
    if !filter.states.isEmpty { plan.filter("a.state = any (\(filter.states.map(\.rawValue)))") }
    if !filter.kinds.isEmpty { plan.filter("a.kind = any (\(filter.kinds.map(\.rawValue)))") }
    if let station = filter.stationID { plan.filter("a.station_id = \(station)") }
    if let order = filter.workOrderID { plan.filter("a.work_order_id = \(order)") }
    if let vehicle = filter.vehicleID { plan.filter("a.vehicle_id = \(vehicle)") }
    if let from = filter.createdFrom { plan.filter("a.created_at >= \(from)") }
    if let before = filter.createdBefore { plan.filter("a.created_at < \(before)") }
    if let number = filter.number { plan.filter("a.number = \(number)") }
    return plan.query(page, decode: decode)
  }

  package static let window = ListPlan.WindowColumns(updated: "a.updated_at")

  /// The fields that a list may be ordered by.
  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("a.created_at", type: "timestamptz"),
    "number": .init("a.number", type: "text"),
    "updatedAt": .init("a.updated_at", type: "timestamptz"),
    "validUntil": .init("a.valid_until", type: "date", nullable: true),
  ]

  package static func whole(
    _ header: Query<PreAuthorisation?>, _ reference: Reference<PreAuthorisation>, in scope: Scope,
    through door: some QueryDoor
  ) async throws -> PreAuthorisation? {
    let (found, lines) = try await door.run(header, lines(of: reference, in: scope))
    return found.map { $0.with(lines) }
  }

  package static func save(_ after: PreAuthorisation, over before: PreAuthorisation?) -> [Query<Int>] {
    var statements = [before.map { update(after, expecting: $0.version) } ?? insert(after)]
    let kept = Set(after.lines.map(\.number))
    for line in before?.lines ?? [] where !kept.contains(line.number) {
      statements.append(
        Query.execute(
          """
          delete from pre_authorisation_lines
          where pre_authorisation_id = \(after.id) and line = \(Int32(line.number))
          """))
    }
    for line in after.lines where before?.lines.first(where: { $0.number == line.number }) != line {
      statements.append(save(line, of: after))
    }
    return statements
  }

  private static func insert(_ document: PreAuthorisation) -> Query<Int> {
    let header = document.header
    return Query.execute(
      """
      insert into pre_authorisations (id, number, station_id, work_order_id, vehicle_id, currency, state, kind, reason,
        \(RecordColumns.names))
      values (\(document.id), \(document.number), \(document.stationID), \(document.workOrderID),
        \(document.vehicleID), \(document.currency.rawValue), \(document.state.rawValue), \(header.kind.rawValue),
        \(header.reason), \(RecordColumns.values(header.externalIDs, document.version, document.stamp)))
      """)
  }

  /// Saves a changed request: one statement that checks and changes (C-16). 0 rows: another version.
  private static func update(_ document: PreAuthorisation, expecting version: Int) -> Query<Int> {
    let (header, progress) = (document.header, document.progress)
    return Query.execute(
      """
      update pre_authorisations
      set state = \(document.state.rawValue), kind = \(header.kind.rawValue), reason = \(header.reason),
        submitted_at = \(progress.submittedAt), submitted_by = \(progress.submittedBy?.name),
        submitted_by_id = \(progress.submittedBy?.id), questions = \(PreAuthorisationJSON.encode(progress.questions)),
        outcome = \(progress.decision?.outcome.rawValue), decided_at = \(progress.decision?.at),
        decided_by = \(progress.decision?.by.name), decided_by_id = \(progress.decision?.by.id),
        decision_reason = \(progress.decision?.reason), valid_until = \(progress.validUntil),
        expired_at = \(progress.expiredAt),
        \(RecordColumns.assignments(header.externalIDs, document.version, document.stamp))
      where id = \(document.id) and version = \(version)
      """
    ).refusing("pre_authorisations_decided_by_another") {
      Refusal.separationOfDuties(
        rule: "asker-decides", detail: "Who wrote or submitted the request does not decide about it.")
    }
  }

  private static func save(_ line: PreAuthorisationLine, of document: PreAuthorisation) -> Query<Int> {
    Query.execute(
      """
      insert into pre_authorisation_lines (pre_authorisation_id, line, station_id, description, causal_part_number,
        labour_operation_code, fault_code, requested, asked, covered, policy_version, reasons, proof, approved, drawn)
      values (\(document.id), \(Int32(line.number)), \(document.stationID), \(line.description),
        \(line.causalPartNumber), \(line.labourOperationCode), \(line.faultCode), \(line.requested.minorUnits),
        \(line.asked.map(Self.encode)), \(line.entitlement?.covered), \(line.entitlement.map { Int32($0.policyVersion.number) }),
        \(line.entitlement?.reasons.map(\.rawValue)), \(line.entitlement?.proof), \(line.approved?.minorUnits),
        \(line.drawn.minorUnits))
      on conflict on constraint pre_authorisation_lines_pkey do update
      set description = excluded.description, causal_part_number = excluded.causal_part_number,
        labour_operation_code = excluded.labour_operation_code, fault_code = excluded.fault_code,
        requested = excluded.requested, asked = excluded.asked, covered = excluded.covered, policy_version = excluded.policy_version,
        reasons = excluded.reasons, proof = excluded.proof, approved = excluded.approved,
        drawn = excluded.drawn
      """
    ).refusing("pre_authorisation_lines_drawn_check") { PreAuthorisation.exceeded(document) }
  }

  private static func encode(_ asked: PreAuthorisationLine.Asked) -> JSONB {
    EventJSON.encode(
      .object([
        "hours": .integer(Int64(asked.hours.hundredths)),
        "parts": .object(asked.parts.mapValues { .integer(Int64($0)) }),
      ]))
  }

  private static func asked(_ bytes: [UInt8]) -> PreAuthorisationLine.Asked? {
    let record = EventJSON.object(bytes)
    guard let hours = record.integer("hours"), case .object(let parts)? = record["parts"] else { return nil }
    return PreAuthorisationLine.Asked(
      hours: Hours(hundredths: Int32(clamping: hours)),
      parts: parts.compactMapValues { value in
        if case .integer(let pieces) = value { Int(pieces) } else { nil }
      })
  }

  // MARK: What claims rest on

  /// What the maker approved of an order, line by line, whether it still holds or not.
  package static func permits(
    for order: WorkOrder.ID, in scope: Scope
  ) -> Query<[PreAuthorisationPermit]> {
    Query.list(
      """
      select a.id, a.number, a.kind, l.line, l.causal_part_number, l.labour_operation_code, a.currency, l.approved,
        l.drawn, a.decided_at, a.valid_until, a.expired_at, l.asked
      from pre_authorisations a join pre_authorisation_lines l on l.pre_authorisation_id = a.id
      where a.work_order_id = \(order) and a.outcome in ('approved', 'partiallyApproved') and l.approved > 0
        and \(scope.condition(preAuthorisation: "a"))
      order by a.number, l.line
      """
    ) { row in
      let id = try row.next(PreAuthorisation.ID.self)
      let number = try row.next(String.self)
      let kind = try row.next(as: PreAuthorisation.Kind.self)
      let line = try row.next(Int.self)
      let part = try row.next(String?.self)
      let operation = try row.next(String?.self)
      let currency = try row.next(as: Currency.self)
      let approved = try row.next(MinorUnits.self)
      let drawn = try row.next(MinorUnits.self)
      let decided = try row.next(Timestamp.self)
      let validUntil = try row.next(CalendarDate.self)
      return PreAuthorisationPermit(
        id: id, number: number, kind: kind, workOrderID: order, line: line, causalPartNumber: part,
        labourOperationCode: operation, approved: Money(minor: approved.value, currency: currency),
        drawn: Money(minor: drawn.value, currency: currency), heldFrom: ReportPeriod.day(of: decided),
        validUntil: validUntil, endedOn: try row.next(Timestamp?.self).map(ReportPeriod.day),
        asked: try row.next(JSONB?.self).flatMap { Self.asked($0.bytes) })
    }
  }

  /// What one claim has drawn of an approved line, behind the lock of the request.
  package static func drawn(
    of document: PreAuthorisation.ID, line: Int, by claim: UUID
  ) -> Query<Int64?> {
    Query.optional(
      """
      select d.amount from pre_authorisation_draws d
      where d.pre_authorisation_id = \(document) and d.line = \(Int32(line)) and d.claim_id = \(claim)
      """
    ) { try $0.next(MinorUnits.self).value }
  }

  /// What one claim has drawn, of whichever requests.
  package static func draws(
    by claim: UUID
  ) -> Query<[(document: PreAuthorisation.ID, line: Int, amount: Int64)]> {
    Query.list(
      """
      select d.pre_authorisation_id, d.line, d.amount
      from pre_authorisation_draws d
      where d.claim_id = \(claim) and d.amount > 0
      order by d.pre_authorisation_id, d.line
      """
    ) { (try $0.next(PreAuthorisation.ID.self), try $0.next(Int.self), try $0.next(MinorUnits.self).value) }
  }

  /// Keeps what one claim has drawn now in all.
  package static func keep(
    _ amount: Money, drawnOf document: PreAuthorisation, line: Int, by claim: UUID, at instant: Timestamp
  ) -> Query<Int> {
    Query.execute(
      """
      insert into pre_authorisation_draws (pre_authorisation_id, line, claim_id, station_id, amount, drawn_at)
      values (\(document.id), \(Int32(line)), \(claim), \(document.stationID), \(amount.minorUnits), \(instant))
      on conflict on constraint pre_authorisation_draws_pkey do update
      set amount = excluded.amount, drawn_at = excluded.drawn_at
      """)
  }

  // MARK: Expiry

  /// The approved ones whose last day has passed, locked; those that another instance works on are left to it.
  package static func lockExpired(on day: CalendarDate, limit: Int) -> Query<[PreAuthorisation]> {
    Query.list(
      "select \(columns) from pre_authorisations a"
        + " where a.state = 'approved' and a.valid_until < \(day) order by a.valid_until limit \(limit)"
        + " for update of a skip locked", decode)
  }

  // MARK: Inside

  private static func lines(
    of reference: Reference<PreAuthorisation>, in scope: Scope
  ) -> Query<[PreAuthorisationLine]> {
    Query.list(
      """
      select l.line, l.description, l.causal_part_number, l.labour_operation_code, l.fault_code, a.currency, l.requested,
        l.asked, l.covered, l.policy_version, l.reasons, l.proof, l.approved, l.drawn
      from pre_authorisations a join pre_authorisation_lines l on l.pre_authorisation_id = a.id
      where
      """ + " " + names(reference) + " and " + scope.condition(preAuthorisation: "a") + " order by l.line"
    ) { row in
      let number = try row.next(Int.self)
      let description = try row.next(String.self)
      let part = try row.next(String?.self)
      let operation = try row.next(String?.self)
      let fault = try row.next(String?.self)
      let currency = try row.next(as: Currency.self)
      let requested = try row.next(MinorUnits.self)
      let asked = try row.next(JSONB?.self).flatMap { Self.asked($0.bytes) }
      let covered = try row.next(Bool?.self)
      let policy = try row.next(Int32?.self)
      let reasons = try row.next([String]?.self)
      let proof = try row.next(String?.self)
      let approved = try row.next(MinorUnits?.self)
      let drawn = try row.next(MinorUnits.self)
      var verdict: PreAuthorisationVerdict?
      if let covered, let policy, let reasons, let proof {
        verdict = PreAuthorisationVerdict(
          covered: covered, policyVersion: PolicyVersion(.warranty, Int(policy)),
          reasons: reasons.compactMap(Entitlement.Reason.Code.init(rawValue:)), proof: proof)
      }
      return PreAuthorisationLine(
        number: number, description: description, causalPartNumber: part, labourOperationCode: operation,
        faultCode: fault, requested: Money(minor: requested.value, currency: currency), asked: asked,
        entitlement: verdict,
        approved: approved.map { Money(minor: $0.value, currency: currency) },
        drawn: Money(minor: drawn.value, currency: currency))
    }
  }

  private static let columns: SQL = """
    a.id, a.number, a.station_id, a.work_order_id, a.vehicle_id, a.currency, a.state, a.kind, a.reason, a.submitted_at,
    a.submitted_by, a.submitted_by_id, a.questions, a.outcome, a.decided_at, a.decided_by, a.decided_by_id,
    a.decision_reason, a.valid_until, a.expired_at, \(RecordColumns.selected(from: "a"))
    """

  private static func names(_ reference: Reference<PreAuthorisation>) -> SQL {
    switch reference {
    case .id(let id): "a.id = \(id)"
    case .number(let number): "a.number = \(number)"
    }
  }

  private static func selection(_ reference: Reference<PreAuthorisation>, _ scope: Scope) -> SQL {
    "select \(columns) from pre_authorisations a where \(names(reference)) and \(scope.condition(preAuthorisation: "a"))"
  }

  @Sendable private static func decode(_ row: inout Row) throws -> PreAuthorisation {
    let id = try row.next(PreAuthorisation.ID.self)
    let number = try row.next(String.self)
    let station = try row.next(Station.ID.self)
    let order = try row.next(WorkOrder.ID.self)
    let vehicle = try row.next(Vehicle.ID.self)
    let currency = try row.next(as: Currency.self)
    let state = try row.next(as: PreAuthorisation.State.self)
    let kind = try row.next(as: PreAuthorisation.Kind.self)
    let reason = try row.next(String.self)
    var progress = PreAuthorisationProgress()
    progress.submittedAt = try row.next(Timestamp?.self)
    let submitter = try row.next(String?.self)
    let submitterID = try row.next(UUID?.self)
    progress.submittedBy = submitter.map { RecordStamp.Author(name: $0, id: submitterID) }
    progress.questions = PreAuthorisationJSON.questions(EventJSON.value(try row.next(JSONB.self).bytes))
    let outcome = try row.nextOptional(as: PreAuthorisationDecision.Outcome.self)
    let decidedAt = try row.next(Timestamp?.self)
    let decidedBy = try row.next(String?.self)
    let deciderID = try row.next(UUID?.self)
    let decisionReason = try row.next(String?.self)
    if let outcome, let decidedAt, let decidedBy {
      progress.decision = PreAuthorisationDecision(
        outcome, by: RecordStamp.Author(name: decidedBy, id: deciderID), at: decidedAt, reason: decisionReason)
    }
    progress.validUntil = try row.next(CalendarDate?.self)
    progress.expiredAt = try row.next(Timestamp?.self)
    let tail = try row.nextRecordTail()
    return PreAuthorisation(
      id: id, number: number, stationID: station, workOrderID: order, vehicleID: vehicle, currency: currency,
      state: state, version: tail.version, stamp: tail.stamp,
      header: PreAuthorisationHeader(kind: kind, reason: reason, externalIDs: tail.externalIDs), lines: [],
      progress: progress)
  }
}

/// What is kept as jsonb: questions and answers, written in their order and read whole.
enum PreAuthorisationJSON {
  static func encode(_ questions: [PreAuthorisationQuestion]) -> JSONB {
    EventJSON.encode(
      .list(
        questions.map { question in
          .object([
            "text": .text(question.text), "askedBy": .text(question.askedBy.name),
            "askedById": .optional(question.askedBy.id?.canonical),
            "askedAt": .integer(question.askedAt.milliseconds), "answer": .optional(question.answer),
            "answeredBy": .optional(question.answeredBy?.name),
            "answeredById": .optional(question.answeredBy?.id?.canonical),
            "answeredAt": question.answeredAt.map { .integer($0.milliseconds) } ?? .null,
          ])
        }))
  }

  static func questions(_ value: EventValue) -> [PreAuthorisationQuestion] {
    guard case .list(let items) = value else { return [] }
    return items.compactMap { item in
      guard case .object(let members) = item, let text = members.text("text"), let asker = members.text("askedBy"),
        let askedAt = members.integer("askedAt")
      else { return nil }
      return PreAuthorisationQuestion(
        text: text, askedBy: RecordStamp.Author(name: asker, id: id(members, "askedById")),
        askedAt: Timestamp(milliseconds: askedAt), answer: members.text("answer"),
        answeredBy: members.text("answeredBy").map {
          RecordStamp.Author(name: $0, id: id(members, "answeredById"))
        },
        answeredAt: members.integer("answeredAt").map { Timestamp(milliseconds: $0) })
    }
  }

  private static func id(_ members: [String: EventValue], _ name: String) -> UUID? {
    members.text(name).flatMap { UUID(canonical: $0) }
  }
}
