import API
import Domain
import FoundationEssentials
import TestSupport
import Testing

/// Complaints over HTTP, each step with the token of the role whose it is (SM-4, CMP-01…34).
@Suite("Complaints over HTTP", .timeLimit(.minutes(20))) struct ComplaintTests {
  private static let path = "/v1/complaints"

  private static func body(_ bench: APIBench, _ more: String = "") -> String {
    """
    {"stationId": "\(bench.network.station)", "channel": "hotline",
     "contact": {"name": "王小明", "phone": "13812345678"}, "category": "repairQuality",
     "customerWords": "王小明说刹车又响了 Noise, call 13812345678", "vin": "\(TestNetwork.vin)",
     "symptom": "制动异响 Noise", "component": "制动系统 Brakes"\(more)}
    """
  }

  private func act(
    _ bench: APIBench, _ path: String, _ token: String, _ body: String = "{}"
  ) async throws -> TestAnswer {
    let answer = await bench.act(path, token, body)
    try #require(answer.status == 200, "\(path): \(answer.text)")
    return answer
  }

  @Test("the hotline takes complaints about every station, and each station sees its own (CALL-10)")
  func everyStation() async throws {
    try await APIBench.with { bench in
      let centre = bench.token(.callCentre, scope: .network)
      let stations = [bench.network.station, bench.network.otherStation]
      var made: [String] = []
      for station in stations {
        let body = Self.body(bench).replacing("\(bench.network.station)", with: "\(station)")
        made.append(try #require(try await bench.created(Self.path, centre, body).member("id")))
      }
      for (place, station) in stations.enumerated() {
        let found = await bench.get(Self.path, bench.token(.stServiceManager, scope: .station(station)))
        #expect(found.count("items") == 1 && found.member("items/0/id") == made[place], "\(found.text)")
      }
    }
  }

  @Test("a general complaint from the hotline to the archive, by the roles of SM-4")
  func general() async throws {
    try await APIBench.with { bench in
      let centre = bench.token(.callCentre, scope: .network)
      let manager = bench.token(.stServiceManager)
      let created = try await bench.created(
        Self.path, centre,
        Self.body(
          bench,
          #", "facts": {"brokeDown": true}, "compensationDemand": {"amount": "500.00", "currency": "CNY"}, "externalIds": {"crm": "1"}"#
        ))
      let path = "\(Self.path)/\(try #require(created.member("id")))"
      #expect(created.member("state") == "received" && created.member("number")?.hasPrefix("CP-SY001-") == true)
      #expect(created.member("facts/brokeDown") == "1" && created.member("compensationDemand/amount") == "500.00")
      let assigned = try await act(bench, "\(path)/assign", centre, #"{"department": "workshop", "handler": "张伟"}"#)
      #expect(assigned.member("assignment/department") == "workshop")
      _ = try await act(bench, "\(path)/investigate", manager, #"{"cause": "faultyWorkmanship"}"#)
      expectProblem(
        await bench.act("\(path)/propose-solution", manager, #"{"options": ["返修"]}"#), 422, "validation-failed",
        pointer: "#/promisedResolutionAt", code: "required")
      _ = try await act(
        bench, "\(path)/propose-solution", manager,
        #"{"options": ["返修 Rework", "退款 Refund"], "promisedResolutionAt": "2036-03-10T09:00:00Z", "toldBy": "phone"}"#)
      let clocks = await bench.get("\(path)/clocks", manager)
      for kind in ["forwardToSupervisor", "supervisorAnswer", "promisedResolution"] {
        #expect(clocks.text.contains("\"\(kind)\""), "\(clocks.text)")
      }
      expectProblem(
        await bench.act("\(path)/accept-solution", manager, #"{"channel": "phone"}"#), 422, "validation-failed",
        pointer: "#/option", code: "required")
      let accepted = try await act(
        bench, "\(path)/accept-solution", manager, #"{"option": 2, "channel": "phone"}"#)
      #expect(accepted.member("state") == "inExecution" && accepted.member("solutions/0/decision/option") == "2")
      _ = try await act(bench, "\(path)/resolve", manager, #"{"summary": "已退款 Refunded"}"#)
      expectProblem(
        await bench.act("\(path)/close", centre, #"{"satisfied": true, "rating": 5}"#), 422, "validation-failed",
        pointer: "#/conclusion", code: "required")
      let closed = try await act(
        bench, "\(path)/close", centre, #"{"satisfied": true, "rating": 5, "conclusion": "已退款，客户满意 Done"}"#)
      #expect(closed.member("state") == "closed" && closed.member("satisfactionCall/rating") == "5")
      let history = await bench.get("\(path)/history?limit=50", manager)
      #expect(history.count("items") == 7)
      #expect(!history.text.contains("13812345678") && !history.text.contains("王小明"))
      expectProblem(await bench.patch(path, centre, version: 7, #"{"component": "x"}"#), 409, "complaint-ended")
      let again = try await act(bench, "\(path)/reopen", centre, #"{"reason": "异响再现"}"#)
      #expect(again.member("state") == "investigating" && again.member("reopenings") == "1")
    }
  }

  @Test("who may not know the customer reads the case without his name and number (SEC-04)")
  func masking() async throws {
    try await APIBench.with { bench in
      let created = try await bench.created(Self.path, bench.token(.callCentre, scope: .network), Self.body(bench))
      let path = "\(Self.path)/\(try #require(created.member("id")))"
      let quality = await bench.get(path, bench.token(.qa, scope: .network))
      #expect(quality.member("personalDataMasked") == "1")
      #expect(!quality.text.contains("王小明") && !quality.text.contains("13812345678"))
      #expect(quality.member("customerWords")?.contains("刹车又响了") == true)
      let known = await bench.get(path, bench.token(.stServiceManager))
      #expect(known.member("contact/name") == "王小明" && known.member("contact/phone") == "13812345678")
    }
  }

  @Test("a second complaint about the same is told so, found by its number elsewhere, and merged (M16)")
  func duplicates() async throws {
    try await APIBench.with { bench in
      let centre = bench.token(.callCentre, scope: .network)
      let first = try await bench.created(
        Self.path, centre, Self.body(bench, #", "externalIds": {"odi": "11402345"}"#))
      let second = try await bench.created(Self.path, centre, Self.body(bench))
      let id = try #require(first.member("id"))
      #expect(second.member("duplicateCandidateIds/0") == id)
      let path = "\(Self.path)/\(try #require(second.member("id")))"
      let found = await bench.get("\(path)/duplicates", centre)
      #expect(found.member("items/0/id") == id && found.member("items/0/matches/0") == "vin")
      let listed = await bench.get("\(Self.path)?externalId=odi:11402345", centre)
      #expect(listed.count("items") == 1 && listed.member("items/0/id") == id)
      let merged = try await act(
        bench, "\(path)/merge", centre, #"{"complaintId": "\#(id)", "reason": "重复 Same"}"#)
      #expect(merged.member("state") == "merged" && merged.member("mergedIntoId") == id)
      #expect(
        await bench.get("\(Self.path)/\(id)", centre).member("mergedComplaintIds/0") == second.member("id"))
    }
  }

  @Test("a major complaint from the report to the storage of the vehicle, by the roles of SM-4 (CMP-20…33)")
  func major() async throws {
    try await APIBench.with { bench in
      let adviser = bench.token(.stAdviser)
      let afterSales = bench.token(.hqService, scope: .network)
      let quality = bench.token(.qa, scope: .network)
      let finance = bench.token(.finance, scope: .network)
      let logistics = bench.token(.logistics, scope: .network)
      let created = try await bench.created(
        Self.path, adviser, Self.body(bench, #", "facts": {"crash": true, "injured": 1}"#))
      let path = "\(Self.path)/\(try #require(created.member("id")))"
      expectProblem(
        await bench.act("\(path)/report-major", adviser, #"{"judgement": "制动失灵"}"#), 422, "validation-failed",
        pointer: "#/phoneCall", code: "required")
      let reported = try await act(
        bench, "\(path)/report-major", adviser,
        #"{"judgement": "制动失灵 No brakes", "phoneCall": {"spokenWith": "赵敏"}}"#)
      #expect(reported.member("state") == "majorReported" && reported.member("kind") == "major")
      let confirmed = try await act(bench, "\(path)/confirm-major", afterSales)
      #expect(confirmed.member("state") == "majorConfirmed" && confirmed.member("level") == "level1")
      #expect(await bench.get("\(path)/history?limit=20", afterSales).text.contains("qualityIssue.proposed"))
      let sent = try await act(
        bench, "\(path)/report-major", afterSales, #"{"recipients": ["qa", "hqServiceHead"]}"#)
      #expect(sent.member("majorReport/recipients/1") == "hqServiceHead")

      var members: [String] = []
      for role in [Role.qa, .pr, .finance, .legal] {
        let user = try await bench.create(
          "/v1/users", bench.master(),
          #"{"username": "hq-\#(role.rawValue)", "displayName": "李娜", "password": "Start-2026-sy001", "roles": ["\#(role.rawValue)"]}"#
        )
        members.append(#"{"userId": "\#(user)", "role": "\#(role.rawValue)"}"#)
      }
      expectProblem(
        await bench.act("\(path)/form-team", afterSales, #"{"members": [\#(members[0])]}"#), 422, "validation-failed",
        pointer: "#/reason", code: "required")
      let formed = try await act(
        bench, "\(path)/form-team", afterSales, #"{"members": [\#(members.joined(separator: ", "))]}"#)
      #expect(formed.count("team/members") == 4)
      #expect(await bench.get("\(path)/team", afterSales).count("items") == 4)

      _ = try await act(bench, "\(path)/arrive-on-site", quality, #"{"place": "大东区"}"#)
      expectProblem(
        await bench.act(
          "\(path)/appraise", quality,
          #"{"findings": "缺陷", "cause": "materialDefect", "liability": [{"party": "maker", "percent": 90}]}"#), 422,
        "validation-failed", pointer: "#/liability", code: "inconsistent")
      _ = try await act(
        bench, "\(path)/appraise", quality,
        #"{"findings": "缺陷 Defect", "cause": "materialDefect", "liability": [{"party": "maker", "percent": 100}]}"#)
      expectProblem(await bench.get("\(path)/agreement", afterSales), 404, "not-found")
      _ = try await act(
        bench, "\(path)/negotiate", afterSales,
        #"{"summary": "首轮 First", "demand": {"amount": "80000.00", "currency": "CNY"}, "offer": {"amount": "30000.00", "currency": "CNY"}}"#
      )
      let written = await bench.send(
        "PUT", "\(path)/agreement", afterSales, ["if-match": "*"],
        body:
          #"{"terms": "补偿 Pays", "compensation": {"amount": "30000.00", "currency": "CNY"}, "takesVehicleBack": true}"#
      )
      try #require(written.status == 200, "\(written.text)")
      let hash = try #require(written.member("agreement/hash"))
      #expect(hash.count == 64)
      expectProblem(
        await bench.act(
          "\(path)/sign-agreement", afterSales,
          #"{"side": "company", "hash": "\#(String(repeating: "0", count: 64))"}"#), 409, "agreement-changed")
      _ = try await act(
        bench, "\(path)/sign-agreement", afterSales, #"{"side": "customer", "name": "王小明", "hash": "\#(hash)"}"#)
      let effective = try await act(
        bench, "\(path)/sign-agreement", afterSales, #"{"side": "company", "hash": "\#(hash)"}"#)
      #expect(effective.member("state") == "agreementEffective")
      // Who signed for the customer is nobody's business without the permission.
      #expect(!(await bench.get("\(path)/agreement", quality)).text.contains("王小明"))
      _ = try await act(bench, "\(path)/execute", afterSales)
      let granted = try await act(
        bench, "\(path)/compensations", afterSales,
        #"{"purpose": "医疗费 Hospital", "amount": {"amount": "30000.00", "currency": "CNY"}}"#)
      #expect(granted.status == 200)
      let listed = await bench.get("\(path)/compensations", finance)
      let compensation = try #require(listed.member("items/0/id"))
      _ = try await act(
        bench, "\(path)/compensations/\(compensation)/pay", finance, #"{"reference": "FK-2026-1"}"#)
      expectProblem(
        await bench.act("\(path)/compensations/\(compensation)/pay", finance, #"{"reference": "FK-2026-1"}"#), 409,
        "compensation-paid")
      let blocked = await bench.act("\(path)/resolve", afterSales, #"{"summary": "x"}"#)
      #expect(blocked.member("guard") == "agreement-not-executed", "\(blocked.text)")
      _ = try await act(
        bench, "\(path)/vehicle-returns", logistics,
        #"{"vehicleId": "\#(bench.network.vehicle)", "transportNote": "YS-1", "odometerKm": 18262}"#)
      let returns = await bench.get("\(path)/vehicle-returns", logistics)
      let vehicle = try #require(returns.member("items/0/id"))
      _ = try await act(
        bench, "\(path)/vehicle-returns/\(vehicle)/store", logistics, #"{"place": "二号库", "condition": "变形 Bent"}"#)
      #expect(
        await bench.get("\(path)/vehicle-returns", logistics).member("items/0/storage/place") == "二号库")
      _ = try await act(bench, "\(path)/resolve", afterSales, #"{"summary": "执行完毕 Done"}"#)
      let closed = try await act(
        bench, "\(path)/close", afterSales, #"{"satisfied": true, "rating": 4, "conclusion": "归档 Archived"}"#)
      #expect(closed.member("state") == "closed" && closed.member("team") == nil)
    }
  }

  @Test("After-Sales files a major complaint as confirmed; a station's report waits for it (CMP-21, CMP-23)")
  func filing() async throws {
    try await APIBench.with { bench in
      let more = #", "majorReport": {"judgement": "起火 Fire", "phoneCall": {"spokenWith": "赵敏"}}"#
      let station = try await bench.created(Self.path, bench.token(.stAdviser), Self.body(bench, more))
      #expect(station.member("state") == "majorReported")
      let own = try await bench.created(
        Self.path, bench.token(.hqService, scope: .network),
        Self.body(bench, #", "majorReport": {"judgement": "起火 Fire", "level": "level2"}"#))
      #expect(own.member("state") == "majorConfirmed" && own.member("level") == "level2")
      // A clerk who may record complaints but not report major ones.
      let id = try #require(own.member("id"))
      let downgraded = try await act(
        bench, "\(Self.path)/\(id)/downgrade", bench.token(.hqService, scope: .network), #"{"reason": "误判 Wrong"}"#)
      #expect(downgraded.member("state") == "assigned" && downgraded.member("kind") == "general")
    }
  }

  @Test("a customer of the front end records and sees his own complaints only (D-27)")
  func own() async throws {
    try await APIBench.with { bench in
      let person = Subject.user(UUID.version7(at: SystemClock.now()))
      let customer = bench.token(
        Caller(
          subject: person, name: "王小明", roles: [.customer], permissions: Role.customer.permissions,
          scope: .station(bench.network.station), customers: [bench.network.customer]))
      let other = try await bench.created(Self.path, bench.token(.stAdviser), Self.body(bench))
      let own = try await bench.created(
        Self.path, customer, Self.body(bench, #", "customerId": "\#(bench.network.customer)""#))
      let list = await bench.get(Self.path, customer)
      #expect(list.count("items") == 1 && list.member("items/0/id") == own.member("id"))
      expectProblem(
        await bench.get("\(Self.path)/\(try #require(other.member("id")))", customer), 404, "not-found")
    }
  }
}
