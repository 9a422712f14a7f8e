package import Domain
import FoundationEssentials
import Repositories

/// Users and their standing (ORG-08, SEC-12). Whatever narrows or ends somebody's access is told to every instance in the
/// same transaction.
package struct UserService: Sendable {
  let work: UnitOfWork
  let hasher: PasswordHasher
  private let history: HistoryService

  package init(_ work: UnitOfWork, hasher: PasswordHasher) {
    self.work = work
    self.hasher = hasher
    history = HistoryService(work.database)
  }

  /// - Throws: `Refusal.notFound`, also for a user outside the scope.
  package func get(_ reference: Reference<User>, _ caller: Caller) async throws -> User {
    try caller.require(.usersRead)
    return try await find(reference, caller)
  }

  func find(_ reference: Reference<User>, _ caller: Caller) async throws -> User {
    let found = try await work.database.read(caller, UserRepository.find(reference, in: caller.scope))
    guard let user = found else { throw Refusal.notFound }
    return user
  }

  /// What the list is narrowed by as all lists are.
  package static var window: Set<ListWindow.Field> { UserRepository.window.fields }

  package func list(_ filter: UserFilter, _ page: PageRequest, _ caller: Caller) async throws -> Page<User> {
    try caller.require(.usersRead)
    return try await work.database.read(caller, UserRepository.list(filter, page, in: caller.scope))
  }

  package func history(
    _ reference: Reference<User>, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<Event> {
    let user = try await get(reference, caller)
    return try await history.history(.user, user.id.uuid, page, caller)
  }

  /// - Throws: `Refusal.invalid`, `.alreadyExists` (`username`); `Failure.overloaded` when too many passwords are being hashed.
  package func create(_ draft: UserDraft, password: String, _ command: Command<User>) async throws -> Answer {
    try command.caller.require(.usersWrite)
    try draft.validate()
    try PasswordPolicy.check(password, username: draft.username, pointer: "#/password")
    try UserManagement.requireMayGrant(draft.roles, command.caller, pointer: "#/roles")
    try UserManagement.requireWithin(draft.assignment, command.caller)
    let hash = try await hasher.hash(password)
    return try await work.perform(command, .usersWrite) { tx in
      let user = User(draft, by: command.caller, at: command.at)
      _ = try await tx.run(UserRepository.insert(user, passwordHash: hash))
      tx.record(Self.change("user.created", user, from: nil), by: command)
      return user
    }
  }

  package func update(
    _ reference: Reference<User>, _ patch: UserPatch, _ command: Command<User>
  ) async throws -> Answer {
    try await change(reference, command, "user.updated") { user in
      let patched = try user.patched(patch, by: command.caller, at: command.at)
      if patched.assignment != user.assignment || patched.customerID != user.customerID {
        try UserManagement.requireSomebodyElse(user, command.caller)
        try UserManagement.requireWithin(patched.assignment, command.caller)
      }
      return patched
    }
  }

  package func disable(
    _ reference: Reference<User>, reason: String, _ command: Command<User>
  ) async throws -> Answer {
    try await move(reference, .disable, reason: reason, command)
  }

  package func enable(
    _ reference: Reference<User>, reason: String?, _ command: Command<User>
  ) async throws -> Answer {
    try await move(reference, .enable, reason: reason, command)
  }

  /// Puts the whole set in place of the old one.
  package func setRoles(
    _ reference: Reference<User>, _ roles: Set<Role>, reason: String?, _ command: Command<User>
  ) async throws -> Answer {
    try await change(reference, command, "user.rolesChanged", reason: reason) { user in
      try UserManagement.requireSomebodyElse(user, command.caller)
      try UserManagement.requireMayGrant(roles, command.caller, pointer: "#/roles")
      return try user.assigned(roles, by: command.caller, at: command.at)
    }
  }

  private func move(
    _ reference: Reference<User>, _ action: User.Action, reason: String?, _ command: Command<User>
  ) async throws -> Answer {
    try await change(reference, command, action == .disable ? "user.disabled" : "user.enabled", reason: reason) {
      user in
      var moved = user
      try moved.move(action, by: command.caller, at: command.at)
      return moved
    }
  }

  /// Load, check, change, store, tell: the way of every change of an existing user. One that changes nothing leaves the
  /// version alone (C-17).
  private func change(
    _ reference: Reference<User>, _ command: Command<User>, _ type: String, reason: String? = nil,
    _ apply: (User) throws -> User
  ) async throws -> Answer {
    try await work.perform(command, .usersWrite) { tx in
      let user = try await Self.load(reference, command, in: tx)
      try UserManagement.requireMayManage(user, command.caller)
      let changed = try apply(user)
      if changed == user { return user }
      try await Self.store(changed, over: user, type, reason: reason, command, in: tx)
      return changed
    }
  }

  /// Locked, visible, and in the version that the client saw: 404 before 412 (C-16).
  static func load<Output>(
    _ reference: Reference<User>, _ command: Command<Output>, in tx: Transaction
  ) async throws -> User {
    let found = try await tx.run(UserRepository.lock(reference, in: command.caller.scope))
    guard let user = found else { throw Refusal.notFound }
    try command.precondition?.require(user.version)
    return user
  }

  static func store<Output>(
    _ user: User, over before: User, _ type: String, reason: String?, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let rows = try await tx.run(UserRepository.update(user, expecting: before.version))
    if rows == 0 { throw Refusal.versionMismatch(current: before.version) }
    if user.state == .disabled { tx.enqueue(TokenRepository.revokeAll(of: user.id, at: command.at)) }
    tx.enqueue(AccessChangeRepository.notify(.user(user.id.uuid)))
    tx.enqueue(DelegationRepository.notifyDeputies(of: user.id, at: command.at))
    tx.record(change(type, user, from: before, reason: reason), by: command)
  }

  static func change(_ type: String, _ user: User, from before: User?, reason: String? = nil) -> Change {
    Change(
      type: type, resource: .user, id: user.id.uuid, number: user.username, version: user.version,
      station: user.assignment.stationID, reason: reason, changes: user.changes(from: before))
  }
}
