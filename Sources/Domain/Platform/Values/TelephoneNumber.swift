/// Telephone numbers as people write them: one number, many spellings.
package enum TelephoneNumber {
  /// One spelling for one number, by which numbers are compared: digits alone for a number of the mainland, `+` and digits
  /// for any other.
  ///
  /// `+86 138-4001-2345`, `0086 13840012345`, `86 138 4001 2345` and `13840012345` are one number, as are
  /// `+86 24 88990011` and `024-88990011`.
  package static func normalised(_ text: String) -> String {
    var digits = text.compactMap(\.wholeNumberValue).map { Character("\($0)") }
    var isInternational = text.first { !$0.isWhitespace } == "+"
    if !isInternational, digits.starts(with: "00") {
      digits.removeFirst(2)
      isInternational = true
    }
    // Without any prefix only a mobile with its country says what it is: 86 also begins numbers of towns.
    if !isInternational, digits.count == 13, digits.starts(with: "86"), isMobile(digits[2...]) {
      isInternational = true
    }
    guard isInternational else { return String(digits) }
    guard digits.starts(with: "86") else { return "+" + String(digits) }
    let national = digits[2...]
    return isMobile(national) || national.first == "0" ? String(national) : "0" + String(national)
  }

  private static func isMobile(_ digits: ArraySlice<Character>) -> Bool {
    digits.count == 11 && digits.first == "1" && "3456789".contains(digits[digits.startIndex + 1])
  }
}
