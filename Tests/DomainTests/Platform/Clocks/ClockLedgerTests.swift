import Domain
import Testing

/// The faults that users of other products report most are each a test here.
@Suite("Ledgers of clocks")
struct ClockLedgerTests {
  private func time(_ text: String) -> Timestamp { ClockSamples.time(text) }

  private let day = DeadlineRule(span: .calendarDays(opens: nil, closes: 1), warnBeforeSeconds: nil, ladder: [])

  @Test("time on hold stops the clock: the deadline moves by exactly that time (A14)")
  func holdStops() throws {
    let clock = try ClockSamples.clock(at: "2026-11-21 10:00").pausing("2026-11-21 10:20")
    #expect(clock.state == .paused)
    #expect(clock.dueAt == nil)
    #expect(clock.ledger.remaining(at: time("2026-11-21 15:00")) == 600)
    // It does not fall due while it stands, however long.
    #expect(clock.later("2026-11-25 10:00") == clock)
    let running = try clock.resuming("2026-11-23 09:00")
    #expect(running.state == .running)
    #expect(running.dueAt == time("2026-11-23 09:10"))
    #expect(try running.meeting("2026-11-23 09:10").state == .met)
  }

  @Test("several pauses add up, and time outside them counts")
  func severalPauses() throws {
    var clock = ClockSamples.clock(at: "2026-11-21 10:00")
    clock = try clock.pausing("2026-11-21 10:05").resuming("2026-11-21 10:15")
    clock = try clock.pausing("2026-11-21 10:20").resuming("2026-11-21 10:50")
    #expect(clock.dueAt == time("2026-11-21 11:10"))
    #expect(clock.ledger.deadline.givenBack == 2_400_000)
    #expect(clock.ledger.deadline.baseDueAt == time("2026-11-21 10:30"))
  }

  @Test("a paused deadline in days gets back the paused time, not a whole day (D-03)")
  func pausedDays() throws {
    let clock = try ClockSamples.clock(day, at: "2026-11-21 10:00")
      .pausing("2026-11-22 20:00").resuming("2026-11-23 09:00")
    // Four hours were left, four hours are left.
    #expect(clock.dueAt == Timestamp(milliseconds: time("2026-11-23 13:00").milliseconds - 1))
  }

  @Test("a pause in working days gives back working time only")
  func pausedWorkingDays() throws {
    let rule = DeadlineRule(span: .workingDays(opens: nil, closes: 1), warnBeforeSeconds: nil, ladder: [])
    // Due on Monday at 17:30; the weekend was not counted anyway.
    let weekend = try ClockSamples.clock(rule, at: "2026-11-20 10:00")
      .pausing("2026-11-20 17:30").resuming("2026-11-23 08:30")
    #expect(weekend.dueAt == time("2026-11-23 17:30"))
    let afternoon = try ClockSamples.clock(rule, at: "2026-11-20 10:00")
      .pausing("2026-11-20 15:30").resuming("2026-11-23 08:30")
    #expect(afternoon.dueAt == time("2026-11-24 10:30"))
  }

  @Test("a window that is paused before it opens opens later as well")
  func pausedWindow() throws {
    let rule = DeadlineRule(span: .calendarDays(opens: 3, closes: 7), warnBeforeSeconds: nil, ladder: [])
    let early = try ClockSamples.clock(rule, at: "2026-11-21 10:00")
      .pausing("2026-11-22 10:00").resuming("2026-11-24 10:00")
    #expect(early.status.opensAt == time("2026-11-26 00:00"))
    let open = try ClockSamples.clock(rule, at: "2026-11-21 10:00")
      .pausing("2026-11-25 10:00").resuming("2026-11-26 10:00")
    #expect(open.status.opensAt == time("2026-11-24 00:00"))
  }

  @Test("what was answered escalates no more, neither by time nor by other clocks of the document")
  func answered() throws {
    let met = try ClockSamples.clock(at: "2026-11-21 10:00").meeting("2026-11-21 10:10")
    #expect(met.status.attentionAt == nil)
    #expect(met.later("2026-12-31 10:00") == met)
    // Meeting it twice changes nothing.
    #expect(try met.meeting("2026-11-21 12:00") == met)
  }

  @Test("meeting a clock in its pause is in time, and ends the pause")
  func metWhilePaused() throws {
    let met = try ClockSamples.clock(at: "2026-11-21 10:00").pausing("2026-11-21 10:10").meeting("2026-11-22 10:00")
    #expect(met.state == .met)
    #expect(met.ledger.pauses.map(\.to) == [time("2026-11-22 10:00")])
  }

  @Test("clocks of one document are independent: a shorter one does not overrule a longer one")
  func independent() throws {
    let response = ClockSamples.clock(at: "2026-11-21 10:00")
    let answer = ClockSamples.clock(day, .supervisorAnswer, at: "2026-11-21 10:00")
    let missed = response.later("2026-11-21 11:00")
    #expect(missed.state == .breached)
    #expect(answer.later("2026-11-21 11:00").state == .running)
    #expect(answer.dueAt == answer.later("2026-11-21 11:00").dueAt)
  }

  @Test("a clock met late is breached for good, never silently green")
  func late() throws {
    let clock = ClockSamples.clock(at: "2026-11-21 10:00")
    for clock in [clock, clock.later("2026-11-21 10:45")] {
      let late = try clock.meeting("2026-11-21 11:00")
      #expect(late.state == .breached)
      #expect(late.status.isLate)
      #expect(late.status.metAt == time("2026-11-21 11:00"))
      #expect(late.status.breachedAt == time("2026-11-21 10:30"))
      #expect(late.kinds.filter { $0 == .breached }.count == 1)
      #expect(late.status.attentionAt == nil)
    }
  }

  @Test("pausing after the breach is written down and does not unbreach")
  func pauseAfterBreach() throws {
    // Nobody had noticed yet: the pause does.
    let clock = try ClockSamples.clock(at: "2026-11-21 10:00").pausing("2026-11-21 10:40")
    #expect(clock.kinds == [.started, .breached, .paused])
    #expect(clock.state == .breached)
    #expect(clock.dueAt == time("2026-11-21 10:30"))
    let resumed = try clock.resuming("2026-11-21 12:00")
    #expect(resumed.state == .breached)
    #expect(resumed.dueAt == time("2026-11-21 10:30"))
    // Standing still does not keep the ladder from being climbed.
    #expect(clock.later("2026-11-21 11:05").status.escalationLevel == 2)
  }

  @Test("nobody resumes or pauses in the past")
  func past() throws {
    let paused = try ClockSamples.clock(at: "2026-11-21 10:00").pausing("2026-11-21 10:20")
    #expect(throws: Refusal.invalid("#/at", .outOfRange, "must not be before the last line of the clock")) {
      try paused.resuming("2026-11-21 10:19")
    }
    #expect(throws: Refusal.self) { try ClockSamples.clock(at: "2026-11-21 10:00").pausing("2026-11-21 09:59") }
  }

  @Test("only a paused clock is resumed, only a running one paused")
  func order() throws {
    let running = ClockSamples.clock(at: "2026-11-21 10:00")
    #expect(throws: Refusal.self) { try running.resuming("2026-11-21 10:10") }
    let paused = try running.pausing("2026-11-21 10:10")
    #expect(throws: Refusal.self) { try paused.pausing("2026-11-21 10:11") }
    let breached = running.later("2026-11-21 10:31")
    #expect(
      throws: Refusal.guardFailed(action: "resume", guardCode: "clock-not-paused", detail: "The clock is not paused.")
    ) {
      try breached.resuming("2026-11-21 10:40")
    }
    let twice = try breached.pausing("2026-11-21 10:40")
    #expect(throws: Refusal.self) { try twice.pausing("2026-11-21 10:41") }
    let met = try running.meeting("2026-11-21 10:10")
    #expect(throws: Refusal.self) { try met.pausing("2026-11-21 10:11") }
  }

  // MARK: Corrections

  @Test("a wrong pause is voided by a further line; nothing is erased, and the missed deadline shows")
  func voided() throws {
    let clock = try ClockSamples.clock(at: "2026-11-21 10:00").pausing("2026-11-21 10:10").resuming("2026-11-21 12:00")
    #expect(clock.state == .running)
    let corrected = try clock.correcting(.void(entry: 2), "2026-11-21 12:05")
    #expect(corrected.kinds == [.started, .paused, .resumed, .corrected, .breached])
    #expect(corrected.entries.prefix(3) == clock.entries[...])
    #expect(corrected.dueAt == time("2026-11-21 10:30"))
    #expect(corrected.state == .breached)
  }

  @Test("a forgotten pause is added, and a deadline that was kept after all is no breach any more, visibly")
  func added() throws {
    let clock = ClockSamples.clock(at: "2026-11-21 10:00").later("2026-11-21 10:45")
    #expect(clock.state == .breached)
    #expect(clock.status.escalationLevel == 1)
    let corrected = try clock.correcting(
      .add(from: time("2026-11-21 10:10"), to: time("2026-11-21 10:40")), "2026-11-21 10:50")
    #expect(corrected.state == .running)
    #expect(corrected.dueAt == time("2026-11-21 11:00"))
    #expect(corrected.status.escalationLevel == 0)
    #expect(corrected.kinds.suffix(2) == [.corrected, .breachWithdrawn])
    // The next breach is found again, and its ladder begins anew.
    let again = corrected.later("2026-11-21 11:01")
    #expect(again.state == .breached)
    #expect(again.status.breachedAt == time("2026-11-21 11:00"))
    #expect(again.status.escalationLevel == 1)
  }

  @Test("a correction that does not reach leaves the breach as it is")
  func insufficient() throws {
    let clock = ClockSamples.clock(at: "2026-11-21 10:00").later("2026-11-21 12:00")
    let corrected = try clock.correcting(
      .add(from: time("2026-11-21 10:10"), to: time("2026-11-21 10:20")), "2026-11-21 12:00")
    #expect(corrected.state == .breached)
    #expect(corrected.dueAt == time("2026-11-21 10:40"))
    #expect(corrected.kinds.last == .corrected)
  }

  @Test("the bounds of a pause are replaced, again if need be, and the last word counts")
  func replaced() throws {
    let clock = try ClockSamples.clock(at: "2026-11-21 10:00").pausing("2026-11-21 10:10").resuming("2026-11-21 10:50")
    #expect(clock.dueAt == time("2026-11-21 11:10"))
    let first = try clock.correcting(
      .replace(entry: 2, from: time("2026-11-21 10:05"), to: time("2026-11-21 10:50")), "2026-11-21 10:55")
    #expect(first.dueAt == time("2026-11-21 11:15"))
    let second = try first.correcting(
      .replace(entry: 2, from: time("2026-11-21 10:20"), to: time("2026-11-21 10:50")), "2026-11-21 10:56")
    #expect(second.dueAt == time("2026-11-21 11:00"))
    #expect(second.ledger.pauses.map(\.correctedBy) == [5])
  }

  @Test("an addition is set right like any other pause")
  func correctedAddition() throws {
    let clock = try ClockSamples.clock(at: "2026-11-21 10:00")
      .correcting(.add(from: time("2026-11-21 10:05"), to: time("2026-11-21 10:10")), "2026-11-21 10:11")
    #expect(clock.dueAt == time("2026-11-21 10:35"))
    #expect(try clock.correcting(.void(entry: 2), "2026-11-21 10:12").dueAt == time("2026-11-21 10:30"))
  }

  @Test("the pause that lasts is voided: the clock runs again as if it had never stood")
  func voidedOpen() throws {
    let paused = try ClockSamples.clock(at: "2026-11-21 10:00").pausing("2026-11-21 10:10")
    let corrected = try paused.correcting(.void(entry: 2), "2026-11-21 10:20")
    #expect(corrected.state == .running)
    #expect(corrected.dueAt == time("2026-11-21 10:30"))
  }

  @Test("overlapping pauses are given back once")
  func overlapping() throws {
    let clock = try ClockSamples.clock(at: "2026-11-21 10:00")
      .pausing("2026-11-21 10:10").resuming("2026-11-21 10:20")
      .correcting(.add(from: time("2026-11-21 10:05"), to: time("2026-11-21 10:15")), "2026-11-21 10:21")
    #expect(clock.dueAt == time("2026-11-21 10:45"))
  }

  @Test("after a clock was met in time thanks to a wrong pause, the correction shows it late")
  func correctedAfterMeeting() throws {
    let met = try ClockSamples.clock(at: "2026-11-21 10:00").pausing("2026-11-21 10:10").resuming("2026-11-21 12:00")
      .meeting("2026-11-21 12:10")
    #expect(met.state == .met)
    let corrected = try met.correcting(.void(entry: 2), "2026-11-21 13:00")
    #expect(corrected.state == .breached)
    #expect(corrected.status.isLate)
  }

  @Test(
    "a correction stays inside the life of the clock",
    arguments: [
      (ClockEntry.Correction.void(entry: 1), "#/entry"), (.void(entry: 9), "#/entry"),
      (.add(from: ClockSamples.time("2026-11-21 09:00"), to: ClockSamples.time("2026-11-21 10:05")), "#/from"),
      (.add(from: ClockSamples.time("2026-11-21 10:05"), to: ClockSamples.time("2026-11-21 11:00")), "#/to"),
      (.add(from: ClockSamples.time("2026-11-21 10:05"), to: ClockSamples.time("2026-11-21 10:05")), "#/to"),
      (.replace(entry: 2, from: ClockSamples.time("2026-11-21 10:05"), to: nil), "#/to"),
    ])
  func bounds(correction: ClockEntry.Correction, pointer: String) throws {
    let clock = try ClockSamples.clock(at: "2026-11-21 10:00").pausing("2026-11-21 10:10").resuming("2026-11-21 10:20")
    let refusal = #expect(throws: Refusal.self) { try clock.correcting(correction, "2026-11-21 10:30") }
    guard case .invalid(let violations)? = refusal else {
      Issue.record("\(String(describing: refusal))")
      return
    }
    #expect(violations.map(\.pointer) == [pointer])
  }

  // MARK: Other rules

  @Test("when the rule changes, the pauses of before still count (from the start, by the new rule)")
  func recomputed() throws {
    let clock = try ClockSamples.clock(day, at: "2026-11-21 10:00").pausing("2026-11-21 10:10").resuming(
      "2026-11-21 12:10")
    let quick = try clock.recomputed(
      ClockSamples.terms(ClockSamples.halfAnHour, policy: "clocks@4"), in: .standard, reason: "加急 Urgent",
      by: ClockSamples.manager, at: time("2026-11-21 12:15"))
    #expect(quick.dueAt == time("2026-11-21 12:30"))
    #expect(quick.status.policyVersion == "clocks@4")
    #expect(quick.state == .running)
    // Nothing of the old rule is left behind.
    #expect(quick.later("2026-11-21 12:31").state == .breached)
  }

  @Test("a rule never changes by itself: a clock keeps the one that it was started with (domain.md 5)")
  func keepsRule() {
    let clock = ClockSamples.clock(at: "2026-11-21 10:00")
    #expect(clock.ledger.terms?.rule == ClockSamples.halfAnHour)
    #expect(clock.status.policyVersion == "clocks@0")
  }

  @Test("a clock that goes to another station keeps its time and nothing of the old desk")
  func reassigned() throws {
    let clock = try ClockSamples.clock(at: "2026-11-21 10:00").pausing("2026-11-21 10:10").resuming("2026-11-21 10:20")
    let station = Station.ID.new(at: time("2026-11-21 10:00"))
    let moved = clock.moved(
      to: clock.subject, at: station, occurrence: 1, reason: "转站 Moved", by: ClockSamples.manager,
      at: time("2026-11-21 10:25"))
    #expect(moved.stationID == station)
    #expect(moved.dueAt == clock.dueAt)
    #expect(moved.entries.dropLast() == clock.entries[...])
    #expect(moved.events(since: clock).map(\.station) == [station])
  }

  @Test("a cancelled clock is over, and a deadline missed before stays recorded")
  func cancelled() throws {
    let clock = ClockSamples.clock(at: "2026-11-21 10:00")
    let cancelled = clock.cancelled(reason: "撤单", by: ClockSamples.manager, at: time("2026-11-21 10:10"))
    #expect(cancelled.state == .cancelled)
    #expect(cancelled.status.attentionAt == nil)
    #expect(cancelled.status.breachedAt == nil)
    let late = clock.cancelled(reason: "撤单", by: ClockSamples.manager, at: time("2026-11-21 11:10"))
    #expect(late.state == .cancelled)
    #expect(late.status.breachedAt == time("2026-11-21 10:30"))
  }

  @Test("the stored result is what the ledger gives, after every line")
  func consistent() throws {
    var clock = ClockSamples.clock(at: "2026-11-21 10:00")
    let steps: [(Clock) throws -> Clock] = [
      { try $0.pausing("2026-11-21 10:05") }, { try $0.resuming("2026-11-21 10:15") },
      { $0.later("2026-11-21 10:35") }, { $0.later("2026-11-21 12:00") },
      { try $0.correcting(.add(from: time("2026-11-21 10:16"), to: time("2026-11-21 11:59")), "2026-11-21 12:00") },
      { try $0.meeting("2026-11-21 12:05") }, { try $0.correcting(.void(entry: 2), "2026-11-21 12:10") },
    ]
    for step in steps {
      let before = clock
      clock = try step(before)
      #expect(clock.status == ClockLedger(clock.entries, in: .standard).status)
      #expect(clock.version == clock.entries.count)
      #expect(clock.entries.map(\.number) == Array(1...clock.entries.count))
      #expect(clock.entries.prefix(before.entries.count) == before.entries[...])
      #expect(clock.events(since: before).count == clock.entries.count - before.entries.count)
    }
  }
}
