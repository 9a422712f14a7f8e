internal import CLibPQ

/// The rows of one statement.
///
/// Proof for `@unchecked Sendable`: the only stored pointer is a finished `PGresult`, made by the I/O thread and never
/// changed after `init`; libpq documents that results may be read by any thread once retrieved. Nobody else holds
/// the pointer, and it is cleared once, by the last owner.
package final class PostgresResult: @unchecked Sendable {
  private let pointer: OpaquePointer
  /// The statement, for errors.
  let statement: SQL
  /// Number of rows.
  package let count: Int
  let columnCount: Int

  init(_ pointer: OpaquePointer, _ statement: SQL) {
    self.pointer = pointer
    self.statement = statement
    count = Int(PQntuples(pointer))
    columnCount = Int(PQnfields(pointer))
  }

  deinit { PQclear(pointer) }

  /// Number of rows inserted, updated, deleted or selected.
  package var affectedRows: Int {
    guard let text = PQcmdTuples(pointer), text.pointee != 0 else { return 0 }
    return Int(String(cString: text)) ?? 0
  }

  func decode<T: PostgresDecodable>(_ type: T.Type, row: Int32, column: Int32) throws -> T {
    guard column < columnCount else {
      throw problem(column, T.self, "the statement has only \(columnCount) columns")
    }
    do throws(PostgresDecodingFailure) {
      let length = Int(PQgetlength(pointer, row, column))
      if length == 0, PQgetisnull(pointer, row, column) != 0 { return try T.decodeNull() }
      let columnType = PostgresType(rawValue: PQftype(pointer, column))
      return try T.decode(
        UnsafeRawBufferPointer(start: PQgetvalue(pointer, row, column), count: length), as: columnType)
    } catch {
      throw problem(column, T.self, error.reason)
    }
  }

  private func problem<T>(_ column: Int32, _ type: T.Type, _ reason: String) -> PostgresError {
    let exists = column < columnCount
    return .decoding(
      DecodingProblem(
        column: exists ? PQfname(pointer, column).map { String(cString: $0) } ?? "" : "number \(column + 1)",
        columnType: exists ? PostgresType(rawValue: PQftype(pointer, column)).description : "none",
        swiftType: String(describing: T.self), reason: reason, statement: statement.text))
  }
}

/// A row whose columns are taken one after another, in the order of the select list.
package struct Row {
  private let result: PostgresResult
  private let row: Int32
  private var column: Int32 = 0

  init(_ result: PostgresResult, _ row: Int) {
    self.result = result
    self.row = Int32(truncatingIfNeeded: row)
  }

  /// The next column; an optional type takes null. Throws `PostgresError.decoding`.
  package mutating func next<T: PostgresDecodable>(_ type: T.Type = T.self) throws -> T { try take() }

  mutating func take<T: PostgresDecodable>() throws -> T {
    defer { column += 1 }
    return try result.decode(T.self, row: row, column: column)
  }

  /// Passes over a column.
  package mutating func skip() {
    column += 1
  }
}
