extension Role {
  /// The roles whose loan holders of `roles` may arrange (ORG-13): their own, those they may give for good, and those of the
  /// people whose deputies they appoint by office.
  package static func lendable(by roles: Set<Role>) -> Set<Role> {
    var lendable = roles.union(grantable(by: roles))
    // 004-A: the business supervisor appoints who stands in for the follow-up clerk.
    if roles.contains(.stBusinessSupervisor) { lendable.insert(.stCrm) }
    // The senior manager heads the sections of the after-sales division (ORG-SM-1).
    if roles.contains(.hqServiceHead) {
      lendable.formUnion([.hqService, .hqClaims, .hqNetwork, .hqParts, .callCentre, .fieldService])
    }
    return lendable
  }
}
