import Domain

/// A strict JSON reader (RFC 8259, RFC 7493, C-02) over bytes: no BOM, no invalid UTF-8, no duplicate names, no depth
/// beyond 32, nothing behind the document.
///
/// Two kinds of fault: text that is not JSON throws `Malformed` (400); JSON whose strings the product cannot keep —
/// U+0000 and unpaired surrogates — is read on, and each such place becomes a violation with its pointer (422).
struct JSONParser {
  struct Malformed: Error, Equatable {
    /// Byte position of the fault, from 0.
    let offset: Int
    let reason: Reason
  }

  enum Reason: String, Hashable, Sendable {
    case byteOrderMark = "starts with a byte order mark"
    case syntax = "is not JSON"
    case depth = "is nested too deeply"
    case duplicateName = "repeats a member name"
    case encoding = "is not UTF-8"
    case trailing = "goes on after its end"
    case truncated = "ends too early"
  }

  static let maximumDepth = 32

  private let input: UnsafeBufferPointer<UInt8>
  private var position = 0
  private var location = JSONLocation()
  private(set) var violations: [Violation] = []

  private init(_ input: UnsafeBufferPointer<UInt8>) { self.input = input }

  /// The document and the places in it that hold text nobody can keep (at most 50).
  static func parse(_ bytes: [UInt8]) throws(Malformed) -> (value: JSONValue, violations: [Violation]) {
    let outcome: Result<(value: JSONValue, violations: [Violation]), Malformed> = bytes.withUnsafeBufferPointer {
      var parser = JSONParser($0)
      do throws(Malformed) {
        return .success((try parser.document(), parser.violations))
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }

  private mutating func document() throws(Malformed) -> JSONValue {
    if input.starts(with: [0xEF, 0xBB, 0xBF]) { throw fault(.byteOrderMark) }
    let value = try self.value(depth: 0)
    skipSpace()
    guard position == input.count else { throw fault(.trailing) }
    return value
  }

  private func fault(_ reason: Reason) -> Malformed { Malformed(offset: position, reason: reason) }

  private func peek() throws(Malformed) -> UInt8 {
    guard position < input.count else { throw fault(.truncated) }
    return input[position]
  }

  private mutating func skipSpace() {
    while position < input.count {
      switch input[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  private mutating func value(depth: Int) throws(Malformed) -> JSONValue {
    skipSpace()
    switch try peek() {
    case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
    case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"):
      try literal("true")
      return .boolean(true)
    case UInt8(ascii: "f"):
      try literal("false")
      return .boolean(false)
    case UInt8(ascii: "n"):
      try literal("null")
      return .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    default: throw fault(.syntax)
    }
  }

  private mutating func object(depth: Int) throws(Malformed) -> JSONObject {
    guard depth <= Self.maximumDepth else { throw fault(.depth) }
    position += 1
    var members: [JSONObject.Member] = []
    var names: Set<String> = []
    skipSpace()
    if try peek() == UInt8(ascii: "}") {
      position += 1
      return JSONObject()
    }
    while true {
      skipSpace()
      guard try peek() == UInt8(ascii: "\"") else { throw fault(.syntax) }
      let start = position
      let name = try string()
      // Few names are compared one by one; a hostile object with thousands of them must not cost their square.
      let isKnown: Bool
      if members.count < 12 {
        isKnown = members.contains { $0.name == name }
      } else {
        if names.isEmpty { names = Set(members.map(\.name)) }
        isKnown = !names.insert(name).inserted
      }
      if isKnown { throw Malformed(offset: start, reason: .duplicateName) }
      skipSpace()
      guard try peek() == UInt8(ascii: ":") else { throw fault(.syntax) }
      position += 1
      location.steps.append(.member(name))
      let value = try self.value(depth: depth)
      location.steps.removeLast()
      members.append(JSONObject.Member(name: name, value: value))
      skipSpace()
      let separator = try peek()
      guard separator == UInt8(ascii: ",") || separator == UInt8(ascii: "}") else { throw fault(.syntax) }
      position += 1
      if separator == UInt8(ascii: "}") { return JSONObject(members: members) }
    }
  }

  private mutating func array(depth: Int) throws(Malformed) -> [JSONValue] {
    guard depth <= Self.maximumDepth else { throw fault(.depth) }
    position += 1
    var items: [JSONValue] = []
    skipSpace()
    if try peek() == UInt8(ascii: "]") {
      position += 1
      return []
    }
    while true {
      location.steps.append(.element(items.count))
      items.append(try value(depth: depth))
      location.steps.removeLast()
      skipSpace()
      let separator = try peek()
      guard separator == UInt8(ascii: ",") || separator == UInt8(ascii: "]") else { throw fault(.syntax) }
      position += 1
      if separator == UInt8(ascii: "]") { return items }
    }
  }

  private mutating func literal(_ word: StaticString) throws(Malformed) {
    for offset in 0..<word.utf8CodeUnitCount {
      guard try peek() == word.utf8Start[offset] else { throw fault(.syntax) }
      position += 1
    }
  }

  /// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?` as text.
  private mutating func number() throws(Malformed) -> String {
    let start = position
    if try peek() == UInt8(ascii: "-") { position += 1 }
    if try peek() == UInt8(ascii: "0") { position += 1 } else { try digits() }
    if position < input.count, input[position] == UInt8(ascii: ".") {
      position += 1
      try digits()
    }
    if position < input.count, input[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      let sign = try peek()
      if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
    return String(decoding: input[start..<position], as: UTF8.self)
  }

  private mutating func digits() throws(Malformed) {
    guard ASCII.isDigit(try peek()) else { throw fault(.syntax) }
    while position < input.count, ASCII.isDigit(input[position]) { position += 1 }
  }

  private mutating func string() throws(Malformed) -> String {
    position += 1
    let start = position
    // The common string has no escapes: one validating copy.
    while position < input.count {
      let unit = input[position]
      if unit == UInt8(ascii: "\"") {
        let text = try decoded(input[start..<position], at: start)
        position += 1
        return text
      }
      if unit == UInt8(ascii: "\\") { break }
      guard unit >= 0x20 else { throw fault(.syntax) }
      position += 1
    }
    var units = Array(input[start..<position])
    while true {
      let unit = try peek()
      switch unit {
      case UInt8(ascii: "\""):
        let text = try units.withUnsafeBufferPointer { buffer throws(Malformed) in try decoded(buffer[...], at: start) }
        position += 1
        return text
      case UInt8(ascii: "\\"):
        position += 1
        try escape(into: &units)
      case 0..<0x20: throw fault(.syntax)
      default:
        units.append(unit)
        position += 1
      }
    }
  }

  private func decoded(_ units: Slice<UnsafeBufferPointer<UInt8>>, at start: Int) throws(Malformed) -> String {
    guard let text = String(validating: units, as: UTF8.self) else {
      throw Malformed(offset: start, reason: .encoding)
    }
    return text
  }

  private mutating func escape(into units: inout [UInt8]) throws(Malformed) {
    let unit = try peek()
    position += 1
    switch unit {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(unit)
    case UInt8(ascii: "b"): units.append(0x08)
    case UInt8(ascii: "f"): units.append(0x0C)
    case UInt8(ascii: "n"): units.append(0x0A)
    case UInt8(ascii: "r"): units.append(0x0D)
    case UInt8(ascii: "t"): units.append(0x09)
    case UInt8(ascii: "u"): try unicode(into: &units)
    default:
      position -= 1
      throw fault(.syntax)
    }
  }

  private mutating func unicode(into units: inout [UInt8]) throws(Malformed) {
    let first = try hexadecimal()
    if first == 0 { return refuse("must not contain U+0000") }
    var code = first
    if first >= 0xD800, first < 0xDC00 {
      guard position + 1 < input.count, input[position] == UInt8(ascii: "\\"),
        input[position + 1] == UInt8(ascii: "u")
      else { return refuse("must not contain an unpaired surrogate") }
      let rewind = position
      position += 2
      let second = try hexadecimal()
      guard second >= 0xDC00, second < 0xE000 else {
        position = rewind
        return refuse("must not contain an unpaired surrogate")
      }
      code = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else { return refuse("must not contain an unpaired surrogate") }
    units.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
  }

  private mutating func hexadecimal() throws(Malformed) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Hexadecimal.value(try peek()) else { throw fault(.syntax) }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }

  /// In a member's name the pointer is that of the object around it.
  private mutating func refuse(_ detail: String) {
    guard violations.count < 50 else { return }
    violations.append(Violation(pointer: location.pointer, code: .invalidFormat, detail: detail))
  }
}
