import API
import Domain
import Logging
import ServiceLifecycle
import Services

/// The process that runs background jobs and nothing else: jobs, and a port for probes and metrics. Any number of them may
/// run, beside servers that run jobs themselves; a job's lease decides who does it (quality R12).
struct WorkerProcess: Sendable {
  let logger: Logger
  private let composition: Composition
  private let health: APIServer

  init(_ composition: Composition, schemaVersion: Int) {
    self.composition = composition
    logger = composition.logger
    let settings = composition.settings

    let readiness = Readiness()
    var table = RouteTable()
    HealthRoutes(readiness: readiness, checks: composition.databaseChecks(schemaVersion: schemaVersion))
      .add(to: &table)
    // The metrics know the operations by position, so theirs is the last.
    let metrics = Metrics(operations: table.operations)
    SystemRoutes.addMetrics(metrics, to: &table)
    composition.register(in: metrics)
    // Nothing here has pages, so nobody gets a cursor to sign.
    health = APIServer(
      Dispatcher(
        table, authenticator: Authenticator { _ in nil }, disclosures: DisclosureRecord { _ in },
        configuration: EdgeConfiguration(cursorSecret: []), clock: composition.clock, metrics: metrics, logger: logger),
      address: .init(host: settings.host, port: settings.port), readiness: readiness, drain: .zero, logger: logger)
  }

  /// Until SIGTERM or SIGINT: the step at hand is finished, its job given back, the database left last.
  func run() async throws {
    try await ServiceGroup.runToEnd(
      [
        DatabaseService(client: composition.client), composition.worker, composition.webhookSender,
        Announcement(
          readiness: health.readiness, metrics: health.readiness, host: composition.settings.host, logger: logger),
        health,
      ], logger: logger)
    logger.notice("stopped")
  }
}
