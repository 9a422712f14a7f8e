import Crypto
package import Domain
import FoundationEssentials

/// Cursors as clients carry them: base64url of a binary position and a 16-byte HMAC that also covers the list, its
/// filter and its order, so that a cursor works nowhere else (C-10). It grants nothing: authorisation runs on every
/// page.
package struct CursorCodec: Sendable {
  private static let version: UInt8 = 1
  private static let tagLength = 16
  private static let absent = UInt16.max

  private let key: SymmetricKey

  /// - Parameter secret: at least 32 bytes, the same for all instances.
  package init(secret: [UInt8]) { key = SymmetricKey(data: secret) }

  /// - Parameter context: what the cursor is bound to.
  package func encode(_ cursor: Cursor, context: [UInt8]) -> String {
    var bytes: [UInt8] = [Self.version, cursor.backward ? 1 : 0]
    withUnsafeBytes(of: cursor.id.uuid) { bytes.append(contentsOf: $0) }
    bytes.append(UInt8(truncatingIfNeeded: cursor.keys.count))
    for key in cursor.keys {
      let units = key.map { Array($0.utf8) }
      // Sort keys are short columns; a longer one would be a mistake of the list, and its cursor a text that is
      // refused.
      let length = units.map { UInt16(clamping: $0.count) } ?? Self.absent
      bytes.append(UInt8(length >> 8))
      bytes.append(UInt8(length & 0xFF))
      if let units { bytes.append(contentsOf: units) }
    }
    return Base64URL.encode(bytes + tag(bytes, context))
  }

  /// `nil`: tampered with, from another list or filter, or never a cursor.
  package func decode(_ text: String, context: [UInt8]) -> Cursor? {
    guard text.utf8.count <= 4096, let all = Base64URL.decode(text), all.count > Self.tagLength + 18 else { return nil }
    let bytes = Array(all.dropLast(Self.tagLength))
    guard constantTimeEqual(tag(bytes, context), all.suffix(Self.tagLength)), bytes[0] == Self.version else {
      return nil
    }
    var rest = bytes.dropFirst(18)
    guard let count = rest.popFirst() else { return nil }
    var keys: [String?] = []
    for _ in 0..<count {
      guard let high = rest.popFirst(), let low = rest.popFirst() else { return nil }
      let length = UInt16(high) << 8 | UInt16(low)
      if length == Self.absent {
        keys.append(nil)
      } else {
        guard rest.count >= Int(length), let key = String(validating: rest.prefix(Int(length)), as: UTF8.self) else {
          return nil
        }
        keys.append(key)
        rest = rest.dropFirst(Int(length))
      }
    }
    guard rest.isEmpty else { return nil }
    let id = bytes[2..<18].withUnsafeBytes { $0.loadUnaligned(as: uuid_t.self) }
    return Cursor(keys: keys, id: UUID(uuid: id), backward: bytes[1] == 1)
  }

  private func tag(_ bytes: [UInt8], _ context: [UInt8]) -> [UInt8] {
    var code = HMAC<SHA256>(key: key)
    code.update(data: context)
    code.update(data: [0])
    code.update(data: bytes)
    return Array(code.finalize().prefix(Self.tagLength))
  }

  private func constantTimeEqual(_ left: [UInt8], _ right: ArraySlice<UInt8>) -> Bool {
    left.count == right.count && zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
