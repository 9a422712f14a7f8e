import Crypto
import Domain
import FoundationEssentials
package import Repositories

/// The keys of sealed columns (SEC-04; quality S12): AES-256-GCM with a fresh nonce a text, and the name of the key in front, so that
/// texts under several keys live side by side while a new key takes over.
///
/// Kept is `aes256gcm:NAME:2.BASE64(nonce, ciphertext, tag)`; the name, the version 2 and the place (table, column, row) are
/// authenticated with the text. Without `2.` it is of version 1, which knew no place: it is read, and `aftersales seal` writes it anew.
package struct ColumnKeys: ColumnSeal, CustomStringConvertible, CustomDebugStringConvertible {
  package struct Key: Sendable {
    package let name: String
    let key: SymmetricKey

    /// - Parameters:
    ///   - name: 1 to 16 of `a-z`, `0-9` and `-`.
    ///   - bytes: 32.
    package init(name: String, bytes: [UInt8]) throws(Refused) {
      guard (1...16).contains(name.utf8.count), name.utf8.allSatisfy(Self.isPartOfName) else { throw .name }
      // A key that somebody typed in order to get past this check is none.
      guard bytes.count == 32, Set(bytes).count >= 8 else { throw .weak }
      self.name = name
      key = SymmetricKey(data: bytes)
    }

    private static func isPartOfName(_ byte: UInt8) -> Bool {
      (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
    }
  }

  package enum Refused: Error, Hashable, Sendable {
    /// Not 1 to 16 of `a-z`, `0-9` and `-`.
    case name
    /// Not 32 bytes, or hardly any different ones.
    case weak
    case noKey, sameName
  }

  private static let scheme = "aes256gcm:"
  /// Stands in no BASE64.
  private static let bound = "2."
  private let current: Key
  private let prefix: String
  private let keys: [String: SymmetricKey]

  /// - Parameter keys: the first one seals, all open.
  package init(_ keys: [Key]) throws(Refused) {
    guard let first = keys.first else { throw .noKey }
    guard Set(keys.map(\.name)).count == keys.count else { throw .sameName }
    current = first
    prefix = "\(Self.scheme)\(first.name):\(Self.bound)"
    self.keys = Dictionary(keys.map { ($0.name, $0.key) }, uniquingKeysWith: { first, _ in first })
  }

  package var description: String { "column keys" }
  package var debugDescription: String { description }

  package func sealed(_ text: String, at place: SealedPlace) -> String {
    // Fails for a key of another length only, and `Key` has none.
    guard
      let box = try? AES.GCM.seal(
        Array(text.utf8), using: current.key, authenticating: Self.authenticated(prefix, place)
      ).combined
    else { preconditionFailure("a column key of 32 bytes seals") }
    return prefix + box.base64EncodedString()
  }

  package func opened(_ text: String, at place: SealedPlace) throws -> String {
    guard let (name, content) = Self.parts(text) else { return text }
    guard let key = keys[name] else {
      throw Failure.internal(reference: "a column is sealed under the key \(name), which is not configured")
    }
    let isBound = content.hasPrefix(Self.bound)
    let cipher = isBound ? content.dropFirst(Self.bound.count) : content
    let authenticated =
      isBound
      ? Self.authenticated("\(Self.scheme)\(name):\(Self.bound)", place) : Array("\(Self.scheme)\(name):".utf8)
    guard let data = Data(base64Encoded: String(cipher)), let box = try? AES.GCM.SealedBox(combined: data),
      let plain = try? AES.GCM.open(box, using: key, authenticating: authenticated)
    else { throw Failure.internal(reference: "a column sealed under the key \(name) was changed or moved") }
    return String(decoding: plain, as: UTF8.self)
  }

  /// No part holds a zero, so no two places are the same bytes.
  private static func authenticated(_ prefix: String, _ place: SealedPlace) -> [UInt8] {
    Array([prefix, place.table, place.column, place.row].joined(separator: "\0").utf8)
  }

  package func isCurrent(_ text: String) -> Bool { text.hasPrefix(prefix) }

  /// Whether it is kept under any key.
  package static func isSealed(_ text: String) -> Bool { parts(text) != nil }

  private static func parts(_ text: String) -> (name: String, content: Substring)? {
    guard text.utf8.starts(with: scheme.utf8) else { return nil }
    let rest = text.dropFirst(scheme.count)
    guard let colon = rest.firstIndex(of: ":") else { return nil }
    return (String(rest[..<colon]), rest[rest.index(after: colon)...])
  }
}
