package import Domain

extension FieldReader where Value == String {
  /// A string of so many Unicode scalars, normalised to NFC before it is counted.
  package static func text(_ length: ClosedRange<Int>) -> FieldReader<String> {
    FieldReader { value, faults in
      guard case .string(let raw) = value else { return faults.wrongType("a string", value) }
      let text = Normalisation.nfc(raw)
      let count = text.unicodeScalars.count
      if count < length.lowerBound {
        let detail =
          length.lowerBound == 1 ? "must not be empty" : "must have at least \(length.lowerBound) characters"
        return faults.add(.tooShort, detail, limits: ["min": "\(length.lowerBound)"])
      }
      if count > length.upperBound {
        return faults.add(
          .tooLong, "must have at most \(length.upperBound) characters", limits: ["max": "\(length.upperBound)"])
      }
      return text
    }
  }

  /// A text that `allowed` accepts as a whole, for codes and numbers with a grammar of their own.
  package static func text(
    _ length: ClosedRange<Int>, _ detail: String, _ allowed: @escaping @Sendable (String) -> Bool
  ) -> FieldReader<String> {
    FieldReader.text(length).map(orFault: .invalidFormat, detail) { allowed($0) ? $0 : nil }
  }
}

extension FieldReader {
  /// The identity of a document of the given kind. Whether it exists is the service's to say.
  package static func id<Of>(_ kind: Of.Type) -> FieldReader<Identifier<Of>> where Value == Identifier<Of> {
    FieldReader { value, faults in
      guard case .string(let text) = value else { return faults.wrongType("a string", value) }
      guard let id = Identifier<Of>(text) else { return faults.add(.invalidFormat, "must be a UUID") }
      return id
    }
  }
}

extension FieldReader where Value: RawRepresentable<String> & CaseIterable {
  /// One of the words of a closed list.
  package static func choice(_ kind: Value.Type) -> FieldReader<Value> {
    FieldReader { value, faults in
      guard case .string(let text) = value else { return faults.wrongType("a string", value) }
      guard let choice = Value(rawValue: text) else {
        let allowed = Value.allCases.map(\.rawValue).joined(separator: ", ")
        return faults.add(.notInSet, "must be one of: \(allowed)", limits: ["allowed": allowed])
      }
      return choice
    }
  }
}

extension FieldReader where Value == Int {
  /// A JSON number without fraction and exponent.
  package static func integer(_ range: ClosedRange<Int>) -> FieldReader<Int> {
    FieldReader { value, faults in
      guard case .number(let text) = value else { return faults.wrongType("an integer", value) }
      guard text.utf8.allSatisfy({ ASCII.isDigit($0) || $0 == UInt8(ascii: "-") }) else {
        return faults.add(.wrongType, "must be an integer")
      }
      guard let number = Int(text), range.contains(number) else {
        return faults.add(
          .outOfRange, "must be between \(range.lowerBound) and \(range.upperBound)",
          limits: ["min": "\(range.lowerBound)", "max": "\(range.upperBound)"])
      }
      return number
    }
  }

  /// An odometer reading in kilometres.
  package static var odometer: FieldReader<Int> { .integer(0...9_999_999) }
}

extension FieldReader where Value == Bool {
  package static var boolean: FieldReader<Bool> {
    FieldReader { value, faults in
      guard case .boolean(let flag) = value else { return faults.wrongType("a boolean", value) }
      return flag
    }
  }
}

extension FieldReader where Value == Timestamp {
  /// RFC 3339 with offset (C-04).
  package static var timestamp: FieldReader<Timestamp> {
    FieldReader { value, faults in
      guard case .string(let text) = value else { return faults.wrongType("a string", value) }
      guard let instant = Timestamp(text) else {
        return faults.add(.invalidFormat, "must be a date and time with offset, as 2026-11-21T20:36:00Z")
      }
      return instant
    }
  }
}

extension FieldReader where Value == CalendarDate {
  package static var date: FieldReader<CalendarDate> {
    FieldReader { value, faults in
      guard case .string(let text) = value else { return faults.wrongType("a string", value) }
      guard let date = CalendarDate(text) else {
        return faults.add(.invalidFormat, "must be a date that exists, as 2026-11-21")
      }
      return date
    }
  }
}

extension FieldReader where Value == Int64 {
  /// A decimal string with at most two places, counted in hundredths (`"1.25"` is 125).
  package static func decimalHundredths(_ range: ClosedRange<Int64>) -> FieldReader<Int64> {
    FieldReader { value, faults in
      guard case .string(let text) = value else { return faults.wrongType("a decimal string", value) }
      guard let hundredths = DecimalString.hundredths(text) else {
        return faults.add(.invalidFormat, "must be a decimal string with at most two places, as \"1234.50\"")
      }
      guard range.contains(hundredths) else {
        let low = DecimalString.text(hundredths: range.lowerBound)
        let high = DecimalString.text(hundredths: range.upperBound)
        return faults.add(.outOfRange, "must be between \(low) and \(high)", limits: ["min": low, "max": high])
      }
      return hundredths
    }
  }
}

extension FieldReader where Value == Hours {
  /// Working hours with at most two decimals, within the given hundredths.
  package static func hours(_ hundredths: ClosedRange<Int32>) -> FieldReader<Hours> {
    let range = Int64(hundredths.lowerBound)...Int64(hundredths.upperBound)
    return FieldReader<Int64>.decimalHundredths(range).map { Hours(hundredths: Int32($0)) }
  }
}

extension FieldReader where Value == Money {
  /// `{"amount":"1234.50","currency":"CNY"}` of either sign (C-05).
  package static var money: FieldReader<Money> { .money(nil) }

  /// Zero or more.
  package static var price: FieldReader<Money> { .money(0) }

  private static func money(_ least: Int64?) -> FieldReader<Money> {
    FieldReader { value, faults in
      guard case .object(let object) = value else {
        return faults.wrongType("an object with amount and currency", value)
      }
      for (index, member) in object.members.enumerated() where member.name != "amount" && member.name != "currency" {
        let _: Money? = faults.member(member.name, index) { $0.add(.unknownField, "is not a member of money") }
      }
      let currency: Currency? = faults.required("currency", of: object, FieldReader<Currency>.choice(Currency.self))
      let minor: Int64? = faults.required(
        "amount", of: object, FieldReader<Int64>.decimalHundredths((least ?? Int64.min / 100)...(Int64.max / 100)))
      guard let minor, let currency else { return nil }
      return Money(minor: minor, currency: currency)
    }
  }
}

extension FieldReader where Value == [String] {
  /// At most so many strings, each of the given length.
  package static func textArray(_ count: Int, _ length: ClosedRange<Int>) -> FieldReader<[String]> {
    .array(of: .text(length), 0...count)
  }
}

extension FieldReader {
  /// An array of simple values. For arrays of objects see `Form.array`.
  package static func array<Element: Sendable>(
    of element: FieldReader<Element>, _ count: ClosedRange<Int>
  ) -> FieldReader<[Element]> where Value == [Element] {
    FieldReader { value, faults in
      guard case .array(let items) = value else { return faults.wrongType("an array", value) }
      guard faults.checkCount(items.count, count) else { return nil }
      let read = items.enumerated().map { index, item in
        faults.element(index) { element.read(item, &$0) }
      }
      let good = read.compactMap(\.self)
      return good.count == read.count ? good : nil
    }
  }
}

extension FieldReader where Value == [String: String] {
  /// Identities that other systems gave a new document (`externalIds`): a flat object of strings.
  package static var externalIDs: FieldReader<[String: String]> {
    FieldReader { value, faults in
      faults.identities(value) { FieldReader<String>.identity.read($0, &$1) }
    }
  }
}

extension FieldReader where Value == ExternalIDsPatch {
  /// The same of a merge patch: null takes an identity away.
  package static var externalIDsPatch: FieldReader<ExternalIDsPatch> {
    FieldReader { value, faults in
      let changes: [String: String?]? = faults.identities(value) { value, faults in
        value == .null ? .some(nil) : FieldReader<String>.identity.read(value, &faults)
      }
      return changes.map { ExternalIDsPatch($0) }
    }
  }
}

extension FieldReader where Value == String {
  fileprivate static var identity: FieldReader<String> { .text(1...200) }
}

extension FieldFaults {
  fileprivate mutating func identities<Identity>(
    _ value: JSONValue, _ read: (JSONValue, inout FieldFaults) -> Identity?
  ) -> [String: Identity]? {
    guard case .object(let object) = value else { return wrongType("an object", value) }
    guard checkCount(object.members.count, 0...ExternalIDsPatch.maximum) else { return nil }
    var found: [String: Identity] = [:]
    for (index, entry) in object.members.enumerated() {
      let identity: Identity? = member(entry.name, index) { faults in
        guard (1...64).contains(entry.name.unicodeScalars.count) else {
          return faults.add(.tooLong, "must have a name of 1 to 64 characters", limits: ["max": "64"])
        }
        return read(entry.value, &faults)
      }
      if let identity { found.updateValue(identity, forKey: Normalisation.nfc(entry.name)) }
    }
    return found.count == object.members.count ? found : nil
  }
}

extension FieldFaults {
  mutating func required<Value: Sendable>(
    _ name: String, of object: JSONObject, _ reader: FieldReader<Value>
  ) -> Value? {
    let index = object.index(of: name)
    return member(name, index ?? Int.max) { faults in
      guard let index else { return faults.add(.required, "is required") }
      return reader.read(object.members[index].value, &faults)
    }
  }

  mutating func checkCount(_ count: Int, _ range: ClosedRange<Int>) -> Bool {
    if count < range.lowerBound {
      let _: Never? = add(
        .tooShort, "must have at least \(range.lowerBound) entries", limits: ["min": "\(range.lowerBound)"])
      return false
    }
    if count > range.upperBound {
      let _: Never? = add(
        .tooLong, "must have at most \(range.upperBound) entries", limits: ["max": "\(range.upperBound)"])
      return false
    }
    return true
  }
}
