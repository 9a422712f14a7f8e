import Foundation
import Logging
import Testing

@testable import Postgres

@Suite("Migrations (R19)")
struct MigratorTests {
  /// A database and a directory of its own.
  private struct Stage {
    let database = "m\(UInt32.random(in: 0 ... .max))"
    let directory = NSTemporaryDirectory() + "migrations-\(UInt32.random(in: 0 ... .max))"
    let dsn: String

    init() throws {
      dsn = try Cluster.sharedDSN()
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      try PlainSession(dsn: dsn).run("create database \(database)")
    }

    func file(_ name: String, _ text: String) throws {
      try Data(text.utf8).write(to: URL(fileURLWithPath: directory + "/" + name + ".sql"))
    }

    /// The DSN of the server, with another database.
    var owner: String {
      dsn.contains("://") ? dsn + (dsn.contains("?") ? "&" : "?") + "dbname=\(database)" : dsn + " dbname=\(database)"
    }

    var migrator: Migrator {
      Migrator(directory: directory, dsn: owner, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    func count(_ sql: SQL) throws -> Int { try PlainSession(dsn: owner).rows(sql) { try $0.next(Int.self) }[0] }
  }

  @Test("files are applied once, in order; a dry run lists what is pending and changes nothing")
  func order() async throws {
    let stage = try Stage()
    try stage.file("0001_first", "create table a (id int);\ninsert into a values (1);\n")
    try stage.file("0002_second", "insert into a values (2);\n")
    #expect(try await stage.migrator.plan().map(\.name) == ["0001_first", "0002_second"])
    #expect(try await stage.migrator.currentVersion() == 0)
    await #expect(throws: MigrationError.pending(["0001_first", "0002_second"])) { try await stage.migrator.check() }
    #expect(try await stage.migrator.migrate().map(\.version) == [1, 2])
    #expect(try await stage.migrator.migrate().isEmpty)
    #expect(try await stage.migrator.currentVersion() == 2)
    #expect(try stage.migrator.expectedVersion() == 2)
    try await stage.migrator.check()
    #expect(try stage.count("select sum(id) from a") == 3)
  }

  @Test("two instances at once: one works, the other finds nothing to do")
  func twoInstances() async throws {
    let stage = try Stage()
    try stage.file("0001_first", "create table a (id int);\nselect pg_sleep(0.3);\n")
    try stage.file("0002_index", "-- no-transaction\ncreate index concurrently a_id\n  on a (id);\n")
    async let one = stage.migrator.migrate()
    async let other = stage.migrator.migrate()
    let applied = try await [one.count, other.count].sorted()
    #expect(applied == [0, 2])
  }

  @Test("a changed file and a gap are refused")
  func refusals() async throws {
    let stage = try Stage()
    try stage.file("0001_first", "create table a (id int);")
    _ = try await stage.migrator.migrate()
    try stage.file("0001_first", "create table a (id bigint);")
    await #expect(throws: MigrationError.changed(version: 1, name: "0001_first")) {
      _ = try await stage.migrator.migrate()
    }
    try stage.file("0001_first", "create table a (id int);")
    try stage.file("0003_third", "select 1;")
    await #expect(throws: MigrationError.gap(expected: 2, found: 3)) { _ = try await stage.migrator.migrate() }
    try stage.file("second", "select 1;")
    await #expect(throws: MigrationError.self) { _ = try await stage.migrator.plan() }
  }

  @Test("a migration killed in the middle leaves nothing, and runs when started again")
  func killed() async throws {
    let stage = try Stage()
    try stage.file("0001_first", "create table a (id int);\nselect pg_sleep(5);\ninsert into a values (1);\n")
    let running = Task { try await stage.migrator.migrate() }
    #expect(
      try await eventually {
        try stage.count(
          """
          select count(pg_terminate_backend(pid)) from pg_stat_activity
          where datname = current_database() and wait_event = 'PgSleep'
          """) == 1
      })
    await #expect(throws: PostgresError.self) { _ = try await running.value }
    #expect(try stage.count("select count(*) from pg_class where relname = 'a'") == 0)
    #expect(try await stage.migrator.migrate().count == 1)
    #expect(try stage.count("select count(*) from a") == 1)
  }

  @Test("a locked table is waited for in short tries")
  func lockTimeout() async throws {
    let stage = try Stage()
    try stage.file("0001_first", "create table a (id int);")
    _ = try await stage.migrator.migrate()
    try stage.file("0002_second", "alter table a add column note text;")
    let holder = try PlainSession(dsn: stage.owner)
    try holder.run("begin; lock table a in access share mode")
    var impatient = stage.migrator
    impatient.lockTries = 1
    await #expect(throws: PostgresError.self) { _ = try await impatient.migrate() }
    let patient = Task { try await stage.migrator.migrate() }
    let isWaiting = try await eventually {
      try stage.count("select count(*) from pg_locks where not granted") > 0
    }
    #expect(isWaiting)
    try holder.run("commit")
    #expect(try await patient.value.count == 1)
  }

  @Test("a file that ends its own transaction is refused; a failing one names its error")
  func badFiles() async throws {
    let stage = try Stage()
    try stage.file("0001_first", "create table a (id int);\ncommit;\n")
    await #expect(throws: MigrationError.strayCommit("0001_first")) { _ = try await stage.migrator.migrate() }
    let other = try Stage()
    try other.file("0001_first", "create table a (id int);\nselect nothing;\n")
    do {
      _ = try await other.migrator.migrate()
      Issue.record("no error")
    } catch let error as PostgresError { #expect(error.sqlState == "42703") }
    #expect(try await other.migrator.currentVersion() == 0)
  }
}
