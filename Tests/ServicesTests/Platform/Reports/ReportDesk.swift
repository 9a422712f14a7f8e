import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport

/// Requests and the reports about them, on one database with one clock.
struct ReportDesk: Sendable {
  let requests: RequestDesk
  let reports: ReportService
  let issued: IssuedReportService

  static func with(_ body: @Sendable (ReportDesk) async throws -> Void) async throws {
    try await RequestDesk.with { requests in
      let work = UnitOfWork(requests.test.database, clock: requests.clock.wall)
      let reports = ReportService(work, policies: PolicyBook())
      try await body(
        ReportDesk(
          requests: requests, reports: reports,
          issued: IssuedReportService(work, reports: reports, press: press)))
    }
  }

  /// One line a row, so that what is stored tells what was counted.
  static let press = ReportPress { report, format in
    Array("\(format.rawValue)\n\(report.rows.map { "\($0)" }.joined(separator: "\n"))\n".utf8)
  }

  var clock: ManualClock { requests.clock }
  var today: CalendarDate { ReportPeriod.day(of: clock.now) }

  func yesterday() -> ReportPeriod { ReportPeriod(day: CalendarDate(daysSinceEpoch: today.daysSinceEpoch - 1)) }

  func issue(
    _ name: ReportName, _ period: ReportPeriod, station: Station.ID? = nil, _ recipients: [ReportRecipient] = [],
    as caller: Caller? = nil
  ) async throws -> IssuedReport {
    let box = Box<IssuedReport>()
    _ = try await issued.issue(
      IssuedReportDraft(name: name, stationID: station, period: period, recipients: recipients),
      (caller ?? requests.hotline).command(at: clock.now) { report in
        box.value = report
        return Answer(status: 201)
      })
    guard let report = box.value else { throw Failure.internal(reference: "no report was presented") }
    return report
  }

  func text(_ report: IssuedReport, _ format: ReportFormat = .json, as caller: Caller? = nil) async throws -> String {
    let found = try await issued.content(format, of: .id(report.id), caller ?? requests.hotline)
    return String(decoding: found.bytes, as: UTF8.self)
  }
}
