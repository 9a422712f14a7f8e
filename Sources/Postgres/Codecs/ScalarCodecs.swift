package import FoundationEssentials

extension Bool: PostgresCodable {
  package static var postgresType: PostgresType { .bool }

  package func encode(into buffer: inout PostgresBuffer) { buffer.write(UInt8(self ? 1 : 0)) }

  package static func decode(
    _ bytes: UnsafeRawBufferPointer, as type: PostgresType
  ) throws(PostgresDecodingFailure) -> Bool {
    guard type == .bool else { throw .typeMismatch }
    return try BinaryReader.whole(bytes, UInt8.self) != 0
  }
}

/// Decodes int2, int4 and int8 into any integer that holds the value.
private func decodeInteger<I: FixedWidthInteger>(
  _ bytes: UnsafeRawBufferPointer, _ type: PostgresType
) throws(PostgresDecodingFailure) -> I {
  let wide: Int64 =
    switch type {
    case .int2: Int64(try BinaryReader.whole(bytes, Int16.self))
    case .int4: Int64(try BinaryReader.whole(bytes, Int32.self))
    case .int8: try BinaryReader.whole(bytes, Int64.self)
    default: throw .typeMismatch
    }
  guard let value = I(exactly: wide) else { throw .invalid("integer out of range") }
  return value
}

extension Int16: PostgresCodable {
  package static var postgresType: PostgresType { .int2 }
  package func encode(into buffer: inout PostgresBuffer) { buffer.write(self) }
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, as type: PostgresType
  ) throws(PostgresDecodingFailure) -> Int16 { try decodeInteger(bytes, type) }
}

extension Int32: PostgresCodable {
  package static var postgresType: PostgresType { .int4 }
  package func encode(into buffer: inout PostgresBuffer) { buffer.write(self) }
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, as type: PostgresType
  ) throws(PostgresDecodingFailure) -> Int32 { try decodeInteger(bytes, type) }
}

extension Int64: PostgresCodable {
  package static var postgresType: PostgresType { .int8 }
  package func encode(into buffer: inout PostgresBuffer) { buffer.write(self) }
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, as type: PostgresType
  ) throws(PostgresDecodingFailure) -> Int64 { try decodeInteger(bytes, type) }
}

extension Int: PostgresCodable {
  package static var postgresType: PostgresType { .int8 }
  package func encode(into buffer: inout PostgresBuffer) { buffer.write(Int64(self)) }
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, as type: PostgresType
  ) throws(PostgresDecodingFailure) -> Int { try decodeInteger(bytes, type) }
}

/// A single byte is an int2; an array of bytes is a bytea.
extension UInt8: PostgresCodable {
  package static var postgresType: PostgresType { .int2 }
  package static var postgresArrayType: PostgresType { .bytea }
  package func encode(into buffer: inout PostgresBuffer) { buffer.write(Int16(self)) }

  package static func encodeArray(_ elements: [UInt8], into buffer: inout PostgresBuffer) {
    buffer.write(bytes: elements)
  }

  package static func decode(
    _ bytes: UnsafeRawBufferPointer, as type: PostgresType
  ) throws(PostgresDecodingFailure) -> UInt8 { try decodeInteger(bytes, type) }

  package static func decodeArray(
    _ bytes: UnsafeRawBufferPointer, as type: PostgresType
  ) throws(PostgresDecodingFailure) -> [UInt8] {
    guard type == .bytea else { throw .typeMismatch }
    return [UInt8](bytes)
  }
}

extension Double: PostgresCodable {
  package static var postgresType: PostgresType { .float8 }
  package func encode(into buffer: inout PostgresBuffer) { buffer.write(bitPattern) }
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, as type: PostgresType
  ) throws(PostgresDecodingFailure) -> Double {
    switch type {
    case .float8: return Double(bitPattern: try BinaryReader.whole(bytes, UInt64.self))
    case .float4: return Double(Float(bitPattern: try BinaryReader.whole(bytes, UInt32.self)))
    default: throw .typeMismatch
    }
  }
}

extension String: PostgresCodable {
  package static var postgresType: PostgresType { .text }
  package func encode(into buffer: inout PostgresBuffer) { buffer.write(text: self) }
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, as type: PostgresType
  ) throws(PostgresDecodingFailure) -> String {
    switch type {
    case .text, .varchar, .bpchar, .name, .json, .unknown: break
    default: throw .typeMismatch
    }
    // Not `String(validating:as:)`, which is generic behind its door and costs twice as much.
    guard let text = try? UTF8Span(validating: bytes.assumingMemoryBound(to: UInt8.self).span) else {
      throw .invalid("invalid UTF-8")
    }
    return String(copying: text)
  }
}

extension UUID: PostgresCodable {
  package static var postgresType: PostgresType { .uuid }
  package func encode(into buffer: inout PostgresBuffer) {
    withUnsafeBytes(of: uuid) { buffer.write(bytes: $0) }
  }
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, as type: PostgresType
  ) throws(PostgresDecodingFailure) -> UUID {
    guard type == .uuid else { throw .typeMismatch }
    guard bytes.count == 16 else { throw .invalid("value of unexpected length") }
    return UUID(uuid: bytes.loadUnaligned(as: uuid_t.self))
  }
}

/// A document in PostgreSQL's `jsonb`, as UTF-8 text; the server normalises it.
package struct JSONB: Hashable, Sendable {
  package var bytes: [UInt8]

  package init(bytes: [UInt8]) { self.bytes = bytes }
}

extension JSONB: PostgresCodable {
  package static var postgresType: PostgresType { .jsonb }
  package func encode(into buffer: inout PostgresBuffer) {
    buffer.write(UInt8(1))
    buffer.write(bytes: bytes)
  }
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, as type: PostgresType
  ) throws(PostgresDecodingFailure) -> JSONB {
    switch type {
    case .json: return JSONB(bytes: [UInt8](bytes))
    case .jsonb:
      guard bytes.first == 1 else { throw .invalid("unknown version of jsonb") }
      return JSONB(bytes: [UInt8](bytes.dropFirst()))
    default: throw .typeMismatch
    }
  }
}

/// A transaction id of 64 bits, as `pg_current_xact_id()` gives it.
package struct Xid8: Hashable, Sendable {
  package var value: UInt64

  package init(_ value: UInt64) { self.value = value }
}

extension Xid8: PostgresCodable {
  package static var postgresType: PostgresType { .xid8 }
  package func encode(into buffer: inout PostgresBuffer) { buffer.write(value) }
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, as type: PostgresType
  ) throws(PostgresDecodingFailure) -> Xid8 {
    guard type == .xid8 else { throw .typeMismatch }
    return Xid8(try BinaryReader.whole(bytes, UInt64.self))
  }
}
