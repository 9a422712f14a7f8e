import API
import Domain
import Foundation
import TestSupport
import Testing

/// Parts orders, shipments and parts claims over HTTP (SM-8, SM-9).
@Suite("Parts orders over HTTP", .timeLimit(.minutes(20))) struct PartsOrderHTTPTests {
  static let path = "/v1/parts-orders"

  /// Everybody who takes part, each a person of his own.
  struct Cast {
    let clerk, supervisor, headquarters, finance: String

    init(_ bench: APIBench) {
      clerk = bench.token(.stPartsClerk)
      supervisor = bench.token(.stPartsSupervisor)
      headquarters = bench.token(.hqParts, scope: .network)
      finance = bench.token(.finance, scope: .network)
    }
  }

  @discardableResult
  static func act(
    _ bench: APIBench, _ path: String, _ token: String, _ body: String = "{}",
    _ location: SourceLocation = #_sourceLocation
  ) async throws -> TestAnswer {
    let answer = await bench.act(path, token, body, location)
    try #require(answer.status == 200, "\(path): \(answer.text)", sourceLocation: location)
    return answer
  }

  /// An order of pads, with headquarters.
  static func submitted(
    _ bench: APIBench, _ cast: Cast, quantity: Int, _ members: String = #""type": "stock""#
  ) async throws -> String {
    let body = #"{\#(members), "lines": [{"partNumber": "\#(TestParts.pad)", "quantity": \#(quantity)}]}"#
    let order = "\(path)/\(try await bench.create(path, cast.clerk, body))"
    try await act(bench, "\(order)/sign", cast.supervisor)
    try await act(bench, "\(order)/submit", cast.supervisor)
    return order
  }

  /// Ships so many pieces of line 1.
  ///
  /// - Returns: the shipment.
  static func shipped(
    _ bench: APIBench, _ cast: Cast, _ order: String, line: Int = 1, quantity: Int, carrier: String? = nil
  ) async throws -> String {
    let named = carrier.map { #", "carrierId": "\#($0)""# } ?? ""
    try await act(
      bench, "\(order)/ship", cast.headquarters,
      #"{"lines": [{"line": \#(line), "quantity": \#(quantity)}]\#(named)}"#)
    let id = try #require(await bench.get(order, cast.headquarters).member("id"))
    let shipments = await bench.get("/v1/shipments?partsOrderId=\(id)&sort=-number", cast.headquarters)
    return try #require(shipments.member("items/0/id"))
  }

  static func receive(
    _ bench: APIBench, _ token: String, _ order: String, _ shipment: String, _ line: String
  ) async throws -> TestAnswer {
    try await act(bench, "\(order)/receive", token, #"{"shipmentId": "\#(shipment)", "lines": [\#(line)]}"#)
  }

  static func stock(_ bench: APIBench, _ location: String) throws -> String {
    try bench.database.admin(
      """
      set app.scope = '*';
      select l.on_hand || '/' || l.reserved || '/' || l.on_order from stock_levels l
      join stock_locations o on o.id = l.location_id join parts p on p.id = l.part_id
      where o.code = '\(location)' and p.number = '\(TestParts.pad)'
      """
    ).split(separator: "\n").last.map(String.init) ?? ""
  }

  // MARK: The whole way

  @Test(
    "an order is signed by another person, shipped in two parts, received with differences, claimed for, replaced and compensated (PO-01, PO-15, PCL-01, SM-8, SM-9, SET-12)"
  )
  func wholeWay() async throws {
    try await APIBench.with { bench in
      try TestParts.seed(bench.database, stations: [bench.network.station], quantity: 8)
      let cast = Cast(bench)
      let drafted = try await bench.created(
        Self.path, cast.clerk,
        #"{"type": "stock", "remark": "补库", "lines": [{"partNumber": "\#(TestParts.pad)", "quantity": 10}]}"#)
      #expect(drafted.member("number")?.hasPrefix("PO-SY001-") == true)
      #expect(drafted.member("totalAmount/amount") == "5200.00" && drafted.member("lines/0/open") == "10")
      let order = "\(Self.path)/\(try #require(drafted.member("id")))"
      let both = bench.token(.stPartsClerk, .stPartsSupervisor)
      let own = try await bench.create(
        Self.path, both, #"{"type": "stock", "lines": [{"partNumber": "\#(TestParts.pad)", "quantity": 1}]}"#)
      let refused = await bench.act("\(Self.path)/\(own)/sign", both)
      #expect(refused.status == 409 && refused.member("guard") == "signer-drafted")
      try await Self.act(bench, "\(order)/sign", cast.supervisor)
      expectProblem(
        await bench.patch(order, cast.clerk, version: 2, #"{"remark": "x"}"#), 409, "parts-order-not-editable")
      try await Self.act(bench, "\(order)/submit", cast.supervisor)
      #expect(try Self.stock(bench, "TP-SY001") == "0/0/10")
      let confirmed = try await Self.act(
        bench, "\(order)/confirm", cast.headquarters, #"{"backorders": [{"line": 1, "expectedDate": "2036-01-01"}]}"#)
      #expect(confirmed.member("lines/0/allocated") == "8" && confirmed.member("lines/0/backordered") == "2")
      #expect(try Self.stock(bench, "TP-CENTRAL") == "8/8/0")
      // Without a deposit the first shipment would hold up the second.
      try await Self.act(bench, "\(order)/release", cast.finance, #"{"reason": "放行"}"#)
      expectProblem(
        await bench.act(
          "\(order)/ship", cast.headquarters, #"{"lines": [{"line": 1, "quantity": 10}]}"#), 409, "insufficient-stock")
      let first = try await Self.shipped(bench, cast, order, quantity: 5)
      #expect(await bench.get(order, cast.clerk).member("state") == "partiallyShipped")
      let second = try await Self.shipped(bench, cast, order, quantity: 3)
      #expect(try Self.stock(bench, "TP-CENTRAL") == "0/0/0")
      let part = try await Self.receive(
        bench, cast.clerk, order, first,
        #"{"line": 1, "received": 4, "short": 1, "rejections": [{"kind": "damaged", "quantity": 1}]}"#)
      #expect(part.member("state") == "partiallyReceived" && part.member("lines/0/rejected") == "1")
      #expect(try Self.stock(bench, "TP-SY001") == "3/0/5")
      try await Self.act(bench, "\(order)/cancel", cast.supervisor, #"{"reason": "不再等待"}"#)
      let all = try await Self.receive(bench, cast.clerk, order, second, #"{"line": 1, "received": 3}"#)
      #expect(all.member("state") == "received" && all.member("lines/0/cancelled") == "2")
      #expect(try Self.stock(bench, "TP-SY001") == "6/0/0")
      let early = await bench.act("\(order)/close", cast.clerk)
      #expect(early.member("guard") == "difference-unclaimed")
      let reported = try await Self.act(
        bench, "\(order)/report-discrepancy", cast.clerk, #"{"description": "外箱破损"}"#)
      #expect(reported.member("state") == "discrepancy" && reported.member("lines/0/claimed") == "2")
      let orderID = try #require(drafted.member("id"))
      let claims = await bench.get("/v1/parts-claims?partsOrderId=\(orderID)&sort=number", cast.clerk)
      #expect(claims.count("items") == 2 && claims.member("items/0/kind") == "short")
      expectProblem(
        await bench.send(
          "POST", "/v1/parts-claims", cast.clerk,
          body: #"{"shipmentId": "\#(first)", "line": 1, "kind": "short", "quantity": 1, "description": "x"}"#), 422,
        "validation-failed", pointer: "#/quantity", code: "outOfRange")
      let short = "/v1/parts-claims/\(try #require(claims.member("items/0/id")))"
      let damaged = "/v1/parts-claims/\(try #require(claims.member("items/1/id")))"
      for claim in [short, damaged] {
        try await Self.act(bench, "\(claim)/submit", cast.supervisor)
        try await Self.act(bench, "\(claim)/review", cast.headquarters)
      }
      let replaced = try await Self.act(bench, "\(short)/approve-replenishment", cast.headquarters)
      #expect(replaced.member("decision/replacementLine") == "2")
      expectProblem(
        await bench.act(
          "\(damaged)/approve-compensation", cast.finance, #"{"amount": {"amount": "520.01", "currency": "CNY"}}"#),
        422,
        "validation-failed", pointer: "#/amount", code: "outOfRange")
      let compensated = try await Self.act(
        bench, "\(damaged)/approve-compensation", cast.finance, #"{"returnsParts": true}"#)
      #expect(compensated.member("decision/amount/amount") == "520.00")
      #expect(
        try bench.database.admin(
          "set app.scope = '*'; select string_agg(kind || ' ' || amount, ', ' order by created_at, kind) from payable_items"
        ).contains("partsInvoice -260000, partsInvoice -156000, partsCompensation 52000"))
      #expect(await bench.act("\(short)/settle", cast.supervisor).member("guard") == "replacement-missing")
      // Two new ones have come in.
      _ = try bench.database.admin(
        """
        set app.scope = '*';
        insert into stock_movements (id, location_id, part_id, kind, quantity, cost, currency, on_hand_after, ordinal, recorded_at,
          recorded_by)
        values (gen_random_uuid(), '\(TestParts.warehouse)', '\(TestParts.partIDs[TestParts.pad] ?? "")', 'receipt', 2, 20.00,
          'CNY', 0, 0, now(), '测试')
        """)
      try await Self.act(bench, "\(order)/confirm", cast.headquarters)
      let third = try await Self.shipped(bench, cast, order, line: 2, quantity: 1)
      _ = try await Self.receive(bench, cast.clerk, order, third, #"{"line": 2, "received": 1}"#)
      for claim in [short, damaged] { try await Self.act(bench, "\(claim)/settle", cast.supervisor) }
      let pending = await bench.act("\(order)/close", cast.clerk)
      expectProblem(pending, 409, "claims-pending")
      let named = (0..<pending.count("conflicts")).map { pending.member("conflicts/\($0)/id") ?? "" }
      #expect(Set(named.map { "/v1/parts-claims/\($0)" }) == [short, damaged], "\(pending.text)")
      let recovered = await bench.act("\(damaged)/recover", cast.headquarters, #"{"party": "carrier", "reason": "运输"}"#)
      expectProblem(recovered, 422, "validation-failed", pointer: "#/partyId", code: "required")
      // Nobody owes more than what it cost (SET-12).
      let beyond = await bench.act(
        "\(damaged)/recover", cast.headquarters,
        #"{"party": "carrier", "reason": "运输", "amount": {"amount": "999999.00", "currency": "CNY"}}"#)
      expectProblem(beyond, 422, "validation-failed", pointer: "#/amount", code: "outOfRange")
      for claim in [short, damaged] { try await Self.act(bench, "\(claim)/close", cast.headquarters) }
      let closed = await bench.get(order, cast.clerk)
      #expect(closed.member("state") == "closed", "with its last claim the order is closed too")
      let types = await bench.get("\(order)/history?limit=100", cast.clerk)
      #expect(types.text.contains("partsOrder.replenished") && types.text.contains("partsOrder.closed"))
    }
  }

  // MARK: Money

  @Test("an order that the position does not cover waits for Finance, and shipping asks again (SET-03, PO-04, PO-10)")
  func credit() async throws {
    try await APIBench.with { bench in
      try TestParts.seed(bench.database, stations: [bench.network.station], quantity: 1_000)
      let cast = Cast(bench)
      let first = try await Self.submitted(bench, cast, quantity: 390)
      try await Self.act(bench, "\(first)/confirm", cast.headquarters)
      _ = try await Self.shipped(bench, cast, first, quantity: 384)
      // On open account it may owe 200000.00: the first invoices hold nothing up.
      let within = await bench.get(try await Self.submitted(bench, cast, quantity: 1), cast.clerk)
      #expect(within.member("state") == "submitted" && within.member("credit/sufficient") == "1")
      #expect(within.member("credit/position/amount") == "-199680.00")
      #expect(within.member("credit/required/amount") == "-200000.00")
      _ = try await Self.shipped(bench, cast, first, quantity: 1)
      // By now it owes 200200.00.
      let second = try await Self.submitted(bench, cast, quantity: 1)
      let held = await bench.get(second, cast.clerk)
      #expect(held.member("state") == "onHold" && held.member("credit/sufficient") == "0")
      #expect(held.member("credit/position/amount") == "-200200.00")
      #expect(await bench.act("\(second)/confirm", cast.headquarters).status == 409)
      let uncovered = await bench.act(
        "\(first)/ship", cast.headquarters, #"{"lines": [{"line": 1, "quantity": 1}]}"#)
      expectProblem(uncovered, 409, "credit-insufficient")
      #expect(uncovered.member("availableAmount/amount") == "-200200.00")
      #expect(uncovered.member("requiredAmount/currency") == "CNY")
      try await Self.act(bench, "\(first)/release", cast.finance, #"{"reason": "已承诺付款"}"#)
      _ = try await Self.shipped(bench, cast, first, quantity: 1)
      let released = try await Self.act(bench, "\(second)/release", cast.finance, #"{"reason": "款项已到"}"#)
      #expect(released.member("state") == "submitted" && released.member("release/reason") == "款项已到")
      try await Self.act(bench, "\(second)/hold", cast.finance, #"{"reason": "再查"}"#)
      #expect(await bench.get("\(second)/clocks", cast.clerk).count("items") == 0)
    }
  }

  @Test("a price that changed after the signature sends the order back to be signed again (PO-12)")
  func changedPrice() async throws {
    try await APIBench.with { bench in
      try TestParts.seed(bench.database, stations: [bench.network.station])
      let cast = Cast(bench)
      let order =
        "\(Self.path)/\(try await bench.create(Self.path, cast.clerk, #"{"type": "stock", "lines": [{"partNumber": "\#(TestParts.pad)", "quantity": 1}]}"#))"
      try await Self.act(bench, "\(order)/sign", cast.supervisor)
      _ = try bench.database.admin("set app.scope = '*'; update parts_orders set signed_amount = 519.00")
      expectProblem(await bench.act("\(order)/submit", cast.supervisor), 409, "prices-changed")
      try await Self.act(bench, "\(order)/return", cast.supervisor, #"{"reason": "价格已变"}"#)
      try await Self.act(bench, "\(order)/sign", cast.supervisor)
      let submitted = try await Self.act(bench, "\(order)/submit", cast.supervisor)
      #expect(submitted.member("state") == "submitted")
      expectProblem(
        await bench.send(
          "POST", Self.path, cast.clerk,
          body: #"{"type": "stock", "lines": [{"partNumber": "NOT-THERE", "quantity": 1}]}"#),
        422, "validation-failed", pointer: "#/lines/0/partNumber", code: "notFound")
    }
  }

  // MARK: Vehicles off the road

  @Test("a work order that waits drafts its order, which takes from the shelf; arrival moves it on (PO-09)")
  func vehicleOffRoad() async throws {
    try await APIBench.with { bench in
      try TestParts.seed(bench.database, stations: [bench.network.station], quantity: 5)
      let cast = Cast(bench)
      let shelf = try await Self.submitted(bench, cast, quantity: 5)
      try await Self.act(bench, "\(shelf)/confirm", cast.headquarters)
      let master = bench.master(.station(bench.network.station))
      let waiting = try await bench.walk(master).order(in: .inRepair)
      try await Self.act(
        bench, "/v1/work-orders/\(waiting)/await-parts", cast.clerk,
        #"{"partNumbers": ["\#(TestParts.pad)", "UNKNOWN-1"]}"#)
      let orders = await bench.get("\(Self.path)?workOrderId=\(waiting)", cast.clerk)
      #expect(orders.count("items") == 1 && orders.member("items/0/type") == "vor")
      #expect(orders.member("items/0/lines/0/quantity") == "1" && orders.member("items/0/downtime/days") == "1")
      let order = "\(Self.path)/\(try #require(orders.member("items/0/id")))"
      try await Self.act(bench, "\(order)/sign", cast.supervisor)
      try await Self.act(bench, "\(order)/submit", cast.supervisor)
      let confirmed = try await Self.act(bench, "\(order)/confirm", cast.headquarters)
      #expect(confirmed.member("lines/0/allocated") == "1")
      let giver = await bench.get(shelf, cast.clerk)
      #expect(giver.member("lines/0/allocated") == "4" && giver.member("lines/0/backordered") == "1")
      #expect(try Self.stock(bench, "TP-CENTRAL") == "5/5/0")
      let clocks = await bench.get("\(order)/clocks", cast.clerk)
      #expect(clocks.count("items") == 1 && clocks.member("items/0/kind") == "partsSupply")
      let shipment = try await Self.shipped(bench, cast, order, quantity: 1)
      #expect(await bench.get("/v1/work-orders/\(waiting)", master).member("state") == "awaitingParts")
      _ = try await Self.receive(bench, cast.clerk, order, shipment, #"{"line": 1, "received": 1}"#)
      #expect(await bench.get("/v1/work-orders/\(waiting)", master).member("state") == "inRepair")
      let history = await bench.get("/v1/work-orders/\(waiting)/history?sort=-position&limit=1", master)
      #expect(history.member("items/0/type") == "workOrder.partsReceived")
      let number = await bench.get(order, cast.clerk).member("number")
      #expect(history.member("items/0/data/partsOrder") == number)
    }
  }

  // MARK: Other ways in

  @Test("a transfer comes from the store of another station, which is credited for it (PO-08)")
  func transfer() async throws {
    try await APIBench.with { bench in
      let (own, source) = (bench.network.station, bench.network.otherStation)
      try TestParts.seed(bench.database, stations: [own, source])
      let cast = Cast(bench)
      _ = try bench.database.admin(
        """
        set app.scope = '*';
        insert into stock_movements (id, location_id, part_id, kind, quantity, cost, currency, on_hand_after, ordinal, recorded_at,
          recorded_by)
        select gen_random_uuid(), o.id, '\(TestParts.partIDs[TestParts.pad] ?? "")', 'receipt', 5, 50.00, 'CNY', 0, 0, now(),
          '测试'
        from stock_locations o where o.code = 'TP-SY002'
        """)
      expectProblem(
        await bench.send("POST", Self.path, cast.clerk, body: #"{"type": "transfer"}"#), 422, "validation-failed",
        pointer: "#/sourceStationId", code: "required")
      let order = try await Self.submitted(
        bench, cast, quantity: 2, #""type": "transfer", "sourceStationId": "\#(source)""#)
      try await Self.act(bench, "\(order)/confirm", cast.headquarters)
      let shipment = try await Self.shipped(bench, cast, order, quantity: 2)
      #expect(try Self.stock(bench, "TP-SY002") == "3/0/0" && Self.stock(bench, "TP-CENTRAL") == "100/0/0")
      _ = try await Self.receive(bench, cast.clerk, order, shipment, #"{"line": 1, "received": 2}"#)
      #expect(try Self.stock(bench, "TP-SY001") == "2/0/0")
      let owed = try bench.database.admin(
        "set app.scope = '*'; select string_agg(s.code || ' ' || i.amount, ', ' order by s.code) from payable_items i join stations s on s.id = i.station_id"
      )
      #expect(owed.contains("SY001 -104000, SY002 104000"))
      expectProblem(await bench.get(order, bench.token(.stPartsClerk, scope: .station(source))), 404, "not-found")
    }
  }

  @Test(
    "the station whose stock is asked for sees a transfer without its money, agrees to it and sends, or declines (PO-08)"
  )
  func transferRequests() async throws {
    try await APIBench.with { bench in
      let (own, source) = (bench.network.station, bench.network.otherStation)
      try TestParts.seed(bench.database, stations: [own, source])
      let cast = Cast(bench)
      let giver = bench.token(.stPartsSupervisor, scope: .station(source))
      _ = try bench.database.admin(
        """
        set app.scope = '*';
        insert into stock_movements (id, location_id, part_id, kind, quantity, cost, currency, on_hand_after, ordinal, recorded_at,
          recorded_by)
        select gen_random_uuid(), o.id, '\(TestParts.partIDs[TestParts.pad] ?? "")', 'receipt', 5, 50.00, 'CNY', 0, 0, now(),
          '测试'
        from stock_locations o where o.code = 'TP-SY002'
        """)
      let asks = #""type": "transfer", "sourceStationId": "\#(source)""#
      let draft = try await bench.create(
        Self.path, cast.clerk, #"{\#(asks), "lines": [{"partNumber": "\#(TestParts.pad)", "quantity": 1}]}"#)
      #expect(await bench.get("/v1/transfer-requests", giver).count("items") == 0, "nobody stands by a draft")
      expectProblem(await bench.get("/v1/transfer-requests/\(draft)", giver), 404, "not-found")
      let order = try await Self.submitted(bench, cast, quantity: 2, asks)
      let requests = await bench.get("/v1/transfer-requests?state=submitted", giver)
      #expect(requests.count("items") == 1 && requests.member("items/0/lines/0/quantity") == "2", "\(requests.text)")
      #expect(!requests.text.contains("amount") && !requests.text.contains("credit"))
      let request = "/v1/transfer-requests/\(try #require(requests.member("items/0/id")))"
      #expect(await bench.get("/v1/transfer-requests", cast.supervisor).count("items") == 0)
      let offered = await bench.get("\(request)/actions", giver)
      #expect(offered.member("items/0/action") == "agree" && offered.member("items/0/to") == "confirmed")
      #expect(offered.member("items/1/action") == "decline" && offered.count("items") == 2, "\(offered.text)")
      for path in ["\(request)/actions", "\(request)/history", "\(request)/notes"] {
        expectProblem(await bench.get(path, cast.supervisor), 404, "not-found")
      }
      expectProblem(await bench.act("\(request)/agree", cast.supervisor), 404, "not-found")
      expectProblem(await bench.act("\(request)/send", giver), 409, "nothing-set-aside")
      let agreed = await bench.act("\(request)/agree", giver, #"{"note": "明日发出"}"#)
      #expect(agreed.status == 200 && agreed.member("lines/0/allocated") == "2", "\(agreed.text)")
      #expect(agreed.member("availableActions/0") == "send")
      #expect(try Self.stock(bench, "TP-SY002") == "5/2/0")
      let sent = await bench.act("\(request)/send", giver)
      #expect(sent.status == 200 && sent.member("state") == "shipped", "\(sent.text)")
      #expect(try Self.stock(bench, "TP-SY002") == "3/0/0")
      let id = try #require(sent.member("id"))
      let heard = await bench.get("\(request)/history", giver)
      let types = (0..<heard.count("items")).compactMap { heard.member("items/\($0)/type") }
      #expect(types == ["partsOrder.submitted", "partsOrder.confirmed", "partsOrder.shipped"], "\(heard.text)")
      #expect(heard.member("items/1/reason") == "明日发出" && !heard.text.contains("CNY"))
      #expect((0..<types.count).allSatisfy { heard.count("items/\($0)/changes") == 0 })
      let shipment = try #require(
        await bench.get("/v1/shipments?partsOrderId=\(id)", cast.clerk).member("items/0/id"))
      _ = try await Self.receive(bench, cast.clerk, order, shipment, #"{"line": 1, "received": 2}"#)
      #expect(try Self.stock(bench, "TP-SY001") == "2/0/0")
      let other = try await Self.submitted(bench, cast, quantity: 1, asks)
      let second = "/v1/transfer-requests/\(other.split(separator: "/").last ?? "")"
      let declined = await bench.act("\(second)/decline", giver, #"{"reason": "自用"}"#)
      #expect(declined.member("state") == "rejected" && declined.member("exitReason") == "自用", "\(declined.text)")
      #expect(await bench.act("\(second)/agree", giver).status == 409)
      #expect(await bench.get(other, cast.clerk).member("state") == "rejected")
    }
  }

  @Test("who drafted an order may give it up, and is told so; the signature is another's (SM-8, SEC-10)")
  func drafter() async throws {
    try await APIBench.with { bench in
      try TestParts.seed(bench.database, stations: [bench.network.station])
      let cast = Cast(bench)
      let order = try await bench.created(
        Self.path, cast.clerk, #"{"type": "stock", "lines": [{"partNumber": "\#(TestParts.pad)", "quantity": 1}]}"#)
      #expect(order.member("availableActions/0") == "cancel" && order.count("availableActions") == 1, "\(order.text)")
      let path = "\(Self.path)/\(try #require(order.member("id")))"
      expectProblem(await bench.act("\(path)/sign", cast.clerk), 403, "forbidden")
      #expect(await bench.patch(path, cast.clerk, version: 1, #"{"remark": "不急"}"#).status == 200)
      let cancelled = try await Self.act(bench, "\(path)/cancel", cast.clerk, #"{"reason": "重复"}"#)
      #expect(cancelled.member("state") == "cancelled" && cancelled.count("availableActions") == 0)
    }
  }

  @Test("what arrives damaged is claimed for while the rest is on its way; the order stays open (PCL-01, PCL-03, SM-8)")
  func partialDiscrepancy() async throws {
    try await APIBench.with { bench in
      try TestParts.seed(bench.database, stations: [bench.network.station], quantity: 100)
      let cast = Cast(bench)
      let order = try await Self.submitted(bench, cast, quantity: 4)
      try await Self.act(bench, "\(order)/confirm", cast.headquarters)
      try await Self.act(bench, "\(order)/release", cast.finance, #"{"reason": "放行"}"#)
      let first = try await Self.shipped(bench, cast, order, quantity: 2)
      let received = try await Self.receive(
        bench, cast.clerk, order, first,
        #"{"line": 1, "received": 2, "rejections": [{"kind": "damaged", "quantity": 1}]}"#)
      #expect(received.member("state") == "partiallyReceived", "\(received.text)")
      let reported = try await Self.act(
        bench, "\(order)/report-discrepancy", cast.clerk, #"{"description": "一件破损"}"#)
      #expect(reported.member("state") == "partiallyReceived", "\(reported.text)")
      let id = try #require(reported.member("id"))
      let claims = await bench.get("/v1/parts-claims?partsOrderId=\(id)", cast.clerk)
      #expect(claims.count("items") == 1 && claims.member("items/0/kind") == "damaged", "\(claims.text)")
      let again = await bench.act("\(order)/report-discrepancy", cast.clerk, #"{"description": "一件破损"}"#)
      #expect(again.status == 409 && again.member("guard") == "no-difference", "\(again.text)")
      let second = try await Self.shipped(bench, cast, order, quantity: 2)
      let rest = try await Self.receive(bench, cast.clerk, order, second, #"{"line": 1, "received": 2}"#)
      #expect(rest.member("state") == "received", "\(rest.text)")
      #expect(await bench.act("\(order)/close", cast.clerk).status == 409, "its claim is not decided yet")
    }
  }

  @Test("the station's own system drafts by its number; what says nothing new makes no version (domain.md section 13)")
  func upsert() async throws {
    try await APIBench.with { bench in
      try TestParts.seed(bench.database, stations: [bench.network.station])
      let (system, cast) = (bench.token(.dmsClient), Cast(bench))
      func put(_ quantity: Int) async -> TestAnswer {
        await bench.send(
          "PUT", "\(Self.path)/by-external/dms/PO-77", system,
          body: #"{"type": "stock", "lines": [{"partNumber": "\#(TestParts.pad)", "quantity": \#(quantity)}]}"#)
      }
      let made = await put(3)
      #expect(made.status == 201 && made.member("externalIds/dms") == "PO-77", "\(made.text)")
      let same = await put(3)
      #expect(same.status == 200 && same.header("upsert-outcome") == "unchanged" && same.member("version") == "1")
      let more = await put(4)
      #expect(more.header("upsert-outcome") == "updated" && more.member("lines/0/quantity") == "4")
      let order = "\(Self.path)/\(try #require(made.member("id")))"
      try await Self.act(bench, "\(order)/sign", cast.supervisor)
      #expect(await put(4).header("upsert-outcome") == "unchanged", "what was signed may be said again")
      expectProblem(await put(5), 409, "parts-order-not-editable")
      expectProblem(await bench.act("\(order)/submit", system), 403, "forbidden")
      // With headquarters it is the same, and the station's system learns what it would have to take back.
      try await Self.act(bench, "\(order)/submit", cast.supervisor)
      #expect(await put(4).header("upsert-outcome") == "unchanged")
      let changed = await bench.send(
        "PUT", "\(Self.path)/by-external/dms/PO-77", system,
        body:
          #"{"type": "stock", "remark": "急", "lines": [{"partNumber": "\#(TestParts.pad)", "quantity": 5}, {"partNumber": "\#(TestParts.filter)", "quantity": 1}]}"#
      )
      expectProblem(changed, 409, "parts-order-not-editable")
      #expect(changed.count("fields") == 3, "\(changed.text)")
      #expect((0..<3).map { changed.member("fields/\($0)") } == ["#/remark", "#/lines/0/quantity", "#/lines/1"])
      #expect(await bench.get(order, cast.clerk).member("lines/0/quantity") == "4")
    }
  }

  @Test("the first stock of a station waits for its letter of intent (PO-03, NET-11)")
  func startup() async throws {
    try await APIBench.with { bench in
      try TestParts.seed(bench.database, stations: [bench.network.station])
      let cast = Cast(bench)
      let order =
        "\(Self.path)/\(try await bench.create(Self.path, cast.clerk, #"{"type": "startup", "lines": [{"partNumber": "\#(TestParts.filter)", "quantity": 50}]}"#))"
      try await Self.act(bench, "\(order)/sign", cast.supervisor)
      #expect(await bench.act("\(order)/submit", cast.supervisor).member("guard") == "letter-of-intent-missing")
      try await Self.act(bench, "\(order)/return", cast.supervisor, #"{"reason": "补意向书"}"#)
      let patched = await bench.patch(
        order, cast.clerk, version: 3, #"{"letterOfIntent": {"number": "YX-2026-7", "signedDate": "2026-01-05"}}"#)
      #expect(patched.status == 200, "\(patched.text)")
      try await Self.act(bench, "\(order)/sign", cast.supervisor)
      let submitted = try await Self.act(bench, "\(order)/submit", cast.supervisor)
      #expect(submitted.member("state") == "submitted" && submitted.member("totalAmount/amount") == "1775.00")
      let rejected = try await Self.act(bench, "\(order)/reject", cast.headquarters, #"{"reason": "意向书过期"}"#)
      #expect(rejected.member("state") == "rejected" && rejected.member("lines/0/cancelled") == "50")
    }
  }

  // MARK: Carriers

  @Test(
    "a carrier sees its own shipments alone, and tells where they are; it is asked to pay for what was wrong (PRT-16, PO-14, PCL-05)"
  )
  func carriers() async throws {
    try await APIBench.with { bench in
      try TestParts.seed(bench.database, stations: [bench.network.station])
      let cast = Cast(bench)
      func carrier(_ code: String) async throws -> (id: String, token: String) {
        let id = try await bench.create("/v1/carriers", cast.headquarters, #"{"code": "\#(code)", "name": "物流"}"#)
        let party = try #require(UUID(uuidString: id))
        return (id, bench.token(.carrier, scope: .supplier(party)))
      }
      let (own, other) = (try await carrier("SHUNYUN"), try await carrier("ANOTHER"))
      let order = try await Self.submitted(bench, cast, quantity: 3)
      try await Self.act(bench, "\(order)/confirm", cast.headquarters)
      let id = try await Self.shipped(bench, cast, order, quantity: 3, carrier: own.id)
      let shipment = "/v1/shipments/\(id)"
      #expect(await bench.get("/v1/shipments", own.token).count("items") == 1)
      #expect(await bench.get("/v1/shipments", other.token).count("items") == 0)
      expectProblem(await bench.get(shipment, other.token), 404, "not-found")
      expectProblem(await bench.get(order, own.token), 403, "forbidden")
      try await Self.act(bench, "\(shipment)/dispatch", cast.headquarters, #"{"trackingNumber": "SF1"}"#)
      expectProblem(await bench.act("\(shipment)/track", other.token, #"{"status": "delayed"}"#), 404, "not-found")
      // A carrier's system knows the number on its label, and no identity of ours.
      let byNumber = await bench.get("/v1/shipments?trackingNumber=SF1", own.token)
      #expect(byNumber.count("items") == 1 && byNumber.member("items/0/id") == id)
      #expect(await bench.get("/v1/shipments?trackingNumber=SF1", other.token).count("items") == 0)
      expectProblem(
        await bench.act("\(shipment)/track", own.token, #"{"status": "delayed", "at": "2099-01-01T00:00:00Z"}"#), 422,
        "validation-failed", pointer: "#/at", code: "outOfRange")
      let tracked = try await Self.act(
        bench, "\(shipment)/track", own.token, #"{"status": "outForDelivery", "place": "大连"}"#)
      #expect(tracked.member("tracking/0/status") == "outForDelivery" && tracked.member("lines/0/quantity") == "3")
      let delivered = try await Self.act(bench, "\(shipment)/deliver", own.token, #"{"deliveredTo": "孙丽"}"#)
      #expect(delivered.member("state") == "delivered" && delivered.member("deliveredTo") == "孙丽")
      let history = await bench.get("\(shipment)/history", cast.clerk)
      #expect(history.count("items") == 4, "the station sees what the carrier did")
      let received = try await Self.receive(
        bench, cast.clerk, order, id,
        #"{"line": 1, "received": 3, "rejections": [{"kind": "wrong", "quantity": 1}]}"#)
      #expect(received.member("state") == "received")
      let clocks = await bench.get("\(shipment)/clocks", cast.clerk)
      #expect(clocks.member("items/0/kind") == "partsClaimWindow")
      let claim =
        "/v1/parts-claims/\(try await bench.create("/v1/parts-claims", cast.clerk, #"{"shipmentId": "\#(id)", "line": 1, "kind": "wrong", "quantity": 1, "description": "错件"}"#))"
      try await Self.act(bench, "\(claim)/submit", cast.supervisor)
      try await Self.act(bench, "\(claim)/review", cast.headquarters)
      try await Self.act(bench, "\(claim)/approve-compensation", cast.headquarters)
      try await Self.act(bench, "\(claim)/settle", cast.finance)
      let recovered = try await Self.act(
        bench, "\(claim)/recover", cast.headquarters, #"{"party": "carrier", "reason": "错发"}"#)
      #expect(recovered.member("recovery/partyId") == own.id && recovered.member("recovery/amount/amount") == "520.00")
      try await Self.act(bench, "\(claim)/close", cast.headquarters)
      #expect(await bench.get(order, cast.clerk).member("state") == "closed")
    }
  }

  @Test("after the window nothing is claimed for; what was not received is not either (PCL-03, D-18)")
  func window() async throws {
    try await APIBench.with { bench in
      try TestParts.seed(bench.database, stations: [bench.network.station])
      let cast = Cast(bench)
      let order = try await Self.submitted(bench, cast, quantity: 2)
      try await Self.act(bench, "\(order)/confirm", cast.headquarters)
      let shipment = try await Self.shipped(bench, cast, order, quantity: 2)
      let body = #"{"shipmentId": "\#(shipment)", "line": 1, "kind": "defective", "quantity": 1, "description": "漏油"}"#
      expectProblem(
        await bench.send("POST", "/v1/parts-claims", cast.clerk, body: body), 409, "shipment-not-received")
      _ = try await Self.receive(bench, cast.clerk, order, shipment, #"{"line": 1, "received": 2}"#)
      let claim = try await bench.created("/v1/parts-claims", cast.clerk, body)
      #expect(claim.member("claimBefore") != nil)
      _ = try bench.database.admin("set app.scope = '*'; update parts_claims set claim_before = '2026-01-01Z'")
      let late = await bench.act("/v1/parts-claims/\(try #require(claim.member("id")))/submit", cast.supervisor)
      expectProblem(late, 409, "claim-window-closed")
      #expect(late.member("deadline") == "2026-01-01T00:00:00.000Z" && late.member("since") != nil)
    }
  }

  @Test(
    "a claim is corrected and withdrawn before headquarters looks at it, and its pieces may be claimed for again (PCL-02)"
  )
  func withdrawal() async throws {
    try await APIBench.with { bench in
      try TestParts.seed(bench.database, stations: [bench.network.station])
      let cast = Cast(bench)
      let order = try await Self.submitted(bench, cast, quantity: 4)
      try await Self.act(bench, "\(order)/confirm", cast.headquarters)
      let shipment = try await Self.shipped(bench, cast, order, quantity: 4)
      _ = try await Self.receive(
        bench, cast.clerk, order, shipment,
        #"{"line": 1, "received": 4, "rejections": [{"kind": "damaged", "quantity": 2}]}"#)
      func claim(_ quantity: Int) async -> TestAnswer {
        await bench.send(
          "POST", "/v1/parts-claims", cast.clerk,
          body:
            #"{"shipmentId": "\#(shipment)", "line": 1, "kind": "damaged", "quantity": \#(quantity), "description": "开裂"}"#
        )
      }
      let first = await claim(4)
      let path = "/v1/parts-claims/\(try #require(first.member("id"), "\(first.text)"))"
      #expect(await claim(1).status == 422, "all are claimed for")
      let fewer = await bench.patch(path, cast.clerk, version: 1, #"{"quantity": 2}"#)
      #expect(fewer.member("quantity") == "2", "\(fewer.text)")
      try await Self.act(bench, "\(path)/submit", cast.supervisor)
      expectProblem(
        await bench.act("\(path)/withdraw", cast.supervisor), 422, "validation-failed", pointer: "#/reason",
        code: "required")
      let withdrawn = try await Self.act(bench, "\(path)/withdraw", cast.supervisor, #"{"reason": "复点无误"}"#)
      #expect(withdrawn.member("state") == "withdrawn" && withdrawn.count("availableActions") == 0)
      #expect(await bench.act("\(path)/review", cast.headquarters).status == 409)
      #expect(await bench.act("\(path)/withdraw", cast.supervisor, #"{"reason": "x"}"#).status == 409)
      let again = await claim(4)
      #expect(again.status == 201, "\(again.text)")
      let draft = "/v1/parts-claims/\(try #require(again.member("id")))"
      let dropped = try await Self.act(bench, "\(draft)/withdraw", cast.supervisor, #"{"reason": "误建"}"#)
      #expect(dropped.member("state") == "withdrawn" && dropped.member("submittedAt") == nil)
    }
  }

  @Test("headquarters' people of a region see and supply its stations alone, from the warehouse of all (SEC-03, PO-06)")
  func region() async throws {
    try await APIBench.with { bench in
      let (own, other) = (bench.network.station, bench.network.otherStation)
      try TestParts.seed(bench.database, stations: [own, other])
      let cast = Cast(bench)
      let order = try await Self.submitted(bench, cast, quantity: 2)
      let foreign = try await bench.create(
        Self.path, bench.token(.stPartsClerk, scope: .station(other)),
        #"{"type": "stock", "lines": [{"partNumber": "\#(TestParts.pad)", "quantity": 1}]}"#)
      let regional = bench.token(.hqParts, scope: .region(bench.network.region, stations: [own]))
      let found = await bench.get(Self.path, regional)
      #expect(found.count("items") == 1 && "\(Self.path)/\(found.member("items/0/id") ?? "")" == order)
      expectProblem(await bench.get("\(Self.path)/\(foreign)", regional), 404, "not-found")
      expectProblem(await bench.act("\(Self.path)/\(foreign)/confirm", regional), 404, "not-found")
      let confirmed = try await Self.act(bench, "\(order)/confirm", regional)
      #expect(confirmed.member("lines/0/allocated") == "2")
      try await Self.act(bench, "\(order)/ship", regional, #"{"lines": [{"line": 1, "quantity": 2}]}"#)
      let shipments = await bench.get("/v1/shipments", regional)
      #expect(shipments.count("items") == 1)
      // What lies with the other station they learn as a class, without a number.
      _ = try bench.database.admin(
        """
        set app.scope = '*';
        insert into stock_movements (id, location_id, part_id, kind, quantity, cost, currency, on_hand_after, ordinal, recorded_at,
          recorded_by)
        select gen_random_uuid(), o.id, '\(TestParts.partIDs[TestParts.pad] ?? "")', 'receipt', 5, 50.00, 'CNY', 0, 0, now(),
          '测试'
        from stock_locations o where o.code = 'TP-SY002'
        """)
      let levels = await bench.get("/v1/stock?limit=100", regional)
      #expect(!levels.text.contains("TP-SY002"))
      let places = await bench.get("/v1/parts/\(TestParts.pad)/availability", regional)
      let theirs = try #require(
        (0..<places.count("items")).first { places.member("items/\($0)/locationCode") == "TP-SY002" })
      #expect(
        places.member("items/\(theirs)/quantity") == nil && places.member("items/\(theirs)/availability") == "some")
    }
  }

  // MARK: At once

  @Test("clients that ship and receive one line at once never break its equations, nor ship what is not there (PO-11)")
  func concurrency() async throws {
    try await APIBench.with { bench in
      try TestParts.seed(bench.database, stations: [bench.network.station], quantity: 12)
      let cast = Cast(bench)
      let order = try await Self.submitted(bench, cast, quantity: 20)
      try await Self.act(bench, "\(order)/confirm", cast.headquarters)
      try await Self.act(bench, "\(order)/release", cast.finance, #"{"reason": "放行"}"#)
      let shipped = await Self.many(8) { _ in
        await bench.act("\(order)/ship", cast.headquarters, #"{"lines": [{"line": 1, "quantity": 3}]}"#).status
      }
      #expect(shipped.count { $0 == 200 } == 4 && shipped.count { $0 == 409 } == 4, "\(shipped)")
      let id = try #require(await bench.get(order, cast.clerk).member("id"))
      let shipments = await bench.get("/v1/shipments?partsOrderId=\(id)&limit=100", cast.clerk)
      let ids = (0..<shipments.count("items")).compactMap { shipments.member("items/\($0)/id") }
      #expect(ids.count == 4)
      let received = await Self.many(16) { place in
        await bench.act(
          "\(order)/receive", cast.clerk,
          #"{"shipmentId": "\#(ids[place % 4])", "lines": [{"line": 1, "received": 1}]}"#
        ).status
      }
      #expect(received.count { $0 == 200 } == 12, "\(received)")
      let line = await bench.get(order, cast.clerk)
      #expect(line.member("lines/0/shipped") == "12" && line.member("lines/0/received") == "12")
      #expect(line.member("lines/0/inTransit") == "0" && line.member("lines/0/backordered") == "8")
      #expect(try Self.stock(bench, "TP-SY001") == "12/0/8" && Self.stock(bench, "TP-CENTRAL") == "0/0/0")
    }
  }

  /// Runs `body` so many times at once.
  static func many(_ count: Int, _ body: @escaping @Sendable (Int) async -> Int) async -> [Int] {
    await withTaskGroup(of: Int.self) { group in
      for place in 0..<count { group.addTask { await body(place) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
  }

  // MARK: Reports

  @Test(
    "supply, fill rate and days off the road are reported, and the month is frozen by the parts supervisor (PO-05, PRT-18)"
  )
  func reports() async throws {
    try await APIBench.with { bench in
      try TestParts.seed(bench.database, stations: [bench.network.station], quantity: 3)
      let cast = Cast(bench)
      let order = try await Self.submitted(bench, cast, quantity: 4)
      try await Self.act(bench, "\(order)/confirm", cast.headquarters)
      let shipment = try await Self.shipped(bench, cast, order, quantity: 3)
      _ = try await Self.receive(
        bench, cast.clerk, order, shipment, #"{"line": 1, "received": 2, "short": 1}"#)
      let today = CalendarDate(inChina: SystemClock.now())
      let tomorrow = CalendarDate(daysSinceEpoch: today.daysSinceEpoch + 1)
      let period = "dateFrom=\(today)&dateBefore=\(tomorrow)"
      let supply = await bench.get("/v1/reports/parts-supply?\(period)", cast.headquarters)
      #expect(supply.member("rows/0/confirmed") == "4" && supply.member("rows/0/filled") == "3", "\(supply.text)")
      #expect(supply.member("rows/0/backordered") == "1" && supply.member("figures/orders") == "1")
      let month = await bench.get("/v1/reports/parts-monthly?\(period)", cast.supervisor)
      #expect(
        month.member("rows/0/partNumber") == TestParts.pad && month.member("rows/0/received") == "2", "\(month.text)")
      #expect(month.member("rows/0/closing") == "2" && month.member("rows/0/short") == "1")
      let issued = try await bench.created(
        "/v1/issued-reports", cast.supervisor,
        #"{"report": "partsMonthly", "dateFrom": "2026-01-01", "dateBefore": "2026-02-01"}"#)
      #expect(issued.text.contains("hqParts") && issued.member("stationId") == "\(bench.network.station)")
      expectProblem(
        await bench.send(
          "POST", "/v1/issued-reports", cast.clerk,
          body: #"{"report": "partsMonthly", "dateFrom": "2026-03-01", "dateBefore": "2026-04-01"}"#), 403, "forbidden")
    }
  }
}
