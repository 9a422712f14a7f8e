import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

@Suite("Teams of cases") struct CaseGrantsTests {
  private func subject(_ bench: AccessBench, station: Station.ID? = nil) -> DocumentSubject {
    DocumentSubject(
      resource: .workOrder, id: UUID.version7(at: bench.time.instant), number: "X-1", version: 3, stationID: station)
  }

  private func grant(
    _ subject: DocumentSubject, _ members: [CaseMember], by caller: Caller = .system, _ bench: AccessBench
  ) async throws -> [CaseMembership] {
    let command: Command<[CaseMembership]> = bench.command(caller)
    return try await bench.database.write(caller) { tx in
      try await CaseGrants.grant(subject, to: members, pointer: "#/members", command, in: tx)
    }
  }

  @Test("only active people are called into a team, each in a role that he holds (SEC-02)")
  func refused() async throws {
    try await AccessBench.with { bench in
      let counsel = try await bench.makeUser("counsel", roles: [.legal])
      let gone = try await bench.makeUser("gone", roles: [.pr])
      _ = try await bench.users.disable(.id(gone.id), reason: "left", bench.command(bench.administrator))
      let nobody = User.ID.new(at: bench.time.instant)
      await #expect(
        throws: Refusal.invalid([
          Violation(pointer: "#/members/0/userId", code: .notFound, detail: "there is no such active user"),
          Violation(
            pointer: "#/members/1/role", code: .inconsistent, detail: "the user does not hold the role qa",
            limits: ["allowed": "legal"]),
          Violation(pointer: "#/members/2/userId", code: .notFound, detail: "there is no such active user"),
        ])
      ) {
        _ = try await grant(
          subject(bench),
          [
            CaseMember(userID: nobody, role: .legal), CaseMember(userID: counsel.id, role: .qa),
            CaseMember(userID: gone.id, role: .pr),
          ], bench)
      }
      let live = try await bench.database.read(.system, CaseGrantRepository.live(of: counsel.id))
      #expect(live.isEmpty)
    }
  }

  @Test("a region's people call in headquarters' people, whom they do not see, and see the team of their case (SEC-02)")
  func acrossScopes() async throws {
    try await AccessBench.with { bench in
      let network = try await TestNetwork(in: bench.database, at: bench.time.instant)
      let counsel = try await bench.makeUser("counsel", roles: [.legal])
      let region = Caller(
        subject: .client(UUID()), name: "大区", roles: [.hqService], permissions: Role.hqService.permissions,
        scope: .region(network.region, stations: [network.station]))
      let found = try await bench.database.read(region, UserRepository.find(.id(counsel.id), in: region.scope))
      #expect(found == nil)
      let subject = subject(bench, station: network.station)
      let members = [CaseMember(userID: counsel.id, role: .legal)]
      #expect(try await grant(subject, members, by: region, bench).map(\.userID) == [counsel.id])
      #expect(try await grant(subject, members, by: region, bench).isEmpty)
      let team = try await CaseGrants.team(of: .workOrder, subject.id, region, in: bench.database)
      #expect(team.map(\.name) == ["counsel"] && team.map(\.role) == [.legal])
      let foreign = Caller(
        subject: .client(UUID()), name: "x", roles: [], permissions: [], scope: .station(network.otherStation))
      #expect(try await CaseGrants.team(of: .workOrder, subject.id, foreign, in: bench.database).isEmpty)
      // The look across the scope ends with the function.
      let after = try await bench.database.write(region) { tx in
        _ = try await tx.run(CaseGrantRepository.candidates([counsel.id]))
        return try await tx.run(UserRepository.find(.id(counsel.id), in: .network))
      }
      #expect(after == nil)
    }
  }

  @Test("a grant and its end stand in the history of the case, and only what changed is told (SEC-02, SEC-09)")
  func history() async throws {
    try await AccessBench.with { bench in
      let people = [
        try await bench.makeUser("counsel", roles: [.legal]), try await bench.makeUser("press", roles: [.pr]),
      ]
      let subject = subject(bench)
      let members = zip(people, [Role.legal, .pr]).map { CaseMember(userID: $0.id, role: $1) }
      #expect(try await grant(subject, members, bench).count == 2)
      let command: Command<[User.ID]> = bench.command(.system)
      for (users, ended) in [([people[0].id], [people[0].id]), (nil, [people[1].id]), (nil, [])]
        as [([User.ID]?, [User.ID])]
      {
        let withdrawn = try await bench.database.write(.system) { tx in
          try await CaseGrants.revoke(subject, of: users, command, in: tx)
        }
        #expect(withdrawn == ended)
      }
      let events = try await bench.database.read(
        .system,
        EventRepository.history(
          .workOrder, subject.id, PageRequest(limit: 10, sort: [.init("position", descending: false)]), in: .network))
      #expect(
        events.items.map(\.change.type)
          == ["workOrder.accessGranted", "workOrder.accessWithdrawn", "workOrder.accessWithdrawn"])
      #expect(events.items.first?.change.data["members"] != nil && events.items.first?.change.number == "X-1")
    }
  }

  @Test("whoever may do nothing until he chooses a password opens no case (SEC-02)")
  func mustChange() async throws {
    try await AccessBench.with { bench in
      let counsel = try await bench.makeUser("counsel", roles: [.legal], mustChange: true)
      _ = try await grant(subject(bench), [CaseMember(userID: counsel.id, role: .legal)], bench)
      let token = try await bench.logIn(counsel).access.text
      #expect(try await bench.verifier.verify(token)?.caller.permissions.isEmpty == true)
    }
  }

  @Test("a token of fewer permissions carries no more of a grant (SEC-02)")
  func restricted() async throws {
    try await AccessBench.with { bench in
      let counsel = try await bench.makeUser("counsel", roles: [.legal])
      _ = try await grant(subject(bench), [CaseMember(userID: counsel.id, role: .legal)], bench)
      let token = try await bench.logIn(counsel, scope: "vehicles:read").access.text
      #expect(try await bench.verifier.verify(token)?.caller.permissions == [.vehiclesRead])
    }
  }
}
