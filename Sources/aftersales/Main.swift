import ArgumentParser

/// The one executable: server, migrations and what an operator does by hand. Results go to standard output, everything
/// else to standard error, so that results can be piped.
@main
struct AfterSales: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "aftersales",
    abstract: "After-sales service of a vehicle manufacturer's network.",
    discussion: """
      Configuration: flags, then the environment (AFTERSALES_…), then .env in the working directory, then defaults; \
      README.md lists the variables.
      """,
    subcommands: [
      ServeCommand.self, WorkCommand.self, MigrateCommand.self, CheckCommand.self, RoutesCommand.self, DemoCommand.self,
      SealCommand.self, UserCommand.self, ClientCommand.self, TokenCommand.self, PolicyCommand.self, EarlyWarningCommand.self,
    ])
}

/// What every command understands.
struct CommonOptions: ParsableArguments {
  @Option(help: "trace, debug, info, notice, warning, error or critical (AFTERSALES_LOG_LEVEL).")
  var logLevel: String?

  @Option(help: "libpq connection string of the server's role (AFTERSALES_DATABASE_URL), without password.")
  var databaseUrl: String?

  func flags() -> Flags {
    var flags = Flags()
    flags.set("log.level", logLevel)
    flags.set("database.url", databaseUrl, isSecret: true)
    return flags
  }
}
