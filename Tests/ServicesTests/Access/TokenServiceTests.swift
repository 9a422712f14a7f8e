import Domain
import Repositories
import Services
import TestSupport
import Testing

@Suite struct TokenServiceTests {
  @Test("a refresh token rotates, and its second use ends the family though the answer is a refusal (C-24)")
  func reuse() async throws {
    try await AccessBench.with { bench in
      let user = try await bench.makeUser("rotating")
      let first = try await bench.logIn(user)
      let refresh = try #require(first.refresh)
      let second = try await bench.tokens.grantRefresh(
        refresh.text, scope: nil, requestID: "r", at: bench.time.instant)
      #expect(try await bench.verifier.verify(second.access.text) != nil)
      await #expect(throws: OAuthRefusal.invalidGrant) {
        _ = try await bench.tokens.grantRefresh(refresh.text, scope: nil, requestID: "r", at: bench.time.instant)
      }
      #expect(try await bench.verifier.verify(second.access.text) == nil)
      #expect(try await bench.verifier.verify(first.access.text) == nil)
      await #expect(throws: OAuthRefusal.invalidGrant) {
        _ = try await bench.tokens.grantRefresh(
          second.refresh?.text ?? "", scope: nil, requestID: "r", at: bench.time.instant)
      }
    }
  }

  @Test("unknown user and wrong password cost one hash each and get the same words (C-25, S6)")
  func sameWork() async throws {
    try await AccessBench.with { bench in
      let user = try await bench.makeUser("known")
      for account in [user.username, "nobody-\(bench.suffix)"] {
        let before = bench.hasher.finished
        await #expect(throws: OAuthRefusal.invalidGrant) {
          _ = try await bench.tokens.grantPassword("wrong", scope: nil, bench.attempt(account))
        }
        #expect(bench.hasher.finished == before + 1)
      }
    }
  }

  @Test("failures slow an account down on every instance, and a pause ends by itself (C-25)")
  func throttling() async throws {
    try await AccessBench.with { bench in
      let user = try await bench.makeUser("guessed")
      for _ in 0..<6 {
        await #expect(throws: OAuthRefusal.invalidGrant) {
          _ = try await bench.tokens.grantPassword("wrong", scope: nil, bench.attempt(user.username))
        }
      }
      let elsewhere = TokenService(bench.database, hasher: bench.hasher, loginGuard: LoginGuard())
      await #expect(throws: OAuthRefusal.tooManyAttempts(retryAfter: 2)) {
        _ = try await elsewhere.grantPassword(AccessBench.password, scope: nil, bench.attempt(user.username))
      }
      bench.time.advance(seconds: 2)
      _ = try await elsewhere.grantPassword(AccessBench.password, scope: nil, bench.attempt(user.username))
    }
  }

  @Test("a scope narrows the token and cannot widen it (C-22)")
  func scopes() async throws {
    try await AccessBench.with { bench in
      let user = try await bench.makeUser("narrow")
      let tokens = try await bench.logIn(user, scope: "stations:read")
      #expect(try await bench.verifier.verify(tokens.access.text)?.caller.permissions == [.stationsRead])
      for scope in ["users:write", "admin", "stations:read  regions:read"] {
        await #expect(throws: OAuthRefusal.invalidScope) { _ = try await bench.logIn(user, scope: scope) }
      }
    }
  }

  @Test("a client authenticates with either of two secrets, and not after it was revoked (C-22)")
  func clients() async throws {
    try await AccessBench.with { bench in
      let service = MachineClientService(bench.work)
      let name = "dms-\(bench.suffix)"
      let first = try await bench.administration.createClient(
        MachineClientDraft(
          clientID: name, name: "DMS", roles: [.hqService], permissions: [.stationsRead], assignment: .network,
          externalIDs: [:]))
      let answer = try await service.rotateSecret(
        .number(name), bench.command(bench.administrator) { Answer(status: 200, body: Array($0.secret.text.utf8)) })
      let second = String(decoding: answer.body, as: UTF8.self)
      for secret in [first.text, second] {
        let issued = try await bench.tokens.grantClient(secret: secret, scope: nil, bench.attempt(name, .client))
        #expect(issued.refresh == nil)
        #expect(try await bench.verifier.verify(issued.access.text)?.caller.permissions == [.stationsRead])
      }
      let live = try await bench.tokens.grantClient(secret: second, scope: nil, bench.attempt(name, .client))
      _ = try await service.revoke(.number(name), reason: "test", bench.command(bench.administrator))
      #expect(try await bench.verifier.verify(live.access.text) == nil)
      await #expect(throws: OAuthRefusal.invalidClient) {
        _ = try await bench.tokens.grantClient(secret: second, scope: nil, bench.attempt(name, .client))
      }
    }
  }
}
