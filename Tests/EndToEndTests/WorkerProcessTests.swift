import Foundation
import TestSupport
import Testing

/// `aftersales work`: processes that run background jobs and nothing else.
@Suite("Worker processes", .serialized, .timeLimit(.minutes(20))) struct WorkerProcessTests {
  /// Asks until the answer is the wanted one, or for 20 s.
  private static func eventually(_ wanted: String, _ ask: () async throws -> String) async throws -> Bool {
    let limit = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < limit {
      if try await ask() == wanted { return true }
      try await Task.sleep(for: .milliseconds(100))
    }
    return false
  }

  @Test("several of them share the jobs, show their health and metrics, and serve nothing else (R12, C-32)")
  func work() async throws {
    try await ServerProcess.with(2, .work) { database, workers in
      try database.admin(
        """
        insert into idempotency_keys (subject_id, operation, key, fingerprint, status, headers, body, created_at)
        select gen_random_uuid(), 'test', 'key-of-long-ago-' || n, sha256('x'), 200, '{}', '', now() - interval '2 days'
        from generate_series(1, 2500) as n;
        update worker_leases set next_run_at = now()
        """)
      #expect(
        try await Self.eventually("0") { try database.admin("select count(*) from idempotency_keys") })
      #expect(
        try await Self.eventually("0") {
          try database.admin("select count(*) from worker_leases where last_succeeded_at is null or holder is not null")
        })
      #expect(try database.admin("select count(*) from worker_leases where failures > 0") == "0")
      try await SocketClient.with { client in
        for worker in workers {
          #expect(try await client.send("GET", worker, "/livez").member("status") == "pass")
          let ready = try await client.send("GET", worker, "/readyz")
          #expect(ready.status == 200, "\(ready.text)")
          #expect(
            ready.member("checks/database/status") == "pass" && ready.member("checks/migrations/status") == "pass")
          #expect(
            try await Self.eventually("true") {
              let metrics = try await client.send("GET", worker, "/metrics").text
              return "\(metrics.contains(#"job_last_success_timestamp_seconds{job="purgeIdempotencyKeys"}"#))"
            })
          #expect(try await client.send("GET", worker, "/v1/me").status == 404)
          #expect(try await client.send("POST", worker, "/oauth2/token").status == 404)
        }
      }
      for worker in workers {
        let start = ContinuousClock.now
        worker.terminate()
        #expect(await worker.wait() == 0)
        #expect(ContinuousClock.now - start < .seconds(5))
      }
    }
  }

  @Test("the job of a process that died is done by another when its lease is over (R12)")
  func takeOver() async throws {
    try await ServerProcess.with(1, .work) { database, _ in
      let done = "select count(*) from worker_leases where job = 'purgeTokens' and last_succeeded_at is not null"
      #expect(try await Self.eventually("1") { try database.admin(done) })
      let end = try database.admin("select (now() + interval '3 s')::timestamptz(3)")
      try database.admin(
        """
        update worker_leases
        set holder = gen_random_uuid(), leased_until = '\(end)', next_run_at = now(), last_succeeded_at = null
        where job = 'purgeTokens'
        """)
      #expect(try await Self.eventually("1") { try database.admin(done) })
      #expect(
        try database.admin("select last_started_at >= '\(end)' from worker_leases where job = 'purgeTokens'") == "t")
    }
  }
}
