/// Why a clock falls due when it does, in numbers and in words: which time counted, which pause was given back, which day
/// was skipped (domain.md section 4).
package struct ClockExplanation: Hashable, Sendable {
  package struct Interval: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
      case running, paused
    }

    package let kind: Kind
    package let from: Timestamp
    /// `nil`: it lasts.
    package let to: Timestamp?
    /// Seconds of the rule's own time in it; until now if it lasts.
    package let countedSeconds: Int64
    package let reason: String?
    package let by: String?
    /// The line of the ledger that a pause comes from, and the one that set it right.
    package let entry: Int?
    package let correctedBy: Int?
  }

  /// A date that the counting of working days passed over, or took in against its weekday.
  package struct Day: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
      case holiday, restDay, workingDay
    }

    package let date: CalendarDate
    package let kind: Kind
    package let name: String?
  }

  package let rule: DeadlineRule
  package let policyVersion: String
  package let calendar: ClockEntry.CalendarVersion
  package let calendarName: String
  package let startedAt: Timestamp
  /// Before anything was given back.
  package let baseDueAt: Timestamp?
  package let opensAt: Timestamp?
  package let dueAt: Timestamp?
  package let givenBackSeconds: Int64
  /// In the rule's own time; below zero when overdue; `nil` when the clock has ended or nothing is promised.
  package let remainingSeconds: Int64?
  package let intervals: [Interval]
  package let days: [Day]
  package let sentences: [String]
}

extension Clock {
  /// Of the ledger as it stands at an instant.
  /// - Returns: `nil` for a clock that was read without its ledger.
  package func explanation(at now: Timestamp) -> ClockExplanation? {
    let ledger = ledger
    guard let terms = ledger.terms else { return nil }
    let deadline = ledger.deadline
    let end = status.metAt ?? status.cancelledAt
    let intervals = ledger.intervals(until: end, now: now)
    let days = ledger.days(until: deadline.dueAt ?? now)
    return ClockExplanation(
      rule: terms.rule, policyVersion: terms.policyVersion, calendar: terms.calendar, calendarName: calendar.name,
      startedAt: status.startedAt, baseDueAt: deadline.baseDueAt, opensAt: deadline.opensAt, dueAt: deadline.dueAt,
      givenBackSeconds: deadline.givenBack / 1000, remainingSeconds: ledger.remaining(at: now), intervals: intervals,
      days: days, sentences: sentences(terms, deadline, intervals, days))
  }

  private func sentences(
    _ terms: ClockEntry.Terms, _ deadline: ClockLedger.Deadline, _ intervals: [ClockExplanation.Interval],
    _ days: [ClockExplanation.Day]
  ) -> [String] {
    var sentences = ["Started at \(status.startedAt) by \(terms.policyVersion): \(terms.rule.words)."]
    if let base = deadline.baseDueAt {
      sentences.append("Due at \(base) before pauses.")
    } else {
      sentences.append("Nothing is promised yet, so nothing is due.")
    }
    for pause in intervals where pause.kind == .paused {
      let span = pause.to.map { "from \(pause.from) to \($0)" } ?? "since \(pause.from)"
      let reason = pause.reason.map { " (\($0))" } ?? ""
      sentences.append("Paused \(span)\(reason): \(DeadlineRule.words(seconds: pause.countedSeconds)) of counted time.")
    }
    if deadline.givenBack > 0 {
      sentences.append("Given back for pauses: \(DeadlineRule.words(seconds: deadline.givenBack / 1000)).")
    }
    let skipped = days.filter { $0.kind != .workingDay }
    if !skipped.isEmpty {
      sentences.append("Not counted: " + skipped.map(\.words).joined(separator: ", ") + ".")
    }
    let worked = days.filter { $0.kind == .workingDay }
    if !worked.isEmpty {
      sentences.append("Counted against their weekday: " + worked.map(\.words).joined(separator: ", ") + ".")
    }
    if let dueAt = deadline.dueAt {
      sentences.append("Due at \(dueAt).")
    } else if status.isPaused {
      sentences.append("The clock stands: the deadline moves until it is resumed.")
    }
    if let breachedAt = status.breachedAt { sentences.append("Missed: \(breachedAt) passed unmet.") }
    if let metAt = status.metAt {
      sentences.append(status.isLate ? "Met at \(metAt), too late." : "Met at \(metAt), in time.")
    }
    if let cancelledAt = status.cancelledAt { sentences.append("Cancelled at \(cancelledAt).") }
    return sentences
  }
}

extension ClockExplanation.Day {
  fileprivate var words: String { name.map { "\(date) \($0)" } ?? "\(date)" }
}

extension ClockLedger {
  /// Running and paused time in turn, from the start to `end`, or open.
  func intervals(until end: Timestamp?, now: Timestamp) -> [ClockExplanation.Interval] {
    guard let terms, let startedAt else { return [] }
    let rule = terms.rule
    func running(_ from: Timestamp, _ to: Timestamp?) -> ClockExplanation.Interval {
      ClockExplanation.Interval(
        kind: .running, from: from, to: to,
        countedSeconds: rule.counted(from: from, to: to ?? max(now, from), in: calendar) / 1000, reason: nil, by: nil,
        entry: nil, correctedBy: nil)
    }
    var found: [ClockExplanation.Interval] = []
    var until = startedAt
    for pause in pauses {
      let from = max(pause.from, until)
      if let to = pause.to, to <= from { continue }
      if until < from { found.append(running(until, from)) }
      found.append(
        ClockExplanation.Interval(
          kind: .paused, from: from, to: pause.to,
          countedSeconds: rule.counted(from: from, to: pause.to ?? max(now, from), in: calendar) / 1000,
          reason: pause.reason, by: pause.by.name, entry: pause.entry, correctedBy: pause.correctedBy))
      guard let to = pause.to else { return found }
      until = to
    }
    if let end {
      if until < end { found.append(running(until, end)) }
    } else {
      found.append(running(until, nil))
    }
    return found
  }

  /// What is left, in seconds of the rule's own time; below zero after the deadline.
  package func remaining(at now: Timestamp) -> Int64? {
    guard let terms, status.isLive else { return nil }
    let deadline = deadline
    if let frozen = deadline.frozen { return frozen / 1000 }
    guard let dueAt = deadline.dueAt else { return nil }
    if now <= dueAt { return terms.rule.counted(from: now, to: dueAt, in: calendar) / 1000 }
    return -(terms.rule.counted(from: dueAt, to: now, in: calendar) / 1000)
  }

  /// The days between start and `end` on which the calendar made a difference.
  func days(until end: Timestamp) -> [ClockExplanation.Day] {
    guard let terms, terms.rule.countsWorkingDays, let startedAt else { return [] }
    let first = calendar.date(of: startedAt).daysSinceEpoch
    let last = calendar.date(of: end).daysSinceEpoch
    guard first <= last else { return [] }
    return (first...last).compactMap { day in
      let date = CalendarDate(daysSinceEpoch: day)
      if let exception = calendar.exception(on: date) {
        return ClockExplanation.Day(
          date: date, kind: exception.kind == .holiday ? .holiday : .workingDay, name: exception.name)
      }
      if !calendar.hours(on: date).isEmpty { return nil }
      return ClockExplanation.Day(date: date, kind: .restDay, name: nil)
    }
  }
}

extension DeadlineRule {
  /// `3 to 7 calendar days`
  package var words: String {
    switch span {
    case .elapsed(let opens, let closes):
      (opens.map { "from \(Self.words(seconds: $0)) to " } ?? "") + Self.words(seconds: closes)
    case .calendarDays(let opens, let closes): Self.words(opens, closes, "calendar day")
    case .workingDays(let opens, let closes): Self.words(opens, closes, "working day")
    case .promised: "as promised"
    }
  }

  private static func words(_ opens: Int?, _ closes: Int, _ unit: String) -> String {
    if let opens { return "from \(unit) \(opens) to the end of \(unit) \(closes) after it" }
    return closes == 0 ? "the end of the same \(unit)" : "the end of \(unit) \(closes) after it"
  }

  /// `2 d 3 h 15 min`
  package static func words(seconds: Int64) -> String {
    var rest = seconds
    var words: [String] = []
    for (length, unit) in [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")] as [(Int64, String)] {
      let count = rest / length
      rest -= count * length
      if count > 0 { words.append("\(count) \(unit)") }
    }
    return words.isEmpty ? "0 s" : words.joined(separator: " ")
  }
}
