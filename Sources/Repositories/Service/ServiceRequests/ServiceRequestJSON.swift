import Domain
import Postgres

/// The parts of a request that are kept as jsonb: records that are written once and read whole.
enum ServiceRequestJSON {
  static func encode(_ answer: RequestAnswer) -> JSONB {
    EventJSON.encode(
      .object([
        "text": .text(answer.text), "channel": .text(answer.channel.rawValue), "by": .text(answer.answeredBy),
        "at": .integer(answer.answeredAt.milliseconds),
      ]))
  }

  static func answer(_ bytes: [UInt8]) -> RequestAnswer? {
    let record = EventJSON.object(bytes)
    guard let text = record.text("text"), let channel = channel(record), let by = record.text("by"),
      let at = instant(record, "at")
    else { return nil }
    return RequestAnswer(text: text, channel: channel, answeredBy: by, answeredAt: at)
  }

  static func encode(_ refusals: [RequestRefusal]) -> JSONB {
    EventJSON.encode(
      .list(
        refusals.map { refusal in
          .object([
            "stationId": .text(refusal.stationID.description), "reason": .text(refusal.reason),
            "at": .integer(refusal.refusedAt.milliseconds),
          ])
        }))
  }

  static func refusals(_ bytes: [UInt8]) -> [RequestRefusal] {
    records(bytes).compactMap { record in
      guard let station = record.text("stationId").flatMap({ Station.ID($0) }), let reason = record.text("reason"),
        let at = instant(record, "at")
      else { return nil }
      return RequestRefusal(stationID: station, reason: reason, refusedAt: at)
    }
  }

  static func encode(_ resolution: RequestResolution) -> JSONB {
    EventJSON.encode(
      .object([
        "summary": .text(resolution.summary), "caseReference": .optional(resolution.caseReference),
        "faultCleared": .boolean(resolution.faultCleared), "clearedAt": value(resolution.clearedAt),
        "by": .text(resolution.resolvedBy), "at": .integer(resolution.resolvedAt.milliseconds),
      ]))
  }

  static func resolution(_ bytes: [UInt8]) -> RequestResolution? {
    let record = EventJSON.object(bytes)
    guard let summary = record.text("summary"), let by = record.text("by"), let at = instant(record, "at") else {
      return nil
    }
    return RequestResolution(
      summary: summary, caseReference: record.text("caseReference"), faultCleared: record.flag("faultCleared"),
      clearedAt: instant(record, "clearedAt"), resolvedBy: by, resolvedAt: at)
  }

  static func encode(_ receipts: [RequestReceipt]) -> JSONB {
    EventJSON.encode(
      .list(
        receipts.map { receipt in
          .object([
            "party": .text(receipt.party.rawValue), "channel": .text(receipt.channel.rawValue),
            "toldTo": .optional(receipt.toldTo), "note": .optional(receipt.note), "by": .text(receipt.returnedBy),
            "at": .integer(receipt.returnedAt.milliseconds),
          ])
        }))
  }

  static func receipts(_ bytes: [UInt8]) -> [RequestReceipt] {
    records(bytes).compactMap { record in
      guard let party = record.text("party").flatMap(RequestReceipt.Party.init(rawValue:)),
        let channel = channel(record), let by = record.text("by"), let at = instant(record, "at")
      else { return nil }
      return RequestReceipt(
        party: party, channel: channel, toldTo: record.text("toldTo"), note: record.text("note"), returnedBy: by,
        returnedAt: at)
    }
  }

  static func encode(_ escalation: RequestEscalation) -> JSONB {
    EventJSON.encode(
      .object([
        "reason": .text(escalation.reason), "by": .text(escalation.escalatedBy),
        "at": .integer(escalation.escalatedAt.milliseconds),
      ]))
  }

  static func escalation(_ bytes: [UInt8]) -> RequestEscalation? {
    let record = EventJSON.object(bytes)
    guard let reason = record.text("reason"), let by = record.text("by"), let at = instant(record, "at") else {
      return nil
    }
    return RequestEscalation(reason: reason, escalatedBy: by, escalatedAt: at)
  }

  static func encode(_ attempts: [RequestCallAttempt]) -> JSONB {
    EventJSON.encode(
      .list(
        attempts.map { attempt in
          .object([
            "comment": .optional(attempt.comment), "by": .text(attempt.calledBy),
            "at": .integer(attempt.calledAt.milliseconds),
          ])
        }))
  }

  static func callAttempts(_ bytes: [UInt8]) -> [RequestCallAttempt] {
    records(bytes).compactMap { record in
      guard let by = record.text("by"), let at = instant(record, "at") else { return nil }
      return RequestCallAttempt(comment: record.text("comment"), calledBy: by, calledAt: at)
    }
  }

  static func encode(_ call: RequestCallBack) -> JSONB {
    EventJSON.encode(
      .object([
        "satisfied": .boolean(call.isSatisfied), "rating": call.rating.map { .integer(Int64($0)) } ?? .null,
        "comment": .optional(call.comment), "by": .text(call.calledBy), "at": .integer(call.calledAt.milliseconds),
      ]))
  }

  static func callBack(_ bytes: [UInt8]) -> RequestCallBack? {
    let record = EventJSON.object(bytes)
    guard let by = record.text("by"), let at = instant(record, "at") else { return nil }
    return RequestCallBack(
      isSatisfied: record.flag("satisfied"), rating: record.integer("rating").map(Int.init),
      comment: record.text("comment"), calledBy: by, calledAt: at)
  }

  static func encode(_ conversion: RequestConversion) -> JSONB {
    EventJSON.encode(
      .object([
        "target": .text(conversion.target.rawValue), "reason": .text(conversion.reason),
        "preferredAt": value(conversion.preferredAt),
        "complaintId": .optional(conversion.complaintID?.description),
      ]))
  }

  static func conversion(_ bytes: [UInt8]) -> RequestConversion? {
    let record = EventJSON.object(bytes)
    guard let target = record.text("target").flatMap(RequestConversion.Target.init(rawValue:)),
      let reason = record.text("reason")
    else { return nil }
    return RequestConversion(
      target: target, reason: reason, preferredAt: instant(record, "preferredAt"),
      complaintID: record.text("complaintId").flatMap { Complaint.ID($0) })
  }

  static func encode(_ inspection: RequestInspection) -> JSONB {
    EventJSON.encode(
      .object([
        "rhythm": .text(inspection.rhythm.rawValue), "plannedOn": .text(inspection.plannedOn.description),
        "intervalDays": value(inspection.intervalDays),
      ]))
  }

  static func inspection(_ bytes: [UInt8]) -> RequestInspection? {
    let record = EventJSON.object(bytes)
    guard let rhythm = record.text("rhythm").flatMap(RequestInspection.Rhythm.init(rawValue:)),
      let plannedOn = record.text("plannedOn").flatMap({ CalendarDate($0) })
    else { return nil }
    return RequestInspection(
      rhythm: rhythm, plannedOn: plannedOn, intervalDays: record.integer("intervalDays").map(Int.init))
  }

  static func encode(_ ranking: DispatchRanking) -> JSONB {
    EventJSON.encode(.list(ranking.entries.map(value)))
  }

  static func ranking(_ bytes: [UInt8], policyVersion: String) -> DispatchRanking {
    DispatchRanking(policyVersion: policyVersion, entries: records(bytes).compactMap(entry))
  }

  private static func value(_ entry: DispatchRanking.Entry) -> EventValue {
    .object([
      "stationId": .text(entry.stationID.description), "code": .text(entry.code), "name": .text(entry.name),
      "distance": .integer(Int64(entry.points.distance)), "load": .integer(Int64(entry.points.load)),
      "opening": .integer(Int64(entry.points.opening)), "distanceKm": value(entry.distanceKm),
      "sameRegion": value(entry.isSameRegion), "openOrders": .integer(Int64(entry.openOrders)),
      "openRequests": .integer(Int64(entry.openRequests)), "capacity": .integer(Int64(entry.capacity)),
      "openNow": value(entry.isOpenNow), "lastDispatchedAt": value(entry.lastDispatchedAt),
      "exclusions": .list(entry.exclusions.map { .text($0.rawValue) }),
    ])
  }

  private static func entry(_ record: [String: EventValue]) -> DispatchRanking.Entry? {
    guard let station = record.text("stationId").flatMap({ Station.ID($0) }), let code = record.text("code"),
      let name = record.text("name")
    else { return nil }
    func number(_ name: String) -> Int { record.integer(name).map(Int.init) ?? 0 }
    return DispatchRanking.Entry(
      stationID: station, code: code, name: name,
      points: DispatchRanking.Points(
        distance: number("distance"), load: number("load"), opening: number("opening")),
      distanceKm: record.integer("distanceKm").map(Int.init), isSameRegion: flag(record, "sameRegion"),
      openOrders: number("openOrders"), openRequests: number("openRequests"), capacity: number("capacity"),
      isOpenNow: flag(record, "openNow"), lastDispatchedAt: instant(record, "lastDispatchedAt"),
      exclusions: record.list("exclusions").compactMap { item in
        if case .text(let word) = item { DispatchRanking.Exclusion(rawValue: word) } else { nil }
      })
  }

  private static func records(_ bytes: [UInt8]) -> [[String: EventValue]] {
    guard case .list(let items) = EventJSON.value(bytes) else { return [] }
    return items.compactMap { item in
      if case .object(let record) = item { record } else { nil }
    }
  }

  private static func channel(_ record: [String: EventValue]) -> CustomerDecision.Channel? {
    record.text("channel").flatMap(CustomerDecision.Channel.init(rawValue:))
  }

  private static func instant(_ record: [String: EventValue], _ name: String) -> Timestamp? {
    record.integer(name).map { Timestamp(milliseconds: $0) }
  }

  private static func flag(_ record: [String: EventValue], _ name: String) -> Bool? {
    if case .boolean(let flag)? = record[name] { flag } else { nil }
  }

  private static func value(_ instant: Timestamp?) -> EventValue { instant.map { .integer($0.milliseconds) } ?? .null }
  private static func value(_ number: Int?) -> EventValue { number.map { .integer(Int64($0)) } ?? .null }
  private static func value(_ flag: Bool?) -> EventValue { flag.map(EventValue.boolean) ?? .null }
}
