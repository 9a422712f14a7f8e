/// A statement and how its rows become a value. Runs through every door of the client.
package struct Query<Output: Sendable>: Sendable {
  package let sql: SQL
  let decode: @Sendable (PostgresResult) throws -> Output
  private(set) var refusals: [ConstraintRefusal] = []
  private(set) var isSlow = false
  /// Whether `decode` cannot throw, so that a commit may travel with it.
  private(set) var cannotFail = false

  init(_ sql: SQL, decode: @escaping @Sendable (PostgresResult) throws -> Output) {
    self.sql = sql
    self.decode = decode
  }

  /// All rows.
  package static func list<T: Sendable>(
    _ sql: SQL, _ decode: @escaping @Sendable (inout Row) throws -> T
  ) -> Query where Output == [T] {
    Query(sql) { result in
      var values: [T] = []
      values.reserveCapacity(result.count)
      for index in 0..<result.count {
        var row = Row(result, index)
        values.append(try decode(&row))
      }
      return values
    }
  }

  /// The row or nil; more than one row is `PostgresError.rowCount`.
  package static func optional<T: Sendable>(
    _ sql: SQL, _ decode: @escaping @Sendable (inout Row) throws -> T
  ) -> Query where Output == T? {
    Query(sql) { result in
      guard result.count > 0 else { return nil }
      guard result.count == 1 else { throw rowCount("0 or 1", result) }
      var row = Row(result, 0)
      return try decode(&row)
    }
  }

  /// Exactly one row, else `PostgresError.rowCount`.
  package static func one(
    _ sql: SQL, _ decode: @escaping @Sendable (inout Row) throws -> Output
  ) -> Query {
    Query(sql) { result in
      guard result.count == 1 else { throw rowCount("1", result) }
      var row = Row(result, 0)
      return try decode(&row)
    }
  }

  /// Number of affected rows.
  package static func execute(_ sql: SQL) -> Query where Output == Int {
    var query = Query(sql) { $0.affectedRows }
    query.cannotFail = true
    return query
  }

  package func map<T: Sendable>(_ transform: @escaping @Sendable (Output) throws -> T) -> Query<T> {
    let decode = self.decode
    var query = Query<T>(sql) { try transform(try decode($0)) }
    query.refusals = refusals
    query.isSlow = isSlow
    return query
  }

  /// Makes a violation of the named constraint throw the given error; chainable, the last one added wins.
  package func refusing(_ constraint: String, as error: @escaping @Sendable () -> any Error) -> Query {
    var query = self
    query.refusals.append(ConstraintRefusal(constraint: constraint, error: error))
    return query
  }

  /// Makes a row that the session's row-level security refuses to take throw the given error.
  package func refusingForeignRow(as error: @escaping @Sendable () -> any Error) -> Query {
    refusing(ServerError.rowSecurity, as: error)
  }

  /// Declares a read that may take longer than the shared connections allow: it leases one from the start.
  package func slow() -> Query {
    var query = self
    query.isSlow = true
    return query
  }

  private static func rowCount(_ expected: String, _ result: PostgresResult) -> PostgresError {
    .rowCount(RowCountProblem(expected: expected, found: result.count, statement: result.statement.text))
  }
}

/// What a violated constraint means to the caller.
struct ConstraintRefusal: Sendable {
  let constraint: String
  let error: @Sendable () -> any Error
}

extension [ConstraintRefusal] {
  /// The caller's error for a violated constraint, else the error itself.
  func translate(_ error: PostgresError) -> any Error {
    guard case .server(let refused) = error, let name = refused.constraint ?? refused.rowSecurity else { return error }
    return last { $0.constraint == name }?.error() ?? error
  }
}
