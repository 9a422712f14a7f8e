/// `Range` of a download (RFC 9110 §14.2): one range of bytes. A field that asks for another unit or for several is
/// ignored, as it may be; the whole is the answer then.
enum ByteRange: Equatable {
  case whole
  case part(Range<Int>)
  case unsatisfiable

  /// - Parameters:
  ///   - condition: `If-Range`; anything but the strong tag itself asks for the whole.
  ///   - tag: the entity tag, in quotes.
  static func of(_ field: String?, condition: String?, tag: String, length: Int) -> ByteRange {
    guard let field, condition == nil || condition == tag else { return .whole }
    let text = field.filter { $0 != " " && $0 != "\t" }
    guard text.lowercased().hasPrefix("bytes="), !text.contains(",") else { return .whole }
    let ends = text.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, ends.allSatisfy({ $0.utf8.allSatisfy(ASCII.isDigit) }) else { return .whole }
    switch (number(ends[0]), number(ends[1])) {
    case (nil, nil): return .whole
    case (nil, let suffix?):
      return suffix == 0 || length == 0 ? .unsatisfiable : .part(max(0, length - suffix)..<length)
    case (let first?, let last):
      guard last.map({ $0 >= first }) ?? true else { return .whole }
      return first >= length ? .unsatisfiable : .part(first..<min(length, (last ?? length - 1).saturatingSuccessor))
    }
  }

  /// More digits than fit are simply a lot.
  private static func number(_ text: Substring) -> Int? { text.isEmpty ? nil : Int(text) ?? .max }
}

extension Int {
  fileprivate var saturatingSuccessor: Int { self == .max ? self : self + 1 }
}
