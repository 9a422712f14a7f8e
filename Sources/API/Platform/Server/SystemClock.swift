package import Domain
import FoundationEssentials

/// The machine's clock. Everything that must be tested against time gets a `WallClock` instead.
package enum SystemClock {
  package static let wall = WallClock(now: now)

  @Sendable package static func now() -> Timestamp {
    Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
  }
}

enum HTTPDate {
  /// `Sun, 06 Nov 1994 08:49:37 GMT`
  static func text(second: Int64) -> String {
    let days = second.flooredDivision(by: 86_400)
    let rest = second - days * 86_400
    let date = CalendarDate(daysSinceEpoch: days)
    // 1970-01-01 was a Thursday.
    let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int(days - days.flooredDivision(by: 7) * 7)]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return "\(weekday), \(two(Int64(date.day))) \(months[date.month - 1]) \(date.year) "
      + "\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60)) GMT"
  }
}
