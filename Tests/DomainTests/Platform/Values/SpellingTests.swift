import Domain
import Foundation
import Testing

@Suite struct SpellingTests {
  @Test("text of one spelling is in form C whatever stands before it, and no scalar of it combines (C-02, SEC-04)")
  func stable() {
    var known = 0
    for value in UInt32(0)..<0x30000 {
      guard let scalar = Unicode.Scalar(value), String(scalar).hasOneSpelling else { continue }
      known += 1
      let text = "a李" + String(scalar)
      let isStable = [text.precomposedStringWithCanonicalMapping, text.decomposedStringWithCanonicalMapping].allSatisfy
      {
        $0.unicodeScalars.elementsEqual(text.unicodeScalars)
      }
      if !isStable || scalar.properties.canonicalCombiningClass != .notReordered || scalar.properties.isGraphemeExtend {
        Issue.record("U+\(String(value, radix: 16))")
      }
    }
    #expect(known > 20_000)
  }

  @Test(
    "text with letters that can be composed in two ways is not",
    arguments: ["é", "e\u{301}", "Å", "ガ", "\u{f9e1}", "李é"])
  func composed(_ text: String) {
    #expect(!text.hasOneSpelling)
  }
}
