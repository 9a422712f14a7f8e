package import Domain
package import FoundationEssentials
package import Postgres

/// Tokens by the SHA-256 of their text. All of it runs in the product's own scope: it decides who the caller is.
package enum TokenRepository {
  package static func insert(_ token: AccessToken, hash: [UInt8]) -> Query<Int> {
    var user: User.ID?
    var client: MachineClient.ID?
    var name: String?
    var roles: [String]?
    var assignment = ScopeAssignment.network
    switch token.holder {
    case .user(let id): user = id
    case .client(let id): client = id
    case .operatorIssued(let issued, let own, let scope):
      name = issued
      roles = RoleCodes.write(own)
      assignment = scope
    }
    return Query.execute(
      """
      insert into tokens (id, hash, kind, family_id, user_id, client_id, name, roles, station_id, region_id, supplier_id,
        permissions, issued_at, expires_at)
      values (\(token.id), \(hash), \(token.kind.rawValue), \(token.family), \(user), \(client), \(name), \(roles),
        \(assignment.stationID), \(assignment.regionID), \(assignment.supplierID),
        \(PermissionCodes.write(token.permissions)), \(token.issuedAt), \(token.expiresAt))
      """
    )
    .refusing("tokens_station_id_fkey") { Refusal.invalid("#/stationId", .notFound, "no such station") }
    .refusing("tokens_region_id_fkey") { Refusal.invalid("#/regionId", .notFound, "no such region") }
  }

  /// Everything about a live access token in one statement; `nil` when it is unknown or dead, whatever killed it.
  package static func grounds(_ hash: [UInt8], at instant: Timestamp) -> Query<TokenGrounds?> {
    Query.optional(
      """
      select \(tokenColumns), coalesce(u.display_name, c.name, t.name), coalesce(u.roles, c.roles, t.roles),
        coalesce(u.station_id, c.station_id, t.station_id), coalesce(u.region_id, c.region_id, t.region_id),
        coalesce(u.supplier_id, c.supplier_id, t.supplier_id), c.permissions,
        coalesce(u.must_change_password, false), array(\(DelegationRepository.lentRoles(at: instant))),
        (\(DelegationRepository.nextChange(at: instant))),
        array(
          select r.id
          from stations r
          where r.region_id = coalesce(u.region_id, c.region_id, t.region_id)),
        case when u.customer_id is null then '{}' else array(
          select f.id
          from customers f
          where f.id = u.customer_id or f.merged_into_id = u.customer_id
            or f.id = (select m.merged_into_id from customers m where m.id = u.customer_id)) end,
        g.cases, g.roles
      from tokens t
        left join users u on u.id = t.user_id
        left join clients c on c.id = t.client_id
        left join stations s on s.id = coalesce(u.station_id, c.station_id, t.station_id)
        cross join lateral (\(CaseGrantRepository.live)) as g
      where t.hash = \(hash) and t.kind = 'access' and t.revoked_at is null and t.expires_at > \(instant)
        and coalesce(u.state, c.state, 'active') = 'active'
        and (u.not_before is null or t.issued_at >= u.not_before)
        and (s.state is null or s.state <> 'terminated')
      """
    ) { row in
      let token = try decode(&row)
      let name = try row.next(String.self)
      let roles = RoleCodes.read(try row.next([String].self))
      let assignment = try ScopeAssignment.read(&row)
      let clientPermissions = PermissionCodes.read(try row.next([String]?.self))
      let mustChangePassword = try row.next(Bool.self)
      let delegated = RoleCodes.read(try row.next([String].self))
      let delegationsChangeAt = try row.next(Timestamp?.self)
      let stations = try row.next([Station.ID].self)
      let customers = try row.next([Customer.ID].self)
      let grants = try CaseGrantRepository.read(&row)
      return TokenGrounds(
        token: token, subject: subject(of: token), name: name, roles: roles, delegatedRoles: delegated,
        delegationsChangeAt: delegationsChangeAt, clientPermissions: clientPermissions, assignment: assignment,
        regionStations: stations, customers: Set(customers), grants: grants, mustChangePassword: mustChangePassword)
    }
  }

  /// A refresh token with its user, both held until the transaction ends: of two uses at once one is the second.
  package static func lockRefresh(_ hash: [UInt8], at instant: Timestamp) -> Query<RefreshGrounds?> {
    Query.optional(
      """
      select \(tokenColumns), t.used_at is not null, t.revoked_at is not null,
        u.state = 'active' and t.issued_at >= u.not_before and not exists (
          select from stations s where s.id = u.station_id and s.state = 'terminated')
      from tokens t
        join users u on u.id = t.user_id
      where t.hash = \(hash) and t.kind = 'refresh' and t.expires_at > \(instant)
      for update of t
      for share of u
      """
    ) { row in
      let token = try decode(&row)
      let wasUsed = try row.next(Bool.self)
      let wasRevoked = try row.next(Bool.self)
      return RefreshGrounds(
        token: token, wasUsed: wasUsed, wasRevoked: wasRevoked, holderIsAlive: try row.next(Bool.self))
    }
  }

  package static func markUsed(_ id: AccessToken.ID, at instant: Timestamp) -> Query<Int> {
    Query.execute("update tokens set used_at = \(instant) where id = \(id)")
  }

  /// Any unexpired, unrevoked token by its hash, whoever holds it: for revocation.
  package static func find(_ hash: [UInt8], at instant: Timestamp) -> Query<AccessToken?> {
    Query.optional(
      """
      select \(tokenColumns)
      from tokens t
      where t.hash = \(hash) and t.revoked_at is null and t.expires_at > \(instant)
      """,
      decode)
  }

  package static func find(_ id: AccessToken.ID) -> Query<AccessToken?> {
    Query.optional("select \(tokenColumns) from tokens t where t.id = \(id)", decode)
  }

  package static func revokeFamily(_ family: UUID, at instant: Timestamp) -> Query<Int> {
    Query.execute(
      "update tokens set revoked_at = \(instant) where family_id = \(family) and revoked_at is null")
  }

  package static func revokeAll(of user: User.ID, at instant: Timestamp) -> Query<Int> {
    Query.execute("update tokens set revoked_at = \(instant) where user_id = \(user) and revoked_at is null")
  }

  package static func revokeAll(of client: MachineClient.ID, at instant: Timestamp) -> Query<Int> {
    Query.execute("update tokens set revoked_at = \(instant) where client_id = \(client) and revoked_at is null")
  }

  /// Ends the tokens of everybody who belongs to the station, users, machine clients and operators' alike, whatever part of the
  /// network the session sees.
  package static func revokeAll(at station: Station.ID, at instant: Timestamp) -> Query<Int> {
    Query.execute("select end_station_tokens(\(station), \(instant))")
  }

  /// Expired tokens tell nothing any more; `limit` keeps the lock short.
  package static func purge(before instant: Timestamp, limit: Int) -> Query<Int> {
    Query.execute(
      """
      delete from tokens
      where id in (select id from tokens where expires_at < \(instant) order by expires_at limit \(limit))
      """)
  }

  private static let tokenColumns: SQL = """
    t.id, t.kind, t.family_id, t.user_id, t.client_id, t.name, t.roles, t.station_id, t.region_id, t.supplier_id,
    t.permissions, t.issued_at, t.expires_at
    """

  @Sendable private static func decode(_ row: inout Row) throws -> AccessToken {
    let id = try row.next(AccessToken.ID.self)
    let kind = try row.next(as: AccessToken.Kind.self)
    let family = try row.next(UUID.self)
    let user = try row.next(User.ID?.self)
    let client = try row.next(MachineClient.ID?.self)
    let name = try row.next(String?.self)
    let roles = RoleCodes.read(try row.next([String]?.self) ?? [])
    let assignment = try ScopeAssignment.read(&row)
    let permissions = PermissionCodes.read(try row.next([String]?.self))
    let issuedAt = try row.next(Timestamp.self)
    let expiresAt = try row.next(Timestamp.self)
    let holder: AccessToken.Holder =
      if let user {
        .user(user)
      } else if let client {
        .client(client)
      } else {
        .operatorIssued(name: name ?? "", roles: roles, assignment)
      }
    return AccessToken(
      id: id, kind: kind, family: family, holder: holder, permissions: permissions, issuedAt: issuedAt,
      expiresAt: expiresAt)
  }

  /// An operator's token has no other identity than its own.
  private static func subject(of token: AccessToken) -> Subject {
    switch token.holder {
    case .user(let id): .user(id.uuid)
    case .client(let id): .client(id.uuid)
    case .operatorIssued: .client(token.id.uuid)
    }
  }
}
