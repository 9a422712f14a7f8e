package import Domain
package import FoundationEssentials
package import Postgres

/// Clocks with their ledgers. A clock is read as its row, its lines and the calendar that it is counted by; `assemble` puts
/// them together.
package enum ClockRepository: DocumentStore {
  /// Which clocks.
  package enum Selection: Sendable {
    case reference(Reference<Clock>)
    /// Those of one document that have not ended.
    case live(Resource, UUID)
    /// All of one document.
    case all(Resource, UUID)
    case these([Clock.ID])
  }

  /// A line with the clock that it belongs to.
  package struct Line: Sendable {
    let clock: Clock.ID
    let entry: ClockEntry
  }

  // MARK: One clock

  package static func find(_ reference: Reference<Clock>, in scope: Scope) -> Query<Clock?> {
    Query.optional(select(.reference(reference), in: scope), decode)
  }

  package static func lock(_ reference: Reference<Clock>, in scope: Scope) -> Query<Clock?> {
    Query.optional(select(.reference(reference), in: scope) + " for update of c", decode)
  }

  package static func whole(
    _ header: Query<Clock?>, _ reference: Reference<Clock>, in scope: Scope, through door: some QueryDoor
  ) async throws -> Clock? {
    let (found, lines, calendars) = try await door.run(
      header, lines(.reference(reference), in: scope), calendars(.reference(reference), in: scope))
    return try assemble(found.map { [$0] } ?? [], lines, calendars).first
  }

  package static func save(_ after: Clock, over before: Clock?) -> [Query<Int>] {
    guard let before else { return insert(after) }
    return update(after, over: before)
  }

  // MARK: Several

  /// The stored copies of the results, without lines.
  package static func headers(_ selection: Selection, in scope: Scope) -> Query<[Clock]> {
    Query.list(select(selection, in: scope) + " order by c.started_at, c.kind, c.id", decode)
  }

  /// As `headers`, and nobody else changes the clocks until the transaction ends.
  package static func lock(_ selection: Selection, in scope: Scope) -> Query<[Clock]> {
    Query.list(select(selection, in: scope) + " order by c.started_at, c.kind, c.id for update of c", decode)
  }

  /// In the order of clocks and lines.
  package static func lines(_ selection: Selection, in scope: Scope) -> Query<[Line]> {
    Query.list(
      """
      select e.clock_id, e.number, e.kind, e.entered_at, e.entered_by, e.entered_by_id, e.reason, e.corrects, e.detail
      from clock_entries e join clocks c on c.id = e.clock_id
      where \(condition(selection)) and \(scope.condition(on: "c.station_id", case: "c.subject_id"))
      order by e.clock_id, e.number
      """, line)
  }

  /// The calendars by which the clocks are counted, as they stood; the standard one is none of them.
  package static func calendars(
    _ selection: Selection, in scope: Scope
  ) -> Query<[(ClockEntry.CalendarVersion, WorkingCalendar.Content)]> {
    Query.list(
      """
      select v.calendar_id, v.version, v.name, v.name_en, v.utc_offset_minutes, v.week, v.exceptions
      from calendar_versions v
      where exists (
        select from clocks c
        where c.calendar_id = v.calendar_id and c.calendar_version = v.version
          and \(condition(selection)) and \(scope.condition(on: "c.station_id", case: "c.subject_id")))
      """
    ) { row in
      let id = try row.next(WorkingCalendar.ID.self)
      let version = try row.next(Int.self)
      return (ClockEntry.CalendarVersion(id: id, version: version), try row.nextCalendarContent())
    }
  }

  package static func assemble(
    _ headers: [Clock], _ lines: [Line], _ calendars: [(ClockEntry.CalendarVersion, WorkingCalendar.Content)]
  ) throws -> [Clock] {
    let entries = Dictionary(grouping: lines, by: \.clock).mapValues { $0.map(\.entry) }
    let contents = Dictionary(calendars, uniquingKeysWith: { first, _ in first })
    return try headers.map { header in
      let named = header.status.calendar
      guard let calendar = named.id == nil ? WorkingCalendar.Content.standard : contents[named] else {
        throw Failure.internal(reference: "a clock names a calendar that is not kept")
      }
      return Clock(
        id: header.id, kind: header.kind, occurrence: header.occurrence, subject: header.subject,
        stationID: header.stationID, entries: entries[header.id] ?? [], calendar: calendar, version: header.version,
        stamp: header.stamp, status: header.status)
    }
  }

  package static func list(_ filter: Clock.Filter, _ page: PageRequest, in scope: Scope) -> Query<Page<Clock>> {
    var plan = ListPlan(
      columns: columns, from: "clocks c", id: "c.id", sorts: sorts, window: window,
      conditions: [scope.condition(on: "c.station_id", case: "c.subject_id")])
    if !filter.states.isEmpty { plan.filter("c.state = any (\(filter.states.map(\.rawValue)))") }
    if !filter.kinds.isEmpty { plan.filter("c.kind = any (\(filter.kinds.map(\.rawValue)))") }
    if let station = filter.stationID { plan.filter("c.station_id = \(station)") }
    if let resource = filter.subject { plan.filter("c.subject_resource = \(resource.rawValue)") }
    if let before = filter.dueBefore { plan.filter("c.due_at < \(before)") }
    if let from = filter.dueFrom { plan.filter("c.due_at >= \(from)") }
    if let breached = filter.breached { plan.filter("(c.breached_at is not null) = \(breached)") }
    if let level = filter.escalationLevel { plan.filter("c.escalation_level >= \(level)") }
    if let acknowledged = filter.acknowledged { plan.filter("(c.acknowledged_at is not null) = \(acknowledged)") }
    return plan.query(page, decode: decode)
  }

  package static let window = ListPlan.WindowColumns(created: "c.created_at", updated: "c.updated_at")

  package static let sorts: [String: ListPlan.SortColumn] = [
    "dueAt": .init("c.due_at", type: "timestamptz", nullable: true),
    "startedAt": .init("c.started_at", type: "timestamptz"),
    "breachedAt": .init("c.breached_at", type: "timestamptz", nullable: true),
    "escalationLevel": .init("c.escalation_level", type: "int4"),
  ]

  // MARK: For the worker

  /// Clocks for which time has brought something about, the longest waiting first. Those that another instance works on are
  /// passed over, so that no two ever hold the same.
  package static func lockDue(at now: Timestamp, limit: Int) -> Query<[Clock.ID]> {
    Query.list(
      """
      select c.id
      from clocks c
      where c.attention_at <= \(now)
      order by c.attention_at
      limit \(limit)
      for update of c skip locked
      """
    ) { try $0.next(Clock.ID.self) }
  }

  /// Clocks in working days that still wait for their deadline and are counted by a calendar that has changed since, or by
  /// another one than is now in force for their station.
  package static func lockStale(limit: Int) -> Query<[Clock.ID]> {
    Query.list(
      """
      select c.id
      from clocks c
      left join lateral (
        select k.id, k.version
        from calendars k
        where k.for_station_id = c.station_id
          or k.for_region_id = (select s.region_id from stations s where s.id = c.station_id)
          or (k.for_region_id is null and k.for_station_id is null)
        order by k.for_station_id is null, k.for_region_id is null
        limit 1
      ) k on true
      where c.counts_working_days and c.met_at is null and c.cancelled_at is null and c.breached_at is null
        and (c.calendar_id, c.calendar_version) is distinct from (k.id, coalesce(k.version, 0))
      order by c.id
      limit \(limit)
      for update of c skip locked
      """
    ) { try $0.next(Clock.ID.self) }
  }

  // MARK: Where a clock stands

  package static func region(of station: Station.ID?) -> Query<Region.ID?> {
    Query.optional("select region_id from stations where id = \(station)") { try $0.next(Region.ID.self) }
  }

  package static func regions(of stations: Set<Station.ID>) -> Query<[Station.ID: Region.ID]> {
    Query<[(Station.ID, Region.ID)]>.list(
      "select id, region_id from stations where id = any (\(Array(stations)))"
    ) { row in (try row.next(Station.ID.self), try row.next(Region.ID.self)) }
    .map { Dictionary($0, uniquingKeysWith: { first, _ in first }) }
  }

  // MARK: Writing

  /// A new clock with its first line.
  private static func insert(_ clock: Clock) -> [Query<Int>] {
    let status = clock.status
    let row = Query.execute(
      """
      insert into clocks (id, kind, occurrence, subject_resource, subject_id, subject_number, station_id, state,
        policy_version, calendar_id, calendar_version, counts_working_days, started_at, promised_at, opens_at, due_at, paused, warned_at,
        breached_at, met_at, cancelled_at, escalation_level, acknowledged_at, acknowledged_by, acknowledged_by_id,
        attention_at, version, created_at, created_by, created_by_id, updated_at, updated_by, updated_by_id)
      values (\(clock.id), \(clock.kind.rawValue), \(clock.occurrence), \(clock.subject.resource.rawValue),
        \(clock.subject.id), \(clock.subject.number), \(clock.stationID), \(clock.state.rawValue),
        \(status.policyVersion), \(status.calendar.id), \(status.calendar.version), \(status.countsWorkingDays),
        \(status.startedAt), \(status.promisedAt), \(status.opensAt), \(status.dueAt), \(status.isPaused), \(status.warnedAt),
        \(status.breachedAt), \(status.metAt), \(status.cancelledAt), \(status.escalationLevel),
        \(status.acknowledgedAt), \(status.acknowledgedBy?.name), \(status.acknowledgedBy?.id), \(status.attentionAt),
        \(clock.version), \(clock.stamp.createdAt), \(clock.stamp.createdBy.name), \(clock.stamp.createdBy.id),
        \(clock.stamp.updatedAt), \(clock.stamp.updatedBy.name), \(clock.stamp.updatedBy.id))
      """
    ).refusingSecond(clock)
    return [row, insertLines(of: clock, after: 0)]
  }

  /// The locked clock after further lines.
  private static func update(_ clock: Clock, over before: Clock) -> [Query<Int>] {
    let status = clock.status
    let row = Query.execute(
      """
      update clocks
      set occurrence = \(clock.occurrence), subject_resource = \(clock.subject.resource.rawValue),
        subject_id = \(clock.subject.id), subject_number = \(clock.subject.number), station_id = \(clock.stationID),
        state = \(clock.state.rawValue), policy_version = \(status.policyVersion),
        calendar_id = \(status.calendar.id), calendar_version = \(status.calendar.version),
        counts_working_days = \(status.countsWorkingDays),
        promised_at = \(status.promisedAt), opens_at = \(status.opensAt), due_at = \(status.dueAt),
        paused = \(status.isPaused), warned_at = \(status.warnedAt), breached_at = \(status.breachedAt),
        met_at = \(status.metAt), cancelled_at = \(status.cancelledAt), escalation_level = \(status.escalationLevel),
        acknowledged_at = \(status.acknowledgedAt), acknowledged_by = \(status.acknowledgedBy?.name),
        acknowledged_by_id = \(status.acknowledgedBy?.id), attention_at = \(status.attentionAt),
        version = \(clock.version), updated_at = \(clock.stamp.updatedAt), updated_by = \(clock.stamp.updatedBy.name),
        updated_by_id = \(clock.stamp.updatedBy.id)
      where id = \(clock.id) and version = \(before.version)
      """
    ).refusingSecond(clock)
    return [row, insertLines(of: clock, after: before.version)]
  }

  private static func insertLines(of clock: Clock, after count: Int) -> Query<Int> {
    let new = clock.entries.filter { $0.number > count }
    return Query.execute(
      """
      insert into clock_entries (clock_id, number, kind, entered_at, entered_by, entered_by_id, reason, corrects, detail)
      select \(clock.id), e.number, e.kind, e.entered_at, e.entered_by, e.entered_by_id, e.reason, e.corrects, e.detail
      from unnest(\(new.map { Int32(clamping: $0.number) }), \(new.map(\.kind.rawValue)), \(new.map(\.at)),
        \(new.map(\.by.name)), \(new.map(\.by.id)), \(new.map(\.reason)),
        \(new.map { $0.corrects.map { Int32(clamping: $0) } }), \(new.map { ClockJSON.encode($0.effect) }))
        as e(number, kind, entered_at, entered_by, entered_by_id, reason, corrects, detail)
      """)
  }

  // MARK: Parts

  private static let columns: SQL = """
    c.id, c.kind, c.occurrence, c.subject_resource, c.subject_id, c.subject_number, c.station_id, c.policy_version,
    c.calendar_id, c.calendar_version, c.counts_working_days, c.started_at, c.promised_at, c.opens_at, c.due_at, c.paused, c.warned_at,
    c.breached_at, c.met_at, c.cancelled_at, c.escalation_level, c.acknowledged_at, c.acknowledged_by,
    c.acknowledged_by_id, c.attention_at, c.version, c.created_at, c.created_by, c.created_by_id, c.updated_at,
    c.updated_by, c.updated_by_id
    """

  private static func select(_ selection: Selection, in scope: Scope) -> SQL {
    "select \(columns) from clocks c where \(condition(selection)) and \(scope.condition(on: "c.station_id", case: "c.subject_id"))"
  }

  private static func condition(_ selection: Selection) -> SQL {
    switch selection {
    case .reference(.id(let id)): "c.id = \(id)"
    // People name a clock by its document and kind, never by a number of its own.
    case .reference(.number): "false"
    case .live(let resource, let subject):
      """
      c.subject_id = \(subject) and c.subject_resource = \(resource.rawValue)
      and c.met_at is null and c.cancelled_at is null
      """
    case .all(let resource, let subject):
      "c.subject_id = \(subject) and c.subject_resource = \(resource.rawValue)"
    case .these(let ids): "c.id = any (\(ids))"
    }
  }

  @Sendable private static func decode(_ row: inout Row) throws -> Clock {
    let id = try row.next(Clock.ID.self)
    let kind = try row.next(as: ClockKind.self)
    let occurrence = try row.next(Int.self)
    let resource = try row.next(as: Resource.self)
    let subject = ClockSubject(resource, try row.next(UUID.self), number: try row.next(String?.self))
    let station = try row.next(Station.ID?.self)
    let policy = try row.next(String.self)
    let calendar = ClockEntry.CalendarVersion(
      id: try row.next(WorkingCalendar.ID?.self), version: try row.next(Int.self))
    let countsWorkingDays = try row.next(Bool.self)
    var status = ClockStatus(startedAt: try row.next(Timestamp.self))
    status.countsWorkingDays = countsWorkingDays
    status.policyVersion = policy
    status.calendar = calendar
    status.promisedAt = try row.next(Timestamp?.self)
    status.opensAt = try row.next(Timestamp?.self)
    status.dueAt = try row.next(Timestamp?.self)
    status.isPaused = try row.next(Bool.self)
    status.warnedAt = try row.next(Timestamp?.self)
    status.breachedAt = try row.next(Timestamp?.self)
    status.metAt = try row.next(Timestamp?.self)
    status.cancelledAt = try row.next(Timestamp?.self)
    status.escalationLevel = try row.next(Int.self)
    status.acknowledgedAt = try row.next(Timestamp?.self)
    let acknowledgedBy = try row.next(String?.self)
    let acknowledgedByID = try row.next(UUID?.self)
    status.acknowledgedBy = acknowledgedBy.map { RecordStamp.Author(name: $0, id: acknowledgedByID) }
    status.attentionAt = try row.next(Timestamp?.self)
    let version = try row.next(Int.self)
    return Clock(
      id: id, kind: kind, occurrence: occurrence, subject: subject, stationID: station, entries: [],
      calendar: .standard, version: version, stamp: try row.nextStamp(), status: status)
  }

  @Sendable private static func line(_ row: inout Row) throws -> Line {
    let clock = try row.next(Clock.ID.self)
    let number = try row.next(Int.self)
    let kind = try row.next(as: ClockEntry.Kind.self)
    let at = try row.next(Timestamp.self)
    let by = RecordStamp.Author(name: try row.next(String.self), id: try row.next(UUID?.self))
    let reason = try row.next(String?.self)
    let corrects = try row.next(Int?.self)
    guard let effect = ClockJSON.effect(kind, corrects: corrects, try row.next(JSONB.self).bytes) else {
      throw Failure.internal(reference: "unreadable line of a clock in the database")
    }
    return Line(clock: clock, entry: ClockEntry(number: number, effect: effect, at: at, by: by, reason: reason))
  }
}

extension Query {
  /// Of a kind one clock runs on a document.
  fileprivate func refusingSecond(_ clock: Clock) -> Query {
    refusing(
      "clocks_live_key", conflict: "clock-running", "A clock of this kind runs on the document already.",
      [.kind(clock.kind)],
      naming: ConflictLookup.documents(.clock) { scope in
        """
        select c.id, c.subject_number, c.state, null::integer
        from clocks c
        where c.subject_resource = \(clock.subject.resource.rawValue) and c.subject_id = \(clock.subject.id)
          and c.kind = \(clock.kind.rawValue) and c.id <> \(clock.id) and c.met_at is null and c.cancelled_at is null
          and (c.station_id is null or \(scope.condition(on: "c.station_id")))
        """
      })
  }
}
