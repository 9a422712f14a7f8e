package import Domain
package import Postgres

/// What dispatch looks at, and what it decided (CALL-03).
package enum DispatchRepository {
  /// Lets one dispatch after another decide, until the transaction ends: two that looked at the same loads at once would pick
  /// the same station. Statements after it see what the one before has done.
  package static func takeTurn() -> Query<Int> {
    Query.execute("select pg_advisory_xact_lock(\(Int64(0x6469_7370_6174_6368)))")
  }

  /// Every station of the scope with what its workshop can do and its load of this moment.
  package static func candidates(at: Timestamp, in scope: Scope) -> Query<[DispatchCandidate]> {
    let openOrders = Set(WorkOrder.State.allCases).subtracting(WorkOrderLifecycle.ended).map(\.rawValue).sorted()
    // A request in progress counts as the order it became.
    let openRequests = [ServiceRequest.State.accepted, .dispatched].map(\.rawValue)
    return Query.list(
      """
      select s.id, s.code, s.name, s.state, s.region_id, s.latitude_microdegrees, s.longitude_microdegrees,
        s.authorisations, s.brands,
        array(
          select unnest(w.skills) from station_workshops w where w.station_id = s.id
          union
          select unnest(b.skills) from bays b where b.station_id = s.id and b.active),
        case
          when exists (select from station_special_days d where d.station_id = s.id and d.day = l.time::date)
            then exists (
              select from station_special_days d
              where d.station_id = s.id and d.day = l.time::date and l.minute >= d.opens and l.minute < d.closes)
          when exists (select from station_hours h where h.station_id = s.id)
            then exists (
              select from station_hours h
              where h.station_id = s.id and h.weekday = extract(isodow from l.time) and l.minute >= h.opens
                and l.minute < h.closes)
        end,
        coalesce(
          (select nullif(count(*), 0)::int from bays b where b.station_id = s.id and b.active), s.bays),
        (select count(*)::int from work_orders w where w.station_id = s.id and w.state = any (\(openOrders))),
        (select count(*)::int from service_requests r where r.station_id = s.id and r.state = any (\(openRequests))),
        (select max(d.dispatched_at) from service_request_dispatches d where d.station_id = s.id)
      from stations s
        cross join lateral (
          select t.time, (extract(hour from t.time) * 60 + extract(minute from t.time))::int as minute
          from (select \(at)::timestamptz at time zone s.time_zone as time) t) l
      where \(scope.condition(on: "s.id"))
      order by s.code
      """, candidate)
  }

  /// The make of a vehicle, where its model is on record.
  package static func brand(of vehicle: Vehicle.ID) -> Query<String?> {
    Query.optional(
      """
      select m.brand
      from vehicles v join vehicle_models m on m.id = v.model_id
      where v.id = \(vehicle)
      """
    ) { try $0.next(String.self) }
  }

  package static func insert(_ record: DispatchRecord, of request: ServiceRequest.ID) -> Query<Int> {
    let dispatch = record.dispatch
    return Query.execute(
      """
      insert into service_request_dispatches (service_request_id, attempt, station_id, overruled, reason, policy_version,
        ranking, dispatched_at, dispatched_by)
      values (\(request), \(dispatch.attempt), \(dispatch.stationID), \(dispatch.isOverruled), \(dispatch.reason),
        \(record.ranking.policyVersion), \(ServiceRequestJSON.encode(record.ranking)), \(dispatch.dispatchedAt),
        \(dispatch.dispatchedBy))
      """
    ).refusing(
      "service_request_dispatches_pkey", conflict: "dispatched-already",
      "Somebody dispatched the request in this moment.",
      naming: ConflictLookup.documents(.serviceRequest) { scope in
        """
        select r.id, r.number, r.state, null::integer
        from service_requests r
        where r.id = \(request) and \(ServiceRequestRepository.visible(to: scope))
        """
      }
    ).refusing("service_request_dispatches_service_request_id_fkey") { Refusal.notFound }
      .refusing("service_request_dispatches_station_id_fkey") {
        Refusal.invalid("#/stationId", .notFound, "there is no such station")
      }
  }

  /// All dispatches of a request to stations of the scope, in their order.
  package static func records(of request: ServiceRequest.ID, in scope: Scope) -> Query<[DispatchRecord]> {
    Query.list(
      """
      select d.attempt, d.station_id, d.overruled, d.reason, d.policy_version, d.ranking, d.dispatched_at, d.dispatched_by
      from service_request_dispatches d
      where d.service_request_id = \(request) and \(scope.condition(on: "d.station_id"))
      order by d.attempt
      """
    ) { row in
      let attempt = try row.next(Int.self)
      let station = try row.next(Station.ID.self)
      let isOverruled = try row.next(Bool.self)
      let reason = try row.next(String?.self)
      let version = try row.next(String.self)
      let ranking = ServiceRequestJSON.ranking(try row.next(JSONB.self).bytes, policyVersion: version)
      return DispatchRecord(
        dispatch: RequestDispatch(
          attempt: attempt, stationID: station, isOverruled: isOverruled, reason: reason,
          dispatchedAt: try row.next(Timestamp.self), dispatchedBy: try row.next(String.self)),
        ranking: ranking)
    }
  }

  @Sendable private static func candidate(_ row: inout Row) throws -> DispatchCandidate {
    let id = try row.next(Station.ID.self)
    let code = try row.next(String.self)
    let name = try row.next(String.self)
    let state = try row.next(as: Station.State.self)
    let region = try row.next(Region.ID.self)
    let latitude = try row.next(Int32?.self)
    let longitude = try row.next(Int32?.self)
    var position: GeographicPosition?
    if let latitude, let longitude {
      position = GeographicPosition(latitudeMicrodegrees: Int(latitude), longitudeMicrodegrees: Int(longitude))
    }
    let authorisations = Set(try row.next([String].self))
    let brands = Set(try row.next([String].self))
    let skills = Set(try row.next([String].self))
    let isOpenNow = try row.next(Bool?.self)
    let bays = try row.next(Int.self)
    let openOrders = try row.next(Int.self)
    let openRequests = try row.next(Int.self)
    return DispatchCandidate(
      stationID: id, code: code, name: name, state: state, regionID: region, position: position,
      authorisations: authorisations, brands: brands, skills: skills, isOpenNow: isOpenNow, bays: bays,
      openOrders: openOrders, openRequests: openRequests, lastDispatchedAt: try row.next(Timestamp?.self))
  }
}
