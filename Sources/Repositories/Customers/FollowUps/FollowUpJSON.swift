import Domain
import Postgres

/// The parts of a follow-up that are kept as jsonb: records that are written once and read whole.
enum FollowUpJSON {
  static func encode(_ attempts: [FollowUpAttempt]) -> JSONB {
    EventJSON.encode(
      .list(
        attempts.map {
          .object(["at": .integer($0.at.milliseconds), "by": .text($0.by), "remark": .optional($0.remark)])
        }))
  }

  static func attempts(_ bytes: [UInt8]) -> [FollowUpAttempt] {
    guard case .list(let items) = EventJSON.value(bytes) else { return [] }
    return items.compactMap { item in
      guard case .object(let record) = item, let at = record.integer("at"), let by = record.text("by") else {
        return nil
      }
      return FollowUpAttempt(at: Timestamp(milliseconds: at), by: by, remark: record.text("remark"))
    }
  }

  static func encode(_ call: FollowUpCall) -> JSONB {
    EventJSON.encode(
      .object([
        "result": .text(call.result.rawValue), "topics": .list(call.topics.map { .text($0.rawValue) }),
        "summary": .text(call.summary), "wishes": .optional(call.wishes),
        "rating": call.rating.map { .integer(Int64($0)) } ?? .null,
        "nps": call.nps.map { .integer(Int64($0)) } ?? .null,
        "findings": .list(
          call.findings.map { finding in
            .object([
              "kind": .text(finding.kind.rawValue), "statement": .text(finding.statement),
              "line": finding.lineNumber.map { .integer(Int64($0)) } ?? .null,
            ])
          }),
        "responseId": .optional(call.surveyResponseID?.description), "by": .text(call.calledBy),
        "at": .integer(call.calledAt.milliseconds),
      ]))
  }

  static func call(_ bytes: [UInt8]) -> FollowUpCall? {
    let record = EventJSON.object(bytes)
    guard let result = record.text("result").flatMap(FollowUp.Result.init(rawValue:)),
      let summary = record.text("summary"), let by = record.text("by"), let at = record.integer("at")
    else { return nil }
    let topics = record.list("topics").compactMap { topic -> FollowUp.Topic? in
      if case .text(let text) = topic { FollowUp.Topic(rawValue: text) } else { nil }
    }
    let findings = record.list("findings").compactMap { item -> FollowUpFinding? in
      guard case .object(let finding) = item,
        let kind = finding.text("kind").flatMap(FollowUpFinding.Kind.init(rawValue:)),
        let statement = finding.text("statement")
      else { return nil }
      return FollowUpFinding(kind: kind, lineNumber: finding.integer("line").map { Int($0) }, statement: statement)
    }
    return FollowUpCall(
      result: result, topics: topics, summary: summary, wishes: record.text("wishes"),
      rating: record.integer("rating").map { Int($0) }, nps: record.integer("nps").map { Int($0) },
      findings: findings, surveyResponseID: record.text("responseId").flatMap { SurveyResponse.ID($0) }, calledBy: by,
      calledAt: Timestamp(milliseconds: at))
  }

  static func encode(_ issue: FollowUpIssue) -> JSONB {
    EventJSON.encode(
      .object([
        "kind": .text(issue.kind.rawValue), "description": .text(issue.description),
        "escalation": value(issue.escalation), "solution": value(issue.solution), "answer": value(issue.answer),
      ]))
  }

  static func issue(_ bytes: [UInt8]) -> FollowUpIssue? {
    let record = EventJSON.object(bytes)
    guard let kind = record.text("kind").flatMap(FollowUpIssue.Kind.init(rawValue:)),
      let description = record.text("description")
    else { return nil }
    return FollowUpIssue(
      kind: kind, description: description, escalation: step(record["escalation"]), solution: step(record["solution"]),
      answer: step(record["answer"]))
  }

  private static func value(_ step: FollowUpIssue.Step?) -> EventValue {
    guard let step else { return .null }
    return .object(["text": .text(step.text), "by": .text(step.by), "at": .integer(step.at.milliseconds)])
  }

  private static func step(_ value: EventValue?) -> FollowUpIssue.Step? {
    guard case .object(let record)? = value, let text = record.text("text"), let by = record.text("by"),
      let at = record.integer("at")
    else { return nil }
    return FollowUpIssue.Step(text: text, by: by, at: Timestamp(milliseconds: at))
  }
}
