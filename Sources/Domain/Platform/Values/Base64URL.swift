/// RFC 4648 §5 without padding, strictly: one text for one sequence of bytes.
package enum Base64URL {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// The digit of each byte; 64 for what is none.
  private static let digits: [UInt8] = {
    var digits = [UInt8](repeating: 64, count: 256)
    for (value, unit) in alphabet.enumerated() { digits[Int(unit)] = UInt8(value) }
    return digits
  }()

  package static func encode(_ bytes: some Collection<UInt8>) -> String {
    var units: [UInt8] = []
    units.reserveCapacity((bytes.count * 4 + 2) / 3)
    var word: UInt32 = 0
    var bits: UInt32 = 0
    for byte in bytes {
      word = word << 8 | UInt32(byte)
      bits += 8
      while bits >= 6 {
        bits -= 6
        units.append(alphabet[Int(word >> bits & 0x3f)])
      }
    }
    if bits > 0 { units.append(alphabet[Int(word << (6 - bits) & 0x3f)]) }
    return String(decoding: units, as: UTF8.self)
  }

  /// `nil` for any text that `encode` does not write.
  package static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.underestimatedCount * 3 / 4)
    var word: UInt32 = 0
    var bits: UInt32 = 0
    for unit in text {
      let digit = digits[Int(unit)]
      guard digit < 64 else { return nil }
      word = word << 6 | UInt32(digit)
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: word >> bits))
      }
    }
    guard bits < 6, word & ((1 << bits) - 1) == 0 else { return nil }
    return bytes
  }

  package static func decode(_ text: some StringProtocol) -> [UInt8]? { decode(text.utf8) }
}
