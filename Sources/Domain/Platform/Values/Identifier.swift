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

  /// The same words as the name of another kind of document, for what stands under paths of many kinds.
  package func named<Other>(_ kind: Other.Type) -> Reference<Other> {
    switch self {
    case .id(let id): .id(Identifier<Other>(id.uuid))
    case .number(let number): .number(number)
    }
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

  /// Below every identity that was made at the instant or later.
  package static func earliest(at instant: Timestamp) -> UUID {
    let time = UInt64(bitPattern: max(0, instant.milliseconds))
    func byte(_ shift: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: time >> shift) }
    return UUID(
      uuid: (byte(40), byte(32), byte(24), byte(16), byte(8), byte(0), 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0))
  }

  /// Strict reading: 8-4-4-4-12 hexadecimal digits, nothing else.
  package init?(canonical text: some StringProtocol) {
    // One concrete type from here on: every request reads identities, mostly out of a path.
    var text = String(text)
    guard let uuid = text.withUTF8(Self.parse) else { return nil }
    self.init(uuid: uuid)
  }

  private static func parse(_ text: UnsafeBufferPointer<UInt8>) -> uuid_t? {
    guard text.count == 36 else { return nil }
    var uuid: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    let isRead = withUnsafeMutableBytes(of: &uuid) { bytes in
      var place = 0
      for index in 0..<16 {
        if index == 4 || index == 6 || index == 8 || index == 10 {
          guard text[place] == UInt8(ascii: "-") else { return false }
          place += 1
        }
        guard let high = digit(text[place]), let low = digit(text[place + 1]) else { return false }
        bytes[index] = high << 4 | low
        place += 2
      }
      return true
    }
    return isRead ? uuid : nil
  }

  private static func digit(_ unit: UInt8) -> UInt8? {
    switch unit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): unit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): unit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): unit - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  /// Lower case, as RFC 9562 §4 asks for output.
  package var canonical: String {
    String(unsafeUninitializedCapacity: 36) { buffer in
      writeCanonical(to: buffer)
      return 36
    }
  }

  /// The same as 36 bytes of ASCII, at the beginning of the buffer.
  package func writeCanonical(to buffer: UnsafeMutableBufferPointer<UInt8>) {
    func hexadecimal(_ nibble: UInt8) -> UInt8 {
      nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }
    withUnsafeBytes(of: uuid) { bytes in
      var place = 0
      for index in 0..<16 {
        if index == 4 || index == 6 || index == 8 || index == 10 {
          buffer[place] = UInt8(ascii: "-")
          place += 1
        }
        buffer[place] = hexadecimal(bytes[index] >> 4)
        buffer[place + 1] = hexadecimal(bytes[index] & 0x0f)
        place += 2
      }
    }
  }
}
