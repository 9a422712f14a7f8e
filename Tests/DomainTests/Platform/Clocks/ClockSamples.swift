import Domain
import FoundationEssentials

/// Clocks and callers for tests of their rules.
enum ClockSamples {
  /// An instant in Chinese time: `2026-10-09 10:00`.
  static func time(_ text: String) -> Timestamp {
    guard let instant = Timestamp(text.replacing(" ", with: "T") + ":00+08:00") else { preconditionFailure(text) }
    return instant
  }

  static let manager = Caller(
    subject: .user(UUID()), name: "李经理", roles: [.stServiceManager], permissions: Set(Permission.allCases),
    scope: .network)

  static let ladder = [Role.stServiceManager, .regionManager, .hqService, .hqServiceHead].enumerated().map {
    DeadlineRule.Step(afterSeconds: Int64($0) * 1800, role: $1)
  }

  static let halfAnHour = DeadlineRule(
    span: .elapsed(opens: nil, closes: 1800), warnBeforeSeconds: 600, ladder: ladder)

  static func terms(
    _ rule: DeadlineRule, promisedAt: Timestamp? = nil, policy: String = "clocks@0"
  ) -> ClockEntry.Terms {
    ClockEntry.Terms(rule: rule, policyVersion: policy, calendar: .standard, promisedAt: promisedAt)
  }

  static func clock(
    _ rule: DeadlineRule = halfAnHour, _ kind: ClockKind = .repairCallResponse, at start: String,
    promisedAt: String? = nil, in calendar: WorkingCalendar.Content = .standard
  ) -> Clock {
    .started(
      kind, of: ClockSubject(.workOrder, UUID(), number: "WO-SY001-2026-000001"), at: .new(at: time(start)),
      terms(rule, promisedAt: promisedAt.map(time)), in: calendar, by: manager, at: time(start))
  }
}

extension Clock {
  typealias Samples = ClockSamples

  func pausing(_ at: String, _ reason: String = "等客户 Waiting") throws -> Clock {
    try paused(reason: reason, by: Samples.manager, at: Samples.time(at))
  }

  func resuming(_ at: String) throws -> Clock {
    try resumed(reason: "客户已答复 Answered", by: Samples.manager, at: Samples.time(at))
  }

  func meeting(_ at: String) throws -> Clock { try met(by: Samples.manager, at: Samples.time(at)) }

  func correcting(_ correction: ClockEntry.Correction, _ at: String) throws -> Clock {
    try corrected(correction, reason: "误操作 By mistake", by: Samples.manager, at: Samples.time(at))
  }

  func later(_ at: String) -> Clock { advanced(to: Samples.time(at)) }

  var dueAt: Timestamp? { status.dueAt }
  var kinds: [ClockEntry.Kind] { entries.map(\.kind) }
}
