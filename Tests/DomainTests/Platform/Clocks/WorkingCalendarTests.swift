import Domain
import Testing

@Suite("Working calendars")
struct WorkingCalendarTests {
  private let china = WorkingCalendar.Content.standard

  private func time(_ text: String) -> Timestamp { ClockSamples.time(text) }

  private func date(_ text: String) throws -> CalendarDate { try #require(CalendarDate(text)) }

  @Test("a holiday is no working day, the Saturday worked for it is one (D-03)")
  func holidays() throws {
    #expect(china.hours(on: try date("2026-09-30")).isEmpty == false)
    for day in 1...7 { #expect(china.hours(on: try date("2026-10-0\(day)")).isEmpty, "\(day)") }
    #expect(china.hours(on: try date("2026-10-10")) == [WorkingCalendar.Period(from: 510, to: 1050)])
    #expect(china.hours(on: try date("2026-10-11")).isEmpty)
    #expect(china.exception(on: try date("2026-10-01"))?.name == "国庆节")
    #expect(china.exception(on: try date("2026-10-08")) == nil)
  }

  @Test("the standard calendar has the holidays of 2026: 33 days off, 6 days worked instead")
  func standard() {
    #expect(china.exceptions.filter { $0.kind == .holiday }.count == 33)
    #expect(china.exceptions.filter { $0.kind == .workingDay }.count == 6)
    #expect(china.violations().isEmpty)
    #expect(china.exceptions.map(\.date) == china.exceptions.map(\.date).sorted())
  }

  @Test(
    "working days skip weekends and holidays and take in days worked instead",
    arguments: [
      ("2026-09-30", 1, "2026-10-08"), ("2026-09-30", 2, "2026-10-09"), ("2026-09-30", 3, "2026-10-10"),
      ("2026-09-30", 4, "2026-10-12"), ("2026-11-20", 1, "2026-11-23"), ("2026-11-21", 1, "2026-11-23"),
      ("2026-11-21", 0, "2026-11-23"), ("2026-11-20", 0, "2026-11-20"), ("2026-02-13", 1, "2026-02-14"),
      ("2026-02-13", 2, "2026-02-24"),
    ])
  func workingDates(from: String, days: Int, expected: String) throws {
    #expect(china.workingDate(days, after: try date(from)) == (try date(expected)))
  }

  @Test("the days of a calendar begin at its own midnight, not at that of UTC (D-03)")
  func offset() throws {
    // 00:30 in Shanghai is still the day before in Greenwich.
    let night = try #require(Timestamp("2026-11-20T16:30:00Z"))
    #expect(china.date(of: night) == (try date("2026-11-21")))
    #expect(china.start(of: try date("2026-11-21")) == Timestamp("2026-11-20T16:00:00Z"))
    #expect(china.end(of: try date("2026-11-21")) == Timestamp("2026-11-21T15:59:59.999Z"))
    var utc = china
    utc.utcOffsetMinutes = 0
    #expect(utc.date(of: night) == (try date("2026-11-20")))
    // Before 1970 as well.
    #expect(china.date(of: try #require(Timestamp("1969-12-31T15:59:59.999Z"))) == (try date("1969-12-31")))
  }

  @Test("working time is the time inside the hours, over nights, weekends and holidays")
  func workingTime() {
    #expect(china.workingMilliseconds(from: time("2026-11-20 17:00"), to: time("2026-11-23 09:00")) == 3_600_000)
    #expect(china.workingMilliseconds(from: time("2026-11-23 09:00"), to: time("2026-11-20 17:00")) == 0)
    #expect(china.workingMilliseconds(from: time("2026-11-21 00:00"), to: time("2026-11-22 23:59")) == 0)
    #expect(china.adding(workingMilliseconds: 3_600_000, to: time("2026-11-20 17:00")) == time("2026-11-23 09:00"))
    #expect(china.adding(workingMilliseconds: 1, to: time("2026-09-30 17:30")) > time("2026-10-08 08:30"))
    #expect(china.adding(workingMilliseconds: 0, to: time("2026-10-03 12:00")) == time("2026-10-03 12:00"))
  }

  @Test("adding working time and measuring it are each other's inverse", arguments: 0..<200)
  func inverse(step: Int) {
    let start = Timestamp(milliseconds: time("2026-09-25 00:00").milliseconds + Int64(step) * 7_654_321)
    let length = Int64(step) * 3_333_333 + 1
    let end = china.adding(workingMilliseconds: length, to: start)
    #expect(china.workingMilliseconds(from: start, to: end) == length)
  }

  @Test("two periods a day, and work until midnight")
  func periods() throws {
    var calendar = china
    calendar.week[0] = [.init(from: 540, to: 720), .init(from: 780, to: 1440)]
    #expect(calendar.violations().isEmpty)
    let monday = try date("2026-11-23")
    #expect(calendar.opening(of: monday) == time("2026-11-23 09:00"))
    #expect(calendar.closing(of: monday) == calendar.end(of: monday))
    #expect(
      calendar.workingMilliseconds(from: time("2026-11-23 11:00"), to: time("2026-11-23 14:00")) == 7_200_000)
  }

  @Test("faults of a calendar are all told, each at its place (C-09)")
  func faults() throws {
    let calendar = WorkingCalendar.Content(
      name: "x", nameEn: nil, utcOffsetMinutes: 480,
      week: [[.init(from: 600, to: 600)], [.init(from: 540, to: 720), .init(from: 700, to: 800)], [], [], [], [], []],
      exceptions: [
        .init(date: try date("2026-01-01"), kind: .holiday, name: "a", hours: [.init(from: 1, to: 2)]),
        .init(date: try date("2026-01-01"), kind: .holiday, name: "b"),
      ])
    #expect(
      calendar.violations().map(\.pointer) == [
        "#/week/monday/0", "#/week/tuesday/1", "#/exceptions/0/hours", "#/exceptions/1/date",
      ])
    var rest = china
    rest.week = Array(repeating: [], count: 7)
    #expect(rest.violations().map(\.pointer) == ["#/week"])
  }

  @Test(
    "hours are read as two and two digits up to 24:00",
    arguments: [
      ("08:30", 510), ("00:00", 0), ("24:00", 1440), ("24:01", nil), ("8:30", nil), ("08:60", nil), ("", nil),
    ]
      as [(String, Int?)])
  func minutes(text: String, expected: Int?) {
    #expect(WorkingCalendar.Period.minute(text) == expected)
    if let expected { #expect(WorkingCalendar.Period.text(expected) == text) }
  }

  @Test("a calendar is rewritten as a whole, but for its code, never for another holder, and checked as a whole (C-17)")
  func rewrite() throws {
    let calendar = WorkingCalendar(
      id: .new(at: time("2026-11-20 10:00")), code: "CN", holder: .network, content: china, externalIDs: [:],
      version: 1, stamp: RecordStamp(by: ClockSamples.manager, at: time("2026-11-20 10:00")))
    var content = china
    content.week[5] = [.init(from: 540, to: 720)]
    var changed = calendar
    try changed.rewrite(
      as: WorkingCalendarDraft(code: "XX", holder: .network, content: content, externalIDs: [:]))
    #expect(changed.code == "CN")
    #expect(changed.changes(from: calendar).map(\.field) == ["week.saturday"])
    let elsewhere = WorkingCalendarDraft(
      code: "CN", holder: .region(.new(at: time("2026-11-20 10:00"))), content: content, externalIDs: [:])
    #expect(throws: Refusal.invalid("#/regionId", .readOnly, "cannot be changed")) {
      try changed.rewrite(as: elsewhere)
    }
    content.week = Array(repeating: [], count: 7)
    #expect(throws: Refusal.self) {
      try changed.rewrite(as: WorkingCalendarDraft(code: "CN", holder: .network, content: content, externalIDs: [:]))
    }
  }
}
