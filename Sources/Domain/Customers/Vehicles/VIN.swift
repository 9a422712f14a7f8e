/// A vehicle identification number (ISO 3779): the key of a vehicle in the whole network (CUS-19).
package struct VIN: Hashable, Sendable, CustomStringConvertible {
  /// 17 characters, upper case, without I, O and Q.
  package let text: String

  /// Takes lower case; refuses what cannot be a VIN, with every reason at once (C-09). Vehicles from before 1981 with
  /// shorter numbers are refused too: they have no VIN.
  /// - Parameter pointer: where the value stands in the request.
  package init(_ candidate: some StringProtocol, pointer: String = "#/vin") throws(Refusal) {
    let bytes = candidate.utf8.map(Self.uppercased)
    if bytes.count == Self.count, bytes.allSatisfy({ Self.value(of: $0) != nil }) {
      text = String(decoding: bytes, as: UTF8.self)
      return
    }
    throw .invalid(Self.violations(of: Array(candidate), pointer: pointer))
  }

  private static func violations(of characters: [Character], pointer: String) -> [Violation] {
    var found: [Violation] = []
    if characters.count != count {
      found.append(
        Violation(
          pointer: pointer, code: characters.count < count ? .tooShort : .tooLong,
          detail: "a VIN has \(count) characters, not \(characters.count)",
          limits: ["min": "\(count)", "max": "\(count)"]))
    }
    for (index, character) in characters.prefix(count).enumerated() {
      if let byte = character.asciiValue, value(of: uppercased(byte)) != nil { continue }
      found.append(
        Violation(
          pointer: pointer, code: .invalidFormat,
          detail: "position \(index + 1): a VIN has digits and letters without I, O and Q"))
    }
    return found
  }

  package var description: String { text }

  /// World manufacturer identifier (ISO 3780): the first three characters.
  package var wmi: Substring { text.prefix(3) }

  /// Vehicle descriptor section: characters 4 to 9.
  package var vds: Substring { text.dropFirst(3).prefix(6) }

  /// Vehicle indicator section: characters 10 to 17.
  package var vis: Substring { text.suffix(8) }

  /// Whether a part of a number, in upper case, has characters of a VIN only.
  package static func hasCharactersOfVIN(_ part: String) -> Bool { part.utf8.allSatisfy { value(of: $0) != nil } }

  private static let count = 17

  private static func uppercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte - 32 : byte
  }
}

// MARK: - Check digit

extension VIN {
  /// What position 9 says about the other sixteen.
  package enum CheckDigit: Hashable, Sendable {
    case valid
    case mismatch(expected: Character)
    /// The market of manufacture does not demand one; position 9 may mean anything.
    case notApplicable
  }

  /// Whether position 9 must be a check digit: USA and Canada (49 CFR 565, CMVSS 115) with Mexico, which follows
  /// them, and China (GB 16735). A vehicle built elsewhere for North America carries one too, but its VIN does not
  /// tell.
  package var demandsCheckDigit: Bool {
    switch country {
    case "US", "CA", "MX", "CN": true
    default: text.utf8.first.map { (UInt8(ascii: "1")...UInt8(ascii: "5")).contains($0) } ?? false
    }
  }

  package var checkDigit: CheckDigit {
    if !demandsCheckDigit { return .notApplicable }
    return hasMatchingCheckDigit ? .valid : .mismatch(expected: expectedCheckDigit)
  }

  /// Whether position 9 matches, demanded or not.
  package var hasMatchingCheckDigit: Bool { text.dropFirst(8).first == expectedCheckDigit }

  /// The weighted sum of the transliterated characters modulo 11, ten written as X.
  package var expectedCheckDigit: Character {
    var sum = 0
    for (byte, weight) in zip(text.utf8, Self.weights) { sum += (Self.value(of: byte) ?? 0) * weight }
    return sum % 11 == 10 ? "X" : Character(Unicode.Scalar(UInt8(ascii: "0") + UInt8(sum % 11)))
  }

  /// Of positions 1 to 17; the check digit itself weighs nothing.
  static let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]

  /// The transliteration of the check-digit rule; `nil` for what no VIN may contain.
  static func value(of byte: UInt8) -> Int? { values[Int(byte)] }

  /// Digits count themselves; letters run 1–9 three times, leaving out I, O and Q and starting the third row at S = 2.
  private static let values: [Int?] = {
    var table = [Int?](repeating: nil, count: 256)
    for (row, first) in [("0123456789", 0), ("ABCDEFGH", 1), ("JKLMN", 1), ("P", 7), ("R", 9), ("STUVWXYZ", 2)] {
      for (offset, byte) in row.utf8.enumerated() { table[Int(byte)] = first + offset }
    }
    return table
  }()
}

// MARK: - Plausibility

extension VIN {
  /// What is odd but possible: shown to the person who typed it, never a refusal.
  package enum Warning: Hashable, Sendable {
    case checkDigitMismatch(expected: Character, found: Character)

    package var sentence: String {
      switch self {
      case .checkDigitMismatch(let expected, let found):
        "The check digit (position 9) is \(found) but must be \(expected): one character is probably mistyped."
      }
    }
  }

  package var warnings: [Warning] {
    switch checkDigit {
    case .valid, .notApplicable: []
    case .mismatch(let expected):
      text.dropFirst(8).first.map { [.checkDigitMismatch(expected: expected, found: $0)] } ?? []
    }
  }

  /// The years that position 10 can mean, oldest first: its letters repeat every 30 years. Empty where the maker uses
  /// it for something else (0, U and Z are no year codes).
  /// - Parameter last: the latest model year that can be, usually next year.
  package func modelYears(upTo last: Int) -> [Int] {
    guard let code = text.dropFirst(9).first,
      let index = Array("ABCDEFGHJKLMNPRSTVWXY123456789").firstIndex(of: code)
    else { return [] }
    return Array(stride(from: 1980 + index, through: max(last, 1979), by: 30))
  }
}
