import Domain
import Testing

/// What makes a signal, and what of a public record is taken (A11).
@Suite("Early warning") struct EarlyWarningTests {
  private static let rule = EarlyWarningRule.pattern

  private static func finding(
    score: Int64 = 600, before: Int64 = 0, after: Int64 = 0, reports: Int = 6, recent: Int64 = 600, former: Int64 = 0,
    deaths: Int = 0, expected: Int64? = nil
  ) -> EarlyWarningFinding {
    EarlyWarningFinding(
      cell: EarlyWarningCell(make: "HUACHI", model: "X5", component: "ENGINE"), modelYear: 2025,
      figures: EarlyWarningFigures(
        reports: reports, likeReports: 5, crashes: 0, fires: 2, injured: 0, deaths: deaths, score: score,
        scoreBefore: before, scoreAfter: after, recent: recent, former: former, expected: expected), sources: [],
      rule: rule)
  }

  @Test(
    "the level is 1 at the threshold and one more for each multiple of the factor (A11)",
    arguments: [(0, 0), (499, 0), (500, 1), (999, 1), (1000, 2), (1999, 2), (2000, 3), (4000, 4)] as [(Int64, Int)])
  func levels(_ score: Int64, _ level: Int) {
    #expect(EarlyWarningFinding.level(of: score, by: Self.rule) == level)
    #expect(Self.finding(score: score).level == level)
  }

  @Test("too few reports never warn, nor does what is no faster than the months before (A11)")
  func conditions() {
    #expect(Self.finding().meets(Self.rule))
    #expect(!Self.finding(score: 499).meets(Self.rule))
    #expect(!Self.finding(reports: 2).meets(Self.rule) && Self.finding(reports: 3).meets(Self.rule))
    // Twice as many a day: 6.00 in 91 days against 12.03 in 365 of them.
    #expect(Self.finding(recent: 600, former: 1203).meets(Self.rule))
    #expect(!Self.finding(recent: 600, former: 1204).meets(Self.rule))
  }

  @Test(
    "a new vehicle warns from the lower threshold on where the fleet leads to expect far less, as level 1 (A11)",
    arguments: [
      (225, 5, 83, 1), (225, 5, 84, 0), (224, 5, 83, 0), (225, 4, 10, 0), (499, 6, 100, 1), (499, 6, 101, 0),
      (500, 6, 900, 1), (1000, 6, 10, 2), (225, 5, 0, 1), (225, 5, nil, 0),
    ] as [(Int64, Int, Int64?, Int)])
  func newVehicle(_ score: Int64, _ reports: Int, _ expected: Int64?, _ level: Int) {
    let finding = Self.finding(score: score, reports: reports, expected: expected)
    #expect(finding.level == level && finding.meets(Self.rule) == (level > 0))
    // It must be faster than its past all the same.
    #expect(!Self.finding(score: score, reports: reports, former: 1204, expected: expected).meets(Self.rule))
  }

  @Test("the sentence of a new vehicle says what was to be expected (A11)")
  func expectation() {
    let finding = Self.finding(score: 250, reports: 5, recent: 302, expected: 66)
    #expect(
      finding.sentence(modelYears: 2025...2025, rule: Self.rule)
        == "HUACHI X5 2025, ENGINE: 5 reports of model year 2025 in 365 days, 5 of them of one fault (2 with fire); "
        + "weighed 2.50 of a new vehicle, where 0.66 reports were to be expected (level 1); 3.02 in the last 91 days, "
        + "0.00 in the 12 months before.")
    #expect(EarlyWarningFigures(finding.figures.value) == finding.figures)
  }

  @Test("adjacent model years that are conspicuous together are one signal, without those that are silent (A11)")
  func years() {
    #expect(Self.finding(before: 179, after: 179).modelYears(Self.rule, silent: []) == 2025...2025)
    #expect(Self.finding(before: 180).modelYears(Self.rule, silent: []) == 2024...2025)
    #expect(Self.finding(before: 180, after: 180).modelYears(Self.rule, silent: []) == 2024...2026)
    #expect(Self.finding(before: 180, after: 180).modelYears(Self.rule, silent: [2024]) == 2025...2026)
    #expect(Self.finding(before: 180, after: 180).modelYears(Self.rule, silent: [2025]) == nil)
  }

  @Test("a signal says what happened in a plain sentence with its numbers (A11)")
  func sentence() {
    #expect(
      Self.finding(former: 110, deaths: 1).sentence(modelYears: 2024...2025, rule: Self.rule)
        == "HUACHI X5 2024–2025, ENGINE: 6 reports of model year 2025 in 365 days, 5 of them of one fault "
        + "(2 with fire, 1 killed); weighed 6.00 where 5.00 warns (level 1); 6.00 in the last 91 days, "
        + "1.10 in the 12 months before.")
  }

  @Test("a rule is kept with the signal as it was (A11)")
  func rule() {
    #expect(EarlyWarningRule(stored: Self.rule.value) == Self.rule)
    #expect(EarlyWarningFigures(Self.finding().figures.value) == Self.finding().figures)
  }

  @Test("a table with quotes, breaks and a byte order mark is read as it was written")
  func table() {
    let rows = CommaSeparated.records("\u{FEFF}a,b\r\n\"x \"\"y\"\",\nz\",2\r\n3,\n")
    #expect(rows == [["a": "x \"y\",\nz", "b": "2"], ["a": "3", "b": ""]])
    #expect(CommaSeparated.field("x \"y\", z") == "\"x \"\"y\"\", z\"" && CommaSeparated.field("plain") == "plain")
  }

  @Test("of a public record each number counts once, in the order of filing, up to the cut")
  func history() {
    func complaint(_ number: String, _ day: String, _ year: String = "2015") -> [String: String] {
      [
        "ODINumber": number, "DateComplaintFiled": day, "ModelYear": year, "Make": "Huachi", "Model": "x5",
        "Component": "ENGINE", "Summary": "stalls", "Crash": "No", "Fire": "Yes", "NumberOfInjured": "2",
        "NumberOfDeaths": "",
      ]
    }
    let rows = [
      complaint("2", "2020-01-02"), complaint("1", "2020-01-02"), complaint("3", "2020-01-01"),
      complaint("3", "2020-01-05"), complaint("4", "2020-02-01"), complaint("5", "2020-01-01", "unknown"),
    ]
    let recall = [
      "NHTSACampaignNumber": "20V1", "ReportReceivedDate": "2020-01-10", "Component": "ENGINE", "ModelYear": "2014",
      "Make": "HUACHI", "Model": "X5",
    ]
    let history = FieldHistory(complaints: rows, recalls: [recall], until: CalendarDate("2020-01-31"))
    #expect(history.complaints.map(\.filedOn.description) == ["2020-01-01", "2020-01-02", "2020-01-02"])
    #expect(history.complaints.allSatisfy { $0.fire && !$0.crash && $0.injured == 2 && $0.deaths == 0 })
    #expect(history.vehicles.map(\.modelYear) == [2014, 2015] && history.vehicles[0].make == "HUACHI")
    #expect(history.campaigns.map(\.knownOn.description) == ["2020-01-10"])
    #expect(FieldHistory(complaints: [], recalls: [recall], until: CalendarDate("2020-01-09")).campaigns.isEmpty)
  }

  @Test("every state of a signal takes every action exactly where the table says so (A11)")
  func lifecycle() {
    for state in EarlyWarning.State.allCases {
      let rows = EarlyWarningLifecycle.table.transitions.filter { $0.from.contains(state) }
      #expect(rows.map(\.action) == (state == .open ? [.acknowledge] : []))
    }
  }
}
