package import Domain
package import Postgres

/// `EventValue` as jsonb and back. By hand, because Foundation's coder costs more than the statement that carries it.
package enum EventJSON {
  package static func encode(_ changes: [FieldChange]) -> JSONB {
    encode(
      .list(changes.map { .object(["field": .text($0.field), "before": $0.before, "after": $0.after]) }))
  }

  package static func encode(_ value: EventValue) -> JSONB {
    var out: [UInt8] = []
    write(value, to: &out)
    return JSONB(bytes: out)
  }

  package static func fieldChanges(_ bytes: [UInt8]) -> [FieldChange] {
    guard case .list(let items) = value(bytes) else { return [] }
    return items.compactMap { item in
      guard case .object(let members) = item, case .text(let field)? = members["field"] else { return nil }
      return FieldChange(field, members["before"] ?? .null, members["after"] ?? .null)
    }
  }

  package static func object(_ bytes: [UInt8]) -> [String: EventValue] {
    if case .object(let members) = value(bytes) { return members }
    return [:]
  }

  /// `{"dms": "4711"}` of the `external_ids` columns.
  package static func texts(_ bytes: [UInt8]) -> [String: String] {
    if bytes == [0x7b, 0x7d] { return [:] }
    return object(bytes).compactMapValues { value in
      if case .text(let text) = value { text } else { nil }
    }
  }

  package static func encode(_ texts: [String: String]) -> JSONB {
    encode(.object(texts.mapValues(EventValue.text)))
  }

  /// What PostgreSQL hands out is well formed; a number that is not an integer is kept as its text.
  package static func value(_ bytes: [UInt8]) -> EventValue {
    bytes.withUnsafeBufferPointer { buffer in
      var reader = Reader(bytes: buffer)
      return reader.value()
    }
  }

  private static func write(_ value: EventValue, to out: inout [UInt8]) {
    switch value {
    case .null: out += "null".utf8
    case .boolean(let flag): out += (flag ? "true" : "false").utf8
    case .integer(let number): out += String(number).utf8
    case .text(let text): write(text, to: &out)
    case .list(let items):
      out.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        write(item, to: &out)
      }
      out.append(UInt8(ascii: "]"))
    case .object(let members):
      out.append(UInt8(ascii: "{"))
      for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        write(member.key, to: &out)
        out.append(UInt8(ascii: ":"))
        write(member.value, to: &out)
      }
      out.append(UInt8(ascii: "}"))
    }
  }

  private static func write(_ text: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    for unit in text.utf8 {
      switch unit {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        out.append(UInt8(ascii: "\\"))
        out.append(unit)
      case 0..<0x20:
        let hex = Array("0123456789abcdef".utf8)
        out += "\\u00".utf8
        out.append(hex[Int(unit >> 4)])
        out.append(hex[Int(unit & 15)])
      default: out.append(unit)
      }
    }
    out.append(UInt8(ascii: "\""))
  }

  private struct Reader {
    let bytes: UnsafeBufferPointer<UInt8>
    var place = 0

    var peek: UInt8 { place < bytes.count ? bytes[place] : 0 }

    mutating func skipSpace() {
      while place < bytes.count, bytes[place] <= 0x20 { place += 1 }
    }

    mutating func take(_ unit: UInt8) -> Bool {
      skipSpace()
      guard peek == unit else { return false }
      place += 1
      return true
    }

    mutating func value() -> EventValue {
      skipSpace()
      switch peek {
      case UInt8(ascii: "{"):
        place += 1
        var members: [String: EventValue] = [:]
        while !take(UInt8(ascii: "}")), place < bytes.count {
          guard take(UInt8(ascii: "\"")) else { return .null }
          let key = string()
          guard take(UInt8(ascii: ":")) else { return .null }
          members[key] = value()
          _ = take(UInt8(ascii: ","))
        }
        return .object(members)
      case UInt8(ascii: "["):
        place += 1
        var items: [EventValue] = []
        while !take(UInt8(ascii: "]")), place < bytes.count {
          items.append(value())
          _ = take(UInt8(ascii: ","))
        }
        return .list(items)
      case UInt8(ascii: "\""):
        place += 1
        return .text(string())
      default:
        let start = place
        while place < bytes.count, !Self.endsWord(bytes[place]) { place += 1 }
        let word = String(decoding: bytes[start..<place], as: UTF8.self)
        switch word {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "null": return .null
        default: return Int64(word).map(EventValue.integer) ?? .text(word)
        }
      }
    }

    private static func endsWord(_ unit: UInt8) -> Bool {
      unit <= 0x20 || unit == UInt8(ascii: ",") || unit == UInt8(ascii: "]") || unit == UInt8(ascii: "}")
    }

    /// After the opening quote.
    mutating func string() -> String {
      // Most strings have no escapes and are taken as they stand.
      let start = place
      while place < bytes.count, bytes[place] != UInt8(ascii: "\""), bytes[place] != UInt8(ascii: "\\") { place += 1 }
      if place < bytes.count, bytes[place] == UInt8(ascii: "\"") {
        place += 1
        return String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<place - 1]), as: UTF8.self)
      }
      var out = [UInt8](bytes[start..<place])
      var pendingHigh: UInt32?
      while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
        guard bytes[place] == UInt8(ascii: "\\") else {
          out.append(bytes[place])
          place += 1
          continue
        }
        place += 2
        switch place <= bytes.count ? bytes[place - 1] : 0 {
        case UInt8(ascii: "n"): out.append(0x0a)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "r"): out.append(0x0d)
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0c)
        case UInt8(ascii: "u"):
          let end = min(place + 4, bytes.count)
          let unit = UInt32(String(decoding: bytes[place..<end], as: UTF8.self), radix: 16) ?? 0xfffd
          place = end
          if (0xd800..<0xdc00).contains(unit) {
            pendingHigh = unit
            continue
          }
          var scalar = unit
          if let high = pendingHigh { scalar = 0x10000 + ((high - 0xd800) << 10) + (unit &- 0xdc00) }
          pendingHigh = nil
          out += String(Unicode.Scalar(scalar) ?? "\u{fffd}").utf8
        case let other: out.append(other)
        }
      }
      place += 1
      return String(decoding: out, as: UTF8.self)
    }
  }
}

extension [String: EventValue] {
  func text(_ name: String) -> String? {
    if case .text(let text)? = self[name] { text } else { nil }
  }

  func integer(_ name: String) -> Int64? {
    if case .integer(let number)? = self[name] { number } else { nil }
  }

  func list(_ name: String) -> [EventValue] {
    if case .list(let items)? = self[name] { items } else { [] }
  }

  func flag(_ name: String) -> Bool { self[name] == .boolean(true) }
}
