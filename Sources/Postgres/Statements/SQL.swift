/// A statement or a piece of one, with its bound values. A value can only get into it as a bind:
/// `"where id = \(id)"` becomes `where id = $1`.
package struct SQL: ExpressibleByStringInterpolation, Sendable {
  /// Text in which every bind is one placeholder byte; `text` numbers them.
  private(set) var template: String
  private(set) var binds: PostgresBuffer

  static let placeholder: UInt8 = 0x01

  package init(stringLiteral value: String) {
    template = value
    binds = PostgresBuffer()
  }

  package init(stringInterpolation: StringInterpolation) {
    self = stringInterpolation.sql
  }

  private init(capacity: Int) {
    template = ""
    template.reserveCapacity(capacity)
    binds = PostgresBuffer()
  }

  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var sql: SQL

    package init(literalCapacity: Int, interpolationCount: Int) {
      sql = SQL(capacity: literalCapacity + interpolationCount * 4)
    }

    package mutating func appendLiteral(_ literal: String) {
      sql.template.append(literal)
    }

    /// Binds a value.
    package mutating func appendInterpolation<T: PostgresEncodable>(_ value: T) {
      bind(value)
    }

    /// Binds a value or null. An overload of its own, because the compiler warns of optionals in other interpolations.
    package mutating func appendInterpolation<T: PostgresEncodable>(_ value: T?) {
      bind(value)
    }

    mutating func bind<T: PostgresEncodable>(_ value: T) { sql.bind(value) }

    /// Splices another fragment with its binds.
    package mutating func appendInterpolation(_ fragment: SQL) {
      sql.append(fragment)
    }

    /// Inserts text of the program itself (a table name, a sort direction).
    package mutating func appendInterpolation(unescaped text: StaticString) {
      sql.template.append(text.description)
    }
  }

  package static func + (left: SQL, right: SQL) -> SQL {
    var sum = left
    sum.append(right)
    return sum
  }

  package static func += (left: inout SQL, right: SQL) {
    left.append(right)
  }

  package mutating func append(_ fragment: SQL) {
    template.append(fragment.template)
    binds.append(fragment.binds)
  }

  private mutating func bind<T: PostgresEncodable>(_ value: T) {
    template.unicodeScalars.append(Unicode.Scalar(SQL.placeholder))
    binds.bind(value)
  }

  /// Text as the server sees it, binds numbered `$1`, `$2`, ….
  package var text: String {
    if binds.count == 0 { return template }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(template.utf8.count + binds.count * 3)
    var number = 0
    for byte in template.utf8 {
      if byte == SQL.placeholder {
        number += 1
        bytes.append(UInt8(ascii: "$"))
        bytes.append(contentsOf: String(number).utf8)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Number of bound values.
  package var bindCount: Int { binds.count }

  /// Why this statement must not be sent, found when its values were bound.
  var problem: PostgresError? {
    if let problem = binds.problem { return problem }
    return binds.count > 65_535 ? .misuse("more than 65,535 binds in one statement") : nil
  }

  var key: StatementKey { StatementKey(template: template, types: binds.types) }
}

/// What makes two statements the same prepared statement: text and types of the binds.
struct StatementKey: Hashable {
  let template: String
  let types: [UInt32]
}
