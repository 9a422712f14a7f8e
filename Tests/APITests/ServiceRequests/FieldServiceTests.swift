import API
import Domain
import FoundationEssentials
import TestSupport
import Testing

/// Field staff who are told of a job, and visits that are planned (FLD-05, FLD-17).
@Suite("Field service", .timeLimit(.minutes(20))) struct FieldServiceTests {
  private static let path = "/v1/service-requests"

  private static func user(_ name: String, _ role: Role, _ place: String) -> String {
    """
    {"username": "\(name)", "displayName": "外勤", "password": "Start-2026-field", "roles": ["\(role.rawValue)"]\(place)}
    """
  }

  private static func visit(_ plan: String, customer: Customer.ID, identity: String = "V-1") -> String {
    """
    {"kind": "inspection", "medium": "phone", "contact": {"name": "王小明"}, "customerId": "\(customer)",
     "need": "例行巡检", "externalIds": {"crm": "\(identity)"}\(plan)}
    """
  }

  @Test(
    "Technical Quality tells the field staff of the place, who see the request until it is dispatched anew (FLD-05)")
  func informed() async throws {
    try await APIBench.with { bench in
      let network = bench.network
      let master = bench.master()
      let elsewhere = try await bench.create("/v1/regions", master, #"{"code": "FARAWAY", "name": "远方大区"}"#)
      func person(_ name: String, _ role: Role, _ place: String) async throws -> String {
        try await bench.create("/v1/users", master, Self.user(name, role, place))
      }
      let local = try await person("field.local", .fieldService, #", "regionId": "\#(network.region)""#)
      let distant = try await person("field.distant", .fieldService, #", "regionId": "\#(elsewhere)""#)
      let claims = try await person("claims.hq", .hqClaims, "")
      let field = bench.token(
        .fieldService, scope: .region(network.region, stations: [network.station]),
        subject: .user(try #require(UUID(canonical: local))))
      let (centre, quality) = (bench.token(.callCentre, scope: .network), bench.token(.qa, scope: .network))
      var paths: [String] = []
      for _ in 0..<2 {
        let id = try await bench.create(
          Self.path, centre,
          #"{"kind": "repair", "mode": "onSite", "medium": "phone", "contact": {"name": "王小明"}, "need": "孔位不符"}"#)
        paths.append("\(Self.path)/\(id)")
      }
      let told = #"{"staffIds": ["\#(local)"], "note": "请先电话联系"}"#
      expectProblem(
        await bench.act("\(paths[0])/inform-field-staff", quality, told), 409, "invalid-transition")
      for path in paths {
        let dispatched = await bench.act(
          "\(path)/dispatch", centre, #"{"stationId": "\#(network.station)", "reason": "就近"}"#)
        #expect(dispatched.status == 200 && dispatched.count("informedStaffIds") == 0)
      }
      let path = "\(paths[0])/inform-field-staff"
      expectProblem(await bench.act(path, centre, told), 403, "forbidden")
      for stranger in [distant, claims, "\(network.technician)"] {
        expectProblem(
          await bench.act(path, quality, #"{"staffIds": ["\#(local)", "\#(stranger)"]}"#), 422, "validation-failed",
          pointer: "#/staffIds/1", code: "notFound")
      }
      expectProblem(
        await bench.act(path, quality, #"{"staffIds": []}"#), 422, "validation-failed", pointer: "#/staffIds")
      #expect(await bench.get(paths[0], field).status == 404)
      let before = try #require(await bench.get(paths[0], quality).member("updatedAt"))

      let informed = await bench.act(path, quality, told)
      #expect(informed.status == 200 && informed.member("informedStaffIds/0") == local, "\(informed.text)")
      #expect(informed.member("state") == "dispatched" && informed.member("version") == "3")
      // What Technical Quality sees of the customer is masked.
      #expect(informed.member("contact/name") != "王小明")
      let seen = await bench.get(paths[0], field)
      #expect(seen.status == 200 && seen.member("contact/name") == "王小明", "\(seen.text)")
      #expect(await bench.get(paths[1], field).status == 404)
      let page = await bench.get("\(Self.path)?total=exact", field)
      #expect(page.count("items") == 1 && page.member("totalCount") == "1", "\(page.text)")
      let history = await bench.get("\(paths[0])/history?limit=50", field)
      #expect(
        history.text.contains("serviceRequest.fieldStaffInformed") && history.text.contains(local), "\(history.text)")
      let past = await bench.get("\(paths[0])?asOf=\(before)", field)
      #expect(past.status == 200 && past.count("informedStaffIds") == 0, "\(past.text)")

      // They act on it, and lose sight of it with the next station.
      #expect(await bench.act("\(paths[0])/refuse", field, #"{"reason": "无配件"}"#).status == 200)
      #expect(await bench.get(paths[0], field).member("state") == "received")
      let other = await bench.act(
        "\(paths[0])/dispatch", centre, #"{"stationId": "\#(network.otherStation)", "reason": "客户指定"}"#)
      #expect(other.status == 200 && other.count("informedStaffIds") == 0, "\(other.text)")
      #expect(await bench.get(paths[0], field).status == 404)
    }
  }

  @Test("a regular visit registers the next one when it closes, a single visit does not (FLD-17)")
  func inspections() async throws {
    try await APIBench.with { bench in
      let network = bench.network
      let centre = bench.token(.callCentre, scope: .network)
      let adviser = bench.token(.stAdviser)
      for (plan, follows) in [
        (#", "inspection": {"rhythm": "irregular", "plannedOn": "2026-03-09"}"#, false),
        (#", "inspection": {"rhythm": "regular", "plannedOn": "2026-03-09", "intervalDays": 180}"#, true),
      ] {
        let made = try await bench.created(
          Self.path, centre, Self.visit(plan, customer: network.customer, identity: follows ? "V-2" : "V-1"))
        #expect(made.member("mode") == "onSite" && made.member("inspection/plannedOn") == "2026-03-09")
        let path = "\(Self.path)/\(try #require(made.member("id")))"
        let clocks = await bench.get("\(path)/clocks", centre)
        #expect(clocks.count("items") == 0, "\(clocks.text)")
        for (step, token, body) in [
          ("dispatch", centre, #"{"stationId": "\#(network.station)", "reason": "就近"}"#), ("accept", adviser, "{}"),
          ("start", adviser, "{}"), ("arrive", adviser, "{}"), ("resolve", adviser, #"{"summary": "未见异常"}"#),
          ("receipt", centre, #"{"party": "customer", "channel": "phone"}"#),
          ("receipt", centre, #"{"party": "station", "channel": "phone"}"#), ("close", centre, #"{"satisfied": true}"#),
        ] {
          let done = await bench.act("\(path)/\(step)", token, body)
          try #require(done.status == 200, "\(step): \(done.text)")
        }
        let closed = await bench.get(path, adviser)
        let order = await bench.get("/v1/work-orders/\(try #require(closed.member("workOrderId")))", adviser)
        #expect(order.member("serviceType") == "maintenance" && order.member("mode") == "onSite")
        let due = await bench.get("\(Self.path)?kind=inspection&state=received", adviser)
        #expect(due.count("items") == (follows ? 1 : 0), "\(due.text)")
        guard follows else { continue }
        let day = ReportPeriod.day(of: SystemClock.now()).daysSinceEpoch
        let expected = (179...180).map { CalendarDate(daysSinceEpoch: day + $0).description }
        #expect(expected.contains(try #require(due.member("items/0/inspection/plannedOn"))))
        #expect(due.member("items/0/registeredStationId") == "\(network.station)")
        #expect(due.member("items/0/inspection/rhythm") == "regular" && due.member("items/0/need") == "例行巡检")
        #expect(due.member("items/0/externalIds/crm") == nil && closed.member("externalIds/crm") == "V-2")
      }
    }
  }

  @Test("only an inspection has a plan, which must be whole and may be moved (FLD-17)")
  func plans() async throws {
    try await APIBench.with { bench in
      let centre = bench.token(.callCentre, scope: .network)
      let customer = bench.network.customer
      for (plan, pointer, code) in [
        ("", "#/inspection", "required"),
        (#", "inspection": {"rhythm": "regular", "plannedOn": "2026-03-09"}"#, "#/inspection/intervalDays", "required"),
        (#", "inspection": {"rhythm": "often"}"#, "#/inspection/plannedOn", "required"),
        (
          #", "inspection": {"rhythm": "irregular", "plannedOn": "2026-03-09", "intervalDays": 3}"#,
          "#/inspection/intervalDays", "inconsistent"
        ),
      ] {
        let refused = await bench.send("POST", Self.path, centre, body: Self.visit(plan, customer: customer))
        expectProblem(refused, 422, "validation-failed", pointer: pointer, code: code)
      }
      let id = try await bench.create(
        Self.path, centre,
        Self.visit(#", "inspection": {"rhythm": "irregular", "plannedOn": "2026-03-09"}"#, customer: customer))
      let path = "\(Self.path)/\(id)"
      let moved = await bench.patch(path, centre, version: 1, #"{"inspection": {"plannedOn": "2026-04-01"}}"#)
      #expect(moved.member("inspection/plannedOn") == "2026-04-01", "\(moved.text)")
      #expect(moved.member("inspection/rhythm") == "irregular")
      for (body, pointer) in [
        (#"{"kind": "repair"}"#, "#/kind"), (#"{"inspection": null}"#, "#/inspection"),
        (#"{"inspection": {"rhythm": "regular"}}"#, "#/inspection/intervalDays"),
        (#"{"informedStaffIds": []}"#, "#/informedStaffIds"),
      ] {
        expectProblem(
          await bench.patch(path, centre, version: 2, body), 422, "validation-failed", pointer: pointer)
      }
    }
  }
}
