package import Domain
import FoundationEssentials
package import Postgres

/// Working calendars: reference data, the same for every scope.
package enum CalendarRepository: DocumentStore {
  package static func find(_ reference: Reference<WorkingCalendar>, in scope: Scope) -> Query<WorkingCalendar?> {
    Query.optional(selection(reference), decode)
  }

  /// As `find`, and nobody else changes the calendar until the transaction ends.
  package static func lock(_ reference: Reference<WorkingCalendar>, in scope: Scope) -> Query<WorkingCalendar?> {
    Query.optional(selection(reference) + " for update", decode)
  }

  package static func list(
    _ filter: WorkingCalendarFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<WorkingCalendar>> {
    var plan = ListPlan(
      columns: columns, from: "calendars c", id: "c.id", sorts: sorts, conditions: [])
    if let station = filter.stationID { plan.filter("c.for_station_id = \(station)") }
    if let region = filter.regionID { plan.filter("c.for_region_id = \(region)") }
    return plan.query(page, decode: decode)
  }

  package static let sorts: [String: ListPlan.SortColumn] = [
    "code": .init("c.code", type: "text"),
    "name": .init("c.name", type: "text"),
    "createdAt": .init("c.created_at", type: "timestamptz"),
  ]

  package static func save(_ after: WorkingCalendar, over before: WorkingCalendar?) -> [Query<Int>] {
    guard let before else { return [insert(after), keepVersion(of: after)] }
    return [update(after, expecting: before.version), keepVersion(of: after)]
  }

  /// The calendar that counts for a station: its own, else its region's, else the network's; `nil`: the standard one. Without
  /// a station the network's.
  package static func inForce(at station: Station.ID?) -> Query<WorkingCalendar?> {
    Query.optional(
      "select " + columns + """
         from calendars c
        where c.for_station_id = \(station)
          or c.for_region_id = (select s.region_id from stations s where s.id = \(station))
          or (c.for_region_id is null and c.for_station_id is null)
        order by c.for_station_id is null, c.for_region_id is null
        limit 1
        """, decode)
  }

  private static func insert(_ calendar: WorkingCalendar) -> Query<Int> {
    let content = calendar.content
    return Query.execute(
      """
      insert into calendars (id, code, for_region_id, for_station_id, name, name_en, utc_offset_minutes, week, exceptions,
        \(RecordColumns.names))
      values (\(calendar.id), \(calendar.code), \(calendar.holder.regionID), \(calendar.holder.stationID), \(content.name),
        \(content.nameEn), \(content.utcOffsetMinutes), \(CalendarJSON.encode(content.week)),
        \(CalendarJSON.encode(content.exceptions)),
        \(RecordColumns.values(calendar.externalIDs, calendar.version, calendar.stamp)))
      """
    )
    .refusing("calendars_code_key") { Refusal.alreadyExists(field: "code", existingID: nil) }
    .refusing("calendars_holder_key") {
      Refusal.conflict(code: "calendar-exists", detail: "There is a calendar for this holder already; change that one.")
    }
    .refusing("calendars_for_region_id_fkey") {
      Refusal.invalid("#/regionId", .notFound, "there is no such region")
    }
    .refusing("calendars_for_station_id_fkey") {
      Refusal.invalid("#/stationId", .notFound, "there is no such station")
    }
  }

  /// Keeps the calendar as it is now, for the clocks that are counted by it.
  private static func keepVersion(of calendar: WorkingCalendar) -> Query<Int> {
    let content = calendar.content
    return Query.execute(
      """
      insert into calendar_versions (calendar_id, version, name, name_en, utc_offset_minutes, week, exceptions)
      values (\(calendar.id), \(calendar.version), \(content.name), \(content.nameEn), \(content.utcOffsetMinutes),
        \(CalendarJSON.encode(content.week)), \(CalendarJSON.encode(content.exceptions)))
      """)
  }

  /// - Parameter version: the version that was loaded; no row means that somebody was faster.
  private static func update(_ calendar: WorkingCalendar, expecting version: Int) -> Query<Int> {
    let content = calendar.content
    return Query.execute(
      """
      update calendars
      set name = \(content.name), name_en = \(content.nameEn), utc_offset_minutes = \(content.utcOffsetMinutes),
        week = \(CalendarJSON.encode(content.week)), exceptions = \(CalendarJSON.encode(content.exceptions)),
        \(RecordColumns.assignments(calendar.externalIDs, calendar.version, calendar.stamp))
      where id = \(calendar.id) and version = \(version)
      """)
  }

  private static let columns: SQL = """
    c.id, c.code, c.for_region_id, c.for_station_id, c.name, c.name_en, c.utc_offset_minutes, c.week, c.exceptions,
    \(RecordColumns.selected(from: "c"))
    """

  private static func selection(_ reference: Reference<WorkingCalendar>) -> SQL {
    let base: SQL = "select \(columns) from calendars c where "
    return switch reference {
    case .id(let id): base + "c.id = \(id)"
    case .number(let code): base + "c.code = \(code)"
    }
  }

  @Sendable private static func decode(_ row: inout Row) throws -> WorkingCalendar {
    let id = try row.next(WorkingCalendar.ID.self)
    let code = try row.next(String.self)
    let region = try row.next(Region.ID?.self)
    let station = try row.next(Station.ID?.self)
    let content = try row.nextCalendarContent()
    let tail = try row.nextRecordTail()
    return WorkingCalendar(
      id: id, code: code, holder: station.map { .station($0) } ?? region.map { .region($0) } ?? .network,
      content: content, externalIDs: tail.externalIDs, version: tail.version, stamp: tail.stamp)
  }
}

extension Row {
  /// `name, name_en, utc_offset_minutes, week, exceptions`
  mutating func nextCalendarContent() throws -> WorkingCalendar.Content {
    let name = try next(String.self)
    let nameEn = try next(String?.self)
    let offset = try next(Int.self)
    let week = CalendarJSON.week(try next(JSONB.self).bytes)
    let exceptions = CalendarJSON.exceptions(try next(JSONB.self).bytes)
    guard let week, let exceptions else {
      throw Failure.internal(reference: "unreadable calendar in the database")
    }
    return WorkingCalendar.Content(
      name: name, nameEn: nameEn, utcOffsetMinutes: offset, week: week, exceptions: exceptions)
  }
}

/// The parts of a calendar that are kept as jsonb. `nil`: they were not written by this product.
enum CalendarJSON {
  static func encode(_ week: [[WorkingCalendar.Period]]) -> JSONB { EventJSON.encode(.list(week.map(value))) }

  static func encode(_ exceptions: [WorkingCalendar.Exception]) -> JSONB {
    EventJSON.encode(
      .list(
        exceptions.map {
          .object([
            "date": .text($0.date.description), "kind": .text($0.kind.rawValue), "name": .text($0.name),
            "hours": value($0.hours),
          ])
        }))
  }

  static func week(_ bytes: [UInt8]) -> [[WorkingCalendar.Period]]? {
    guard case .list(let days) = EventJSON.value(bytes), days.count == 7 else { return nil }
    let week = days.compactMap(periods)
    return week.count == 7 ? week : nil
  }

  static func exceptions(_ bytes: [UInt8]) -> [WorkingCalendar.Exception]? {
    guard case .list(let items) = EventJSON.value(bytes) else { return nil }
    let read = items.compactMap { item -> WorkingCalendar.Exception? in
      guard case .object(let members) = item, let date = members.text("date").flatMap({ CalendarDate($0) }),
        let kind = members.text("kind").flatMap(WorkingCalendar.Exception.Kind.init(rawValue:)),
        let name = members.text("name"), let hours = periods(members["hours"] ?? .null)
      else { return nil }
      return WorkingCalendar.Exception(date: date, kind: kind, name: name, hours: hours)
    }
    return read.count == items.count ? read : nil
  }

  private static func value(_ periods: [WorkingCalendar.Period]) -> EventValue {
    .list(periods.map { .list([.integer(Int64($0.from)), .integer(Int64($0.to))]) })
  }

  private static func periods(_ value: EventValue) -> [WorkingCalendar.Period]? {
    guard case .list(let items) = value else { return nil }
    let read = items.compactMap { item -> WorkingCalendar.Period? in
      guard case .list(let pair) = item, pair.count == 2, case .integer(let from) = pair[0],
        case .integer(let to) = pair[1]
      else { return nil }
      return WorkingCalendar.Period(from: Int(from), to: Int(to))
    }
    return read.count == items.count ? read : nil
  }
}
