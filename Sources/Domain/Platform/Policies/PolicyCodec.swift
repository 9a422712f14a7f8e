/// How one kind of value stands in the body of a policy: read, written and described in one place, so that the stored
/// form, the API and its contract cannot differ.
package struct PolicyCodec<Value: Sendable>: Sendable {
  let read: @Sendable (EventValue, inout PolicyFaults) -> Value?
  let write: @Sendable (Value) -> EventValue
  /// JSON Schema (2020-12) of the value, as requests and as answers have it.
  let schema: PolicySchema
  /// Whether the member may be null or absent.
  let mayBeAbsent: Bool

  init(
    schema: PolicySchema, mayBeAbsent: Bool = false,
    read: @escaping @Sendable (EventValue, inout PolicyFaults) -> Value?,
    write: @escaping @Sendable (Value) -> EventValue
  ) {
    self.read = read
    self.write = write
    self.schema = schema
    self.mayBeAbsent = mayBeAbsent
  }

  /// The same value or none; in JSON null.
  static func optional<Wrapped: Sendable>(_ codec: PolicyCodec<Wrapped>) -> PolicyCodec<Wrapped?>
  where Value == Wrapped? {
    PolicyCodec<Wrapped?>(
      schema: codec.schema.map { .object(["anyOf": .list([$0, .object(["type": .text("null")])])]) }, mayBeAbsent: true,
      read: { value, faults in
        if value == .null { return .some(nil) }
        return codec.read(value, &faults).map { .some($0) }
      },
      write: { $0.map(codec.write) ?? .null })
  }
}

extension PolicyCodec where Value == Int {
  static func integer(_ range: ClosedRange<Int>) -> PolicyCodec {
    PolicyCodec(
      schema: PolicySchema(
        request: .object([
          "type": .text("integer"), "minimum": .integer(Int64(range.lowerBound)),
          "maximum": .integer(Int64(range.upperBound)),
        ]), answer: .object(["type": .text("integer")])),
      read: { value, faults in
        guard case .integer(let number) = value else { return faults.wrongType("an integer", value) }
        guard let number = Int(exactly: number), range.contains(number) else {
          return faults.add(
            .outOfRange, "must be between \(range.lowerBound) and \(range.upperBound)",
            limits: ["min": "\(range.lowerBound)", "max": "\(range.upperBound)"])
        }
        return number
      },
      write: { .integer(Int64($0)) })
  }

  /// A share in whole hundredths.
  static var percent: PolicyCodec { .integer(0...100) }
}

extension PolicyCodec where Value == Bool {
  static var boolean: PolicyCodec {
    PolicyCodec(
      schema: PolicySchema(.object(["type": .text("boolean")])),
      read: { value, faults in
        guard case .boolean(let flag) = value else { return faults.wrongType("a boolean", value) }
        return flag
      }, write: EventValue.boolean)
  }
}

extension PolicyCodec where Value == String {
  static func text(_ length: ClosedRange<Int>) -> PolicyCodec {
    PolicyCodec(
      schema: PolicySchema(
        request: .object([
          "type": .text("string"), "minLength": .integer(Int64(length.lowerBound)),
          "maxLength": .integer(Int64(length.upperBound)),
        ]), answer: .object(["type": .text("string")])),
      read: { value, faults in
        guard case .text(let text) = value else { return faults.wrongType("a string", value) }
        let count = text.unicodeScalars.count
        guard length.contains(count) else {
          return count < length.lowerBound
            ? faults.add(
              .tooShort, "must have at least \(length.lowerBound) characters", limits: ["min": "\(length.lowerBound)"])
            : faults.add(
              .tooLong, "must have at most \(length.upperBound) characters", limits: ["max": "\(length.upperBound)"])
        }
        return text
      }, write: EventValue.text)
  }
}

extension PolicyCodec where Value: RawRepresentable<String> & CaseIterable {
  /// One of the words of a closed list.
  ///
  /// - Parameter name: of the list in openapi.yaml, where it stands there already.
  static func choice(_ kind: Value.Type, name: String? = nil) -> PolicyCodec {
    let words = Value.allCases.map(\.rawValue)
    return PolicyCodec(
      schema: name.map(PolicySchema.reference) ?? .words(words),
      read: { value, faults in
        guard case .text(let text) = value else { return faults.wrongType("a string", value) }
        guard words.contains(text), let choice = Value(rawValue: text) else {
          let list = words.joined(separator: ", ")
          return faults.add(.notInSet, "must be one of: \(list)", limits: ["allowed": list])
        }
        return choice
      }, write: { .text($0.rawValue) })
  }
}

extension PolicyCodec where Value == Int64 {
  /// A decimal string with at most two places, counted in hundredths (`"0.50"` is 50).
  static func hundredths(_ range: ClosedRange<Int64>) -> PolicyCodec {
    PolicyCodec(
      schema: PolicySchema(
        request: .object(["type": .text("string"), "pattern": .text("^(0|[1-9][0-9]{0,14})(\\.[0-9]{1,2})?$")]),
        answer: .object(["type": .text("string"), "pattern": .text("^(0|[1-9][0-9]*)\\.[0-9]{2}$")])),
      read: { value, faults in
        guard case .text(let text) = value else { return faults.wrongType("a decimal string", value) }
        guard let hundredths = DecimalString.hundredths(text) else {
          return faults.add(.invalidFormat, "must be a decimal string with at most two places, as \"1234.50\"")
        }
        guard range.contains(hundredths) else {
          let least = DecimalString.text(hundredths: range.lowerBound)
          let most = DecimalString.text(hundredths: range.upperBound)
          return faults.add(
            .outOfRange, "must be between \(least) and \(most)", limits: ["min": least, "max": most])
        }
        return hundredths
      }, write: { .text(DecimalString.text(hundredths: $0)) })
  }
}

extension PolicyCodec where Value == Money {
  /// An amount of zero or more (C-05).
  static var amount: PolicyCodec {
    let minor = PolicyCodec<Int64>.hundredths(0...999_999_999_999)
    let currency = PolicyCodec<Currency>.choice(Currency.self)
    return PolicyCodec(
      schema: PolicySchema(request: .reference("PolicyAmountInput"), answer: .reference("Money")),
      read: { value, faults in
        guard case .object(let members) = value else {
          return faults.wrongType("an object with amount and currency", value)
        }
        faults.refuseUnknown(members, known: ["amount", "currency"])
        let amount = faults.required("amount", of: members, minor)
        let currency = faults.required("currency", of: members, currency)
        guard let amount, let currency else { return nil }
        return Money(minor: amount, currency: currency)
      }, write: { .object(["amount": .text($0.amount), "currency": .text($0.currency.rawValue)]) })
  }
}

extension PolicyCodec {
  static func list<Element: Sendable>(
    of element: PolicyCodec<Element>, _ count: ClosedRange<Int>
  ) -> PolicyCodec<[Element]> where Value == [Element] {
    PolicyCodec<[Element]>(
      schema: PolicySchema(
        request: .object([
          "type": .text("array"), "items": element.schema.request, "minItems": .integer(Int64(count.lowerBound)),
          "maxItems": .integer(Int64(count.upperBound)),
        ]), answer: .object(["type": .text("array"), "items": element.schema.answer])),
      read: { value, faults in
        guard case .list(let items) = value else { return faults.wrongType("an array", value) }
        if items.count < count.lowerBound {
          return faults.add(
            .tooShort, "must have at least \(count.lowerBound) entries", limits: ["min": "\(count.lowerBound)"])
        }
        if items.count > count.upperBound {
          return faults.add(
            .tooLong, "must have at most \(count.upperBound) entries", limits: ["max": "\(count.upperBound)"])
        }
        var read: [Element] = []
        for (index, item) in items.enumerated() {
          if let one = faults.within(.element(index), { element.read(item, &$0) }) { read.append(one) }
        }
        return read.count == items.count ? read : nil
      }, write: { .list($0.map(element.write)) })
  }

  /// A set of words, each at most once; written in the order of the closed list.
  static func set<Element: RawRepresentable<String> & CaseIterable & Hashable & Sendable>(
    of element: PolicyCodec<Element>
  ) -> PolicyCodec<Set<Element>> where Value == Set<Element> {
    let list = PolicyCodec<[Element]>.list(of: element, 0...Element.allCases.count)
    return PolicyCodec<Set<Element>>(
      schema: list.schema.map { schema in
        guard case .object(var members) = schema else { return schema }
        members["uniqueItems"] = .boolean(true)
        return .object(members)
      },
      read: { value, faults in
        guard let items = list.read(value, &faults) else { return nil }
        let set = Set(items)
        if set.count < items.count { return faults.add(.notUnique, "must name each entry once") }
        return set
      },
      write: { set in .list(Element.allCases.filter(set.contains).map(element.write)) })
  }

  /// A value for some words of a closed list.
  static func dictionary<Key, Element>(
    _ key: Key.Type, of element: PolicyCodec<Element>
  ) -> PolicyCodec<[Key: Element]>
  where Key: RawRepresentable<String> & CaseIterable & Hashable & Sendable, Value == [Key: Element] {
    .dictionary(key, of: element, complete: nil)
  }

  /// A value for every word of a closed list.
  /// - Parameters:
  ///   - younger: words that came after the list was published: a body that was valid before them stays so, and has the standard.
  ///   - standard: fills what a stored version does not have because the word is younger than it.
  static func table<Key, Element>(
    _ key: Key.Type, of element: PolicyCodec<Element>, younger: Set<Key> = [],
    standard: @escaping @Sendable () -> [Key: Element]
  ) -> PolicyCodec<[Key: Element]>
  where Key: RawRepresentable<String> & CaseIterable & Hashable & Sendable, Value == [Key: Element] {
    .dictionary(key, of: element, younger: younger, complete: standard)
  }

  private static func dictionary<Key, Element>(
    _ key: Key.Type, of element: PolicyCodec<Element>, younger: Set<Key> = [],
    complete: (@Sendable () -> [Key: Element])?
  ) -> PolicyCodec<[Key: Element]>
  where Key: RawRepresentable<String> & CaseIterable & Hashable & Sendable, Value == [Key: Element] {
    let words = Key.allCases.map(\.rawValue)
    return PolicyCodec<[Key: Element]>(
      schema: complete == nil
        ? .names(words, element.schema)
        : .members(Key.allCases.map { ($0.rawValue, element.schema, younger.contains($0)) }),
      read: { value, faults in
        guard case .object(let members) = value else { return faults.wrongType("an object", value) }
        if !faults.fillsGaps { faults.refuseUnknown(members, known: Set(words)) }
        let before = faults.found.count
        var read: [Key: Element] = [:]
        for key in Key.allCases {
          if let member = members[key.rawValue] {
            read[key] = faults.within(.member(key.rawValue)) { element.read(member, &$0) }
          } else if let complete {
            if faults.fillsGaps || younger.contains(key) {
              read[key] = complete()[key]
            } else {
              faults.within(.member(key.rawValue)) { let _: Never? = $0.add(.required, "is required") }
            }
          }
        }
        return faults.found.count == before ? read : nil
      },
      write: { values in
        .object(Dictionary(uniqueKeysWithValues: values.map { ($0.key.rawValue, element.write($0.value)) }))
      })
  }
}

extension PolicyFaults {
  mutating func wrongType<Value>(_ expected: String, _ value: EventValue) -> Value? {
    add(.wrongType, "must be \(expected), not \(value.kind)")
  }

  mutating func required<Value>(
    _ name: String, of members: [String: EventValue], _ codec: PolicyCodec<Value>
  ) -> Value? {
    within(.member(name)) { faults in
      guard let value = members[name], value != .null else { return faults.add(.required, "is required") }
      return codec.read(value, &faults)
    }
  }

  mutating func refuseUnknown(_ members: [String: EventValue], known: Set<String>) {
    for name in members.keys.sorted() where !known.contains(name) {
      within(.member(name)) { let _: Never? = $0.add(.unknownField, "is not a member of this document") }
    }
  }
}

extension EventValue {
  /// The word of JSON Schema for this kind, as messages use it.
  package var kind: String {
    switch self {
    case .null: "null"
    case .text: "string"
    case .integer: "integer"
    case .boolean: "boolean"
    case .list: "array"
    case .object: "object"
    }
  }
}

/// How values are described in openapi.yaml: requests are closed, answers are open (C-02).
struct PolicySchema: Sendable {
  let request: EventValue
  let answer: EventValue

  init(request: EventValue, answer: EventValue) {
    self.request = request
    self.answer = answer
  }

  init(_ both: EventValue) { self.init(request: both, answer: both) }

  func map(_ transform: (EventValue) -> EventValue) -> PolicySchema {
    PolicySchema(request: transform(request), answer: transform(answer))
  }

  static func reference(_ name: String) -> PolicySchema { PolicySchema(.reference(name)) }

  /// One of the words; an answer may have newer ones.
  static func words(_ words: [String]) -> PolicySchema {
    let list = words.map { "`\($0)`" }.joined(separator: ", ")
    return PolicySchema(
      request: .object(["type": .text("string"), "enum": .list(words.map(EventValue.text))]),
      answer: .object(["type": .text("string"), "description": .text("One of \(list). New values may be added.")]))
  }

  /// Values under some of the names.
  static func names(_ names: [String], _ element: PolicySchema) -> PolicySchema {
    let words = Self.words(names)
    return PolicySchema(
      request: .object([
        "type": .text("object"), "propertyNames": words.request, "additionalProperties": element.request,
      ]),
      answer: .object(["type": .text("object"), "propertyNames": words.answer, "additionalProperties": element.answer]))
  }

  /// An object of these members; answers always have all of them.
  static func members(_ members: [(name: String, schema: PolicySchema, mayBeAbsent: Bool)]) -> PolicySchema {
    func object(_ part: (PolicySchema) -> EventValue, required: [String]) -> [String: EventValue] {
      [
        "type": .text("object"),
        "properties": .object(Dictionary(uniqueKeysWithValues: members.map { ($0.name, part($0.schema)) })),
        "required": .list(required.sorted().map(EventValue.text)),
      ]
    }
    var request = object({ $0.request }, required: members.filter { !$0.mayBeAbsent }.map(\.name))
    request["additionalProperties"] = .boolean(false)
    return PolicySchema(
      request: .object(request), answer: .object(object({ $0.answer }, required: members.map(\.name))))
  }
}

extension EventValue {
  static func reference(_ name: String) -> EventValue { .object(["$ref": .text("#/components/schemas/\(name)")]) }
}
