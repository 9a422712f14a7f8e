import Domain
import FoundationEssentials
package import Logging
import ServiceLifecycle
package import Services

/// Runs the background jobs of one instance, one at a time. Any number of instances may run: a job's lease in the database
/// decides who works on it, and an instance that dies is replaced when its lease ends: after 15 s at most, found by the
/// next look of another instance, which comes within 6 s (quality R12).
package struct Worker: Service {
  /// What the worker does not decide itself.
  package struct Surroundings: Sendable {
    /// Ends early, by throwing, when the task is cancelled.
    package let pause: @Sendable (Duration) async throws -> Void
    /// 0 …< 1
    package let random: @Sendable () -> Double

    package init(
      pause: @escaping @Sendable (Duration) async throws -> Void, random: @escaping @Sendable () -> Double
    ) {
      self.pause = pause
      self.random = random
    }

    package static let real = Surroundings(
      pause: { try await Task.sleep(for: $0) }, random: { Double.random(in: 0..<1) })
  }

  /// How the search for a due job ended.
  package enum Outcome: Hashable, Sendable {
    case nothingDue
    case succeeded(job: String)
    case failed(job: String)
    /// Given back unfinished because the instance stops.
    case released(job: String)
    /// Another instance has it by now.
    case lost(job: String)
  }

  /// Between two looks for due jobs, before jitter of a fifth.
  static let pollInterval: Duration = .seconds(5)
  /// A failed job waits longer every time, but never longer than this.
  static let longestRetry: Int64 = 600

  private let jobs: [Job]
  private let leases: WorkerLeaseService
  private let gauges: WorkerGauges
  private let surroundings: Surroundings
  private let logger: Logger

  package init(
    _ jobs: [Job], leases: WorkerLeaseService, gauges: WorkerGauges, surroundings: Surroundings = .real, logger: Logger
  ) {
    self.jobs = jobs
    self.leases = leases
    self.gauges = gauges
    self.surroundings = surroundings
    self.logger = logger
  }

  /// Until graceful shutdown: the step at hand is finished and its job given back. Errors, the database's too, are logged
  /// and tried again: a worker never takes the server down.
  package func run() async throws {
    var isRegistered = false
    while !Task.isShuttingDownGracefully, !Task.isCancelled {
      var outcome = Outcome.nothingDue
      do {
        if !isRegistered {
          try await leases.register(jobs.map(\.name))
          isRegistered = true
        }
        outcome = try await runDueJob()
        gauges.update(try await leases.statuses())
      } catch {
        logger.warning("background jobs cannot be looked for", metadata: ["error": "\(error)"])
      }
      guard outcome == .nothingDue else { continue }
      let wait = Self.pollInterval * (0.8 + 0.4 * surroundings.random())
      // Cancelled by the shutdown: the loop's condition ends it.
      try? await cancelWhenGracefulShutdown { try await surroundings.pause(wait) }
    }
  }

  /// Takes the most overdue job, if there is one that nobody holds, and works on it to its end.
  package func runDueJob() async throws -> Outcome {
    guard let lease = try await leases.acquire(jobs.map(\.name), holder: UUID()),
      let job = jobs.first(where: { $0.name == lease.job })
    else { return .nothingDue }
    var logger = logger
    logger[metadataKey: "job"] = "\(job.name)"
    do {
      let isFinished = try await work(on: job, under: lease)
      guard isFinished else {
        try await leases.release(lease)
        return .released(job: job.name)
      }
      let spread = 0.9 + 0.2 * surroundings.random()
      try await leases.succeed(lease, nextRunAfter: max(1, Int64(Double(job.interval) * spread)))
      logger.debug("background job succeeded")
      return .succeeded(job: job.name)
    } catch is WorkerLeaseLost {
      logger.warning("background job lost its lease")
      return .lost(job: job.name)
    } catch is CancellationError {
      try await leases.release(lease)
      return .released(job: job.name)
    } catch {
      logger.error("background job failed", metadata: ["error": "\(error)"])
      try await leases.fail(lease, waitingAtMost: max(Self.longestRetry, job.interval))
      return .failed(job: job.name)
    }
  }

  /// Step after step until the job has nothing left, while a second task keeps the lease: a step may take longer than it.
  /// - Returns: `false` when the instance stops and something is left.
  private func work(on job: Job, under lease: WorkerLease) async throws -> Bool {
    try await withThrowingTaskGroup(of: Bool?.self) { group in
      group.addTask {
        while try await job.step(lease) {
          if Task.isShuttingDownGracefully { return false }
          try Task.checkCancellation()
        }
        return true
      }
      group.addTask {
        try await keep(lease)
        return nil
      }
      defer { group.cancelAll() }
      while let result = try await group.next() {
        if let result { return result }
      }
      return false
    }
  }

  /// Renews the lease every third of it until cancelled.
  private func keep(_ lease: WorkerLease) async throws {
    let beat = Duration.seconds(WorkerLeaseService.duration) / 3
    while true {
      do { try await surroundings.pause(beat) } catch { return }
      guard !Task.isCancelled else { return }
      guard try await leases.renew(lease) else { throw WorkerLeaseLost(job: lease.job) }
    }
  }
}
