import API
import Domain
import FoundationEssentials
import TestSupport
import Testing

/// Own jobs and own records (requirements.md §33): everything else is not there.
@Suite("Own jobs and records over HTTP", .timeLimit(.minutes(20))) struct OwnRecordsTests {
  enum Walls: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case both, withoutFilter, withoutPolicies

    var testDescription: String { rawValue }

    /// Somebody who sees nothing but his own of the first station.
    func token(
      _ bench: APIBench, _ role: Role, _ user: UUID, customers: Set<Customer.ID> = []
    ) -> String {
      let station = Scope.station(bench.network.station)
      let own = Scope.Extent.own(Scope.Holder(user: user, customers: customers))
      func caller(_ roles: Set<Role>, session: Scope?) -> Caller {
        Caller(
          subject: .user(user), name: "测试", roles: roles, permissions: role.permissions, scope: station,
          sessionScope: session, customers: customers)
      }
      return switch self {
      case .both: bench.token(caller([role], session: nil))
      // Permissions of no role are narrowed by nothing.
      case .withoutFilter: bench.token(caller([], session: Scope(station.part, extent: own)))
      case .withoutPolicies: bench.token(caller([role], session: .network))
      }
    }
  }

  @Test(
    "a technician reaches no operation of an order that is another's job, with either wall taken away (SEC-01, WO-25)",
    arguments: Walls.allCases)
  func another(_ walls: Walls) async throws {
    try await APIBench.with { bench in
      let documents = try await MatrixDocuments(bench)
      let stranger = walls.token(bench, .stTechnician, UUID())
      let owner = walls.token(bench, .stTechnician, try #require(UUID(canonical: documents.own.user)))
      let before = try bench.fingerprint()
      let operations = bench.api.operations.filter { operation in
        operation.template.hasPrefix("/v1/work-orders/{")
          && bench.contract.permission(operation).flatMap(Permission.init(rawValue:))
            .map(Role.stTechnician.permissions.contains) == true
      }
      #expect(operations.count > 20)
      for operation in operations {
        for order in documents.own.orders {
          let request = documents.request(operation, on: documents.own, order: order, serial: 1)
          let answer = await bench.send(request, stranger, ifMatch: "*", checked: false)
          #expect(answer.status == 404, "\(request.name): \(answer.status) \(answer.text)")
        }
      }
      #expect(try bench.fingerprint() == before)
      for order in documents.own.orders {
        #expect(await bench.get("/v1/work-orders/\(order)", stranger).status == 404)
      }
      #expect(await bench.get("/v1/work-orders/\(documents.own.order)", owner).status == 200)
      // Lists, totals and filters show what is his.
      for query in ["total=exact", "stationId=\(documents.own.station)", "customerId=\(documents.own.customer)"] {
        let none = await bench.get("/v1/work-orders?limit=100&\(query)", stranger)
        #expect(none.count("items") == 0 && (none.member("totalCount") ?? "0") == "0", "\(query): \(none.text)")
      }
      let own = await bench.get("/v1/work-orders?limit=100&total=exact", owner)
      // Received and quoted are nobody's job yet.
      #expect(own.count("items") == documents.own.orders.count - 2, "\(own.text)")
      #expect(own.member("totalCount") == "\(documents.own.orders.count - 2)")
    }
  }

  @Test("a technician's vehicle timeline, clocks and files show his own jobs (WO-25)")
  func beside() async throws {
    try await APIBench.with { bench in
      let documents = try await MatrixDocuments(bench)
      let stranger = bench.token(.stTechnician, subject: .user(UUID()))
      let owner = bench.token(
        .stTechnician, subject: .user(try #require(UUID(canonical: documents.own.user))))
      let path = "/v1/vehicles/\(documents.vehicle)/timeline?limit=100"
      let (hidden, shown) = (await bench.get(path, stranger), await bench.get(path, owner))
      for order in documents.own.orders { #expect(!hidden.text.contains(order)) }
      #expect(shown.text.contains(documents.own.order) && !shown.text.contains(documents.own.openOrders[0]))
      #expect(await bench.get("/v1/clocks/\(documents.own.clock)", stranger).status == 404)
      #expect(await bench.get("/v1/clocks/\(documents.own.clock)", owner).status == 200)
      #expect(await bench.get("/v1/clocks?limit=100", stranger).count("items") == 0)
      // The same photograph on another's order is counted and not named.
      let master = bench.master(.station(bench.network.station))
      let one = "/v1/work-orders/\(documents.own.openOrders[0])"
      let two = "/v1/work-orders/\(documents.own.openOrders[2])"
      _ = try await bench.attach("同一张", to: one, master)
      let file = try await bench.attach("同一张", to: two, owner)
      #expect(file.count("elsewhere/items") == 0 && file.member("elsewhere/hiddenCount") == "1", "\(file.text)")
    }
  }

  @Test("an assignment opens the order, also before the work begins; another's assignment shuts it (WO-24, WO-18)")
  func assigned() async throws {
    try await APIBench.with { bench in
      let network = bench.network
      let master = bench.master(.station(network.station))
      let id = try await bench.walk(master).order(in: .inspected)
      let path = "/v1/work-orders/\(id)"
      let technician = bench.token(.stTechnician, subject: .user(network.technician.uuid))
      let colleague = bench.token(.stTechnician, subject: .user(network.inspector.uuid))
      func assign(_ user: User.ID, line: Int? = nil) async throws {
        let named = line.map { #", "line": \#($0)"# } ?? ""
        let answer = await bench.act(
          "\(path)/assign", master, #"{"assignments": [{"technicianId": "\#(user)"\#(named)}]}"#)
        try #require(answer.status == 200, "\(answer.text)")
      }
      #expect(await bench.get(path, technician).status == 404)
      try await assign(network.technician)
      let open = await bench.get(path, technician)
      #expect(open.member("state") == "inspected" && open.member("technicianIds/0") == "\(network.technician)")
      #expect(await bench.act("\(path)/diagnose", technician, #"{"finding": "磨损"}"#).member("state") == "diagnosed")
      #expect(await bench.get(path, colleague).status == 404)
      // Somebody else takes the order over from who has not begun.
      try await assign(network.inspector)
      #expect(await bench.get(path, technician).status == 404)
      #expect(await bench.get(path, colleague).status == 200)
      // One of them on a line, the other for the rest: both have a job here.
      try await assign(network.technician, line: 1)
      for person in [technician, colleague] { #expect(await bench.get(path, person).status == 200) }
      // Whoever has worked on it keeps his job in sight.
      try await bench.walk(master).advance(id, to: .inRepair)
      #expect(await bench.act("\(path)/lines/1/clock-on", technician, ifMatch: nil).status == 200)
      #expect(await bench.act("\(path)/lines/1/clock-off", technician, ifMatch: nil).status == 200)
      try await assign(network.inspector)
      #expect(await bench.get(path, technician).status == 200)
      let history = await bench.get("\(path)/history?limit=100", master)
      #expect(history.text.contains("technicianIds"))
      // The past of a job is seen with the rights of now (A5).
      let opened = try #require(await bench.get(path, master).member("createdAt"))
      let past = await bench.get("\(path)?asOf=\(opened.replacing("+", with: "%2B"))", technician)
      #expect(past.status == 200 && past.member("state") == "received", "\(past.text)")
    }
  }

  @Test(
    "the maker's field staff, who stand at no station, are put on a job and see it and its request (ORG-S-5, FLD-05)")
  func fieldStaff() async throws {
    try await APIBench.with { bench in
      let network = bench.network
      let id = try await bench.create(
        "/v1/users", bench.master(),
        #"{"username": "field.one", "displayName": "外勤", "password": "Start-2026-field", "roles": ["fieldService"]}"#)
      let claims = try await bench.create(
        "/v1/users", bench.master(),
        #"{"username": "claims.one", "displayName": "索赔", "password": "Start-2026-claims", "roles": ["hqClaims"]}"#)
      let field = bench.token(
        .fieldService, scope: .network, subject: .user(try #require(UUID(canonical: id))))
      let (adviser, supervisor) = (bench.token(.stAdviser), bench.token(.stServiceSupervisor))
      var requests: [String] = []
      var orders: [String] = []
      for _ in 0..<2 {
        let request = try await bench.create(
          "/v1/service-requests", adviser, MatrixDocuments.requestBody(station: "\(network.station)"))
        let path = "/v1/service-requests/\(request)"
        for (step, body) in [
          ("dispatch", #"{"stationId": "\#(network.station)", "reason": "客户指定"}"#), ("accept", "{}"),
          ("start", #"{"customerId": "\#(network.customer)", "mode": "onSite"}"#),
        ] {
          let answer = await bench.send(
            "POST", "\(path)/\(step)", bench.master(), ["if-match": "*"], body: body, checked: false)
          if answer.status == 422, step == "start" {
            _ = await bench.act("\(path)/start", bench.master(), #"{"customerId": "\#(network.customer)"}"#)
          }
        }
        requests.append(request)
        orders.append(try #require(await bench.get(path, adviser).member("workOrderId")))
      }
      for path in requests.map({ "/v1/service-requests/\($0)" }) + orders.map({ "/v1/work-orders/\($0)" }) {
        #expect(await bench.get(path, field).status == 404, "\(path)")
      }
      // Only field staff come from elsewhere.
      func assign(_ user: String) async -> TestAnswer {
        await bench.act(
          "/v1/work-orders/\(orders[0])/assign", supervisor, #"{"assignments": [{"technicianId": "\#(user)"}]}"#)
      }
      expectProblem(
        await assign(claims), 422, "validation-failed", pointer: "#/assignments/0/technicianId", code: "notFound")
      #expect(await assign(id).status == 200)
      #expect(await bench.get("/v1/work-orders/\(orders[0])", field).status == 200)
      #expect(await bench.get("/v1/service-requests/\(requests[0])", field).status == 200)
      #expect(await bench.get("/v1/service-requests/\(requests[0])/history", field).count("items") > 0)
      #expect(await bench.get("/v1/service-requests/\(requests[1])", field).status == 404)
      for (list, own) in [("work-orders", orders[0]), ("service-requests", requests[0])] {
        let page = await bench.get("/v1/\(list)?limit=100&total=exact", field)
        #expect(page.count("items") == 1 && page.member("items/0/id") == own, "\(page.text)")
        #expect(page.member("totalCount") == "1")
      }
    }
  }

  @Test(
    "the maker's workshop sees the returns that it was ordered to repair, its field staff those they verified (ORG-S-6)"
  )
  func returns() async throws {
    try await APIBench.with { bench in
      let field = bench.token(.fieldService, scope: .network, subject: .user(UUID()))
      let other = bench.token(.fieldService, scope: .network, subject: .user(UUID()))
      let workshop = bench.token(.factoryWorkshop, scope: .network, subject: .user(UUID()))
      let master = bench.master()
      let id = try await bench.create(
        "/v1/product-returns", field, MatrixDocuments.returnBody(station: "\(bench.network.station)"))
      let path = "/v1/product-returns/\(id)"
      #expect(await bench.get(path, field).status == 200)
      #expect(await bench.get(path, other).status == 404)
      #expect(await bench.get(path, workshop).status == 404)
      for (step, body) in [
        ("return-to-factory", #"{"note": "TK-1"}"#),
        ("schedule", #"{"cause": "manufacturing", "opinion": "缺陷", "repairOrder": "PX-1"}"#),
      ] {
        let answer = await bench.act("\(path)/\(step)", master, body)
        try #require(answer.status == 200, "\(answer.text)")
      }
      #expect(await bench.get(path, workshop).status == 200)
      #expect(await bench.get("\(path)/history", workshop).count("items") > 0)
      #expect(await bench.get("/v1/product-returns", workshop).count("items") == 1)
      #expect(await bench.get("/v1/product-returns", other).count("items") == 0)
      #expect(await bench.get("/v1/product-returns", field).count("items") == 1)
    }
  }

  @Test(
    "a customer sees his own orders and bookings and nobody else's, with either wall taken away (D-27, SEC-04)",
    arguments: Walls.allCases)
  func customer(_ walls: Walls) async throws {
    try await APIBench.with { bench in
      let documents = try await MatrixDocuments(bench)
      let own = walls.token(bench, .customer, UUID(), customers: [bench.network.customer])
      let other = walls.token(
        bench, .customer, UUID(), customers: [.init(try #require(UUID(canonical: documents.own.duplicate)))])
      let paths = [
        "/v1/work-orders/\(documents.own.order)", "/v1/work-orders/\(documents.own.order)/history",
        "/v1/work-orders/\(documents.own.order)/lines", "/v1/work-orders/\(documents.own.order)/invoice",
        "/v1/appointments/\(documents.own.appointment)", "/v1/appointments/\(documents.own.appointment)/history",
      ]
      for path in paths {
        #expect(await bench.get(path, own).status == 200, "\(path)")
        #expect(await bench.get(path, other).status == 404, "\(path)")
      }
      #expect(await bench.get("/v1/work-orders?limit=100", own).count("items") == documents.own.orders.count)
      #expect(await bench.get("/v1/work-orders?limit=100", other).count("items") == 0)
      #expect(await bench.get("/v1/appointments?limit=100", other).count("items") == 0)
      let moved = await bench.act("/v1/appointments/\(documents.own.appointment)/cancel", other, #"{"reason": "x"}"#)
      #expect(moved.status == 404)
    }
  }

  @Test(
    "a customer reads the vehicles of his file and of his orders, no others, and no papers about them (D-27, SEC-04)")
  func vehicles() async throws {
    try await APIBench.with { bench in
      let network = bench.network
      let master = bench.master(.station(network.station))
      let first = try await bench.create(
        "/v1/customers", master, #"{"kind": "person", "name": "欧阳一", "phone": "13900001111"}"#)
      // The buyer is known at another station alone.
      let elsewhere = bench.master(.station(network.otherStation))
      let second = try await bench.create(
        "/v1/customers", elsewhere, #"{"kind": "person", "name": "欧阳二", "phone": "13900002222"}"#)
      let seller = try Self.token(bench, for: first, at: network.station)
      let buyer = try Self.token(bench, for: second, at: network.otherStation)
      let vehicle = try await bench.create("/v1/vehicles", master, #"{"vin": "1HGCM82633A004352", "usage": "private"}"#)
      let path = "/v1/vehicles/\(vehicle)"
      // The network's vehicle and this one: neither is his.
      #expect(await Self.reads(bench, path, seller) == Array(repeating: 404, count: 5))
      #expect(await bench.get("/v1/vehicles", seller).count("items") == 0)

      _ = try await bench.created(
        "/v1/customers/\(first)/vehicles", master,
        #"{"vehicleId": "\#(vehicle)", "role": "owner", "sinceDate": "2024-01-01"}"#)
      let order = try await bench.create(
        "/v1/work-orders", master, #"{"customerId": "\#(first)", "vehicleId": "\#(vehicle)", "summary": "异响 Noise"}"#)
      _ = try await bench.attach("行驶证", to: path, master)
      #expect(await Self.reads(bench, path, seller) == Array(repeating: 200, count: 5))
      #expect(await Self.reads(bench, path, buyer) == Array(repeating: 404, count: 5))
      let plated = await bench.patch(path, master, version: 1, #"{"plate": "辽A77Q77"}"#)
      try #require(plated.status == 200, "\(plated.text)")
      let expanded = "/v1/work-orders/\(order)?expand=vehicle"
      #expect(await bench.get(expanded, seller).member("vehicle/plate") == "辽A77Q77")
      let list = await bench.get("/v1/vehicles", seller)
      #expect(list.count("items") == 1 && list.member("items/0/id") == vehicle)
      expectProblem(await bench.get("\(path)/attachments", seller), 404, "not-found")
      #expect(await bench.get("\(path)/attachments", master).count("items") == 1)

      // Sold: the order stays the seller's, the vehicle is the buyer's.
      let ended = await bench.send("DELETE", "/v1/customers/\(first)/vehicles/\(vehicle)", master, ["if-match": "*"])
      try #require(ended.status == 204, "\(ended.status) \(ended.text)")
      #expect(await Self.reads(bench, path, seller) == Array(repeating: 200, count: 5))
      let registered = await bench.patch(path, master, version: 2, #"{"plate": "京B00001"}"#)
      try #require(registered.status == 200, "\(registered.text)")
      _ = try await bench.created(
        "/v1/customers/\(second)/vehicles", elsewhere,
        #"{"vehicleId": "\#(vehicle)", "role": "owner", "sinceDate": "2026-01-01"}"#)
      #expect(await Self.reads(bench, path, buyer) == Array(repeating: 200, count: 5))
      #expect(await Self.reads(bench, path, seller) == Array(repeating: 404, count: 5))
      #expect(await bench.get(expanded, seller).text.contains(#""vehicle":null"#))
      // What was before his time shows who had it then.
      let now = try #require(registered.member("updatedAt"))
      #expect(await bench.get("\(path)?asOf=\(now)", buyer).status == 200)
      #expect(await bench.get("\(path)/history", buyer).count("items") > 0)
      _ = try bench.database.admin(
        "set app.scope = '*'; update customer_vehicles set since_date = current_date + 2 where customer_id = '\(second)'"
      )
      #expect(await bench.get(path, buyer).status == 200)
      #expect(await bench.get("\(path)?asOf=\(now)", buyer).status == 404)
      #expect(await bench.get("\(path)/history", buyer).count("items") == 0)
      #expect(await bench.get("\(path)/history", master).count("items") > 0)
      #expect(await bench.get("/v1/work-orders/\(order)", seller).status == 200)
      // A station serves any vehicle (ORG-07).
      #expect(await Self.reads(bench, path, bench.token(.stTechnician)) == Array(repeating: 200, count: 5))
    }
  }

  /// Somebody who speaks for the customer.
  private static func token(_ bench: APIBench, for customer: String, at station: Station.ID) throws -> String {
    let file = Customer.ID(try #require(UUID(canonical: customer)))
    return bench.token(
      Caller(
        subject: .user(UUID()), name: "王小明", roles: [.customer], permissions: Role.customer.permissions,
        scope: .station(station), customers: [file]))
  }

  /// What each read of a vehicle answers.
  private static func reads(_ bench: APIBench, _ path: String, _ token: String) async -> [Int] {
    var statuses: [Int] = []
    for read in [
      path, "/v1/vehicles/1HGCM82633A004352", "\(path)/history", "\(path)/timeline", "\(path)/odometer-readings",
    ] {
      statuses.append(await bench.get(read, token).status)
    }
    return statuses
  }

  @Test("a booking that a customer makes is his own, and a user is linked to a customer of his station (D-27, ORG-08)")
  func booking() async throws {
    try await APIBench.with { bench in
      let network = bench.network
      let mine = UUID()
      let token = bench.token(
        Caller(
          subject: .user(mine), name: "王小明", roles: [.customer], permissions: Role.customer.permissions,
          scope: .station(network.station), customers: [network.customer]))
      let id = try await bench.create(
        "/v1/appointments", token, MatrixDocuments.appointmentBody(station: "\(network.station)"))
      #expect(await bench.get("/v1/appointments/\(id)", token).status == 200)
      let master = bench.master()
      let other = try await bench.create(
        "/v1/customers", master, MatrixDocuments.customerBody(station: "\(network.station)"))
      expectProblem(
        await bench.send(
          "POST", "/v1/appointments", token,
          body: MatrixDocuments.appointmentBody(station: "\(network.station)", customer: other)), 422,
        "validation-failed", pointer: "#/customerId", code: "notFound")
      let desk = try await bench.create(
        "/v1/appointments", master,
        MatrixDocuments.appointmentBody(station: "\(network.station)", customer: "\(network.customer)"))
      expectProblem(
        await bench.patch("/v1/appointments/\(desk)", token, version: 1, #"{"customerId": null}"#), 422,
        "validation-failed", pointer: "#/customerId", code: "required")
      func body(_ customer: Customer.ID, station: Station.ID?) -> String {
        let named = station.map { #", "stationId": "\#($0)""# } ?? ""
        return
          #"{"username": "wang.xm", "displayName": "王小明", "password": "Start-2026-wang", "roles": ["customer"], "customerId": "\#(customer)"\#(named)}"#
      }
      expectProblem(
        await bench.send("POST", "/v1/users", master, body: body(network.otherCustomer, station: network.station)), 422,
        "validation-failed", pointer: "#/customerId", code: "notFound")
      expectProblem(
        await bench.send("POST", "/v1/users", master, body: body(network.customer, station: nil)), 422,
        "validation-failed", pointer: "#/customerId", code: "inconsistent")
      let user = try await bench.created("/v1/users", master, body(network.customer, station: network.station))
      #expect(user.member("customerId") == "\(network.customer)")
      let unlinked = await bench.patch(
        "/v1/users/\(user.member("id") ?? "")", master, version: 1, #"{"customerId": null}"#)
      #expect(unlinked.status == 200 && unlinked.member("customerId") == nil, "\(unlinked.text)")
    }
  }
}
