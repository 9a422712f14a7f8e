package import FoundationEssentials

/// A named person who logs in. The password's hash is no part of it, so that no answer, event or log can carry it.
package struct User: Living, Hashable, Sendable {
  package typealias ID = Identifier<User>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case active, disabled
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case disable, enable
  }

  package let id: ID
  /// Lower case, unique, never changed: logins and reports name a person by it.
  package let username: String
  package private(set) var displayName: String
  package private(set) var assignment: ScopeAssignment
  /// At least one; one person may hold several (ORG-08).
  package private(set) var roles: Set<Role>
  package private(set) var state: State
  /// Until he has chosen a password of his own, nothing but that is open to him.
  package private(set) var mustChangePassword: Bool
  /// Tokens issued before this instant are dead (SEC-12).
  package private(set) var notBefore: Timestamp
  /// The customer of the station for whom a user of the front end speaks: his orders and bookings are own (D-27).
  package private(set) var customerID: Customer.ID?
  package private(set) var externalIDs: [String: String]
  package private(set) var revision: Revision

  package var version: Int { revision.version }
  package var stamp: RecordStamp { revision.stamp }

  package init(
    id: ID, username: String, displayName: String, assignment: ScopeAssignment, roles: Set<Role>, state: State,
    mustChangePassword: Bool, notBefore: Timestamp, customerID: Customer.ID? = nil, externalIDs: [String: String],
    version: Int, stamp: RecordStamp
  ) {
    self.id = id
    self.username = username
    self.displayName = displayName
    self.assignment = assignment
    self.roles = roles
    self.state = state
    self.mustChangePassword = mustChangePassword
    self.notBefore = notBefore
    self.customerID = customerID
    self.externalIDs = externalIDs
    self.revision = Revision(version: version, stamp: stamp)
  }

  /// A new user: active, with a password that somebody else chose.
  package init(_ draft: UserDraft, by caller: Caller, at instant: Timestamp) {
    self.init(
      id: .new(at: instant), username: draft.username, displayName: draft.displayName, assignment: draft.assignment,
      roles: draft.roles, state: .active, mustChangePassword: draft.mustChangePassword, notBefore: instant,
      customerID: draft.customerID, externalIDs: draft.externalIDs, version: 1,
      stamp: RecordStamp(by: caller, at: instant))
  }

  package static let lifecycle = Lifecycle<User>([
    Transition(
      .disable, from: [.active], to: .disabled, .usersWrite, guards: [notOneself], effects: ["user.disabled"],
      basis: "SEC-12"),
    Transition(
      .enable, from: [.disabled], to: .active, .usersWrite, guards: [notOneself], effects: ["user.enabled"],
      basis: "SEC-12"),
  ])

  private static let notOneself = Guard<User>("not-oneself", "Nobody disables or enables himself.") { user, subject in
    subject != .user(user.id.uuid)
  }

  /// - Throws: `Refusal.transition` or `Refusal.guardFailed`.
  package mutating func move(_ action: Action, by caller: Caller, at instant: Timestamp) throws(Refusal) {
    let row = try Self.lifecycle.permit(action, on: self, by: caller.subject)
    if let target = row.to { state = target }
    if state == .disabled { notBefore = instant }
    revise(by: caller, at: instant)
  }

  /// The user after a merge patch; validated as a whole (C-17).
  package func patched(_ patch: UserPatch, by caller: Caller, at instant: Timestamp) throws(Refusal) -> User {
    var user = self
    user.displayName = patch.displayName.applied(to: displayName)
    user.externalIDs = try patch.externalIDs.applied(to: externalIDs)
    guard
      let assignment = ScopeAssignment(
        station: patch.stationID.applied(to: assignment.stationID),
        region: patch.regionID.applied(to: assignment.regionID),
        supplier: patch.supplierID.applied(to: assignment.supplierID))
    else { throw UserDraft.ambiguousScope }
    user.assignment = assignment
    user.customerID = patch.customerID.applied(to: customerID)
    let violations =
      assignment.violations(of: roles, pointer: "#/\(assignment.member)") + assignment.violations(of: user.customerID)
    if !violations.isEmpty { throw .invalid(violations) }
    if user != self { user.revise(by: caller, at: instant) }
    return user
  }

  /// The user with other roles.
  package func assigned(_ roles: Set<Role>, by caller: Caller, at instant: Timestamp) throws(Refusal) -> User {
    let violations = assignment.violations(of: roles, pointer: "#/roles")
    if !violations.isEmpty { throw .invalid(violations) }
    var user = self
    user.roles = roles
    if user != self { user.revise(by: caller, at: instant) }
    return user
  }

  /// The user with another password: every token so far is dead.
  /// - Parameter chosenByOneself: else the user must choose one at his next login.
  package func withNewPassword(chosenByOneself: Bool, by caller: Caller, at instant: Timestamp) -> User {
    var user = self
    user.mustChangePassword = !chosenByOneself
    user.notBefore = instant
    user.revise(by: caller, at: instant)
    return user
  }

  /// The user after a change of something that hangs on him, such as a delegation of his roles.
  package func revised(by caller: Caller, at instant: Timestamp) -> User {
    var user = self
    user.revise(by: caller, at: instant)
    return user
  }

  private mutating func revise(by caller: Caller, at instant: Timestamp) {
    revision = revision.next(by: caller, at: instant)
  }

  /// What the event of a change tells; `nil` stands for a user that was not there.
  package func changes(from before: User?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.field("username", before?.username, username)
    comparison.field("displayName", before?.displayName, displayName)
    comparison.field("stationId", before?.assignment.stationID, assignment.stationID)
    comparison.field("regionId", before?.assignment.regionID, assignment.regionID)
    comparison.field("supplierId", before?.assignment.supplierID?.canonical, assignment.supplierID?.canonical)
    comparison.field("customerId", before?.customerID, customerID)
    comparison.field("roles", before?.roles.map(\.rawValue).sorted() ?? [], roles.map(\.rawValue).sorted())
    comparison.choice("state", before?.state, state)
    comparison.field("mustChangePassword", before?.mustChangePassword ?? false, mustChangePassword)
    comparison.field("externalIds", before?.externalIDs ?? [:], externalIDs)
    return comparison.changes
  }
}

/// A user as asked for; the service gives identity, version and stamp, and hashes the password.
package struct UserDraft: Hashable, Sendable {
  package let username: String
  package let displayName: String
  package let assignment: ScopeAssignment
  package let roles: Set<Role>
  package let mustChangePassword: Bool
  package let customerID: Customer.ID?
  package let externalIDs: [String: String]

  package init(
    username: String, displayName: String, assignment: ScopeAssignment, roles: Set<Role>, mustChangePassword: Bool,
    customerID: Customer.ID? = nil, externalIDs: [String: String]
  ) {
    self.username = username
    self.displayName = displayName
    self.assignment = assignment
    self.roles = roles
    self.mustChangePassword = mustChangePassword
    self.customerID = customerID
    self.externalIDs = externalIDs
  }

  package static let ambiguousScope = Refusal.invalid(
    "#/stationId", .inconsistent, "at most one of stationId, regionId and supplierId may be given")

  /// The form of the user name and the roles against the scope, all violations at once (C-09).
  package func validate() throws(Refusal) {
    var found: [Violation] = []
    if !Username.isValid(username) {
      found.append(
        Violation(
          pointer: "#/username", code: .invalidFormat,
          detail: "must be 2 to 64 of a-z, 0-9, '.', '_', '@' and '-', beginning with a letter or digit"))
    }
    if roles.isEmpty {
      found.append(Violation(pointer: "#/roles", code: .tooShort, detail: "must name a role", limits: ["min": "1"]))
    }
    found += assignment.violations(of: roles, pointer: "#/roles") + assignment.violations(of: customerID)
    if !found.isEmpty { throw .invalid(found) }
  }
}

/// A merge patch of a user (C-17).
package struct UserPatch: Hashable, Sendable {
  package let displayName: Patch<String>
  package let stationID: Patch<Station.ID?>
  package let regionID: Patch<Region.ID?>
  package let supplierID: Patch<UUID?>
  package let customerID: Patch<Customer.ID?>
  package let externalIDs: ExternalIDsPatch

  package init(
    displayName: Patch<String> = .keep, stationID: Patch<Station.ID?> = .keep, regionID: Patch<Region.ID?> = .keep,
    supplierID: Patch<UUID?> = .keep, customerID: Patch<Customer.ID?> = .keep,
    externalIDs: ExternalIDsPatch = .keep
  ) {
    self.displayName = displayName
    self.stationID = stationID
    self.regionID = regionID
    self.supplierID = supplierID
    self.customerID = customerID
    self.externalIDs = externalIDs
  }
}

/// What a list of users can be narrowed by; conditions combine with and.
package struct UserFilter: Hashable, Sendable {
  package let stationID: Station.ID?
  package let regionID: Region.ID?
  /// Any of these; empty is no condition.
  package let states: [User.State]
  /// Holders of any of these; empty is no condition.
  package let roles: [Role]
  /// Beginning of user name or display name, case-insensitive.
  package let text: String?

  package init(
    stationID: Station.ID? = nil, regionID: Region.ID? = nil, states: [User.State] = [], roles: [Role] = [],
    text: String? = nil
  ) {
    self.stationID = stationID
    self.regionID = regionID
    self.states = states
    self.roles = roles
    self.text = text
  }
}

/// The form of login names; the table repeats it as a check.
package enum Username {
  /// `^[a-z0-9][a-z0-9._@-]{1,63}$`
  package static func isValid(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard (2...64).contains(bytes.count), isLetterOrDigit(bytes[0]) else { return false }
    return bytes.allSatisfy { isLetterOrDigit($0) || ".-_@".utf8.contains($0) }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
