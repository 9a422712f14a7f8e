package import Domain
import FoundationEssentials
package import Repositories

/// Tokens as their new holder gets them; the only place where their text exists.
package struct IssuedTokens: Sendable {
  package let access: TokenText
  /// Seconds.
  package let expiresIn: Int64
  /// Machine clients get none (RFC 6749 §4.4.3).
  package let refresh: TokenText?
  package let permissions: Set<Permission>
}

/// The grants of the token endpoint (C-22, C-25). Every refusal is an `OAuthRefusal`.
package struct TokenService: Sendable {
  let database: Database
  let hasher: PasswordHasher
  let loginGuard: LoginGuard

  package init(_ database: Database, hasher: PasswordHasher, loginGuard: LoginGuard) {
    self.database = database
    self.hasher = hasher
    self.loginGuard = loginGuard
  }

  // MARK: Users

  /// First-party login. Unknown user, wrong password, disabled user and terminated station take the same way: one look-up,
  /// one hash, one write, the same words.
  package func grantPassword(
    _ password: String, scope: String?, _ attempt: LoginAttempt
  ) async throws -> IssuedTokens {
    let requested = try Self.permissions(scope)
    try loginGuard.admit(attempt)
    let (blocked, found) = try await database.read(
      .system,
      LoginFailureRepository.blockedUntil(
        account: attempt.accountKey, address: attempt.addressKey, at: attempt.at),
      UserRepository.credentials(ofUsername: attempt.account, at: attempt.at))
    try loginGuard.refuseIfBlocked(blocked, attempt)
    let verdict = try await hasher.verify(password, against: found?.passwordHash)
    guard let found, verdict.matches, found.isAlive else {
      try await recordFailure(attempt, of: found.map(LoginSubject.init) ?? .unknownUser)
      throw OAuthRefusal.invalidGrant
    }
    let renewed = verdict.isOutdated ? try await hasher.hash(password) : nil
    let pair = try TokenPair(of: found.user.id, family: .version7(at: attempt.at), requested, at: attempt.at)
    let granted = try Self.grant(requested, of: found.user.mustChangePassword ? [] : found.roles.permissions)
    try await database.write(.system) { tx in
      let (held, _, _, _) = try await tx.run(
        UserRepository.holdForLogin(found.user.id, passwordHash: found.passwordHash),
        TokenRepository.insert(pair.access, hash: pair.accessHash),
        TokenRepository.insert(pair.refresh, hash: pair.refreshHash),
        LoginFailureRepository.forget(account: attempt.accountKey))
      guard held else { throw OAuthRefusal.invalidGrant }
      if let renewed {
        tx.enqueue(UserRepository.rehash(renewed, of: found.user.id, replacing: found.passwordHash))
      }
      tx.record(
        LoginSubject(found).change("user.loggedIn"),
        by: Self.command(Self.caller(found), attempt.requestID, attempt.traceparent, attempt.at))
    }
    return pair.issued(granted)
  }

  /// Rotation: the refresh token is used up. One that was used before has been copied, so the whole family ends, and that
  /// stays done although the answer is a refusal (C-24).
  package func grantRefresh(
    _ presented: String, scope: String?, requestID: String, traceparent: String? = nil, at instant: Timestamp
  ) async throws -> IssuedTokens {
    let requested = try Self.permissions(scope)
    guard let text = TokenText(presented), text.kind == .refresh else { throw OAuthRefusal.invalidGrant }
    let issued = try await database.write(.system) { tx -> Result<IssuedTokens, OAuthRefusal> in
      let presented = try await tx.run(TokenRepository.lockRefresh(SecretDigest.of(text), at: instant))
      guard let grounds = presented, case .user(let id) = grounds.token.holder, !grounds.wasRevoked else {
        return .failure(.invalidGrant)
      }
      let holder = try await tx.run(UserRepository.credentials(of: id, at: instant))
      guard let found = holder else { return .failure(.invalidGrant) }
      if grounds.wasUsed {
        tx.enqueue(TokenRepository.revokeFamily(grounds.token.family, at: instant))
        tx.enqueue(AccessChangeRepository.notify(.user(id.uuid)))
        tx.record(
          LoginSubject(found).change("user.refreshTokenReused"),
          by: Self.command(.unproven, requestID, traceparent, instant))
        return .failure(.invalidGrant)
      }
      guard grounds.holderIsAlive else { return .failure(.invalidGrant) }
      let held = found.user.mustChangePassword ? [] : found.roles.permissions
      let kept = grounds.token.permissions
      // What is asked for now narrows the access token only; the refresh token keeps its own bounds (RFC 6749 §6).
      if let requested, let kept, !requested.isSubset(of: kept) { return .failure(.invalidScope) }
      let granted = try Self.grant(requested ?? kept?.intersection(held), of: held)
      let pair = try TokenPair(
        of: id, family: grounds.token.family, requested ?? kept, refreshing: kept, at: instant)
      tx.enqueue(TokenRepository.markUsed(grounds.token.id, at: instant))
      tx.enqueue(TokenRepository.insert(pair.access, hash: pair.accessHash))
      tx.enqueue(TokenRepository.insert(pair.refresh, hash: pair.refreshHash))
      return .success(pair.issued(granted))
    }
    return try issued.get()
  }

  // MARK: Machine clients

  /// Two secrets may be valid. The right one passes whatever others failed at: 32 random bytes cannot be guessed, and nobody
  /// shall shut a station's system out by failing in its name.
  /// - Throws: `OAuthRefusal.invalidClient`, `.tooManyAttempts`.
  package func authenticate(secret: String, _ attempt: LoginAttempt) async throws -> MachineClient {
    try loginGuard.admit(attempt)
    let presented = SecretDigest.of(secret)
    let (blocked, found) = try await database.read(
      .system,
      LoginFailureRepository.blockedUntil(
        account: attempt.accountKey, address: attempt.addressKey, at: attempt.at),
      MachineClientRepository.secrets(ofClientID: attempt.account))
    let hashes = found?.hashes ?? [[UInt8](repeating: 0, count: 32)]
    let matches = hashes.reduce(false) { SecretDigest.matches($1, presented) || $0 }
    if let found, matches, found.isAlive { return found.client }
    try loginGuard.refuseIfBlocked(blocked, attempt)
    try await recordFailure(attempt, of: found.map { LoginSubject($0.client) } ?? .unknownClient)
    throw OAuthRefusal.invalidClient
  }

  package func grantClient(
    secret: String, scope: String?, _ attempt: LoginAttempt
  ) async throws -> IssuedTokens {
    let requested = try Self.permissions(scope)
    let client = try await authenticate(secret: secret, attempt)
    let granted = try Self.grant(requested, of: client.effectivePermissions)
    guard let text = TokenText.make(.access) else { throw Failure.internal(reference: "no random bytes") }
    let token = AccessToken(
      id: .new(at: attempt.at), kind: .access, family: .version7(at: attempt.at), holder: .client(client.id),
      permissions: requested, issuedAt: attempt.at, expiresAt: attempt.at.adding(seconds: TokenLife.accessSeconds))
    try await database.write(.system) { tx in
      let (held, _) = try await tx.run(
        MachineClientRepository.holdForToken(client.id), TokenRepository.insert(token, hash: SecretDigest.of(text)))
      guard held else { throw OAuthRefusal.invalidClient }
    }
    return IssuedTokens(access: text, expiresIn: TokenLife.accessSeconds, refresh: nil, permissions: granted)
  }

  // MARK: Pieces

  /// `scope` of RFC 6749 §3.3: permissions separated by single spaces. `nil` is no restriction.
  static func permissions(_ scope: String?) throws(OAuthRefusal) -> Set<Permission>? {
    guard let scope, !scope.isEmpty else { return nil }
    var permissions: Set<Permission> = []
    for name in scope.split(separator: " ", omittingEmptySubsequences: false) {
      guard let permission = Permission(rawValue: String(name)) else { throw .invalidScope }
      permissions.insert(permission)
    }
    return permissions
  }

  static func grant(_ requested: Set<Permission>?, of held: Set<Permission>) throws(OAuthRefusal) -> Set<Permission> {
    guard let requested else { return held }
    guard requested.isSubset(of: held) else { throw .invalidScope }
    return requested
  }

  /// Known or not, the same statements run: the answer's time tells nothing (S6).
  private func recordFailure(_ attempt: LoginAttempt, of subject: LoginSubject) async throws {
    try await database.write(.system) { tx in
      try await loginGuard.countFailure(attempt, in: tx)
      let type = attempt.kind == .user ? "user.loginFailed" : "client.loginFailed"
      tx.record(subject.change(type), by: Self.command(.unproven, attempt.requestID, attempt.traceparent, attempt.at))
    }
  }

  static func command(
    _ caller: Caller, _ requestID: String, _ traceparent: String?, _ at: Timestamp
  ) -> Command<Void> {
    Command(
      caller: caller, requestID: requestID, traceparent: traceparent, at: at, precondition: nil, idempotency: nil
    ) { _ in
      Answer(status: 200)
    }
  }

  private static func caller(_ found: UserRepository.Credentials) -> Caller {
    Caller(
      subject: .user(found.user.id.uuid), name: found.user.displayName, roles: found.roles, permissions: [],
      scope: found.user.assignment.scope(stations: []), sessionScope: .network)
  }
}

extension Caller {
  /// Somebody who has not proved who he is, as the log names him.
  static let unproven = Caller(subject: .system, name: "anonymous", roles: [], permissions: [], scope: .network)
}

/// Whose login an event is about.
private struct LoginSubject {
  let resource: Resource
  let id: UUID
  let number: String?
  let version: Int
  let station: Station.ID?

  private init(resource: Resource, id: UUID, number: String?, version: Int, station: Station.ID?) {
    self.resource = resource
    self.id = id
    self.number = number
    self.version = version
    self.station = station
  }

  init(_ found: UserRepository.Credentials) {
    self.init(
      resource: .user, id: found.user.id.uuid, number: found.user.username, version: found.user.version,
      station: found.user.assignment.stationID)
  }

  init(_ client: MachineClient) {
    self.init(
      resource: .client, id: client.id.uuid, number: client.clientID, version: client.version,
      station: client.assignment.stationID)
  }

  /// What was typed is not repeated: it may be a password.
  static let unknownUser = LoginSubject(resource: .user, id: nobody, number: nil, version: 0, station: nil)
  static let unknownClient = LoginSubject(resource: .client, id: nobody, number: nil, version: 0, station: nil)
  private static let nobody = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))

  func change(_ type: String) -> Change {
    Change(type: type, resource: resource, id: id, number: number, version: version, station: station)
  }
}

/// Access and refresh token of one login, not yet stored.
private struct TokenPair {
  let access: AccessToken
  let accessText: TokenText
  let refresh: AccessToken
  let refreshText: TokenText

  /// - Parameter refreshing: the bounds of the refresh token, where they differ from the access token's.
  init(
    of user: User.ID, family: UUID, _ permissions: Set<Permission>?, refreshing: Set<Permission>?, at instant: Timestamp
  ) throws {
    guard let accessText = TokenText.make(.access), let refreshText = TokenText.make(.refresh) else {
      throw Failure.internal(reference: "no random bytes")
    }
    self.accessText = accessText
    self.refreshText = refreshText
    access = AccessToken(
      id: .new(at: instant), kind: .access, family: family, holder: .user(user), permissions: permissions,
      issuedAt: instant, expiresAt: instant.adding(seconds: TokenLife.accessSeconds))
    refresh = AccessToken(
      id: .new(at: instant), kind: .refresh, family: family, holder: .user(user), permissions: refreshing,
      issuedAt: instant, expiresAt: instant.adding(seconds: TokenLife.refreshSeconds))
  }

  init(of user: User.ID, family: UUID, _ permissions: Set<Permission>?, at instant: Timestamp) throws {
    try self.init(of: user, family: family, permissions, refreshing: permissions, at: instant)
  }

  var accessHash: [UInt8] { SecretDigest.of(accessText) }
  var refreshHash: [UInt8] { SecretDigest.of(refreshText) }

  func issued(_ permissions: Set<Permission>) -> IssuedTokens {
    IssuedTokens(
      access: accessText, expiresIn: TokenLife.accessSeconds, refresh: refreshText, permissions: permissions)
  }
}
