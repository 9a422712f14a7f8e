package import Domain
package import Repositories

/// Subscriptions to the event log (ANN-08, C-30). Nothing is sent in here: deliveries are rows, and workers send them.
package struct WebhookService: LifecycleService {
  package typealias Document = Webhook
  package typealias Filter = WebhookFilter
  package typealias Store = WebhookRepository

  package static let reading = Permission.webhooksRead
  package static let noting = Permission.webhooksWrite
  package let work: UnitOfWork
  private let egress: WebhookEgress

  package init(_ work: UnitOfWork, egress: WebhookEgress) {
    self.work = work
    self.egress = egress
  }

  /// A webhook with the secret that was just made for it: it is shown once.
  package struct WithSecret: Sendable {
    package let webhook: Webhook
    package let secret: String
  }

  // MARK: Writing

  /// A subscription from now on, with the creator's own grants.
  ///
  /// - Parameter station: whose events it is sent; `nil`: the caller's own station, or the network.
  package func create(
    _ content: WebhookContent, at station: Station.ID?, _ command: Command<WithSecret>
  ) async throws -> Answer {
    try await work.perform(command, .webhooksWrite) { tx in
      let caller = command.caller
      try caller.require(EventFeedService.reading)
      guard let subscriber = caller.subject.id else { throw Refusal.forbidden(.webhooksWrite) }
      try check(content)
      let webhook = Webhook(
        content, at: try caller.scope.owner(naming: station), by: caller, subscriber, at: command.at)
      let place = try await tx.within(.network, of: caller) { try await tx.run(EventRepository.horizon()) }
      let secret = WebhookSignature.newSecret()
      let saved = insert(webhook, Effects(["webhook.created"]), command, in: tx)
      tx.enqueue(WebhookRepository.insert(secret: secret, of: saved))
      tx.enqueue(WebhookRepository.begin(saved, at: place ?? .start))
      return WithSecret(webhook: saved, secret: secret)
    }
  }

  /// - Parameter content: what the document says with the patch merged in (C-17).
  package func update(
    _ reference: Reference<Webhook>, _ command: Command<Webhook>, _ content: (Webhook) throws -> WebhookContent
  ) async throws -> Answer {
    try await change(reference, .webhooksWrite, "webhook.updated", command) { webhook, tx in
      let content = try content(webhook)
      try check(content)
      let before = webhook.grantedResources
      webhook.rewrite(as: content, by: command.caller)
      if webhook.grantedResources != before {
        tx.enqueue(
          WebhookDeliveryRepository.giveUp(
            of: webhook.id, beyond: webhook.grantedResources.union([.webhook]), at: command.at))
      }
    }
  }

  private func check(_ content: WebhookContent) throws(Refusal) {
    do {
      _ = try WebhookURL(content.url, egress)
    } catch {
      throw .invalid("#/url", .invalidFormat, error.detail)
    }
  }

  // MARK: Actions

  /// What was missed meanwhile is sent now.
  package func resume(
    _ reference: Reference<Webhook>, note: String?, _ command: Command<Webhook>
  ) async throws -> Answer {
    try await act(reference, .resume, reason: note, command) { webhook, tx in
      tx.enqueue(WebhookRepository.absolve(webhook.id))
      return try webhook.resume(by: command.caller)
    }
  }

  package func disable(
    _ reference: Reference<Webhook>, reason: String, _ command: Command<Webhook>
  ) async throws -> Answer {
    try await act(reference, .disable, reason: reason, command) { webhook, _ in
      try webhook.disable(.byHand, by: command.caller, at: command.at)
    }
  }

  /// Sends an event of its own to this webhook.
  package func ping(_ reference: Reference<Webhook>, _ command: Command<Webhook>) async throws -> Answer {
    try await act(reference, .ping, command) { webhook, _ in
      try webhook.ping(by: command.caller, at: command.at)
    }
  }

  /// The secret of until now signs as well for a day.
  package func rotateSecret(
    _ reference: Reference<Webhook>, _ command: Command<WithSecret>
  ) async throws -> Answer {
    try await work.perform(command, .webhooksWrite) { tx in
      let before = try await load(reference, command, in: tx)
      var webhook = before
      let row = try webhook.rotateSecret(by: command.caller, at: command.at)
      guard let former = try await tx.run(WebhookRepository.secret(of: webhook.id)) else { throw Refusal.notFound }
      let secret = WebhookSignature.newSecret()
      tx.enqueue(
        WebhookRepository.rotate(
          to: secret, from: former, until: command.at.adding(seconds: WebhookSchedule.rotationSeconds), of: webhook.id))
      return WithSecret(webhook: save(webhook, over: before, Effects(row), command, in: tx), secret: secret)
    }
  }

  /// Sends events of the past again, those that it was sent and those that it would have been sent, with the identities that they
  /// have: what its filter and grants say now, as far as it has come in the log.
  ///
  /// - Throws: `Refusal.invalid` for more than 31 days or 10,000 events, and for events that are not there.
  package func replay(
    _ reference: Reference<Webhook>, _ range: WebhookReplayRange, _ command: Command<Webhook>
  ) async throws -> Answer {
    try await perform(reference, .replay, command) { webhook, tx in
      let row = try webhook.replay(by: command.caller)
      let (subject, scope) = (webhook, WebhookStanding.scope(of: webhook))
      // Nobody hears of more by asking again.
      let resources = subject.grantedResources.intersection(command.caller.audibleResources)
      let place = try await tx.run(WebhookRepository.place(of: subject.id)) ?? .start
      let count = try await tx.within(scope, of: command.caller) {
        let events = try await Self.events(range, through: place, of: resources, scope, in: tx)
          .filter { $0.change.type != Webhook.pinged && subject.wants($0, of: resources) }
        if !events.isEmpty {
          _ = try await tx.run(
            WebhookDeliveryRepository.insert(events, for: subject, replay: subject.replays, at: command.at))
        }
        return events.count
      }
      return Effects(row, data: ["deliveries": .integer(Int64(count))])
    }
  }

  private static func events(
    _ range: WebhookReplayRange, through place: EventPosition, of resources: Set<Resource>, _ scope: Scope,
    in tx: Transaction
  ) async throws -> [Event] {
    let limit = WebhookReplayRange.limit + 1
    let found: [Event]
    switch range {
    case .times(let from, let before):
      if from >= before { throw Refusal.invalid("#/to", .inconsistent, "must lie behind from") }
      if before.seconds(since: from) > WebhookReplayRange.longestSeconds {
        throw Refusal.invalid("#/to", .outOfRange, "must lie at most 31 days behind from")
      }
      found = try await tx.run(
        EventRepository.feed(from: from, before: before, through: place, of: resources, limit: limit, in: scope))
    case .events(let first, let last):
      guard let start = try await tx.run(EventRepository.place(of: first, in: scope)) else {
        throw Refusal.invalid("#/fromEventId", .notFound, "there is no such event")
      }
      guard let end = try await tx.run(EventRepository.place(of: last, in: scope)) else {
        throw Refusal.invalid("#/throughEventId", .notFound, "there is no such event")
      }
      if end < start { throw Refusal.invalid("#/throughEventId", .inconsistent, "must not stand before fromEventId") }
      var filter = EventFilter()
      filter.resources = resources
      if resources.isEmpty { return [] }
      found = try await tx.run(
        EventRepository.feed(
          after: EventPosition(start.transaction, start.position - 1), through: min(end, place), of: filter,
          limit: limit, in: scope))
    }
    if found.count == limit {
      throw Refusal.invalid(
        "#", .outOfRange, "the range holds more than \(WebhookReplayRange.limit) events: ask for it in parts")
    }
    return found
  }

  // MARK: Deliveries

  /// The log of what was sent and what came of it.
  package func deliveries(
    of reference: Reference<Webhook>, _ filter: WebhookDeliveryFilter, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<WebhookDelivery> {
    let webhook = try await get(reference, caller)
    let found = try await work.database.read(
      caller, WebhookDeliveryRepository.list(of: webhook.id, filter, page, in: caller.scope))
    let attempts = try await work.database.read(
      caller, WebhookDeliveryRepository.attempts(of: found.items.map(\.id), in: caller.scope))
    let log = Dictionary(grouping: attempts, by: \.0).mapValues { $0.map(\.1) }
    return found.map { $0.with(log[$0.id] ?? []) }
  }

  /// Sends one delivery that failed, or whose next attempt lies ahead, now.
  ///
  /// - Throws: `Refusal.conflict` `webhook-delivery-ended` for one that got through.
  package func retry(
    _ id: WebhookDelivery.ID, of reference: Reference<Webhook>, _ command: Command<WebhookDelivery>
  ) async throws -> Answer {
    try await work.perform(command, .webhooksReplay) { tx in
      let scope = command.caller.scope
      guard let webhook = try await tx.run(WebhookRepository.find(reference, in: scope)),
        let delivery = try await tx.run(WebhookDeliveryRepository.lock(id, of: webhook.id, in: scope))
      else { throw Refusal.notFound }
      if delivery.state == .delivered {
        throw Refusal.conflict(
          code: "webhook-delivery-ended", detail: "The delivery got through; a replay sends its event again.")
      }
      // Nobody hears of more by asking again.
      let heard = webhook.grantedResources.intersection(command.caller.audibleResources).union([.webhook])
      if let resource = try await tx.run(WebhookDeliveryRepository.resource(of: delivery.eventID)),
        !heard.contains(resource)
      {
        throw Refusal.forbidden(resource.reading)
      }
      tx.enqueue(WebhookDeliveryRepository.retry(id, at: command.at))
      tx.record(
        webhook.event("webhook.deliveryRetried", data: ["deliveryId": .text(id.description)]), by: command)
      let attempts = try await tx.run(WebhookDeliveryRepository.attempts(of: [id], in: scope))
      return WebhookDelivery(
        id: delivery.id, webhookID: delivery.webhookID, eventID: delivery.eventID, eventType: delivery.eventType,
        replay: delivery.replay, state: .pending, attempts: delivery.attempts, nextAttemptAt: command.at,
        createdAt: delivery.createdAt, endedAt: nil, log: attempts.map(\.1))
    }
  }
}
