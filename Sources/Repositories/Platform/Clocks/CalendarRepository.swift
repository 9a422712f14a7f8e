package import Domain
import FoundationEssentials
package import Postgres

/// Working calendars: reference data, the same for every scope.
package enum CalendarRepository: RecordStore {
  package typealias Document = WorkingCalendar
  package typealias Filter = WorkingCalendarFilter

  package static let sorts: [String: ListPlan.SortColumn] = [
    "code": .init("calendars.code", type: "text"),
    "createdAt": .init("calendars.created_at", type: "timestamptz"),
    "name": .init("calendars.name", type: "text"),
  ]

  package static let table = RecordTable<WorkingCalendar>(
    "calendars", key: { "code = \($0)" },
    columns: [
      .fixed("id") { "\($0.id)" },
      .fixed("code") { "\($0.code)" },
      .fixed("for_region_id") { "\($0.holder.regionID)" },
      .fixed("for_station_id") { "\($0.holder.stationID)" },
      .init("name") { "\($0.content.name)" },
      .init("name_en") { "\($0.content.nameEn)" },
      .init("utc_offset_minutes") { "\($0.content.utcOffsetMinutes)" },
      .init("week") { "\(CalendarJSON.encode($0.content.week))" },
      .init("exceptions") { "\(CalendarJSON.encode($0.content.exceptions))" },
    ],
    refusals: [
      ("calendars_code_key", { Refusal.alreadyExists(field: "code", existingID: nil) }),
      ("calendars_for_region_id_fkey", { Refusal.invalid("#/regionId", .notFound, "there is no such region") }),
      ("calendars_for_station_id_fkey", { Refusal.invalid("#/stationId", .notFound, "there is no such station") }),
    ], decode: decode)

  package static func conditions(_ filter: WorkingCalendarFilter) -> [SQL] {
    var conditions: [SQL] = []
    if let station = filter.stationID { conditions.append("for_station_id = \(station)") }
    if let region = filter.regionID { conditions.append("for_region_id = \(region)") }
    return conditions
  }

  /// Every version is kept, for the clocks that are counted by it.
  package static func save(_ after: WorkingCalendar, over before: WorkingCalendar?) -> [Query<Int>] {
    [
      (before.map { update(after, expecting: $0.version) } ?? insert(after)).refusing(
        "calendars_holder_key", conflict: "calendar-exists",
        "There is a calendar for this holder already; change that one.",
        naming: ConflictLookup.documents(.calendar) { _ in
          """
          select k.id, k.code, null::text, null::integer
          from calendars k
          where k.for_region_id is not distinct from \(after.holder.regionID)
            and k.for_station_id is not distinct from \(after.holder.stationID)
          """
        }),
      keepVersion(of: after),
    ]
  }

  /// The calendar that counts for a station: its own, else its region's, else the network's; `nil`: the standard one. Without
  /// a station the network's.
  package static func inForce(at station: Station.ID?) -> Query<WorkingCalendar?> {
    Query.optional(
      """
      select \(table.selection)
      from calendars
      where for_station_id = \(station)
        or for_region_id = (select s.region_id from stations s where s.id = \(station))
        or (for_region_id is null and for_station_id is null)
      order by for_station_id is null, for_region_id is null
      limit 1
      """, decode)
  }

  private static func keepVersion(of calendar: WorkingCalendar) -> Query<Int> {
    let content = calendar.content
    return Query.execute(
      """
      insert into calendar_versions (calendar_id, version, name, name_en, utc_offset_minutes, week, exceptions)
      values (\(calendar.id), \(calendar.version), \(content.name), \(content.nameEn), \(content.utcOffsetMinutes),
        \(CalendarJSON.encode(content.week)), \(CalendarJSON.encode(content.exceptions)))
      """)
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
