package import Domain
package import Postgres

/// Machine clients; the hashes of their secrets leave this file only as `Secrets`.
package enum MachineClientRepository {
  package static func find(_ reference: Reference<MachineClient>, in scope: Scope) -> Query<MachineClient?> {
    Query.optional(selection(reference, in: scope), decode)
  }

  /// The same, and nobody else changes it until the transaction ends.
  package static func lock(_ reference: Reference<MachineClient>, in scope: Scope) -> Query<MachineClient?> {
    Query.optional(selection(reference, in: scope) + " for update of c", decode)
  }

  package static let window = ListPlan.WindowColumns(created: "c.created_at", updated: "c.updated_at")

  package static func list(
    _ filter: MachineClientFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<MachineClient>> {
    var plan = ListPlan(
      columns: columns, from: "clients c", id: "c.id",
      sorts: [
        "clientId": .init("c.client_id", type: "text"),
        "name": .init("c.name", type: "text"),
        "createdAt": .init("c.created_at", type: "timestamptz"),
      ],
      window: window, conditions: [scope.condition(on: "c.station_id")])
    if let station = filter.stationID { plan.filter("c.station_id = \(station)") }
    if !filter.states.isEmpty { plan.filter("c.state = any (\(filter.states.map(\.rawValue)))") }
    if let text = filter.text {
      plan.filter("(starts_with(c.client_id, lower(\(text))) or starts_with(lower(c.name), lower(\(text))))")
    }
    return plan.query(page, decode: decode)
  }

  /// - Parameter secretHash: SHA-256 of the secret's text.
  package static func insert(_ client: MachineClient, secretHash: [UInt8]) -> Query<Int> {
    Query.execute(
      """
      insert into clients (id, client_id, name, roles, permissions, station_id, region_id, supplier_id, secret_hash,
        secret_rotated_at, state, external_ids, version, created_at, created_by, created_by_id, updated_at, updated_by,
        updated_by_id)
      values (\(client.id), \(client.clientID), \(client.name), \(RoleCodes.write(client.roles)),
        \(PermissionCodes.write(client.permissions)), \(client.assignment.stationID), \(client.assignment.regionID),
        \(client.assignment.supplierID), \(secretHash), \(client.secretRotatedAt), \(client.state.rawValue),
        \(EventJSON.encode(client.externalIDs)), \(Int32(clamping: client.version)), \(client.stamp.createdAt),
        \(client.stamp.createdBy.name), \(client.stamp.createdBy.id), \(client.stamp.updatedAt),
        \(client.stamp.updatedBy.name), \(client.stamp.updatedBy.id))
      """
    )
    .refusing("clients_client_id_key") { Refusal.alreadyExists(field: "clientId", existingID: nil) }
    .refusing("clients_station_id_fkey") { Refusal.invalid("#/stationId", .notFound, "no such station") }
    .refusing("clients_region_id_fkey") { Refusal.invalid("#/regionId", .notFound, "no such region") }
    .refusingForeignRow { Refusal.invalid("#/stationId", .notFound, "no such station") }
  }

  /// Stores the next version; 0 rows when `version` is no longer the current one.
  package static func update(_ client: MachineClient, expecting version: Int) -> Query<Int> {
    Query.execute(
      """
      update clients
      set state = \(client.state.rawValue), secret_rotated_at = \(client.secretRotatedAt),
        version = \(Int32(clamping: client.version)), updated_at = \(client.stamp.updatedAt),
        updated_by = \(client.stamp.updatedBy.name), updated_by_id = \(client.stamp.updatedBy.id)
      where id = \(client.id) and version = \(Int32(clamping: version))
      """)
  }

  /// The new secret comes beside the current one; the one before that stops working.
  package static func rotateSecret(to secretHash: [UInt8], of id: MachineClient.ID) -> Query<Int> {
    Query.execute(
      """
      update clients
      set previous_secret_hash = secret_hash, secret_hash = \(secretHash)
      where id = \(id)
      """)
  }

  /// What a client's authentication compares. Read before there is a caller, hence without a scope.
  package struct Secrets: Sendable {
    package let client: MachineClient
    /// One or two SHA-256.
    package let hashes: [[UInt8]]
    /// Active, and its station not terminated.
    package let isAlive: Bool
  }

  package static func secrets(ofClientID clientID: String) -> Query<Secrets?> {
    Query.optional(
      """
      select \(columns), c.secret_hash, c.previous_secret_hash,
        c.state = 'active' and not exists (
          select from stations s where s.id = c.station_id and s.state = 'terminated')
      from clients c
      where c.client_id = \(clientID)
      """
    ) { row in
      let client = try decode(&row)
      let current = try row.next([UInt8].self)
      let previous = try row.next([UInt8]?.self)
      let isAlive = try row.next(Bool.self)
      return Secrets(client: client, hashes: [current] + (previous.map { [$0] } ?? []), isAlive: isAlive)
    }
  }

  /// Holds the client still while a token is issued: `false` when it was revoked since it was checked.
  package static func holdForToken(_ id: MachineClient.ID) -> Query<Bool> {
    Query.optional("select true from clients where id = \(id) and state = 'active' for share") {
      try $0.next(Bool.self)
    }.map { $0 ?? false }
  }

  private static func selection(_ reference: Reference<MachineClient>, in scope: Scope) -> SQL {
    let key: SQL =
      switch reference {
      case .id(let id): "c.id = \(id)"
      case .number(let clientID): "c.client_id = \(clientID)"
      }
    return "select \(columns) from clients c where \(key) and \(scope.condition(on: "c.station_id"))"
  }

  private static let columns: SQL = """
    c.id, c.client_id, c.name, c.roles, c.permissions, c.station_id, c.region_id, c.supplier_id, c.state,
    c.secret_rotated_at, c.external_ids, c.version, c.created_at, c.created_by, c.created_by_id, c.updated_at,
    c.updated_by, c.updated_by_id
    """

  @Sendable private static func decode(_ row: inout Row) throws -> MachineClient {
    let id = try row.next(MachineClient.ID.self)
    let clientID = try row.next(String.self)
    let name = try row.next(String.self)
    let roles = RoleCodes.read(try row.next([String].self))
    let permissions = PermissionCodes.read(try row.next([String]?.self))
    let assignment = try ScopeAssignment.read(&row)
    let state = try row.next(as: MachineClient.State.self)
    let secretRotatedAt = try row.next(Timestamp.self)
    let externalIDs = EventJSON.texts(try row.next(JSONB.self).bytes)
    let version = Int(try row.next(Int32.self))
    return MachineClient(
      id: id, clientID: clientID, name: name, roles: roles, permissions: permissions, assignment: assignment,
      state: state, secretRotatedAt: secretRotatedAt, externalIDs: externalIDs, version: version,
      stamp: try row.nextStamp())
  }
}
