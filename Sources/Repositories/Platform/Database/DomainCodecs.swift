package import Domain
import FoundationEssentials
package import Postgres

// How the values of the domain travel to PostgreSQL and back.

extension Identifier: PostgresEncodable, PostgresDecodable {
  package static var postgresType: PostgresType { UUID.postgresType }
  package func encode(into buffer: inout PostgresBuffer) { uuid.encode(into: &buffer) }
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, as type: PostgresType
  ) throws(PostgresDecodingFailure) -> Self {
    Self(try UUID.decode(bytes, as: type))
  }
}

extension Timestamp: PostgresEncodable, PostgresDecodable {
  package static var postgresType: PostgresType { PostgresTimestamp.postgresType }
  package func encode(into buffer: inout PostgresBuffer) {
    PostgresTimestamp(milliseconds: milliseconds).encode(into: &buffer)
  }
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, as type: PostgresType
  ) throws(PostgresDecodingFailure) -> Self {
    Self(milliseconds: try PostgresTimestamp.decode(bytes, as: type).milliseconds)
  }
}

extension CalendarDate: PostgresEncodable, PostgresDecodable {
  package static var postgresType: PostgresType { PostgresDate.postgresType }
  package func encode(into buffer: inout PostgresBuffer) {
    PostgresDate(daysSinceEpoch: daysSinceEpoch).encode(into: &buffer)
  }
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, as type: PostgresType
  ) throws(PostgresDecodingFailure) -> Self {
    Self(daysSinceEpoch: try PostgresDate.decode(bytes, as: type).daysSinceEpoch)
  }
}

extension Money {
  /// For a `numeric(19,2)` column.
  var minorUnits: MinorUnits { MinorUnits(value: minor) }
}

extension Hours {
  /// For a `numeric(…,2)` column.
  var minorUnits: MinorUnits { MinorUnits(value: Int64(hundredths)) }
}

extension Row {
  /// A text column that holds one of the values of a string enum; another text is a decoding error.
  mutating func next<Value: RawRepresentable<String>>(as type: Value.Type) throws -> Value {
    let text = try next(String.self)
    guard let value = Value(rawValue: text) else {
      throw Failure.internal(reference: "unknown \(Value.self) in the database")
    }
    return value
  }

  mutating func nextOptional<Value: RawRepresentable<String>>(as type: Value.Type) throws -> Value? {
    guard let text = try next(String?.self) else { return nil }
    guard let value = Value(rawValue: text) else {
      throw Failure.internal(reference: "unknown \(Value.self) in the database")
    }
    return value
  }

  /// `created_at, created_by, created_by_id, updated_at, updated_by, updated_by_id`
  mutating func nextStamp() throws -> RecordStamp {
    let createdAt = try next(Timestamp.self)
    let createdBy = RecordStamp.Author(name: try next(String.self), id: try next(UUID?.self))
    let updatedAt = try next(Timestamp.self)
    let updatedBy = RecordStamp.Author(name: try next(String.self), id: try next(UUID?.self))
    return RecordStamp(createdAt: createdAt, createdBy: createdBy, updatedAt: updatedAt, updatedBy: updatedBy)
  }
}
