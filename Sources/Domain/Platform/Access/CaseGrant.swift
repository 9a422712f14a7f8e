package import FoundationEssentials

/// A membership in the team of one case (SEC-02): beside his part of the network the member sees that document, and does there
/// what its team does in his role; of everything else of its station he sees nothing.
package struct CaseGrant: Hashable, Sendable {
  /// The document.
  package let caseID: UUID
  /// In which of his functions he was called into the team.
  package let role: Role

  package init(caseID: UUID, role: Role) {
    self.caseID = caseID
    self.role = role
  }

  /// What he may do there.
  package var permissions: Set<Permission> { RolePermissions.caseMember(as: role) }
}

/// A membership as it is kept: never deleted, ended once (SEC-09).
package struct CaseMembership: Hashable, Sendable {
  package typealias ID = Identifier<CaseMembership>

  package let id: ID
  package let resource: Resource
  package let caseID: UUID
  package let number: String?
  package let userID: User.ID
  /// Display name of the user now.
  package let name: String
  package let role: Role
  package let grantedAt: Timestamp
  package let grantedBy: RecordStamp.Author
  package let revokedAt: Timestamp?
  package let revokedBy: RecordStamp.Author?

  package init(
    id: ID, resource: Resource, caseID: UUID, number: String?, userID: User.ID, name: String, role: Role,
    grantedAt: Timestamp, grantedBy: RecordStamp.Author, revokedAt: Timestamp? = nil,
    revokedBy: RecordStamp.Author? = nil
  ) {
    self.id = id
    self.resource = resource
    self.caseID = caseID
    self.number = number
    self.userID = userID
    self.name = name
    self.role = role
    self.grantedAt = grantedAt
    self.grantedBy = grantedBy
    self.revokedAt = revokedAt
    self.revokedBy = revokedBy
  }
}

/// Who is to be in a team, and as what.
package struct CaseMember: Hashable, Sendable {
  package let userID: User.ID
  package let role: Role

  package init(userID: User.ID, role: Role) {
    self.userID = userID
    self.role = role
  }
}
