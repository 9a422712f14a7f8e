package import Domain
package import FoundationEssentials

extension String: JSONWritable {
  package func write(to json: inout JSONWriter) { json.string(self) }
}

extension Substring: JSONWritable {
  package func write(to json: inout JSONWriter) { json.string(self) }
}

extension Bool: JSONWritable {
  package func write(to json: inout JSONWriter) { json.boolean(self) }
}

extension Int: JSONWritable {
  package func write(to json: inout JSONWriter) { json.integer(Int64(self)) }
}

extension Int64: JSONWritable {
  package func write(to json: inout JSONWriter) { json.integer(self) }
}

extension Int32: JSONWritable {
  package func write(to json: inout JSONWriter) { json.integer(Int64(self)) }
}

extension Int16: JSONWritable {
  package func write(to json: inout JSONWriter) { json.integer(Int64(self)) }
}

extension UUID: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.quoted(bytes: 36) { writeCanonical(to: $0) }
  }
}

extension Identifier: JSONWritable {
  package func write(to json: inout JSONWriter) { uuid.write(to: &json) }
}

extension Timestamp: JSONWritable {
  /// The 24 bytes of C-04 in quotes; years 0001–9999 are the domain's, others would need more.
  package func write(to json: inout JSONWriter) {
    json.quoted(bytes: Timestamp.length) { write(to: $0) }
  }
}

extension CalendarDate: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.quoted(bytes: CalendarDate.length) { write(to: $0) }
  }
}

extension Money: JSONWritable {
  /// `{"amount":"1234.50","currency":"CNY"}` (C-05).
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.member("amount") { $0.hundredths(minor) }
      $0.field("currency", currency)
    }
  }
}

extension Hours: JSONWritable {
  package func write(to json: inout JSONWriter) { json.hundredths(Int64(hundredths)) }
}

extension Array: JSONWritable where Element: JSONWritable {
  package func write(to json: inout JSONWriter) { json.array(self) { $1.write(to: &$0) } }
}

extension Optional: JSONWritable where Wrapped: JSONWritable {
  package func write(to json: inout JSONWriter) {
    switch self {
    case .some(let value): value.write(to: &json)
    case .none: json.null()
    }
  }
}

extension Dictionary: JSONWritable where Key == String, Value: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      for (name, value) in sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
        json.member(named: name) { value.write(to: &$0) }
      }
    }
  }
}

extension JSONWriter {
  /// A decimal string with two places.
  mutating func hundredths(_ value: Int64) {
    append(UInt8(ascii: "\""))
    if value < 0 { append(UInt8(ascii: "-")) }
    digits(value.magnitude / 100)
    append(UInt8(ascii: "."))
    let rest = UInt8(truncatingIfNeeded: value.magnitude % 100)
    append(UInt8(ascii: "0") + rest / 10)
    append(UInt8(ascii: "0") + rest % 10)
    append(UInt8(ascii: "\""))
    valueWritten()
  }
}
