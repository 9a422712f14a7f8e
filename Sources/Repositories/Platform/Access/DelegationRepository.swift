package import Domain
package import Postgres

/// Roles lent for a time (ORG-13).
package enum DelegationRepository {
  /// Given and received by one user, latest first.
  package static func list(of user: User.ID, _ page: PageRequest, in scope: Scope) -> Query<Page<Delegation>> {
    let plan = ListPlan(
      columns: columns, from: "delegations d", id: "d.id",
      sorts: ["startsAt": .init("d.starts_at", type: "timestamptz")],
      conditions: ["(d.from_user_id = \(user) or d.to_user_id = \(user))", scope.condition(on: "d.station_id")])
    return plan.query(page, decode: decode)
  }

  /// Received and not over; what the user's token stands on besides his own roles.
  package static func open(to user: User.ID, at instant: Timestamp) -> Query<[Delegation]> {
    Query.list(
      """
      select \(columns)
      from delegations d
      where d.to_user_id = \(user) and d.revoked_at is null and d.ends_at > \(instant)
      order by d.starts_at, d.id
      """,
      decode)
  }

  /// One that this user gave, held until the transaction ends.
  package static func lock(_ id: Delegation.ID, from user: User.ID, in scope: Scope) -> Query<Delegation?> {
    Query.optional(
      """
      select \(columns)
      from delegations d
      where d.id = \(id) and d.from_user_id = \(user) and \(scope.condition(on: "d.station_id"))
      for update of d
      """,
      decode)
  }

  /// - Parameter lender: `delegation.fromID`'s user, whose station the row belongs to.
  package static func insert(
    _ delegation: Delegation, lender: User, by caller: Caller, at instant: Timestamp
  ) -> Query<Int> {
    Query.execute(
      """
      insert into delegations (id, from_user_id, to_user_id, station_id, roles, starts_at, ends_at, reason, created_at,
        created_by, created_by_id)
      values (\(delegation.id), \(delegation.fromID), \(delegation.toID), \(lender.assignment.stationID),
        \(RoleCodes.write(delegation.roles)), \(delegation.startsAt), \(delegation.endsAt), \(delegation.reason),
        \(instant), \(caller.name), \(caller.subject.id))
      """)
  }

  package static func revoke(_ id: Delegation.ID, at instant: Timestamp) -> Query<Int> {
    Query.execute("update delegations set revoked_at = \(instant) where id = \(id) and revoked_at is null")
  }

  /// Tells every instance about the deputies of a user who lost a role or was disabled.
  package static func notifyDeputies(of lender: User.ID, at instant: Timestamp) -> Query<Int> {
    Query.execute(
      """
      select pg_notify(\(AccessChange.channel), 'user:' || d.to_user_id)
      from delegations d
      where d.from_user_id = \(lender) and d.revoked_at is null and d.ends_at > \(instant)
      """)
  }

  /// Subquery beside `users u`: the roles lent to him now. The lender must still hold them, be active, and stand where the
  /// deputy stands; each of these can end between loan and look.
  static func lentRoles(at instant: Timestamp) -> SQL {
    """
    select lent.role
    from delegations d
      join users f on f.id = d.from_user_id and f.state = 'active'
      cross join unnest(d.roles) as lent(role)
    where d.to_user_id = u.id and d.revoked_at is null and d.starts_at <= \(instant) and d.ends_at > \(instant)
      and lent.role = any (f.roles)
      and (f.station_id, f.region_id, f.supplier_id) is not distinct from (u.station_id, u.region_id, u.supplier_id)
    """
  }

  /// Subquery beside `users u`: when the next loan to him begins or ends.
  static func nextChange(at instant: Timestamp) -> SQL {
    """
    select min(case when d.starts_at > \(instant) then d.starts_at else d.ends_at end)
    from delegations d
    where d.to_user_id = u.id and d.revoked_at is null and d.ends_at > \(instant)
    """
  }

  private static let columns: SQL =
    "d.id, d.from_user_id, d.to_user_id, d.roles, d.starts_at, d.ends_at, d.reason, d.revoked_at"

  @Sendable private static func decode(_ row: inout Row) throws -> Delegation {
    let id = try row.next(Delegation.ID.self)
    let from = try row.next(User.ID.self)
    let to = try row.next(User.ID.self)
    let roles = RoleCodes.read(try row.next([String].self))
    let startsAt = try row.next(Timestamp.self)
    let endsAt = try row.next(Timestamp.self)
    let reason = try row.next(String.self)
    return Delegation(
      id: id, fromID: from, toID: to, roles: roles, startsAt: startsAt, endsAt: endsAt, reason: reason,
      revokedAt: try row.next(Timestamp?.self))
  }
}
