import Domain
import FoundationEssentials
import Postgres

/// What belongs to the kind of a ledger's line, kept as jsonb because lines are written once and read whole.
enum ClockJSON {
  static func encode(_ effect: ClockEntry.Effect) -> JSONB { EventJSON.encode(.object(members(effect))) }

  /// `nil`: it was not written by this product.
  static func effect(_ kind: ClockEntry.Kind, corrects: Int?, _ bytes: [UInt8]) -> ClockEntry.Effect? {
    let detail = EventJSON.object(bytes)
    switch kind {
    case .started: return terms(detail).map { .started($0) }
    case .recomputed: return terms(detail).map { .recomputed($0) }
    case .paused: return .paused
    case .resumed: return .resumed
    case .corrected: return correction(detail, corrects: corrects).map { .corrected($0) }
    case .promised:
      guard let promisedAt = detail.instant("promisedAt") else { return nil }
      return .promised(ClockEntry.Promise(promisedAt: promisedAt, noticeInTime: detail.flag("noticeInTime")))
    case .warned: return .warned
    case .breached: return detail.instant("dueAt").map { .breached(dueAt: $0) }
    case .breachWithdrawn: return .breachWithdrawn
    case .escalated: return detail.integer("level").map { .escalated(level: Int($0)) }
    case .acknowledged: return detail.integer("level").map { .acknowledged(level: Int($0)) }
    case .moved:
      guard let from = subject(detail, "from"), let to = subject(detail, "to") else { return nil }
      return .moved(
        ClockEntry.Move(
          from: from, fromStation: detail.text("fromStation").flatMap { Station.ID($0) }, to: to,
          toStation: detail.text("toStation").flatMap { Station.ID($0) }))
    case .met: return .met
    case .cancelled: return .cancelled
    }
  }

  private static func members(_ effect: ClockEntry.Effect) -> [String: EventValue] {
    switch effect {
    case .started(let terms), .recomputed(let terms): members(terms)
    case .corrected(.void): ["correction": .text("void")]
    case .corrected(.replace(_, let from, let to)):
      ["correction": .text("replace"), "from": instant(from), "to": to.map(instant) ?? .null]
    case .corrected(.add(let from, let to)): ["correction": .text("add"), "from": instant(from), "to": instant(to)]
    case .promised(let promise):
      ["promisedAt": instant(promise.promisedAt), "noticeInTime": .boolean(promise.noticeInTime)]
    case .breached(let dueAt): ["dueAt": instant(dueAt)]
    case .escalated(let level), .acknowledged(let level): ["level": .integer(Int64(level))]
    case .moved(let move):
      [
        "from": value(move.from), "fromStation": .optional(move.fromStation?.description), "to": value(move.to),
        "toStation": .optional(move.toStation?.description),
      ]
    case .paused, .resumed, .warned, .breachWithdrawn, .met, .cancelled: [:]
    }
  }

  // MARK: Terms

  private static func members(_ terms: ClockEntry.Terms) -> [String: EventValue] {
    [
      "rule": .object(members(terms.rule)), "variant": .optional(terms.variant?.rawValue),
      "policyVersion": .text(terms.policyVersion),
      "calendarId": .optional(terms.calendar.id?.description),
      "calendarVersion": .integer(Int64(terms.calendar.version)),
      "promisedAt": terms.promisedAt.map(instant) ?? .null,
    ]
  }

  private static func terms(_ detail: [String: EventValue]) -> ClockEntry.Terms? {
    guard case .object(let members)? = detail["rule"], let rule = rule(members),
      let policy = detail.text("policyVersion"), let version = detail.integer("calendarVersion")
    else { return nil }
    return ClockEntry.Terms(
      rule: rule, variant: detail.text("variant").flatMap(ClockRule.Variant.init(rawValue:)), policyVersion: policy,
      calendar: ClockEntry.CalendarVersion(
        id: detail.text("calendarId").flatMap { WorkingCalendar.ID($0) }, version: Int(version)),
      promisedAt: detail.instant("promisedAt"))
  }

  private static func members(_ rule: DeadlineRule) -> [String: EventValue] {
    let (unit, opens, closes): (String, Int64?, Int64?) =
      switch rule.span {
      case .elapsed(let opens, let closes): ("elapsed", opens, closes)
      case .calendarDays(let opens, let closes): ("calendarDays", opens.map(Int64.init), Int64(closes))
      case .workingDays(let opens, let closes): ("workingDays", opens.map(Int64.init), Int64(closes))
      case .promised: ("promised", nil, nil)
      }
    return [
      "unit": .text(unit), "opens": integer(opens), "closes": integer(closes),
      "warnBeforeSeconds": integer(rule.warnBeforeSeconds),
      "ladder": .list(
        rule.ladder.map {
          .object(["afterSeconds": .integer($0.afterSeconds), "role": .text($0.role.rawValue)])
        }),
    ]
  }

  private static func rule(_ members: [String: EventValue]) -> DeadlineRule? {
    let opens = members.integer("opens")
    let closes = members.integer("closes")
    let span: DeadlineRule.Span
    switch (members.text("unit"), closes) {
    case ("elapsed", let closes?): span = .elapsed(opens: opens, closes: closes)
    case ("calendarDays", let closes?): span = .calendarDays(opens: opens.map(Int.init), closes: Int(closes))
    case ("workingDays", let closes?): span = .workingDays(opens: opens.map(Int.init), closes: Int(closes))
    case ("promised", nil): span = .promised
    default: return nil
    }
    var ladder: [DeadlineRule.Step] = []
    for item in members.list("ladder") {
      guard case .object(let step) = item, let after = step.integer("afterSeconds"),
        let role = step.text("role").flatMap(Role.init(rawValue:))
      else { return nil }
      ladder.append(DeadlineRule.Step(afterSeconds: after, role: role))
    }
    return DeadlineRule(span: span, warnBeforeSeconds: members.integer("warnBeforeSeconds"), ladder: ladder)
  }

  // MARK: Other parts

  private static func correction(_ detail: [String: EventValue], corrects: Int?) -> ClockEntry.Correction? {
    switch (detail.text("correction"), corrects, detail.instant("from"), detail.instant("to")) {
    case ("void", let entry?, _, _): .void(entry: entry)
    case ("replace", let entry?, let from?, let to): .replace(entry: entry, from: from, to: to)
    case ("add", _, let from?, let to?): .add(from: from, to: to)
    default: nil
    }
  }

  private static func value(_ subject: ClockSubject) -> EventValue {
    .object([
      "resource": .text(subject.resource.rawValue), "id": .text(subject.id.canonical),
      "number": .optional(subject.number),
    ])
  }

  private static func subject(_ detail: [String: EventValue], _ name: String) -> ClockSubject? {
    guard case .object(let members)? = detail[name],
      let resource = members.text("resource").flatMap(Resource.init(rawValue:)),
      let id = members.text("id").flatMap({ UUID(canonical: $0) })
    else { return nil }
    return ClockSubject(resource, id, number: members.text("number"))
  }

  private static func instant(_ instant: Timestamp) -> EventValue { .integer(instant.milliseconds) }

  private static func integer(_ number: Int64?) -> EventValue { number.map(EventValue.integer) ?? .null }
}

extension [String: EventValue] {
  fileprivate func instant(_ name: String) -> Timestamp? { integer(name).map { Timestamp(milliseconds: $0) } }
}
