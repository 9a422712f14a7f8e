package import FoundationEssentials

/// A token as it is stored: its SHA-256, never its text (C-24).
package struct AccessToken: Hashable, Sendable {
  package typealias ID = Identifier<AccessToken>

  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case access, refresh
  }

  /// Whom it speaks for.
  package enum Holder: Hashable, Sendable {
    case user(User.ID)
    case client(MachineClient.ID)
    /// A token that an operator issued by hand: it stands for itself.
    case operatorIssued(name: String, roles: Set<Role>, ScopeAssignment)
  }

  package let id: ID
  package let kind: Kind
  /// All tokens of one login.
  package let family: UUID
  package let holder: Holder
  /// `nil`: everything that the holder may do.
  package let permissions: Set<Permission>?
  package let issuedAt: Timestamp
  package let expiresAt: Timestamp

  package init(
    id: ID, kind: Kind, family: UUID, holder: Holder, permissions: Set<Permission>?, issuedAt: Timestamp,
    expiresAt: Timestamp
  ) {
    self.id = id
    self.kind = kind
    self.family = family
    self.holder = holder
    self.permissions = permissions
    self.issuedAt = issuedAt
    self.expiresAt = expiresAt
  }
}

/// How long tokens live (C-24).
package enum TokenLife {
  package static let accessSeconds: Int64 = 15 * 60
  package static let refreshSeconds: Int64 = 30 * 86_400
  /// The longest life an operator may ask for.
  package static let operatorLimitSeconds: Int64 = 366 * 86_400
}

/// What a refresh token that came back was found to be. Dead ones stay known until they expire, because a second use is the
/// sign of a stolen one.
package struct RefreshGrounds: Hashable, Sendable {
  package let token: AccessToken
  package let wasUsed: Bool
  package let wasRevoked: Bool
  /// The user is active, was not reset since, and his station is not terminated.
  package let holderIsAlive: Bool

  package init(token: AccessToken, wasUsed: Bool, wasRevoked: Bool, holderIsAlive: Bool) {
    self.token = token
    self.wasUsed = wasUsed
    self.wasRevoked = wasRevoked
    self.holderIsAlive = holderIsAlive
  }
}

/// Everything that decides what a live access token may do, read in one statement; `caller` is the decision.
package struct TokenGrounds: Hashable, Sendable {
  package let token: AccessToken
  package let subject: Subject
  package let name: String
  package let roles: Set<Role>
  /// Lent for a time (ORG-13), and running now.
  package let delegatedRoles: Set<Role>
  /// The next instant at which a delegation begins or ends.
  package let delegationsChangeAt: Timestamp?
  /// The subset that a machine client was given.
  package let clientPermissions: Set<Permission>?
  package let assignment: ScopeAssignment
  /// Those of the assignment's region.
  package let regionStations: [Station.ID]
  /// The customer's files for whom the user speaks.
  package let customers: Set<Customer.ID>
  /// The teams that the user is in now (SEC-02).
  package let grants: [CaseGrant]
  package let mustChangePassword: Bool

  package init(
    token: AccessToken, subject: Subject, name: String, roles: Set<Role>, delegatedRoles: Set<Role>,
    delegationsChangeAt: Timestamp?, clientPermissions: Set<Permission>?, assignment: ScopeAssignment,
    regionStations: [Station.ID], customers: Set<Customer.ID> = [], grants: [CaseGrant] = [], mustChangePassword: Bool
  ) {
    self.token = token
    self.subject = subject
    self.name = name
    self.roles = roles
    self.delegatedRoles = delegatedRoles
    self.delegationsChangeAt = delegationsChangeAt
    self.clientPermissions = clientPermissions
    self.assignment = assignment
    self.regionStations = regionStations
    self.customers = customers
    self.grants = grants
    self.mustChangePassword = mustChangePassword
  }

  /// Until when the decision holds if nobody changes anything.
  package var validUntil: Timestamp {
    delegationsChangeAt.map { min($0, token.expiresAt) } ?? token.expiresAt
  }

  /// Own and lent roles and the teams together, cut down to what client and token were given. Whoever must choose a password
  /// may do nothing else until he has: operations for oneself ask for no permission.
  package var caller: Caller {
    let all = roles.union(delegatedRoles)
    var permissions = mustChangePassword ? [] : grants.reduce(into: all.permissions) { $0.formUnion($1.permissions) }
    if let clientPermissions { permissions.formIntersection(clientPermissions) }
    if let restriction = token.permissions { permissions.formIntersection(restriction) }
    return Caller(
      subject: subject, name: name, roles: all, permissions: permissions,
      scope: assignment.scope(stations: regionStations), grants: grants,
      customers: customers, tokenID: token.id.uuid)
  }
}

/// What the access of somebody may have changed by; sent to every instance in the transaction of the change (SEC-12).
package enum AccessChange: Hashable, Sendable {
  case user(UUID)
  case client(UUID)
  case token(UUID)
  /// A station or region, hence many at once.
  case everything

  package static let channel = "access_changed"

  package var payload: String {
    switch self {
    case .user(let id): "user:\(id.canonical)"
    case .client(let id): "client:\(id.canonical)"
    case .token(let id): "token:\(id.canonical)"
    case .everything: "all"
    }
  }

  /// Whatever is not understood may concern everybody.
  package init(payload: String) {
    let parts = payload.split(separator: ":", maxSplits: 1)
    guard parts.count == 2, let id = UUID(canonical: parts[1]) else {
      self = .everything
      return
    }
    switch parts[0] {
    case "user": self = .user(id)
    case "client": self = .client(id)
    case "token": self = .token(id)
    default: self = .everything
    }
  }

  package func concerns(_ caller: Caller) -> Bool {
    switch self {
    case .user(let id): caller.subject == .user(id)
    case .client(let id): caller.subject == .client(id)
    case .token(let id): caller.tokenID == id
    case .everything: true
    }
  }
}
