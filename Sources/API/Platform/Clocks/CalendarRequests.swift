import Domain

/// Bodies of `/v1/calendars`.
enum CalendarRequests {
  static func draft(_ body: Form) throws -> WorkingCalendarDraft {
    var form = body
    let code = form.required("code", .text(1...32))
    let station = form.optional("stationId", .id(Station.self))
    let region = form.optional("regionId", .id(Region.self))
    if station != nil, region != nil {
      form.refuse("regionId", .inconsistent, "a calendar is of a region or of a station, not of both")
    }
    let name = form.required("name", .text(1...200))
    let nameEn = form.optional("nameEn", .text(1...200))
    let offset = form.optional("utcOffset", .utcOffset) ?? 480
    let week = form.requiredObject("week") { week in
      WorkingCalendar.weekdays.map { week.optional($0, .periods) ?? [] }
    }
    let exceptions = form.array("exceptions", 0...WorkingCalendar.Content.maximumExceptions, exception)
    let externalIDs = form.optional("externalIds", .externalIDs)
    try form.finish()
    guard let code, let name, let week else { throw form.failure }
    return WorkingCalendarDraft(
      code: code, holder: station.map { .station($0) } ?? region.map { .region($0) } ?? .network,
      content: WorkingCalendar.Content(
        name: name, nameEn: nameEn, utcOffsetMinutes: offset, week: week, exceptions: exceptions ?? []),
      externalIDs: externalIDs ?? [:])
  }

  static func patch(_ body: Form) throws -> WorkingCalendarPatch {
    var form = body
    var patch = WorkingCalendarPatch()
    patch.name = form.requiredPatch("name", .text(1...200))
    patch.nameEn = form.patch("nameEn", .text(1...200))
    patch.utcOffsetMinutes = form.requiredPatch("utcOffset", .utcOffset)
    if form.has("week") {
      let week = form.requiredObject("week") { week in
        WorkingCalendar.weekdays.map { week.requiredPatch($0, .periods) }
      }
      if let week { patch.week = week }
    }
    if form.has("exceptions"),
      let exceptions = form.array("exceptions", 0...WorkingCalendar.Content.maximumExceptions, exception)
    {
      patch.exceptions = .set(exceptions)
    }
    patch.externalIDs = form.requiredPatch("externalIds", .externalIDs)
    form.readOnlyRecordMembers()
    form.readOnly("code", "regionId", "stationId")
    try form.finish()
    return patch
  }

  private static func exception(_ form: inout Form) -> WorkingCalendar.Exception? {
    let date = form.required("date", .date)
    let kind = form.required("kind", .choice(WorkingCalendar.Exception.Kind.self))
    let name = form.required("name", .text(1...100))
    let hours = form.optional("hours", .periods)
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
