/// The transition table of webhooks. What was missed while one was paused or disabled is sent when it is resumed: its place in the log
/// stays where it was.
package enum WebhookLifecycle {
  package static let table = Lifecycle<Webhook>([
    Transition(.pause, from: [.active], to: .paused, .webhooksPause, effects: ["webhook.paused"], basis: "ANN-08"),
    Transition(
      .resume, from: [.paused, .disabled], to: .active, .webhooksResume, effects: ["webhook.resumed"],
      basis: "ANN-08"),
    Transition(
      .disable, from: [.active, .paused], to: .disabled, .webhooksWrite, effects: ["webhook.disabled"], basis: "C-30"),
    Transition(.ping, from: [.active], to: nil, .webhooksPing, effects: ["webhook.pinged"], basis: "ANN-08"),
    Transition(
      .replay, from: [.active, .paused], to: nil, .webhooksReplay, effects: ["webhook.replayed"], basis: "ANN-08"),
    Transition(
      .rotateSecret, from: Set(Webhook.State.allCases), to: nil, .webhooksWrite, effects: ["webhook.secretRotated"],
      basis: "C-30"),
  ])
}

extension Webhook {
  package mutating func take(
    _ action: Action, outcome: String? = nil, by subject: Subject
  ) throws(Refusal) -> Transition<Webhook> {
    let row = try WebhookLifecycle.table.permit(action, outcome: outcome, on: self, by: subject)
    if let next = row.to { state = next }
    return row
  }

  package mutating func resume(by caller: Caller) throws(Refusal) -> Transition<Webhook> {
    let row = try take(.resume, by: caller.subject)
    disabledAt = nil
    disabledBecause = nil
    return row
  }

  package mutating func disable(
    _ reason: DisabledReason, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<Webhook> {
    let row = try take(.disable, by: caller.subject)
    disabledAt = instant
    disabledBecause = reason
    return row
  }

  /// Its event is the test: it takes the way of all events, to this webhook alone.
  package mutating func ping(by caller: Caller, at instant: Timestamp) throws(Refusal) -> Transition<Webhook> {
    let row = try take(.ping, by: caller.subject)
    pingedAt = instant
    return row
  }

  package mutating func replay(by caller: Caller) throws(Refusal) -> Transition<Webhook> {
    let row = try take(.replay, by: caller.subject)
    replays += 1
    return row
  }

  package mutating func rotateSecret(
    by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<Webhook> {
    let row = try take(.rotateSecret, by: caller.subject)
    secretRotatedAt = instant
    return row
  }

  /// The event by which a webhook is tried.
  package static let pinged = "webhook.pinged"

  /// - Parameter resources: of which it hears now.
  package func wants(_ event: Event, of resources: Set<Resource>) -> Bool {
    if event.change.type == Self.pinged { return event.change.id == id.uuid }
    return resources.contains(event.change.resource)
      && content.eventTypes.contains { $0.matches(event.change.type) }
  }
}
