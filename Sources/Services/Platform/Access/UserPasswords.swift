package import Domain
import FoundationEssentials
import Repositories

extension UserService {
  /// Somebody else sets a password that the user must replace at his next login. Every token so far is dead.
  package func resetPassword(
    _ reference: Reference<User>, to password: String, _ command: Command<User>
  ) async throws -> Answer {
    try command.caller.require(.usersWrite)
    let known = try await find(reference, command.caller)
    try PasswordPolicy.check(password, username: known.username, pointer: "#/password")
    let hash = try await hasher.hash(password)
    return try await work.perform(command, .usersWrite) { tx in
      let user = try await Self.load(reference, command, in: tx)
      try UserManagement.requireSomebodyElse(user, command.caller)
      try UserManagement.requireMayManage(user, command.caller)
      return try await Self.storePassword(hash, of: user, chosenByOneself: false, command, in: tx)
    }
  }

  /// The user himself, who proves it with the old password. No permission is needed, and none helps: he may be outside what
  /// his own scope shows (users of a region have no station), so the session sees the network and the statements only him.
  /// - Throws: `Refusal.invalid` (`#/currentPassword`) for the wrong one; `OAuthRefusal.tooManyAttempts` after too many;
  ///   `Refusal.notFound` when the path names somebody else.
  package func changeOwnPassword(
    _ reference: Reference<User>, from current: String, to password: String, _ loginGuard: LoginGuard,
    _ attempt: LoginAttempt,
    _ command: Command<User>
  ) async throws -> Answer {
    guard case .user(let id) = command.caller.subject else { throw Refusal.notFound }
    let own = Identifier<User>(id)
    try loginGuard.admit(attempt)
    let (blocked, found) = try await work.database.read(
      .system,
      LoginFailureRepository.blockedUntil(
        account: attempt.accountKey, address: attempt.addressKey, at: attempt.at),
      UserRepository.credentials(of: own, at: command.at))
    guard let found, found.isAlive, reference == .id(own) || reference == .number(found.user.username) else {
      throw Refusal.notFound
    }
    try loginGuard.refuseIfBlocked(blocked, attempt)
    try PasswordPolicy.check(password, username: found.user.username, pointer: "#/password")
    guard try await hasher.verify(current, against: found.passwordHash).matches else {
      try await work.database.write(.system) { try await loginGuard.countFailure(attempt, in: $0) }
      throw Refusal.invalid("#/currentPassword", .inconsistent, "is not the current password")
    }
    if password == current { throw Refusal.invalid("#/password", .inconsistent, "must differ from the current one") }
    let hash = try await hasher.hash(password)
    let widened = command.seeingNetwork
    return try await work.perform(widened, nil) { tx in
      let user = try await Self.load(.id(own), widened, in: tx)
      // The password that was checked must still be the one: of two changes at once, one counts.
      let isCurrent = try await tx.run(UserRepository.holdForLogin(own, passwordHash: found.passwordHash))
      guard isCurrent else {
        throw Refusal.invalid("#/currentPassword", .inconsistent, "is not the current password")
      }
      return try await Self.storePassword(hash, of: user, chosenByOneself: true, widened, in: tx)
    }
  }

  private static func storePassword(
    _ hash: String, of user: User, chosenByOneself: Bool, _ command: Command<User>, in tx: Transaction
  ) async throws -> User {
    let changed = user.withNewPassword(chosenByOneself: chosenByOneself, by: command.caller, at: command.at)
    tx.enqueue(UserRepository.setPasswordHash(hash, of: user.id))
    tx.enqueue(TokenRepository.revokeAll(of: user.id, at: command.at))
    try await store(
      changed, over: user, chosenByOneself ? "user.passwordChanged" : "user.passwordReset", reason: nil, command,
      in: tx)
    return changed
  }
}

extension Command {
  /// The same command by the same person in a session that sees the network; for what concerns only himself.
  fileprivate var seeingNetwork: Command<Output> {
    let caller = Caller(
      subject: self.caller.subject, name: self.caller.name, roles: self.caller.roles,
      permissions: self.caller.permissions, scope: .network, tokenID: self.caller.tokenID)
    return Command(
      caller: caller, requestID: requestID, traceparent: traceparent, at: at, precondition: precondition,
      idempotency: idempotency, present: present)
  }
}
