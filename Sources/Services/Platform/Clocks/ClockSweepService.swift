package import Domain
package import Repositories

/// What time alone does to clocks: warnings, breaches, the rungs of the ladder, and the counting anew after a calendar has
/// changed. In bounded steps; what a step returns: whether it may have left something over.
package struct ClockSweepService: Sendable {
  package static let stepSize = 100

  private let leases: WorkerLeaseService
  private let clock: WallClock

  package init(_ leases: WorkerLeaseService, clock: WallClock) {
    self.leases = leases
    self.clock = clock
  }

  package func advance(under lease: WorkerLease) async throws -> Bool {
    let now = clock.now()
    return try await leases.step(under: lease) { tx in try await Self.advance(at: now, in: tx) == Self.stepSize }
  }

  package func recount(under lease: WorkerLease) async throws -> Bool {
    let now = clock.now()
    return try await leases.step(under: lease) { tx in try await Self.recount(at: now, in: tx) == Self.stepSize }
  }

  /// Brings clocks up to now. The lease keeps instances apart for thrift only: each clock is locked and what another instance
  /// holds is passed over, so a breach is found once even where two sweep at the same time.
  /// - Returns: how many clocks were looked at.
  package static func advance(at now: Timestamp, in tx: Transaction) async throws -> Int {
    let clocks = try await load(try await tx.run(ClockRepository.lockDue(at: now, limit: stepSize)), in: tx)
    let regions = try await tx.run(ClockRepository.regions(of: Set(clocks.compactMap(\.stationID))))
    var events: [Change] = []
    for before in clocks {
      let after = before.advanced(to: now)
      // Written even if nothing came of it, so that no clock is looked at for ever.
      for statement in ClockRepository.save(after, over: before) { tx.enqueue(statement) }
      events += after.events(since: before, region: before.stationID.flatMap { regions[$0] })
    }
    record(events, at: now, in: tx)
    return clocks.count
  }

  /// Counts clocks in working days anew whose calendar is another one by now, each with a line that says so.
  /// - Returns: how many clocks were counted.
  package static func recount(at now: Timestamp, in tx: Transaction) async throws -> Int {
    let clocks = try await load(try await tx.run(ClockRepository.lockStale(limit: stepSize)), in: tx)
    var inForce: [Station.ID?: WorkingCalendar?] = [:]
    var events: [Change] = []
    for before in clocks {
      guard let terms = before.ledger.terms else { continue }
      let calendar: WorkingCalendar?
      if let known = inForce[before.stationID] {
        calendar = known
      } else {
        calendar = try await tx.run(CalendarRepository.inForce(at: before.stationID))
        inForce[before.stationID] = .some(calendar)
      }
      let renewed = ClockEntry.Terms(
        rule: terms.rule, variant: terms.variant, policyVersion: terms.policyVersion,
        calendar: calendar.map { ClockEntry.CalendarVersion(id: $0.id, version: $0.version) } ?? .standard)
      let after = try before.recomputed(
        renewed, in: calendar?.content ?? .standard,
        reason: calendar.map { "Calendar \($0.code), version \($0.version)" } ?? "Standard calendar", by: .system,
        at: now)
      for statement in ClockRepository.save(after, over: before) { tx.enqueue(statement) }
      events += after.events(since: before)
    }
    record(events, at: now, in: tx)
    return clocks.count
  }

  private static func load(_ locked: [Clock.ID], in tx: Transaction) async throws -> [Clock] {
    guard !locked.isEmpty else { return [] }
    let selection = ClockRepository.Selection.these(locked)
    let (headers, lines, calendars) = try await tx.run(
      ClockRepository.headers(selection, in: .network), ClockRepository.lines(selection, in: .network),
      ClockRepository.calendars(selection, in: .network))
    return try ClockRepository.assemble(headers, lines, calendars)
  }

  private static func record(_ events: [Change], at now: Timestamp, in tx: Transaction) {
    guard !events.isEmpty else { return }
    tx.enqueue(EventRepository.append(events, by: .system, requestID: "clocks", at: now))
  }
}
