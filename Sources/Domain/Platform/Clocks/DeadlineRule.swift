/// How one clock runs: how long, in which time, and who hears of it. Taken from the policy when the clock starts and kept with
/// it, so that a new policy never moves an old deadline by itself (domain.md section 5).
package struct DeadlineRule: Hashable, Sendable {
  /// What the deadline is counted in. The last instant still counts as in time (`≤`, `以内`).
  package enum Span: Hashable, Sendable {
    /// Time as it passes, in seconds (30 min, 24 h); with `opens`, not before then.
    case elapsed(opens: Int64?, closes: Int64)
    /// From the day of the start: due at the end of the day so many calendar days later; with `opens`, not before the
    /// beginning of that day (day 3–7 is `opens: 3, closes: 7`).
    case calendarDays(opens: Int?, closes: Int)
    /// The same in working days of the calendar: from the opening of one to the closing of the other.
    case workingDays(opens: Int?, closes: Int)
    /// Due at an instant that somebody promised (T-37, T-46).
    case promised
  }

  /// One rung of the ladder that an unmet deadline climbs.
  package struct Step: Hashable, Sendable {
    /// How far up the one stands who is told.
    package enum Reach: String, Hashable, Sendable, CaseIterable {
      case station, region, network
    }

    /// After the deadline was missed.
    package let afterSeconds: Int64
    package let role: Role

    package init(afterSeconds: Int64, role: Role) {
      self.afterSeconds = afterSeconds
      self.role = role
    }

    /// Of the station or region of the clock, or of the whole network.
    package var reach: Reach {
      switch role.tier {
      case .station, .external, .customer, .machine: .station
      case .region: .region
      case .headquarters, .supplier, .carrier: .network
      }
    }
  }

  package let span: Span
  /// A warning goes out so long before the deadline; `nil`: none does.
  package let warnBeforeSeconds: Int64?
  /// From the lowest to the highest, by rising delay.
  package let ladder: [Step]

  package init(span: Span, warnBeforeSeconds: Int64?, ladder: [Step]) {
    self.span = span
    self.warnBeforeSeconds = warnBeforeSeconds
    self.ladder = ladder
  }
}

extension DeadlineRule {
  /// When a clock that starts now opens and falls due, before any pause.
  /// - Parameter promisedAt: the promise, for `promised`; without one there is no deadline yet.
  package func deadline(
    from start: Timestamp, promisedAt: Timestamp?, in calendar: WorkingCalendar.Content
  ) -> (opensAt: Timestamp?, dueAt: Timestamp?) {
    let day = calendar.date(of: start)
    switch span {
    case .elapsed(let opens, let closes):
      return (opens.map { start.adding(seconds: $0) }, start.adding(seconds: closes))
    case .calendarDays(let opens, let closes):
      return (
        opens.map { calendar.start(of: calendar.date($0, after: day)) },
        calendar.end(of: calendar.date(closes, after: day))
      )
    case .workingDays(let opens, let closes):
      return (
        opens.map { calendar.opening(of: calendar.workingDate($0, after: day)) },
        calendar.closing(of: due(workingDays: closes, from: start, on: day, in: calendar))
      )
    case .promised:
      return (nil, promisedAt)
    }
  }

  /// On the same working day means the next one for what comes in after its closing.
  private func due(
    workingDays: Int, from start: Timestamp, on day: CalendarDate, in calendar: WorkingCalendar.Content
  ) -> CalendarDate {
    let date = calendar.workingDate(workingDays, after: day)
    return calendar.closing(of: date) < start ? calendar.workingDate(1, after: day) : date
  }

  /// Whether only time in which work is done counts.
  package var countsWorkingDays: Bool {
    switch span {
    case .workingDays: true
    case .elapsed, .calendarDays, .promised: false
    }
  }

  /// How much of the time between two instants counts, in milliseconds.
  func counted(from: Timestamp, to: Timestamp, in calendar: WorkingCalendar.Content) -> Int64 {
    if countsWorkingDays { return calendar.workingMilliseconds(from: from, to: to) }
    return max(0, to.milliseconds - from.milliseconds)
  }

  /// The instant that lies so much counted time later.
  func advanced(_ instant: Timestamp, by milliseconds: Int64, in calendar: WorkingCalendar.Content) -> Timestamp {
    guard milliseconds > 0 else { return instant }
    if countsWorkingDays { return calendar.adding(workingMilliseconds: milliseconds, to: instant) }
    return Timestamp(milliseconds: instant.milliseconds + milliseconds)
  }
}

extension DeadlineRule {
  /// The rule as the policy writes it.
  package init(_ policy: ClockRule, _ variant: ClockRule.Variant? = nil) {
    let rule = policy.applied(variant)
    let warning = Int64(rule.warnBeforeMinutes) * 60
    self.init(
      span: Self.span(rule.opensAfter, rule.dueAfter), warnBeforeSeconds: warning > 0 ? warning : nil,
      ladder: rule.escalation.map { Step(afterSeconds: Int64($0.afterMinutes) * 60, role: $0.role) })
  }

  /// Opening and closing are in the same unit; the policy is checked for it.
  private static func span(_ opens: ClockSpan?, _ closes: ClockSpan?) -> Span {
    guard let closes else { return .promised }
    switch closes.unit {
    case .minutes: return .elapsed(opens: opens.map { Int64($0.amount) * 60 }, closes: Int64(closes.amount) * 60)
    case .hours: return .elapsed(opens: opens.map { Int64($0.amount) * 3600 }, closes: Int64(closes.amount) * 3600)
    case .calendarDays: return .calendarDays(opens: opens?.amount, closes: closes.amount)
    case .workingDays: return .workingDays(opens: opens?.amount, closes: closes.amount)
    }
  }
}
