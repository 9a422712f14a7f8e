import Domain
import Testing

@Suite("Calendar dates")
struct CalendarDateTests {
  @Test("every day from 1900 to 2100 has one number, one text and one successor (C-04)")
  func everyDay() throws {
    let first = try #require(CalendarDate("1900-01-01"))
    let last = try #require(CalendarDate("2100-12-31"))
    var previous: CalendarDate?
    for days in first.daysSinceEpoch...last.daysSinceEpoch {
      let date = CalendarDate(daysSinceEpoch: days)
      #expect(date.daysSinceEpoch == days)
      #expect(CalendarDate(date.description) == date)
      #expect(CalendarDate(year: date.year, month: date.month, day: date.day) == date)
      if let previous { #expect(previous < date) }
      previous = date
    }
    #expect(previous == last)
    #expect(last.daysSinceEpoch - first.daysSinceEpoch == 73_413)
  }

  @Test("day zero is 1970-01-01")
  func epoch() throws {
    #expect(CalendarDate(daysSinceEpoch: 0).description == "1970-01-01")
    #expect(try #require(CalendarDate("2000-03-01")).daysSinceEpoch == 11_017)
  }

  @Test(
    "refuses dates that do not exist and other ways to write them",
    arguments: [
      "", "2026-02-29", "2100-02-29", "2026-02-30", "2026-04-31", "2026-13-01", "2026-00-01", "2026-01-00",
      "2026-01-32", "0000-01-01", "2026-1-1", "20260101", "2026/01/01", "2026-01-01Z", " 2026-01-01", "26-01-01",
    ])
  func refuses(text: String) {
    #expect(CalendarDate(text) == nil)
  }

  @Test("leap days follow the Gregorian rule", arguments: [(2000, true), (1900, false), (2024, true), (2023, false)])
  func leapDays(year: Int, exists: Bool) {
    #expect((CalendarDate(year: year, month: 2, day: 29) != nil) == exists)
  }
}
