import API
import Domain
import FoundationEssentials
import Services
import TestSupport
import Testing

/// The token endpoints with the product's own tokens (C-22 … C-25).
@Suite("OAuth over HTTP", .timeLimit(.minutes(20))) struct OAuthTests {
  static let password = "correct horse battery"

  /// Somebody with a password of his own, made as an operator makes the first user.
  static func makeUser(
    _ bench: APIBench, _ username: String, _ roles: Set<Role>, mustChange: Bool = false
  ) async throws {
    try await administration(bench).createUser(
      UserDraft(
        username: username, displayName: username, assignment: .station(bench.network.station), roles: roles,
        mustChangePassword: mustChange, externalIDs: [:]), password: password)
  }

  static func makeClient(
    _ bench: APIBench, _ clientID: String, _ roles: Set<Role>, _ assignment: ScopeAssignment? = nil
  )
    async throws -> String
  {
    try await administration(bench).createClient(
      MachineClientDraft(
        clientID: clientID, name: clientID, roles: roles, permissions: nil,
        assignment: assignment ?? .station(bench.network.station), externalIDs: [:])
    ).text
  }

  static func administration(_ bench: APIBench) -> AccessAdministration {
    AccessAdministration(UnitOfWork(bench.database.database, clock: SystemClock.wall), hasher: PasswordHasher())
  }

  static func form(
    _ bench: APIBench, _ path: String, _ body: String, basic: String? = nil, bearer: String? = nil,
    _ location: SourceLocation = #_sourceLocation
  ) async -> TestAnswer {
    var headers = ["content-type": "application/x-www-form-urlencoded"]
    if let basic { headers["authorization"] = "Basic " + Data(basic.utf8).base64EncodedString() }
    return await bench.send("POST", "/oauth2/\(path)", bearer, headers, body: body, key: nil, location)
  }

  static func login(_ bench: APIBench, _ username: String, _ password: String = password) async -> TestAnswer {
    await form(
      bench, "token",
      "grant_type=password&username=\(username)&password=\(password.replacing(" ", with: "+"))")
  }

  /// A token that was good is good for nothing within a second: the news of its end travel through the database (SEC-12).
  private static func expectRefused(
    _ bench: APIBench, _ token: String, _ location: SourceLocation = #_sourceLocation
  ) async {
    let start = ContinuousClock.now
    while await bench.api.send("GET", "/v1/me", token: token).status != 401, ContinuousClock.now - start < .seconds(5) {
    }
    #expect(ContinuousClock.now - start <= .seconds(1), sourceLocation: location)
  }

  private func expectError(
    _ answer: TestAnswer, _ status: Int, _ error: String, _ location: SourceLocation = #_sourceLocation
  ) {
    #expect(answer.status == status && answer.member("error") == error, "\(answer.text)", sourceLocation: location)
    #expect(answer.member("type") == nil && answer.header("cache-control") == "no-store", sourceLocation: location)
    #expect(
      (answer.header("www-authenticate")?.hasPrefix("Basic ") ?? false) == (status == 401), sourceLocation: location)
  }

  @Test("a person logs in, refreshes by rotation, and a refresh token used twice ends the family (C-24, C-25)")
  func password() async throws {
    try await APIBench.withTokens { bench in
      try await Self.makeUser(bench, "li.na", [.stAdviser])
      let first = await Self.login(bench, "li.na")
      #expect(first.status == 200 && first.member("token_type") == "Bearer" && first.member("expires_in") == "900")
      #expect(first.header("cache-control") == "no-store")
      let access = try #require(first.member("access_token"))
      let refresh = try #require(first.member("refresh_token"))
      #expect(access.hasPrefix("ast_") && refresh.hasPrefix("asr_"))
      #expect(await bench.get("/v1/me", access).member("username") == "li.na")
      #expect(await bench.get("/v1/me", refresh).status == 401)

      let second = await Self.form(bench, "token", "grant_type=refresh_token&refresh_token=\(refresh)")
      let next = try #require(second.member("refresh_token"))
      let renewed = try #require(second.member("access_token"))
      #expect(second.status == 200 && next != refresh && renewed != access)
      #expect(await bench.get("/v1/me", renewed).status == 200)
      let reused = await Self.form(bench, "token", "grant_type=refresh_token&refresh_token=\(refresh)")
      expectError(reused, 400, "invalid_grant")
      for token in [access, renewed] { await Self.expectRefused(bench, token) }
      expectError(
        await Self.form(bench, "token", "grant_type=refresh_token&refresh_token=\(next)"), 400, "invalid_grant")

      expectError(await Self.login(bench, "li.na", "wrong-password"), 400, "invalid_grant")
      let nobody = await Self.login(bench, "nobody")
      expectError(nobody, 400, "invalid_grant")
      let narrow = await Self.form(
        bench, "token",
        "grant_type=password&username=LI.NA&password=correct+horse+battery&scope=customers%3Aread")
      #expect(narrow.member("scope") == "customers:read")
      let reader = try #require(narrow.member("access_token"))
      #expect(await bench.get("/v1/customers", reader).status == 200)
      expectProblem(await bench.get("/v1/work-orders", reader), 403, "forbidden")
      let kept = try #require(narrow.member("refresh_token"))
      expectError(
        await Self.form(
          bench, "token", "grant_type=refresh_token&refresh_token=\(kept)&scope=workOrders%3Aread"), 400,
        "invalid_scope")
    }
  }

  @Test("a machine client authenticates by header or body, gets a subset of its scope and no refresh token (C-22)")
  func client() async throws {
    try await APIBench.withTokens { bench in
      let secret = try await Self.makeClient(bench, "dms-1", [.dmsClient])
      let basic = "dms-1:\(secret)"
      let all = await Self.form(bench, "token", "grant_type=client_credentials", basic: basic)
      #expect(all.status == 200 && all.member("refresh_token") == nil && all.member("expires_in") == "900")
      #expect(
        all.member("scope") == Role.dmsClient.permissions.map(\.rawValue).sorted().joined(separator: " "))
      let inBody = "grant_type=client_credentials&client_id=dms-1&client_secret=\(secret)"
      #expect(await Self.form(bench, "token", inBody).status == 200)
      let part = await Self.form(
        bench, "token", "grant_type=client_credentials&scope=workOrders%3Aread", basic: basic)
      #expect(part.member("scope") == "workOrders:read")
      let token = try #require(part.member("access_token"))
      #expect(await bench.get("/v1/work-orders", token).status == 200)
      let refused = await bench.get("/v1/customers", token)
      expectProblem(refused, 403, "forbidden")
      #expect(
        refused.header("www-authenticate")
          == #"Bearer realm="after-sales", error="insufficient_scope", scope="customers:read""#)

      expectError(await Self.form(bench, "token", inBody, basic: basic), 400, "invalid_request")
      expectError(
        await Self.form(bench, "token", "grant_type=client_credentials", basic: "dms-1:wrong"), 401, "invalid_client")
      expectError(
        await Self.form(bench, "token", "grant_type=client_credentials", basic: "nobody:\(secret)"), 401,
        "invalid_client")
      expectError(await Self.form(bench, "token", "grant_type=client_credentials"), 401, "invalid_client")
      for scope in ["admin", "users%3Awrite", "workOrders%3Aread++customers%3Aread"] {
        expectError(
          await Self.form(bench, "token", "grant_type=client_credentials&scope=\(scope)", basic: basic), 400,
          "invalid_scope")
      }
      for grant in ["password", "authorization_code"] {
        expectError(
          await Self.form(bench, "token", "grant_type=\(grant)", basic: basic), 400, "unsupported_grant_type")
      }
      expectError(
        await Self.form(bench, "token", "grant_type=refresh_token&refresh_token=x", basic: basic), 400,
        "unauthorized_client")
      for body in ["", "grant_type=password&username=x", "grant_type=a&grant_type=b", "grant_type=refresh_token"] {
        expectError(await Self.form(bench, "token", body), 400, "invalid_request")
      }
      let json = await bench.send("POST", "/oauth2/token", body: #"{"grant_type": "client_credentials"}"#, key: nil)
      #expect(json.status == 415)
      expectProblem(await bench.send("GET", "/oauth2/token", checked: false), 405, "method-not-allowed")
    }
  }

  @Test("revoked is revoked, also unknown tokens; nobody revokes another's (RFC 7009)")
  func revoke() async throws {
    try await APIBench.withTokens { bench in
      try await Self.makeUser(bench, "li.na", [.stAdviser])
      let secret = try await Self.makeClient(bench, "dms-1", [.dmsClient])
      let other = try await Self.makeClient(bench, "dms-2", [.dmsClient])
      let basic = "dms-1:\(secret)"
      let issued = await Self.form(bench, "token", "grant_type=client_credentials", basic: basic)
      let token = try #require(issued.member("access_token"))
      #expect(await bench.get("/v1/work-orders", token).status == 200)
      expectError(
        await Self.form(bench, "revoke", "token=\(token)", basic: "dms-2:\(other)"), 400, "unauthorized_client")
      #expect(await bench.get("/v1/work-orders", token).status == 200)
      #expect(await Self.form(bench, "revoke", "token=\(token)", basic: basic).status == 200)
      await Self.expectRefused(bench, token)
      for unknown in [token, "nonsense", try #require(TokenText.make(.access)).text] {
        #expect(await Self.form(bench, "revoke", "token=\(unknown)", basic: basic).status == 200)
      }
      expectError(await Self.form(bench, "revoke", "token=\(token)"), 401, "invalid_client")
      expectError(await Self.form(bench, "revoke", "", basic: basic), 400, "invalid_request")

      let login = await Self.login(bench, "li.na")
      let access = try #require(login.member("access_token"))
      let refresh = try #require(login.member("refresh_token"))
      #expect(await Self.form(bench, "revoke", "token=\(refresh)", bearer: access).status == 200)
      await Self.expectRefused(bench, access)
      expectError(
        await Self.form(bench, "token", "grant_type=refresh_token&refresh_token=\(refresh)"), 400, "invalid_grant")
    }
  }

  @Test("introspection tells a permitted client about tokens of its own part of the network (RFC 7662)")
  func introspect() async throws {
    try await APIBench.withTokens { bench in
      try await Self.makeUser(bench, "li.na", [.stAdviser])
      let login = await Self.login(bench, "li.na")
      let access = try #require(login.member("access_token"))
      let introspectors = Role.allCases.filter { $0.permissions.contains(.tokensIntrospect) }
      let role = try #require(introspectors.first { $0.scopeKinds.contains(.network) })
      let secret = try await Self.makeClient(bench, "gateway", [role], .network)
      let active = await Self.form(bench, "introspect", "token=\(access)", basic: "gateway:\(secret)")
      #expect(active.status == 200 && active.member("active") == "1" && active.member("username") == "li.na")
      #expect(active.member("scope")?.split(separator: " ").contains("workOrders:create") == true)
      for dead in [try #require(login.member("refresh_token")), "nonsense"] {
        let answer = await Self.form(bench, "introspect", "token=\(dead)", basic: "gateway:\(secret)")
        #expect(answer.text == #"{"active":false}"#)
      }
      if let without = Role.allCases.first(where: {
        !$0.permissions.contains(.tokensIntrospect) && $0.scopeKinds.contains(.station)
      }) {
        let weak = try await Self.makeClient(bench, "weak", [without])
        expectError(
          await Self.form(bench, "introspect", "token=\(access)", basic: "weak:\(weak)"), 400, "unauthorized_client")
      }
      expectError(await Self.form(bench, "introspect", "token=\(access)", bearer: access), 401, "invalid_client")
    }
  }

  @Test("metadata names the endpoints (RFC 8414)")
  func metadata() async throws {
    try await APIBench.with { bench in
      let answer = await bench.send("GET", "/.well-known/oauth-authorization-server")
      #expect(answer.member("issuer") == "http://api.test")
      #expect(answer.member("token_endpoint") == "http://api.test/oauth2/token")
      #expect(answer.count("grant_types_supported") == 3)
    }
  }

  @Test("whoever must choose a password may do nothing else; the new one ends every token so far (C-25, SEC-12)")
  func firstPassword() async throws {
    try await APIBench.withTokens { bench in
      try await Self.makeUser(bench, "new.one", [.stAdviser], mustChange: true)
      let login = await Self.login(bench, "new.one")
      let token = try #require(login.member("access_token"))
      #expect(login.member("scope") == "")
      let me = await bench.get("/v1/me", token)
      #expect(me.member("mustChangePassword") == "1" && me.count("permissions") == 0)
      expectProblem(await bench.get("/v1/work-orders", token), 403, "forbidden")
      let path = "/v1/users/\(try #require(me.member("id")))/password"
      expectProblem(
        await bench.act(path, token, #"{"currentPassword": "wrong-password-1", "password": "another-2026-pass"}"#),
        422, "validation-failed", pointer: "#/currentPassword", code: "inconsistent")
      expectProblem(
        await bench.act(path, token, #"{"currentPassword": "\#(Self.password)", "password": "short"}"#), 422,
        "validation-failed", pointer: "#/password", code: "tooShort")
      expectProblem(
        await bench.act(path, token, #"{"currentPassword": "\#(Self.password)", "password": "\#(Self.password)"}"#),
        422, "validation-failed", pointer: "#/password")
      expectProblem(await bench.act(path, token, #"{"password": "another-2026-pass"}"#), 403, "forbidden")
      let changed = await bench.act(
        path, token, #"{"currentPassword": "\#(Self.password)", "password": "another-2026-pass"}"#, ifMatch: nil)
      #expect(changed.status == 200 && changed.member("mustChangePassword") == "0", "\(changed.text)")
      await Self.expectRefused(bench, token)
      expectError(await Self.login(bench, "new.one"), 400, "invalid_grant")
      let again = await Self.login(bench, "new.one", "another-2026-pass")
      #expect(await bench.get("/v1/work-orders", try #require(again.member("access_token"))).status == 200)
    }
  }
}
