import API
import Domain
import FoundationEssentials
import TestSupport
import Testing

/// What another system writes by its own identities (domain.md section 13).
@Suite("Upsert by external identity", .timeLimit(.minutes(20))) struct UpsertTests {
  private static func put(
    _ bench: APIBench, _ path: String, _ token: String, _ body: String, ifMatch: String? = nil,
    _ location: SourceLocation = #_sourceLocation
  ) async -> TestAnswer {
    await bench.send("PUT", path, token, ifMatch.map { ["if-match": $0] } ?? [:], body: body, key: nil, location)
  }

  private static func expect(
    _ answer: TestAnswer, _ status: Int, _ outcome: String, version: Int, _ location: SourceLocation = #_sourceLocation
  ) {
    #expect(answer.status == status, "\(answer.text)", sourceLocation: location)
    #expect(answer.header("upsert-outcome") == outcome, sourceLocation: location)
    #expect(answer.header("etag") == "\"\(version)\"", sourceLocation: location)
    #expect(answer.member("version") == "\(version)", sourceLocation: location)
  }

  @Test("creates, changes, and finds unchanged without version or event (domain.md 13)", arguments: RecordFamily.all)
  func outcomes(_ family: RecordFamily) async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      let path = "\(family.path)/by-external/erp/E%2F1"
      let draft = family.draft(bench.network, 1)
      let made = await Self.put(bench, path, token, draft)
      Self.expect(made, 201, "created", version: 1)
      let id = try #require(made.member("id"))
      #expect(made.header("location") == "http://api.test\(family.path)/\(id)")
      #expect(made.member("externalIds/erp") == "E/1")
      #expect(await bench.get("\(family.path)/\(id)", token).body == made.body)

      let again = await Self.put(bench, path, token, draft)
      Self.expect(again, 200, "unchanged", version: 1)
      #expect(again.body == made.body && again.header("location") == nil)
      #expect(await bench.get("\(family.path)/\(id)/history", token).count("items") == 1)

      // The body is the whole record: what it leaves out is cleared.
      let (member, value) = family.clearable
      let shorter = draft.replacing(#", "\#(member)": \#(value)"#, with: "")
      try #require(shorter != draft)
      let changed = await Self.put(bench, path, token, shorter)
      Self.expect(changed, 200, "updated", version: 2)
      #expect(changed.member("id") == id && changed.member(member) == nil)
      let history = await bench.get("\(family.path)/\(id)/history", token)
      #expect(history.count("items") == 2 && history.member("items/1/type")?.hasSuffix(".updated") == true)
      #expect(history.member("items/1/changes/0/field") == member && history.member("items/1/changes/1/field") == nil)

      expectProblem(await Self.put(bench, path, token, draft, ifMatch: #""1""#), 412, "version-mismatch")
      Self.expect(await Self.put(bench, path, token, draft, ifMatch: #""2""#), 200, "updated", version: 3)
    }
  }

  @Test("identities in other systems stay, and the body may not name another one in this", arguments: RecordFamily.all)
  func identities(_ family: RecordFamily) async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      let path = "\(family.path)/by-external/erp/7"
      let draft = family.draft(bench.network, 1).replacing(#", "externalIds": {"dms": "S1"}"#, with: "")
      func with(_ externalIDs: String) -> String {
        draft.replacing("{", with: #"{"externalIds": \#(externalIDs), "#, maxReplacements: 1)
      }
      Self.expect(
        await Self.put(bench, path, token, with(#"{"dms": "D7", "erp": "7"}"#)), 201, "created", version: 1)
      let same = await Self.put(bench, path, token, draft)
      Self.expect(same, 200, "unchanged", version: 1)
      #expect(same.member("externalIds/dms") == "D7")
      expectProblem(
        await Self.put(bench, path, token, with(#"{"erp": "8"}"#)), 422, "validation-failed",
        pointer: "#/externalIds/erp", code: "inconsistent")
      expectProblem(
        await Self.put(bench, path, token, family.invalid.body), 422, "validation-failed",
        pointer: family.invalid.faults[0].pointer, code: family.invalid.faults[0].code)
      expectProblem(
        await Self.put(bench, "\(family.path)/by-external/\(String(repeating: "s", count: 65))/7", token, draft), 400,
        "invalid-parameter", parameter: "system")
      let unknown = family.draft(bench.network, 9)
      expectProblem(
        await Self.put(bench, "\(family.path)/by-external/erp/new", token, unknown, ifMatch: #""1""#), 404, "not-found")
    }
  }

  @Test(
    "a code or VIN that is known is adopted once, and never changed (domain.md 13)",
    arguments: RecordFamily.all.filter { $0.unique != nil })
  func naturalKeys(_ family: RecordFamily) async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      let unique = try #require(family.unique)
      let draft = family.draft(bench.network, 1)
      let id = try await bench.create(family.path, token, draft)
      let adopted = await Self.put(bench, "\(family.path)/by-external/erp/1", token, draft)
      Self.expect(adopted, 200, "updated", version: 2)
      #expect(adopted.member("id") == id && adopted.member("externalIds/erp") == "1")

      let taken = await Self.put(bench, "\(family.path)/by-external/erp/2", token, draft)
      expectProblem(taken, 409, "already-exists")
      #expect(taken.member("field") == unique && taken.member("existingId") == id)

      expectProblem(
        await Self.put(
          bench, "\(family.path)/by-external/erp/1", token,
          family.draft(bench.network, 2).replacing(#""externalIds": {"dms": "S2"}"#, with: #""externalIds": {}"#)), 422,
        "validation-failed", pointer: "#/\(unique)", code: "readOnly")

      let other = family.draft(bench.network, 3).replacing(#", "externalIds": {"dms": "S3"}"#, with: "")
        .replacing("{", with: #"{"externalIds": {"erp": "1"}, "#, maxReplacements: 1)
      let known = await bench.send("POST", family.path, token, body: other)
      expectProblem(known, 409, "already-exists")
      #expect(known.member("field") == "externalIds" && known.member("existingId") == id)
    }
  }

  @Test(
    "a further identity in the body that another record has refuses the upsert and names that record (domain.md 13, C-15)",
    arguments: RecordFamily.all)
  func takenBeside(_ family: RecordFamily) async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      let id = try await bench.create(family.path, token, Self.draft(family, bench, 1, dms: "X1"))
      let path = "\(family.path)/by-external/erp/9"
      let taken = await Self.put(bench, path, token, Self.draft(family, bench, 2, dms: "X1"))
      expectProblem(taken, 409, "already-exists")
      #expect(taken.member("field") == "externalIds" && taken.member("existingId") == id, "\(taken.text)")
      // Nothing was made of it; and what is made does not take it away either.
      Self.expect(
        await Self.put(bench, path, token, Self.draft(family, bench, 2, dms: "X2")), 201, "created", version: 1)
      let moved = await Self.put(bench, path, token, Self.draft(family, bench, 2, dms: "X1"))
      expectProblem(moved, 409, "already-exists")
      #expect(moved.member("existingId") == id, "\(moved.text)")
    }
  }

  private static func draft(_ family: RecordFamily, _ bench: APIBench, _ number: Int, dms: String) -> String {
    family.draft(bench.network, number)
      .replacing(#", "externalIds": {"dms": "S\#(number)"}"#, with: "")
      .replacing("{", with: #"{"externalIds": {"dms": "\#(dms)"}, "#, maxReplacements: 1)
  }

  @Test(
    "of 50 first upserts at once exactly one creates, the others find it (domain.md 13)", arguments: RecordFamily.all)
  func concurrent(_ family: RecordFamily) async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      let draft = family.draft(bench.network, 1)
      let path = "\(family.path)/by-external/erp/first"
      let answers = await Self.parallel(50) { await Self.put(bench, path, token, draft) }
      #expect(answers.filter { $0.status == 201 }.count == 1)
      #expect(answers.filter { $0.status == 200 && $0.header("upsert-outcome") == "unchanged" }.count == 49)
      let ids = Set(answers.compactMap { $0.member("id") })
      #expect(ids.count == 1)
      let history = await bench.get("\(family.path)/\(try #require(ids.first))/history", token)
      #expect(history.count("items") == 1)
    }
  }

  private static func parallel(_ count: Int, _ send: @escaping @Sendable () async -> TestAnswer) async -> [TestAnswer] {
    await withTaskGroup(of: TestAnswer.self) { group in
      for _ in 0..<count { group.addTask { await send() } }
      var answers: [TestAnswer] = []
      for await answer in group { answers.append(answer) }
      return answers
    }
  }

  @Test("each station has its own systems: the same identity is another customer there (SEC-03)")
  func stations() async throws {
    try await APIBench.with { bench in
      let network = bench.network
      let own = bench.master(.station(network.station))
      let other = bench.master(.station(network.otherStation))
      let body = #"{"kind": "person", "name": "张伟", "phone": "13840012345"}"#
      let path = "/v1/customers/by-external/dms/C-1"
      let first = await Self.put(bench, path, own, body)
      let second = await Self.put(bench, path, other, body)
      Self.expect(first, 201, "created", version: 1)
      Self.expect(second, 201, "created", version: 1)
      #expect(first.member("id") != second.member("id"))
      Self.expect(await Self.put(bench, path, own, body), 200, "unchanged", version: 1)
      // Who serves several stations says which.
      expectProblem(
        await Self.put(bench, path, bench.master(), body), 422, "validation-failed", pointer: "#/stationId",
        code: "required")
      let named = body.replacing("{", with: #"{"stationId": "\#(network.otherStation)", "#, maxReplacements: 1)
      expectProblem(
        await Self.put(bench, path, own, named), 422, "validation-failed", pointer: "#/stationId", code: "notFound")
      Self.expect(await Self.put(bench, path, bench.master(), named), 200, "unchanged", version: 1)
    }
  }

  // MARK: Work orders

  private static func order(_ bench: APIBench, summary: String = "异响", lines: String?) -> String {
    let said = lines.map { #", "lines": \#($0)"# } ?? ""
    return
      #"{"customerId": "\#(bench.network.customer)", "vehicleId": "\#(bench.network.vehicle)", "summary": "\#(summary)"\#(said)}"#
  }

  private static let brakes = #"{"description": "制动片", "standardHours": "0.50"}"#
  private static let filter =
    #"{"description": "滤芯", "standardHours": "0.20", "parts": [{"partNumber": "F-1", "description": "滤芯", "quantity": 1, "unitPrice": {"amount": "30.00", "currency": "CNY"}}]}"#

  @Test("an order is opened, compared with its jobs, and changed by what differs (domain.md 13)")
  func orders() async throws {
    try await APIBench.with { bench in
      let token = bench.master(.station(bench.network.station))
      let path = "/v1/work-orders/by-external/dms/RO-1"
      let body = Self.order(bench, lines: "[\(Self.brakes), \(Self.filter)]")
      let made = await Self.put(bench, path, token, body)
      Self.expect(made, 201, "created", version: 1)
      let order = "/v1/work-orders/\(try #require(made.member("id")))"
      Self.expect(await Self.put(bench, path, token, body), 200, "unchanged", version: 1)
      Self.expect(await Self.put(bench, path, token, Self.order(bench, lines: nil)), 200, "unchanged", version: 1)

      let renamed = await Self.put(bench, path, token, Self.order(bench, summary: "漏油", lines: nil))
      Self.expect(renamed, 200, "updated", version: 2)
      #expect(renamed.member("summary") == "漏油")
      #expect(await bench.get("\(order)/lines", token).count("items") == 2)

      // A job keeps its number, whether it differs or not.
      let longer = Self.brakes.replacing("0.50", with: "0.80")
      Self.expect(
        await Self.put(bench, path, token, Self.order(bench, summary: "漏油", lines: "[\(longer), \(Self.filter)]")), 200,
        "updated", version: 3)
      let lines = await bench.get("\(order)/lines", token)
      #expect(lines.count("items") == 2 && lines.text.contains(#""standardHours":"0.80""#))
      #expect((0..<2).compactMap { lines.member("items/\($0)/number") } == ["1", "2"])
      // The same again changes nothing, and nothing is added.
      Self.expect(
        await Self.put(bench, path, token, Self.order(bench, summary: "漏油", lines: "[\(longer), \(Self.filter)]")), 200,
        "unchanged", version: 3)
      Self.expect(
        await Self.put(bench, path, token, Self.order(bench, summary: "漏油", lines: "[]")), 200, "updated", version: 4)
      #expect(await bench.get("\(order)/lines", token).count("items") == 0)
      let history = await bench.get("\(order)/history", token)
      #expect(
        (0..<history.count("items")).compactMap { history.member("items/\($0)/type") }
          == ["workOrder.received"] + Array(repeating: "workOrder.updated", count: 3))
      expectProblem(
        await Self.put(
          bench, path, token, Self.order(bench, lines: #"[{"description": "x", "labourOperationCode": "NO"}]"#)),
        422, "validation-failed", pointer: "#/lines/0/labourOperationCode", code: "notFound")
    }
  }

  @Test("what the customer agreed to is not rewritten from outside; the same again still is unchanged (WO-18)")
  func agreed() async throws {
    try await APIBench.with { bench in
      let token = bench.master(.station(bench.network.station))
      let walk = bench.walk(token)
      let id = try await walk.order(in: .authorised)
      let lines = await bench.get("/v1/work-orders/\(id)/lines", token)
      #expect(lines.count("items") > 0)
      let version = try #require(await bench.get("/v1/work-orders/\(id)", token).member("version").flatMap { Int($0) })
      let linked = await bench.patch(
        "/v1/work-orders/\(id)", token, version: version, #"{"externalIds": {"dms": "RO-9"}}"#)
      try #require(linked.status == 200, "\(linked.text)")
      let path = "/v1/work-orders/by-external/dms/RO-9"
      let summary = try #require(linked.member("summary"))
      let refused = await Self.put(bench, path, token, Self.order(bench, summary: summary, lines: "[\(Self.brakes)]"))
      expectProblem(refused, 409, "order-not-editable")
      #expect(await bench.get("/v1/work-orders/\(id)/lines", token).body == lines.body)
      // The header may still be written, without a word on the jobs.
      let renamed = await Self.put(bench, path, token, Self.order(bench, summary: "另一句", lines: nil))
      #expect(renamed.status == 200 && renamed.header("upsert-outcome") == "updated", "\(renamed.text)")
      #expect(await bench.get("/v1/work-orders/\(id)/lines", token).count("items") == lines.count("items"))
    }
  }

  @Test("of many first upserts of one order at once exactly one opens it (domain.md 13)")
  func concurrentOrders() async throws {
    try await APIBench.with { bench in
      let token = bench.master(.station(bench.network.station))
      let body = Self.order(bench, lines: "[\(Self.brakes)]")
      let answers = await Self.parallel(50) {
        await Self.put(bench, "/v1/work-orders/by-external/dms/RO-2", token, body)
      }
      #expect(answers.filter { $0.status == 201 }.count == 1)
      #expect(answers.filter { $0.status == 200 && $0.header("upsert-outcome") == "unchanged" }.count == 49)
      #expect(Set(answers.compactMap { $0.member("id") }).count == 1)
      #expect(await bench.get("/v1/work-orders?total=exact", token).member("totalCount") == "1")
    }
  }

  @Test("a change needs the permission to change, beside that to open (SEC-01)")
  func permissions() async throws {
    try await APIBench.with { bench in
      let network = bench.network
      func token(_ permissions: Set<Permission>) -> String {
        bench.token(APIBench.caller([.dmsClient], permissions, .station(network.station)))
      }
      let path = "/v1/work-orders/by-external/dms/RO-3"
      let opens = token([.workOrdersCreate])
      let body = Self.order(bench, lines: "[\(Self.brakes)]")
      Self.expect(await Self.put(bench, path, opens, body), 201, "created", version: 1)
      Self.expect(await Self.put(bench, path, opens, body), 200, "unchanged", version: 1)
      let renamed = await Self.put(bench, path, opens, Self.order(bench, summary: "漏油", lines: nil))
      expectProblem(renamed, 403, "forbidden")
      let jobs = await Self.put(
        bench, path, token([.workOrdersCreate, .workOrdersUpdate]), Self.order(bench, lines: "[\(Self.filter)]"))
      expectProblem(jobs, 403, "forbidden")
      #expect(jobs.member("required") == Permission.workOrdersWriteLines.rawValue)
    }
  }

  // MARK: The service lane

  /// A family of the service lane as another system writes it.
  struct LaneFamily: Sendable, CustomTestStringConvertible {
    let path: String
    /// With its vehicle, or not.
    let body: @Sendable (TestNetwork, _ words: String) -> String
    /// The member that holds the words.
    let member: String
    /// What ends what may be said of it, and the problem of a change behind it.
    let end: (action: String, body: String, problem: String)

    var testDescription: String { path }

    static let all = [
      LaneFamily(
        path: "/v1/service-requests",
        body: {
          """
          {"kind": "repair", "medium": "phone", "contact": {"name": "王小明", "phone": "13812345678"}, "stationId": "\($0.station)",
           "customerId": "\($0.customer)", "vin": "\(TestNetwork.vin)", "need": "\($1)"}
          """
        }, member: "need", end: ("cancel", #"{"reason": "重复"}"#, "request-ended")),
      LaneFamily(
        path: "/v1/appointments",
        body: {
          """
          {"channel": "phone", "contact": {"name": "王小明", "phone": "13812345678"}, "plate": "辽A12345",
           "stationId": "\($0.station)", "serviceType": "repair", "customerId": "\($0.customer)", "note": "\($1)"}
          """
        }, member: "note", end: ("cancel", #"{"reason": "改期"}"#, "appointment-not-editable")),
      LaneFamily(
        path: "/v1/product-returns",
        body: {
          """
          {"channel": "oemSupply", "product": {"kind": "assembly", "description": "发动机总成"}, "stationId": "\($0.station)",
           "vehicleId": "\($0.vehicle)", "fault": "\($1)", "reason": "现场无法修复"}
          """
        }, member: "fault", end: ("return-to-factory", #"{"note": "TK-1"}"#, "return-not-editable")),
    ]
  }

  @Test(
    "requests, appointments and returns are opened, changed and found unchanged by their identity (domain.md 13)",
    arguments: LaneFamily.all)
  func lane(_ family: LaneFamily) async throws {
    try await APIBench.with { bench in
      let token = bench.master(.station(bench.network.station))
      let path = "\(family.path)/by-external/dms/L%2F1"
      let body = family.body(bench.network, "异响")
      let made = await Self.put(bench, path, token, body)
      Self.expect(made, 201, "created", version: 1)
      let document = "\(family.path)/\(try #require(made.member("id")))"
      #expect(made.header("location") == "http://api.test\(document)" && made.member("externalIds/dms") == "L/1")
      Self.expect(await Self.put(bench, path, token, body), 200, "unchanged", version: 1)
      let changed = await Self.put(bench, path, token, family.body(bench.network, "漏油"))
      Self.expect(changed, 200, "updated", version: 2)
      #expect(changed.member(family.member) == "漏油" && changed.member("id") == made.member("id"))
      #expect(await bench.get("\(document)/history", token).count("items") == 2)
      expectProblem(await Self.put(bench, path, token, body, ifMatch: #""1""#), 412, "version-mismatch")
      // The identity is taken, for whoever opens another one.
      let other = body.replacing("{", with: #"{"externalIds": {"dms": "L/1"}, "#, maxReplacements: 1)
      expectProblem(await bench.send("POST", family.path, token, body: other), 409, "already-exists")
      // Another station has identities of its own.
      let elsewhere = family.body(bench.network, "异响")
        .replacing("\(bench.network.station)", with: "\(bench.network.otherStation)")
        .replacing(#""customerId": "\#(bench.network.customer)", "#, with: "")
        .replacing(#""customerId": "\#(bench.network.customer)""#, with: #""externalIds": {}"#)
      Self.expect(
        await Self.put(bench, path, bench.master(.station(bench.network.otherStation)), elsewhere), 201, "created",
        version: 1)
      // What is over stays as it was; the same again is no change.
      let ended = await bench.act("\(document)/\(family.end.action)", token, family.end.body)
      #expect(ended.status == 200, "\(ended.text)")
      Self.expect(
        await Self.put(bench, path, token, family.body(bench.network, "漏油")), 200, "unchanged", version: 3)
      expectProblem(await Self.put(bench, path, token, body), 409, family.end.problem)
    }
  }

  @Test("of fifty first requests at once one opens a document of the service lane", arguments: LaneFamily.all)
  func laneRace(_ family: LaneFamily) async throws {
    try await APIBench.with { bench in
      let token = bench.master(.station(bench.network.station))
      let body = family.body(bench.network, "异响")
      let answers = await withTaskGroup(of: TestAnswer.self) { group in
        for _ in 0..<50 {
          group.addTask { await Self.put(bench, "\(family.path)/by-external/dms/R-1", token, body) }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.filter { $0.status == 201 }.count == 1)
      #expect(answers.filter { $0.status == 200 && $0.header("upsert-outcome") == "unchanged" }.count == 49)
      #expect(await bench.get("\(family.path)?total=exact", token).member("totalCount") == "1")
    }
  }

  @Test(
    "a request that was dispatched is still found at the desk that registered it; its deadlines follow a correction")
  func dispatchedRequest() async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      let path = "/v1/service-requests/by-external/crm/C-1"
      func body(_ kind: String) -> String {
        #"{"kind": "\#(kind)", "medium": "hotline", "contact": {"name": "王小明"}, "need": "异响"}"#
      }
      let made = await Self.put(bench, path, token, body("consultation"))
      Self.expect(made, 201, "created", version: 1)
      let document = "/v1/service-requests/\(try #require(made.member("id")))"
      #expect(!(await bench.get("\(document)/clocks", token)).text.contains("repairCallResponse"))
      let repair = await Self.put(bench, path, token, body("repair"))
      Self.expect(repair, 200, "updated", version: 2)
      let clocks = await bench.get("\(document)/clocks", token)
      #expect(clocks.text.contains("repairCallResponse"), "\(clocks.text)")
      let dispatched = await bench.act(
        "\(document)/dispatch", token, #"{"stationId": "\#(bench.network.station)", "reason": "就近"}"#)
      #expect(dispatched.status == 200, "\(dispatched.text)")
      Self.expect(await Self.put(bench, path, token, body("repair")), 200, "unchanged", version: 3)
      // The station that has it by now has no such identity of its own.
      let station = bench.master(.station(bench.network.station))
      let own = await Self.put(bench, path, station, body("repair"))
      Self.expect(own, 201, "created", version: 1)
      #expect(own.member("id") != made.member("id"))
    }
  }
}
