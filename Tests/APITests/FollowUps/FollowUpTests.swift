import API
import Domain
import FoundationEssentials
import TestSupport
import Testing

/// Follow-ups, surveys, letters and files over HTTP; every answer is held against the contract.
@Suite("Follow-ups over HTTP", .timeLimit(.minutes(20))) struct FollowUpTests {
  /// The first call after an order that was handed over, its window open since yesterday and due in a week.
  private static func opened(_ bench: APIBench) async throws -> (order: String, call: String) {
    let master = bench.master()
    let order = try await bench.walk(master).order(in: .delivered)
    let calls = await bench.get("/v1/follow-ups?workOrderId=\(order)&round=1", master)
    let id = try #require(calls.member("items/0/id"))
    // The clock is set aside: its windows have tests of their own, with time handed in.
    try bench.database.admin(
      "update clocks set cancelled_at = started_at, state = 'cancelled', attention_at = null where subject_id = '\(id)'"
    )
    try bench.database.admin(
      "update follow_ups set opens_at = now() - interval '1 day', due_at = now() + interval '7 days' where id = '\(id)'"
    )
    return (order, id)
  }

  @Test("a clerk calls, escalates and answers, each once, with reason, version and key (SM-13)")
  func journey() async throws {
    try await APIBench.with { bench in
      let (order, id) = try await Self.opened(bench)
      let clerk = bench.token(.stCrm)
      let path = "/v1/follow-ups/\(id)"
      expectProblem(await bench.act("\(path)/escalate", clerk, #"{"reason": "x"}"#), 409, "invalid-transition")
      let record = """
        {"outcome": "reached", "wishedTime": true, "result": "unsatisfied", "topics": ["vehicleUse"], "summary": "制动仍有异响",
         "issue": {"kind": "question", "description": "要求查看旧件 13812345678"},
         "findings": [{"kind": "partNotReplaced", "lineNumber": 1, "statement": "旧件还在车上"}]}
        """
      expectProblem(await bench.act("\(path)/record-call", clerk, record, ifMatch: nil), 428, "precondition-required")
      expectProblem(await bench.act("\(path)/record-call", clerk, record, ifMatch: "\"9\""), 412, "version-mismatch")
      expectProblem(
        await bench.act(
          "\(path)/record-call", clerk, #"{"outcome": "reached", "wishedTime": true, "result": "satisfied"}"#), 422,
        "validation-failed", pointer: "#/topics", code: "required")
      let tried = await bench.act(
        "\(path)/record-call", clerk, #"{"outcome": "unreachable", "wishedTime": true, "remark": "占线"}"#)
      #expect(tried.status == 200 && tried.count("attempts") == 1 && tried.member("state") == "scheduled")
      let key = "call-key-0123456789"
      let called = await bench.act("\(path)/record-call", clerk, record, ifMatch: tried.header("etag"), key: key)
      #expect(called.status == 200 && called.member("state") == "openIssue", "\(called.text)")
      #expect(called.member("workOrderId") == order && called.member("call/findings/0/kind") == "partNotReplaced")
      let again = await bench.act("\(path)/record-call", clerk, record, ifMatch: tried.header("etag"), key: key)
      #expect(again.body == called.body && again.header("idempotency-replayed") == "true")
      expectProblem(await bench.act("\(path)/record-call", clerk, record), 409, "invalid-transition")

      let escalated = await bench.act("\(path)/escalate", clerk, #"{"reason": "需核实旧件"}"#)
      #expect(escalated.status == 200 && escalated.member("issue/escalation/text") == "需核实旧件")
      expectProblem(await bench.act("\(path)/escalate", clerk, #"{"reason": "再报"}"#), 409, "guard-failed")
      let version = Int(try #require(escalated.member("version")))
      let solved = await bench.patch(path, clerk, version: version, #"{"solution": "可到店查看"}"#)
      #expect(solved.status == 200 && solved.member("issue/solution/text") == "可到店查看")
      let clocks = await bench.get("\(path)/clocks", clerk)
      #expect(clocks.text.contains("solutionToCustomer") && clocks.text.contains("followUpEscalation"))
      let done = await bench.act("\(path)/answer", clerk, "{}")
      #expect(done.status == 200 && done.member("state") == "done" && done.count("availableActions") == 0)
      let history = await bench.get("\(path)/history", clerk)
      #expect(history.text.contains("followUp.contradicted") && !history.text.contains("13812345678"))

      // Somebody who may not know customers reads the words cleaned; another station reads none.
      let inspector = bench.token(
        APIBench.caller([], [.followUpsRead], .station(bench.network.station)))
      let masked = await bench.get(path, inspector)
      #expect(masked.member("personalDataMasked") == "1" || masked.text.contains("138****5678"), "\(masked.text)")
      #expect(!masked.text.contains("13812345678"))
      let other = bench.token(.stCrm, scope: .station(bench.network.otherStation))
      expectProblem(await bench.get(path, other), 404, "not-found")
      // As it stood when it was planned.
      let planned = try #require(called.member("createdAt"))
      #expect(await bench.get("\(path)?asOf=\(planned)", clerk).member("state") == "scheduled")
    }
  }

  @Test("a bad mark on the call is a complaint, in the same answer (domain.md 12)")
  func complaint() async throws {
    try await APIBench.with { bench in
      let (_, id) = try await Self.opened(bench)
      let clerk = bench.token(.stCrm)
      let called = await bench.act(
        "/v1/follow-ups/\(id)/record-call", clerk,
        #"{"outcome": "reached", "wishedTime": true, "result": "satisfied", "topics": ["vehicleUse"], "summary": "等待太久", "nps": 3}"#
      )
      #expect(called.status == 200 && called.member("issue/kind") == "complaint", "\(called.text)")
      let number = try #require(called.member("complaintNumber"))
      let complaint = await bench.send("GET", "/v1/complaints/\(number)", bench.master(), checked: false)
      #expect(complaint.status == 200 && complaint.member("channel") == "followUpCall")
    }
  }

  @Test("lists narrow and sort")
  func lists() async throws {
    try await APIBench.with { bench in
      let (order, _) = try await Self.opened(bench)
      let clerk = bench.token(.stCrm)
      for (query, count) in [
        ("", 2), ("state=scheduled", 2), ("state=done,missed", 0), ("occasion=delivery", 2), ("round=2", 1),
        ("workOrderId=\(order)", 2), ("missed=false", 2), ("contradicting=true", 0),
        ("opensBefore=2099-01-01T00:00:00Z", 1),
        ("dueFrom=2020-01-01T00:00:00Z", 1), ("dueBefore=2020-01-01T00:00:00Z", 0), ("sort=dueAt", 2),
        ("sort=-dueAt,number", 2),
        ("stationId=\(bench.network.otherStation)", 0),
      ] {
        let list = await bench.get("/v1/follow-ups?\(query)", clerk)
        #expect(list.status == 200 && list.count("items") == count, "\(query): \(list.text)")
      }
      for query in ["state=x", "round=3", "missed=1", "nope=1"] {
        #expect(await bench.get("/v1/follow-ups?\(query)", clerk).status == 400, "\(query)")
      }
    }
  }

  @Test("a survey is written by headquarters, answered by the customer with his link, and counted (FUP-16, FUP-17)")
  func survey() async throws {
    try await APIBench.with { bench in
      let (order, _) = try await Self.opened(bench)
      let marketing = bench.token(.hqService, scope: .network)
      let clerk = bench.token(.stCrm)
      let body = """
        {"code": "AFTER", "use": "afterService", "title": "评价", "questions": [
          {"code": "service", "kind": "rating", "text": "满意吗？", "required": true},
          {"code": "remark", "kind": "text", "text": "建议"}]}
        """
      let region = bench.token(APIBench.caller([], [.surveysWrite], .station(bench.network.station)))
      expectProblem(await bench.send("POST", "/v1/surveys", region, body: body), 403, "forbidden")
      let survey = try await bench.create("/v1/surveys", marketing, body)
      expectProblem(await bench.send("POST", "/v1/surveys", marketing, body: body), 409, "already-exists")
      let link = try await bench.created("/v1/work-orders/\(order)/survey-link", clerk, "{}")
      let path = try #require(link.member("path"))
      let form = await bench.send("GET", path)
      #expect(form.status == 200 && form.count("questions") == 2 && form.member("answered") == "0")
      let wrong = await bench.send("POST", path, body: #"{"answers": [{"code": "service", "number": 9}]}"#)
      expectProblem(wrong, 422, "validation-failed", pointer: "#/answers/0/number")
      let answers = #"{"answers": [{"code": "service", "number": 4}, {"code": "remark", "text": "安静些"}]}"#
      #expect(await bench.send("POST", path, body: answers).status == 201)
      expectProblem(await bench.send("POST", path, body: answers), 409, "survey-answered")
      #expect(await bench.send("GET", path).member("answered") == "1")
      expectProblem(await bench.send("GET", path + "x"), 404, "not-found")
      let found = await bench.get("/v1/survey-responses?workOrderId=\(order)", clerk)
      #expect(found.count("items") == 1 && found.member("items/0/channel") == "link")
      let response = try #require(found.member("items/0/id"))
      #expect(await bench.get("/v1/survey-responses/\(response)", clerk).member("meanRating") == "4.00")
      #expect(await bench.get("/v1/survey-responses/\(response)/history", clerk).count("items") == 1)
      let results = await bench.get("/v1/surveys/\(survey)/results", clerk)
      #expect(results.member("items/0/meanRating") == "4.00" && results.member("items/0/responses") == "1")
    }
  }

  @Test("a letter is planned, changed and cancelled (FUP-12)")
  func letter() async throws {
    try await APIBench.with { bench in
      let clerk = bench.token(.stCrm)
      let body = """
        {"kind": "invitation", "subject": "关怀日", "text": "诚邀参加",
         "event": {"title": "关怀日", "address": "东塔街3号", "startsAt": "2036-04-18T01:00:00Z"},
         "recipients": {"kinds": ["person"], "servedWithinDays": 30}}
        """
      let letter = try await bench.created("/v1/letters", clerk, body)
      #expect(letter.member("dueAt") == "2036-04-04T01:00:00.000Z" && letter.member("state") == "planned")
      let id = try #require(letter.member("id"))
      #expect(await bench.get("/v1/letters/\(id)/recipients", clerk).count("items") == 0)
      let changed = await bench.patch("/v1/letters/\(id)", clerk, version: 1, #"{"subject": "车主关怀日"}"#)
      #expect(changed.status == 200 && changed.member("subject") == "车主关怀日")
      expectProblem(
        await bench.act("/v1/letters/\(id)/send", clerk, #"{"channel": "post"}"#), 409, "invalid-transition")
      #expect(await bench.act("/v1/letters/\(id)/cancel", clerk, #"{"reason": "取消"}"#).status == 200)
      expectProblem(
        await bench.patch("/v1/letters/\(id)", clerk, version: 3, #"{"subject": "x"}"#), 409, "letter-not-editable")
      let past = #"{"kind": "notice", "subject": "s", "text": "t", "dueAt": "2020-01-01T00:00:00Z"}"#
      expectProblem(
        await bench.send("POST", "/v1/letters", clerk, body: past), 422, "validation-failed", pointer: "#/dueAt")
    }
  }

  @Test("a file says what it lacks, a station how its files stand, and nobody else's (CUS-01…06, CUS-11)")
  func files() async throws {
    try await APIBench.with { bench in
      let adviser = bench.token(.stAdviser)
      let customer = "\(bench.network.customer)"
      let status = await bench.get("/v1/customers/\(customer)/completeness", adviser)
      #expect(status.member("complete") == "0" && status.member("missing/0") == "#/address", "\(status.text)")
      #expect(status.member("policyVersion") == "followUps@0")
      let list = await bench.get("/v1/customer-files?overdue=false&limit=1", adviser)
      #expect(list.count("items") == 1 && list.member("items/0/customerId") == customer)
      let summary = await bench.get("/v1/customer-files/summary", adviser)
      #expect(summary.count("items") == 1 && summary.member("items/0/files") == "1")
      #expect(await bench.get("/v1/next-services?dueOnFrom=2026-01-01", adviser).count("items") == 0)
      let other = bench.token(.stAdviser, scope: .station(bench.network.otherStation))
      expectProblem(await bench.get("/v1/customers/\(customer)/completeness", other), 404, "not-found")
    }
  }

  @Test("an erasure takes the person out of calls, answers and letters, and ends the calls to come (SEC-04)")
  func erasure() async throws {
    try await APIBench.with { bench in
      let master = bench.master(.station(bench.network.station))
      let id = try await bench.create(
        "/v1/customers", master, #"{"kind": "person", "name": "欧阳娜娜", "phone": "13840012345"}"#)
      let visit = try await bench.create(
        "/v1/follow-ups", master,
        #"{"occasion": "visit", "customerId": "\#(id)", "script": "致电欧阳娜娜 138 4001 2345"}"#)
      _ = try await bench.created("/v1/follow-ups/\(visit)/notes", master, #"{"text": "欧阳娜娜晚上方便"}"#)
      let changed = await bench.patch("/v1/follow-ups/\(visit)", master, version: 1, #"{"script": "欧阳娜娜 13840012345"}"#)
      #expect(changed.status == 200)
      let survey = try await bench.create("/v1/surveys", bench.master(), MatrixDocuments.surveyBody("ERASE"))
      let response = try await bench.create(
        "/v1/survey-responses", master,
        """
        {"surveyId": "\(survey)", "customerId": "\(id)", "channel": "letter", "comment": "欧阳娜娜：很好",
         "answers": [{"code": "service", "number": 5}]}
        """)
      let letter = try await bench.create(
        "/v1/letters", master,
        """
        {"kind": "reply", "subject": "致欧阳娜娜", "text": "欧阳娜娜女士您好", "recipients": {"customerIds": ["\(id)"]},
         "dueAt": "2036-01-01T00:00:00Z"}
        """)
      let export = await bench.get("/v1/customers/\(id)/personal-data", bench.token(.stCrm))
      #expect(export.count("followUps") == 2 && export.count("surveyResponses") == 1)
      #expect(export.count("letters") == 1 && export.member("letters/0/id") == letter)
      let erased = await bench.act("/v1/customers/\(id)/erase", master, #"{"reason": "本人要求"}"#)
      #expect(erased.status == 200, "\(erased.text)")
      let tables = try bench.database.admin(
        "select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'")
      for table in tables.split(separator: "\n") {
        let rows = try bench.database.admin("select t::text from \(table) t")
        for trace in ["欧阳娜娜", "13840012345", "138 4001 2345"] { #expect(!rows.contains(trace), "\(trace) in \(table)") }
      }
      #expect(await bench.get("/v1/follow-ups/\(visit)", master).member("state") == "cancelled")
      #expect(await bench.get("/v1/survey-responses/\(response)", master).status == 200)
      #expect(await bench.get("/v1/letters/\(letter)", master).status == 200)
      expectProblem(
        await bench.send("POST", "/v1/follow-ups", master, body: #"{"occasion": "visit", "customerId": "\#(id)"}"#),
        422,
        "validation-failed", pointer: "#/customerId")
    }
  }
}
