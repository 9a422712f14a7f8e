import API
import Domain
import FoundationEssentials
import TestSupport
import Testing

/// The parts families over HTTP; every answer is held against the contract.
@Suite("Parts over HTTP") struct PartsWalkTests {
  private struct Ground {
    let part: String
    let central: String
    let store: String
    let clerk: String
    let supervisor: String
    let supply: String
  }

  private func ground(_ bench: APIBench) async throws -> Ground {
    let supply = bench.token(.hqParts, scope: .network)
    let part = try await bench.create("/v1/parts", supply, MatrixParts.partBody("BP-1"))
    _ = try await MatrixParts.approvedPrices(bench, of: part)
    let central = try await bench.create(
      "/v1/warehouses", supply, #"{"code": "CDC", "name": "中央库", "kind": "central"}"#)
    let store = try await bench.create(
      "/v1/warehouses", supply,
      #"{"code": "SY001-S", "name": "备件库", "kind": "station", "stationId": "\#(bench.network.station)"}"#)
    return Ground(
      part: part, central: central, store: store, clerk: bench.token(.stPartsClerk),
      supervisor: bench.token(.stPartsSupervisor), supply: supply)
  }

  private func movement(_ ground: Ground, _ kind: String, _ quantity: Int, _ more: String = "") -> String {
    """
    {"kind": "\(kind)", "locationId": "\(ground.store)", "partId": "\(ground.part)", "quantity": \(quantity)\(more)}
    """
  }

  @Test(
    "stock comes in, is held, sold and transferred; what is not there is refused with its own problem (PRT-09, PRT-13, domain.md 11)"
  )
  func stock() async throws {
    try await APIBench.with { bench in
      let ground = try await ground(bench)
      let receipt = try await bench.created("/v1/stock-movements", ground.clerk, movement(ground, "receipt", 5))
      // At the approved price of the day.
      #expect(receipt.member("cost/amount") == "500.00" && receipt.member("onHandAfter") == "5")
      let walk = bench.walk(bench.master(.station(bench.network.station)))
      let order = try await walk.order(in: .inRepair)
      // The two that its job plans are held at once.
      let planned = await bench.get("/v1/reservations?workOrderId=\(order)", ground.clerk)
      #expect(planned.count("items") == 1 && planned.member("items/0/quantity") == "2")
      let level = await bench.get("/v1/stock?partId=\(ground.part)", ground.clerk)
      #expect(level.member("items/0/available") == "3" && level.member("items/0/reserved") == "2")

      let sale = #"{"lines": [{"partId": "\#(ground.part)", "quantity": 4}]}"#
      let short = await bench.send("POST", "/v1/parts-sales", ground.clerk, body: sale)
      expectProblem(short, 409, "insufficient-stock")
      #expect(short.member("availableQuantity") == "3" && short.member("requestedQuantity") == "4")
      #expect(short.member("partId") == "\(ground.part)" && short.member("unit") != nil)
      let issued = try await bench.created(
        "/v1/stock-movements", ground.clerk, movement(ground, "issue", 2, #", "workOrderId": "\#(order)", "line": 1"#))
      #expect(issued.member("source/resource") == "workOrder" && issued.member("cost/amount") == "-200.00")
      let used = await bench.get("/v1/reservations/\(try #require(planned.member("items/0/id")))", ground.clerk)
      #expect(used.member("state") == "fulfilled" && used.member("outstanding") == "0")
      let beyond = await bench.send(
        "POST", "/v1/stock-movements", ground.clerk,
        body: movement(ground, "issue", 1, #", "workOrderId": "\#(order)", "line": 1"#))
      expectProblem(beyond, 409, "more-than-planned")
      #expect(
        beyond.member("line") == "1" && beyond.member("availableQuantity") == "0"
          && beyond.member("requestedQuantity") == "1")
      expectProblem(
        await bench.send(
          "POST", "/v1/stock-movements", ground.clerk,
          body: movement(ground, "issueReturn", 3, #", "workOrderId": "\#(order)", "line": 1"#)), 409, "not-issued")
      let held = try await bench.created(
        "/v1/reservations", ground.clerk,
        """
        {"locationId": "\(ground.store)", "partId": "\(ground.part)", "quantity": 3, "purpose": "workOrder",
         "workOrderId": "\(order)"}
        """)
      #expect(held.member("state") == "active" && held.member("availableActions/0") == "release")
      let released = await bench.act("/v1/reservations/\(try #require(held.member("id")))/release", ground.clerk)
      #expect(released.member("state") == "released")

      let transfer = movement(ground, "transfer", 1, #", "toLocationId": "\#(ground.central)""#)
      expectProblem(
        await bench.send("POST", "/v1/stock-movements", ground.clerk, body: transfer), 422, "validation-failed",
        pointer: "#/toLocationId")
      let moved = try await bench.created("/v1/stock-movements", ground.supply, transfer)
      let other = await bench.get(
        "/v1/stock-movements/\(try #require(moved.member("counterpartId")))", ground.supply)
      #expect(other.member("kind") == "transferIn" && other.member("quantity") == "1")
      let history = await bench.get(
        "/v1/stock-movements/\(try #require(moved.member("id")))/history", ground.supply)
      #expect(history.member("items/0/type") == "stockMovement.recorded")
      // What belongs to another kind of booking is refused.
      expectProblem(
        await bench.send(
          "POST", "/v1/stock-movements", ground.clerk,
          body: movement(ground, "receipt", 1, #", "toLocationId": "\#(ground.central)""#)), 422, "validation-failed",
        pointer: "#/toLocationId", code: "unknownField")
      expectProblem(
        await bench.send("POST", "/v1/stock-movements", ground.clerk, body: movement(ground, "scrap", 1)), 422,
        "validation-failed", pointer: "#/reason", code: "required")
    }
  }

  @Test(
    "parts that wait for a booking are free again when nobody comes to it, and none wait for one that is over (APT-11)")
  func appointment() async throws {
    try await APIBench.with { bench in
      let ground = try await ground(bench)
      let adviser = bench.token(.stAdviser)
      _ = try await bench.created("/v1/stock-movements", ground.clerk, movement(ground, "receipt", 5))
      let appointment = try await bench.create(
        "/v1/appointments", adviser, MatrixDocuments.appointmentBody(station: "\(bench.network.station)"))
      let body = MatrixStock.reservationBody(store: ground.store, part: ground.part, appointment: appointment)
      let held = try await bench.created("/v1/reservations", ground.clerk, body)
      let path = "/v1/reservations/\(try #require(held.member("id")))"
      let levels = "/v1/stock?partId=\(ground.part)"
      #expect(await bench.get(levels, ground.clerk).member("items/0/available") == "4")

      let cancelled = await bench.act(
        "/v1/appointments/\(appointment)/cancel", adviser, #"{"reason": "改期 Another time"}"#)
      #expect(cancelled.status == 200, "\(cancelled.text)")
      let released = await bench.get(path, ground.clerk)
      #expect(released.member("state") == "released" && released.member("outstanding") == "0", "\(released.text)")
      #expect(await bench.get(levels, ground.clerk).member("items/0/available") == "5")
      let history = await bench.get("\(path)/history?sort=-position", ground.clerk)
      #expect(history.member("items/0/type") == "reservation.released", "\(history.text)")
      expectProblem(
        await bench.send("POST", "/v1/reservations", ground.clerk, body: body), 422, "validation-failed",
        pointer: "#/appointmentId", code: "inconsistent")
    }
  }

  @Test("a sale is taken back once, and its parts are in the store again at what they cost (PRT-08, PO-16)")
  func reversal() async throws {
    try await APIBench.with { bench in
      let ground = try await ground(bench)
      _ = try await bench.created("/v1/stock-movements", ground.clerk, movement(ground, "receipt", 3))
      let sale = try await bench.created(
        "/v1/parts-sales", ground.clerk, #"{"lines": [{"partId": "\#(ground.part)", "quantity": 2}]}"#)
      #expect(sale.member("reversal") == nil && sale.text.contains(#""reversal":null"#))
      let path = "/v1/parts-sales/\(try #require(sale.member("id")))"
      expectProblem(
        await bench.act("\(path)/reverse", ground.clerk), 422, "validation-failed", pointer: "#/reason",
        code: "required")
      let back = await bench.act("\(path)/reverse", ground.clerk, #"{"reason": "客户退货"}"#)
      #expect(back.status == 200 && back.member("reversal/reason") == "客户退货", "\(back.text)")
      expectProblem(await bench.act("\(path)/reverse", ground.clerk, #"{"reason": "再退"}"#), 409, "sale-reversed")
      let level = await bench.get("/v1/stock?partId=\(ground.part)", ground.clerk)
      #expect(level.member("items/0/onHand") == "3" && level.member("items/0/value/amount") == "300.00")
      let moved = await bench.get("/v1/stock-movements?kind=saleReturn", ground.clerk)
      #expect(moved.count("items") == 1 && moved.member("items/0/cost/amount") == "200.00")
      #expect(moved.member("items/0/source/number") == sale.member("number"))
      let history = await bench.get("\(path)/history", ground.clerk)
      #expect(history.member("items/1/type") == "partsSale.reversed")
      expectProblem(
        await bench.act(
          "\(path)/reverse", bench.token(.stPartsClerk, scope: .station(bench.network.otherStation)),
          #"{"reason": "x"}"#), 404, "not-found")
    }
  }

  @Test("of 8 clients that take one sale back one does, and the parts come back once (PRT-08)")
  func reversalAtOnce() async throws {
    try await APIBench.with { bench in
      let ground = try await ground(bench)
      _ = try await bench.created("/v1/stock-movements", ground.clerk, movement(ground, "receipt", 3))
      let sale = try await bench.create(
        "/v1/parts-sales", ground.clerk, #"{"lines": [{"partId": "\#(ground.part)", "quantity": 2}]}"#)
      let statuses = await withTaskGroup(of: Int.self) { group in
        for _ in 0..<8 {
          group.addTask {
            await bench.act("/v1/parts-sales/\(sale)/reverse", ground.clerk, #"{"reason": "退货"}"#).status
          }
        }
        return await group.reduce(into: [Int]()) { $0.append($1) }
      }
      #expect(statuses.count { $0 == 200 } == 1 && statuses.count { $0 == 409 } == 7, "\(statuses)")
      let level = await bench.get("/v1/stock?partId=\(ground.part)", ground.clerk)
      #expect(level.member("items/0/onHand") == "3")
    }
  }

  @Test("what each station used of each part is reported, less what came back (PRT-21)")
  func usage() async throws {
    try await APIBench.with { bench in
      let ground = try await ground(bench)
      _ = try await bench.created("/v1/stock-movements", ground.clerk, movement(ground, "receipt", 9))
      let order = try await bench.walk(bench.master(.station(bench.network.station))).order(in: .inRepair)
      for (kind, quantity) in [("issue", 2), ("issueReturn", 1)] {
        _ = try await bench.created(
          "/v1/stock-movements", ground.clerk,
          movement(ground, kind, quantity, #", "workOrderId": "\#(order)", "line": 1"#))
      }
      for place in 0..<2 {
        let sale = try await bench.create(
          "/v1/parts-sales", ground.clerk, #"{"lines": [{"partId": "\#(ground.part)", "quantity": 3}]}"#)
        if place == 0 {
          #expect(await bench.act("/v1/parts-sales/\(sale)/reverse", ground.clerk, #"{"reason": "退货"}"#).status == 200)
        }
      }
      let today = CalendarDate(inChina: SystemClock.now())
      let next = CalendarDate(daysSinceEpoch: today.daysSinceEpoch + 1)
      let report = await bench.get("/v1/reports/parts-usage?dateFrom=\(today)&dateBefore=\(next)", ground.supply)
      #expect(report.count("rows") == 1 && report.member("rows/0/partNumber") == "BP-1", "\(report.text)")
      #expect(report.member("rows/0/issued") == "2" && report.member("rows/0/broughtBack") == "1")
      #expect(report.member("rows/0/sold") == "6" && report.member("rows/0/takenBack") == "3")
      #expect(report.member("rows/0/used") == "4" && report.member("rows/0/workOrders") == "1")
      #expect(report.member("rows/0/onHand") == "5" && report.member("figures/used") == "4")
    }
  }

  /// Puts numbers of `partsStandards` in force, written by one person and approved by another.
  private static func approve(_ bench: APIBench, _ body: String) async throws {
    let (author, approver) = (bench.master(), bench.master())
    let made = try await bench.created(
      "/v1/policies/partsStandards/versions", author, #"{"body": \#(body), "reason": "2026"}"#)
    let version = "/v1/policies/partsStandards/versions/\(made.member("number")?.split(separator: "@").last ?? "")"
    #expect(await bench.act("\(version)/submit", author).status == 200)
    #expect(await bench.act("\(version)/approve", approver).status == 200)
  }

  @Test("a station's store is held against the assemblies and parts of the station standard: what lacks (PRT-20)")
  func standard() async throws {
    try await APIBench.with { bench in
      let ground = try await ground(bench)
      let path = "/v1/stations/\(bench.network.station)/parts-standard"
      let none = await bench.get(path, ground.clerk)
      #expect(none.member("policyVersion") == "partsStandards@0" && none.count("items") == 0, "\(none.text)")
      let other = none.member("stationKind") == "fourInOne" ? "serviceOnly" : "fourInOne"
      try await Self.approve(
        bench,
        #"""
        {"required": [
          {"partNumber": "ENGINE-1", "kind": "assembly", "quantity": 1, "stationKind": "\#(none.member("stationKind") ?? "")"},
          {"partNumber": "GEARBOX-1", "kind": "assembly", "quantity": 1, "stationKind": "\#(other)"},
          {"partNumber": "BP-1", "kind": "part", "quantity": 3}], "salesPerMonth": {}}
        """#)
      _ = try await bench.created("/v1/stock-movements", ground.clerk, movement(ground, "receipt", 2))
      let short = await bench.get(path, ground.clerk)
      #expect(short.member("policyVersion") == "partsStandards@1" && short.member("isMet") == "0", "\(short.text)")
      try #require(short.count("items") == 2)
      #expect(short.member("items/0/partNumber") == "ENGINE-1" && short.member("items/0/missing") == "1")
      #expect(short.member("items/0/partId") == nil, "the catalogue does not know it")
      #expect(short.member("items/1/partId") == ground.part && short.member("items/1/onHand") == "2")
      #expect(short.member("items/1/missing") == "1")
      let engine = try await bench.create("/v1/parts", ground.supply, MatrixParts.partBody("ENGINE-1"))
      for (part, quantity) in [(engine, 1), (ground.part, 4)] {
        _ = try await bench.created(
          "/v1/stock-movements", ground.supply,
          #"{"kind": "receipt", "locationId": "\#(ground.store)", "partId": "\#(part)", "quantity": \#(quantity), "unitCost": {"amount": "90.00", "currency": "CNY"}}"#
        )
      }
      let met = await bench.get(path, ground.supply)
      #expect(met.member("isMet") == "1" && met.member("items/1/onHand") == "3", "\(met.text)")
      let foreign = "/v1/stations/\(bench.network.otherStation)/parts-standard"
      expectProblem(await bench.get(foreign, ground.clerk), 404, "not-found")
      #expect(await bench.get(foreign, ground.supply).member("items/1/missing") == "3")
    }
  }

  @Test("what leaves a station's store for jobs and over the counter stands beside the plan of its month (PRT-19)")
  func salesPlan() async throws {
    try await APIBench.with { bench in
      let ground = try await ground(bench)
      let path = "/v1/stations/\(bench.network.station)/parts-sales"
      try await Self.approve(
        bench,
        #"{"required": [], "salesPerMonth": {"original": {"amount": "1000.00", "currency": "CNY"}, "compatible": {"amount": "50.00", "currency": "CNY"}}}"#
      )
      _ = try await bench.created("/v1/stock-movements", ground.clerk, movement(ground, "receipt", 9))
      let order = try await bench.walk(bench.master(.station(bench.network.station))).order(in: .inRepair)
      for (kind, quantity) in [("issue", 2), ("issueReturn", 1)] {
        _ = try await bench.created(
          "/v1/stock-movements", ground.clerk,
          movement(ground, kind, quantity, #", "workOrderId": "\#(order)", "line": 1"#))
      }
      for place in 0..<2 {
        let sale = try await bench.create(
          "/v1/parts-sales", ground.clerk, #"{"lines": [{"partId": "\#(ground.part)", "quantity": 3}]}"#)
        if place == 0 {
          #expect(await bench.act("/v1/parts-sales/\(sale)/reverse", ground.clerk, #"{"reason": "退货"}"#).status == 200)
        }
      }
      let month = CalendarDate(inChina: SystemClock.now()).description.prefix(7)
      let found = await bench.get("\(path)?month=\(month)", ground.clerk)
      #expect(found.member("policyVersion") == "partsStandards@1" && found.count("items") == 2, "\(found.text)")
      #expect(found.member("items/0/origin") == "original" && found.member("items/0/planned/amount") == "1000.00")
      #expect(found.member("items/0/sold/amount") == "300.00" && found.member("items/0/soldQuantity") == "3")
      #expect(found.member("items/0/issued/amount") == "100.00" && found.member("items/0/issuedQuantity") == "1")
      #expect(found.member("items/0/actual/amount") == "400.00" && found.member("items/0/percent") == "40")
      #expect(found.member("items/1/actual/amount") == "0.00" && found.member("items/1/percent") == "0")
      let before = await bench.get("\(path)?month=2020-02", ground.clerk)
      #expect(before.member("policyVersion") == "partsStandards@0" && before.count("items") == 0, "\(before.text)")
      #expect(before.member("month") == "2020-02")
      #expect(await bench.get("\(path)?month=2020-13", ground.clerk).status == 400)
      expectProblem(
        await bench.get("/v1/stations/\(bench.network.otherStation)/parts-sales", ground.clerk), 404, "not-found")
    }
  }

  @Test(
    "a station learns where in the network a part lies, of other stations a class and neither number nor cost (PRT-06)")
  func availability() async throws {
    try await APIBench.with { bench in
      let ground = try await ground(bench)
      _ = try await bench.created("/v1/stock-movements", ground.clerk, movement(ground, "receipt", 2))
      let other = try await bench.create(
        "/v1/warehouses", ground.supply,
        #"{"code": "SY002-S", "name": "备件库", "kind": "station", "stationId": "\#(bench.network.otherStation)"}"#)
      for (place, quantity) in [(other, 7), (ground.central, 40)] {
        _ = try await bench.created(
          "/v1/stock-movements", ground.supply,
          #"{"kind": "receipt", "locationId": "\#(place)", "partId": "\#(ground.part)", "quantity": \#(quantity)}"#)
      }
      let found = await bench.get("/v1/parts/BP-1/availability", ground.clerk)
      #expect(found.count("items") == 3, "\(found.text)")
      #expect(found.member("items/0/proximity") == "own" && found.member("items/0/quantity") == "2")
      let theirs = (0..<3).first { found.member("items/\($0)/locationCode") == "SY002-S" }
      let place = try #require(theirs)
      #expect(found.member("items/\(place)/availability") == "some" && found.member("items/\(place)/quantity") == nil)
      #expect(found.member("items/\(place)/stationId") == "\(bench.network.otherStation)")
      #expect(!found.text.contains("cost") && !found.text.contains("value"))
      let all = await bench.get("/v1/parts/BP-1/availability?stationId=\(bench.network.otherStation)", ground.supply)
      #expect(all.member("items/0/locationCode") == "SY002-S" && all.member("items/0/quantity") == "7")
      expectProblem(await bench.get("/v1/parts/NOT-THERE/availability", ground.clerk), 404, "not-found")
    }
  }

  @Test(
    "the nearest places come first: the own store, then by kilometres, then those of which no place is on record (PRT-06)"
  )
  func nearest() async throws {
    try await APIBench.with { bench in
      let ground = try await ground(bench)
      // 沈阳, 鞍山 and 大连; the last one, without a position, is of the same region.
      try bench.database.admin(
        """
        set app.scope = '*';
        update stations set latitude_microdegrees = 41805700, longitude_microdegrees = 123431500
          where id = '\(bench.network.station)';
        update stations set latitude_microdegrees = 38914000, longitude_microdegrees = 121614700
          where id = '\(bench.network.otherStation)';
        insert into stations (id, code, region_id, name, kind, time_zone, currency, labour_rate, latitude_microdegrees,
          longitude_microdegrees, created_at, created_by, updated_at, updated_by)
        select gen_random_uuid(), 'ST000' || n, '\(bench.network.region)', 'x', 'fourInOne', 'Asia/Shanghai', 'CNY', 1,
          case n when 3 then 41108600 end, case n when 3 then 122994300 end, now(), 'x', now(), 'x'
        from generate_series(3, 4) n;
        insert into stock_locations (id, code, name, kind, station_id, created_at, created_by, updated_at, updated_by)
        select gen_random_uuid(), 'S-' || s.code, 'x', 'station', s.id, now(), 'x', now(), 'x'
        from stations s where s.code like 'ST000%' or s.id = '\(bench.network.otherStation)';
        insert into stock_movements (id, location_id, part_id, kind, quantity, cost, currency, on_hand_after, ordinal, recorded_at,
          recorded_by)
        select gen_random_uuid(), o.id, '\(ground.part)', 'receipt', 5, 50.00, 'CNY', 0, 0, now(), '测试'
        from stock_locations o where o.code like 'S-%'
        """)
      _ = try await bench.created("/v1/stock-movements", ground.clerk, movement(ground, "receipt", 2))
      let found = await bench.get("/v1/parts/BP-1/availability", ground.clerk)
      try #require(found.count("items") == 4, "\(found.text)")
      #expect(
        found.member("items/0/stationId") == "\(bench.network.station)" && found.member("items/0/distanceKm") == "0")
      #expect(found.member("items/1/locationCode") == "S-ST0003" && found.member("items/1/distanceKm") == "85")
      #expect(
        found.member("items/2/stationId") == "\(bench.network.otherStation)"
          && found.member("items/2/distanceKm") == "356")
      #expect(found.member("items/3/locationCode") == "S-ST0004" && found.member("items/3/distanceKm") == nil)
    }
  }

  @Test("an order says what its jobs have of their parts and what they miss; a missing part is ordered (PRT-11, PO-09)")
  func jobs() async throws {
    try await APIBench.with { bench in
      let ground = try await ground(bench)
      _ = try await bench.created("/v1/stock-movements", ground.clerk, movement(ground, "receipt", 1))
      let master = bench.master(.station(bench.network.station))
      let order = try await bench.walk(master).order(in: .inRepair)
      let parts = await bench.get("/v1/work-orders/\(order)/parts", ground.clerk)
      #expect(parts.member("items/0/partNumber") == "BP-1" && parts.member("items/0/planned") == "2", "\(parts.text)")
      #expect(parts.member("items/0/reserved") == "1" && parts.member("items/0/missing") == "1")
      let waits = await bench.act("/v1/work-orders/\(order)/await-parts", ground.clerk, #"{"partNumbers": ["BP-1"]}"#)
      #expect(waits.member("state") == "awaitingParts", "\(waits.text)")
      let orders = await bench.get("/v1/parts-orders?workOrderId=\(order)", ground.clerk)
      #expect(orders.count("items") == 1 && orders.member("items/0/lines/0/quantity") == "1")
      expectProblem(
        await bench.get(
          "/v1/work-orders/\(order)/parts", bench.token(.stPartsClerk, scope: .station(bench.network.otherStation))),
        404, "not-found")
    }
  }

  @Test("a closed warehouse takes nothing more, and a station without a store sells nothing (PRT-16)")
  func places() async throws {
    try await APIBench.with { bench in
      let ground = try await ground(bench)
      let closed = await bench.patch("/v1/warehouses/\(ground.store)", ground.supply, version: 1, #"{"closed": true}"#)
      #expect(closed.member("closed") == "1")
      expectProblem(
        await bench.send("POST", "/v1/stock-movements", ground.clerk, body: movement(ground, "receipt", 1)), 409,
        "warehouse-closed")
      let elsewhere = bench.token(.stPartsClerk, scope: .station(bench.network.otherStation))
      expectProblem(
        await bench.send(
          "POST", "/v1/parts-sales", elsewhere, body: #"{"lines": [{"partId": "\#(ground.part)", "quantity": 1}]}"#),
        409, "no-store")
      // Headquarters' warehouses are everybody's to know, another station's store is not there.
      #expect(await bench.get("/v1/warehouses/CDC", elsewhere).status == 200)
      expectProblem(await bench.get("/v1/warehouses/SY001-S", elsewhere), 404, "not-found")
      expectProblem(
        await bench.send(
          "POST", "/v1/warehouses", ground.supply,
          body: #"{"code": "X", "name": "库", "kind": "station", "stationId": "\#(bench.network.station)"}"#), 409,
        "already-exists")
      expectProblem(
        await bench.send(
          "POST", "/v1/warehouses", ground.supply, body: #"{"code": "X", "name": "库", "kind": "regional"}"#), 422,
        "validation-failed", pointer: "#/regionId")
    }
  }

  @Test("a stocktake is counted by one, approved by another and posted; offers say what stands in the way (PRT-12)")
  func stocktake() async throws {
    try await APIBench.with { bench in
      let ground = try await ground(bench)
      _ = try await bench.created("/v1/stock-movements", ground.clerk, movement(ground, "receipt", 5))
      let made = try await bench.created("/v1/stocktakes", ground.clerk, #"{"locationId": "\#(ground.store)"}"#)
      let path = "/v1/stocktakes/\(try #require(made.member("id")))"
      let frozen = await bench.act("\(path)/freeze", ground.supervisor)
      #expect(frozen.member("lines/0/bookQuantity") == "5" && frozen.member("lines/0/difference") == nil)
      expectProblem(
        await bench.send("POST", "/v1/stock-movements", ground.clerk, body: movement(ground, "receipt", 1)), 409,
        "stock-frozen")
      let person = bench.token(
        .stPartsClerk, .stPartsSupervisor, subject: .user(UUID.version7(at: SystemClock.now())))
      let counted = await bench.act(
        "\(path)/count", person, #"{"lines": [{"partId": "\#(ground.part)", "quantity": 4, "note": "少一套"}]}"#)
      #expect(counted.member("state") == "counted" && counted.member("lines/0/difference") == "-1")
      expectProblem(await bench.act("\(path)/approve", person), 409, "guard-failed")
      let offers = await bench.get("\(path)/actions", person)
      #expect(offers.text.contains("counter-approves-not"))
      #expect(await bench.act("\(path)/approve", ground.supervisor).member("state") == "approved")
      let posted = await bench.act("\(path)/post", ground.supervisor)
      #expect(posted.member("state") == "posted" && posted.member("postedAt") != nil)
      let level = await bench.get("/v1/stock?partId=\(ground.part)", ground.clerk)
      #expect(level.member("items/0/onHand") == "4" && level.member("items/0/stocktakeId") == nil)
      let list = await bench.get("/v1/stocktakes?state=posted", ground.clerk)
      #expect(list.count("items") == 1 && list.member("items/0/lines") == nil)
    }
  }

  @Test(
    "prices are drafted, approved by another person and in force from their day; a chain of successors is resolved (PRT-02, PRT-15)"
  )
  func catalogue() async throws {
    try await APIBench.with { bench in
      let ground = try await ground(bench)
      let price = await bench.get("/v1/parts/BP-1/price", ground.clerk)
      #expect(price.member("price/price/amount") == "100.00" && price.member("price/retailPrice/amount") == "150.00")
      #expect(await bench.get("/v1/parts/BP-1/price?on=2001-01-01", ground.clerk).member("price") == nil)

      let person = UUID.version7(at: SystemClock.now())
      let author = bench.token(.hqParts, .hqExec, scope: .network, subject: .user(person))
      let list = try await bench.created("/v1/price-lists", author, MatrixParts.priceListBody(part: ground.part))
      let path = "/v1/price-lists/\(try #require(list.member("id")))"
      expectProblem(await bench.get(path, ground.clerk), 404, "not-found")
      let changed = await bench.patch(path, author, version: 1, #"{"note": "草稿"}"#)
      #expect(changed.member("note") == "草稿" && changed.count("lines") == 1)
      #expect(await bench.act("\(path)/submit", author).member("state") == "submitted")
      expectProblem(await bench.act("\(path)/approve", author), 409, "guard-failed")
      expectProblem(
        await bench.patch(path, author, version: 3, #"{"note": "再改"}"#), 409, "price-list-not-editable")
      let executive = bench.token(.hqExec, scope: .network)
      let rejected = await bench.act("\(path)/reject", executive, #"{"reason": "过高"}"#)
      #expect(rejected.member("decisionReason") == "过高")

      // Original parts, and those that fit beside them.
      let successor = try await bench.create(
        "/v1/parts", ground.supply, #"{"number": "BP-2", "name": "制动片", "unit": "set", "origin": "compatible"}"#)
      let compatible = await bench.get("/v1/parts?origin=compatible", ground.clerk)
      #expect(compatible.count("items") == 1 && compatible.member("items/0/number") == "BP-2")
      let step = #"{"successorId": "\#(successor)", "effectiveOn": "2026-01-01", "interchangeable": true}"#
      _ = try await bench.created("/v1/parts/BP-1/supersessions", ground.supply, step)
      let chain = await bench.get("/v1/parts/BP-1/supersessions?on=2026-01-01", ground.clerk)
      #expect(chain.member("currentNumber") == "BP-2" && chain.count("successors") == 1)
      #expect(
        await bench.get("/v1/parts/BP-1/supersessions?on=2025-12-31", ground.clerk).member("currentNumber") == "BP-1")
      expectProblem(
        await bench.send(
          "POST", "/v1/parts/BP-2/supersessions", ground.supply,
          body: #"{"successorId": "\#(ground.part)", "effectiveOn": "2027-01-01"}"#), 409, "supersession-cycle")
      expectProblem(
        await bench.send(
          "POST", "/v1/parts/BP-1/supersessions", ground.supply,
          body: #"{"successorId": "\#(ground.part)", "effectiveOn": "2027-01-01"}"#), 422, "validation-failed",
        pointer: "#/successorId")
      let model = try await bench.create(
        "/v1/vehicle-models", bench.master(),
        #"{"code": "M-1", "brand": "华晨", "series": "X5", "name": "X5", "powertrain": "ice"}"#)
      _ = try await bench.created(
        "/v1/sboms", ground.supply, MatrixParts.sbomBody("B-1", model: model, part: ground.part, day: 0))
      let uses = await bench.get("/v1/parts/BP-2/where-used", ground.clerk)
      #expect(uses.member("items/0/modelCode") == "M-1" && uses.member("items/0/partNumber") == "BP-1")
    }
  }

  @Test(
    "minimum, quota, proposal and return: the station asks, headquarters decides (PRT-04, PRT-05, PRT-07, PRT-17, PO-13, PO-17)"
  )
  func replenishment() async throws {
    try await APIBench.with { bench in
      let ground = try await ground(bench)
      _ = try await bench.created("/v1/stock-movements", ground.clerk, movement(ground, "receipt", 3))
      let made = try await bench.created(
        "/v1/minimum-stocks", ground.supervisor, #"{"partId": "\#(ground.part)", "quantity": 8, "reason": "冬季"}"#)
      let path = "/v1/minimum-stocks/\(try #require(made.member("id")))"
      #expect(await bench.act("\(path)/propose", ground.supervisor).member("state") == "proposed")
      expectProblem(await bench.act("\(path)/approve", ground.supervisor), 403, "forbidden")
      let approved = await bench.act("\(path)/approve", ground.supply, #"{"quantity": 6}"#)
      #expect(approved.member("approvedQuantity") == "6" && approved.member("proposedQuantity") == "8")
      let short = await bench.get("/v1/stock?belowMinimum=true", ground.clerk)
      #expect(short.member("items/0/minimum") == "6")
      let quota = try await bench.created(
        "/v1/reserve-quotas", ground.supply,
        MatrixParts.quotaBody("Q-1", region: "\(bench.network.region)", part: ground.part))
      #expect(quota.member("stations") == "2" && quota.member("population") == "0")
      let recounted = await bench.act("/v1/reserve-quotas/Q-1/recount", ground.supply)
      #expect(recounted.member("version") == "1")
      let proposal = try await bench.created(
        "/v1/replenishment-proposals", ground.supply, #"{"stationId": "\#(bench.network.station)"}"#)
      #expect(proposal.member("lines/0/quantity") == "3" && proposal.member("lines/0/reasons/0") == "belowMinimum")

      let sent = try await bench.created(
        "/v1/parts-returns", ground.clerk, #"{"reason": "滞销", "lines": [{"partId": "\#(ground.part)", "quantity": 2}]}"#
      )
      let back = "/v1/parts-returns/\(try #require(sent.member("id")))"
      expectProblem(
        await bench.act(
          "\(back)/receive", ground.supply,
          #"{"toLocationId": "\#(ground.central)", "lines": [{"partId": "\#(ground.part)", "received": 1}]}"#), 422,
        "validation-failed", pointer: "#/lines/0/remark")
      let received = await bench.act("\(back)/receive", ground.supply, #"{"toLocationId": "\#(ground.central)"}"#)
      #expect(received.member("state") == "received" && received.member("lines/0/received") == "2")
      let central = await bench.get("/v1/stock?locationId=\(ground.central)", ground.supply)
      #expect(central.member("items/0/onHand") == "2" && central.member("items/0/value/amount") == "200.00")
    }
  }
}
