/// The pattern of every code of the catalogue; the tables repeat it as checks.
package enum CatalogueCode {
  /// `^[A-Z0-9][A-Z0-9.-]{0,31}$`
  package static func isWellFormed(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard (1...32).contains(bytes.count), let first = bytes.first, isCapitalOrDigit(first) else { return false }
    return bytes.allSatisfy { isCapitalOrDigit($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
  }

  /// What is wrong with a code, as a list to add to the other violations.
  static func violations(_ code: String) -> [Violation] {
    guard !isWellFormed(code) else { return [] }
    return [
      Violation(
        pointer: "#/code", code: .invalidFormat,
        detail: "must be 1 to 32 capital letters, digits, dots or hyphens, beginning with a letter or digit")
    ]
  }

  private static func isCapitalOrDigit(_ byte: UInt8) -> Bool {
    (0x41...0x5a).contains(byte) || (0x30...0x39).contains(byte)
  }
}
