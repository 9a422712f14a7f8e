package import Logging
package import Postgres
package import Repositories

/// One instance of the product: as the server's role, bound by row-level security, with a pool of its own.
package struct TestInstance: Sendable {
  package let client: PostgresClient
  package let database: Database
  package let changes: AccessChanges
  let adminURL: String

  /// Runs statements as a superuser, past every rule of the application; unaligned tuples, as psql prints them.
  @discardableResult
  package func admin(_ sql: String) throws -> String { try TestCluster.psql(adminURL, sql) }
}

/// A fresh database that several instances of the product share; dropped after the body.
package func withTestDatabases(_ count: Int, _ body: ([TestInstance]) async throws -> Void) async throws {
  let name = try await TestCluster.shared.clone()
  let base = try TestCluster.base()
  do {
    try await withThrowingTaskGroup(of: Void.self) { group in
      var instances: [TestInstance] = []
      for _ in 0..<count {
        var configuration = PostgresConfiguration(dsn: "\(base) dbname=\(name) user=aftersales_app")
        configuration.sharedConnections = 1
        configuration.leasedConnections = 4
        configuration.snapshotConnections = 1
        // The machine may be busy with other tests.
        configuration.waitLimit = .seconds(20)
        configuration.sharedStatementTimeout = .seconds(2)
        let client = PostgresClient(configuration: configuration, logger: .silent)
        group.addTask { try await client.run() }
        instances.append(
          TestInstance(
            client: client, database: Database(client), changes: AccessChanges(client),
            adminURL: "\(base) dbname=\(name)"))
      }
      defer { group.cancelAll() }
      try await body(instances)
    }
  } catch {
    try? await TestCluster.shared.drop(name)
    throw error
  }
  try await TestCluster.shared.drop(name)
}

extension Logger {
  /// For tests that look at what happens, not at what is said about it.
  package static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
