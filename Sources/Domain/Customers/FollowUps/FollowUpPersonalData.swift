// What is personal about a follow-up: the customer's words may say anything about anybody (SEC-04).

extension FollowUp: HoldsPersonalData {
  package var masked: FollowUp {
    var shown = self
    shown.plan.script = plan.script.map { FreeText.cleaned($0) }
    shown.attempts = attempts.map {
      FollowUpAttempt(at: $0.at, by: $0.by, remark: $0.remark.map { FreeText.cleaned($0) })
    }
    shown.call = call.map { call in
      FollowUpCall(
        result: call.result, topics: call.topics, summary: FreeText.cleaned(call.summary),
        wishes: call.wishes.map { FreeText.cleaned($0) }, rating: call.rating, nps: call.nps,
        findings: call.findings.map {
          FollowUpFinding(kind: $0.kind, lineNumber: $0.lineNumber, statement: FreeText.cleaned($0.statement))
        }, surveyResponseID: call.surveyResponseID, calledBy: call.calledBy, calledAt: call.calledAt)
    }
    shown.issue = issue.map { issue in
      FollowUpIssue(
        kind: issue.kind, description: FreeText.cleaned(issue.description), escalation: issue.escalation?.cleaned,
        solution: issue.solution?.cleaned, answer: issue.answer?.cleaned)
    }
    return shown
  }
}

extension FollowUpIssue.Step {
  fileprivate var cleaned: Self { Self(text: FreeText.cleaned(text), by: by, at: at) }
}
