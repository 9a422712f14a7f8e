package import FoundationEssentials

/// The right of one run of one instance to work on a background job until an instant (quality R12).
package struct WorkerLease: Hashable, Sendable {
  package let job: String
  package let holder: UUID

  package init(job: String, holder: UUID) {
    self.job = job
    self.holder = holder
  }
}

/// How a background job stands, for metrics and `GET /readyz`; the same whichever instance is asked.
package struct WorkerStatus: Hashable, Sendable {
  package let job: String
  package let isRunning: Bool
  package let nextRunAt: Timestamp
  package let lastStartedAt: Timestamp?
  package let lastSucceededAt: Timestamp?
  package let lastFailedAt: Timestamp?
  /// Since the last success.
  package let failures: Int
  /// Single things that it could not do and will try again.
  package let deferred: Int

  package init(
    job: String, isRunning: Bool, nextRunAt: Timestamp, lastStartedAt: Timestamp?, lastSucceededAt: Timestamp?,
    lastFailedAt: Timestamp?, failures: Int, deferred: Int
  ) {
    self.job = job
    self.isRunning = isRunning
    self.nextRunAt = nextRunAt
    self.lastStartedAt = lastStartedAt
    self.lastSucceededAt = lastSucceededAt
    self.lastFailedAt = lastFailedAt
    self.failures = failures
    self.deferred = deferred
  }
}
