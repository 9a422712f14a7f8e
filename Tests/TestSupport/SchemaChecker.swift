import Domain
import FoundationEssentials

/// A JSON or YAML value as the contract and its examples are made of.
package enum ContractValue: Hashable, Sendable, Decodable {
  case null
  case boolean(Bool)
  case integer(Int64)
  case number(Double)
  case text(String)
  case list([ContractValue])
  case object([String: ContractValue])

  package init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let flag = try? value.decode(Bool.self) {
      self = .boolean(flag)
    } else if let integer = try? value.decode(Int64.self) {
      self = .integer(integer)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let text = try? value.decode(String.self) {
      self = .text(text)
    } else if let items = try? value.decode([ContractValue].self) {
      self = .list(items)
    } else {
      self = .object(try value.decode([String: ContractValue].self))
    }
  }

  package init(json: some Sequence<UInt8>) throws {
    self = try JSONDecoder().decode(ContractValue.self, from: Data(json))
  }

  /// A member, or `nil` if there is none or this is no object.
  package subscript(name: String) -> ContractValue? { members[name] }

  /// The value at the end of a way of member names.
  package subscript(way: [String]) -> ContractValue? {
    way.reduce(Optional(self)) { value, name in value?[name] }
  }

  package var members: [String: ContractValue] { if case .object(let members) = self { members } else { [:] } }
  package var items: [ContractValue] { if case .list(let items) = self { items } else { [] } }
  package var text: String? { if case .text(let text) = self { text } else { nil } }
  package var texts: [String] { items.compactMap(\.text) }

  /// Names of JSON Schema's types that the value has.
  var types: Set<String> {
    switch self {
    case .null: ["null"]
    case .boolean: ["boolean"]
    case .integer: ["integer", "number"]
    case .number(let number): number.rounded() == number ? ["integer", "number"] : ["number"]
    case .text: ["string"]
    case .list: ["array"]
    case .object: ["object"]
    }
  }
}

/// Holds values against the schemas of openapi.yaml: JSON Schema 2020-12, as far as the contract uses it; an unknown
/// keyword is a fault, so that nothing is silently left unchecked. Tests of the API hold every answer against it:
///
///     let checker = try SchemaChecker(json: bytesOfOpenAPI)
///     #expect(checker.faults("GET", "/v1/regions/{id}", status: 200, contentType: type, body: bytes) == [])
package struct SchemaChecker: Sendable {
  package let contract: ContractValue

  package init(contract: ContractValue) { self.contract = contract }

  /// - Parameter json: what `GET /openapi.json` answers.
  package init(json: some Sequence<UInt8>) throws { contract = try ContractValue(json: json) }

  // MARK: Answers

  /// What is wrong with an answer; empty if it is as documented. Not for answers to `fields=`, which leave members out.
  ///
  /// - Parameters:
  ///   - template: the path as the contract has it (`/v1/regions/{id}`).
  ///   - contentType: with or without parameters; `nil` if the answer has none.
  package func faults(
    _ method: String, _ template: String, status: Int, contentType: String?, body: some Collection<UInt8>
  ) -> [String] {
    let name = "\(method) \(template) \(status)"
    guard let operation = contract[["paths", template, method.lowercased()]] else {
      return ["\(name): the operation is not documented"]
    }
    guard let found = operation[["responses", "\(status)"]] else { return ["\(name): the status is not documented"] }
    let content = resolved(found)["content"]?.members ?? [:]
    if body.isEmpty {
      return content.isEmpty || status == 304 || method == "HEAD" ? [] : ["\(name): the body is missing"]
    }
    let type = contentType?.split(separator: ";").first.map { String($0).trimmingSpaces().lowercased() } ?? ""
    guard let media = content[type] else { return ["\(name): the media type '\(type)' is not documented"] }
    guard let schema = media["schema"] else { return [] }
    let value: ContractValue
    if type.hasSuffix("json") {
      do { value = try ContractValue(json: body) } catch { return ["\(name): the body is not JSON"] }
    } else {
      value = .text(String(decoding: body, as: UTF8.self))
    }
    return faults(of: value, by: schema).map { "\(name): \($0)" }
  }

  /// What is wrong with the header fields of an answer: a required one is missing, or one is not as its schema says.
  package func headerFaults(
    _ method: String, _ template: String, status: Int, _ field: (String) -> String?
  ) -> [String] {
    let response = resolved(contract[["paths", template, method.lowercased(), "responses", "\(status)"]] ?? .null)
    return (response["headers"]?.members ?? [:]).sorted { $0.key < $1.key }.flatMap { name, reference in
      let header = resolved(reference)
      let place = "\(method) \(template) \(status) \(name)"
      guard let text = field(name) else {
        return header["required"] == .boolean(true) ? ["\(place): the header field is missing"] : []
      }
      let schema = header["schema"] ?? .null
      let isNumber = schema["type"]?.text == "integer"
      let value = isNumber ? Int64(text).map(ContractValue.integer) ?? .text(text) : .text(text)
      return faults(of: value, by: schema).map { "\(place): \($0)" }
    }
  }

  /// What a `$ref` stands for; anything else is itself.
  package func resolved(_ value: ContractValue) -> ContractValue {
    var value = value
    for _ in 0..<16 {
      guard let reference = value["$ref"]?.text, reference.hasPrefix("#/") else { return value }
      let way = reference.dropFirst(2).split(separator: "/").map {
        $0.replacing("~1", with: "/").replacing("~0", with: "~")
      }
      guard let target = contract[way.map(String.init)] else { return .null }
      value = target
    }
    return value
  }

  // MARK: Values

  /// What is wrong with a value, each fault with its JSON pointer.
  package func faults(of value: ContractValue, by schema: ContractValue) -> [String] {
    var check = Check(checker: self)
    check.value(value, schema, "#", depth: 0)
    return check.faults
  }

  private struct Check {
    let checker: SchemaChecker
    var faults: [String] = []

    mutating func value(_ value: ContractValue, _ schema: ContractValue, _ place: String, depth: Int) {
      guard depth < 64 else { return faults.append("\(place): the schema has no end") }
      guard case .object(let keywords) = schema else {
        if schema != .boolean(true) { faults.append("\(place): the schema is missing") }
        return
      }
      // Sorted, so that faults come in the same order every time.
      for (keyword, rule) in keywords.sorted(by: { $0.key < $1.key }) {
        apply(keyword, rule, keywords, value, place, depth + 1)
      }
    }

    private mutating func apply(
      _ keyword: String, _ rule: ContractValue, _ schema: [String: ContractValue], _ value: ContractValue,
      _ place: String, _ depth: Int
    ) {
      switch keyword {
      case "title", "description", "default", "example", "examples", "deprecated", "readOnly", "writeOnly",
        "x-expansion", "x-personal":
        break
      case "$ref": self.value(value, checker.resolved(.object(["$ref": rule])), place, depth: depth)
      case "allOf": for part in rule.items { self.value(value, part, place, depth: depth) }
      case "anyOf", "oneOf":
        let tries = rule.items.map { part -> [String] in
          var check = Check(checker: checker)
          check.value(value, part, place, depth: depth)
          return check.faults
        }
        let fitting = tries.count { $0.isEmpty }
        if fitting == 0 { faults += tries.min { $0.count < $1.count } ?? ["\(place): fits nothing"] }
        if keyword == "oneOf", fitting > 1 { faults.append("\(place): fits \(fitting) of oneOf") }
      case "type":
        let allowed = rule.text.map { [$0] } ?? rule.texts
        if value.types.isDisjoint(with: allowed) {
          faults.append("\(place): is \(value.types.sorted()), not \(allowed)")
        }
      case "enum": if !rule.items.contains(value) { faults.append("\(place): \(value) is not in the enumeration") }
      case "const": if value != rule { faults.append("\(place): is not the constant") }
      default:
        switch value {
        case .object(let members): object(keyword, rule, schema, members, place, depth)
        case .list(let items): list(keyword, rule, items, place, depth)
        case .text(let text): self.text(keyword, rule, text, place)
        case .integer(let integer): number(keyword, rule, Double(integer), place)
        case .number(let number): self.number(keyword, rule, number, place)
        case .null, .boolean: unknown(keyword, place)
        }
      }
    }

    private mutating func object(
      _ keyword: String, _ rule: ContractValue, _ schema: [String: ContractValue], _ members: [String: ContractValue],
      _ place: String, _ depth: Int
    ) {
      switch keyword {
      case "properties":
        for (name, part) in rule.members.sorted(by: { $0.key < $1.key }) {
          if let member = members[name] { value(member, part, "\(place)/\(name)", depth: depth) }
        }
      case "required":
        for name in rule.texts where members[name] == nil { faults.append("\(place)/\(name): is missing") }
      case "additionalProperties":
        let known = schema["properties"]?.members ?? [:]
        for (name, member) in members.sorted(by: { $0.key < $1.key }) where known[name] == nil {
          if rule == .boolean(false) {
            faults.append("\(place)/\(name): is not a documented member")
          } else {
            value(member, rule, "\(place)/\(name)", depth: depth)
          }
        }
      case "propertyNames":
        for name in members.keys.sorted() { value(.text(name), rule, "\(place)/\(name)", depth: depth) }
      case "minProperties": compare(members.count, rule, isMinimum: true, place, "members")
      case "maxProperties": compare(members.count, rule, isMinimum: false, place, "members")
      default: unknown(keyword, place)
      }
    }

    private mutating func list(
      _ keyword: String, _ rule: ContractValue, _ items: [ContractValue], _ place: String, _ depth: Int
    ) {
      switch keyword {
      case "items": for (index, item) in items.enumerated() { value(item, rule, "\(place)/\(index)", depth: depth) }
      case "minItems": compare(items.count, rule, isMinimum: true, place, "items")
      case "maxItems": compare(items.count, rule, isMinimum: false, place, "items")
      case "uniqueItems":
        if rule == .boolean(true), Set(items).count < items.count { faults.append("\(place): has an item twice") }
      default: unknown(keyword, place)
      }
    }

    private mutating func text(_ keyword: String, _ rule: ContractValue, _ text: String, _ place: String) {
      switch keyword {
      case "minLength": compare(text.unicodeScalars.count, rule, isMinimum: true, place, "characters")
      case "maxLength": compare(text.unicodeScalars.count, rule, isMinimum: false, place, "characters")
      case "pattern":
        guard let pattern = rule.text, let regex = try? Regex(pattern).matchingSemantics(.unicodeScalar) else {
          return faults.append("\(place): the pattern cannot be read")
        }
        if !text.contains(regex) { faults.append("\(place): '\(text)' does not match \(pattern)") }
      case "format":
        if !Self.has(format: rule.text ?? "", text) { faults.append("\(place): '\(text)' is no \(rule.text ?? "")") }
      default: unknown(keyword, place)
      }
    }

    private mutating func number(_ keyword: String, _ rule: ContractValue, _ number: Double, _ place: String) {
      guard case .integer(let limit) = rule else { return unknown(keyword, place) }
      switch keyword {
      case "minimum": if number < Double(limit) { faults.append("\(place): \(number) is less than \(limit)") }
      case "maximum": if number > Double(limit) { faults.append("\(place): \(number) is more than \(limit)") }
      default: unknown(keyword, place)
      }
    }

    private mutating func compare(
      _ count: Int, _ rule: ContractValue, isMinimum: Bool, _ place: String, _ what: String
    ) {
      guard case .integer(let limit) = rule else { return faults.append("\(place): the limit cannot be read") }
      let isOutside = isMinimum ? count < limit : count > limit
      if isOutside { faults.append("\(place): \(count) \(what), the limit is \(limit)") }
    }

    /// Keywords of other types than the value's say nothing about it; words of no type are faults of the contract.
    private mutating func unknown(_ keyword: String, _ place: String) {
      if !Self.known.contains(keyword) { faults.append("\(place): the keyword \(keyword) is not checked") }
    }

    private static let known: Set<String> = [
      "properties", "required", "additionalProperties", "propertyNames", "minProperties", "maxProperties", "items",
      "minItems", "maxItems", "uniqueItems", "minLength", "maxLength", "pattern", "format", "minimum", "maximum",
    ]

    private static func has(format: String, _ text: String) -> Bool {
      switch format {
      case "uuid": UUID(canonical: text) != nil
      case "date-time": Timestamp(text) != nil
      case "date": CalendarDate(text) != nil
      case "uri": text.contains("://") && !text.contains(" ")
      case "uri-reference": !text.contains(" ")
      // Bytes: any.
      case "binary": true
      default: false
      }
    }
  }
}

extension String {
  fileprivate func trimmingSpaces() -> String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
