import API
import Domain
import TestSupport
import Testing

/// What the hotline keeps beside the walk of a request: pending customer orders, who was told, calls that reached nobody.
@Suite("The paper of the hotline", .timeLimit(.minutes(20))) struct HotlineTests {
  private static let path = "/v1/service-requests"
  private static let body = """
    {"kind": "repair", "medium": "hotline", "contact": {"name": "王小明", "phone": "13812345678"}, "need": "无法启动"}
    """

  @Test(
    "what the hotline cannot settle is a pending customer order with its reason, until After-Sales assigns it (CALL-06, CALL-07)"
  )
  func escalation() async throws {
    try await APIBench.with { bench in
      let centre = bench.token(.callCentre, scope: .network)
      let id = try await bench.create(Self.path, centre, Self.body)
      #expect(await bench.get("\(Self.path)/\(id)", centre).member("escalation") == nil)
      let escalated = await bench.act("\(Self.path)/\(id)/escalate", centre, #"{"reason": "无站可派，客户在高速"}"#)
      #expect(escalated.member("state") == "escalated" && escalated.member("escalation/reason") == "无站可派，客户在高速")
      #expect(escalated.member("escalation/escalatedBy") == "测试")
      #expect(escalated.member("escalation/escalatedAt") == escalated.member("updatedAt"))
      let pending = await bench.get("\(Self.path)?state=escalated", bench.token(.hqService, scope: .network))
      #expect(pending.count("items") == 1 && pending.member("items/0/id") == id)
      let assigned = await bench.act(
        "\(Self.path)/\(id)/dispatch", bench.token(.hqService, scope: .network),
        #"{"stationId": "\#(bench.network.station)", "reason": "后台指派"}"#)
      #expect(assigned.member("state") == "dispatched" && assigned.member("escalation/reason") != nil)
      #expect(try bench.database.admin("select count(*) from events where type = 'serviceRequest.escalated'") == "1")
    }
  }

  @Test(
    "who was told what, when and how stands on the request; who took it for the customer is masked (CALL-09, SEC-04)")
  func receipts() async throws {
    try await APIBench.with { bench in
      let centre = bench.token(.callCentre, scope: .network)
      let id = try await bench.create(Self.path, centre, Self.body)
      _ = await bench.act("\(Self.path)/\(id)/resolve-by-phone", centre, #"{"summary": "已说明"}"#)
      let told = await bench.act(
        "\(Self.path)/\(id)/receipt", centre,
        #"{"party": "customer", "channel": "phone", "toldTo": "李秀英", "note": "告知处理结果"}"#)
      #expect(told.member("receipts/0/toldTo") == "李秀英" && told.member("receipts/0/note") == "告知处理结果")
      #expect(told.member("receipts/0/channel") == "phone" && told.member("receipts/0/returnedAt") != nil)
      let masked = await bench.get("\(Self.path)/\(id)", bench.token(.hqExec, scope: .network))
      #expect(masked.status == 200 && !masked.text.contains("李秀英"))
    }
  }

  @Test("erasing a customer reaches who took the result for him, and no issued report holds him (SEC-04)")
  func erasure() async throws {
    try await APIBench.with { bench in
      let master = bench.master()
      let customer = bench.network.customer
      let id = try await bench.create(
        Self.path, master, Self.body.replacing("}, \"need\"", with: "}, \"customerId\": \"\(customer)\", \"need\""))
      for (action, body) in [
        ("resolve-by-phone", #"{"summary": "已说明"}"#),
        ("receipt", #"{"party": "customer", "channel": "phone", "toldTo": "李秀英", "note": "已告知"}"#),
        ("close", #"{"reached": false, "comment": "王小明不在"}"#), ("close", #"{"satisfied": true}"#),
      ] {
        let done = await bench.act("\(Self.path)/\(id)/\(action)", master, body)
        try #require(done.status == 200, "\(done.text)")
      }
      try bench.database.admin(
        "update service_requests set created_at = created_at - interval '1 day' where id = '\(id)'")
      let day = CalendarDate(daysSinceEpoch: ReportPeriod.day(of: SystemClock.now()).daysSinceEpoch - 1)
      let issued = try await bench.created(
        "/v1/issued-reports", master, #"{"report": "hotlineDaily", "dateFrom": "\#(day)"}"#)
      #expect(issued.member("rowCount") == "1")
      let content = "/v1/issued-reports/\(try #require(issued.member("id")))/content"
      let before = await bench.get(content, master)

      let erased = await bench.act("/v1/customers/\(customer)/erase", master, #"{"reason": "本人要求"}"#)
      try #require(erased.status == 200, "\(erased.text)")
      for table in ["service_requests", "service_requests_history", "idempotency_keys", "events"] {
        for name in ["李秀英", "王小明"] {
          let hexadecimal = name.utf8.map { String($0, radix: 16) }.joined()
          #expect(
            try bench.database.admin(
              "select count(*) from \(table) t where t::text like '%\(name)%' or t::text like '%\(hexadecimal)%'"
            ) == "0", "\(table) \(name)")
        }
      }
      let request = await bench.get("\(Self.path)/\(id)", master)
      #expect(request.member("receipts/0/toldTo") != nil && request.member("receipts/0/note") == "已告知")
      #expect(await bench.get(content, master).body == before.body && !before.text.contains("王小明"))
    }
  }

  @Test("a call-back that reaches nobody is kept and leaves the request waiting for the next (CALL-18)")
  func missedCalls() async throws {
    try await APIBench.with { bench in
      let centre = bench.token(.callCentre, scope: .network)
      let id = try await bench.create(Self.path, centre, Self.body)
      func close(_ body: String) async -> TestAnswer { await bench.act("\(Self.path)/\(id)/close", centre, body) }
      expectProblem(await close(#"{"reached": false}"#), 409, "invalid-transition")
      _ = await bench.act("\(Self.path)/\(id)/resolve-by-phone", centre, #"{"summary": "已说明"}"#)
      _ = await bench.act("\(Self.path)/\(id)/receipt", centre, #"{"party": "customer", "channel": "phone"}"#)
      for count in 1...2 {
        let missed = await close(#"{"reached": false, "comment": "无人接听"}"#)
        #expect(missed.member("state") == "receipted" && missed.count("callAttempts") == count)
        #expect(missed.member("callAttempts/0/comment") == "无人接听" && missed.member("callBack") == nil)
      }
      expectProblem(
        await close(#"{"reached": false, "satisfied": true}"#), 422, "validation-failed", pointer: "#/satisfied")
      expectProblem(await close(#"{"rating": 3}"#), 422, "validation-failed", pointer: "#/satisfied", code: "required")
      let closed = await close(#"{"satisfied": true, "rating": 4}"#)
      #expect(closed.member("state") == "closed" && closed.count("callAttempts") == 2)
      let history = await bench.get("\(Self.path)/\(id)/history", centre)
      let types = (0..<history.count("items")).compactMap { history.member("items/\($0)/type") }
      #expect(types.filter { $0 == "serviceRequest.callBackMissed" }.count == 2)
    }
  }
}
