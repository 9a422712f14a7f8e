import API
import Domain
import FoundationEssentials
import Synchronization
import TestSupport
import Testing

/// Reading the past: `asOf` on every document and list (domain.md section 3, A5).
@Suite("Reads as of an instant", .timeLimit(.minutes(20))) struct AsOfTests {
  private static func query(_ path: String, asOf instant: Timestamp) -> String {
    path + (path.contains("?") ? "&" : "?") + "asOf=\(instant)"
  }

  private static func instant(_ answer: TestAnswer, _ member: String = "updatedAt") throws -> Timestamp {
    try #require(answer.member(member).flatMap { Timestamp($0) }, "\(answer.text)")
  }

  /// An instant at which everything that was answered holds, and nothing that comes later.
  private static func settled() -> Timestamp {
    let instant = SystemClock.now()
    while SystemClock.now() <= instant {}
    return instant
  }

  // MARK: Boundaries

  @Test(
    "a change holds from its instant on, to the millisecond: before it 404, then the state before, then the new one (A5)"
  )
  func boundaries() async throws {
    try await APIBench.with { bench in
      let adviser = bench.token(.stAdviser)
      let made = try await bench.created(
        "/v1/customers", adviser, #"{"kind": "person", "name": "赵一", "phone": "13800000000"}"#)
      let id = try #require(made.member("id"))
      let path = "/v1/customers/\(id)"
      var states: [(at: Timestamp, body: [UInt8])] = []
      for round in 0..<12 {
        if round > 0 {
          let patched = await bench.patch(path, adviser, version: round, #"{"name": "赵\#(round)", "city": null}"#)
          #expect(patched.status == 200)
        }
        let read = await bench.get(path, adviser)
        states.append((try Self.instant(read), read.body))
        _ = Self.settled()
      }
      #expect(Set(states.map(\.at)).count == states.count)
      func expected(_ instant: Timestamp) -> [UInt8]? { states.last { $0.at <= instant }?.body }
      for state in states {
        for step in [Int64(-1), 0, 1] {
          let instant = Timestamp(milliseconds: state.at.milliseconds + step)
          let answer = await bench.get(Self.query(path, asOf: instant), adviser)
          if let body = expected(instant) {
            #expect(answer.status == 200 && answer.body == body, "\(step): \(answer.text)")
          } else {
            expectProblem(answer, 404, "not-found")
          }
          #expect(answer.header("etag") == nil)
          let list = await bench.get(Self.query("/v1/customers?limit=100", asOf: instant), adviser)
          #expect(list.text.contains(id) == (expected(instant) != nil))
        }
      }
      // Any spelling of the instant, by number as by identity.
      let number = try #require(made.member("number"))
      let first = await bench.get("/v1/customers/\(number)?asOf=\(Self.shanghai(states[0].at))", adviser)
      #expect(first.body == states[0].body)
      // Its version is of the past: nothing is compared with it, nothing is changed from it.
      let unchanged = await bench.send(
        "GET", Self.query(path, asOf: states[0].at), adviser, ["if-none-match": #""1""#])
      #expect(unchanged.status == 200)
    }
  }

  /// The same instant with the offset of Shanghai, escaped.
  private static func shanghai(_ instant: Timestamp) -> String {
    instant.adding(seconds: 8 * 3600).description.replacing("Z", with: "%2B08:00")
  }

  @Test("an instant that has not come, that is none, or that an operation does not know is 400 (A5, C-11)")
  func refusals() async throws {
    try await APIBench.with { bench in
      let master = bench.master()
      let documents = try await MatrixDocuments(bench)
      let future = SystemClock.now().adding(seconds: 3600)
      for operation in bench.api.operations where operation.method == .get {
        let path = documents.request(operation, on: documents.own, serial: 1).path
        guard operation.readsPast else {
          if operation.template.hasPrefix("/v1/"), operation.permission != nil {
            expectProblem(
              await bench.get(Self.query(path, asOf: SystemClock.now()), master), 400, "invalid-parameter",
              parameter: "asOf")
          }
          continue
        }
        for text in ["\(future)", "yesterday", "2026-02-30T00:00:00Z", "2026-01-01", ""] {
          expectProblem(
            await bench.get("\(path)?asOf=\(text)", master), 400, "invalid-parameter", parameter: "asOf")
        }
      }
      let write = await bench.send(
        "POST", "/v1/customers?asOf=2026-01-01T00:00:00Z", master, body: MatrixDocuments.customerBody(station: "x"))
      expectProblem(write, 400, "invalid-parameter", parameter: "asOf")
    }
  }

  // MARK: Every operation

  @Test("every read answers for now what it answers without asOf, and for long ago that nothing was there (A5)")
  func everyRead() async throws {
    try await APIBench.with { bench in
      let documents = try await MatrixDocuments(bench)
      let master = bench.master(.station(bench.network.station))
      let operations = bench.api.operations.filter(\.readsPast)
      #expect(operations.count > 30)
      // What comes with the product was always there.
      let builtIn = ["/v1/policies", "/v1/calendars", "/v1/component-families"]
      // They tell about reading itself, which goes on while they are read, or how much time is left.
      let moving = [
        "/v1/customers/{id}/personal-data", "/v1/customers/{id}/personal-data-reads", "/v1/clocks/{id}",
        "/v1/clocks/{id}/explanation", "/v1/service-requests/{id}/personal-data-reads",
        "/v1/appointments/{id}/personal-data-reads",
        // States its instant.
        "/v1/surveys/{id}/results",
      ]
      let now = Self.settled()
      for operation in operations {
        // On one page: a cursor belongs to its instant, so those of two instants differ.
        let plain = documents.request(operation, on: documents.own, serial: 1).path
        let isList = await bench.get(plain, master).header("link") != nil
        let path = isList ? plain + "?limit=100" : plain
        let present = await bench.get(path, master)
        let past = await bench.get(Self.query(path, asOf: now), master)
        #expect(past.status == present.status, "\(operation.name): \(past.text)")
        // Reports say of when they are; what there is not says it under a number of its own.
        let isReport = operation.template.hasPrefix("/v1/reports/")
        // Clocks tell the seconds until now.
        let moves = moving.contains(operation.template) || operation.template.hasSuffix("/clocks")
        if present.status == 200, !isReport, !moves {
          #expect(past.body == present.body, "\(operation.name)\n\(past.text)\n\(present.text)")
        }
        #expect(past.header("etag") == nil, "\(operation.name)")
        if let link = past.header("link") {
          #expect(link.contains("asOf=") && !(present.header("link") ?? "").contains("asOf="), "\(operation.name)")
        }
        if isReport || builtIn.contains(where: operation.template.hasPrefix) { continue }
        let never = await bench.get("\(path)\(isList ? "&" : "?")asOf=2001-01-01T00:00:00Z", master)
        if never.status == 200 {
          #expect(never.count("items") == 0 && never.text.contains(#""items":[]"#), "\(operation.name): \(never.text)")
        } else {
          expectProblem(never, 404, "not-found")
        }
      }
    }
  }

  @Test("the past of another station's documents is not there, and personal data are masked in it (SEC-03, SEC-04, A5)")
  func scope() async throws {
    try await APIBench.with { bench in
      let documents = try await MatrixDocuments(bench)
      let before = Self.settled()
      // Now it has a past beside its present.
      let adviser = bench.token(.stAdviser)
      let path = "/v1/customers/\(documents.own.customer)"
      let changed = await bench.send("PATCH", path, adviser, ["if-match": "*"], body: #"{"name": "王大明"}"#)
      #expect(changed.status == 200)
      for walls in IsolationTests.Walls.allCases {
        let foreign = walls.token(bench, at: bench.network.otherStation)
        for operation in bench.api.operations where operation.readsPast {
          let request = documents.request(operation, on: documents.own, serial: 1)
          guard request.isBound else { continue }
          let answer = await bench.send("GET", Self.query(request.path, asOf: before), foreign, checked: walls == .both)
          #expect(answer.status == 404, "\(operation.name) \(walls): \(answer.status) \(answer.text)")
        }
        for list in ["customers", "work-orders", "users", "clients"] {
          let page = await bench.get(Self.query("/v1/\(list)?limit=100", asOf: before), foreign)
          #expect(page.count("items") > 0)
          for secret in [documents.own.customer, documents.own.order, documents.own.user, documents.own.client] {
            #expect(!page.text.contains(secret), "\(list)")
          }
        }
      }
      let blind = bench.token(.stTechnician)
      let masked = await bench.get(Self.query(path, asOf: before), blind)
      #expect(masked.member("name") == "王*" && masked.member("personalDataMasked") == "1")
      let reads = "select count(*) from personal_data_read_customers where customer_id = '\(documents.own.customer)'"
      let count = try bench.database.admin(reads)
      let shown = await bench.get(Self.query(path, asOf: before), adviser)
      #expect(shown.member("name") == "王小明")
      #expect(try bench.database.admin(reads) == "\((Int(count) ?? 0) + 1)")
      // Recorded when it was shown, not when it was.
      #expect(
        try bench.database.admin(
          "select count(*) from personal_data_reads r join personal_data_read_customers c on c.read_id = r.id "
            + "and c.part = r.part where r.read_at <= '\(before)' and operation = 'GET /v1/customers/{id}' "
            + "and c.customer_id = '\(documents.own.customer)' and actor_roles = '{stAdviser}'") == "0")
    }
  }

  // MARK: Lists

  @Test(
    "a list is paged over what it was, whatever comes and changes meanwhile; a cursor belongs to its instant (A5, C-10)"
  )
  func paging() async throws {
    try await APIBench.with { bench in
      let adviser = bench.token(.stAdviser)
      for round in 0..<7 {
        _ = try await bench.create(
          "/v1/customers", adviser, #"{"kind": "person", "name": "钱\#(round)", "phone": "1390000000\#(round)"}"#)
      }
      let list = "/v1/customers?sort=-updatedAt&total=exact"
      let whole = await bench.get(list + "&limit=100", adviser)
      let then = Self.settled()
      var (cursor, items, rounds) = (String?.none, [String](), 0)
      repeat {
        let page = await bench.get(
          Self.query(list + "&limit=2" + (cursor.map { "&cursor=\($0)" } ?? ""), asOf: then), adviser)
        #expect(page.status == 200 && page.member("totalCount") == "8")
        items += (0..<page.count("items")).compactMap { page.member("items/\($0)/id") }
        cursor = page.member("nextCursor")
        if let cursor {
          let link = try #require(page.header("link"))
          #expect(link.contains("asOf=") && link.contains(cursor))
          expectProblem(await bench.get("\(list)&limit=2&cursor=\(cursor)", adviser), 400, "invalid-cursor")
          expectProblem(
            await bench.get(Self.query("\(list)&limit=2&cursor=\(cursor)", asOf: Self.settled()), adviser), 400,
            "invalid-cursor")
        }
        // Meanwhile one comes and one changes its place.
        _ = try await bench.create(
          "/v1/customers", adviser, #"{"kind": "company", "name": "孙公司", "phone": "13911111111"}"#)
        let moved = try #require(items.last)
        let patched = await bench.send(
          "PATCH", "/v1/customers/\(moved)", adviser, ["if-match": "*"], body: #"{"city": "北京\#(rounds)"}"#)
        #expect(patched.status == 200)
        rounds += 1
      } while cursor != nil && rounds < 10
      #expect(items == (0..<whole.count("items")).compactMap { whole.member("items/\($0)/id") })
      let again = await bench.get(Self.query(list + "&limit=100", asOf: then), adviser)
      #expect(again.body == whole.body)
      // A filter asks the state of then, also the blind index.
      let renamed = await bench.send(
        "PATCH", "/v1/customers/\(items[0])", adviser, ["if-match": "*"], body: #"{"phone": "13700000000"}"#)
      #expect(renamed.status == 200)
      let number = try #require(whole.member("items/0/phone"))
      #expect(await bench.get("/v1/customers?phone=\(number)", adviser).count("items") == 0)
      let found = await bench.get(Self.query("/v1/customers?phone=\(number)", asOf: then), adviser)
      #expect(found.member("items/0/id") == items[0])
    }
  }

  // MARK: Histories

  /// What was answered at an instant, to be answered again.
  private struct Seen: Sendable {
    let at: Timestamp
    let path: String
    let body: [UInt8]
  }

  @Test(
    "random histories of orders, customers and vehicles replay byte for byte at every instant (A5)",
    arguments: [1, 2, 3])
  func replay(seed: UInt64) async throws {
    try await APIBench.with { bench in
      var random = SeededGenerator(seed: seed)
      let master = bench.master(.station(bench.network.station))
      let customer = try await bench.create(
        "/v1/customers", master, #"{"kind": "person", "name": "李四", "phone": "13600000000"}"#)
      let vehicle = "\(bench.network.vehicle)"
      let order = try await bench.create(
        "/v1/work-orders", master,
        MatrixDocuments.orderBody(customer: customer, vehicle: vehicle, station: "\(bench.network.station)"))
      let base = "/v1/work-orders/\(order)"
      let paths = [
        base, base + "/lines", base + "/estimate", base + "/decisions", base + "/inspections",
        base + "/notes?limit=100",
        base + "/history?limit=100", "/v1/work-orders?limit=100", "/v1/customers/\(customer)",
        "/v1/customers/\(customer)/vehicles?limit=100", "/v1/customers/\(customer)/history?limit=100",
        "/v1/customers?limit=100&sort=-updatedAt", "/v1/vehicles/\(vehicle)", "/v1/vehicles?limit=100",
        "/v1/vehicles/\(vehicle)/odometer-readings?limit=100", "/v1/vehicles/\(vehicle)/timeline?limit=100",
      ]
      var seen: [Seen] = []
      var taken: [String: Int] = [:]
      for round in 0..<40 {
        let write = Self.writes(order: base, customer: customer, vehicle: vehicle, round).randomElement(using: &random)
        guard let write else { continue }
        let answer = await bench.send(
          write.method, write.path, master, ["if-match": "*"], body: write.body, checked: false)
        #expect(answer.status < 500, "\(write): \(answer.text)")
        if answer.status < 300 { taken[write.name, default: 0] += 1 }
        let now = Self.settled()
        for path in paths where round % 4 == 0 || Bool.random(using: &random) {
          let read = await bench.get(path, master)
          #expect(read.status == 200)
          seen.append(Seen(at: now, path: path, body: read.body))
        }
      }
      #expect(taken.count > 8, "\(taken)")
      for seen in seen {
        let past = await bench.send("GET", Self.query(seen.path, asOf: seen.at), master, checked: false)
        #expect(
          past.body == seen.body,
          "\(seen.path) at \(seen.at)\n\(past.text)\n\(String(decoding: seen.body, as: UTF8.self))")
      }
      // Around every event: the version that it made, and the one before.
      for (path, history) in [(base, base), ("/v1/customers/\(customer)", "/v1/customers/\(customer)")] {
        let events = await bench.get(history + "/history?limit=100", master)
        var versions: [(at: Timestamp, version: Int)] = []
        for place in 0..<events.count("items") {
          let at = try Self.instant(events, "items/\(place)/at")
          versions.append((at, try #require(events.member("items/\(place)/version").flatMap { Int($0) })))
        }
        #expect(versions.count > 3)
        for event in versions {
          for step in [Int64(-1), 0, 1] {
            let instant = Timestamp(milliseconds: event.at.milliseconds + step)
            let expected = versions.last { $0.at <= instant }?.version
            let past = await bench.send("GET", Self.query(path, asOf: instant), master, checked: false)
            #expect(past.member("version").flatMap { Int($0) } == expected, "\(path) \(instant): \(past.text)")
          }
        }
      }
    }
  }

  private struct Write: CustomStringConvertible {
    let method: String
    let path: String
    let body: String?

    var name: String { "\(method) \(path.split(separator: "/").suffix(1).first ?? "")" }
    var description: String { "\(method) \(path) \(body ?? "")" }
  }

  /// What could be done next; much of it is refused in the state of the day, as it should be.
  private static func writes(order: String, customer: String, vehicle: String, _ round: Int) -> [Write] {
    let line = round % 3 + 1
    return [
      Write(method: "PATCH", path: order, body: #"{"note": "备注\#(round)"}"#),
      Write(method: "PATCH", path: order, body: #"{"contact": {"name": "周\#(round)"}, "summary": "异响\#(round)"}"#),
      Write(method: "POST", path: order + "/lines", body: #"{"description": "检查\#(round)", "standardHours": "0.50"}"#),
      Write(method: "POST", path: order + "/lines", body: #"{"description": "更换\#(round)", "standardHours": "1.00"}"#),
      Write(method: "PATCH", path: order + "/lines/\(line)", body: #"{"cause": "磨损\#(round)", "correction": "更换"}"#),
      Write(method: "DELETE", path: order + "/lines/\(line)", body: nil),
      Write(
        method: "POST", path: order + "/lines/\(line)/parts",
        body:
          #"{"partNumber": "P-\#(round)", "description": "件", "quantity": 2, "unitPrice": {"amount": "9.50", "currency": "CNY"}}"#
      ),
      Write(method: "POST", path: order + "/notes", body: #"{"text": "说明\#(round)"}"#),
      Write(
        method: "POST", path: order + "/inspect", body: #"{"odometerKm": \#(20_000 + round), "confirmedBy": "李四"}"#),
      Write(method: "POST", path: order + "/diagnose", body: #"{"finding": "磨损\#(round)"}"#),
      Write(method: "POST", path: order + "/quote", body: #"{"promisedDeliveryAt": "2036-01-01T10:00:00+08:00"}"#),
      Write(
        method: "PATCH", path: "/v1/customers/\(customer)",
        body: #"{"name": "李\#(round)", "phone": "1360000\#(1000 + round)"}"#),
      Write(method: "PATCH", path: "/v1/customers/\(customer)", body: #"{"address": "街\#(round)号"}"#),
      Write(
        method: "POST", path: "/v1/customers/\(customer)/vehicles",
        body: #"{"vehicleId": "\#(vehicle)", "role": "driver", "sinceDate": "2024-05-18"}"#),
      Write(method: "DELETE", path: "/v1/customers/\(customer)/vehicles/\(vehicle)", body: nil),
      Write(
        method: "PATCH", path: "/v1/vehicles/\(vehicle)",
        body: #"{"colour": "色\#(round)", "plate": "辽A\#(10_000 + round)"}"#),
      Write(
        method: "POST", path: "/v1/vehicles/\(vehicle)/odometer-readings",
        body: #"{"km": \#(30_000 + round), "source": "customer"}"#),
      Write(
        method: "POST", path: "/v1/customers",
        body: #"{"kind": "company", "name": "公司\#(round)", "phone": "024-88990011"}"#),
    ]
  }
}
