import API
import Domain
import FoundationEssentials
import TestSupport
import Testing

/// `expand` as the engine reads it for all families (C-13), shown on appointments; work orders have tests of their own.
@Suite("Expansion", .timeLimit(.minutes(20))) struct ExpansionTests {
  private static func appointment(_ bench: APIBench, _ token: String, customer: String? = nil) async throws -> String {
    let id = try await bench.create(
      "/v1/appointments", token,
      """
      {"channel": "phone", "contact": {"name": "王小明", "phone": "13840012345"}, "plate": "辽A12345",
       "serviceType": "maintenance", "customerId": "\(customer ?? "\(bench.network.customer)")",
       "vehicleId": "\(bench.network.vehicle)"}
      """)
    return "/v1/appointments/\(id)"
  }

  @Test("it adds what the own reads show, beside the identities and without an ETag (C-13, C-14)")
  func adds() async throws {
    try await APIBench.with { bench in
      let token = bench.master(.station(bench.network.station))
      let path = try await Self.appointment(bench, token)
      let plain = await bench.get(path, token)
      #expect(plain.header("etag") != nil && plain.member("customer") == nil)
      let whole = await bench.get("\(path)?expand=customer,station,vehicle,workOrder", token)
      #expect(whole.status == 200 && whole.header("etag") == nil, "\(whole.text)")
      for (member, own) in [
        ("customer", "/v1/customers/\(bench.network.customer)"), ("vehicle", "/v1/vehicles/\(bench.network.vehicle)"),
        ("station", "/v1/stations/\(bench.network.station)"),
      ] {
        let read = await bench.get(own, token)
        #expect(whole.text.contains("\"\(member)\":\(read.text)"), "\(member)")
      }
      #expect(whole.text.contains("\"workOrder\":null"))
      let page = await bench.get("/v1/appointments?expand=customer", token)
      #expect(page.member("items/0/customer/id") == "\(bench.network.customer)")
      let narrow = await bench.get("\(path)?expand=customer&fields=state,customer.id", token)
      #expect(narrow.text == #"{"customer":{"id":"\#(bench.network.customer)"},"state":"requested"}"#)
    }
  }

  @Test("who may not read a document gets null for it, who may not read personal data gets the mask (SEC-04)")
  func permissions() async throws {
    try await APIBench.with { bench in
      let scope = Scope.station(bench.network.station)
      let path = try await Self.appointment(bench, bench.master(scope))
      let bare = bench.token(APIBench.caller([], [.appointmentsRead], scope))
      let hidden = await bench.get("\(path)?expand=customer,station,vehicle", bare)
      #expect(hidden.status == 200)
      for member in ["customer", "station", "vehicle"] {
        #expect(hidden.text.contains("\"\(member)\":null"), "\(member)")
      }
      let masked = bench.token(APIBench.caller([], [.appointmentsRead, .customersRead], scope))
      let customer = await bench.get("\(path)?expand=customer", masked)
      #expect(customer.member("customer/name") == "王*" && customer.member("customer/personalDataMasked") == "1")
      #expect(!customer.text.contains("13812345670"))
    }
  }

  @Test("a page costs one statement for each member, however many documents stand on it (C-13)")
  func cost() async throws {
    try await APIBench.with { bench in
      let token = bench.master(.station(bench.network.station))
      var costs: [Int] = []
      for count in [1, 6] {
        while await bench.get("/v1/appointments", token).count("items") < count {
          _ = try await Self.appointment(bench, token)
        }
        let before = bench.database.traffic.statements
        let page = await bench.get("/v1/appointments?expand=customer,station,vehicle", token)
        costs.append(bench.database.traffic.statements - before)
        #expect(page.count("items") == count)
        for place in 0..<count {
          #expect(page.member("items/\(place)/vehicle/id") == "\(bench.network.vehicle)")
        }
      }
      #expect(costs[0] == costs[1], "\(costs)")
    }
  }
}
