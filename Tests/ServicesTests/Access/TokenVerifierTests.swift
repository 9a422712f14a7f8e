import Domain
import FoundationEssentials
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

  @Test(
    "a terminated station's users, machines and operators are out on every instance within a second, for good (SEC-12)",
    .timeLimit(.minutes(1)))
  func termination() async throws {
    try await withTestDatabases(2) { instances in
      let bench = AccessBench(database: instances[0].database)
      let network = try await TestNetwork(in: bench.database, at: bench.time.instant)
      let other = TokenVerifier(instances[1].database, clock: bench.time.clock)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await other.listen(to: instances[1].changes) }
        while !other.isListening { await Task.yield() }
        try await bench.administration.createUser(
          UserDraft(
            username: "head-\(bench.suffix)", displayName: "站长", assignment: .station(network.station),
            roles: [.stHead], mustChangePassword: false, externalIDs: [:]), password: AccessBench.password)
        let issued = try await bench.tokens.grantPassword(
          AccessBench.password, scope: nil, bench.attempt("head-\(bench.suffix)"))
        let secret = try await bench.administration.createClient(
          MachineClientDraft(
            clientID: "dms-\(bench.suffix)", name: "DMS", roles: [.dmsClient], permissions: nil,
            assignment: .station(network.station), externalIDs: [:]))
        let machine = try await bench.tokens.grantClient(
          secret: secret.text, scope: nil, bench.attempt("dms-\(bench.suffix)", .client))
        let operators = try await bench.administration.issueToken(
          name: "desk", roles: [.stAdviser], .station(network.station), seconds: 3600)
        let elsewhere = try await bench.administration.issueToken(
          name: "desk", roles: [.stAdviser], .station(network.otherStation), seconds: 3600)
        let own = [issued.access.text, machine.access.text, operators.text]
        for token in own + [elsewhere.text] {
          // News while a token is looked up keep it from being remembered; look until it is.
          var lookups: Int
          repeat {
            lookups = other.databaseLookups
            #expect(try await other.verify(token) != nil)
          } while other.databaseLookups != lookups
        }
        // A region's people see no users of headquarters, and end the tokens all the same.
        let region = Caller(
          subject: .client(network.region.uuid), name: "大区", roles: [.hqService],
          permissions: [.stationsTerminate], scope: .region(network.region, stations: [network.station]))
        let begin = ContinuousClock.now
        _ = try await StationService(bench.work).move(
          .id(network.station), .terminate, reason: "解约", bench.command(region))
        for token in own {
          while try await other.verify(token) != nil { await Task.yield() }
        }
        #expect(ContinuousClock.now - begin < .seconds(1))
        #expect(try await other.verify(elsewhere.text) != nil)
        await #expect(throws: OAuthRefusal.invalidGrant) {
          try await bench.tokens.grantRefresh(
            try #require(issued.refresh).text, scope: nil, requestID: "test", at: bench.time.instant)
        }
        // Even if somebody put the station back past the product, the tokens stay dead.
        try instances[0].admin(
          "set session_replication_role = replica; update stations set state = 'active' where code = 'SY001'")
        for token in own { #expect(try await bench.verifier.verify(token) == nil) }
        group.cancelAll()
      }
    }
  }

  @Test(
    "a case opens to a member of its team on every instance within a second, and shuts again (SEC-02, SEC-12)",
    .timeLimit(.minutes(1)))
  func caseGrant() async throws {
    try await withTestDatabases(2) { instances in
      let bench = AccessBench(database: instances[0].database)
      let other = TokenVerifier(instances[1].database, clock: bench.time.clock)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await other.listen(to: instances[1].changes) }
        while !other.isListening { await Task.yield() }
        let counsel = try await bench.makeUser("counsel", roles: [.legal])
        let colleague = try await bench.makeUser("colleague", roles: [.legal])
        let token = try await bench.logIn(counsel).access.text
        let bystander = try await bench.logIn(colleague).access.text
        func cases(_ token: String) async throws -> Set<UUID> {
          try #require(try await other.verify(token)).caller.exercising(.complaintsRead).scope.cases
        }
        // News while a token is looked up keep it from being remembered; look until it is.
        var lookups: Int
        repeat {
          lookups = other.databaseLookups
          #expect(try await cases(token).isEmpty)
        } while other.databaseLookups != lookups
        let subject = DocumentSubject(
          resource: .workOrder, id: UUID.version7(at: bench.time.instant), number: "X-1", version: 1, stationID: nil)
        let granting = ContinuousClock.now
        _ = try await bench.work.perform(bench.command(.system) as Command<[CaseMembership]>, nil) { tx in
          try await CaseGrants.grant(
            subject, to: [CaseMember(userID: counsel.id, role: .legal)], pointer: "#/members",
            bench.command(.system) as Command<[CaseMembership]>, in: tx)
        }
        while try await cases(token) != [subject.id] { await Task.yield() }
        #expect(ContinuousClock.now - granting < .seconds(1))
        #expect(try await cases(bystander).isEmpty)
        let verified = try #require(try await other.verify(token))
        #expect(verified.caller.grants == [CaseGrant(caseID: subject.id, role: .legal)])
        let withdrawing = ContinuousClock.now
        _ = try await bench.work.perform(bench.command(.system) as Command<[User.ID]>, nil) { tx in
          try await CaseGrants.revoke(subject, bench.command(.system) as Command<[User.ID]>, in: tx)
        }
        while try await !cases(token).isEmpty { await Task.yield() }
        #expect(ContinuousClock.now - withdrawing < .seconds(1))
        group.cancelAll()
      }
    }
  }

  @Test("a token knows the files of the customer for whom its user speaks, merged ones too (D-27)")
  func customerFiles() async throws {
    try await AccessBench.with { bench in
      let network = try await TestNetwork(in: bench.database, at: bench.time.instant)
      try await bench.administration.createUser(
        UserDraft(
          username: "owner-\(bench.suffix)", displayName: "王小明", assignment: .station(network.station),
          roles: [.customer], mustChangePassword: false, customerID: network.customer, externalIDs: [:]),
        password: AccessBench.password)
      let token = try await bench.tokens.grantPassword(
        AccessBench.password, scope: nil, bench.attempt("owner-\(bench.suffix)")
      ).access.text
      let verifier = bench.verifier
      let caller = try #require(try await verifier.verify(token)).caller
      #expect(caller.customers == [network.customer])
      #expect(caller.exercising(.workOrdersRead).scope.holder?.customers == [network.customer])
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
