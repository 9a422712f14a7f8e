/// SHA-256 of a blob's bytes, which is its name in every store.
package struct BlobDigest: Hashable, Sendable, CustomStringConvertible {
  /// 32 bytes.
  package let bytes: [UInt8]

  /// `nil` unless there are 32 bytes.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    self.bytes = bytes
  }

  init(hash: some Sequence<UInt8>) { bytes = Array(hash) }

  /// 64 lower-case hexadecimal digits.
  package var description: String { Hexadecimal.text(bytes) }

  /// `ab/cd/abcd…`: two levels of folders, so that no folder grows without bound.
  var path: String {
    let name = description
    return "\(name.prefix(2))/\(name.dropFirst(2).prefix(2))/\(name)"
  }
}

enum Hexadecimal {
  private static let digits = Array("0123456789abcdef".utf8)

  static func text(_ bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
