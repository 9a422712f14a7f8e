/// Looks at bytes as they pass and refuses what is not of the declared type: a declaration alone is the sender's word. Types
/// with a signature are known by their first bytes; text by all of them, which must be UTF-8 without control characters.
package struct ContentInspector: Sendable {
  private enum Kind: Equatable {
    case binary(Attachment.MediaType)
    case text
    case unknown
  }

  /// Enough for every signature.
  private static let headLength = 64

  private let declared: Attachment.MediaType?
  /// What the bytes are; `nil` until enough of them have passed.
  package private(set) var mediaType: Attachment.MediaType?
  private var head: [UInt8] = []
  private var isDecided = false
  private var text = TextCheck()
  private var isText = true
  package private(set) var count = 0

  /// - Parameter declared: `nil`: announced as mere bytes, which say themselves what they are: one of the types with a signature,
  ///   or text.
  package init(declared: Attachment.MediaType?) { self.declared = declared }

  /// - Throws: `Refusal.conflict` with the code `media-type-mismatch`, as early as it shows.
  package mutating func take(_ bytes: [UInt8]) throws(Refusal) {
    count += bytes.count
    if !isDecided {
      head += bytes.prefix(Self.headLength - head.count)
      if head.count == Self.headLength { try decide() }
    }
    // Whether it is text, all of it says.
    guard declared == .text || declared == .csv || declared == nil && (mediaType == nil || mediaType == .text) else {
      return
    }
    if isText, !text.take(bytes) { isText = false }
    if !isText, declared != nil || isDecided { throw mismatch("bytes that are no UTF-8 text") }
  }

  /// - Throws: `Refusal.invalid` for nothing at all.
  package mutating func finish() throws(Refusal) {
    guard count > 0 else { throw .invalid("#", .tooShort, "must not be empty") }
    if !isDecided { try decide() }
    guard mediaType == .text || mediaType == .csv else { return }
    if !isText { throw mismatch("bytes that are no UTF-8 text") }
    if !text.isComplete { throw mismatch("text that ends within a character") }
  }

  private mutating func decide() throws(Refusal) {
    isDecided = true
    switch Self.kind(of: head) {
    case .binary(let type):
      if let declared, type != declared { throw mismatch(type.rawValue, type) }
      mediaType = type
    case .text, .unknown:
      if let declared, declared != .text, declared != .csv { throw mismatch("something else") }
      mediaType = declared ?? .text
    }
  }

  private func mismatch(_ found: String, _ type: Attachment.MediaType? = nil) -> Refusal {
    let announced = declared?.rawValue ?? Attachment.MediaType.bytes
    return .conflict(
      code: "media-type-mismatch", detail: "The body was announced as \(announced) but is \(found).",
      .declared(announced), .found(type?.rawValue))
  }

  private static func kind(of head: [UInt8]) -> Kind {
    func has(_ text: StaticString, at offset: Int = 0) -> Bool {
      text.withUTF8Buffer { head.dropFirst(offset).starts(with: $0) }
    }
    if head.starts(with: [0xFF, 0xD8, 0xFF]) { return .binary(.jpeg) }
    if head.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .binary(.png) }
    if has("RIFF"), has("WEBP", at: 8) { return .binary(.webp) }
    if has("%PDF-") { return .binary(.pdf) }
    if has("ftyp", at: 4) {
      let brands = brands(of: head)
      if brands.contains(where: heicBrands.contains) { return .binary(.heic) }
      if brands.contains(where: mp4Brands.contains) { return .binary(.mp4) }
      return .unknown
    }
    return .unknown
  }

  /// The major brand and the compatible ones, as far as they are in the head (ISO/IEC 14496-12).
  private static func brands(of head: [UInt8]) -> [String] {
    let length = head.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    let end = min(max(length, 16), head.count)
    // Between the major brand and the compatible ones stands a version.
    let places = [8] + stride(from: 16, to: end, by: 4)
    return places.compactMap { place in
      place + 4 <= end ? String(decoding: head[place..<(place + 4)], as: UTF8.self) : nil
    }
  }

  private static let heicBrands: Set<String> = ["heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1"]
  private static let mp4Brands: Set<String> = [
    "isom", "iso2", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "M4V ", "MSNV", "dash",
  ]
}

/// Whether bytes that come in pieces are UTF-8 (RFC 3629) without control characters but tab, line ends and form feed.
private struct TextCheck: Sendable {
  /// Continuation bytes that the character at hand still needs, and what the next of them may be.
  private var awaited = 0
  private var allowed: ClosedRange<UInt8> = 0x80...0xBF

  var isComplete: Bool { awaited == 0 }

  mutating func take(_ bytes: [UInt8]) -> Bool {
    for byte in bytes {
      if awaited > 0 {
        guard allowed.contains(byte) else { return false }
        awaited -= 1
        allowed = 0x80...0xBF
        continue
      }
      switch byte {
      case 0x09, 0x0A, 0x0C, 0x0D, 0x20...0x7E: break
      case 0xC2...0xDF: awaited = 1
      case 0xE0: (awaited, allowed) = (2, 0xA0...0xBF)
      case 0xE1...0xEC, 0xEE, 0xEF: awaited = 2
      case 0xED: (awaited, allowed) = (2, 0x80...0x9F)
      case 0xF0: (awaited, allowed) = (3, 0x90...0xBF)
      case 0xF1...0xF3: awaited = 3
      case 0xF4: (awaited, allowed) = (3, 0x80...0x8F)
      default: return false
      }
    }
    return true
  }
}
