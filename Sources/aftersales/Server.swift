import API
import Domain
import Logging
import Postgres
import Repositories
import ServiceLifecycle
import Services
import Workers

/// The serving process: what runs, in which order it starts, and how it ends (quality R13).
struct Server: Sendable {
  let logger: Logger
  private let composition: Composition
  private let api: APIServer
  private let metricsServer: APIServer

  init(
    _ composition: Composition, secret: SecretKey, document: OpenAPIDocument, proxies: [IPRange], schemaVersion: Int
  ) {
    self.composition = composition
    logger = composition.logger
    let settings = composition.settings

    var edge = EdgeConfiguration(cursorSecret: secret.derived(for: "cursors"))
    edge.publicOrigin = settings.publicURL
    edge.trustedProxies = proxies
    edge.allowedOrigins = Set(settings.allowedOrigins)
    if let requests = settings.requestsPerMinute { edge.quotas["default"] = Quota(requests: requests) }

    let readiness = Readiness()
    let table = composition.routes(
      RouteParts(
        document: document, secret: secret, readiness: readiness,
        checks: composition.readinessChecks(schemaVersion: schemaVersion)))
    let metrics = Metrics(operations: table.operations)
    composition.register(in: metrics)

    let authenticator = Authenticator { [verifier = composition.verifier] token in
      try await verifier.verify(token)?.caller
    }
    api = APIServer(
      Dispatcher(
        table, authenticator: authenticator,
        disclosures: DisclosureRecord { [disclosures = composition.disclosures] in try await disclosures.record($0) },
        configuration: edge, clock: composition.clock, metrics: metrics,
        logger: logger, executor: composition.client.executor),
      address: .init(host: settings.host, port: settings.port), readiness: readiness, logger: logger)

    var own = RouteTable()
    SystemRoutes.addMetrics(metrics, to: &own)
    metricsServer = APIServer(
      Dispatcher(
        own, authenticator: Authenticator { _ in nil }, disclosures: DisclosureRecord { _ in },
        configuration: edge, clock: composition.clock, metrics: Metrics(operations: own.operations),
        logger: composition.logger),
      address: .init(host: settings.metricsHost, port: settings.metricsPort), drain: .zero,
      logger: composition.logger)
  }

  /// Until SIGTERM or SIGINT. Services end in the reverse of this order: first the API, not ready from the first moment, which
  /// finishes what it accepted; then the jobs; the database last. After 8 s what is left is cancelled, 2 s later the process
  /// ends.
  func run() async throws {
    var services: [any Service] = [
      DatabaseService(client: composition.client),
      AccessNewsService(verifier: composition.verifier, changes: AccessChanges(composition.client)),
    ]
    if composition.settings.runsWorkers {
      services.append(composition.worker)
      services.append(composition.webhookSender)
    }
    services.append(metricsServer)
    services.append(
      Announcement(
        readiness: api.readiness, metrics: metricsServer.readiness, host: composition.settings.host, logger: logger))
    services.append(api)
    // The first to end: who waits for an event is answered before the API stops.
    services.append(EventPulseService(feed: composition.eventFeed, logger: logger))

    try await ServiceGroup.runToEnd(services, logger: logger)
    logger.notice("stopped")
  }
}

/// Revocations and changed roles of other instances, heard at once (SEC-12).
private struct AccessNewsService: Service {
  let verifier: TokenVerifier
  let changes: AccessChanges

  func run() async throws {
    await cancelWhenGracefulShutdown { await verifier.listen(to: changes) }
  }
}

/// Looks four times a second whether the log has grown, while somebody waits for that.
private struct EventPulseService: Service {
  let feed: EventFeedService
  let logger: Logger

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        do { try await feed.beat() } catch {
          logger.warning("the event log cannot be looked at", metadata: ["error": "\(error)"])
        }
        try? await Task.sleep(for: .milliseconds(250))
      }
    }
    feed.close()
  }
}
