/// What follows from the lines of a clock: intervals, deadline, state. Pure; a stored copy of the result serves lists and the
/// worker, and is written anew with every line.
package struct ClockLedger: Sendable {
  package let entries: [ClockEntry]
  package let calendar: WorkingCalendar.Content

  package init(_ entries: [ClockEntry], in calendar: WorkingCalendar.Content) {
    self.entries = entries
    self.calendar = calendar
  }

  /// A time in which the clock stood still.
  package struct Pause: Hashable, Sendable {
    /// The line that it comes from.
    package let entry: Int
    package let from: Timestamp
    /// `nil`: it still stands.
    package let to: Timestamp?
    package let reason: String?
    package let by: RecordStamp.Author
    /// The line that last set it right.
    package let correctedBy: Int?
  }

  /// The terms in force: the last that were written.
  package var terms: ClockEntry.Terms? {
    for entry in entries.reversed() {
      switch entry.effect {
      case .started(let terms), .recomputed(let terms): return terms
      case .paused, .resumed, .corrected, .promised, .warned, .breached, .breachWithdrawn, .escalated, .acknowledged,
        .moved, .met, .cancelled:
        continue
      }
    }
    return nil
  }

  package var startedAt: Timestamp? { entries.first?.at }

  /// The promise in force: the last one made.
  package var promisedAt: Timestamp? {
    for entry in entries.reversed() {
      switch entry.effect {
      case .promised(let promise): return promise.promisedAt
      case .started(let terms), .recomputed(let terms):
        if let promisedAt = terms.promisedAt { return promisedAt }
      case .paused, .resumed, .corrected, .warned, .breached, .breachWithdrawn, .escalated, .acknowledged, .moved, .met,
        .cancelled:
        continue
      }
    }
    return nil
  }

  /// Every pause as it counts, corrections applied, by its beginning. They may overlap.
  package var pauses: [Pause] {
    var found: [Pause] = []
    var open: Int?
    for entry in entries {
      switch entry.effect {
      case .paused:
        open = entry.number
        found.append(
          Pause(
            entry: entry.number, from: entry.at, to: nil, reason: entry.reason, by: entry.by, correctedBy: nil))
      case .resumed, .met, .cancelled:
        if let place = found.firstIndex(where: { $0.entry == open && $0.to == nil }) {
          found[place] = found[place].replaced(from: found[place].from, to: entry.at)
        }
        open = nil
      case .corrected(let correction):
        switch correction {
        case .void(let number):
          found.removeAll { $0.entry == number }
          if open == number { open = nil }
        case .replace(let number, let from, let to):
          if let place = found.firstIndex(where: { $0.entry == number }) {
            found[place] = found[place].replaced(from: from, to: to, correctedBy: entry.number)
          }
          if to != nil, open == number { open = nil }
        case .add(let from, let to):
          found.append(
            Pause(
              entry: entry.number, from: from, to: to, reason: entry.reason, by: entry.by, correctedBy: nil))
        }
      case .started, .promised, .recomputed, .warned, .breached, .breachWithdrawn, .escalated, .acknowledged, .moved:
        continue
      }
    }
    return found.sorted { ($0.from, $0.entry) < ($1.from, $1.entry) }
  }

  /// Where the deadline stands.
  package struct Deadline: Hashable, Sendable {
    /// Before anything was given back.
    package let baseDueAt: Timestamp?
    package let opensAt: Timestamp?
    /// `nil`: nothing is promised yet, or the clock stands and the deadline moves with every minute.
    package let dueAt: Timestamp?
    /// Paused time that counted, in milliseconds of the rule's own time.
    package let givenBack: Int64
    /// How much was left when the clock was stopped, in milliseconds of the rule's own time; only while it stands.
    package let frozen: Int64?
  }

  /// The deadline from the ledger: paused time is given back to the millisecond, in the time that the rule counts, as long as
  /// the deadline had not passed when the pause began. A pause after the deadline moves nothing.
  package var deadline: Deadline {
    guard let terms, let startedAt else {
      return Deadline(baseDueAt: nil, opensAt: nil, dueAt: nil, givenBack: 0, frozen: nil)
    }
    let rule = terms.rule
    let base = rule.deadline(from: startedAt, promisedAt: promisedAt, in: calendar)
    guard var dueAt = base.dueAt else {
      return Deadline(baseDueAt: nil, opensAt: nil, dueAt: nil, givenBack: 0, frozen: nil)
    }
    var opensAt = base.opensAt
    var givenBack: Int64 = 0
    var until = startedAt
    for pause in pauses {
      let from = max(pause.from, until)
      if from > dueAt { break }
      guard let to = pause.to else {
        return Deadline(
          baseDueAt: base.dueAt, opensAt: opensAt, dueAt: nil, givenBack: givenBack,
          frozen: rule.counted(from: from, to: dueAt, in: calendar))
      }
      guard from < to else { continue }
      let length = rule.counted(from: from, to: to, in: calendar)
      givenBack += length
      dueAt = rule.advanced(dueAt, by: length, in: calendar)
      if let opening = opensAt, from < opening { opensAt = rule.advanced(opening, by: length, in: calendar) }
      until = to
    }
    return Deadline(baseDueAt: base.dueAt, opensAt: opensAt, dueAt: dueAt, givenBack: givenBack, frozen: nil)
  }

  /// Everything that lists show and the worker looks for.
  package var status: ClockStatus {
    let deadline = deadline
    var status = ClockStatus(startedAt: startedAt ?? Timestamp(milliseconds: 0))
    status.policyVersion = terms?.policyVersion ?? ""
    status.calendar = terms?.calendar ?? .standard
    status.countsWorkingDays = terms?.rule.countsWorkingDays ?? false
    status.promisedAt = promisedAt
    status.opensAt = deadline.opensAt
    status.dueAt = deadline.dueAt
    status.isPaused = pauses.contains { $0.to == nil }
    var warnedAt: Timestamp?
    for entry in entries {
      switch entry.effect {
      case .warned: warnedAt = entry.at
      case .breached(let dueAt): status.breachedAt = dueAt
      case .breachWithdrawn:
        status.breachedAt = nil
        status.escalationLevel = 0
        status.acknowledgedAt = nil
        status.acknowledgedBy = nil
      case .escalated(let level): status.escalationLevel = level
      case .acknowledged:
        status.acknowledgedAt = entry.at
        status.acknowledgedBy = entry.by
      case .met: status.metAt = entry.at
      case .cancelled: status.cancelledAt = entry.at
      case .started, .paused, .resumed, .corrected, .promised, .recomputed, .moved: continue
      }
    }
    status.warnedAt = warnedAt
    status.attentionAt = attention(status)
    return status
  }

  /// When the worker must look at the clock next.
  private func attention(_ status: ClockStatus) -> Timestamp? {
    guard status.isLive, let rule = terms?.rule else { return nil }
    if let breachedAt = status.breachedAt {
      guard status.acknowledgedAt == nil, status.escalationLevel < rule.ladder.count else { return nil }
      return breachedAt.adding(seconds: rule.ladder[status.escalationLevel].afterSeconds)
    }
    guard let dueAt = status.dueAt else { return nil }
    // The last instant is in time still.
    let missed = Timestamp(milliseconds: dueAt.milliseconds + 1)
    guard let warnAt = warning(before: dueAt, status), warnAt < missed else { return missed }
    return warnAt
  }

  /// When a warning is due; `nil` when one went out for this deadline already.
  private func warning(before dueAt: Timestamp, _ status: ClockStatus) -> Timestamp? {
    guard let seconds = terms?.rule.warnBeforeSeconds else { return nil }
    let warnAt = max(dueAt.adding(seconds: -seconds), status.startedAt)
    if let warnedAt = status.warnedAt, warnedAt >= warnAt { return nil }
    return warnAt
  }
}

extension ClockLedger.Pause {
  fileprivate func replaced(from: Timestamp, to: Timestamp?, correctedBy: Int? = nil) -> Self {
    Self(entry: entry, from: from, to: to, reason: reason, by: by, correctedBy: correctedBy ?? self.correctedBy)
  }
}

/// The result of a ledger, as it is stored beside it.
package struct ClockStatus: Hashable, Sendable {
  package let startedAt: Timestamp
  package var policyVersion = ""
  package var calendar = ClockEntry.CalendarVersion.standard
  /// Whether a change of the calendar moves the deadline.
  package var countsWorkingDays = false
  package var promisedAt: Timestamp?
  package var opensAt: Timestamp?
  package var dueAt: Timestamp?
  package var isPaused = false
  package var warnedAt: Timestamp?
  /// The deadline that passed unmet.
  package var breachedAt: Timestamp?
  package var metAt: Timestamp?
  package var cancelledAt: Timestamp?
  /// How many rungs of the ladder were told; an axis of its own beside the state.
  package var escalationLevel = 0
  package var acknowledgedAt: Timestamp?
  package var acknowledgedBy: RecordStamp.Author?
  /// When the worker must look again; `nil`: never, as things stand.
  package var attentionAt: Timestamp?

  package init(startedAt: Timestamp) { self.startedAt = startedAt }

  /// Neither met nor cancelled.
  package var isLive: Bool { metAt == nil && cancelledAt == nil }

  /// Met, but after its time: such a clock stays `breached`.
  package var isLate: Bool { metAt != nil && breachedAt != nil }

  /// A missed deadline stays missed, whatever comes after it.
  package var state: Clock.State {
    if cancelledAt != nil { return .cancelled }
    if breachedAt != nil { return .breached }
    if metAt != nil { return .met }
    return isPaused ? .paused : .running
  }
}
