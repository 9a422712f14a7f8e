package import Domain
import Repositories

/// The actions of the transition table, one method each, named as the action.
extension FollowUpService {
  /// How a call ended.
  package enum CallRecord: Sendable {
    case unreachable(remark: String?)
    case reached(Conversation)
  }

  /// Who chose the hour of a call.
  package enum Hour: String, Sendable {
    case clerk
    /// The customer asked to be called then, so quiet hours do not hold for him.
    case customer
  }

  /// What was said, as the clerk wrote it down.
  package struct Conversation: Sendable {
    package let result: FollowUp.Result
    package let topics: [FollowUp.Topic]
    package let summary: String
    package let wishes: String?
    package let rating: Int?
    package let nps: Int?
    package let findings: [FollowUpFinding]
    package let issue: FollowUpIssue?
    package let answers: [SurveyAnswerDraft]
    package let comment: String?
    /// Whether a written notice follows, of an event or offer that he was told of (FUP-10).
    package let wantsNotice: Bool
    /// When he is called again on the use of his vehicle; `nil`: he is at home in it, or was not asked (FUP-15).
    package let callAgainAt: Timestamp?

    package init(
      result: FollowUp.Result, topics: [FollowUp.Topic], summary: String, wishes: String?, rating: Int?, nps: Int?,
      findings: [FollowUpFinding], issue: FollowUpIssue?, answers: [SurveyAnswerDraft], comment: String?,
      wantsNotice: Bool = false, callAgainAt: Timestamp? = nil
    ) {
      self.result = result
      self.topics = topics
      self.summary = summary
      self.wishes = wishes
      self.rating = rating
      self.nps = nps
      self.findings = findings
      self.issue = issue
      self.answers = answers
      self.comment = comment
      self.wantsNotice = wantsNotice
      self.callAgainAt = callAgainAt
    }
  }

  /// Writes the call down, once. A customer who was reached ends the follow-up, or leaves an open issue with its deadline
  /// (FUP-05…07); one who was not is tried again, as often as the policy says.
  ///
  /// - Throws: `conflict` `clock-window-not-open` before the window, `quiet-hours` in hours in which the policy has nobody called.
  package func recordCall(
    _ reference: Reference<FollowUp>, _ record: CallRecord, at hour: Hour = .clerk, _ command: Command<FollowUp>
  ) async throws -> Answer {
    try await perform(reference, .recordCall, command) { document, tx in
      let policy = try await policy(at: document.stationID, command, in: tx)
      // What state and guards forbid is said before what the window forbids.
      switch record {
      case .reached: _ = try FollowUp.lifecycle.permit(.recordCall, on: document, by: command.caller.subject)
      case .unreachable:
        _ = try FollowUp.lifecycle.permit(
          .recordCall, outcome: FollowUpLifecycle.Outcome.unreachable, on: document, by: command.caller.subject)
      }
      if let opensAt = document.plan.opensAt, command.at < opensAt {
        throw Refusal.conflict(
          code: "clock-window-not-open", detail: "The call may not be made before \(opensAt).", .opensAt(opensAt))
      }
      if hour == .clerk { try await requireAwake(at: document.stationID, policy.body, command, in: tx) }
      switch record {
      case .unreachable(let remark): return try await attempt(&document, remark, policy.body, command, in: tx)
      case .reached(let conversation):
        return try await reach(&document, conversation, policy.body, command, in: tx)
      }
    }
  }

  /// Local time is the station's, where its customers live.
  private func requireAwake(
    at station: Station.ID, _ policy: FollowUpsPolicy, _ command: Command<FollowUp>, in tx: Transaction
  ) async throws {
    let hour = try await tx.run(StationRepository.hour(of: station, at: command.at))
    guard policy.isQuiet(hour: hour) else { return }
    throw Refusal.conflict(
      code: "quiet-hours",
      detail:
        "Nobody is called from \(policy.quietFromHour) to \(policy.quietUntilHour) o'clock, unless he asked for it.",
      ConflictMember.quiet(from: policy.quietFromHour, until: policy.quietUntilHour))
  }

  private func attempt(
    _ document: inout FollowUp, _ remark: String?, _ policy: FollowUpsPolicy, _ command: Command<FollowUp>,
    in tx: Transaction
  ) async throws -> Effects {
    let row = try document.attempt(
      FollowUpAttempt(at: command.at, by: command.caller.name, remark: remark), atMost: policy.attempts,
      by: command.caller.subject)
    if document.state == .notReached {
      if let kind = document.windowClock {
        try await clocks.cancel(
          [kind], of: document.clockSubject, reason: "\(document.attempts.count)", command, in: tx)
      }
      try await openSecond(after: document, command, in: tx)
    }
    return Effects(row, reason: remark, data: ["attempts": .integer(Int64(document.attempts.count))])
  }

  private func reach(
    _ document: inout FollowUp, _ said: Conversation, _ policy: FollowUpsPolicy, _ command: Command<FollowUp>,
    in tx: Transaction
  ) async throws -> Effects {
    if let next = said.callAgainAt, next <= command.at {
      throw Refusal.invalid("#/callAgainAt", .outOfRange, "must lie in the future")
    }
    try await requireLines(said.findings, of: document, command, in: tx)
    let response = try await response(said, of: document, command, in: tx)
    let marks = (response?.answers ?? []).compactMap { answer -> Int? in
      if case .rating(let mark) = answer.value { mark } else { nil }
    }
    let call = FollowUpCall(
      result: said.result, topics: said.topics, summary: said.summary, wishes: said.wishes,
      rating: said.rating ?? marks.min(), nps: said.nps ?? response?.nps, findings: said.findings,
      surveyResponseID: response?.id, calledBy: command.caller.name, calledAt: command.at)
    var issue = said.issue
    if call.isDetractor(under: policy) {
      issue = FollowUpIssue(kind: .complaint, description: said.issue?.description ?? said.summary)
    } else if issue == nil, said.result == .unsatisfied {
      throw Refusal.invalid("#/issue", .required, "is required for a customer who is not satisfied")
    }
    let row = try document.record(
      call, issue: issue, after: try await first(of: document, command, in: tx), by: command.caller.subject)
    if let kind = document.windowClock {
      try await clocks.meet([kind], of: document.clockSubject, command, in: tx)
    }
    if said.wantsNotice {
      try await clocks.start([.init(.writtenNotice)], on: document.clockOwner, command, in: tx)
    }
    if let issue {
      try await clocks.start([.init(.followUpEscalation)], on: document.clockOwner, command, in: tx)
      if issue.kind == .complaint {
        document.leadTo(try await openComplaint(about: issue, call, of: document, command, in: tx))
      }
    }
    if let response {
      for statement in SurveyResponseRepository.save(response, over: nil) { tx.enqueue(statement) }
      tx.record(response.received(), by: command)
    }
    try await openSecond(after: document, command, in: tx)
    if let next = said.callAgainAt {
      let subject = FollowUpSubject(
        station: document.stationID, occasion: .productUse, customer: document.customerID, vehicle: document.vehicleID,
        order: nil)
      _ = try await plan(subject, at: next, topics: [], script: nil, command, in: tx)
    }
    var effects = self.effects(row, of: document)
    if said.wantsNotice { effects["followUp.called"]["writtenNotice"] = .boolean(true) }
    return effects
  }

  /// What the customer complains about, or a mark that says so, is a complaint in the transaction of the call: it cannot be
  /// heard and forgotten (CMP-12, domain.md section 12).
  private func openComplaint(
    about issue: FollowUpIssue, _ call: FollowUpCall, of document: FollowUp, _ command: Command<FollowUp>,
    in tx: Transaction
  ) async throws -> FollowUpComplaint {
    let complaints = ComplaintService(work, clocks: clocks)
    guard let customer = try await complaints.file(of: document.customerID, command, in: tx) else {
      throw Refusal.notFound
    }
    let complaint = try await complaints.open(
      ComplaintDraft(
        stationID: document.stationID,
        header: ComplaintHeader(
          channel: .followUpCall,
          contact: RequestContact(name: customer.profile.name, phone: customer.profile.phone),
          customerID: customer.state == .active ? customer.id : nil, vehicleID: document.vehicleID,
          origin: ComplaintOrigin(workOrderID: document.workOrderID),
          category: call.findings.isEmpty ? .other : .repairQuality, customerWords: issue.description)),
      command, in: tx)
    return FollowUpComplaint(id: complaint.id.description, number: complaint.number)
  }

  private func effects(_ row: Transition<FollowUp>, of document: FollowUp) -> Effects {
    var effects = Effects(row)
    guard let call = document.call else { return effects }
    effects["followUp.called"] = [
      "result": .text(call.result.rawValue), "rating": call.rating.map { .integer(Int64($0)) } ?? .null,
      "nps": call.nps.map { .integer(Int64($0)) } ?? .null,
    ]
    if let issue = document.issue {
      effects["followUp.issueOpened"] = [
        "kind": .text(issue.kind.rawValue), "complaintId": .optional(document.complaint?.id),
      ]
    }
    if call.findings.isEmpty {
      effects.omit("followUp.contradicted")
    } else {
      // What claims need to find the lines that the customer denies (FUP-14, CLM-08).
      effects["followUp.contradicted"] = [
        "workOrderId": .optional(document.workOrderID?.description),
        "vehicleId": .optional(document.vehicleID?.description),
        "findings": .list(
          call.findings.map { finding in
            .object([
              "kind": .text(finding.kind.rawValue), "line": finding.lineNumber.map { .integer(Int64($0)) } ?? .null,
            ])
          }),
      ]
    }
    return effects
  }

  /// A finding names a line of the order that is there.
  private func requireLines(
    _ findings: [FollowUpFinding], of document: FollowUp, _ command: Command<FollowUp>, in tx: Transaction
  ) async throws {
    guard let order = document.workOrderID, findings.contains(where: { $0.lineNumber != nil }) else { return }
    let lines = try await tx.run(JobLineRepository.lines(of: .id(order), in: command.caller.scope))
    let numbers = Set(lines.map(\.number))
    let violations = findings.enumerated().compactMap { place, finding -> Violation? in
      guard let line = finding.lineNumber, !numbers.contains(line) else { return nil }
      return Violation(
        pointer: "#/findings/\(place)/lineNumber", code: .notFound, detail: "the order has no such line")
    }
    if !violations.isEmpty { throw Refusal.invalid(violations) }
  }

  private func response(
    _ said: Conversation, of document: FollowUp, _ command: Command<FollowUp>, in tx: Transaction
  ) async throws -> SurveyResponse? {
    guard !said.answers.isEmpty else {
      if said.comment != nil {
        throw Refusal.invalid("#/comment", .inconsistent, "belongs to answers, and there are none")
      }
      return nil
    }
    guard let survey = document.plan.survey, let questions = try await tx.run(SurveyRepository.questions(survey)) else {
      throw Refusal.invalid("#/answers", .inconsistent, "the call has no survey")
    }
    return SurveyResponse(
      id: .new(at: command.at), survey: survey, stationID: document.stationID, channel: .call,
      customerID: document.customerID, workOrderID: document.workOrderID, followUpID: document.id,
      answers: try SurveyAnswerDraft.answers(said.answers, to: questions), comment: said.comment,
      stamp: RecordStamp(by: command.caller, at: command.at))
  }

  /// What could not be answered at once goes to the business supervisor (FUP-06, T-04).
  package func escalate(
    _ reference: Reference<FollowUp>, reason: String, _ command: Command<FollowUp>
  ) async throws -> Answer {
    try await act(reference, .escalate, reason: reason, command) { document, tx in
      let row = try document.escalate(
        reason, by: command.caller.name, at: command.at, subject: command.caller.subject)
      try await clocks.meet([.followUpEscalation], of: document.clockSubject, command, in: tx)
      return row
    }
  }

  /// The customer is told the solution, on the day it was found (FUP-07, T-05). One that nobody recorded before is found
  /// and told at once.
  package func answer(
    _ reference: Reference<FollowUp>, solution: String?, _ command: Command<FollowUp>
  ) async throws -> Answer {
    try await act(reference, .answer, command) { document, tx in
      let wasSolved = document.issue?.solution != nil
      let row = try document.answer(
        solution, by: command.caller.name, at: command.at, subject: command.caller.subject)
      if !wasSolved {
        try await clocks.start([.init(.solutionToCustomer)], on: document.clockOwner, command, in: tx)
      }
      try await clocks.meet([.solutionToCustomer], of: document.clockSubject, command, in: tx)
      // Answered before anybody had to escalate it.
      try await clocks.cancel([.followUpEscalation], of: document.clockSubject, reason: nil, command, in: tx)
      return row
    }
  }
}
