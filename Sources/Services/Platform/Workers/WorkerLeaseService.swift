package import Domain
package import FoundationEssentials
package import Repositories

/// Leases of background jobs, and the transactions of their steps. Only the product itself calls this: there is no caller
/// whose permission could be asked.
package struct WorkerLeaseService: Sendable {
  /// An instance that dies is replaced within two of these (quality R12).
  package static let duration: Int64 = 15

  private let database: Database
  private let clock: WallClock

  package init(_ database: Database, clock: WallClock) {
    self.database = database
    self.clock = clock
  }

  package func register(_ jobs: [String]) async throws {
    _ = try await database.write(.system) { tx in
      try await tx.run(WorkerLeaseRepository.register(jobs, at: clock.now()))
    }
  }

  /// The most overdue of `jobs`, if any is due and free. `holder` is new for every try: it names one run.
  package func acquire(_ jobs: [String], holder: UUID) async throws -> WorkerLease? {
    let now = clock.now()
    return try await database.write(.system) { tx in
      try await tx.run(
        WorkerLeaseRepository.acquire(jobs, holder: holder, at: now, until: now.adding(seconds: Self.duration)))
    }
  }

  /// `false`: the lease is lost, whoever worked under it must stop.
  package func renew(_ lease: WorkerLease) async throws -> Bool {
    let now = clock.now()
    return try await database.write(.system) { tx in
      try await tx.run(WorkerLeaseRepository.renew(lease, at: now, until: now.adding(seconds: Self.duration))) == 1
    }
  }

  /// One step of a job, fenced: it commits only if the lease still held when it began, and nobody can take the lease over
  /// before it has committed. So two instances never do the same step, however slow or confused one of them is.
  /// - Throws: `WorkerLeaseLost` before anything was done.
  package func step<Output: Sendable>(
    under lease: WorkerLease, _ body: (Transaction) async throws -> Output
  ) async throws -> Output {
    let now = clock.now()
    return try await database.write(.system) { tx in
      tx.enqueue(WorkerLeaseRepository.renew(lease, at: now, until: now.adding(seconds: Self.duration))) { renewed in
        if renewed != 1 { throw WorkerLeaseLost(job: lease.job) }
      }
      return try await body(tx)
    }
  }

  /// Works on one thing after another, each in a step of its own: one that cannot be done holds up none of the others, is put off with
  /// its error and comes again later (`deferred_work`).
  ///
  /// - Parameters:
  ///   - due: what is to be done, without what is put off (`DeferredWorkRepository.isFree`); at most `limit` of it.
  ///   - work: asks behind its own lock whether it is still to be done.
  /// - Returns: whether there may be more.
  package func each(
    under lease: WorkerLease, atMost limit: Int, due: (Transaction) async throws -> [UUID],
    work: (UUID, Transaction) async throws -> Void
  ) async throws -> Bool {
    let subjects = try await step(under: lease) { tx in try await due(tx) }
    for subject in subjects {
      do {
        try await step(under: lease) { tx in
          try await work(subject, tx)
          tx.enqueue(DeferredWorkRepository.done(subject, in: lease.job))
        }
      } catch let lost as WorkerLeaseLost {
        throw lost
      } catch let cancelled as CancellationError {
        throw cancelled
      } catch {
        let now = clock.now()
        try await step(under: lease) { tx in
          tx.enqueue(DeferredWorkRepository.put(off: subject, in: lease.job, because: "\(error)", at: now))
        }
      }
    }
    return subjects.count == limit
  }

  package func succeed(_ lease: WorkerLease, nextRunAfter seconds: Int64) async throws {
    let now = clock.now()
    _ = try await database.write(.system) { tx in
      try await tx.run(WorkerLeaseRepository.succeed(lease, at: now, nextRunAt: now.adding(seconds: seconds)))
    }
  }

  /// The next try waits 5 s, doubled with every failure in a row, at most `limit` seconds.
  package func fail(_ lease: WorkerLease, waitingAtMost limit: Int64) async throws {
    let now = clock.now()
    _ = try await database.write(.system) { tx in
      let failures = try await tx.run(WorkerLeaseRepository.failures(lease.job)) ?? 0
      let wait = min(limit, 5 << Int64(min(failures, 20)))
      return try await tx.run(WorkerLeaseRepository.fail(lease, at: now, nextRunAt: now.adding(seconds: wait)))
    }
  }

  package func release(_ lease: WorkerLease) async throws {
    _ = try await database.write(.system) { tx in
      try await tx.run(WorkerLeaseRepository.release(lease))
    }
  }

  package func statuses() async throws -> [WorkerStatus] {
    try await database.read(.system, WorkerLeaseRepository.statuses(at: clock.now()))
  }
}

/// Another instance works on the job by now, or may soon.
package struct WorkerLeaseLost: Error {
  package let job: String

  package init(job: String) { self.job = job }
}
