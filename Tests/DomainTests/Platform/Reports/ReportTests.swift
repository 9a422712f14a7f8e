import Domain
import Testing

@Suite("Reports") struct ReportTests {
  private func date(_ text: String) throws -> CalendarDate { try #require(CalendarDate(text)) }

  @Test("a day is the calendar day in China, from midnight to midnight (D-03, T-21)")
  func day() throws {
    let period = ReportPeriod(day: try date("2026-03-09"))
    #expect(period.start == Timestamp("2026-03-08T16:00:00Z") && period.end == Timestamp("2026-03-09T16:00:00Z"))
    #expect(ReportPeriod.day(of: period.start) == period.from)
    #expect(ReportPeriod.day(of: Timestamp(milliseconds: period.start.milliseconds - 1)) == (try date("2026-03-08")))
    #expect(ReportPeriod.day(of: period.end) == period.before && period.days == 1)
    // Before 1970 the division must not turn round.
    #expect(ReportPeriod.day(of: Timestamp(milliseconds: -1)) == (try date("1970-01-01")))
    #expect(ReportPeriod.day(of: Timestamp(milliseconds: -28_800_001)) == (try date("1969-12-31")))
  }

  @Test("a period has a day at least")
  func order() throws {
    #expect(ReportPeriod(from: try date("2026-03-09"), before: try date("2026-03-09")) == nil)
    #expect(ReportPeriod(from: try date("2026-03-09"), before: try date("2026-03-08")) == nil)
    #expect(ReportPeriod(from: try date("2026-02-27"), before: try date("2026-03-01"))?.days == 2)
  }

  @Test("every definition can be shown: names are unique, figures and charts name columns that are there")
  func definitions() {
    for name in ReportName.allCases {
      let definition = ReportDefinition.of(name)
      let columns = definition.columns.map(\.name)
      #expect(definition.name == name && Set(columns).count == columns.count)
      #expect(Set(definition.figures.map(\.name)).count == definition.figures.count)
      // A figure that names no column counts nothing, whatever the rows: each must count the row that it is about.
      let row = definition.columns.map { column -> ReportValue in
        switch column.kind {
        case .integer: .integer(1)
        case .percent: .percent(tenths: 1)
        case .instant: .instant(Timestamp(milliseconds: 0))
        case .boolean: .boolean(true)
        case .text: .text("x")
        }
      }
      let report = Report(
        name: name, coverage: .init(stationID: nil, stations: nil), period: nil, asOf: Timestamp(milliseconds: 0),
        policyVersions: [], rows: [row, row])
      for figure in report.figures where columns.contains(figure.name) && definition.chart != nil {
        #expect(figure.value == 2, "\(name) \(figure.name)")
      }
      if let chart = definition.chart {
        #expect(Set(chart.labels + [chart.value]).isSubset(of: columns), "\(name)")
      }
      #expect(definition.isIssued == (definition.span != .instant))
      #expect(!definition.isDaily || definition.isIssued)
      for role in definition.recipients { #expect(role.permissions.contains(.reportsRead), "\(role)") }
    }
    #expect(ReportDefinition.stationRecipients.allSatisfy { $0.permissions.contains(.reportsRead) })
  }

  @Test("figures count by value, by presence and by sum")
  func figures() {
    let definition = ReportDefinition.of(.hotlineDaily)
    func row(_ values: [String: ReportValue]) -> [ReportValue] { definition.columns.map { values[$0.name] ?? .null } }
    let report = Report(
      name: .hotlineDaily, coverage: .init(stationID: nil, stations: nil), period: nil,
      asOf: Timestamp(milliseconds: 0), policyVersions: [],
      rows: [
        row(["section": .text("received"), "kind": .text("repair"), "inTime": .boolean(true), "open": .boolean(true)]),
        row(["section": .text("received"), "kind": .text("rescue"), "inTime": .boolean(false)]),
        row([
          "section": .text("carriedOver"), "kind": .text("repair"),
          "customerToldAt": .instant(Timestamp(milliseconds: 1)),
        ]),
      ])
    let figures = Dictionary(uniqueKeysWithValues: report.figures.map { ($0.name, $0.value) })
    #expect(figures["received"] == 2 && figures["carriedOver"] == 1 && figures["repair"] == 1 && figures["rescue"] == 1)
    #expect(figures["answeredInTime"] == 1 && figures["answeredLate"] == 1 && figures["customersTold"] == 1)
    #expect(figures["open"] == 1 && figures["closed"] == 0)
  }

  @Test("a report is issued for a period that is over, for recipients who see it (CALL-08)")
  func drafts() throws {
    let day = ReportPeriod(day: try date("2026-03-09"))
    let station = Station.ID.new(at: day.end)
    func check(
      _ name: ReportName, _ period: ReportPeriod, at instant: Timestamp, _ recipients: [ReportRecipient] = [],
      station: Station.ID? = nil
    ) throws(Refusal) -> [ReportRecipient] {
      try IssuedReportDraft(name: name, stationID: station, period: period, recipients: recipients)
        .validated(at: instant)
    }
    let month = try #require(ReportPeriod(from: try date("2026-03-01"), before: try date("2026-04-01")))
    #expect(
      try check(.hotlineDaily, day, at: day.end)
        == [.role(.hqService), .role(.hqServiceHead), .role(.hqExec), .role(.callCentre)])
    #expect(
      try check(.hotlineDaily, day, at: day.end, station: station) == [.role(.stHead), .role(.stServiceManager)])
    #expect(try check(.responseSpeed, month, at: month.end, [.role(.hqExec)]) == [.role(.hqExec)])
    func pointer(_ body: () throws(Refusal) -> [ReportRecipient]) -> String? {
      do {
        _ = try body()
        return nil
      } catch {
        if case .invalid(let violations) = error { return violations.first?.pointer }
        return "\(error)"
      }
    }
    #expect(
      pointer { () throws(Refusal) in
        try check(.hotlineDaily, day, at: Timestamp(milliseconds: day.end.milliseconds - 1))
      } == "#/dateFrom")
    #expect(pointer { () throws(Refusal) in try check(.hotlineDaily, month, at: month.end) } == "#/dateBefore")
    #expect(pointer { () throws(Refusal) in try check(.backlog, day, at: day.end) } == "#/report")
    #expect(
      pointer { () throws(Refusal) in try check(.hotlineDaily, day, at: day.end, [.role(.stTechnician)]) }
        == "#/recipients/0/role")
    #expect(
      pointer { () throws(Refusal) in try check(.hotlineDaily, day, at: day.end, [.role(.stHead)]) }
        == "#/recipients/0/role")
    #expect(
      pointer { () throws(Refusal) in try check(.hotlineDaily, day, at: day.end, [.station(station)]) }
        == "#/recipients/0/stationId")
    #expect(
      pointer { () throws(Refusal) in
        try check(.hotlineDaily, day, at: day.end, [.role(.hqExec), .role(.hqExec)])
      } == "#/recipients/1")
  }
}
