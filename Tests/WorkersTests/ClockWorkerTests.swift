import Domain
import FoundationEssentials
import Services
import TestSupport
import Testing

@testable import Workers

@Suite("Clocks under several workers", .timeLimit(.minutes(20))) struct ClockWorkerTests {
  @Test("three workers on one database do the same under the lease (R12)")
  func workers() async throws {
    try await withTestDatabases(3) { instances in
      let time = ManualClock()
      let network = try await TestNetwork(in: instances[0].database, at: time.now)
      let command: Command<Bool> = network.everything.command(at: time.now)
      let book = ClockBook(PolicyBook())
      _ = try await UnitOfWork(instances[0].database, clock: time.wall).perform(command, nil) { tx in
        for place in 0..<1_000 {
          let subject = ClockSubject(.workOrder, UUID.version7(at: time.now), number: "WO-\(place)")
          try await book.start(
            [.init(.repairCallResponse)], on: .init(subject, at: network.station), command, in: tx)
        }
        return true
      }
      time.advance(seconds: 1_801)
      let workers = instances.map { instance in
        let leases = WorkerLeaseService(instance.database, clock: time.wall)
        return Worker(
          .clocks(ClockSweepService(leases, clock: time.wall)), leases: leases, gauges: WorkerGauges(),
          surroundings: Worker.Surroundings(
            pause: { _ in try await Task.sleep(for: .seconds(3600)) }, random: { 0.5 }),
          logger: .silent)
      }
      try await WorkerLeaseService(instances[0].database, clock: time.wall)
        .register(["advanceClocks", "recountClocks"])
      let outcomes = try await withThrowingTaskGroup(of: [Worker.Outcome].self) { group in
        for worker in workers {
          group.addTask {
            var outcomes: [Worker.Outcome] = []
            while true {
              let outcome = try await worker.runDueJob()
              if outcome == .nothingDue { return outcomes }
              outcomes.append(outcome)
            }
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(Set(outcomes) == [.succeeded(job: "advanceClocks"), .succeeded(job: "recountClocks")])
      for (what, count) in [
        ("events where type = 'clock.breached'", 1_000), ("events where type = 'clock.escalated'", 1_000),
        ("clock_entries where kind = 'breached'", 1_000), ("clocks where state = 'breached'", 1_000),
        ("clocks where state = 'running'", 0),
      ] { #expect(try instances[0].admin("select count(*) from \(what)") == "\(count)", "\(what)") }
      #expect(
        try instances[0].admin("select count(distinct subject_id) from events where type = 'clock.breached'") == "1000")
    }
  }
}
