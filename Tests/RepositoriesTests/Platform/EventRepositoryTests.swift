import Domain
import FoundationEssentials
import Repositories
import TestSupport
import Testing

/// The event log under the change feed: whoever follows it misses nothing and sees nothing out of order (domain.md 13).
@Suite(.serialized) struct EventRepositoryTests {
  /// Opens once, for whoever waits.
  private struct Gate: Sendable {
    private let stream: AsyncStream<Void>
    private let source: AsyncStream<Void>.Continuation
    init() { (stream, source) = AsyncStream.makeStream(of: Void.self) }
    func open() { source.finish() }
    func wait() async { for await _ in stream {} }
  }

  private struct Abandoned: Error {}

  private static func event(_ name: String, station: Station.ID) -> Change {
    Change(
      type: "workOrder.\(name)", resource: .workOrder, id: UUID(), number: nil, version: 1, station: station)
  }

  private static func append(_ database: Database, _ events: [Change], in tx: Transaction) async throws {
    _ = try await tx.run(EventRepository.append(events, by: .system, requestID: "r", at: StoredOrders.now))
  }

  /// A follower of the feed that keeps its place.
  private struct Follower {
    var place = EventPosition.start
    var seen: [String] = []

    mutating func read(_ database: Database, limit: Int = 2) async throws {
      let found = try await database.read(
        .system, EventRepository.feed(after: place, limit: limit, in: .network))
      seen += found.map { String($0.change.type.dropFirst("workOrder.".count)) }
      if let last = found.last { place = last.place }
    }

    /// Transactions of other tests' databases may hold up the feed for a moment.
    mutating func read(_ database: Database, until count: Int) async throws {
      for _ in 0..<20_000 where seen.count < count { try await read(database) }
    }
  }

  @Test("an event carries the span that made it; what is no span is refused by the database (C-31)")
  func traces() async throws {
    try await StoredOrders.with { orders in
      let (database, station) = (orders.database, orders.network.station)
      let span = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
      func append(_ name: String, _ traceparent: String?) async throws {
        try await database.write(.system) { tx in
          _ = try await tx.run(
            EventRepository.append(
              [Self.event(name, station: station)], by: .system, requestID: "r", traceparent: traceparent,
              at: StoredOrders.now))
        }
      }
      try await append("first", span)
      try await append("second", nil)
      var found: [Event] = []
      // Transactions of other tests' databases may hold up the feed for a moment.
      for _ in 0..<20_000 where found.count < 2 {
        found = try await database.read(.system, EventRepository.feed(after: .start, limit: 10, in: .network))
      }
      #expect(found.map(\.traceparent) == [span, nil])
      for broken in [span.uppercased(), "00", span + "0"] {
        await #expect(throws: (any Error).self) { try await append("third", broken) }
      }
    }
  }

  @Test("a transaction that commits late is neither missed nor seen out of order (domain.md 13, A7)")
  func lateCommit() async throws {
    try await StoredOrders.with { orders in
      let (database, station) = (orders.database, orders.network.station)
      let (wrote, mayCommit) = (Gate(), Gate())
      var follower = Follower()
      try await database.write(.system) {
        try await Self.append(database, [Self.event("first", station: station)], in: $0)
      }
      try await follower.read(database, until: 1)
      async let late: Void = database.write(.system) { tx in
        try await Self.append(database, [Self.event("lateA", station: station)], in: tx)
        wrote.open()
        await mayCommit.wait()
        try await Self.append(database, [Self.event("lateB", station: station)], in: tx)
      }
      await wrote.wait()
      // Later positions and a later transaction, but committed before.
      for name in ["quickA", "quickB"] {
        try await database.write(.system) {
          try await Self.append(database, [Self.event(name, station: station)], in: $0)
        }
        for _ in 0..<5 { try await follower.read(database) }
        #expect(follower.seen == ["first"])
      }
      mayCommit.open()
      try await late
      try await follower.read(database, until: 5)
      #expect(follower.seen == ["first", "lateA", "lateB", "quickA", "quickB"])
      for _ in 0..<20 { try await follower.read(database) }
      #expect(follower.seen.count == 5)
    }
  }

  @Test("a transaction that rolls back leaves no gap that a follower waits for (domain.md 13)")
  func rollback() async throws {
    try await StoredOrders.with { orders in
      let (database, station) = (orders.database, orders.network.station)
      let (wrote, mayEnd) = (Gate(), Gate())
      var follower = Follower()
      async let lost: Void = database.write(.system) { tx in
        try await Self.append(database, [Self.event("lost", station: station)], in: tx)
        wrote.open()
        await mayEnd.wait()
        throw Abandoned()
      }
      await wrote.wait()
      try await database.write(.system) {
        try await Self.append(database, [Self.event("kept", station: station)], in: $0)
      }
      for _ in 0..<5 { try await follower.read(database) }
      #expect(follower.seen.isEmpty)
      mayEnd.open()
      do {
        try await lost
        Issue.record("was committed")
      } catch {
        #expect(error is Abandoned)
      }
      try await follower.read(database, until: 1)
      #expect(follower.seen == ["kept"])
    }
  }

  @Test("followers of many parallel writers see every event once, those of a transaction together and in order (A7)")
  func parallel() async throws {
    try await StoredOrders.with { orders in
      let (database, station) = (orders.database, orders.network.station)
      let (writers, each) = (8, 25)
      async let writing: Void = withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<writers {
          group.addTask {
            for number in 0..<each {
              let events = (0..<3).map { place in
                Change(
                  type: "workOrder.noted", resource: .workOrder, id: UUID(), number: "\(writer)-\(number)-\(place)",
                  version: 1, station: station)
              }
              try await database.write(.system) { tx in
                try await Self.append(database, Array(events[..<2]), in: tx)
                try await Self.append(database, Array(events[2...]), in: tx)
              }
            }
          }
        }
        try await group.waitForAll()
      }
      var place = EventPosition.start
      var seen: [(number: String, transaction: UInt64)] = []
      for _ in 0..<50_000 where seen.count < writers * each * 3 {
        // Through a window, as the feed's followers go.
        guard let window = try await database.read(.system, EventRepository.window(after: place, rows: 5)) else {
          continue
        }
        let found = try await database.read(
          .system, EventRepository.feed(after: place, through: window, limit: 7, in: .network))
        #expect(found.last?.place == window && found.count <= 5)
        for event in found {
          #expect(event.place > place)
          place = event.place
          seen.append((event.change.number ?? "", event.transaction))
        }
      }
      try await writing
      #expect(seen.count == writers * each * 3)
      #expect(Set(seen.map(\.number)).count == seen.count)
      for start in stride(from: 0, to: seen.count, by: 3) where start + 2 < seen.count {
        let triple = seen[start...(start + 2)]
        #expect(Set(triple.map(\.transaction)).count == 1)
        #expect(triple.map { $0.number.last } == ["0", "1", "2"])
      }
      for writer in 0..<writers {
        let mine = seen.filter { $0.number.hasPrefix("\(writer)-") && $0.number.hasSuffix("-0") }.map(\.number)
        #expect(mine == (0..<each).map { "\(writer)-\($0)-0" })
      }
    }
  }

  @Test("a history reads in the order of writing, forward and backward (domain.md 3)")
  func history() async throws {
    try await StoredOrders.with { orders in
      let order = orders.draft("x")
      let changes = (1...9).map { version in
        Change(
          type: "workOrder.updated", resource: .workOrder, id: order.id.uuid, number: "x", version: version,
          station: order.stationID)
      }
      try await orders.database.write(.system) { try await Self.append(orders.database, changes, in: $0) }
      for descending in [false, true] {
        for limit in 1...4 {
          var versions: [Int] = []
          var cursor: Cursor?
          repeat {
            let page = try await orders.database.read(
              .system,
              EventRepository.history(
                .workOrder, order.id.uuid,
                PageRequest(limit: limit, sort: [.init("position", descending: descending)], cursor: cursor),
                in: .network))
            versions += page.items.map(\.change.version)
            cursor = page.next
          } while cursor != nil && versions.count < 20
          #expect(versions == (descending ? (1...9).reversed() : Array(1...9)))
        }
      }
    }
  }
}
