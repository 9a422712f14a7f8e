import API
import Domain
import FoundationEssentials
import TestSupport
import Testing

/// `expand` on orders: documents beside their identities, as their own reads show them (C-13).
@Suite("Expansion of work orders", .timeLimit(.minutes(20))) struct WorkOrderExpansionTests {
  @Test("expand adds what the own reads show, beside the identities and without an ETag (C-13, C-14)")
  func adds() async throws {
    try await APIBench.with { bench in
      let token = bench.master(.station(bench.network.station))
      let id = try await bench.walk(token).open()
      let path = "/v1/work-orders/\(id)"
      let plain = await bench.get(path, token)
      #expect(plain.header("etag") != nil && plain.member("customer") == nil && !plain.text.contains("\"lines\""))
      let whole = await bench.get("\(path)?expand=customer,vehicle,station,lines", token)
      #expect(whole.status == 200 && whole.header("etag") == nil)
      for (member, own) in [
        ("customer", "/v1/customers/\(bench.network.customer)"), ("vehicle", "/v1/vehicles/\(bench.network.vehicle)"),
        ("station", "/v1/stations/\(bench.network.station)"),
      ] {
        let read = await bench.get(own, token)
        #expect(whole.text.contains("\"\(member)\":\(read.text)"), "\(member)")
        #expect(whole.member("\(member)/id") == whole.member("\(member)Id"))
      }
      let lines = await bench.get("\(path)/lines", token)
      #expect(lines.count("items") == 1 && whole.count("lines") == 1)
      #expect(whole.member("lines/0/id") == lines.member("items/0/id"))
      #expect(whole.member("lines/0/parts/0/id") == lines.member("items/0/parts/0/id"))
      let narrow = await bench.get("\(path)?expand=customer&fields=id,customer.number", token)
      #expect(narrow.text == #"{"customer":{"number":"\#(whole.member("customer/number") ?? "")"},"id":"\#(id)"}"#)
    }
  }

  @Test("a page of orders gets its own customers, vehicles and lines each (C-13)")
  func pages() async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      let first = try await bench.walk(token).open()
      let second = try await bench.walk(
        token, station: bench.network.otherStation, customer: bench.network.otherCustomer
      ).open()
      let page = await bench.get("/v1/work-orders?expand=customer,vehicle,station,lines&sort=createdAt", token)
      #expect(page.count("items") == 2)
      for (place, id) in [first, second].enumerated() {
        let item = "items/\(place)"
        #expect(page.member("\(item)/id") == id)
        for member in ["customer", "vehicle", "station"] {
          #expect(page.member("\(item)/\(member)/id") == page.member("\(item)/\(member)Id"), "\(member)")
        }
        let lines = await bench.get("/v1/work-orders/\(id)/lines", token)
        #expect(page.member("\(item)/lines/0/id") == lines.member("items/0/id"))
        #expect(page.member("\(item)/lines/1/id") == nil)
      }
    }
  }

  @Test("who may not read a document gets null for it, who may not read personal data gets the mask (SEC-04)")
  func permissions() async throws {
    try await APIBench.with { bench in
      let scope = Scope.station(bench.network.station)
      let id = try await bench.walk(bench.master(scope)).open()
      let bare = bench.token(APIBench.caller([], [.workOrdersRead], scope))
      let answer = await bench.get("/v1/work-orders/\(id)?expand=customer,vehicle,station,lines", bare)
      #expect(answer.status == 200 && answer.count("lines") == 1)
      for member in ["customer", "vehicle", "station"] {
        #expect(answer.text.contains("\"\(member)\":null"), "\(member)")
      }
      let masked = bench.token(APIBench.caller([], [.workOrdersRead, .customersRead], scope))
      let customer = await bench.get("/v1/work-orders/\(id)?expand=customer", masked)
      #expect(customer.member("customer/name") == "王*" && customer.member("customer/personalDataMasked") == "1")
      #expect(!customer.text.contains("13812345670"))
    }
  }

  @Test("an unknown, repeated or empty name is 400 (C-13)")
  func refused() async throws {
    try await APIBench.with { bench in
      let token = bench.token(.stAdviser)
      let id = try await bench.walk(bench.master(.station(bench.network.station))).open()
      for query in ["everything", "customer,everything", "customer,customer", "", "Customer"] {
        for path in ["/v1/work-orders/\(id)", "/v1/work-orders"] {
          expectProblem(
            await bench.get("\(path)?expand=\(query)", token), 400, "invalid-parameter", parameter: "expand",
            code: "notInSet")
        }
      }
      expectProblem(
        await bench.get("/v1/customers/\(bench.network.customer)?expand=customer", token), 400, "invalid-parameter",
        parameter: "expand", code: "unknownField")
    }
  }
}
