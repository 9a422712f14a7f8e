/// What people write in their own words may say anything about anybody (SEC-04): the summary of an order, a note, a reason. The
/// workshop needs the words, so they are not hidden but cleaned: telephone numbers, e-mail addresses, identity numbers and the
/// names that the document knows are masked like the fields that carry them. One rule for answers, lists and history; the log of
/// events, which is kept for ever and read widely, takes such text only cleaned.
package enum FreeText {
  /// - Parameter names: of the people whom the document names.
  package static func cleaned(_ text: String, names: [String] = []) -> String {
    var shown = text
    for name in Set(names) where name.count > 1 && mayContain(shown, name) {
      shown = shown.replacing(name, with: PersonalData.name(name))
    }
    if !mayHoldNumber(shown) { return shown }
    var out = ""
    var rest = shown[...]
    while let character = rest.first {
      let word = rest.prefix(while: isWord)
      if word.isEmpty {
        out.append(character)
        rest = rest.dropFirst()
      } else if let at = word.firstIndex(of: "@"), at > word.startIndex {
        // A full stop that ends the sentence belongs to it.
        let address = word.last == "." ? word.dropLast() : word
        out += PersonalData.email(String(address)) + word[address.endIndex...]
        rest = rest[word.endIndex...]
      } else if character.isASCII, character.isNumber || character == "+" {
        let number = self.number(rest)
        let isNumber = !(rest[number.endIndex...].first.map { $0.isASCII && $0.isLetter } ?? false)
        out += isNumber ? masked(number) : String(number)
        rest = rest[number.endIndex...]
        // What hangs on it (a unit, the rest of a part number) goes with it unread.
        let tail = rest.prefix(while: isWord)
        out += tail
        rest = rest[tail.endIndex...]
      } else {
        out += word
        rest = rest[word.endIndex...]
      }
    }
    return out
  }

  /// Whether there is an `@`, or the seven digits that the shortest number has. Most text has neither, and looking at bytes
  /// costs a hundredth of looking at characters.
  private static func mayHoldNumber(_ text: String) -> Bool {
    var digits = 0
    for unit in text.utf8 {
      if unit == UInt8(ascii: "@") { return true }
      if unit >= UInt8(ascii: "0"), unit <= UInt8(ascii: "9") { digits += 1 }
    }
    return digits >= 7
  }

  /// False only if the name cannot be in the text: both are of scalars that have one spelling, and its bytes are not there.
  private static func mayContain(_ text: String, _ name: String) -> Bool {
    guard text.hasOneSpelling, name.hasOneSpelling else { return true }
    let (text, name) = (Array(text.utf8), Array(name.utf8))
    return text.indices.contains { text[$0...].starts(with: name) }
  }

  /// What document numbers, VINs, part numbers and e-mail addresses are made of: digits inside them are no telephone numbers.
  private static func isWord(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || "-_@.+%".contains(character))
  }

  /// Digits from the beginning, with a plus in front and single spaces or hyphens between them; `X` ends an identity number.
  private static func number(_ text: Substring) -> Substring {
    var end = text.startIndex
    var index = text.startIndex
    if text.first == "+" { index = text.index(after: index) }
    var digits = 0
    while index < text.endIndex {
      if text[index].isASCII, text[index].isNumber {
        digits += 1
        index = text.index(after: index)
        end = index
      } else if digits > 0, text[index] == " " || text[index] == "-", text[index...].dropFirst().first?.isNumber == true
      {
        index = text.index(after: index)
      } else {
        if digits == 17, text[index] == "X" || text[index] == "x" { end = text.index(after: index) }
        break
      }
    }
    // A plus alone is a word like any other.
    return end > text.startIndex ? text[..<end] : text.prefix(1)
  }

  /// Resident identity numbers, and what a telephone in China or abroad can have. Days, amounts, kilometres and most part numbers
  /// are none of them and stay.
  private static func masked(_ number: Substring) -> String {
    let digits = number.filter(\.isNumber)
    let isUnbroken = digits.count == number.count
    if isUnbroken && [15, 18].contains(digits.count) || digits.count == 17 && number.count == 18 {
      return PersonalData.identityNumber(String(number))
    }
    let groups = number.split { $0 == "-" || $0 == " " }.map(\.count)
    let isTelephone =
      number.hasPrefix("+") && digits.count >= 7
      || digits.count == 11 && digits.hasPrefix("1") || digits.count == 13 && digits.hasPrefix("861")
      || digits.hasPrefix("0") && (10...15).contains(digits.count)
      || isUnbroken && (7...8).contains(digits.count) || [[3, 3, 4], [3, 4, 3]].contains(groups)
    return isTelephone ? PersonalData.phone(String(number)) : String(number)
  }
}
