import Crypto
import Domain
import FoundationEssentials

/// A link that carries its own permission, for people without a login: base64url of what it claims and the first 16 bytes of an
/// HMAC-SHA256 over it, behind a prefix that keeps it from standing in for an access token or a link of another kind (C-24).
struct SignedLink: Sendable {
  private let prefix: String
  /// Bytes of the claim.
  private let length: Int
  private let key: SymmetricKey
  private static let codeLength = 16

  /// - Parameter secret: at least 32 random bytes, the same on every instance and for this kind of link only.
  init(prefix: String, length: Int, secret: [UInt8]) {
    self.prefix = prefix
    self.length = length
    key = SymmetricKey(data: secret)
  }

  func token(_ claim: [UInt8]) -> String {
    prefix + Base64URL.encode(claim + HMAC<SHA256>.authenticationCode(for: claim, using: key).prefix(Self.codeLength))
  }

  /// `nil` for a link that is not ours or was changed.
  func claim(of token: String) -> [UInt8]? {
    guard token.hasPrefix(prefix), token.utf8.count <= prefix.utf8.count + (length + Self.codeLength + 2) / 3 * 4,
      let bytes = Base64URL.decode(token.dropFirst(prefix.count)), bytes.count == length + Self.codeLength
    else { return nil }
    let claim = Array(bytes[..<length])
    // Both sides are hashed again, so that the comparison's time says nothing about the code.
    let expected = Array(HMAC<SHA256>.authenticationCode(for: claim, using: key).prefix(Self.codeLength))
    guard SHA256.hash(data: expected) == SHA256.hash(data: Array(bytes[length...])) else { return nil }
    return claim
  }
}

extension [UInt8] {
  mutating func append<Of>(_ id: Identifier<Of>) {
    append(contentsOf: Swift.withUnsafeBytes(of: id.uuid.uuid) { Array($0) })
  }

  mutating func append(_ number: Int32) {
    for shift in stride(from: 24, through: 0, by: -8) { append(UInt8(truncatingIfNeeded: number >> shift)) }
  }

  /// To the second.
  mutating func append(_ instant: Timestamp) {
    let seconds = UInt64(bitPattern: instant.milliseconds / 1000)
    for shift in stride(from: 56, through: 0, by: -8) { append(UInt8(truncatingIfNeeded: seconds >> shift)) }
  }

  func identifier<Of>(at place: Int, _ kind: Of.Type = Of.self) -> Identifier<Of>? {
    var canonical = self[place..<place + 16].reduce(into: "") { text, byte in
      text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }
    for offset in [20, 16, 12, 8] {
      canonical.insert("-", at: canonical.index(canonical.startIndex, offsetBy: offset))
    }
    return Identifier<Of>(canonical)
  }

  func number(at place: Int) -> Int32 { self[place..<place + 4].reduce(Int32(0)) { $0 << 8 | Int32($1) } }

  func instant(at place: Int) -> Timestamp? {
    let seconds = self[place..<place + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Int64(exactly: seconds).flatMap { $0 > Int64.max / 1000 ? nil : Timestamp(milliseconds: $0 * 1000) }
  }
}
