import API
import Domain
import FoundationEssentials
import TestSupport
import Testing

/// Reports over HTTP: every answer is held against openapi.yaml, figures against the lists of the same API.
@Suite("Reports over HTTP", .timeLimit(.minutes(20))) struct ReportTests {
  private static let requests = "/v1/service-requests"

  private static func body(kind: String, medium: String, station: Station.ID? = nil) -> String {
    let named = station.map { #", "stationId": "\#($0)""# } ?? ""
    return """
      {"kind": "\(kind)", "medium": "\(medium)", "contact": {"name": "王小明", "phone": "13812345678"},
       "need": "车辆无法启动 Does not start"\(named)}
      """
  }

  @Test("the catalogue names what can be read, and each of it can be, in every form it offers (domain.md 14)")
  func catalogue() async throws {
    try await APIBench.with { bench in
      let master = bench.master()
      let catalogue = await bench.get("/v1/reports", master)
      #expect(catalogue.status == 200 && catalogue.count("items") == ReportName.allCases.count)
      for place in 0..<catalogue.count("items") {
        let path = try #require(catalogue.member("items/\(place)/path"))
        let formats = (0..<3).compactMap { catalogue.member("items/\(place)/formats/\($0)") }
        #expect(
          bench.contract.permission(API.Operation(.get, path, .own("")))
            == catalogue.member("items/\(place)/permission"))
        for format in ReportFormat.allCases.map(\.rawValue) {
          let answer = await bench.get(path, master, ["accept": format])
          guard formats.contains(format) else {
            expectProblem(answer, 406, "not-acceptable")
            continue
          }
          #expect(answer.status == 200 && answer.header("content-type")?.hasPrefix(format) == true, "\(path) \(format)")
          #expect(answer.header("vary") == "Accept")
          #expect((answer.header("content-disposition") != nil) == (format != "application/json"))
        }
        let stated = await bench.get(path, master)
        for member in ["asOf", "report", "title", "titleEn"] {
          #expect(stated.member(member) != nil, "\(path) \(member)")
        }
        #expect(stated.member("policyVersions/0") == "clocks@0")
        expectProblem(
          await bench.get("\(path)?stationId=\(UUID.version7(at: SystemClock.now()).canonical)", master), 404,
          "not-found")
        expectProblem(await bench.get("\(path)?colour=red", master), 400, "invalid-parameter", parameter: "colour")
      }
      expectProblem(await bench.get("/v1/reports/nonsense", master), 404, "not-found")
      expectProblem(
        await bench.get("/v1/reports/hotline-daily?date=2999-01-01", master), 400, "invalid-parameter",
        parameter: "date")
      expectProblem(
        await bench.get("/v1/reports/mail-register?dateFrom=2026-03-01&dateBefore=2026-03-01", master), 400,
        "invalid-parameter", parameter: "dateBefore")
      expectProblem(
        await bench.get("/v1/reports/mail-register?dateFrom=2020-03-01&dateBefore=2026-03-01", master), 400,
        "invalid-parameter", parameter: "dateFrom")
    }
  }

  /// Requests of all kinds and media, of both stations and of headquarters, in several states; some of them of yesterday.
  private static func fill(_ bench: APIBench, _ seed: UInt64) async throws {
    var state = seed
    func pick(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(count))
    }
    let master = bench.master()
    let kinds = ["repair", "rescue", "consultation", "complaint", "installation"]
    let media = ["hotline", "phone", "counter", "fax", "letter", "email", "online"]
    for _ in 0..<24 {
      let home = [nil, bench.network.station, bench.network.otherStation][pick(3)]
      let id = try await bench.create(
        requests, master, body(kind: kinds[pick(5)], medium: media[pick(7)], station: home))
      let path = "\(requests)/\(id)"
      func act(_ action: String, _ body: String = "{}") async throws {
        let answer = await bench.act("\(path)/\(action)", master, body)
        try #require(answer.status == 200, "\(action): \(answer.text)")
      }
      switch pick(6) {
      case 0: break
      case 1: try await act("escalate", #"{"reason": "无法解决"}"#)
      case 2:
        try await act("resolve-by-phone", #"{"summary": "已说明"}"#)
        try await act("receipt", #"{"party": "customer", "channel": "phone", "toldTo": "王太太"}"#)
      case 3: try await act("cancel", #"{"reason": "误报"}"#)
      default:
        let station = [bench.network.station, bench.network.otherStation][pick(2)]
        try await act("dispatch", #"{"stationId": "\#(station)", "reason": "客户指定"}"#)
        if pick(2) == 0 { try await act("accept") }
      }
      if pick(4) == 0 {
        try bench.database.admin(
          "update service_requests set created_at = created_at - interval '1 day' where id = '\(id)'")
      }
    }
  }

  /// The figures of a day and the requests behind them, counted anew from a list of requests.
  private static func expectation(
    from list: TestAnswer, of media: [String], in today: ReportPeriod
  ) throws -> (figures: [String: Int], numbers: Set<String>) {
    var expected: [String: Int] = [:]
    var numbers: Set<String> = []
    for place in 0..<list.count("items") where media.contains(list.member("items/\(place)/medium") ?? "") {
      func member(_ name: String) -> String? { list.member("items/\(place)/\(name)") }
      let created = try #require(member("createdAt").flatMap { Timestamp($0) })
      let ended = ["closed", "cancelled", "converted"].contains(member("state") ?? "")
      // Everything here happened today, so what ended did so in the period.
      guard created < today.end else { continue }
      numbers.insert(try #require(member("number")))
      expected[created >= today.start ? "received" : "carriedOver", default: 0] += 1
      if created >= today.start, let kind = member("kind") { expected[kind, default: 0] += 1 }
      if !ended { expected["open", default: 0] += 1 }
      if member("state") == "escalated" { expected["pendingOrders", default: 0] += 1 }
      if member("resolution/summary") != nil { expected["resolvedByPhone", default: 0] += 1 }
      if member("receipts/0/party") == "customer" { expected["customersTold", default: 0] += 1 }
      let isCall = ["repair", "rescue", "installation"].contains(member("kind") ?? "")
      if isCall, let answered = member("firstResponseAt").flatMap({ Timestamp($0) }) {
        expected[answered.seconds(since: created) <= 1_800 ? "answeredInTime" : "answeredLate", default: 0] += 1
      } else if isCall, !ended, SystemClock.now().seconds(since: created) > 1_800 {
        expected["answeredLate", default: 0] += 1
      }
    }
    return (expected, numbers)
  }

  @Test(
    "the figures of a report equal a recount of the API's own lists, for every caller (CALL-08, QI-27, SEC-03)",
    arguments: [1, 77, 4242] as [UInt64])
  func recount(_ seed: UInt64) async throws {
    try await APIBench.with { bench in
      try await Self.fill(bench, seed)
      let today = ReportPeriod(day: ReportPeriod.day(of: SystemClock.now()))
      for scope in [Scope.network, .station(bench.network.station), .station(bench.network.otherStation)] {
        let token = bench.master(scope)
        let list = await bench.get("\(Self.requests)?limit=100", token)
        let count = list.count("items")
        #expect(count > 3)
        for (path, media) in [
          ("/v1/reports/hotline-daily?date=\(today.from)", ["hotline", "phone", "counter"]),
          (
            "/v1/reports/mail-register?dateFrom=\(today.from)&dateBefore=\(today.before)",
            ["fax", "letter", "email", "online"]
          ),
        ] {
          let report = await bench.get(path, token)
          let (expected, numbers) = try Self.expectation(from: list, of: media, in: today)
          for figure in ReportDefinition.of(.hotlineDaily).figures.map(\.name) {
            #expect(report.member("figures/\(figure)") == "\(expected[figure] ?? 0)", "\(path) \(scope) \(figure)")
          }
          #expect(report.count("rows") == numbers.count && report.member("rowCount") == "\(numbers.count)")
          let shown = Set((0..<report.count("rows")).compactMap { report.member("rows/\($0)/number") })
          #expect(shown == numbers)
          // The same in the form for spreadsheets.
          let csv = await bench.get(path, token, ["accept": "text/csv"])
          #expect(csv.text.split(separator: "\r\n").filter { !$0.hasPrefix("#") }.count == numbers.count + 1)
          #expect(csv.text.contains("# received: \(expected["received"] ?? 0)\r\n"))
          // And nobody's name or number.
          #expect(
            !report.text.contains("王") && !report.text.contains("13812345678") && !report.text.contains("Does not"))
        }
      }
    }
  }

  @Test(
    "complaints of a day stand in writing with what was found and promised, without who complained (CMP-10, CMP-15, SEC-04)"
  )
  func complaints() async throws {
    try await APIBench.with { bench in
      let own = bench.master(.station(bench.network.station))
      let made = try await bench.created(
        "/v1/complaints", own,
        """
        {"channel": "counter", "category": "repairQuality", "contact": {"name": "赵六", "phone": "13912345678"},
         "customerWords": "还在异响", "component": "制动系统"}
        """)
      let id = try #require(made.member("id"))
      for (action, body) in [
        ("assign", #"{"department": "workshop", "handler": "张伟"}"#), ("investigate", "{}"),
      ] {
        let answer = await bench.act("/v1/complaints/\(id)/\(action)", own, body)
        #expect(answer.status == 200, "\(answer.text)")
      }
      let report = await bench.get("/v1/reports/complaints-daily", own)
      #expect(report.count("rows") == 1 && report.member("figures/received") == "1", "\(report.text)")
      #expect(report.member("rows/0/number") == made.member("number") && report.member("rows/0/section") == "received")
      #expect(report.member("rows/0/state") == "investigating" && report.member("rows/0/department") == "workshop")
      #expect(report.member("rows/0/open") == "1" && report.member("rows/0/solutions") == "0")
      for secret in ["赵六", "13912345678", "还在异响"] { #expect(!report.text.contains(secret)) }
      let elsewhere = bench.master(.station(bench.network.otherStation))
      #expect(await bench.get("/v1/reports/complaints-daily", elsewhere).count("rows") == 0)
      let head = ReportDefinition.of(.complaintsDaily)
      #expect(Set(head.recipients).isSuperset(of: [.hqExec, .hqParts]) && head.isDaily)
      #expect(head.recipientsAtStation.contains(.stHead))
    }
  }

  @Test(
    "per station: open requests, calls and deadlines as the lists have them; a station sees its own line alone (SEC-03)"
  )
  func stations() async throws {
    try await APIBench.with { bench in
      try await Self.fill(bench, 9)
      let master = bench.master()
      let walk = bench.walk(master)
      _ = try await walk.order(in: .delivered)
      _ = try await walk.order(in: .inRepair)
      let backlog = await bench.get("/v1/reports/backlog", master)
      for (code, station) in [("SY001", bench.network.station), ("SY002", bench.network.otherStation)] {
        let token = bench.master(.station(station))
        let own = await bench.get("/v1/reports/backlog", token)
        #expect(own.count("rows") == 1 && own.member("rows/0/station") == code)
        #expect(own.member("filter/stationIds/0") == "\(station)")
        let place = try #require((0..<backlog.count("rows")).first { backlog.member("rows/\($0)/station") == code })
        for column in ReportDefinition.of(.backlog).columns.map(\.name) {
          #expect(own.member("rows/0/\(column)") == backlog.member("rows/\(place)/\(column)"), "\(code) \(column)")
        }
        let named = await bench.get("/v1/reports/backlog?stationId=\(station)", master)
        #expect(named.member("figures/openRequests") == own.member("figures/openRequests"))
        let clocks = await bench.get("/v1/clocks?state=running,paused,breached&limit=100&stationId=\(station)", master)
        let open = (0..<clocks.count("items")).filter { clocks.member("items/\($0)/metAt") == nil }.count
        #expect(own.member("rows/0/openClocks") == "\(open)")
        let breaches = await bench.get("/v1/reports/clock-breaches", token)
        let started = await bench.get("/v1/clocks?limit=100&stationId=\(station)", master)
        #expect(breaches.member("figures/started") == "\(started.count("items"))")
        let throughput = await bench.get("/v1/reports/work-order-throughput", token)
        let orders = await bench.get("/v1/work-orders?limit=100&stationId=\(station)", master)
        if orders.count("items") > 0 {
          #expect(throughput.member("figures/received") == "\(orders.count("items"))")
          let delivered = (0..<orders.count("items")).filter { orders.member("items/\($0)/deliveredAt") != nil }.count
          #expect(throughput.member("figures/delivered") == "\(delivered)" && delivered == 1)
        } else {
          #expect(throughput.count("rows") == 0)
        }
        expectProblem(
          await bench.get(
            "/v1/reports/response-speed?stationId=\(station == bench.network.station ? bench.network.otherStation : bench.network.station)",
            token), 404, "not-found")
      }
    }
  }

  @Test("asOf shows the figures as they stood (A5)")
  func past() async throws {
    try await APIBench.with { bench in
      let master = bench.master()
      _ = try await bench.create(Self.requests, master, Self.body(kind: "repair", medium: "hotline"))
      let then = await bench.get("/v1/reports/hotline-daily", master)
      let instant = try #require(then.member("asOf"))
      try await Task.sleep(for: .milliseconds(5))
      _ = try await bench.create(Self.requests, master, Self.body(kind: "rescue", medium: "phone"))
      let now = await bench.get("/v1/reports/hotline-daily", master)
      #expect(now.member("figures/received") == "2")
      let past = await bench.get("/v1/reports/hotline-daily?asOf=\(instant)", master)
      #expect(past.body == then.body)
      for path in ["backlog", "clock-breaches", "mail-register", "response-speed", "work-order-throughput"] {
        #expect(await bench.get("/v1/reports/\(path)?asOf=\(instant)", master).status == 200, "\(path)")
      }
    }
  }

  @Test("an issued report is read in each of its forms, byte for byte what its hashes say, and confirmed (CALL-08)")
  func issued() async throws {
    try await APIBench.with { bench in
      let master = bench.master()
      let id = try await bench.create(Self.requests, master, Self.body(kind: "repair", medium: "letter"))
      try bench.database.admin(
        "update service_requests set created_at = created_at - interval '1 day' where id = '\(id)'")
      let today = ReportPeriod.day(of: SystemClock.now())
      let day = CalendarDate(daysSinceEpoch: today.daysSinceEpoch - 1)
      let service = bench.token(.hqService, scope: .network)
      let body = #"{"report": "mailRegister", "dateFrom": "\#(day)"}"#
      let report = try await bench.created("/v1/issued-reports", service, body)
      let path = "/v1/issued-reports/\(try #require(report.member("id")))"
      #expect(report.member("rowCount") == "1" && report.member("number")?.hasPrefix("RP-HQ-") == true)
      #expect(report.member("recipients/0/role") == "hqService" && report.member("recipients/0/readAt") == nil)
      #expect(report.member("recipients/0/deliveredAt") == report.member("issuedAt"))
      expectProblem(await bench.send("POST", "/v1/issued-reports", service, body: body), 409, "report-issued")

      for (place, format) in ["application/json", "text/csv"].enumerated() {
        let content = await bench.get("\(path)/content", service, ["accept": format])
        #expect(content.status == 200 && content.header("content-type")?.hasPrefix(format) == true)
        #expect(report.member("contents/\(place)/size") == "\(content.body.count)")
        let hash = try #require(report.member("contents/\(place)/sha256"))
        #expect(content.header("etag") == "\"\(hash)\"")
        #expect(
          try bench.database.admin(
            "select encode(sha256(decode('\(Self.hexadecimal(content.body))', 'hex')), 'hex')") == hash)
        let known = await bench.get("\(path)/content", service, ["accept": format, "if-none-match": "\"\(hash)\""])
        #expect(known.status == 304)
      }
      expectProblem(await bench.get("\(path)/content", service, ["accept": "image/svg+xml"]), 406, "not-acceptable")

      // Later facts change nothing of it.
      let before = await bench.get("\(path)/content", service, ["accept": "text/csv"])
      _ = await bench.act("\(Self.requests)/\(id)/escalate", master, #"{"reason": "无法解决"}"#)
      #expect(await bench.get("\(path)/content", service, ["accept": "text/csv"]).body == before.body)
      #expect(
        await bench.get("/v1/reports/mail-register?dateFrom=\(day)", service).member("figures/pendingOrders") == "1")

      let read = await bench.act("\(path)/read", service, ifMatch: nil)
      #expect(read.status == 200 && read.member("recipients/0/readAt") != nil && read.count("receipts") == 1)
      #expect(await bench.act("\(path)/read", service, ifMatch: nil).count("receipts") == 1)
      expectProblem(
        await bench.act("\(path)/read", bench.token(.qa, scope: .network), ifMatch: nil), 409, "not-a-recipient")
      #expect(await bench.get("\(path)/history", service).count("items") == 2)
      #expect(await bench.get(path, service).header("etag") == "\"2\"")
      let list = await bench.get("/v1/issued-reports?report=mailRegister&dateFrom=\(day)&origin=request", service)
      #expect(list.count("items") == 1)
      #expect(await bench.get("/v1/issued-reports?report=hotlineDaily", service).count("items") == 0)
      expectProblem(await bench.get(path, bench.token(.stHead)), 404, "not-found")

      for (body, pointer) in [
        (#"{"report": "mailRegister", "dateFrom": "\#(today)"}"#, "#/dateFrom"),
        (#"{"report": "backlog", "dateFrom": "\#(day)"}"#, "#/report"),
        (#"{"report": "mailRegister", "dateFrom": "\#(day)", "dateBefore": "\#(day)"}"#, "#/dateBefore"),
        (#"{"report": "responseSpeed", "dateFrom": "\#(day)", "recipients": [{}]}"#, "#/recipients/0/role"),
        (
          #"{"report": "responseSpeed", "dateFrom": "\#(day)", "recipients": [{"role": "hqExec", "userId": "\#(bench.network.technician)"}]}"#,
          "#/recipients/0/role"
        ),
        (
          #"{"report": "responseSpeed", "dateFrom": "\#(day)", "recipients": [{"userId": "\#(bench.network.technician)"}]}"#,
          "#/recipients/0/userId"
        ),
      ] {
        expectProblem(
          await bench.send("POST", "/v1/issued-reports", service, body: body), 422, "validation-failed",
          pointer: pointer)
      }
    }
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
