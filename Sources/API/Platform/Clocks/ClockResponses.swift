package import Domain
import FoundationEssentials

/// A clock as one caller sees it; with its explanation where the ledger was read.
package struct ClockView: JSONWritable {
  private let clock: Clock
  private let actions: [Clock.Action]
  private let explainedAt: Timestamp?

  package init(_ clock: Clock, for caller: Caller, explainedAt: Timestamp? = nil) {
    self.clock = clock
    self.explainedAt = explainedAt
    actions = Clock.lifecycle.available(on: clock, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    let status = clock.status
    json.object { json in
      json.field("acknowledgedAt", status.acknowledgedAt)
      json.field("acknowledgedBy", status.acknowledgedBy?.name)
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.field("breachedAt", status.breachedAt)
      json.field("calendarId", status.calendar.id)
      json.field("calendarVersion", status.calendar.version)
      json.field("cancelledAt", status.cancelledAt)
      json.field("createdAt", clock.stamp.createdAt)
      json.field("createdBy", clock.stamp.createdBy.name)
      json.field("dueAt", status.dueAt)
      json.field("escalationLevel", status.escalationLevel)
      if let explainedAt, let explanation = clock.explanation(at: explainedAt) {
        json.field("explanation", explanation)
      }
      json.field("id", clock.id)
      json.field("kind", clock.kind)
      json.field("late", status.isLate)
      json.field("metAt", status.metAt)
      json.field("occurrence", clock.occurrence)
      json.field("opensAt", status.opensAt)
      json.field("paused", status.isPaused)
      json.field("policyVersion", status.policyVersion)
      json.field("promisedAt", status.promisedAt)
      json.field("startedAt", status.startedAt)
      json.field("state", clock.state)
      json.field("stationId", clock.stationID)
      json.object("subject") { clock.subject.write(to: &$0) }
      json.field("updatedAt", clock.stamp.updatedAt)
      json.field("updatedBy", clock.stamp.updatedBy.name)
      json.field("version", clock.version)
      json.field("warnedAt", status.warnedAt)
    }
  }
}

extension ClockSubject {
  fileprivate func write(to json: inout JSONWriter) {
    json.field("id", id)
    json.field("number", number)
    json.field("resource", resource)
  }
}

extension ClockEntry: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("at", at)
      json.field("by", by.name)
      json.field("byId", by.id)
      json.field("corrects", corrects)
      json.field("from", correction.from)
      json.field("kind", kind)
      json.field("level", level)
      json.field("noticeInTime", promise?.noticeInTime)
      json.field("number", number)
      json.field("policyVersion", terms?.policyVersion)
      json.field("promisedAt", promise?.promisedAt ?? terms?.promisedAt)
      json.field("reason", reason)
      json.member("rule") { json in
        guard let terms else { return json.null() }
        terms.rule.write(to: &json)
      }
      json.field("to", correction.to)
    }
  }

  private var terms: Terms? {
    switch effect {
    case .started(let terms), .recomputed(let terms): terms
    case .paused, .resumed, .corrected, .promised, .warned, .breached, .breachWithdrawn, .escalated, .acknowledged,
      .moved, .met, .cancelled:
      nil
    }
  }

  private var promise: Promise? {
    if case .promised(let promise) = effect { promise } else { nil }
  }

  private var level: Int? {
    switch effect {
    case .escalated(let level), .acknowledged(let level): level
    case .started, .recomputed, .paused, .resumed, .corrected, .promised, .warned, .breached, .breachWithdrawn, .moved,
      .met, .cancelled:
      nil
    }
  }

  private var correction: (from: Timestamp?, to: Timestamp?) {
    guard case .corrected(let correction) = effect else { return (nil, nil) }
    switch correction {
    case .void: return (nil, nil)
    case .replace(_, let from, let to): return (from, to)
    case .add(let from, let to): return (from, to)
    }
  }
}

extension DeadlineRule: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.array("escalation", ladder) { json, step in
        json.object {
          $0.field("afterSeconds", step.afterSeconds)
          $0.field("reach", step.reach)
          $0.field("role", step.role)
        }
      }
      json.field("text", words)
      json.field("warnBeforeSeconds", warnBeforeSeconds)
    }
  }
}

extension ClockExplanation: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("baseDueAt", baseDueAt)
      json.field("calendarId", calendar.id)
      json.field("calendarName", calendarName)
      json.field("calendarVersion", calendar.version)
      json.array("days", days) { json, day in
        json.object {
          $0.field("date", day.date)
          $0.field("kind", day.kind)
          $0.field("name", day.name)
        }
      }
      json.field("dueAt", dueAt)
      json.field("givenBackSeconds", givenBackSeconds)
      json.array("intervals", intervals) { json, interval in
        json.object {
          $0.field("by", interval.by)
          $0.field("correctedBy", interval.correctedBy)
          $0.field("countedSeconds", interval.countedSeconds)
          $0.field("entry", interval.entry)
          $0.field("from", interval.from)
          $0.field("kind", interval.kind)
          $0.field("reason", interval.reason)
          $0.field("to", interval.to)
        }
      }
      json.field("opensAt", opensAt)
      json.field("policyVersion", policyVersion)
      json.field("remainingSeconds", remainingSeconds)
      json.field("rule", rule)
      json.array("sentences", sentences) { $0.string($1) }
      json.field("startedAt", startedAt)
    }
  }
}

extension WorkingCalendar: JSONWritable {
  package func write(to json: inout JSONWriter) {
    let holder = holder
    json.object { json in
      json.field("code", code)
      json.field("createdAt", stamp.createdAt)
      json.field("createdBy", stamp.createdBy.name)
      json.array("exceptions", content.exceptions) { json, exception in
        json.object {
          $0.field("date", exception.date)
          $0.field("hours", exception.hours.map(\.description))
          $0.field("kind", exception.kind)
          $0.field("name", exception.name)
        }
      }
      json.field("externalIds", externalIDs)
      json.field("id", id)
      json.field("name", content.name)
      json.field("nameEn", content.nameEn)
      json.field("regionId", holder.regionID)
      json.field("stationId", holder.stationID)
      json.field("updatedAt", stamp.updatedAt)
      json.field("updatedBy", stamp.updatedBy.name)
      json.field("utcOffset", Self.offset(content.utcOffsetMinutes))
      json.field("version", version)
      json.object("week") { json in
        for (place, day) in Self.weekdays.enumerated().sorted(by: { $0.element < $1.element }) {
          json.member(named: day) { content.week[place].map(\.description).write(to: &$0) }
        }
      }
    }
  }

  private static func offset(_ minutes: Int) -> String { (minutes < 0 ? "-" : "+") + Period.text(abs(minutes)) }
}
