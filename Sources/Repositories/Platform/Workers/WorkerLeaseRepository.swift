package import Domain
package import FoundationEssentials
package import Postgres

/// Leases of background jobs (quality R12). Every instance may ask at any time; one gets the job. Instants come from the
/// caller, as everywhere: instances keep their clocks within a fraction of the lease of each other.
package enum WorkerLeaseRepository {
  /// Makes the rows of jobs that are new with this release.
  package static func register(_ jobs: [String], at: Timestamp) -> Query<Int> {
    Query.execute(
      """
      insert into worker_leases (job, next_run_at)
      select job, \(at) from unnest(\(jobs)::text[]) as job
      on conflict on constraint worker_leases_pkey do nothing
      """)
  }

  /// The most overdue of `jobs` that nobody holds, or whose holder has let its lease run out; `nil` when none is due.
  package static func acquire(
    _ jobs: [String], holder: UUID, at: Timestamp, until: Timestamp
  ) -> Query<WorkerLease?> {
    Query.optional(
      """
      update worker_leases l
      set holder = \(holder), leased_until = \(until), last_started_at = \(at)
      from (
        select job
        from worker_leases
        where job = any (\(jobs)) and next_run_at <= \(at) and (leased_until is null or leased_until <= \(at))
        order by next_run_at, job
        limit 1
        for update skip locked
      ) as due
      where l.job = due.job
      returning l.job
      """
    ) { row in
      WorkerLease(job: try row.next(String.self), holder: holder)
    }
  }

  /// 1: prolonged. 0: the lease ran out or was taken over, so its former holder must stop. Inside a transaction the row
  /// stays locked until the commit, which fences everything that the transaction does.
  package static func renew(_ lease: WorkerLease, at: Timestamp, until: Timestamp) -> Query<Int> {
    Query.execute(
      """
      update worker_leases
      set leased_until = \(until)
      where job = \(lease.job) and holder = \(lease.holder) and leased_until > \(at)
      """)
  }

  package static func succeed(_ lease: WorkerLease, at: Timestamp, nextRunAt: Timestamp) -> Query<Int> {
    Query.execute(
      """
      update worker_leases
      set holder = null, leased_until = null, next_run_at = \(nextRunAt), last_succeeded_at = \(at), failures = 0
      where job = \(lease.job) and holder = \(lease.holder)
      """)
  }

  package static func fail(_ lease: WorkerLease, at: Timestamp, nextRunAt: Timestamp) -> Query<Int> {
    Query.execute(
      """
      update worker_leases
      set holder = null, leased_until = null, next_run_at = \(nextRunAt), last_failed_at = \(at), failures = failures + 1
      where job = \(lease.job) and holder = \(lease.holder)
      """)
  }

  /// Gives an unfinished job back; it is still due.
  package static func release(_ lease: WorkerLease) -> Query<Int> {
    Query.execute(
      """
      update worker_leases
      set holder = null, leased_until = null
      where job = \(lease.job) and holder = \(lease.holder)
      """)
  }

  /// How often a job has failed since its last success, for the wait before the next try.
  package static func failures(_ job: String) -> Query<Int?> {
    Query.optional("select failures from worker_leases where job = \(job)") { try $0.next(Int.self) }
  }

  package static func statuses(at: Timestamp) -> Query<[WorkerStatus]> {
    Query.list(
      """
      select job, coalesce(leased_until > \(at), false), next_run_at, last_started_at, last_succeeded_at, last_failed_at,
        failures, (select count(*) from deferred_work d where d.job = l.job)
      from worker_leases l
      order by job
      """
    ) { row in
      let job = try row.next(String.self)
      let isRunning = try row.next(Bool.self)
      let nextRunAt = try row.next(Timestamp.self)
      let lastStartedAt = try row.next(Timestamp?.self)
      let lastSucceededAt = try row.next(Timestamp?.self)
      let lastFailedAt = try row.next(Timestamp?.self)
      let failures = try row.next(Int.self)
      let deferred = Int(try row.next(Int64.self))
      return WorkerStatus(
        job: job, isRunning: isRunning, nextRunAt: nextRunAt, lastStartedAt: lastStartedAt,
        lastSucceededAt: lastSucceededAt, lastFailedAt: lastFailedAt, failures: failures, deferred: deferred)
    }
  }
}
