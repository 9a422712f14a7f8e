import Domain
import Testing

@Suite("Explanations of clocks")
struct ClockExplanationTests {
  private func time(_ text: String) -> Timestamp { ClockSamples.time(text) }

  @Test("the explanation says which time counted, what was given back and which holiday was skipped (A14)")
  func explains() throws {
    let rule = DeadlineRule(span: .workingDays(opens: nil, closes: 2), warnBeforeSeconds: nil, ladder: [])
    let clock = try ClockSamples.clock(rule, at: "2026-09-30 10:00")
      .pausing("2026-09-30 14:00", "等配件").resuming("2026-09-30 16:00")
    let explanation = try #require(clock.explanation(at: time("2026-10-08 09:30")))
    #expect(explanation.baseDueAt == time("2026-10-09 17:30"))
    #expect(explanation.dueAt == time("2026-10-10 10:30"))
    #expect(explanation.givenBackSeconds == 7_200)
    #expect(explanation.policyVersion == "clocks@0")
    #expect(explanation.intervals.map(\.kind) == [.running, .paused, .running])
    #expect(explanation.intervals.map(\.countedSeconds) == [14_400, 7_200, 9_000])
    #expect(explanation.intervals[1].reason == "等配件")
    #expect(explanation.intervals[1].by == "李经理")
    #expect(explanation.days.map(\.date.description) == (1...7).map { "2026-10-0\($0)" } + ["2026-10-10"])
    #expect(explanation.days.first?.name == "国庆节")
    #expect(explanation.days.last?.kind == .workingDay)
    #expect(
      explanation.sentences == [
        "Started at 2026-09-30T02:00:00.000Z by clocks@0: the end of working day 2 after it.",
        "Due at 2026-10-09T09:30:00.000Z before pauses.",
        "Paused from 2026-09-30T06:00:00.000Z to 2026-09-30T08:00:00.000Z (等配件): 2 h of counted time.",
        "Given back for pauses: 2 h.",
        "Not counted: " + (1...7).map { "2026-10-0\($0) 国庆节" }.joined(separator: ", ") + ".",
        "Counted against their weekday: 2026-10-10 国庆节调休.",
        "Due at 2026-10-10T02:30:00.000Z.",
      ])
  }

  @Test("what is left is counted in the rule's own time, below zero after the deadline")
  func remaining() throws {
    let clock = ClockSamples.clock(at: "2026-11-21 10:00")
    #expect(clock.explanation(at: time("2026-11-21 10:10"))?.remainingSeconds == 1_200)
    #expect(clock.explanation(at: time("2026-11-21 10:40"))?.remainingSeconds == -600)
    #expect(try clock.meeting("2026-11-21 10:10").explanation(at: time("2026-11-21 10:40"))?.remainingSeconds == nil)
    let rule = DeadlineRule(span: .workingDays(opens: nil, closes: 1), warnBeforeSeconds: nil, ladder: [])
    let working = ClockSamples.clock(rule, at: "2026-11-20 10:00")
    // Saturday: only Monday's nine hours are left.
    #expect(working.explanation(at: time("2026-11-21 12:00"))?.remainingSeconds == 32_400)
  }

  @Test("a breach, a late end and a clock that stands are said in words")
  func words() throws {
    let late = try ClockSamples.clock(at: "2026-11-21 10:00").meeting("2026-11-21 11:00")
    #expect(
      late.explanation(at: time("2026-11-21 12:00"))?.sentences.suffix(2) == [
        "Missed: 2026-11-21T02:30:00.000Z passed unmet.", "Met at 2026-11-21T03:00:00.000Z, too late.",
      ])
    let standing = try ClockSamples.clock(at: "2026-11-21 10:00").pausing("2026-11-21 10:10")
    #expect(
      standing.explanation(at: time("2026-11-21 12:00"))?.sentences.last
        == "The clock stands: the deadline moves until it is resumed.")
  }

  @Test(
    "rules in words",
    arguments: [
      (DeadlineRule.Span.elapsed(opens: nil, closes: 1_800), "30 min"),
      (.elapsed(opens: nil, closes: 90_061), "1 d 1 h 1 min 1 s"),
      (.elapsed(opens: 3_600, closes: 7_200), "from 1 h to 2 h"),
      (.calendarDays(opens: 3, closes: 7), "from calendar day 3 to the end of calendar day 7 after it"),
      (.calendarDays(opens: nil, closes: 0), "the end of the same calendar day"),
      (.workingDays(opens: nil, closes: 2), "the end of working day 2 after it"), (.promised, "as promised"),
    ])
  func rules(span: DeadlineRule.Span, words: String) {
    #expect(DeadlineRule(span: span, warnBeforeSeconds: nil, ladder: []).words == words)
  }
}
