import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

@Suite("Clocks in the hands of people", .timeLimit(.minutes(20)))
struct ClockServiceTests {
  private func running(_ desk: ClockDesk, _ kind: ClockKind = .repairCallResponse) async throws -> Clock {
    let owner = desk.owner()
    try await desk.start(kind, on: owner)
    return try #require(try await desk.clocks(owner).first)
  }

  @Test("pause, resume and correction are lines with their person and reason, and events with what they changed")
  func lines() async throws {
    try await ClockDesk.with { desk in
      let clock = try await running(desk)
      let id = Reference<Clock>.id(clock.id)
      desk.clock.advance(seconds: 600)
      _ = try await desk.act { try await desk.service.pause(id, reason: "等客户", $0) }
      desk.clock.advance(seconds: 3_600)
      let resumed = try await desk.act { try await desk.service.resume(id, reason: "已答复", $0) }
      #expect(resumed.status.dueAt == clock.status.dueAt?.adding(seconds: 3_600))
      desk.clock.advance(seconds: 60)
      let corrected = try await desk.act {
        try await desk.service.correct(id, .void(entry: 2), reason: "误操作", $0)
      }
      #expect(corrected.state == .breached)
      let stored = try await desk.service.whole(id, desk.desk)
      #expect(stored == corrected)
      #expect(stored.entries.map(\.kind) == [.started, .paused, .resumed, .corrected, .breached])
      #expect(stored.entries[1].by.name == desk.desk.name && stored.entries[1].reason == "等客户")
      let events = try await desk.events(clock)
      #expect(
        events.map(\.change.type) == [
          "clock.started", "clock.paused", "clock.resumed", "clock.corrected", "clock.breached",
        ])
      #expect(
        events[1].change.changes.contains(FieldChange("state", .text("running"), .text("paused"))))
      #expect(try desk.test.admin("select corrects from clock_entries where kind = 'corrected'") == "2")
    }
  }

  @Test("of two who pause at the same moment one does, the other is told that it stands (parallel clients)")
  func parallel() async throws {
    try await ClockDesk.with { desk in
      let clock = try await running(desk)
      let outcomes = await Outcomes.of(8) { _ in
        _ = try await desk.service.pause(.id(clock.id), reason: "等待", desk.desk.command(at: desk.clock.now))
      }
      #expect(outcomes.succeeded == 1 && outcomes.others == [], "\(outcomes.others)")
      #expect(try await desk.service.whole(.id(clock.id), desk.desk).entries.count == 2)
    }
  }

  @Test("a stale version is refused, an action without its permission too")
  func guarded() async throws {
    try await ClockDesk.with { desk in
      let clock = try await running(desk)
      _ = try await desk.act { try await desk.service.pause(.id(clock.id), reason: "等待", $0) }
      await #expect(throws: Refusal.versionMismatch(current: 2)) {
        try await desk.service.resume(
          .id(clock.id), reason: "x", desk.desk.command(at: desk.clock.now, expecting: .versions([1])))
      }
      let reader = desk.network.caller(.stAdviser)
      await #expect(throws: Refusal.forbidden(.clocksPause)) {
        try await desk.service.pause(.id(clock.id), reason: "x", reader.command(at: desk.clock.now))
      }
    }
  }

  @Test("warning, breach and rungs are found in time, once each, and acknowledging stops the climbing")
  func escalates() async throws {
    try await ClockDesk.with { desk in
      let clock = try await running(desk)
      func sweep(after seconds: Int64) async throws -> [String] {
        let before = try await desk.events(clock).count
        desk.clock.advance(seconds: seconds)
        try await desk.sweep()
        try await desk.sweep()
        return try await desk.events(clock).dropFirst(before).map(\.change.type)
      }
      #expect(try await sweep(after: 1_199) == [])
      #expect(try await sweep(after: 1) == ["clock.warned"])
      #expect(try await sweep(after: 600) == [])
      // The first rung stands at the deadline itself.
      #expect(try await sweep(after: 1) == ["clock.breached", "clock.escalated"])
      #expect(try await sweep(after: 1_799) == ["clock.escalated"])
      let region = try await desk.events(clock).last?.change.data
      #expect(region?["notifyRole"] == .text("regionManager"))
      #expect(region?["notifyReach"] == .text("region"))
      #expect(region?["regionId"] == .text(desk.network.region.description))
      let taken = try await desk.act { try await desk.service.acknowledge(.id(clock.id), reason: "我来", $0) }
      #expect(taken.status.escalationLevel == 2 && taken.status.isLive)
      #expect(try await sweep(after: 86_400) == [])
      #expect(try await desk.service.get(.id(clock.id), desk.desk).status.attentionAt == nil)
    }
  }

  @Test("a kind that the policy has switched off starts no clock; what runs runs on, and is not counted anew")
  func inactive() async throws {
    try await ClockDesk.with { desk in
      let clock = try await running(desk)
      try await desk.policy(.repairCallResponse) { $0.isActive = false }
      let owner = desk.owner()
      try await desk.start(.repairCallResponse, on: owner)
      #expect(try await desk.clocks(owner).isEmpty)
      try await desk.perform { try await desk.book.meet([.repairCallResponse], of: owner.subject, $0, in: $1) }
      await #expect(
        throws: Refusal.conflict(
          code: "clock-kind-inactive", detail: "The policy in force starts no clocks of this kind.",
          .kind(ClockKind.repairCallResponse))
      ) { try await desk.act { try await desk.service.recompute(.id(clock.id), reason: "x", $0) } }
      #expect(try await desk.service.whole(.id(clock.id), desk.desk) == clock)
    }
  }

  @Test("a region's own policy holds for its stations, the network's for headquarters")
  func regional() async throws {
    try await ClockDesk.with { desk in
      try await desk.policy(.repairCallResponse, for: .region(desk.network.region)) {
        $0.dueAfter = ClockSpan(20, .minutes)
      }
      #expect(try await running(desk).status.dueAt == desk.clock.now.adding(seconds: 1_200))
      let headquarters = Caller(
        subject: .client(UUID()), name: "总部", roles: [], permissions: Set(Permission.allCases), scope: .network)
      let owner = ClockBook.Owner(desk.owner().subject, at: nil)
      try await desk.perform(as: headquarters) {
        try await desk.book.start([.init(.repairCallResponse)], on: owner, $0, in: $1)
      }
      let clock = try #require(try await desk.clocks(owner, headquarters).first)
      #expect(clock.status.policyVersion == "clocks@0")
      #expect(clock.status.dueAt == desk.clock.now.adding(seconds: 1_800))
      // A station does not see what is headquarters'.
      #expect(try await desk.listed().allSatisfy { $0.stationID != nil })
    }
  }

  @Test("a clock that is paused is not found by the sweep, however long it stands")
  func pausedSleeps() async throws {
    try await ClockDesk.with { desk in
      let clock = try await running(desk)
      _ = try await desk.act { try await desk.service.pause(.id(clock.id), reason: "等待", $0) }
      desk.clock.advance(seconds: 30 * 86_400)
      try await desk.sweep()
      #expect(try await desk.service.get(.id(clock.id), desk.desk).state == .paused)
    }
  }

  @Test("a new policy moves no running clock; counting anew does, with a line that says so (domain.md 5)")
  func policies() async throws {
    try await ClockDesk.with { desk in
      let clock = try await running(desk)
      try await desk.policy(.repairCallResponse) { $0.dueAfter = ClockSpan(45, .minutes) }
      desk.clock.advance(seconds: 60)
      try await desk.sweep()
      let kept = try await desk.service.whole(.id(clock.id), desk.desk)
      #expect(kept.status == clock.status)
      let recomputed = try await desk.act {
        try await desk.service.recompute(.id(clock.id), reason: "政策更新", $0)
      }
      #expect(recomputed.status.policyVersion == "clocks@1")
      #expect(recomputed.status.dueAt == clock.status.startedAt.adding(seconds: 2_700))
      // What starts from now on runs by it at once.
      #expect(try await running(desk).status.policyVersion == "clocks@1")
    }
  }
}
