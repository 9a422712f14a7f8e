extension FollowUp {
  package mutating func take(
    _ action: Action, outcome: String?, by subject: Subject
  ) throws(Refusal) -> Transition<FollowUp> {
    let row = try FollowUpLifecycle.table.permit(action, outcome: outcome, on: self, by: subject)
    if let to = row.to { state = to }
    return row
  }

  /// What a visit is followed by: two calls, the second one about something else (FUP-01…03, FUP-08).
  package static func topics(of round: Round) -> [Topic] {
    switch round {
    case .first: [.vehicleUse, .consultation]
    case .second: [.newNeeds, .careKnowledge, .newServices]
    }
  }

  /// Nobody answered. The last try that the policy allows ends the follow-up.
  package mutating func attempt(
    _ attempt: FollowUpAttempt, atMost limit: Int, by subject: Subject
  ) throws(Refusal) -> Transition<FollowUp> {
    let isLast = attempts.count + 1 >= limit
    let row = try take(
      .recordCall,
      outcome: isLast ? FollowUpLifecycle.Outcome.notReached : FollowUpLifecycle.Outcome.unreachable, by: subject)
    attempts.append(attempt)
    noteLateness(at: attempt.at)
    return row
  }

  /// He was reached. What is open keeps the follow-up open: what he asks for, an unsatisfied customer, a bad mark, a complaint.
  ///
  /// - Parameter first: the first call of a second one, whose topics are not repeated (FUP-03).
  package mutating func record(
    _ call: FollowUpCall, issue: FollowUpIssue?, after first: FollowUp?, by subject: Subject
  ) throws(Refusal) -> Transition<FollowUp> {
    let row = try take(
      .recordCall, outcome: issue == nil ? nil : FollowUpLifecycle.Outcome.issue, by: subject)
    if let first { try Self.requireOthers(call.topics, than: first) }
    if workOrderID == nil, !call.findings.isEmpty {
      throw .invalid("#/findings", .inconsistent, "there is no order that they could contradict")
    }
    self.call = call
    self.issue = issue
    noteLateness(at: call.calledAt)
    return row
  }

  /// What the customer said opened a complaint.
  package mutating func leadTo(_ complaint: FollowUpComplaint) { self.complaint = complaint }

  /// What cannot be answered at once the business supervisor has (FUP-06).
  package mutating func escalate(
    _ reason: String, by name: String, at instant: Timestamp, subject: Subject
  ) throws(Refusal) -> Transition<FollowUp> {
    let row = try take(.escalate, outcome: nil, by: subject)
    issue?.escalation = .init(text: reason, by: name, at: instant)
    return row
  }

  /// The solution is known; the customer is not told yet (FUP-07).
  package mutating func solve(_ solution: String, by name: String, at instant: Timestamp) throws(Refusal) {
    guard state == .openIssue else {
      throw .conflict(
        code: "follow-up-not-editable", detail: "Nothing is open on the follow-up.", .state(state),
        .allowedStates([State.openIssue]))
    }
    issue?.solution = .init(text: solution, by: name, at: instant)
  }

  /// The customer is told what solves it.
  package mutating func answer(
    _ text: String?, by name: String, at instant: Timestamp, subject: Subject
  ) throws(Refusal) -> Transition<FollowUp> {
    let row = try take(.answer, outcome: nil, by: subject)
    guard let told = text ?? issue?.solution?.text else {
      throw .invalid("#/solution", .required, "is required, because no solution was recorded before")
    }
    if issue?.solution == nil { issue?.solution = .init(text: told, by: name, at: instant) }
    issue?.answer = .init(text: told, by: name, at: instant)
    return row
  }

  /// Its window has passed.
  package mutating func miss(at instant: Timestamp) {
    guard state == .scheduled else { return }
    state = .missed
    missedAt = instant
  }

  /// The customer's file is erased: nobody calls him any more.
  package mutating func cancel() {
    guard state == .scheduled || state == .missed else { return }
    state = .cancelled
  }

  /// The window of a second call opens with the first one's end, and its topics are what the first left (FUP-02, FUP-03).
  package mutating func open(from opensAt: Timestamp?, until dueAt: Timestamp?, after first: FollowUp) {
    plan.opensAt = opensAt
    plan.dueAt = dueAt
    let said = Set(first.call?.topics ?? [])
    let left = plan.topics.filter { !said.contains($0) }
    plan.topics = left.isEmpty ? Topic.allCases.filter { !said.contains($0) } : left
  }

  package struct Edit: Sendable {
    package var topics: Patch<[Topic]> = .keep
    package var script: Patch<String?> = .keep
    package var plannedAt: Patch<Timestamp> = .keep
    package init() {}
  }

  /// What the clerk plans for the call (FUP-03, FUP-04), until it is made.
  package mutating func apply(_ edit: Edit, after first: FollowUp?) throws(Refusal) {
    guard state == .scheduled || state == .missed else {
      throw .conflict(
        code: "follow-up-not-editable", detail: "The follow-up is \(state.rawValue); its plan stands.", .state(state),
        .allowedStates([State.scheduled, .missed]))
    }
    edit.topics.merge(into: &plan.topics)
    edit.script.merge(into: &plan.script)
    if let first { try Self.requireOthers(plan.topics, than: first) }
    if case .set(let instant) = edit.plannedAt {
      guard occasion.isPlannedByHand else {
        throw .invalid("#/plannedAt", .inconsistent, "the window of this follow-up comes from the policy")
      }
      plan.opensAt = instant
    }
  }

  private static func requireOthers(_ topics: [Topic], than first: FollowUp) throws(Refusal) {
    let said = Set(first.call?.topics ?? [])
    let violations = topics.enumerated().filter { said.contains($1) }.map { place, topic in
      Violation(
        pointer: "#/topics/\(place)", code: .inconsistent,
        detail: "\(topic.rawValue) was talked about on the first call")
    }
    if !violations.isEmpty { throw .invalid(violations) }
  }

  /// A late call was missed whether or not the worker came by first.
  private mutating func noteLateness(at instant: Timestamp) {
    if missedAt == nil, let dueAt = plan.dueAt, instant > dueAt { missedAt = instant }
  }
}
