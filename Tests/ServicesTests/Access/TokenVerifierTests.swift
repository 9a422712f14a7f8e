import Domain
import Repositories
import Services
import TestSupport
import Testing

@Suite struct TokenVerifierTests {
  @Test("what cannot be a token is refused without a look at the database (C-24)")
  func malformed() async throws {
    try await AccessBench.with { bench in
      let good = try #require(TokenText.make(.access)).text
      var texts = ["", "x", "ast_", String(good.dropLast()), good + "0", good.lowercased() + "!", " " + good]
      for kind in TokenText.Kind.allCases where kind != .access {
        texts.append(try #require(TokenText.make(kind)).text)
        texts.append(kind.rawValue + good.dropFirst(4))
      }
      for place in 4..<good.count {
        var changed = Array(good.utf8)
        changed[place] = changed[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        texts.append(String(decoding: changed, as: UTF8.self))
      }
      let verifier = bench.verifier
      #expect(texts.count >= 60)
      for text in texts { #expect(try await verifier.verify(text) == nil) }
      #expect(verifier.databaseLookups == 0)
      #expect(try await verifier.verify(good) == nil)
      #expect(verifier.databaseLookups == 1)
    }
  }

  @Test("a revocation reaches another instance's memory by its news (SEC-12)", .timeLimit(.minutes(1)))
  func revocation() async throws {
    try await withTestDatabases(2) { instances in
      let bench = AccessBench(database: instances[0].database)
      let other = TokenVerifier(instances[1].database, clock: bench.time.clock)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await other.listen(to: instances[1].changes) }
        while !other.isListening { await Task.yield() }
        let user = try await bench.makeUser("leaving")
        let token = try await bench.logIn(user).access.text
        // News of anybody while a token is looked up keep it from being remembered; look until it is.
        var lookups: Int
        repeat {
          lookups = other.databaseLookups
          #expect(try await other.verify(token) != nil)
        } while other.databaseLookups != lookups
        let begin = ContinuousClock.now
        _ = try await bench.users.disable(.id(user.id), reason: "left", bench.command(bench.administrator))
        while try await other.verify(token) != nil { await Task.yield() }
        #expect(ContinuousClock.now - begin < .seconds(1))
        group.cancelAll()
      }
    }
  }

  @Test("lent roles begin and end with the delegation (ORG-13)")
  func delegation() async throws {
    try await AccessBench.with { bench in
      let lender = try await bench.makeUser("lender", roles: [.hqClaims])
      let deputy = try await bench.makeUser("deputy", roles: [.training])
      let start = bench.time.instant.adding(seconds: 60)
      _ = try await DelegationService(bench.work, users: bench.users).create(
        DelegationDraft(roles: [.hqClaims], startsAt: start, endsAt: start.adding(seconds: 60), reason: "holiday"),
        from: .id(lender.id), to: deputy.id, bench.command(bench.administrator))
      let token = try await bench.logIn(deputy).access.text
      let verifier = bench.verifier
      #expect(try await verifier.verify(token)?.caller.roles == [.training])
      bench.time.advance(seconds: 60)
      #expect(try await verifier.verify(token)?.caller.roles == [.training, .hqClaims])
      bench.time.advance(seconds: 60)
      #expect(try await verifier.verify(token)?.caller.roles == [.training])
    }
  }
}
