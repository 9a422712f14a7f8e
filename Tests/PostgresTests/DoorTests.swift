import Testing

@testable import Postgres

@Suite("Reads and transactions")
struct DoorTests {
  @Test("several queries of one read come back typed, in one trip")
  func read() async throws {
    try await withClient { client in
      let before = client.statistics.trips
      let (numbers, one, none, scope) = try await client.read(
        everywhere,
        Query.list("select n, n::text from generate_series(1, \(3)) n") { row in
          (try row.next(Int.self), try row.next(String.self))
        },
        Query<String>.one("select \("héllo")") { try $0.next() },
        Query<Int?>.optional("select 1::int4 where false") { try $0.next(Int.self) },
        Query<String>.one("select current_setting('app.scope')") { try $0.next() })
      #expect(numbers.map(\.0) == [1, 2, 3])
      #expect(numbers.map(\.1) == ["1", "2", "3"])
      #expect(one == "héllo" && none == nil && scope == "*")
      #expect(client.statistics.trips - before == 1)
    }
  }

  @Test("no door lets the server compile statements, which takes seconds where a plan looks expensive")
  func uncompiled() async throws {
    try await withClient { client in
      let query = Query<String>.one("select current_setting('jit')") { try $0.next() }
      let shared = try await client.read(everywhere, query)
      let leased = try await client.write(everywhere) { try await $0.run(query) }
      let snapshot = try await client.snapshot(everywhere) { try await $0.run(query) }
      #expect(shared == "off" && leased == "off" && snapshot == "off")
    }
  }

  @Test("begin travels with the first statement, commit with what is pending")
  func trips() async throws {
    try await withClient { client in
      let table = try await Table(client)
      let before = client.statistics.trips
      try await client.write(everywhere) { transaction in
        let count = try await transaction.run(table.insert(1))
        #expect(count == 1)
        transaction.enqueue(table.insert(2))
      }
      #expect(client.statistics.trips - before == 2)
      try await client.write(everywhere) { $0.enqueue(table.insert(3)) }
      #expect(client.statistics.trips - before == 3)
      try await client.write(everywhere) { _ in }
      #expect(client.statistics.trips - before == 3)
      #expect(try await client.read(everywhere, table.all) == [1, 2, 3])
    }
  }

  @Test("a body that throws leaves nothing behind")
  func rollback() async throws {
    struct Stop: Error {}
    try await withClient { client in
      let table = try await Table(client)
      await #expect(throws: Stop.self) {
        try await client.write(everywhere) { transaction in
          _ = try await transaction.run(table.insert(1))
          throw Stop()
        }
      }
      #expect(try await client.read(everywhere, table.count) == 0)
    }
  }

  @Test("what is enqueued runs first, its check is asked first, and its error wins")
  func enqueueOrder() async throws {
    struct Refused: Error {}
    try await withClient { client in
      let table = try await Table(client)
      // The check fails although a later statement of the same trip fails on the server.
      await #expect(throws: Refused.self) {
        try await client.write(everywhere) { transaction in
          transaction.enqueue(table.insert(1)) { _ in throw Refused() }
          _ = try await transaction.run(Query<Int>.one("select 1 / 0") { try $0.next() })
        }
      }
      // The enqueued statement's own failure, with its own meaning.
      await #expect(throws: Refused.self) {
        try await client.write(everywhere) { transaction in
          transaction.enqueue(table.insert(5_000).refusing("\(table.name)_small") { Refused() })
          _ = try await transaction.run(table.insert(2))
        }
      }
      // A check that fails at the end still keeps the commit back.
      await #expect(throws: Refused.self) {
        try await client.write(everywhere) { transaction in
          _ = try await transaction.run(table.insert(3))
          transaction.enqueue(table.insert(4)) { count in if count == 1 { throw Refused() } }
          transaction.enqueue(table.insert(5))
        }
      }
      // An enqueued statement that fails with the commit.
      await #expect(throws: Refused.self) {
        try await client.write(everywhere) { transaction in
          transaction.enqueue(table.insert(6))
          transaction.enqueue(table.insert(6).refusing("\(table.name)_pkey") { Refused() })
        }
      }
      #expect(try await client.read(everywhere, table.count) == 0)
      let seen = try await client.write(everywhere) { transaction in
        transaction.enqueue(table.insert(7))
        return try await transaction.run(table.all)
      }
      #expect(seen == [7])
    }
  }

  @Test("a failure that the body swallows still keeps the commit back")
  func swallowed() async throws {
    try await withClient { client in
      let table = try await Table(client)
      await #expect(throws: PostgresError.self) {
        try await client.write(everywhere) { transaction in
          _ = try await transaction.run(table.insert(1))
          _ = try? await transaction.run(table.insert(1))
        }
      }
      #expect(try await client.read(everywhere, table.count) == 0)
    }
  }

  @Test("a deferred constraint that fails at commit is a refusal, not an unknown outcome")
  func deferredConstraint() async throws {
    struct Refused: Error {}
    try await withClient { client in
      let table = try await Table(client)
      let constraint = "\(table.name)_once"
      try await client.write(everywhere) { transaction in
        _ = try await transaction.run(
          Query.execute(
            SQL(
              raw: "alter table \(table.name) add constraint \(constraint) unique (note) deferrable initially deferred")
          ))
      }
      let insert = SQL(raw: "insert into \(table.name) (id, note) values ")
      await #expect(throws: Refused.self) {
        try await client.write(everywhere) { transaction in
          _ = try await transaction.run(Query.execute(insert + "(\(Int32(1)), 'x')"))
          transaction.enqueue(Query.execute(insert + "(\(Int32(2)), 'x')").refusing(constraint) { Refused() })
        }
      }
      #expect(try await client.read(everywhere, table.count) == 0)
    }
  }

  @Test("errors carry their fields; the description hides values, the reflection shows them")
  func errors() async throws {
    try await withClient { client in
      let table = try await Table(client)
      try await client.write(everywhere) { _ = try await $0.run(table.insert(1)) }
      do {
        try await client.write(everywhere) { _ = try await $0.run(table.insert(1)) }
        Issue.record("no error")
      } catch let error as PostgresError {
        guard case .server(let refused) = error else { throw error }
        #expect(
          refused.sqlState == "23505" && refused.constraint == "\(table.name)_pkey" && refused.table == table.name)
        #expect(refused.detail?.contains("(1)") == true)
        #expect(!"\(error)".contains("(1)"))
        #expect(String(reflecting: error).contains("(1)"))
      }
    }
  }

  @Test("an error in one pipelined read is noticed by no neighbour")
  func neighbours() async throws {
    try await withClient { client in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<500 {
          group.addTask {
            if number % 3 == 0 {
              await #expect(throws: PostgresError.self) {
                // Text of its own, so that its Prepare is aborted or fails too.
                let bad = SQL(raw: "select 1 / (n - n) + \(number % 7) from generate_series(1, 1) n")
                _ = try await client.read(
                  everywhere, Query<Int>.one("select \(number)") { try $0.next() },
                  Query<Int>.one(bad) { try $0.next() },
                  Query<Int>.one(SQL(raw: "select \(number % 11)")) { try $0.next() })
              }
            } else {
              let (first, second) = try await client.read(
                everywhere, Query<Int>.one("select \(number)") { try $0.next() },
                Query<Int>.one(SQL(raw: "select \(number % 11)")) { try $0.next() })
              #expect(first == number && second == number % 11)
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(client.statistics.losses == 0)
    }
  }

  @Test("a slow read is run again on a lease; neighbours are answered meanwhile")
  func slowRead() async throws {
    try await withClient { client in
      async let slow = client.read(everywhere, Query<Int>.one("select 7 from pg_sleep(0.3)") { try $0.next() })
      async let known = client.read(everywhere, Query<Int>.one("select 8 from pg_sleep(0.3)") { try $0.next() }.slow())
      for number in 0..<200 {
        #expect(try await client.read(everywhere, Query<Int>.one("select \(number)") { try $0.next() }) == number)
      }
      let answers = try await (slow, known)
      #expect(answers == (7, 8))
      #expect(client.statistics.slowReads == 1)
    }
  }

  @Test("the scope never leaks between borrowers")
  func scope() async throws {
    try await withClient(nil, Adjustment { $0.leasedConnections = 1 }) { client in
      let query = Query<String?>.one("select current_setting('app.scope', true)") { try $0.next() }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<300 {
          group.addTask {
            let scope = SessionScope("s\(number)")
            let seen: String?
            switch number % 4 {
            case 0: seen = try await client.read(scope, query)
            case 1: seen = try await client.write(scope) { try await $0.run(query) }
            case 2: seen = try await client.snapshot(scope) { try await $0.run(query) }
            default:
              seen = scope.value
              _ = try? await client.read(scope, Query<Int>.one("select 1 / 0") { try $0.next() })
            }
            #expect(seen == scope.value)
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test("a snapshot sees one moment and cannot write")
  func snapshot() async throws {
    try await withClient { client in
      let table = try await Table(client)
      let (before, after) = try await client.snapshot(everywhere) { transaction in
        let before = try await transaction.run(table.count)
        try await client.write(everywhere) { _ = try await $0.run(table.insert(1)) }
        return (before, try await transaction.run(table.count))
      }
      #expect(before == 0 && after == 0)
      await #expect(throws: PostgresError.self) {
        try await client.snapshot(everywhere) { _ = try await $0.run(table.insert(2)) }
      }
    }
  }

  @Test("statements beyond the cache are prepared anew and given back to the server")
  func cache() async throws {
    try await withClient(
      nil,
      Adjustment {
        $0.statementCacheLimit = 5
        $0.sharedConnections = 1
      }
    ) { client in
      for number in 0..<60 {
        let value = number % 13
        #expect(
          try await client.read(everywhere, Query<Int>.one(SQL(raw: "select \(value)")) { try $0.next() }) == value)
      }
      let kept = try await client.read(
        everywhere, Query<Int>.one("select count(*) from pg_prepared_statements where name like 's%'") { try $0.next() }
      )
      #expect(kept <= 6)
    }
  }

  @Test("two transactions that conflict both succeed, one of them by running again")
  func serializationRetry() async throws {
    let dsn = try Cluster.sharedDSN(options: "-c default_transaction_isolation=serializable")
    try await withClient(dsn) { client in
      let table = try await Table(client)
      try await client.write(everywhere) { _ = try await $0.run(table.insert(1), table.insert(2)) }
      let retries = client.statistics.retries
      let gate = Gate(2)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for id in [1, 2] as [Int32] {
          group.addTask {
            try await client.write(everywhere) { transaction in
              let sum = try await transaction.run(
                Query<Int>.one(SQL(raw: "select coalesce(sum(length(note)), 0) from \(table.name)")) { try $0.next() })
              await gate.arrive()
              let note = String(repeating: "x", count: sum + 1)
              _ = try await transaction.run(
                Query.execute(SQL(raw: "update \(table.name) set note = ") + "\(note) where id = \(id)"))
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(client.statistics.retries > retries)
      let lengths = try await client.read(
        everywhere, Query.list(SQL(raw: "select length(note) from \(table.name) order by 1")) { try $0.next(Int.self) })
      #expect(lengths == [1, 2])
    }
  }
}
