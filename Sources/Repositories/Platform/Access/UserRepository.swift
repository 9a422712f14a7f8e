package import Domain
package import Postgres

/// Users; the password's hash leaves this file only as `Credentials`.
package enum UserRepository {
  package static func find(_ reference: Reference<User>, in scope: Scope) -> Query<User?> {
    Query.optional(selection(reference, in: scope), decode)
  }

  /// The same, and nobody else changes him until the transaction ends.
  package static func lock(_ reference: Reference<User>, in scope: Scope) -> Query<User?> {
    Query.optional(selection(reference, in: scope) + " for update of u", decode)
  }

  package static let window = ListPlan.WindowColumns(created: "u.created_at", updated: "u.updated_at")

  package static func list(_ filter: UserFilter, _ page: PageRequest, in scope: Scope) -> Query<Page<User>> {
    var plan = ListPlan(
      columns: columns, from: "users u", id: "u.id",
      sorts: [
        "username": .init("u.username", type: "text"),
        "displayName": .init("u.display_name", type: "text"),
        "createdAt": .init("u.created_at", type: "timestamptz"),
      ],
      window: window, conditions: [scope.condition(on: "u.station_id")])
    if let station = filter.stationID { plan.filter("u.station_id = \(station)") }
    if let region = filter.regionID { plan.filter("u.region_id = \(region)") }
    if !filter.states.isEmpty { plan.filter("u.state = any (\(filter.states.map(\.rawValue)))") }
    if !filter.roles.isEmpty { plan.filter("u.roles && \(filter.roles.map(\.rawValue))") }
    if let text = filter.text {
      plan.filter("(starts_with(u.username, lower(\(text))) or starts_with(lower(u.display_name), lower(\(text))))")
    }
    return plan.query(page, decode: decode)
  }

  /// Refuses a taken user name, a station or region that is not there.
  package static func insert(_ user: User, passwordHash: String) -> Query<Int> {
    Query.execute(
      """
      insert into users (id, username, display_name, password_hash, must_change_password, station_id, region_id,
        supplier_id, customer_id, roles, state, not_before, external_ids, version, created_at, created_by, created_by_id, updated_at,
        updated_by, updated_by_id)
      values (\(user.id), \(user.username), \(user.displayName), \(passwordHash), \(user.mustChangePassword),
        \(user.assignment.stationID), \(user.assignment.regionID), \(user.assignment.supplierID), \(user.customerID),
        \(RoleCodes.write(user.roles)), \(user.state.rawValue), \(user.notBefore), \(EventJSON.encode(user.externalIDs)),
        \(Int32(clamping: user.version)), \(user.stamp.createdAt), \(user.stamp.createdBy.name),
        \(user.stamp.createdBy.id), \(user.stamp.updatedAt), \(user.stamp.updatedBy.name), \(user.stamp.updatedBy.id))
      """
    )
    .refusing("users_username_key") { Refusal.alreadyExists(field: "username", existingID: nil) }
    .refusing("users_station_id_fkey", as: unknownStation)
    .refusing("users_region_id_fkey", as: unknownRegion)
    .refusing("users_customer_id_fkey", as: unknownCustomer)
    .refusingForeignRow(as: unknownStation)
  }

  /// Stores the next version; 0 rows when `version` is no longer the current one.
  package static func update(_ user: User, expecting version: Int) -> Query<Int> {
    Query.execute(
      """
      update users
      set display_name = \(user.displayName), must_change_password = \(user.mustChangePassword),
        station_id = \(user.assignment.stationID), region_id = \(user.assignment.regionID),
        supplier_id = \(user.assignment.supplierID), customer_id = \(user.customerID), roles = \(RoleCodes.write(user.roles)),
        state = \(user.state.rawValue), not_before = \(user.notBefore),
        external_ids = \(EventJSON.encode(user.externalIDs)), version = \(Int32(clamping: user.version)),
        updated_at = \(user.stamp.updatedAt), updated_by = \(user.stamp.updatedBy.name),
        updated_by_id = \(user.stamp.updatedBy.id)
      where id = \(user.id) and version = \(Int32(clamping: version))
      """
    )
    .refusing("users_station_id_fkey", as: unknownStation)
    .refusing("users_region_id_fkey", as: unknownRegion)
    .refusing("users_customer_id_fkey", as: unknownCustomer)
    .refusingForeignRow(as: unknownStation)
  }

  /// What a login compares. Read before there is a caller, hence without a scope.
  package struct Credentials: Sendable {
    package let user: User
    package let passwordHash: String
    /// Active, and his station not terminated.
    package let isAlive: Bool
    /// Own roles and those lent to him now.
    package let roles: Set<Role>
  }

  package static func credentials(ofUsername username: String, at instant: Timestamp) -> Query<Credentials?> {
    Query.optional(credentials(at: instant) + " where u.username = \(username)", decodeCredentials)
  }

  package static func credentials(of id: User.ID, at instant: Timestamp) -> Query<Credentials?> {
    Query.optional(credentials(at: instant) + " where u.id = \(id)", decodeCredentials)
  }

  /// Holds the user still while a token is issued: `false` when the password or the state changed since it was checked.
  package static func holdForLogin(_ id: User.ID, passwordHash: String) -> Query<Bool> {
    Query.optional(
      """
      select true
      from users
      where id = \(id) and password_hash = \(passwordHash) and state = 'active'
      for share
      """
    ) { try $0.next(Bool.self) }.map { $0 ?? false }
  }

  package static func setPasswordHash(_ hash: String, of id: User.ID) -> Query<Int> {
    Query.execute("update users set password_hash = \(hash) where id = \(id)")
  }

  /// The same password under newer parameters: no change of the user, and lost if the password itself just changed.
  package static func rehash(_ hash: String, of id: User.ID, replacing old: String) -> Query<Int> {
    Query.execute("update users set password_hash = \(hash) where id = \(id) and password_hash = \(old)")
  }

  @Sendable private static func unknownStation() -> any Error {
    Refusal.invalid("#/stationId", .notFound, "no such station")
  }

  @Sendable private static func unknownCustomer() -> any Error {
    Refusal.invalid("#/customerId", .notFound, "there is no such customer at this station")
  }

  @Sendable private static func unknownRegion() -> any Error {
    Refusal.invalid("#/regionId", .notFound, "no such region")
  }

  private static func selection(_ reference: Reference<User>, in scope: Scope) -> SQL {
    let key: SQL =
      switch reference {
      case .id(let id): "u.id = \(id)"
      case .number(let username): "u.username = \(username)"
      }
    return "select \(columns) from users u where \(key) and \(scope.condition(on: "u.station_id"))"
  }

  private static func credentials(at instant: Timestamp) -> SQL {
    """
    select \(columns), u.password_hash,
      u.state = 'active' and not exists (
        select from stations s where s.id = u.station_id and s.state = 'terminated'),
      u.roles || array(\(DelegationRepository.lentRoles(at: instant)))
    from users u
    """
  }

  static let columns: SQL = """
    u.id, u.username, u.display_name, u.station_id, u.region_id, u.supplier_id, u.roles, u.state,
    u.must_change_password, u.not_before, u.customer_id, u.external_ids, u.version, u.created_at, u.created_by, u.created_by_id,
    u.updated_at, u.updated_by, u.updated_by_id
    """

  @Sendable private static func decodeCredentials(_ row: inout Row) throws -> Credentials {
    let user = try decode(&row)
    let hash = try row.next(String.self)
    let isAlive = try row.next(Bool.self)
    return Credentials(
      user: user, passwordHash: hash, isAlive: isAlive, roles: RoleCodes.read(try row.next([String].self)))
  }

  @Sendable static func decode(_ row: inout Row) throws -> User {
    let id = try row.next(User.ID.self)
    let username = try row.next(String.self)
    let displayName = try row.next(String.self)
    let assignment = try ScopeAssignment.read(&row)
    let roles = RoleCodes.read(try row.next([String].self))
    let state = try row.next(as: User.State.self)
    let mustChangePassword = try row.next(Bool.self)
    let notBefore = try row.next(Timestamp.self)
    let customer = try row.next(Customer.ID?.self)
    let externalIDs = EventJSON.texts(try row.next(JSONB.self).bytes)
    let version = Int(try row.next(Int32.self))
    return User(
      id: id, username: username, displayName: displayName, assignment: assignment, roles: roles, state: state,
      mustChangePassword: mustChangePassword, notBefore: notBefore, customerID: customer, externalIDs: externalIDs,
      version: version,
      stamp: try row.nextStamp())
  }
}
