import API
import Domain
import Foundation
import TestSupport
import Testing

/// Recalls and service campaigns over HTTP, and what they ask of a work order (M11, A8).
@Suite("Campaigns over HTTP", .timeLimit(.minutes(20))) struct CampaignTests {
  private static let path = "/v1/campaigns"

  private func act(
    _ bench: APIBench, _ path: String, _ token: String, _ body: String = "{}",
    _ location: SourceLocation = #_sourceLocation
  ) async throws -> TestAnswer {
    let answer = await bench.act(path, token, body, location)
    try #require(answer.status == 200, "\(path): \(answer.text)", sourceLocation: location)
    return answer
  }

  private static func body(_ population: String, kind: String = "recall") -> String {
    #"{"kind": "\#(kind)", "title": "燃油泵", "description": "可能熄火", "remedy": "更换接插件", "population": \#(population)}"#
  }

  /// A published campaign about the vehicle of the network.
  private func published(_ bench: APIBench, kind: String = "recall") async throws -> (id: String, path: String) {
    let author = bench.token(.qa, scope: .network)
    let id = try await bench.create(
      Self.path, author, Self.body(#"{"vins": ["\#(TestNetwork.vin)"]}"#, kind: kind))
    _ = try await act(bench, "\(Self.path)/\(id)/approve", bench.token(.hqServiceHead, scope: .network))
    _ = try await act(bench, "\(Self.path)/\(id)/publish", bench.token(.hqService, scope: .network))
    return (id, "\(Self.path)/\(id)/vehicles/\(TestNetwork.vin)")
  }

  /// An order of the vehicle that is in the workshop, with the campaign to be done under it.
  private func admitted(_ bench: APIBench, _ campaign: String) async throws -> String {
    let walk = bench.walk(bench.master())
    let order = try await walk.open()
    _ = try await act(
      bench, "/v1/work-orders/\(order)/inspect", bench.master(),
      #"{"odometerKm": 12000, "confirmedBy": "王小明", "campaigns": [{"campaignId": "\#(campaign)", "answer": "perform"}]}"#
    )
    try await walk.advance(order, to: .inWorkshop)
    return order
  }

  @Test("a population is frozen with count and hash when another person approves; later vehicles are not in it (M11)")
  func frozen() async throws {
    try await APIBench.with { bench in
      let author = bench.token(.qa, .hqServiceHead, scope: .network)
      let head = bench.token(.hqServiceHead, scope: .network)
      func vehicle(_ vin: String, _ year: Int) async throws {
        _ = try await bench.created(
          "/v1/vehicles", bench.master(), #"{"vin": "\#(vin)", "usage": "private", "modelYear": \#(year)}"#)
      }
      try await vehicle("LSVAA4182E2000017", 2025)
      try await vehicle("LSVAA4182E2000018", 2023)
      expectProblem(
        await bench.send("POST", Self.path, author, body: Self.body("{}")), 422, "validation-failed",
        pointer: "#/population", code: "required")
      let drafted = try await bench.created(
        Self.path, author, Self.body(#"{"vinPrefixes": ["lsvaa4182e2"], "modelYearFrom": 2024}"#))
      let path = "\(Self.path)/\(try #require(drafted.member("id")))"
      #expect(drafted.member("number")?.hasPrefix("CA-HQ-") == true && drafted.member("vehicleCount") == nil)
      let own = await bench.act("\(path)/approve", author)
      #expect(own.member("guard") == "author-approves")
      let approved = try await act(bench, "\(path)/approve", head)
      #expect(approved.member("vehicleCount") == "2")
      // SHA-256 of the two VINs in order, one a line.
      let listed = await bench.get("\(path)/vehicles", author)
      #expect(listed.count("items") == 2 && listed.member("items/0/vin") == "LSVAA4182E2000017")
      #expect(listed.member("items/1/vin") == TestNetwork.vin && listed.member("items/0/state") == "affected")
      let expected = try bench.database.admin(
        "select encode(sha256(convert_to('LSVAA4182E2000017' || e'\\n' || '\(TestNetwork.vin)', 'UTF8')), 'hex')")
      #expect(approved.member("populationHash") == expected)
      try await vehicle("LSVAA4182E2000019", 2025)
      #expect(await bench.get("\(path)/vehicles?total=exact", author).member("totalCount") == "2")
      expectProblem(
        await bench.patch(path, author, version: 2, #"{"remedy": "x"}"#), 409, "campaign-not-editable")
      let nothing = try await bench.create(Self.path, author, Self.body(#"{"vins": ["LSVAA4182E2999999"]}"#))
      expectProblem(
        await bench.act("\(Self.path)/\(nothing)/approve", head), 409, "campaign-without-vehicles")
    }
  }

  @Test("stations see a campaign once it is published, and act on its vehicles while it is (M11)")
  func visibility() async throws {
    try await APIBench.with { bench in
      let adviser = bench.token(.stAdviser)
      let author = bench.token(.qa, scope: .network)
      let service = bench.token(.hqService, scope: .network)
      let id = try await bench.create(Self.path, author, Self.body(#"{"vins": ["\#(TestNetwork.vin)"]}"#))
      let path = "\(Self.path)/\(id)"
      expectProblem(await bench.get(path, adviser), 404, "not-found")
      _ = try await act(bench, "\(path)/approve", bench.token(.hqServiceHead, scope: .network))
      expectProblem(await bench.get("\(path)/vehicles", adviser), 404, "not-found")
      _ = try await act(bench, "\(path)/publish", service)
      #expect(await bench.get(path, adviser).member("state") == "published")
      let vehicle = "\(path)/vehicles/\(TestNetwork.vin)"
      let notified = try await act(bench, "\(vehicle)/notify", adviser, #"{"channel": "phone"}"#)
      #expect(notified.member("state") == "notified" && notified.member("notificationCount") == "1")
      expectProblem(
        await bench.act("\(vehicle)/schedule", adviser, #"{"plannedAt": "2020-01-01T00:00:00Z"}"#), 422,
        "validation-failed", pointer: "#/plannedAt", code: "outOfRange")
      _ = try await act(bench, "\(path)/suspend", service, #"{"reason": "待查"}"#)
      let refused = await bench.act("\(vehicle)/refuse", adviser, #"{"reason": "不同意"}"#)
      #expect(refused.member("guard") == "campaign-not-published")
      #expect(
        await bench.get("/v1/vehicles/\(TestNetwork.vin)/open-campaigns", adviser).count("items") == 0)
      _ = try await act(bench, "\(path)/publish", service)
      _ = try await act(bench, "\(vehicle)/refuse", adviser, #"{"reason": "不同意"}"#)
      let open = await bench.get("/v1/vehicles/\(TestNetwork.vin)/open-campaigns", adviser)
      #expect(open.count("items") == 1 && open.member("items/0/state") == "refused", "a refused recall stays open")
      #expect(await bench.get("\(vehicle)/history", adviser).count("items") == 2)
      expectProblem(await bench.get("\(path)/vehicles/LSVAA4182E2999999", adviser), 404, "not-found")
    }
  }

  @Test("check-in answers every open campaign; no order closes while one is neither performed nor put off (A8, QI-38)")
  func forcedAnswer() async throws {
    try await APIBench.with { bench in
      let master = bench.master()
      let (id, vehicle) = try await published(bench)
      let walk = bench.walk(master)
      let order = try await walk.open()
      let path = "/v1/work-orders/\(order)"
      let inspection = #""odometerKm": 12000, "confirmedBy": "王小明""#
      expectProblem(
        await bench.act("\(path)/inspect", master, "{\(inspection)}"), 422, "validation-failed", pointer: "#/campaigns",
        code: "required")
      expectProblem(
        await bench.act(
          "\(path)/inspect", master,
          #"{\#(inspection), "campaigns": [{"campaignId": "\#(id)", "answer": "defer"}]}"#), 422, "validation-failed",
        pointer: "#/campaigns/0/reason", code: "required")
      expectProblem(
        await bench.act(
          "\(path)/inspect", master,
          #"{\#(inspection), "campaigns": [{"campaignId": "\#(order)", "answer": "perform"}]}"#), 422,
        "validation-failed", pointer: "#/campaigns/0/campaignId", code: "notFound")
      let checkedIn = try await act(
        bench, "\(path)/inspect", master,
        #"{\#(inspection), "campaigns": [{"campaignId": "\#(id)", "answer": "perform"}]}"#)
      #expect(checkedIn.member("checkIn/openCampaigns/0/id") == id)
      try await walk.advance(order, to: .delivered)
      expectProblem(await bench.act("\(path)/close", master), 409, "campaigns-unanswered")
      // Put off, or done: either closes the order.
      expectProblem(
        await bench.act("\(vehicle)/remedy", master, #"{"workOrderId": "\#(id)"}"#), 422, "validation-failed",
        pointer: "#/workOrderId", code: "notFound")
      let remedied = try await act(bench, "\(vehicle)/remedy", master, #"{"workOrderId": "\#(order)"}"#)
      #expect(remedied.member("state") == "remedied" && remedied.member("workOrderId") == order)
      #expect(try await act(bench, "\(path)/close", master).member("state") == "closed")

      let (second, _) = try await published(bench, kind: "service")
      let other = try await walk.open()
      _ = try await act(
        bench, "/v1/work-orders/\(other)/inspect", master,
        #"{\#(inspection), "campaigns": [{"campaignId": "\#(second)", "answer": "perform"}]}"#)
      try await walk.advance(other, to: .delivered)
      expectProblem(await bench.act("/v1/work-orders/\(other)/close", master), 409, "campaigns-unanswered")
      let closed = try await act(
        bench, "/v1/work-orders/\(other)/close", master,
        #"{"campaigns": [{"campaignId": "\#(second)", "answer": "defer", "reason": "备件未到"}]}"#)
      #expect(closed.member("state") == "closed")
    }
  }

  @Test("completion counts the remedied of the reachable, as of any instant (M11, A5)")
  func completion() async throws {
    try await APIBench.with { bench in
      let master = bench.master()
      let (id, vehicle) = try await published(bench)
      let path = "\(Self.path)/\(id)/completion"
      let before = await bench.get(path, master)
      #expect(before.member("percent") == "0.00" && before.member("total") == "1")
      let then = SystemClock.now().description
      let order = try await admitted(bench, id)
      _ = try await act(bench, "\(vehicle)/remedy", master, #"{"workOrderId": "\#(order)"}"#)
      let after = await bench.get(path, master)
      #expect(after.member("percent") == "100.00" && after.member("counts/remedied") == "1")
      let past = await bench.get("\(path)?asOf=\(then)", master)
      #expect(past.member("percent") == "0.00" && past.member("counts/affected") == "1")
    }
  }

  @Test("each station sees how far its own vehicles are, headquarters all, and why they were put off (M11, A8)")
  func stations() async throws {
    try await APIBench.with { bench in
      let master = bench.master()
      let station = bench.token(.stServiceManager)
      let other = bench.token(.stServiceManager, scope: .station(bench.network.otherStation))
      let (id, vehicle) = try await published(bench)
      let path = "\(Self.path)/\(id)/completion"
      let untouched = await bench.get(path, master)
      #expect(untouched.count("stations") == 1 && untouched.member("stations/0/stationId") == nil, "\(untouched.text)")
      #expect(untouched.member("stations/0/total") == "1" && untouched.member("stations/0/counts/affected") == "1")
      #expect(await bench.get(path, station).count("stations") == 0)
      let order = try await bench.walk(master).open()
      let inspected = try await act(
        bench, "/v1/work-orders/\(order)/inspect", master,
        #"{"odometerKm": 12000, "confirmedBy": "王小明", "campaigns": [{"campaignId": "\#(id)", "answer": "defer", "reason": "备件未到"}]}"#
      )
      // A change holds from its instant on.
      let then = try #require(inspected.member("updatedAt"))
      for token in [master, station] {
        let deferred = await bench.get(path, token)
        #expect(deferred.count("stations") == 1 && deferred.member("stations/0/stationCode") == "SY001")
        #expect(deferred.member("stations/0/deferred") == "1" && deferred.member("stations/0/percent") == "0.00")
        let answers = await bench.get("\(Self.path)/\(id)/answers?answer=defer&total=exact", token)
        #expect(answers.member("totalCount") == "1" && answers.member("items/0/reason") == "备件未到", "\(answers.text)")
        #expect(answers.member("items/0/workOrderId") == order && answers.member("items/0/vin") == TestNetwork.vin)
      }
      // The whole is everybody's, of the stations only one's own.
      let elsewhere = await bench.get(path, other)
      #expect(elsewhere.member("total") == "1" && elsewhere.count("stations") == 0)
      #expect(await bench.get("\(Self.path)/\(id)/answers", other).count("items") == 0)
      #expect(await bench.get("\(Self.path)/\(id)/answers?answer=perform", master).count("items") == 0)
      #expect(
        await bench.get("\(Self.path)/\(id)/answers?stationId=\(bench.network.otherStation)", master).count("items")
          == 0)
      try await bench.walk(master).advance(order, to: .inWorkshop)
      _ = try await act(bench, "\(vehicle)/remedy", master, #"{"workOrderId": "\#(order)"}"#)
      let done = await bench.get(path, station)
      #expect(done.member("stations/0/remedied") == "1" && done.member("stations/0/percent") == "100.00")
      #expect(done.member("stations/0/deferred") == "0")
      let past = await bench.get("\(path)?asOf=\(then)", station)
      #expect(past.member("stations/0/remedied") == "0" && past.member("stations/0/deferred") == "1", "\(past.text)")
    }
  }

  @Test("no vehicle is remedied under an order that is not in the workshop yet, and may still be cancelled (M11)")
  func remedyNeedsWork() async throws {
    try await APIBench.with { bench in
      let master = bench.master()
      let (id, vehicle) = try await published(bench)
      let order = try await bench.walk(master).open()
      let body = #"{"workOrderId": "\#(order)"}"#
      expectProblem(
        await bench.act("\(vehicle)/remedy", master, body), 422, "validation-failed", pointer: "#/workOrderId",
        code: "inconsistent")
      _ = try await act(bench, "/v1/work-orders/\(order)/cancel", master, #"{"reason": "改约"}"#)
      expectProblem(
        await bench.act("\(vehicle)/remedy", master, body), 422, "validation-failed", pointer: "#/workOrderId",
        code: "inconsistent")
      #expect(await bench.get(vehicle, master).member("state") == "affected")
      // What is authorised may be quoted anew, and then cancelled.
      let walk = bench.walk(master)
      let other = try await walk.open()
      _ = try await act(
        bench, "/v1/work-orders/\(other)/inspect", master,
        #"{"odometerKm": 12000, "confirmedBy": "王小明", "campaigns": [{"campaignId": "\#(id)", "answer": "perform"}]}"#
      )
      try await walk.advance(other, to: .authorised)
      expectProblem(
        await bench.act("\(vehicle)/remedy", master, #"{"workOrderId": "\#(other)"}"#), 422, "validation-failed",
        pointer: "#/workOrderId", code: "inconsistent")
      try await walk.advance(other, to: .inWorkshop)
      for (action, body) in [
        ("quote", #"{"promisedDeliveryAt": "2036-01-01T10:00:00+08:00"}"#), ("cancel", #"{"reason": "改约"}"#),
      ] {
        expectProblem(
          await bench.act("/v1/work-orders/\(other)/\(action)", master, body), 409, "invalid-transition")
      }
      _ = try await act(bench, "\(vehicle)/remedy", master, #"{"workOrderId": "\#(other)"}"#)
    }
  }

  @Test("a condition that no vehicle can meet is refused before anybody approves it (M11)")
  func impossible() async throws {
    try await APIBench.with { bench in
      let author = bench.token(.qa, scope: .network)
      for (population, pointer, code) in [
        (#"{"modelYearFrom": 2025, "modelYearTo": 2024}"#, "modelYearTo", "outOfRange"),
        (#"{"saleDateFrom": "2025-06-02", "saleDateTo": "2025-06-01"}"#, "saleDateTo", "outOfRange"),
        (#"{"vins": ["\#(TestNetwork.vin)", "LSVAA4182E21234O6"]}"#, "vins/1", "invalidFormat"),
        (#"{"vinPrefixes": ["LSV%"]}"#, "vinPrefixes/0", "invalidFormat"),
      ] {
        expectProblem(
          await bench.send("POST", Self.path, author, body: Self.body(population)), 422, "validation-failed",
          pointer: "#/population/\(pointer)", code: code)
      }
      _ = try await bench.create(
        Self.path, author, Self.body(#"{"modelYearFrom": 2025, "modelYearTo": 2025, "vinPrefixes": ["lsv"]}"#))
    }
  }
}
