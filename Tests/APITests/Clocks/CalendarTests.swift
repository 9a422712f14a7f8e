import Domain
import FoundationEssentials
import TestSupport
import Testing

@Suite("Calendars over HTTP", .timeLimit(.minutes(20))) struct CalendarTests {
  private let body = """
    {"code": "CN", "name": "全国工作日历", "week": {"monday": ["08:30-12:00", "13:00-17:30"], "saturday": ["09:00-12:00"]},
     "exceptions": [{"date": "2026-10-10", "kind": "workingDay", "name": "调休", "hours": ["09:00-12:00"]},
      {"date": "2026-10-01", "kind": "holiday", "name": "国庆节"}]}
    """

  @Test("a calendar is written, read, changed and told (D-03)")
  func whole() async throws {
    try await APIBench.with { bench in
      let token = bench.token(.hqService, scope: .network)
      let made = try await bench.created("/v1/calendars", token, body)
      let id = try #require(made.member("id"))
      #expect(made.header("location")?.hasSuffix("/v1/calendars/\(id)") == true && made.header("etag") == "\"1\"")
      #expect(made.member("week/monday/1") == "13:00-17:30" && made.count("week/sunday") == 0)
      #expect(made.member("exceptions/0/date") == "2026-10-01" && made.member("utcOffset") == "+08:00")
      #expect(await bench.get("/v1/calendars/CN", token).body == made.body)
      let patched = await bench.patch(
        "/v1/calendars/CN", token, version: 1,
        #"{"week": {"sunday": ["10:00-24:00"]}, "utcOffset": "-05:30", "exceptions": []}"#)
      #expect(patched.status == 200 && patched.member("version") == "2", "\(patched.text)")
      #expect(patched.member("week/sunday/0") == "10:00-24:00" && patched.member("week/monday/0") == "08:30-12:00")
      #expect(patched.count("exceptions") == 0 && patched.member("utcOffset") == "-05:30")
      let same = await bench.patch("/v1/calendars/CN", token, version: 2, #"{"utcOffset": "-05:30"}"#)
      #expect(same.member("version") == "2")
      let history = await bench.get("/v1/calendars/CN/history", token)
      #expect(history.count("items") == 2 && history.member("items/1/type") == "calendar.updated")
      // Everybody in the network reads it.
      let technician = bench.token(.stTechnician)
      #expect(await bench.get("/v1/calendars?sort=-createdAt", technician).count("items") == 1)
      #expect(await bench.get("/v1/calendars?stationId=\(bench.network.station)", technician).count("items") == 0)
    }
  }

  @Test("another system brings its calendar by its own identity; whose it is never changes (domain.md 13)")
  func upsert() async throws {
    try await APIBench.with { bench in
      let token = bench.token(.hqService, scope: .network)
      func put(_ body: String) async -> TestAnswer {
        await bench.send("PUT", "/v1/calendars/by-external/erp/CAL-1", token, body: body, key: nil)
      }
      let made = await put(body)
      #expect(made.status == 201 && made.header("upsert-outcome") == "created", "\(made.text)")
      #expect(made.member("externalIds/erp") == "CAL-1")
      let same = await put(body)
      #expect(same.status == 200 && same.header("upsert-outcome") == "unchanged" && same.body == made.body)
      let changed = await put(body.replacing("08:30-12:00", with: "08:00-12:00"))
      #expect(changed.status == 200 && changed.header("upsert-outcome") == "updated", "\(changed.text)")
      #expect(changed.member("version") == "2" && changed.member("week/monday/0") == "08:00-12:00")
      // Days are compared in their order, however they come.
      #expect(changed.member("exceptions/0/date") == "2026-10-01")
      for (holder, pointer) in [
        (#""regionId": "\#(bench.network.region)""#, "#/regionId"),
        (#""stationId": "\#(bench.network.station)""#, "#/stationId"),
      ] {
        expectProblem(
          await put(body.replacing(#""name""#, with: holder + #", "name""#, maxReplacements: 1)), 422,
          "validation-failed", pointer: pointer, code: "readOnly")
      }
      #expect(await bench.get("/v1/calendars/CN/history", token).count("items") == 2)
    }
  }

  @Test("every fault of a body is told with its place (C-09)")
  func faults() async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      func code(_ week: String, _ more: String = "") -> String {
        #"{"code": "CN", "name": "n", "week": \#(week)\#(more)}"#
      }
      for (body, pointer, fault) in [
        (#"{"code": "CN", "name": "n"}"#, "#/week", "required"),
        (code("{}"), "#/week", "required"),
        (code(#"{"monday": ["8:30-17:30"]}"#), "#/week/monday/0", "tooShort"),
        (code(#"{"monday": ["08:30+17:30"]}"#), "#/week/monday/0", "invalidFormat"),
        (code(#"{"monday": ["17:30-08:30"]}"#), "#/week/monday/0", "inconsistent"),
        (code(#"{"monday": ["08:30-12:00", "11:00-17:30"]}"#), "#/week/monday/1", "inconsistent"),
        (code(#"{"mon": []}"#), "#/week/mon", "unknownField"),
        (code(#"{"monday": ["08:30-17:30"]}"#, #", "utcOffset": "+15:00""#), "#/utcOffset", "invalidFormat"),
        (
          code(
            #"{"monday": ["08:30-17:30"]}"#,
            #", "exceptions": [{"date": "2026-02-30", "kind": "holiday", "name": "x"}]"#),
          "#/exceptions/0/date", "invalidFormat"
        ),
        (
          code(
            #"{"monday": ["08:30-17:30"]}"#,
            #", "exceptions": [{"date": "2026-02-01", "kind": "holiday", "name": "x", "hours": ["08:00-09:00"]}]"#),
          "#/exceptions/0/hours", "inconsistent"
        ),
        (
          code(#"{"monday": ["08:30-17:30"]}"#, #", "regionId": "\#(bench.network.vehicle)""#), "#/regionId", "notFound"
        ),
        (
          code(
            #"{"monday": ["08:30-17:30"]}"#,
            #", "regionId": "\#(bench.network.region)", "stationId": "\#(bench.network.station)""#),
          "#/regionId", "inconsistent"
        ),
      ] {
        let answer = await bench.send("POST", "/v1/calendars", token, body: body)
        expectProblem(answer, 422, "validation-failed", pointer: pointer, code: fault)
      }
    }
  }

  @Test("one calendar a holder and a code; who does not see the holder may not write for it")
  func holders() async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      _ = try await bench.created("/v1/calendars", token, body)
      let code = await bench.send("POST", "/v1/calendars", token, body: body)
      expectProblem(code, 409, "already-exists")
      let holder = await bench.send(
        "POST", "/v1/calendars", token, body: body.replacing(#""CN""#, with: #""CN2""#))
      expectProblem(holder, 409, "calendar-exists")
      let head = bench.token(.stHead)
      func of(_ station: Station.ID, _ code: String) -> String {
        body.replacing(#""CN""#, with: #""\#(code)", "stationId": "\#(station)""#)
      }
      #expect(
        await bench.send("POST", "/v1/calendars", head, body: of(bench.network.station, "SY001")).status == 201)
      expectProblem(
        await bench.send("POST", "/v1/calendars", head, body: of(bench.network.otherStation, "SY002")), 403, "forbidden"
      )
      expectProblem(await bench.patch("/v1/calendars/CN", head, version: 1, #"{"name": "x"}"#), 403, "forbidden")
    }
  }
}
