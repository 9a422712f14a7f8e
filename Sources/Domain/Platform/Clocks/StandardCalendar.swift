extension WorkingCalendar.Content {
  /// What counts where nobody has written a calendar: China's offset, Monday to Friday, and the public holidays of 2026 as
  /// the State Council announced them, with the weekend days worked in exchange (调休). Every later year is announced in the
  /// autumn before and entered as data.
  package static let standard = WorkingCalendar.Content(
    name: "标准工作日历", nameEn: "Standard working calendar", utcOffsetMinutes: 480,
    week: Array(repeating: [WorkingCalendar.Period(from: 8 * 60 + 30, to: 17 * 60 + 30)], count: 5) + [[], []],
    exceptions: year2026)

  private static let year2026: [WorkingCalendar.Exception] = [
    holidays("元旦", 2026, 1, 1...3), workedInstead("元旦", 2026, 1, 4),
    workedInstead("春节", 2026, 2, 14), holidays("春节", 2026, 2, 15...23), workedInstead("春节", 2026, 2, 28),
    holidays("清明节", 2026, 4, 4...6),
    holidays("劳动节", 2026, 5, 1...5), workedInstead("劳动节", 2026, 5, 9),
    holidays("端午节", 2026, 6, 19...21),
    workedInstead("国庆节", 2026, 9, 20), holidays("中秋节", 2026, 9, 25...27),
    holidays("国庆节", 2026, 10, 1...7), workedInstead("国庆节", 2026, 10, 10),
  ].flatMap { $0 }

  private static func holidays(
    _ name: String, _ year: Int, _ month: Int, _ days: ClosedRange<Int>
  ) -> [WorkingCalendar.Exception] {
    days.compactMap { day in
      CalendarDate(year: year, month: month, day: day).map {
        WorkingCalendar.Exception(date: $0, kind: .holiday, name: name)
      }
    }
  }

  private static func workedInstead(
    _ name: String, _ year: Int, _ month: Int, _ day: Int
  ) -> [WorkingCalendar.Exception] {
    CalendarDate(year: year, month: month, day: day).map {
      [WorkingCalendar.Exception(date: $0, kind: .workingDay, name: name + "调休")]
    } ?? []
  }
}
