/// An instant with millisecond precision, written in UTC as RFC 3339 with exactly three fractional digits (C-04).
package struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Milliseconds since 1970-01-01T00:00:00Z.
  package let milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }

  package static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

  package func adding(seconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds + seconds * 1000) }

  /// Seconds from `other` to this instant, rounded down.
  package func seconds(since other: Timestamp) -> Int64 {
    (milliseconds - other.milliseconds).flooredDivision(by: 1000)
  }

  /// 0001-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z.
  private static let printable: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999

  /// RFC 3339 §5.6 with any offset and 0–9 fractional digits (rounded to milliseconds). A missing offset, `24:00`,
  /// a 60th second and a date that does not exist are `nil`: Foundation's parser accepts some of these.
  package init?(_ text: some StringProtocol) {
    var reader = DigitReader(text.utf8)
    guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
      let day = reader.number(2), let date = CalendarDate(year: year, month: month, day: day),
      reader.take("T") || reader.take("t") || reader.take(" "),
      let hour = reader.number(2), hour < 24, reader.take(":"), let minute = reader.number(2), minute < 60,
      reader.take(":"), let second = reader.number(2), second < 60
    else { return nil }
    var millis: Int64 = 0
    if reader.take(".") {
      guard let digits = reader.digits(atMost: 9), !digits.isEmpty else { return nil }
      var nanoseconds: Int64 = 0
      for index in 0..<9 { nanoseconds = nanoseconds * 10 + (index < digits.count ? Int64(digits[index]) : 0) }
      millis = (nanoseconds + 500_000) / 1_000_000
    }
    var offset: Int64 = 0
    if !(reader.take("Z") || reader.take("z")) {
      let sign: Int64
      if reader.take("+") { sign = 1 } else if reader.take("-") { sign = -1 } else { return nil }
      guard let hours = reader.number(2), hours < 24, reader.take(":"), let minutes = reader.number(2), minutes < 60
      else { return nil }
      offset = sign * (Int64(hours) * 3600 + Int64(minutes) * 60)
    }
    guard reader.isAtEnd else { return nil }
    let seconds =
      date.daysSinceEpoch * 86_400 + Int64(hour) * 3600 + Int64(minute) * 60 + Int64(second) - offset
    let instant = seconds * 1000 + millis
    // An offset or the rounding can lead out of the years that four digits print.
    guard Self.printable.contains(instant) else { return nil }
    self.init(milliseconds: instant)
  }

  package var description: String {
    String(unsafeUninitializedCapacity: Self.length) { buffer in
      write(to: buffer)
      return Self.length
    }
  }

  /// Bytes of `2026-11-21T20:36:00.123Z`.
  package static let length = 24

  /// The 24 bytes of the text, at the beginning of the buffer.
  package func write(to buffer: UnsafeMutableBufferPointer<UInt8>) {
    let days = milliseconds.flooredDivision(by: 86_400_000)
    let rest = Int(milliseconds - days * 86_400_000)
    CalendarDate(daysSinceEpoch: days).write(to: buffer)
    buffer[10] = UInt8(ascii: "T")
    buffer.write(rest / 3_600_000, at: 11, digits: 2)
    buffer[13] = UInt8(ascii: ":")
    buffer.write(rest / 60_000 % 60, at: 14, digits: 2)
    buffer[16] = UInt8(ascii: ":")
    buffer.write(rest / 1000 % 60, at: 17, digits: 2)
    buffer[19] = UInt8(ascii: ".")
    buffer.write(rest % 1000, at: 20, digits: 3)
    buffer[23] = UInt8(ascii: "Z")
  }
}

/// The only source of time: handed in, so that tests own it.
package struct WallClock: Sendable {
  package let now: @Sendable () -> Timestamp
  package init(now: @escaping @Sendable () -> Timestamp) { self.now = now }
}

/// A calendar date without zone (`2026-11-21`); what "today" is follows the station's time zone.
package struct CalendarDate: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let year: Int
  package let month: Int
  package let day: Int

  /// `nil` for a date that does not exist in the proleptic Gregorian calendar, years 1–9999.
  package init?(year: Int, month: Int, day: Int) {
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1 else { return nil }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard day <= lengths[month - 1] else { return nil }
    self.year = year
    self.month = month
    self.day = day
  }

  package init?(_ text: some StringProtocol) {
    var reader = DigitReader(text.utf8)
    guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
      let day = reader.number(2), reader.isAtEnd
    else { return nil }
    self.init(year: year, month: month, day: day)
  }

  /// Days since 1970-01-01 (Hinnant's civil-from-days arithmetic, valid for all years here).
  package init(daysSinceEpoch days: Int64) {
    let shifted = days + 719_468
    let era = shifted.flooredDivision(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    day = Int(dayOfYear - (153 * monthIndex + 2) / 5 + 1)
    month = Int(monthIndex < 10 ? monthIndex + 3 : monthIndex - 9)
    year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
  }

  package var daysSinceEpoch: Int64 {
    let shiftedYear = Int64(month <= 2 ? year - 1 : year)
    let era = shiftedYear.flooredDivision(by: 400)
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  package static func < (left: Self, right: Self) -> Bool {
    (left.year, left.month, left.day) < (right.year, right.month, right.day)
  }

  package var description: String {
    String(unsafeUninitializedCapacity: Self.length) { buffer in
      write(to: buffer)
      return Self.length
    }
  }

  /// Bytes of `2026-11-21`.
  package static let length = 10

  /// The 10 bytes of the text, at the beginning of the buffer.
  package func write(to buffer: UnsafeMutableBufferPointer<UInt8>) {
    buffer.write(year, at: 0, digits: 4)
    buffer[4] = UInt8(ascii: "-")
    buffer.write(month, at: 5, digits: 2)
    buffer[7] = UInt8(ascii: "-")
    buffer.write(day, at: 8, digits: 2)
  }
}

/// Reads fixed-width ASCII digits; the strict parsers of this folder share it.
struct DigitReader<Bytes: Collection> where Bytes.Element == UInt8 {
  private var rest: Bytes.SubSequence

  init(_ bytes: Bytes) { rest = bytes[...] }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func take(_ expected: Unicode.Scalar) -> Bool {
    guard let first = rest.first, UInt32(first) == expected.value else { return false }
    rest = rest.dropFirst()
    return true
  }

  mutating func number(_ width: Int) -> Int? {
    var value = 0
    for _ in 0..<width {
      guard let first = rest.first, first >= 0x30, first <= 0x39 else { return nil }
      value = value * 10 + Int(first - 0x30)
      rest = rest.dropFirst()
    }
    return value
  }

  /// `nil` if more than `width` digits follow each other.
  mutating func digits(atMost width: Int) -> [UInt8]? {
    var found: [UInt8] = []
    while let first = rest.first, first >= 0x30, first <= 0x39, found.count < width {
      found.append(first - 0x30)
      rest = rest.dropFirst()
    }
    return found
  }
}

extension Int64 {
  package func flooredDivision(by divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return (self % divisor != 0 && (self < 0) != (divisor < 0)) ? quotient - 1 : quotient
  }
}

extension UnsafeMutableBufferPointer<UInt8> {
  /// A number with leading zeros.
  fileprivate func write(_ value: Int, at place: Int, digits: Int) {
    var rest = value
    for index in (place..<place + digits).reversed() {
      self[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
  }
}
