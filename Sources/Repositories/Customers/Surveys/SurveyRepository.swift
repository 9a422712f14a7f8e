package import Domain
import FoundationEssentials
package import Postgres

/// Surveys: reference data, the same for every scope. A survey is read with the questions in force; former versions stay.
package enum SurveyRepository: DocumentStore {
  package static let window = ListPlan.WindowColumns(created: "s.created_at", updated: "s.updated_at")

  package static let sorts: [String: ListPlan.SortColumn] = [
    "code": .init("s.code", type: "text"),
    "createdAt": .init("s.created_at", type: "timestamptz"),
    "updatedAt": .init("s.updated_at", type: "timestamptz"),
  ]

  package static func find(_ reference: Reference<Survey>, in scope: Scope) -> Query<Survey?> {
    Query.optional(selection(reference), decode)
  }

  package static func lock(_ reference: Reference<Survey>, in scope: Scope) -> Query<Survey?> {
    Query.optional(selection(reference) + " for update of s", decode)
  }

  package static func list(_ filter: SurveyFilter, _ page: PageRequest, in scope: Scope) -> Query<Page<Survey>> {
    var plan = ListPlan(columns: columns, from: tables, id: "s.id", sorts: sorts, window: window)
    if !filter.uses.isEmpty { plan.filter("s.use = any (\(filter.uses.map(\.rawValue)))") }
    if let isActive = filter.isActive { plan.filter("s.is_active = \(isActive)") }
    return plan.query(page, decode: decode)
  }

  /// What is asked at present on an occasion: of several surveys the youngest.
  package static func inForce(_ use: Survey.Use) -> Query<SurveyVersion?> {
    Query.optional(
      """
      select s.id, s.question_version
      from surveys s
      where s.use = \(use.rawValue) and s.is_active
      order by s.created_at desc, s.id desc
      limit 1
      """
    ) { SurveyVersion(surveyID: try $0.next(Survey.ID.self), number: Int(try $0.next(Int32.self))) }
  }

  /// The questions of one version, as they were asked.
  package static func questions(_ version: SurveyVersion) -> Query<[SurveyQuestion]?> {
    Query.optional(
      """
      select v.questions
      from survey_versions v
      where v.survey_id = \(version.surveyID) and v.number = \(Int32(version.number))
      """
    ) { questions(try $0.next(JSONB.self).bytes) }
  }

  package static func save(_ after: Survey, over before: Survey?) -> [Query<Int>] {
    guard let before else { return [insert(after), insertVersion(after)] }
    let asksOthers = after.questionVersion != before.questionVersion
    return (asksOthers ? [insertVersion(after)] : []) + [update(after, expecting: before.version)]
  }

  private static func insert(_ survey: Survey) -> Query<Int> {
    Query.execute(
      """
      insert into surveys (id, code, use, title, is_active, question_version, \(RecordColumns.names))
      values (\(survey.id), \(survey.code), \(survey.use.rawValue), \(survey.content.title), \(survey.content.isActive),
        \(Int32(survey.questionVersion)),
        \(RecordColumns.values(survey.content.externalIDs, survey.version, survey.stamp)))
      """
    ).refusing("surveys_code_key") { Refusal.alreadyExists(field: "code", existingID: nil) }
  }

  private static func update(_ survey: Survey, expecting version: Int) -> Query<Int> {
    Query.execute(
      """
      update surveys
      set title = \(survey.content.title), is_active = \(survey.content.isActive),
        question_version = \(Int32(survey.questionVersion)),
        \(RecordColumns.assignments(survey.content.externalIDs, survey.version, survey.stamp))
      where id = \(survey.id) and version = \(version)
      """)
  }

  private static func insertVersion(_ survey: Survey) -> Query<Int> {
    let questions = EventValue.list(
      survey.content.questions.map { question in
        .object([
          "code": .text(question.code), "kind": .text(question.kind.rawValue), "text": .text(question.text),
          "textEn": .optional(question.textEn), "required": .boolean(question.isRequired),
        ])
      })
    return Query.execute(
      """
      insert into survey_versions (survey_id, number, questions, created_at, created_by)
      values (\(survey.id), \(Int32(survey.questionVersion)), \(EventJSON.encode(questions)),
        \(survey.stamp.updatedAt), \(survey.stamp.updatedBy.name))
      """)
  }

  private static func questions(_ bytes: [UInt8]) -> [SurveyQuestion] {
    guard case .list(let items) = EventJSON.value(bytes) else { return [] }
    return items.compactMap { item in
      guard case .object(let record) = item, let code = record.text("code"), let text = record.text("text"),
        let kind = record.text("kind").flatMap(SurveyQuestion.Kind.init(rawValue:))
      else { return nil }
      return SurveyQuestion(
        code: code, kind: kind, text: text, textEn: record.text("textEn"), isRequired: record.flag("required"))
    }
  }

  private static let tables: SQL =
    "surveys s join survey_versions v on v.survey_id = s.id and v.number = s.question_version"

  private static let columns: SQL = """
    s.id, s.code, s.use, s.title, s.is_active, s.question_version, v.questions, \(RecordColumns.selected(from: "s"))
    """

  private static func selection(_ reference: Reference<Survey>) -> SQL {
    let base: SQL = "select \(columns) from \(tables) where "
    return switch reference {
    case .id(let id): base + "s.id = \(id)"
    case .number(let code): base + "s.code = \(code)"
    }
  }

  @Sendable private static func decode(_ row: inout Row) throws -> Survey {
    let id = try row.next(Survey.ID.self)
    let code = try row.next(String.self)
    let use = try row.next(as: Survey.Use.self)
    let title = try row.next(String.self)
    let isActive = try row.next(Bool.self)
    let questionVersion = Int(try row.next(Int32.self))
    let questions = questions(try row.next(JSONB.self).bytes)
    let tail = try row.nextRecordTail()
    return Survey(
      id: id, code: code, use: use,
      content: .init(title: title, isActive: isActive, questions: questions, externalIDs: tail.externalIDs),
      questionVersion: questionVersion, version: tail.version, stamp: tail.stamp)
  }
}
