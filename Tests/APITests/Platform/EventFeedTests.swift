import Domain
import FoundationEssentials
import Services
import TestSupport
import Testing

/// The change feed over HTTP (domain.md section 13, A7, C-29).
@Suite("The change feed", .timeLimit(.minutes(20))) struct EventFeedTests {
  private static let path = "/v1/events"

  private static func region(_ code: String) -> String { #"{"code": "\#(code)", "name": "华东"}"# }

  /// Follows until so many events of these types have come. Transactions of other tests' databases hold up the feed for a
  /// moment, so it asks as often as it has to.
  private struct Follower {
    let token: String
    let query: String
    var cursor: String?
    var items: [(type: String, id: String, subject: String, sequence: String)] = []

    mutating func read(_ bench: APIBench) async {
      let after = cursor.map { "&after=\($0)" } ?? ""
      let answer = await bench.get("\(EventFeedTests.path)?\(query)\(after)", token)
      #expect(answer.status == 200, "\(answer.text)")
      for place in 0..<answer.count("items") {
        func member(_ name: String) -> String { answer.member("items/\(place)/\(name)") ?? "" }
        items.append((member("type"), member("id"), member("data/id"), member("sequence")))
      }
      cursor = answer.member("nextCursor")
    }

    mutating func read(_ bench: APIBench, until count: Int) async {
      for _ in 0..<20_000 where items.count < count { await read(bench) }
    }
  }

  @Test("an event is a thin CloudEvent, without what was written and without persons (C-29)")
  func envelope() async throws {
    try await APIBench.with { bench in
      let master = bench.master()
      let span = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
      let made = await bench.send("POST", "/v1/regions", master, ["traceparent": span], body: Self.region("R71"))
      let id = try #require(made.member("id"))
      var answer = await bench.get("\(Self.path)?type=region.created.v1", master)
      for _ in 0..<20_000 where answer.count("items") == 0 {
        answer = await bench.get("\(Self.path)?type=region.created.v1", master)
      }
      let last = answer.count("items") - 1
      func member(_ name: String) -> String? { answer.member("items/\(last)/\(name)") }
      #expect(member("specversion") == "1.0" && member("source") == "/after-sales")
      #expect(member("type") == "region.created.v1" && member("subject") == "regions/\(id)")
      #expect(member("data/id") == id && member("data/number") == "R71" && member("data/version") == "1")
      #expect(member("traceparent")?.hasPrefix("00-4bf92f3577b34da6a3ce929d0e0e4736-") == true)
      #expect(answer.text.contains(#""changedFields":["#) && !answer.text.contains("华东"))
    }
  }

  @Test("who goes on from his cursor hears everything once and in order, while many write (A7)")
  func once() async throws {
    try await APIBench.with { bench in
      let master = bench.master()
      let start = await bench.get("\(Self.path)?after=now", master)
      #expect(start.status == 200 && start.count("items") == 0 && start.member("hasMore") == "0")
      var follower = Follower(token: master, query: "resource=region&limit=3", cursor: start.member("nextCursor"))
      let written = try await withThrowingTaskGroup(of: [String].self) { group in
        for writer in 0..<4 {
          group.addTask {
            var ids: [String] = []
            for number in 0..<5 {
              let id = try await bench.create("/v1/regions", master, Self.region("W\(writer)\(number)"))
              _ = await bench.patch("/v1/regions/\(id)", master, version: 1, #"{"name": "华南"}"#)
              ids.append(id)
            }
            return ids
          }
        }
        await follower.read(bench)
        return try await group.reduce(into: []) { $0 += $1 }
      }
      await follower.read(bench, until: 40)
      #expect(follower.items.count == 40 && Set(follower.items.map(\.id)).count == 40)
      for id in written {
        let told = follower.items.filter { $0.subject == id }
        #expect(told.map(\.type) == ["region.created.v1", "region.updated.v1"])
        #expect(told.map(\.sequence) == told.map(\.sequence).sorted())
      }
      let rest = await bench.get("\(Self.path)?resource=region&after=\(follower.cursor ?? "")", master)
      #expect(rest.count("items") == 0 && rest.member("nextCursor") != nil)
    }
  }

  @Test("nobody hears of another station's documents, or of kinds that he may not read (SEC-03, SEC-01)")
  func scope() async throws {
    try await APIBench.with { bench in
      let master = bench.master()
      let customer = #"{"kind": "person", "name": "王芳", "phone": "13800138000", "stationId": "STATION"}"#
      func create(_ station: Station.ID) async throws -> String {
        try await bench.create("/v1/customers", master, customer.replacing("STATION", with: "\(station)"))
      }
      let start = await bench.get("\(Self.path)?after=now", master).member("nextCursor")
      let (ours, theirs) = (try await create(bench.network.station), try await create(bench.network.otherStation))
      let region = try await bench.create("/v1/regions", master, Self.region("R72"))
      let token = try await bench.create(
        "/v1/clients", master,
        #"{"clientId": "feed-test", "name": "DMS", "roles": ["dmsClient"], "stationId": "\#(bench.network.station)"}"#)

      var everybody = Follower(token: master, query: "limit=100", cursor: start)
      await everybody.read(bench, until: 4)
      #expect(Set([ours, theirs, region, token]).isSubset(of: everybody.items.map(\.subject)))
      var station = Follower(token: bench.token(.dmsClient), query: "limit=100", cursor: start)
      await station.read(bench)
      let heard = Set(station.items.map(\.subject))
      #expect(heard.contains(ours) && heard.contains(region))
      #expect(!heard.contains(theirs) && !heard.contains(token))
      // A kind that he may not read is not told by being asked for.
      let asked = await bench.get("\(Self.path)?resource=client&after=\(start ?? "")", bench.token(.dmsClient))
      #expect(asked.status == 200 && asked.count("items") == 0)
      expectProblem(await bench.get(Self.path, bench.token(.stTechnician)), 403, "forbidden")
    }
  }

  @Test("who waits is answered when something happens, and all are let go when the process ends (A7)")
  func waiting() async throws {
    try await APIBench.with { bench in
      let master = bench.master()
      let start = await bench.get("\(Self.path)?after=now", master).member("nextCursor") ?? ""
      let feed = bench.api.eventFeed
      let path = "\(Self.path)?type=region.created&after=\(start)&wait=30"
      let answer = try await withThrowingTaskGroup(of: TestAnswer?.self) { group in
        group.addTask { await bench.get(path, master) }
        group.addTask {
          _ = try await bench.create("/v1/regions", master, Self.region("R73"))
          while !Task.isCancelled {
            try await feed.beat()
            await Task.yield()
          }
          return nil
        }
        defer { group.cancelAll() }
        return try await group.next() ?? nil
      }
      #expect(answer?.status == 200 && answer?.member("items/0/data/number") == "R73", "\(answer?.text ?? "")")

      let end = answer?.member("nextCursor") ?? ""
      feed.close()
      let last = await bench.get("\(Self.path)?type=region.created&after=\(end)&wait=30", master)
      #expect(last.status == 200 && last.count("items") == 0)
    }
  }

  @Test("a cursor of another list, a broken one and an unknown kind are refused (C-10, C-11)")
  func refusals() async throws {
    try await APIBench.with { bench in
      let master = bench.master()
      _ = try await bench.create("/v1/regions", master, Self.region("R74"))
      let list = await bench.get("/v1/regions?limit=1", master).member("nextCursor") ?? "none"
      for cursor in [list, "x", "AAAA"] {
        expectProblem(
          await bench.get("\(Self.path)?after=\(cursor)", master), 400, "invalid-parameter", parameter: "after")
      }
      for (query, name) in [("resource=nothing", "resource"), ("wait=31", "wait"), ("limit=0", "limit"), ("x=1", "x")] {
        expectProblem(await bench.get("\(Self.path)?\(query)", master), 400, "invalid-parameter", parameter: name)
      }
    }
  }
}
