import ArgumentParser
import Postgres

struct WorkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "work",
    abstract: "Run background jobs until SIGTERM or SIGINT, with /livez, /readyz and /metrics and no API.",
    discussion: """
      Any number of these may run, beside servers that run jobs themselves (AFTERSALES_WORKERS_ENABLED): every job has one \
      holder at a time, and whose holder dies is taken over. Refuses to start for the same reasons as serve.
      """)

  @OptionGroup var common: CommonOptions

  @Option(help: "Address of probes and metrics (AFTERSALES_SERVER_HOST).")
  var host: String?

  @Option(help: "Their port; 0 takes a free one (AFTERSALES_SERVER_PORT).")
  var port: String?

  @Flag(help: "Start on unsafe database settings; development only.")
  var allowUnsafeSettings = false

  func run() async throws {
    var flags = common.flags()
    flags.set("server.host", host)
    flags.set("server.port", port)
    flags.set("allowUnsafeSettings", allowUnsafeSettings ? "true" : nil)
    let given = flags
    try await CommandFailure.reporting {
      let settings = try await Settings.read(given)
      try settings.requireDatabase()
      let findings = try await StartChecks.required(settings)
      let process = WorkerProcess(
        Composition(settings, secret: try SecretKey.load(settings), columns: try ColumnKeyring.load(settings)),
        schemaVersion: try Composition(settings).migrator(settings.databaseURL).expectedVersion())
      findings.log(to: process.logger)
      try await process.run()
    }
  }
}
