// The actions of the transition table as pure functions. The service holds the lock of the key while it runs one, and
// saves what changed.

extension Policy {
  package mutating func take(
    _ action: Action, outcome: String?, by subject: Subject
  ) throws(Refusal) -> Transition<Policy> {
    let row = try PolicyLifecycle.table.permit(action, outcome: outcome, on: self, by: subject)
    if let next = row.to { state = next }
    return row
  }

  private mutating func take(_ action: Action, by caller: Caller) throws(Refusal) -> Transition<Policy> {
    try take(action, outcome: nil, by: caller.subject)
  }

  /// Changes the draft; who does becomes one of its authors.
  package mutating func apply(_ patch: PolicyPatch, by caller: Caller) throws(Refusal) {
    guard state == .draft else {
      throw .conflict(
        code: "policy-not-editable", detail: "Only a draft can be changed; this policy is \(state.rawValue).",
        .state(state), .allowedStates([State.draft]))
    }
    let before = content
    if case .set(let change) = patch.body {
      switch key.normalised(content.body.merging(change)) {
      case .success(let body): content.body = body
      case .failure(let found): throw .invalid(found.faults.map { $0.violation(under: "#/body") })
      }
    }
    patch.reason.merge(into: &content.reason)
    patch.validFrom.merge(into: &content.validFrom)
    patch.validTo.merge(into: &content.validTo)
    let violations = content.violations()
    if !violations.isEmpty { throw .invalid(violations) }
    if content != before, let author = caller.subject.id { authors.insert(author) }
  }

  package mutating func submit(by caller: Caller, at instant: Timestamp) throws(Refusal) -> Transition<Policy> {
    let row = try take(.submit, by: caller)
    try requireAhead(at: instant)
    submittedAt = instant
    decision = nil
    if let author = caller.subject.id { authors.insert(author) }
    return row
  }

  /// Puts the version into force: from its day on it holds, and the version that held until then ends there.
  /// - Parameter approved: the approved versions of the same key and subject, this one not among them.
  /// - Returns: the former version with its new end, if one was cut.
  package mutating func approve(
    among approved: [Policy], comment: String?, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> (row: Transition<Policy>, ended: Policy?) {
    let row = try take(.approve, by: caller)
    try requireAhead(at: instant)
    let from = content.validFrom ?? instant
    if let same = approved.first(where: { $0.content.validFrom == from }) {
      throw .conflict(
        code: "policy-overlap", detail: "\(same.number) already begins at \(from); revoke it or choose another time.",
        .conflict(.policy, same.id, same.number, state: same.state.rawValue), .validFrom(from))
    }
    content.validFrom = from
    endsAt = Self.end(planned: content.validTo, after: from, among: approved)
    var ended = approved.first { $0.holds(at: from) }
    if let former = ended, let endsAt, former.endsAt.map({ $0 > endsAt }) ?? true {
      throw .conflict(
        code: "policy-gap",
        detail: "After \(endsAt) neither \(number) nor \(former.number) would hold; approve what follows first.",
        .conflict(.policy, former.id, former.number, state: former.state.rawValue), .validTo(endsAt))
    }
    ended?.endsAt = from
    decide(.approved, comment, by: caller, at: instant)
    return (row, ended)
  }

  /// Gives the draft back to its authors.
  package mutating func `return`(
    _ comment: String, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<Policy> {
    let row = try take(.return, by: caller)
    decide(.returned, comment, by: caller, at: instant)
    submittedAt = nil
    return row
  }

  package mutating func reject(
    _ comment: String, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<Policy> {
    let row = try take(.reject, by: caller)
    decide(.rejected, comment, by: caller, at: instant)
    return row
  }

  package mutating func withdraw(by caller: Caller) throws(Refusal) -> Transition<Policy> {
    try take(.withdraw, by: caller)
  }

  /// Takes back an approved version that does not hold yet; what it would have ended goes on.
  /// - Parameter approved: as for `approve`.
  package mutating func revoke(
    among approved: [Policy], comment: String, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> (row: Transition<Policy>, resumed: Policy?) {
    let row = try take(.revoke, by: caller)
    guard let from = content.validFrom, from > instant else {
      throw .conflict(
        code: "policy-in-force", detail: "\(number) holds or has held; approve a new version in its place.",
        .validFrom(content.validFrom))
    }
    var resumed = approved.first { $0.endsAt == from }
    if let former = resumed, let begin = former.content.validFrom {
      resumed?.endsAt = Self.end(planned: former.content.validTo, after: begin, among: approved)
    }
    endsAt = nil
    decide(.revoked, comment, by: caller, at: instant)
    return (row, resumed)
  }

  private mutating func decide(
    _ outcome: PolicyDecision.Outcome, _ comment: String?, by caller: Caller, at instant: Timestamp
  ) {
    decision = PolicyDecision(outcome, by: RecordStamp.Author(caller), at: instant, comment: comment)
  }

  /// The past is settled: what held then was read by decisions of then.
  private func requireAhead(at instant: Timestamp) throws(Refusal) {
    if let from = content.validFrom, from < instant {
      throw .conflict(
        code: "valid-from-passed", detail: "validFrom has passed; a policy begins now or later. Leave it out for now.",
        .field("validFrom"), .validFrom(from))
    }
    if let end = content.validTo, end <= instant {
      throw .conflict(
        code: "valid-from-passed", detail: "validTo has passed; a policy must still have time to hold.",
        .field("validTo"), .validTo(end))
    }
  }

  /// As planned, or where the next one begins.
  private static func end(planned: Timestamp?, after from: Timestamp, among approved: [Policy]) -> Timestamp? {
    let next = approved.compactMap(\.content.validFrom).filter { $0 > from }.min()
    return [planned, next].compactMap(\.self).min()
  }
}

extension EventValue {
  /// This value with a merge patch applied (RFC 7396): objects merge, null removes, anything else replaces.
  func merging(_ patch: EventValue) -> EventValue {
    guard case .object(let changes) = patch else { return patch }
    var members: [String: EventValue] = [:]
    if case .object(let own) = self { members = own }
    for (name, change) in changes {
      members[name] = change == .null ? nil : (members[name] ?? .null).merging(change)
    }
    return .object(members)
  }
}
