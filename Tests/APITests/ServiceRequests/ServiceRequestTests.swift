import API
import Domain
import FoundationEssentials
import TestSupport
import Testing

/// Service requests over HTTP: registering, dispatch, the walk by the roles whose steps it has, and what is refused (SM-1).
@Suite("Service requests over HTTP", .timeLimit(.minutes(20))) struct ServiceRequestTests {
  private static let path = "/v1/service-requests"

  private static func body(_ more: String = "") -> String {
    """
    {"kind": "rescue", "medium": "hotline", "contact": {"name": "王小明", "phone": "13812345678"},
     "place": {"address": "辽宁省沈阳市大东区东塔街3号", "city": "沈阳市", "latitude": "41.8057", "longitude": "123.4631"},
     "vin": "\(TestNetwork.vin)", "need": "车辆无法启动 Does not start"\(more)}
    """
  }

  @Test("the whole walk, each step by the role whose it is; every answer as documented (SM-1, CALL-01)")
  func walk() async throws {
    try await APIBench.with { bench in
      let centre = bench.token(.callCentre, scope: .network)
      let adviser = bench.token(.stAdviser)
      let created = try await bench.created(Self.path, centre, Self.body())
      let id = try #require(created.member("id"))
      let number = try #require(created.member("number"))
      #expect(number.hasPrefix("SR-HQ-") && created.member("state") == "received")
      #expect(created.header("location")?.hasSuffix("\(Self.path)/\(id)") == true)
      #expect(created.member("source") == "callCentre" && created.member("mode") == "rescue")
      #expect(created.member("urgency") == "high" && created.member("vehicleId") == "\(bench.network.vehicle)")
      #expect(await bench.get("\(Self.path)/\(number)", centre).body == created.body)
      // In nobody's hands, a station does not see it.
      #expect(await bench.get("\(Self.path)/\(id)", adviser).status == 404)

      func act(_ action: String, _ token: String, _ body: String = "{}") async throws -> TestAnswer {
        let answer = await bench.act("\(Self.path)/\(id)/\(action)", token, body)
        try #require(answer.status == 200, "\(action): \(answer.text)")
        return answer
      }
      _ = try await act("forward", centre, #"{"supervisor": "王主管"}"#)
      let answered = try await act("answer", centre, #"{"text": "已安排救援", "channel": "phone"}"#)
      #expect(answered.member("state") == "forwarded" && answered.member("firstResponseAt") != nil)

      let proposal = await bench.get("\(Self.path)/\(id)/dispatch-proposal", centre)
      #expect(proposal.status == 200 && proposal.count("items") == 2)
      #expect(proposal.member("items/0/code") == "SY001" && proposal.member("items/0/proposed") == "1")
      #expect(proposal.member("proposedStationId") == "\(bench.network.station)")
      #expect(proposal.text.contains("Never got a request."))
      let dispatched = try await act("dispatch", centre)
      #expect(dispatched.member("stationId") == "\(bench.network.station)")
      #expect(dispatched.member("dispatch/overruled") == "0" && dispatched.member("dispatchCount") == "1")
      let kept = await bench.get("\(Self.path)/\(id)/dispatches", centre)
      #expect(kept.count("items") == 1 && kept.member("items/0/ranking/items/0/code") == "SY001")

      let accepted = try await act("accept", adviser, #"{"expectedArrivalAt": "2036-01-01T10:00:00+08:00"}"#)
      #expect(accepted.member("expectedArrivalAt") == "2036-01-01T02:00:00.000Z")
      let started = try await act("start", adviser, #"{"customerId": "\#(bench.network.customer)"}"#)
      let order = try #require(started.member("workOrderId"))
      let opened = await bench.get("/v1/work-orders/\(order)", adviser)
      #expect(opened.member("mode") == "rescue" && opened.member("vehicleId") == "\(bench.network.vehicle)")
      #expect(try await act("arrive", adviser).member("arrivedAt") != nil)
      expectProblem(await bench.act("\(Self.path)/\(id)/arrive", adviser), 409, "guard-failed")
      let resolved = try await act("resolve", adviser, #"{"summary": "更换蓄电池"}"#)
      #expect(resolved.member("resolution/faultCleared") == "1" && resolved.member("state") == "resolved")
      #expect(
        try await act("receipt", centre, #"{"party": "customer", "channel": "phone"}"#).member("state") == "resolved")
      expectProblem(
        await bench.act("\(Self.path)/\(id)/receipt", centre, #"{"party": "customer", "channel": "phone"}"#), 409,
        "receipt-returned")
      #expect(
        try await act("receipt", centre, #"{"party": "station", "channel": "message"}"#).member("state")
          == "receipted")
      let closed = try await act("close", centre, #"{"satisfied": true, "rating": 5}"#)
      #expect(closed.member("state") == "closed" && closed.member("callBack/rating") == "5")
      expectProblem(
        await bench.patch("\(Self.path)/\(id)", centre, version: nil, "{}"), 428, "precondition-required")
      expectProblem(
        await bench.send("PATCH", "\(Self.path)/\(id)", centre, ["if-match": "*"], body: #"{"need": "别的"}"#), 409,
        "request-ended")

      let history = await bench.get("\(Self.path)/\(id)/history?limit=50", centre)
      #expect(history.count("items") == 11)
      #expect(!history.text.contains("13812345678") && !history.text.contains("东塔街"))
      let timeline = await bench.get("/v1/vehicles/\(TestNetwork.vin)/timeline", adviser)
      #expect(timeline.text.contains("serviceRequestReceived"))
    }
  }

  @Test("everything wrong with a body is told at once, with its place; what the customer needs is said (C-09, CALL-16)")
  func invalid() async throws {
    try await APIBench.with { bench in
      let centre = bench.token(.callCentre, scope: .network)
      let answer = await bench.send(
        "POST", Self.path, centre,
        body: """
          {"kind": "party", "contact": {"phone": "1"}, "vin": "LSY", "place": {"latitude": "41.8", "town": "x"},
           "need": "", "stationId": "\(UUID().uuidString.lowercased())"}
          """)
      for (pointer, code) in [
        ("#/kind", "notInSet"), ("#/medium", "required"), ("#/contact/name", "required"), ("#/vin", "tooShort"),
        ("#/place/longitude", "required"), ("#/place/town", "unknownField"), ("#/need", "tooShort"),
      ] {
        expectProblem(answer, 422, "validation-failed", pointer: pointer, code: code)
      }
      let foreign = await bench.send(
        "POST", Self.path, centre, body: Self.body(#", "stationId": "\#(UUID().uuidString.lowercased())""#))
      expectProblem(foreign, 422, "validation-failed", pointer: "#/stationId", code: "notFound")
      for (member, kind) in [("customerId", "customer"), ("vehicleId", "vehicle")] {
        let unknown = await bench.send(
          "POST", Self.path, centre, body: Self.body(#", "\#(member)": "\#(UUID().uuidString.lowercased())""#))
        expectProblem(unknown, 422, "validation-failed", pointer: "#/\(member)", code: "notFound")
        #expect(unknown.text.contains(kind))
      }
      let region = await bench.send(
        "POST", Self.path, centre,
        body:
          #"{"kind": "repair", "medium": "fax", "contact": {"name": "a"}, "need": "b", "place": {"regionId": "\#(UUID().uuidString.lowercased())"}}"#
      )
      expectProblem(region, 422, "validation-failed", pointer: "#/place/regionId", code: "notFound")
    }
  }

  @Test("an action says what is wrong with its body (C-09, CALL-03, CALL-18)")
  func invalidActions() async throws {
    try await APIBench.with { bench in
      let master = bench.master()
      let id = try await bench.create(Self.path, master, Self.body())
      func refused(_ action: String, _ body: String, _ pointer: String, _ code: String) async {
        let answer = await bench.act("\(Self.path)/\(id)/\(action)", master, body)
        expectProblem(answer, 422, "validation-failed", pointer: pointer, code: code)
      }
      await refused("dispatch", #"{"stationId": "\#(bench.network.otherStation)"}"#, "#/reason", "required")
      await refused(
        "dispatch", #"{"stationId": "\#(UUID().uuidString.lowercased())", "reason": "x"}"#, "#/stationId", "notFound")
      await refused("escalate", "{}", "#/reason", "required")
      await refused(
        "convert", #"{"target": "complaint", "reason": "x", "preferredAt": "2036-01-01T10:00:00Z"}"#, "#/preferredAt",
        "inconsistent")
      await refused("close", #"{"satisfied": false}"#, "#/next", "required")
      await refused("close", #"{"satisfied": true, "next": "desk"}"#, "#/next", "inconsistent")
      await refused("start", #"{"workOrderId": "\#(id)", "mode": "rescue"}"#, "#/mode", "inconsistent")
      await refused("resolve", #"{"summary": "x", "clearedAt": "2036-01-01T10:00:00Z"}"#, "#/clearedAt", "outOfRange")
      await refused("answer", #"{"text": "x", "channel": "pigeon"}"#, "#/channel", "notInSet")
      expectProblem(await bench.act("\(Self.path)/\(id)/accept", master), 409, "invalid-transition")

      try bench.database.admin("update stations set state = 'suspended'")
      expectProblem(await bench.act("\(Self.path)/\(id)/dispatch", master), 409, "no-station-available")
      await refused(
        "dispatch", #"{"stationId": "\#(bench.network.station)", "reason": "x"}"#, "#/stationId", "inconsistent")
    }
  }

  @Test("who called and from where is masked for those who may not read personal data (SEC-04)")
  func masked() async throws {
    try await APIBench.with { bench in
      let id = try await bench.create(Self.path, bench.token(.callCentre, scope: .network), Self.body())
      let masked = await bench.get("\(Self.path)/\(id)", bench.token(.hqService, scope: .network))
      #expect(masked.status == 200 && masked.member("personalDataMasked") == "1")
      for secret in ["王小明", "13812345678", "东塔街", "41.805700", "123.463100"] {
        #expect(!masked.text.contains(secret), "\(secret)")
      }
      #expect(masked.member("contact/phone") == "138****5678" && masked.member("place/city") == "沈阳市")
      let list = await bench.get("\(Self.path)?kind=rescue", bench.token(.hqService, scope: .network))
      #expect(list.count("items") == 1 && !list.text.contains("13812345678"))
      let plain = await bench.get("\(Self.path)/\(id)", bench.token(.callCentre, scope: .network))
      #expect(plain.member("contact/phone") == "13812345678" && plain.member("place/latitude") == "41.805700")
    }
  }

  @Test("a patch merges contact, place and requirement; null clears what may be empty (C-17)")
  func patch() async throws {
    try await APIBench.with { bench in
      let centre = bench.token(.callCentre, scope: .network)
      let id = try await bench.create(Self.path, centre, Self.body(#", "requirement": {"skill": "highVoltage"}"#))
      let path = "\(Self.path)/\(id)"
      let merged = await bench.patch(
        path, centre, version: 1,
        #"{"contact": {"phone": "13900001111"}, "place": {"city": "大连市"}, "requirement": {"brand": "华晨"}, "urgency": "emergency"}"#
      )
      #expect(merged.member("contact/name") == "王小明" && merged.member("contact/phone") == "13900001111")
      #expect(merged.member("place/city") == "大连市" && merged.member("place/latitude") == "41.805700")
      #expect(merged.member("requirement/skill") == "highVoltage" && merged.member("requirement/brand") == "华晨")
      #expect(merged.member("version") == "2")
      let cleared = await bench.patch(
        path, centre, version: 2, #"{"place": null, "requirement": null, "symptom": null}"#)
      #expect(cleared.member("place/latitude") == nil && cleared.member("requirement/skill") == nil)
      #expect(await bench.patch(path, centre, version: 3, "{}").member("version") == "3")
      for (body, pointer, code) in [
        (#"{"contact": null}"#, "#/contact", "required"), (#"{"need": null}"#, "#/need", "required"),
        (#"{"place": {"latitude": "41.8"}}"#, "#/place/latitude", "inconsistent"),
        (#"{"state": "closed"}"#, "#/state", "readOnly"), (#"{"medium": "fax"}"#, "#/medium", "readOnly"),
        (#"{"contact": {"name": null}}"#, "#/contact/name", "required"),
      ] {
        expectProblem(
          await bench.patch(path, centre, version: 3, body), 422, "validation-failed", pointer: pointer, code: code)
      }
    }
  }

  @Test("lists are narrowed by every filter and show a station only its own (C-11, SEC-03)")
  func lists() async throws {
    try await APIBench.with { bench in
      let master = bench.master()
      let rescue = try await bench.create(Self.path, master, Self.body())
      let other = try await bench.create(
        Self.path, master,
        #"{"kind": "consultation", "medium": "letter", "contact": {"name": "a"}, "need": "b", "urgency": "low", "stationId": "\#(bench.network.otherStation)"}"#
      )
      _ = await bench.act("\(Self.path)/\(rescue)/dispatch", master)
      func ids(_ query: String, _ token: String) async -> [String] {
        let page = await bench.get("\(Self.path)?\(query)", token)
        #expect(page.status == 200, "\(page.text)")
        return (0..<page.count("items")).compactMap { page.member("items/\($0)/id") }
      }
      for query in [
        "kind=rescue", "state=dispatched,accepted", "urgency=high", "medium=hotline", "vin=\(TestNetwork.vin)",
        "vehicleId=\(bench.network.vehicle)", "stationId=\(bench.network.station)",
      ] {
        #expect(await ids(query, master) == [rescue], "\(query)")
      }
      #expect(await ids("sort=createdAt", master) == [rescue, other])
      #expect(await ids("sort=-number", master).count == 2)
      #expect(await ids("", bench.token(.stAdviser)) == [rescue])
      #expect(await ids("", bench.token(.stAdviser, scope: .station(bench.network.otherStation))) == [other])
      for query in ["kind=party", "sort=need", "plate=1", "createdAtFrom=yesterday"] {
        #expect(await bench.get("\(Self.path)?\(query)", master).status == 400, "\(query)")
      }
    }
  }

  @Test("the same key dispatches once (C-19)")
  func idempotent() async throws {
    try await APIBench.with { bench in
      let centre = bench.token(.callCentre, scope: .network)
      let id = try await bench.create(Self.path, centre, Self.body())
      let key = "dispatch-key-0123456789"
      let first = await bench.act("\(Self.path)/\(id)/dispatch", centre, "{}", ifMatch: "\"1\"", key: key)
      let again = await bench.act("\(Self.path)/\(id)/dispatch", centre, "{}", ifMatch: "\"1\"", key: key)
      #expect(first.status == 200 && again.body == first.body && again.header("idempotency-replayed") == "true")
      #expect(try bench.database.admin("select count(*) from service_request_dispatches") == "1")
    }
  }
}
