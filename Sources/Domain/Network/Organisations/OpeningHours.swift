/// When a station is attended, week by week, in its own time zone, as its workshop says it. A night that goes past midnight is
/// two spans. No span at all means that the hours are not kept yet, not that the station is closed.
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

  package static let unknown = OpeningHours([])

  /// In the order of the week.
  package let spans: [Span]

  package init(_ spans: [Span]) {
    let order = Dictionary(uniqueKeysWithValues: Weekday.allCases.enumerated().map { ($1, $0) })
    self.spans = spans.sorted { left, right in
      (order[left.weekday] ?? 0, left.opens, left.closes) < (order[right.weekday] ?? 0, right.opens, right.closes)
    }
  }
}

extension OpeningHours.Span: CustomStringConvertible {
  /// `monday 08:00–18:00`
  package var description: String {
    "\(weekday.rawValue) \(TimeOfDay.text(opens))–\(TimeOfDay.text(closes))"
  }
}
