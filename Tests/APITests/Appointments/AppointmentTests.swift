import API
import Domain
import FoundationEssentials
import TestSupport
import Testing

/// Slots and appointments over HTTP (SM-2, APT-01…11). The station is in Shanghai, eight hours before UTC; 10 March 2036 is
/// a Monday.
@Suite("Appointments over HTTP", .timeLimit(.minutes(20))) struct AppointmentRequestTests {
  private static let workshop = """
    {"slotMinutes": 60, "graceMinutes": 30,
     "hours": [{"weekday": 1, "opensAt": "08:00", "closesAt": "11:00"}, {"weekday": 1, "opensAt": "13:00", "closesAt": "15:00"}],
     "specialDays": [{"date": "2036-03-17", "note": "盘点 Stocktaking"}, {"date": "2036-03-18", "opensAt": "09:00", "closesAt": "10:00"}],
     "bays": [{"code": "A1", "name": "快修", "skills": ["general"], "fastLane": true}, {"code": "B1", "skills": ["general"]},
       {"code": "B2", "skills": ["general", "highVoltage"]}, {"code": "C1", "skills": ["paint"], "active": false}]}
    """

  /// The bench with the first station's workshop set up, and a caller who may do everything there.
  private static func with(
    _ workshop: String = workshop, _ body: @Sendable (APIBench, _ token: String) async throws -> Void
  ) async throws {
    try await APIBench.with { bench in
      let token = bench.master(.station(bench.network.station))
      let set = await bench.send(
        "PUT", "/v1/stations/\(bench.network.station)/workshop", token, ["if-match": "\"0\""], body: workshop)
      try #require(set.status == 200, "\(set.text)")
      try await body(bench, token)
    }
  }

  private static func request(_ more: String = "") -> String {
    """
    {"channel": "phone", "contact": {"name": "王小明", "phone": "13840012345"}, "plate": "辽A12345",
     "serviceType": "maintenance"\(more)}
    """
  }

  private static func slots(
    _ bench: APIBench, _ token: String, _ query: String
  ) async -> [String: (capacity: String, free: String)] {
    let answer = await bench.get("/v1/stations/\(bench.network.station)/slots?\(query)", token)
    #expect(answer.status == 200, "\(answer.text)")
    var found: [String: (capacity: String, free: String)] = [:]
    for place in 0..<answer.count("items") {
      found[answer.member("items/\(place)/startsAt") ?? ""] = (
        answer.member("items/\(place)/capacity") ?? "", answer.member("items/\(place)/free") ?? ""
      )
    }
    return found
  }

  @Test("the station shows what its workshop says, under a new version, and says nothing against it (APT-03, CALL-03)")
  func shownByStation() async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      let path = "/v1/stations/\(bench.network.station)"
      let before = await bench.get(path, token)
      #expect(before.header("etag") == "\"1\"" && before.count("openingHours") == 0 && before.member("bays") == "4")
      let body = """
        {"slotMinutes": 30, "graceMinutes": 30, "skills": ["airbag"],
         "hours": [{"weekday": 1, "opensAt": "08:30", "closesAt": "17:30"}],
         "bays": [{"code": "A", "skills": ["general"]}, {"code": "B", "skills": ["paint"], "active": false}]}
        """
      let workshop = await bench.send("PUT", "\(path)/workshop", token, ["if-match": "\"0\""], body: body)
      #expect(workshop.status == 200 && workshop.member("skills/0") == "airbag", "\(workshop.text)")
      let after = await bench.get(path, token)
      #expect(after.header("etag") == "\"2\"" && after.member("bays") == "1")
      #expect(after.member("openingHours/0/weekday") == "monday" && after.member("openingHours/0/closes") == "17:30")
      #expect(
        after.count("skills") == 2 && after.member("skills/0") == "airbag" && after.member("skills/1") == "general")
      let history = await bench.get("\(path)/history?sort=-position", token)
      #expect(
        history.member("items/0/type") == "station.workshopChanged" && history.member("items/0/subjectVersion") != "1")
      func patch(_ body: String) async -> TestAnswer {
        await bench.send("PATCH", path, token, ["if-match": "\"2\""], body: body)
      }
      expectProblem(
        await patch(#"{"bays": 6}"#), 422, "validation-failed", pointer: "#/bays", code: "inconsistent")
      expectProblem(
        await patch(#"{"skills": ["battery"]}"#), 422, "validation-failed", pointer: "#/skills", code: "readOnly")
      let named = await patch(#"{"bays": 1, "name": "改名"}"#)
      #expect(named.status == 200 && named.count("openingHours") == 1)
      let twice = body.replacing(#"["airbag"]"#, with: #"["airbag", "airbag"]"#)
      expectProblem(
        await bench.send("PUT", "\(path)/workshop", token, ["if-match": "\"1\""], body: twice), 422,
        "validation-failed", pointer: "#/skills", code: "notUnique")
    }
  }

  @Test("a workshop is shown, replaced under its own version and written into the station's history (APT-03)")
  func workshops() async throws {
    try await Self.with { bench, token in
      let path = "/v1/stations/\(bench.network.station)/workshop"
      let shown = await bench.get(path, token)
      #expect(shown.header("etag") == "\"1\"" && shown.count("bays") == 4 && shown.count("hours") == 2)
      #expect(shown.member("bays/3/active") == "0" && shown.member("specialDays/0/opensAt") == nil)
      let history = await bench.get("/v1/stations/\(bench.network.station)/history?sort=-position", token)
      #expect(history.member("items/0/type") == "station.workshopChanged")
      // The same again changes nothing.
      let same = await bench.send("PUT", path, token, ["if-match": "\"1\""], body: Self.workshop)
      #expect(same.status == 200 && same.header("etag") == "\"1\"")
      let smaller = #"{"slotMinutes": 30, "graceMinutes": 0, "bays": [{"code": "B1", "skills": ["general"]}]}"#
      expectProblem(await bench.send("PUT", path, token, ["if-match": "\"0\""], body: smaller), 412, "version-mismatch")
      expectProblem(await bench.send("PUT", path, token, body: smaller), 428, "precondition-required")
      let replaced = await bench.send("PUT", path, token, ["if-match": "\"1\""], body: smaller)
      #expect(replaced.status == 200 && replaced.header("etag") == "\"2\"" && replaced.count("hours") == 0)
      // Bays stay, because appointments may stand in them.
      #expect(replaced.count("bays") == 4)
      #expect((0..<4).filter { replaced.member("bays/\($0)/active") == "1" }.count == 1)

      let wrong = """
        {"slotMinutes": 1, "graceMinutes": -1,
         "hours": [{"weekday": 8, "opensAt": "8:00", "closesAt": "25:00"}],
         "specialDays": [{"date": "2036-02-30"}, {"date": "2036-03-17", "opensAt": "09:00"}],
         "bays": [{"code": "", "skills": ["magic"]}], "x": 1}
        """
      let refused = await bench.send("PUT", path, token, ["if-match": "\"2\""], body: wrong)
      for pointer in [
        "#/slotMinutes", "#/graceMinutes", "#/hours/0/weekday", "#/hours/0/opensAt", "#/hours/0/closesAt",
        "#/specialDays/0/date", "#/specialDays/1/closesAt", "#/bays/0/code", "#/bays/0/skills", "#/x",
      ] { expectProblem(refused, 422, "validation-failed", pointer: pointer) }
      let contradictory = """
        {"slotMinutes": 30, "graceMinutes": 0,
         "hours": [{"weekday": 1, "opensAt": "08:00", "closesAt": "12:00"}, {"weekday": 1, "opensAt": "11:00", "closesAt": "13:00"},
           {"weekday": 2, "opensAt": "12:00", "closesAt": "12:00"}],
         "specialDays": [{"date": "2036-03-17"}, {"date": "2036-03-17", "opensAt": "09:00", "closesAt": "10:00"}],
         "bays": [{"code": "A", "skills": ["paint"]}, {"code": "A", "skills": ["paint"]}]}
        """
      let other = await bench.send("PUT", path, token, ["if-match": "\"2\""], body: contradictory)
      for pointer in ["#/hours/1", "#/hours/2/closesAt", "#/specialDays/1", "#/bays/1/code"] {
        expectProblem(other, 422, "validation-failed", pointer: pointer)
      }
      // The version that counts is the workshop's, not the station's.
      expectProblem(
        await bench.send("PUT", path, token, ["if-match": "\"1\""], body: contradictory), 412, "version-mismatch")
    }
  }

  @Test("slots follow opening hours, special days, length, skill and fast lane, in the station's time (APT-03, APT-08)")
  func slots() async throws {
    try await Self.with { bench, token in
      let monday = await Self.slots(bench, token, "date=2036-03-10")
      #expect(
        Set(monday.keys) == [
          "2036-03-10T00:00:00.000Z", "2036-03-10T01:00:00.000Z", "2036-03-10T02:00:00.000Z",
          "2036-03-10T05:00:00.000Z", "2036-03-10T06:00:00.000Z",
        ])
      #expect(monday.values.allSatisfy { $0 == ("2", "2") })
      let long = await Self.slots(bench, token, "date=2036-03-10&durationMinutes=120")
      #expect(
        Set(long.keys) == ["2036-03-10T00:00:00.000Z", "2036-03-10T01:00:00.000Z", "2036-03-10T05:00:00.000Z"])
      #expect(await Self.slots(bench, token, "date=2036-03-10&durationMinutes=240").isEmpty)
      #expect(
        await Self.slots(bench, token, "date=2036-03-10&priority=fastLane").values.allSatisfy { $0 == ("3", "3") })
      #expect(
        await Self.slots(bench, token, "date=2036-03-10&skill=highVoltage").values.allSatisfy { $0 == ("1", "1") })
      // A bay that is not in use is not there.
      #expect(await Self.slots(bench, token, "date=2036-03-10&skill=paint").values.allSatisfy { $0 == ("0", "0") })
      #expect(await Self.slots(bench, token, "date=2036-03-11").isEmpty)
      #expect(await Self.slots(bench, token, "date=2036-03-17").isEmpty)
      #expect(Set(await Self.slots(bench, token, "date=2036-03-18").keys) == ["2036-03-18T01:00:00.000Z"])
      // What is past cannot be booked.
      #expect(await Self.slots(bench, token, "date=2024-03-11").isEmpty)
      let station = "/v1/stations/\(bench.network.station)/slots"
      expectProblem(await bench.get(station, token), 400, "invalid-parameter", parameter: "date")
      expectProblem(
        await bench.get("\(station)?date=2036-03-10&skill=magic", token), 400, "invalid-parameter", parameter: "skill")
      expectProblem(
        await bench.get("/v1/stations/\(bench.network.otherStation)/slots?date=2036-03-10", token), 404, "not-found")
      let unknown = bench.master(.station(bench.network.otherStation))
      let silent = await bench.get("/v1/stations/\(bench.network.otherStation)/slots?date=2036-03-10", unknown)
      #expect(silent.status == 200 && silent.count("items") == 0)
    }
  }

  @Test(
    "an appointment goes from the wish over another time to the order it becomes (SM-2, APT-01, APT-04, APT-05, APT-10)"
  )
  func life() async throws {
    try await Self.with { bench, token in
      let made = try await bench.created(
        "/v1/appointments", token,
        Self.request(
          #", "customerId": "\#(bench.network.customer)", "vehicleId": "\#(bench.network.vehicle)", "wishedAt": "2036-03-10T09:00:00+08:00", "faultDescription": "异响", "note": "靠窗", "parts": [{"partNumber": "BP-1", "quantity": 2}]"#
        ))
      let id = try #require(made.member("id"))
      let path = "/v1/appointments/\(id)"
      #expect(made.member("number")?.hasPrefix("AP-SY001-") == true && made.member("state") == "requested")
      #expect(made.member("booking") == nil && made.member("wishedAt") == "2036-03-10T01:00:00.000Z")
      #expect(made.member("durationMinutes") == "60" && made.member("parts/0/quantity") == "2")

      let offered = await bench.act(
        "\(path)/negotiate", token, #"{"proposals": ["2036-03-10T02:00:00Z", "2036-03-10T05:00:00Z"]}"#)
      #expect(offered.member("state") == "negotiating" && offered.count("proposals") == 2)
      let confirmed = await bench.act("\(path)/confirm", token, #"{"startsAt": "2036-03-10T02:00:00Z"}"#)
      #expect(confirmed.status == 200, "\(confirmed.text)")
      #expect(
        confirmed.member("state") == "confirmed" && confirmed.member("booking/endsAt") == "2036-03-10T03:00:00.000Z")
      let taken = await Self.slots(bench, token, "date=2036-03-10")
      let left = try #require(taken["2036-03-10T02:00:00.000Z"])
      #expect(left == ("2", "1"))
      let untouched = try #require(taken["2036-03-10T01:00:00.000Z"])
      #expect(untouched == ("2", "2"))

      let moved = await bench.act("\(path)/reschedule", token, #"{"reason": "出差"}"#)
      #expect(moved.member("state") == "negotiating" && moved.member("booking") == nil)
      #expect(await Self.slots(bench, token, "date=2036-03-10").values.allSatisfy { $0 == ("2", "2") })
      // As wished, where no other time is named.
      #expect(await bench.act("\(path)/confirm", token).member("booking/startsAt") == "2036-03-10T01:00:00.000Z")

      let arrived = await bench.act("\(path)/check-in", token)
      #expect(arrived.status == 200 && arrived.member("state") == "checkedIn", "\(arrived.text)")
      let order = await bench.get("/v1/work-orders/\(try #require(arrived.member("workOrderId")))", token)
      #expect(order.member("state") == "received" && order.member("summary") == "异响")
      #expect(order.member("customerId") == "\(bench.network.customer)" && order.member("serviceType") == "maintenance")
      #expect(order.member("contact/name") == "王小明")
      #expect(order.member("note")?.contains("靠窗") == true && order.member("note")?.contains("BP-1 × 2") == true)
      #expect(arrived.count("availableActions") == 0)

      let history = await bench.get("\(path)/history", token)
      let types = (0..<history.count("items")).compactMap { history.member("items/\($0)/type") }
      #expect(
        types == [
          "appointment.requested", "appointment.negotiated", "appointment.confirmed", "appointment.rescheduled",
          "appointment.confirmed", "appointment.checkedIn",
        ])
      #expect(history.member("items/2/data/parts/0/partNumber") == "BP-1")
      #expect(history.member("items/5/data/workOrderId") == arrived.member("workOrderId"))
      #expect(!history.text.contains("13840012345") && !history.text.contains("王小明"))
      let found = await bench.get("/v1/appointments?state=checkedIn&startsAtFrom=2036-03-10T00:00:00Z", token)
      #expect(found.count("items") == 1 && found.member("items/0/id") == id)
      #expect(await bench.get("/v1/appointments?startsAtBefore=2036-03-10T00:00:00Z", token).count("items") == 0)
    }
  }

  @Test(
    "what was booked stands on the order as jobs with the hours of the vehicle's model, and its fixed price (WO-23)")
  func bookedJobs() async throws {
    try await Self.with { bench, token in
      let master = bench.master()
      func operation(_ code: String, _ name: String, _ hours: String) async throws -> String {
        try await bench.create(
          "/v1/labour-operations", master,
          #"{"code": "\#(code)", "name": "\#(name)", "category": "maintenance", "standardHours": "\#(hours)"}"#)
      }
      let (oil, check) = (
        try await operation("OIL-1", "更换机油", "0.60"), try await operation("CHK-1", "全车检查", "0.50")
      )
      let item = try await bench.create(
        "/v1/service-items", master,
        #"{"code": "SVC-9", "name": "小保养", "category": "maintenance", "pricing": "fixed", "price": {"amount": "298.00", "currency": "CNY"}, "operationIds": ["\#(check)", "\#(oil)"]}"#
      )
      let id = try await bench.create(
        "/v1/appointments", token,
        Self.request(
          #", "customerId": "\#(bench.network.customer)", "vehicleId": "\#(bench.network.vehicle)", "serviceItemId": "\#(item)", "wishedAt": "2036-03-10T09:00:00+08:00""#
        ))
      #expect(await bench.act("/v1/appointments/\(id)/confirm", token).status == 200)
      let arrived = await bench.act("/v1/appointments/\(id)/check-in", token)
      #expect(arrived.status == 200, "\(arrived.text)")
      let order = await bench.get("/v1/work-orders/\(try #require(arrived.member("workOrderId")))", token)
      let lines = await bench.get("/v1/work-orders/\(try #require(arrived.member("workOrderId")))/lines", token)
      #expect(lines.count("items") == 2, "\(lines.text)")
      #expect(lines.member("items/0/description") == "全车检查" && lines.member("items/0/labourOperationCode") == "CHK-1")
      #expect(lines.member("items/1/standardHours") == "0.60" && lines.member("items/1/labourOperationCode") == "OIL-1")
      #expect(order.member("note")?.contains("小保养 298.00 CNY") == true)
    }
  }

  @Test("the customer-relations officer settles the time, and whoever is responsible for the workshop is told (APT-07)")
  func coordinated() async throws {
    try await Self.with { bench, _ in
      let officer = bench.token(.stCrm)
      let made = try await bench.created(
        "/v1/appointments", officer,
        Self.request(#", "vehicleId": "\#(bench.network.vehicle)", "wishedAt": "2036-03-10T09:00:00+08:00""#))
      let id = try #require(made.member("id"))
      let confirmed = await bench.act("/v1/appointments/\(id)/confirm", officer)
      #expect(confirmed.status == 200 && confirmed.member("state") == "confirmed", "\(confirmed.text)")
      let manager = bench.token(.stServiceManager)
      let feed = "/v1/events?type=appointment.confirmed.v1"
      // Events are handed out behind the last transaction that still runs.
      var told = await bench.get(feed, manager)
      for _ in 0..<20_000 where told.count("items") == 0 { told = await bench.get(feed, manager) }
      #expect(told.count("items") == 1 && told.member("items/0/data/id") == id, "\(told.text)")
      let elsewhere = bench.token(.stServiceManager, scope: .station(bench.network.otherStation))
      #expect(await bench.get(feed, elsewhere).count("items") == 0)
      // Who is not of the desk moves no booking.
      expectProblem(
        await bench.act("/v1/appointments/\(id)/reschedule", bench.token(.stTechnician), #"{"reason": "x"}"#), 403,
        "forbidden")
    }
  }

  @Test("the mandatory data are demanded, and what is referred to must be there (APT-02)")
  func mandatory() async throws {
    try await Self.with { bench, token in
      let empty = await bench.send("POST", "/v1/appointments", token, body: "{}")
      for pointer in ["#/channel", "#/contact", "#/plate", "#/serviceType"] {
        expectProblem(empty, 422, "validation-failed", pointer: pointer, code: "required")
      }
      let nothing = UUID.version7(at: SystemClock.now()).canonical
      let dangling = await bench.send(
        "POST", "/v1/appointments", token,
        body: Self.request(
          #", "customerId": "\#(bench.network.otherCustomer)", "vehicleId": "\#(nothing)", "serviceItemId": "\#(nothing)", "wishedAt": "2020-01-01T00:00:00Z""#
        ))
      for pointer in ["#/customerId", "#/vehicleId", "#/serviceItemId", "#/wishedAt"] {
        expectProblem(dangling, 422, "validation-failed", pointer: pointer)
      }
      let network = bench.master()
      expectProblem(
        await bench.send("POST", "/v1/appointments", network, body: Self.request()), 422, "validation-failed",
        pointer: "#/stationId", code: "required")
      expectProblem(
        await bench.send(
          "POST", "/v1/appointments", token,
          body: Self.request(#", "stationId": "\#(bench.network.otherStation)""#)), 422, "validation-failed",
        pointer: "#/stationId")
      let count = try bench.database.admin("select count(*) from appointments")
      #expect(count == "0")
    }
  }

  @Test("what was asked for is changed while nothing depends on it; name, telephone and plate are masked (SEC-04)")
  func edits() async throws {
    try await Self.with { bench, token in
      let id = try await bench.create("/v1/appointments", token, Self.request())
      let path = "/v1/appointments/\(id)"
      let edited = await bench.patch(
        path, token, version: 1, #"{"contact": {"phone": "13900000000"}, "skill": "highVoltage", "note": "急"}"#)
      #expect(edited.status == 200 && edited.member("contact/name") == "王小明", "\(edited.text)")
      #expect(edited.member("contact/phone") == "13900000000" && edited.header("etag") == "\"2\"")
      #expect(await bench.patch(path, token, version: 2, #"{"note": "急"}"#).header("etag") == "\"2\"")
      for (body, pointer, code) in [
        (#"{"contact": null}"#, "#/contact", "required"), (#"{"plate": null}"#, "#/plate", "required"),
        (#"{"state": "confirmed"}"#, "#/state", "readOnly"), (#"{"x": 1}"#, "#/x", "unknownField"),
        (#"{"parts": [{"partNumber": "P", "quantity": 0}]}"#, "#/parts/0/quantity", "outOfRange"),
      ] {
        expectProblem(
          await bench.patch(path, token, version: 2, body), 422, "validation-failed", pointer: pointer, code: code)
      }
      _ = await bench.act("\(path)/confirm", token, #"{"startsAt": "2036-03-10T01:00:00Z"}"#)
      #expect(await bench.patch(path, token, version: 3, #"{"note": "窗"}"#).status == 200)
      expectProblem(
        await bench.patch(path, token, version: 4, #"{"durationMinutes": 120}"#), 409, "appointment-not-editable")
      _ = await bench.act("\(path)/cancel", token, #"{"reason": "取消"}"#)
      expectProblem(await bench.patch(path, token, version: 5, #"{"note": "x"}"#), 409, "appointment-not-editable")
      let masked = await bench.get(path, bench.token(.stTechnician))
      #expect(masked.member("personalDataMasked") == "1")
      for secret in ["王小明", "13900000000", "辽A12345"] { #expect(!masked.text.contains(secret)) }
    }
  }

  @Test("only a time at which the workshop begins such work is confirmed, and only while a bay is free (APT-03)")
  func confirmations() async throws {
    try await Self.with { bench, token in
      func ask(_ more: String = "") async throws -> String {
        "/v1/appointments/\(try await bench.create("/v1/appointments", token, Self.request(more)))"
      }
      let first = try await ask()
      expectProblem(await bench.act("\(first)/confirm", token), 422, "validation-failed", pointer: "#/startsAt")
      expectProblem(
        await bench.act("\(first)/confirm", token, #"{"startsAt": "2020-03-09T01:00:00Z"}"#), 422, "validation-failed",
        pointer: "#/startsAt")
      for time in ["2036-03-10T01:30:00Z", "2036-03-10T03:00:00Z", "2036-03-11T01:00:00Z", "2036-03-17T01:00:00Z"] {
        expectProblem(
          await bench.act("\(first)/confirm", token, #"{"startsAt": "\#(time)"}"#), 409, "not-a-slot")
      }
      let slot = #"{"startsAt": "2036-03-10T01:00:00Z"}"#
      for _ in 0..<2 {
        let kept = await bench.act("\(try await ask())/confirm", token, slot)
        #expect(kept.status == 200, "\(kept.text)")
      }
      let full = await bench.act("\(first)/confirm", token, slot)
      expectProblem(full, 409, "slot-taken")
      #expect(full.member("startsAt") == "2036-03-10T01:00:00.000Z")
      // Long work meets the neighbour.
      expectProblem(
        await bench.act(
          "\(try await ask(#", "durationMinutes": 120"#))/confirm", token, #"{"startsAt": "2036-03-10T00:00:00Z"}"#),
        409, "slot-taken")
      let fast = await bench.act("\(try await ask(#", "priority": "fastLane""#))/confirm", token, slot)
      #expect(fast.status == 200, "\(fast.text)")
      expectProblem(
        await bench.act(
          "\(try await ask(#", "skill": "paint""#))/confirm", token, #"{"startsAt": "2036-03-10T05:00:00Z"}"#),
        409, "slot-taken")
      expectProblem(
        await bench.act("\(try await ask())/check-in", token), 409, "invalid-transition")
    }
  }

  @Test("of so many clients at once that want the last slot exactly one gets it (APT-03)", arguments: [2, 64])
  func lastSlot(clients: Int) async throws {
    let one = """
      {"slotMinutes": 60, "graceMinutes": 0, "hours": [{"weekday": 1, "opensAt": "08:00", "closesAt": "09:00"}],
       "bays": [{"code": "A", "skills": ["general"]}]}
      """
    try await Self.with(one) { bench, token in
      var paths: [String] = []
      for _ in 0..<clients {
        paths.append("/v1/appointments/\(try await bench.create("/v1/appointments", token, Self.request()))")
      }
      let statuses = await withTaskGroup(of: Int.self) { group in
        for path in paths {
          group.addTask {
            // More clients than connections: who is sent away comes back with the same key, as clients do.
            let key = "last-\(UUID.version7(at: SystemClock.now()).canonical)"
            while true {
              let answer = await bench.send(
                "POST", "\(path)/confirm", token, ["if-match": "*"], body: #"{"startsAt": "2036-03-10T00:00:00Z"}"#,
                key: key, checked: false)
              if answer.status == 503 { continue }
              if answer.status != 200 { expectProblem(answer, 409, "slot-taken") }
              return answer.status
            }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(statuses.filter { $0 == 200 }.count == 1)
      #expect(statuses.filter { $0 == 409 }.count == clients - 1)
      #expect(try bench.database.admin("select count(*) from appointments where state = 'confirmed'") == "1")
    }
  }

  @Test("two vehicles never share a bay, whoever writes past the product (APT-03)")
  func guarded() async throws {
    try await Self.with { bench, token in
      var ids: [String] = []
      for time in ["2036-03-10T01:00:00Z", "2036-03-10T02:00:00Z"] {
        let id = try await bench.create("/v1/appointments", token, Self.request(#", "skill": "highVoltage""#))
        #expect(
          await bench.act("/v1/appointments/\(id)/confirm", token, #"{"startsAt": "\#(time)"}"#).status == 200)
        ids.append(id)
      }
      let move = "update appointments set starts_at = starts_at - interval '1 minute' where id = '\(ids[1])'"
      #expect(throws: (any Error).self) { try bench.database.asApplication(scope: "*", move) }
      for statement in [
        "delete from appointments", "update appointments set state = 'requested' where id = '\(ids[1])'",
        "update appointments set state = 'checkedIn' where id = '\(ids[1])'",
        "update appointments set bay_id = null where id = '\(ids[1])'",
      ] {
        #expect(throws: (any Error).self, "\(statement)") { try bench.database.asApplication(scope: "*", statement) }
      }
      #expect(await bench.act("/v1/appointments/\(ids[0])/cancel", token, #"{"reason": "x"}"#).status == 200)
      try bench.database.asApplication(scope: "*", move)
      for table in ["appointments", "station_workshops", "station_hours", "station_special_days", "bays"] {
        let hidden = try bench.database.asApplication(
          scope: "{\(bench.network.otherStation)}", "select count(*) from \(table)")
        #expect(hidden == "0", "\(table)")
      }
    }
  }

  @Test("the database knows exactly the transitions of the life cycle (SM-2)")
  func transitions() async throws {
    let lifecycle = Set(
      AppointmentLifecycle.table.transitions.flatMap { row in
        row.from.compactMap { from in
          row.to.flatMap { $0 == from ? nil : "\(from.rawValue)|\($0.rawValue)" }
        }
      })
    let stored = try await TestDatabase.with { database in
      try database.admin("select from_state, to_state from state_transitions where document = 'appointments'")
    }
    #expect(Set(stored.split(separator: "\n").map(String.init)) == lifecycle)
  }

  @Test("nobody is a no-show before the time of grace is over, and then the bay is free (SM-2)")
  func noShow() async throws {
    try await Self.with { bench, token in
      let id = try await bench.create("/v1/appointments", token, Self.request())
      let path = "/v1/appointments/\(id)"
      _ = await bench.act("\(path)/confirm", token, #"{"startsAt": "2036-03-10T01:00:00Z"}"#)
      let early = await bench.act("\(path)/no-show", token)
      expectProblem(early, 409, "guard-failed")
      #expect(early.member("guard") == "grace-not-over")
      func begin(_ minutesAgo: Int) throws {
        try bench.database.admin(
          "update appointments set starts_at = now() - interval '\(minutesAgo) min', ends_at = now() + interval '1 min'"
        )
      }
      try begin(29)
      expectProblem(await bench.act("\(path)/no-show", token), 409, "guard-failed")
      try begin(31)
      let missed = await bench.act("\(path)/no-show", token, #"{"reason": "无人接听"}"#)
      #expect(missed.status == 200 && missed.member("state") == "noShow" && missed.member("exitReason") == "无人接听")
      #expect(missed.member("booking/bayId") != nil && missed.count("availableActions") == 0)
    }
  }

  @Test("who comes without a file gets one at the counter: check-in names the customer, or is refused whole (SM-2)")
  func stranger() async throws {
    try await Self.with { bench, token in
      let id = try await bench.create("/v1/appointments", token, Self.request())
      let path = "/v1/appointments/\(id)"
      _ = await bench.act("\(path)/confirm", token, #"{"startsAt": "2036-03-10T01:00:00Z"}"#)
      expectProblem(
        await bench.act("\(path)/check-in", token), 422, "validation-failed", pointer: "#/customerId", code: "required")
      expectProblem(
        await bench.act("\(path)/check-in", token, #"{"customerId": "\#(bench.network.otherCustomer)"}"#), 422,
        "validation-failed", pointer: "#/customerId")
      #expect(try bench.database.admin("select count(*) from work_orders") == "0")
      let body = #"{"customerId": "\#(bench.network.customer)", "summary": "保养 Service"}"#
      // Two counters at once: one order.
      let version = await bench.get(path, token).header("etag") ?? ""
      async let left = bench.act("\(path)/check-in", token, body, ifMatch: version)
      async let right = bench.act("\(path)/check-in", token, body, ifMatch: version)
      let statuses = await [left.status, right.status].sorted()
      #expect(statuses == [200, 412])
      #expect(try bench.database.admin("select count(*) from work_orders") == "1")
      let shown = await bench.get(path, token)
      #expect(shown.member("customerId") == "\(bench.network.customer)")
    }
  }

  @Test("a quoted order becomes an appointment with what is known of customer, work and parts (WO-02, APT-06)")
  func converted() async throws {
    try await Self.with { bench, token in
      let order = try await bench.walk(token).order(in: .quoted)
      let path = "/v1/work-orders/\(order)/convert-to-appointment"
      expectProblem(
        await bench.act(path, token, #"{"reason": "改约", "preferredAt": "2020-01-01T00:00:00Z"}"#), 422,
        "validation-failed", pointer: "#/preferredAt")
      let left = await bench.act(path, token, #"{"reason": "改约", "preferredAt": "2036-03-10T01:00:00Z"}"#)
      #expect(left.status == 200 && left.member("state") == "convertedToAppointment", "\(left.text)")
      let found = await bench.get("/v1/appointments?customerId=\(bench.network.customer)", token)
      #expect(found.count("items") == 1)
      #expect(found.member("items/0/sourceOrderId") == order && found.member("items/0/channel") == "reception")
      #expect(found.member("items/0/wishedAt") == "2036-03-10T01:00:00.000Z")
      #expect(found.member("items/0/contact/phone") == "13812345678" && found.member("items/0/plate") == "辽A12345")
      #expect(found.member("items/0/parts/0/partNumber") == "BP-1" && found.member("items/0/parts/0/quantity") == "2")
      #expect(found.member("items/0/durationMinutes") == "30")
      let history = await bench.get("/v1/work-orders/\(order)/history?sort=-position", token)
      #expect(history.member("items/0/type") == "workOrder.convertedToAppointment")
      #expect(history.member("items/0/data/appointmentId") == found.member("items/0/id"))
      let id = try #require(found.member("items/0/id"))
      let first = await bench.get("/v1/appointments/\(id)/history", token)
      #expect(first.member("items/0/type") == "appointment.requested")
      #expect(first.member("items/0/data/workOrderId") == order)
      #expect(await bench.act("/v1/appointments/\(id)/confirm", token).status == 200)
      #expect(await bench.act("/v1/appointments/\(id)/check-in", token).status == 200)
    }
  }
}
