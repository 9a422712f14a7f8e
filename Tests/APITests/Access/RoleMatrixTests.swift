import API
import Domain
import FoundationEssentials
import Services
import Synchronization
import TestSupport
import Testing

/// Every operation by every role in every scope (domain.md section 2, S1, S4). What is expected comes from openapi.yaml
/// (`x-permission`) and from the table of roles, never from the dispatcher that is tested.
@Suite("Role matrix", .timeLimit(.minutes(20))) struct RoleMatrixTests {
  /// Where the caller stands; the documents are those of the first station.
  enum Place: String, CaseIterable, Sendable {
    case ownStation, otherStation, network

    func scope(_ network: TestNetwork) -> Scope {
      switch self {
      case .ownStation: .station(network.station)
      case .otherStation: .station(network.otherStation)
      case .network: .network
      }
    }
  }

  /// What openapi.yaml demands.
  enum Demand: Hashable, Sendable {
    case nothing
    case token
    case permission(Permission)

    init(_ text: String?, of operation: API.Operation) throws {
      switch text {
      case "public": self = .nothing
      case "self": self = .token
      default:
        self = .permission(
          try #require(text.flatMap(Permission.init(rawValue:)), "\(operation.name) has no x-permission"))
      }
    }
  }

  struct Cell: Sendable {
    let operation: API.Operation
    let request: MatrixRequest
    let place: Place
    let role: Role
    let isHolder: Bool
    /// The role reaches its own documents alone by this operation.
    let isNarrowed: Bool
    let token: String
    /// Of him whose documents they are.
    let owner: String

    var name: String { "\(operation.name) by \(role.rawValue) of \(place.rawValue)" }
  }

  /// Runs `body` for all, a few at once.
  static func forAll<Item: Sendable>(
    _ items: [Item], _ body: @escaping @Sendable (Item) async throws -> Void
  )
    async throws
  {
    let workers = 4
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 0..<workers {
        group.addTask {
          for place in stride(from: worker, to: items.count, by: workers) { try await body(items[place]) }
        }
      }
      try await group.waitForAll()
    }
  }

  private func cells(_ bench: APIBench, _ documents: MatrixDocuments) throws -> [Cell] {
    var cells: [Cell] = []
    for place in Place.allCases {
      for role in Role.allCases {
        let token = bench.token(APIBench.caller([role], role.permissions, place.scope(bench.network)))
        let owner = bench.token(
          Caller(
            subject: .user(try #require(UUID(canonical: documents.own.user))), name: "测试", roles: [role],
            permissions: role.permissions, scope: place.scope(bench.network), customers: [bench.network.customer]))
        for operation in bench.api.operations {
          let isHolder: Bool
          var isNarrowed = false
          switch try Demand(bench.contract.permission(operation), of: operation) {
          case .nothing: continue
          case .token: isHolder = true
          case .permission(let permission):
            isHolder = role.permissions.contains(permission)
            // Free hours are the workshop's and nobody's.
            isNarrowed =
              role.narrowedPermissions.contains(permission) && !operation.template.hasSuffix("/slots")
          }
          cells.append(
            Cell(
              operation: operation,
              request: documents.request(operation, on: documents.own, serial: 1_000 + cells.count), place: place,
              role: role, isHolder: isHolder, isNarrowed: isNarrowed, token: token, owner: owner))
        }
      }
    }
    return cells
  }

  @Test("without the permission 403, from another station 404 whoever asks, and nothing changes (SEC-01, SEC-03, S4)")
  func refused() async throws {
    try await APIBench.with { bench in
      let documents = try await MatrixDocuments(bench)
      let before = try bench.fingerprint()
      let cells = try cells(bench, documents)
      let refused = cells.filter { !$0.isHolder }
      #expect(refused.count > 8_000)
      let isChecked = Mutex<Set<String>>([])
      try await Self.forAll(refused) { cell in
        // Of the equal answers one of each operation is held against the contract.
        let isFirst = isChecked.withLock { $0.insert(cell.operation.name).inserted }
        let answer = await bench.send(cell.request, cell.token, ifMatch: "*", checked: isFirst)
        let permission = bench.contract.permission(cell.operation) ?? ""
        guard answer.status == 403, answer.member("required") == permission else {
          Issue.record("\(cell.name): \(answer.status) \(answer.text)")
          return
        }
        let challenge = answer.header("www-authenticate") ?? ""
        if !challenge.contains(#"error="insufficient_scope""#) || !challenge.contains(#"scope="\#(permission)""#) {
          Issue.record("\(cell.name): the challenge is '\(challenge)'")
        }
      }
      let foreign = cells.filter { $0.isHolder && $0.place == .otherStation && $0.request.isBound }
      #expect(foreign.count > 500)
      try await Self.forAll(foreign) { cell in
        let answer = await bench.send(cell.request, cell.token, ifMatch: "*", checked: false)
        if answer.status != 404 { Issue.record("\(cell.name): \(answer.status) \(answer.text)") }
      }
      #expect(try bench.fingerprint() == before)
    }
  }

  /// Writes name a version that no document has: 412 shows that the document was found and spares it.
  @Test("with the permission and inside the scope every role gets through (SEC-01, S4)")
  func allowed() async throws {
    try await APIBench.with { bench in
      let documents = try await MatrixDocuments(bench)
      let cells = try cells(bench, documents).filter {
        $0.isHolder && ($0.place != .otherStation || !$0.request.isBound && $0.operation.method == .get)
      }
      #expect(cells.count > 2_000)
      let isChecked = Mutex<Set<String>>([])
      try await Self.forAll(cells) { cell in
        // Of the equal answers one of each operation is held against the contract.
        let isFirst = isChecked.withLock { $0.insert(cell.operation.name).inserted }
        let answer = await bench.send(cell.request, cell.token, ifMatch: "\"999999\"", checked: isFirst)
        var allowed = cell.request.allowed
        if cell.isNarrowed, cell.request.isBound || cell.operation.template.hasPrefix("/v1/vehicles/{") {
          // Another's; what the role may do with his own says the owner's turn.
          if answer.status != 404 { Issue.record("another's \(cell.name): \(answer.status) \(answer.text)") }
          let own = await bench.send(cell.request, cell.owner, ifMatch: "\"999999\"", checked: false)
          if !documents.isOwn(cell.operation, role: cell.role) || cell.place == .otherStation { allowed = [404] }
          if !allowed.contains(own.status) { Issue.record("own \(cell.name): \(own.status) \(own.text)") }
          return
        }
        if cell.operation.name.hasPrefix("POST /v1/policies/"), !cell.request.takesVersion {
          allowed = [cell.place == .network ? 201 : 403]
        }
        if cell.operation.name == "POST /v1/stations" { allowed = [cell.place == .network ? 201 : 403] }
        if !allowed.contains(answer.status) { Issue.record("\(cell.name): \(answer.status) \(answer.text)") }
      }
    }
  }

  @Test("every operation of the matrix is documented, and only the documented ones are open")
  func complete() async throws {
    try await APIBench.with { bench in
      #expect(bench.api.operations.count > 100)
      let open = bench.api.operations.filter { bench.contract.permission($0) == "public" }.map(\.template)
      #expect(
        Set(open) == [
          "/livez", "/readyz", "/openapi.yaml", "/openapi.json", "/docs", "/problems", "/problems/{name}",
          "/oauth2/token", "/oauth2/revoke", "/oauth2/introspect", "/.well-known/oauth-authorization-server",
          "/v1/progress/{token}", "/v1/survey-links/{token}",
        ])
      for operation in bench.api.operations { _ = try Demand(bench.contract.permission(operation), of: operation) }
    }
  }

  @Test(
    "without a token, with an unknown, a malformed or an expired one everything but the open operations is 401 (S5)")
  func unauthenticated() async throws {
    try await APIBench.withTokens { bench in
      let network = bench.network
      // A token that was good for a minute, an hour ago.
      let clock = ManualClock(SystemClock.now().adding(seconds: -3_600))
      let work = UnitOfWork(bench.database.database, clock: clock.wall)
      let administration = AccessAdministration(work, hasher: PasswordHasher())
      let expired = try await administration.issueToken(name: "test", roles: [.sysAdmin], .network, seconds: 60)
      let then = TokenVerifier(bench.database.database, clock: clock.wall)
      #expect(try await then.verify(expired.text) != nil)
      clock.advance(seconds: 60)
      #expect(try await then.verify(expired.text) == nil)
      let unknown = try #require(TokenText.make(.access)).text
      let refresh = try #require(TokenText.make(.refresh)).text

      let path = ["{id}": "\(network.customer)", "{line}": "1", "{key}": "followUps", "{version}": "0"]
      for operation in bench.api.operations {
        let target = path.reduce(operation.template) { $0.replacing($1.key, with: $1.value) }
        let body = operation.body == .none || operation.body == .form ? nil : "{}"
        let isOpen = bench.contract.permission(operation) == "public"
        let tokens: [String?] = isOpen ? [nil] : [nil, unknown, expired.text, refresh, "x"]
        for token in tokens {
          let answer = await bench.send(
            operation.method.rawValue, target, token, ["if-match": "*"], body: body, checked: !isOpen)
          if isOpen {
            #expect(operation.body == .form || answer.status != 401, "\(operation.name)")
            continue
          }
          expectProblem(answer, 401, "unauthenticated")
          let challenge =
            token == nil ? #"Bearer realm="after-sales""# : #"Bearer realm="after-sales", error="invalid_token""#
          #expect(answer.header("www-authenticate") == challenge, "\(operation.name)")
        }
      }
      for path in ["/v1/me?access_token=\(unknown)", "/v1/nope", "/v1/customers/x/y/z"] {
        #expect([401, 404].contains(await bench.send("GET", path, checked: false).status), "\(path)")
      }
    }
  }
}
