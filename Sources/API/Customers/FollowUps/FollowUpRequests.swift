import Domain
import Services

// Bodies of the follow-up operations. Every reader collects all faults before it gives up (C-09).

extension Form {
  mutating func followUpDraft() throws -> FollowUpDraft {
    let station = optional("stationId", .id(Station.self))
    let occasion = required("occasion", .choice(FollowUp.Occasion.self))
    let customer = required("customerId", .id(Customer.self))
    let vehicle = optional("vehicleId", .id(Vehicle.self))
    let topics = optional("topics", .array(of: .choice(FollowUp.Topic.self), 0...7)) ?? []
    let script = optional("script", .text(1...4000))
    let planned = optional("plannedAt", .timestamp)
    readOnly("id", "number", "state", "version", "round", "opensAt", "dueAt", "workOrderId")
    try finish()
    guard let occasion, let customer else { throw failure }
    return FollowUpDraft(
      stationID: station, occasion: occasion, customerID: customer, vehicleID: vehicle, topics: topics, script: script,
      plannedAt: planned)
  }

  /// A merge patch of the plan, and the solution of an open issue.
  mutating func followUpEdit() throws -> (edit: FollowUp.Edit, solution: String?) {
    var edit = FollowUp.Edit()
    edit.topics = requiredPatch("topics", .array(of: .choice(FollowUp.Topic.self), 1...7))
    edit.script = patch("script", .text(1...4000))
    edit.plannedAt = requiredPatch("plannedAt", .timestamp)
    let solution = requiredPatch("solution", .text(1...2000))
    readOnly(
      "id", "number", "state", "version", "round", "opensAt", "dueAt", "occasion", "customerId", "vehicleId",
      "workOrderId", "stationId", "call", "issue")
    try finish()
    if case .set(let text) = solution { return (edit, text) }
    return (edit, nil)
  }

  mutating func callRecord() throws -> (record: FollowUpService.CallRecord, hour: FollowUpService.Hour) {
    let outcome = required("outcome", .choice(CallOutcome.self))
    let hour: FollowUpService.Hour = optional("wishedTime", .boolean) == true ? .customer : .clerk
    if outcome == .unreachable {
      let remark = optional("remark", .text(1...1000))
      try finish()
      return (.unreachable(remark: remark), hour)
    }
    let result = required("result", .choice(FollowUp.Result.self))
    let topics = required("topics", .array(of: .choice(FollowUp.Topic.self), 1...7))
    let summary = required("summary", .text(1...4000))
    let wishes = optional("wishes", .text(1...2000))
    let rating = optional("rating", .integer(1...5))
    let nps = optional("nps", .integer(0...10))
    let findings = array("findings", 0...20) { form -> FollowUpFinding? in
      let kind = form.required("kind", .choice(FollowUpFinding.Kind.self))
      let line = form.optional("lineNumber", .integer(1...10_000))
      let statement = form.required("statement", .text(1...2000))
      guard let kind, let statement else { return nil }
      return FollowUpFinding(kind: kind, lineNumber: line, statement: statement)
    }
    let issue = object("issue") { form -> FollowUpIssue? in
      let kind = form.required("kind", .choice(FollowUpIssue.Kind.self))
      let description = form.required("description", .text(1...4000))
      guard let kind, let description else { return nil }
      return FollowUpIssue(kind: kind, description: description)
    }
    let answers = surveyAnswers(0...50)
    let comment = optional("comment", .text(1...4000))
    let wantsNotice = optional("writtenNotice", .boolean) ?? false
    let callAgainAt = optional("callAgainAt", .timestamp)
    try finish()
    guard outcome != nil, let result, let topics, let summary, let findings, let answers else { throw failure }
    return (
      .reached(
        FollowUpService.Conversation(
          result: result, topics: topics, summary: summary, wishes: wishes, rating: rating, nps: nps,
          findings: findings, issue: issue, answers: answers, comment: comment, wantsNotice: wantsNotice,
          callAgainAt: callAgainAt)), hour
    )
  }

  /// How a call ends: the customer was reached, or nobody answered.
  enum CallOutcome: String, CaseIterable, Sendable {
    case reached, unreachable
  }

  mutating func surveyAnswers(_ count: ClosedRange<Int>) -> [SurveyAnswerDraft]? {
    array("answers", count) { form -> SurveyAnswerDraft? in
      let code = form.required("code", .text(1...50))
      let number = form.optional("number", .integer(0...10))
      let flag = form.optional("flag", .boolean)
      let text = form.optional("text", .text(1...2000))
      return code.map { SurveyAnswerDraft(code: $0, number: number, flag: flag, text: text) }
    }
  }
}
