/// The media types spoken here, and the two header fields that negotiate them (C-06).
package enum MediaType {
  package static let json = "application/json; charset=utf-8"
  package static let problem = "application/problem+json"
  package static let health = "application/health+json"
  package static let mergePatch = "application/merge-patch+json"
  package static let form = "application/x-www-form-urlencoded"

  /// Type and subtype in lower case, without parameters; `nil` if the field has the wrong form or another charset than
  /// UTF-8.
  static func essence(_ field: String) -> String? {
    let parts = field.split(separator: ";", omittingEmptySubsequences: false)
    let essence = trimmed(parts[0]).lowercased()
    guard essence.split(separator: "/", omittingEmptySubsequences: false).count == 2 else { return nil }
    for parameter in parts.dropFirst() {
      let pair = trimmed(parameter).split(separator: "=", maxSplits: 1)
      guard pair.count == 2 else { return nil }
      if pair[0].lowercased() == "charset", unquoted(pair[1]).lowercased() != "utf-8" { return nil }
    }
    return essence
  }

  /// Whether `Accept` lets one of `offered` through (RFC 9110 §12.5.1). The most specific range decides.
  static func accepts(_ field: String?, offered: [String]) -> Bool { preferred(field, offered: offered) != nil }

  /// The one of `offered` that `Accept` wants most, the first of those that it wants equally; `nil` if it wants none.
  static func preferred(_ field: String?, offered: [String]) -> String? {
    // What nearly every client sends.
    guard let field, !field.isEmpty, field != "*/*" else { return offered.first }
    var chosen: (offer: String, quality: Double)?
    for offer in offered {
      let quality = quality(of: offer, in: field)
      if quality > chosen?.quality ?? 0 { chosen = (offer, quality) }
    }
    return chosen?.offer
  }

  private static func quality(of offer: String, in field: String) -> Double {
    var best = (specificity: -1, quality: 0.0)
    for range in field.split(separator: ",") {
      let parts = range.split(separator: ";").map(trimmed)
      guard let name = parts.first?.lowercased() else { continue }
      let specificity: Int
      if name == offer {
        specificity = 2
      } else if name.hasSuffix("/*"), offer.hasPrefix(name.dropLast(1)) {
        specificity = 1
      } else if name == "*/*" {
        specificity = 0
      } else {
        continue
      }
      let weight = parts.dropFirst().first { $0.lowercased().hasPrefix("q=") }
      let quality = weight.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
      if specificity > best.specificity { best = (specificity, quality) }
    }
    return best.quality
  }

  static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return text
  }

  static func unquoted(_ text: Substring) -> Substring {
    text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"") ? text.dropFirst().dropLast() : text
  }
}
