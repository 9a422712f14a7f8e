import Domain
import FoundationEssentials
import Services
import Synchronization
import TestSupport
import Testing

@testable import Workers

@Suite("Background jobs") struct WorkerTests {
  /// Two instances of the product on one database, with one clock.
  private struct Bench {
    let time: ManualClock
    let leases: [WorkerLeaseService]

    func worker(_ instance: Int, _ jobs: [Job], gauges: WorkerGauges = WorkerGauges()) -> Worker {
      Worker(
        jobs, leases: leases[instance], gauges: gauges,
        // Nothing beats and nothing is spread, unless a test says so.
        surroundings: Worker.Surroundings(
          pause: { _ in try await Task.sleep(for: .seconds(3600)) }, random: { 0.5 }),
        logger: .silent)
    }

    func status(_ job: String) async throws -> WorkerStatus? {
      try await leases[0].statuses().first { $0.job == job }
    }

    static func with(_ body: (Bench) async throws -> Void) async throws {
      try await withTestDatabases(2) { instances in
        let time = ManualClock()
        try await body(
          Bench(time: time, leases: instances.map { WorkerLeaseService($0.database, clock: time.wall) }))
      }
    }
  }

  @Test("two instances that look at once: one works (R12)")
  func onlyOne() async throws {
    try await Bench.with { bench in
      try await bench.leases[0].register(["tidy"])
      let count = Mutex(0)
      let job = Job("tidy", everySeconds: 60) { lease in
        try await bench.leases[0].step(under: lease) { _ in count.withLock { $0 += 1 } }
        return false
      }
      for round in 1...20 {
        async let first = bench.worker(0, [job]).runDueJob()
        async let second = bench.worker(1, [job]).runDueJob()
        let outcomes = try await [first, second]
        #expect(outcomes.filter { $0 == .succeeded(job: "tidy") }.count == 1)
        #expect(outcomes.filter { $0 == .nothingDue }.count == 1)
        #expect(count.withLock { $0 } == round)
        bench.time.advance(seconds: 60)
      }
    }
  }

  @Test("a job runs again when its interval is over, not before")
  func interval() async throws {
    try await Bench.with { bench in
      try await bench.leases[0].register(["tidy"])
      let worker = bench.worker(0, [Job("tidy", everySeconds: 60) { _ in false }])
      #expect(try await worker.runDueJob() == .succeeded(job: "tidy"))
      bench.time.advance(seconds: 59)
      #expect(try await worker.runDueJob() == .nothingDue)
      bench.time.advance(seconds: 1)
      #expect(try await worker.runDueJob() == .succeeded(job: "tidy"))
      #expect(try await bench.status("tidy")?.lastSucceededAt == bench.time.now)
    }
  }

  @Test(
    "the job of an instance that died is taken over after the lease, and what the dead one still does has no effect (R12)"
  )
  func orphan() async throws {
    try await Bench.with { bench in
      try await bench.leases[0].register(["tidy"])
      let dead = try #require(try await bench.leases[0].acquire(["tidy"], holder: UUID()))
      let worker = bench.worker(1, [Job("tidy", everySeconds: 60) { _ in false }])
      bench.time.advance(seconds: WorkerLeaseService.duration - 1)
      #expect(try await worker.runDueJob() == .nothingDue)
      bench.time.advance(seconds: 1)
      let rescuer = try #require(try await bench.leases[1].acquire(["tidy"], holder: UUID()))
      #expect(try await bench.leases[0].renew(dead) == false)
      let touched = Mutex(false)
      await #expect(throws: WorkerLeaseLost.self) {
        try await bench.leases[0].step(under: dead) { tx in
          touched.withLock { $0 = true }
          _ = tx
        }
      }
      try await bench.leases[0].succeed(dead, nextRunAfter: 3600)
      #expect(try await bench.status("tidy")?.isRunning == true)
      #expect(try await bench.leases[1].renew(rescuer))
    }
  }

  @Test("a lease that is kept outlives its first duration")
  func heartbeat() async throws {
    try await Bench.with { bench in
      try await bench.leases[0].register(["tidy"])
      let lease = try #require(try await bench.leases[0].acquire(["tidy"], holder: UUID()))
      for _ in 0..<6 {
        bench.time.advance(seconds: 5)
        #expect(try await bench.leases[0].renew(lease))
        #expect(try await bench.leases[1].acquire(["tidy"], holder: UUID()) == nil)
      }
    }
  }

  @Test("while a step takes its time the worker keeps the lease", .timeLimit(.minutes(1)))
  func keepsLease() async throws {
    try await Bench.with { bench in
      try await bench.leases[0].register(["slow"])
      let (beats, beat) = AsyncStream.makeStream(of: Void.self)
      let (pauses, pausing) = AsyncStream.makeStream(of: Void.self)
      let (steps, finishStep) = AsyncStream.makeStream(of: Void.self)
      let worker = Worker(
        [
          Job("slow", everySeconds: 60) { _ in
            for await _ in steps { return false }
            return false
          }
        ],
        leases: bench.leases[0], gauges: WorkerGauges(),
        surroundings: Worker.Surroundings(
          pause: { _ in
            pausing.yield()
            for await _ in beats { return }
          }, random: { 0.5 }),
        logger: .silent)
      async let outcome = worker.runDueJob()
      var pause = pauses.makeAsyncIterator()
      _ = await pause.next()
      for _ in 0..<4 {
        bench.time.advance(seconds: WorkerLeaseService.duration - 1)
        beat.yield()
        // It pauses again when it has renewed.
        _ = await pause.next()
        #expect(try await bench.leases[1].acquire(["slow"], holder: UUID()) == nil)
      }
      finishStep.yield()
      #expect(try await outcome == .succeeded(job: "slow"))
    }
  }

  @Test("idempotency keys live for 24 hours, expired tokens not at all (C-19, C-24)")
  func purge() async throws {
    try await withTestDatabases(1) { instances in
      let time = ManualClock()
      let leases = WorkerLeaseService(instances[0].database, clock: time.wall)
      let service = HousekeepingService(leases, clock: time.wall)
      let day = HousekeepingService.idempotencyKeySeconds
      // More than one step of old ones, and one that just counts.
      try instances[0].admin(
        """
        insert into idempotency_keys (subject_id, operation, key, fingerprint, status, headers, body, created_at)
        select gen_random_uuid(), 'POST /v1/things', 'key-0000000000000', '', 201, '{}', '', age
        from (
          select timestamptz '\(time.now.adding(seconds: -day - 1))' as age from generate_series(1, 1500)
          union all
          select timestamptz '\(time.now.adding(seconds: -day))'
        ) ages;
        insert into tokens (id, hash, kind, family_id, name, roles, issued_at, expires_at)
        select gen_random_uuid(), sha256(life::text::bytea), 'access', gen_random_uuid(), 'test', '{hqService}',
          timestamptz '\(time.now)' - interval '1 hour', timestamptz '\(time.now)' + life * interval '1 second'
        from unnest(array[-1, 0, 1]) as life
        """)
      let jobs = [Job].housekeeping(service)
      try await leases.register(jobs.map(\.name))
      let worker = Worker(jobs, leases: leases, gauges: WorkerGauges(), logger: .silent)
      while try await worker.runDueJob() != .nothingDue {}
      #expect(try instances[0].admin("select count(*) from idempotency_keys") == "1")
      #expect(try instances[0].admin("select count(*) from tokens") == "2")
    }
  }

  @Test("a job that fails waits longer every time, and success forgets it")
  func failures() async throws {
    struct Trouble: Error {}
    try await Bench.with { bench in
      try await bench.leases[0].register(["tidy"])
      let failing = bench.worker(0, [Job("tidy", everySeconds: 60) { _ in throw Trouble() }])
      for wait in [5, 10, 20, 40] as [Int64] {
        #expect(try await failing.runDueJob() == .failed(job: "tidy"))
        bench.time.advance(seconds: wait - 1)
        #expect(try await failing.runDueJob() == .nothingDue)
        bench.time.advance(seconds: 1)
      }
      #expect(try await bench.status("tidy")?.failures == 4)
      #expect(try await bench.worker(1, [Job("tidy", everySeconds: 60) { _ in false }]).runDueJob() != .nothingDue)
      #expect(try await bench.status("tidy")?.failures == 0)
    }
  }

  @Test("jobs of a newer release, which this one does not know, are left alone")
  func unknownJobs() async throws {
    try await Bench.with { bench in
      try await bench.leases[0].register(["fromTheFuture"])
      #expect(try await bench.worker(0, [Job("tidy", everySeconds: 60) { _ in false }]).runDueJob() == .nothingDue)
    }
  }

  @Test("the cleaning jobs succeed on an empty database and the gauges show it")
  func housekeeping() async throws {
    try await Bench.with { bench in
      let service = HousekeepingService(bench.leases[0], clock: bench.time.wall)
      let gauges = WorkerGauges()
      let worker = bench.worker(0, .housekeeping(service), gauges: gauges)
      try await bench.leases[0].register(["purgeIdempotencyKeys", "purgeLoginFailures", "purgeTokens"])
      var done: Set<String> = []
      while case .succeeded(let job) = try await worker.runDueJob() { done.insert(job) }
      #expect(done == ["purgeIdempotencyKeys", "purgeLoginFailures", "purgeTokens"])
      gauges.update(try await bench.leases[0].statuses())
      let now = Double(bench.time.now.milliseconds) / 1000
      #expect(gauges.lastSuccess == ["purgeIdempotencyKeys": now, "purgeLoginFailures": now, "purgeTokens": now])
      #expect(gauges.failures["purgeTokens"] == 0)
    }
  }
}
