import Synchronization
import Testing

@testable import Postgres

@Suite("Faults", .serialized)
struct FaultTests {
  @Test("10,000 reads and transactions under cancellation and broken connections: each ends once and right (R15)")
  func chaos() async throws {
    try await withClient(
      nil,
      Adjustment {
        $0.waitLimit = .seconds(60)
        $0.queueLimit = 20_000
        $0.applicationName = "chaos"
      }
    ) { client in
      let table = try await Table(client)
      try await client.write(everywhere) {
        _ = try await $0.run(Query.execute(SQL(raw: "create table \(table.name)_log (id int primary key)")))
      }
      let tally = Tally()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<10_000 {
          group.addTask {
            var random = SeededGenerator(seed: UInt64(number))
            let scope = SessionScope("s\(number)")
            let isCancelled = Int.random(in: 0..<10, using: &random) == 0
            let id = Int32(number)
            let work = Task {
              if number % 5 == 0 {
                let seen = try await client.write(scope) { transaction in
                  let seen = try await transaction.run(Self.echo(number))
                  transaction.enqueue(
                    Query.execute(SQL(raw: "insert into \(table.name)_log values (") + "\(id))"))
                  return seen
                }
                #expect(seen == "s\(number) \(number)")
                tally.state.withLock { _ = $0.committed.insert(id) }
              } else {
                let (seen, twice) = try await client.read(
                  scope, Self.echo(number), Query<Int>.one("select \(number) * 2") { try $0.next() })
                #expect(seen == "s\(number) \(number)" && twice == number * 2)
              }
            }
            if isCancelled {
              for _ in 0..<Int.random(in: 0..<20, using: &random) { await Task.yield() }
              work.cancel()
            }
            do { try await work.value } catch PostgresError.connectionLost {
              tally.state.withLock { $0.lost += 1 }
            } catch PostgresError.outcomeUnknown {
              tally.state.withLock { _ = $0.unknown.insert(id) }
            } catch is CancellationError {
              #expect(isCancelled)
              tally.state.withLock { $0.cancelled += 1 }
            }
          }
        }
        group.addTask {
          for _ in 0..<12 {
            try await Task.sleep(for: .milliseconds(60))
            _ = try? await client.read(
              everywhere,
              Query.execute(
                """
                select pg_terminate_backend(pid) from pg_stat_activity
                where application_name = 'chaos' and pid <> pg_backend_pid() order by random() limit 2
                """))
          }
        }
        try await group.waitForAll()
      }
      let logged = Set(
        try await client.read(
          everywhere, Query.list(SQL(raw: "select id from \(table.name)_log")) { try $0.next(Int32.self) }))
      let (committed, unknown) = tally.state.withLock { ($0.committed, $0.unknown) }
      #expect(committed.isSubset(of: logged))
      #expect(logged.subtracting(committed).isSubset(of: unknown))
      let settled = try await eventually { client.statistics.leased.used == 0 && client.statistics.shared.waiting == 0 }
      #expect(settled)
      // No connection was left in a transaction.
      let open = try await client.read(
        everywhere,
        Query<Int>.one(
          "select count(*) from pg_stat_activity where application_name = 'chaos' and state like 'idle in transaction%'"
        ) { try $0.next() })
      #expect(open == 0)
      #expect(client.statistics.losses > 0)
    }
  }

  private final class Tally: Sendable {
    struct State {
      var lost = 0
      var cancelled = 0
      var unknown: Set<Int32> = []
      var committed: Set<Int32> = []
    }

    let state = Mutex(State())
  }

  private static func echo(_ number: Int) -> Query<String> {
    .one("select current_setting('app.scope') || ' ' || \(number)::text") { try $0.next() }
  }

  @Test("a cancelled statement ends on the server, its caller at once, and hits nobody after it")
  func cancellation() async throws {
    try await withClient(
      nil,
      Adjustment {
        $0.leasedConnections = 1
        $0.slowReads = 1
      }
    ) { client in
      for round in 0..<20 {
        let start = ContinuousClock.now
        let work = Task {
          try await client.write(everywhere) { transaction in
            _ = try await transaction.run(Query<Int>.one("select 1 from pg_sleep(20)") { try $0.next() })
          }
        }
        let mark = Query<Int>.one(
          "select count(*) from pg_stat_activity where query like 'select 1 from pg_sleep(20)%' and state = 'active'"
        ) { try $0.next() }
        let isRunning = try await eventually { try await client.read(everywhere, mark) >= 1 }
        #expect(isRunning)
        work.cancel()
        await #expect(throws: CancellationError.self) { try await work.value }
        // The only leased connection again: answered, and not cancelled.
        let value = try await client.write(everywhere) {
          try await $0.run(Query<Int>.one("select \(round) from pg_sleep(0.005)") { try $0.next() })
        }
        #expect(value == round)
        #expect(ContinuousClock.now - start < .seconds(10))
      }
      #expect(client.statistics.losses == 0)
    }
  }

  @Test("a task cancelled while it waits for a connection leaves the queue")
  func cancelledWaiter() async throws {
    try await withClient(nil, Adjustment { $0.leasedConnections = 1 }) { client in
      let gate = Gate(2)
      let holder = Task {
        try await client.write(everywhere) { transaction in
          _ = try await transaction.run(Query.execute("select 1"))
          await gate.arrive()
        }
      }
      #expect(try await eventually { client.statistics.leased.used == 1 })
      let waiter = Task { try await client.write(everywhere) { _ = try await $0.run(Query.execute("select 2")) } }
      #expect(try await eventually { client.statistics.leased.waiting == 1 })
      waiter.cancel()
      await #expect(throws: CancellationError.self) { try await waiter.value }
      #expect(try await eventually { client.statistics.leased.waiting == 0 })
      await gate.arrive()
      try await holder.value
    }
  }

  @Test("a full pool answers within the wait limit (R15)")
  func exhausted() async throws {
    try await withClient(
      nil,
      Adjustment {
        $0.leasedConnections = 1
        $0.waitLimit = .milliseconds(200)
      }
    ) { client in
      let gate = Gate(2)
      let holder = Task {
        try await client.write(everywhere) { transaction in
          _ = try await transaction.run(Query.execute("select 1"))
          await gate.arrive()
        }
      }
      #expect(try await eventually { client.statistics.leased.used == 1 })
      do {
        try await client.write(everywhere) { _ = try await $0.run(Query.execute("select 2")) }
        Issue.record("no error")
      } catch PostgresError.poolExhausted {}
      #expect(client.statistics.waitTimeouts == 1)
      await gate.arrive()
      try await holder.value
    }
  }

  @Test("a deadline ends the statement and rolls back")
  func deadline() async throws {
    try await withClient { client in
      let table = try await Table(client)
      do {
        try await client.write(everywhere, deadline: .milliseconds(150)) { transaction in
          _ = try await transaction.run(table.insert(1))
          _ = try await transaction.run(Query<Int>.one("select 1 from pg_sleep(20)") { try $0.next() })
        }
        Issue.record("no error")
      } catch PostgresError.deadline {}
      #expect(try await eventually { client.statistics.leased.used == 0 })
      #expect(try await client.read(everywhere, table.count) == 0)
    }
  }

  @Test("a connection lost before the commit is a loss, within the commit an unknown outcome")
  func lostCommit() async throws {
    try await withClient { client in
      let table = try await Table(client)
      do {
        try await client.write(everywhere) { transaction in
          let pid = try await transaction.run(
            table.insert(1), Query<Int>.one("select pg_backend_pid()") { try $0.next() }
          ).1
          _ = try await client.read(everywhere, Query.execute("select pg_terminate_backend(\(Int32(pid)))"))
          _ = try await transaction.run(table.insert(2))
        }
        Issue.record("no error")
      } catch PostgresError.connectionLost {}
      // A deferred trigger keeps the commit busy long enough to be killed within it.
      try await client.write(everywhere) { transaction in
        _ = try await transaction.run(
          Query.execute(
            SQL(
              raw: """
                create function \(table.name)_wait() returns trigger language plpgsql
                as 'begin perform pg_sleep(20); return null; end'
                """)),
          Query.execute(
            SQL(
              raw: """
                create constraint trigger slow after insert on \(table.name) deferrable initially deferred
                for each row execute function \(table.name)_wait()
                """)))
      }
      let committing = Task {
        try await client.write(everywhere) { transaction in
          _ = try await transaction.run(table.insert(3), Query.execute(SQL(raw: "select '\(table.name)'")))
        }
      }
      let kill = Query<Int>.one(
        """
        select count(pg_terminate_backend(pid)) from pg_stat_activity
        where query = 'commit' and state = 'active' and wait_event = 'PgSleep'
        """
      ) { try $0.next() }
      #expect(try await eventually { try await client.read(everywhere, kill) == 1 })
      do {
        try await committing.value
        Issue.record("no error")
      } catch PostgresError.outcomeUnknown {}
      #expect(client.statistics.unknownOutcomes == 1)
    }
  }

  @Test("a commit is never cancelled by its caller: the outcome is unknown at once, the connection comes back clean")
  func cancelledCommit() async throws {
    try await withClient(nil, Adjustment { $0.leasedConnections = 1 }) { client in
      let table = try await Table(client)
      try await client.write(everywhere) { transaction in
        _ = try await transaction.run(
          Query.execute(
            SQL(
              raw: """
                create function \(table.name)_wait() returns trigger language plpgsql
                as 'begin perform pg_sleep(0.5); return null; end'
                """)),
          Query.execute(
            SQL(
              raw: """
                create constraint trigger slow after insert on \(table.name) deferrable initially deferred
                for each row execute function \(table.name)_wait()
                """)))
      }
      do {
        try await client.write(everywhere, deadline: .milliseconds(150)) { _ = try await $0.run(table.insert(3)) }
        Issue.record("no error")
      } catch PostgresError.outcomeUnknown {}
      let count = try await client.write(everywhere) { try await $0.run(table.count) }
      #expect(count == 1)
      #expect(client.statistics.cancels == 0)
    }
  }
}
