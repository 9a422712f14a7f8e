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

  @Test("a manufacturer's code means what its brand says; what a job names is looked up for the vehicle's brand (M1)")
  func faultCodes() async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      let operation = try await bench.create(
        "/v1/labour-operations", token,
        #"{"code": "FUEL-1", "name": "更换燃油泵", "category": "repair", "standardHours": "1.20"}"#)
      let pump = try await bench.created(
        "/v1/fault-codes", token,
        #"{"code": "P0230", "system": "obd2", "descriptionEn": "Fuel Pump Primary Circuit", "operationIds": ["\#(operation)"]}"#
      )
      #expect(pump.member("reference") == "P0230" && pump.member("operationIds/0") == operation)
      func own(_ brand: String, _ text: String) -> String {
        #"{"code": "P1106", "brand": "\#(brand)", "system": "manufacturer", "descriptionEn": "\#(text)"}"#
      }
      let acura = try await bench.created("/v1/fault-codes", token, own("ACURA", "BARO Circuit Range"))
      _ = try await bench.created("/v1/fault-codes", token, own("KIA", "MAP Sensor Intermittent High"))
      #expect(acura.member("reference") == "ACURA:P1106")
      #expect(await bench.get("/v1/fault-codes/ACURA:P1106", token).body == acura.body)
      expectProblem(await bench.get("/v1/fault-codes/P1106", token), 404, "not-found")
      let taken = await bench.send("POST", "/v1/fault-codes", token, body: own("ACURA", "again"))
      expectProblem(taken, 409, "already-exists")
      #expect(taken.member("existingId") == acura.member("id"))

      // Whoever reads jobs reads what their codes mean, on this vehicle; what nobody knows is not there and no error.
      let technician = bench.token(.stTechnician)
      let meant = await bench.get("/v1/fault-codes?code=P0230,P1106,P9999&brand=KIA", technician)
      #expect(meant.count("items") == 2)
      #expect(meant.member("items/0/code") == "P0230" && meant.member("items/1/brand") == "KIA")
      #expect(await bench.get("/v1/fault-codes?system=manufacturer&q=baro", technician).count("items") == 1)
      expectProblem(await bench.get("/v1/fault-codes?code=p0230", token), 400, "invalid-parameter", parameter: "code")

      for (body, pointer) in [
        (#"{"code": "P02", "system": "obd2", "description": "x"}"#, "#/code"),
        (#"{"code": "P0231", "system": "obd2", "brand": "KIA", "description": "x"}"#, "#/brand"),
        (#"{"code": "P1107", "system": "manufacturer", "description": "x"}"#, "#/brand"),
        (#"{"code": "NOISE", "system": "service"}"#, "#/description"),
        (
          #"{"code": "NOISE", "system": "service", "description": "x", "operationIds": ["\#(bench.network.region)"]}"#,
          "#/operationIds"
        ),
      ] {
        expectProblem(
          await bench.send("POST", "/v1/fault-codes", token, body: body), 422, "validation-failed", pointer: pointer)
      }
      expectProblem(
        await bench.send("POST", "/v1/fault-codes", technician, body: own("GEO", "x")), 403, "forbidden")
    }
  }

  @Test("a list of fault codes is brought in by one upsert each; brought in again it changes nothing (domain.md 13)")
  func faultCodeList() async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      let list = [
        ("P0301", nil, "Cylinder 1 Misfire Detected"), ("U0100", nil, "Lost Communication With ECM/PCM"),
        ("P1166", "KIA", "O2 System Control at Limit"), ("P1166", "ACURA", "HO2S11 Heater Circuit Fault"),
      ]
      for outcome in ["created", "unchanged"] {
        for (code, brand, text) in list {
          let named = brand.map { #", "brand": "\#($0)", "system": "manufacturer""# } ?? #", "system": "obd2""#
          let answer = await bench.send(
            "PUT", "/v1/fault-codes/by-external/dtc/\(brand ?? "GENERIC")-\(code)", token,
            body: #"{"code": "\#(code)"\#(named), "descriptionEn": "\#(text)"}"#)
          #expect(answer.header("upsert-outcome") == outcome, "\(answer.text)")
        }
      }
      #expect(await bench.get("/v1/fault-codes?code=P1166", token).count("items") == 2)
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
