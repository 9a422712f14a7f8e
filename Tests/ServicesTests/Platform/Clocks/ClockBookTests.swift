import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

@Suite("Clocks of documents", .timeLimit(.minutes(20)))
struct ClockBookTests {
  @Test("a clock is started by the policy in force and stored with what its ledger gives")
  func starts() async throws {
    try await ClockDesk.with { desk in
      let owner = desk.owner()
      try await desk.start(.repairCallResponse, on: owner)
      let clock = try #require(try await desk.clocks(owner).first)
      #expect(clock.status.dueAt == desk.clock.now.adding(seconds: 1_800))
      #expect(clock.status.policyVersion == "clocks@0")
      #expect(clock.status == clock.ledger.status)
      #expect(clock.entries.map(\.kind) == [.started])
      #expect(try await desk.events(clock).map(\.change.type) == ["clock.started"])
    }
  }

  @Test("one clock of a kind runs on a document, and parallel clients start one, not two")
  func once() async throws {
    try await ClockDesk.with { desk in
      let owner = desk.owner()
      try await desk.start(.repairCallResponse, on: owner)
      let running = try #require(try await desk.clocks(owner).first)
      await #expect(
        throws: Refusal.conflict(
          code: "clock-running", detail: "A clock of this kind runs on the document already.",
          .kind(ClockKind.repairCallResponse),
          .conflict(.clock, running.id, running.subject.number, state: running.state.rawValue))
      ) { try await desk.start(.repairCallResponse, on: owner) }
      for _ in 0..<5 {
        let contested = desk.owner()
        let outcomes = await Outcomes.of(8) { _ in try await desk.start(.forwardToSupervisor, on: contested) }
        #expect(outcomes.succeeded == 1 && outcomes.others == [], "\(outcomes.others)")
        #expect(try await desk.clocks(contested).count == 1)
      }
      // After it has ended the next one may run.
      try await desk.perform { command, tx in
        try await desk.book.meet([.repairCallResponse], of: owner.subject, command, in: tx)
      }
      try await desk.start(.repairCallResponse, on: owner)
      #expect(try await desk.clocks(owner).map(\.occurrence).sorted() == [1, 2])
    }
  }

  @Test("met in time is met, met late is breached and late; each is told")
  func meets() async throws {
    try await ClockDesk.with { desk in
      let quick = desk.owner()
      let slow = desk.owner()
      try await desk.start(.repairCallResponse, on: quick)
      try await desk.start(.repairCallResponse, on: slow)
      desk.clock.advance(seconds: 1_800)
      try await desk.perform { try await desk.book.meet([.repairCallResponse], of: quick.subject, $0, in: $1) }
      desk.clock.advance(seconds: 1)
      try await desk.perform { try await desk.book.meet([.repairCallResponse], of: slow.subject, $0, in: $1) }
      #expect(try await desk.clocks(quick).map(\.state) == [.met])
      let late = try #require(try await desk.clocks(slow).first)
      #expect(late.state == .breached && late.status.isLate)
      let events = try await desk.events(late)
      #expect(events.map(\.change.type) == ["clock.started", "clock.breached", "clock.met"])
      #expect(events.last?.change.data["late"] == .boolean(true))
      #expect(events.map(\.change.version) == [1, 2, 3])
    }
  }

  @Test("a window refuses what comes before it opens (T-02)")
  func window() async throws {
    try await ClockDesk.with { desk in
      let owner = desk.owner()
      try await desk.start(.firstFollowUp, on: owner)
      await #expect(throws: Refusal.self) {
        try await desk.perform { try await desk.book.meet([.firstFollowUp], of: owner.subject, $0, in: $1) }
      }
      desk.clock.advance(seconds: 3 * 86_400)
      try await desk.perform { try await desk.book.meet([.firstFollowUp], of: owner.subject, $0, in: $1) }
      #expect(try await desk.clocks(owner).map(\.state) == [.met])
    }
  }

  @Test("merging keeps both clocks: they go to the surviving document, and the merged one has none left to escalate")
  func merges() async throws {
    try await ClockDesk.with { desk in
      let survivor = desk.owner("WO-SY001-2026-000001")
      let merged = desk.owner("WO-SY001-2026-000002")
      try await desk.start(.supervisorAnswer, on: survivor)
      desk.clock.advance(seconds: 600)
      try await desk.start(.supervisorAnswer, on: merged)
      let due = try await desk.clocks(merged).map(\.status.dueAt)
      try await desk.perform {
        try await desk.book.move(merged.subject, to: survivor, reason: "重复投诉 Duplicate", $0, in: $1)
      }
      #expect(try await desk.clocks(merged).isEmpty)
      let both = try await desk.clocks(survivor)
      #expect(both.map(\.occurrence) == [1, 2])
      #expect(both.map(\.state) == [.running, .running])
      #expect(both.last?.status.dueAt == due.first)
      #expect(both.last?.subject.number == "WO-SY001-2026-000001")
      // One answer answers both.
      try await desk.perform { try await desk.book.meet([.supervisorAnswer], of: survivor.subject, $0, in: $1) }
      #expect(try await desk.clocks(survivor).map(\.state) == [.met, .met])
    }
  }

  @Test("a case that goes to another station takes its clocks along, with their whole ledgers")
  func reassigns() async throws {
    try await ClockDesk.with { desk in
      let owner = desk.owner()
      try await desk.start(.supervisorAnswer, on: owner)
      try await desk.perform {
        try await desk.book.pause([.supervisorAnswer], of: owner.subject, reason: "等待", $0, in: $1)
      }
      let there = ClockBook.Owner(owner.subject, at: desk.network.otherStation)
      // The station itself cannot send a case where it does not see.
      await #expect(throws: Refusal.self) {
        try await desk.perform { try await desk.book.move(owner.subject, to: there, reason: nil, $0, in: $1) }
      }
      let headquarters = Caller(
        subject: .client(UUID()), name: "总部", roles: [], permissions: Set(Permission.allCases), scope: .network)
      try await desk.perform(as: headquarters) {
        try await desk.book.move(owner.subject, to: there, reason: "转站", $0, in: $1)
      }
      #expect(try await desk.listed().isEmpty)
      let other = Caller(
        subject: .client(UUID()), name: "二站", roles: [], permissions: Set(Permission.allCases),
        scope: .station(desk.network.otherStation))
      let seen = try await desk.clocks(owner, other)
      #expect(seen.flatMap(\.entries).map(\.kind) == [.started, .paused, .moved])
      #expect(seen.map(\.state) == [.paused])
    }
  }

  @Test("a promise after a broken one is a clock of its own; the broken one stays broken (T-46)")
  func brokenPromise() async throws {
    try await ClockDesk.with { desk in
      let owner = desk.owner()
      func promise(_ hours: Int64) async throws {
        let promisedAt = desk.clock.now.adding(seconds: hours * 3_600)
        try await desk.perform {
          try await desk.book.promise(.promisedDelivery, at: promisedAt, on: owner, reason: "缺件", $0, in: $1)
        }
      }
      try await promise(4)
      desk.clock.advance(seconds: 2 * 3_600)
      try await promise(4)
      let moved = try await desk.clocks(owner)
      #expect(moved.flatMap(\.entries).map(\.kind) == [.started, .promised])
      #expect(moved.first?.status.dueAt == desk.clock.now.adding(seconds: 4 * 3_600))
      desk.clock.advance(seconds: 5 * 3_600)
      try await promise(3)
      #expect(try await desk.clocks(owner).map(\.state) == [.breached, .running])
      try await desk.perform { try await desk.book.meet([.promisedDelivery], of: owner.subject, $0, in: $1) }
      let ended = try await desk.clocks(owner)
      #expect(ended.map(\.state) == [.breached, .met])
      #expect(ended.map(\.status.isLate) == [true, false])
    }
  }

  @Test("an overhaul asks for a day's notice of a delay, a small repair for an hour's (T-46)")
  func notice() async throws {
    try await ClockDesk.with { desk in
      func notice(_ variant: ClockRule.Variant?) async throws -> Bool {
        let owner = desk.owner()
        let first = desk.clock.now.adding(seconds: 5 * 3_600)
        try await desk.perform {
          try await desk.book.promise(
            .promisedDelivery, at: first, variant: variant, on: owner, reason: nil, $0, in: $1)
        }
        let later = first.adding(seconds: 86_400)
        try await desk.perform {
          try await desk.book.promise(.promisedDelivery, at: later, on: owner, reason: "缺件", $0, in: $1)
        }
        guard case .promised(let promise)? = try await desk.clocks(owner).last?.entries.last?.effect else {
          throw Failure.internal(reference: "no promise")
        }
        return promise.noticeInTime
      }
      let small = try await notice(nil)
      let large = try await notice(.overhaul)
      #expect(small && !large)
    }
  }

  @Test("nothing of another station's clocks is seen or touched, by either wall alone (SEC-03)")
  func walls() async throws {
    try await ClockDesk.with { desk in
      let owner = desk.owner()
      try await desk.start(.supervisorAnswer, on: owner)
      let clock = try #require(try await desk.clocks(owner).first)
      let foreign = Scope.station(desk.network.otherStation)
      for (scope, session) in [(foreign, foreign), (foreign, .network), (.network, foreign)] as [(Scope, Scope)] {
        let caller = Caller(
          subject: .client(UUID()), name: "二站", roles: [], permissions: Set(Permission.allCases), scope: scope,
          sessionScope: session)
        #expect(try await desk.listed(caller).isEmpty)
        await #expect(throws: Refusal.notFound) { try await desk.service.get(.id(clock.id), caller) }
        await #expect(throws: Refusal.notFound) {
          try await desk.service.pause(.id(clock.id), reason: "x", caller.command(at: desk.clock.now))
        }
        let selection = ClockRepository.Selection.all(.workOrder, owner.subject.id)
        let lines = try await desk.test.database.read(caller, ClockRepository.lines(selection, in: scope))
        #expect(lines.isEmpty)
      }
    }
  }

  @Test("the ledger is only added to: the server's role can neither change nor delete a line")
  func appendOnly() async throws {
    try await ClockDesk.with { desk in
      try await desk.start(.supervisorAnswer, on: desk.owner())
      for statement in ["update clock_entries set reason = 'x'", "delete from clock_entries", "delete from clocks"] {
        #expect(throws: (any Error).self) { try desk.test.asApplication(scope: "*", statement) }
      }
      #expect(try desk.test.admin("select count(*) from clock_entries") == "1")
    }
  }

  @Test("the database refuses a state that the instants do not give: a missed deadline is never green")
  func stateFollows() async throws {
    try await ClockDesk.with { desk in
      let owner = desk.owner()
      try await desk.start(.supervisorAnswer, on: owner)
      for change in [
        "state = 'met'", "breached_at = now()", "met_at = now()", "met_at = now(), breached_at = now(), state = 'met'",
        "paused = true", "met_at = now(), cancelled_at = now(), state = 'cancelled'",
      ] {
        #expect(throws: (any Error).self, "\(change)") {
          try desk.test.asApplication(scope: "*", "update clocks set \(change)")
        }
      }
      try desk.test.asApplication(scope: "*", "update clocks set paused = true, state = 'paused'")
    }
  }
}
