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

// As for the common values of PostgreSQL itself, doors of their own for what nearly every row and statement holds.

extension Row {
  mutating func next<Of>(_ type: Identifier<Of>.Type = Identifier<Of>.self) throws -> Identifier<Of> {
    Identifier(try next(UUID.self))
  }

  mutating func next<Of>(_ type: Identifier<Of>?.Type) throws -> Identifier<Of>? {
    try next(UUID?.self).map(Identifier.init)
  }

  mutating func next(_ type: Timestamp.Type = Timestamp.self) throws -> Timestamp {
    Timestamp(milliseconds: try next(PostgresTimestamp.self).milliseconds)
  }

  mutating func next(_ type: Timestamp?.Type) throws -> Timestamp? {
    try next(PostgresTimestamp?.self).map { Timestamp(milliseconds: $0.milliseconds) }
  }
}

extension SQL.StringInterpolation {
  mutating func appendInterpolation<Of>(_ value: Identifier<Of>) { appendInterpolation(value.uuid) }
  mutating func appendInterpolation<Of>(_ value: Identifier<Of>?) { appendInterpolation(value?.uuid) }

  mutating func appendInterpolation(_ value: Timestamp) {
    appendInterpolation(PostgresTimestamp(milliseconds: value.milliseconds))
  }

  mutating func appendInterpolation(_ value: Timestamp?) {
    appendInterpolation(value.map { PostgresTimestamp(milliseconds: $0.milliseconds) })
  }
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
