import Domain
import Repositories
import Services
import TestSupport
import Testing

@Suite struct UserServiceTests {
  private func stationHead() -> Caller {
    let id = Identifier<User>.new(at: Timestamp(milliseconds: 1))
    return Caller(
      subject: .user(id.uuid), name: "head", roles: [.stHead], permissions: Set<Role>([.stHead]).permissions,
      scope: .station(.new(at: Timestamp(milliseconds: 1))))
  }

  @Test("a station head gives station roles in his own station only (ORG-08)")
  func grantable() async throws {
    try await AccessBench.with { bench in
      let head = stationHead()
      let own = head.scope.stations?.first
      for (roles, station) in [([Role.sysAdmin], own), ([.stAdviser], nil)] {
        let draft = UserDraft(
          username: "made-\(bench.suffix)", displayName: "x",
          assignment: try #require(ScopeAssignment(station: station, region: nil, supplier: nil)),
          roles: Set(roles), mustChangePassword: true, externalIDs: [:])
        await #expect(throws: Refusal.self) {
          _ = try await bench.users.create(draft, password: AccessBench.password, bench.command(head))
        }
      }
      let user = try await bench.makeUser("above")
      await #expect(throws: Refusal.notFound) {
        _ = try await bench.users.disable(.id(user.id), reason: "x", bench.command(head))
      }
    }
  }

  @Test("reading users, clients and loans needs its permission in the service too, not only on the route (SEC-01)")
  func reading() async throws {
    try await AccessBench.with { bench in
      let user = try await bench.makeUser("seen")
      let caller = Caller(
        subject: .system, name: "x", roles: [],
        permissions: Set(Permission.allCases).subtracting([.usersRead, .clientsRead]), scope: .network)
      let (page, clients) = (PageRequest(sort: [.init("createdAt")]), MachineClientService(bench.work))
      let history = PageRequest(sort: [.init("position")])
      let delegations = DelegationService(bench.work, users: bench.users)
      await #expect(throws: Refusal.forbidden(.usersRead)) { try await bench.users.get(.id(user.id), caller) }
      await #expect(throws: Refusal.forbidden(.usersRead)) { try await bench.users.list(UserFilter(), page, caller) }
      await #expect(throws: Refusal.forbidden(.usersRead)) {
        try await bench.users.history(.id(user.id), history, caller)
      }
      await #expect(throws: Refusal.forbidden(.usersRead)) {
        try await delegations.list(.id(user.id), history, caller)
      }
      await #expect(throws: Refusal.forbidden(.clientsRead)) { try await clients.get(.number("x"), caller) }
      await #expect(throws: Refusal.forbidden(.clientsRead)) {
        try await clients.list(MachineClientFilter(), page, caller)
      }
      await #expect(throws: Refusal.forbidden(.clientsRead)) {
        try await clients.history(.number("x"), history, caller)
      }
    }
  }

  @Test("an operator's token and its end stand in the log: name, roles, scope and life, never its text (SEC-09)")
  func operatorTokens() async throws {
    try await AccessBench.with { bench in
      let token = try await bench.administration.issueToken(
        name: "desk-\(bench.suffix)", roles: [.hqService], permissions: [.workOrdersRead], .network, seconds: 600)
      #expect(try await bench.administration.revokeToken(token))
      var events: [Event] = []
      // Transactions of other tests' databases may hold up the feed for a moment.
      for _ in 0..<20_000 where events.count < 2 {
        events = try await bench.database.read(.system, EventRepository.feed(after: .start, limit: 100, in: .network))
          .filter { $0.change.number == "desk-\(bench.suffix)" }
      }
      #expect(events.map(\.change.type) == ["token.issued", "token.revoked"])
      #expect(events.allSatisfy { $0.change.resource == .token && $0.actorName == "operator" })
      let data = try #require(events.first).change.data
      #expect(data["roles"] == .list([.text("hqService")]) && data["scope"] == .text("network"))
      #expect(data["permissions"] == .list([.text("workOrders:read")]))
      #expect(data["expiresAt"] == .text(bench.time.instant.adding(seconds: 600).description))
    }
  }

  @Test("nobody changes his own roles, not even the administrator (SEC-10)")
  func ownRoles() async throws {
    try await AccessBench.with { bench in
      let user = try await bench.makeUser("selfish", roles: [.sysAdmin])
      let caller = try #require(
        try await bench.verifier.verify(try await bench.logIn(user).access.text)?.caller)
      await #expect(throws: Refusal.self) {
        _ = try await bench.users.setRoles(.id(user.id), [.hqExec], reason: nil, bench.command(caller))
      }
    }
  }

  @Test("who must choose a password may do nothing else, and every older token dies with the change (SEC-12)")
  func passwordChange() async throws {
    try await AccessBench.with { bench in
      let user = try await bench.makeUser("fresh", mustChange: true)
      let token = try await bench.logIn(user).access.text
      let caller = try #require(try await bench.verifier.verify(token)?.caller)
      #expect(caller.permissions.isEmpty)
      bench.time.advance(seconds: 1)
      _ = try await bench.users.changeOwnPassword(
        .id(user.id), from: AccessBench.password, to: "another good sentence", bench.loginGuard,
        bench.attempt(user.username), bench.command(caller))
      #expect(try await bench.verifier.verify(token) == nil)
      let next = try await bench.tokens.grantPassword(
        "another good sentence", scope: nil, bench.attempt(user.username))
      #expect(try await bench.verifier.verify(next.access.text)?.caller.permissions.isEmpty == false)
    }
  }
}
