import API
import Domain
import Foundation
import TestSupport
import Testing

/// What stands on an order beside its own lines: replacements, what is set aside for whom, and who learns what (SM-8, PO-07).
@Suite("Replacements and reservations of parts orders", .timeLimit(.minutes(20))) struct PartsReplacementTests {
  private typealias Orders = PartsOrderHTTPTests

  /// So many pads come in at a place.
  private static func arrive(_ bench: APIBench, _ quantity: Int, at location: String) throws {
    _ = try bench.database.admin(
      """
      set app.scope = '*';
      insert into stock_movements (id, location_id, part_id, kind, quantity, cost, currency, on_hand_after, ordinal, recorded_at,
        recorded_by)
      select gen_random_uuid(), o.id, '\(TestParts.partIDs[TestParts.pad] ?? "")', 'receipt', \(quantity), \(quantity) * 10.00,
        'CNY', 0, 0, now(), '测试'
      from stock_locations o where o.code = '\(location)'
      """)
  }

  /// An order of pads that Finance has let go and headquarters has confirmed.
  private static func confirmed(_ bench: APIBench, _ cast: Orders.Cast, quantity: Int) async throws -> String {
    let order = try await Orders.submitted(bench, cast, quantity: quantity)
    try await Orders.act(bench, "\(order)/confirm", cast.headquarters)
    try await Orders.act(bench, "\(order)/release", cast.finance, #"{"reason": "放行"}"#)
    return order
  }

  /// Receives a shipment of one line, some pieces of it damaged, and has them replaced.
  private static func replaced(
    _ bench: APIBench, _ cast: Orders.Cast, _ order: String, _ shipment: String, line: Int = 1, received: Int,
    damaged: Int
  ) async throws {
    _ = try await Orders.receive(
      bench, cast.clerk, order, shipment,
      #"{"line": \#(line), "received": \#(received), "rejections": [{"kind": "damaged", "quantity": \#(damaged)}]}"#)
    let body =
      #"{"shipmentId": "\#(shipment)", "line": \#(line), "kind": "damaged", "quantity": \#(damaged), "description": "开裂"}"#
    let claim = "/v1/parts-claims/\(try await bench.create("/v1/parts-claims", cast.clerk, body))"
    try await Orders.act(bench, "\(claim)/submit", cast.supervisor)
    try await Orders.act(bench, "\(claim)/review", cast.headquarters)
    try await Orders.act(bench, "\(claim)/approve-replenishment", cast.headquarters)
  }

  // MARK: What is set aside for whom

  @Test("what is cancelled of an order gives back its own pieces, not those set aside for a replacement (PO-07, PO-11)")
  func cancelledRest() async throws {
    try await APIBench.with { bench in
      try TestParts.seed(bench.database, stations: [bench.network.station], quantity: 20)
      let cast = Orders.Cast(bench)
      let order = try await Self.confirmed(bench, cast, quantity: 10)
      let first = try await Orders.shipped(bench, cast, order, quantity: 4)
      try await Self.replaced(bench, cast, order, first, received: 4, damaged: 2)
      try await Orders.act(bench, "\(order)/confirm", cast.headquarters)
      #expect(try Orders.stock(bench, "TP-CENTRAL") == "16/8/0")
      let rest = try await Orders.act(bench, "\(order)/cancel", cast.supervisor, #"{"reason": "不再等待"}"#)
      #expect(rest.member("lines/0/cancelled") == "6" && rest.member("lines/1/allocated") == "2", "\(rest.text)")
      #expect(try Orders.stock(bench, "TP-CENTRAL") == "16/2/0")
      _ = try await Orders.shipped(bench, cast, order, line: 2, quantity: 2)
      #expect(try Orders.stock(bench, "TP-CENTRAL") == "14/0/0")
    }
  }

  @Test("a vehicle off the road takes what it needs from a shelf's order and leaves it its replacement (PO-07, PO-09)")
  func takenForVehicle() async throws {
    try await APIBench.with { bench in
      try TestParts.seed(bench.database, stations: [bench.network.station], quantity: 6)
      let cast = Orders.Cast(bench)
      let shelf = try await Self.confirmed(bench, cast, quantity: 4)
      let first = try await Orders.shipped(bench, cast, shelf, quantity: 2)
      try await Self.replaced(bench, cast, shelf, first, received: 2, damaged: 2)
      try await Orders.act(bench, "\(shelf)/confirm", cast.headquarters)
      #expect(try Orders.stock(bench, "TP-CENTRAL") == "4/4/0")
      let master = bench.master(.station(bench.network.station))
      let waiting = try await bench.walk(master).order(in: .inRepair)
      try await Orders.act(
        bench, "/v1/work-orders/\(waiting)/await-parts", cast.clerk, #"{"partNumbers": ["\#(TestParts.pad)"]}"#)
      let drafted = await bench.get("\(Orders.path)?workOrderId=\(waiting)", cast.clerk)
      let vor = "\(Orders.path)/\(try #require(drafted.member("items/0/id")))"
      try await Orders.act(bench, "\(vor)/sign", cast.supervisor)
      try await Orders.act(bench, "\(vor)/submit", cast.supervisor)
      let confirmed = try await Orders.act(bench, "\(vor)/confirm", cast.headquarters)
      #expect(confirmed.member("lines/0/allocated") == "1", "\(confirmed.text)")
      let giver = await bench.get(shelf, cast.clerk)
      #expect(giver.member("lines/0/allocated") == "1" && giver.member("lines/0/backordered") == "1")
      #expect(giver.member("lines/1/allocated") == "2")
      #expect(try Orders.stock(bench, "TP-CENTRAL") == "4/4/0")
    }
  }

  @Test("a replacement that nobody has set aside takes nothing of what is set aside for the other line (PO-07)")
  func unallocatedReplacement() async throws {
    try await APIBench.with { bench in
      try TestParts.seed(bench.database, stations: [bench.network.station], quantity: 10)
      let cast = Orders.Cast(bench)
      let order = try await Self.confirmed(bench, cast, quantity: 10)
      let first = try await Orders.shipped(bench, cast, order, quantity: 4)
      try await Self.replaced(bench, cast, order, first, received: 4, damaged: 2)
      let portion = #"{"lines": [{"line": 2, "quantity": 2}]}"#
      expectProblem(await bench.act("\(order)/ship", cast.headquarters, portion), 409, "insufficient-stock")
      #expect(try Orders.stock(bench, "TP-CENTRAL") == "6/6/0")
      try Self.arrive(bench, 2, at: "TP-CENTRAL")
      let shipped = try await Orders.act(bench, "\(order)/ship", cast.headquarters, portion)
      #expect(shipped.member("lines/0/allocated") == "6" && shipped.member("lines/1/inTransit") == "2")
      #expect(try Orders.stock(bench, "TP-CENTRAL") == "6/6/0")
    }
  }

  @Test("what is given back by hand of what was set aside for a parts order is back-ordered on it (PO-08, PO-11)")
  func givenBack() async throws {
    try await APIBench.with { bench in
      let (own, source) = (bench.network.station, bench.network.otherStation)
      try TestParts.seed(bench.database, stations: [own, source])
      try Self.arrive(bench, 5, at: "TP-SY002")
      let cast = Orders.Cast(bench)
      let storekeeper = bench.token(.stPartsClerk, scope: .station(source))
      let order = try await Orders.submitted(
        bench, cast, quantity: 2, #""type": "transfer", "sourceStationId": "\#(source)""#)
      let request = "/v1/transfer-requests/\(order.split(separator: "/").last ?? "")"
      let giver = bench.token(.stPartsSupervisor, scope: .station(source))
      try await Orders.act(bench, "\(request)/agree", giver)
      let held = await bench.get("/v1/reservations?state=active", storekeeper)
      #expect(held.count("items") == 1 && held.member("items/0/purpose") == "partsOrder", "\(held.text)")
      let reservation = "/v1/reservations/\(try #require(held.member("items/0/id")))"
      let released = try await Orders.act(bench, "\(reservation)/release", storekeeper, #"{"note": "盘点短缺"}"#)
      #expect(released.member("state") == "released")
      #expect(try Orders.stock(bench, "TP-SY002") == "5/0/0")
      let waiting = await bench.get(order, cast.clerk)
      #expect(waiting.member("lines/0/allocated") == "0" && waiting.member("lines/0/backordered") == "2")
      let told = await bench.get("\(order)/history?sort=-position&limit=1", cast.clerk)
      #expect(told.member("items/0/type") == "partsOrder.allocationTaken", "\(told.text)")
      #expect(told.member("items/0/data/quantity") == "2" && told.member("items/0/reason") == "盘点短缺")
      expectProblem(await bench.act("\(request)/send", giver), 409, "nothing-set-aside")
      try await Orders.act(bench, "\(request)/agree", giver)
      try await Orders.act(bench, "\(request)/send", giver)
      #expect(try Orders.stock(bench, "TP-SY002") == "3/0/0")
    }
  }

  // MARK: Replacements

  @Test("a replacement of a replacement comes into the store at what the first piece cost (PO-07, PRT-10)")
  func worthOfReplacements() async throws {
    try await APIBench.with { bench in
      try TestParts.seed(bench.database, stations: [bench.network.station], quantity: 20)
      let cast = Orders.Cast(bench)
      let order = try await Self.confirmed(bench, cast, quantity: 2)
      let first = try await Orders.shipped(bench, cast, order, quantity: 2)
      try await Self.replaced(bench, cast, order, first, received: 2, damaged: 1)
      let second = try await Orders.shipped(bench, cast, order, line: 2, quantity: 1)
      try await Self.replaced(bench, cast, order, second, line: 2, received: 1, damaged: 1)
      let third = try await Orders.shipped(bench, cast, order, line: 3, quantity: 1)
      _ = try await Orders.receive(bench, cast.clerk, order, third, #"{"line": 3, "received": 1}"#)
      let costs = try bench.database.admin(
        """
        set app.scope = '*';
        select string_agg(m.source_line || ': ' || m.cost, ', ' order by m.source_line) from stock_movements m
        where m.kind = 'shipmentReceipt'
        """)
      #expect(costs.contains("1: 520.00, 3: 520.00"), "\(costs)")
    }
  }

  @Test(
    "a replacement on a transfer is offered to the station that gives, and leaves once however many send it (PO-08)")
  func transferredReplacement() async throws {
    try await APIBench.with { bench in
      let (own, source) = (bench.network.station, bench.network.otherStation)
      try TestParts.seed(bench.database, stations: [own, source])
      try Self.arrive(bench, 10, at: "TP-SY002")
      let cast = Orders.Cast(bench)
      let giver = bench.token(.stPartsSupervisor, scope: .station(source))
      let order = try await Orders.submitted(
        bench, cast, quantity: 4, #""type": "transfer", "sourceStationId": "\#(source)""#)
      let id = "\(order.split(separator: "/").last ?? "")"
      let request = "/v1/transfer-requests/\(id)"
      try await Orders.act(bench, "\(request)/agree", giver)
      try await Orders.act(bench, "\(request)/send", giver)
      let first = try #require(
        await bench.get("/v1/shipments?partsOrderId=\(id)", cast.clerk).member("items/0/id"))
      try await Self.replaced(bench, cast, order, first, received: 4, damaged: 2)
      let asked = await bench.get(request, giver)
      #expect(asked.member("availableActions/0") == "agree" && asked.count("availableActions") == 1, "\(asked.text)")
      let agreed = try await Orders.act(bench, "\(request)/agree", giver)
      #expect(agreed.member("lines/1/allocated") == "2" && agreed.member("availableActions/0") == "send")
      let portion = #"{"lines": [{"line": 2, "quantity": 2}]}"#
      let sent = await Orders.many(8) { place in
        place % 2 == 0
          ? await bench.act("\(request)/send", giver).status
          : await bench.act("\(order)/ship", cast.headquarters, portion).status
      }
      #expect(sent.count { $0 == 200 } == 1, "\(sent)")
      #expect(try Orders.stock(bench, "TP-SY002") == "4/0/0")
      #expect(await bench.get("/v1/shipments?partsOrderId=\(id)", cast.clerk).count("items") == 2)
      let line = await bench.get(order, cast.clerk)
      #expect(line.member("lines/1/shipped") == "2" && line.member("lines/1/inTransit") == "2")
    }
  }

  // MARK: Money

  @Test("what a station owes holds back what it orders, not the replacement that it is owed (SET-03, PO-07)")
  func freeOfCharge() async throws {
    try await APIBench.with { bench in
      try TestParts.seed(bench.database, stations: [bench.network.station], quantity: 1_000)
      let cast = Orders.Cast(bench)
      let order = try await Orders.submitted(bench, cast, quantity: 2)
      try await Orders.act(bench, "\(order)/confirm", cast.headquarters)
      let first = try await Orders.shipped(bench, cast, order, quantity: 2)
      try await Self.replaced(bench, cast, order, first, received: 2, damaged: 1)
      try await Orders.act(bench, "\(order)/confirm", cast.headquarters)
      // On open account it may owe 200000.00; by now it owes 1040.00, and then 202800.00 more.
      let other = try await Orders.submitted(bench, cast, quantity: 391)
      try await Orders.act(bench, "\(other)/confirm", cast.headquarters)
      _ = try await Orders.shipped(bench, cast, other, quantity: 390)
      expectProblem(
        await bench.act("\(other)/ship", cast.headquarters, #"{"lines": [{"line": 1, "quantity": 1}]}"#), 409,
        "credit-insufficient")
      let replacement = await bench.act(
        "\(order)/ship", cast.headquarters, #"{"lines": [{"line": 2, "quantity": 1}]}"#)
      #expect(replacement.status == 200, "\(replacement.text)")
    }
  }

  @Test("who gives for a transfer learns that the other station is not good for it, not how it stands (SET-03, PO-08)")
  func hiddenPosition() async throws {
    try await APIBench.with { bench in
      let (own, source) = (bench.network.station, bench.network.otherStation)
      try TestParts.seed(bench.database, stations: [own, source], quantity: 1_000)
      try Self.arrive(bench, 5, at: "TP-SY002")
      try await Self.checkTransfers(bench)
      let cast = Orders.Cast(bench)
      let giver = bench.token(.stPartsSupervisor, scope: .station(source))
      let order = try await Orders.submitted(
        bench, cast, quantity: 2, #""type": "transfer", "sourceStationId": "\#(source)""#)
      let request = "/v1/transfer-requests/\(order.split(separator: "/").last ?? "")"
      try await Orders.act(bench, "\(request)/agree", giver)
      let other = try await Orders.submitted(bench, cast, quantity: 390)
      try await Orders.act(bench, "\(other)/confirm", cast.headquarters)
      _ = try await Orders.shipped(bench, cast, other, quantity: 390)
      let refused = await bench.act("\(request)/send", giver)
      expectProblem(refused, 409, "credit-insufficient")
      #expect(refused.member("availableAmount/amount") == nil && refused.member("requiredAmount/amount") == nil)
      #expect(!refused.text.contains("CNY"), "\(refused.text)")
      let told = await bench.act(
        "\(order)/ship", cast.headquarters, #"{"lines": [{"line": 1, "quantity": 2}]}"#)
      expectProblem(told, 409, "credit-insufficient")
      #expect(told.member("availableAmount/amount") == "-202800.00", "\(told.text)")
    }
  }

  /// From now on the position is asked for transfers too.
  private static func checkTransfers(_ bench: APIBench) async throws {
    let terms = [("startup", 15), ("stock", 7), ("transfer", 3), ("urgent", 3), ("vor", 1)].map { type, days in
      #""\#(type)": {"checksCredit": true, "supplyDays": \#(days), "surchargePercent": 0}"#
    }
    let body =
      #"{"body": {"creditLimit": {"amount": "200000.00", "currency": "CNY"}, "depositPercent": 0, "reservationHours": 72, "types": {\#(terms.joined(separator: ", "))}}, "reason": "调拨也查信用"}"#
    let versions = "/v1/policies/partsOrders/versions"
    _ = try await bench.created(versions, bench.master(), body)
    try await Orders.act(bench, "\(versions)/1/submit", bench.master())
    try await Orders.act(bench, "\(versions)/1/approve", bench.master())
  }

  // MARK: Limits

  @Test(
    "the window of a claim runs from the count at the station, not from when the carrier says it delivered (PCL-03)")
  func windowFromReceipt() async throws {
    try await APIBench.with { bench in
      try TestParts.seed(bench.database, stations: [bench.network.station])
      let cast = Orders.Cast(bench)
      let order = try await Self.confirmed(bench, cast, quantity: 2)
      let shipment = try await Orders.shipped(bench, cast, order, quantity: 2)
      try await Orders.act(bench, "/v1/shipments/\(shipment)/dispatch", cast.headquarters)
      _ = try bench.database.admin(
        """
        set app.scope = '*';
        update shipments set state = 'delivered', dispatched_at = '2026-01-01Z', delivered_at = '2026-01-02Z',
          delivered_to = '门卫'
        """)
      _ = try await Orders.receive(bench, cast.clerk, order, shipment, #"{"line": 1, "received": 1}"#)
      let claim = try await bench.created(
        "/v1/parts-claims", cast.clerk,
        #"{"shipmentId": "\#(shipment)", "line": 1, "kind": "defective", "quantity": 1, "description": "漏油"}"#)
      #expect(claim.member("receivedAt")?.hasPrefix("2026-01-0") == false, "\(claim.text)")
      let path = "/v1/parts-claims/\(try #require(claim.member("id")))"
      #expect(try await Orders.act(bench, "\(path)/submit", cast.supervisor).member("state") == "submitted")
    }
  }

  @Test("more than a place can have on order is refused, and the order stays with its signer (PO-13)")
  func onOrderLimit() async throws {
    try await APIBench.with { bench in
      try TestParts.seed(bench.database, stations: [bench.network.station])
      let cast = Orders.Cast(bench)
      _ = try await Orders.submitted(bench, cast, quantity: 1)
      _ = try bench.database.admin("set app.scope = '*'; update stock_expectations set quantity = 999999999")
      let order =
        "\(Orders.path)/\(try await bench.create(Orders.path, cast.clerk, #"{"type": "stock", "lines": [{"partNumber": "\#(TestParts.pad)", "quantity": 2}]}"#))"
      try await Orders.act(bench, "\(order)/sign", cast.supervisor)
      let refused = await bench.act("\(order)/submit", cast.supervisor)
      expectProblem(refused, 409, "stock-limit")
      #expect(refused.member("limit") == "1000000000" && refused.member("requestedQuantity") == "2")
      #expect(await bench.get(order, cast.clerk).member("state") == "dealerApproved")
      #expect(try Orders.stock(bench, "TP-SY001") == "0/0/999999999")
    }
  }

  @Test("nobody asks a station for a transfer that has left the network (PO-08, SM-11)")
  func terminatedGiver() async throws {
    try await APIBench.with { bench in
      let (own, source) = (bench.network.station, bench.network.otherStation)
      try TestParts.seed(bench.database, stations: [own, source])
      let cast = Orders.Cast(bench)
      let asks = #"{"type": "transfer", "sourceStationId": "\#(source)"}"#
      let draft = try await bench.create(Orders.path, cast.clerk, #"{"type": "stock"}"#)
      let service = bench.token(.hqService, scope: .network)
      try await Orders.act(bench, "/v1/stations/\(source)/suspend", service, #"{"reason": "整改"}"#)
      _ = try await bench.create(Orders.path, cast.clerk, asks)
      let lines = #""lines": [{"partNumber": "\#(TestParts.pad)", "quantity": 2}]"#
      let body = #"{"type": "transfer", "sourceStationId": "\#(source)", \#(lines)}"#
      let signed = "\(Orders.path)/\(try await bench.create(Orders.path, cast.clerk, body))"
      try await Orders.act(bench, "\(signed)/sign", cast.supervisor)
      let known = "\(Orders.path)/by-external/dms/PO-88"
      let system = bench.token(.dmsClient)
      let created = await bench.send("PUT", known, system, body: body)
      #expect(created.status == 201, "\(created.text)")
      try await Orders.act(bench, "/v1/stations/\(source)/terminate", service, #"{"reason": "解约"}"#)
      // What was said before stays said; who says it again is told nothing new.
      let again = await bench.send("PUT", known, system, body: body)
      #expect(again.status == 200 && again.header("upsert-outcome") == "unchanged", "\(again.text)")
      expectProblem(
        await bench.act("\(signed)/submit", cast.supervisor), 422, "validation-failed",
        pointer: "#/sourceStationId", code: "inconsistent")
      expectProblem(
        await bench.patch(signed, cast.clerk, version: 2, #"{"remark": "急"}"#), 409, "parts-order-not-editable")
      expectProblem(
        await bench.send("POST", Orders.path, cast.clerk, body: asks), 422, "validation-failed",
        pointer: "#/sourceStationId", code: "inconsistent")
      expectProblem(
        await bench.patch("\(Orders.path)/\(draft)", cast.clerk, version: 1, asks), 422, "validation-failed",
        pointer: "#/sourceStationId", code: "inconsistent")
    }
  }
}
