/// When work is done: weekly hours, public holidays and the days worked instead (调休). Deadlines in working days or working
/// hours count by it, and deadlines in calendar days take their days from its offset (D-03).
package struct WorkingCalendar: Record {
  package typealias ID = Identifier<WorkingCalendar>

  /// For whom it holds. The nearest one counts: the station's own, else its region's, else the network's.
  package enum Holder: Hashable, Sendable {
    case network
    case region(Region.ID)
    case station(Station.ID)

    package var regionID: Region.ID? {
      if case .region(let id) = self { id } else { nil }
    }

    package var stationID: Station.ID? {
      if case .station(let id) = self { id } else { nil }
    }
  }

  package let id: ID
  /// Unique and never changed.
  package let code: String
  package static let resource = Resource.calendar
  package var designation: String? { code }
  package var audience: Audience { .network }

  /// One calendar a holder; never changed.
  package let holder: Holder
  package var content: Content
  package var externalIDs: [String: String]
  package var revision: Revision

  package init(
    id: ID, code: String, holder: Holder, content: Content, externalIDs: [String: String], version: Int,
    stamp: RecordStamp
  ) {
    self.id = id
    self.code = code
    self.holder = holder
    self.content = content
    self.externalIDs = externalIDs
    self.revision = Revision(version: version, stamp: stamp)
  }

  /// Hours of one day, in minutes from its midnight; the end is not worked any more.
  package struct Period: Hashable, Sendable {
    package let from: Int
    package let to: Int

    package init(from: Int, to: Int) {
      self.from = from
      self.to = to
    }

    /// `08:30-17:30`
    package var description: String { "\(Self.text(from))-\(Self.text(to))" }

    /// `08:30`; `24:00` for the end of the day.
    package static func text(_ minute: Int) -> String {
      let hours = minute / 60
      let minutes = minute % 60
      return (hours < 10 ? "0" : "") + "\(hours)" + (minutes < 10 ? ":0" : ":") + "\(minutes)"
    }

    /// Minutes of `08:30`; `nil` for anything but two and two digits up to `24:00`.
    package static func minute(_ text: some StringProtocol) -> Int? {
      var reader = DigitReader(text.utf8)
      guard let hours = reader.number(2), reader.take(":"), let minutes = reader.number(2), reader.isAtEnd,
        minutes < 60, hours * 60 + minutes <= 1440
      else { return nil }
      return hours * 60 + minutes
    }
  }

  /// A date that differs from its weekday.
  package struct Exception: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
      /// Nobody works.
      case holiday
      /// Worked in place of another day (调休), with the hours given or else those of the first working weekday.
      case workingDay
    }

    package let date: CalendarDate
    package let kind: Kind
    /// What people call it: `国庆节`.
    package let name: String
    /// Only on a working day; empty: the hours of the first working weekday.
    package let hours: [Period]

    package init(date: CalendarDate, kind: Kind, name: String, hours: [Period] = []) {
      self.date = date
      self.kind = kind
      self.name = name
      self.hours = hours
    }
  }

  package struct Content: Hashable, Sendable {
    package var name: String
    package var nameEn: String?
    /// Minutes east of UTC; 480 in China, which has no summer time.
    package var utcOffsetMinutes: Int
    /// Seven entries, Monday first; a day without hours is a day of rest.
    package var week: [[Period]]
    /// In the order of their dates.
    package var exceptions: [Exception] { didSet { exceptions.sort { $0.date < $1.date } } }

    package init(name: String, nameEn: String?, utcOffsetMinutes: Int, week: [[Period]], exceptions: [Exception]) {
      self.name = name
      self.nameEn = nameEn
      self.utcOffsetMinutes = utcOffsetMinutes
      self.week = week
      self.exceptions = exceptions.sorted { $0.date < $1.date }
    }
  }

  package func changes(from before: WorkingCalendar?) -> [FieldChange] {
    let old = before?.content
    var comparison = FieldComparison()
    comparison.field("code", before?.code, code)
    comparison.field("name", old?.name, content.name)
    comparison.field("nameEn", old?.nameEn, content.nameEn)
    comparison.field("utcOffset", old?.utcOffsetMinutes, content.utcOffsetMinutes)
    for (day, name) in Self.weekdays.enumerated() {
      comparison.field(
        "week.\(name)", (old?.week[day] ?? []).map(\.description), content.week[day].map(\.description))
    }
    comparison.field(
      "exceptions", (old?.exceptions ?? []).map(\.description), content.exceptions.map(\.description))
    comparison.field("externalIds", before?.externalIDs ?? [:], externalIDs)
    return comparison.changes
  }

  /// Names of the members of `week`, Monday first.
  package static let weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
}

extension WorkingCalendar.Exception {
  /// `2026-10-01 holiday 国庆节`
  package var description: String {
    ["\(date)", kind.rawValue, name, hours.map(\.description).joined(separator: ",")].filter { !$0.isEmpty }
      .joined(separator: " ")
  }
}

extension WorkingCalendar.Content {
  /// More than this many exceptions are not a calendar but another week.
  package static let maximumExceptions = 1_000

  /// Everything wrong with it at once (C-09). A calendar without any working weekday is refused: no deadline would end.
  package func violations() -> [Violation] {
    var found: [Violation] = []
    for (day, periods) in week.enumerated() {
      found += Self.violations(periods, "#/week/\(WorkingCalendar.weekdays[day])")
    }
    if week.allSatisfy(\.isEmpty) {
      found.append(Violation(pointer: "#/week", code: .required, detail: "must have hours on at least one day"))
    }
    var seen: Set<CalendarDate> = []
    for (place, exception) in exceptions.enumerated() {
      let pointer = "#/exceptions/\(place)"
      if !seen.insert(exception.date).inserted {
        found.append(Violation(pointer: pointer + "/date", code: .notUnique, detail: "is named twice"))
      }
      if exception.kind == .holiday, !exception.hours.isEmpty {
        found.append(
          Violation(pointer: pointer + "/hours", code: .inconsistent, detail: "a holiday has no hours"))
      }
      found += Self.violations(exception.hours, pointer + "/hours")
    }
    return found
  }

  private static func violations(_ periods: [WorkingCalendar.Period], _ pointer: String) -> [Violation] {
    var end = 0
    for (place, period) in periods.enumerated() {
      if period.from >= period.to {
        return [
          Violation(pointer: "\(pointer)/\(place)", code: .inconsistent, detail: "must be after its beginning")
        ]
      }
      if place > 0, period.from < end {
        return [
          Violation(
            pointer: "\(pointer)/\(place)", code: .inconsistent, detail: "must not be before the end of the last")
        ]
      }
      end = period.to
    }
    return []
  }
}

/// A calendar as asked for.
package struct WorkingCalendarDraft: Hashable, Sendable, ExternallyIdentified {
  package let code: String
  package let holder: WorkingCalendar.Holder
  package let content: WorkingCalendar.Content
  package var externalIDs: [String: String]

  package init(
    code: String, holder: WorkingCalendar.Holder, content: WorkingCalendar.Content, externalIDs: [String: String]
  ) {
    self.code = code
    self.holder = holder
    self.content = content
    self.externalIDs = externalIDs
  }

  package func validate() throws(Refusal) {
    let found = CatalogueCode.violations(code) + content.violations()
    if !found.isEmpty { throw .invalid(found) }
  }
}

extension WorkingCalendar {
  /// Code and holder stay; whoever names another holder means another calendar.
  package mutating func rewrite(as draft: WorkingCalendarDraft) throws(Refusal) {
    try draft.validate()
    if draft.holder != holder {
      let member = draft.holder.stationID != holder.stationID ? "stationId" : "regionId"
      throw .invalid("#/\(member)", .readOnly, "cannot be changed")
    }
    content = draft.content
    externalIDs = draft.externalIDs
  }
}

package struct WorkingCalendarFilter: Hashable, Sendable {
  package let stationID: Station.ID?
  package let regionID: Region.ID?

  package init(stationID: Station.ID? = nil, regionID: Region.ID? = nil) {
    self.stationID = stationID
    self.regionID = regionID
  }
}
