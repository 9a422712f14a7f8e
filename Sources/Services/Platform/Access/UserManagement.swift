package import Domain

/// Who may change whom (ORG-08, SEC-01): nobody gives away more than he may, touches those above himself, or changes his own
/// standing. Visibility is not its business: who is not seen was not found before.
package enum UserManagement {
  /// - Throws: `Refusal.forbidden` when the user holds a role that the caller could not give.
  package static func requireMayManage(_ user: User, _ caller: Caller) throws(Refusal) {
    guard user.roles.isSubset(of: Role.grantable(by: caller.roles)) else { throw .forbidden(.usersWrite) }
  }

  /// - Throws: `Refusal.separationOfDuties` (`own-standing`).
  package static func requireSomebodyElse(_ user: User, _ caller: Caller) throws(Refusal) {
    if caller.subject == .user(user.id.uuid) {
      throw .separationOfDuties(
        rule: "own-standing", detail: "Nobody changes his own roles, scope or state; somebody else has to.")
    }
  }

  /// - Throws: `Refusal.invalid` with every role that the caller may not give.
  package static func requireMayGrant(_ roles: Set<Role>, _ caller: Caller, pointer: String) throws(Refusal) {
    try refuse(roles, beyond: Role.grantable(by: caller.roles), pointer: pointer)
  }

  /// - Throws: `Refusal.invalid` with every role whose loan the caller may not arrange (ORG-13).
  package static func requireMayLend(_ roles: Set<Role>, _ caller: Caller, pointer: String) throws(Refusal) {
    try refuse(roles, beyond: Role.lendable(by: caller.roles), pointer: pointer)
  }

  /// - Throws: `Refusal.invalid`: a station that the caller does not see is not there for him.
  package static func requireWithin(_ assignment: ScopeAssignment, _ caller: Caller) throws(Refusal) {
    if !assignment.isWithin(caller.scope) {
      throw .invalid("#/\(assignment.member)", .notFound, "must lie within the caller's own scope")
    }
  }

  private static func refuse(_ roles: Set<Role>, beyond allowed: Set<Role>, pointer: String) throws(Refusal) {
    let beyond = roles.subtracting(allowed).map(\.rawValue).sorted()
    if beyond.isEmpty { return }
    let names = allowed.map(\.rawValue).sorted().joined(separator: ",")
    throw .invalid(
      beyond.map { role in
        Violation(
          pointer: pointer, code: .notInSet, detail: "the role \(role) is not the caller's to give",
          limits: ["allowed": names])
      })
  }
}
