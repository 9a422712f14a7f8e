package import Domain
import FoundationEssentials
import Repositories

/// What an operator does at the command line, before there is anybody who could ask over HTTP.
package struct AccessAdministration: Sendable {
  private let work: UnitOfWork
  private let users: UserService
  private let clients: MachineClientService

  package init(_ work: UnitOfWork, hasher: PasswordHasher) {
    self.work = work
    users = UserService(work, hasher: hasher)
    clients = MachineClientService(work)
  }

  /// - Throws: `Refusal` as over HTTP.
  package func createUser(_ draft: UserDraft, password: String) async throws {
    _ = try await users.create(draft, password: password, command { _ in Answer(status: 201) })
  }

  /// - Returns: the secret, which is stored nowhere.
  package func createClient(_ draft: MachineClientDraft) async throws -> TokenText {
    let answer = try await clients.create(draft, command { Answer(status: 201, body: Array($0.secret.text.utf8)) })
    guard let secret = TokenText(String(decoding: answer.body, as: UTF8.self)) else {
      throw Failure.internal(reference: "unreadable client secret")
    }
    return secret
  }

  /// `aftersales token issue`: a token that stands for itself, with an explicit life and a name.
  /// - Parameter seconds: 1 minute to `TokenLife.operatorLimitSeconds`.
  /// - Returns: the token, which is stored nowhere.
  /// - Throws: `Refusal.invalid` for a role that does not fit the scope, a life out of bounds, or a station that is not there.
  package func issueToken(
    name: String, roles: Set<Role>, permissions: Set<Permission>? = nil, _ assignment: ScopeAssignment, seconds: Int64
  ) async throws -> TokenText {
    var violations = assignment.violations(of: roles, pointer: "#/roles")
    if roles.isEmpty { violations.append(Violation(pointer: "#/roles", code: .required, detail: "must name a role")) }
    if name.isEmpty { violations.append(Violation(pointer: "#/name", code: .required, detail: "must have a name")) }
    if !(60...TokenLife.operatorLimitSeconds).contains(seconds) {
      violations.append(
        Violation(
          pointer: "#/ttl", code: .outOfRange, detail: "must be between a minute and 366 days",
          limits: ["min": "60", "max": "\(TokenLife.operatorLimitSeconds)"]))
    }
    if !violations.isEmpty { throw Refusal.invalid(violations) }
    guard let text = TokenText.make(.access) else { throw Failure.internal(reference: "no random bytes") }
    let at = work.clock.now()
    let token = AccessToken(
      id: .new(at: at), kind: .access, family: .version7(at: at),
      holder: .operatorIssued(name: name, roles: roles, assignment), permissions: permissions, issuedAt: at,
      expiresAt: at.adding(seconds: seconds))
    let command: Command<Void> = command { _ in Answer(status: 201) }
    try await work.database.write(.system) { tx in
      _ = try await tx.run(TokenRepository.insert(token, hash: SecretDigest.of(text)))
      tx.record(Self.change("token.issued", token), by: command)
    }
    return text
  }

  /// Ends a token by what its holder shows, e.g. one that a scanner found.
  /// - Returns: whether there was a live one.
  package func revokeToken(_ text: TokenText) async throws -> Bool {
    let at = work.clock.now()
    let command: Command<Void> = command { _ in Answer(status: 200) }
    return try await work.database.write(.system) { tx in
      let found = try await tx.run(TokenRepository.find(SecretDigest.of(text), at: at))
      guard let token = found else { return false }
      tx.enqueue(TokenRepository.revokeFamily(token.family, at: at))
      tx.enqueue(AccessChangeRepository.notify(.everything))
      tx.record(Self.change("token.revoked", token), by: command)
      return true
    }
  }

  /// What an operator did at the command line with a token stands in the log like everything else: whom it speaks for, what it
  /// may do and how long, never its text.
  private static func change(_ type: String, _ token: AccessToken) -> Change {
    var data: [String: EventValue] = ["expiresAt": .text(token.expiresAt.description)]
    var (name, station): (String?, Station.ID?) = (nil, nil)
    switch token.holder {
    case .user(let id): data["userId"] = .text(id.description)
    case .client(let id): data["clientId"] = .text(id.description)
    case .operatorIssued(let given, let roles, let assignment):
      (name, station) = (given, assignment.stationID)
      data["roles"] = .list(roles.map(\.rawValue).sorted().map(EventValue.text))
      data["scope"] = .text(assignment.kind.rawValue)
      data["regionId"] = .optional(assignment.regionID?.description)
      data["supplierId"] = .optional(assignment.supplierID?.canonical)
    }
    if let permissions = token.permissions {
      data["permissions"] = .list(permissions.map(\.rawValue).sorted().map(EventValue.text))
    }
    return Change(
      type: type, resource: .token, id: token.id.uuid, number: name, version: 1, station: station, data: data)
  }

  private func command<Output>(_ present: @escaping @Sendable (Output) throws -> Answer) -> Command<Output> {
    let operatorRole = Caller(
      subject: .system, name: "operator", roles: [.sysAdmin], permissions: Set(Permission.allCases), scope: .network)
    return Command(
      caller: operatorRole, requestID: "command-line", at: work.clock.now(), precondition: nil, idempotency: nil,
      present: present)
  }
}
