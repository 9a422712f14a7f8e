package import Domain
package import Services

/// Surveys over HTTP (FUP-16…19).
package struct SurveyRoutes: DocumentRoutes {
  package static let order = "code"
  package let service: SurveyService

  package init(_ service: SurveyService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post("/v1/surveys", .surveysWrite, create)
    api.patch("/v1/surveys/{id}", .surveysWrite, update)
    api.get("/v1/surveys/{id}/results", .surveyResponsesRead, results)
  }

  package func filter(_ query: QueryReader) throws -> SurveyFilter {
    var filter = SurveyFilter()
    filter.uses = try query.anyOf("use", Survey.Use.self)
    filter.isActive = try query.boolean("isActive")
    return filter
  }

  package func view(_ survey: Survey, for caller: Caller) -> SurveyView { SurveyView(survey: survey) }

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let code = form.required("code", .text(1...50))
    let use = form.required("use", .choice(Survey.Use.self))
    let title = form.required("title", .text(1...200))
    let isActive = form.optional("isActive", .boolean) ?? true
    let questions = form.array("questions", 1...50) { $0.surveyQuestion() }
    let externalIDs = form.optional("externalIds", .externalIDs) ?? [:]
    form.readOnly("id", "questionVersion", "version")
    try form.finish()
    guard let code, let use, let title, let questions else { throw form.failure }
    return try await service.create(
      SurveyDraft(
        code: code, use: use,
        content: .init(title: title, isActive: isActive, questions: questions, externalIDs: externalIDs)),
      creating(call))
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    var form = try call.body()
    var edit = Survey.Edit()
    edit.title = form.requiredPatch("title", .text(1...200))
    edit.isActive = form.requiredPatch("isActive", .boolean)
    // A list is a whole: given again, it replaces the former one.
    if form.has("questions"), let questions = form.array("questions", 1...50, { $0.surveyQuestion() }) {
      edit.questions = .set(questions)
    }
    edit.externalIDs = form.externalIDsPatch()
    form.readOnly("id", "code", "use", "questionVersion", "version", "createdAt", "createdBy", "updatedAt", "updatedBy")
    try form.finish()
    return try await service.update(try call.reference(), edit, presenting(call))
  }

  @Sendable private func results(_ call: Call) async throws -> Answer {
    let station = try call.query.id("stationId", Station.self)
    let from = try call.query.timestamp("createdAtFrom")
    let before = try call.query.timestamp("createdAtBefore")
    try call.query.finish()
    let (survey, results) = try await service.results(
      of: try call.reference(), at: station, from: from, before: before, call.caller)
    return Answer.ok(SurveyResultsView(survey, results, from: from, before: before, at: call.caller.asOf ?? call.at))
  }
}

extension Form {
  fileprivate mutating func surveyQuestion() -> SurveyQuestion? {
    let code = required("code", .text(1...50))
    let kind = required("kind", .choice(SurveyQuestion.Kind.self))
    let text = required("text", .text(1...500))
    let textEn = optional("textEn", .text(1...500))
    let isRequired = optional("required", .boolean) ?? false
    guard let code, let kind, let text else { return nil }
    return SurveyQuestion(code: code, kind: kind, text: text, textEn: textEn, isRequired: isRequired)
  }
}

/// What customers answered, over HTTP; and the customer's own way to answer.
package struct SurveyResponseRoutes: DocumentRoutes {
  package let service: SurveyResponseService
  private let links: SurveyLinkService

  package init(_ service: SurveyResponseService, links: SurveyLinkService) {
    self.service = service
    self.links = links
  }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post("/v1/survey-responses", .surveyResponsesWrite, create)
    api.post("/v1/work-orders/{id}/survey-link", .surveyResponsesWrite, idempotency: .optional, share)
    let reason = "the signed link is the customer's permission (FUP-17)"
    api.get("/v1/survey-links/{token}", .open(reason), open)
    api.post("/v1/survey-links/{token}", .open(reason), idempotency: .ignored, answer)
    api.problem(
      ProblemType(
        "survey-answered", 409, "Survey answered", "An order is rated once with each survey.", members: ["conflicts"]))
    api.problem(
      ProblemType(
        "order-not-delivered", 409, "Order not delivered", "A service is rated after it is done.",
        members: ["allowedStates", "state"]))
    api.problem(
      ProblemType("no-survey", 409, "No survey", "No survey is in force that is asked after a service."))
  }

  package func filter(_ query: QueryReader) throws -> SurveyResponseFilter {
    var filter = SurveyResponseFilter()
    filter.surveyID = try query.id("surveyId", Survey.self)
    filter.stationID = try query.id("stationId", Station.self)
    filter.customerID = try query.id("customerId", Customer.self)
    filter.workOrderID = try query.id("workOrderId", WorkOrder.self)
    filter.channels = try query.anyOf("channel", SurveyResponse.Channel.self)
    filter.createdFrom = try query.timestamp("createdAtFrom")
    filter.createdBefore = try query.timestamp("createdAtBefore")
    return filter
  }

  package func view(_ response: SurveyResponse, for caller: Caller) -> SurveyResponseView {
    SurveyResponseView(response, for: caller)
  }

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let survey = form.required("surveyId", .id(Survey.self))
    let channel = form.required("channel", .choice(WrittenChannel.self))
    let station = form.optional("stationId", .id(Station.self))
    let customer = form.optional("customerId", .id(Customer.self))
    let order = form.optional("workOrderId", .id(WorkOrder.self))
    let contact = form.object("contact") { $0.requestContact() }
    let answers = form.surveyAnswers(1...50)
    let comment = form.optional("comment", .text(1...4000))
    try form.finish()
    guard let survey, let channel, let answers else { throw form.failure }
    return try await service.create(
      SurveyResponseDraft(
        survey: survey, channel: channel == .counter ? .counter : .letter, stationID: station, customerID: customer,
        workOrderID: order, contact: contact, answers: answers, comment: comment), creating(call))
  }

  /// What staff write down; calls and links have ways of their own.
  fileprivate enum WrittenChannel: String, CaseIterable, Sendable {
    case counter, letter
  }

  @Sendable private func share(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let days = form.optional("validDays", .integer(1...90)) ?? 30
    try form.finish()
    return try await links.share(
      try call.reference(), validDays: days,
      call.command { link in Answer.created(link, location: "/v1/survey-links/\(link.token)") })
  }

  @Sendable private func open(_ call: Call) async throws -> Answer {
    Answer.ok(try await links.open(call.parameter("token"), at: call.at))
  }

  @Sendable private func answer(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let answers = form.surveyAnswers(1...50)
    let comment = form.optional("comment", .text(1...4000))
    try form.finish()
    guard let answers else { throw form.failure }
    let location = "/v1/survey-links/\(call.parameter("token"))"
    return try await links.answer(
      call.parameter("token"), answers, comment: comment, requestID: call.requestID, at: call.at
    ) { response in
      Answer.created(SurveyThanks(receivedAt: response.stamp.createdAt), location: location)
    }
  }
}
