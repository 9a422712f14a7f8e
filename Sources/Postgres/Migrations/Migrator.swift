internal import CLibPQ
internal import Glibc
package import Logging

/// Brings the schema forward, one numbered file after another (R19). Uses a connection and a thread of its own.
///
/// Several instances may start it at once: one works, the others wait and find nothing to do.
package struct Migrator: Sendable {
  private let directory: String
  private let dsn: String
  private let logger: Logger
  /// Longest wait for a table's lock; then the whole file is tried again, so that nobody queues behind it.
  package var lockTimeout: Duration = .milliseconds(200)
  package var lockTries = 30
  /// Longest wait for another instance that migrates.
  package var turnLimit: Duration = .seconds(600)

  private static let advisoryKey: Int64 = 0x6166_7465_7273_616C

  /// `dsn` is that of the role that owns the schema.
  package init(directory: String, dsn: String, logger: Logger) {
    self.directory = directory
    self.dsn = dsn
    self.logger = logger
  }

  /// The version that the files lead to.
  package func expectedVersion() throws -> Int {
    try Migration.read(directory: directory).last?.version ?? 0
  }

  /// The version that the schema has; 0 if nothing was ever applied.
  package func currentVersion() async throws -> Int {
    try await onThread { session in try Migrator.applied(session).last?.version ?? 0 }
  }

  /// What `migrate` would apply. Changes nothing. Throws `MigrationError`.
  package func plan() async throws -> [Migration] {
    let files = try Migration.read(directory: directory)
    return try await onThread { session in try Migrator.pending(files, session) }
  }

  /// Throws `MigrationError.pending` unless every file has been applied unchanged. A schema that is ahead is fine: the
  /// program before the newest migration must go on working.
  package func check() async throws {
    let pending = try await plan()
    if !pending.isEmpty { throw MigrationError.pending(pending.map(\.name)) }
  }

  /// Applies what is pending and returns it. Throws `MigrationError` or `PostgresError`; files before the one that
  /// failed stay applied.
  package func migrate() async throws -> [Migration] {
    let files = try Migration.read(directory: directory)
    return try await onThread { session in
      try takeTurn(session)
      try session.run(
        """
        create table if not exists schema_migrations (
          version int not null constraint schema_migrations_pkey primary key,
          name text not null,
          sha256 bytea not null,
          applied_at timestamptz(3) not null default clock_timestamp(),
          duration_ms bigint not null
        );
        grant select on schema_migrations to public
        """)
      let pending = try Migrator.pending(files, session)
      for migration in pending {
        try apply(migration, session)
        logger.info("migration applied", metadata: ["name": "\(migration.name)"])
      }
      return pending
    }
  }

  // MARK: steps

  /// Polls: a session that waited inside `pg_advisory_lock` would hold a snapshot that `create index concurrently`
  /// waits for.
  private func takeTurn(_ session: PlainSession) throws {
    let end = pgio_now() &+ turnLimit.nanoseconds
    while true {
      let taken = try session.rows("select pg_try_advisory_lock(\(Migrator.advisoryKey))") { try $0.next(Bool.self) }
      if taken == [true] { return }
      if pgio_now() > end { throw MigrationError.locked }
      usleep(50_000)
    }
  }

  private struct Applied {
    let version: Int
    let name: String
    let sha256: [UInt8]
  }

  private static func applied(_ session: PlainSession) throws -> [Applied] {
    let exists = try session.rows("select to_regclass('schema_migrations') is not null") { try $0.next(Bool.self) }
    guard exists == [true] else { return [] }
    return try session.rows("select version, name, sha256 from schema_migrations order by version") { row in
      Applied(version: try row.next(), name: try row.next(), sha256: try row.next())
    }
  }

  private static func sha256(_ migration: Migration, _ session: PlainSession) throws -> [UInt8] {
    try session.rows("select sha256(\(Array(migration.text.utf8)))") { try $0.next([UInt8].self) }.first ?? []
  }

  private static func pending(_ files: [Migration], _ session: PlainSession) throws -> [Migration] {
    let applied = try applied(session)
    for (index, done) in applied.enumerated() {
      guard done.version == index + 1 else { throw MigrationError.gap(expected: index + 1, found: done.version) }
      guard index < files.count else { break }
      guard try sha256(files[index], session) == done.sha256 else {
        throw MigrationError.changed(version: done.version, name: files[index].name)
      }
    }
    return Array(files.dropFirst(applied.count))
  }

  private func apply(_ migration: Migration, _ session: PlainSession) throws {
    var tries = 1
    while true {
      do {
        return try applyOnce(migration, session)
      } catch let error as PostgresError where error.sqlState == "55P03" && tries < lockTries {
        if session.isInTransaction { try session.run("rollback") }
        let pause: UInt32 = min(50_000 << UInt32(min(tries - 1, 5)), 1_000_000)
        usleep(pause / 2 + UInt32.random(in: 0...pause / 2))
        tries += 1
      }
    }
  }

  private func applyOnce(_ migration: Migration, _ session: PlainSession) throws {
    let start = pgio_now()
    let hash = try Migrator.sha256(migration, session)
    let limit = "lock_timeout = \(lockTimeout.milliseconds)"
    do {
      if migration.isTransactional {
        try session.run("begin; set local \(limit)")
        try session.run(migration.text)
        guard session.isInTransaction else { throw MigrationError.strayCommit(migration.name) }
      } else {
        try session.run("set \(limit)")
        for statement in migration.statements { try session.run(statement) }
        try session.run("reset lock_timeout")
      }
      let milliseconds = Int64(clamping: (pgio_now() - start) / 1_000_000)
      _ = try session.rows(
        """
        insert into schema_migrations (version, name, sha256, duration_ms)
        values (\(Int32(migration.version)), \(migration.name), \(hash), \(milliseconds))
        """
      ) { _ in }
      if migration.isTransactional { try session.run("commit") }
    } catch {
      if session.isInTransaction { try? session.run("rollback") }
      throw error
    }
  }

  // MARK: thread

  private func onThread<T: Sendable>(_ body: @escaping @Sendable (PlainSession) throws -> T) async throws -> T {
    let dsn = dsn
    return try await withUnsafeThrowingContinuation { continuation in
      startThread(name: "postgres-migrate") {
        continuation.resume(with: Result { try body(try PlainSession(dsn: dsn)) })
      }
    }
  }
}
