/// A secret as its holder keeps it (C-24): prefix, 43 characters base64url of 32 random bytes, six characters
/// checksum. The prefix says what it is for, so that none can stand in for another, and lets scanners find leaks; the
/// checksum refuses typing errors without a look at the database. Never logged: the description hides the secret.
package struct TokenText: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
  package enum Kind: String, CaseIterable, Hashable, Sendable {
    case access = "ast_"
    case refresh = "asr_"
    case clientSecret = "ass_"
    /// Link with which a customer follows his work order (WO-26).
    case progressLink = "asp_"
  }

  package static let randomCount = 32
  private static let bodyCount = 43
  private static let checksumCount = 6

  package let kind: Kind
  /// The whole secret. Hashed for storage, shown once to its owner.
  package let text: String

  /// - Parameter random: 32 bytes from the system's generator; another count gives `nil`.
  package init?(_ kind: Kind, random: [UInt8]) {
    guard random.count == Self.randomCount else { return nil }
    let signed = Array(kind.rawValue.utf8) + Array(Base64URL.encode(random).utf8)
    self.kind = kind
    text = String(decoding: signed + Self.checksum(of: signed), as: UTF8.self)
  }

  /// A new secret from the system's generator.
  package static func make(_ kind: Kind) -> TokenText? {
    var generator = SystemRandomNumberGenerator()
    return TokenText(kind, random: (0..<randomCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
  }

  /// Reads a presented secret: exact length, known prefix, canonical base64url, right checksum; else `nil`.
  package init?(_ presented: some StringProtocol) {
    let bytes = Array(presented.utf8)
    guard bytes.count == 4 + Self.bodyCount + Self.checksumCount,
      let kind = Kind.allCases.first(where: { bytes.starts(with: $0.rawValue.utf8) }),
      Base64URL.decode(bytes[4..<4 + Self.bodyCount])?.count == Self.randomCount,
      Self.checksum(of: bytes.dropLast(Self.checksumCount)).elementsEqual(bytes.suffix(Self.checksumCount))
    else { return nil }
    self.kind = kind
    text = String(decoding: bytes, as: UTF8.self)
  }

  package var description: String { "\(kind.rawValue)…" }
  package var debugDescription: String { description }

  /// CRC-32 in base 62, most significant digit first: 62⁶ > 2³².
  private static func checksum(of signed: some Sequence<UInt8>) -> [UInt8] {
    let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    var rest = Int(CRC32.checksum(of: signed))
    var digits: [UInt8] = []
    for _ in 0..<checksumCount {
      digits.append(alphabet[rest % 62])
      rest /= 62
    }
    return digits.reversed()
  }
}

/// CRC-32 of ISO 3309 and zlib, reflected, polynomial 0xEDB88320.
package enum CRC32 {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xedb8_8320 ^ (value >> 1) : value >> 1 }
  }

  package static func checksum(of bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { value, byte in table[Int((value ^ UInt32(byte)) & 0xff)] ^ (value >> 8) }
  }
}
