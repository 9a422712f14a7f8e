package import Domain

/// A follow-up as one caller sees it: with his actions, and the customer's words cleaned unless he may read personal data
/// (SEC-04).
package struct FollowUpView: JSONWritable {
  private let document: FollowUp
  private let actions: [FollowUp.Action]
  private let disclosure: Disclosure

  package init(_ document: FollowUp, for caller: Caller) {
    disclosure = Disclosure(of: document.customerID, to: caller)
    self.document = disclosure.shown(document)
    actions = FollowUpLifecycle.table.available(on: document, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.array("attempts", document.attempts) { json, attempt in
        json.object {
          $0.field("at", attempt.at)
          $0.field("by", attempt.by)
          $0.personal("remark", attempt.remark, disclosure)
        }
      }
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.member("call") { json in
        guard let call = document.call else { return json.null() }
        write(call, to: &json)
      }
      json.field("complaintId", document.complaint?.id)
      json.field("complaintNumber", document.complaint?.number)
      json.field("createdAt", document.stamp.createdAt)
      json.field("createdBy", document.stamp.createdBy.name)
      json.field("customerId", document.customerID)
      json.field("dueAt", document.plan.dueAt)
      json.field("firstId", document.firstID)
      json.field("id", document.id)
      json.member("issue") { json in
        guard let issue = document.issue else { return json.null() }
        json.object { json in
          json.member("answer") { write(issue.answer, to: &$0) }
          json.personal("description", issue.description, disclosure)
          json.member("escalation") { write(issue.escalation, to: &$0) }
          json.field("kind", issue.kind)
          json.member("solution") { write(issue.solution, to: &$0) }
        }
      }
      json.field("missedAt", document.missedAt)
      json.field("number", document.number)
      json.field("occasion", document.occasion)
      json.field("opensAt", document.plan.opensAt)
      json.field("personalDataMasked", disclosure.isMasked)
      json.field("round", document.round.rawValue)
      json.personal("script", document.plan.script, disclosure)
      json.field("state", document.state)
      json.field("stationId", document.stationID)
      json.field("surveyId", document.plan.survey?.surveyID)
      json.field("surveyQuestionVersion", document.plan.survey?.number)
      json.array("topics", document.plan.topics) { $0.string($1.rawValue) }
      json.field("updatedAt", document.stamp.updatedAt)
      json.field("updatedBy", document.stamp.updatedBy.name)
      json.field("vehicleId", document.vehicleID)
      json.field("version", document.version)
      json.field("workOrderId", document.workOrderID)
    }
  }

  private func write(_ call: FollowUpCall, to json: inout JSONWriter) {
    json.object { json in
      json.field("calledAt", call.calledAt)
      json.field("calledBy", call.calledBy)
      json.array("findings", call.findings) { json, finding in
        json.object {
          $0.field("kind", finding.kind)
          $0.field("lineNumber", finding.lineNumber)
          $0.personal("statement", finding.statement, disclosure)
        }
      }
      json.field("nps", call.nps)
      json.field("rating", call.rating)
      json.field("result", call.result)
      json.personal("summary", call.summary, disclosure)
      json.field("surveyResponseId", call.surveyResponseID)
      json.array("topics", call.topics) { $0.string($1.rawValue) }
      json.personal("wishes", call.wishes, disclosure)
    }
  }

  private func write(_ step: FollowUpIssue.Step?, to json: inout JSONWriter) {
    guard let step else { return json.null() }
    json.object {
      $0.field("at", step.at)
      $0.field("by", step.by)
      $0.personal("text", step.text, disclosure)
    }
  }
}
