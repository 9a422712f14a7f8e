/// The arithmetic of a calendar. All of it ends: a calendar has at least one working weekday and a bounded number of
/// exceptions.
extension WorkingCalendar.Content {
  private static let dayLength: Int64 = 86_400_000
  private static let minuteLength: Int64 = 60_000

  /// The date on which an instant falls.
  package func date(of instant: Timestamp) -> CalendarDate { CalendarDate(daysSinceEpoch: day(of: instant)) }

  /// The first millisecond of a date.
  package func start(of date: CalendarDate) -> Timestamp { start(ofDay: date.daysSinceEpoch) }

  /// The last millisecond of a date: a deadline on that day is met until then (D-03).
  package func end(of date: CalendarDate) -> Timestamp {
    Timestamp(milliseconds: start(ofDay: date.daysSinceEpoch + 1).milliseconds - 1)
  }

  /// The exception of a date, if it is one.
  package func exception(on date: CalendarDate) -> WorkingCalendar.Exception? {
    var low = 0
    var high = exceptions.count
    while low < high {
      let middle = (low + high) / 2
      if exceptions[middle].date < date { low = middle + 1 } else { high = middle }
    }
    return low < exceptions.count && exceptions[low].date == date ? exceptions[low] : nil
  }

  /// The hours of a date; empty when nobody works.
  package func hours(on date: CalendarDate) -> [WorkingCalendar.Period] {
    let usual = week[Int((date.daysSinceEpoch + 3) % 7 + 7) % 7]
    guard let exception = exception(on: date) else { return usual }
    switch exception.kind {
    case .holiday: return []
    case .workingDay:
      if !exception.hours.isEmpty { return exception.hours }
      return week.first { !$0.isEmpty } ?? []
    }
  }

  /// The calendar date so many days later.
  package func date(_ days: Int, after date: CalendarDate) -> CalendarDate {
    CalendarDate(daysSinceEpoch: date.daysSinceEpoch + Int64(days))
  }

  /// The working day so many working days after `date`, which itself counts as none; with 0 days the date itself if it is
  /// one, else the next.
  package func workingDate(_ days: Int, after date: CalendarDate) -> CalendarDate {
    var day = date.daysSinceEpoch
    var left = days
    if left == 0, !hours(on: date).isEmpty { return date }
    left = max(left, 1)
    while left > 0 {
      day += 1
      if !hours(on: CalendarDate(daysSinceEpoch: day)).isEmpty { left -= 1 }
    }
    return CalendarDate(daysSinceEpoch: day)
  }

  /// When work begins on a date; its first millisecond if nobody works.
  package func opening(of date: CalendarDate) -> Timestamp {
    instant(date.daysSinceEpoch, minute: hours(on: date).first?.from ?? 0)
  }

  /// When work ends on a date; its last millisecond if nobody works.
  package func closing(of date: CalendarDate) -> Timestamp {
    guard let last = hours(on: date).last else { return end(of: date) }
    // Work until midnight ends with the date, not on the next one.
    return min(instant(date.daysSinceEpoch, minute: last.to), end(of: date))
  }

  /// Milliseconds of work between two instants; 0 when the second is not later.
  package func workingMilliseconds(from: Timestamp, to: Timestamp) -> Int64 {
    guard from < to else { return 0 }
    var sum: Int64 = 0
    for day in day(of: from)...day(of: to) {
      for period in hours(on: CalendarDate(daysSinceEpoch: day)) {
        let start = max(from, instant(day, minute: period.from))
        let end = min(to, instant(day, minute: period.to))
        if start < end { sum += end.milliseconds - start.milliseconds }
      }
    }
    return sum
  }

  /// The instant at which so much work has been possible since `start`; `start` itself for nothing.
  package func adding(workingMilliseconds: Int64, to start: Timestamp) -> Timestamp {
    guard workingMilliseconds > 0 else { return start }
    var left = workingMilliseconds
    var day = day(of: start)
    while true {
      for period in hours(on: CalendarDate(daysSinceEpoch: day)) {
        let begin = max(start, instant(day, minute: period.from))
        let end = instant(day, minute: period.to)
        guard begin < end else { continue }
        let length = end.milliseconds - begin.milliseconds
        if left <= length { return Timestamp(milliseconds: begin.milliseconds + left) }
        left -= length
      }
      day += 1
    }
  }

  private func day(of instant: Timestamp) -> Int64 {
    (instant.milliseconds + Int64(utcOffsetMinutes) * Self.minuteLength).flooredDivision(by: Self.dayLength)
  }

  private func start(ofDay day: Int64) -> Timestamp { instant(day, minute: 0) }

  private func instant(_ day: Int64, minute: Int) -> Timestamp {
    Timestamp(milliseconds: day * Self.dayLength + Int64(minute - utcOffsetMinutes) * Self.minuteLength)
  }
}
