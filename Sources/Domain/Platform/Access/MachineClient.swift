/// A machine that asks on its own behalf: a dealer's management system, an integration (SEC-12, C-22). Its secrets are no
/// part of it.
package struct MachineClient: Living, Hashable, Sendable {
  package typealias ID = Identifier<MachineClient>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case active, revoked
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case rotateSecret, revoke
  }

  package let id: ID
  /// `client_id` of OAuth: unique, never changed.
  package let clientID: String
  package let name: String
  package let roles: Set<Role>
  /// `nil`: everything that the roles grant.
  package let permissions: Set<Permission>?
  package let assignment: ScopeAssignment
  package private(set) var state: State
  package private(set) var secretRotatedAt: Timestamp
  package let externalIDs: [String: String]
  package private(set) var revision: Revision

  package var version: Int { revision.version }
  package var stamp: RecordStamp { revision.stamp }

  package init(
    id: ID, clientID: String, name: String, roles: Set<Role>, permissions: Set<Permission>?,
    assignment: ScopeAssignment, state: State, secretRotatedAt: Timestamp, externalIDs: [String: String],
    version: Int, stamp: RecordStamp
  ) {
    self.id = id
    self.clientID = clientID
    self.name = name
    self.roles = roles
    self.permissions = permissions
    self.assignment = assignment
    self.state = state
    self.secretRotatedAt = secretRotatedAt
    self.externalIDs = externalIDs
    self.revision = Revision(version: version, stamp: stamp)
  }

  package init(_ draft: MachineClientDraft, by caller: Caller, at instant: Timestamp) {
    self.init(
      id: .new(at: instant), clientID: draft.clientID, name: draft.name, roles: draft.roles,
      permissions: draft.permissions, assignment: draft.assignment, state: .active, secretRotatedAt: instant,
      externalIDs: draft.externalIDs, version: 1, stamp: RecordStamp(by: caller, at: instant))
  }

  package static let lifecycle = Lifecycle<MachineClient>([
    Transition(
      .rotateSecret, from: [.active], to: nil, .clientsWrite, effects: ["client.secretRotated"], basis: "C-22"),
    Transition(.revoke, from: [.active], to: .revoked, .clientsWrite, effects: ["client.revoked"], basis: "SEC-12"),
  ])

  /// - Throws: `Refusal.transition`.
  package mutating func move(_ action: Action, by caller: Caller, at instant: Timestamp) throws(Refusal) {
    let row = try Self.lifecycle.permit(action, on: self, by: caller.subject)
    if let target = row.to { state = target }
    if action == .rotateSecret { secretRotatedAt = instant }
    revision = revision.next(by: caller, at: instant)
  }

  /// What the event of a change tells; `nil` stands for a client that was not there.
  package func changes(from before: MachineClient?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.field("clientId", before?.clientID, clientID)
    comparison.field("name", before?.name, name)
    comparison.field("stationId", before?.assignment.stationID, assignment.stationID)
    comparison.field("regionId", before?.assignment.regionID, assignment.regionID)
    comparison.field("supplierId", before?.assignment.supplierID?.canonical, assignment.supplierID?.canonical)
    comparison.field("roles", before?.roles.map(\.rawValue).sorted() ?? [], roles.map(\.rawValue).sorted())
    comparison.field(
      "permissions", before?.permissions?.map(\.rawValue).sorted() ?? [],
      permissions?.map(\.rawValue).sorted() ?? [])
    comparison.choice("state", before?.state, state)
    comparison.field("secretRotatedAt", before?.secretRotatedAt, secretRotatedAt)
    comparison.field("externalIds", before?.externalIDs ?? [:], externalIDs)
    return comparison.changes
  }

  /// What the client may do: its roles' permissions, cut down to the subset it was given.
  package var effectivePermissions: Set<Permission> {
    let granted = roles.permissions
    return permissions.map(granted.intersection) ?? granted
  }
}

/// A machine client as asked for.
package struct MachineClientDraft: Hashable, Sendable {
  package let clientID: String
  package let name: String
  package let roles: Set<Role>
  package let permissions: Set<Permission>?
  package let assignment: ScopeAssignment
  package let externalIDs: [String: String]

  package init(
    clientID: String, name: String, roles: Set<Role>, permissions: Set<Permission>?, assignment: ScopeAssignment,
    externalIDs: [String: String]
  ) {
    self.clientID = clientID
    self.name = name
    self.roles = roles
    self.permissions = permissions
    self.assignment = assignment
    self.externalIDs = externalIDs
  }

  /// The form of the identifier, roles against the scope, permissions against the roles; all violations at once (C-09).
  package func validate() throws(Refusal) {
    var found: [Violation] = []
    if !Username.isValid(clientID) || clientID.utf8.contains(UInt8(ascii: "@")) {
      found.append(
        Violation(
          pointer: "#/clientId", code: .invalidFormat,
          detail: "must be 2 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit"))
    }
    if roles.isEmpty {
      found.append(Violation(pointer: "#/roles", code: .tooShort, detail: "must name a role", limits: ["min": "1"]))
    }
    found += assignment.violations(of: roles, pointer: "#/roles")
    if let permissions {
      let beyond = permissions.subtracting(roles.permissions)
      if !beyond.isEmpty {
        found.append(
          Violation(
            pointer: "#/permissions", code: .inconsistent,
            detail: "the roles do not grant \(beyond.map(\.rawValue).sorted().joined(separator: ", "))"))
      }
    }
    if !found.isEmpty { throw .invalid(found) }
  }
}

/// What a list of machine clients can be narrowed by.
package struct MachineClientFilter: Hashable, Sendable {
  package let stationID: Station.ID?
  /// Any of these; empty is no condition.
  package let states: [MachineClient.State]
  /// Beginning of `clientId` or name, case-insensitive.
  package let text: String?

  package init(stationID: Station.ID? = nil, states: [MachineClient.State] = [], text: String? = nil) {
    self.stationID = stationID
    self.states = states
    self.text = text
  }
}
