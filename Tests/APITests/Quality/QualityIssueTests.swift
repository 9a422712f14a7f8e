import API
import Domain
import Foundation
import TestSupport
import Testing

/// Quality issues over HTTP: judged, graded, led on the three paths, closed with both receipts (SM-5, QI-01…QI-30).
@Suite("Quality issues over HTTP", .timeLimit(.minutes(20))) struct QualityIssueTests {
  private static let path = "/v1/quality-issues"

  private func act(
    _ bench: APIBench, _ path: String, _ token: String, _ body: String = "{}",
    _ location: SourceLocation = #_sourceLocation
  ) async throws -> TestAnswer {
    let answer = await bench.act(path, token, body, location)
    try #require(answer.status == 200, "\(path): \(answer.text)", sourceLocation: location)
    return answer
  }

  private func service(_ bench: APIBench) -> String {
    bench.token(.hqService, scope: .network, subject: .user(UUID.version7(at: SystemClock.now())))
  }

  private func report(
    _ bench: APIBench, _ token: String, _ facts: String, _ more: String = ""
  ) async throws -> (path: String, answer: TestAnswer) {
    let answer = try await bench.created(
      Self.path, token,
      #"{"source": "station", "symptom": "熄火 Stalls", "vehicleId": "\#(bench.network.vehicle)", "facts": \#(facts), "suspectedMajor": true\#(more)}"#
    )
    return ("\(Self.path)/\(try #require(answer.member("id")))", answer)
  }

  @Test(
    "the dry run judges at the boundaries and writes nothing (QI-13, QI-17, QI-18d, A1)",
    arguments: [
      (#""compensationDemand": {"amount": "9999.99", "currency": "CNY"}"#, nil, 0),
      (#""compensationDemand": {"amount": "10000", "currency": "CNY"}"#, "level3", 1),
      (#""compensationDemand": {"amount": "49999.99", "currency": "CNY"}"#, "level3", 1),
      (#""compensationDemand": {"amount": "50000.00", "currency": "CNY"}"#, "level2", 1),
      (
        #""companyLoss": {"amount": "100.00", "currency": "CNY"}, "vehicleValue": {"amount": "100.00", "currency": "CNY"}"#,
        nil, 0
      ),
      (
        #""companyLoss": {"amount": "100.01", "currency": "CNY"}, "vehicleValue": {"amount": "100.00", "currency": "CNY"}"#,
        "level1", 1
      ),
      (#""casualties": 0, "majorAccident": true"#, "level2", 1),
      (#""casualties": 1, "majorAccident": true, "breakdown": true"#, "level1", 2),
    ] as [(String, String?, Int)])
  func dryRun(_ facts: String, _ level: String?, _ matches: Int) async throws {
    try await APIBench.with { bench in
      let before = try bench.fingerprint()
      let answer = await bench.send("POST", "\(Self.path)/classify", service(bench), body: #"{"facts": {\#(facts)}}"#)
      #expect(answer.status == 200 && answer.member("level") == level && answer.count("matches") == matches)
      #expect(answer.member("policyVersion") == "qualityLevels@0")
      #expect(try bench.fingerprint() == before)
    }
  }

  @Test("a manufacturing error is asserted by a person who may grade, never by a system (D-06, QI-12)")
  func assertion() async throws {
    try await APIBench.with { bench in
      let body = #"{"facts": {"manufacturingError": {"evidence": "焊点漏焊"}}}"#
      let person = await bench.send("POST", "\(Self.path)/classify", service(bench), body: body)
      #expect(person.member("level") == "level1" && person.member("matches/0/criterion") == "L1-c")
      let machine = bench.token(.hqService, scope: .network)
      expectProblem(
        await bench.send("POST", "\(Self.path)/classify", machine, body: body), 422, "validation-failed",
        pointer: "#/facts/manufacturingError", code: "inconsistent")
      // A station reports what it sees; the assertion is not its to make.
      let manager = bench.token(
        .stServiceManager, subject: .user(UUID.version7(at: SystemClock.now())))
      let (path, _) = try await report(bench, manager, #"{"breakdown": true}"#)
      expectProblem(
        await bench.patch(path, manager, version: 1, #"{"facts": {"manufacturingError": {"evidence": "x"}}}"#), 403,
        "forbidden")
      expectProblem(
        await bench.send(
          "POST", "\(Self.path)/classify", service(bench), body: #"{"facts": {"manufacturingError": {}}}"#),
        422, "validation-failed", pointer: "#/facts/manufacturingError/evidence", code: "required")
    }
  }

  @Test(
    "level 1: confirmed, QA confirms, staff are sent in their time, measure, result, both receipts (QI-20, QI-28, T-18)"
  )
  func level1() async throws {
    try await APIBench.with { bench in
      let after = service(bench)
      let quality = bench.token(.qa, scope: .network)
      let manager = bench.token(.stServiceManager)
      let (path, reported) = try await report(bench, manager, #"{"casualties": 1}"#)
      #expect(reported.member("state") == "pendingConfirmation" && reported.member("proposedLevel") == "level1")
      #expect(reported.member("number")?.hasPrefix("QI-SY001-") == true)
      #expect(reported.member("proposedCriteria/0") == "L1-a" && reported.member("level") == nil)
      let confirmed = try await act(bench, "\(path)/confirm", after, #"{"level": "level1"}"#)
      #expect(confirmed.member("class") == "major" && confirmed.member("gradings/0/override") == "0")
      let skipped = await bench.act(
        "\(path)/inform-qa", after, #"{"informed": ["质保部"]}"#)
      expectProblem(skipped, 409, "guard-failed")
      #expect(skipped.member("guard") == "not-level-3")
      _ = try await act(bench, "\(path)/qa-confirm", quality)
      func clock(_ kind: String) async -> TestAnswer {
        await bench.get("/v1/clocks?resource=qualityIssue&kind=\(kind)", after)
      }
      #expect(await clock("level1SupportAssigned").member("items/0/state") == "running")
      let handled = try await act(bench, "\(path)/assign-support", quality, #"{"staff": ["孙浩", "周婷"]}"#)
      #expect(handled.member("state") == "inHandling")
      #expect(await clock("level1SupportAssigned").member("items/0/state") == "met")
      _ = try await act(bench, "\(path)/progress", manager, #"{"note": "备件已到 Parts arrived"}"#)
      let early = await bench.act("\(path)/resolve", after, #"{"result": "更换 Replaced"}"#)
      #expect(early.member("guard") == "measure-missing")
      let measured = await bench.act(
        "\(path)/measures", quality,
        #"{"kind": "corrective", "description": "改锁扣", "owner": "供应商", "dueDate": "2036-04-30"}"#)
      #expect(measured.status == 201 && measured.count("items") == 1)
      let station = await bench.act("\(path)/resolve", manager, #"{"result": "更换 Replaced"}"#)
      #expect(station.member("guard") == "handled-by-headquarters")
      let resolved = try await act(bench, "\(path)/resolve", after, #"{"result": "更换 Replaced"}"#)
      #expect(resolved.count("missingReceipts") == 2)
      expectProblem(await bench.act("\(path)/close", after), 409, "guard-failed")
      _ = try await act(bench, "\(path)/receipt", after, #"{"party": "station", "channel": "system"}"#)
      expectProblem(
        await bench.act("\(path)/receipt", after, #"{"party": "station", "channel": "phone"}"#), 422,
        "validation-failed", pointer: "#/party", code: "notUnique")
      #expect(await bench.act("\(path)/close", after).member("guard") == "receipt-missing")
      _ = try await act(bench, "\(path)/receipt", after, #"{"party": "customer", "channel": "phone"}"#)
      let closed = try await act(bench, "\(path)/close", after)
      #expect(closed.member("state") == "closed" && closed.count("missingReceipts") == 0)
      #expect(closed.count("handling") == 5)
      let history = await bench.get("\(path)/history?limit=50", after)
      for type in [
        "reported", "majorSuspected", "confirmed", "reportIssued", "qaConfirmed", "supportAssigned", "closed",
      ] {
        #expect(history.text.contains("qualityIssue.\(type)"), "\(type)")
      }
      let reopened = try await act(bench, "\(path)/reopen", after, #"{"reason": "复发 Again"}"#)
      #expect(reopened.member("state") == "pendingConfirmation" && reopened.count("receipts") == 0)
      #expect(reopened.member("reopeningCount") == "1")
    }
  }

  @Test("level 2: QA proposes the measures; level 3: After-Sales handles and tells QA (QI-21, QI-22)")
  func levels2And3() async throws {
    try await APIBench.with { bench in
      let after = service(bench)
      let quality = bench.token(.qa, scope: .network)
      let (second, _) = try await report(
        bench, after, #"{"compensationDemand": {"amount": "50000.00", "currency": "CNY"}}"#)
      _ = try await act(bench, "\(second)/confirm", after, #"{"level": "level2"}"#)
      expectProblem(await bench.act("\(second)/qa-confirm", quality), 409, "guard-failed")
      expectProblem(
        await bench.act("\(second)/propose-measures", quality, #"{"measures": []}"#), 422, "validation-failed",
        pointer: "#/measures", code: "tooShort")
      let proposed = try await act(
        bench, "\(second)/propose-measures", quality,
        #"{"measures": [{"kind": "corrective", "description": "改锁扣", "owner": "供应商", "dueDate": "2036-04-30"}]}"#)
      #expect(proposed.member("state") == "inHandling")
      #expect(await bench.get("\(second)/measures", quality).member("items/0/state") == "open")
      let (third, _) = try await report(bench, after, #"{"breakdown": true}"#)
      _ = try await act(bench, "\(third)/confirm", after, #"{"level": "level3"}"#)
      expectProblem(await bench.act("\(third)/qa-return", quality, #"{"reason": "x"}"#), 409, "guard-failed")
      let informed = try await act(bench, "\(third)/inform-qa", after, #"{"informed": ["质量保证部"]}"#)
      #expect(informed.member("state") == "inHandling" && informed.member("handling/1/people/0") == "质量保证部")
      let resolved = try await act(bench, "\(third)/resolve", after, #"{"result": "更换蓄电池"}"#)
      // It has a vehicle and no station: its customer alone is owed the result.
      #expect(resolved.count("missingReceipts") == 1 && resolved.member("missingReceipts/0") == "customer")
    }
  }

  @Test(
    "QA returns with a reason, After-Sales overrules the proposal with a reason, facts are judged before (D-08, QI-19)")
  func returned() async throws {
    try await APIBench.with { bench in
      let after = service(bench)
      let quality = bench.token(.qa, scope: .network)
      let (path, _) = try await report(bench, after, #"{"casualties": 1}"#)
      _ = try await act(bench, "\(path)/confirm", after, #"{"level": "level1"}"#)
      expectProblem(
        await bench.act("\(path)/qa-return", quality), 422, "validation-failed", pointer: "#/reason", code: "required")
      let returned = try await act(bench, "\(path)/qa-return", quality, #"{"reason": "伤情未核实"}"#)
      #expect(returned.member("state") == "pendingConfirmation")
      let clocks = await bench.get("\(path)/clocks", after)
      #expect(clocks.member("items/0/kind") == "majorReport" && clocks.member("items/0/state") == "cancelled")
      expectProblem(
        await bench.act("\(path)/confirm", after, #"{"level": "level3"}"#), 422, "validation-failed",
        pointer: "#/reason", code: "required")
      let confirmed = try await act(
        bench, "\(path)/confirm", after,
        #"{"level": "level2", "reason": "责任未定", "facts": {"casualties": 0, "majorAccident": true, "breakdown": true}}"#)
      #expect(confirmed.member("proposedLevel") == "level2" && confirmed.member("gradings/1/override") == "0")
      #expect(confirmed.member("facts/casualties") == "0")
      // The level that QA did not accept stands beside the one that took its place.
      #expect(
        confirmed.member("gradings/1/formerLevel") == "level1" && confirmed.member("gradings/0/formerLevel") == nil)
      let records = await bench.get("\(path)/classification", quality)
      #expect(records.count("items") == 3 && records.member("items/2/occasion") == "confirmed")
      #expect(records.count("items/2/matches") == 2 && records.member("items/0/facts/casualties") == "1")
    }
  }

  @Test("the report goes to leaders and QA; when all have it, its time is kept; it never changes (QI-23, T-19, F-12)")
  func majorReport() async throws {
    try await APIBench.with { bench in
      let after = service(bench)
      let (path, _) = try await report(bench, after, #"{"casualties": 1}"#)
      expectProblem(
        await bench.act("\(path)/confirm", after, #"{"level": "level1", "recipients": ["legal"]}"#), 422,
        "validation-failed", pointer: "#/recipients", code: "inconsistent")
      _ = try await act(
        bench, "\(path)/confirm", after, #"{"level": "level1", "recipients": ["qa", "hqServiceHead", "qa"]}"#)
      let issued = await bench.get("\(path)/reports", after)
      #expect(issued.count("items") == 1 && issued.count("items/0/recipients") == 2)
      #expect(issued.member("items/0/content/matches/0/criterion") == "L1-a")
      let deliveries = "\(path)/reports/1/deliveries"
      func deliver(_ body: String) async -> TestAnswer { await bench.send("POST", deliveries, after, body: body) }
      expectProblem(
        await deliver(#"{"recipient": "legal", "channel": "email"}"#), 422, "validation-failed", pointer: "#/recipient",
        code: "notInSet")
      expectProblem(
        await deliver(#"{"recipient": "qa", "channel": "email", "deliveredAt": "2020-01-01T00:00:00Z"}"#), 422,
        "validation-failed", pointer: "#/deliveredAt", code: "outOfRange")
      let first = await deliver(#"{"recipient": "qa", "channel": "phone"}"#)
      #expect(first.status == 201 && first.member("outstanding/0") == "hqServiceHead")
      expectProblem(
        await deliver(#"{"recipient": "qa", "channel": "phone"}"#), 422, "validation-failed", pointer: "#/recipient",
        code: "notUnique")
      #expect(await bench.get("\(path)/clocks", after).member("items/0/state") == "running")
      #expect(await deliver(#"{"recipient": "hqServiceHead", "channel": "email"}"#).count("outstanding") == 0)
      #expect(await bench.get("\(path)/clocks", after).member("items/0/state") == "met")
      let before = await bench.get("\(path)/reports", after).text
      let patched = await bench.patch(path, after, version: 2, #"{"symptom": "改 Changed", "facts": {"casualties": 2}}"#)
      #expect(patched.status == 200)
      #expect(await bench.get("\(path)/reports", after).text == before)
      expectProblem(
        await bench.send(
          "POST", "\(path)/reports/2/deliveries", after, body: #"{"recipient": "qa", "channel": "phone"}"#), 404,
        "not-found")
    }
  }

  @Test("re-grading is an event with a report and a path of its own; of two at once one wins (QI-29)")
  func regrade() async throws {
    try await APIBench.with { bench in
      let after = service(bench)
      let quality = bench.token(.qa, scope: .network)
      let (path, _) = try await report(bench, after, #"{"breakdown": true}"#)
      _ = try await act(bench, "\(path)/confirm", after, #"{"level": "level3"}"#)
      _ = try await act(bench, "\(path)/inform-qa", after, #"{"informed": ["质保部"]}"#)
      let regraded = try await act(
        bench, "\(path)/regrade", after, #"{"level": "level1", "reason": "一名乘客送医", "facts": {"casualties": 1}}"#)
      #expect(regraded.member("state") == "confirmed" && regraded.member("reportCount") == "2")
      #expect(regraded.member("gradings/1/formerLevel") == "level3" && regraded.member("gradings/1/override") == "0")
      let event = await bench.get("\(path)/history?limit=50", after)
      #expect(event.text.contains(#""formerLevel":"level3""#) && event.text.contains("qualityIssue.regraded"))
      // Confirmed as level 1: QA confirms while After-Sales grades it down.
      let version = try #require(regraded.member("version"))
      async let one = bench.act(
        "\(path)/qa-confirm", quality, ifMatch: "\"\(version)\"")
      async let other = bench.act(
        "\(path)/regrade", after, #"{"level": "level2", "reason": "伤者已排除"}"#, ifMatch: "\"\(version)\"")
      let statuses = await [one.status, other.status].sorted()
      #expect(statuses == [200, 412])
      let now = await bench.get(path, after)
      #expect(["qaConfirmed", "confirmed"].contains(now.member("state") ?? ""))
      #expect((now.member("state") == "confirmed") == (now.member("level") == "level2"))
    }
  }

  @Test(
    "confirming and re-grading at once without a version: the database lets one follow the other, never both at once (QI-29)"
  )
  func concurrent() async throws {
    try await APIBench.with { bench in
      let after = service(bench)
      for round in 0..<4 {
        let (path, _) = try await report(bench, after, #"{"breakdown": true}"#)
        async let confirm = bench.act("\(path)/confirm", after, #"{"level": "level3"}"#)
        async let regrade = bench.act("\(path)/regrade", after, #"{"level": "level1", "reason": "x"}"#)
        async let again = bench.act("\(path)/confirm", after, #"{"level": "level3"}"#)
        let answers = await [confirm, regrade, again]
        #expect([answers[0].status, answers[2].status].sorted() == [200, 409], "round \(round)")
        let now = await bench.get(path, after)
        let expected = answers[1].status == 200 ? 2 : 1
        #expect(now.count("gradings") == expected && now.member("reportCount") == "\(expected)")
        #expect(now.member("level") == (expected == 2 ? "level1" : "level3"))
      }
    }
  }

  @Test("a judgement replays to the same answer after the policy has changed (A1)")
  func replay() async throws {
    try await APIBench.with { bench in
      let after = service(bench)
      let (path, reported) = try await report(
        bench, after, #"{"compensationDemand": {"amount": "50000.00", "currency": "CNY"}}"#)
      #expect(reported.member("proposedLevel") == "level2")
      // Another version of the numbers, approved by another person, holding from now on.
      let current = await bench.get("/v1/policies/qualityLevels", bench.master())
      let policy = try #require(
        try JSONSerialization.jsonObject(with: Data(current.text.utf8)) as? [String: Any])
      var numbers = try #require(policy["body"] as? [String: Any])
      numbers["level2DemandFrom"] = ["amount": "80000.00", "currency": "CNY"]
      let body = try JSONSerialization.data(withJSONObject: ["body": numbers, "reason": "调整 Changed"])
      let versions = "/v1/policies/qualityLevels/versions"
      let drafted = await bench.send(
        "POST", versions, bench.master(), body: String(decoding: body, as: UTF8.self))
      try #require(drafted.status == 201, "\(drafted.text)")
      _ = try await act(bench, "\(versions)/1/submit", bench.master())
      _ = try await act(bench, "\(versions)/1/approve", bench.master())
      let judged = try await act(bench, "\(path)/classification", after)
      #expect(judged.member("proposedLevel") == "level3")
      let replayed = await bench.send("POST", "\(path)/classification/replay", after, body: "{}")
      #expect(replayed.status == 200 && replayed.member("items/0/same") == "1")
      #expect(replayed.member("items/0/recorded/policyVersion") == "qualityLevels@0")
      #expect(replayed.member("items/0/replayedLevel") == "level2")
      #expect(replayed.member("items/1/recorded/policyVersion") == "qualityLevels@1")
      #expect(replayed.member("items/1/replayedLevel") == "level3" && replayed.member("items/1/same") == "1")
    }
  }

  private static func body(_ bench: APIBench, _ source: String, _ facts: String, suspected: Bool) -> String {
    #"{"source": "\#(source)", "symptom": "异响 Noise", "vehicleId": "\#(bench.network.vehicle)", "facts": \#(facts), "suspectedMajor": \#(suspected)}"#
  }

  @Test(
    "each of the four sources reports, and what its receiver takes for major waits for After-Sales (QI-02, QI-03, QI-05)",
    arguments: ["callCentre", "station", "customer", "dealer"])
  func sources(_ source: String) async throws {
    try await APIBench.with { bench in
      let after = service(bench)
      let plain = try await bench.created(Self.path, after, Self.body(bench, source, "{}", suspected: false))
      #expect(plain.member("source") == source && plain.member("state") == "reported", "\(plain.text)")
      let major = try await bench.created(
        Self.path, after, Self.body(bench, source, #"{"casualties": 1}"#, suspected: true))
      #expect(major.member("state") == "pendingConfirmation" && major.member("class") == nil, "\(major.text)")
      #expect(await bench.get("\(Self.path)?source=\(source)", after).count("items") == 2)
    }
  }

  @Test(
    "claims clerk and technical director feed problems back to the maker, where QA and After-Sales read them (QI-35…37)",
    arguments: [Role.stClaims, .stTechDirector])
  func feedback(_ role: Role) async throws {
    try await APIBench.with { bench in
      let clerk = bench.token(role)
      let made = try await bench.created(
        Self.path, clerk,
        #"{"source": "station", "symptom": "同批油泵早期失效 Pumps of one batch fail early", "vehicleId": "\#(bench.network.vehicle)", "defects": [{"partNumber": "FP-1", "faultCode": "P0230"}], "facts": {"qualityDefect": true}}"#
      )
      let path = "\(Self.path)/\(try #require(made.member("id")))"
      for reader in [Role.qa, .hqService, .hqServiceHead] {
        let read = await bench.get(path, bench.token(reader, scope: .network))
        #expect(read.status == 200 && read.member("defects/0/partNumber") == "FP-1", "\(reader): \(read.text)")
      }
      let other = bench.token(role, scope: .station(bench.network.otherStation))
      expectProblem(await bench.get(path, other), 404, "not-found")
      // What was told stays on record: nobody takes it away.
      expectProblem(await bench.send("DELETE", path, bench.master()), 405, "method-not-allowed")
      #expect(await bench.get("\(path)/history", clerk).count("items") >= 1)
    }
  }

  @Test(
    "quality information is collected, confirmed, reported, passed on, analysed, handled, summarised and archived (QI-01)"
  )
  func eightVerbs() async throws {
    try await APIBench.with { bench in
      let after = service(bench)
      let quality = bench.token(.qa, scope: .network)
      let manager = bench.token(.stServiceManager)
      // Collected, of a station.
      let (path, collected) = try await report(bench, manager, #"{"casualties": 1}"#)
      let number = try #require(collected.member("number"))
      let then = try #require(collected.member("createdAt"))
      #expect(collected.member("source") == "station" && collected.member("class") == nil)
      // Confirmed, by After-Sales.
      let confirmed = try await act(
        bench, "\(path)/confirm", after, #"{"level": "level1", "recipients": ["qa", "hqServiceHead"]}"#)
      #expect(confirmed.member("class") == "major" && confirmed.member("level") == "level1")
      // Reported: on its form, to leaders and QA, until each has it.
      #expect(await bench.get("\(path)/reports", after).count("items/0/recipients") == 2)
      for (recipient, outstanding) in [("qa", 1), ("hqServiceHead", 0)] {
        let delivered = await bench.send(
          "POST", "\(path)/reports/1/deliveries", after,
          body: #"{"recipient": "\#(recipient)", "channel": "email"}"#)
        #expect(delivered.status == 201 && delivered.count("outstanding") == outstanding, "\(delivered.text)")
      }
      // Passed on: QA has it and sends its people, whose names the station reads.
      _ = try await act(bench, "\(path)/qa-confirm", quality)
      _ = try await act(bench, "\(path)/assign-support", quality, #"{"staff": ["孙浩"]}"#)
      #expect(await bench.get(path, manager).member("state") == "inHandling")
      // Analysed: judged by the criteria, and its causes found.
      let judged = await bench.get("\(path)/classification", quality)
      #expect(judged.member("items/0/matches/0/criterion") == "L1-a", "\(judged.text)")
      let causes = await bench.send(
        "PUT", "\(path)/eight-d/D4", quality, ["if-match": "*"],
        body:
          #"{"summary": "锁扣", "isComplete": true, "causes": [{"kind": "technicalOccurrence", "description": "模具", "isVerified": true}, {"kind": "systemicNonDetection", "description": "检验缺项", "isVerified": true}]}"#
      )
      #expect(causes.status == 200 && causes.count("disciplines/4/causes") == 2, "\(causes.text)")
      // Handled: a measure, the result, and both who wait for it are told.
      let measured = await bench.act(
        "\(path)/measures", quality,
        #"{"kind": "corrective", "description": "改锁扣", "owner": "供应商", "dueDate": "2036-04-30"}"#)
      #expect(measured.status == 201, "\(measured.text)")
      _ = try await act(bench, "\(path)/resolve", after, #"{"result": "更换 Replaced"}"#)
      for party in ["station", "customer"] {
        _ = try await act(bench, "\(path)/receipt", after, #"{"party": "\#(party)", "channel": "phone"}"#)
      }
      _ = try await act(bench, "\(path)/close", after)
      // Summarised: by day, week and month.
      let daily = await bench.get("/v1/reports/major-quality-daily", quality)
      #expect(daily.member("rows/0/number") == number && daily.member("rows/0/level") == "level1", "\(daily.text)")
      #expect(await bench.get("/v1/reports/quality-weekly", quality).member("figures/level1") == "1")
      let monthly = await bench.get("/v1/reports/quality-monthly", quality)
      #expect(monthly.member("figures/major") == "1" && monthly.member("figures/corrective") == "1", "\(monthly.text)")
      // Archived: closed, with all that was written, as it is and as it was.
      let archived = await bench.get("\(Self.path)?state=closed", after)
      #expect(archived.count("items") == 1 && archived.member("items/0/number") == number)
      #expect(await bench.act("\(path)/resolve", after, #"{"result": "x"}"#).status == 409)
      for part in ["classification", "eight-d", "history", "measures", "reports"] {
        #expect(await bench.get("\(path)/\(part)", after).status == 200, "\(part)")
      }
      let past = await bench.get("\(path)?asOf=\(then)", after)
      #expect(past.member("state") == "pendingConfirmation" && past.member("level") == nil, "\(past.text)")
    }
  }

  /// What the database says to the application when it is asked for something; empty where it is done.
  private static func refusal(_ bench: APIBench, _ sql: String) -> String {
    do {
      try bench.database.asApplication(scope: "*", sql)
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test(
    "no record of quality information is deleted, what was judged and reported never changes, and the past of the rest stays (QI-25)"
  )
  func archive() async throws {
    try await APIBench.with { bench in
      let after = service(bench)
      let (path, made) = try await report(bench, after, #"{"casualties": 1}"#)
      let then = try #require(made.member("createdAt"))
      _ = try await act(bench, "\(path)/confirm", after, #"{"level": "level1"}"#)
      let records = [
        "quality_issues", "quality_classifications", "quality_reports", "quality_report_deliveries", "quality_measures",
        "quality_disciplines", "campaigns", "campaign_vehicles", "work_order_campaigns", "early_warnings",
        "early_warning_observations", "early_warning_statistics",
      ]
      let pasts = [
        "quality_issues_history", "quality_measures_history", "quality_disciplines_history", "campaigns_history",
        "campaign_vehicles_history", "early_warnings_history", "defect_occurrences_history",
      ]
      for table in records + pasts {
        #expect(Self.refusal(bench, "delete from \(table)").contains("permission denied"), "\(table)")
        #expect(Self.refusal(bench, "truncate \(table) cascade").contains("permission denied"), "\(table)")
      }
      let written = [
        ("quality_classifications", "classified_at"), ("quality_reports", "issued_at"),
        ("quality_report_deliveries", "recorded_at"), ("early_warning_observations", "recorded_at"),
        ("work_order_campaigns", "answered_at"),
      ]
      for (table, column) in written + pasts.map({ ($0, "recorded_to") }) {
        #expect(
          Self.refusal(bench, "update \(table) set \(column) = now()").contains("permission denied"), "\(table)")
      }
      // Of what may change the database itself keeps the past, whoever writes.
      let id = try #require(made.member("id"))
      #expect(
        Self.refusal(bench, "update quality_issues set symptom = 'x', updated_at = now() where id = '\(id)'").isEmpty)
      #expect(await bench.get(path, after).member("symptom") == "x")
      let past = await bench.get("\(path)?asOf=\(then)", after)
      #expect(past.member("symptom") == "熄火 Stalls" && past.member("state") == "pendingConfirmation", "\(past.text)")
      expectProblem(await bench.send("DELETE", path, bench.master()), 405, "method-not-allowed")
    }
  }

  @Test("when a customer is erased, his name goes and the facts of safety stay, in the past as well (QI-25, SEC-04)")
  func archiveAfterErasure() async throws {
    try await APIBench.with { bench in
      let after = service(bench)
      let quality = bench.token(.qa, scope: .network)
      let master = bench.master(.station(bench.network.station))
      let customer = try await bench.create(
        "/v1/customers", master, #"{"kind": "person", "name": "欧阳质量", "phone": "13855557777"}"#)
      let made = try await bench.created(
        Self.path, after,
        #"{"source": "customer", "stationId": "\#(bench.network.station)", "symptom": "欧阳质量受伤，气囊未打开", "customerId": "\#(customer)", "vehicleId": "\#(bench.network.vehicle)", "defects": [{"partNumber": "SRS-1", "faultCode": "B0001"}], "facts": {"casualties": 1, "majorAccident": true}, "suspectedMajor": true}"#
      )
      let path = "\(Self.path)/\(try #require(made.member("id")))"
      let then = try #require(made.member("createdAt"))
      _ = try await act(bench, "\(path)/confirm", after, #"{"level": "level1"}"#)
      _ = try await act(bench, "\(path)/qa-confirm", quality)
      _ = try await act(bench, "\(path)/assign-support", quality, #"{"staff": ["孙浩"]}"#)
      let measured = await bench.act(
        "\(path)/measures", quality,
        #"{"kind": "corrective", "description": "改接插件", "owner": "供应商", "dueDate": "2036-04-30"}"#)
      #expect(measured.status == 201, "\(measured.text)")
      // While it is open it holds him.
      let reason = #"{"reason": "本人要求"}"#
      let head = bench.token(.hqServiceHead, scope: .network)
      expectProblem(await bench.act("/v1/customers/\(customer)/erase", head, reason), 409, "legal-hold")
      _ = try await act(bench, "\(path)/resolve", after, #"{"result": "已赔付欧阳质量"}"#)
      for party in ["station", "customer"] {
        _ = try await act(bench, "\(path)/receipt", after, #"{"party": "\#(party)", "channel": "phone"}"#)
      }
      _ = try await act(bench, "\(path)/close", after)
      let erased = await bench.act("/v1/customers/\(customer)/erase", head, reason)
      try #require(erased.status == 200, "\(erased.text)")

      let now = await bench.get(path, after)
      let past = await bench.get("\(path)?asOf=\(then)", after)
      #expect(now.member("state") == "closed" && now.member("level") == "level1", "\(now.text)")
      #expect(past.member("state") == "pendingConfirmation", "\(past.text)")
      for answer in [now, past] {
        #expect(answer.status == 200 && answer.member("facts/casualties") == "1", "\(answer.text)")
        #expect(answer.member("facts/majorAccident") == "1" && answer.member("defects/0/partNumber") == "SRS-1")
        #expect(answer.member("vehicleId") == "\(bench.network.vehicle)")
        #expect(answer.member("symptom")?.hasSuffix("受伤，气囊未打开") == true, "\(answer.text)")
      }
      let judged = await bench.get("\(path)/classification", quality)
      #expect(judged.member("items/0/facts/casualties") == "1" && judged.member("items/0/level") == "level1")
      let reports = await bench.get("\(path)/reports", after)
      #expect(reports.member("items/0/content/matches/0/criterion") == "L1-a", "\(reports.text)")
      for part in ["classification", "eight-d", "history?limit=50", "measures", "reports"] {
        let answer = await bench.get("\(path)/\(part)", after)
        #expect(answer.status == 200 && !answer.text.contains("欧阳质量"), "\(part): \(answer.text)")
      }
      #expect(!now.text.contains("欧阳质量") && !past.text.contains("欧阳质量"))
    }
  }

  @Test("a customer's feedback names him and his vehicle and is found by both (QI-34)")
  func feedbackCard() async throws {
    try await APIBench.with { bench in
      let after = service(bench)
      let made = try await bench.created(
        Self.path, after,
        #"{"source": "customer", "stationId": "\#(bench.network.station)", "symptom": "座椅异响 Seat squeaks", "customerId": "\#(bench.network.customer)", "vehicleId": "\#(bench.network.vehicle)", "facts": {}}"#
      )
      let id = try #require(made.member("id"))
      #expect(made.member("customerId") == "\(bench.network.customer)", "\(made.text)")
      let found = await bench.get("\(Self.path)?source=customer&vehicleId=\(bench.network.vehicle)", after)
      #expect(found.count("items") == 1 && found.member("items/0/id") == id, "\(found.text)")
    }
  }

  @Test(
    "a delivered order leaves a general record with its upload time; the station's upload keeps it (WO-45, WO-46, T-22, QI-04, QI-26)"
  )
  func generalRecord() async throws {
    try await APIBench.with { bench in
      let master = bench.master()
      let order = try await bench.walk(master).order(in: .delivered)
      let found = await bench.get("\(Self.path)?workOrderId=\(order)", bench.token(.stServiceManager))
      #expect(found.count("items") == 1 && found.member("items/0/state") == "general")
      #expect(found.member("items/0/class") == "general" && found.member("items/0/source") == "workOrder")
      let path = "\(Self.path)/\(try #require(found.member("items/0/id")))"
      let manager = bench.token(.stServiceManager)
      let clocks = await bench.get("\(path)/clocks", manager)
      #expect(clocks.member("items/0/kind") == "generalQualityUpload" && clocks.member("items/0/state") == "running")
      let uploaded = try await act(bench, "\(path)/resolve", manager, #"{"result": "更换制动片 Pads replaced"}"#)
      #expect(uploaded.member("state") == "resolved" && uploaded.count("missingReceipts") == 0)
      #expect(await bench.get("\(path)/clocks", manager).member("items/0/state") == "met")
      let closed = try await act(bench, "\(path)/close", service(bench))
      #expect(closed.member("state") == "closed")
      let other = bench.token(.stServiceManager, scope: .station(bench.network.otherStation))
      expectProblem(await bench.get(path, other), 404, "not-found")
    }
  }

  @Test("defects are counted over the network by model, part and fault, and make a level by themselves (QI-30, QI-18a)")
  func frequencies() async throws {
    try await APIBench.with { bench in
      let after = service(bench)
      let model = try await bench.create(
        "/v1/vehicle-models", bench.master(),
        #"{"code": "QX-1", "brand": "华晨", "series": "X5", "name": "X5", "powertrain": "ice"}"#)
      func body(_ fault: String) -> String {
        #"{"source": "customer", "symptom": "熄火", "modelId": "\#(model)", "defects": [{"partNumber": "FP-1", "faultCode": "\#(fault)"}, {"partNumber": "FP-1", "faultCode": "\#(fault)"}], "facts": {"qualityDefect": true}}"#
      }
      let threshold = PolicyDefaults.qualityLevels.ratherHighFrequency
      var last = await bench.send("POST", Self.path, after, body: body("P1"))
      for _ in 1..<threshold.complaints {
        #expect(last.status == 201 && last.member("proposedLevel") == nil, "\(last.text)")
        last = await bench.send("POST", Self.path, after, body: body("P1"))
      }
      #expect(last.member("proposedLevel") == "level3" && last.member("proposedCriteria/0") == "L3-a")
      #expect(await bench.send("POST", Self.path, after, body: body("P2")).member("proposedLevel") == nil)
      let groups = await bench.get("/v1/defect-frequencies?modelId=\(model)", after)
      #expect(groups.count("items") == 2 && groups.member("items/0/faultCode") == "P1")
      #expect(groups.member("items/0/occurrences") == "\(threshold.complaints)")
      let dry = await bench.send(
        "POST", "\(Self.path)/classify", after,
        body:
          #"{"facts": {"qualityDefect": true}, "modelId": "\#(model)", "defects": [{"partNumber": "FP-1", "faultCode": "P1"}]}"#
      )
      #expect(dry.member("level") == "level3")
      // A corrected defect is counted where it belongs.
      let path = "\(Self.path)/\(try #require(last.member("id")))"
      let patched = await bench.patch(
        path, after, version: 1, #"{"defects": [{"partNumber": "FP-1", "faultCode": "P2"}]}"#)
      #expect(patched.status == 200 && patched.member("proposedLevel") == nil, "\(patched.text)")
      let moved = await bench.get("/v1/defect-frequencies?modelId=\(model)&faultCode=P2", after)
      #expect(moved.member("items/0/occurrences") == "2")
      #expect(await bench.get("\(Self.path)?proposedLevel=level3&modelId=\(model)", after).count("items") == 0)
    }
  }

  @Test("what was counted for a defect goes with the defect (QI-30, QI-18a)")
  func defectTakenBack() async throws {
    try await APIBench.with { bench in
      let after = service(bench)
      let model = try await bench.create(
        "/v1/vehicle-models", bench.master(),
        #"{"code": "QX-2", "brand": "华晨", "series": "X6", "name": "X6", "powertrain": "ice"}"#)
      let body =
        #"{"source": "customer", "symptom": "熄火", "modelId": "\#(model)", "defects": [{"faultCode": "P9"}], "facts": {"qualityDefect": true}}"#
      var last = await bench.send("POST", Self.path, after, body: body)
      for _ in 1..<PolicyDefaults.qualityLevels.ratherHighFrequency.complaints {
        last = await bench.send("POST", Self.path, after, body: body)
      }
      #expect(last.member("proposedLevel") == "level3", "\(last.text)")
      let path = "\(Self.path)/\(try #require(last.member("id")))"
      let patched = await bench.patch(path, after, version: 1, #"{"defects": []}"#)
      #expect(patched.status == 200 && patched.count("facts/complaintFrequency") == 0, "\(patched.text)")
      #expect(patched.member("proposedLevel") == nil && patched.count("proposedCriteria") == 0)
    }
  }

  @Test(
    "a complaint is judged when it is made and when its facts change; confirmed as major it opens one issue (A1, QI-39, CMP-16)"
  )
  func complaint() async throws {
    try await APIBench.with { bench in
      let after = service(bench)
      let made = try await bench.created(
        "/v1/complaints", after,
        #"{"stationId": "\#(bench.network.station)", "channel": "headquarters", "contact": {"name": "王小明"}, "category": "vehicleQuality", "customerWords": "熄火 Stalls", "vehicleId": "\#(bench.network.vehicle)", "facts": {"brokeDown": true}}"#
      )
      let id = try #require(made.member("id"))
      func judged() throws -> [String] {
        try bench.database.admin(
          "select occasion, coalesce(level, '-') from quality_classifications where subject_id = '\(id)' order by sequence"
        ).split(separator: "\n").map(String.init)
      }
      #expect(try judged() == ["created|level3"])
      let patched = await bench.patch("/v1/complaints/\(id)", after, version: 1, #"{"facts": {"injured": 1}}"#)
      #expect(patched.status == 200, "\(patched.text)")
      #expect(try judged() == ["created|level3", "changed|level1"])
      let words = await bench.patch("/v1/complaints/\(id)", after, version: 2, #"{"customerWords": "又熄火 Again"}"#)
      #expect(words.status == 200, "\(words.text)")
      #expect(try judged().count == 2, "other words are no other facts")

      let reported = await bench.act(
        "/v1/complaints/\(id)/report-major", after,
        #"{"judgement": "有人受伤", "phoneCall": {"spokenWith": "赵敏"}}"#)
      #expect(reported.status == 200, "\(reported.text)")
      _ = try await act(bench, "/v1/complaints/\(id)/confirm-major", after)
      let issues = await bench.get("\(Self.path)?complaintId=\(id)", after)
      #expect(issues.count("items") == 1 && issues.member("items/0/state") == "pendingConfirmation")
      #expect(issues.member("items/0/source") == "complaint" && issues.member("items/0/proposedLevel") == "level1")
      #expect(issues.member("items/0/stationId") == "\(bench.network.station)")
      let history = await bench.get("/v1/complaints/\(id)/history?limit=50", after)
      #expect(history.text.contains(issues.member("items/0/number") ?? "-"))
    }
  }

  @Test("measures and 8D: owner, day, proven effect, causes of occurrence and non-detection (D0…D8)")
  func eightD() async throws {
    try await APIBench.with { bench in
      let after = service(bench)
      let quality = bench.token(.qa, scope: .network)
      let (path, _) = try await report(bench, after, #"{"salesImpact": "direct"}"#)
      expectProblem(
        await bench.act(
          "\(path)/measures", quality,
          #"{"kind": "corrective", "description": "a", "owner": "b", "dueDate": "2036-04-30"}"#),
        409, "quality-issue-not-open")
      // What is wrong with the day is said of a measure that is there, on an issue that is open.
      let toCome = #"{"state": "done", "completedDate": "2999-01-01"}"#
      expectProblem(
        await bench.patch("\(path)/measures/1", quality, version: 1, toCome), 409, "quality-issue-not-open")
      _ = try await act(bench, "\(path)/confirm", after, #"{"level": "level2"}"#)
      _ = await bench.act(
        "\(path)/measures", quality,
        #"{"kind": "containment", "description": "排查", "owner": "质量部", "dueDate": "2036-04-30"}"#)
      expectProblem(
        await bench.patch("\(path)/measures/1", quality, version: 3, #"{"state": "done"}"#), 422, "validation-failed",
        pointer: "#/completedDate", code: "required")
      expectProblem(
        await bench.patch("\(path)/measures/1", quality, version: 3, toCome), 422, "validation-failed",
        pointer: "#/completedDate", code: "outOfRange")
      for body in ["{}", toCome] {
        expectProblem(await bench.patch("\(path)/measures/7", quality, version: 3, body), 404, "not-found")
      }
      let done = await bench.patch(
        "\(path)/measures/1", quality, version: 3,
        #"{"state": "done", "completedDate": "2020-04-01", "effectivenessPercent": 95, "proof": "抽检"}"#)
      #expect(done.status == 200 && done.member("items/0/effectivenessPercent") == "95")
      func write(_ discipline: String, _ body: String) async -> TestAnswer {
        await bench.send("PUT", "\(path)/eight-d/\(discipline)", quality, ["if-match": "*"], body: body)
      }
      expectProblem(
        await write(
          "D4",
          #"{"summary": "锁扣", "isComplete": true, "causes": [{"kind": "technicalOccurrence", "description": "模具", "isVerified": true}]}"#
        ),
        409, "guard-failed")
      let written = await write(
        "D4",
        #"{"summary": "锁扣", "isComplete": true, "causes": [{"kind": "technicalOccurrence", "description": "模具", "isVerified": true}, {"kind": "systemicNonDetection", "description": "检验缺项", "isVerified": true}]}"#
      )
      #expect(written.status == 200 && written.count("disciplines/4/causes") == 2)
      expectProblem(await write("D9", #"{"summary": "x"}"#), 404, "not-found")
      // Complete is complete: a measure that is still to be done comes after the discipline is opened again.
      let corrective = #"{"kind": "corrective", "description": "改锁扣", "owner": "供应商", "dueDate": "2036-04-30"}"#
      #expect(await bench.act("\(path)/measures", quality, corrective).status == 201)
      let proven = await bench.send(
        "PATCH", "\(path)/measures/2", quality, ["if-match": "*"],
        body: #"{"state": "done", "completedDate": "2020-04-01", "effectivenessPercent": 100, "proof": "路试"}"#)
      #expect(proven.status == 200, "\(proven.text)")
      #expect(await write("D6", #"{"summary": "已实施", "isComplete": true}"#).status == 200)
      let unproven = await bench.act("\(path)/measures", quality, corrective)
      expectProblem(unproven, 409, "guard-failed")
      #expect(unproven.member("guard") == "discipline-incomplete")
      #expect(await write("D6", #"{"summary": "再查"}"#).status == 200)
      #expect(await bench.act("\(path)/measures", quality, corrective).status == 201)
      let record = await bench.get("\(path)/eight-d", after)
      #expect(record.count("disciplines") == 9 && record.member("disciplines/3/measures/0/owner") == "质量部")
      #expect(record.member("disciplines/4/completedBy") == "测试" && record.member("disciplines/5/summary") == nil)
    }
  }
}
