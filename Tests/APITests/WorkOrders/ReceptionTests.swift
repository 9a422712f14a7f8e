import API
import Domain
import TestSupport
import Testing

/// What reception does with an order before the vehicle is in the workshop.
@Suite("Reception over HTTP") struct ReceptionTests {
  private static let seen =
    #"{"odometerKm": 12000, "confirmedBy": "车主", "exterior": [{"position": "左前门", "condition": "划痕"}]}"#

  @Test("the form is begun at the vehicle before anybody knows it, and taken over once its number was read (WO-10)")
  func atTheVehicle() async throws {
    try await APIBench.with { bench in
      let adviser = bench.master(.station(bench.network.station))
      let begun = try await bench.created(
        "/v1/work-orders", adviser, #"{"customerId": "\#(bench.network.customer)", "summary": "异响 Noise"}"#)
      #expect(begun.member("state") == "received" && begun.member("vehicleId") == nil)
      let order = "/v1/work-orders/\(try #require(begun.member("id")))"
      let early = await bench.act("\(order)/inspect", adviser, Self.seen)
      #expect(early.status == 409 && early.member("guard") == "vehicle-not-identified", "\(early.text)")
      let named = await bench.patch(order, adviser, version: 1, #"{"vehicleId": "\#(bench.network.vehicle)"}"#)
      #expect(named.status == 200, "\(named.text)")
      #expect(await bench.act("\(order)/inspect", adviser, Self.seen).status == 200)
      let taken = await bench.get(order, adviser)
      #expect(taken.member("state") == "inspected" && taken.member("inspection/exterior/0/condition") == "划痕")
    }
  }

  @Test("reception reads the customer's data with the order, sets them right, and says what it found (WO-17)")
  func customerData() async throws {
    try await APIBench.with { bench in
      let adviser = bench.master(.station(bench.network.station))
      let order = "/v1/work-orders/\(try await bench.walk(adviser).order(in: .inspected))"
      let customer = "/v1/customers/\(bench.network.customer)"
      let known = await bench.get("\(order)?expand=customer", adviser)
      #expect(known.member("customer/phone") == "13812345670", "\(known.text)")
      let version = try #require(known.member("customer/version").flatMap { Int($0) })
      let corrected = await bench.patch(customer, adviser, version: version, #"{"phone": "13900001111"}"#)
      #expect(corrected.status == 200, "\(corrected.text)")
      #expect(await bench.get("\(order)?expand=customer", adviser).member("customer/phone") == "13900001111")
      expectProblem(
        await bench.act("\(order)/diagnose", adviser, "{}"), 422, "validation-failed", pointer: "#/finding",
        code: "required")
      let found = await bench.act("\(order)/diagnose", adviser, #"{"finding": "前制动片磨损,建议更换"}"#)
      #expect(found.status == 200 && found.member("state") == "diagnosed", "\(found.text)")
      #expect(await bench.get(order, adviser).text.contains("前制动片磨损,建议更换"))
    }
  }
}
