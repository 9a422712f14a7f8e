import Domain
import FoundationEssentials
import Repositories
import Services
import Synchronization
import TestSupport

/// Time that a test owns.
final class TestTime: Sendable {
  private let now: Mutex<Timestamp>
  init(_ start: Timestamp) { now = Mutex(start) }
  var instant: Timestamp { now.withLock { $0 } }
  var clock: WallClock { WallClock { self.instant } }
  func advance(seconds: Int64) { now.withLock { $0 = $0.adding(seconds: seconds) } }
}

/// The access services on a real database; names are unique per bench, so tests share one.
struct AccessBench: Sendable {
  let time = TestTime(Timestamp(milliseconds: 1_780_000_000_000))
  let suffix = String(UUID().uuidString.lowercased().prefix(8))
  let database: Database
  let hasher = PasswordHasher()
  let loginGuard = LoginGuard()
  static let password = "correct horse battery"

  var work: UnitOfWork { UnitOfWork(database, clock: time.clock) }
  var users: UserService { UserService(work, hasher: hasher) }
  var tokens: TokenService { TokenService(database, hasher: hasher, loginGuard: loginGuard) }
  var administration: AccessAdministration { AccessAdministration(work, hasher: hasher) }
  var verifier: TokenVerifier { TokenVerifier(database, clock: time.clock) }

  func attempt(_ account: String, _ kind: LoginAttempt.Kind = .user) -> LoginAttempt {
    LoginAttempt(kind: kind, account: account, address: "192.0.2.\(suffix)", requestID: "test", at: time.instant)
  }

  func command<Output>(
    _ caller: Caller = .system, _ present: @escaping @Sendable (Output) throws -> Answer = { _ in Answer(status: 200) }
  ) -> Command<Output> {
    Command(
      caller: caller, requestID: "test", at: time.instant, precondition: .any, idempotency: nil, present: present)
  }

  /// The administrator, for what `grantable` allows.
  var administrator: Caller {
    Caller(
      subject: .system, name: "admin", roles: [.sysAdmin], permissions: Set(Permission.allCases), scope: .network)
  }

  func makeUser(_ name: String, roles: Set<Role> = [.hqService], mustChange: Bool = false) async throws -> User {
    let username = "\(name)-\(suffix)"
    try await administration.createUser(
      UserDraft(
        username: username, displayName: name, assignment: .network, roles: roles, mustChangePassword: mustChange,
        externalIDs: [:]),
      password: Self.password)
    return try await users.get(.number(username), .system)
  }

  func logIn(_ user: User, scope: String? = nil) async throws -> IssuedTokens {
    try await tokens.grantPassword(Self.password, scope: scope, attempt(user.username))
  }

  static func with(_ body: (AccessBench) async throws -> Void) async throws {
    try await withTestDatabases(1) { try await body(AccessBench(database: $0[0].database)) }
  }
}
