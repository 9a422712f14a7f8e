/// `Content-Disposition` of a download (RFC 6266): always `attachment`, so that no browser shows inside our origin what
/// somebody uploaded.
enum ContentDisposition {
  static func attachment(_ name: String) -> String {
    let plain = String(
      decoding: name.unicodeScalars.map { scalar -> UInt8 in
        scalar.isASCII && isPlain(UInt8(scalar.value)) ? UInt8(scalar.value) : UInt8(ascii: "_")
      }, as: UTF8.self)
    let quoted = "attachment; filename=\"\(plain)\""
    return plain == name ? quoted : "\(quoted); filename*=UTF-8''\(PercentEncoding.encode(name))"
  }

  /// What needs no escape within quotes and misleads no file system.
  private static func isPlain(_ unit: UInt8) -> Bool {
    unit >= 0x20 && unit < 0x7F && !"\"\\%/:*?<>|;".utf8.contains(unit)
  }
}
