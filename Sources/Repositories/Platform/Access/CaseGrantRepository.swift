package import Domain
package import FoundationEssentials
package import Postgres

/// Memberships in the teams of cases (SEC-02).
package enum CaseGrantRepository {
  /// Somebody named for a team, seen whatever part of the network the session sees.
  package struct Candidate: Sendable {
    package let id: User.ID
    package let name: String
    package let roles: Set<Role>
    /// Active, and his station not terminated.
    package let isActive: Bool
  }

  package static func candidates(_ people: [User.ID]) -> Query<[Candidate]> {
    Query.list("select id, name, roles, is_active from case_candidates(\(people)) order by id") { row in
      Candidate(
        id: try row.next(User.ID.self), name: try row.next(String.self),
        roles: RoleCodes.read(try row.next([String].self)), isActive: try row.next(Bool.self))
    }
  }

  /// All of one case, ended ones too, in the order in which they were granted.
  package static func list(_ resource: Resource, _ subject: UUID, in scope: Scope) -> Query<[CaseMembership]> {
    Query.list(
      "select \(columns) from case_grants g where g.subject_id = \(subject) and g.resource = \(resource.rawValue) and "
        + scope.condition(on: "g.station_id", case: "g.subject_id") + " order by g.granted_at, g.id", membership)
  }

  /// Of one user and not ended. Asked in the product's own scope, for the user himself.
  package static func live(of user: User.ID) -> Query<[CaseMembership]> {
    Query.list(
      """
      select \(columns)
      from case_grants g
      where g.user_id = \(user) and g.revoked_at is null
      order by g.granted_at, g.id
      """, membership)
  }

  /// 0 rows for a person who is in the team already.
  package static func insert(_ membership: CaseMembership, station: Station.ID?) -> Query<Int> {
    Query.execute(
      """
      insert into case_grants (id, resource, subject_id, subject_number, station_id, user_id, user_name, role, granted_at,
        granted_by, granted_by_id)
      values (\(membership.id), \(membership.resource.rawValue), \(membership.caseID), \(membership.number), \(station),
        \(membership.userID), \(membership.name), \(membership.role.rawValue), \(membership.grantedAt),
        \(membership.grantedBy.name), \(membership.grantedBy.id))
      on conflict (user_id, subject_id) where revoked_at is null do nothing
      """)
  }

  /// Ends the live memberships of a case and answers whose they were.
  /// - Parameter users: of these only; `nil`: the whole team's.
  package static func revoke(
    _ resource: Resource, _ subject: UUID, of users: [User.ID]?, by author: RecordStamp.Author, at instant: Timestamp
  ) -> Query<[User.ID]> {
    let people: SQL = users.map { "user_id = any (\($0))" } ?? "true"
    return Query.list(
      """
      update case_grants
      set revoked_at = greatest(\(instant), granted_at), revoked_by = \(author.name), revoked_by_id = \(author.id)
      where subject_id = \(subject) and resource = \(resource.rawValue) and revoked_at is null and \(people)
      returning user_id
      """
    ) { try $0.next(User.ID.self) }
  }

  /// Subquery beside `users u`: the cases of his teams and his role in each, two arrays in one order.
  static let live: SQL = """
    select array_agg(k.subject_id order by k.id) as cases, array_agg(k.role order by k.id) as roles
    from case_grants k
    where k.user_id = u.id and k.revoked_at is null
    """

  /// What `live` found. A role that this release does not know grants nothing.
  static func read(_ row: inout Row) throws -> [CaseGrant] {
    let cases = try row.next([UUID]?.self) ?? []
    let roles = try row.next([String]?.self) ?? []
    return zip(cases, roles).compactMap { id, role in Role(rawValue: role).map { CaseGrant(caseID: id, role: $0) } }
  }

  private static let columns: SQL = """
    g.id, g.resource, g.subject_id, g.subject_number, g.user_id, g.user_name, g.role, g.granted_at, g.granted_by,
    g.granted_by_id, g.revoked_at, g.revoked_by, g.revoked_by_id
    """

  @Sendable private static func membership(_ row: inout Row) throws -> CaseMembership {
    let id = try row.next(CaseMembership.ID.self)
    let resource = try row.next(as: Resource.self)
    let caseID = try row.next(UUID.self)
    let number = try row.next(String?.self)
    let userID = try row.next(User.ID.self)
    let name = try row.next(String.self)
    let role = try row.next(as: Role.self)
    let grantedAt = try row.next(Timestamp.self)
    let grantedBy = RecordStamp.Author(name: try row.next(String.self), id: try row.next(UUID?.self))
    let revokedAt = try row.next(Timestamp?.self)
    let revokedBy = RecordStamp.Author(name: try row.next(String?.self) ?? "", id: try row.next(UUID?.self))
    return CaseMembership(
      id: id, resource: resource, caseID: caseID, number: number, userID: userID, name: name, role: role,
      grantedAt: grantedAt, grantedBy: grantedBy, revokedAt: revokedAt, revokedBy: revokedAt == nil ? nil : revokedBy)
  }
}
