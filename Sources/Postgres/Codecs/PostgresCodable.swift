/// A value that can be bound to a statement.
package protocol PostgresEncodable: Sendable {
  /// Type that the server is told.
  static var postgresType: PostgresType { get }
  /// Type of an array of such values.
  static var postgresArrayType: PostgresType { get }
  /// Writes the value in binary format, or `writeNull()`.
  func encode(into buffer: inout PostgresBuffer)
  static func encodeArray(_ elements: [Self], into buffer: inout PostgresBuffer)
}

/// A value that a column can be decoded to.
package protocol PostgresDecodable: Sendable {
  /// Decodes a value that is not null.
  static func decode(_ bytes: UnsafeRawBufferPointer, as type: PostgresType) throws(PostgresDecodingFailure) -> Self
  /// What null decodes to; throws unless the type is optional.
  static func decodeNull() throws(PostgresDecodingFailure) -> Self
  static func decodeArray(
    _ bytes: UnsafeRawBufferPointer, as type: PostgresType
  ) throws(PostgresDecodingFailure) -> [Self]
}

package typealias PostgresCodable = PostgresDecodable & PostgresEncodable

/// Why a value cannot be decoded; `Row` adds column, type and statement.
package enum PostgresDecodingFailure: Error, Sendable, Hashable {
  case null
  case typeMismatch
  /// Bytes that this type cannot hold exactly; the text names the rule, never the value.
  case invalid(StaticReason)

  /// A constant of the program.
  package struct StaticReason: Sendable, Hashable, ExpressibleByStringLiteral {
    package let text: String
    package init(stringLiteral value: StaticString) { text = value.description }
  }

  var reason: String {
    switch self {
    case .null: "unexpected null"
    case .typeMismatch: "type mismatch"
    case .invalid(let reason): reason.text
    }
  }
}

extension PostgresDecodable {
  package static func decodeNull() throws(PostgresDecodingFailure) -> Self {
    throw .null
  }

  package static func decodeArray(
    _ bytes: UnsafeRawBufferPointer, as type: PostgresType
  ) throws(PostgresDecodingFailure) -> [Self] {
    var reader = BinaryReader(bytes)
    let dimensions = try reader.read(Int32.self)
    _ = try reader.read(Int32.self)
    let element = PostgresType(rawValue: try reader.read(UInt32.self))
    guard dimensions != 0 else { return [] }
    guard dimensions == 1 else { throw .invalid("array of more than one dimension") }
    let count = Int(try reader.read(Int32.self))
    _ = try reader.read(Int32.self)
    // Every element takes at least its four bytes of length.
    guard count >= 0, count <= reader.remaining / 4 else { throw .invalid("array of impossible length") }
    var values: [Self] = []
    values.reserveCapacity(count)
    for _ in 0..<count {
      let length = Int(try reader.read(Int32.self))
      values.append(length < 0 ? try decodeNull() : try decode(try reader.take(length), as: element))
    }
    guard reader.remaining == 0 else { throw .invalid("bytes after the last element") }
    return values
  }
}

extension PostgresEncodable {
  package static var postgresArrayType: PostgresType { postgresType.array ?? .unknown }

  package static func encodeArray(_ elements: [Self], into buffer: inout PostgresBuffer) {
    if postgresArrayType == .unknown {
      buffer.refuse(.misuse("no array type of \(postgresType) is known"))
      return
    }
    buffer.write(Int32(elements.isEmpty ? 0 : 1))
    let flags = buffer.end
    buffer.write(Int32(0))
    buffer.write(postgresType.rawValue)
    guard !elements.isEmpty else { return }
    buffer.write(Int32(truncatingIfNeeded: elements.count))
    buffer.write(Int32(1))
    var hasNull = false
    for element in elements where buffer.writeElement(element) { hasNull = true }
    if hasNull { buffer.patch(1, at: flags) }
  }
}

extension Array: PostgresEncodable where Element: PostgresEncodable {
  package static var postgresType: PostgresType { Element.postgresArrayType }

  package func encode(into buffer: inout PostgresBuffer) {
    Element.encodeArray(self, into: &buffer)
  }
}

extension Array: PostgresDecodable where Element: PostgresDecodable {
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, as type: PostgresType
  ) throws(PostgresDecodingFailure) -> [Element] {
    try Element.decodeArray(bytes, as: type)
  }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
  package static var postgresType: PostgresType { Wrapped.postgresType }

  package func encode(into buffer: inout PostgresBuffer) {
    if let self { self.encode(into: &buffer) } else { buffer.writeNull() }
  }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, as type: PostgresType
  ) throws(PostgresDecodingFailure) -> Wrapped? {
    try Wrapped.decode(bytes, as: type)
  }

  package static func decodeNull() throws(PostgresDecodingFailure) -> Wrapped? { nil }
}

/// Reads big-endian values one after another; throws instead of reading past the end.
struct BinaryReader {
  private var bytes: UnsafeRawBufferPointer
  private var offset = 0

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  var remaining: Int { bytes.count - offset }

  mutating func read<I: FixedWidthInteger>(_ type: I.Type) throws(PostgresDecodingFailure) -> I {
    let size = MemoryLayout<I>.size
    guard remaining >= size else { throw .invalid("value too short") }
    defer { offset += size }
    return I(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: I.self))
  }

  mutating func take(_ count: Int) throws(PostgresDecodingFailure) -> UnsafeRawBufferPointer {
    guard count >= 0, remaining >= count else { throw .invalid("value too short") }
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
  }

  /// The only value in the bytes.
  static func whole<I: FixedWidthInteger>(
    _ bytes: UnsafeRawBufferPointer, _ type: I.Type
  ) throws(PostgresDecodingFailure) -> I {
    guard bytes.count == MemoryLayout<I>.size else { throw .invalid("value of unexpected length") }
    return I(bigEndian: bytes.loadUnaligned(as: I.self))
  }
}
