import Domain
import FoundationEssentials
import Testing

/// Dispatch is reasonable, even, repeatable, and says why (CALL-03).
@Suite struct DispatchRankingTests {
  private static let shenyang = RequestSamples.place("41.805699", "123.431472")

  @Test(
    "the way over the ground is right to a percent",
    arguments: [("31.230416", "121.473701", 1_180), ("39.904200", "116.407396", 628), ("41.805699", "123.431472", 0)])
  func distance(latitude: String, longitude: String, kilometres: Int) throws {
    let here = try #require(Self.shenyang)
    let there = try #require(RequestSamples.place(latitude, longitude))
    let found = here.kilometres(to: there)
    #expect(abs(found - kilometres) <= max(1, kilometres / 100), "\(found)")
    #expect(found == there.kilometres(to: here))
  }

  @Test("a station across the antimeridian or at a pole is near, not far")
  func edges() throws {
    let west = try #require(RequestSamples.place("0", "-179.9"))
    let east = try #require(RequestSamples.place("0", "179.9"))
    #expect((20...24).contains(west.kilometres(to: east)))
    let pole = try #require(RequestSamples.place("90", "0"))
    #expect(pole.kilometres(to: try #require(RequestSamples.place("90", "120"))) == 0)
    #expect((20_014...20_016).contains(pole.kilometres(to: try #require(RequestSamples.place("-90", "0")))))
  }

  @Test("of stations alike the nearer one is first, of those equally near the one with less work (CALL-03)")
  func nearerAndFreer() throws {
    let near = RequestSamples.station("B", at: RequestSamples.place("41.9", "123.4"), orders: 0)
    let far = RequestSamples.station("A", at: RequestSamples.place("42.6", "123.4"), orders: 0)
    let ranking = RequestSamples.ranking(RequestSamples.need(position: Self.shenyang), among: [far, near])
    #expect(ranking.entries.map(\.code) == ["B", "A"])
    #expect(ranking.entries.map(\.distanceKm) == [10, 88])

    let busy = RequestSamples.station("A", orders: 5, requests: 1)
    let free = RequestSamples.station("B", orders: 1, requests: 0)
    let byLoad = RequestSamples.ranking(RequestSamples.need(), among: [busy, free])
    #expect(byLoad.entries.map(\.code) == ["B", "A"])
    #expect(byLoad.entries.map(\.points.load) == [35, 10])
  }

  @Test("much work outweighs a short way (CALL-03)")
  func loadAgainstDistance() {
    let near = RequestSamples.station("A", at: RequestSamples.place("41.9", "123.4"), orders: 8)
    let far = RequestSamples.station("B", at: RequestSamples.place("42.3", "123.4"), orders: 0)
    let ranking = RequestSamples.ranking(RequestSamples.need(position: Self.shenyang), among: [near, far])
    #expect(ranking.best?.code == "B")
  }

  @Test("of two full stations the one with less work is first, whoever waited longer (CALL-03)")
  func overfull() {
    let fuller = RequestSamples.station("A", orders: 12)
    let full = RequestSamples.station("B", orders: 9, last: RequestSamples.now)
    let ranking = RequestSamples.ranking(RequestSamples.need(), among: [fuller, full])
    #expect(ranking.entries.map(\.code) == ["B", "A"])
    #expect(ranking.entries.map(\.points.load) == [-5, -20])
  }

  @Test("without a position the region of the request is preferred (CALL-03)")
  func region() {
    let here = RequestSamples.station("B")
    let elsewhere = RequestSamples.station("A", region: RequestSamples.otherRegion)
    let inShop = RequestSamples.ranking(RequestSamples.need(region: RequestSamples.region), among: [elsewhere, here])
    #expect(inShop.entries.map(\.code) == ["B", "A"])
    #expect(inShop.entries.map(\.isProposed) == [true, true])
    let onSite = RequestSamples.ranking(
      RequestSamples.need(region: RequestSamples.region, mode: .onSite), among: [elsewhere, here])
    #expect(onSite.entries.map(\.exclusions) == [[], [.otherRegion]])
  }

  @Test("who is not proposed is named with every reason (CALL-03)")
  func exclusions() throws {
    let refused = Station.ID.new(at: RequestSamples.now)
    let need = RequestSamples.need(
      position: Self.shenyang, mode: .rescue, repairType: "battery", brand: "华晨", skill: "highVoltage",
      refusedBy: [refused])
    let able = RequestSamples.station(
      "A", at: Self.shenyang, authorisations: ["battery"], brands: ["华晨"], skills: ["highVoltage"])
    let unable = RequestSamples.station(
      "B", id: refused, state: .suspended, at: RequestSamples.place("31.2", "121.4"), brands: ["金杯"], isOpen: false)
    let ranking = RequestSamples.ranking(need, among: [unable, able])
    #expect(ranking.best?.code == "A")
    #expect(
      ranking.entries.last?.exclusions
        == [
          .notActive, .refusedBefore, .notAuthorised, .brandNotAuthorised, .skillMissing, .outOfReach, .closedNow,
        ])
    for exclusion in DispatchRanking.Exclusion.allCases { #expect(exclusion.sentence.hasSuffix(".")) }
    // A station without a list of makes serves every make of the network (ORG-07).
    let any = RequestSamples.station("C", at: Self.shenyang, authorisations: ["battery"], skills: ["highVoltage"])
    #expect(RequestSamples.ranking(need, among: [any]).best?.code == "C")
  }

  @Test("a closed shop waits for a customer who comes himself, and drops out only where nobody can wait")
  func closed() {
    let closed = RequestSamples.station("A", isOpen: false)
    let open = RequestSamples.station("B", isOpen: true)
    let calm = RequestSamples.ranking(RequestSamples.need(), among: [closed, open])
    #expect(calm.entries.map(\.code) == ["B", "A"])
    #expect(calm.entries.map(\.points.opening) == [20, 0])
    #expect(calm.entries.map(\.isProposed) == [true, true])
    let emergency = RequestSamples.ranking(RequestSamples.need(urgency: .emergency), among: [closed, open])
    #expect(emergency.entries.map(\.exclusions) == [[], [.closedNow]])
  }

  @Test("equal stations take turns by who waited longest, a station that never got one first (CALL-03)")
  func turns() {
    let recent = RequestSamples.station("A", last: RequestSamples.now)
    let earlier = RequestSamples.station("B", last: RequestSamples.now.adding(seconds: -60))
    let never = RequestSamples.station("D")
    let alsoNever = RequestSamples.station("C")
    let ranking = RequestSamples.ranking(RequestSamples.need(), among: [recent, earlier, never, alsoNever])
    #expect(ranking.entries.map(\.code) == ["C", "D", "B", "A"])
  }

  @Test("other weights are another order, and the ranking names their version (CALL-03)")
  func weights() {
    let near = RequestSamples.station("A", at: Self.shenyang, orders: 8)
    let far = RequestSamples.station("B", at: RequestSamples.place("42.3", "123.4"))
    let need = RequestSamples.need(position: Self.shenyang, mode: .onSite)
    #expect(RequestSamples.ranking(need, among: [near, far]).best?.code == "B")
    let byWay = DispatchWeights(distancePoints: 90, loadPoints: 10, openingPoints: 0, reachKm: 40, jobsPerBay: 2)
    let ranking = DispatchRanking(need, among: [near, far], by: byWay, of: "clocks@7")
    #expect(ranking.best?.code == "A" && ranking.policyVersion == "clocks@7")
    #expect(ranking.entries.last?.exclusions == [.outOfReach])
  }

  @Test("nobody is left: nothing is proposed")
  func none() {
    let ranking = RequestSamples.ranking(
      RequestSamples.need(), among: [RequestSamples.station("A", state: .terminated)])
    #expect(ranking.best == nil)
    #expect(RequestSamples.ranking(RequestSamples.need(), among: []).best == nil)
  }

  @Test("the order of the stations in the question does not matter (CALL-03)", arguments: 1...20)
  func deterministic(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    let stations = (0..<30).map { number in
      RequestSamples.station(
        "S\(100 + number)", region: Bool.random(using: &random) ? RequestSamples.region : RequestSamples.otherRegion,
        at: Bool.random(using: &random)
          ? GeographicPosition(
            latitudeMicrodegrees: .random(in: 40_000_000...43_000_000, using: &random),
            longitudeMicrodegrees: .random(in: 122_000_000...125_000_000, using: &random)) : nil,
        bays: .random(in: 0...8, using: &random), orders: .random(in: 0...20, using: &random),
        requests: .random(in: 0...5, using: &random),
        last: Bool.random(using: &random)
          ? RequestSamples.now.adding(seconds: .random(in: -9...0, using: &random)) : nil)
    }
    let need = RequestSamples.need(position: Self.shenyang, region: RequestSamples.region, mode: .onSite)
    let expected = RequestSamples.ranking(need, among: stations)
    for _ in 0..<5 { #expect(RequestSamples.ranking(need, among: stations.shuffled(using: &random)) == expected) }
    let proposed = expected.entries.filter(\.isProposed)
    for (better, worse) in zip(proposed, proposed.dropFirst()) {
      #expect(better.points.total >= worse.points.total)
    }
    for entry in expected.entries { #expect(entry.points.total <= 100) }
  }

  @Test(
    "300 requests over 6 equal stations spread to within one, whatever is finished meanwhile (CALL-03)",
    arguments: [0, 3])
  func fairness(finishedEvery: Int) {
    let ids = (0..<6).map { _ in Station.ID.new(at: RequestSamples.now) }
    var open = [Int](repeating: 0, count: 6)
    var given = [Int](repeating: 0, count: 6)
    var last = [Timestamp?](repeating: nil, count: 6)
    for number in 0..<300 {
      let stations = (0..<6).map { RequestSamples.station("S\($0)", id: ids[$0], requests: open[$0], last: last[$0]) }
      guard let best = RequestSamples.ranking(RequestSamples.need(), among: stations).best,
        let place = ids.firstIndex(of: best.stationID)
      else {
        Issue.record("nobody for request \(number)")
        return
      }
      open[place] += 1
      given[place] += 1
      last[place] = RequestSamples.now.adding(seconds: Int64(number))
      // All finish alike: everybody one job at the same time.
      if finishedEvery > 0, number % (finishedEvery * 6) == 0 {
        for place in open.indices where open[place] > 0 { open[place] -= 1 }
      }
      #expect((given.max() ?? 0) - (given.min() ?? 0) <= 1)
    }
    #expect(given.allSatisfy { $0 == 50 })
  }

  @Test("the decision: the best without a reason, another only with one, nobody who does not work (CALL-03)")
  func decision() throws {
    let (a, b, c) = (
      RequestSamples.station("A"), RequestSamples.station("B", orders: 4),
      RequestSamples.station("C", state: .suspended)
    )
    let ranking = RequestSamples.ranking(RequestSamples.need(), among: [a, b, c])
    let received = RequestSamples.request()
    func dispatched(to station: Station.ID?, _ reason: String? = nil) throws -> ServiceRequest {
      var request = received
      _ = try request.dispatch(
        ranking, to: station, reason: reason, dispatchedBy: "话务员", at: RequestSamples.now, by: RequestSamples.clerk)
      return request
    }
    let best = try dispatched(to: nil)
    #expect(best.stationID == a.stationID && best.state == .dispatched)
    #expect(best.progress.dispatch?.isOverruled == false && best.progress.dispatches == 1)
    #expect(try dispatched(to: a.stationID) == best)
    let overruled = try dispatched(to: b.stationID, "客户指定")
    #expect(overruled.progress.dispatch?.isOverruled == true)
    #expect(overruled.progress.dispatch?.reason == "客户指定")
    for (station, reason, pointer) in [
      (b.stationID, nil, "#/reason"), (c.stationID, "x", "#/stationId"),
      (Station.ID.new(at: RequestSamples.now), "x", "#/stationId"),
    ] as [(Station.ID, String?, String)] {
      do {
        _ = try dispatched(to: station, reason)
        Issue.record("\(pointer) was not refused")
      } catch Refusal.invalid(let violations) {
        #expect(violations.map(\.pointer) == [pointer])
      }
    }
    var nobody = RequestSamples.request()
    #expect(throws: Refusal.self) {
      _ = try nobody.dispatch(
        RequestSamples.ranking(RequestSamples.need(), among: [c]), to: nil, reason: nil, dispatchedBy: "话务员",
        at: RequestSamples.now, by: RequestSamples.clerk)
    }
  }
}
