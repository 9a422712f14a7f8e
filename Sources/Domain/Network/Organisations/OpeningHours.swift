/// When a station is attended, week by week, in its own time zone. A night that goes past midnight is two spans. No span at
/// all means that the hours are not kept yet, not that the station is closed.
package struct OpeningHours: Hashable, Sendable {
  package enum Weekday: String, Hashable, Sendable, CaseIterable {
    case monday, tuesday, wednesday, thursday, friday, saturday, sunday

    /// ISO 8601: Monday is 1.
    package init?(number: Int) {
      guard (1...7).contains(number) else { return nil }
      self = Self.allCases[number - 1]
    }
  }

  /// Minutes since midnight, from 0 to 1440; the end does not belong to it.
  package struct Span: Hashable, Sendable {
    package let weekday: Weekday
    package let opens: Int
    package let closes: Int

    package init(weekday: Weekday, opens: Int, closes: Int) {
      self.weekday = weekday
      self.opens = opens
      self.closes = closes
    }
  }

  /// A moment as the wall clock of a station shows it.
  package struct LocalTime: Hashable, Sendable {
    package let weekday: Weekday
    package let minute: Int

    package init(weekday: Weekday, minute: Int) {
      self.weekday = weekday
      self.minute = minute
    }
  }

  package static let unknown = OpeningHours([])

  /// In the order of the week.
  package let spans: [Span]

  package init(_ spans: [Span]) {
    let order = Dictionary(uniqueKeysWithValues: Weekday.allCases.enumerated().map { ($1, $0) })
    self.spans = spans.sorted { left, right in
      (order[left.weekday] ?? 0, left.opens, left.closes) < (order[right.weekday] ?? 0, right.opens, right.closes)
    }
  }

  /// `nil`: the hours are not kept.
  package func isOpen(at time: LocalTime) -> Bool? {
    if spans.isEmpty { return nil }
    return spans.contains { $0.weekday == time.weekday && ($0.opens..<$0.closes).contains(time.minute) }
  }

  /// What is wrong with the spans as a whole; each alone is checked where it is read.
  package func violations() -> [Violation] {
    for (earlier, later) in zip(spans, spans.dropFirst())
    where earlier.weekday == later.weekday && later.opens < earlier.closes {
      return [
        Violation(
          pointer: "#/openingHours", code: .inconsistent,
          detail: "must not overlap on \(later.weekday.rawValue)")
      ]
    }
    return []
  }

  /// `08:00`; the end of a day is `24:00`.
  package static func text(minute: Int) -> String {
    let (hours, minutes) = minute.quotientAndRemainder(dividingBy: 60)
    return "\(hours < 10 ? "0" : "")\(hours):\(minutes < 10 ? "0" : "")\(minutes)"
  }

  /// `nil` for anything but `00:00` … `24:00`.
  package static func minute(_ text: String) -> Int? {
    let bytes = Array(text.utf8)
    guard bytes.count == 5, bytes[2] == UInt8(ascii: ":"),
      [0, 1, 3, 4].allSatisfy({ (0x30...0x39).contains(bytes[$0]) })
    else { return nil }
    let digits = bytes.map { Int($0) - 0x30 }
    let (hours, minutes) = (digits[0] * 10 + digits[1], digits[3] * 10 + digits[4])
    return minutes < 60 && hours * 60 + minutes <= 1_440 ? hours * 60 + minutes : nil
  }
}

extension OpeningHours.Span: CustomStringConvertible {
  /// `monday 08:00–18:00`
  package var description: String {
    "\(weekday.rawValue) \(OpeningHours.text(minute: opens))–\(OpeningHours.text(minute: closes))"
  }
}
