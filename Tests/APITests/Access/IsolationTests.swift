import API
import Domain
import FoundationEssentials
import TestSupport
import Testing

/// Stations do not see each other (SEC-03, S1, S2): with both walls, and with either of them taken away. The caller of the
/// second station may do everything; the documents that he reaches for are the first station's.
@Suite("Isolation of stations", .timeLimit(.minutes(20))) struct IsolationTests {
  enum Walls: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case both
    /// Repositories filter nothing; row-level security stands alone.
    case withoutFilter
    /// The database shows everything; the repositories' filter stands alone.
    case withoutPolicies

    var testDescription: String { rawValue }

    func token(_ bench: APIBench, at station: Station.ID) -> String {
      switch self {
      case .both: bench.master(.station(station))
      case .withoutFilter: bench.master(.network, session: .station(station))
      case .withoutPolicies: bench.master(.station(station), session: .network)
      }
    }
  }

  @Test(
    "no operation reaches a document of another station by its path, in any state, by identity or number (S1)",
    arguments: Walls.allCases)
  func paths(_ walls: Walls) async throws {
    try await APIBench.with { bench in
      let documents = try await MatrixDocuments(bench)
      let foreign = documents.own
      let token = walls.token(bench, at: bench.network.otherStation)
      let before = try bench.fingerprint()
      let operations = bench.api.operations.filter {
        documents.request($0, on: foreign, serial: 0).isBound
      }
      #expect(operations.count > 60)
      try await RoleMatrixTests.forAll(operations) { operation in
        let isOrder = operation.template.hasPrefix("/v1/work-orders/")
        for order in isOrder ? foreign.orders : [foreign.order] {
          let request = documents.request(operation, on: foreign, order: order, serial: 1)
          let answer = await bench.send(request, token, ifMatch: "*", checked: order == foreign.order)
          #expect(answer.status == 404, "\(request.name): \(answer.status) \(answer.text)")
          // What is not there at all looks the same.
          let nobody = UUID.version7(at: SystemClock.now()).canonical
          let missing = MatrixRequest(
            method: request.method, template: request.template, path: Self.replacing(request, by: nobody),
            body: request.body, isBound: true, allowed: [], takesVersion: request.takesVersion)
          let absent = await bench.send(missing, token, ifMatch: "*", checked: false)
          #expect(Self.essence(answer) == Self.essence(absent), "\(request.name)")
        }
        for number in Self.numbers(operation, foreign) {
          var request = documents.request(operation, on: foreign, serial: 1)
          request = MatrixRequest(
            method: request.method, template: request.template, path: Self.replacing(request, by: number),
            body: request.body, isBound: true, allowed: [], takesVersion: request.takesVersion)
          let answer = await bench.send(request, token, ifMatch: "*", checked: false)
          #expect(answer.status == 404, "\(request.name) \(number): \(answer.status)")
        }
      }
      #expect(try bench.fingerprint() == before)
    }
  }

  private static func replacing(_ request: MatrixRequest, by id: String) -> String {
    let wanted = request.template.split(separator: "/")
    let path = request.path.split(separator: "/").enumerated().map { place, segment in
      wanted[place] == "{id}" ? id : String(segment)
    }
    return "/" + path.joined(separator: "/")
  }

  private static func numbers(_ operation: API.Operation, _ owned: MatrixDocuments.Owned) -> [String] {
    switch operation.template.split(separator: "/")[1] {
    case "work-orders": [owned.numbers[0]]
    case "customers": [owned.numbers[1]]
    case "users": [owned.numbers[2]]
    case "clients": [owned.numbers[3]]
    case "service-requests": [owned.numbers[4]]
    case "product-returns": [owned.numbers[5]]
    case "old-parts": owned.numbers.filter { $0.hasPrefix("OP-") }
    case "issued-reports": owned.numbers.filter { $0.hasPrefix("RP-") }
    case "quality-issues": owned.numbers.filter { $0.hasPrefix("QI-") }
    case "settlements": [owned.money.numbers[0]]
    case "penalties": [owned.money.numbers[1]]
    case "rewards": [owned.money.numbers[2]]
    case "ledger":
      [owned.money.numbers[operation.template.hasPrefix("/v1/ledger/accounts/") ? 4 : 3]]
    case "pre-authorisations": owned.numbers.filter { $0.hasPrefix("PA-") }
    case "warranty-claims": owned.numbers.filter { $0.hasPrefix("WC-") }
    case "stations": ["SY001"]
    default: []
    }
  }

  /// Everything but what names the single request.
  private static func essence(_ answer: TestAnswer) -> [String] {
    [
      "\(answer.status)", answer.member("type") ?? "", answer.member("title") ?? "", answer.member("detail") ?? "",
      // What is left of a quota depends on the requests beside this one.
      answer.headers.map { ["x-request-id", "ratelimit"].contains($0.name) ? $0.name : "\($0.name): \($0.value)" }
        .joined(separator: "\n"),
    ]
  }

  @Test("no list, filter, total or shared document shows anything of another station (S1)", arguments: Walls.allCases)
  func lists(_ walls: Walls) async throws {
    try await APIBench.with { bench in
      let documents = try await MatrixDocuments(bench)
      let (own, foreign) = (documents.other, documents.own)
      let token = walls.token(bench, at: bench.network.otherStation)
      var secrets = [foreign.station, foreign.customer, foreign.duplicate, foreign.user, foreign.deputy]
      secrets +=
        [
          foreign.client, foreign.delegation, foreign.request, foreign.productReturn, foreign.issuedReport,
          foreign.complaint, foreign.clock, foreign.issue, foreign.oldPart, foreign.money.settlement,
          foreign.money.item,
          foreign.money.penalty, foreign.money.reward, foreign.money.entry, foreign.money.account,
          foreign.preAuthorisation, foreign.claim, foreign.webhook,
          foreign.stock.store, foreign.stock.movement, foreign.stock.reservation, foreign.stock.stocktake,
          foreign.stock.minimum, foreign.stock.proposal, foreign.stock.sale, foreign.stock.partsReturn,
        ] + foreign.orders
        + foreign.numbers

      for list in [
        "stations", "customers", "users", "clients", "webhooks", "work-orders", "service-requests",
        "product-returns", "clocks", "issued-reports", "complaints", "quality-issues", "old-parts",
        "settlements", "payable-items", "penalties", "rewards", "ledger/entries", "ledger/accounts",
        "pre-authorisations", "warranty-claims", "warehouses", "stock", "stock-movements", "reservations",
        "stocktakes", "minimum-stocks", "replenishment-proposals", "parts-sales", "parts-returns",
      ] {
        let filters = ["", "stationId=\(foreign.station)", "stationId=\(foreign.station)&total=exact", "total=exact"]
          .filter { list != "stations" || !$0.contains("stationId") }
        for filter in filters {
          var (cursor, seen) = (String?.none, 0)
          repeat {
            let query = ["limit=3", filter, cursor.map { "cursor=\($0)" } ?? ""].filter { !$0.isEmpty }
            let page = await bench.get("/v1/\(list)?\(query.joined(separator: "&"))", token)
            #expect(page.status == 200, "\(page.text)")
            for secret in secrets { #expect(!page.text.contains(secret), "\(list)?\(filter)") }
            if filter.contains("total") {
              let total = await bench.get("/v1/\(list)?total=exact", bench.master(.station(bench.network.otherStation)))
              #expect(page.member("totalCount") == (filter.contains("stationId") ? "0" : total.member("totalCount")))
            }
            seen += page.count("items")
            cursor = page.member("nextCursor")
          } while cursor != nil
          #expect(filter.contains("stationId") ? seen == 0 : seen > 0, "\(list)?\(filter)")
        }
      }
      for filter in [
        "customerId=\(foreign.customer)", "number=\(foreign.numbers[0])",
        "customerId=\(foreign.customer)&vehicleId=\(documents.vehicle)",
      ] {
        let page = await bench.get("/v1/work-orders?\(filter)&total=exact", token)
        #expect(page.count("items") == 0 && page.member("totalCount") == "0", "\(filter): \(page.text)")
      }
      // All orders of one shared vehicle, of which the other station's are not shown.
      let orders = await bench.get("/v1/work-orders?vehicleId=\(documents.vehicle)&total=exact", token)
      #expect(orders.member("totalCount") == "\(own.orders.count)")
      let timeline = await bench.get("/v1/vehicles/\(documents.vehicle)/timeline?limit=100", token)
      #expect(timeline.count("items") > 5)
      for secret in secrets { #expect(!timeline.text.contains(secret), "timeline") }
      for role in ["stTechnician", "stInspector"] {
        let people = await bench.get("/v1/users?role=\(role)", token)
        for secret in secrets { #expect(!people.text.contains(secret)) }
      }
      // What an own order's check-in knows about the vehicle's former visits.
      let order = try await bench.create(
        "/v1/work-orders", token,
        MatrixDocuments.orderBody(customer: own.customer, vehicle: documents.vehicle, station: own.station))
      let checkedIn = await bench.act(
        "/v1/work-orders/\(order)/inspect", token, #"{"odometerKm": 30000, "confirmedBy": "王"}"#)
      #expect(checkedIn.status == 200 && checkedIn.count("checkIn/lastOrders") > 0)
      for secret in secrets { #expect(!checkedIn.text.contains(secret), "check-in") }
    }
  }

  /// A body that names a document of another station, and what a caller within both walls is told.
  private struct Smuggle {
    let method: String
    let path: String
    let body: String
    let pointer: String
  }

  private func smuggles(
    _ own: MatrixDocuments.Owned, _ foreign: MatrixDocuments.Owned, _ vehicle: String, _ part: String
  ) -> [Smuggle] {
    let (received, inRepair) = (own.openOrders[0], own.openOrders[2])
    return [
      Smuggle(
        method: "POST", path: "/v1/work-orders",
        body: MatrixDocuments.orderBody(customer: foreign.customer, vehicle: vehicle, station: own.station),
        pointer: "#/customerId"),
      Smuggle(
        method: "POST", path: "/v1/work-orders",
        body: MatrixDocuments.orderBody(customer: foreign.customer, vehicle: vehicle, station: foreign.station),
        pointer: "#/stationId"),
      Smuggle(
        method: "PATCH", path: "/v1/work-orders/\(received)", body: #"{"customerId": "\#(foreign.customer)"}"#,
        pointer: "#/customerId"),
      Smuggle(
        method: "POST", path: "/v1/work-orders/\(inRepair)/assign",
        body: #"{"assignments": [{"technicianId": "\#(foreign.user)"}]}"#, pointer: "#/assignments/0/technicianId"),
      Smuggle(
        method: "POST", path: "/v1/work-orders/\(inRepair)/lines/1/clock-on",
        body: #"{"technicianId": "\#(foreign.user)"}"#, pointer: "#/technicianId"),
      Smuggle(
        method: "POST", path: "/v1/stock-movements",
        body: MatrixStock.receiptBody(store: foreign.stock.store, part: part, 1), pointer: "#/locationId"),
      Smuggle(
        method: "POST", path: "/v1/reservations",
        body: MatrixStock.reservationBody(store: own.stock.store, part: part, appointment: foreign.appointment),
        pointer: "#/appointmentId"),
      Smuggle(
        method: "POST", path: "/v1/parts-sales", body: MatrixStock.saleBody(station: foreign.station, part: part),
        pointer: "#/stationId"),
      Smuggle(
        method: "POST", path: "/v1/customers", body: MatrixDocuments.customerBody(station: foreign.station),
        pointer: "#/stationId"),
      Smuggle(
        method: "POST", path: "/v1/customers/\(own.customer)/merge", body: #"{"duplicateId": "\#(foreign.duplicate)"}"#,
        pointer: "#/duplicateId"),
      Smuggle(
        method: "POST", path: "/v1/users",
        body: MatrixDocuments.userBody("smuggled", .stTechnician, station: foreign.station), pointer: "#/stationId"),
      Smuggle(
        method: "PATCH", path: "/v1/users/\(own.user)", body: #"{"stationId": "\#(foreign.station)"}"#,
        pointer: "#/stationId"),
      Smuggle(
        method: "POST", path: "/v1/users/\(own.user)/delegations",
        body: MatrixDocuments.delegationBody(to: foreign.deputy), pointer: "#/toUserId"),
      Smuggle(
        method: "POST", path: "/v1/clients", body: MatrixDocuments.clientBody("smuggled", station: foreign.station),
        pointer: "#/stationId"),
    ]
  }

  @Test("no body carries a document of another station in or out (S1)", arguments: Walls.allCases)
  func bodies(_ walls: Walls) async throws {
    try await APIBench.with { bench in
      let documents = try await MatrixDocuments(bench)
      let token = walls.token(bench, at: bench.network.otherStation)
      let before = try bench.fingerprint()
      for smuggle in smuggles(documents.other, documents.own, documents.vehicle, documents.parts.part) {
        let answer = await bench.send(
          smuggle.method, smuggle.path, token, ["if-match": "*"], body: smuggle.body, checked: walls == .both)
        switch walls {
        case .both:
          expectProblem(answer, 422, "validation-failed", pointer: smuggle.pointer)
        case .withoutFilter, .withoutPolicies:
          // One wall alone may say it less well (the policies know no pointers), but it says no.
          #expect(answer.status >= 400, "\(smuggle.method) \(smuggle.path): \(answer.text)")
        }
      }
      #expect(try bench.fingerprint() == before)
    }
  }

  @Test("parts of a document are not reached through a document of one's own (S1)", arguments: Walls.allCases)
  func nested(_ walls: Walls) async throws {
    try await APIBench.with { bench in
      let documents = try await MatrixDocuments(bench)
      let (own, foreign) = (documents.other, documents.own)
      let token = walls.token(bench, at: bench.network.otherStation)
      let before = try bench.fingerprint()
      let requests = [
        ("DELETE", "/v1/work-orders/\(own.openOrders[0])/lines/1/parts/\(foreign.part)", String?.none),
        ("POST", "/v1/users/\(own.user)/delegations/\(foreign.delegation)/revoke", "{}"),
        ("POST", "/v1/users/\(own.user)/delegations/\(UUID.version7(at: SystemClock.now()).canonical)/revoke", "{}"),
      ]
      for (method, path, body) in requests {
        let answer = await bench.send(method, path, token, ["if-match": "*"], body: body)
        expectProblem(answer, 404, "not-found")
      }
      #expect(try bench.fingerprint() == before)
    }
  }

  @Test("cursors and idempotency keys of another caller give nothing away (S1)", arguments: Walls.allCases)
  func borrowed(_ walls: Walls) async throws {
    try await APIBench.with { bench in
      let documents = try await MatrixDocuments(bench)
      let foreign = documents.own
      let victim = bench.master(.station(bench.network.station))
      let token = walls.token(bench, at: bench.network.otherStation)
      for list in ["customers", "users", "work-orders"] {
        let page = await bench.get("/v1/\(list)?limit=1", victim)
        let cursor = try #require(page.member("nextCursor"))
        let answer = await bench.get("/v1/\(list)?limit=1&cursor=\(cursor)", token)
        #expect([200, 400].contains(answer.status))
        for secret in [foreign.station] + foreign.orders + foreign.numbers {
          #expect(!answer.text.contains(secret), "\(list)")
        }
      }
      let key = "shared-key-0123456789"
      let body = #"{"kind": "person", "name": "王小明", "phone": "13840012345"}"#
      let first = await bench.send("POST", "/v1/customers", victim, body: body, key: key)
      try #require(first.status == 201)
      let again = await bench.send("POST", "/v1/customers", victim, body: body, key: key)
      #expect(again.body == first.body && again.header("idempotency-replayed") == "true")
      let stolen = await bench.send("POST", "/v1/customers", token, body: body, key: key)
      #expect(stolen.header("idempotency-replayed") == nil)
      #expect(stolen.member("id") != first.member("id") && !stolen.text.contains(foreign.station))
    }
  }

  @Test(
    "a station that is not one's own is not there for users and clients, whichever wall stands alone (S1, SEC-03)",
    arguments: Walls.allCases)
  func foreignStation(_ walls: Walls) async throws {
    try await APIBench.with { bench in
      let token = walls.token(bench, at: bench.network.otherStation)
      let foreign = "\(bench.network.station)"
      for (path, body) in [
        ("/v1/users", MatrixDocuments.userBody("wang.wu", .stAdviser, station: foreign)),
        ("/v1/clients", MatrixDocuments.clientBody("dms-foreign", station: foreign)),
      ] {
        let before = try bench.fingerprint()
        expectProblem(
          await bench.send("POST", path, token, body: body), 422, "validation-failed", pointer: "#/stationId",
          code: "notFound")
        #expect(try bench.fingerprint() == before)
      }
      let own = try await bench.created(
        "/v1/users", token,
        MatrixDocuments.userBody("li.si", .stAdviser, station: "\(bench.network.otherStation)"))
      let moved = await bench.patch(
        "/v1/users/\(own.member("id") ?? "")", token, version: 1, #"{"stationId": "\#(foreign)"}"#)
      expectProblem(moved, 422, "validation-failed", pointer: "#/stationId", code: "notFound")
    }
  }

  @Test("fields and unknown parameters open no way to a document that is not seen")
  func parameters() async throws {
    try await APIBench.with { bench in
      let token = bench.master(.station(bench.network.otherStation))
      for path in ["customers/\(bench.network.customer)", "stations/\(bench.network.station)"] {
        for query in ["fields=id", "fields=id,stationId", "expand=customer", "scope=network"] {
          let answer = await bench.get("/v1/\(path)?\(query)", token)
          expectProblem(answer, 404, "not-found")
        }
      }
    }
  }

  @Test("a region's people see its stations and no others (SEC-03)")
  func region() async throws {
    try await APIBench.with { bench in
      let network = bench.network
      let token = bench.token(.regionManager, scope: .region(network.region, stations: [network.station]))
      #expect(await bench.get("/v1/customers/\(network.customer)", token).status == 200)
      #expect(await bench.get("/v1/customers/\(network.otherCustomer)", token).status == 404)
      #expect(await bench.get("/v1/stations", token).count("items") == 1)
      let nobody = bench.token(.regionManager, scope: .region(network.region, stations: []))
      #expect(await bench.get("/v1/stations", nobody).count("items") == 0)
      #expect(await bench.get("/v1/customers/\(network.customer)", nobody).status == 404)
    }
  }
}
