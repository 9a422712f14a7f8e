/// Collects what differs between two states of one record, in the words of the API, for the event of a change.
struct FieldComparison {
  private(set) var changes: [FieldChange] = []

  mutating func field(_ name: String, _ before: EventValue, _ after: EventValue) {
    if let change = FieldChange.ifChanged(name, before, after) { changes.append(change) }
  }

  mutating func field(_ name: String, _ before: String?, _ after: String?) {
    field(name, EventValue.optional(before), EventValue.optional(after))
  }

  mutating func field(_ name: String, _ before: Int?, _ after: Int?) {
    field(name, Self.value(before), Self.value(after))
  }

  mutating func field(_ name: String, _ before: Bool, _ after: Bool) {
    field(name, EventValue.boolean(before), EventValue.boolean(after))
  }

  mutating func field(_ name: String, _ before: Money?, _ after: Money?) {
    field(name, Self.value(before), Self.value(after))
  }

  mutating func field(_ name: String, _ before: [String], _ after: [String]) {
    field(name, EventValue.list(before.map(EventValue.text)), EventValue.list(after.map(EventValue.text)))
  }

  mutating func field(_ name: String, _ before: [String: String], _ after: [String: String]) {
    field(name, EventValue.object(before.mapValues(EventValue.text)), .object(after.mapValues(EventValue.text)))
  }

  mutating func field<Value: CustomStringConvertible>(_ name: String, _ before: Value?, _ after: Value?) {
    field(name, before?.description, after?.description)
  }

  mutating func choice<Value: RawRepresentable<String>>(_ name: String, _ before: Value?, _ after: Value?) {
    field(name, before?.rawValue, after?.rawValue)
  }

  private static func value(_ number: Int?) -> EventValue { number.map { .integer(Int64($0)) } ?? .null }

  private static func value(_ money: Money?) -> EventValue {
    guard let money else { return .null }
    return .object(["amount": .text(money.amount), "currency": .text(money.currency.rawValue)])
  }
}

extension Patch {
  /// Writes the patched value into a field of the copy that becomes the merged document.
  func merge(into value: inout Value) { value = applied(to: value) }
}
