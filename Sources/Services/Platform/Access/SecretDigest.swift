import Crypto
package import Domain

/// SHA-256 of what we store only the hash of. Enough for 32 random bytes; passwords go through `PasswordHasher`.
package enum SecretDigest {
  package static func of(_ token: TokenText) -> [UInt8] { Array(SHA256.hash(data: Array(token.text.utf8))) }

  package static func of(_ text: String) -> [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }

  /// Takes the same time wherever two digests differ.
  package static func matches(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
