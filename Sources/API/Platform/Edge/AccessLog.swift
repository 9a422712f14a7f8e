import Domain
import HTTPTypes
import Logging

/// One line for each request. Route templates and identities only: no path values, no query, no names, no bodies.
struct AccessLog: Sendable {
  private let logger: Logger

  init(logger: Logger) { self.logger = logger }

  func answered(_ answer: Answer, _ exchange: Exchange, nanoseconds: Int64) {
    // Probes would drown everything else.
    let level: Logger.Level = exchange.operation?.criticality == .vital ? .debug : .info
    guard logger.logLevel <= level else { return }
    var metadata = names(exchange, status: answer.status)
    metadata["durationMs"] = "\(Double(nanoseconds / 1000) / 1000)"
    metadata["bytes"] = .stringConvertible(answer.stream?.length ?? answer.body.count)
    // Needed to stop abuse, and only there.
    if answer.status == 401 || answer.status == 429 { metadata["address"] = .string(exchange.address) }
    logger.log(level: level, "request", metadata: metadata)
  }

  /// What went wrong on our side. The text of an error is ours: database errors redact their values.
  func failure(_ error: any Error, _ exchange: Exchange, status: Int) {
    var metadata = names(exchange, status: status)
    metadata["error"] = .string(String(String(describing: error).prefix(500)))
    metadata["errorType"] = .string(String(describing: type(of: error)))
    logger.error("request failed", metadata: metadata)
  }

  private func names(_ exchange: Exchange, status: Int) -> Logger.Metadata {
    var metadata: Logger.Metadata = [
      "method": .string(exchange.operation?.method.rawValue ?? exchange.request.head.method.rawValue),
      "requestId": .string(exchange.requestID),
      "route": .string(exchange.operation?.template ?? "none"),
      "status": .stringConvertible(status),
      "traceId": .string(exchange.trace.traceID),
    ]
    if let subject = exchange.caller?.subject, let id = subject.id {
      metadata["subject"] = .string("\(subject.kind):\(id.canonical)")
    }
    return metadata
  }
}

/// Nanoseconds since some moment before the process began; never goes back.
package enum MonotonicClock {
  private static let origin = ContinuousClock.now

  @Sendable package static func nanoseconds() -> Int64 {
    let passed = (ContinuousClock.now - origin).components
    return passed.seconds * 1_000_000_000 + passed.attoseconds / 1_000_000_000
  }
}
