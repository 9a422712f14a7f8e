package import Domain
import FoundationEssentials
package import Postgres

/// Signals of the early warning: headquarters' alone.
package enum EarlyWarningRepository: DocumentStore {
  package static let window = ListPlan.WindowColumns(created: "w.created_at", updated: "w.updated_at")

  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("w.created_at", type: "timestamptz"),
    "number": .init("w.number", type: "text"),
    "signalledOn": .init("w.signalled_on", type: "date"),
    "updatedAt": .init("w.updated_at", type: "timestamptz"),
  ]

  package static func find(_ reference: Reference<EarlyWarning>, in scope: Scope) -> Query<EarlyWarning?> {
    Query.optional(selection(reference, scope), decode)
  }

  package static func lock(_ reference: Reference<EarlyWarning>, in scope: Scope) -> Query<EarlyWarning?> {
    Query.optional(selection(reference, scope) + " for update of w", decode)
  }

  package static func list(
    _ filter: EarlyWarningFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<EarlyWarning>> {
    var plan = ListPlan(
      columns: columns, from: "early_warnings w", id: "w.id", sorts: sorts, window: window,
      conditions: [visible(to: scope)])
    if !filter.states.isEmpty { plan.filter("w.state = any (\(filter.states.map(\.rawValue)))") }
    if let make = filter.make { plan.filter("w.make = upper(\(make))") }
    if let model = filter.model { plan.filter("w.model = upper(\(model))") }
    if let year = filter.modelYear { plan.filter("\(year) between w.model_year_from and w.model_year_to") }
    if let component = filter.component { plan.filter("w.component = upper(\(component))") }
    if let issue = filter.qualityIssueID { plan.filter("w.quality_issue_id = \(issue)") }
    if let from = filter.signalledFrom { plan.filter("w.signalled_on >= \(from)") }
    if let before = filter.signalledBefore { plan.filter("w.signalled_on < \(before)") }
    if let number = filter.number { plan.filter("w.number = \(number)") }
    return plan.query(page, decode: decode)
  }

  /// What these cells have said since a day; nobody else changes it until the transaction ends.
  package static func lock(of cells: [EarlyWarningCell], since day: CalendarDate) -> Query<[EarlyWarning]> {
    Query.list(
      """
      select \(columns)
      from early_warnings w
      where (w.make, w.model, w.component) in (
          select c.make, c.model, c.component
          from unnest(\(cells.map(\.make)), \(cells.map(\.model)), \(cells.map(\.component))) as c(make, model, component))
        and w.signalled_on > \(day)
      order by w.signalled_on, w.id
      for update of w
      """, decode)
  }

  package static func save(_ after: EarlyWarning, over before: EarlyWarning?) -> [Query<Int>] {
    [before.map { update(after, expecting: $0.version) } ?? insert(after)]
  }

  private static func insert(_ warning: EarlyWarning) -> Query<Int> {
    Query.execute(
      """
      insert into early_warnings (id, number, state, make, model, model_year_from, model_year_to, component, signalled_on,
        level, raised_on, figures, rule, sentence, sources, quality_issue_id, acknowledgement, \(RecordColumns.names))
      values (\(warning.id), \(warning.number), \(warning.state.rawValue), \(warning.cell.make), \(warning.cell.model),
        \(warning.modelYears.lowerBound), \(warning.modelYears.upperBound), \(warning.cell.component),
        \(warning.signalledOn), \(warning.level), \(warning.raisedOn), \(EventJSON.encode(warning.figures.value)),
        \(encode(warning.rule)), \(warning.sentence), \(encode(warning.sources)), \(warning.qualityIssueID),
        \(warning.acknowledgement.map(encode)), \(RecordColumns.values([:], warning.version, warning.stamp)))
      """)
  }

  private static func update(_ warning: EarlyWarning, expecting version: Int) -> Query<Int> {
    Query.execute(
      """
      update early_warnings
      set state = \(warning.state.rawValue), level = \(warning.level), raised_on = \(warning.raisedOn),
        figures = \(EventJSON.encode(warning.figures.value)), rule = \(encode(warning.rule)),
        sentence = \(warning.sentence), sources = \(encode(warning.sources)),
        acknowledgement = \(warning.acknowledgement.map(encode)),
        \(RecordColumns.assignments([:], warning.version, warning.stamp))
      where id = \(warning.id) and version = \(version)
      """)
  }

  private static func visible(to scope: Scope) -> SQL { scope == .network ? "true" : "false" }

  private static func selection(_ reference: Reference<EarlyWarning>, _ scope: Scope) -> SQL {
    let named: SQL =
      switch reference {
      case .id(let id): "w.id = \(id)"
      case .number(let number): "w.number = \(number)"
      }
    return "select \(columns) from early_warnings w where \(named) and \(visible(to: scope))"
  }

  private static let columns: SQL = """
    w.id, w.number, w.state, w.make, w.model, w.model_year_from, w.model_year_to, w.component, w.signalled_on, w.level,
    w.raised_on, w.figures, w.rule, w.sentence, w.sources, w.quality_issue_id, w.acknowledgement, w.external_ids,
    w.version, w.created_at, w.created_by, w.created_by_id, w.updated_at, w.updated_by, w.updated_by_id
    """

  @Sendable private static func decode(_ row: inout Row) throws -> EarlyWarning {
    let id = try row.next(EarlyWarning.ID.self)
    let number = try row.next(String.self)
    let state = try row.next(as: EarlyWarning.State.self)
    let make = try row.next(String.self)
    let model = try row.next(String.self)
    let first = try row.next(Int.self)
    let last = try row.next(Int.self)
    let component = try row.next(String.self)
    let signalledOn = try row.next(CalendarDate.self)
    let level = try row.next(Int.self)
    let raisedOn = try row.next(CalendarDate.self)
    let figures = EarlyWarningFigures(EventJSON.value(try row.next(JSONB.self).bytes))
    let rule = try rule(EventJSON.value(try row.next(JSONB.self).bytes))
    let sentence = try row.next(String.self)
    let sources = sources(EventJSON.value(try row.next(JSONB.self).bytes))
    let issue = try row.next(QualityIssue.ID.self)
    let taken = try row.next(JSONB?.self)
    let tail = try row.nextRecordTail()
    return EarlyWarning(
      id: id, number: number, state: state, version: tail.version, stamp: tail.stamp,
      cell: EarlyWarningCell(make: make, model: model, component: component), modelYears: first...max(first, last),
      signalledOn: signalledOn, level: level, raisedOn: raisedOn, figures: figures, rule: rule, sentence: sentence,
      sources: sources, qualityIssueID: issue,
      acknowledgement: taken.flatMap { acknowledgement(EventJSON.value($0.bytes)) })
  }

  // MARK: Records

  private static func encode(_ rule: EarlyWarning.AppliedRule) -> JSONB {
    EventJSON.encode(.object(["policyVersion": .text(rule.policyVersion), "rule": rule.rule.value]))
  }

  private static func rule(_ value: EventValue) throws -> EarlyWarning.AppliedRule {
    guard case .object(let members) = value, let version = members.text("policyVersion"),
      let rule = members["rule"].flatMap({ EarlyWarningRule(stored: $0) })
    else { throw Failure.internal(reference: "an early warning without its rule") }
    return EarlyWarning.AppliedRule(policyVersion: version, rule: rule)
  }

  private static func encode(_ sources: [EarlyWarningSource]) -> JSONB {
    EventJSON.encode(.list(sources.map { .object(["kind": .text($0.kind.rawValue), "id": .text($0.id)]) }))
  }

  private static func sources(_ value: EventValue) -> [EarlyWarningSource] {
    guard case .list(let items) = value else { return [] }
    return items.compactMap { item in
      guard case .object(let members) = item, let id = members.text("id"),
        let kind = members.text("kind").flatMap(EarlyWarningSource.Kind.init(rawValue:))
      else { return nil }
      return EarlyWarningSource(kind: kind, id: id)
    }
  }

  private static func encode(_ acknowledgement: EarlyWarning.Acknowledgement) -> JSONB {
    EventJSON.encode(
      .object([
        "by": .text(acknowledgement.by), "at": .integer(acknowledgement.at.milliseconds),
        "level": .integer(Int64(acknowledgement.level)), "note": .optional(acknowledgement.note),
      ]))
  }

  private static func acknowledgement(_ value: EventValue) -> EarlyWarning.Acknowledgement? {
    guard case .object(let members) = value, let by = members.text("by"), let at = members.integer("at"),
      let level = members.integer("level")
    else { return nil }
    return EarlyWarning.Acknowledgement(
      by: by, at: Timestamp(milliseconds: at), level: Int(level), note: members.text("note"))
  }
}
