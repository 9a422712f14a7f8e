import Domain

/// Entity tags and the two preconditions made of them (RFC 9110 §8.8.3, §13.1). A strong tag is the row version in
/// quotes.
enum EntityTag {
  enum Condition: Equatable {
    case any
    /// Opaque parts without quotes.
    case tags([(weak: Bool, opaque: String)])

    static func == (left: Self, right: Self) -> Bool {
      switch (left, right) {
      case (.any, .any): true
      case (.tags(let left), .tags(let right)):
        left.elementsEqual(right) { $0.weak == $1.weak && $0.opaque == $1.opaque }
      case (.any, .tags), (.tags, .any): false
      }
    }
  }

  static func text(_ version: Int) -> String { "\"\(version)\"" }

  /// `*` or `1#entity-tag`; `nil` if it is neither.
  static func condition(_ field: String) -> Condition? {
    let units = Array(field.utf8)
    var position = 0
    func skip(_ stop: (UInt8) -> Bool) { while position < units.count, !stop(units[position]) { position += 1 } }
    func isSpace(_ unit: UInt8) -> Bool { unit == 0x20 || unit == 0x09 }
    skip { !isSpace($0) }
    if position < units.count, units[position] == UInt8(ascii: "*") {
      position += 1
      skip { !isSpace($0) }
      return position == units.count ? .any : nil
    }
    var tags: [(weak: Bool, opaque: String)] = []
    while true {
      // Empty list members are allowed (RFC 9110 §5.6.1.2).
      skip { !isSpace($0) && $0 != UInt8(ascii: ",") }
      guard position < units.count else { break }
      var weak = false
      if units[position...].starts(with: [UInt8(ascii: "W"), UInt8(ascii: "/")]) {
        weak = true
        position += 2
      }
      guard position < units.count, units[position] == UInt8(ascii: "\"") else { return nil }
      position += 1
      let start = position
      skip { $0 == UInt8(ascii: "\"") || $0 < 0x21 || $0 == 0x7F }
      guard position < units.count, units[position] == UInt8(ascii: "\"") else { return nil }
      tags.append((weak, String(decoding: units[start..<position], as: UTF8.self)))
      position += 1
      skip { !isSpace($0) }
      guard position == units.count || units[position] == UInt8(ascii: ",") else { return nil }
    }
    return tags.isEmpty || tags.count > 50 ? nil : .tags(tags)
  }

  /// `If-Match`: strong comparison, so weak tags and foreign ones match no version (C-16).
  static func precondition(_ field: String) -> Precondition? {
    switch condition(field) {
    case nil: nil
    case .any: .any
    case .tags(let tags):
      .versions(
        tags.compactMap { tag in
          // Only the canonical spelling is a tag of ours: "07" is not "7".
          guard !tag.weak, let version = Int(tag.opaque), text(version).dropFirst().dropLast() == tag.opaque else {
            return nil
          }
          return version
        })
    }
  }

  /// `If-None-Match` of a GET: weak comparison (C-14). A malformed field is ignored, as an absent one.
  static func matches(_ field: String, current: String) -> Bool {
    switch condition(field) {
    case nil: false
    case .any: true
    case .tags(let tags): tags.contains { "\"\($0.opaque)\"" == current }
    }
  }
}
