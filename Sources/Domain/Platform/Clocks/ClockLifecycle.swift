/// What people may do with a clock, and when. Time and the document do the rest.
package enum ClockLifecycle {
  package static let table = Lifecycle<Clock>([
    Transition(
      .pause, from: [.running], to: .paused, .clocksPause, effects: ["clock.paused"], basis: "domain.md 4, A14"),
    // Written down, but a missed deadline stays missed.
    Transition(
      .pause, from: [.breached], to: nil, .clocksPause, guards: [isLive, isNotPaused], effects: ["clock.paused"],
      basis: "domain.md 4, A14"),
    Transition(
      .resume, from: [.paused], to: .running, .clocksResume, effects: ["clock.resumed"], basis: "domain.md 4, A14"),
    Transition(
      .resume, from: [.breached], to: nil, .clocksResume, guards: [isLive, isPaused], effects: ["clock.resumed"],
      basis: "domain.md 4, A14"),
    Transition(
      .correct, from: [.running, .paused, .met, .breached], to: nil, .clocksCorrect, effects: ["clock.corrected"],
      basis: "domain.md 4, A14"),
    Transition(
      .recompute, from: [.running, .paused, .breached], to: nil, .clocksRecompute, guards: [isLive],
      effects: ["clock.recomputed"], basis: "domain.md 5"),
    Transition(
      .acknowledge, from: [.breached], to: nil, .clocksAcknowledge, guards: [isLive, isNotAcknowledged],
      effects: ["clock.acknowledged"], basis: "domain.md 4"),
  ])

  private static let isLive = Guard<Clock>(
    "clock-ended", "What the clock watched has happened, late."
  ) { clock, _ in clock.status.isLive }

  private static let isPaused = Guard<Clock>("clock-not-paused", "The clock is not paused.") { clock, _ in
    clock.status.isPaused
  }

  private static let isNotPaused = Guard<Clock>("clock-paused", "The clock is paused already.") { clock, _ in
    !clock.status.isPaused
  }

  private static let isNotAcknowledged = Guard<Clock>(
    "clock-acknowledged", "Somebody has taken it in hand already."
  ) { clock, _ in clock.status.acknowledgedAt == nil }
}
