package import Domain
import FoundationEssentials
package import Repositories

/// The way of events into deliveries, and of deliveries to attempts and their outcomes (C-30). Any number of instances may do so at
/// once: rows that one holds are passed over by the others. Only the product itself calls this; no transaction is open while
/// something is sent.
package struct WebhookDispatch: Sendable {
  /// Rows of the log that are looked through for one webhook at a time.
  private static let window = 5000
  /// Deliveries that one step makes at most.
  private static let batch = 500
  private static let webhooks = 100

  private let database: Database
  private let clock: WallClock
  private let random: @Sendable () -> Double

  /// - Parameter random: 0 …< 1, spreads the attempts.
  package init(
    _ database: Database, clock: WallClock,
    random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
  ) {
    self.database = database
    self.clock = clock
    self.random = random
  }

  package func now() -> Timestamp { clock.now() }

  // MARK: From the log

  /// Brings webhooks a step further in the log, each in a transaction of its own.
  /// - Returns: whether there may be more to do.
  package func advance() async throws -> Bool {
    guard let horizon = try await database.read(.system, EventRepository.horizon()) else { return false }
    let behind = try await database.read(.system, WebhookRepository.behind(horizon, limit: Self.webhooks))
    var isMore = false
    for webhook in behind { if try await advance(webhook) { isMore = true } }
    return isMore
  }

  private func advance(_ id: Webhook.ID) async throws -> Bool {
    let now = clock.now()
    return try await database.write(.system) { tx in
      tx.enqueue(RecordTime.write(at: now))
      guard let standing = try await tx.run(WebhookRepository.standing(of: id, at: now)) else { return false }
      let webhook = standing.webhook
      if let end = standing.end {
        try await disable(id, end, at: now, in: tx)
        return false
      }
      if standing.isHeld { return false }
      guard let end = try await tx.run(EventRepository.window(after: standing.place, rows: Self.window)) else {
        return false
      }
      var filter = EventFilter()
      let resources = standing.resources
      // Its own events, for the one by which it is tried.
      filter.resources = resources.union([.webhook])
      let scope = WebhookStanding.scope(of: webhook)
      let (asked, place) = (filter, standing.place)
      let found = try await tx.within(scope, of: .system) {
        try await tx.run(
          EventRepository.feed(after: place, through: end, of: asked, limit: Self.batch, in: scope))
      }
      let reached = found.count == Self.batch ? found.last?.place ?? end : end
      let wanted = found.filter { webhook.wants($0, of: resources) }
      if !wanted.isEmpty {
        tx.enqueue(WebhookDeliveryRepository.insert(wanted, for: webhook, replay: 0, at: now))
      }
      tx.enqueue(WebhookRepository.advance(id, to: reached))
      return true
    }
  }

  // MARK: Attempts

  /// Hands out attempts that are due, fenced by leases: each to one instance, and to each receiver no more than its share.
  package func claim(atMost limit: Int) async throws -> [WebhookClaim] {
    guard limit > 0 else { return [] }
    let now = clock.now()
    return try await database.write(.system) { tx in
      let due = try await tx.run(WebhookDeliveryRepository.lockDue(at: now, limit: limit))
      if due.isEmpty { return [] }
      let claimed = try await tx.run(
        WebhookDeliveryRepository.claim(
          of: due, at: now, until: now.adding(seconds: WebhookSchedule.leaseSeconds), limit: limit))
      if claimed.isEmpty { return [] }
      return try await tx.run(WebhookDeliveryRepository.claims(claimed, at: now))
    }
  }

  /// Writes down what came of an attempt, and what follows from it.
  /// - Returns: why the webhook ended by it, if it did.
  @discardableResult
  package func settle(
    _ claim: WebhookClaim, _ outcome: WebhookOutcome, startedAt: Timestamp, milliseconds: Int, answer: String
  ) async throws -> Webhook.DisabledReason? {
    let now = clock.now()
    let attempt = WebhookAttempt(
      number: claim.attempt, startedAt: startedAt, milliseconds: milliseconds, outcome: outcome, answer: answer)
    let (state, next) = next(after: claim.attempt, outcome, at: now)
    return try await database.write(.system) { tx in
      tx.enqueue(RecordTime.write(at: now))
      let settled = try await tx.run(
        WebhookDeliveryRepository.settle(claim, state, nextAttempt: next, at: now))
      // Given up meanwhile: what became of it is somebody else's to say.
      if settled == 0 { return nil }
      tx.enqueue(WebhookDeliveryRepository.record(attempt, of: claim))
      if outcome.isSuccess {
        tx.enqueue(WebhookRepository.absolve(claim.webhookID))
        return nil
      }
      let since = try await tx.run(
        WebhookRepository.blame(
          claim.webhookID, at: now, silentUntil: outcome.silence.map { now.adding(seconds: $0) }))
      var reason: Webhook.DisabledReason?
      if outcome.isGone {
        reason = .gone
      } else if let since, now.seconds(since: since) >= WebhookSchedule.failingSeconds {
        reason = .failing
      }
      if let reason { try await disable(claim.webhookID, reason, at: now, in: tx) }
      return reason
    }
  }

  private func next(
    after attempt: Int, _ outcome: WebhookOutcome, at now: Timestamp
  ) -> (WebhookDelivery.State, Timestamp?) {
    if outcome.isSuccess { return (.delivered, nil) }
    guard !outcome.isGone, let delay = WebhookSchedule.delay(after: attempt, random: random()) else {
      return (.failed, nil)
    }
    let planned = Timestamp(milliseconds: now.milliseconds + delay)
    return (.pending, outcome.silence.map { max(planned, now.adding(seconds: $0)) } ?? planned)
  }

  /// Gives an attempt back that was not made.
  package func release(_ claim: WebhookClaim) async throws {
    _ = try await database.write(.system) { tx in try await tx.run(WebhookDeliveryRepository.release(claim)) }
  }

  private func disable(
    _ id: Webhook.ID, _ reason: Webhook.DisabledReason, at now: Timestamp, in tx: Transaction
  ) async throws {
    guard let before = try await tx.run(WebhookRepository.lock(.id(id), in: .network)), before.state != .disabled
    else { return }
    var webhook = before
    let row = try webhook.disable(reason, by: .system, at: now)
    webhook = webhook.revised(by: .system, at: now)
    for statement in WebhookRepository.save(webhook, over: before) { tx.enqueue(statement) }
    let changes = Effects(row, data: ["because": .text(reason.rawValue)]).events(of: webhook, from: before)
    tx.enqueue(EventRepository.append(changes, by: .system, requestID: "webhooks", at: now))
  }
}

/// Forgets deliveries that have ended and been kept long enough.
package struct WebhookHousekeeping: Sendable {
  package static let stepSize = 1000

  private let leases: WorkerLeaseService
  private let clock: WallClock
  private let days: Int

  /// - Parameter days: for which an ended delivery and its attempts are kept.
  package init(_ leases: WorkerLeaseService, clock: WallClock, days: Int) {
    self.leases = leases
    self.clock = clock
    self.days = days
  }

  /// - Returns: whether there may be more.
  package func purge(under lease: WorkerLease) async throws -> Bool {
    let limit = clock.now().adding(seconds: -Int64(days) * 86_400)
    return try await leases.step(under: lease) { tx in
      try await tx.run(WebhookDeliveryRepository.purge(before: limit, limit: Self.stepSize)) == Self.stepSize
    }
  }
}
