/// A moment in milliseconds since 1970-01-01T00:00:00Z: columns of `timestamptz(3)`.
package struct PostgresTimestamp: Hashable, Sendable {
  package var milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// Milliseconds from 1970 to 2000, PostgreSQL's epoch.
  static let epoch: Int64 = 946_684_800_000
}

extension PostgresTimestamp: PostgresCodable {
  package static var postgresType: PostgresType { .timestamptz }

  package func encode(into buffer: inout PostgresBuffer) {
    let (shifted, underflow) = milliseconds.subtractingReportingOverflow(PostgresTimestamp.epoch)
    let (microseconds, overflow) = shifted.multipliedReportingOverflow(by: 1_000)
    if underflow || overflow { buffer.refuse(.misuse("timestamp out of range")) }
    buffer.write(microseconds)
  }

  /// Microseconds below a millisecond are cut, towards the past.
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, as type: PostgresType
  ) throws(PostgresDecodingFailure) -> PostgresTimestamp {
    guard type == .timestamptz || type == .timestamp else { throw .typeMismatch }
    let microseconds = try BinaryReader.whole(bytes, Int64.self)
    guard microseconds != .max, microseconds != .min else { throw .invalid("infinite timestamp") }
    let milliseconds = (microseconds - (microseconds % 1_000 + 1_000) % 1_000) / 1_000
    return PostgresTimestamp(milliseconds: milliseconds + epoch)
  }
}

/// A calendar day in days since 1970-01-01.
package struct PostgresDate: Hashable, Sendable {
  package var daysSinceEpoch: Int64

  package init(daysSinceEpoch: Int64) { self.daysSinceEpoch = daysSinceEpoch }

  /// Days from 1970 to 2000, PostgreSQL's epoch.
  static let epoch: Int64 = 10_957
}

extension PostgresDate: PostgresCodable {
  package static var postgresType: PostgresType { .date }

  package func encode(into buffer: inout PostgresBuffer) {
    let (shifted, overflow) = daysSinceEpoch.subtractingReportingOverflow(PostgresDate.epoch)
    guard !overflow, let days = Int32(exactly: shifted), days != .max, days != .min else {
      buffer.refuse(.misuse("date out of range"))
      return
    }
    buffer.write(days)
  }

  package static func decode(
    _ bytes: UnsafeRawBufferPointer, as type: PostgresType
  ) throws(PostgresDecodingFailure) -> PostgresDate {
    guard type == .date else { throw .typeMismatch }
    let days = try BinaryReader.whole(bytes, Int32.self)
    guard days != .max, days != .min else { throw .invalid("infinite date") }
    return PostgresDate(daysSinceEpoch: Int64(days) + epoch)
  }
}
