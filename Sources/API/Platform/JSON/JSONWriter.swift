/// A value that knows its JSON. Exactly one JSON value must be written; members of an object in ascending order of
/// name.
package protocol JSONWritable {
  func write(to json: inout JSONWriter)
}

/// Writes JSON (RFC 8259) straight into bytes: sorted members, no slash escaping, no reflection (C-02).
///
///     json.object {
///       $0.object("contact") { $0.field("phone", phone) }
///       $0.field("id", id)
///       $0.array("lines", lines)
///       $0.null("note")
///     }
///
/// Members that `fields=` did not select are skipped here, so that no document needs to know about selection (C-13).
package struct JSONWriter {
  package private(set) var bytes: [UInt8]
  private var needsComma = false
  private var selection = Selection.none
  private var depth = 0
  private var sightings = FieldSelection.Sightings()
  /// Members that the object at this depth gets beside its own, in ascending order of name.
  private var additions: (members: ArraySlice<Addition>, depth: Int)?
  #if DEBUG
    private var lastNames: [String?] = []
  #endif

  /// What `fields=` still has to say at the depth that is being written.
  private enum Selection {
    case none
    case document(FieldSelection, depth: Int)
    case member(Set<String>, of: String, depth: Int)
  }

  /// A member that a document gets beside its own (`expand`).
  package typealias Addition = (name: String, value: any JSONWritable)

  /// - Parameter capacity: expected size in bytes; the buffer grows beyond it.
  package init(capacity: Int = 512) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  /// The JSON text of one value.
  package static func bytes(
    of value: some JSONWritable, fields: FieldSelection? = nil, capacity: Int = 512
  ) -> [UInt8] {
    var json = JSONWriter(capacity: capacity)
    json.selecting(fields) { value.write(to: &$0) }
    return json.bytes
  }

  /// Objects that `body` writes at this level show the selected members only.
  package mutating func selecting(_ fields: FieldSelection?, _ body: (inout JSONWriter) throws -> Void) rethrows {
    guard let fields else { return try body(&self) }
    let outer = selection
    selection = .document(fields, depth: depth + 1)
    defer { selection = outer }
    try body(&self)
  }

  /// What `fields` names and no document that was written has; to be asked when all are written.
  package func unknown(in fields: FieldSelection) -> FieldSelection.Unknown? { fields.unknown(by: sightings) }

  /// Objects that `body` writes at this level get further members, each where its name belongs. Their names are no member's own.
  package mutating func adding(_ members: [Addition], _ body: (inout JSONWriter) throws -> Void) rethrows {
    let outer = additions
    additions = (
      members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }[...], depth: depth + 1
    )
    defer { additions = outer }
    try body(&self)
  }

  private mutating func writeAdditions(before name: String?) {
    guard let pending = additions, pending.depth == depth else { return }
    additions = nil
    var rest = pending.members
    while let next = rest.first, name.map({ next.name.utf8.lexicographicallyPrecedes($0.utf8) }) ?? true {
      rest.removeFirst()
      member(named: next.name) { next.value.write(to: &$0) }
    }
    additions = (rest, depth: pending.depth)
  }

  // MARK: Values

  /// One object as a value (top level, or an element of an array).
  package mutating func object(_ members: (inout JSONWriter) throws -> Void) rethrows {
    append(UInt8(ascii: "{"))
    needsComma = false
    depth += 1
    #if DEBUG
      lastNames.append(nil)
    #endif
    try members(&self)
    if additions != nil { writeAdditions(before: nil) }
    #if DEBUG
      lastNames.removeLast()
    #endif
    depth -= 1
    append(UInt8(ascii: "}"))
    needsComma = true
  }

  /// One array as a value, an element for each item.
  package mutating func array<Items: Sequence>(
    _ items: Items, _ element: (inout JSONWriter, Items.Element) throws -> Void
  ) rethrows {
    append(UInt8(ascii: "["))
    needsComma = false
    for item in items {
      separate()
      try element(&self, item)
      needsComma = true
    }
    append(UInt8(ascii: "]"))
    needsComma = true
  }

  package mutating func null() {
    raw("null")
    needsComma = true
  }

  package mutating func boolean(_ value: Bool) {
    raw(value ? "true" : "false")
    needsComma = true
  }

  package mutating func integer(_ value: Int64) {
    if value < 0 { append(UInt8(ascii: "-")) }
    digits(value.magnitude)
    needsComma = true
  }

  package mutating func string(_ value: some StringProtocol) {
    quoted(String(value))
    needsComma = true
  }

  /// A JSON text that is known to be well formed already (a stored representation), spliced in as it is.
  package mutating func splice(_ json: some Sequence<UInt8>) {
    bytes.append(contentsOf: json)
    needsComma = true
  }

  // MARK: Members

  /// An absent value is `null`: responses always carry every documented member (C-02).
  package mutating func field(_ name: StaticString, _ value: some JSONWritable) {
    member(name) { value.write(to: &$0) }
  }

  package mutating func field<Choice: RawRepresentable<String>>(_ name: StaticString, _ value: Choice) {
    member(name) { $0.string(value.rawValue) }
  }

  package mutating func field<Choice: RawRepresentable<String>>(_ name: StaticString, _ value: Choice?) {
    member(name) { json in
      if let value { json.string(value.rawValue) } else { json.null() }
    }
  }

  package mutating func null(_ name: StaticString) {
    member(name) { $0.null() }
  }

  package mutating func object(_ name: StaticString, _ members: (inout JSONWriter) throws -> Void) rethrows {
    try member(name) { try $0.object(members) }
  }

  package mutating func array<Items: Sequence>(_ name: StaticString, _ items: Items) where Items.Element: JSONWritable {
    member(name) { json in json.array(items) { $1.write(to: &$0) } }
  }

  package mutating func array<Items: Sequence>(
    _ name: StaticString, _ items: Items
  ) where Items.Element: RawRepresentable<String> {
    member(name) { json in json.array(items) { $0.string($1.rawValue) } }
  }

  package mutating func array<Items: Sequence>(
    _ name: StaticString, _ items: Items, _ element: (inout JSONWriter, Items.Element) throws -> Void
  ) rethrows {
    try member(name) { try $0.array(items, element) }
  }

  /// One member whose value `body` writes. The name is ASCII that needs no escaping.
  package mutating func member(_ name: StaticString, _ body: (inout JSONWriter) throws -> Void) rethrows {
    if additions != nil { writeAdditions(before: name.description) }
    #if DEBUG
      checkOrder(name.description)
    #endif
    if case .none = selection {
      key(name)
      try body(&self)
    } else {
      try selectedMember(name.description, isFixed: true) { json in
        json.key(name)
        try body(&json)
      }
    }
  }

  /// A member whose name is only known at run time (dictionaries, members of problems).
  package mutating func member(named name: String, _ body: (inout JSONWriter) throws -> Void) rethrows {
    if additions != nil { writeAdditions(before: name) }
    #if DEBUG
      checkOrder(name)
    #endif
    try selectedMember(name, isFixed: false) { json in
      json.separate()
      json.quoted(name)
      json.append(UInt8(ascii: ":"))
      json.needsComma = false
      try body(&json)
      json.needsComma = true
    }
  }

  // MARK: Bytes

  mutating func append(_ byte: UInt8) { bytes.append(byte) }

  mutating func raw(_ text: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Marks that a value written with `append`, `raw` or `digits` is complete.
  mutating func valueWritten() { needsComma = true }

  mutating func digits(_ magnitude: UInt64) {
    if magnitude < 10 {
      append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude))
      return
    }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { buffer in
      var rest = magnitude
      var start = 20
      while rest > 0 {
        start -= 1
        buffer[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      }
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[start...]))
    }
  }

  private mutating func key(_ name: StaticString) {
    let length = name.utf8CodeUnitCount
    // In one piece: keys are most of a document.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: length + 4) { piece in
      var end = 0
      if needsComma {
        piece[0] = UInt8(ascii: ",")
        end = 1
      }
      piece[end] = UInt8(ascii: "\"")
      end += 1
      for index in 0..<length { piece[end + index] = name.utf8Start[index] }
      end += length
      piece[end] = UInt8(ascii: "\"")
      piece[end + 1] = UInt8(ascii: ":")
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: piece[..<(end + 2)]))
    }
    needsComma = false
  }

  /// A string of so many bytes that need no escape, written by the closure.
  mutating func quoted(bytes count: Int, _ write: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count + 2) { piece in
      piece[0] = UInt8(ascii: "\"")
      write(UnsafeMutableBufferPointer(rebasing: piece[1...]))
      piece[count + 1] = UInt8(ascii: "\"")
      bytes.append(contentsOf: UnsafeBufferPointer(piece))
    }
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { append(UInt8(ascii: ",")) }
    needsComma = false
  }

  private mutating func quoted(_ value: String) {
    append(UInt8(ascii: "\""))
    var value = value
    value.withUTF8 { units in
      var start = 0
      for index in units.indices where Self.needsEscape(units[index]) {
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: units[start..<index]))
        escape(units[index])
        start = index + 1
      }
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: units[start...]))
    }
    append(UInt8(ascii: "\""))
  }

  private static func needsEscape(_ unit: UInt8) -> Bool {
    unit < 0x20 || unit == UInt8(ascii: "\"") || unit == UInt8(ascii: "\\")
  }

  private mutating func escape(_ unit: UInt8) {
    append(UInt8(ascii: "\\"))
    switch unit {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(unit)
    case 0x08: append(UInt8(ascii: "b"))
    case 0x09: append(UInt8(ascii: "t"))
    case 0x0A: append(UInt8(ascii: "n"))
    case 0x0C: append(UInt8(ascii: "f"))
    case 0x0D: append(UInt8(ascii: "r"))
    default:
      raw("u00")
      append(Hexadecimal.digit(unit >> 4))
      append(Hexadecimal.digit(unit & 0x0F))
    }
  }

  // MARK: Selection and order

  /// - Parameter isFixed: `false`: the name is data, so that another document may have others.
  private mutating func selectedMember(
    _ name: String, isFixed: Bool, _ body: (inout JSONWriter) throws -> Void
  ) rethrows {
    let outer = selection
    switch selection {
    case .document(let fields, let level) where level == depth:
      sightings.note(name)
      switch fields.choice(of: name) {
      case .skip: return
      case .whole: selection = .none
      case .members(let names): selection = .member(names, of: name, depth: depth + 1)
      }
    case .member(let names, let parent, let level) where level == depth:
      sightings.note(name, of: parent, isFixed: isFixed)
      if !names.contains(name) { return }
      selection = .none
    case .none, .document, .member:
      break
    }
    try body(&self)
    selection = outer
  }

  #if DEBUG
    private mutating func checkOrder(_ name: String) {
      guard let last = lastNames.popLast() else {
        return assertionFailure("the member \(name) stands outside an object")
      }
      if let last {
        assert(last.utf8.lexicographicallyPrecedes(name.utf8), "the member \(name) must stand before \(last)")
      }
      lastNames.append(name)
    }
  #endif
}
