import API
import Domain
import FoundationEssentials
import TestSupport
import Testing

/// What customers have beyond the conventions of records: masking, merging, vehicles.
@Suite("Customers over HTTP", .timeLimit(.minutes(20))) struct CustomerTests {
  private static let body = """
    {"kind": "person", "name": "欧阳娜娜", "phone": "+86 138-4001-2345", "phone2": "024-88990011",
     "email": "nana.ouyang@example.cn", "address": "辽宁省沈阳市沈河区青年大街100号", "city": "沈阳市", "note": "VIP"}
    """

  /// Reads customers, not who they are.
  private static let reader: Role = .stTechnician

  @Test("without customers:readPersonal everything personal is masked, in every answer (SEC-04)")
  func masking() async throws {
    try await APIBench.with { bench in
      let adviser = bench.token(.stAdviser)
      let technician = bench.token(Self.reader, subject: .user(bench.network.technician.uuid))
      let made = try await bench.created("/v1/customers", adviser, Self.body)
      let id = try #require(made.member("id"))
      #expect(made.member("name") == "欧阳娜娜" && made.member("personalDataMasked") == "0")
      #expect(made.member("stationId") == "\(bench.network.station)")
      #expect(made.member("number")?.hasPrefix("CU-SY001-") == true)

      let masked = await bench.get("/v1/customers/\(id)", technician)
      #expect(masked.member("personalDataMasked") == "1" && masked.member("name") == "欧阳*")
      #expect(masked.member("phone") == "138****2345" && masked.member("email") == "n***@example.cn")
      #expect(masked.member("address") == "沈阳市***" && masked.member("note") == "***")
      let order = try await bench.create(
        "/v1/work-orders", adviser,
        """
        {"customerId": "\(id)", "vehicleId": "\(bench.network.vehicle)", "summary": "异响",
         "contact": {"name": "欧阳娜娜", "phone": "13840012345"}}
        """)
      // It becomes his job, so that he sees it.
      let assigned = await bench.act(
        "/v1/work-orders/\(order)/assign", bench.master(),
        #"{"assignments": [{"technicianId": "\#(bench.network.technician)"}]}"#)
      #expect(assigned.status == 200, "\(assigned.text)")
      _ = await bench.patch("/v1/customers/\(id)", adviser, version: 1, #"{"address": "沈阳市和平区南京街1号"}"#)
      for path in [
        "customers/\(id)", "customers", "customers/\(id)/history", "customers/\(id)/vehicles", "work-orders/\(order)",
        "work-orders", "work-orders/\(order)/history", "vehicles/\(bench.network.vehicle)/timeline",
        "customers/\(id)?fields=name,phone,email,address,note",
      ] {
        let answer = await bench.get("/v1/\(path)", technician)
        #expect(answer.status == 200)
        for secret in ["娜娜", "4001-2345", "13840012345", "88990011", "nana", "青年大街", "南京街", "VIP"] {
          #expect(!answer.text.contains(secret), "\(path) shows \(secret)")
        }
      }
      // Nor can what is masked be found by asking for it.
      for filter in ["phone=%2B86%20138-4001-2345", "phone=024-88990011", "q=%E6%AC%A7%E9%98%B3"] {
        let probe = await bench.get("/v1/customers?\(filter)", technician)
        expectProblem(probe, 403, "forbidden")
        #expect(probe.member("required") == "customers:readPersonal")
        #expect(await bench.get("/v1/customers?\(filter)", adviser).count("items") >= 1)
      }
    }
  }

  @Test("a duplicate is merged: its vehicles move, it points to its successor, and nothing more happens to it (CUS-08)")
  func merge() async throws {
    try await APIBench.with { bench in
      let crm = bench.token(.stCrm)
      let kept = try await bench.create("/v1/customers", crm, Self.body)
      let double = try await bench.create("/v1/customers", crm, Self.body)
      let vehicle = "\(bench.network.vehicle)"
      _ = try await bench.created(
        "/v1/customers/\(double)/vehicles", crm,
        #"{"vehicleId": "\#(vehicle)", "role": "owner", "sinceDate": "2024-05-18"}"#)
      let body = #"{"duplicateId": "\#(double)"}"#
      expectProblem(
        await bench.act("/v1/customers/\(kept)/merge", crm, body, ifMatch: nil), 428, "precondition-required")
      expectProblem(
        await bench.act("/v1/customers/\(kept)/merge", crm, body, ifMatch: #""9""#), 412, "version-mismatch")
      for wrong in [kept, UUID.version7(at: SystemClock.now()).canonical, "\(bench.network.otherCustomer)"] {
        expectProblem(
          await bench.act("/v1/customers/\(kept)/merge", crm, #"{"duplicateId": "\#(wrong)"}"#), 422,
          "validation-failed", pointer: "#/duplicateId")
      }
      let key = "merge-key-0123456789"
      let merged = await bench.act("/v1/customers/\(kept)/merge", crm, body, ifMatch: #""1""#, key: key)
      #expect(merged.status == 200 && merged.member("version") == "2" && merged.header("etag") == #""2""#)
      let replayed = await bench.act("/v1/customers/\(kept)/merge", crm, body, ifMatch: #""1""#, key: key)
      #expect(replayed.body == merged.body && replayed.header("idempotency-replayed") == "true")
      let old = await bench.get("/v1/customers/\(double)", crm)
      #expect(old.member("state") == "merged" && old.member("mergedIntoId") == kept)
      #expect(old.count("availableActions") == 0)
      #expect(await bench.get("/v1/customers/\(kept)/vehicles", crm).member("items/0/vehicleId") == vehicle)
      #expect(await bench.get("/v1/customers?state=merged", crm).count("items") == 1)
      expectProblem(await bench.act("/v1/customers/\(kept)/merge", crm, body), 409, "invalid-transition")
      expectProblem(
        await bench.patch("/v1/customers/\(double)", crm, version: 1, #"{"city": "北京市"}"#), 412, "version-mismatch")
      let version = Int(try #require(old.member("version")))
      expectProblem(
        await bench.patch("/v1/customers/\(double)", crm, version: version, #"{"city": "北京市"}"#), 409,
        "invalid-transition")
      let history = await bench.get("/v1/customers/\(kept)/history", crm)
      #expect(history.member("items/1/type") == "customer.absorbed")
      #expect(await bench.get("/v1/customers/\(double)/history", crm).text.contains("customer.merged"))
    }
  }

  @Test("vehicles are linked once in a role, one owner at a time, and unlinked by DELETE (C-21, CUS-03)")
  func vehicles() async throws {
    try await APIBench.with { bench in
      let adviser = bench.token(.stAdviser)
      let first = try await bench.create("/v1/customers", adviser, Self.body)
      let second = try await bench.create("/v1/customers", adviser, Self.body)
      let vehicle = "\(bench.network.vehicle)"
      func link(_ customer: String, _ role: String, _ vehicle: String, since: String = "2024-05-18") async -> TestAnswer
      {
        await bench.send(
          "POST", "/v1/customers/\(customer)/vehicles", adviser,
          body: #"{"vehicleId": "\#(vehicle)", "role": "\#(role)", "sinceDate": "\#(since)"}"#)
      }
      let made = await link(first, "owner", vehicle)
      #expect(made.status == 201 && made.member("vin") == TestNetwork.vin && made.member("untilDate") == nil)
      expectProblem(await link(first, "owner", vehicle), 409, "already-exists")
      let taken = await link(second, "owner", vehicle)
      expectProblem(taken, 409, "owner-exists")
      #expect(taken.member("conflicts/0/resource") == "customer" && taken.member("conflicts/0/id") == first)
      #expect(await link(second, "driver", vehicle).status == 201)
      for (role, id, since, pointer) in [
        ("king", vehicle, "2024-05-18", "#/role"), ("user", second, "2024-05-18", "#/vehicleId"),
        ("user", vehicle, "2024-02-30", "#/sinceDate"), ("user", "x", "2024-05-18", "#/vehicleId"),
      ] {
        expectProblem(await link(first, role, id, since: since), 422, "validation-failed", pointer: pointer)
      }
      #expect(await bench.get("/v1/customers/\(first)/vehicles?current=true", adviser).count("items") == 1)
      let path = "/v1/customers/\(first)/vehicles/\(TestNetwork.vin)"
      expectProblem(await bench.send("DELETE", path, adviser), 428, "precondition-required")
      expectProblem(await bench.send("DELETE", path, adviser, ["if-match": #""1""#]), 412, "version-mismatch")
      let gone = await bench.send("DELETE", path, adviser, ["if-match": #""2""#])
      #expect(gone.status == 204 && gone.body.isEmpty && gone.header("etag") == #""3""#)
      expectProblem(await bench.send("DELETE", path, adviser, ["if-match": "*"]), 404, "not-found")
      let ended = await bench.get("/v1/customers/\(first)/vehicles?current=false", adviser)
      #expect(ended.count("items") == 1 && ended.member("items/0/untilDate") != nil)
      expectProblem(
        await bench.get("/v1/customers/\(first)/vehicles?current=maybe", adviser), 400, "invalid-parameter",
        parameter: "current")
      #expect(await link(second, "owner", vehicle).status == 201)
    }
  }

  @Test("lists narrow by station, kind, telephone, name and time")
  func filters() async throws {
    try await APIBench.with { bench in
      let adviser = bench.token(.stAdviser)
      _ = try await bench.created("/v1/customers", adviser, Self.body)
      for (filter, count) in [
        ("kind=company", 0), ("kind=person,company", 2), ("phone=024-88990011", 1), ("phone=024-8899001", 0),
        ("q=%E7%8E%8B", 1),
        ("state=active", 2), ("createdAtFrom=2020-01-01T00:00:00%2B08:00", 2),
        ("createdAtBefore=2020-01-01T00:00:00Z", 0),
        ("stationId=\(bench.network.station)", 2),
      ] {
        let page = await bench.get("/v1/customers?\(filter)", adviser)
        #expect(page.count("items") == count, "\(filter): \(page.text)")
      }
      for (filter, parameter) in [
        ("kind=dog", "kind"), ("createdAtFrom=yesterday", "createdAtFrom"), ("stationId=x", "stationId"),
        ("createdAtFrom=2026-02-30T00:00:00Z", "createdAtFrom"),
      ] {
        expectProblem(
          await bench.get("/v1/customers?\(filter)", adviser), 400, "invalid-parameter", parameter: parameter)
      }
    }
  }
}
