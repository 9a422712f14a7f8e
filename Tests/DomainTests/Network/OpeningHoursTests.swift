import Domain
import Testing

@Suite("Opening hours")
struct OpeningHoursTests {
  private let hours = OpeningHours([
    .init(weekday: .tuesday, opens: 780, closes: 1_080), .init(weekday: .monday, opens: 480, closes: 1_080),
    .init(weekday: .tuesday, opens: 480, closes: 720), .init(weekday: .sunday, opens: 0, closes: 1_440),
  ])

  @Test(
    "open from the first minute to before the last, in the order of the week",
    arguments: [
      (OpeningHours.Weekday.monday, 480, true), (.monday, 479, false), (.monday, 1_079, true), (.monday, 1_080, false),
      (.tuesday, 719, true), (.tuesday, 720, false), (.tuesday, 780, true), (.wednesday, 600, false),
      (.sunday, 0, true), (.sunday, 1_439, true),
    ])
  func isOpen(weekday: OpeningHours.Weekday, minute: Int, expected: Bool) {
    #expect(hours.isOpen(at: .init(weekday: weekday, minute: minute)) == expected)
    #expect(hours.spans.map(\.weekday) == [.monday, .tuesday, .tuesday, .sunday])
  }

  @Test("hours that are not kept are unknown, not closed")
  func unknown() {
    #expect(OpeningHours.unknown.isOpen(at: .init(weekday: .monday, minute: 600)) == nil)
  }

  @Test("spans of one day do not overlap; one may begin where another ends")
  func overlap() {
    #expect(hours.violations().isEmpty)
    let touching = OpeningHours([
      .init(weekday: .monday, opens: 0, closes: 60), .init(weekday: .monday, opens: 60, closes: 90),
    ])
    #expect(touching.violations().isEmpty)
    let overlapping = OpeningHours([
      .init(weekday: .monday, opens: 0, closes: 61), .init(weekday: .monday, opens: 60, closes: 90),
    ])
    #expect(overlapping.violations().map(\.pointer) == ["#/openingHours"])
  }

  @Test(
    "clock times from 00:00 to 24:00 and nothing else",
    arguments: [
      ("00:00", 0), ("08:05", 485), ("23:59", 1_439), ("24:00", 1_440), ("24:01", nil), ("8:00", nil), ("08:60", nil),
      ("08-00", nil), ("", nil), ("08:00 ", nil), ("０8:0", nil),
    ] as [(String, Int?)])
  func clockTimes(text: String, minute: Int?) {
    #expect(OpeningHours.minute(text) == minute)
    if let minute { #expect(OpeningHours.text(minute: minute) == text) }
  }

  @Test("days are counted as ISO 8601 does")
  func weekdays() {
    #expect(OpeningHours.Weekday(number: 1) == .monday)
    #expect(OpeningHours.Weekday(number: 7) == .sunday)
    #expect(OpeningHours.Weekday(number: 0) == nil)
    #expect(OpeningHours.Weekday(number: 8) == nil)
  }
}
