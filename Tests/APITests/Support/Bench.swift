import API
import Domain
import FoundationEssentials
import Logging
import Synchronization
import TestSupport
import Testing

/// Who the tokens of a test stand for.
final class TokenBook: Sendable {
  private let callers = Mutex<[String: Caller]>([:])

  subscript(token: String) -> Caller? { callers.withLock { $0[token] } }

  /// - Returns: a token for the caller.
  func admit(_ caller: Caller) -> String {
    let token = "t-" + UUID.version7(at: SystemClock.now()).canonical
    callers.withLock { $0[token] = caller }
    return token
  }
}

/// The whole API over a database of its own, with a small network in it; every answer is held against the contract.
struct APIBench: Sendable {
  let database: TestDatabase
  let network: TestNetwork
  let api: TestAPI
  let contract: AnswerContract
  private let book: TokenBook

  static func with(
    files: TestFiles? = nil, personalSearches: Quota = Quota(requests: 10_000_000), logger: Logger? = nil,
    _ body: @Sendable (APIBench) async throws -> Void
  ) async throws {
    let book = TokenBook()
    try await TestDatabase.with { database in
      let network = try await TestNetwork(in: database.database, at: SystemClock.now())
      try await TestAPI.with(
        database, files: files, callers: { book[$0] }, personalSearches: personalSearches, logger: logger
      ) { api in
        try await body(
          APIBench(
            database: database, network: network, api: api, contract: try AnswerContract(api.operations), book: book))
      }
    }
  }

  /// The same with the product's own tokens: `token(…)` of this bench stands for nobody then.
  static func withTokens(_ body: @Sendable (APIBench) async throws -> Void) async throws {
    try await TestDatabase.with { database in
      let network = try await TestNetwork(in: database.database, at: SystemClock.now())
      try await TestAPI.with(database) { api in
        try await body(
          APIBench(
            database: database, network: network, api: api, contract: try AnswerContract(api.operations),
            book: TokenBook()))
      }
    }
  }

  // MARK: Callers

  func token(_ caller: Caller) -> String { book.admit(caller) }

  /// A person with these roles and all that they grant.
  func token(_ roles: Role..., scope: Scope? = nil, subject: Subject? = nil) -> String {
    token(Self.caller(Set(roles), Set(roles).permissions, scope ?? .station(network.station), subject: subject))
  }

  /// May do everything, within a scope and behind a wall of the database that may differ from it.
  func master(_ scope: Scope = .network, session: Scope? = nil) -> String {
    token(Self.caller(Set(Role.allCases), Set(Permission.allCases), scope, session: session))
  }

  static func caller(
    _ roles: Set<Role>, _ permissions: Set<Permission>, _ scope: Scope, session: Scope? = nil, subject: Subject? = nil
  ) -> Caller {
    Caller(
      subject: subject ?? .client(UUID.version7(at: SystemClock.now())), name: "测试", roles: roles,
      permissions: permissions, scope: scope, sessionScope: session)
  }

  // MARK: Requests

  /// One request, its answer held against openapi.yaml.
  @discardableResult
  func send(
    _ method: String, _ path: String, _ token: String? = nil, _ headers: [String: String] = [:], body: String? = nil,
    key: String? = "k-" + UUID.version7(at: SystemClock.now()).canonical, checked: Bool = true,
    _ location: SourceLocation = #_sourceLocation
  ) async -> TestAnswer {
    let answer = await api.send(method, path, token: token, headers: headers, body: body, key: key)
    if checked {
      for fault in contract.faults(method, path, answer) {
        Issue.record("\(fault)\n  \(answer.text.prefix(400))", sourceLocation: location)
      }
    }
    return answer
  }

  func get(
    _ path: String, _ token: String, _ headers: [String: String] = [:],
    _ location: SourceLocation = #_sourceLocation
  ) async -> TestAnswer { await send("GET", path, token, headers, location) }

  /// Creates something, which must succeed.
  func created(
    _ path: String, _ token: String, _ body: String, _ location: SourceLocation = #_sourceLocation
  ) async throws -> TestAnswer {
    let answer = await send("POST", path, token, body: body, location)
    try #require(answer.status == 201, "\(answer.text)", sourceLocation: location)
    return answer
  }

  /// - Returns: the identity of what was created.
  func create(
    _ path: String, _ token: String, _ body: String, _ location: SourceLocation = #_sourceLocation
  ) async throws -> String {
    try #require(
      try await created(path, token, body, location).member("id"), sourceLocation: location)
  }

  func patch(
    _ path: String, _ token: String, version: Int?, _ body: String, _ location: SourceLocation = #_sourceLocation
  ) async -> TestAnswer {
    await send("PATCH", path, token, version.map { ["if-match": "\"\($0)\""] } ?? [:], body: body, location)
  }

  /// An action on a document in whatever version it has.
  func act(
    _ path: String, _ token: String, _ body: String = "{}", ifMatch: String? = "*", key: String? = nil,
    _ location: SourceLocation = #_sourceLocation
  ) async -> TestAnswer {
    await send(
      "POST", path, token, ifMatch.map { ["if-match": $0] } ?? [:], body: body,
      key: key ?? "k-" + UUID.version7(at: SystemClock.now()).canonical, location)
  }

  // MARK: Files

  /// Attaches a text, which must succeed.
  func attach(
    _ text: String, named name: String = "note.txt", to document: String, _ token: String,
    _ location: SourceLocation = #_sourceLocation
  ) async throws -> TestAnswer {
    let answer = await upload(text, type: "text/plain", named: name, to: document, token, location)
    try #require(answer.status == 201, "\(answer.text)", sourceLocation: location)
    return answer
  }

  /// - Parameter name: percent-encoded.
  func upload(
    _ body: String, type: String, named name: String = "note.txt", to document: String, _ token: String,
    key: String? = "k-" + UUID.version7(at: SystemClock.now()).canonical, _ location: SourceLocation = #_sourceLocation
  ) async -> TestAnswer {
    await send(
      "POST", "\(document)/attachments?fileName=\(name)", token, ["content-type": type], body: body, key: key, location)
  }

  // MARK: Documents

  /// The walk of an order of the first station, everything done by one caller.
  func walk(
    _ token: String, station: Station.ID? = nil, customer: Customer.ID? = nil, technician: String? = nil
  )
    -> OrderWalk
  {
    let cast = OrderWalk.Cast(
      station: "\(station ?? network.station)", customer: "\(customer ?? network.customer)",
      vehicle: "\(network.vehicle)", technician: technician ?? "\(network.technician)",
      inspector: "\(network.inspector)", odometerKm: 12_000)
    return OrderWalk(cast) { _, method, path, headers, body in
      await send(method, path, token, headers, body: body)
    }
  }
}

/// A problem document: status, type and, for validation, the first error.
func expectProblem(
  _ answer: TestAnswer, _ status: Int, _ type: String, pointer: String? = nil, parameter: String? = nil,
  code: String? = nil, _ location: SourceLocation = #_sourceLocation
) {
  #expect(answer.status == status, "\(answer.text)", sourceLocation: location)
  #expect(answer.member("type") == "/problems/\(type)", "\(answer.text)", sourceLocation: location)
  #expect(answer.member("status") == "\(answer.status)", sourceLocation: location)
  #expect(answer.header("content-type") == "application/problem+json", sourceLocation: location)
  if pointer == nil, parameter == nil, code == nil { return }
  let errors = (0..<answer.count("errors")).map { place in
    (
      answer.member("errors/\(place)/pointer"), answer.member("errors/\(place)/parameter"),
      answer.member("errors/\(place)/code")
    )
  }
  #expect(
    errors.contains { error in
      (pointer == nil || error.0 == pointer) && (parameter == nil || error.1 == parameter)
        && (code == nil || error.2 == code)
    }, "\(answer.text)", sourceLocation: location)
}
