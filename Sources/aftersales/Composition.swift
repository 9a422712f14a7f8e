import Domain
import Logging
import Postgres
import Repositories
import Services

/// Everything that lives as long as the process, wired once, by initialisers. What needs the database works while
/// `client.run()` runs.
struct Composition: Sendable {
  let settings: Settings
  let logger: Logger
  let clock: WallClock

  let client: PostgresClient
  let database: Database
  let work: UnitOfWork
  let hasher: PasswordHasher

  let administration: AccessAdministration
  let leases: WorkerLeaseService
  let housekeeping: HousekeepingService

  init(_ settings: Settings) {
    self.settings = settings
    let clock = WallClock.machine
    self.clock = clock
    logger = Self.logger(settings, clock)
    client = PostgresClient(configuration: PostgresConfiguration(dsn: settings.databaseURL), logger: logger)
    database = Database(client)
    work = UnitOfWork(database, clock: clock)
    hasher = PasswordHasher()
    administration = AccessAdministration(work, hasher: hasher)
    leases = WorkerLeaseService(database, clock: clock)
    housekeeping = HousekeepingService(leases, clock: clock)
  }

  static func logger(_ settings: Settings, _ clock: WallClock) -> Logger {
    Logger(label: "aftersales") { JSONLogHandler(label: $0, level: settings.logLevel, clock: clock) }
  }

  /// For commands: the services with a running database client, and everything that goes wrong in words.
  static func withServices(_ settings: Settings, _ body: (Composition) async throws -> Void) async throws {
    try await Complaint.reporting {
      try settings.requireDatabase()
      let composition = Composition(settings)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await composition.client.run() }
        defer { group.cancelAll() }
        try await body(composition)
      }
    }
  }
}
