import Domain
import FoundationEssentials
import Postgres

/// The parts of a complaint that are kept as jsonb: records that are written once and read whole.
enum ComplaintJSON {
  typealias Record = [String: EventValue]

  // MARK: Handling

  static func encode(_ assignment: ComplaintAssignment) -> JSONB {
    record([
      "department": .text(assignment.department.rawValue), "handler": .optional(assignment.handler),
      "by": .text(assignment.assignedBy), "at": value(assignment.assignedAt),
    ])
  }

  static func assignment(_ bytes: [UInt8]) -> ComplaintAssignment? {
    let record = EventJSON.object(bytes)
    guard let department = record.text("department").flatMap(Complaint.Department.init(rawValue:)),
      let by = record.text("by"), let at = record.instant("at")
    else { return nil }
    return ComplaintAssignment(
      department: department, handler: record.text("handler"), assignedBy: by, assignedAt: at)
  }

  static func encode(_ solutions: [ComplaintSolution]) -> JSONB {
    list(solutions) { solution in
      [
        "options": .list(solution.options.map(EventValue.text)), "promisedAt": value(solution.promisedAt),
        "by": .text(solution.proposedBy), "at": value(solution.proposedAt), "toldAt": value(solution.toldAt),
        "channel": .optional(solution.channel?.rawValue),
        "decision": solution.decision.map { decision in
          .object([
            "option": value(decision.option), "words": .optional(decision.words),
            "channel": .text(decision.channel.rawValue), "by": .text(decision.recordedBy),
            "at": value(decision.decidedAt),
          ])
        } ?? .null,
      ]
    }
  }

  static func solutions(_ bytes: [UInt8]) -> [ComplaintSolution] {
    records(bytes).compactMap { record in
      guard let promisedAt = record.instant("promisedAt"), let by = record.text("by"), let at = record.instant("at")
      else { return nil }
      var decision: ComplaintSolution.Decision?
      if case .object(let said)? = record["decision"], let channel = channel(said), let by = said.text("by"),
        let at = said.instant("at")
      {
        decision = .init(
          option: said.number("option"), words: said.text("words"), channel: channel, recordedBy: by, decidedAt: at)
      }
      return ComplaintSolution(
        options: record.texts("options"), promisedAt: promisedAt, proposedBy: by, proposedAt: at,
        toldAt: record.instant("toldAt"), channel: channel(record), decision: decision)
    }
  }

  static func encode(_ escalation: ComplaintEscalation) -> JSONB {
    record([
      "level": .text(escalation.level.rawValue), "reason": .text(escalation.reason),
      "by": .text(escalation.escalatedBy), "at": value(escalation.escalatedAt),
      "acknowledgedBy": .optional(escalation.acknowledgedBy), "acknowledgedAt": value(escalation.acknowledgedAt),
    ])
  }

  static func escalation(_ bytes: [UInt8]) -> ComplaintEscalation? {
    let record = EventJSON.object(bytes)
    guard let level = record.text("level").flatMap(ComplaintEscalation.Level.init(rawValue:)),
      let reason = record.text("reason"), let by = record.text("by"), let at = record.instant("at")
    else { return nil }
    return ComplaintEscalation(
      level: level, reason: reason, escalatedBy: by, escalatedAt: at, acknowledgedBy: record.text("acknowledgedBy"),
      acknowledgedAt: record.instant("acknowledgedAt"))
  }

  static func encode(_ resolution: ComplaintResolution) -> JSONB {
    record([
      "summary": .text(resolution.summary), "by": .text(resolution.resolvedBy), "at": value(resolution.resolvedAt),
    ])
  }

  static func resolution(_ bytes: [UInt8]) -> ComplaintResolution? {
    let record = EventJSON.object(bytes)
    guard let summary = record.text("summary"), let by = record.text("by"), let at = record.instant("at") else {
      return nil
    }
    return ComplaintResolution(summary: summary, resolvedBy: by, resolvedAt: at)
  }

  static func encode(_ call: SatisfactionCall) -> JSONB {
    record([
      "satisfied": .boolean(call.isSatisfied), "rating": value(call.rating), "comment": .optional(call.comment),
      "by": .text(call.calledBy), "at": value(call.calledAt),
    ])
  }

  static func satisfactionCall(_ bytes: [UInt8]) -> SatisfactionCall? {
    let record = EventJSON.object(bytes)
    guard let rating = record.number("rating"), let by = record.text("by"), let at = record.instant("at") else {
      return nil
    }
    return SatisfactionCall(
      isSatisfied: record.flag("satisfied"), rating: rating, comment: record.text("comment"), calledBy: by,
      calledAt: at)
  }

  // MARK: The major branch

  static func encode(_ report: MajorReport) -> JSONB {
    record([
      "judgement": .text(report.judgement), "by": .text(report.reportedBy), "at": value(report.reportedAt),
      "call": report.call.map {
        .object(["with": .text($0.spokenWith), "at": value($0.calledAt)])
      } ?? .null,
      "sending": report.sending.map {
        .object([
          "recipients": .list($0.recipients.map { .text($0.rawValue) }), "by": .text($0.sentBy),
          "at": value($0.sentAt),
        ])
      } ?? .null,
    ])
  }

  static func majorReport(_ bytes: [UInt8]) -> MajorReport? {
    let record = EventJSON.object(bytes)
    guard let judgement = record.text("judgement"), let by = record.text("by"), let at = record.instant("at") else {
      return nil
    }
    var call: MajorReport.PhoneCall?
    if case .object(let said)? = record["call"], let with = said.text("with"), let at = said.instant("at") {
      call = .init(spokenWith: with, calledAt: at)
    }
    var sending: MajorReport.Sending?
    if case .object(let sent)? = record["sending"], let by = sent.text("by"), let at = sent.instant("at") {
      sending = .init(
        recipients: sent.texts("recipients").compactMap(Role.init(rawValue:)), sentBy: by, sentAt: at)
    }
    return MajorReport(judgement: judgement, call: call, reportedBy: by, reportedAt: at, sending: sending)
  }

  static func encode(_ confirmation: MajorConfirmation) -> JSONB {
    record([
      "note": .optional(confirmation.note), "by": .text(confirmation.confirmedBy),
      "at": value(confirmation.confirmedAt), "policyVersion": .text(confirmation.policyVersion),
    ])
  }

  static func confirmation(_ bytes: [UInt8], level: QualityLevel) -> MajorConfirmation? {
    let record = EventJSON.object(bytes)
    guard let by = record.text("by"), let at = record.instant("at"), let policy = record.text("policyVersion") else {
      return nil
    }
    return MajorConfirmation(
      level: level, note: record.text("note"), confirmedBy: by, confirmedAt: at, policyVersion: policy)
  }

  static func encode(_ team: ComplaintTeam) -> JSONB {
    record([
      "members": .list(
        team.members.map { .object(["userId": .text($0.userID.description), "role": .text($0.role.rawValue)]) }),
      "reason": .optional(team.reason), "by": .text(team.formedBy), "at": value(team.formedAt),
    ])
  }

  static func team(_ bytes: [UInt8]) -> ComplaintTeam? {
    let record = EventJSON.object(bytes)
    guard let by = record.text("by"), let at = record.instant("at") else { return nil }
    let members: [CaseMember] = record.list("members").compactMap { item in
      guard case .object(let member) = item, let user = member.text("userId").flatMap({ User.ID($0) }),
        let role = member.text("role").flatMap(Role.init(rawValue:))
      else { return nil }
      return CaseMember(userID: user, role: role)
    }
    return ComplaintTeam(members: members, reason: record.text("reason"), formedBy: by, formedAt: at)
  }

  static func encode(_ arrival: TeamArrival) -> JSONB {
    record([
      "at": value(arrival.arrivedAt), "place": .optional(arrival.place), "by": .text(arrival.recordedBy),
    ])
  }

  static func arrival(_ bytes: [UInt8]) -> TeamArrival? {
    let record = EventJSON.object(bytes)
    guard let at = record.instant("at"), let by = record.text("by") else { return nil }
    return TeamArrival(arrivedAt: at, place: record.text("place"), recordedBy: by)
  }

  static func encode(_ appraisal: LiabilityAppraisal) -> JSONB {
    record([
      "findings": .text(appraisal.findings), "cause": .text(appraisal.cause.rawValue),
      "liability": .list(
        appraisal.liability.map {
          .object(["party": .text($0.party.rawValue), "percent": value($0.percent)])
        }),
      "by": .text(appraisal.appraisedBy), "byId": .optional(appraisal.appraisedByID?.canonical),
      "at": value(appraisal.appraisedAt),
    ])
  }

  static func appraisal(_ bytes: [UInt8]) -> LiabilityAppraisal? {
    let record = EventJSON.object(bytes)
    guard let findings = record.text("findings"),
      let cause = record.text("cause").flatMap(ComplaintCause.init(rawValue:)), let by = record.text("by"),
      let at = record.instant("at")
    else { return nil }
    let shares: [LiabilityAppraisal.Share] = record.list("liability").compactMap { item in
      guard case .object(let share) = item,
        let party = share.text("party").flatMap(LiabilityAppraisal.Party.init(rawValue:)),
        let percent = share.number("percent")
      else { return nil }
      return LiabilityAppraisal.Share(party: party, percent: percent)
    }
    return LiabilityAppraisal(
      findings: findings, cause: cause, liability: shares, appraisedBy: by, appraisedByID: record.uuid("byId"),
      appraisedAt: at)
  }

  static func encode(_ rounds: [NegotiationRound]) -> JSONB {
    list(rounds) { round in
      [
        "summary": .text(round.summary), "demand": value(round.demand), "offer": value(round.offer),
        "at": value(round.heldAt), "by": .text(round.recordedBy),
      ]
    }
  }

  static func negotiations(_ bytes: [UInt8]) -> [NegotiationRound] {
    records(bytes).compactMap { record in
      guard let summary = record.text("summary"), let at = record.instant("at"), let by = record.text("by") else {
        return nil
      }
      return NegotiationRound(
        summary: summary, demand: record.money("demand"), offer: record.money("offer"), heldAt: at, recordedBy: by)
    }
  }

  static func encode(_ agreement: ComplaintAgreement) -> JSONB {
    let content = agreement.content
    return record([
      "terms": .text(content.terms), "repair": .optional(content.repair), "compensation": value(content.compensation),
      "takesVehicleBack": .boolean(content.takesVehicleBack), "revision": value(agreement.revision),
      "hash": .text(agreement.hash), "by": .text(agreement.writtenBy), "at": value(agreement.writtenAt),
      "signatures": .list(
        agreement.signatures.map { signature in
          .object([
            "side": .text(signature.side.rawValue), "name": .text(signature.name), "hash": .text(signature.hash),
            "by": .text(signature.recordedBy), "byId": .optional(signature.recordedByID?.canonical),
            "at": value(signature.signedAt),
          ])
        }),
    ])
  }

  static func agreement(_ bytes: [UInt8]) -> ComplaintAgreement? {
    let record = EventJSON.object(bytes)
    guard let terms = record.text("terms"), let revision = record.number("revision"), let hash = record.text("hash"),
      let by = record.text("by"), let at = record.instant("at")
    else { return nil }
    let signatures: [ComplaintAgreement.Signature] = record.list("signatures").compactMap { item in
      guard case .object(let signed) = item,
        let side = signed.text("side").flatMap(ComplaintAgreement.Side.init(rawValue:)),
        let name = signed.text("name"), let hash = signed.text("hash"), let by = signed.text("by"),
        let at = signed.instant("at")
      else { return nil }
      return ComplaintAgreement.Signature(
        side: side, name: name, hash: hash, recordedBy: by, recordedByID: signed.uuid("byId"), signedAt: at)
    }
    return ComplaintAgreement(
      content: .init(
        terms: terms, repair: record.text("repair"), compensation: record.money("compensation"),
        takesVehicleBack: record.flag("takesVehicleBack")),
      revision: revision, hash: hash, writtenBy: by, writtenAt: at, signatures: signatures)
  }

  static func encode(_ storage: VehicleReturn.Storage) -> JSONB {
    record([
      "place": .text(storage.place), "condition": .text(storage.condition), "at": value(storage.storedAt),
      "by": .text(storage.recordedBy),
    ])
  }

  static func storage(_ bytes: [UInt8]) -> VehicleReturn.Storage? {
    let record = EventJSON.object(bytes)
    guard let place = record.text("place"), let condition = record.text("condition"), let at = record.instant("at"),
      let by = record.text("by")
    else { return nil }
    return .init(place: place, condition: condition, storedAt: at, recordedBy: by)
  }

  // MARK: What they share

  private static func record(_ members: Record) -> JSONB { EventJSON.encode(.object(members)) }

  private static func list<Item>(_ items: [Item], _ members: (Item) -> Record) -> JSONB {
    EventJSON.encode(.list(items.map { .object(members($0)) }))
  }

  private static func records(_ bytes: [UInt8]) -> [Record] {
    guard case .list(let items) = EventJSON.value(bytes) else { return [] }
    return items.compactMap { item in
      if case .object(let record) = item { record } else { nil }
    }
  }

  private static func channel(_ record: Record) -> CustomerDecision.Channel? {
    record.text("channel").flatMap(CustomerDecision.Channel.init(rawValue:))
  }

  private static func value(_ instant: Timestamp?) -> EventValue { instant.map { .integer($0.milliseconds) } ?? .null }
  private static func value(_ number: Int?) -> EventValue { number.map { .integer(Int64($0)) } ?? .null }

  private static func value(_ money: Money?) -> EventValue {
    money.map { .object(["minor": .integer($0.minor), "currency": .text($0.currency.rawValue)]) } ?? .null
  }
}

extension [String: EventValue] {
  fileprivate func instant(_ name: String) -> Timestamp? { integer(name).map { Timestamp(milliseconds: $0) } }
  fileprivate func number(_ name: String) -> Int? { integer(name).map(Int.init) }
  fileprivate func uuid(_ name: String) -> UUID? { text(name).flatMap { UUID(canonical: $0) } }

  fileprivate func texts(_ name: String) -> [String] {
    list(name).compactMap { item in
      if case .text(let text) = item { text } else { nil }
    }
  }

  fileprivate func money(_ name: String) -> Money? {
    guard case .object(let money)? = self[name], let minor = money.integer("minor"),
      let currency = money.text("currency").flatMap(Currency.init(rawValue:))
    else { return nil }
    return Money(minor: minor, currency: currency)
  }
}
