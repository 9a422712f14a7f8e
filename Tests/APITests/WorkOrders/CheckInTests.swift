import Domain
import TestSupport
import Testing

@Suite("What reception learns at check-in", .timeLimit(.minutes(20))) struct CheckInTests {
  @Test(
    "what is open about the vehicle is answered with the inspection, what has ended or is another's is not (WO-14…16)")
  func openDocuments() async throws {
    try await APIBench.with { bench in
      let token = bench.master(.station(bench.network.station))
      let there = bench.master(.station(bench.network.otherStation))
      let vehicle = "\(bench.network.vehicle)"
      func request(_ need: String, _ token: String) async throws -> String {
        try await bench.create(
          "/v1/service-requests", token,
          #"{"kind": "repair", "medium": "phone", "contact": {"name": "王小明"}, "need": "\#(need)", "vin": "\#(TestNetwork.vin)"}"#
        )
      }
      let open = try await request("空调不制冷", token)
      let ended = try await request("误打", token)
      let foreign = try await request("他站来电", there)
      let cancelled = await bench.act("/v1/service-requests/\(ended)/cancel", token, #"{"reason": "误登记"}"#)
      #expect(cancelled.status == 200)
      let appointment = try await bench.create(
        "/v1/appointments", token,
        #"{"channel": "phone", "contact": {"name": "王小明", "phone": "13840012345"}, "plate": "辽A12345", "vehicleId": "\#(vehicle)", "serviceType": "maintenance"}"#
      )
      let productReturn = try await bench.create(
        "/v1/product-returns", token,
        #"{"channel": "oemSupply", "product": {"kind": "assembly", "description": "发动机"}, "fault": "渗油", "reason": "现场无法修复", "vehicleId": "\#(vehicle)"}"#
      )
      let complaint = try await bench.create(
        "/v1/complaints", token,
        #"{"channel": "counter", "contact": {"name": "王小明"}, "category": "repairQuality", "customerWords": "又响了", "symptom": "制动异响", "vehicleId": "\#(vehicle)"}"#
      )
      func inspected(_ token: String, _ km: Int) async throws -> TestAnswer {
        let order = try await bench.create(
          "/v1/work-orders", bench.master(.station(bench.network.station)),
          MatrixDocuments.orderBody(
            customer: "\(bench.network.customer)", vehicle: vehicle, station: "\(bench.network.station)"))
        return await bench.act(
          "/v1/work-orders/\(order)/inspect", token, #"{"odometerKm": \#(km), "confirmedBy": "王"}"#)
      }
      let checkedIn = try await inspected(token, 30_000)
      #expect(checkedIn.status == 200 && checkedIn.count("checkIn/openDocuments") == 4, "\(checkedIn.text)")
      let found = (0..<4).map { checkedIn.member("checkIn/openDocuments/\($0)/id") }
      #expect(Set(found) == [open, appointment, productReturn, complaint])
      #expect(!checkedIn.text.contains(foreign) && !checkedIn.text.contains(ended))
      #expect(checkedIn.text.contains("空调不制冷"))

      // A kind that the caller may not read is not shown to him here either.
      let permissions = Set(Permission.allCases).subtracting([
        .serviceRequestsRead, .productReturnsRead, .complaintsRead,
      ])
      let narrow = bench.token(
        APIBench.caller([.stAdviser], permissions, .station(bench.network.station)))
      let less = try await inspected(narrow, 30_100)
      #expect(less.count("checkIn/openDocuments") == 1)
      #expect(less.member("checkIn/openDocuments/0/resource") == "appointment")
    }
  }

  @Test("the request that the order was opened for is no news at its check-in (CALL-23)")
  func ownRequest() async throws {
    try await APIBench.with { bench in
      let token = bench.master(.station(bench.network.station))
      let request = try await bench.create(
        "/v1/service-requests", token,
        #"{"kind": "repair", "medium": "phone", "contact": {"name": "王小明"}, "need": "无法启动", "vin": "\#(TestNetwork.vin)"}"#
      )
      let path = "/v1/service-requests/\(request)"
      _ = await bench.act("\(path)/dispatch", token, "{}")
      _ = await bench.act("\(path)/accept", token, "{}")
      let started = await bench.act(
        "\(path)/start", token, #"{"customerId": "\#(bench.network.customer)", "serviceType": "repair"}"#)
      let order = try #require(started.member("workOrderId"), "\(started.text)")
      let checkedIn = await bench.act(
        "/v1/work-orders/\(order)/inspect", token, #"{"odometerKm": 30000, "confirmedBy": "王"}"#)
      #expect(checkedIn.status == 200 && checkedIn.count("checkIn/openDocuments") == 0, "\(checkedIn.text)")
    }
  }

  @Test("what concerns a customer, an order or a span of time is found by it in every list (C-11)")
  func foundByCustomer() async throws {
    try await APIBench.with { bench in
      let token = bench.master(.station(bench.network.station))
      let customer = "\(bench.network.customer)"
      let order = try await bench.create(
        "/v1/work-orders", token,
        MatrixDocuments.orderBody(
          customer: customer, vehicle: "\(bench.network.vehicle)", station: "\(bench.network.station)"))
      let contact = #""contact": {"name": "王小明", "phone": "13840012345"}"#
      let request = #"{"kind": "repair", "medium": "phone", \#(contact), "need": "空调不制冷""#
      let complaint = #"{"channel": "counter", \#(contact), "category": "repairQuality", "customerWords": "又响了""#
      let ofCustomer = try await bench.create(
        "/v1/service-requests", token, request + #", "customerId": "\#(customer)"}"#)
      _ = try await bench.create("/v1/service-requests", token, request + "}")
      let ofOrder = try await bench.create(
        "/v1/complaints", token, complaint + #", "customerId": "\#(customer)", "workOrderId": "\#(order)"}"#)
      _ = try await bench.create("/v1/complaints", token, complaint + "}")
      let issue = try await bench.create(
        "/v1/quality-issues", token,
        #"{"source": "station", "symptom": "异响", "customerId": "\#(customer)"}"#)
      _ = try await bench.create("/v1/quality-issues", token, #"{"source": "station", "symptom": "异响"}"#)
      for (list, id) in [
        ("service-requests?customerId=\(customer)", ofCustomer), ("complaints?customerId=\(customer)", ofOrder),
        ("complaints?workOrderId=\(order)", ofOrder), ("quality-issues?customerId=\(customer)", issue),
      ] {
        let found = await bench.get("/v1/\(list)", token)
        #expect(found.count("items") == 1 && found.member("items/0/id") == id, "\(list): \(found.text)")
      }
      #expect(await bench.get("/v1/service-requests?workOrderId=\(order)", token).count("items") == 0)
      let visit = try await bench.create(
        "/v1/appointments", token,
        #"{"channel": "phone", \#(contact), "plate": "辽A12345", "serviceType": "maintenance"}"#)
      for (bound, count) in [("From", 0), ("Before", 1)] {
        let found = await bench.get("/v1/appointments?createdAt\(bound)=2090-01-01T00:00:00Z", token)
        #expect(found.count("items") == count && (count == 0 || found.member("items/0/id") == visit))
        #expect(await bench.get("/v1/follow-ups?createdAt\(bound)=2090-01-01T00:00:00Z", token).status == 200)
      }
    }
  }
}
