import CLibPQ
import Glibc
import Testing

@testable import Postgres

/// What keeps a pool sound over weeks: connections that grow old, go silent or cannot be had.
@Suite("Connections in the long run", .serialized)
struct LongevityTests {
  private let one = Query<Int>.one("select 1") { try $0.next() }
  private let process = Query<Int>.one("select pg_backend_pid()") { try $0.next() }

  /// One connection at each door, and answers owed for at most 0.4 s before the stall limit counts.
  private static func small(_ change: @escaping (inout PostgresConfiguration) -> Void = { _ in }) -> Adjustment {
    Adjustment {
      $0.sharedConnections = 1
      $0.leasedConnections = 1
      $0.snapshotConnections = 1
      $0.slowReads = 1
      $0.sharedDepth = 1
      $0.statementTimeout = .milliseconds(400)
      $0.snapshotStatementTimeout = .milliseconds(400)
      $0.stallLimit = .milliseconds(300)
      change(&$0)
    }
  }

  /// Stops a server process as a cut line would: nothing is closed, nothing is answered.
  private func silence(_ process: Int) { #expect(kill(pid_t(process), SIGSTOP) == 0) }
  private func wake(_ process: Int) { kill(pid_t(process), SIGCONT) }

  @Test("a read on a connection that goes silent is answered by another one within the stall limit (R15)")
  func stalledRead() async throws {
    let cluster = try Cluster()
    try await withClient(cluster.dsn(), Self.small()) { client in
      let stalled = try await client.read(everywhere, process)
      silence(stalled)
      defer { wake(stalled) }
      let start = ContinuousClock.now
      let other = try await client.read(everywhere, process)
      let duration = ContinuousClock.now - start
      #expect(other != stalled)
      #expect(duration >= .milliseconds(300) && duration < .seconds(3), "\(duration)")
      #expect(client.statistics.losses == 1 && client.statistics.lostReads == 1)
    }
    try cluster.stop()
  }

  @Test("a statement on a connection that goes silent is a loss, a commit on one is an unknown outcome (R15, R5)")
  func stalledWrite() async throws {
    let cluster = try Cluster()
    try await withClient(cluster.dsn(), Self.small()) { client in
      var stalled = 0
      do {
        try await client.write(everywhere) { transaction in
          stalled = try await transaction.run(process)
          silence(stalled)
          _ = try await transaction.run(one)
        }
        Issue.record("no error")
      } catch PostgresError.connectionLost {}
      wake(stalled)
      #expect(client.statistics.losses == 1)
      do {
        try await client.write(everywhere) { transaction in
          stalled = try await transaction.run(process)
          silence(stalled)
        }
        Issue.record("no error")
      } catch PostgresError.outcomeUnknown {}
      #expect(client.statistics.unknownOutcomes == 1)
      // The commit stays under way; once it is answered the connection is as good as before.
      #expect(client.statistics.losses == 1 && client.statistics.leased.used == 1)
      wake(stalled)
      let next = try await client.write(everywhere) { try await $0.run(process) }
      #expect(next == stalled)
    }
    try cluster.stop()
  }

  @Test("an idle connection that goes silent is replaced before a caller gets it, because it is asked now and then")
  func keepAlive() async throws {
    let cluster = try Cluster()
    for isAsked in [true, false] {
      try await withClient(
        cluster.dsn(), Self.small { $0.keepAliveInterval = isAsked ? .milliseconds(100) : .seconds(3_600) }
      ) { client in
        #expect(try await eventually { client.statistics.connects == 3 })
        let stalled = try await client.read(everywhere, process)
        silence(stalled)
        defer { wake(stalled) }
        if isAsked {
          #expect(try await eventually { client.statistics.connects == 4 })
          let start = ContinuousClock.now
          #expect(try await client.read(everywhere, process) != stalled)
          #expect(ContinuousClock.now - start < .milliseconds(300))
        } else {
          // The control: nobody asks, so the first caller finds out.
          let trips = client.statistics.trips
          try await Task.sleep(for: .seconds(3))
          #expect(client.statistics.trips == trips && client.statistics.losses == 0)
          #expect(try await client.read(everywhere, process) != stalled)
          #expect(client.statistics.lostReads == 1)
        }
      }
    }
    try cluster.stop()
  }

  @Test("connections are replaced at the end of their life, and nobody notices")
  func lifetime() async throws {
    try await withClient(
      nil, Self.small { $0.maximumLifetime = .milliseconds(500) }
    ) { client in
      var seen: Set<Int> = []
      let end = ContinuousClock.now + .seconds(4)
      while ContinuousClock.now < end {
        seen.insert(try await client.read(everywhere, process))
        seen.insert(try await client.write(everywhere) { try await $0.run(process) })
        try await Task.sleep(for: .milliseconds(5))
      }
      #expect(seen.count >= 4, "\(seen.count)")
      #expect(client.statistics.losses == 0 && client.statistics.lostReads == 0)
    }
  }

  @Test("a server without a free place keeps those who are in, and takes the others when one is free (53300, R15)")
  func tooManyConnections() async throws {
    let cluster = try Cluster(["max_connections=6", "superuser_reserved_connections=0"])
    try await withClient(cluster.dsn(), Self.small()) { early in
      #expect(try await eventually { early.statistics.connects == 3 })
      let guests = (0..<3).map { _ in PlainStatement(cluster.dsn(), "select pg_sleep(600)") }
      let taken = Query<Int>.one("select count(*) from pg_stat_activity where backend_type = 'client backend'") {
        try $0.next()
      }
      #expect(try await eventually { try await early.read(everywhere, taken) == 6 })
      try await withClient(cluster.dsn(), Self.small { $0.waitLimit = .milliseconds(300) }) { late in
        let start = ContinuousClock.now
        do {
          _ = try await late.read(everywhere, one)
          Issue.record("no error")
        } catch PostgresError.connectionLost {}
        do {
          _ = try await late.write(everywhere) { try await $0.run(one) }
          Issue.record("no error")
        } catch PostgresError.connectionLost {}
        #expect(ContinuousClock.now - start < .seconds(2))
        #expect(late.statistics.connectFailures > 0 && late.statistics.connects == 0)
        #expect(try await early.read(everywhere, one) == 1)
        let written = try await early.write(everywhere) { try await $0.run(one) }
        #expect(written == 1)

        let leave = Query<Int>.one(
          "select count(pg_terminate_backend(pid)) from pg_stat_activity where query like 'select pg_sleep(600)%'"
        ) { try $0.next() }
        #expect(try await early.read(everywhere, leave) == 3)
        #expect(try await eventually { late.statistics.connects == 3 })
        #expect(try await eventually { (try? await late.read(everywhere, one)) == 1 })
      }
      #expect(early.statistics.losses == 0 && guests.count == 3)
    }
    try cluster.stop()
  }

  @Test("a connection over TCP probes a silent line; the connection string may say otherwise")
  func socketOptions() throws {
    let cluster = try Cluster(["listen_addresses=127.0.0.1"])
    func options(_ more: String) throws -> [Int32] {
      let dsn = "host=127.0.0.1 port=\(cluster.port) dbname=postgres user=postgres \(more)"
      let fresh = try Connector.open(dsn, PostgresConfiguration(dsn: dsn), options: [:]).get()
      defer { PQfinish(fresh.handle) }
      let socket = PQsocket(fresh.handle)
      let wanted: [(Int32, Int32)] = [
        (SOL_SOCKET, SO_KEEPALIVE), (Int32(IPPROTO_TCP), TCP_KEEPIDLE), (Int32(IPPROTO_TCP), TCP_KEEPINTVL),
        (Int32(IPPROTO_TCP), TCP_KEEPCNT), (Int32(IPPROTO_TCP), TCP_USER_TIMEOUT),
      ]
      return wanted.map { level, name in
        var value: Int32 = -1
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(socket, level, name, &value, &size)
        return value
      }
    }
    #expect(try options("") == [1, 10, 3, 3, 20_000])
    #expect(try options("keepalives_idle=77 tcp_user_timeout=1234") == [1, 77, 3, 3, 1_234])
    try cluster.stop()
  }
}
