import Domain
import FoundationEssentials
import TestSupport
import Testing

/// What the catalogue and the network's masters have beyond the conventions of records.
@Suite("Catalogue over HTTP", .timeLimit(.minutes(20))) struct CatalogueTests {
  @Test("service items have a price exactly when it is fixed, and name operations that exist (MST)")
  func items() async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      func make(_ body: String) async -> TestAnswer { await bench.send("POST", "/v1/service-items", token, body: body) }
      let operation = try await bench.create(
        "/v1/labour-operations", token,
        #"{"code": "BRK-1", "name": "制动", "category": "repair", "standardHours": "0.80"}"#)
      let start = #""name": "保养", "category": "maintenance""#
      let made = await make(#"{"code": "A-1", \#(start), "pricing": "composed", "operationIds": ["\#(operation)"]}"#)
      #expect(made.status == 201 && made.member("operationIds/0") == operation && made.member("price") == nil)
      for (body, pointer) in [
        (#"{"code": "A-2", \#(start), "pricing": "fixed"}"#, "#/price"),
        (
          #"{"code": "A-2", \#(start), "pricing": "composed", "price": {"amount": "1.00", "currency": "CNY"}}"#,
          "#/price"
        ),
        (
          #"{"code": "A-2", \#(start), "pricing": "composed", "operationIds": ["\#(bench.network.region)"]}"#,
          "#/operationIds"
        ),
      ] {
        let answer = await make(body)
        #expect(answer.status == 422 && answer.member("errors/0/pointer")?.hasPrefix(pointer) == true, "\(answer.text)")
      }
      for amount in ["1e3", "1,50", "12abc", ".5", "01", "1.23456", "-1.00"] {
        let answer = await make(
          #"{"code": "A-3", \#(start), "pricing": "fixed", "price": {"amount": "\#(amount)", "currency": "CNY"}}"#)
        #expect(answer.status == 422, "\(amount): \(answer.text)")
      }
      let number = await make(
        #"{"code": "A-3", \#(start), "pricing": "fixed", "price": {"amount": 1.5, "currency": "CNY"}}"#)
      expectProblem(number, 422, "validation-failed", pointer: "#/price/amount", code: "wrongType")
      let list = await bench.get("/v1/service-items?category=maintenance,repair&discontinued=false&q=%E4%BF%9D", token)
      #expect(list.count("items") == 1)
    }
  }

  @Test("labour operations keep hours of their own for a model, once each")
  func operations() async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      let model = try await bench.create(
        "/v1/vehicle-models", token,
        #"{"code": "MX-1", "brand": "华晨", "series": "X5", "name": "X5", "powertrain": "ice", "modelYearFrom": 2020}"#)
      func body(_ hours: String) -> String {
        #"{"code": "BRK-2", "name": "制动", "category": "repair", "standardHours": "0.80", "modelHours": [\#(hours)]}"#
      }
      let entry = #"{"modelId": "\#(model)", "standardHours": "0.90"}"#
      let twice = await bench.send("POST", "/v1/labour-operations", token, body: body("\(entry), \(entry)"))
      #expect(twice.status == 422, "\(twice.text)")
      let unknown = #"{"modelId": "\#(bench.network.region)", "standardHours": "0.90"}"#
      #expect(await bench.send("POST", "/v1/labour-operations", token, body: body(unknown)).status == 422)
      let made = try await bench.created("/v1/labour-operations", token, body(entry))
      #expect(made.member("modelHours/0/standardHours") == "0.90")
      let id = try #require(made.member("id"))
      let cleared = await bench.patch("/v1/labour-operations/\(id)", token, version: 1, #"{"modelHours": []}"#)
      #expect(cleared.count("modelHours") == 0 && cleared.member("version") == "2")
      #expect(await bench.get("/v1/labour-operations/BRK-2", token).body == cleared.body)
      let years = await bench.patch("/v1/vehicle-models/\(model)", token, version: 1, #"{"modelYearTo": 2010}"#)
      #expect(years.status == 422, "\(years.text)")
      #expect(await bench.get("/v1/vehicle-models?powertrain=ice&brand=%E5%8D%8E%E6%99%A8", token).count("items") == 1)
    }
  }

  @Test("a station lies in a known region and time zone; both coordinates move together (ORG-03)")
  func stations() async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      func body(_ more: String) -> String {
        """
        {"code": "SY009", "name": "站", "kind": "serviceOnly", "labourRate": {"amount": "180.00", "currency": "CNY"},
         \(more)}
        """
      }
      let region = #""regionId": "\#(bench.network.region)""#
      for (more, pointer) in [
        (#""regionId": "\#(bench.network.station)""#, "#/regionId"),
        (#"\#(region), "timeZone": "Mars/Base""#, "#/timeZone"),
        (#"\#(region), "currency": "XXX""#, "#/currency"),
        (#"\#(region), "latitude": "91", "longitude": "0""#, "#/latitude"),
      ] {
        expectProblem(
          await bench.send("POST", "/v1/stations", token, body: body(more)), 422, "validation-failed", pointer: pointer)
      }
      let id = try await bench.create("/v1/stations", token, body(region))
      expectProblem(
        await bench.patch("/v1/stations/\(id)", token, version: 1, #"{"latitude": "41.8"}"#), 422, "validation-failed",
        pointer: "#/longitude")
      let placed = await bench.patch(
        "/v1/stations/\(id)", token, version: 1, #"{"latitude": "41.8", "longitude": "-123.45"}"#)
      #expect(placed.member("longitude") == "-123.450000" || placed.member("longitude") == "-123.45")
      #expect(
        await bench.get("/v1/stations?kind=serviceOnly&regionId=\(bench.network.region)", token).count("items") == 1)
      #expect(await bench.get("/v1/stations?state=terminated", token).count("items") == 0)
      let manager = bench.token(.stHead)
      expectProblem(await bench.send("POST", "/v1/stations", manager, body: body(region)), 403, "forbidden")
    }
  }
}
