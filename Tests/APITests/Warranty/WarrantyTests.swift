import API
import Domain
import FoundationEssentials
import TestSupport
import Testing

/// Entitlements, the counters of the law and pre-authorisations over HTTP (A9, A10, M5).
@Suite("Warranty over HTTP", .timeLimit(.minutes(20))) struct WarrantyTests {
  private static let path = "/v1/pre-authorisations"

  @Test("a check answers line by line with what it rests on, and what it cannot read is refused with a pointer (A10)")
  func check() async throws {
    try await APIBench.with { bench in
      let claims = bench.token(.stClaims)
      let sold = await bench.patch(
        "/v1/vehicles/\(bench.network.vehicle)", bench.master(), version: 1, #"{"saleDate": "2025-01-01"}"#)
      #expect(sold.status == 200, "\(sold.text)")
      let answer = await bench.send(
        "POST", "/v1/entitlements/check", claims,
        body: """
          {"vin": "\(TestNetwork.vin)", "on": "2025-06-01", "odometerKm": 60000, "lines": [
            {"number": 1, "causalPartNumber": "P-1"}, {"number": 2, "findings": ["wrongUse"]},
            {"number": 3, "service": "firstMaintenance"}]}
          """)
      #expect(answer.status == 200, "\(answer.text)")
      #expect((0..<3).map { answer.member("lines/\($0)/covered") } == ["1", "0", "0"])
      #expect(answer.member("lines/0/coverage/kmLeft") == "0" && answer.member("policyVersion") == "warranty@0")
      #expect(answer.member("lines/1/reasons/0/exclusion") == "wrongUse")
      #expect(answer.member("lines/2/reasons/0/code") == "noFirstMaintenance")
      for (body, pointer, code) in [
        ("{}", "#/workOrderId", "required"),
        (#"{"vin": "\#(TestNetwork.vin)"}"#, "#/lines", "required"),
        (
          #"{"vin": "\#(TestNetwork.vin)", "lines": [{"number": 1, "covered": true}]}"#, "#/lines/0/covered",
          "unknownField"
        ),
        (
          #"{"workOrderId": "\#(UUID.version7(at: SystemClock.now()).canonical)", "on": "2025-06-01"}"#, "#/on",
          "inconsistent"
        ),
        (#"{"workOrderId": "\#(UUID.version7(at: SystemClock.now()).canonical)"}"#, "#/workOrderId", "notFound"),
      ] {
        expectProblem(
          await bench.send("POST", "/v1/entitlements/check", claims, body: body), 422, "validation-failed",
          pointer: pointer, code: code)
      }
      expectProblem(
        await bench.send(
          "POST", "/v1/entitlements/check", claims, body: #"{"vin": "LSVAA4182E2999999", "lines": [{"number": 1}]}"#),
        404, "not-found")
    }
  }

  @Test(
    "a delivered order is shown as part, guarantee and counter of its vehicle, and named to its own station alone (WO-29, SEC-03)"
  )
  func vehicle() async throws {
    try await APIBench.with { bench in
      let path = "/v1/vehicles/\(bench.network.vehicle)"
      let sold = await bench.patch(path, bench.master(), version: 1, #"{"saleDate": "2026-01-01"}"#)
      #expect(sold.status == 200, "\(sold.text)")
      let order = try await bench.walk(bench.master(.station(bench.network.station))).order(in: .delivered)
      let number = try #require(await bench.get("/v1/work-orders/\(order)", bench.master()).member("number"))
      let here = bench.token(.stClaims)
      let there = bench.token(.stClaims, scope: .station(bench.network.otherStation))
      for (token, name) in [(here, number), (there, nil)] as [(String, String?)] {
        let parts = await bench.get("\(path)/parts", token)
        #expect(parts.count("items") == 1 && parts.member("items/0/partNumber") == "BP-1", "\(parts.text)")
        #expect(parts.member("items/0/workOrderNumber") == name && parts.member("items/0/coverage") == nil)
        let entitlement = await bench.get("\(path)/entitlement", token)
        #expect(entitlement.member("coverages/0/basis") == "vehicle" && entitlement.member("distanceKm") == "12000")
        let counters = await bench.get("\(path)/three-guarantees", token)
        #expect(counters.member("applies") == "1" && counters.member("counts/0/counter") == "repairDays")
        // The customer paid: it is no repair in the sense of the law.
        #expect(counters.member("counts/0/value") == "0")
        if name == nil { #expect(!(parts.text + counters.text).contains(order)) }
      }
      let narrow = await bench.get("\(path)/three-guarantees?fields=level,counts", here)
      #expect(narrow.status == 200 && narrow.member("vin") == nil)
      // Before the order there was nothing.
      let never = await bench.get("\(path)/parts?asOf=2001-01-01T00:00:00Z", here)
      expectProblem(never, 404, "not-found")
    }
  }

  @Test(
    "asked for by the station, asked back and approved in part by headquarters, each by the role whose it is (M5, SEC-10)"
  )
  func preAuthorisation() async throws {
    try await APIBench.with { bench in
      let station = bench.master(.station(bench.network.station))
      let order = try await bench.walk(station).order(in: .quoted)
      let claims = bench.token(
        .stClaims, subject: .user(UUID.version7(at: SystemClock.now())))
      let auditor = bench.token(
        .hqClaims, scope: .network, subject: .user(UUID.version7(at: SystemClock.now())))
      let created = try await bench.created(
        Self.path, claims, #"{"workOrderId": "\#(order)", "reason": "总成异响", "lines": [{"number": 1}]}"#)
      let path = "\(Self.path)/\(try #require(created.member("id")))"
      #expect(created.member("number")?.hasPrefix("PA-SY001-") == true && created.member("state") == "draft")
      #expect(created.member("requested/amount") == "300.00" && created.member("lines/0/entitlement") == nil)
      let patched = await bench.patch(
        path, claims, version: 1,
        #"{"lines": [{"number": 1, "amount": {"amount": "250.00", "currency": "CNY"}}]}"#)
      #expect(patched.member("requested/amount") == "250.00" && patched.member("version") == "2", "\(patched.text)")
      let submitted = await bench.act("\(path)/submit", claims)
      #expect(submitted.member("state") == "submitted" && submitted.member("lines/0/entitlement/covered") == "0")
      expectProblem(
        await bench.patch(path, claims, version: 3, #"{"reason": "x"}"#), 409, "pre-authorisation-not-editable")
      expectProblem(await bench.act("\(path)/approve", claims), 403, "forbidden")
      let asked = await bench.act("\(path)/request-info", auditor, #"{"question": "照片？"}"#)
      #expect(asked.member("state") == "infoRequested" && asked.member("questions/0/answer") == nil)
      let answered = await bench.act("\(path)/answer", claims, #"{"answer": "已附"}"#)
      #expect(answered.member("questions/0/answer") == "已附")
      let part = #"{"lines": [{"number": 1, "amount": {"amount": "200.00", "currency": "CNY"}}]"#
      expectProblem(
        await bench.act("\(path)/approve", auditor, part + "}"), 422, "validation-failed", pointer: "#/reason",
        code: "required")
      let approved = await bench.act("\(path)/approve", auditor, part + #", "reason": "标准工时"}"#)
      #expect(
        approved.member("state") == "approved" && approved.member("approved/amount") == "200.00", "\(approved.text)")
      #expect(approved.member("decision/outcome") == "partiallyApproved" && approved.member("validUntil") != nil)
      #expect(approved.member("lines/0/drawn/amount") == "0.00")
      let page = await bench.get("\(Self.path)?state=approved&workOrderId=\(order)", claims)
      #expect(page.count("items") == 1 && page.member("items/0/lines") == nil)
      #expect(await bench.get("\(path)/history", claims).count("items") == 6)
      let ended = await bench.act("\(path)/expire", auditor, #"{"reason": "转站"}"#)
      #expect(ended.member("state") == "expired" && ended.member("expiredAt") != nil)
      expectProblem(await bench.act("\(path)/submit", claims), 409, "invalid-transition")
      let foreign = bench.token(.stClaims, scope: .station(bench.network.otherStation))
      expectProblem(await bench.get(path, foreign), 404, "not-found")
    }
  }

  @Test("telephone numbers in what people write are masked for whoever may not know customers (SEC-04)")
  func masked() async throws {
    try await APIBench.with { bench in
      let order = try await bench.walk(bench.master(.station(bench.network.station))).order(in: .quoted)
      let id = try await bench.create(
        Self.path, bench.master(),
        #"{"workOrderId": "\#(order)", "reason": "客户电话 13812345678", "lines": [{"number": 1}]}"#)
      #expect(await bench.get("\(Self.path)/\(id)", bench.master()).text.contains("13812345678"))
      let auditor = bench.token(.hqClaims, scope: .network)
      #expect(!Role.hqClaims.permissions.contains(.customersReadPersonal))
      #expect(await !bench.get("\(Self.path)/\(id)", auditor).text.contains("13812345678"))
      #expect(await !bench.get(Self.path, auditor).text.contains("13812345678"))
    }
  }
}
