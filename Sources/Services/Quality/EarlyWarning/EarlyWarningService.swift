package import Domain
package import Repositories

/// Signals of the early warning and the statistics behind them (A11): reading, and taking notice.
package struct EarlyWarningService: LifecycleService {
  package typealias Document = EarlyWarning
  package typealias Filter = EarlyWarningFilter
  package typealias Store = EarlyWarningRepository

  package static let reading = Permission.earlyWarningsRead
  package static let noting = Permission.earlyWarningsWrite
  package let work: UnitOfWork
  private let issues: QualityIssueService
  private let policies: PolicyBook

  package init(_ work: UnitOfWork, issues: QualityIssueService, policies: PolicyBook) {
    self.work = work
    self.issues = issues
    self.policies = policies
  }

  /// Somebody has taken notice: the signal says nothing more until its level rises.
  package func acknowledge(
    _ reference: Reference<EarlyWarning>, note: String?, _ command: Command<EarlyWarning>
  ) async throws -> Answer {
    try await perform(reference, .acknowledge, command) { warning, _ in
      let row = try warning.acknowledge(note, by: command.caller, at: command.at)
      return Effects(row, reason: note, data: ["level": .integer(Int64(warning.level))])
    }
  }

  /// What statistics may be ordered by.
  package static let statisticSorts = EarlyWarningObservations.statisticSorts.keys.sorted()

  package func statistics(
    _ filter: EarlyWarningStatisticsFilter, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<EarlyWarningStatistic> {
    try caller.require(Self.reading)
    if caller.scope != .network { return Page(items: [], next: nil, previous: nil, total: page.wantsTotal ? 0 : nil) }
    return try await work.database.read(caller, EarlyWarningObservations.statistics(filter, page))
  }

  // MARK: The watch

  /// What one step has evaluated.
  package struct Step: Sendable {
    package let day: CalendarDate
    /// New ones, and those that rose.
    package let signals: [EarlyWarning]
  }

  /// Evaluates the next day that is over and on which something was reported. The row of the progress is locked, so each day is
  /// evaluated once, however many instances try.
  ///
  /// - Parameters:
  ///   - limit: the last day that may be evaluated; it must be over.
  ///   - instant: when it is done; `nil`: a minute behind the day, for a replay of history.
  /// - Returns: `nil` when nothing is left.
  package func evaluateNextDay(
    through limit: CalendarDate, at instant: Timestamp?, in tx: Transaction
  ) async throws -> Step? {
    let last = try await tx.run(EarlyWarningObservations.lockProgress)
    if let last, last >= limit { return nil }
    guard let day = try await tx.run(EarlyWarningObservations.nextDay(after: last, through: limit)) else {
      tx.enqueue(EarlyWarningObservations.evaluated(through: limit))
      return nil
    }
    let now = instant ?? ReportPeriod(day: day).end.adding(seconds: 60)
    let policy = try await policies.current(QualityLevelsPolicy.self, at: ReportPeriod(day: day).end, in: tx)
    let rule = policy.body.earlyWarning
    tx.enqueue(RecordTime.write(at: now))
    tx.enqueue(EarlyWarningObservations.collectCampaigns(day))
    tx.enqueue(EarlyWarningObservations.collect(day, after: last, at: now))
    tx.enqueue(EarlyWarningObservations.weigh(day))
    tx.enqueue(EarlyWarningObservations.evaluated(through: day))
    let findings = try await tx.run(EarlyWarningObservations.findings(day, by: rule)).filter { $0.meets(rule) }
    let applied = EarlyWarning.AppliedRule(policyVersion: policy.version.description, rule: rule)
    return Step(day: day, signals: try await judge(findings, applied, day, at: now, in: tx))
  }

  private func judge(
    _ findings: [EarlyWarningFinding], _ applied: EarlyWarning.AppliedRule, _ day: CalendarDate, at now: Timestamp,
    in tx: Transaction
  ) async throws -> [EarlyWarning] {
    guard !findings.isEmpty else { return [] }
    let rule = applied.rule
    // What is known at the end of a day can be said on the next one.
    let signalledOn = CalendarDate(daysSinceEpoch: day.daysSinceEpoch + 1)
    let since = CalendarDate(daysSinceEpoch: signalledOn.daysSinceEpoch - Int64(rule.quietDays))
    let cells = Array(Set(findings.map(\.cell)))
    var signals = try await tx.run(EarlyWarningRepository.lock(of: cells, since: since))
    let campaigns = try await tx.run(EarlyWarningObservations.silences(of: cells, since: since, through: signalledOn))
    var said: [EarlyWarning.ID: EarlyWarning] = [:]
    for finding in findings {
      if let place = signals.lastIndex(where: {
        $0.cell == finding.cell && $0.modelYears.contains(finding.modelYear)
      }) {
        guard finding.level > signals[place].level else { continue }
        let raised = raise(signals[place], to: finding, applied, on: signalledOn, at: now, in: tx)
        signals[place] = raised
        said[raised.id] = raised
        continue
      }
      var silent = Set(campaigns.filter { $0.cell == finding.cell }.flatMap(\.modelYears))
      for signal in signals where signal.cell == finding.cell { silent.formUnion(signal.modelYears) }
      guard let years = finding.modelYears(rule, silent: silent) else { continue }
      let signal = try await open(finding, years, applied, on: signalledOn, at: now, in: tx)
      signals.append(signal)
      said[signal.id] = signal
    }
    return signals.filter { said[$0.id] != nil }
  }

  /// A new signal with its issue.
  private func open(
    _ finding: EarlyWarningFinding, _ years: ClosedRange<Int>, _ applied: EarlyWarning.AppliedRule,
    on day: CalendarDate, at now: Timestamp, in tx: Transaction
  ) async throws -> EarlyWarning {
    let command = Self.command(at: now)
    let sentence = finding.sentence(modelYears: years, rule: applied.rule)
    let figures = finding.figures
    var facts = QualityFacts()
    facts.qualityDefect = true
    let casualties = figures.injured + figures.deaths
    if casualties > 0 { facts.casualties = casualties }
    facts.majorAccident = figures.crashes + figures.fires > 0
    let header = QualityIssueHeader(
      source: .earlyWarning, symptom: sentence, defects: [], vehicleID: nil,
      modelID: try await tx.run(EarlyWarningObservations.model(of: finding.cell)), customerID: nil, workOrderID: nil,
      odometerKm: nil, occurredAt: nil, externalIDs: [:])
    let issue = try await issues.open(
      header, facts, at: nil, state: .reported, isSuspectedMajor: false, command, in: tx)
    let warning = EarlyWarning(
      id: .new(at: now), number: try await tx.number(.earlyWarning, at: nil, on: now), state: .open, version: 1,
      stamp: RecordStamp(by: .system, at: now), cell: finding.cell, modelYears: years, signalledOn: day,
      level: finding.level, raisedOn: day, figures: figures, rule: applied, sentence: sentence,
      sources: finding.sources, qualityIssueID: issue.id, acknowledgement: nil)
    return insert(
      warning, Effects(["earlyWarning.signalled"], data: Self.data(of: warning)), command, in: tx)
  }

  private func raise(
    _ before: EarlyWarning, to finding: EarlyWarningFinding, _ applied: EarlyWarning.AppliedRule,
    on day: CalendarDate, at now: Timestamp, in tx: Transaction
  ) -> EarlyWarning {
    var warning = before
    warning.rise(to: finding, applied, on: day)
    return save(
      warning, over: before, Effects(["earlyWarning.raised"], data: Self.data(of: warning)), Self.command(at: now),
      in: tx)
  }

  private static func data(of warning: EarlyWarning) -> [String: EventValue] {
    [
      "level": .integer(Int64(warning.level)), "qualityIssueId": .text(warning.qualityIssueID.description),
      "component": .text(warning.cell.component), "sentence": .text(warning.sentence),
    ]
  }

  private static func command(at now: Timestamp) -> Command<Void> {
    Command(
      caller: .system, requestID: "watchEarly", at: now, precondition: nil, idempotency: nil,
      present: { _ in Answer(status: 204) })
  }
}

/// Evaluates day after day behind the calendar, whichever instance finds it due (A11).
package struct EarlyWarningWatch: Sendable {
  private let leases: WorkerLeaseService
  private let warnings: EarlyWarningService
  private let clock: WallClock

  package init(_ leases: WorkerLeaseService, warnings: EarlyWarningService, clock: WallClock) {
    self.leases = leases
    self.warnings = warnings
    self.clock = clock
  }

  /// - Returns: whether there may be more.
  package func evaluate(under lease: WorkerLease) async throws -> Bool {
    let now = clock.now()
    let yesterday = CalendarDate(daysSinceEpoch: ReportPeriod.day(of: now).daysSinceEpoch - 1)
    return try await leases.step(under: lease) { tx in
      try await warnings.evaluateNextDay(through: yesterday, at: now, in: tx) != nil
    }
  }
}
