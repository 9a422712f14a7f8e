import Domain
import Foundation

/// Unicode form C for every text that is stored (C-02). Foundation is needed for this one property only.
enum Normalisation {
  static func nfc(_ text: String) -> String {
    // Nearly every string is in form C already.
    text.hasOneSpelling ? text : text.precomposedStringWithCanonicalMapping
  }
}
