import API
import Domain
import FoundationEssentials
import Repositories
import Services
import Synchronization
import TestSupport
import Testing

/// Who sees whose personal data, and that it is written down.
@Suite("Personal data over HTTP", .timeLimit(.minutes(20))) struct DisclosureTests {
  private static let body = """
    {"kind": "person", "name": "欧阳娜娜", "phone": "+86 138-4001-2345", "phone2": "024-88990011",
     "email": "nana.ouyang@example.cn", "address": "辽宁省沈阳市沈河区青年大街100号", "city": "沈阳市", "note": "住三楼"}
    """
  /// What must not be read by those who may not know the person: of the customers and of the orders of the documents.
  private static let secrets = [
    "娜娜", "小明", "4001-2345", "13812345678", "1381234567", "13840012345", "88990011", "nana", "青年大街", "住三楼",
    "秘密",
  ]

  private static func secrets(in text: String) -> [String] { secrets.filter { text.contains($0) } }

  private func customer(_ bench: APIBench) async throws -> String {
    try await bench.create("/v1/customers", bench.token(.stAdviser), Self.body)
  }

  // MARK: Masks

  @Test("no read by anybody without customers:readPersonal shows who a customer is, whatever his role (SEC-04, S12)")
  func masked() async throws {
    try await APIBench.with { bench in
      let documents = try await MatrixDocuments(bench)
      let named = try await customer(bench)
      _ = try await bench.create(
        "/v1/work-orders", bench.token(.stAdviser),
        """
        {"customerId": "\(named)", "vehicleId": "\(bench.network.vehicle)", "summary": "异响",
         "contact": {"name": "欧阳娜娜", "phone": "13840012345"}}
        """)
      let blind = Role.allCases.filter { !$0.permissions.contains(.customersReadPersonal) }
      #expect(blind.count > 30)
      let shown = Mutex<Set<String>>([])
      try await RoleMatrixTests.forAll(blind) { role in
        let scopes: [(Scope.Kind, Scope)] = [(.network, .network), (.station, .station(bench.network.station))]
        for (kind, scope) in scopes where role.scopeKinds.contains(kind) {
          let token = bench.token(APIBench.caller([role], role.permissions, scope))
          for operation in bench.api.operations where operation.method == .get && operation.template.hasPrefix("/v1/") {
            for path in [documents.request(operation, on: documents.own, serial: 1).path, named].filter({
              $0.hasPrefix("/") || operation.template.hasPrefix("/v1/customers/{id}")
            }) {
              let path = path.hasPrefix("/") ? path : operation.template.replacing("{id}", with: path)
              if operation.permission.map(role.permissions.contains) == false { continue }
              let answer = await bench.send("GET", path, token, checked: false)
              let found = Self.secrets(in: answer.text)
              if !found.isEmpty { Issue.record("\(role.rawValue) \(path) shows \(found)") }
              if answer.text.contains(#""personalDataMasked":true"#) {
                shown.withLock { _ = $0.insert(operation.name) }
              }
            }
          }
        }
      }
      // The walk came by every kind of document that has something to mask.
      #expect(
        shown.withLock { $0 }.isSuperset(of: [
          "GET /v1/customers", "GET /v1/customers/{id}", "GET /v1/work-orders", "GET /v1/work-orders/{id}",
        ]))
    }
  }

  @Test("no answer to a write shows who a customer is to somebody without customers:readPersonal (SEC-04, S12)")
  func maskedWrites() async throws {
    try await APIBench.with { bench in
      let permissions = Set(Permission.allCases).subtracting([.customersReadPersonal])
      let token = bench.token(
        APIBench.caller(Set(Role.allCases), permissions, .station(bench.network.station)))
      let answers = Mutex(0)
      let cast = OrderWalk.Cast(
        station: "\(bench.network.station)", customer: "\(bench.network.customer)",
        vehicle: "\(bench.network.vehicle)", technician: "\(bench.network.technician)",
        inspector: "\(bench.network.inspector)", odometerKm: 12_000)
      let walk = OrderWalk(cast) { _, method, path, headers, body in
        let answer = await bench.send(method, path, token, headers, body: body)
        answers.withLock { $0 += 1 }
        for secret in Self.secrets(in: answer.text) { Issue.record("\(method) \(path) shows \(secret)") }
        return answer
      }
      _ = try await walk.order(in: .closed)
      #expect(answers.withLock { $0 } > 20)
      let made = await bench.send("POST", "/v1/customers", token, body: Self.body)
      #expect(made.status == 201 && made.member("personalDataMasked") == "1")
      #expect(Self.secrets(in: made.text) == [])
    }
  }

  @Test("whatever tells who a customer is is marked x-personal in openapi.yaml (SEC-04)")
  func marked() async throws {
    try await APIBench.with { bench in
      let documents = try await MatrixDocuments(bench)
      let named = try await customer(bench)
      let token = bench.master(.station(bench.network.station))
      var seen: Set<String> = []
      for operation in bench.api.operations where operation.method == .get && operation.template.hasPrefix("/v1/") {
        var paths = [documents.request(operation, on: documents.own, serial: 1).path]
        if operation.template.hasPrefix("/v1/customers/{id}") {
          paths.append(operation.template.replacing("{id}", with: named))
        }
        for path in paths {
          let answer = await bench.send("GET", path, token, checked: false)
          guard answer.status == 200, let value = try? ContractValue(json: answer.body) else { continue }
          let schema = bench.contract.schema(operation)
          for place in Self.places(in: value) {
            if !bench.contract.isPersonal(schema, place) {
              Issue.record("\(operation.name): \(place.joined(separator: "/")) is not marked")
            }
            seen.insert(place.last ?? "")
          }
        }
      }
      #expect(
        seen == ["name", "phone", "phone2", "email", "address", "note", "decidedBy", "confirmedBy"], "\(seen)")
    }
  }

  /// Ways to the texts of a document that hold one of the secrets.
  private static func places(in value: ContractValue, _ way: [String] = []) -> [[String]] {
    switch value {
    case .text(let text): secrets(in: text).isEmpty ? [] : [way]
    case .list(let items): items.flatMap { places(in: $0, way) }
    case .object(let members): members.flatMap { places(in: $0.value, way + [$0.key]) }
    case .null, .boolean, .integer, .number: []
    }
  }

  // MARK: The record

  private func reads(_ bench: APIBench, of customer: String) throws -> Int {
    Int(try bench.database.admin("select count(*) from personal_data_read_customers where customer_id = '\(customer)'"))
      ?? -1
  }

  @Test(
    "whoever is shown personal data is written down, with what he needed it for; whoever sees masks is not (SEC-04)")
  func recorded() async throws {
    try await APIBench.with { bench in
      let id = try await customer(bench)
      #expect(try reads(bench, of: id) == 1, "the answer to the creation shows it too")
      let adviser = bench.token(.stAdviser, subject: .user(bench.network.technician.uuid))
      let manager = bench.token(.stServiceManager)
      let read = await bench.send(
        "GET", "/v1/customers/\(id)", adviser, ["access-purpose": "appointment", "x-request-id": "r-1"])
      #expect(read.status == 200)
      let page = await bench.get("/v1/customers/\(id)/personal-data-reads?limit=1", manager)
      #expect(page.member("items/0/operation") == "GET /v1/customers/{id}" && page.member("items/0/requestId") == "r-1")
      #expect(page.member("items/0/actor/id") == "\(bench.network.technician)")
      #expect(page.member("items/0/actor/roles/0") == "stAdviser" && page.member("items/0/purpose") == "appointment")
      #expect(page.member("items/0/customerId") == id && page.member("nextCursor") != nil)
      #expect(try reads(bench, of: id) == 2, "the list of reads shows nobody")

      let blind = bench.token(.stTechnician)
      for path in ["customers/\(id)", "customers", "customers/\(id)/history", "customers/\(id)/vehicles"] {
        #expect(await bench.get("/v1/\(path)", blind).status == 200)
      }
      for path in ["customers/\(id)?fields=id,number,state", "customers/\(id)/history", "customers/\(id)/vehicles"] {
        #expect(await bench.get("/v1/\(path)", adviser).status == 200)
      }
      let tag = try #require(read.header("etag"))
      let unchanged = await bench.send("GET", "/v1/customers/\(id)", adviser, ["if-none-match": tag])
      #expect(unchanged.status == 304)
      #expect(await bench.patch("/v1/customers/\(id)", adviser, version: 9, #"{"city": "大连市"}"#).status == 412)
      #expect(try reads(bench, of: id) == 2)

      #expect(await bench.get("/v1/customers/\(id)?fields=phone", adviser).status == 200)
      #expect(await bench.get("/v1/customers", adviser).status == 200)
      #expect(await bench.patch("/v1/customers/\(id)", adviser, version: 1, #"{"city": "大连市"}"#).status == 200)
      #expect(try reads(bench, of: id) == 5)
      let order = try await bench.create(
        "/v1/work-orders", adviser,
        """
        {"customerId": "\(id)", "summary": "异响", "contact": {"name": "欧阳娜娜", "phone": "13840012345"}}
        """)
      _ = await bench.get("/v1/work-orders/\(order)", adviser)
      _ = await bench.get("/v1/work-orders/\(order)?fields=id,state", adviser)
      _ = await bench.get("/v1/work-orders/\(order)", blind)
      #expect(try reads(bench, of: id) == 7)
      let all = await bench.get("/v1/customers/\(id)/personal-data-reads?sort=at&total=exact", manager)
      #expect(all.member("totalCount") == "7" && all.member("items/0/operation") == "POST /v1/customers")

      expectProblem(await bench.get("/v1/customers/\(id)/personal-data-reads", adviser), 403, "forbidden")
      let elsewhere = bench.token(.stServiceManager, scope: .station(bench.network.otherStation))
      expectProblem(await bench.get("/v1/customers/\(id)/personal-data-reads", elsewhere), 404, "not-found")
      let long = await bench.send(
        "GET", "/v1/customers/\(id)", adviser, ["access-purpose": String(repeating: "x", count: 201)])
      expectProblem(long, 400, "malformed-request")
    }
  }

  @Test(
    "a contact without a customer file is masked like everybody, and each look at him stands under the document (SEC-04)"
  )
  func contacts() async throws {
    try await APIBench.with { bench in
      let adviser = bench.token(.stAdviser)
      let manager = bench.token(.stServiceManager)
      for (collection, body) in [
        ("service-requests", MatrixDocuments.requestBody(station: "\(bench.network.station)")),
        ("appointments", MatrixDocuments.appointmentBody(station: "\(bench.network.station)")),
      ] {
        let id = try await bench.create("/v1/\(collection)", adviser, body)
        let path = "/v1/\(collection)/\(id)"
        #expect(await bench.get("\(path)?fields=id,state", adviser).status == 200)
        let shown = await bench.send("GET", path, adviser, ["access-purpose": "call back", "x-request-id": "c-1"])
        #expect(shown.text.contains("13840012345"))
        let blind = bench.token(
          APIBench.caller(
            [.stAdviser], Role.stAdviser.permissions.subtracting([.customersReadPersonal]),
            .station(bench.network.station)))
        #expect(Self.secrets(in: await bench.get(path, blind).text) == [])
        let reads = await bench.get("\(path)/personal-data-reads?total=exact", manager)
        // The registration and the one look that showed him.
        #expect(reads.member("totalCount") == "2", "\(reads.text)")
        #expect(reads.member("items/0/purpose") == "call back" && reads.member("items/0/requestId") == "c-1")
        #expect(reads.member("items/0/customerId") == nil && reads.member("items/0/subject/id") == id)
        expectProblem(await bench.get("\(path)/personal-data-reads", adviser), 403, "forbidden")
        let elsewhere = bench.token(.stServiceManager, scope: .station(bench.network.otherStation))
        expectProblem(await bench.get("\(path)/personal-data-reads", elsewhere), 404, "not-found")
      }
      // Of somebody with a file it stands under the file.
      let named = try await bench.create(
        "/v1/service-requests", adviser,
        #"{"kind": "repair", "medium": "phone", "contact": {"name": "王小明"}, "need": "x", "customerId": "\#(bench.network.customer)"}"#
      )
      let reads = await bench.get("/v1/service-requests/\(named)/personal-data-reads", manager)
      #expect(reads.count("items") == 0)
      let file = await bench.get("/v1/customers/\(bench.network.customer)/personal-data-reads", manager)
      #expect(file.member("items/0/operation") == "POST /v1/service-requests")
    }
  }

  @Test("the record cannot be changed by the application, and without it nothing is shown (SEC-04)")
  func recordFirst() async throws {
    try await APIBench.with { bench in
      let id = try await customer(bench)
      for statement in [
        "update personal_data_reads set purpose = 'x'", "delete from personal_data_reads",
        "insert into personal_data_reads select * from personal_data_reads",
        "insert into personal_data_read_customers select * from personal_data_read_customers",
        "delete from personal_data_read_customers",
      ] {
        #expect(throws: (any Error).self) { try bench.database.asApplication(scope: "*", statement) }
      }
      try bench.database.admin("revoke execute on function record_personal_data_reads from aftersales_app")
      let refused = await bench.send("GET", "/v1/customers/\(id)", bench.token(.stAdviser), checked: false)
      #expect(refused.status == 500 && Self.secrets(in: refused.text) == [])
      #expect(await bench.get("/v1/customers/\(id)", bench.token(.stTechnician)).status == 200)
    }
  }

  @Test("many reads at once are recorded each, in fewer transactions than reads (SEC-04)")
  func recordedTogether() async throws {
    try await APIBench.with { bench in
      let id = try await customer(bench)
      let adviser = bench.token(.stAdviser)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for place in 0..<200 {
          group.addTask {
            let answer = await bench.send("GET", "/v1/customers/\(id)", adviser, ["x-request-id": "many-\(place)"])
            #expect(answer.status == 200)
          }
        }
        try await group.waitForAll()
      }
      let counted = try bench.database.admin(
        "select count(*), count(distinct request_id), count(distinct xmin::text) < 200 from personal_data_reads "
          + "where request_id like 'many-%'")
      #expect(counted == "200|200|t")
    }
  }

  @Test("a page is recorded in one row a station, which only whoever sees the station sees (SEC-04, SEC-03)")
  func recordedByStation() async throws {
    try await APIBench.with { bench in
      let own = [try await customer(bench), try await customer(bench)]
      let elsewhere = bench.token(.stAdviser, scope: .station(bench.network.otherStation))
      let other = try await bench.create("/v1/customers", elsewhere, Self.body)
      let everywhere = bench.token(APIBench.caller([.stAdviser], Role.stAdviser.permissions, .network))
      for (token, name) in [(bench.token(.stAdviser), "own"), (everywhere, "all")] {
        #expect(await bench.send("GET", "/v1/customers", token, ["x-request-id": "page-\(name)"]).status == 200)
      }
      /// Rows of the request, and how many of the customers they name.
      func rows(_ request: String, of customers: [String], as scope: String = "*") throws -> String {
        try bench.database.asApplication(
          scope: scope,
          "select count(distinct (r.id, r.part)), count(distinct r.id), count(c) from personal_data_reads r "
            + "join personal_data_read_customers c on c.read_id = r.id and c.part = r.part "
            + "where r.request_id = '\(request)' and c.customer_id = any ('{\(customers.joined(separator: ","))}')")
      }
      #expect(try rows("page-own", of: own + [other]) == "1|1|2")
      #expect(try rows("page-all", of: own) == "1|1|2" && rows("page-all", of: own + [other]) == "2|1|3")
      #expect(try rows("page-all", of: own + [other], as: "{\(bench.network.otherStation)}") == "1|1|1")
      for (path, role) in [(own[0], bench.network.station), (other, bench.network.otherStation)] {
        let manager = bench.token(.stServiceManager, scope: .station(role))
        let listed = await bench.get("/v1/customers/\(path)/personal-data-reads?sort=-at&limit=1", manager)
        #expect(listed.member("items/0/requestId") == "page-all" && listed.member("items/0/customerId") == path)
      }
    }
  }

  @Test("what the answer to a write shows is recorded by the write's own transaction, once (SEC-04)")
  func recordedWithTheWrite() async throws {
    try await APIBench.with { bench in
      let id = try await customer(bench)
      let changed = await bench.patch("/v1/customers/\(id)", bench.token(.stAdviser), version: 1, #"{"city": "大连市"}"#)
      #expect(changed.status == 200)
      let together = try bench.database.admin(
        "select count(*), count(*) filter (where r.xmin::text = e.xmin::text) from personal_data_reads r "
          + "join personal_data_read_customers c on c.read_id = r.id and c.part = r.part and c.customer_id = '\(id)' "
          + "join events e on e.request_id = r.request_id and e.subject_id = '\(id)'"
      )
      #expect(together == "2|2")
    }
  }

  @Test("reads of one customer are found by an index, under row-level security too (SEC-04)")
  func foundByIndex() async throws {
    try await APIBench.with { bench in
      let plan = try bench.database.asApplication(
        scope: "{\(bench.network.station)}",
        "set enable_seqscan = off; explain (costs off) select read_id from personal_data_read_customers "
          + "where customer_id = any ('{\(bench.network.customer)}'::uuid[])")
      #expect(
        plan.contains("personal_data_read_customers_pkey") && plan.contains("Index Cond: (customer_id"), "\(plan)")
    }
  }

  @Test("a request may show a customer of another station than the caller's; one who does not exist ends it (SEC-04)")
  func recordedAcrossStations() async throws {
    try await APIBench.with { bench in
      let id = try await customer(bench)
      func record(_ customers: [String], _ request: String) throws -> String {
        let places = customers.map { _ in "1" }.joined(separator: ",")
        let none = customers.map { _ in "null" }.joined(separator: ",")
        return try bench.database.asApplication(
          scope: "{\(bench.network.otherStation)}",
          "begin; select record_personal_data_reads(array[gen_random_uuid()], array[now()], '{user}', '{null}', '{x}', "
            + "'{stAdviser}', '{\(request)}', '{GET /}', '{null}', '{\(places)}', "
            + "'{\(customers.joined(separator: ","))}', '{\(none)}', '{\(none)}', '{\(none)}'); select current_setting('app.scope'); commit"
        )
      }
      #expect(try record([id], "handed-over").hasSuffix("{\(bench.network.otherStation)}"))
      #expect(throws: (any Error).self) { try record([id, "\(UUID())"], "nobody") }
      let written = try bench.database.admin(
        "select request_id, station_id = '\(bench.network.station)' from personal_data_reads "
          + "where request_id in ('handed-over', 'nobody')")
      #expect(written == "handed-over|t")
    }
  }

  // MARK: Search

  @Test("a telephone number is found however it is written, first or second, and nobody else's (CUS-02, S12)")
  func search() async throws {
    try await APIBench.with { bench in
      let id = try await customer(bench)
      let adviser = bench.token(.stAdviser)
      func found(_ number: String, _ token: String? = nil) async -> [String?] {
        let query = number.replacing("+", with: "%2B").replacing(" ", with: "%20")
        let page = await bench.get("/v1/customers?phone=\(query)", token ?? adviser)
        return (0..<page.count("items")).map { page.member("items/\($0)/id") }
      }
      for number in [
        "13840012345", "+86 138-4001-2345", "+8613840012345", "0086 138 4001 2345", "86 138 4001 2345", "02488990011",
        "+86 24 8899 0011",
      ] { #expect(await found(number) == [id], "\(number)") }
      for number in ["13840012346", "3840012345", "88990011", "138400123"] {
        #expect(await found(number).isEmpty, "\(number)")
      }
      let elsewhere = bench.token(.stAdviser, scope: .station(bench.network.otherStation))
      #expect(await found("13840012345", elsewhere).isEmpty)

      let patched = await bench.patch(
        "/v1/customers/\(id)", adviser, version: 1, #"{"phone": "139 0000 1111", "phone2": null}"#)
      #expect(patched.status == 200)
      #expect(await found("13900001111") == [id])
      #expect(await found("13840012345").isEmpty)
      #expect(await found("02488990011").isEmpty)
      let stored = try bench.database.admin("select t::text from customer_telephones t")
      #expect(!stored.contains("1390000") && stored.split(separator: "\n").count == 1)
    }
  }

  @Test("rows from before the index, and from before another key, are found once the job has come by (S12)")
  func reindex() async throws {
    try await APIBench.with { bench in
      let page = PageRequest(sort: [.init("createdAt")])
      let filter = CustomerFilter(phone: "+86 138 1234 5670")
      let leases = WorkerLeaseService(bench.database.database, clock: SystemClock.wall)
      try await leases.register(["indexTelephones"])
      for key: UInt8 in [1, 2] {
        let index = TelephoneIndex(secret: [key])
        let work = UnitOfWork(bench.database.database, clock: SystemClock.wall)
        let customers = CustomerService(work, telephones: index)
        #expect(try await customers.list(filter, page, bench.network.everything).items.isEmpty)
        let lease = try #require(
          try await leases.acquire(["indexTelephones"], holder: UUID.version7(at: SystemClock.now())))
        #expect(try await TelephoneIndexService(leases, index: index).fill(under: lease) == false)
        try await leases.release(lease)
        let found = try await customers.list(filter, page, bench.network.everything)
        #expect(found.items.map(\.id) == [bench.network.customer])
      }
    }
  }

  @Test("searches by what is personal have a quota of their own, so that numbers cannot be tried out (SEC-04, C-27)")
  func searchQuota() async throws {
    try await APIBench.with(personalSearches: Quota(requests: 3)) { bench in
      let adviser = bench.token(.stAdviser)
      for filter in ["phone=13800000001", "q=%E7%8E%8B", "phone=13800000002"] {
        #expect(await bench.get("/v1/customers?\(filter)", adviser).status == 200)
      }
      for filter in ["phone=13800000003", "q=%E7%8E%8B"] {
        let refused = await bench.get("/v1/customers?\(filter)", adviser)
        #expect(refused.status == 429 && refused.member("violated-policies/0") == "personalSearch")
        #expect(refused.header("retry-after") != nil)
      }
      #expect(await bench.get("/v1/customers", adviser).status == 200)
      #expect(await bench.get("/v1/customers?phone=13800000004", bench.token(.stAdviser)).status == 200)
      // Whoever may not search learns so, and spends nothing.
      expectProblem(await bench.get("/v1/customers?phone=1", bench.token(.stTechnician)), 403, "forbidden")
    }
  }
}
