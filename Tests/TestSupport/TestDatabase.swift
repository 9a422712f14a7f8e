import Domain
import Foundation
import Logging
package import Postgres
package import Repositories

/// A database of its own for one suite or test: a clone of a template that was migrated once for the whole run.
///
/// The server is the one that `AFTERSALES_TEST_DATABASE_URL` names (a superuser's connection string in libpq's key=value
/// form, on a unix socket or loopback); `make test` starts it and sets the variable. Nothing else is ever touched.
package struct TestDatabase: Sendable {
  package let name: String
  /// As the application role, which row-level security binds.
  package let url: String
  /// As a superuser, for what a test must see or break past the application.
  package let adminURL: String
  package let client: PostgresClient
  package let database: Database

  /// Runs `body` against a fresh clone and drops it afterwards.
  package static func with<Output: Sendable>(
    _ configure: @Sendable (inout PostgresConfiguration) -> Void = { _ in },
    _ body: @Sendable (TestDatabase) async throws -> Output
  ) async throws -> Output {
    let name = try await TestCluster.shared.clone()
    let base = try TestCluster.base()
    var configuration = PostgresConfiguration(dsn: "\(base) dbname=\(name) user=aftersales_app")
    configuration.leasedConnections = 4
    configuration.waitLimit = .seconds(20)
    configuration.sharedStatementTimeout = .seconds(2)
    configure(&configuration)
    let client = PostgresClient(
      configuration: configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let database = TestDatabase(
      name: name, url: configuration.dsn, adminURL: "\(base) dbname=\(name)", client: client,
      database: Database(client))
    let result: Result<Output, any Error> = await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await client.run() }
      defer { group.cancelAll() }
      do { return .success(try await body(database)) } catch { return .failure(error) }
    }
    try? await TestCluster.shared.drop(name)
    return try result.get()
  }

  /// What went to the server so far through `client`.
  package var traffic: (trips: Int, statements: Int) {
    let statistics = client.statistics
    return (statistics.trips, statistics.statements)
  }

  /// Runs statements as a superuser through psql, past every rule of the application.
  /// - Returns: unaligned tuples, as psql prints them.
  @discardableResult
  package func admin(_ sql: String) throws -> String { try TestCluster.psql(adminURL, sql) }

  /// Runs statements as the application role with a scope, as a program that went astray would.
  @discardableResult
  package func asApplication(scope: String?, _ sql: String) throws -> String {
    let scoped = scope.map { "set app.scope = '\($0)'; " } ?? ""
    return try TestCluster.psql(url, scoped + sql)
  }
}

/// The server under all tests of a run, with the migrated template.
package actor TestCluster {
  package static let shared = TestCluster()

  package struct Missing: Error, CustomStringConvertible {
    package let description: String
  }

  private var template: Task<String, any Error>?
  private var count = 0
  private static let limit = 8
  private var used = 0
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// The connection string without a database. A reset must never hit a server that somebody uses, so only a socket or loopback.
  static func base() throws -> String {
    guard let url = ProcessInfo.processInfo.environment["AFTERSALES_TEST_DATABASE_URL"] else {
      throw Missing(description: "AFTERSALES_TEST_DATABASE_URL is not set; run `make test`")
    }
    guard !url.contains("://"), ["host=/", "host=127.0.0.1", "host=localhost"].contains(where: url.contains) else {
      throw Missing(description: "AFTERSALES_TEST_DATABASE_URL must name a unix socket or loopback, as key=value pairs")
    }
    return url
  }

  /// Waits until fewer than `limit` databases are in use: each brings a pool, and the server's connections are counted.
  func clone() async throws -> String {
    if used < Self.limit { used += 1 } else { await withCheckedContinuation { waiting.append($0) } }
    do {
      let template = try await migrated()
      count += 1
      let name = "test_\(ProcessInfo.processInfo.processIdentifier)_\(count)"
      _ = try Self.psql(
        "\(try Self.base()) dbname=postgres",
        "create database \(name) owner aftersales_owner template \(template) strategy file_copy")
      return name
    } catch {
      release()
      throw error
    }
  }

  func drop(_ name: String) throws {
    defer { release() }
    _ = try Self.psql("\(try Self.base()) dbname=postgres", "drop database if exists \(name) with (force)")
  }

  /// A place that becomes free goes to the one who waits longest.
  private func release() {
    if waiting.isEmpty { used -= 1 } else { waiting.removeFirst().resume() }
  }

  private func migrated() async throws -> String {
    if let template { return try await template.value }
    let task = Task { () throws -> String in
      let base = try Self.base()
      let name = "template_\(ProcessInfo.processInfo.processIdentifier)"
      let maintenance = "\(base) dbname=postgres"
      for role in ["aftersales_owner", "aftersales_app"] {
        let found = try Self.psql(maintenance, "select 1 from pg_roles where rolname = '\(role)'")
        if found.isEmpty { _ = try Self.psql(maintenance, "create role \(role) login") }
      }
      _ = try Self.psql(maintenance, "drop database if exists \(name) with (force)")
      _ = try Self.psql(maintenance, "create database \(name) owner aftersales_owner template template0")
      let migrator = Migrator(
        directory: Self.root + "/db/migrations", dsn: "\(base) dbname=\(name) user=aftersales_owner",
        logger: Logger(label: "migrate") { _ in SwiftLogNoOpLogHandler() })
      _ = try await migrator.migrate()
      return name
    }
    template = task
    return try await task.value
  }

  /// The project's folder: this file stands three levels below it.
  package static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path()

  static func psql(_ url: String, _ sql: String) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql]
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    let complaint = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Missing(description: String(decoding: complaint, as: UTF8.self))
    }
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
  }
}
