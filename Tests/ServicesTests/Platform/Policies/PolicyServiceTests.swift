import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// Drafts and decisions over the database, and the book that decisions read (M23).
@Suite(.serialized) struct PolicyServiceTests {
  private let clock = ManualClock()
  private let author = PolicyServiceTests.person()
  private let approver = PolicyServiceTests.person()

  private static func person() -> Caller {
    Caller(
      subject: .user(UUID()), name: "陈静", roles: [.hqService], permissions: Set(Permission.allCases), scope: .network)
  }

  private func draft(
    _ key: PolicyKey = .followUps, attempts: Int64 = 3, from: Timestamp? = nil, subject: PolicySubject? = nil
  ) throws -> PolicyDraft {
    var body = key.standardBody
    if key == .followUps, case .object(var members) = body {
      members["attempts"] = .integer(attempts)
      body = .object(members)
    }
    return PolicyDraft(
      key: key, subject: subject,
      content: PolicyContent(body: body, reason: "测试", validFrom: from, validTo: nil))
  }

  /// - Returns: the version that the write made or changed, as it is then.
  private func write(
    _ service: PolicyService, by caller: Caller, _ act: (Command<Policy>) async throws -> Answer
  ) async throws -> Policy {
    let answer = try await act(
      caller.command(at: clock.now) { Answer(status: 200, body: Array($0.number.utf8)) })
    return try await service.get(.number(String(decoding: answer.body, as: UTF8.self)), author)
  }

  private func submitted(_ service: PolicyService, _ draft: PolicyDraft) async throws -> Policy {
    let made = try await write(service, by: author) { try await service.create(draft, $0) }
    return try await write(service, by: author) { try await service.submit(.number(made.number), $0) }
  }

  private func approved(_ service: PolicyService, _ draft: PolicyDraft) async throws -> Policy {
    let policy = try await submitted(service, draft)
    return try await write(service, by: approver) {
      try await service.approve(.number(policy.number), comment: nil, $0)
    }
  }

  @Test("of two drafts from the same day approved in parallel one holds, and times never overlap (M23)")
  func race() async throws {
    try await TestDatabase.with { test in
      let service = PolicyService(UnitOfWork(test.database, clock: clock.wall))
      for round in 0..<10 {
        let day = clock.now.adding(seconds: Int64(round + 1) * 86_400)
        var numbers: [String] = []
        for _ in 0..<6 { numbers.append(try await submitted(service, try draft(from: day)).number) }
        let names = numbers
        let outcomes = await Outcomes.of(names.count) { place in
          _ = try await service.approve(.number(names[place]), comment: nil, approver.command(at: clock.now))
        }
        #expect(outcomes.succeeded == 1)
        #expect(outcomes.others.isEmpty, "\(outcomes.others.prefix(2))")
        #expect(
          outcomes.refused.allSatisfy {
            if case .conflict("policy-overlap", _) = $0 { true } else { false }
          }, "\(outcomes.refused.prefix(2))")
      }
      let overlaps = try test.admin(
        """
        select count(*) from policies a join policies b on a.key = b.key and a.id < b.id
        where a.state = 'approved' and b.state = 'approved'
          and tstzrange(a.valid_from, a.valid_to) && tstzrange(b.valid_from, b.valid_to)
        """)
      #expect(overlaps == "0")
      #expect(try test.admin("select count(*) from policies where state = 'approved' and valid_to is null") == "1")
      #expect(
        try test.admin("select count(*) from events where type = 'policy.superseded'") == "9",
        "each ends the one before")
    }
  }

  @Test("versions approved in parallel for different days follow each other without gap or overlap (M23)")
  func parallelDays() async throws {
    try await TestDatabase.with { test in
      let service = PolicyService(UnitOfWork(test.database, clock: clock.wall))
      var numbers: [String] = []
      for day in 1...12 {
        let from = clock.now.adding(seconds: Int64(day) * 86_400)
        numbers.append(try await submitted(service, try draft(from: from)).number)
      }
      let names = numbers
      let outcomes = await Outcomes.of(names.count) { place in
        _ = try await service.approve(.number(names[place]), comment: nil, approver.command(at: clock.now))
      }
      #expect(outcomes.succeeded == 12, "\(outcomes.refused.prefix(2)) \(outcomes.others.prefix(2))")
      let holes = try test.admin(
        """
        select count(*) from (
          select valid_to, lead(valid_from) over (order by valid_from) as next from policies where state = 'approved') p
        where p.valid_to is distinct from p.next
        """)
      #expect(holes == "0")
    }
  }

  @Test("drafts made in parallel get numbers without gaps (M23)")
  func numbers() async throws {
    try await TestDatabase.with { test in
      let service = PolicyService(UnitOfWork(test.database, clock: clock.wall))
      let outcomes = await Outcomes.of(20) { place in
        var draft = try draft()
        // Every third is refused behind the number and gives it back.
        if place % 3 == 0 { draft = try self.draft(.warranty, subject: .vehicleModel(.new(at: clock.now))) }
        _ = try await service.create(draft, author.command(at: clock.now))
      }
      #expect(outcomes.succeeded == 13 && outcomes.refused.count == 7, "\(outcomes.others)")
      let last = try test.admin("select max(policy_version) from policies where key = 'followUps'")
      let returned = try test.admin("select last_version from policy_keys where key = 'warranty'")
      #expect(last == "13" && returned == "0")
    }
  }

  @Test("a decision reads what holds in its own transaction, and an old version stays as it was (M23, A5)")
  func book() async throws {
    try await TestDatabase.with { test in
      let service = PolicyService(UnitOfWork(test.database, clock: clock.wall))
      let book = PolicyBook()
      func current() async throws -> PolicyBook.InForce<FollowUpsPolicy> {
        try await test.database.write(.system) { tx in
          try await book.current(FollowUpsPolicy.self, at: clock.now, in: tx)
        }
      }
      let before = try await current()
      #expect(before.version.description == "followUps@0" && before.body == FollowUpsPolicy.standard)
      _ = try await approved(service, try draft(attempts: 5))
      let first = try await current()
      #expect(first.version.description == "followUps@1" && first.body.attempts == 5)
      clock.advance(seconds: 60)
      _ = try await approved(service, try draft(attempts: 7, from: clock.now.adding(seconds: 60)))
      #expect(try await current().version.number == 1, "not before its time")
      clock.advance(seconds: 60)
      let second = try await current()
      #expect(second.version.number == 2 && second.body.attempts == 7)
      let old = try await test.database.write(.system) { tx in
        try await PolicyBook().version(FollowUpsPolicy.self, first.version, in: tx)
      }
      #expect(old.body == first.body)
      let then = try await service.current(.followUps, for: [], at: clock.now.adding(seconds: -90), author)
      #expect(then.number == "followUps@1")
      let outside = try await book.current(
        FollowUpsPolicy.self, at: clock.now, test.database, author)
      #expect(outside.version == second.version)
    }
  }

  @Test("a region's own policy wins over that of everybody, and ends with it (M23)")
  func subjects() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: clock.now)
      let service = PolicyService(UnitOfWork(test.database, clock: clock.wall))
      let region = PolicySubject.region(network.region)
      _ = try await approved(service, try draft(attempts: 5))
      _ = try await approved(service, try draft(attempts: 6, subject: region))
      func version(_ subjects: [PolicySubject]) async throws -> String {
        try await service.current(.followUps, for: subjects, at: clock.now, author).number
      }
      #expect(try await version([]) == "followUps@1")
      #expect(try await version([region]) == "followUps@2")
      #expect(try await version([.region(.new(at: clock.now))]) == "followUps@1")
      #expect(try await version([.vehicleModel(.new(at: clock.now)), region]) == "followUps@2")
    }
  }

  @Test("revoking before its day gives the time back, and both histories tell it (M23, REC-10)")
  func revoke() async throws {
    try await TestDatabase.with { test in
      let service = PolicyService(UnitOfWork(test.database, clock: clock.wall))
      let first = try await approved(service, try draft(attempts: 5))
      let second = try await approved(service, try draft(attempts: 6, from: clock.now.adding(seconds: 86_400)))
      #expect(try await service.get(.number(first.number), author).endsAt == second.content.validFrom)
      let revoked = try await write(service, by: approver) {
        try await service.revoke(.number(second.number), comment: "有误", $0)
      }
      #expect(revoked.state == .withdrawn)
      #expect(try await service.get(.number(first.number), author).endsAt == nil)
      let page = PageRequest(sort: [.init("position")])
      let events = try await service.history(.number(first.number), page, author).items.map(\.change.type)
      #expect(
        events == ["policy.drafted", "policy.submitted", "policy.approved", "policy.superseded", "policy.resumed"])
    }
  }

  @Test("a part of the network writes no policy and sees only what was approved (SEC-03)")
  func scope() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: clock.now)
      let service = PolicyService(UnitOfWork(test.database, clock: clock.wall))
      let draft = try draft()
      let waiting = try await submitted(service, draft)
      let station = network.everything
      await #expect(throws: Refusal.forbidden(.policiesWrite)) {
        try await service.create(draft, station.command(at: clock.now))
      }
      await #expect(throws: Refusal.notFound) { try await service.get(.number(waiting.number), station) }
      let page = PageRequest(sort: [.init("createdAt")])
      #expect(try await service.list(PolicyFilter(), page, station).items.isEmpty)
      _ = try await write(service, by: approver) {
        try await service.approve(.number(waiting.number), comment: nil, $0)
      }
      #expect(try await service.get(.number(waiting.number), station).state == .approved)
      #expect(try await service.list(PolicyFilter(), page, station).items.count == 1)
      await #expect(throws: Refusal.forbidden(.policiesWrite)) {
        try await service.addNote(.number(waiting.number), "附注", station.command(at: clock.now))
      }
    }
  }
}
