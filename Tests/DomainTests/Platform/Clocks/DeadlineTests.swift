import Domain
import Testing

@Suite("Deadlines of clocks")
struct DeadlineTests {
  private func time(_ text: String) -> Timestamp { ClockSamples.time(text) }

  private func rule(_ kind: ClockKind, _ variant: ClockRule.Variant? = nil) -> DeadlineRule {
    DeadlineRule(PolicyDefaults.clocks[kind], variant)
  }

  private func end(of day: String) -> Timestamp {
    Timestamp(milliseconds: time(day + " 23:59").milliseconds + 59_999)
  }

  @Test(
    "response, hand-over and answer have thirty minutes each (T-09, T-12, T-13)",
    arguments: [ClockKind.repairCallResponse, .forwardToSupervisor, .supervisorAnswer])
  func halfHours(kind: ClockKind) throws {
    let clock = ClockSamples.clock(rule(kind), kind, at: "2026-11-21 10:00")
    #expect(clock.dueAt == time("2026-11-21 10:30"))
    // The last instant is in time, the next one is not (0.3-8).
    #expect(try clock.meeting("2026-11-21 10:30").state == .met)
    let late = try clock.met(
      by: ClockSamples.manager, at: Timestamp(milliseconds: time("2026-11-21 10:30").milliseconds + 1))
    #expect(late.state == .breached)
    #expect(late.status.isLate)
  }

  @Test(
    "the hotline is there for 24 hours: a call in the night of a holiday has the same half hours as any other (CALL-10)",
    arguments: [ClockKind.repairCallResponse, .forwardToSupervisor, .supervisorAnswer])
  func atNight(kind: ClockKind) {
    #expect(ClockSamples.clock(rule(kind), kind, at: "2026-10-01 03:00").dueAt == time("2026-10-01 03:30"))
    #expect(ClockSamples.clock(rule(kind), kind, at: "2026-11-21 23:45").dueAt == time("2026-11-22 00:15"))
  }

  @Test("on site within 24 hours, a small repair in the city within 12 (T-10, T-14)")
  func onSite() {
    #expect(
      ClockSamples.clock(rule(.onSiteArrival), .onSiteArrival, at: "2026-11-21 10:00").dueAt
        == time("2026-11-22 10:00"))
    #expect(
      ClockSamples.clock(rule(.onSiteArrival, .cityMinorRepair), .onSiteArrival, at: "2026-11-21 10:00").dueAt
        == time("2026-11-21 22:00"))
  }

  @Test("the fault is to be cleared within 24 hours (T-11)")
  func faultCleared() {
    #expect(
      ClockSamples.clock(rule(.faultCleared), .faultCleared, at: "2026-11-21 10:00").dueAt == time("2026-11-22 10:00"))
  }

  @Test(
    "deadlines in days end with the calendar day in China (D-03)",
    arguments: [
      (ClockKind.customerFile, "2026-11-23"), (.followUpEscalation, "2026-11-23"), (.solutionToCustomer, "2026-11-21"),
      (.majorTeamOnSite, "2026-11-21"), (.generalQualityUpload, "2026-11-22"), (.claimDecision, "2026-12-21"),
    ])
  func calendarDays(kind: ClockKind, due: String) {
    // Five past midnight there is the day before in Greenwich.
    for start in ["2026-11-21 00:05", "2026-11-21 23:55"] {
      let clock = ClockSamples.clock(rule(kind), kind, at: start)
      #expect(clock.dueAt == end(of: due), "\(start)")
    }
  }

  @Test("the first follow-up has a window from day 3 to day 7 (T-02)")
  func firstFollowUp() throws {
    let clock = ClockSamples.clock(rule(.firstFollowUp), .firstFollowUp, at: "2026-11-21 15:00")
    #expect(clock.status.opensAt == time("2026-11-24 00:00"))
    #expect(clock.dueAt == end(of: "2026-11-28"))
    #expect(
      throws: Refusal.conflict(
        code: "clock-window-not-open", detail: "The window of this deadline opens at 2026-11-23T16:00:00.000Z.",
        .opensAt(time("2026-11-24 00:00")))
    ) {
      try clock.meeting("2026-11-23 23:59")
    }
    #expect(try clock.meeting("2026-11-24 00:00").state == .met)
    #expect(try clock.meeting("2026-11-28 23:59").state == .met)
    #expect(try clock.meeting("2026-11-29 00:00").state == .breached)
  }

  @Test("the second follow-up opens a week after the first and closes a week later (T-03, D-12)")
  func secondFollowUp() {
    let clock = ClockSamples.clock(rule(.secondFollowUp), .secondFollowUp, at: "2026-11-21 15:00")
    #expect(clock.status.opensAt == time("2026-11-28 00:00"))
    #expect(clock.dueAt == end(of: "2026-12-05"))
  }

  @Test("immediately is 60 minutes by the policy (T-15, T-16, T-18, T-19)")
  func immediately() {
    for kind in [ClockKind.level1SupportAssigned, .majorReport] {
      #expect(ClockSamples.clock(rule(kind), kind, at: "2026-11-21 10:00").dueAt == time("2026-11-21 11:00"))
    }
  }

  @Test("a promise is due as promised, and without one nothing is due (T-37, T-46)")
  func promised() {
    let waiting = ClockSamples.clock(rule(.promisedDelivery), .promisedDelivery, at: "2026-11-21 10:00")
    #expect(waiting.dueAt == nil)
    #expect(waiting.state == .running)
    #expect(waiting.status.attentionAt == nil)
    let promised = ClockSamples.clock(
      rule(.promisedDelivery), .promisedDelivery, at: "2026-11-21 10:00", promisedAt: "2026-11-21 17:00")
    #expect(promised.dueAt == time("2026-11-21 17:00"))
  }

  @Test("working days skip the holiday and count the Saturday worked for it")
  func workingDays() {
    func due(_ days: Int, _ start: String) -> Timestamp? {
      ClockSamples.clock(
        DeadlineRule(span: .workingDays(opens: nil, closes: days), warnBeforeSeconds: nil, ladder: []), at: start
      ).dueAt
    }
    #expect(due(2, "2026-09-30 10:00") == time("2026-10-09 17:30"))
    #expect(due(3, "2026-09-30 10:00") == time("2026-10-10 17:30"))
    #expect(due(0, "2026-11-20 10:00") == time("2026-11-20 17:30"))
    // What comes in after closing is due on the next working day.
    #expect(due(0, "2026-11-20 18:00") == time("2026-11-23 17:30"))
    let window = ClockSamples.clock(
      DeadlineRule(span: .workingDays(opens: 1, closes: 3), warnBeforeSeconds: nil, ladder: []), at: "2026-09-30 10:00")
    #expect(window.status.opensAt == time("2026-10-08 08:30"))
  }

  @Test("every rule of the policy becomes a rule of a clock, with its warning and its ladder")
  func policy() {
    for kind in ClockKind.allCases {
      let policy = PolicyDefaults.clocks[kind]
      let rule = DeadlineRule(policy)
      #expect(rule.ladder.map(\.role) == policy.escalation.map(\.role), "\(kind)")
      #expect(rule.warnBeforeSeconds.map { $0 / 60 } ?? 0 == Int64(policy.warnBeforeMinutes), "\(kind)")
      #expect((rule.span == .promised) == (policy.dueAfter == nil), "\(kind)")
    }
    // T-46: a day for an overhaul, an hour for a small repair.
    #expect(rule(.promisedDelivery).warnBeforeSeconds == 3_600)
    #expect(rule(.promisedDelivery, .overhaul).warnBeforeSeconds == 86_400)
  }
}
