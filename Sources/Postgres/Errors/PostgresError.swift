/// What a call of this module can end with, besides `CancellationError` and the errors of the caller's own closures.
///
/// `description` tells nothing that came from a row or a bind; `String(reflecting:)` tells everything.
package enum PostgresError: Error, Sendable {
  /// The server refused a statement.
  case server(ServerError)
  /// The connection broke before a commit was sent, or no server could be reached: nothing has happened.
  case connectionLost
  /// A commit was sent and its outcome is not known: it may or may not have happened.
  case outcomeUnknown
  /// No connection became free within the wait limit, or the queue is full.
  case poolExhausted
  /// The call's deadline or the connection's statement timeout passed: nothing has happened.
  case deadline
  /// Somebody else cancelled the statement (an administrator): nothing has happened.
  case cancelled
  /// A column could not be decoded.
  case decoding(DecodingProblem)
  /// A query that answers one row answered another number of rows.
  case rowCount(RowCountProblem)
  /// Text to bind contains U+0000, which PostgreSQL cannot store.
  case invalidText
  /// The caller broke a rule of this module.
  case misuse(String)

  /// SQLSTATE of a refusal by the server, else nil.
  package var sqlState: String? {
    if case .server(let error) = self { error.sqlState } else { nil }
  }

  /// Whether the same transaction may succeed if run again: serialization failure or deadlock.
  package var isTransient: Bool {
    if case .server(let error) = self { error.isTransient } else { false }
  }
}

/// A refusal by the server, with the fields that name its cause.
package struct ServerError: Error, Sendable, Hashable {
  /// Five characters, PostgreSQL appendix A.
  package var sqlState: String
  /// Name of the violated constraint.
  package var constraint: String?
  package var schema: String?
  package var table: String?
  package var column: String?
  /// May contain values of rows: never show it to a client or write it to a log.
  package var message: String
  /// May contain values of rows: never show it to a client or write it to a log.
  package var detail: String?
  package var hint: String?
  /// Function of the server that raised it.
  package var routine: String?
  /// Text of the statement, without its binds.
  package var statement: String

  package init(
    sqlState: String, constraint: String? = nil, schema: String? = nil, table: String? = nil, column: String? = nil,
    message: String = "", detail: String? = nil, hint: String? = nil, routine: String? = nil, statement: String = ""
  ) {
    self.sqlState = sqlState
    self.constraint = constraint
    self.schema = schema
    self.table = table
    self.column = column
    self.message = message
    self.detail = detail
    self.hint = hint
    self.routine = routine
    self.statement = statement
  }

  /// Stands for every policy where a constraint's name would stand: the server names none.
  static let rowSecurity = "row-level security"

  /// `rowSecurity` for a row that a policy refused to take. A missing grant has the same SQLSTATE and another routine.
  var rowSecurity: String? {
    sqlState == "42501" && routine == "ExecWithCheckOptions" ? Self.rowSecurity : nil
  }

  var isTransient: Bool { sqlState == "40001" || sqlState == "40P01" || isStalePlan }

  /// A prepared statement's result type was changed by a migration, or the server forgot the statement.
  var isStalePlan: Bool {
    sqlState == "26000" || (sqlState == "0A000" && routine == "RevalidateCachedQuery")
  }
}

/// Where a value could not be decoded; contains no value.
package struct DecodingProblem: Error, Sendable, Hashable {
  package var column: String
  package var columnType: String
  package var swiftType: String
  package var reason: String
  package var statement: String
}

/// Expected and found number of rows.
package struct RowCountProblem: Error, Sendable, Hashable {
  package var expected: String
  package var found: Int
  package var statement: String
}

extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible {
  package var description: String {
    switch self {
    case .server(let error): "server refused a statement: \(error)"
    case .connectionLost: "connection to the database lost before commit"
    case .outcomeUnknown: "outcome of a commit unknown"
    case .poolExhausted: "no database connection free within the wait limit"
    case .deadline: "database deadline exceeded"
    case .cancelled: "database statement cancelled by an administrator"
    case .decoding(let problem):
      "column \(problem.column) of type \(problem.columnType) cannot be decoded as "
        + "\(problem.swiftType): \(problem.reason)"
    case .rowCount(let problem): "expected \(problem.expected), found \(problem.found) rows"
    case .invalidText: "text contains U+0000"
    case .misuse(let rule): "misuse of the database client: \(rule)"
    }
  }

  package var debugDescription: String {
    switch self {
    case .server(let error): "PostgresError.server(\(error.debugDescription))"
    case .decoding(let problem): "PostgresError.decoding(\(description); statement: \(problem.statement))"
    case .rowCount(let problem): "PostgresError.rowCount(\(description); statement: \(problem.statement))"
    default: "PostgresError(\(description))"
    }
  }
}

extension ServerError: CustomStringConvertible, CustomDebugStringConvertible {
  package var description: String {
    var text = "SQLSTATE \(sqlState)"
    if let constraint { text += ", constraint \(constraint)" }
    if let table { text += ", table \(table)" }
    if let column { text += ", column \(column)" }
    return text
  }

  package var debugDescription: String {
    var text = description + ", message: \(message)"
    if let detail { text += ", detail: \(detail)" }
    if let hint { text += ", hint: \(hint)" }
    if let routine { text += ", routine: \(routine)" }
    return text + ", statement: \(statement)"
  }
}
