/// A loan of roles for a time: who is absent appoints a deputy (ORG-13). It ends by itself, and tokens of the deputy
/// lose the roles with it (SEC-12).
package struct Delegation: Hashable, Sendable {
  package typealias ID = Identifier<Delegation>

  /// The longest loan, in days; a longer absence is a change of roles.
  package static let maximumDays = 90

  package let id: ID
  /// Whose roles they are.
  package let fromID: User.ID
  package let toID: User.ID
  package let roles: Set<Role>
  package let startsAt: Timestamp
  /// The first instant at which the deputy has them no more.
  package let endsAt: Timestamp
  package let reason: String
  package private(set) var revokedAt: Timestamp?

  package init(
    id: ID, fromID: User.ID, toID: User.ID, roles: Set<Role>, startsAt: Timestamp, endsAt: Timestamp, reason: String,
    revokedAt: Timestamp? = nil
  ) {
    self.id = id
    self.fromID = fromID
    self.toID = toID
    self.roles = roles
    self.startsAt = startsAt
    self.endsAt = endsAt
    self.reason = reason
    self.revokedAt = revokedAt
  }

  package func isActive(at instant: Timestamp) -> Bool {
    if let revokedAt, revokedAt <= instant { return false }
    return startsAt <= instant && instant < endsAt
  }

  /// The delegation ended before its time. Repeating it changes nothing.
  /// - Throws: `Refusal.conflict` (`delegation-ended`) when it is over already.
  package func revoked(at instant: Timestamp) throws(Refusal) -> Delegation {
    if revokedAt != nil { return self }
    guard instant < endsAt else {
      throw .conflict(code: "delegation-ended", detail: "The delegation ended at \(endsAt).", .deadline(endsAt))
    }
    var delegation = self
    delegation.revokedAt = instant
    return delegation
  }

  /// What a user may act as: his own roles and those lent to him at that instant.
  /// - Parameter delegations: those received by the user.
  package static func effectiveRoles(
    own: Set<Role>, delegations: some Sequence<Delegation>, at instant: Timestamp
  ) -> Set<Role> {
    delegations.reduce(into: own) { roles, delegation in
      if delegation.isActive(at: instant) { roles.formUnion(delegation.roles) }
    }
  }
}

/// A delegation as asked for.
package struct DelegationDraft: Hashable, Sendable {
  package let roles: Set<Role>
  package let startsAt: Timestamp
  package let endsAt: Timestamp
  package let reason: String

  package init(roles: Set<Role>, startsAt: Timestamp, endsAt: Timestamp, reason: String) {
    self.roles = roles
    self.startsAt = startsAt
    self.endsAt = endsAt
    self.reason = reason
  }
}

extension Delegation {
  /// One of the two people, as far as the rules look at him.
  package struct Party: Hashable, Sendable {
    package let id: User.ID
    package let assignment: ScopeAssignment
    /// His own, without those lent to him.
    package let roles: Set<Role>
    package let isActive: Bool

    package init(id: User.ID, assignment: ScopeAssignment, roles: Set<Role>, isActive: Bool) {
      self.id = id
      self.assignment = assignment
      self.roles = roles
      self.isActive = isActive
    }

    package init(_ user: User) {
      self.init(id: user.id, assignment: user.assignment, roles: user.roles, isActive: user.state == .active)
    }
  }

  /// The loan, if the rules allow it; all violations at once (C-09).
  /// - Parameter received: delegations to `from`, whose roles are not his to pass on.
  /// - Throws: `Refusal.invalid`.
  package init(
    _ draft: DelegationDraft, from: Party, to: Party, received: some Sequence<Delegation>, at instant: Timestamp
  ) throws(Refusal) {
    let found =
      Self.violations(ofParties: from, to)
      + Self.violations(of: draft.roles, from: from, received: received, at: instant)
      + Self.violations(ofPeriod: draft, at: instant)
    if !found.isEmpty { throw .invalid(found) }
    self.init(
      id: .new(at: instant), fromID: from.id, toID: to.id, roles: draft.roles, startsAt: draft.startsAt,
      endsAt: draft.endsAt, reason: draft.reason)
  }

  /// The same between two users as they stand.
  package init(
    _ draft: DelegationDraft, from: User, to: User, received: some Sequence<Delegation>, at instant: Timestamp
  ) throws(Refusal) {
    try self.init(draft, from: Party(from), to: Party(to), received: received, at: instant)
  }

  private static func violations(ofParties from: Party, _ to: Party) -> [Violation] {
    func wrong(_ detail: String) -> [Violation] {
      [Violation(pointer: "#/toUserId", code: .inconsistent, detail: detail)]
    }
    if from.id == to.id { return wrong("nobody is his own deputy") }
    if !to.isActive { return wrong("the deputy is disabled") }
    switch (from.assignment, to.assignment) {
    case (.station(let left), .station(let right)) where left == right: return []
    case (.network, .network): return []
    case (.region(let left), .region(let right)) where left == right: return []
    default: return wrong("the deputy must belong to the same station or region, or both to headquarters")
    }
  }

  private static func violations(
    of roles: Set<Role>, from: Party, received: some Sequence<Delegation>, at instant: Timestamp
  ) -> [Violation] {
    if roles.isEmpty {
      return [Violation(pointer: "#/roles", code: .tooShort, detail: "must name a role", limits: ["min": "1"])]
    }
    let lent = effectiveRoles(own: [], delegations: received, at: instant)
    return roles.subtracting(from.roles).sorted { $0.rawValue < $1.rawValue }.map { role in
      let reason = lent.contains(role) ? "is lent to the delegator himself" : "is not a role of the delegator"
      return Violation(pointer: "#/roles", code: .inconsistent, detail: "\(role.rawValue) \(reason)")
    }
  }

  private static func violations(ofPeriod draft: DelegationDraft, at instant: Timestamp) -> [Violation] {
    var found: [Violation] = []
    if draft.endsAt <= draft.startsAt {
      found.append(Violation(pointer: "#/endsAt", code: .inconsistent, detail: "must be after startsAt"))
    } else if draft.endsAt > draft.startsAt.adding(seconds: Int64(maximumDays) * 86_400) {
      found.append(
        Violation(
          pointer: "#/endsAt", code: .outOfRange, detail: "must be at most \(maximumDays) days after startsAt",
          limits: ["max": "\(maximumDays)"]))
    } else if draft.endsAt <= instant {
      found.append(Violation(pointer: "#/endsAt", code: .outOfRange, detail: "must be in the future"))
    }
    if draft.reason.allSatisfy(\.isWhitespace) {
      found.append(Violation(pointer: "#/reason", code: .required, detail: "must give a reason"))
    }
    return found
  }
}
