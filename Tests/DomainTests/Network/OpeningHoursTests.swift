import Domain
import Testing

@Suite("Opening hours")
struct OpeningHoursTests {
  @Test(
    "the station shows the hours of its workshop in the order of the week, and everything that somebody there can do")
  func shown() {
    let workshop = Workshop(
      slotMinutes: 30, graceMinutes: 30, skills: ["airbag"],
      hours: [
        .init(weekday: 7, hours: .init(opens: 0, closes: 1_440)),
        .init(weekday: 1, hours: .init(opens: 780, closes: 1_080)),
        .init(weekday: 1, hours: .init(opens: 480, closes: 720)),
      ], specialDays: [],
      bays: [
        .init(code: "A", name: nil, skills: [.general, .highVoltage], isFastLane: false, isActive: true),
        .init(code: "B", name: nil, skills: [.paint], isFastLane: false, isActive: false),
      ])
    #expect(
      workshop.openingHours.spans.map(\.description) == [
        "monday 08:00–12:00", "monday 13:00–18:00", "sunday 00:00–24:00",
      ])
    #expect(workshop.allSkills == ["airbag", "general", "highVoltage"])
    #expect(workshop.activeBays.map(\.code) == ["A"])
  }

  @Test(
    "times of day from 00:00 to 24:00 and nothing else",
    arguments: [
      ("00:00", 0), ("08:05", 485), ("23:59", 1_439), ("24:00", 1_440), ("24:01", nil), ("8:00", nil), ("08:60", nil),
      ("08-00", nil), ("", nil), ("08:00 ", nil), ("０8:0", nil),
    ] as [(String, Int?)])
  func timesOfDay(text: String, minute: Int?) {
    #expect(TimeOfDay.minutes(text) == minute)
    if let minute { #expect(TimeOfDay.text(minute) == text) }
  }

  @Test("days are counted as ISO 8601 does")
  func weekdays() {
    #expect(OpeningHours.Weekday(number: 1) == .monday)
    #expect(OpeningHours.Weekday(number: 7) == .sunday)
    #expect(OpeningHours.Weekday(number: 0) == nil)
    #expect(OpeningHours.Weekday(number: 8) == nil)
  }
}
