import Domain
package import Services

/// What a station's workshop can take, and the slots that follow (APT-03).
package struct WorkshopRoutes: Sendable {
  private let service: WorkshopService

  package init(_ service: WorkshopService) { self.service = service }

  package func add(to api: inout RouteTable) {
    // Beside the station's own version, which is for what its record says.
    api.document("/v1/stations/{id}/workshop") { [service] in
      try await service.get(try $0.reference(), $0.caller).version
    }
    api.get("/v1/stations/{id}/workshop", .stationsRead, get)
    api.put("/v1/stations/{id}/workshop", .stationsWriteWorkshop, replace)
    api.get("/v1/stations/{id}/slots", .appointmentsRead, slots)
  }

  @Sendable private func get(_ call: Call) async throws -> Answer {
    let workshop = try await service.get(try call.reference(), call.caller)
    return try Answer.ok(workshop, call, etag: workshop.version)
  }

  @Sendable private func replace(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let workshop = try form.workshop()
    return try await service.replace(
      try call.reference(), with: workshop, call.command { Answer.ok($0, etag: $0.version) })
  }

  @Sendable private func slots(_ call: Call) async throws -> Answer {
    guard let day = try call.query.date("date") else { throw Problem.parameter("date", .required, "is required") }
    let query = SlotQuery(
      day: day, minutes: try call.query.integer("durationMinutes", 5...1440) ?? 60,
      skill: try call.query.choice("skill", Workshop.Skill.self) ?? .general,
      priority: try call.query.choice("priority", Appointment.Priority.self) ?? .normal)
    try call.query.finish()
    let (station, slots) = try await service.slots(query, at: try call.reference(), now: call.at, call.caller)
    return Answer.ok(SlotsView(station: station, query: query, slots: slots))
  }
}

extension Form {
  fileprivate mutating func workshop() throws -> Workshop {
    let slot = required("slotMinutes", .integer(5...240))
    let grace = required("graceMinutes", .integer(0...1440))
    let trained = optional("skills", .textArray(50, 1...60)) ?? []
    let hours = array("hours", 0...70) { form -> Workshop.WeekdayHours? in
      let weekday = form.required("weekday", .integer(1...7))
      let opens = form.required("opensAt", .timeOfDay)
      let closes = form.required("closesAt", .timeOfDay)
      guard let weekday, let opens, let closes else { return nil }
      return Workshop.WeekdayHours(weekday: weekday, hours: .init(opens: opens, closes: closes))
    }
    let days = array("specialDays", 0...400) { form -> Workshop.SpecialDay? in
      let day = form.required("date", .date)
      let opens = form.optional("opensAt", .timeOfDay)
      let closes = form.optional("closesAt", .timeOfDay)
      let note = form.optional("note", .text(1...200))
      if (opens == nil) != (closes == nil) {
        form.refuse(opens == nil ? "opensAt" : "closesAt", .inconsistent, "opensAt and closesAt come together")
      }
      guard let day else { return nil }
      let hours = opens.flatMap { opens in closes.map { Workshop.Hours(opens: opens, closes: $0) } }
      return Workshop.SpecialDay(day: day, hours: hours, note: note)
    }
    let bays = array("bays", 0...200) { form -> Workshop.Bay? in
      let code = form.required("code", .text(1...30))
      let name = form.optional("name", .text(1...100))
      let skills = form.required("skills", .textArray(20, 1...30))
      let isFastLane = form.optional("fastLane", .boolean) ?? false
      let isActive = form.optional("active", .boolean) ?? true
      let known = skills?.compactMap(Workshop.Skill.init(rawValue:)) ?? []
      if let skills, known.count < skills.count || known.isEmpty {
        let all = Workshop.Skill.allCases.map(\.rawValue).joined(separator: ", ")
        form.refuse("skills", .notInSet, "must name at least one of \(all), and nothing else")
      }
      guard let code, skills != nil else { return nil }
      return Workshop.Bay(
        code: code, name: name, skills: Set(known), isFastLane: isFastLane, isActive: isActive)
    }
    readOnly("stationId", "stationCode", "version")
    try finish()
    guard let slot, let grace, let hours, let days, let bays else { throw failure }
    let violations = Workshop.violations(skills: trained, hours: hours, specialDays: days, bays: bays)
    if !violations.isEmpty { throw Refusal.invalid(violations) }
    return Workshop(
      slotMinutes: slot, graceMinutes: grace, skills: trained, hours: hours, specialDays: days, bays: bays)
  }
}

extension FieldReader where Value == Int {
  /// `08:30` to `24:00`, as minutes since midnight.
  fileprivate static var timeOfDay: FieldReader<Int> {
    FieldReader<String>.text(5...5).map(orFault: .invalidFormat, "must be a time of day, as 08:30") {
      TimeOfDay.minutes($0)
    }
  }
}

extension StationWorkshop: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.array("bays", workshop.bays) { json, bay in
        json.object {
          $0.field("active", bay.isActive)
          $0.field("code", bay.code)
          $0.field("fastLane", bay.isFastLane)
          $0.field("name", bay.name)
          $0.field("skills", bay.skills.map(\.rawValue).sorted())
        }
      }
      json.field("graceMinutes", workshop.graceMinutes)
      json.array("hours", workshop.hours) { json, entry in
        json.object {
          $0.field("closesAt", TimeOfDay.text(entry.hours.closes))
          $0.field("opensAt", TimeOfDay.text(entry.hours.opens))
          $0.field("weekday", entry.weekday)
        }
      }
      json.field("skills", workshop.skills)
      json.field("slotMinutes", workshop.slotMinutes)
      json.array("specialDays", workshop.specialDays) { json, entry in
        json.object {
          $0.field("closesAt", entry.hours.map { TimeOfDay.text($0.closes) })
          $0.field("date", entry.day)
          $0.field("note", entry.note)
          $0.field("opensAt", entry.hours.map { TimeOfDay.text($0.opens) })
        }
      }
      json.field("stationCode", stationCode)
      json.field("stationId", stationID)
      json.field("version", version)
    }
  }
}

/// The slots of one day.
struct SlotsView: JSONWritable {
  let station: Station
  let query: SlotQuery
  let slots: [Slot]

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("date", query.day)
      json.field("durationMinutes", query.minutes)
      json.array("items", slots) { json, slot in
        json.object {
          $0.field("capacity", slot.capacity)
          $0.field("endsAt", slot.endsAt)
          $0.field("free", slot.free)
          $0.field("startsAt", slot.startsAt)
        }
      }
      json.field("priority", query.priority)
      json.field("skill", query.skill)
      json.field("stationId", station.id)
      json.field("timeZone", station.profile.timeZone)
    }
  }
}
