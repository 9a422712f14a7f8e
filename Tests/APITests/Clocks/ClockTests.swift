import Domain
import FoundationEssentials
import TestSupport
import Testing

@Suite("Clocks over HTTP", .timeLimit(.minutes(20))) struct ClockTests {
  /// The clock of the promise of a new order.
  private func clock(_ bench: APIBench, _ token: String) async throws -> (order: String, clock: String) {
    let order = try await bench.walk(token).order(in: .quoted)
    let clocks = await bench.get("/v1/work-orders/\(order)/clocks", token)
    return (order, try #require(clocks.member("items/0/id")))
  }

  @Test("a document shows its clocks with the explanation of each (A14)")
  func ofDocument() async throws {
    try await APIBench.with { bench in
      let adviser = bench.token(.stAdviser)
      let order = try await bench.walk(bench.master()).order(in: .delivered)
      let clocks = await bench.get("/v1/work-orders/\(order)/clocks", adviser)
      #expect(clocks.count("items") == 2)
      #expect(clocks.member("items/0/kind") == "promisedDelivery" && clocks.member("items/0/state") == "met")
      #expect(clocks.member("items/0/explanation/rule/text") == "as promised")
      #expect(clocks.member("items/1/kind") == "customerFile")
      #expect(clocks.member("items/1/explanation/rule/text") == "the end of calendar day 2 after it")
      #expect(clocks.count("items/1/explanation/rule/escalation") == 0 || clocks.text.contains("stServiceManager"))
      let other = bench.token(.stAdviser, scope: .station(bench.network.otherStation))
      expectProblem(await bench.get("/v1/work-orders/\(order)/clocks", other), 404, "not-found")
    }
  }

  @Test("pause, resume and correct need reason, version and key; a repetition has no second effect")
  func actions() async throws {
    try await APIBench.with { bench in
      let manager = bench.token(.stServiceManager)
      let (_, id) = try await clock(bench, bench.master())
      let path = "/v1/clocks/\(id)"
      expectProblem(
        await bench.act("\(path)/pause", manager, "{}"), 422, "validation-failed", pointer: "#/reason",
        code: "required")
      expectProblem(
        await bench.act("\(path)/pause", manager, #"{"reason": "x", "at": "2026-01-01T00:00:00Z"}"#), 422,
        "validation-failed", pointer: "#/at", code: "unknownField")
      expectProblem(
        await bench.act("\(path)/pause", manager, #"{"reason": "等客户"}"#, ifMatch: nil), 428, "precondition-required")
      expectProblem(
        await bench.act("\(path)/pause", manager, #"{"reason": "等客户"}"#, ifMatch: "\"7\""), 412, "version-mismatch")
      let key = "pause-key-0123456789"
      let paused = await bench.act("\(path)/pause", manager, #"{"reason": "等客户"}"#, ifMatch: "\"1\"", key: key)
      #expect(paused.status == 200 && paused.member("state") == "paused" && paused.member("dueAt") == nil)
      #expect(paused.header("etag") == "\"2\"")
      let again = await bench.act("\(path)/pause", manager, #"{"reason": "等客户"}"#, ifMatch: "\"1\"", key: key)
      #expect(again.body == paused.body && again.header("idempotency-replayed") == "true")
      let twice = await bench.act("\(path)/pause", manager, #"{"reason": "等客户"}"#)
      expectProblem(twice, 409, "invalid-transition")
      let resumed = await bench.act("\(path)/resume", manager, #"{"reason": "已答复"}"#)
      #expect(resumed.status == 200 && resumed.member("state") == "running")
      let corrected = await bench.act(
        "\(path)/correct", manager, #"{"correction": "void", "entry": 2, "reason": "误操作"}"#)
      #expect(corrected.status == 200 && corrected.member("version") == "4")
      let entries = await bench.get("\(path)/entries", manager)
      #expect(
        (0..<4).map { entries.member("items/\($0)/kind") } == ["started", "paused", "resumed", "corrected"])
      #expect(entries.member("items/3/corrects") == "2" && entries.member("items/1/reason") == "等客户")
      let history = await bench.get("\(path)/history", manager)
      #expect(history.member("items/1/type") == "clock.paused" && history.member("items/1/reason") == "等客户")
      let explanation = await bench.get("\(path)/explanation", manager)
      #expect(explanation.member("givenBackSeconds") == "0" && explanation.count("sentences") >= 3)
    }
  }

  @Test("a correction has the members of its kind and no others")
  func corrections() async throws {
    try await APIBench.with { bench in
      let manager = bench.token(.stServiceManager)
      let (_, id) = try await clock(bench, bench.master())
      for (body, pointer, code) in [
        (#"{"reason": "x"}"#, "#/correction", "required"),
        (#"{"correction": "erase", "reason": "x"}"#, "#/correction", "notInSet"),
        (#"{"correction": "void", "reason": "x"}"#, "#/entry", "required"),
        (
          #"{"correction": "void", "entry": 2, "from": "2026-01-01T00:00:00Z", "reason": "x"}"#, "#/from",
          "unknownField"
        ),
        (#"{"correction": "replace", "entry": 2, "reason": "x"}"#, "#/from", "required"),
        (#"{"correction": "add", "from": "2026-01-01T00:00:00Z", "reason": "x"}"#, "#/to", "required"),
        (
          #"{"correction": "add", "from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z", "reason": "x"}"#,
          "#/from", "outOfRange"
        ), (#"{"correction": "void", "entry": 1, "reason": "x"}"#, "#/entry", "notFound"),
      ] {
        let answer = await bench.act("/v1/clocks/\(id)/correct", manager, body)
        expectProblem(answer, 422, "validation-failed", pointer: pointer, code: code)
      }
    }
  }

  @Test("lists narrow by state, kind, station, document, due time, breach and level, and sort by urgency")
  func lists() async throws {
    try await APIBench.with { bench in
      let manager = bench.token(.stServiceManager)
      let order = try await bench.walk(bench.master()).order(in: .delivered)
      let station = "\(bench.network.station)"
      for (query, count) in [
        ("", 4), ("state=running", 3), ("state=met,breached", 1), ("kind=customerFile", 1),
        ("kind=customerFile,promisedDelivery", 2), ("stationId=\(station)", 4), ("resource=followUp", 1),
        ("stationId=\(bench.network.otherStation)", 0), ("resource=workOrder", 2), ("resource=customer", 0),
        ("dueBefore=2020-01-01T00:00:00Z", 0), ("dueFrom=2020-01-01T00:00:00Z", 4), ("breached=true", 0),
        ("breached=false", 4), ("escalationLevel=0", 4), ("escalationLevel=1", 0), ("acknowledged=false", 4),
      ] {
        let list = await bench.get("/v1/clocks?\(query)", manager)
        #expect(list.status == 200 && list.count("items") == count, "\(query): \(list.text)")
      }
      let byDue = await bench.get("/v1/clocks", manager)
      let dues = (0..<4).compactMap { byDue.member("items/\($0)/dueAt") }
      #expect(dues == dues.sorted())
      let page = await bench.get("/v1/clocks?limit=2&sort=-startedAt&total=exact", manager)
      #expect(page.count("items") == 2 && page.member("totalCount") == "4")
      let next = try #require(page.member("nextCursor"))
      #expect(await bench.get("/v1/clocks?limit=2&sort=-startedAt&cursor=\(next)", manager).count("items") == 2)
      for query in ["state=green", "kind=x", "dueBefore=tomorrow", "escalationLevel=-1", "breached=1", "nope=1"] {
        #expect(await bench.get("/v1/clocks?\(query)", manager).status == 400, "\(query)")
      }
      let other = bench.token(.stServiceManager, scope: .station(bench.network.otherStation))
      #expect(await bench.get("/v1/clocks", other).count("items") == 0)
      // The general record of the repair is due first, within hours (QI-26).
      #expect(byDue.member("items/0/kind") == "generalQualityUpload")
      let ofOrder = await bench.get("/v1/clocks?resource=workOrder", manager)
      #expect(ofOrder.member("items/0/subject/id") == order)
    }
  }

  @Test("offers name what stands in the way; notes stay with the clock; only those who may act")
  func offers() async throws {
    try await APIBench.with { bench in
      let manager = bench.token(.stServiceManager)
      let (_, id) = try await clock(bench, bench.master())
      let path = "/v1/clocks/\(id)"
      let offers = await bench.get("\(path)/actions", manager)
      #expect(offers.member("items/0/action") == "pause" && offers.member("items/0/allowed") == "1")
      let recompute = await bench.get("\(path)/actions", manager).text
      #expect(recompute.contains("clocks:recompute"))
      expectProblem(await bench.act("\(path)/acknowledge", manager, "{}"), 409, "invalid-transition")
      expectProblem(
        await bench.act("\(path)/recompute", manager, #"{"reason": "x"}"#), 403, "forbidden")
      #expect(
        await bench.act("\(path)/recompute", bench.token(.hqService, scope: .network), #"{"reason": "x"}"#).status
          == 200)
      let note = await bench.send("POST", "\(path)/notes", manager, body: #"{"text": "客户同意"}"#)
      #expect(note.status == 201)
      #expect(await bench.get("\(path)/notes", manager).member("items/0/text") == "客户同意")
      #expect(await bench.get("/v1/clocks/WO-SY001-2026-000001", manager).status == 404)
    }
  }
}
