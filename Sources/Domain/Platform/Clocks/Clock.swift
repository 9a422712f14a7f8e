/// A deadline of one document as a ledger of running and paused time (domain.md section 4). What it is now follows from its
/// lines alone; nothing in them is ever changed.
package struct Clock: LifecycleDocument {
  package typealias ID = Identifier<Clock>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case running, paused
    /// In time.
    case met
    /// The deadline passed unmet. It stays so when the clock is met later: late is not green.
    case breached
    case cancelled
  }

  /// What people do with a clock; start, meeting and cancelling come with the actions of its document.
  package enum Action: String, Hashable, Sendable, CaseIterable {
    case pause, resume, correct, recompute, acknowledge
  }

  package let id: ID
  package let kind: ClockKind
  /// Which one of its kind on its subject: a second problem passed on, a promise made anew after a broken one.
  package let occurrence: Int
  package let subject: ClockSubject
  /// The station whose scope sees it: its document's. `nil` for documents of headquarters.
  package let stationID: Station.ID?
  package let entries: [ClockEntry]
  /// As the terms in force name it.
  package let calendar: WorkingCalendar.Content
  /// Its version is how many lines the ledger has.
  package var revision: Revision
  package let status: ClockStatus

  package static let resource = Resource.clock
  package static let lifecycle = ClockLifecycle.table

  package var state: State { status.state }
  /// People name a clock by its document and kind.
  package var designation: String? { nil }
  package var audience: Audience { stationID.map { .station($0) } ?? .headquarters }
  package var ledger: ClockLedger { ClockLedger(entries, in: calendar) }

  /// As the ledger gives it.
  package init(
    id: ID, kind: ClockKind, occurrence: Int, subject: ClockSubject, stationID: Station.ID?, entries: [ClockEntry],
    calendar: WorkingCalendar.Content, stamp: RecordStamp
  ) {
    self.init(
      id: id, kind: kind, occurrence: occurrence, subject: subject, stationID: stationID, entries: entries,
      calendar: calendar, version: entries.count, stamp: stamp, status: ClockLedger(entries, in: calendar).status)
  }

  /// As lists read it: the stored copy of the result, without the ledger.
  package init(
    id: ID, kind: ClockKind, occurrence: Int, subject: ClockSubject, stationID: Station.ID?, entries: [ClockEntry],
    calendar: WorkingCalendar.Content, version: Int, stamp: RecordStamp, status: ClockStatus
  ) {
    self.id = id
    self.kind = kind
    self.occurrence = occurrence
    self.subject = subject
    self.stationID = stationID
    self.entries = entries
    self.calendar = calendar
    self.revision = Revision(version: version, stamp: stamp)
    self.status = status
  }
}

extension Clock {
  /// A line more is the next version, whoever writes it.
  package func revised(by caller: Caller, at instant: Timestamp) -> Clock { self }

  /// Told line by line (`events`).
  package func changes(from before: Clock?) -> [FieldChange] { [] }

  /// Whether the action is allowed; what it does is a line of the ledger, which its own function writes.
  package mutating func take(
    _ action: Action, outcome: String?, by subject: Subject
  ) throws(Refusal) -> Transition<Clock> {
    try Self.lifecycle.permit(action, outcome: outcome, on: self, by: subject)
  }

  /// A clock that starts now. What is overdue from the first moment is a breach like any other.
  package static func started(
    _ kind: ClockKind, of subject: ClockSubject, at stationID: Station.ID?, occurrence: Int = 1,
    _ terms: ClockEntry.Terms, in calendar: WorkingCalendar.Content, by caller: Caller, at now: Timestamp
  ) -> Clock {
    let stamp = RecordStamp(by: caller, at: now)
    return Clock(
      id: .new(at: now), kind: kind, occurrence: occurrence, subject: subject, stationID: stationID,
      entries: [ClockEntry(number: 1, effect: .started(terms), at: now, by: stamp.createdBy, reason: nil)],
      calendar: calendar, stamp: stamp)
  }

  // MARK: Actions of people

  /// - Throws: `transition` from a state that knows no pause, `guardFailed` when it stands already.
  package func paused(reason: String, by caller: Caller, at now: Timestamp) throws(Refusal) -> Clock {
    let clock = noticed(at: now)
    _ = try ClockLifecycle.table.permit(.pause, on: clock, by: caller.subject)
    try clock.requireOrder(now)
    return clock.adding(.paused, reason, caller, now)
  }

  /// - Throws: `invalid` for an instant before the last line: nobody resumes in the past.
  package func resumed(reason: String, by caller: Caller, at now: Timestamp) throws(Refusal) -> Clock {
    let clock = noticed(at: now)
    _ = try ClockLifecycle.table.permit(.resume, on: clock, by: caller.subject)
    try clock.requireOrder(now)
    return clock.adding(.resumed, reason, caller, now).noticed(at: now)
  }

  /// Sets a pause right by a further line. What the ledger says afterwards holds: a deadline that turns out to have been kept
  /// is no breach any more, one that turns out to have been missed becomes one; both stand in the ledger.
  package func corrected(
    _ correction: ClockEntry.Correction, reason: String, by caller: Caller, at now: Timestamp
  ) throws(Refusal) -> Clock {
    let clock = noticed(at: now)
    _ = try ClockLifecycle.table.permit(.correct, on: clock, by: caller.subject)
    try clock.check(correction, at: now)
    return clock.adding(.corrected(correction), reason, caller, now).reviewed(by: caller, at: now)
  }

  /// The same clock by other terms, counted from its own start with all its pauses: nothing that was waited for is lost
  /// when the rule changes.
  /// - Parameter calendar: the one that the terms name.
  package func recomputed(
    _ terms: ClockEntry.Terms, in calendar: WorkingCalendar.Content, reason: String, by caller: Caller,
    at now: Timestamp
  ) throws(Refusal) -> Clock {
    let clock = noticed(at: now)
    _ = try ClockLifecycle.table.permit(.recompute, on: clock, by: caller.subject)
    return clock.adding(.recomputed(terms), reason, caller, now, in: calendar).reviewed(by: caller, at: now)
  }

  /// Somebody takes an unmet deadline in hand: the ladder is climbed no further.
  package func acknowledged(reason: String?, by caller: Caller, at now: Timestamp) throws(Refusal) -> Clock {
    let clock = noticed(at: now)
    _ = try ClockLifecycle.table.permit(.acknowledge, on: clock, by: caller.subject)
    return clock.adding(.acknowledged(level: clock.status.escalationLevel), reason, caller, now)
  }

  // MARK: With the document

  /// What the clock watched has happened. After the deadline that is late, and stays visible as such.
  /// - Throws: `conflict` before a window opens: too early is not in time either.
  package func met(by caller: Caller, at now: Timestamp) throws(Refusal) -> Clock {
    guard status.isLive else { return self }
    if let opensAt = status.opensAt, now < opensAt {
      throw .conflict(
        code: "clock-window-not-open", detail: "The window of this deadline opens at \(opensAt).", .opensAt(opensAt))
    }
    return noticed(at: now).adding(.met, nil, caller, now)
  }

  /// There is nothing to wait for any more. A deadline that had passed stays recorded as missed.
  package func cancelled(reason: String?, by caller: Caller, at now: Timestamp) -> Clock {
    guard status.isLive else { return self }
    return noticed(at: now).adding(.cancelled, reason, caller, now)
  }

  /// Another instant was promised in time. After a broken promise this changes nothing: the new one is a clock of its own.
  /// - Parameter noticeSeconds: how long before the old promise the customer must hear of it (T-46).
  package func promised(
    _ promisedAt: Timestamp, noticeSeconds: Int64, reason: String?, by caller: Caller, at now: Timestamp
  ) -> Clock {
    let clock = noticed(at: now)
    guard clock.status.isLive, clock.status.breachedAt == nil, clock.status.promisedAt != promisedAt else {
      return clock
    }
    // Bringing the promise forward surprises nobody.
    let isDelay = clock.status.promisedAt.map { promisedAt > $0 } ?? false
    let limit = (clock.status.dueAt ?? promisedAt).adding(seconds: -noticeSeconds)
    let promise = ClockEntry.Promise(promisedAt: promisedAt, noticeInTime: !isDelay || now <= limit)
    return clock.adding(.promised(promise), reason, caller, now).noticed(at: now)
  }

  /// The clock goes where its case goes; time, pauses and breach stay as they are (the old desk keeps nothing of it).
  package func moved(
    to subject: ClockSubject, at stationID: Station.ID?, occurrence: Int, reason: String?, by caller: Caller,
    at now: Timestamp
  ) -> Clock {
    let move = ClockEntry.Move(
      from: self.subject, fromStation: self.stationID, to: subject, toStation: stationID)
    let entry = ClockEntry(
      number: entries.count + 1, effect: .moved(move), at: now, by: RecordStamp.Author(caller), reason: reason)
    return Clock(
      id: id, kind: kind, occurrence: occurrence, subject: subject, stationID: stationID, entries: entries + [entry],
      calendar: calendar, stamp: stamp.touched(by: caller, at: now))
  }

  // MARK: By the worker

  /// Everything that time alone has brought about by now: the warning, the breach, the rungs of the ladder.
  package func advanced(to now: Timestamp) -> Clock {
    var clock = self
    if let warnAt = clock.status.attentionAt, let dueAt = clock.status.dueAt, clock.status.breachedAt == nil,
      warnAt <= now, now <= dueAt
    {
      clock = clock.adding(.warned, nil, .product, now)
    }
    clock = clock.noticed(at: now)
    while clock.status.breachedAt != nil, let next = clock.status.attentionAt, next <= now {
      clock = clock.adding(.escalated(level: clock.status.escalationLevel + 1), nil, .product, now)
    }
    return clock
  }

  // MARK: What they share

  /// With the breach written down, if the deadline has passed: whoever looks first finds it, and nobody after him.
  private func noticed(at now: Timestamp) -> Clock {
    guard status.isLive, status.breachedAt == nil, let dueAt = status.dueAt, dueAt < now else { return self }
    return adding(.breached(dueAt: dueAt), nil, .product, now)
  }

  /// After a change of the past: whether the deadline was missed is asked anew.
  private func reviewed(by caller: Caller, at now: Timestamp) -> Clock {
    let reference = status.metAt ?? now
    let missed = status.dueAt.map { $0 < reference } ?? false
    switch (status.breachedAt, missed) {
    case (nil, true):
      guard let dueAt = status.dueAt else { return self }
      return adding(.breached(dueAt: dueAt), nil, .product, now)
    case (.some, false): return adding(.breachWithdrawn, nil, caller, now)
    case (nil, false), (.some, true): return self
    }
  }

  private func adding(
    _ effect: ClockEntry.Effect, _ reason: String?, _ caller: Caller, _ now: Timestamp,
    in calendar: WorkingCalendar.Content? = nil
  ) -> Clock {
    let entry = ClockEntry(
      number: entries.count + 1, effect: effect, at: now, by: RecordStamp.Author(caller), reason: reason)
    return Clock(
      id: id, kind: kind, occurrence: occurrence, subject: subject, stationID: stationID, entries: entries + [entry],
      calendar: calendar ?? self.calendar, stamp: stamp.touched(by: caller, at: now))
  }

  /// Lines are written in the order of time.
  private func requireOrder(_ now: Timestamp) throws(Refusal) {
    if let last = entries.last, now < last.at {
      throw .invalid("#/at", .outOfRange, "must not be before the last line of the clock")
    }
  }

  private func check(_ correction: ClockEntry.Correction, at now: Timestamp) throws(Refusal) {
    let end = status.metAt ?? now
    func requirePause(_ number: Int) throws(Refusal) -> ClockLedger.Pause {
      guard let pause = ledger.pauses.first(where: { $0.entry == number }) else {
        throw .invalid("#/entry", .notFound, "is no pause of this clock")
      }
      return pause
    }
    var from: Timestamp?
    var to: Timestamp?
    switch correction {
    case .void(let number): _ = try requirePause(number)
    case .replace(let number, let begin, let finish):
      let pause = try requirePause(number)
      if finish == nil, pause.to != nil {
        throw .invalid("#/to", .required, "is required: this pause is over")
      }
      from = begin
      to = finish
    case .add(let begin, let finish):
      from = begin
      to = finish
    }
    var violations: [Violation] = []
    if let from, from < status.startedAt {
      violations.append(
        Violation(pointer: "#/from", code: .outOfRange, detail: "must not be before the start of the clock"))
    }
    if let from, from > end {
      violations.append(Violation(pointer: "#/from", code: .outOfRange, detail: "must not lie in the future"))
    }
    if let to, to > end {
      violations.append(Violation(pointer: "#/to", code: .outOfRange, detail: "must not lie in the future"))
    }
    if let from, let to, to <= from {
      violations.append(Violation(pointer: "#/to", code: .inconsistent, detail: "must be after its beginning"))
    }
    if !violations.isEmpty { throw .invalid(violations) }
  }
}

extension Caller {
  /// Who writes down what time alone has brought about.
  fileprivate static let product = Caller(
    subject: .system, name: "system", roles: [], permissions: [], scope: .network)
}

extension Clock {
  /// What a list of clocks can be narrowed by; conditions combine with and.
  package struct Filter: Hashable, Sendable {
    /// Any of these; none asks for all.
    package var states: [State] = []
    /// Any of these; none asks for all.
    package var kinds: [ClockKind] = []
    package var stationID: Station.ID?
    package var subject: Resource?
    package var dueBefore: Timestamp?
    package var dueFrom: Timestamp?
    /// Missed or not, also when met since.
    package var breached: Bool?
    /// At least this many rungs were told.
    package var escalationLevel: Int?
    package var acknowledged: Bool?

    package init() {}
  }
}
