package import Domain
import FoundationEssentials
package import Postgres

/// What a station's workshop can take, and what of it is free.
package enum WorkshopRepository {
  package struct Header: Sendable {
    package let stationID: Station.ID
    package let stationCode: String
    /// 0: the station has said nothing yet.
    package let version: Int
    package let slotMinutes: Int
    package let graceMinutes: Int
    package let skills: [String]
  }

  /// The station, with what its workshop says if it says anything.
  package static func header(_ station: Reference<Station>, in scope: Scope) -> Query<Header?> {
    Query.optional(
      """
      select s.id, s.code, coalesce(w.version, 0), w.slot_minutes, w.grace_minutes, coalesce(w.skills, '{}')
      from stations s
      left join station_workshops w on w.station_id = s.id
      where
      """ + " " + names(station) + " and " + scope.condition(on: "s.id")
    ) { row in
      let id = try row.next(Station.ID.self)
      let code = try row.next(String.self)
      let version = try row.next(Int32.self)
      let slot = try row.next(Int32?.self)
      return Header(
        stationID: id, stationCode: code, version: Int(version),
        slotMinutes: slot.map(Int.init) ?? Workshop.unknown.slotMinutes,
        graceMinutes: try row.next(Int32?.self).map(Int.init) ?? Workshop.unknown.graceMinutes,
        skills: try row.next([String].self))
    }
  }

  package static func hours(_ station: Reference<Station>, in scope: Scope) -> Query<[Workshop.WeekdayHours]> {
    Query.list(
      "select h.weekday, h.opens, h.closes from station_hours h join stations s on s.id = h.station_id where "
        + names(station) + " and " + scope.condition(on: "h.station_id") + " order by h.weekday, h.opens"
    ) { row in
      let weekday = Int(try row.next(Int16.self))
      let opens = Int(try row.next(Int32.self))
      return Workshop.WeekdayHours(
        weekday: weekday, hours: .init(opens: opens, closes: Int(try row.next(Int32.self))))
    }
  }

  package static func specialDays(_ station: Reference<Station>, in scope: Scope) -> Query<[Workshop.SpecialDay]> {
    Query.list(
      "select d.day, d.opens, d.closes, d.note from station_special_days d join stations s on s.id = d.station_id where "
        + names(station) + " and " + scope.condition(on: "d.station_id") + " order by d.day, d.opens"
    ) { row in
      let day = try row.next(CalendarDate.self)
      let opens = try row.next(Int32?.self).map(Int.init)
      let closes = try row.next(Int32?.self).map(Int.init)
      let hours = opens.flatMap { opens in closes.map { Workshop.Hours(opens: opens, closes: $0) } }
      return Workshop.SpecialDay(day: day, hours: hours, note: try row.next(String?.self))
    }
  }

  package static func bays(_ station: Reference<Station>, in scope: Scope) -> Query<[Workshop.Bay]> {
    Query.list(
      "select b.code, b.name, b.skills, b.fast_lane, b.active from bays b join stations s on s.id = b.station_id where "
        + names(station) + " and " + scope.condition(on: "b.station_id") + " order by b.code"
    ) { row in
      let code = try row.next(String.self)
      let name = try row.next(String?.self)
      let skills = Set(try row.next([String].self).compactMap(Workshop.Skill.init(rawValue:)))
      let isFastLane = try row.next(Bool.self)
      return Workshop.Bay(
        code: code, name: name, skills: skills, isFastLane: isFastLane, isActive: try row.next(Bool.self))
    }
  }

  /// Whether the workshop names bays that take vehicles.
  package static func namesBays(_ station: Station.ID) -> Query<Bool> {
    Query.one("select exists (select from bays where station_id = \(station) and active)") { try $0.next(Bool.self) }
  }

  /// Locks the station's workshop: bookings and changes of it follow each other.
  package static func lock(_ station: Station.ID) -> Query<Int?> {
    Query.optional("select grace_minutes from station_workshops where station_id = \(station) for update") {
      Int(try $0.next(Int32.self))
    }
  }

  /// The statements that make the workshop what it is now. Bays that are not named any more stay, because appointments
  /// stand in them, but take no others.
  package static func save(
    _ workshop: Workshop, of station: Station.ID, version: Int, by author: RecordStamp.Author, at: Timestamp
  ) -> [Query<Int>] {
    var statements: [Query<Int>] = [
      Query.execute(
        """
        insert into station_workshops (station_id, version, slot_minutes, grace_minutes, skills, updated_at, updated_by,
          updated_by_id)
        values (\(station), \(Int32(version)), \(Int32(workshop.slotMinutes)), \(Int32(workshop.graceMinutes)),
          \(workshop.skills), \(at), \(author.name), \(author.id))
        on conflict on constraint station_workshops_pkey do update
        set version = excluded.version, slot_minutes = excluded.slot_minutes, grace_minutes = excluded.grace_minutes,
          skills = excluded.skills, updated_at = excluded.updated_at, updated_by = excluded.updated_by, updated_by_id = excluded.updated_by_id
        """),
      Query.execute("delete from station_hours where station_id = \(station)"),
      Query.execute("delete from station_special_days where station_id = \(station)"),
      Query.execute(
        """
        update bays set active = false
        where station_id = \(station) and active and code <> all (\(workshop.bays.map(\.code)))
        """),
    ]
    for entry in workshop.hours {
      statements.append(
        Query.execute(
          """
          insert into station_hours (station_id, weekday, opens, closes)
          values (\(station), \(Int16(entry.weekday)), \(Int32(entry.hours.opens)), \(Int32(entry.hours.closes)))
          """))
    }
    for entry in workshop.specialDays {
      statements.append(
        Query.execute(
          """
          insert into station_special_days (station_id, day, opens, closes, note)
          values (\(station), \(entry.day), \(entry.hours.map { Int32($0.opens) }),
            \(entry.hours.map { Int32($0.closes) }), \(entry.note))
          """))
    }
    for bay in workshop.bays {
      statements.append(
        Query.execute(
          """
          insert into bays (id, station_id, code, name, skills, fast_lane, active)
          values (\(Workshop.Bay.ID.new(at: at)), \(station), \(bay.code), \(bay.name),
            \(bay.skills.map(\.rawValue).sorted()), \(bay.isFastLane), \(bay.isActive))
          on conflict on constraint bays_code_key do update
          set name = excluded.name, skills = excluded.skills, fast_lane = excluded.fast_lane, active = excluded.active
          """))
    }
    return statements
  }

  /// Every slot of a day, with the bays that are equipped for it and those of them that are free.
  package static func slots(_ query: SlotQuery, at station: Station.ID) -> Query<[Slot]> {
    Query.list(
      """
      select s.starts_at, s.ends_at, count(b.id), count(b.id) filter (where not exists (
        select from appointments a
        where a.bay_id = b.id and a.state in ('confirmed', 'checkedIn')
          and tstzrange(a.starts_at, a.ends_at) && tstzrange(s.starts_at, s.ends_at)))
      from workshop_slots(\(station), \(query.day), \(Int32(query.minutes))) s
      left join bays b on b.station_id = \(station) and b.active and \(query.skill.rawValue) = any (b.skills)
        and (not b.fast_lane or \(query.priority == .fastLane))
      group by s.starts_at, s.ends_at
      order by s.starts_at
      """
    ) { row in
      let startsAt = try row.next(Timestamp.self)
      let endsAt = try row.next(Timestamp.self)
      let capacity = Int(try row.next(Int64.self))
      return Slot(startsAt: startsAt, endsAt: endsAt, capacity: capacity, free: Int(try row.next(Int64.self)))
    }
  }

  /// What stands in the way of a booking, or the bay for it.
  package struct Room: Sendable {
    /// Whether the workshop begins work at this instant at all.
    package let isSlot: Bool
    package let bay: Workshop.Bay.ID?
  }

  /// The bay for an instant: to be asked under `lock`. The fast lane is taken first by those it is for.
  package static func room(
    at start: Timestamp, for request: AppointmentRequest, in station: Station.ID
  ) -> Query<Room> {
    Query.one(
      """
      select exists (
          select
          from stations st
          cross join lateral workshop_slots(st.id, (\(start)::timestamptz at time zone st.time_zone)::date,
            \(Int32(request.durationMinutes))) s
          where st.id = \(station) and s.starts_at = \(start)),
        (select b.id
         from bays b
         where b.station_id = \(station) and b.active and \(request.skill.rawValue) = any (b.skills)
           and (not b.fast_lane or \(request.priority == .fastLane))
           and not exists (
             select from appointments a
             where a.bay_id = b.id and a.state in ('confirmed', 'checkedIn')
               and tstzrange(a.starts_at, a.ends_at)
                 && tstzrange(\(start), \(start.adding(seconds: Int64(request.durationMinutes) * 60))))
         order by b.fast_lane desc, b.code
         limit 1)
      """
    ) { row in
      Room(isSlot: try row.next(Bool.self), bay: try row.next(Workshop.Bay.ID?.self))
    }
  }

  private static func names(_ reference: Reference<Station>) -> SQL {
    switch reference {
    case .id(let id): "s.id = \(id)"
    case .number(let code): "s.code = \(code)"
    }
  }
}
