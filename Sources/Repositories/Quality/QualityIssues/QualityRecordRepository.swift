package import Domain
import FoundationEssentials
package import Postgres

/// What stands beside a quality issue in tables of its own: measures and 8D record, loaded and saved with it; reports, which
/// never change.
package enum QualityRecordRepository {
  // MARK: Measures

  static func measures(of issue: Reference<QualityIssue>, in scope: Scope) -> Query<[QualityMeasure]> {
    Query.list(
      """
      select m.number, m.kind, m.description, m.owner, m.due_date, m.state, m.completed_date, m.effectiveness_percent,
        m.proof, m.created_at, m.created_by, m.created_by_id
      from quality_issues q join quality_measures m on m.quality_issue_id = q.id
      where \(QualityIssueRepository.names(issue)) and \(scope.condition(qualityIssue: "q"))
      order by m.number
      """
    ) { row in
      let number = try row.next(Int.self)
      let kind = try row.next(as: QualityMeasure.Kind.self)
      let description = try row.next(String.self)
      let owner = try row.next(String.self)
      let due = try row.next(CalendarDate.self)
      let state = try row.next(as: QualityMeasure.State.self)
      let completed = try row.next(CalendarDate?.self)
      let effectiveness = try row.next(Int?.self)
      let proof = try row.next(String?.self)
      let createdAt = try row.next(Timestamp.self)
      let name = try row.next(String.self)
      return QualityMeasure(
        number: number, kind: kind, description: description, owner: owner, dueDate: due, state: state,
        completedDate: completed, effectivenessPercent: effectiveness, proof: proof,
        createdBy: RecordStamp.Author(name: name, id: try row.next(UUID?.self)), createdAt: createdAt)
    }
  }

  static func disciplines(of issue: Reference<QualityIssue>, in scope: Scope) -> Query<[EightDStep]> {
    Query.list(
      """
      select d.discipline, d.summary, d.team, d.causes, d.completed_at, d.completed_by
      from quality_issues q join quality_disciplines d on d.quality_issue_id = q.id
      where \(QualityIssueRepository.names(issue)) and \(scope.condition(qualityIssue: "q"))
      order by d.discipline
      """
    ) { row in
      let discipline = try row.next(as: EightDStep.Discipline.self)
      let summary = try row.next(String.self)
      let team = QualityJSON.team(try row.next(JSONB.self).bytes)
      let causes = QualityJSON.causes(try row.next(JSONB.self).bytes)
      let completedAt = try row.next(Timestamp?.self)
      return EightDStep(
        discipline: discipline, summary: summary, team: team, causes: causes, completedAt: completedAt,
        completedBy: try row.next(String?.self))
    }
  }

  /// Statements for what differs.
  static func save(_ after: QualityIssue, over before: QualityIssue?) -> [Query<Int>] {
    after.measures.filter { measure in before?.measures.contains(measure) != true }.map { save($0, of: after) }
      + after.disciplines.filter { step in before?.disciplines.contains(step) != true }.map { save($0, of: after) }
  }

  private static func save(_ measure: QualityMeasure, of issue: QualityIssue) -> Query<Int> {
    Query.execute(
      """
      insert into quality_measures as m (quality_issue_id, number, station_id, kind, description, owner, due_date, state,
        completed_date, effectiveness_percent, proof, created_at, created_by, created_by_id)
      values (\(issue.id), \(measure.number), \(issue.stationID), \(measure.kind.rawValue), \(measure.description),
        \(measure.owner), \(measure.dueDate), \(measure.state.rawValue), \(measure.completedDate),
        \(measure.effectivenessPercent), \(measure.proof), \(measure.createdAt), \(measure.createdBy.name),
        \(measure.createdBy.id))
      on conflict on constraint quality_measures_pkey do update
      set description = excluded.description, owner = excluded.owner, due_date = excluded.due_date,
        state = excluded.state, completed_date = excluded.completed_date,
        effectiveness_percent = excluded.effectiveness_percent, proof = excluded.proof
      """)
  }

  private static func save(_ step: EightDStep, of issue: QualityIssue) -> Query<Int> {
    Query.execute(
      """
      insert into quality_disciplines as d (quality_issue_id, discipline, station_id, summary, team, causes,
        completed_at, completed_by)
      values (\(issue.id), \(step.discipline.rawValue), \(issue.stationID), \(step.summary),
        \(QualityJSON.encode(step.team)), \(QualityJSON.encode(step.causes)), \(step.completedAt), \(step.completedBy))
      on conflict on constraint quality_disciplines_pkey do update
      set summary = excluded.summary, team = excluded.team, causes = excluded.causes,
        completed_at = excluded.completed_at, completed_by = excluded.completed_by
      """)
  }

  // MARK: Reports

  package static func insert(_ report: QualityReport, of issue: QualityIssue) -> Query<Int> {
    Query.execute(
      """
      insert into quality_reports (quality_issue_id, sequence, station_id, level, content, recipients, issued_at,
        issued_by)
      values (\(issue.id), \(report.sequence), \(issue.stationID), \(report.level.rawValue),
        \(QualityJSON.encode(report.content)), \(report.recipients.map(\.rawValue)), \(report.issuedAt),
        \(report.issuedBy))
      """)
  }

  package static func insert(
    _ delivery: QualityReport.Delivery, of report: QualityReport, on issue: QualityIssue, at instant: Timestamp
  ) -> Query<Int> {
    Query.execute(
      """
      insert into quality_report_deliveries (quality_issue_id, sequence, recipient, station_id, channel, delivered_at,
        recorded_by, recorded_at)
      values (\(issue.id), \(report.sequence), \(delivery.recipient.rawValue), \(issue.stationID),
        \(delivery.channel.rawValue), \(delivery.deliveredAt), \(delivery.recordedBy), \(instant))
      """
    ).refusing("quality_report_deliveries_pkey") {
      Refusal.invalid("#/recipient", .notUnique, "has the report already")
    }
  }

  /// The reports of an issue with their deliveries, first to last.
  package static func reports(
    of issue: QualityIssue.ID, in scope: Scope, through door: some QueryDoor
  ) async throws -> [QualityReport] {
    let (reports, deliveries) = try await door.run(headers(of: issue, scope), deliveries(of: issue, scope))
    let bySequence = Dictionary(grouping: deliveries, by: \.sequence)
    return reports.map { report in
      var whole = report
      whole.deliveries = bySequence[report.sequence]?.map(\.delivery) ?? []
      return whole
    }
  }

  private static func headers(of issue: QualityIssue.ID, _ scope: Scope) -> Query<[QualityReport]> {
    Query.list(
      """
      select r.sequence, r.level, r.content, r.recipients, r.issued_at, r.issued_by
      from quality_reports r
      where r.quality_issue_id = \(issue) and \(scope.condition(on: "r.station_id"))
      order by r.sequence
      """
    ) { row in
      let sequence = try row.next(Int.self)
      let level = try row.next(as: QualityLevel.self)
      let content = QualityJSON.content(try row.next(JSONB.self).bytes)
      let recipients = try row.next([String].self).compactMap(Role.init(rawValue:))
      let at = try row.next(Timestamp.self)
      return QualityReport(
        sequence: sequence, level: level, content: content, recipients: recipients, issuedAt: at,
        issuedBy: try row.next(String.self))
    }
  }

  private static func deliveries(
    of issue: QualityIssue.ID, _ scope: Scope
  ) -> Query<[(sequence: Int, delivery: QualityReport.Delivery)]> {
    Query.list(
      """
      select d.sequence, d.recipient, d.channel, d.delivered_at, d.recorded_by
      from quality_report_deliveries d
      where d.quality_issue_id = \(issue) and \(scope.condition(on: "d.station_id"))
      order by d.delivered_at, d.recipient
      """
    ) { row in
      let sequence = try row.next(Int.self)
      let recipient = try row.next(as: Role.self)
      let channel = try row.next(as: QualityReport.Channel.self)
      let at = try row.next(Timestamp.self)
      return (
        sequence,
        QualityReport.Delivery(
          recipient: recipient, channel: channel, deliveredAt: at, recordedBy: try row.next(String.self))
      )
    }
  }
}
