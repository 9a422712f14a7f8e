import Domain
import Testing

@Suite("Warnings and escalation of clocks")
struct ClockEscalationTests {
  private func time(_ text: String) -> Timestamp { ClockSamples.time(text) }

  @Test("the warning goes out before the deadline, once")
  func warning() {
    let clock = ClockSamples.clock(at: "2026-11-21 10:00")
    #expect(clock.status.attentionAt == time("2026-11-21 10:20"))
    #expect(clock.later("2026-11-21 10:19") == clock)
    let warned = clock.later("2026-11-21 10:20")
    #expect(warned.kinds == [.started, .warned])
    #expect(warned.state == .running)
    #expect(warned.later("2026-11-21 10:29") == warned)
  }

  @Test("a deadline that moves away is warned of again")
  func warnedAgain() throws {
    let clock = try ClockSamples.clock(at: "2026-11-21 10:00").later("2026-11-21 10:20")
      .pausing("2026-11-21 10:25").resuming("2026-11-21 12:25")
    #expect(clock.dueAt == time("2026-11-21 12:30"))
    // Ten minutes before it are long past, and the old warning was for another deadline.
    #expect(clock.later("2026-11-21 12:25").kinds.filter { $0 == .warned }.count == 2)
  }

  @Test("found late, the breach comes without a warning, and with all rungs that are due")
  func foundLate() {
    let clock = ClockSamples.clock(at: "2026-11-21 10:00").later("2026-11-21 11:30")
    #expect(clock.kinds == [.started, .breached, .escalated, .escalated, .escalated])
    #expect(clock.status.escalationLevel == 3)
    #expect(clock.status.attentionAt == time("2026-11-21 12:00"))
  }

  @Test("the ladder is climbed from station to region, After-Sales and leaders, each rung at its time")
  func ladder() {
    var clock = ClockSamples.clock(at: "2026-11-21 10:00")
    var told: [String] = []
    for at in ["10:31", "10:59", "11:00", "11:30", "12:00", "23:00"] {
      let next = clock.later("2026-11-21 " + at)
      for event in next.events(since: clock) where event.type == "clock.escalated" {
        guard case .text(let role)? = event.data["notifyRole"], case .text(let reach)? = event.data["notifyReach"]
        else { continue }
        told.append("\(at) \(role) \(reach)")
      }
      clock = next
    }
    #expect(
      told == [
        "10:31 stServiceManager station", "11:00 regionManager region", "11:30 hqService network",
        "12:00 hqServiceHead network",
      ])
    #expect(clock.status.escalationLevel == 4)
    #expect(clock.status.attentionAt == nil)
    #expect(clock.state == .breached)
  }

  @Test("acknowledging stops the climbing, not the clock")
  func acknowledged() throws {
    let clock = ClockSamples.clock(at: "2026-11-21 10:00").later("2026-11-21 10:31")
    let taken = try clock.acknowledged(reason: "我来处理", by: ClockSamples.manager, at: time("2026-11-21 10:40"))
    #expect(taken.status.escalationLevel == 1)
    #expect(taken.status.acknowledgedBy?.name == "李经理")
    #expect(taken.later("2026-11-22 10:00") == taken)
    #expect(taken.status.isLive)
    #expect(taken.state == .breached)
    #expect(try taken.meeting("2026-11-21 11:00").status.isLate)
    #expect(throws: Refusal.self) {
      try taken.acknowledged(reason: nil, by: ClockSamples.manager, at: time("2026-11-21 10:41"))
    }
    #expect(throws: Refusal.self) {
      try ClockSamples.clock(at: "2026-11-21 10:00")
        .acknowledged(reason: nil, by: ClockSamples.manager, at: time("2026-11-21 10:10"))
    }
  }

  @Test("once met, late as it may be, nobody is told any more")
  func metStopsClimbing() throws {
    let late = try ClockSamples.clock(at: "2026-11-21 10:00").later("2026-11-21 10:31").meeting("2026-11-21 10:40")
    #expect(late.later("2026-12-01 10:00") == late)
  }

  // MARK: Promises

  private let delivery = DeadlineRule(PolicyDefaults.clocks[.promisedDelivery])

  private func promise(_ clock: Clock, _ promised: String, at: String) -> Clock {
    clock.promised(
      time(promised), noticeSeconds: 3_600, reason: "缺件 Parts", by: ClockSamples.manager, at: time(at))
  }

  private func notice(_ clock: Clock) -> Bool? {
    guard case .promised(let promise)? = clock.entries.last?.effect else { return nil }
    return promise.noticeInTime
  }

  @Test("a new promise moves the deadline, and says whether the customer heard of it an hour before (T-46)")
  func promises() {
    let clock = ClockSamples.clock(
      delivery, .promisedDelivery, at: "2026-11-21 10:00", promisedAt: "2026-11-21 17:00")
    let early = promise(clock, "2026-11-22 12:00", at: "2026-11-21 16:00")
    #expect(early.dueAt == time("2026-11-22 12:00"))
    #expect(notice(early) == true)
    let short = promise(clock, "2026-11-22 12:00", at: "2026-11-21 16:01")
    #expect(short.dueAt == time("2026-11-22 12:00"))
    #expect(notice(short) == false)
    // Sooner than promised is no delay.
    #expect(notice(promise(clock, "2026-11-21 16:30", at: "2026-11-21 16:20")) == true)
    #expect(promise(clock, "2026-11-21 17:00", at: "2026-11-21 16:20") == clock)
  }

  @Test("a broken promise stays broken, whatever is promised next")
  func brokenPromise() {
    let clock = ClockSamples.clock(
      delivery, .promisedDelivery, at: "2026-11-21 10:00", promisedAt: "2026-11-21 17:00")
    let broken = promise(clock, "2026-11-22 12:00", at: "2026-11-21 17:30")
    #expect(broken.state == .breached)
    #expect(broken.dueAt == time("2026-11-21 17:00"))
    #expect(broken.kinds == [.started, .breached])
  }

  @Test("the first promise starts what waited for one")
  func firstPromise() {
    let waiting = ClockSamples.clock(delivery, .promisedDelivery, at: "2026-11-21 10:00")
    let promised = promise(waiting, "2026-11-21 17:00", at: "2026-11-21 11:00")
    #expect(promised.dueAt == time("2026-11-21 17:00"))
    #expect(notice(promised) == true)
  }
}
