import Domain
import Testing

@Suite("Instants")
struct TimestampTests {
  @Test(
    "reads any offset and up to nine fractional digits, writes UTC with three (C-04)",
    arguments: [
      ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
      ("2026-11-21T20:36:00.123Z", "2026-11-21T20:36:00.123Z"),
      ("2026-11-21T20:36:00.1Z", "2026-11-21T20:36:00.100Z"),
      ("2026-11-21T20:36:00.1234Z", "2026-11-21T20:36:00.123Z"),
      ("2026-11-21T20:36:00.1235Z", "2026-11-21T20:36:00.124Z"),
      ("2026-11-21T20:36:59.999999999Z", "2026-11-21T20:37:00.000Z"),
      ("2026-11-21T20:36:00+08:00", "2026-11-21T12:36:00.000Z"),
      ("2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00.000Z"),
      ("2026-11-21T20:36:00-05:30", "2026-11-22T02:06:00.000Z"),
      ("2026-11-21t20:36:00z", "2026-11-21T20:36:00.000Z"),
      ("2026-11-21 20:36:00Z", "2026-11-21T20:36:00.000Z"),
      ("2024-02-29T12:00:00-00:00", "2024-02-29T12:00:00.000Z"),
      ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
      ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
      ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
    ])
  func accepts(text: String, written: String) throws {
    let instant = try #require(Timestamp(text))
    #expect(instant.description == written)
  }

  @Test(
    "refuses what is no instant (C-04)",
    arguments: [
      "", "now", "2026-11-21", "2026-11-21T20:36:00", "2026-11-21T20:36Z", "2026-11-21T24:00:00Z",
      "2026-11-21T20:60:00Z", "2026-11-21T20:36:60Z", "2026-02-30T00:00:00Z", "2025-02-29T00:00:00Z",
      "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-10T00:00:00Z",
      "2026-01-00T00:00:00Z", "0000-01-01T00:00:00Z", "2026-11-21T20:36:00.Z", "2026-11-21T20:36:00.1234567890Z",
      "2026-11-21T20:36:00,5Z", "2026-11-21T20:36:00+0800", "2026-11-21T20:36:00+08", "2026-11-21T20:36:00+24:00",
      "2026-11-21T20:36:00+08:60", "2026-11-21T20:36:00ZZ", " 2026-11-21T20:36:00Z", "2026-11-21T20:36:00Z ",
      "2026-1-21T20:36:00Z", "26-11-21T20:36:00Z", "+2026-11-21T20:36:00Z", "-2026-11-21T20:36:00Z",
      "２０２６-11-21T20:36:00Z", "2026-11-21T20:36:00 08:00", "20261121T203600Z",
    ])
  func refuses(text: String) {
    #expect(Timestamp(text) == nil)
  }

  @Test("every millisecond of the years 1 to 9999 survives being written and read")
  func roundTrip() throws {
    let first = try #require(Timestamp("0001-01-01T00:00:00.000Z"))
    let last = try #require(Timestamp("9999-12-31T23:59:59.999Z"))
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<20_000 {
      let instant = Timestamp(
        milliseconds: Int64.random(in: first.milliseconds...last.milliseconds, using: &generator))
      #expect(instant.description.utf8.count == 24)
      #expect(Timestamp(instant.description) == instant)
    }
  }

  @Test("text order is time order")
  func order() {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<5_000 {
      let left = Timestamp(milliseconds: Int64.random(in: -10_000_000_000_000...10_000_000_000_000, using: &generator))
      let right = Timestamp(milliseconds: left.milliseconds + Int64.random(in: 1...100_000_000, using: &generator))
      #expect(left < right)
      #expect(left.description < right.description)
    }
  }

  @Test("the same instant reads the same at every offset")
  func offsets() throws {
    let instant = try #require(Timestamp("2026-03-01T00:00:00Z"))
    for hour in -23...23 {
      let local = instant.adding(seconds: Int64(hour) * 3600).description.dropLast(5)
      let sign = hour < 0 ? "-" : "+"
      let digits = abs(hour) < 10 ? "0\(abs(hour))" : "\(abs(hour))"
      #expect(Timestamp("\(local)\(sign)\(digits):00") == instant)
    }
  }
}
