package import Domain

/// Bodies of `/v1/calendars`.
extension CalendarRoutes {
  package func draft(_ form: inout Form, over current: WorkingCalendar?) throws -> WorkingCalendarDraft {
    let content = current?.content
    let code = form.fixed("code", .text(1...32), keeping: current?.code)
    let holder = form.calendarHolder(keeping: current)
    let name = form.required("name", .text(1...200), keeping: content?.name)
    let nameEn = form.optional("nameEn", .text(1...200), keeping: content?.nameEn)
    let offset = form.optional("utcOffset", .utcOffset, keeping: content?.utcOffsetMinutes, else: 480)
    let week = form.calendarWeek(keeping: content?.week)
    let exceptions = form.array(
      "exceptions", 0...WorkingCalendar.Content.maximumExceptions, keeping: content?.exceptions
    ) { $0.calendarException() }
    let externalIDs = form.externalIDs(keeping: current?.externalIDs)
    form.readOnly(of: current)
    try form.finish()
    guard let code, let name, let week, let exceptions else { throw form.failure }
    return WorkingCalendarDraft(
      code: code, holder: holder,
      content: WorkingCalendar.Content(
        name: name, nameEn: nameEn, utcOffsetMinutes: offset, week: week, exceptions: exceptions),
      externalIDs: externalIDs)
  }
}

extension Form {
  /// Set once, with the calendar.
  fileprivate mutating func calendarHolder(keeping current: WorkingCalendar?) -> WorkingCalendar.Holder {
    if let current {
      readOnly("regionId", "stationId")
      return current.holder
    }
    let station = optional("stationId", .id(Station.self))
    let region = optional("regionId", .id(Region.self))
    if station != nil, region != nil {
      refuse("regionId", .inconsistent, "a calendar is of a region or of a station, not of both")
    }
    return station.map { .station($0) } ?? region.map { .region($0) } ?? .network
  }

  /// Of a new calendar a day that is left out is a day of rest; of a patched one it stays.
  fileprivate mutating func calendarWeek(keeping current: [[WorkingCalendar.Period]]?) -> [[WorkingCalendar.Period]]? {
    if let current, !has("week") { return current }
    return requiredObject("week") { week in
      WorkingCalendar.weekdays.enumerated().map { place, name in
        week.optional(name, .periods, keeping: current?[place], else: [])
      }
    }
  }

  fileprivate mutating func calendarException() -> WorkingCalendar.Exception? {
    let date = required("date", .date)
    let kind = required("kind", .choice(WorkingCalendar.Exception.Kind.self))
    let name = required("name", .text(1...100))
    let hours = optional("hours", .periods)
    guard let date, let kind, let name else { return nil }
    return WorkingCalendar.Exception(date: date, kind: kind, name: name, hours: hours ?? [])
  }
}

extension FieldReader where Value == Int {
  /// `+08:00` as minutes east of UTC, from −12:00 to +14:00.
  fileprivate static var utcOffset: FieldReader<Int> {
    FieldReader<String>.text(6...6).map(orFault: .invalidFormat, "must be an offset from -12:00 to +14:00") { text in
      guard let minutes = WorkingCalendar.Period.minute(text.dropFirst()) else { return nil }
      switch text.first {
      case "+": return minutes <= 840 ? minutes : nil
      case "-": return minutes <= 720 && minutes > 0 ? -minutes : nil
      default: return nil
      }
    }
  }
}

extension FieldReader where Value == [WorkingCalendar.Period] {
  /// `["08:30-12:00", "13:00-17:30"]`; empty for a day of rest.
  fileprivate static var periods: FieldReader<[WorkingCalendar.Period]> {
    .array(
      of: FieldReader<String>.text(11...11).map(
        orFault: .invalidFormat, "must be a beginning and an end, as 08:30-17:30"
      ) { text in
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let from = WorkingCalendar.Period.minute(ends[0]),
          let to = WorkingCalendar.Period.minute(ends[1])
        else { return nil }
        return WorkingCalendar.Period(from: from, to: to)
      }, 0...8)
  }
}
