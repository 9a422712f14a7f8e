/// ISO 4217 code of a configured currency.
package enum Currency: String, Hashable, Sendable, CaseIterable {
  case cny = "CNY"
  case eur = "EUR"
  case usd = "USD"
  // A currency with other than two minor digits needs `minorDigits` here first: printing and rounding assume two.
}

/// An amount in integer minor units (1/100) of one currency; a decimal string with two places in JSON, never a float.
package struct Money: Hashable, Sendable, CustomStringConvertible {
  package let minor: Int64
  package let currency: Currency

  package init(minor: Int64, currency: Currency) {
    self.minor = minor
    self.currency = currency
  }

  package static func zero(_ currency: Currency) -> Money { Money(minor: 0, currency: currency) }

  /// `^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,2})?$`; anything else is `nil` (C-05).
  package init?(_ text: some StringProtocol, currency: Currency) {
    guard let minor = DecimalString.hundredths(text) else { return nil }
    self.init(minor: minor, currency: currency)
  }

  /// `1234.50`
  package var amount: String { DecimalString.text(hundredths: minor) }
  package var description: String { "\(amount) \(currency.rawValue)" }
}

/// Adding two currencies is an error, not a conversion (C-05).
package struct CurrencyMismatch: Error, Equatable {
  package let left: Currency
  package let right: Currency
  package init(left: Currency, right: Currency) {
    self.left = left
    self.right = right
  }
}

extension Money {
  package func adding(_ other: Money) throws(CurrencyMismatch) -> Money {
    guard currency == other.currency else { throw CurrencyMismatch(left: currency, right: other.currency) }
    return Money(minor: minor.addingSaturating(other.minor), currency: currency)
  }

  /// Sum of line amounts that the caller knows to be of this currency.
  package static func sum(_ amounts: some Sequence<Money>, _ currency: Currency) throws(CurrencyMismatch) -> Money {
    var total = Money.zero(currency)
    for amount in amounts { total = try total.adding(amount) }
    return total
  }

  package func times(_ quantity: Int) -> Money {
    Money(minor: minor.multipliedSaturating(by: Int64(quantity)), currency: currency)
  }

  /// Hours × hourly rate, rounded half-up to the cent (the one rounding rule, C-05).
  package static func labour(_ hours: Hours, at rate: Money) -> Money {
    let product = rate.minor.multipliedSaturating(by: Int64(hours.hundredths))
    return Money(minor: product.addingSaturating(50).flooredDivision(by: 100), currency: rate.currency)
  }
}

/// Working hours with two decimals, as labour-time catalogues state them (`1.25`).
package struct Hours: Hashable, Sendable, CustomStringConvertible {
  package let hundredths: Int32
  package init(hundredths: Int32) { self.hundredths = hundredths }
  package init?(_ text: some StringProtocol) {
    guard let value = DecimalString.hundredths(text), let small = Int32(exactly: value), small >= 0 else { return nil }
    hundredths = small
  }
  package var description: String { DecimalString.text(hundredths: Int64(hundredths)) }
}

/// Exact decimal strings with two places; `Decimal(string:)` would take `12abc` as 12.
package enum DecimalString {
  package static func hundredths(_ text: some StringProtocol) -> Int64? {
    var bytes = Array(text.utf8)[...]
    let negative = bytes.first == UInt8(ascii: "-")
    if negative { bytes = bytes.dropFirst() }
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = parts.first, (1...15).contains(whole.count),
      parts.allSatisfy({ $0.allSatisfy { (0x30...0x39).contains($0) } }),
      whole.count == 1 || whole.first != 0x30
    else { return nil }
    var value: Int64 = 0
    for digit in whole { value = value * 10 + Int64(digit - 0x30) }
    value *= 100
    if parts.count == 2 {
      let fraction = Array(parts[1])
      guard (1...2).contains(fraction.count) else { return nil }
      value += Int64(fraction[0] - 0x30) * 10
      if fraction.count == 2 { value += Int64(fraction[1] - 0x30) }
    }
    return negative ? -value : value
  }

  package static func text(hundredths value: Int64) -> String {
    let magnitude = value.magnitude
    let cents = magnitude % 100
    return "\(value < 0 ? "-" : "")\(magnitude / 100).\(cents < 10 ? "0" : "")\(cents)"
  }
}

extension Int64 {
  // Amounts beyond what any column holds stay beyond it instead of ending the process; the database refuses them.
  func addingSaturating(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }

  func multipliedSaturating(by factor: Int64) -> Int64 {
    let (product, overflow) = multipliedReportingOverflow(by: factor)
    return overflow ? ((self < 0) != (factor < 0) ? .min : .max) : product
  }
}
