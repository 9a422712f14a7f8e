import Domain
import FoundationEssentials
import Repositories
import TestSupport
import Testing

/// Follow-ups, letters and answers in the database: who sees what, and what the database refuses by itself.
@Suite(.serialized) struct FollowUpRepositoryTests {
  private static let now = ManualClock().now

  private struct Stored {
    let test: TestDatabase
    let network: TestNetwork

    static func with(_ body: @Sendable (Stored) async throws -> Void) async throws {
      try await TestDatabase.with { test in
        try await body(Stored(test: test, network: try await TestNetwork(in: test.database, at: now)))
      }
    }

    func document(_ number: String, at station: Station.ID? = nil, customer: Customer.ID? = nil) -> FollowUp {
      FollowUp(
        id: .new(at: now), number: number, stationID: station ?? network.station, occasion: .visit, round: .first,
        customerID: customer ?? network.customer, vehicleID: network.vehicle, workOrderID: nil, firstID: nil,
        state: .scheduled, version: 1, stamp: RecordStamp(by: .system, at: now),
        plan: FollowUpPlan(
          opensAt: now, dueAt: now.adding(seconds: 100), topics: [.vehicleUse, .visit], script: "请致电"))
    }

    func save(_ after: FollowUp, over before: FollowUp? = nil) async throws {
      try await test.database.write(.system) { tx in
        for statement in FollowUpRepository.save(after, over: before) { _ = try await tx.run(statement) }
      }
    }

    func caller(_ scope: Scope, session: Scope) -> Caller {
      Caller(
        subject: .client(UUID()), name: "测试", roles: [], permissions: Set(Permission.allCases), scope: scope,
        sessionScope: session)
    }
  }

  @Test("every member comes back as it was written")
  func roundTrip() async throws {
    try await Stored.with { stored in
      let plain = stored.document("FU-SY001-2026-000001")
      try await stored.save(plain)
      let read = try await stored.test.database.read(.system, FollowUpRepository.find(.id(plain.id), in: .network))
      #expect(read == plain)
      let clerk = Subject.user(UUID())
      var full = plain
      _ = try full.attempt(FollowUpAttempt(at: Self.now, by: "王芳", remark: "占线"), atMost: 9, by: clerk)
      _ = try full.record(
        FollowUpCall(
          result: .unsatisfied, topics: [.visit], summary: "不满意 \"引号\"", wishes: "周末", rating: 2, nps: 0, findings: [],
          calledBy: "王芳", calledAt: Self.now.adding(seconds: 500)),
        issue: FollowUpIssue(kind: .request, description: "要求上门"), after: nil, by: clerk)
      _ = try full.escalate("核实", by: "王芳", at: Self.now, subject: clerk)
      try full.solve("上门", by: "李主管", at: Self.now)
      _ = try full.answer(nil, by: "王芳", at: Self.now, subject: clerk)
      full = full.revised(by: .system, at: Self.now.adding(seconds: 1))
      try await stored.save(full, over: plain)
      let again = try await stored.test.database.read(
        .system, FollowUpRepository.find(.number(full.number), in: .network))
      #expect(again == full)
    }
  }

  @Test("a follow-up is seen by its station alone, through either wall alone (SEC-03, S1)", arguments: [true, false])
  func scope(behindPolicies: Bool) async throws {
    try await Stored.with { stored in
      let own = stored.document("FU-SY001-2026-000001")
      let other = stored.document(
        "FU-SY002-2026-000001", at: stored.network.otherStation, customer: stored.network.otherCustomer)
      for document in [own, other] { try await stored.save(document) }
      func seen(_ scope: Scope) async throws -> [String] {
        let caller = behindPolicies ? stored.caller(.network, session: scope) : stored.caller(scope, session: .network)
        for document in [own, other] {
          let found = try await stored.test.database.read(
            caller, FollowUpRepository.find(.id(document.id), in: caller.scope))
          #expect((found != nil) == (scope.stations?.contains(document.stationID) ?? true))
        }
        return try await stored.test.database.read(
          caller,
          FollowUpRepository.list(
            FollowUpFilter(), PageRequest(limit: 50, sort: [.init("number")]), in: caller.scope)
        ).items.map(\.number)
      }
      #expect(try await seen(.station(stored.network.station)) == [own.number])
      #expect(try await seen(.station(stored.network.otherStation)) == [other.number])
      #expect(try await seen(.supplier(UUID())) == [])
      #expect(try await seen(.network) == [own.number, other.number])
    }
  }

  @Test(
    "row-level security stands on every table of the family",
    arguments: [
      "follow_ups", "survey_responses", "letters", "letter_recipients", "service_plans",
    ])
  func policies(table: String) async throws {
    try await TestDatabase.with { test in
      let forced = try test.admin(
        "select relrowsecurity and relforcerowsecurity from pg_class where oid = 'public.\(table)'::regclass")
      #expect(forced == "t")
      // Its one policy asks for the scope and does not do without.
      let policy = try test.admin("select qual from pg_policies where schemaname = 'public' and tablename = '\(table)'")
      #expect(policy.contains("current_setting('app.scope'::text)"), "\(policy)")
      for statement in ["delete from", "truncate"] {
        #expect(throws: TestCluster.Missing.self) { try test.asApplication(scope: "*", "\(statement) \(table)") }
      }
    }
  }

  @Test("the database knows exactly the transitions of the life cycles (R10, SM-13)")
  func transitions() async throws {
    let followUps =
      FollowUpLifecycle.table.transitions.flatMap { row in
        row.from.compactMap { from in row.to.map { "\(from.rawValue)|\($0.rawValue)" } }
      } + FollowUpLifecycle.byItself.map { "\($0.from.rawValue)|\($0.to.rawValue)" }
    let letters =
      LetterLifecycle.table.transitions.flatMap { row in
        row.from.compactMap { from in row.to.map { "\(from.rawValue)|\($0.rawValue)" } }
      } + LetterLifecycle.byItself.map { "\($0.from.rawValue)|\($0.to.rawValue)" }
    try await TestDatabase.with { test in
      for (table, expected) in [("follow_ups", followUps), ("letters", letters)] {
        let stored = try test.admin("select from_state, to_state from state_transitions where document = '\(table)'")
        #expect(Set(stored.split(separator: "\n").map(String.init)) == Set(expected), "\(table)")
      }
    }
  }

  @Test(
    "what does not belong together is refused by the database, whoever writes (R9, R10)",
    arguments: [
      ("state = 'done'", "follow_ups_called_check"), ("state = 'missed'", "follow_ups_missed_check"),
      ("round = 2", "follow_ups_second_check"), ("occasion = 'delivery'", "follow_ups_delivery_check"),
      ("due_at = opens_at - interval '1 second'", "follow_ups_window_check"),
      ("complaint_number = 'CP-1'", "follow_ups_complaint_whole"), ("version = 0", "follow_ups_version_check"),
      ("call = '{}', issue = '{}', state = 'openIssue'", ""),
      ("state = 'openIssue', call = '{}'", "follow_ups_issue_check"),
    ])
  func constraints(change: String, constraint: String) async throws {
    try await Stored.with { stored in
      try await stored.save(stored.document("FU-SY001-2026-000001"))
      do {
        try stored.test.asApplication(scope: "*", "update follow_ups set \(change)")
        if !constraint.isEmpty { Issue.record("\(change) was accepted") }
      } catch let refused as TestCluster.Missing {
        #expect(!constraint.isEmpty && refused.description.contains(constraint), "\(refused)")
      }
    }
  }

  @Test("what a customer said is written down once, and answers are never changed (FUP-11)")
  func immutable() async throws {
    try await Stored.with { stored in
      try await stored.save(stored.document("FU-SY001-2026-000001"))
      try stored.test.asApplication(scope: "*", "update follow_ups set call = '{\"a\": 1}'")
      #expect(throws: TestCluster.Missing.self) {
        try stored.test.asApplication(scope: "*", "update follow_ups set call = '{\"a\": 2}'")
      }
      #expect(throws: TestCluster.Missing.self) {
        try stored.test.asApplication(scope: "*", "update survey_responses set comment = 'x'")
      }
      #expect(throws: TestCluster.Missing.self) {
        try stored.test.asApplication(scope: "*", "update survey_versions set questions = '[]'")
      }
    }
  }
}
