/// Something written to customers: a greeting, a notice or invitation before an event, a reply (跟踪服务信函, FUP-09…12). Who gets it
/// is chosen by a rule when it falls due; it is sent outside, by whoever consumes `letter.due`, and its sending is recorded here.
package struct Letter: LifecycleDocument {
  package typealias ID = Identifier<Letter>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case planned
    /// Its day has come, its recipients are chosen.
    case due
    case sent, cancelled
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case send, cancel
  }

  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case greeting, notice, invitation, reply
  }

  package enum Channel: String, Hashable, Sendable, CaseIterable {
    case post, email, sms
  }

  package static let resource = Resource.letter
  package static var lifecycle: Lifecycle<Letter> { LetterLifecycle.table }

  package let id: ID
  /// `LT-SY001-2026-000123`
  package let number: String
  package let stationID: Station.ID
  package internal(set) var state: State
  package var revision: Revision
  package internal(set) var content: LetterContent
  /// When it falls due: so many days before its event as the policy says (FUP-09, T-06), or as it was asked for.
  package internal(set) var dueAt: Timestamp
  /// Chosen when it fell due.
  package internal(set) var recipients: Int?
  package internal(set) var sending: Sending?
  package internal(set) var exitReason: String?

  package struct Sending: Hashable, Sendable {
    package let channel: Channel
    package let sentAt: Timestamp
    package let sentBy: String
    /// Who could not be written to.
    package let undeliverable: Int

    package init(channel: Channel, sentAt: Timestamp, sentBy: String, undeliverable: Int) {
      self.channel = channel
      self.sentAt = sentAt
      self.sentBy = sentBy
      self.undeliverable = undeliverable
    }
  }

  package var designation: String? { number }
  package var audience: Audience { .station(stationID) }

  package init(
    id: ID, number: String, stationID: Station.ID, state: State, version: Int, stamp: RecordStamp,
    content: LetterContent, dueAt: Timestamp, recipients: Int? = nil, sending: Sending? = nil,
    exitReason: String? = nil
  ) {
    self.id = id
    self.number = number
    self.stationID = stationID
    self.state = state
    self.revision = Revision(version: version, stamp: stamp)
    self.content = content
    self.dueAt = dueAt
    self.recipients = recipients
    self.sending = sending
    self.exitReason = exitReason
  }

  package func changes(from before: Letter?) -> [FieldChange] {
    let old = before?.content
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.choice("kind", old?.kind, content.kind)
    comparison.field("subject", old.map { FreeText.cleaned($0.subject) }, FreeText.cleaned(content.subject))
    comparison.field("text", old.map { FreeText.cleaned($0.text) }, FreeText.cleaned(content.text))
    comparison.field("event/title", old?.event?.title, content.event?.title)
    comparison.field("event/address", old?.event?.address, content.event?.address)
    comparison.field("event/startsAt", old?.event?.startsAt, content.event?.startsAt)
    comparison.field("externalIds", old?.externalIDs ?? [:], content.externalIDs)
    comparison.field("dueAt", before?.dueAt, dueAt)
    comparison.field("recipients", before?.recipients, recipients)
    comparison.choice("sending/channel", before?.sending?.channel, sending?.channel)
    comparison.field("sending/sentAt", before?.sending?.sentAt, sending?.sentAt)
    comparison.field("exitReason", before?.exitReason, exitReason)
    return comparison.changes
  }
}

package struct LetterContent: Hashable, Sendable {
  package var kind: Letter.Kind
  package var subject: String
  package var text: String
  package var event: LetterEvent?
  package var rule: LetterRule
  package var externalIDs: [String: String]

  package init(
    kind: Letter.Kind, subject: String, text: String, event: LetterEvent?, rule: LetterRule,
    externalIDs: [String: String]
  ) {
    self.kind = kind
    self.subject = subject
    self.text = text
    self.event = event
    self.rule = rule
    self.externalIDs = externalIDs
  }
}

extension LetterContent {
  /// An event is told of before it begins (FUP-09).
  fileprivate func requireBeforeEvent(_ dueAt: Timestamp) throws(Refusal) {
    if let event, dueAt >= event.startsAt {
      throw .invalid("#/dueAt", .outOfRange, "must be before the event begins")
    }
  }
}

/// What customers are told of two weeks before: content, date and address (FUP-08, FUP-09).
package struct LetterEvent: Hashable, Sendable {
  package let title: String
  package let address: String
  package let startsAt: Timestamp

  package init(title: String, address: String, startsAt: Timestamp) {
    self.title = title
    self.address = address
    self.startsAt = startsAt
  }
}

/// Whom a letter goes to: active customers of its station for whom every condition holds.
package struct LetterRule: Hashable, Sendable {
  /// These and nobody else; whoever is named is written to however often he was in contact.
  package var customerIDs: [Customer.ID]
  /// Any of these; none asks for all.
  package var kinds: [Customer.Kind]
  /// Whoever has a vehicle of this model.
  package var modelID: VehicleModel.ID?
  /// Whose vehicle was handed over in this many days before.
  package var servedWithinDays: Int?

  package init(
    customerIDs: [Customer.ID] = [], kinds: [Customer.Kind] = [], modelID: VehicleModel.ID? = nil,
    servedWithinDays: Int? = nil
  ) {
    self.customerIDs = customerIDs
    self.kinds = kinds
    self.modelID = modelID
    self.servedWithinDays = servedWithinDays
  }
}

package struct LetterDraft: Hashable, Sendable {
  package let stationID: Station.ID?
  package let content: LetterContent
  /// `nil`: by the event, or at once.
  package let dueAt: Timestamp?

  package init(stationID: Station.ID?, content: LetterContent, dueAt: Timestamp?) {
    self.stationID = stationID
    self.content = content
    self.dueAt = dueAt
  }

  /// - Throws: `Refusal.invalid` for a reply without whom it answers; a rule would send it to everybody (FUP-12).
  package func requireAddressee() throws(Refusal) {
    if content.kind == .reply, content.rule.customerIDs.isEmpty {
      throw .invalid("#/recipients/customerIds", .required, "is required: a reply goes to whom it answers")
    }
  }

  /// When it falls due: an event is announced so many days before as the policy says, or at once when it is nearer.
  package func dueAt(under policy: FollowUpsPolicy, now: Timestamp) throws(Refusal) -> Timestamp {
    if let event = content.event, event.startsAt <= now {
      throw .invalid("#/event/startsAt", .outOfRange, "must lie in the future")
    }
    if let dueAt {
      if dueAt < now { throw .invalid("#/dueAt", .outOfRange, "must not lie in the past") }
      try content.requireBeforeEvent(dueAt)
      return dueAt
    }
    guard let event = content.event else { return now }
    return max(now, event.startsAt.adding(seconds: -Int64(policy.eventNoticeDays) * 86_400))
  }
}

package struct LetterFilter: Hashable, Sendable {
  package var states: [Letter.State] = []
  package var kinds: [Letter.Kind] = []
  package var stationID: Station.ID?
  package var dueFrom: Timestamp?
  package var dueBefore: Timestamp?
  package var number: String?
  /// Goes to him, or will.
  package var customerID: Customer.ID?
  package init() {}
}

/// One customer a letter goes to.
package struct LetterRecipient: Hashable, Sendable {
  package enum State: String, Hashable, Sendable, CaseIterable {
    case chosen, sent, undeliverable
  }

  package let customerID: Customer.ID
  package let state: State
  package let sentAt: Timestamp?

  package init(customerID: Customer.ID, state: State, sentAt: Timestamp?) {
    self.customerID = customerID
    self.state = state
    self.sentAt = sentAt
  }
}

package enum LetterLifecycle {
  package static let table = Lifecycle<Letter>([
    Transition(.send, from: [.due], to: .sent, .lettersWrite, effects: ["letter.sent"], basis: "FUP-12"),
    Transition(
      .cancel, from: [.planned, .due], to: .cancelled, .lettersWrite, effects: ["letter.cancelled"], basis: "FUP-12"),
  ])

  /// What time does, beside the actions of people.
  package static let byItself: [(from: Letter.State, to: Letter.State)] = [(.planned, .due)]
}

extension Letter {
  package mutating func take(
    _ action: Action, outcome: String?, by subject: Subject
  ) throws(Refusal) -> Transition<Letter> {
    let row = try LetterLifecycle.table.permit(action, outcome: outcome, on: self, by: subject)
    if let to = row.to { state = to }
    return row
  }

  package mutating func fallDue(for recipients: Int) {
    state = .due
    self.recipients = recipients
  }

  package mutating func send(_ sending: Sending, by subject: Subject) throws(Refusal) -> Transition<Letter> {
    let row = try take(.send, outcome: nil, by: subject)
    self.sending = sending
    return row
  }

  package mutating func cancel(_ reason: String, by subject: Subject) throws(Refusal) -> Transition<Letter> {
    let row = try take(.cancel, outcome: nil, by: subject)
    exitReason = reason
    return row
  }

  package struct Edit: Sendable {
    package var subject: Patch<String> = .keep
    package var text: Patch<String> = .keep
    package var dueAt: Patch<Timestamp> = .keep
    package var externalIDs: ExternalIDsPatch = .keep
    package init() {}
  }

  package mutating func apply(_ edit: Edit, at now: Timestamp) throws(Refusal) {
    guard state == .planned else {
      throw .conflict(
        code: "letter-not-editable", detail: "The letter is \(state.rawValue); its words stand.", .state(state),
        .allowedStates([State.planned]))
    }
    edit.subject.merge(into: &content.subject)
    edit.text.merge(into: &content.text)
    try edit.externalIDs.merge(into: &content.externalIDs)
    if case .set(let instant) = edit.dueAt {
      if instant < now { throw .invalid("#/dueAt", .outOfRange, "must not lie in the past") }
      try content.requireBeforeEvent(instant)
      dueAt = instant
    }
  }
}

extension Letter: HoldsPersonalData {
  package var masked: Letter {
    var shown = self
    shown.content.subject = FreeText.cleaned(content.subject)
    shown.content.text = FreeText.cleaned(content.text)
    shown.exitReason = exitReason.map { FreeText.cleaned($0) }
    return shown
  }
}
