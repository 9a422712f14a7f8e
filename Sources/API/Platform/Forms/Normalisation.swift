import Foundation

/// Unicode form C for every text that is stored (C-02). Foundation is needed for this one property only.
enum Normalisation {
  static func nfc(_ text: String) -> String {
    // ASCII is in form C already; this is nearly every string.
    text.utf8.allSatisfy { $0 < 0x80 } ? text : text.precomposedStringWithCanonicalMapping
  }
}
