package import Domain
package import Repositories

/// The clocks of documents, for the services that own these: each function works in the transaction of the change that
/// starts, meets or ends them, and appends the events of the clocks to it.
package struct ClockBook: Sendable {
  let policies: PolicyBook

  package init(_ policies: PolicyBook) { self.policies = policies }

  /// A document as its clocks know it.
  package struct Owner: Sendable {
    package let subject: ClockSubject
    package let station: Station.ID?

    package init(_ subject: ClockSubject, at station: Station.ID?) {
      self.subject = subject
      self.station = station
    }
  }

  /// What to start.
  package struct Start: Sendable {
    package let kind: ClockKind
    package let variant: ClockRule.Variant?
    /// For kinds whose due time is promised; without one the clock waits for a promise.
    package let promisedAt: Timestamp?

    package init(_ kind: ClockKind, variant: ClockRule.Variant? = nil, promisedAt: Timestamp? = nil) {
      self.kind = kind
      self.variant = variant
      self.promisedAt = promisedAt
    }
  }

  // MARK: With the document

  /// Starts clocks by the policy and the calendar in force at the owner's station. A kind that the policy has switched off
  /// starts none.
  ///
  /// - Throws: `Refusal.conflict` `clock-running` when one of the kind runs on the document already.
  @discardableResult
  package func start<Output>(
    _ starts: [Start], on owner: Owner, _ command: Command<Output>, in tx: Transaction
  ) async throws -> [Clock] {
    let subject = owner.subject
    let former = try await tx.run(ClockRepository.headers(.all(subject.resource, subject.id), in: command.caller.scope))
    if let running = former.first(where: { clock in clock.status.isLive && starts.contains { $0.kind == clock.kind } })
    {
      throw Refusal.conflict(
        code: "clock-running", detail: "A clock of this kind runs on the document already.", .kind(running.kind),
        .conflict(.clock, running.id, running.subject.number, state: running.state.rawValue))
    }
    return try await begin(starts, former, on: owner, command, in: tx)
  }

  /// The same, leaving alone a kind that runs already: a deadline that came along with a case that was merged or handed over.
  package func ensure<Output>(
    _ starts: [Start], on owner: Owner, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let scope = command.caller.scope
    if scope.cases.isEmpty { return try await ensure(starts, on: owner, in: scope, command, tx) }
    // A team sees its case, not the clocks of it.
    try await tx.within(.network, of: command.caller) {
      try await ensure(starts, on: owner, in: .network, command, tx)
    }
  }

  private func ensure<Output>(
    _ starts: [Start], on owner: Owner, in scope: Scope, _ command: Command<Output>, _ tx: Transaction
  ) async throws {
    let subject = owner.subject
    let former = try await tx.run(ClockRepository.headers(.all(subject.resource, subject.id), in: scope))
    let missing = starts.filter { start in !former.contains { $0.kind == start.kind && $0.status.isLive } }
    if !missing.isEmpty { try await begin(missing, former, on: owner, command, in: tx) }
  }

  /// Starts what a document begins with, in the transaction that makes it: no clock can be there before.
  package func begin<Output>(
    _ signal: ClockSignal, on owner: Owner, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let starts = signal.started.map { Start($0, variant: signal.variants[$0]) }
    if !starts.isEmpty { try await begin(starts, [], on: owner, command, in: tx) }
  }

  /// What one step means for the clocks of a document that two stations may have a hand in: those that the step ends end, those
  /// that go on go where the document goes, and new ones begin there. A kind that runs already is not begun a second time.
  ///
  /// The caller may act on the document, and that is enough: a clock that another station has in hands at this moment, or gets
  /// with this step, moves all the same.
  ///
  /// - Parameters:
  ///   - former: who had the document before the step; `nil`: headquarters.
  ///   - holder: who has it behind it.
  package func follow<Output>(
    _ signal: ClockSignal, of subject: ClockSubject, from former: Station.ID?, to holder: Station.ID?, reason: String?,
    _ command: Command<Output>, in tx: Transaction
  ) async throws {
    if signal.isEmpty, former == holder { return }
    let scope = command.caller.scope
    let owner = Owner(subject, at: holder)
    if scope.covers(former), scope.covers(holder) {
      try await follow(signal, on: owner, reason: reason, in: scope, command, tx)
    } else {
      try await tx.within(.network, of: command.caller) {
        try await follow(signal, on: owner, reason: reason, in: .network, command, tx)
      }
    }
  }

  private func follow<Output>(
    _ signal: ClockSignal, on owner: Owner, reason: String?, in scope: Scope, _ command: Command<Output>,
    _ tx: Transaction
  ) async throws {
    let selection = ClockRepository.Selection.all(owner.subject.resource, owner.subject.id)
    let (headers, lines, calendars) = try await tx.run(
      ClockRepository.lock(selection, in: scope), ClockRepository.lines(selection, in: scope),
      ClockRepository.calendars(selection, in: scope))
    let all = try ClockRepository.assemble(headers, lines, calendars)
    var running: Set<ClockKind> = []
    for before in all where before.status.isLive {
      var after = before
      if signal.cancelled.contains(before.kind) {
        after = before.cancelled(reason: reason, by: command.caller, at: command.at)
      } else if signal.stopped.contains(before.kind) {
        after = try before.met(by: command.caller, at: command.at)
      } else {
        running.insert(before.kind)
        let start = Start(before.kind, variant: signal.variants[before.kind])
        if signal.recounted.contains(before.kind),
          let (terms, calendar) = try await terms(start, at: owner.station, command, in: tx)
        {
          after = try after.recomputed(
            terms, in: calendar, reason: reason ?? before.kind.rawValue, by: command.caller, at: command.at)
        }
        if before.stationID != owner.station {
          after = after.moved(
            to: owner.subject, at: owner.station, occurrence: before.occurrence, reason: reason, by: command.caller,
            at: command.at)
        }
      }
      save(after, over: before, command, in: tx)
    }
    let starts = signal.started.filter { !running.contains($0) }.map { Start($0, variant: signal.variants[$0]) }
    if !starts.isEmpty { try await begin(starts, all, on: owner, command, in: tx) }
  }

  /// What the clocks of these kinds watched has happened. After the deadline they stay missed. None running is no error: the
  /// policy may have switched the kind off.
  ///
  /// - Throws: `Refusal.conflict` `clock-window-not-open` before the window of one of them.
  package func meet<Output>(
    _ kinds: Set<ClockKind>, of subject: ClockSubject, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    try await change(kinds, of: subject, command, in: tx) { clock throws(Refusal) in
      try clock.met(by: command.caller, at: command.at)
    }
  }

  /// Nothing is waited for any more; `nil`: on the whole document.
  package func cancel<Output>(
    _ kinds: Set<ClockKind>? = nil, of subject: ClockSubject, reason: String?, _ command: Command<Output>,
    in tx: Transaction
  ) async throws {
    try await change(kinds, of: subject, command, in: tx) { clock throws(Refusal) in
      clock.cancelled(reason: reason, by: command.caller, at: command.at)
    }
  }

  /// Stops the running clocks of these kinds; one that stands already stays as it is.
  package func pause<Output>(
    _ kinds: Set<ClockKind>, of subject: ClockSubject, reason: String, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    try await change(kinds, of: subject, command, in: tx) { clock throws(Refusal) in
      clock.status.isPaused ? clock : try clock.paused(reason: reason, by: command.caller, at: command.at)
    }
  }

  package func resume<Output>(
    _ kinds: Set<ClockKind>, of subject: ClockSubject, reason: String, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    try await change(kinds, of: subject, command, in: tx) { clock throws(Refusal) in
      clock.status.isPaused ? try clock.resumed(reason: reason, by: command.caller, at: command.at) : clock
    }
  }

  /// The customer is promised an instant: the first promise starts the clock, a later one moves it and says whether he heard
  /// of it early enough (T-46). A promise that follows a broken one is a clock of its own beside it; the broken one stays
  /// broken.
  package func promise<Output>(
    _ kind: ClockKind, at promisedAt: Timestamp, variant: ClockRule.Variant? = nil, on owner: Owner, reason: String?,
    _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let subject = owner.subject
    let scope = command.caller.scope
    let selection = ClockRepository.Selection.all(subject.resource, subject.id)
    let (headers, lines, calendars) = try await tx.run(
      ClockRepository.lock(selection, in: scope), ClockRepository.lines(selection, in: scope),
      ClockRepository.calendars(selection, in: scope))
    let all = try ClockRepository.assemble(headers, lines, calendars)
    var isPromised = false
    for before in all where before.kind == kind && before.status.isLive {
      var after = before
      if let variant, before.ledger.terms?.variant != variant,
        let (terms, calendar) = try await terms(Start(kind, variant: variant), at: owner.station, command, in: tx)
      {
        after = try after.recomputed(
          terms, in: calendar, reason: variant.rawValue, by: command.caller, at: command.at)
      }
      // How early he must hear of it is how early the station is warned.
      let notice = after.ledger.terms?.rule.warnBeforeSeconds ?? 0
      after = after.promised(
        promisedAt, noticeSeconds: notice, reason: reason, by: command.caller, at: command.at)
      save(after, over: before, command, in: tx)
      if after.status.breachedAt == nil { isPromised = true }
    }
    guard !isPromised else { return }
    try await begin([Start(kind, variant: variant, promisedAt: promisedAt)], all, on: owner, command, in: tx)
  }

  /// The clocks go where their case goes: to another station, or to the document that it was merged into. They keep their
  /// time, their pauses and their breaches; of two of a kind both run on.
  package func move<Output>(
    _ subject: ClockSubject, to owner: Owner, reason: String?, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let target = owner.subject
    let waiting = try await tx.run(
      ClockRepository.headers(.all(target.resource, target.id), in: command.caller.scope))
    guard command.caller.scope.covers(owner.station) else {
      throw Refusal.invalid("#/stationId", .notFound, "there is no such station")
    }
    var highest = Dictionary(waiting.map { ($0.kind, $0.occurrence) }, uniquingKeysWith: max)
    let isSame = target.resource == subject.resource && target.id == subject.id
    try await change(nil, of: subject, command, in: tx) { clock throws(Refusal) in
      let occurrence = isSame ? clock.occurrence : (highest[clock.kind] ?? 0) + 1
      highest[clock.kind] = max(highest[clock.kind] ?? 0, occurrence)
      return clock.moved(
        to: target, at: owner.station, occurrence: occurrence, reason: reason, by: command.caller, at: command.at)
    }
  }

  // MARK: What a rule is taken from

  /// The policy `clocks` in force for a region.
  func numbers(
    for region: Region.ID?, at instant: Timestamp, through door: some QueryDoor
  ) async throws -> PolicyBook.InForce<ClocksPolicy> {
    try await policies.current(
      ClocksPolicy.self, for: region.map { [.region($0)] } ?? [], at: instant, through: door)
  }

  /// The terms by which a clock of the kind would run now at the station; `nil` when the policy has switched it off.
  func terms<Output>(
    _ start: Start, at station: Station.ID?, _ command: Command<Output>, in tx: Transaction
  ) async throws -> (terms: ClockEntry.Terms, calendar: WorkingCalendar.Content)? {
    try await terms([start], at: station, command, in: tx)[0]
  }

  private func terms<Output>(
    _ starts: [Start], at station: Station.ID?, _ command: Command<Output>, in tx: Transaction
  ) async throws -> [(terms: ClockEntry.Terms, calendar: WorkingCalendar.Content)?] {
    let (found, region) = try await tx.run(
      CalendarRepository.inForce(at: station), ClockRepository.region(of: station))
    let policy = try await numbers(for: region, at: command.at, through: tx)
    var notice: PolicyBook.InForce<FollowUpsPolicy>?
    if starts.contains(where: { $0.kind == .writtenNotice }) {
      notice = try await policies.current(
        FollowUpsPolicy.self, for: region.map { [.region($0)] } ?? [], at: command.at, in: tx)
    }
    return starts.map { start in
      var (rule, version) = (policy.body[start.kind], policy.version)
      guard rule.isActive else { return nil }
      // How soon a notice follows a call is said with the calls (FUP-10); the calendar and the ladder are the clock's own.
      if start.kind == .writtenNotice, let notice {
        let unit = rule.dueAfter.flatMap { $0.isInDays ? $0.unit : nil } ?? .calendarDays
        rule.dueAfter = ClockSpan(notice.body.writtenNoticeDays, unit)
        version = notice.version
      }
      return (
        ClockEntry.Terms(
          rule: DeadlineRule(rule, start.variant), variant: start.variant, policyVersion: version.description,
          calendar: found.map { ClockEntry.CalendarVersion(id: $0.id, version: $0.version) } ?? .standard,
          promisedAt: start.promisedAt),
        found?.content ?? .standard
      )
    }
  }

  // MARK: What they share

  @discardableResult
  private func begin<Output>(
    _ starts: [Start], _ former: [Clock], on owner: Owner, _ command: Command<Output>, in tx: Transaction
  ) async throws -> [Clock] {
    let terms = try await terms(starts, at: owner.station, command, in: tx)
    var started: [Clock] = []
    for case (let start, let (terms, calendar)?) in zip(starts, terms) {
      let last = former.filter { $0.kind == start.kind }.map(\.occurrence).max() ?? 0
      let clock = Clock.started(
        start.kind, of: owner.subject, at: owner.station, occurrence: last + 1, terms, in: calendar,
        by: command.caller, at: command.at)
      for statement in ClockRepository.save(clock, over: nil) { tx.enqueue(statement) }
      tx.record(clock.events(since: nil), by: command)
      started.append(clock)
    }
    return started
  }

  private func change<Output>(
    _ kinds: Set<ClockKind>?, of subject: ClockSubject, _ command: Command<Output>, in tx: Transaction,
    _ body: (Clock) throws(Refusal) -> Clock
  ) async throws {
    let scope = command.caller.scope
    if scope.cases.isEmpty { return try await change(kinds, of: subject, in: scope, command, tx, body) }
    // A team is granted its case; the clocks of the case are documents of their own, and so are their events (SEC-02).
    try await tx.within(.network, of: command.caller) {
      try await change(kinds, of: subject, in: .network, command, tx, body)
    }
  }

  private func change<Output>(
    _ kinds: Set<ClockKind>?, of subject: ClockSubject, in scope: Scope, _ command: Command<Output>, _ tx: Transaction,
    _ body: (Clock) throws(Refusal) -> Clock
  ) async throws {
    let selection = ClockRepository.Selection.live(subject.resource, subject.id)
    let (headers, lines, calendars) = try await tx.run(
      ClockRepository.lock(selection, in: scope), ClockRepository.lines(selection, in: scope),
      ClockRepository.calendars(selection, in: scope))
    for before in try ClockRepository.assemble(headers, lines, calendars)
    where kinds?.contains(before.kind) ?? true {
      save(try body(before), over: before, command, in: tx)
    }
  }

  func save<Output>(_ after: Clock, over before: Clock, _ command: Command<Output>, in tx: Transaction) {
    guard after != before else { return }
    for statement in ClockRepository.save(after, over: before) { tx.enqueue(statement) }
    tx.record(after.events(since: before), by: command)
  }
}
