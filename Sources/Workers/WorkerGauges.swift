import Domain
import Synchronization

/// How the jobs stood when the worker last looked, by name, for the metrics. It is the database's knowledge, so every
/// instance shows the same, whichever of them did the work.
package final class WorkerGauges: Sendable {
  private let latest = Mutex<[WorkerStatus]>([])

  package init() {}

  func update(_ statuses: [WorkerStatus]) { latest.withLock { $0 = statuses } }

  /// Unix seconds; a job that never succeeded is not there.
  package var lastSuccess: [String: Double] {
    values { $0.lastSucceededAt.map { Double($0.milliseconds) / 1000 } }
  }

  /// Since the last success.
  package var failures: [String: Double] {
    values { Double($0.failures) }
  }

  /// Put off, one by one.
  package var deferred: [String: Double] {
    values { Double($0.deferred) }
  }

  private func values(_ value: (WorkerStatus) -> Double?) -> [String: Double] {
    let statuses = latest.withLock { $0 }
    return Dictionary(
      statuses.compactMap { status in value(status).map { (status.job, $0) } }, uniquingKeysWith: { $1 })
  }
}
