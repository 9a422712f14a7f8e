import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

@testable import Workers

@Suite("The daily reports") struct ReportScheduleTests {
  private static let press = ReportPress { report, format in Array("\(format) \(report.rows.count)".utf8) }

  private func schedule(_ instance: TestInstance, _ time: ManualClock) -> ReportSchedule {
    ReportSchedule(
      WorkerLeaseService(instance.database, clock: time.wall), reports: issuing(instance, time), clock: time.wall)
  }

  private func issuing(_ instance: TestInstance, _ time: ManualClock) -> IssuedReportService {
    let work = UnitOfWork(instance.database, clock: time.wall)
    return IssuedReportService(work, reports: ReportService(work, policies: PolicyBook()), press: Self.press)
  }

  @Test("each is issued once a calendar day in China, whichever of several instances finds it due (T-21, CALL-08)")
  func once() async throws {
    try await withTestDatabases(2) { instances in
      // Half past eleven in the evening in China, then half past midnight.
      let time = ManualClock(try #require(Timestamp("2026-03-09T15:30:00Z")))
      let leases = instances.map { WorkerLeaseService($0.database, clock: time.wall) }
      try await leases[0].register(["issueReports"])
      func run(_ place: Int) async throws {
        let lease = try #require(try await leases[place].acquire(["issueReports"], holder: UUID()))
        while try await schedule(instances[place], time).issue(under: lease) {}
        try await leases[place].succeed(lease, nextRunAfter: 1)
        time.advance(seconds: 2)
      }
      func days() throws -> String {
        try instances[0].admin(
          "select string_agg(report || ' ' || period_from, ',' order by report, period_from) from issued_reports "
            + "where report in ('hotlineDaily', 'mailRegister')")
      }
      try await run(0)
      #expect(try days() == "hotlineDaily 2026-03-08,mailRegister 2026-03-08")
      try await run(1)
      #expect(try days() == "hotlineDaily 2026-03-08,mailRegister 2026-03-08")
      time.advance(seconds: 3_600)
      try await run(1)
      try await run(0)
      #expect(
        try days()
          == "hotlineDaily 2026-03-08,hotlineDaily 2026-03-09,mailRegister 2026-03-08,mailRegister 2026-03-09")
      #expect(
        try instances[0].admin(
          "select count(distinct e.subject_id), count(*), min(e.actor_kind) from events e where type = 'issuedReport.issued'"
        ) == "11|11|system")
      #expect(
        try instances[0].admin("select bool_and(origin = 'schedule' and station_id is null) from issued_reports")
          == "t")
    }
  }

  @Test("the weekly summary is of Monday to Sunday, the monthly statistics of the calendar month (QI-31, QI-33)")
  func rhythms() async throws {
    try await withTestDatabases(1) { instances in
      // A Sunday in China, then the Monday behind it; the first of the next month last.
      let time = ManualClock(try #require(Timestamp("2026-03-07T17:00:00Z")))
      let leases = WorkerLeaseService(instances[0].database, clock: time.wall)
      try await leases.register(["issueReports"])
      for seconds in [86_400, 23 * 86_400, 1] as [Int64] {
        let lease = try #require(try await leases.acquire(["issueReports"], holder: UUID()))
        while try await schedule(instances[0], time).issue(under: lease) {}
        try await leases.succeed(lease, nextRunAfter: 1)
        time.advance(seconds: seconds)
      }
      func periods(_ report: String) throws -> String {
        try instances[0].admin(
          "select string_agg(period_from || '/' || period_before, ',' order by period_from) from issued_reports "
            + "where report = '\(report)'")
      }
      #expect(
        try periods("qualityWeekly")
          == "2026-02-23/2026-03-02,2026-03-02/2026-03-09,2026-03-09/2026-03-16,2026-03-16/2026-03-23,2026-03-23/2026-03-30"
      )
      #expect(try periods("qualityMonthly") == "2026-02-01/2026-03-01,2026-03-01/2026-04-01")
    }
  }

  @Test("two instances that work on it at the same moment issue one report, past the lease too (R12)")
  func race() async throws {
    try await withTestDatabases(2) { instances in
      let time = ManualClock()
      let leases = WorkerLeaseService(instances[1].database, clock: time.wall)
      try await leases.register(["issueReports"])
      let lease = try #require(try await leases.acquire(["issueReports"], holder: UUID()))
      let period = ReportPeriod(day: CalendarDate(daysSinceEpoch: ReportPeriod.day(of: time.now).daysSinceEpoch - 1))
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 {
          // Without the lease, as an instance would that lost it and does not know.
          let reports = issuing(instances[0], time)
          group.addTask {
            _ = try? await reports.issue(
              IssuedReportDraft(name: .hotlineDaily, stationID: nil, period: period, recipients: []),
              Caller.system.command(at: time.now))
          }
        }
        while try await schedule(instances[1], time).issue(under: lease) {}
        try await group.waitForAll()
      }
      #expect(
        try instances[0].admin("select count(*) from issued_reports where report = 'hotlineDaily'") == "1")
      let told = try instances[0].admin("select count(*) from events where type = 'issuedReport.issued'")
      let issued = try instances[0].admin("select count(*) from issued_reports")
      #expect(told == issued)
    }
  }

  @Test("a product that stood catches up, the oldest day first, but not on more than a month")
  func catchUp() async throws {
    try await withTestDatabases(1) { instances in
      let time = ManualClock(try #require(Timestamp("2026-03-01T00:30:00Z")))
      let leases = WorkerLeaseService(instances[0].database, clock: time.wall)
      try await leases.register(["issueReports"])
      func run() async throws {
        let lease = try #require(try await leases.acquire(["issueReports"], holder: UUID()))
        while try await schedule(instances[0], time).issue(under: lease) {}
        try await leases.succeed(lease, nextRunAfter: 1)
      }
      try await run()
      time.advance(seconds: 3 * 86_400)
      try await run()
      func days() throws -> String {
        try instances[0].admin(
          "select string_agg(period_from::text, ',' order by number) from issued_reports where report = 'mailRegister'")
      }
      #expect(try days() == "2026-02-28,2026-03-01,2026-03-02,2026-03-03")
      // What somebody issued by hand is not issued again, and hides no day before it.
      time.advance(seconds: 3 * 86_400)
      let byHand = try #require(CalendarDate("2026-03-06"))
      _ = try await issuing(instances[0], time).issue(
        IssuedReportDraft(
          name: .mailRegister, stationID: nil, period: ReportPeriod(day: byHand), recipients: []),
        Caller.system.command(at: time.now))
      try await run()
      #expect(try days() == "2026-02-28,2026-03-01,2026-03-02,2026-03-03,2026-03-06,2026-03-04,2026-03-05")
      time.advance(seconds: 90 * 86_400)
      try await run()
      #expect(try days().split(separator: ",").count == 7 + 31)
    }
  }
}
