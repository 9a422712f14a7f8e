package import Domain
import FoundationEssentials
package import Postgres

/// Webhooks, their secrets and how far each has come in the log.
package enum WebhookRepository: DocumentStore {
  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("w.created_at", type: "timestamptz")
  ]

  package static func find(_ reference: Reference<Webhook>, in scope: Scope) -> Query<Webhook?> {
    Query.optional(selection(reference, scope), decode)
  }

  package static func lock(_ reference: Reference<Webhook>, in scope: Scope) -> Query<Webhook?> {
    Query.optional(selection(reference, scope) + " for update of w", decode)
  }

  package static func list(_ filter: WebhookFilter, _ page: PageRequest, in scope: Scope) -> Query<Page<Webhook>> {
    var plan = ListPlan(
      columns: columns, from: "webhooks w", id: "w.id", sorts: sorts, conditions: [scope.condition(on: "w.station_id")])
    if !filter.states.isEmpty { plan.filter("w.state = any (\(filter.states.map(\.rawValue)))") }
    if let station = filter.stationID { plan.filter("w.station_id = \(station)") }
    return plan.query(page, decode: decode)
  }

  package static func save(_ after: Webhook, over before: Webhook?) -> [Query<Int>] {
    [before.map { update(after, expecting: $0.version) } ?? insert(after)]
  }

  private static func insert(_ webhook: Webhook) -> Query<Int> {
    Query.execute(
      """
      insert into webhooks (id, station_id, url, description, event_types, granted_resources, subscriber_id, state,
        secret_rotated_at, replays, \(RecordColumns.names))
      values (\(webhook.id), \(webhook.stationID), \(webhook.content.url), \(webhook.content.description),
        \(webhook.content.eventTypes.map(\.text)), \(webhook.grantedResources.map(\.rawValue).sorted()),
        \(webhook.subscriberID), \(webhook.state.rawValue), \(webhook.secretRotatedAt), \(webhook.replays),
        \(RecordColumns.values(webhook.externalIDs, webhook.version, webhook.stamp)))
      """
    ).refusing("webhooks_station_id_fkey") {
      Refusal.invalid("#/stationId", .notFound, "there is no such station")
    }
  }

  private static func update(_ webhook: Webhook, expecting version: Int) -> Query<Int> {
    Query.execute(
      """
      update webhooks
      set url = \(webhook.content.url), description = \(webhook.content.description),
        event_types = \(webhook.content.eventTypes.map(\.text)),
        granted_resources = \(webhook.grantedResources.map(\.rawValue).sorted()), state = \(webhook.state.rawValue),
        disabled_at = \(webhook.disabledAt), disabled_because = \(webhook.disabledBecause?.rawValue),
        secret_rotated_at = \(webhook.secretRotatedAt), pinged_at = \(webhook.pingedAt), replays = \(webhook.replays),
        \(RecordColumns.assignments(webhook.externalIDs, webhook.version, webhook.stamp))
      where id = \(webhook.id) and version = \(version)
      """)
  }

  // MARK: Secrets

  package static func insert(secret: String, of webhook: Webhook) -> Query<Int> {
    Query.execute(
      """
      insert into webhook_secrets (id, station_id, secret)
      values (\(webhook.id), \(webhook.stationID), \(sealed: secret, at: place("secret", webhook.id)))
      """)
  }

  package static func secret(of webhook: Webhook.ID) -> Query<String?> {
    Query.optional("select secret from webhook_secrets where id = \(webhook) for update") {
      try $0.nextSealed(at: place("secret", webhook))
    }
  }

  /// - Parameters:
  ///   - former: the secret until now, which is sealed anew for its new place.
  ///   - until: as long as it signs as well.
  package static func rotate(
    to secret: String, from former: String, until: Timestamp, of webhook: Webhook.ID
  ) -> Query<Int> {
    Query.execute(
      """
      update webhook_secrets
      set secret = \(sealed: secret, at: place("secret", webhook)),
        former_secret = \(sealed: former, at: place("former_secret", webhook)), former_until = \(until)
      where id = \(webhook)
      """)
  }

  static func place(_ column: StaticString, _ webhook: Webhook.ID) -> SealedPlace {
    SealedPlace("webhook_secrets", column, webhook.uuid)
  }

  // MARK: Places in the log

  package static func begin(_ webhook: Webhook, at place: EventPosition) -> Query<Int> {
    Query.execute(
      """
      insert into webhook_streams (webhook_id, station_id, transaction_id, position)
      values (\(webhook.id), \(webhook.stationID), \(Xid8(place.transaction)), \(place.position))
      """)
  }

  /// The place up to which everything has become deliveries.
  package static func place(of webhook: Webhook.ID) -> Query<EventPosition?> {
    Query.optional("select transaction_id, position from webhook_streams where webhook_id = \(webhook)") { row in
      EventPosition(try row.next(Xid8.self).value, try row.next(Int64.self))
    }
  }

  package static func advance(_ webhook: Webhook.ID, to place: EventPosition) -> Query<Int> {
    Query.execute(
      """
      update webhook_streams
      set transaction_id = \(Xid8(place.transaction)), position = \(place.position)
      where webhook_id = \(webhook)
      """)
  }

  /// Its receiver is as good as new.
  package static func absolve(_ webhook: Webhook.ID) -> Query<Int> {
    Query.execute(
      "update webhook_streams set failing_since = null, not_before = null where webhook_id = \(webhook)")
  }

  /// Nothing got through.
  /// - Returns: since when that has been so.
  package static func blame(
    _ webhook: Webhook.ID, at instant: Timestamp, silentUntil silence: Timestamp?
  ) -> Query<Timestamp?> {
    Query.optional(
      """
      update webhook_streams
      set failing_since = coalesce(failing_since, \(instant)),
        not_before = greatest(not_before, \(silence))
      where webhook_id = \(webhook)
      returning failing_since
      """
    ) { try $0.next(Timestamp.self) }
  }

  // MARK: Who hears what

  /// Active webhooks that have not come as far as the log; those of suspended stations wait.
  package static func behind(_ horizon: EventPosition, limit: Int) -> Query<[Webhook.ID]> {
    Query.list(
      """
      select w.id
      from webhook_streams s
        join webhooks w on w.id = s.webhook_id
      where w.state = 'active'
        and (s.transaction_id, s.position) < (\(Xid8(horizon.transaction)), \(horizon.position))
        and not exists (select from stations o where o.id = w.station_id and o.state = 'suspended')
      order by s.transaction_id, s.position, w.id
      limit \(limit)
      """
    ) { try $0.next(Webhook.ID.self) }
  }

  /// A webhook whose place in the log nobody else moves until the transaction ends, with what its subscriber may do now; `nil`:
  /// somebody else has it, or it is not active any more.
  package static func standing(of webhook: Webhook.ID, at instant: Timestamp) -> Query<WebhookStanding?> {
    Query.optional(
      """
      select \(columns), s.transaction_id, s.position, o.state, \(isAlive(at: instant)),
        coalesce(u.roles, c.roles, t.roles, '{}'), coalesce(u.station_id, c.station_id, t.station_id),
        coalesce(u.region_id, c.region_id, t.region_id), coalesce(u.supplier_id, c.supplier_id, t.supplier_id),
        c.permissions, t.permissions,
        array(
          select r.id
          from stations r
          where r.region_id = coalesce(u.region_id, c.region_id, t.region_id))
      from webhook_streams s
        join webhooks w on w.id = s.webhook_id
        left join stations o on o.id = w.station_id
        \(subscriber)
      where s.webhook_id = \(webhook) and w.state = 'active'
      for update of s skip locked
      """
    ) { row in
      let webhook = try decode(&row)
      let place = EventPosition(try row.next(Xid8.self).value, try row.next(Int64.self))
      let station = try row.next(String?.self).flatMap(Station.State.init(rawValue:))
      let isAlive = try row.next(Bool.self)
      let roles = RoleCodes.read(try row.next([String].self))
      let assignment = try ScopeAssignment.read(&row)
      let restrictions = [
        PermissionCodes.read(try row.next([String]?.self)), PermissionCodes.read(try row.next([String]?.self)),
      ]
      let stations = try row.next([Station.ID].self)
      let permissions = restrictions.reduce(roles.permissions) { granted, restriction in
        restriction.map(granted.intersection) ?? granted
      }
      let subscriber = Caller(
        subject: .client(webhook.subscriberID), name: "webhook", roles: roles, permissions: permissions,
        scope: assignment.scope(stations: stations))
      return WebhookStanding(
        webhook: webhook, place: place, station: station, subscriber: isAlive ? subscriber : nil)
    }
  }

  /// Tables `w` (webhooks) joined with whoever subscribed.
  static let subscriber: SQL = """
    left join users u on u.id = w.subscriber_id
        left join clients c on c.id = w.subscriber_id
        left join tokens t on t.id = w.subscriber_id
    """

  /// Whether the subscriber has any rights, behind `subscriber`.
  static func isAlive(at instant: Timestamp) -> SQL {
    """
    (coalesce(u.state, c.state, case when t.revoked_at is null and t.expires_at > \(instant) then 'active' end, 'ended')
        = 'active'
        and not exists (
          select from stations h
          where h.id = coalesce(u.station_id, c.station_id, t.station_id) and h.state = 'terminated'))
    """
  }

  // MARK: Reading

  private static func selection(_ reference: Reference<Webhook>, _ scope: Scope) -> SQL {
    let named: SQL =
      switch reference {
      case .id(let id): "w.id = \(id)"
      case .number: "false"
      }
    return "select \(columns) from webhooks w where \(scope.condition(on: "w.station_id")) and \(named)"
  }

  static let columns: SQL = """
    w.id, w.station_id, w.url, w.description, w.event_types, w.granted_resources, w.subscriber_id, w.state, w.disabled_at,
    w.disabled_because, w.secret_rotated_at, w.pinged_at, w.replays, \(RecordColumns.selected(from: "w"))
    """

  @Sendable static func decode(_ row: inout Row) throws -> Webhook {
    let id = try row.next(Webhook.ID.self)
    let station = try row.next(Station.ID?.self)
    let url = try row.next(String.self)
    let description = try row.next(String?.self)
    let types = try row.next([String].self).compactMap(WebhookEventType.init)
    let resources = Set(try row.next([String].self).compactMap(Resource.init(rawValue:)))
    let subscriber = try row.next(UUID.self)
    let state = try row.next(as: Webhook.State.self)
    let disabledAt = try row.next(Timestamp?.self)
    let disabledBecause = try row.next(String?.self).flatMap(Webhook.DisabledReason.init(rawValue:))
    let rotatedAt = try row.next(Timestamp.self)
    let pingedAt = try row.next(Timestamp?.self)
    let replays = try row.next(Int.self)
    let tail = try row.nextRecordTail()
    return Webhook(
      id: id, stationID: station, subscriberID: subscriber, grantedResources: resources,
      content: WebhookContent(
        url: url, eventTypes: types, description: description, externalIDs: tail.externalIDs),
      state: state, disabledAt: disabledAt, disabledBecause: disabledBecause, secretRotatedAt: rotatedAt,
      pingedAt: pingedAt, replays: replays, version: tail.version, stamp: tail.stamp)
  }
}
