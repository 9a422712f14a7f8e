import API
import Logging
import Postgres
import ServiceLifecycle
import UnixSignals

extension ServiceGroup {
  /// Runs a process's services until SIGTERM or SIGINT, or until one of them fails. They end in the reverse of their order.
  /// After 8 s what is left is cancelled, 2 s later the process ends (quality R13).
  static func runToEnd(_ services: [any Service], logger: Logger) async throws {
    var configuration = ServiceGroupConfiguration(
      services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    configuration.maximumGracefulShutdownDuration = .seconds(8)
    configuration.maximumCancellationDuration = .seconds(2)
    do {
      try await ServiceGroup(configuration: configuration).run()
    } catch is CancellationError {
      logger.warning("what had not ended within 8 seconds was cancelled")
    }
  }
}

/// The database client ends when everything that uses it has ended.
struct DatabaseService: Service {
  let client: PostgresClient

  func run() async throws {
    do {
      try await cancelWhenGracefulShutdown { try await client.run() }
    } catch is CancellationError {}
  }
}

/// Says once where the server listens, for people and for scripts that asked for any port.
struct Announcement: Service {
  let readiness: Readiness
  /// Of the address that `/metrics` has for itself; `nil` where metrics stand beside the rest.
  var metrics: Readiness?
  let host: String
  let logger: Logger

  func run() async throws {
    do {
      try await cancelWhenGracefulShutdown {
        while readiness.port == nil || metrics.map({ $0.port == nil }) ?? false {
          try await Task.sleep(for: .milliseconds(20))
        }
        var metadata: Logger.Metadata = ["host": "\(host)", "port": "\(readiness.port ?? 0)"]
        if let port = metrics?.port { metadata["metricsPort"] = "\(port)" }
        logger.notice("listening", metadata: metadata)
        try await Task.sleep(for: .seconds(.max / 4))
      }
    } catch is CancellationError {}
  }
}
