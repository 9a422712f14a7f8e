// The actions of SM-4 as pure functions: each checks the table, then changes the complaint. The service saves what changed and
// appends the events that the row names.

extension Complaint {
  /// Checks state and guards, and moves the state.
  package mutating func take(
    _ action: Action, outcome: String? = nil, by subject: Subject
  ) throws(Refusal) -> Transition<Complaint> {
    let row = try ComplaintLifecycle.table.permit(action, outcome: outcome, on: self, by: subject)
    if let next = row.to { state = next }
    return row
  }

  /// What looked like the same case when it was registered.
  package mutating func registered(duplicates: [Complaint.ID]) { progress.duplicateCandidates = duplicates }

  /// To a department, and where `station` names another one, to that station (CMP-03). Takes an escalated case in hand.
  package mutating func assign(
    _ assignment: ComplaintAssignment, to station: Station.ID?, by subject: Subject
  ) throws(Refusal) -> Transition<Complaint> {
    let row = try take(.assign, by: subject)
    progress.assignment = assignment
    if let station { stationID = station }
    if progress.escalation?.acknowledgedAt == nil {
      progress.escalation?.acknowledgedBy = assignment.assignedBy
      progress.escalation?.acknowledgedAt = assignment.assignedAt
    }
    return row
  }

  package mutating func investigate(
    cause: ComplaintCause?, findings: String?, by subject: Subject
  ) throws(Refusal) -> Transition<Complaint> {
    let row = try take(.investigate, by: subject)
    if let cause { progress.cause = cause }
    if let findings { progress.findings = findings }
    return row
  }

  /// A new solution, or the same one told or promised anew. The promised time is mandatory (CMP-06).
  ///
  /// - Throws: `Refusal.invalid` for a promise that does not lie ahead, or that was told before it was made.
  package mutating func proposeSolution(
    _ solution: ComplaintSolution, by subject: Subject
  ) throws(Refusal) -> Transition<Complaint> {
    let row = try take(.proposeSolution, by: subject)
    if solution.promisedAt <= solution.proposedAt {
      throw .invalid("#/promisedResolutionAt", .outOfRange, "must lie in the future")
    }
    // A solution that nobody answered yet is replaced: refused ones stay beside it.
    if row.to == nil, progress.solution?.decision == nil, !progress.solutions.isEmpty {
      progress.solutions.removeLast()
    }
    progress.solutions.append(solution)
    return row
  }

  /// - Throws: `Refusal.invalid` when there are several options and none is chosen, or the chosen one is not among them.
  package mutating func acceptSolution(
    option: Int?, words: String?, channel: CustomerDecision.Channel, recordedBy: String, at: Timestamp,
    by subject: Subject
  ) throws(Refusal) -> Transition<Complaint> {
    let row = try take(.acceptSolution, by: subject)
    guard let solution = progress.solution else { throw .notFound }
    if option == nil, solution.options.count > 1 {
      throw .invalid("#/option", .required, "is required: the customer chooses among \(solution.options.count)")
    }
    let chosen = option ?? 1
    if !(1...solution.options.count).contains(chosen) {
      throw .invalid("#/option", .outOfRange, "must be between 1 and \(solution.options.count)")
    }
    decide(.init(option: chosen, words: words, channel: channel, recordedBy: recordedBy, decidedAt: at))
    return row
  }

  package mutating func refuseSolution(
    _ words: String, channel: CustomerDecision.Channel, recordedBy: String, at: Timestamp, by subject: Subject
  ) throws(Refusal) -> Transition<Complaint> {
    let row = try take(.refuseSolution, by: subject)
    decide(.init(option: nil, words: words, channel: channel, recordedBy: recordedBy, decidedAt: at))
    progress.refusals += 1
    return row
  }

  /// One rung higher, or the first one (M16). The rung is taken in hand by assigning the case.
  package mutating func escalate(
    _ reason: String, to level: ComplaintEscalation.Level?, escalatedBy: String, at: Timestamp, by subject: Subject
  ) throws(Refusal) -> Transition<Complaint> {
    let row = try take(.escalate, by: subject)
    let former = progress.escalation?.level
    let next = level ?? former.map { $0.next ?? .leaders } ?? .station
    if let former, next.rank <= former.rank {
      throw .invalid("#/level", .outOfRange, "must be above \(former.rawValue), where the case is")
    }
    progress.escalation = ComplaintEscalation(
      level: next, reason: reason, escalatedBy: escalatedBy, escalatedAt: at)
    return row
  }

  package mutating func resolve(
    _ resolution: ComplaintResolution, cause: ComplaintCause?, by subject: Subject
  ) throws(Refusal) -> Transition<Complaint> {
    var changed = self
    if let cause { changed.progress.cause = cause }
    let row = try changed.take(.resolve, by: subject)
    changed.progress.resolution = resolution
    self = changed
    return row
  }

  /// The satisfaction call: satisfied closes with the write-up, else the case goes on (CMP-08, CMP-09).
  ///
  /// - Parameter limit: how often a complaint may be reopened, by the policy.
  /// - Throws: `Refusal.invalid` for a satisfied customer without a write-up.
  package mutating func close(
    _ call: SatisfactionCall, conclusion: String?, limit: Int, by subject: Subject
  ) throws(Refusal) -> Transition<Complaint> {
    if call.isSatisfied {
      let row = try take(.close, by: subject)
      guard let conclusion else {
        throw .invalid("#/conclusion", .required, "is required: the case is archived with its write-up")
      }
      progress.satisfactionCall = call
      progress.conclusion = conclusion
      progress.closedAt = call.calledAt
      // The grants of its members end with it (SEC-02).
      major.team = nil
      return row
    }
    let again: Again = progress.reopenings >= limit ? .exhausted : kind == .major ? .major : .general
    let row = try take(.close, outcome: again.rawValue, by: subject)
    progress.satisfactionCall = call
    if again == .exhausted {
      progress.escalation = ComplaintEscalation(
        level: .leaders, reason: call.comment ?? "", escalatedBy: call.calledBy, escalatedAt: call.calledAt)
      progress.resolution = nil
    } else {
      goOn()
    }
    return row
  }

  /// - Parameter limit: how often a complaint may be reopened, by the policy.
  /// - Throws: `Refusal.guardFailed` `reopenings-exhausted` at the limit.
  package mutating func reopen(limit: Int, by subject: Subject) throws(Refusal) -> Transition<Complaint> {
    let row = try take(.reopen, outcome: kind == .major ? Again.major.rawValue : nil, by: subject)
    if let obstacle = obstacleToReopening(limit: limit) {
      throw .guardFailed(action: Action.reopen.rawValue, guardCode: obstacle.code, detail: obstacle.sentence)
    }
    goOn()
    return row
  }

  /// Why it is not reopened once more; a dissatisfied customer is the leaders' case then.
  package func obstacleToReopening(limit: Int) -> ActionOffer.Obstacle? {
    guard progress.reopenings >= limit else { return nil }
    return ActionOffer.Obstacle(
      code: "reopenings-exhausted",
      sentence: "The complaint was reopened \(progress.reopenings) times, as often as the policy allows.")
  }

  /// Not justified, and the customer was told why (CMP-19).
  package mutating func closeUnjustified(
    _ explanation: String, at: Timestamp, by subject: Subject
  ) throws(Refusal) -> Transition<Complaint> {
    let row = try take(.closeUnjustified, by: subject)
    progress.conclusion = explanation
    progress.closedAt = at
    return row
  }

  /// This one goes on in another complaint about the same.
  package mutating func merge(into other: Complaint.ID, by subject: Subject) throws(Refusal) -> Transition<Complaint> {
    let row = try take(.merge, by: subject)
    if other == id { throw .invalid("#/complaintId", .inconsistent, "must be another complaint") }
    progress.mergedInto = other
    return row
  }

  /// The other side of `merge`.
  ///
  /// - Throws: `Refusal.conflict` `complaint-ended` when there is nothing to go on in.
  package mutating func take(over other: Complaint.ID) throws(Refusal) {
    if ComplaintLifecycle.ended.contains(state) {
      throw .conflict(
        code: "complaint-ended", detail: "The complaint \(number) is \(state.rawValue); nothing can go on in it.",
        .conflict(.complaint, id, number, state: state.rawValue), .state(state))
    }
    progress.merged.append(other)
  }

  private mutating func decide(_ decision: ComplaintSolution.Decision) {
    let last = progress.solutions.count - 1
    progress.solutions[last].decision = decision
    // Who answers has been told.
    if progress.solutions[last].toldAt == nil {
      progress.solutions[last].toldAt = decision.decidedAt
      progress.solutions[last].channel = decision.channel
    }
  }

  /// What the first round established stays in history; the next one starts without it.
  private mutating func goOn() {
    progress.reopenings += 1
    progress.resolution = nil
    progress.conclusion = nil
    progress.closedAt = nil
    if kind == .major {
      major.agreement?.signatures = []
      major.executionStartedAt = nil
    }
  }
}

extension ComplaintEscalation.Level {
  fileprivate var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
