import API
import Domain
import FoundationEssentials
import Repositories
import Services
import Synchronization
import TestSupport
import Testing

/// What a person may ask about himself: what is held, and that it goes.
@Suite("Export and erasure of a customer", .timeLimit(.minutes(20))) struct ErasureTests {
  /// A customer with everything that can hang on one, his order closed.
  private struct Life {
    let id: String
    let number: String
    let duplicate: String
    let order: String
    let request: String
    let appointment: String
    /// Closed as not justified.
    let complaint: String
    /// When the file was made, under a former name.
    let past: String

    /// How he is called and reached in the file, in a merged file, on the order, and in free text.
    static let traces = [
      "欧阳娜娜", "138-4001-2345", "13840012345", "138 4001 2345", "88990011", "nana.ouyang", "青年大街100号",
      "C-88231", "欧阳旧名", "13666660000", "欧阳来电", "13922223333", "北陵大街45号", "欧阳建国", "13900001111", "欧阳小姐",
      "139-0000-1111", "欧阳门户", "ouyang.nana", "欧阳投诉", "辽A77Q77",
    ]

    init(_ bench: APIBench) async throws {
      let master = bench.master(.station(bench.network.station))
      id = try await bench.create(
        "/v1/customers", master,
        """
        {"kind": "person", "name": "欧阳旧名", "phone": "13666660000", "phone2": "024-88990011",
         "email": "nana.ouyang@example.cn", "address": "辽宁省沈阳市沈河区青年大街100号", "city": "沈阳市",
         "note": "欧阳小姐住三楼", "wishedService": "致电13840012345", "externalIds": {"dms": "C-88231"}}
        """)
      let renamed = await bench.patch(
        "/v1/customers/\(id)", master, version: 1, #"{"name": "欧阳娜娜", "phone": "+86 138-4001-2345"}"#)
      #expect(renamed.status == 200)
      past = try #require(renamed.member("createdAt"))
      duplicate = try await bench.create(
        "/v1/customers", master, #"{"kind": "person", "name": "欧阳小姐", "phone": "139-0000-1111"}"#)
      _ = try await bench.created(
        "/v1/customers/\(id)/vehicles", master,
        #"{"vehicleId": "\#(bench.network.vehicle)", "role": "owner", "sinceDate": "2024-01-01"}"#)
      let cast = OrderWalk.Cast(
        station: "\(bench.network.station)", customer: id, vehicle: "\(bench.network.vehicle)",
        technician: "\(bench.network.technician)", inspector: "\(bench.network.inspector)", odometerKm: 12_000)
      let walk = OrderWalk(cast) { _, method, path, headers, body in
        let personal = body?.replacing("王小明", with: "欧阳建国").replacing("13812345678", with: "13900001111")
          .replacing("制动异响 Brakes squeal", with: "欧阳娜娜说制动异响，电话138 4001 2345")
          .replacing("前制动片 Front brake pads", with: "前制动片（欧阳建国同意）")
        return await bench.send(method, path, master, headers, body: personal)
      }
      order = try await walk.order(in: .settled)
      request = try await bench.create(
        "/v1/service-requests", master,
        """
        {"kind": "repair", "medium": "phone", "contact": {"name": "欧阳来电", "phone": "13922223333"},
         "customerId": "\(id)", "plate": "辽A77Q77", "need": "欧阳娜娜的车无法启动，致电139 2222 3333",
         "place": {"address": "北陵大街45号", "city": "沈阳市"}}
        """)
      let escalated = await bench.act(
        "/v1/service-requests/\(request)/escalate", master, #"{"reason": "欧阳来电催促"}"#)
      #expect(escalated.status == 200, "\(escalated.text)")
      appointment = try await bench.create(
        "/v1/appointments", master,
        """
        {"channel": "phone", "contact": {"name": "欧阳来电", "phone": "13922223333"}, "plate": "辽A77Q77",
         "serviceType": "repair", "customerId": "\(id)", "note": "欧阳来电改约，车牌辽A77Q77"}
        """)
      complaint = try await bench.create(
        "/v1/complaints", master,
        """
        {"channel": "counter", "contact": {"name": "欧阳投诉", "phone": "13922223333"}, "customerId": "\(id)",
         "category": "attitude", "customerWords": "欧阳娜娜等了两小时，致电13840012345", "symptom": "欧阳投诉无人接待"}
        """)
      let explained = await bench.act(
        "/v1/complaints/\(complaint)/close-unjustified", master,
        #"{"explanation": "已向欧阳投诉说明", "channel": "phone"}"#)
      #expect(explained.status == 200, "\(explained.text)")
      try await Self.bookOnline(bench, id, master)
      let note = try await bench.created(
        "/v1/work-orders/\(order)/notes", master, #"{"text": "欧阳建国 13900001111 来取车"}"#)
      #expect(note.member("text")?.contains("欧阳建国") == true)
      for (document, text) in [
        ("customers/\(id)", "欧阳娜娜只在晚上接电话"), ("vehicles/\(bench.network.vehicle)", "欧阳娜娜的车，致电13840012345"),
      ] {
        _ = try await bench.created("/v1/\(document)/notes", master, #"{"text": "\#(text)"}"#)
      }
      // 欧阳投诉.txt
      _ = try await bench.attach(
        "投诉记录", named: "%E6%AC%A7%E9%98%B3%E6%8A%95%E8%AF%89.txt", to: "/v1/complaints/\(complaint)", master)
      let merged = await bench.act("/v1/customers/\(id)/merge", master, #"{"duplicateId": "\#(duplicate)"}"#)
      number = try #require(merged.member("number"))
      let read = await bench.send(
        "GET", "/v1/customers/\(id)", master, ["access-purpose": "call 13840012345"])
      #expect(read.status == 200)
    }

    /// An account of his own, with which he books and thinks better of it.
    private static func bookOnline(_ bench: APIBench, _ customer: String, _ master: String) async throws {
      let account = try await bench.create(
        "/v1/users", bench.master(),
        """
        {"username": "ouyang.nana", "displayName": "欧阳门户", "password": "Start-2026-online", "roles": ["customer"],
         "stationId": "\(bench.network.station)", "customerId": "\(customer)"}
        """)
      let own = bench.token(
        Caller(
          subject: .user(try #require(UUID(canonical: account))), name: "欧阳门户", roles: [.customer],
          permissions: Role.customer.permissions, scope: .station(bench.network.station),
          customers: [.init(try #require(UUID(canonical: customer)))]))
      let booking = try await bench.create(
        "/v1/appointments", own,
        """
        {"channel": "online", "contact": {"name": "欧阳门户", "phone": "13922223333"}, "plate": "辽A12345",
         "serviceType": "repair", "customerId": "\(customer)"}
        """)
      let cancelled = await bench.act("/v1/appointments/\(booking)/cancel", own, #"{"reason": "改期"}"#)
      #expect(cancelled.status == 200, "\(cancelled.text)")
    }

    func close(_ bench: APIBench) async throws {
      let master = bench.master(.station(bench.network.station))
      for document in ["service-requests/\(request)", "appointments/\(appointment)"] {
        let done = await bench.act("/v1/\(document)/cancel", master, #"{"reason": "欧阳来电取消"}"#)
        #expect(done.status == 200, "\(done.text)")
      }
      for (action, body) in [("deliver", #"{"gatePass": "GP-1"}"#), ("close", "{}")] {
        let done = await bench.act("/v1/work-orders/\(order)/\(action)", master, body)
        #expect(done.status == 200, "\(done.text)")
      }
    }
  }

  private static let reason = #"{"reason": "欧阳娜娜本人要求"}"#

  /// Every row of every table as text; bytes as hexadecimal digits.
  private func kept(_ bench: APIBench) throws -> String {
    let tables = try bench.database.admin(
      "select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'")
    return try tables.split(separator: "\n").map { table in
      "\(table): " + (try bench.database.admin("select t::text from \(table) t"))
    }.joined(separator: "\n")
  }

  /// The same with what is sealed in it opened, so that a person is not missed because nobody can read him.
  private func dump(_ bench: APIBench) throws -> String {
    let keys = ColumnKeys.test
    let places = try places(bench)
    let texts = try kept(bench).replacing(/aes256gcm:[a-z0-9-]+:[A-Za-z0-9+\/=.]+/) { match in
      let place = try #require(places[String(match.output)], "a sealed text stands where none is known")
      return try keys.opened(String(match.output), at: place)
    }
    // Kept answers are bytes.
    return try texts.replacing(/61657332353667636d3a(?:[0-9a-f]{2})+/) { match in
      let digits = match.output.compactMap(\.hexDigitValue)
      let bytes = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
      let text = String(decoding: bytes, as: UTF8.self)
      let place = try #require(places[text], "a kept answer is known by no key")
      return Self.hexadecimal(try keys.opened(text, at: place))
    }
  }

  /// Where each sealed text stands, in the present and in the past.
  private func places(_ bench: APIBench) throws -> [String: SealedPlace] {
    var places: [String: SealedPlace] = [:]
    // What has no past stands in its table alone.
    let columns = try bench.database.admin(
      """
      select table_name || ' ' || column_name || ' '
        || coalesce(to_regclass(table_name || '_versions'), to_regclass(table_name))::text
      from sealed_columns
      """)
    for column in columns.split(separator: "\n").map({ $0.split(separator: " ").map(String.init) }) {
      let rows = try bench.database.admin(
        "select id || ' ' || \(column[1]) from \(column[2]) where starts_with(\(column[1]), 'aes256gcm:')")
      for row in rows.split(separator: "\n").map({ $0.split(separator: " ").map(String.init) }) {
        places[row[1]] = SealedPlace(column[0], column[1], row[0])
      }
    }
    let answers = try bench.database.admin(
      """
      select convert_from(body, 'UTF8') || ' ' || subject_id || ' ' || operation || ' ' || key from idempotency_keys
      where starts_with(convert_from(body, 'UTF8'), 'aes256gcm:')
      """)
    for answer in answers.split(separator: "\n") {
      let parts = answer.split(separator: " ", maxSplits: 1).map(String.init)
      places[parts[0]] = SealedPlace("idempotency_keys", "body", parts[1])
    }
    return places
  }

  private static func hexadecimal(_ text: String) -> String {
    text.utf8.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  @Test("a number that is known twice is found like one that is known once (SEC-04, S12)")
  func knownTwice() async throws {
    try await TestDatabase.with { database in
      let cleaned = try database.admin(
        "select without_person('致电138 4001 2345', personal_patterns(array['13840012345', '+86 138-4001-2345', '13840012345']), 'X')"
      )
      #expect(cleaned == "致电X")
    }
  }

  @Test("erasure leaves no trace of the person in any table, and every amount, state and link as it was (SEC-04, S12)")
  func erasure() async throws {
    try await APIBench.with { bench in
      let life = try await Life(bench)
      let master = bench.master(.station(bench.network.station))
      let path = "/v1/customers/\(life.id)/erase"
      let orderNumber = try #require(await bench.get("/v1/work-orders/\(life.order)", master).member("number"))

      // Legal hold, precondition, reason, permission.
      let held = await bench.act(path, master, Self.reason)
      expectProblem(held, 409, "legal-hold")
      #expect(held.text.contains(orderNumber) && held.count("documents") == 3)
      try await life.close(bench)
      expectProblem(await bench.act(path, master, Self.reason, ifMatch: nil), 428, "precondition-required")
      expectProblem(await bench.act(path, master, Self.reason, ifMatch: #""1""#), 412, "version-mismatch")
      expectProblem(await bench.act(path, master, "{}"), 422, "validation-failed", pointer: "#/reason")
      expectProblem(await bench.act(path, bench.token(.stCrm), Self.reason), 403, "forbidden")
      expectProblem(
        await bench.act("/v1/customers/\(life.duplicate)/erase", master, Self.reason), 409, "invalid-transition")

      let before = try dump(bench)
      for trace in Life.traces {
        #expect(before.contains(trace) || before.contains(Self.hexadecimal(trace)), "\(trace) was never there")
      }
      let money = """
        select (select string_agg(total || ' ' || customer_amount || ' ' || number, ',') from invoices) || '|'
          || (select string_agg(amount || ' ' || customer_amount, ',' order by id) from job_lines) || '|'
          || (select string_agg(state || ' ' || number || ' ' || vehicle_id || ' ' || customer_id, ',') from work_orders)
          || '|' || (select string_agg(km || ' ' || vehicle_id, ',' order by id) from odometer_readings)
          || '|' || (select count(*) from customer_decisions) || '|' || (select count(*) from events)
        """
      let sums = try bench.database.admin(money.replacing("\n", with: " "))

      // Somebody who may erase and may not look.
      let head = bench.token(.hqServiceHead, scope: .network)
      let key = "erase-key-0123456789"
      let erased = await bench.act(path, head, Self.reason, key: key)
      #expect(erased.status == 200 && erased.member("state") == "erased", "\(erased.text)")
      let again = await bench.act(path, head, Self.reason, key: key)
      #expect(again.body == erased.body && again.header("idempotency-replayed") == "true")

      let after = try dump(bench)
      for trace in Life.traces {
        for line in after.split(separator: "\n") where line.contains(trace) || line.contains(Self.hexadecimal(trace)) {
          Issue.record("\(trace) in \(line.prefix(300))")
        }
      }
      // Six events came: of the file and of the order; of the two calls that nobody makes any more, with the clock of the first,
      // and of the deadline of the file.
      let then = try bench.database.admin(money.replacing("\n", with: " "))
      let (old, new) = (sums.split(separator: "|"), then.split(separator: "|"))
      #expect(old.dropLast() == new.dropLast())
      #expect(Int(try #require(new.last)) == (Int(try #require(old.last)) ?? 0) + 6)

      let file = await bench.get("/v1/customers/\(life.id)", master)
      #expect(file.member("name") == life.number && file.member("state") == "erased")
      #expect(file.count("availableActions") == 0 && file.member("phone2") == nil)
      let double = await bench.get("/v1/customers/\(life.duplicate)", master)
      #expect(double.member("state") == "merged" && double.member("name") == double.member("number"))
      let order = await bench.get("/v1/work-orders/\(life.order)", master)
      #expect(order.status == 200 && order.member("contact") == nil && order.member("state") == "closed")
      #expect(order.member("authorisation/decidedBy") == life.number)
      #expect(order.member("inspection/confirmedBy") == life.number)
      #expect(order.member("summary")?.hasSuffix("说制动异响，电话\(life.number)") == true, "\(order.text)")
      let decisions = await bench.get("/v1/work-orders/\(life.order)/decisions", master)
      #expect(decisions.member("items/0/decidedBy") == life.number)
      #expect(await bench.get("/v1/work-orders/\(life.order)/invoice", master).status == 200)
      #expect(await bench.get("/v1/vehicles/\(bench.network.vehicle)/timeline", master).status == 200)
      let history = await bench.get("/v1/customers/\(life.id)/history?sort=-position", master)
      #expect(history.member("items/0/type") == "customer.erased")
      #expect(history.member("items/0/reason") == "\(life.number)本人要求")
      let orderHistory = await bench.get("/v1/work-orders/\(life.order)/history?sort=-position", master)
      #expect(orderHistory.member("items/0/type") == "workOrder.pseudonymised")
      #expect(orderHistory.member("items/0/version") == order.member("version"))

      let request = await bench.get("/v1/service-requests/\(life.request)", master)
      #expect(request.member("contact/name") == life.number && request.member("place/address") == nil)
      #expect(request.member("need") == "\(life.number)的车无法启动，致电\(life.number)")
      let complaint = await bench.get("/v1/complaints/\(life.complaint)", master)
      #expect(complaint.member("contact/name") == life.number && complaint.member("contact/phone") == nil)
      #expect(complaint.member("conclusion") == "已向\(life.number)说明", "\(complaint.text)")
      let appointment = await bench.get("/v1/appointments/\(life.appointment)", master)
      #expect(appointment.member("contact/name") == life.number && appointment.member("state") == "cancelled")
      // The plate that he said goes; the one of the vehicle is the vehicle's (APT-02).
      #expect(request.member("plate") == nil && appointment.member("plate") == "***", "\(appointment.text)")
      #expect(appointment.member("note") == "\(life.number)改约，车牌\(life.number)", "\(appointment.text)")
      #expect(await bench.get("/v1/vehicles/\(bench.network.vehicle)", master).member("plate") == "辽A12345")

      let calls = await bench.get("/v1/follow-ups?customerId=\(life.id)", master)
      #expect(calls.count("items") == 2 && calls.member("items/0/state") == "cancelled")
      #expect(calls.member("items/1/state") == "cancelled")

      // What was written on his file is gone, what was written about his vehicle names him no more.
      for answer in [
        await bench.get("/v1/customers/\(life.id)/notes", master),
        await bench.send("POST", "/v1/customers/\(life.id)/notes", master, body: #"{"text": "又来过"}"#),
      ] { expectProblem(answer, 404, "not-found") }
      let noted = await bench.get("/v1/vehicles/\(bench.network.vehicle)/notes", master)
      #expect(noted.member("items/0/text") == "\(life.number)的车，致电\(life.number)", "\(noted.text)")

      // Nor is he found in the past, which else stays.
      let past = await bench.get("/v1/customers/\(life.id)?asOf=\(life.past)", master)
      #expect(past.member("name") == life.number && past.member("state") == "active" && past.member("version") == "1")

      // Nothing more happens to the file.
      expectProblem(await bench.act(path, master, Self.reason), 409, "invalid-transition")
      let version = Int(try #require(file.member("version")))
      expectProblem(
        await bench.patch("/v1/customers/\(life.id)", master, version: version, #"{"name": "欧阳娜娜"}"#), 409,
        "invalid-transition")
      expectProblem(
        await bench.send("POST", "/v1/work-orders", master, body: #"{"customerId": "\#(life.id)", "summary": "异响"}"#),
        422, "validation-failed", pointer: "#/customerId")
      #expect(await bench.get("/v1/customers?phone=13840012345", master).count("items") == 0)
    }
  }

  @Test("the database keeps no telephone number, e-mail or postal address of a person in clear (SEC-04, S12)")
  func sealed() async throws {
    try await APIBench.with { bench in
      let life = try await Life(bench)
      let master = bench.master(.station(bench.network.station))
      // Free text is not sealed, and some of theirs says a number: of the columns, the past and kept answers.
      let numbers = try bench.database.admin(
        """
        select concat_ws(' ', phone, phone2, email, address) from customers_versions where name ~ '欧阳'
        union all select contact_phone from work_orders_versions where contact_phone is not null
        union all select concat_ws(' ', contact_phone, address) from service_requests_versions
        union all select contact_phone from appointments_versions
        union all select contact_phone from complaints_versions
        union all select encode(body, 'escape') from idempotency_keys where body <> ''
        """)
      #expect(numbers.split(separator: "\n").count > 10)
      for line in numbers.split(separator: "\n") {
        #expect(line.split(separator: " ").allSatisfy { $0.hasPrefix("aes256gcm:test:") }, "\(line)")
      }
      // It is found by its number all the same, now and in the past.
      let found = await bench.get("/v1/customers?phone=138%204001%202345", master)
      #expect(found.member("items/0/id") == life.id && found.member("items/0/phone") == "+86 138-4001-2345")
      let past = await bench.get("/v1/customers/\(life.id)?asOf=\(life.past)", master)
      #expect(past.member("phone") == "13666660000" && past.member("email") == "nana.ouyang@example.cn")
    }
  }

  @Test("what was answered before an erasure is not answered again, and still takes effect once (SEC-04, C-19)")
  func storedAnswers() async throws {
    try await APIBench.with { bench in
      let master = bench.master(.station(bench.network.station))
      let body = #"{"kind": "person", "name": "欧阳娜娜", "phone": "13840012345"}"#
      let key = "create-key-0123456789"
      let first = await bench.send("POST", "/v1/customers", master, body: body, key: key)
      let id = try #require(first.member("id"))
      #expect(await bench.act("/v1/customers/\(id)/erase", master, Self.reason).status == 200)
      let again = await bench.send("POST", "/v1/customers", master, body: body, key: key, checked: false)
      #expect(again.status == 201 && again.header("idempotency-replayed") == "true")
      // Nothing stands for the document that was answered; where it is, is said as before.
      #expect(again.body.isEmpty && again.header("content-type") == nil, "\(again.text)")
      #expect(again.header("location") == first.header("location") && again.header("etag") == first.header("etag"))
      #expect(try bench.database.admin("select count(*) from customers where name = '欧阳娜娜'") == "0")
    }
  }

  @Test("no order begins for a person who is being erased, whoever comes first (SEC-04)")
  func race() async throws {
    try await APIBench.with { bench in
      let master = bench.master(.station(bench.network.station))
      for round in 0..<12 {
        let id = try await bench.create(
          "/v1/customers", master, #"{"kind": "person", "name": "欧阳娜娜", "phone": "13840012345"}"#)
        let order = #"{"customerId": "\#(id)", "summary": "异响", "contact": {"name": "欧阳建国", "phone": null}}"#
        let answers = await withTaskGroup(of: (Bool, TestAnswer).self) { group in
          for place in 0..<4 {
            group.addTask {
              let isErasure = place == round % 4
              let answer =
                isErasure
                ? await bench.act("/v1/customers/\(id)/erase", master, Self.reason)
                : await bench.send("POST", "/v1/work-orders", master, body: order, checked: false)
              return (isErasure, answer)
            }
          }
          return await group.reduce(into: []) { $0.append($1) }
        }
        let erased = answers.contains { $0.0 && $0.1.status == 200 }
        let opened = answers.filter { !$0.0 && $0.1.status == 201 }.count
        #expect(erased ? opened == 0 : opened > 0, "\(answers.map { "\($0.0) \($0.1.status)" })")
        #expect(answers.allSatisfy { [200, 201, 409, 422, 503].contains($0.1.status) })
        let names = try bench.database.admin(
          "select count(*) from work_orders w join customers c on c.id = w.customer_id where c.state = 'erased'")
        #expect(names == "0")
      }
    }
  }

  @Test("an export holds everything about one customer, and is recorded (SEC-04, S12)")
  func export() async throws {
    try await APIBench.with { bench in
      let life = try await Life(bench)
      let other = try await bench.create(
        "/v1/customers", bench.token(.stAdviser), #"{"kind": "person", "name": "赵六", "phone": "13700000000"}"#)
      let crm = bench.token(.stCrm)
      let export = await bench.send(
        "GET", "/v1/customers/\(life.id)/personal-data", crm, ["access-purpose": "subject request"])
      #expect(export.status == 200)
      for trace in ["欧阳娜娜", "138-4001-2345", "nana.ouyang", "青年大街100号", "欧阳建国", "13900001111", "欧阳小姐", "C-88231"] {
        #expect(export.text.contains(trace), "\(trace)")
      }
      #expect(!export.text.contains("赵六") && !export.text.contains(other))
      #expect(export.member("mergedFiles/0/id") == life.duplicate && export.count("vehicles") == 1)
      #expect(export.member("workOrders/0/order/id") == life.order)
      #expect(export.member("workOrders/0/invoice/total/amount") == "300.00")
      #expect(export.member("workOrders/0/lines/0/number") == "1")
      #expect(export.member("workOrders/0/decisions/0/decidedBy") == "欧阳建国")
      #expect(export.member("serviceRequests/0/contact/name") == "欧阳来电" && export.count("appointments") == 2)
      #expect(export.member("complaints/0/contact/name") == "欧阳投诉")
      #expect(export.member("workOrders/0/notes/0/text") == "欧阳建国 13900001111 来取车")
      let manager = bench.token(.stServiceManager)
      let reads = await bench.get("/v1/customers/\(life.id)/personal-data-reads?limit=100", manager)
      #expect(reads.text.contains("subject request") && reads.text.contains(life.duplicate))
      let path = "/v1/customers/\(life.id)/personal-data"
      expectProblem(await bench.get(path, bench.token(.stAdviser)), 403, "forbidden")
      let blind = bench.token(
        APIBench.caller([], [.customersExportPersonal, .customersRead], .station(bench.network.station)))
      expectProblem(await bench.get(path, blind), 403, "forbidden")
      let elsewhere = bench.token(.stCrm, scope: .station(bench.network.otherStation))
      expectProblem(await bench.get(path, elsewhere), 404, "not-found")
    }
  }
}
