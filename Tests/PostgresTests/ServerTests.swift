import Logging
import Synchronization
import Testing

@testable import Postgres

@Suite("Servers that die, stall and lie", .serialized)
struct ServerTests {
  private let one = Query<Int>.one("select 1") { try $0.next() }

  @Test("a restart of the server needs no restart of the client; while it is down, calls fail fast")
  func restart() async throws {
    let cluster = try Cluster()
    try await withClient(cluster.dsn(), Adjustment { $0.waitLimit = .milliseconds(300) }) { client in
      #expect(try await eventually { (try? await client.read(everywhere, one)) == 1 })
      try cluster.stop()
      for _ in 0..<3 {
        do {
          _ = try await client.read(everywhere, one)
          Issue.record("no error")
        } catch PostgresError.connectionLost {}
        do {
          _ = try await client.write(everywhere) { try await $0.run(one) }
          Issue.record("no error")
        } catch PostgresError.connectionLost {}
      }
      try cluster.start()
      let start = ContinuousClock.now
      #expect(try await eventually { (try? await client.read(everywhere, one)) == 1 })
      #expect(try await eventually { (try? await client.write(everywhere) { try await $0.run(one) }) == 1 })
      #expect(ContinuousClock.now - start < .seconds(3))
    }
    try cluster.stop()
  }

  @Test("of several hosts the one that answers and can write is used")
  func hosts() async throws {
    let cluster = try Cluster()
    let dsn =
      "host=/nonexistent,127.0.0.1,\(cluster.directory) port=1,1,\(cluster.port) dbname=postgres user=postgres "
      + "target_session_attrs=read-write"
    try await withClient(dsn) { client in
      #expect(try await client.read(everywhere, one) == 1)
      let written = try await client.write(everywhere) { try await $0.run(one) }
      #expect(written == 1)
    }
    try cluster.stop()
  }

  @Test("a cancelled wait for the standby is an unknown outcome, though the server reports a commit (R5)")
  func falseSuccess() async throws {
    let cluster = try Cluster(["synchronous_standby_names=standby"])
    try await withClient(
      cluster.dsn(), Adjustment { $0.dsn += " options='-c synchronous_commit=local'" }
    ) { client in
      try await client.write(everywhere) { _ = try await $0.run(Query.execute("create table t (id int)")) }
    }
    // The control: libpq alone is told that the commit succeeded.
    let control = PlainStatement(cluster.dsn(), "insert into t values (0)")
    try await withClient(cluster.dsn(), Adjustment { $0.leasedConnections = 2 }) { client in
      let waiting = Query<Int>.one("select count(*) from pg_stat_activity where wait_event = 'SyncRep'") {
        try $0.next()
      }
      #expect(try await eventually { try await client.read(everywhere, waiting) == 1 })
      #expect(control.cancelAndFinish() == "INSERT 0 1")

      let cancelBackends = Query<Int>.one(
        "select count(pg_cancel_backend(pid)) from pg_stat_activity where wait_event = 'SyncRep'"
      ) { try $0.next() }
      let killBackends = Query<Int>.one(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where wait_event = 'SyncRep'"
      ) { try $0.next() }
      for (id, end) in [(1, cancelBackends), (2, killBackends)] {
        let losses = client.statistics.losses
        let write = Task {
          try await client.write(everywhere) { $0.enqueue(Query.execute("insert into t values (\(Int32(id)))")) }
        }
        #expect(try await eventually { try await client.read(everywhere, end) == 1 })
        do {
          try await write.value
          Issue.record("no error")
        } catch PostgresError.outcomeUnknown {}
        // Quarantined: the connection was closed.
        #expect(try await eventually { client.statistics.losses > losses })
      }
      // The caller's deadline: unknown at once, nothing is cancelled, the connection is kept back.
      let cancels = client.statistics.cancels
      do {
        try await client.write(everywhere, deadline: .milliseconds(200)) {
          $0.enqueue(Query.execute("insert into t values (3)"))
        }
        Issue.record("no error")
      } catch PostgresError.outcomeUnknown {}
      #expect(client.statistics.cancels == cancels)
      #expect(try await client.read(everywhere, waiting) == 1)
      #expect(try await client.read(everywhere, cancelBackends) == 1)
      #expect(try await eventually { client.statistics.leased.used == 0 })
    }
    try cluster.stop()
  }

  @Test("a stopped client has answered everybody, and its executor's tasks go on elsewhere")
  func shutdown() async throws {
    var configuration = PostgresConfiguration(dsn: try Cluster.sharedDSN())
    configuration.shutdownGrace = .milliseconds(300)
    let client = PostgresClient(
      configuration: configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let running = Task { try await client.run() }
    let inside = Gate(2)
    let outside = Gate(2)
    let finishing = Task {
      try await client.write(everywhere) { transaction in
        _ = try await transaction.run(one)
        await inside.arrive()
        await outside.arrive()
        return try await transaction.run(one)
      }
    }
    let endless = Task {
      try await client.read(everywhere, Query<Int>.one("select 1 from pg_sleep(20)") { try $0.next() }.slow())
    }
    await inside.arrive()
    #expect(try await eventually { client.statistics.leased.used == 2 })
    running.cancel()
    await outside.arrive()
    #expect(try await finishing.value == 1)
    try await running.value
    do {
      _ = try await endless.value
      Issue.record("no error")
    } catch PostgresError.connectionLost {}
    do {
      _ = try await client.write(everywhere) { try await $0.run(one) }
      Issue.record("no error")
    } catch PostgresError.connectionLost {}
  }

  @Test("a listener hears, is told of a loss, and listens again")
  func listening() async throws {
    try await withClient { client in
      let channel = "Channel \"\(UInt32.random(in: 0 ... .max))\""
      var heard = client.notifications(on: channel).makeAsyncIterator()
      #expect(await heard.next() == .listening)
      func notify(_ payload: String) async throws {
        try await client.write(everywhere) {
          _ = try await $0.run(Query.execute("select pg_notify(\(channel), \(payload))"))
        }
      }
      try await notify("first")
      #expect(await heard.next() == .message(payload: "first"))
      var second = client.notifications(on: channel).makeAsyncIterator()
      #expect(await second.next() == .listening)
      try await notify("second")
      #expect(await heard.next() == .message(payload: "second"))
      #expect(await second.next() == .message(payload: "second"))
      let killed = try await client.read(
        everywhere,
        Query<Int>.one(
          SQL(
            raw: """
              select count(pg_terminate_backend(pid)) from pg_stat_activity
              where query = 'listen "' || replace('\(channel)', '"', '""') || '"'
              """)
        ) { try $0.next() })
      #expect(killed == 1)
      #expect(await heard.next() == .lost)
      #expect(await heard.next() == .listening)
      try await notify("third")
      #expect(await heard.next() == .message(payload: "third"))
    }
  }

  @Test("unsafe settings and rights are named, a safe role passes (R6)")
  func safety() async throws {
    let cluster = try Cluster(["full_page_writes=off", "synchronous_commit=local"])
    try await withClient(cluster.dsn()) { client in
      let lines = try await client.read(everywhere, SafetyCheck.violations)
      for word in ["fsync", "full_page_writes", "synchronous_commit", "superuser"] {
        #expect(lines.contains { $0.contains(word) })
      }
      try await client.write(everywhere) { transaction in
        _ = try await transaction.run(
          Query.execute("create role plain login"), Query.execute("create role bypass login bypassrls"),
          Query.execute("create role owner login"), Query.execute("create table kept (id int)"),
          Query.execute("alter table kept owner to owner"))
      }
    }
    let safe = " options='-c synchronous_commit=on'"
    for (role, word) in [("plain", ""), ("bypass", "bypassrls"), ("owner", "owns 1 tables")] {
      let lines = try await withClient(cluster.dsn(user: role) + safe) {
        try await $0.read(everywhere, SafetyCheck.violations)
      }.filter { !$0.hasPrefix("fsync") && !$0.hasPrefix("full_page_writes") }
      #expect(word.isEmpty ? lines.isEmpty : lines.count == 1 && lines[0].contains(word))
    }
    try cluster.stop()
  }
}
