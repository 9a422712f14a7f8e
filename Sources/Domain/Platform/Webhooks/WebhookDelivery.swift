package import FoundationEssentials

/// One event on its way to one webhook. Attempts of a delivery, and deliveries of the same event, carry the same `webhook-id`.
package struct WebhookDelivery: Hashable, Sendable {
  package typealias ID = Identifier<WebhookDelivery>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case pending, delivered
    /// Nobody tries again but by hand.
    case failed
  }

  package let id: ID
  package let webhookID: Webhook.ID
  package let eventID: Event.ID
  package let eventType: String
  /// 0: as the event came; else the number of the replay that asked for it again.
  package let replay: Int
  package let state: State
  /// Attempts that were begun.
  package let attempts: Int
  package let nextAttemptAt: Timestamp?
  package let createdAt: Timestamp
  package let endedAt: Timestamp?
  /// Those of which the outcome is known, the first one first.
  package let log: [WebhookAttempt]

  package init(
    id: ID, webhookID: Webhook.ID, eventID: Event.ID, eventType: String, replay: Int, state: State, attempts: Int,
    nextAttemptAt: Timestamp?, createdAt: Timestamp, endedAt: Timestamp?, log: [WebhookAttempt] = []
  ) {
    self.id = id
    self.webhookID = webhookID
    self.eventID = eventID
    self.eventType = eventType
    self.replay = replay
    self.state = state
    self.attempts = attempts
    self.nextAttemptAt = nextAttemptAt
    self.createdAt = createdAt
    self.endedAt = endedAt
    self.log = log
  }

  package func with(_ log: [WebhookAttempt]) -> WebhookDelivery {
    WebhookDelivery(
      id: id, webhookID: webhookID, eventID: eventID, eventType: eventType, replay: replay, state: state,
      attempts: attempts, nextAttemptAt: nextAttemptAt, createdAt: createdAt, endedAt: endedAt, log: log)
  }
}

/// What a list of deliveries can be narrowed by.
package struct WebhookDeliveryFilter: Hashable, Sendable {
  package var states: [WebhookDelivery.State] = []
  package var eventID: Event.ID?

  package init() {}
}

/// One try.
package struct WebhookAttempt: Hashable, Sendable {
  /// From 1; a number that is missing is an attempt whose instance died.
  package let number: Int
  package let startedAt: Timestamp
  package let milliseconds: Int
  package let outcome: WebhookOutcome
  /// The beginning of the answer, at most 1 KiB.
  package let answer: String

  package init(number: Int, startedAt: Timestamp, milliseconds: Int, outcome: WebhookOutcome, answer: String) {
    self.number = number
    self.startedAt = startedAt
    self.milliseconds = milliseconds
    self.outcome = outcome
    self.answer = answer
  }
}

/// How a try ended.
package enum WebhookOutcome: Hashable, Sendable {
  package enum Fault: String, Hashable, Sendable, CaseIterable {
    case unresolvable, addressNotAllowed, unreachable, timeout, tls, brokenAnswer
  }

  /// - Parameter retryAfter: seconds that the receiver asks to wait.
  case answered(status: Int, retryAfter: Int64? = nil)
  case failed(Fault)

  package var status: Int? {
    if case .answered(let status, _) = self { status } else { nil }
  }

  package var fault: Fault? {
    if case .failed(let fault) = self { fault } else { nil }
  }

  package var isSuccess: Bool { status.map { (200..<300).contains($0) } ?? false }

  /// The receiver is gone for good (C-30).
  package var isGone: Bool { status == 410 }

  /// Seconds for which nothing more is sent to this receiver; at most a day.
  package var silence: Int64? {
    guard case .answered(let status, let seconds?) = self, status == 429 || status == 503 else { return nil }
    return min(max(seconds, 0), 86_400)
  }
}

/// When what failed is tried again (C-30).
package enum WebhookSchedule {
  /// Seconds after the first, second, … failed attempt.
  package static let delays: [Int64] = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]
  /// A receiver that nothing has reached for so long is given up.
  package static let failingSeconds: Int64 = 3 * 86_400
  /// How long the secret before the last rotation signs as well.
  package static let rotationSeconds: Int64 = 86_400
  /// Requests to one receiver at a time.
  package static let concurrent = 2
  /// Until an attempt whose instance says nothing any more is made again; more than an attempt can take.
  package static let leaseSeconds: Int64 = 90

  /// Milliseconds until the next attempt, spread by a fifth to both sides; `nil`: there is none.
  /// - Parameters:
  ///   - attempts: made so far.
  ///   - random: 0 …< 1
  package static func delay(after attempts: Int, random: Double) -> Int64? {
    guard attempts >= 1, attempts <= delays.count else { return nil }
    return Int64((Double(delays[attempts - 1]) * 1000 * (0.8 + 0.4 * random)).rounded())
  }
}

/// Which events of the past a replay sends again.
package enum WebhookReplayRange: Hashable, Sendable {
  /// Half-open; at most 31 days.
  case times(from: Timestamp, before: Timestamp)
  /// Both ends included, in the order of the log.
  case events(from: Event.ID, through: Event.ID)

  package static let longestSeconds: Int64 = 31 * 86_400
  /// Events that one replay sends at most.
  package static let limit = 10_000
}

/// What an attempt needs, as it was handed out.
package struct WebhookClaim: Sendable {
  package let deliveryID: WebhookDelivery.ID
  package let webhookID: Webhook.ID
  package let stationID: Station.ID?
  /// Names this attempt: whoever was given up changes nothing any more.
  package let lease: UUID
  package let attempt: Int
  package let url: String
  /// That of today first; the one before it while it signs as well.
  package let secrets: [String]
  package let event: Event

  package init(
    deliveryID: WebhookDelivery.ID, webhookID: Webhook.ID, stationID: Station.ID?, lease: UUID, attempt: Int,
    url: String, secrets: [String], event: Event
  ) {
    self.deliveryID = deliveryID
    self.webhookID = webhookID
    self.stationID = stationID
    self.lease = lease
    self.attempt = attempt
    self.url = url
    self.secrets = secrets
    self.event = event
  }
}
