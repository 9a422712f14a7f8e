import API
import ArgumentParser
import Domain
import FoundationEssentials
import Logging
import Postgres
import Repositories
import Services

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serve the API until SIGTERM or SIGINT.",
    discussion: """
      Never migrates. Refuses to start, with a line for each reason and exit status 1, when the schema is older than the \
      program or the database's settings could lose or show data they must not.
      """)

  @OptionGroup var common: CommonOptions

  @Option(help: "Address to listen on (AFTERSALES_SERVER_HOST).")
  var host: String?

  @Option(help: "Port to listen on; 0 takes a free one (AFTERSALES_SERVER_PORT).")
  var port: String?

  @Flag(help: "Start on unsafe database settings; development only.")
  var allowUnsafeSettings = false

  @Flag(help: "Leave background jobs to other instances (AFTERSALES_WORKERS_ENABLED=false).")
  var noWorkers = false

  func run() async throws {
    var flags = common.flags()
    flags.set("server.host", host)
    flags.set("server.port", port)
    flags.set("allowUnsafeSettings", allowUnsafeSettings ? "true" : nil)
    flags.set("workers.enabled", noWorkers ? "false" : nil)
    let given = flags
    try await CommandFailure.reporting {
      let settings = try await Settings.read(given)
      try settings.requireDatabase()
      let secret = try SecretKey.load(settings)
      let columns = try ColumnKeyring.load(settings)
      let document = try Self.document(settings)
      let proxies = try Self.proxies(settings)

      let findings = try await StartChecks.required(settings)
      let server = Server(
        Composition(settings, secret: secret, columns: columns), secret: secret, document: document, proxies: proxies,
        schemaVersion: try Composition(settings).migrator(settings.databaseURL).expectedVersion())
      findings.log(to: server.logger)
      try await server.run()
    }
  }

  private static func document(_ settings: Settings) throws -> OpenAPIDocument {
    guard let data = try? Data(contentsOf: URL(filePath: settings.openAPI)) else {
      throw SettingsError(description: "\(settings.openAPI) cannot be read (AFTERSALES_OPENAPI)")
    }
    do {
      return try OpenAPIDocument(yaml: String(decoding: data, as: UTF8.self))
    } catch {
      throw SettingsError(description: "\(settings.openAPI) is no OpenAPI document: \(error)")
    }
  }

  private static func proxies(_ settings: Settings) throws(SettingsError) -> [IPRange] {
    var ranges: [IPRange] = []
    for text in settings.trustedProxies {
      guard let range = IPRange(text) else {
        throw SettingsError(description: "AFTERSALES_SERVER_TRUSTED_PROXIES: \(text) is no address or range")
      }
      ranges.append(range)
    }
    return ranges
  }
}
