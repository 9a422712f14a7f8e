internal import CLibPQ

/// A plain blocking connection for migrations. Used by the one thread that opened it.
final class PlainSession {
  private let handle: OpaquePointer

  init(dsn: String) throws {
    var configuration = PostgresConfiguration(dsn: dsn)
    configuration.applicationName = "aftersales-migrate"
    switch Connector.open(dsn, configuration, options: [:]) {
    case .success(let fresh): handle = fresh.handle
    case .failure(let reason): throw MigrationError.noConnection(reason.text)
    }
  }

  deinit { PQfinish(handle) }

  /// Runs one or several statements by the simple protocol. Throws `PostgresError`.
  func run(_ text: String) throws {
    try check(PQexec(handle, text), text)
  }

  /// Runs one statement and decodes its rows.
  func rows<T>(_ sql: SQL, _ decode: (inout Row) throws -> T) throws -> [T] {
    if let problem = sql.problem { throw problem }
    let text = sql.text
    let pointer = SendScratch().withBinds(sql.binds) { values, lengths, formats in
      PQexecParams(handle, text, Int32(sql.binds.count), sql.binds.types, values, lengths, formats, 1)
    }
    guard let pointer, PQresultStatus(pointer) == PGRES_TUPLES_OK || PQresultStatus(pointer) == PGRES_COMMAND_OK else {
      throw failure(pointer, text)
    }
    let result = PostgresResult(pointer, sql)
    return try (0..<result.count).map { index in
      var row = Row(result, index)
      return try decode(&row)
    }
  }

  var isInTransaction: Bool {
    let status = PQtransactionStatus(handle)
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
  }

  private func check(_ pointer: OpaquePointer?, _ text: String) throws {
    let status = PQresultStatus(pointer)
    guard status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY else {
      throw failure(pointer, text)
    }
    PQclear(pointer)
  }

  private func failure(_ pointer: OpaquePointer?, _ text: String) -> PostgresError {
    defer { PQclear(pointer) }
    guard let pointer, PQstatus(handle) == CONNECTION_OK else { return .connectionLost }
    return .server(ServerError(pointer, statement: text))
  }
}
