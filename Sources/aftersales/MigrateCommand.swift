import ArgumentParser
import Postgres

struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "Apply pending migrations, as the role that owns the schema.",
    discussion: "Safe to run on several machines at once and again after it was killed.")

  @OptionGroup var common: CommonOptions

  @Option(help: "libpq connection string of aftersales_owner (AFTERSALES_DATABASE_OWNER_URL), without password.")
  var databaseOwnerUrl: String?

  @Flag(help: "Only list what is pending; exit status 1 if something is.")
  var dryRun = false

  func run() async throws {
    var flags = common.flags()
    flags.set("database.ownerUrl", databaseOwnerUrl, isSecret: true)
    let settings = try await Settings.read(flags)
    try await CommandFailure.reporting {
      guard let url = settings.databaseOwnerURL else {
        throw SettingsError(description: "AFTERSALES_DATABASE_OWNER_URL is not set")
      }
      let migrator = Migrator(
        directory: settings.migrations, dsn: url, logger: Composition.logger(settings))
      do {
        let migrations = try await dryRun ? migrator.plan() : migrator.migrate()
        for migration in migrations { print(migration.name) }
        if dryRun, !migrations.isEmpty { throw ExitCode.failure }
      } catch let error as MigrationError {
        throw SettingsError(description: error.sentence)
      }
    }
  }
}
