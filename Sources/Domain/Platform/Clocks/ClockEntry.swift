package import FoundationEssentials

/// One line of a clock's ledger. Lines are only ever added: what was wrong is set right by a later line that names it.
package struct ClockEntry: Hashable, Sendable {
  /// From 1, in the order in which they were written.
  package let number: Int
  package let effect: Effect
  package let at: Timestamp
  package let by: RecordStamp.Author
  package let reason: String?

  package init(number: Int, effect: Effect, at: Timestamp, by: RecordStamp.Author, reason: String?) {
    self.number = number
    self.effect = effect
    self.at = at
    self.by = by
    self.reason = reason
  }

  package enum Effect: Hashable, Sendable {
    case started(Terms)
    case paused
    case resumed
    case corrected(Correction)
    /// A new promise, and whether the customer heard of it in time (T-46).
    case promised(Promise)
    /// Runs by other terms from now on, counted from the same start.
    case recomputed(Terms)
    case warned
    /// The deadline of then passed unmet.
    case breached(dueAt: Timestamp)
    /// A correction showed that the deadline was not missed.
    case breachWithdrawn
    /// The one on this rung was told.
    case escalated(level: Int)
    /// Somebody has taken it in hand: the ladder is climbed no further, the clock runs on.
    case acknowledged(level: Int)
    /// The clock followed its case to another document or station.
    case moved(Move)
    case met
    case cancelled
  }

  /// What a clock runs by.
  package struct Terms: Hashable, Sendable {
    package let rule: DeadlineRule
    /// Which case of the kind it is; kept, so that counting anew takes the same.
    package let variant: ClockRule.Variant?
    /// `clocks@0`: the version of the policy that the rule was taken from.
    package let policyVersion: String
    package let calendar: CalendarVersion
    package let promisedAt: Timestamp?

    package init(
      rule: DeadlineRule, variant: ClockRule.Variant? = nil, policyVersion: String, calendar: CalendarVersion,
      promisedAt: Timestamp? = nil
    ) {
      self.rule = rule
      self.variant = variant
      self.policyVersion = policyVersion
      self.calendar = calendar
      self.promisedAt = promisedAt
    }
  }

  /// A calendar as it stood; `nil` and 0 is the standard calendar that comes with the product.
  package struct CalendarVersion: Hashable, Sendable {
    package let id: WorkingCalendar.ID?
    package let version: Int

    package init(id: WorkingCalendar.ID?, version: Int) {
      self.id = id
      self.version = version
    }

    package static let standard = CalendarVersion(id: nil, version: 0)
  }

  package struct Promise: Hashable, Sendable {
    package let promisedAt: Timestamp
    package let noticeInTime: Bool

    package init(promisedAt: Timestamp, noticeInTime: Bool) {
      self.promisedAt = promisedAt
      self.noticeInTime = noticeInTime
    }
  }

  package struct Move: Hashable, Sendable {
    package let from: ClockSubject
    package let fromStation: Station.ID?
    package let to: ClockSubject
    package let toStation: Station.ID?

    package init(from: ClockSubject, fromStation: Station.ID?, to: ClockSubject, toStation: Station.ID?) {
      self.from = from
      self.fromStation = fromStation
      self.to = to
      self.toStation = toStation
    }
  }

  package enum Correction: Hashable, Sendable {
    /// The pause of that line did not happen.
    case void(entry: Int)
    /// The pause of that line was from then to then; without an end it still lasts.
    case replace(entry: Int, from: Timestamp, to: Timestamp?)
    /// A pause that nobody wrote down when it happened.
    case add(from: Timestamp, to: Timestamp)
  }

  /// The word for it in answers and in the table.
  package var kind: Kind {
    switch effect {
    case .started: .started
    case .paused: .paused
    case .resumed: .resumed
    case .corrected: .corrected
    case .promised: .promised
    case .recomputed: .recomputed
    case .warned: .warned
    case .breached: .breached
    case .breachWithdrawn: .breachWithdrawn
    case .escalated: .escalated
    case .acknowledged: .acknowledged
    case .moved: .moved
    case .met: .met
    case .cancelled: .cancelled
    }
  }

  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case started, paused, resumed, corrected, promised, recomputed, warned, breached, breachWithdrawn, escalated
    case acknowledged, moved, met, cancelled
  }

  /// The line that this one sets right.
  package var corrects: Int? {
    guard case .corrected(let correction) = effect else { return nil }
    switch correction {
    case .void(let entry), .replace(let entry, _, _): return entry
    case .add: return nil
    }
  }
}

/// The document that a clock belongs to.
package struct ClockSubject: Hashable, Sendable {
  package let resource: Resource
  package let id: UUID
  /// What people call it; copied, because a clock is shown without its document.
  package let number: String?

  package init(_ resource: Resource, _ id: UUID, number: String?) {
    self.resource = resource
    self.id = id
    self.number = number
  }
}
