package import Domain
import FoundationEssentials
package import Postgres

/// What customers answered: written once (FUP-16, FUP-17).
package enum SurveyResponseRepository: DocumentStore {
  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("r.created_at", type: "timestamptz")
  ]

  package static func find(_ reference: Reference<SurveyResponse>, in scope: Scope) -> Query<SurveyResponse?> {
    Query.optional(selection(reference, scope), decode)
  }

  package static func lock(_ reference: Reference<SurveyResponse>, in scope: Scope) -> Query<SurveyResponse?> {
    Query.optional(selection(reference, scope), decode)
  }

  package static func list(
    _ filter: SurveyResponseFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<SurveyResponse>> {
    var plan = ListPlan(
      columns: columns, from: "survey_responses r", id: "r.id", sorts: sorts,
      conditions: [scope.condition(on: "r.station_id")])
    if let survey = filter.surveyID { plan.filter("r.survey_id = \(survey)") }
    if let station = filter.stationID { plan.filter("r.station_id = \(station)") }
    if let customer = filter.customerID { plan.filter("r.customer_id = \(customer)") }
    if let order = filter.workOrderID { plan.filter("r.work_order_id = \(order)") }
    if !filter.channels.isEmpty { plan.filter("r.channel = any (\(filter.channels.map(\.rawValue)))") }
    if let from = filter.createdFrom { plan.filter("r.created_at >= \(from)") }
    if let before = filter.createdBefore { plan.filter("r.created_at < \(before)") }
    return plan.query(page, decode: decode)
  }

  package static func save(_ response: SurveyResponse, over before: SurveyResponse?) -> [Query<Int>] {
    guard before == nil else { return [] }
    let answers = EventValue.list(
      response.answers.map { answer in
        switch answer.value {
        case .rating(let mark):
          .object(["code": .text(answer.code), "kind": .text("rating"), "score": .integer(Int64(mark))])
        case .nps(let mark):
          .object(["code": .text(answer.code), "kind": .text("nps"), "score": .integer(Int64(mark))])
        case .yesNo(let flag):
          .object(["code": .text(answer.code), "kind": .text("yesNo"), "score": .integer(flag ? 1 : 0)])
        case .text(let text): .object(["code": .text(answer.code), "kind": .text("text"), "text": .text(text)])
        }
      })
    return [
      Query.execute(
        """
        insert into survey_responses (id, survey_id, survey_version, station_id, channel, customer_id, work_order_id,
          follow_up_id, answers, rating_hundredths, nps, comment, created_at, created_by, created_by_id)
        values (\(response.id), \(response.survey.surveyID), \(Int32(response.survey.number)), \(response.stationID),
          \(response.channel.rawValue), \(response.customerID), \(response.workOrderID), \(response.followUpID),
          \(EventJSON.encode(answers)), \(response.ratingHundredths.map { Int32($0) }), \(response.nps.map { Int16($0) }),
          \(response.comment), \(response.stamp.createdAt), \(response.stamp.createdBy.name),
          \(response.stamp.createdBy.id))
        """
      ).refusing(
        "survey_responses_order_key", conflict: "survey-answered", "The order was rated with this survey already.",
        naming: ConflictLookup.documents(.surveyResponse) { scope in
          """
          select r.id, null::text, null::text, null::integer
          from survey_responses r
          where r.survey_id = \(response.survey.surveyID) and r.work_order_id = \(response.workOrderID)
            and r.follow_up_id is null and \(scope.condition(on: "r.station_id"))
          """
        }
      ).refusing("survey_responses_customer_erased") {
        Refusal.invalid("#/customerId", .notFound, "there is no such customer at this station")
      }
    ]
  }

  // MARK: Results

  /// One row a station: responses, mean of the ratings, promoters, passives, detractors.
  package static func totals(
    of survey: Survey.ID, at station: Station.ID?, from: Timestamp?, before: Timestamp?, in scope: Scope
  ) -> Query<[SurveyResult]> {
    Query.list(
      """
      select r.station_id, count(*), round(avg(r.rating_hundredths))::bigint,
        count(*) filter (where r.nps >= 9), count(*) filter (where r.nps between 7 and 8),
        count(*) filter (where r.nps <= 6)
      from survey_responses r
      where \(condition(survey, station, from, before, scope))
      group by r.station_id
      order by r.station_id
      """
    ) { row in
      SurveyResult(
        stationID: try row.next(Station.ID.self), responses: Int(try row.next(Int64.self)),
        ratingHundredths: try row.next(Int64?.self), promoters: Int(try row.next(Int64.self)),
        passives: Int(try row.next(Int64.self)), detractors: Int(try row.next(Int64.self)), questions: [])
    }
  }

  /// The same question by question, of all its versions: a code means one question.
  package static func questions(
    of survey: Survey.ID, at station: Station.ID?, from: Timestamp?, before: Timestamp?, in scope: Scope
  ) -> Query<[(Station.ID, SurveyResult.Question)]> {
    Query.list(
      """
      select r.station_id, a.code, a.kind, count(*), round(avg(a.score) * 100)::bigint
      from survey_responses r, jsonb_to_recordset(r.answers) as a(code text, kind text, score integer)
      where \(condition(survey, station, from, before, scope))
      group by r.station_id, a.code, a.kind
      order by r.station_id, a.code, a.kind
      """
    ) { row in
      let station = try row.next(Station.ID.self)
      let code = try row.next(String.self)
      let kind = try row.next(as: SurveyQuestion.Kind.self)
      return (
        station,
        SurveyResult.Question(
          code: code, kind: kind, answers: Int(try row.next(Int64.self)), meanHundredths: try row.next(Int64?.self))
      )
    }
  }

  private static func condition(
    _ survey: Survey.ID, _ station: Station.ID?, _ from: Timestamp?, _ before: Timestamp?, _ scope: Scope
  ) -> SQL {
    var condition: SQL = "r.survey_id = \(survey) and \(scope.condition(on: "r.station_id"))"
    if let station { condition += " and r.station_id = \(station)" }
    if let from { condition += " and r.created_at >= \(from)" }
    if let before { condition += " and r.created_at < \(before)" }
    return condition
  }

  private static func selection(_ reference: Reference<SurveyResponse>, _ scope: Scope) -> SQL {
    let named: SQL =
      switch reference {
      case .id(let id): "r.id = \(id)"
      // Nobody calls a response by a number.
      case .number: "false"
      }
    return "select \(columns) from survey_responses r where \(named) and \(scope.condition(on: "r.station_id"))"
  }

  private static let columns: SQL = """
    r.id, r.survey_id, r.survey_version, r.station_id, r.channel, r.customer_id, r.work_order_id, r.follow_up_id, r.answers,
    r.comment, r.created_at, r.created_by, r.created_by_id
    """

  @Sendable private static func decode(_ row: inout Row) throws -> SurveyResponse {
    let id = try row.next(SurveyResponse.ID.self)
    let survey = SurveyVersion(surveyID: try row.next(Survey.ID.self), number: Int(try row.next(Int32.self)))
    let station = try row.next(Station.ID.self)
    let channel = try row.next(as: SurveyResponse.Channel.self)
    let customer = try row.next(Customer.ID?.self)
    let order = try row.next(WorkOrder.ID?.self)
    let followUp = try row.next(FollowUp.ID?.self)
    let answers = answers(try row.next(JSONB.self).bytes)
    let comment = try row.next(String?.self)
    let at = try row.next(Timestamp.self)
    let author = RecordStamp.Author(name: try row.next(String.self), id: try row.next(UUID?.self))
    return SurveyResponse(
      id: id, survey: survey, stationID: station, channel: channel, customerID: customer, workOrderID: order,
      followUpID: followUp, answers: answers, comment: comment,
      stamp: RecordStamp(createdAt: at, createdBy: author, updatedAt: at, updatedBy: author))
  }

  private static func answers(_ bytes: [UInt8]) -> [SurveyAnswer] {
    guard case .list(let items) = EventJSON.value(bytes) else { return [] }
    return items.compactMap { item in
      guard case .object(let record) = item, let code = record.text("code"),
        let kind = record.text("kind").flatMap(SurveyQuestion.Kind.init(rawValue:))
      else { return nil }
      let score = record.integer("score").map { Int($0) }
      switch kind {
      case .rating: return score.map { SurveyAnswer(code: code, value: .rating($0)) }
      case .nps: return score.map { SurveyAnswer(code: code, value: .nps($0)) }
      case .yesNo: return score.map { SurveyAnswer(code: code, value: .yesNo($0 == 1)) }
      case .text: return record.text("text").map { SurveyAnswer(code: code, value: .text($0)) }
      }
    }
  }
}
