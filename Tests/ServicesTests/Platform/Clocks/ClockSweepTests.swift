import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

@Suite("Clocks under several instances", .timeLimit(.minutes(20))) struct ClockSweepTests {
  private static let rule = DeadlineRule(
    span: .elapsed(opens: nil, closes: 1_800), warnBeforeSeconds: nil,
    ladder: [DeadlineRule.Step(afterSeconds: 0, role: .stServiceManager)])

  /// A thousand clocks of one station that fall due half an hour from now.
  private func fill(_ database: Database, _ count: Int, at now: Timestamp) async throws {
    let network = try await TestNetwork(in: database, at: now)
    try await database.write(.system) { tx in
      for place in 0..<count {
        let clock = Clock.started(
          .repairCallResponse, of: ClockSubject(.workOrder, UUID.version7(at: now), number: "WO-\(place)"),
          at: network.station,
          ClockEntry.Terms(rule: Self.rule, policyVersion: "clocks@0", calendar: .standard), in: .standard,
          by: .system, at: now)
        for statement in ClockRepository.save(clock, over: nil) { tx.enqueue(statement) }
      }
    }
  }

  private func expectOnce(_ instance: TestInstance, _ count: Int) throws {
    #expect(try instance.admin("select count(*) from events where type = 'clock.breached'") == "\(count)")
    #expect(
      try instance.admin("select count(distinct subject_id) from events where type = 'clock.breached'") == "\(count)")
    #expect(try instance.admin("select count(*) from events where type = 'clock.escalated'") == "\(count)")
    #expect(try instance.admin("select count(*) from clock_entries where kind = 'breached'") == "\(count)")
    #expect(try instance.admin("select count(*) from clocks where state = 'breached'") == "\(count)")
    #expect(try instance.admin("select count(*) from clocks where attention_at is not null") == "0")
  }

  @Test("three instances that sweep at the same time find each of a thousand breaches once (domain.md 4)")
  func sweepers() async throws {
    try await withTestDatabases(3) { instances in
      let time = ManualClock()
      try await fill(instances[0].database, 1_000, at: time.now)
      time.advance(seconds: 1_801)
      let now = time.now
      let shares = try await withThrowingTaskGroup(of: Int.self) { group in
        for instance in instances {
          group.addTask {
            // Without the lease, which would let only one at a time.
            var found = 0
            while true {
              let step = try await instance.database.write(.system) {
                try await ClockSweepService.advance(at: now, in: $0)
              }
              if step == 0 { return found }
              found += step
            }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(shares.reduce(0, +) == 1_000)
      // They did share the work.
      #expect(shares.filter { $0 > 0 }.count > 1, "\(shares)")
      try expectOnce(instances[0], 1_000)
    }
  }

  @Test("an instance that meets a clock while another sweeps it leaves one breach, whoever is first")
  func meetingRace() async throws {
    try await withTestDatabases(2) { instances in
      let time = ManualClock()
      try await fill(instances[0].database, 50, at: time.now)
      time.advance(seconds: 1_801)
      let now = time.now
      let ids = try instances[0].admin("select id from clocks order by id").split(separator: "\n").compactMap {
        Clock.ID($0)
      }
      async let swept: Void = {
        while try await instances[0].database.write(
          .system, { try await ClockSweepService.advance(at: now, in: $0) }) > 0
        {}
      }()
      async let met: Void = {
        for id in ids {
          try await instances[1].database.write(.system) { tx in
            let selection = ClockRepository.Selection.these([id])
            let (headers, lines, calendars) = try await tx.run(
              ClockRepository.lock(selection, in: .network), ClockRepository.lines(selection, in: .network),
              ClockRepository.calendars(selection, in: .network))
            for before in try ClockRepository.assemble(headers, lines, calendars) {
              let after = try before.met(by: .system, at: now)
              for statement in ClockRepository.save(after, over: before) { tx.enqueue(statement) }
            }
          }
        }
      }()
      _ = try await (swept, met)
      #expect(try instances[0].admin("select count(*) from clock_entries where kind = 'breached'") == "50")
      #expect(try instances[0].admin("select count(*) from clock_entries where kind = 'met'") == "50")
      #expect(
        try instances[0].admin("select count(*) from clocks where state = 'breached' and met_at is not null") == "50")
    }
  }
}
