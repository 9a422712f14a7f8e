package import Domain
package import FoundationEssentials
package import Postgres

/// The event log (domain.md sections 3 and 13): appended in the transaction of the change, never changed.
package enum EventRepository {
  /// Appends all changes of one transaction in one statement, in their order.
  package static func append(
    _ changes: [Change], by caller: Caller, requestID: String, traceparent: String? = nil, at: Timestamp
  ) -> Query<Int> {
    let ids = changes.map { _ in Identifier<Event>.new(at: at) }
    let roles = caller.roles.map(\.rawValue).sorted()
    return Query.execute(
      """
      insert into events (id, occurred_at, type, resource, subject_id, subject_number, subject_version, station_id,
        network_wide, actor_kind, actor_id, actor_name, actor_roles, request_id, traceparent, reason, changes, data)
      select e.id, \(at), e.type, e.resource, e.subject_id, e.subject_number, e.subject_version, e.station_id,
        e.network_wide, \(caller.subject.kind), \(caller.subject.id), \(caller.name), \(roles), \(requestID),
        \(traceparent), e.reason, e.changes, e.data
      from unnest(\(ids), \(changes.map(\.type)), \(changes.map(\.resource.rawValue)), \(changes.map(\.id)),
        \(changes.map(\.number)), \(changes.map { Int32(clamping: $0.version) }), \(changes.map(\.station)),
        \(changes.map(\.networkWide)), \(changes.map { $0.reason.map { FreeText.cleaned($0) } }), \(changes.map { EventJSON.encode($0.changes) }),
        \(changes.map { EventJSON.encode(.object($0.data)) }))
        with ordinality as e(id, type, resource, subject_id, subject_number, subject_version, station_id, network_wide,
          reason, changes, data, place)
      order by e.place
      """)
  }

  /// One document's history, oldest first unless asked otherwise. The caller has shown before that he may see the document.
  package static func history(
    _ resource: Resource, _ subject: UUID, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<Event>> {
    var plan = ListPlan(
      columns: columns, from: "events e", id: "e.id", sorts: sorts,
      conditions: ["e.subject_id = \(subject)", "e.resource = \(resource.rawValue)"])
    plan.filter(heard(in: scope))
    return plan.query(page, decode: decode)
  }

  /// What happened to an order, of these types, and to the transfer that it asks for: for the station whose stock it is, which does not
  /// see the order itself.
  package static func history(
    ofTransfer order: UUID, _ types: [String], _ page: PageRequest
  ) -> Query<Page<Event>> {
    ListPlan(
      columns: columns, from: "events e", id: "e.id", sorts: sorts,
      conditions: [
        "e.subject_id = \(order)",
        "(e.resource = 'transferRequest' or e.resource = 'partsOrder' and e.type = any (\(types)))",
      ]
    ).query(page, decode: decode)
  }

  /// Events behind a place, in the one order that never changes: only rows of transactions that had all ended when the
  /// statement began, so that a later commit can never appear before the place (domain.md section 13).
  ///
  /// - Parameter end: as far as `window` found; `nil`: as far as there is.
  package static func feed(
    after place: EventPosition, through end: EventPosition? = nil, of filter: EventFilter = EventFilter(), limit: Int,
    in scope: Scope
  ) -> Query<[Event]> {
    var statement: SQL =
      "select " + columns + """
         from events e
        where (e.transaction_id, e.position) > (\(Xid8(place.transaction)), \(place.position))
        """
    if let end {
      statement =
        statement + " and (e.transaction_id, e.position) <= (\(Xid8(end.transaction)), \(end.position))"
    } else {
      statement = statement + " and e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())"
    }
    if !filter.resources.isEmpty {
      statement = statement + " and e.resource = any (\(filter.resources.map(\.rawValue).sorted()))"
    }
    if !filter.types.isEmpty { statement = statement + " and e.type = any (\(filter.types))" }
    return Query.list(
      statement + " and " + heard(in: scope) + " order by e.transaction_id, e.position limit \(limit)",
      decode)
  }

  /// Events of a span of time, in the one order, as far as a place (domain.md section 13). Identities follow the time at which the
  /// product wrote the event, so the primary key finds them.
  package static func feed(
    from start: Timestamp, before end: Timestamp, through place: EventPosition, of resources: Set<Resource>,
    limit: Int, in scope: Scope
  ) -> Query<[Event]> {
    Query.list(
      "select " + columns + """
         from events e
        where e.id >= \(UUID.earliest(at: start)) and e.id < \(UUID.earliest(at: end))
          and (e.transaction_id, e.position) <= (\(Xid8(place.transaction)), \(place.position))
          and e.resource = any (\(resources.map(\.rawValue).sorted()))
        """ + " and " + heard(in: scope) + " order by e.transaction_id, e.position limit \(limit)",
      decode)
  }

  /// Where an event stands; `nil`: there is none, or not for this scope.
  package static func place(of event: Event.ID, in scope: Scope) -> Query<EventPosition?> {
    Query.optional(
      "select e.transaction_id, e.position from events e where e.id = \(event) and " + heard(in: scope),
      position)
  }

  /// The place of the row that stands so many rows of the log behind another, or of the last row that everybody can see;
  /// `nil`: none stands behind it. It bounds what a follower's filter and scope have to pass over at once, so it is asked over
  /// the whole log, as the product itself: a place says nothing about what stands there.
  package static func window(after place: EventPosition, rows: Int) -> Query<EventPosition?> {
    Query.optional(
      """
      select behind.transaction_id, behind.position
      from (
        select e.transaction_id, e.position
        from events e
        where (e.transaction_id, e.position) > (\(Xid8(place.transaction)), \(place.position))
          and e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
        order by e.transaction_id, e.position
        limit \(rows)
      ) as behind
      order by behind.transaction_id desc, behind.position desc
      limit 1
      """, position)
  }

  /// The last place that everybody can see; `nil`: the log is empty.
  package static func horizon() -> Query<EventPosition?> {
    Query.optional(
      """
      select e.transaction_id, e.position
      from events e
      where e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
      order by e.transaction_id desc, e.position desc
      limit 1
      """, position)
  }

  @Sendable private static func position(_ row: inout Row) throws -> EventPosition {
    EventPosition(try row.next(Xid8.self).value, try row.next(Int64.self))
  }

  private static let sorts: [String: ListPlan.SortColumn] = [
    "at": .init("e.occurred_at", type: "timestamptz"), "position": .init("e.position", type: "int8"),
  ]

  /// Which events a scope hears: those of its documents, and what goes to the whole network.
  private static func heard(in scope: Scope) -> SQL {
    "(e.network_wide and " + scope.condition(eventOfVehicle: "e") + " or "
      + scope.condition(on: "e.station_id", case: "e.subject_id") + ")"
  }

  static let columns: SQL = """
    e.id, e.transaction_id, e.position, e.occurred_at, e.type, e.resource, e.subject_id, e.subject_number,
    e.subject_version, e.station_id, e.network_wide, e.actor_kind, e.actor_id, e.actor_name, e.actor_roles,
    e.request_id, e.traceparent, e.reason, e.changes, e.data
    """

  @Sendable static func decode(_ row: inout Row) throws -> Event {
    let id = try row.next(Event.ID.self)
    let transaction = try row.next(Xid8.self)
    let position = try row.next(Int64.self)
    let at = try row.next(Timestamp.self)
    let type = try row.next(String.self)
    let resource = try row.next(as: Resource.self)
    let subject = try row.next(UUID.self)
    let number = try row.next(String?.self)
    let version = try row.next(Int32.self)
    let station = try row.next(Station.ID?.self)
    let networkWide = try row.next(Bool.self)
    let actorKind = try row.next(String.self)
    let actorID = try row.next(UUID?.self)
    let actorName = try row.next(String.self)
    let actorRoles = try row.next([String].self)
    let requestID = try row.next(String.self)
    let traceparent = try row.next(String?.self)
    let reason = try row.next(String?.self)
    let changes = EventJSON.fieldChanges(try row.next(JSONB.self).bytes)
    let data = EventJSON.object(try row.next(JSONB.self).bytes)
    return Event(
      id: id, transaction: transaction.value, position: position, at: at,
      change: Change(
        type: type, resource: resource, id: subject, number: number, version: Int(version), station: station,
        networkWide: networkWide, reason: reason, changes: changes, data: data),
      actorKind: actorKind, actorID: actorID, actorName: actorName, actorRoles: actorRoles, requestID: requestID,
      traceparent: traceparent)
  }
}
