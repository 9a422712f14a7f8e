import API
import Domain
import FoundationEssentials
import TestSupport
import Testing

/// Work orders over HTTP: opening, the header, the walk and its ways out (SM-3).
@Suite("Work orders over HTTP", .timeLimit(.minutes(20))) struct WorkOrderTests {
  @Test("the whole walk, each step by the role whose it is; every answer as documented (SM-3, WO-01, WO-09, WO-12)")
  func walk() async throws {
    try await APIBench.with { bench in
      let network = bench.network
      let cast = OrderWalk.Cast(
        station: "\(network.station)", customer: "\(network.customer)", vehicle: "\(network.vehicle)",
        technician: "\(network.technician)", inspector: "\(network.inspector)", odometerKm: 12_000)
      let roles: [Role] = [.stAdviser, .stWorkshopSupervisor, .stTechnician, .stInspector, .stCashier]
      let tokens = Dictionary(
        uniqueKeysWithValues: roles.map { role in
          // A technician sees the jobs that he was given.
          (role, bench.token(role, subject: role == .stTechnician ? .user(network.technician.uuid) : nil))
        })
      let walk = OrderWalk(cast) { role, method, path, headers, body in
        await bench.send(method, path, tokens[role], headers, body: body)
      }
      let id = try await walk.order(in: .closed)
      let adviser = try #require(tokens[.stAdviser])
      let order = await bench.get("/v1/work-orders/\(id)", adviser)
      #expect(order.member("state") == "closed" && order.member("deliveredAt") != nil)
      #expect(order.member("odometerKm") == "12000" && order.member("currency") == "CNY")
      let number = try #require(order.member("number"))
      #expect(number.hasPrefix("WO-SY001-"))
      #expect(await bench.get("/v1/work-orders/\(number)", adviser).body == order.body)
      #expect(await bench.get("/v1/work-orders/\(id)", adviser, ["if-none-match": "*"]).status == 304)
      #expect(await bench.send("HEAD", "/v1/work-orders/\(id)", adviser).status == 200)
      let invoice = await bench.get("/v1/work-orders/\(id)/invoice", adviser)
      #expect(invoice.member("total/amount") == "300.00" && invoice.member("split/customer/amount") == "300.00")
      #expect(
        invoice.member("payments/0/method") == "cash" && invoice.member("number") == order.member("invoiceNumber"))
      let lines = await bench.get("/v1/work-orders/\(id)/lines", adviser)
      #expect(lines.member("total/amount") == "300.00" && lines.member("items/0/labourAmount/amount") == "100.00")
      #expect(lines.member("items/0/technicianId") == cast.technician)
      #expect(await bench.get("/v1/work-orders/\(id)/estimate", adviser).member("isCurrent") != nil)
      #expect(await bench.get("/v1/work-orders/\(id)/inspections", adviser).member("items/0/passed") == "1")
      let history = await bench.get("/v1/work-orders/\(id)/history?limit=100", adviser)
      let types = (0..<history.count("items")).compactMap { history.member("items/\($0)/type") }
      #expect(
        types.filter { $0.hasPrefix("workOrder.") }
          == [
            "received", "inspected", "diagnosed", "quoted", "authorised", "admitted", "assigned", "lineChanged",
            "finished",
            "inspectionPassed", "customerNotified", "accepted", "settled", "delivered", "closed",
          ].map { "workOrder.\($0)" })
      // Every step is one version, told by one event.
      #expect(order.member("version") == "15")
      let timeline = await bench.get("/v1/vehicles/\(TestNetwork.vin)/timeline", adviser)
      #expect(timeline.text.contains("workOrderDelivered"))

      let key = "rework-key-0123456789"
      let rework = await bench.act(
        "/v1/work-orders/\(id)/rework", adviser, #"{"summary": "仍有异响"}"#, key: key)
      #expect(rework.status == 201 && rework.member("reworkOf") == id && rework.member("state") == "received")
      #expect(rework.header("location")?.hasSuffix("/v1/work-orders/\(rework.member("id") ?? "")") == true)
      let replay = await bench.act("/v1/work-orders/\(id)/rework", adviser, #"{"summary": "仍有异响"}"#, key: key)
      #expect(replay.body == rework.body && replay.header("idempotency-replayed") == "true")
    }
  }

  @Test("what a state does not allow is refused with what it allows; guards say what is missing (C-18)")
  func refusals() async throws {
    try await APIBench.with { bench in
      let token = bench.master(.station(bench.network.station))
      let walk = bench.walk(token)
      let id = try await walk.open()
      let path = "/v1/work-orders/\(id)"
      let early = await bench.act("\(path)/settle", token, #"{"payments": []}"#)
      expectProblem(early, 409, "invalid-transition")
      #expect(early.member("from") == "received" && early.member("to") == "settled")
      #expect(
        early.text.contains(#""allowed":["inspect","assign","cancel","depart","arrive","clear"]"#), "\(early.text)")
      expectProblem(
        await bench.act("\(path)/cancel", token, "{}"), 422, "validation-failed", pointer: "#/reason", code: "required")
      expectProblem(
        await bench.act("\(path)/cancel", token, #"{"reason": "x"}"#, ifMatch: nil), 428, "precondition-required")
      expectProblem(
        await bench.act("\(path)/cancel", token, #"{"reason": "x"}"#, ifMatch: #""5""#), 412, "version-mismatch")
      expectProblem(
        await bench.act(
          "\(path)/inspect", token, #"{"odometerKm": -5, "exterior": [{"position": ""}], "fuelPercent": 101}"#), 422,
        "validation-failed", pointer: "#/exterior/0/condition", code: "required")
      #expect(await bench.act("\(path)/inspect", token, #"{"odometerKm": 500, "confirmedBy": "王"}"#).status == 200)
      let other = try await walk.open()
      expectProblem(
        await bench.act("/v1/work-orders/\(other)/inspect", token, #"{"odometerKm": 400, "confirmedBy": "王"}"#), 409,
        "odometer-fell")
      try await walk.advance(id, to: .quoted)
      expectProblem(
        await bench.act(
          "\(path)/authorise", token,
          #"{"estimateHash": "\#(String(repeating: "0", count: 64))", "decidedBy": "王", "channel": "phone"}"#), 409,
        "estimate-superseded")
      expectProblem(
        await bench.act("\(path)/authorise", token, #"{"estimateHash": "abc", "decidedBy": "王", "channel": "shout"}"#),
        422,
        "validation-failed", pointer: "#/channel", code: "notInSet")
      // An edit voids the estimate.
      let hash = try #require(await bench.get(path, token).member("estimate/hash"))
      let more = await bench.send(
        "POST", "\(path)/lines", token, body: #"{"description": "加项", "standardHours": "0.20"}"#)
      #expect(more.status == 201 && more.member("number") == "2" && more.member("labourRate/amount") == "200.00")
      let stale = await bench.act(
        "\(path)/authorise", token, #"{"estimateHash": "\#(hash)", "decidedBy": "王", "channel": "phone"}"#)
      #expect(stale.status == 409, "\(stale.text)")
      let offers = await bench.get("\(path)/actions", token)
      #expect(offers.text.contains("estimate-changed"))
      #expect(offers.text.contains(#""href":"\#(path)/close-no-repair""#))
      for (action, body) in [("close-no-repair", #"{"reason": "不修"}"#)] {
        let left = await bench.act("\(path)/\(action)", token, body)
        #expect(left.status == 200 && left.member("state") == "closedNoRepair" && left.member("exitReason") == "不修")
        #expect(left.count("availableActions") == 0)
      }
      let third = try await walk.order(in: .quoted)
      let converted = await bench.act("/v1/work-orders/\(third)/convert-to-appointment", token, #"{"reason": "改约"}"#)
      #expect(converted.member("state") == "convertedToAppointment")
      let cancelled = await bench.act("/v1/work-orders/\(other)/cancel", token, #"{"reason": "改约"}"#)
      #expect(cancelled.member("state") == "cancelled")
      expectProblem(
        await bench.act("/v1/work-orders/\(other)/cancel", token, #"{"reason": "again"}"#), 409, "invalid-transition")
      expectProblem(await bench.get("/v1/work-orders/\(other)/invoice", token), 404, "not-found")
    }
  }

  @Test(
    "an order is opened where the caller works, for a customer of the station; faults of lines have their place (C-09)")
  func create() async throws {
    try await APIBench.with { bench in
      let (network, adviser) = (bench.network, bench.token(.stAdviser))
      func post(_ body: String, _ token: String) async -> TestAnswer {
        await bench.send("POST", "/v1/work-orders", token, body: body)
      }
      let (customer, vehicle) = ("\(network.customer)", "\(network.vehicle)")
      let plain = MatrixDocuments.orderBody(customer: customer, vehicle: vehicle, station: nil)
      let made = await post(plain, adviser)
      #expect(made.status == 201 && made.member("stationId") == "\(network.station)" && made.header("etag") == #""1""#)
      #expect(made.header("location") == "http://api.test/v1/work-orders/\(made.member("id") ?? "")")
      #expect(await bench.get("/v1/work-orders/\(made.member("id") ?? "")", adviser).body == made.body)
      expectProblem(
        await post(plain, bench.master()), 422, "validation-failed", pointer: "#/stationId", code: "required")
      let nobody = UUID.version7(at: SystemClock.now()).canonical
      for (body, pointer) in [
        (
          MatrixDocuments.orderBody(customer: "\(network.otherCustomer)", vehicle: vehicle, station: nil),
          "#/customerId"
        ),
        (MatrixDocuments.orderBody(customer: nobody, vehicle: vehicle, station: nil), "#/customerId"),
        (MatrixDocuments.orderBody(customer: customer, vehicle: nobody, station: nil), "#/vehicleId"),
        (
          MatrixDocuments.orderBody(customer: customer, vehicle: vehicle, station: "\(network.otherStation)"),
          "#/stationId"
        ),
        (#"{"customerId": "\#(customer)", "summary": ""}"#, "#/summary"),
        (#"{"customerId": "\#(customer)", "summary": "a\u0000b"}"#, "#/summary"),
        (#"{"customerId": "\#(customer)", "summary": "x", "state": "closed"}"#, "#/state"),
        (#"{"customerId": "\#(customer)", "summary": "x", "mode": "flying"}"#, "#/mode"),
        (
          #"{"customerId": "\#(customer)", "summary": "x", "lines": [{"description": "y", "parts": [{"quantity": 0}]}]}"#,
          "#/lines/0/parts/0/quantity"
        ),
        (
          #"{"customerId": "\#(customer)", "summary": "x", "lines": [{"description": "y", "labourOperationCode": "NONE"}]}"#,
          "#/lines/0/labourOperationCode"
        ),
        (
          #"{"customerId": "\#(customer)", "summary": "x", "lines": [{"description": "y", "labourRate": {"amount": "1.005", "currency": "CNY"}}]}"#,
          "#/lines/0/labourRate/amount"
        ),
      ] {
        expectProblem(await post(body, adviser), 422, "validation-failed", pointer: pointer)
      }
    }
  }

  @Test("what was seen outside, inside and of the functions stands as the customer confirmed it (WO-14, WO-15, WO-16)")
  func reception() async throws {
    try await APIBench.with { bench in
      let token = bench.master(.station(bench.network.station))
      let id = try await bench.walk(token).order(in: .received)
      let checked = await bench.act(
        "/v1/work-orders/\(id)/inspect", token,
        """
        {"odometerKm": 12000, "confirmedBy": "车主", "fuelPercent": 40, "belongings": ["雨伞"],
         "exterior": [{"position": "左前门", "condition": "划痕"}], "interior": [{"position": "后排座椅", "condition": "污渍"}],
         "functions": [{"position": "雨刮", "condition": "不回位"}]}
        """)
      #expect(checked.status == 200, "\(checked.text)")
      let order = await bench.get("/v1/work-orders/\(id)", token)
      for (part, condition) in [("exterior", "划痕"), ("interior", "污渍"), ("functions", "不回位")] {
        #expect(order.member("inspection/\(part)/0/condition") == condition)
      }
      #expect(order.member("inspection/fuelPercent") == "40" && order.member("state") == "inspected")
    }
  }

  @Test("that the vehicle was cleaned, and what its driver was shown, stands with the hand-over (WO-42)")
  func handOver() async throws {
    try await APIBench.with { bench in
      let token = bench.master(.station(bench.network.station))
      let walk = bench.walk(token)
      let id = try await walk.order(in: .ready)
      let told = await bench.act(
        "/v1/work-orders/\(id)/notify", token,
        #"{"channel": "phone", "vehicleChecked": true, "belongingsChecked": true, "vehicleCleaned": true}"#)
      #expect(told.status == 200, "\(told.text)")
      try await walk.advance(id, to: .settled)
      let handed = await bench.act(
        "/v1/work-orders/\(id)/deliver", token, #"{"guidance": "新轮胎磨合 200 公里", "reminders": "一个月后复查"}"#)
      #expect(handed.status == 200, "\(handed.text)")
      let history = await bench.get("/v1/work-orders/\(id)/history?limit=100", token)
      func data(_ type: String, _ member: String) -> String? {
        (0..<history.count("items")).lazy.filter { history.member("items/\($0)/type") == type }
          .compactMap { history.member("items/\($0)/data/\(member)") }.first
      }
      #expect(data("workOrder.customerNotified", "vehicleCleaned") == "1")
      #expect(data("workOrder.delivered", "guidance") == "新轮胎磨合 200 公里")
      #expect(data("workOrder.delivered", "reminders") == "一个月后复查")
    }
  }

  @Test("the hours of a job are those of the vehicle's model, else the standard, else what the job says (WO-22)")
  func modelHours() async throws {
    try await APIBench.with { bench in
      let master = bench.master()
      let model = try await bench.create(
        "/v1/vehicle-models", master,
        #"{"code": "MX-9", "brand": "华晨", "series": "X5", "name": "X5", "powertrain": "ice"}"#)
      _ = try await bench.create(
        "/v1/labour-operations", master,
        #"{"code": "BRK-9", "name": "制动", "category": "repair", "standardHours": "0.80", "modelHours": [{"modelId": "\#(model)", "standardHours": "1.10"}]}"#
      )
      let vehicle = try await bench.create(
        "/v1/vehicles", master, #"{"vin": "LSYHDAAA0PK000777", "usage": "private", "modelId": "\#(model)"}"#)
      let adviser = bench.token(.stAdviser)
      func hours(on vehicle: String, _ more: String = "") async throws -> String? {
        let made = try await bench.created(
          "/v1/work-orders", adviser,
          #"{"customerId": "\#(bench.network.customer)", "vehicleId": "\#(vehicle)", "summary": "制动异响", "lines": [{"description": "制动", "labourOperationCode": "BRK-9"\#(more)}]}"#
        )
        return made.member("lines/0/standardHours")
      }
      #expect(try await hours(on: vehicle) == "1.10")
      #expect(try await hours(on: "\(bench.network.vehicle)") == "0.80")
      #expect(try await hours(on: vehicle, #", "standardHours": "0.50""#) == "0.50")
    }
  }

  @Test("history in the order of time keeps what happened at one instant in its order, both ways (C-12)")
  func historyOrder() async throws {
    try await APIBench.with { bench in
      let token = bench.master(.station(bench.network.station))
      let id = try await bench.walk(token).order(in: .closed)
      func ids(_ query: String) async -> [String] {
        var (found, cursor): ([String], String?) = ([], nil)
        repeat {
          let page = await bench.get(
            "/v1/work-orders/\(id)/history?limit=3&\(query)\(cursor.map { "&cursor=\($0)" } ?? "")", token)
          found += (0..<page.count("items")).compactMap { page.member("items/\($0)/id") }
          cursor = page.member("nextCursor")
        } while cursor != nil
        return found
      }
      let recorded = await ids("sort=position")
      let perInstant = try bench.database.admin(
        "select max(n) from (select count(*) as n from events where subject_id = '\(id)' group by occurred_at) counted")
      #expect(recorded.count > 15 && Int(perInstant) ?? 0 > 1)
      #expect(await ids("sort=at") == recorded)
      #expect(await ids("sort=-at") == recorded.reversed())
    }
  }

  @Test("the span of the request stands with the events that it made (C-31)")
  func trace() async throws {
    try await APIBench.with { bench in
      let token = bench.token(.stAdviser)
      let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
      let made = await bench.send(
        "POST", "/v1/work-orders", token, ["traceparent": "00-\(trace)-00f067aa0ba902b7-01"],
        body: MatrixDocuments.orderBody(
          customer: "\(bench.network.customer)", vehicle: "\(bench.network.vehicle)", station: nil))
      let id = try #require(made.member("id"))
      func stored() throws -> [Substring] {
        try bench.database.admin(
          "select traceparent from events where subject_id = '\(id)' order by position"
        ).split(separator: "\n", omittingEmptySubsequences: false)
      }
      let first = try #require(try stored().first)
      // The trace of the client, the span of this request.
      #expect(first.hasPrefix("00-\(trace)-") && first.hasSuffix("-01") && !first.contains("00f067aa0ba902b7"))
      _ = await bench.act("/v1/work-orders/\(id)/cancel", token, #"{"reason": "改约"}"#)
      let second = try #require(try stored().last)
      #expect(second.count == 55 && !second.contains(trace))
    }
  }

  @Test("free text shows no telephone number or known name to who may not read personal data, nor to history (SEC-04)")
  func freeText() async throws {
    try await APIBench.with { bench in
      let network = bench.network
      let adviser = bench.token(.stAdviser)
      let words = "王小明 13812345678 说制动异响, 件号 90915-10003"
      let cleaned = "王* 138****5678 说制动异响, 件号 90915-10003"
      let made = try await bench.created(
        "/v1/work-orders", adviser,
        """
        {"customerId": "\(network.customer)", "vehicleId": "\(network.vehicle)", "summary": "\(words)", "note": "\(words)",
         "contact": {"name": "王小明", "phone": "13812345678"}}
        """)
      let path = "/v1/work-orders/\(try #require(made.member("id")))"
      _ = try await bench.created("\(path)/notes", adviser, #"{"text": "\#(words)"}"#)
      let reader = bench.token(
        APIBench.caller([], [.workOrdersRead, .workOrdersNote], .station(network.station)))
      for (token, shown) in [(adviser, words), (reader, cleaned)] {
        let order = await bench.get(path, token)
        #expect(order.member("summary") == shown && order.member("note") == shown)
        let list = await bench.get("/v1/work-orders", token)
        #expect(list.member("items/0/summary") == shown && list.member("items/0/note") == shown)
      }
      let notes = await bench.get("\(path)/notes", reader)
      #expect(notes.member("items/0/text") == "王小明 138****5678 说制动异响, 件号 90915-10003")
      #expect(await bench.get("\(path)/notes", adviser).member("items/0/text") == words)
      let left = await bench.act("\(path)/cancel", adviser, #"{"reason": "客户来电 13812345678 取消"}"#)
      #expect(left.member("exitReason") == "客户来电 13812345678 取消")
      #expect(await bench.get(path, reader).member("exitReason") == "客户来电 138****5678 取消")
      // The log is kept for ever: nobody reads there what the order hides.
      let history = await bench.get("\(path)/history", adviser)
      #expect(history.text.contains(cleaned) && history.text.contains("客户来电 138****5678 取消"))
      #expect(!history.text.contains("13812345678") && !history.text.contains("王小明"))
      let stored = try bench.database.admin(
        "select string_agg(changes::text || coalesce(reason, '') || data::text, '') from events")
      #expect(!stored.contains("13812345678") && !stored.contains("王小明"))
    }
  }

  @Test("the header is patched by merge, its contact member by member (C-17)")
  func patch() async throws {
    try await APIBench.with { bench in
      let token = bench.master(.station(bench.network.station))
      let id = try await bench.walk(token).open()
      let path = "/v1/work-orders/\(id)"
      let changed = await bench.patch(path, token, version: 1, #"{"note": "等候", "contact": {"phone": "13900000000"}}"#)
      #expect(changed.status == 200 && changed.member("version") == "2" && changed.header("etag") == #""2""#)
      #expect(changed.member("contact/name") == "王小明" && changed.member("contact/phone") == "13900000000")
      let cleared = await bench.patch(path, token, version: 2, #"{"note": null, "contact": null}"#)
      #expect(cleared.member("note") == nil && cleared.member("contact") == nil && cleared.member("summary") != nil)
      #expect(await bench.patch(path, token, version: 3, "{}").member("version") == "3")
      for (body, pointer, code) in [
        (#"{"summary": null}"#, "#/summary", "required"), (#"{"state": "closed"}"#, "#/state", "readOnly"),
        (#"{"number": "x"}"#, "#/number", "readOnly"), (#"{"sumary": "x"}"#, "#/sumary", "unknownField"),
        (#"{"customerId": "\#(bench.network.otherCustomer)"}"#, "#/customerId", "notFound"),
        (#"{"contact": {"phone": 1}}"#, "#/contact/phone", "wrongType"),
      ] {
        expectProblem(
          await bench.patch(path, token, version: 3, body), 422, "validation-failed", pointer: pointer, code: code)
      }
      expectProblem(await bench.patch(path, token, version: 2, #"{"note": "x"}"#), 412, "version-mismatch")
      expectProblem(await bench.patch(path, token, version: nil, #"{"note": "x"}"#), 428, "precondition-required")
      // 428 before the fault of the body, 404 before both (C-07).
      expectProblem(await bench.patch(path, token, version: nil, #"{"sumary": "x"}"#), 428, "precondition-required")
      expectProblem(
        await bench.patch("/v1/work-orders/none", token, version: nil, #"{"sumary": "x"}"#), 404, "not-found")
    }
  }

  @Test("lists narrow by state, station, customer, vehicle, kind and time, and walk by cursor (C-10, C-11)")
  func list() async throws {
    try await APIBench.with { bench in
      let token = bench.token(.stAdviser)
      let master = bench.master(.station(bench.network.station))
      let walk = bench.walk(master)
      for _ in 0..<5 { _ = try await walk.open() }
      _ = try await walk.order(in: .quoted)
      for (filter, count) in [
        ("state=received", 5), ("state=received,quoted", 6), ("state=closed", 0), ("serviceType=repair", 6),
        ("customerId=\(bench.network.customer)", 6), ("vehicleId=\(bench.network.vehicle)&state=quoted", 1),
        ("createdAtFrom=2026-11-21T10:00:00%2B08:00&state=closed", 0), ("createdAtBefore=2020-01-01T00:00:00Z", 0),
        ("stationId=\(bench.network.otherStation)", 0),
      ] {
        #expect(await bench.get("/v1/work-orders?\(filter)", token).count("items") == count, "\(filter)")
      }
      for sort in ["-createdAt", "number", "promisedDeliveryAt", "-updatedAt,number", "%2Bnumber"] {
        var (seen, cursor): (Set<String>, String?) = ([], nil)
        repeat {
          let page = await bench.get(
            "/v1/work-orders?limit=2&sort=\(sort)\(cursor.map { "&cursor=\($0)" } ?? "")", token)
          try #require(page.status == 200, "\(sort): \(page.text)")
          for place in 0..<page.count("items") {
            #expect(seen.insert(try #require(page.member("items/\(place)/id"))).inserted)
          }
          cursor = page.member("nextCursor")
        } while cursor != nil
        #expect(seen.count == 6, "\(sort)")
      }
      for (query, parameter) in [
        ("stat=open", "stat"), ("state=opne", "state"), ("state=received&state=closed", "state"),
        ("createdAtFrom=yesterday", "createdAtFrom"), ("state=received%27%3BDROP", "state"),
        ("customerId=1", "customerId"),
      ] {
        expectProblem(
          await bench.get("/v1/work-orders?\(query)", token), 400, "invalid-parameter", parameter: parameter)
      }
      let narrow = await bench.get("/v1/work-orders?fields=id,contact.name&limit=1", token)
      #expect(narrow.status == 200 && !narrow.text.contains("13812345678") && !narrow.text.contains("summary"))
    }
  }

  @Test("a progress link shows the customer the state and nothing of himself; a changed one shows nothing (WO-26)")
  func progress() async throws {
    try await APIBench.with { bench in
      let token = bench.token(.stAdviser)
      let id = try await bench.walk(bench.master(.station(bench.network.station))).order(in: .quoted)
      let link = try await bench.created("/v1/work-orders/\(id)/progress-link", token, #"{"validDays": 3}"#)
      let path = try #require(link.member("path"))
      let seen = await bench.send("GET", path)
      #expect(seen.status == 200 && seen.member("state") == "quoted" && seen.member("awaitsDecision") == "1")
      for secret in ["王", "138", id, "customer"] { #expect(!seen.text.contains(secret)) }
      var changed = Array(path)
      changed[20] = changed[20] == "A" ? "B" : "A"
      for other in [String(changed), path + "A", "/v1/progress/x", String(path.dropLast())] {
        expectProblem(await bench.send("GET", other), 404, "not-found")
      }
      #expect(await bench.get("/v1/me", try #require(link.member("token"))).status == 401)
      expectProblem(
        await bench.send("POST", "/v1/work-orders/\(id)/progress-link", token, body: #"{"validDays": 91}"#), 422,
        "validation-failed", pointer: "#/validDays", code: "outOfRange")
      let links = "/v1/work-orders/\(id)/progress-link"
      expectProblem(await bench.send("DELETE", links, token), 428, "precondition-required")
      expectProblem(await bench.send("DELETE", links, token, ["if-match": #""1""#]), 412, "version-mismatch")
      #expect(await bench.send("DELETE", links, token, ["if-match": "*"]).status == 204)
      expectProblem(await bench.send("GET", path), 404, "not-found")
      expectProblem(await bench.send("DELETE", links, token, ["if-match": "*"]), 404, "not-found")
      #expect(await bench.act("/v1/work-orders/\(id)/cancel", token, #"{"reason": "改约"}"#).status == 200)
      expectProblem(await bench.send("POST", links, token, body: "{}"), 409, "order-not-editable")
    }
  }
}
