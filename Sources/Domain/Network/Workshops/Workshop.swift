/// What a station's workshop can take: when it is open, in which bays, for which skills (APT-03). The one place for it: slots are
/// cut from it, dispatch reads it (CALL-03), and the station shows it. Times of day are minutes since midnight where the
/// station is.
package struct Workshop: Hashable, Sendable {
  /// What a bay is equipped and staffed for.
  package enum Skill: String, Hashable, Sendable, CaseIterable {
    case general, electrical, bodywork, paint, tyres, highVoltage
  }

  /// One stretch of opening hours.
  package struct Hours: Hashable, Sendable {
    package let opens: Int
    package let closes: Int

    package init(opens: Int, closes: Int) {
      self.opens = opens
      self.closes = closes
    }
  }

  package struct WeekdayHours: Hashable, Sendable {
    /// 1 is Monday.
    package let weekday: Int
    package let hours: Hours

    package init(weekday: Int, hours: Hours) {
      self.weekday = weekday
      self.hours = hours
    }
  }

  /// A day that is not as its weekday is; without hours the workshop is closed.
  package struct SpecialDay: Hashable, Sendable {
    package let day: CalendarDate
    package let hours: Hours?
    package let note: String?

    package init(day: CalendarDate, hours: Hours?, note: String?) {
      self.day = day
      self.hours = hours
      self.note = note
    }
  }

  package struct Bay: Hashable, Sendable {
    package typealias ID = Identifier<Bay>
    package let code: String
    package let name: String?
    package let skills: Set<Skill>
    /// Kept for those who need a quick repair (APT-08).
    package let isFastLane: Bool
    package let isActive: Bool

    package init(code: String, name: String?, skills: Set<Skill>, isFastLane: Bool, isActive: Bool) {
      self.code = code
      self.name = name
      self.skills = skills
      self.isFastLane = isFastLane
      self.isActive = isActive
    }
  }

  /// Appointments begin at multiples of this after opening.
  package let slotMinutes: Int
  /// After so long whoever has not come does not come (SM-2).
  package let graceMinutes: Int
  /// What its people are trained in beyond what the bays are equipped for, in the words of `requiredSkill`.
  package let skills: [String]
  package let hours: [WeekdayHours]
  package let specialDays: [SpecialDay]
  package let bays: [Bay]

  package init(
    slotMinutes: Int, graceMinutes: Int, skills: [String] = [], hours: [WeekdayHours], specialDays: [SpecialDay],
    bays: [Bay]
  ) {
    self.slotMinutes = slotMinutes
    self.graceMinutes = graceMinutes
    self.skills = skills.sorted()
    self.hours = hours.sorted { ($0.weekday, $0.hours.opens) < ($1.weekday, $1.hours.opens) }
    self.specialDays = specialDays.sorted { ($0.day, $0.hours?.opens ?? -1) < ($1.day, $1.hours?.opens ?? -1) }
    self.bays = bays.sorted { $0.code < $1.code }
  }

  /// Of a station that has said nothing yet: never open.
  package static let unknown = Workshop(slotMinutes: 30, graceMinutes: 30, hours: [], specialDays: [], bays: [])

  /// Bays that take vehicles.
  package var activeBays: [Bay] { bays.filter(\.isActive) }

  /// Everything that somebody there can do, the skills of the bays included.
  package var allSkills: [String] {
    Set(skills + activeBays.flatMap { $0.skills.map(\.rawValue) }).sorted()
  }

  package var openingHours: OpeningHours {
    OpeningHours(
      hours.compactMap { entry in
        OpeningHours.Weekday(number: entry.weekday).map {
          OpeningHours.Span(weekday: $0, opens: entry.hours.opens, closes: entry.hours.closes)
        }
      })
  }

  /// What is wrong with it as a whole, by its place in a body.
  package static func violations(
    skills: [String], hours: [WeekdayHours], specialDays: [SpecialDay], bays: [Bay]
  ) -> [Violation] {
    var found: [Violation] = []
    func add(_ pointer: String, _ code: Violation.Code, _ detail: String) {
      found.append(Violation(pointer: pointer, code: code, detail: detail))
    }
    func overlap(_ first: Hours, _ second: Hours) -> Bool { first.opens < second.closes && second.opens < first.closes }
    if Set(skills).count != skills.count { add("#/skills", .notUnique, "must name each skill once") }
    for (place, entry) in hours.enumerated() {
      if entry.hours.closes <= entry.hours.opens {
        add("#/hours/\(place)/closesAt", .inconsistent, "must be later than opensAt")
      } else if hours[..<place].contains(where: { $0.weekday == entry.weekday && overlap($0.hours, entry.hours) }) {
        add("#/hours/\(place)", .inconsistent, "overlaps other hours of the day")
      }
    }
    for (place, entry) in specialDays.enumerated() {
      let others = specialDays[..<place].filter { $0.day == entry.day }
      if let hours = entry.hours, hours.closes <= hours.opens {
        add("#/specialDays/\(place)/closesAt", .inconsistent, "must be later than opensAt")
      } else if others.contains(where: { other in
        guard let mine = entry.hours, let theirs = other.hours else { return true }
        return overlap(mine, theirs)
      }) {
        add("#/specialDays/\(place)", .inconsistent, "contradicts another entry of the day")
      }
    }
    for (place, bay) in bays.enumerated() where bays[..<place].contains(where: { $0.code == bay.code }) {
      add("#/bays/\(place)/code", .notUnique, "names another bay of the list")
    }
    return found
  }

  /// What changed, field by field.
  package func changes(from before: Workshop) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.field("slotMinutes", before.slotMinutes, slotMinutes)
    comparison.field("graceMinutes", before.graceMinutes, graceMinutes)
    comparison.field("skills", before.skills, skills)
    comparison.field("hours", before.hours.map(\.text), hours.map(\.text))
    comparison.field("specialDays", before.specialDays.map(\.text), specialDays.map(\.text))
    comparison.field("bays", before.bays.map(\.text), bays.map(\.text))
    return comparison.changes
  }
}

/// `08:30`, minutes since midnight; `24:00` is the end of a day.
package enum TimeOfDay {
  package static func text(_ minutes: Int) -> String {
    let (hour, minute) = (minutes / 60, minutes % 60)
    return "\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)"
  }

  package static func minutes(_ text: String) -> Int? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (48...57).contains($0) } }),
      let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60, hour * 60 + minute <= 1440
    else { return nil }
    return hour * 60 + minute
  }
}

extension Workshop.Hours {
  var text: String { "\(TimeOfDay.text(opens))–\(TimeOfDay.text(closes))" }
}

extension Workshop.WeekdayHours {
  var text: String { "\(weekday) \(hours.text)" }
}

extension Workshop.SpecialDay {
  var text: String { "\(day) \(hours?.text ?? "closed")" }
}

extension Workshop.Bay {
  var text: String {
    let words = skills.map(\.rawValue).sorted() + (isFastLane ? ["fastLane"] : []) + (isActive ? [] : ["inactive"])
    return "\(code) \(words.joined(separator: " "))"
  }
}

/// A workshop as it stands in the database: with its version, 0 while the station has said nothing.
package struct StationWorkshop: Hashable, Sendable {
  package let stationID: Station.ID
  package let stationCode: String
  package let workshop: Workshop
  package let version: Int

  package init(stationID: Station.ID, stationCode: String, workshop: Workshop, version: Int) {
    self.stationID = stationID
    self.stationCode = stationCode
    self.workshop = workshop
    self.version = version
  }
}

/// A time at which work may begin, and how much of the workshop is left for it.
package struct Slot: Hashable, Sendable {
  package let startsAt: Timestamp
  package let endsAt: Timestamp
  /// Bays for the skill.
  package let capacity: Int
  package let free: Int

  package init(startsAt: Timestamp, endsAt: Timestamp, capacity: Int, free: Int) {
    self.startsAt = startsAt
    self.endsAt = endsAt
    self.capacity = capacity
    self.free = free
  }
}

/// What somebody looks for a slot for.
package struct SlotQuery: Hashable, Sendable {
  package let day: CalendarDate
  package let minutes: Int
  package let skill: Workshop.Skill
  package let priority: Appointment.Priority

  package init(day: CalendarDate, minutes: Int, skill: Workshop.Skill, priority: Appointment.Priority) {
    self.day = day
    self.minutes = minutes
    self.skill = skill
    self.priority = priority
  }
}
