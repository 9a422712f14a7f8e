import Domain
import Testing

@Suite("Money and decimals")
struct MoneyTests {
  @Test(
    "refuses what is no decimal amount (C-05)",
    arguments: [
      "", "-", ".", "1e3", "1,50", "12abc", ".5", "01", "-01", "00", "1.", "1.234", "1.23456", "+1", "--1", " 1", "1 ",
      "1.5.0", "1..5", "NaN", "Infinity", "0x10", "１", "١", "1_000", "1234567890123456", "1\u{301}", "1.5\0", "1.-5",
    ])
  func refuses(text: String) {
    #expect(DecimalString.hundredths(text) == nil)
    #expect(Money(text, currency: .cny) == nil)
    #expect(Hours(text) == nil)
  }

  @Test(
    "reads one or two places and writes two (C-05)",
    arguments: [
      ("0", 0, "0.00"), ("0.0", 0, "0.00"), ("-0", 0, "0.00"), ("1", 100, "1.00"), ("1234.5", 123_450, "1234.50"),
      ("1234.50", 123_450, "1234.50"), ("0.05", 5, "0.05"), ("-0.05", -5, "-0.05"), ("-12.30", -1_230, "-12.30"),
      ("999999999999999.99", 99_999_999_999_999_999, "999999999999999.99"),
    ] as [(String, Int64, String)])
  func accepts(text: String, minor: Int64, written: String) throws {
    let money = try #require(Money(text, currency: .cny))
    #expect(money.minor == minor)
    #expect(money.amount == written)
    #expect(money.description == "\(written) CNY")
  }

  @Test("every amount survives being written and read")
  func roundTrip() {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<20_000 {
      let minor = Int64.random(in: -99_999_999_999_999_999...99_999_999_999_999_999, using: &generator)
      #expect(DecimalString.hundredths(DecimalString.text(hundredths: minor)) == minor)
    }
    for minor in Int64(-2_000)...2_000 {
      #expect(DecimalString.hundredths(DecimalString.text(hundredths: minor)) == minor)
    }
  }

  @Test(
    "labour is hours × rate, rounded half-up to the cent (C-05)",
    arguments: [
      ("1.25", "120.00", "150.00"), ("0.01", "0.49", "0.00"), ("0.01", "0.50", "0.01"), ("0.50", "0.01", "0.01"),
      ("0.33", "100.00", "33.00"), ("0.15", "99.90", "14.99"), ("0.05", "99.90", "5.00"), ("0.00", "88.00", "0.00"),
      ("1.10", "0.05", "0.06"), ("0.49", "0.01", "0.00"),
    ])
  func labour(hours: String, rate: String, expected: String) throws {
    let hours = try #require(Hours(hours))
    let rate = try #require(Money(rate, currency: .cny))
    #expect(Money.labour(hours, at: rate).amount == expected)
  }

  @Test("labour never differs from the exact product by more than half a cent")
  func labourError() {
    var generator = SeededGenerator(seed: 6)
    for _ in 0..<10_000 {
      let hours = Hours(hundredths: Int32.random(in: 0...100_000, using: &generator))
      let rate = Money(minor: Int64.random(in: 0...10_000_000, using: &generator), currency: .cny)
      let exact = Int64(hours.hundredths) * rate.minor
      let error = Money.labour(hours, at: rate).minor * 100 - exact
      #expect((-49...50).contains(error))
    }
  }

  @Test("hours are never negative", arguments: ["-1", "-0.25"])
  func negativeHours(text: String) {
    #expect(Hours(text) == nil)
  }

  @Test("hours beyond what a labour-time catalogue can hold are refused")
  func hugeHours() {
    #expect(Hours("21474836.47")?.hundredths == .max)
    #expect(Hours("21474836.48") == nil)
  }

  @Test("two currencies are not added (C-05)")
  func currencies() throws {
    let yuan = Money(minor: 100, currency: .cny)
    let euro = Money(minor: 100, currency: .eur)
    #expect(throws: CurrencyMismatch.self) { try yuan.adding(euro) }
    #expect(throws: CurrencyMismatch.self) { try Money.sum([yuan, euro], .cny) }
    #expect(try Money.sum([yuan, yuan, yuan.times(3)], .cny).amount == "5.00")
    #expect(try Money.sum([], .cny) == .zero(.cny))
  }

  @Test("floored division rounds towards minus infinity")
  func flooredDivision() {
    for value in Int64(-300)...300 {
      for divisor in [Int64(1), 7, 100] {
        let quotient = value.flooredDivision(by: divisor)
        #expect(quotient * divisor <= value && value < (quotient + 1) * divisor)
      }
    }
  }
}
