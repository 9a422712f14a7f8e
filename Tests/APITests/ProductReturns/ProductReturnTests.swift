import API
import Domain
import FoundationEssentials
import TestSupport
import Testing

/// Field service over HTTP: visits of on-site orders, returns to the factory, exchanges (SM-12, FLD-01…18).
@Suite("Field service over HTTP", .timeLimit(.minutes(20))) struct ProductReturnTests {
  private static let path = "/v1/product-returns"
  private static let body = """
    {"channel": "oemSupply", "product": {"kind": "assembly", "description": "发动机 Engine", "serialNumber": "S-1"},
     "fault": "渗油 Leaks", "reason": "现场无法修复 Not on site"}
    """

  private func act(
    _ bench: APIBench, _ path: String, _ token: String, _ body: String = "{}"
  ) async throws -> TestAnswer {
    let answer = await bench.act(path, token, body)
    try #require(answer.status == 200, "\(path): \(answer.text)")
    return answer
  }

  @Test("a rescue: departed, arrived, fault cleared; the arrival is told to the request as well (T-10, T-11)")
  func rescue() async throws {
    try await APIBench.with { bench in
      let centre = bench.token(.callCentre, scope: .network)
      let adviser = bench.token(.stAdviser)
      let technician = bench.token(.stTechnician, subject: .user(bench.network.technician.uuid))
      let request = try await bench.create(
        "/v1/service-requests", centre,
        #"{"kind": "rescue", "medium": "hotline", "contact": {"name": "王小明"}, "need": "救援 Rescue"}"#)
      let path = "/v1/service-requests/\(request)"
      _ = try await act(bench, "\(path)/dispatch", centre)
      _ = try await act(bench, "\(path)/accept", adviser)
      let started = try await act(
        bench, "\(path)/start", adviser, #"{"customerId": "\#(bench.network.customer)"}"#)
      let order = "/v1/work-orders/\(try #require(started.member("workOrderId")))"

      // Who drives out is said before; until then the job is nobody's.
      expectProblem(await bench.act("\(order)/depart", technician), 404, "not-found")
      let assigned = try await act(
        bench, "\(order)/assign", bench.token(.stServiceSupervisor),
        #"{"assignments": [{"technicianId": "\#(bench.network.technician)"}]}"#)
      #expect(assigned.member("technicianIds/0") == "\(bench.network.technician)")
      #expect(assigned.member("state") == "received")
      expectProblem(await bench.act("\(order)/arrive", technician), 409, "guard-failed")
      let departed = try await act(bench, "\(order)/depart", technician, #"{"serviceVehicle": "辽A88K01"}"#)
      #expect(departed.member("visits/0/traveller") == "测试" && departed.member("visits/0/arrivedAt") == nil)
      expectProblem(await bench.act("\(order)/depart", technician), 409, "guard-failed")
      let arrived = try await act(
        bench, "\(order)/arrive", technician,
        #"{"latitude": "41.8057", "longitude": "123.4631", "distanceKm": 18}"#)
      #expect(arrived.member("visits/0/distanceKm") == "18" && arrived.member("visits/0/latitude") == nil)
      #expect(await bench.get(order, adviser).member("visits/0/latitude") == "41.805700")
      let known = await bench.get(path, centre)
      #expect(known.member("arrivedAt") == arrived.member("visits/0/arrivedAt"))
      expectProblem(await bench.act("\(path)/arrive", adviser), 409, "guard-failed")
      let ended = try await act(
        bench, "\(order)/clear", technician, #"{"faultCleared": true, "finding": "更换蓄电池"}"#)
      #expect(ended.member("visits/0/faultCleared") == "1" && ended.member("state") == "received")
      let history = await bench.get("\(order)/history?limit=50", adviser)
      for type in ["workOrder.departed", "workOrder.arrived", "workOrder.visitEnded"] {
        #expect(history.text.contains(type), "\(type)")
      }
      #expect(!history.text.contains("41.8057"))
      expectProblem(
        await bench.act("\(order)/clear", technician, "{}"), 422, "validation-failed", pointer: "#/faultCleared",
        code: "required")
    }
  }

  @Test("back to the factory and to the user again, each step by the role whose it is (SM-12, FLD-06…12)")
  func returned() async throws {
    try await APIBench.with { bench in
      let field = bench.token(.fieldService, scope: .network)
      let sales = bench.token(.salesRep, scope: .network)
      let quality = bench.token(.qa, scope: .network)
      let workshop = bench.token(.factoryWorkshop, scope: .network)
      let created = try await bench.created(Self.path, field, Self.body)
      let id = try #require(created.member("id"))
      #expect(created.member("number")?.hasPrefix("PR-HQ-") == true && created.member("state") == "verified")
      let path = "\(Self.path)/\(id)"
      let patched = await bench.patch(path, field, version: 1, #"{"product": {"partNumber": "ENG-1"}}"#)
      #expect(patched.member("product/partNumber") == "ENG-1" && patched.member("product/serialNumber") == "S-1")
      _ = try await act(bench, "\(path)/return-to-factory", sales, #"{"note": "TK-1", "carrier": "德邦"}"#)
      expectProblem(
        await bench.patch(path, field, version: 3, #"{"fault": "x"}"#), 409, "return-not-editable")
      expectProblem(
        await bench.act("\(path)/schedule", quality, #"{"cause": "user", "opinion": "误用", "repairOrder": "PX-1"}"#),
        422, "validation-failed", pointer: "#/charge", code: "required")
      let scheduled = try await act(
        bench, "\(path)/schedule", quality,
        #"{"cause": "user", "opinion": "误用", "repairOrder": "PX-1", "charge": {"amount": "1200.00", "currency": "CNY"}}"#
      )
      #expect(scheduled.member("state") == "scheduledPaid")
      #expect(scheduled.member("appraisal/charge/amount") == "1200.00")
      expectProblem(
        await bench.act(
          "\(path)/repair", workshop,
          #"{"work": "更换", "repairedBy": "甲", "inspectedBy": "甲", "stockInNote": "RK-1"}"#), 403,
        "separation-of-duties")
      _ = try await act(
        bench, "\(path)/repair", workshop,
        #"{"work": "更换", "repairedBy": "甲", "inspectedBy": "乙", "stockInNote": "RK-1"}"#)
      let sentBack = try await act(bench, "\(path)/send-back", sales, #"{"note": "CK-1"}"#)
      #expect(sentBack.member("state") == "sentBack" && sentBack.member("version") == "6")
      #expect(await bench.get("\(path)/history", quality).count("items") == 6)
    }
  }

  @Test("what is not worth a repair is taken apart by a dismantling order, and says what is used again (FLD-14)")
  func scrapped() async throws {
    try await APIBench.with { bench in
      let quality = bench.token(.qa, scope: .network)
      let sales = bench.token(.salesRep, scope: .network)
      let id = try await bench.create(Self.path, bench.token(.fieldService, scope: .network), Self.body)
      let path = "\(Self.path)/\(id)"
      let body = #"{"dismantlingOrder": "CJ-1", "opinion": "壳体开裂 Housing cracked", "reused": ["轴承 Bearing × 2"]}"#
      // Nothing is taken apart that is still with the user.
      expectProblem(await bench.act("\(path)/scrap", quality, body), 409, "invalid-transition")
      _ = try await act(bench, "\(path)/return-to-factory", sales, #"{"note": "TK-1"}"#)
      expectProblem(
        await bench.act("\(path)/scrap", quality, #"{"opinion": "壳体开裂"}"#), 422, "validation-failed",
        pointer: "#/dismantlingOrder", code: "required")
      expectProblem(await bench.act("\(path)/scrap", sales, body), 403, "forbidden")
      let scrapped = try await act(bench, "\(path)/scrap", quality, body)
      #expect(scrapped.member("state") == "scrapped" && scrapped.count("availableActions") == 0)
      #expect(scrapped.member("scrapping/dismantlingOrder") == "CJ-1")
      #expect(scrapped.member("scrapping/reused/0") == "轴承 Bearing × 2")
      expectProblem(
        await bench.act(
          "\(path)/schedule", quality, #"{"cause": "manufacturing", "opinion": "a", "repairOrder": "b"}"#),
        409, "invalid-transition")
    }
  }

  @Test("an exchange is approved by somebody else and takes the old product back (FLD-08…10)")
  func exchanged() async throws {
    try await APIBench.with { bench in
      let person = Subject.user(UUID.version7(at: SystemClock.now()))
      let sales = bench.token(.salesRep, scope: .network, subject: person)
      let id = try await bench.create(Self.path, sales, Self.body)
      let path = "\(Self.path)/\(id)"
      let own = await bench.act("\(path)/approve-exchange", sales, #"{"exchangeTicket": "HH-1"}"#)
      expectProblem(own, 409, "guard-failed")
      #expect(own.member("guard") == "approver-verified")
      _ = try await act(
        bench, "\(path)/approve-exchange", bench.token(.salesRep, scope: .network), #"{"exchangeTicket": "HH-1"}"#)
      let warehouse = bench.token(.warehouse, scope: .network)
      expectProblem(
        await bench.act(
          "\(path)/exchange", warehouse, #"{"replacementSerialNumber": "S-2", "place": "customersDoor"}"#), 422,
        "validation-failed", pointer: "#/returnTicket", code: "required")
      let done = try await act(
        bench, "\(path)/exchange", warehouse,
        #"{"replacementSerialNumber": "S-2", "returnTicket": "TH-1", "place": "customersDoor"}"#)
      #expect(done.member("state") == "exchanged" && done.member("exchange/place") == "customersDoor")
      #expect(await bench.get("\(Self.path)?state=exchanged&productKind=assembly", warehouse).count("items") == 1)
    }
  }

  @Test("a return names an order of its own station, and a vehicle that is there (FLD-06)")
  func references() async throws {
    try await APIBench.with { bench in
      let master = bench.master()
      let order = try await bench.walk(master).open()
      func body(_ more: String) -> String { String(Self.body.dropLast()) + ", \(more)}" }
      let created = try await bench.created(
        Self.path, master, body(#""workOrderId": "\#(order)", "stationId": "\#(bench.network.station)""#))
      #expect(created.member("workOrderId") == order && created.member("number")?.hasPrefix("PR-SY001-") == true)
      for (more, pointer) in [
        (#""workOrderId": "\#(order)""#, "#/workOrderId"),
        (#""workOrderId": "\#(order)", "stationId": "\#(bench.network.otherStation)""#, "#/workOrderId"),
        (#""vehicleId": "\#(order)""#, "#/vehicleId"), (#""stationId": "\#(order)""#, "#/stationId"),
      ] {
        expectProblem(
          await bench.send("POST", Self.path, master, body: body(more)), 422, "validation-failed", pointer: pointer,
          code: "notFound")
      }
    }
  }
}
