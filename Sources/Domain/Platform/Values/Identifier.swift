package import FoundationEssentials

/// The identity of one document: a UUIDv7 (RFC 9562) made by the server, typed by what it identifies.
package struct Identifier<Of>: Hashable, Sendable, CustomStringConvertible {
  package let uuid: UUID

  package init(_ uuid: UUID) { self.uuid = uuid }

  /// Only the canonical 36-character form is an identity; anything else is `nil`.
  package init?(_ text: some StringProtocol) {
    guard let uuid = UUID(canonical: text) else { return nil }
    self.uuid = uuid
  }

  /// A new identity whose order follows `instant`.
  package static func new(at instant: Timestamp) -> Self { Self(UUID.version7(at: instant)) }

  package var description: String { uuid.canonical }
}

/// How a path names a document: by identity, or by the number that people read (C-03).
package enum Reference<Of>: Hashable, Sendable {
  case id(Identifier<Of>)
  case number(String)

  package init(_ segment: String) {
    if let id = Identifier<Of>(segment) { self = .id(id) } else { self = .number(segment) }
  }
}

extension UUID {
  /// RFC 9562 §5.7: 48 bits of Unix milliseconds, version, 74 random bits.
  package static func version7(at instant: Timestamp) -> UUID {
    var random = SystemRandomNumberGenerator()
    let high = random.next()
    let low = random.next()
    let time = UInt64(bitPattern: instant.milliseconds)
    func byte(_ word: UInt64, _ shift: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: word >> shift) }
    return UUID(
      uuid: (
        byte(time, 40), byte(time, 32), byte(time, 24), byte(time, 16), byte(time, 8), byte(time, 0),
        0x70 | (byte(high, 0) & 0x0f), byte(high, 8),
        0x80 | (byte(low, 0) & 0x3f), byte(low, 8), byte(low, 16), byte(low, 24),
        byte(low, 32), byte(low, 40), byte(low, 48), byte(low, 56)
      ))
  }

  /// Strict reading: 8-4-4-4-12 hexadecimal digits, nothing else.
  package init?(canonical text: some StringProtocol) {
    let utf8 = text.utf8
    guard utf8.count == 36 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(16)
    var high: UInt8?
    for (index, unit) in utf8.enumerated() {
      if index == 8 || index == 13 || index == 18 || index == 23 {
        guard unit == UInt8(ascii: "-") else { return nil }
        continue
      }
      let digit: UInt8
      switch unit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = unit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = unit - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = unit - UInt8(ascii: "A") + 10
      default: return nil
      }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    self.init(
      uuid: (
        bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7],
        bytes[8], bytes[9], bytes[10], bytes[11], bytes[12], bytes[13], bytes[14], bytes[15]
      ))
  }

  /// Lower case, as RFC 9562 §4 asks for output.
  package var canonical: String {
    String(unsafeUninitializedCapacity: 36) { buffer in
      var position = 0
      withUnsafeBytes(of: uuid) { bytes in
        for (index, byte) in bytes.enumerated() {
          if index == 4 || index == 6 || index == 8 || index == 10 {
            buffer[position] = UInt8(ascii: "-")
            position += 1
          }
          for nibble in [byte >> 4, byte & 0x0f] {
            buffer[position] = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
            position += 1
          }
        }
      }
      return 36
    }
  }
}
