import API
import Domain
import FoundationEssentials
import Services
import TestSupport
import Testing

/// How a station leaves the network over HTTP (SM-11, SEC-12).
@Suite("Station actions over HTTP", .timeLimit(.minutes(20))) struct StationActionTests {
  @Test("a station is suspended, reinstated and terminated with a reason, each with its event (SM-11)")
  func walk() async throws {
    try await APIBench.with { bench in
      let token = bench.token(.hqService, scope: .network)
      let path = "/v1/stations/\(bench.network.station)"
      let station = await bench.get(path, token)
      #expect(station.count("availableActions") == 2 && station.member("availableActions/0") == "suspend")
      expectProblem(
        await bench.act("\(path)/suspend", token, "{}"), 422, "validation-failed", pointer: "#/reason",
        code: "required")
      expectProblem(
        await bench.act("\(path)/suspend", token, #"{"reason": "整改"}"#, ifMatch: nil), 428, "precondition-required")
      expectProblem(
        await bench.act("\(path)/suspend", token, #"{"reason": "整改"}"#, ifMatch: #""7""#), 412, "version-mismatch")
      let early = await bench.act("\(path)/reinstate", token, #"{"reason": "合格"}"#)
      expectProblem(early, 409, "invalid-transition")
      #expect(early.member("from") == "active" && early.text.contains(#""allowed":["suspend","terminate"]"#))

      let suspended = await bench.act("\(path)/suspend", token, #"{"reason": "整改"}"#, ifMatch: #""1""#)
      #expect(suspended.status == 200 && suspended.member("state") == "suspended")
      #expect(suspended.header("etag") == #""2""# && suspended.member("availableActions/0") == "reinstate")
      #expect(await bench.act("\(path)/reinstate", token, #"{"reason": "合格"}"#).member("state") == "active")
      let ended = await bench.act("\(path)/terminate", token, #"{"reason": "解约"}"#)
      #expect(ended.member("state") == "terminated" && ended.count("availableActions") == 0)
      for action in ["suspend", "reinstate", "terminate"] {
        expectProblem(await bench.act("\(path)/\(action)", token, #"{"reason": "x"}"#), 409, "invalid-transition")
      }
      let history = await bench.get("\(path)/history", token)
      let types = (0..<history.count("items")).compactMap { history.member("items/\($0)/type") }
      #expect(types == ["station.suspended", "station.reinstated", "station.terminated"])
      #expect(history.member("items/2/reason") == "解约" && history.member("items/2/changes/0/field") == "state")
      // The patch has no way to the state.
      expectProblem(
        await bench.patch(path, bench.master(), version: 4, #"{"state": "active"}"#), 422, "validation-failed",
        pointer: "#/state", code: "readOnly")
      // It receives no vehicles.
      let order = await bench.send(
        "POST", "/v1/work-orders", bench.master(),
        body: MatrixDocuments.orderBody(
          customer: "\(bench.network.customer)", vehicle: "\(bench.network.vehicle)",
          station: "\(bench.network.station)"))
      expectProblem(order, 409, "station-terminated")
    }
  }

  @Test("the network section suspends and does not terminate; a region acts on its own stations (SEC-01, SEC-03)")
  func rights() async throws {
    try await APIBench.with { bench in
      let network = bench.network
      let section = bench.token(.hqNetwork, scope: .region(network.region, stations: [network.station]))
      let path = "/v1/stations/\(network.station)"
      let offers = await bench.get("\(path)/actions", section)
      #expect(offers.member("items/0/allowed") == "1" && offers.member("items/1/allowed") == "0")
      #expect(offers.member("items/1/obstacles/0/code") == "permission")
      #expect(offers.member("items/0/href") == "\(path)/suspend")
      expectProblem(await bench.act("\(path)/terminate", section, #"{"reason": "x"}"#), 403, "forbidden")
      #expect(await bench.act("\(path)/suspend", section, #"{"reason": "整改"}"#).status == 200)
      expectProblem(
        await bench.act("/v1/stations/\(network.otherStation)/suspend", section, #"{"reason": "x"}"#), 404,
        "not-found")
      expectProblem(
        await bench.act("\(path)/terminate", bench.token(.stHead), #"{"reason": "x"}"#), 403, "forbidden")
    }
  }

  @Test("of twenty that terminate a station at once, one does (C-16)")
  func parallel() async throws {
    try await APIBench.with { bench in
      let token = bench.token(.hqService, scope: .network)
      let path = "/v1/stations/\(bench.network.station)/terminate"
      let statuses = await withTaskGroup(of: Int.self) { group in
        for _ in 0..<20 {
          group.addTask { await bench.act(path, token, #"{"reason": "解约"}"#, ifMatch: #""1""#).status }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(statuses.count { $0 == 200 } == 1 && statuses.count { $0 == 412 } == 19, "\(statuses)")
    }
  }
}
