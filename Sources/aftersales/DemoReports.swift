import Domain
import FoundationEssentials
import Services

/// The reports of the demo: what the last days came to, issued when the demo is loaded, and one about a station.
struct DemoReports {
  private let services: Composition
  private let ground: DemoGround
  private let now: Timestamp

  init(_ services: Composition, _ ground: DemoGround, now: Timestamp) {
    self.services = services
    self.ground = ground
    self.now = now
  }

  func load() async throws {
    let today = ReportPeriod.day(of: now).daysSinceEpoch
    let desk = try demoValue(ground.headquarters[.hqService], "nobody in the service department")
    var last: IssuedReport.ID?
    for ago in (1...3).reversed() {
      let day = ReportPeriod(day: CalendarDate(daysSinceEpoch: today - Int64(ago)))
      for name in ReportName.allCases where ReportDefinition.of(name).isDaily {
        last = try await issue(name, day, station: nil, by: desk) ?? last
      }
    }
    for name in ReportName.allCases {
      guard let rhythm = ReportDefinition.of(name).rhythm, rhythm != .daily else { continue }
      _ = try await issue(name, rhythm.lastPeriod(before: ReportPeriod.day(of: now)), station: nil, by: desk)
    }
    if let last { try await read(last, by: desk) }
    let month = ReportPeriod(
      from: CalendarDate(daysSinceEpoch: today - 30), before: CalendarDate(daysSinceEpoch: today))
    // Of the station that has somebody to read it, by name, so that a repeated load finds the same.
    let led = ground.stations.sorted { $0.key < $1.key }.first { ground.staff[$0.value]?[.stServiceManager] != nil }
    guard let month, let station = led?.value,
      let report = try await issue(.workOrderThroughput, month, station: station, by: desk)
    else { return }
    try await read(report, by: try ground.person(.stServiceManager, at: station))
  }

  /// - Returns: `nil` where a server that runs already was faster.
  private func issue(
    _ name: ReportName, _ period: ReportPeriod, station: Station.ID?, by caller: Caller
  ) async throws -> IssuedReport.ID? {
    let draft = IssuedReportDraft(name: name, stationID: station, period: period, recipients: [])
    do {
      return try DemoWriter.identity(
        await services.issuedReports.issue(
          draft,
          DemoWriter.command(caller, "report-\(name.rawValue)-\(period.from)", at: now) { $0.id.description }))
    } catch Refusal.conflict(code: "report-issued", detail: _) {
      return nil
    }
  }

  private func read(_ report: IssuedReport.ID, by caller: Caller) async throws {
    _ = try await services.issuedReports.read(
      .id(report), DemoWriter.command(caller, "report-\(report)-read", at: now) { $0.id.description })
  }
}
