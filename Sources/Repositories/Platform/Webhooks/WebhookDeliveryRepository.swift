package import Domain
import FoundationEssentials
package import Postgres

/// Deliveries and their attempts (C-30). Instants come from the caller, as everywhere.
package enum WebhookDeliveryRepository {
  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("d.created_at", type: "timestamptz")
  ]

  /// Queues events for a webhook; those that stand there already stay as they are.
  package static func insert(
    _ events: [Event], for webhook: Webhook, replay: Int, at instant: Timestamp
  ) -> Query<Int> {
    let ids = events.map { _ in WebhookDelivery.ID.new(at: instant).uuid }
    return Query.execute(
      """
      insert into webhook_deliveries (id, webhook_id, station_id, event_id, event_type, transaction_id, position, replay,
        state, next_attempt_at, created_at)
      select d.id, \(webhook.id), \(webhook.stationID), e.id, e.type, e.transaction_id, e.position, \(replay)::integer,
        'pending', \(instant), \(instant)
      from unnest(\(ids), \(events.map(\.id.uuid))) as d(id, event_id)
        join events e on e.id = d.event_id
      on conflict on constraint webhook_deliveries_once do nothing
      """)
  }

  package static func list(
    of webhook: Webhook.ID, _ filter: WebhookDeliveryFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<WebhookDelivery>> {
    var plan = ListPlan(
      columns: columns, from: "webhook_deliveries d", id: "d.id", sorts: sorts,
      conditions: ["d.webhook_id = \(webhook)", scope.condition(on: "d.station_id")])
    if !filter.states.isEmpty { plan.filter("d.state = any (\(filter.states.map(\.rawValue)))") }
    if let event = filter.eventID { plan.filter("d.event_id = \(event)") }
    return plan.query(page, decode: decode)
  }

  /// One of a webhook's deliveries, held until the transaction ends.
  package static func lock(
    _ id: WebhookDelivery.ID, of webhook: Webhook.ID, in scope: Scope
  ) -> Query<WebhookDelivery?> {
    Query.optional(
      """
      select \(columns)
      from webhook_deliveries d
      where d.id = \(id) and d.webhook_id = \(webhook) and \(scope.condition(on: "d.station_id"))
      for update
      """, decode)
  }

  /// The known attempts of several deliveries, in order.
  package static func attempts(
    of deliveries: [WebhookDelivery.ID], in scope: Scope
  ) -> Query<[(WebhookDelivery.ID, WebhookAttempt)]> {
    Query.list(
      """
      select a.delivery_id, a.number, a.started_at, a.milliseconds, a.status, a.error, a.answer
      from webhook_attempts a
      where a.delivery_id = any (\(deliveries)) and \(scope.condition(on: "a.station_id"))
      order by a.delivery_id, a.number
      """
    ) { row in
      let id = try row.next(WebhookDelivery.ID.self)
      let number = try row.next(Int.self)
      let startedAt = try row.next(Timestamp.self)
      let milliseconds = try row.next(Int.self)
      let status = try row.next(Int?.self)
      let fault = try row.next(String?.self).flatMap(WebhookOutcome.Fault.init(rawValue:))
      return (
        id,
        WebhookAttempt(
          number: number, startedAt: startedAt, milliseconds: milliseconds,
          outcome: status.map { .answered(status: $0) } ?? .failed(fault ?? .brokenAnswer),
          answer: try row.next(String.self))
      )
    }
  }

  /// Due at once, whatever came of it.
  package static func retry(_ id: WebhookDelivery.ID, at instant: Timestamp) -> Query<Int> {
    Query.execute(
      """
      update webhook_deliveries
      set state = 'pending', next_attempt_at = \(instant), ended_at = null
      where id = \(id)
      """)
  }

  /// What kind of document an event of a delivery is about.
  package static func resource(of event: Event.ID) -> Query<Resource?> {
    Query.optional("select e.resource from events e where e.id = \(event)") { try $0.next(as: Resource.self) }
  }

  /// Ends what is queued of kinds that the webhook is not sent any more.
  package static func giveUp(
    of webhook: Webhook.ID, beyond resources: Set<Resource>, at instant: Timestamp
  ) -> Query<Int> {
    Query.execute(
      """
      update webhook_deliveries d
      set state = 'failed', next_attempt_at = null, ended_at = \(instant), lease = null, leased_until = null
      from events e
      where d.webhook_id = \(webhook) and d.state = 'pending' and e.id = d.event_id
        and e.resource <> all (\(resources.map(\.rawValue).sorted()))
      """)
  }

  // MARK: Attempts

  /// Webhooks that have something due and may be sent it now, each with a receiver that has less than its share under way. Held
  /// until the transaction ends: whoever asks meanwhile gets others, and behind it sees what was handed out.
  package static func lockDue(at instant: Timestamp, limit: Int) -> Query<[Webhook.ID]> {
    Query.list(
      """
      select s.webhook_id
      from webhook_streams s
        join webhooks w on w.id = s.webhook_id
        \(WebhookRepository.subscriber)
      where w.state = 'active' and (s.not_before is null or s.not_before <= \(instant))
        and not exists (select from stations o where o.id = w.station_id and o.state <> 'active')
        and \(WebhookRepository.isAlive(at: instant))
        and exists (
          select from webhook_deliveries d
          where d.webhook_id = s.webhook_id and d.state = 'pending' and d.next_attempt_at <= \(instant)
            and (d.leased_until is null or d.leased_until <= \(instant)))
        and \(underWay("s.webhook_id", at: instant)) < \(WebhookSchedule.concurrent)
      order by s.claimed_at nulls first, s.webhook_id
      limit \(limit)
      for update of s skip locked
      """
    ) { try $0.next(Webhook.ID.self) }
  }

  /// Hands out what is due of webhooks that `lockDue` holds, to each receiver no more than its share.
  package static func claim(
    of webhooks: [Webhook.ID], at instant: Timestamp, until: Timestamp, limit: Int
  ) -> Query<[WebhookDelivery.ID]> {
    Query.list(
      """
      with claimed as (
        update webhook_streams set claimed_at = \(instant) where webhook_id = any (\(webhooks))
      )
      update webhook_deliveries d
      set lease = gen_random_uuid(), leased_until = \(until), attempts = d.attempts + 1
      from (
        select x.id
        from unnest(\(webhooks)) as h(id)
          cross join lateral (
            select p.id
            from webhook_deliveries p
            where p.webhook_id = h.id and p.state = 'pending' and p.next_attempt_at <= \(instant)
              and (p.leased_until is null or p.leased_until <= \(instant))
            order by p.next_attempt_at, p.transaction_id, p.position
            limit greatest(\(WebhookSchedule.concurrent) - \(underWay("h.id", at: instant)), 0)
          ) as x
        limit \(limit)
      ) as due
      where d.id = due.id
      returning d.id
      """
    ) { try $0.next(WebhookDelivery.ID.self) }
  }

  private static func underWay(_ webhook: StaticString, at instant: Timestamp) -> SQL {
    """
    (select count(*) from webhook_deliveries f
          where f.webhook_id = \(unescaped: webhook) and f.lease is not null and f.leased_until > \(instant))
    """
  }

  /// What the attempts need that were just handed out.
  package static func claims(_ deliveries: [WebhookDelivery.ID], at instant: Timestamp) -> Query<[WebhookClaim]> {
    Query.list(
      """
      select d.id, d.webhook_id, d.station_id, d.lease, d.attempts, w.url, k.secret,
        case when k.former_until > \(instant) then k.former_secret end, \(EventRepository.columns)
      from webhook_deliveries d
        join webhooks w on w.id = d.webhook_id
        join webhook_secrets k on k.id = d.webhook_id
        join events e on e.id = d.event_id
      where d.id = any (\(deliveries))
      order by d.transaction_id, d.position, d.id
      """
    ) { row in
      let id = try row.next(WebhookDelivery.ID.self)
      let webhook = try row.next(Webhook.ID.self)
      let station = try row.next(Station.ID?.self)
      let lease = try row.next(UUID.self)
      let attempt = try row.next(Int.self)
      let url = try row.next(String.self)
      let secret = try row.nextSealed(at: WebhookRepository.place("secret", webhook))
      let former = try row.nextSealed(String?.self, at: WebhookRepository.place("former_secret", webhook))
      return WebhookClaim(
        deliveryID: id, webhookID: webhook, stationID: station, lease: lease, attempt: attempt, url: url,
        secrets: [secret] + [former].compactMap { $0 }, event: try EventRepository.decode(&row))
    }
  }

  /// Ends an attempt. 0: it was given up, and another one is made or was.
  /// - Parameter nextAttempt: `nil`: the delivery has ended as `state` says.
  package static func settle(
    _ claim: WebhookClaim, _ state: WebhookDelivery.State, nextAttempt: Timestamp?, at instant: Timestamp
  ) -> Query<Int> {
    let ended = nextAttempt == nil ? instant : nil
    return Query.execute(
      """
      update webhook_deliveries
      set state = \(state.rawValue), next_attempt_at = \(nextAttempt), ended_at = \(ended), lease = null,
        leased_until = null
      where id = \(claim.deliveryID) and lease = \(claim.lease)
      """)
  }

  package static func record(_ attempt: WebhookAttempt, of claim: WebhookClaim) -> Query<Int> {
    Query.execute(
      """
      insert into webhook_attempts (delivery_id, number, station_id, started_at, milliseconds, status, error, answer)
      values (\(claim.deliveryID), \(attempt.number)::integer, \(claim.stationID), \(attempt.startedAt),
        \(attempt.milliseconds)::integer, \(attempt.outcome.status)::integer, \(attempt.outcome.fault?.rawValue),
        \(attempt.answer))
      """)
  }

  /// An attempt that was not made: its delivery is due as before.
  package static func release(_ claim: WebhookClaim) -> Query<Int> {
    Query.execute(
      """
      update webhook_deliveries
      set lease = null, leased_until = null, attempts = attempts - 1
      where id = \(claim.deliveryID) and lease = \(claim.lease)
      """)
  }

  /// What ended before the instant tells nothing any more; `limit` keeps the lock short.
  package static func purge(before instant: Timestamp, limit: Int) -> Query<Int> {
    Query.execute(
      """
      delete from webhook_deliveries
      where id in (
        select id from webhook_deliveries where ended_at < \(instant) order by ended_at limit \(limit))
      """)
  }

  private static let columns: SQL = """
    d.id, d.webhook_id, d.event_id, d.event_type, d.replay, d.state, d.attempts, d.next_attempt_at, d.created_at, d.ended_at
    """

  @Sendable private static func decode(_ row: inout Row) throws -> WebhookDelivery {
    WebhookDelivery(
      id: try row.next(WebhookDelivery.ID.self), webhookID: try row.next(Webhook.ID.self),
      eventID: try row.next(Event.ID.self), eventType: try row.next(String.self), replay: try row.next(Int.self),
      state: try row.next(as: WebhookDelivery.State.self), attempts: try row.next(Int.self),
      nextAttemptAt: try row.next(Timestamp?.self), createdAt: try row.next(Timestamp.self),
      endedAt: try row.next(Timestamp?.self))
  }
}
