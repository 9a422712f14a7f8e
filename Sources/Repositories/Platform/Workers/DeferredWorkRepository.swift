package import Domain
package import FoundationEssentials
package import Postgres

/// Single things that a background job could not do, and when it tries them again.
package enum DeferredWorkRepository {
  /// Tries again after a minute, doubled with every failure in a row, at most six hours.
  package static func put(
    off subject: UUID, in job: String, because error: String, at instant: Timestamp
  ) -> Query<Int> {
    Query.execute(
      """
      insert into deferred_work as d (job, subject_id, failures, error, failed_at, retry_at)
      values (\(job), \(subject), 1, left(\(error), 500), \(instant), \(instant)::timestamptz + interval '1 minute')
      on conflict on constraint deferred_work_pkey do update
      set failures = d.failures + 1, error = excluded.error, failed_at = excluded.failed_at,
        retry_at = excluded.failed_at + least(interval '6 hours', interval '1 minute' * 2 ^ least(d.failures, 10))
      """)
  }

  /// It is done.
  package static func done(_ subject: UUID, in job: String) -> Query<Int> {
    Query.execute("delete from deferred_work where job = \(job) and subject_id = \(subject)")
  }

  /// A condition on an identity: it is not put off.
  package static func isFree(_ subject: SQL, in job: String, at instant: Timestamp) -> SQL {
    "not exists (select from deferred_work d where d.job = \(job) and d.subject_id = \(subject) and d.retry_at > \(instant))"
  }
}
