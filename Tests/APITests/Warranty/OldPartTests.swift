import API
import Domain
import FoundationEssentials
import TestSupport
import Testing

/// Old parts, suppliers and their contracts over HTTP (SM-10, OLD-01…09, MST-02).
@Suite("Old parts over HTTP", .timeLimit(.minutes(20))) struct OldPartTests {
  private static let path = "/v1/old-parts"

  private func act(
    _ bench: APIBench, _ path: String, _ token: String, _ body: String = "{}"
  ) async throws -> TestAnswer {
    let answer = await bench.act(path, token, body)
    try #require(answer.status == 200, "\(path): \(answer.text)")
    return answer
  }

  private func body(_ bench: APIBench, _ more: String = "") -> String {
    """
    {"vehicleId": "\(bench.network.vehicle)", "partNumber": "BP-1", "partDescription": "制动片 Pads", "quantity": 2,
     "fault": "脱落 Came off", "removedOn": "2026-03-09", "storagePlace": "A-3"\(more)}
    """
  }

  private func supplier(_ bench: APIBench, _ code: String, _ parts: String = "[]") async throws -> String {
    try await bench.create(
      "/v1/suppliers", bench.token(.sysAdmin, scope: .network),
      #"{"code": "\#(code)", "name": "制动厂", "partNumbers": \#(parts)}"#)
  }

  @Test(
    "from the tag to the supplier, each step by the role whose it is (SM-10, OLD-01, OLD-02, OLD-03, OLD-04, OLD-05)")
  func walk() async throws {
    try await APIBench.with { bench in
      let station = bench.token(.stClaims)
      let desk = bench.token(.hqClaims, scope: .network)
      let maker = try await supplier(bench, "BRK01", #"["BP-1"]"#)
      let made = try await bench.created(Self.path, station, body(bench))
      let id = try #require(made.member("id"))
      let path = "\(Self.path)/\(id)"
      #expect(made.member("number") == "OP-SY001-2026-000001" || made.member("number")?.hasPrefix("OP-SY001-") == true)
      #expect(made.member("state") == "tagged" && made.member("vin") == TestNetwork.vin)
      // Who makes it is known from the parts that suppliers name.
      #expect(made.member("supplierId") == maker && made.member("tag/prints") == "1")
      let tag = await bench.get("\(path)/tag", station)
      #expect(tag.member("number") == made.member("number") && tag.member("stationCode") == "SY001")
      #expect(tag.member("vin") == TestNetwork.vin && tag.member("removedOn") == "2026-03-09")

      expectProblem(await bench.act("\(path)/request", station), 403, "forbidden")
      let due = try await act(bench, "\(path)/request", desk)
      #expect(due.member("state") == "due" && due.member("dueAt") != nil)
      #expect(await bench.get("\(path)/clocks", station).member("items/0/kind") == "oldPartReturn")
      let patched = await bench.patch(path, station, version: 2, #"{"serialNumber": "S-1"}"#)
      #expect(patched.member("serialNumber") == "S-1", "\(patched.text)")
      expectProblem(
        await bench.act(
          "\(path)/ship", station, #"{"packingList": "PL-1", "carrier": "德邦", "lateStatement": "x"}"#), 422,
        "validation-failed", pointer: "#/lateStatement", code: "inconsistent")
      expectProblem(
        await bench.act(
          "\(path)/ship", station, #"{"packingList": "PL-1", "carrier": "德邦", "destination": "supplier"}"#), 422,
        "validation-failed", pointer: "#/supplierId", code: "required")
      let shipped = try await act(
        bench, "\(path)/ship", station, #"{"packingList": "PL-1", "carrier": "德邦", "trackingNumber": "DB-1"}"#)
      #expect(shipped.member("shipment/destination") == "headquarters")
      #expect(await bench.get("\(Self.path)?packingList=PL-1&state=shipped", desk).count("items") == 1)
      expectProblem(await bench.patch(path, station, version: 4, #"{"fault": "x"}"#), 409, "old-part-not-editable")
      _ = try await act(bench, "\(path)/receive", desk, #"{"quantity": 2, "condition": "完好"}"#)
      expectProblem(
        await bench.act("\(path)/inspect", desk, #"{"verdict": "missing", "finding": "x"}"#), 422, "validation-failed",
        pointer: "#/verdict", code: "inconsistent")
      let accepted = try await act(bench, "\(path)/inspect", desk, #"{"verdict": "asClaimed", "finding": "一致"}"#)
      #expect(accepted.member("state") == "accepted" && accepted.member("inspection/policyVersion") == "oldParts@0")

      // A supplier sees what was sent to it, and nothing before or beside it.
      let own = bench.token(.supplier, scope: .supplier(try #require(UUID(canonical: maker))))
      let stranger = bench.token(.supplier, scope: .supplier(UUID.version7(at: SystemClock.now())))
      expectProblem(await bench.get(path, own), 404, "not-found")
      let sent = try await act(bench, "\(path)/send-to-supplier", desk, #"{"deliveryNote": "SH-1"}"#)
      #expect(sent.member("forwarding/supplierId") == maker)
      let seen = await bench.get(path, own)
      #expect(seen.member("state") == "sentToSupplier" && seen.count("availableActions") == 0, "\(seen.text)")
      #expect(await bench.get(Self.path, own).count("items") == 1)
      #expect(await bench.get("\(path)/history", own).count("items") > 5)
      expectProblem(await bench.get(path, stranger), 404, "not-found")
      #expect(await bench.get(Self.path, stranger).count("items") == 0)
      let foreign = bench.token(.stClaims, scope: .station(bench.network.otherStation))
      expectProblem(await bench.get(path, foreign), 404, "not-found")

      // Timely and exact, per station (ANA-12).
      let report = await bench.get("/v1/reports/old-part-returns", desk)
      #expect(report.count("rows") == 1 && report.member("rows/0/station") == "SY001", "\(report.text)")
      for (column, value) in [
        ("requested", "1"), ("inTime", "1"), ("late", "0"), ("overdue", "0"), ("timelyPercent", "100.0"),
        ("inspected", "1"), ("asClaimed", "1"), ("accuratePercent", "100.0"),
      ] {
        #expect(report.member("rows/0/\(column)") == value, "\(column): \(report.text)")
      }
      #expect(await bench.get("/v1/reports/old-part-returns", foreign).count("rows") == 0)
    }
  }

  @Test("photos of a part are seen by whoever sees the part (OLD-06)")
  func files() async throws {
    try await APIBench.with { bench in
      let station = bench.token(.stClaims)
      let id = try await bench.create(Self.path, station, body(bench))
      let file = try await bench.attach("照片 Photo", to: "\(Self.path)/\(id)", station)
      let attachment = "\(Self.path)/\(id)/attachments/\(try #require(file.member("id")))"
      #expect(await bench.get("\(attachment)/content", bench.token(.hqClaims, scope: .network)).text == "照片 Photo")
      expectProblem(
        await bench.get(attachment, bench.token(.stClaims, scope: .station(bench.network.otherStation))), 404,
        "not-found")
    }
  }

  @Test("a part comes from an order of its own station and a vehicle that is there (OLD-04)")
  func references() async throws {
    try await APIBench.with { bench in
      let station = bench.token(.stClaims)
      let order = try await bench.walk(bench.master()).open()
      let made = try await bench.created(
        Self.path, station,
        #"{"workOrderId": "\#(order)", "partNumber": "BP-1", "partDescription": "制动片", "fault": "脱落"}"#)
      #expect(made.member("vehicleId") == "\(bench.network.vehicle)" && made.member("quantity") == "1")
      let number = await bench.get("/v1/work-orders/\(order)", bench.master()).member("number")
      let tag = await bench.get("\(Self.path)/\(try #require(made.member("id")))/tag", station)
      #expect(tag.member("workOrderNumber") == number)
      for (text, pointer, code) in [
        (#"{"partNumber": "BP-1", "partDescription": "x", "fault": "x"}"#, "#/vehicleId", "required"),
        (
          #"{"partNumber": "BP-1", "partDescription": "x", "fault": "x", "vehicleId": "\#(order)"}"#, "#/vehicleId",
          "notFound"
        ),
        (
          #"{"partNumber": "BP-1", "partDescription": "x", "fault": "x", "workOrderId": "\#(bench.network.vehicle)"}"#,
          "#/workOrderId", "notFound"
        ),
        (body(bench, #", "supplierId": "\#(order)""#), "#/supplierId", "notFound"),
      ] {
        expectProblem(
          await bench.send("POST", Self.path, station, body: text), 422, "validation-failed", pointer: pointer,
          code: code)
      }
    }
  }

  @Test(
    "a supplier is everybody's record; its contracts are headquarters' and its own, dated and never changed (SET-05)")
  func suppliers() async throws {
    try await APIBench.with { bench in
      let desk = bench.token(.hqClaims, scope: .network)
      let id = try await supplier(bench, "BRK01", #"["BP-2", "BP-1"]"#)
      let path = "/v1/suppliers/\(id)"
      let read = await bench.get("/v1/suppliers/BRK01", bench.token(.stAdviser))
      #expect(read.member("partNumbers/0") == "BP-1" && read.member("partNumbers/1") == "BP-2")
      #expect(await bench.get("/v1/suppliers?partNumber=BP-2", desk).count("items") == 1)
      #expect(await bench.get("/v1/suppliers?partNumber=BP-3", desk).count("items") == 0)
      expectProblem(
        await bench.send(
          "POST", "/v1/suppliers", bench.token(.sysAdmin, scope: .network),
          body: #"{"code": "BRK02", "name": "x", "partNumbers": ["BP-1"]}"#), 422, "validation-failed",
        pointer: "#/partNumbers", code: "notUnique")
      func contract(_ day: String, _ more: String = "") -> String {
        """
        {"reference": "HT-1", "validFrom": "\(day)", "partsFactor": "1.15",
         "labourRate": {"amount": "197.00", "currency": "CNY"}\(more)}
        """
      }
      let made = try await bench.created("\(path)/contracts", desk, contract("2026-01-01"))
      #expect(made.member("partsFactor") == "1.15" && made.member("lineCap") == nil)
      expectProblem(
        await bench.send("POST", "\(path)/contracts", desk, body: contract("2026-01-01")), 409, "already-exists")
      expectProblem(
        await bench.send(
          "POST", "\(path)/contracts", desk,
          body: contract("2026-02-01", #", "lineCap": {"amount": "1.00", "currency": "EUR"}"#)), 422,
        "validation-failed", pointer: "#/lineCap/currency", code: "inconsistent")
      _ = try await bench.created("\(path)/contracts", desk, contract("2026-02-01"))
      let own = bench.token(.supplier, scope: .supplier(try #require(UUID(canonical: id))))
      let stranger = bench.token(.supplier, scope: .supplier(UUID.version7(at: SystemClock.now())))
      #expect(await bench.get("\(path)/contracts", own).member("items/0/validFrom") == "2026-02-01")
      expectProblem(await bench.get("\(path)/contracts", stranger), 404, "not-found")
      expectProblem(await bench.get("\(path)/contracts", bench.token(.stClaims)), 403, "forbidden")
    }
  }

  @Test("a recovery needs a contract and a period that is over, and is headquarters' (SET-05, SEC-03)")
  func recoveries() async throws {
    try await APIBench.with { bench in
      let desk = bench.token(.hqClaims, scope: .network)
      let id = try await supplier(bench, "BRK01")
      func body(_ from: String, _ before: String) -> String {
        #"{"supplierId": "\#(id)", "periodFrom": "\#(from)", "periodBefore": "\#(before)"}"#
      }
      let march = body("2026-03-01", "2026-04-01")
      expectProblem(
        await bench.send("POST", "/v1/supplier-recoveries", desk, body: march), 409, "recovery-without-contract")
      _ = try await bench.created(
        "/v1/suppliers/\(id)/contracts", desk, MatrixDocuments.contractBody("2026-01-01"))
      for (from, before) in [("2026-04-01", "2026-03-01"), ("2026-01-01", "2036-01-01"), ("2036-01-01", "2036-01-02")] {
        expectProblem(
          await bench.send("POST", "/v1/supplier-recoveries", desk, body: body(from, before)), 422,
          "validation-failed", pointer: "#/periodBefore", code: "outOfRange")
      }
      let made = try await bench.created("/v1/supplier-recoveries", desk, march)
      #expect(made.member("amount/amount") == "0.00" && made.member("state") == "compiled")
      let path = "/v1/supplier-recoveries/\(try #require(made.member("id")))"
      #expect(await bench.get("\(path)/lines", desk).count("items") == 0)
      let empty = await bench.act("\(path)/send", desk)
      expectProblem(empty, 409, "guard-failed")
      #expect(empty.member("guard") == "nothing-to-recover")
      let again = try await act(bench, "\(path)/compile", desk)
      #expect(again.member("state") == "compiled")
      // Cost per supplier (ANA-19).
      let report = await bench.get("/v1/reports/supplier-recovery", desk)
      #expect(report.member("rows/0/supplier") == "BRK01" && report.member("rows/0/currency") == "CNY")
      #expect(report.member("rows/0/recoveries") == "1" && report.member("rows/0/amountMinor") == "0")
      let narrow = bench.token(.hqClaims)
      #expect(await bench.get("/v1/reports/supplier-recovery", narrow).count("rows") == 0)
      expectProblem(await bench.get(path, narrow), 404, "not-found")
      expectProblem(await bench.send("POST", "/v1/supplier-recoveries", narrow, body: march), 403, "forbidden")
      expectProblem(
        await bench.act(
          "\(path)/dispute", bench.token(.supplier, scope: .supplier(UUID(canonical: id) ?? UUID())),
          #"{"lines": [{"line": 1, "reason": "x"}]}"#),
        404, "not-found")
      expectProblem(
        await bench.act("\(path)/dispute", bench.token(.supplier, scope: .network), #"{"lines": []}"#), 422,
        "validation-failed", pointer: "#/lines", code: "tooShort")
    }
  }
}
