/// A type of the server by its object identifier; the numbers of built-in types never change.
package struct PostgresType: RawRepresentable, Hashable, Sendable {
  package let rawValue: UInt32

  package init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  package static let bool = PostgresType(rawValue: 16)
  package static let bytea = PostgresType(rawValue: 17)
  package static let name = PostgresType(rawValue: 19)
  package static let int8 = PostgresType(rawValue: 20)
  package static let int2 = PostgresType(rawValue: 21)
  package static let int4 = PostgresType(rawValue: 23)
  package static let text = PostgresType(rawValue: 25)
  package static let json = PostgresType(rawValue: 114)
  package static let float4 = PostgresType(rawValue: 700)
  package static let float8 = PostgresType(rawValue: 701)
  package static let unknown = PostgresType(rawValue: 705)
  package static let bpchar = PostgresType(rawValue: 1042)
  package static let varchar = PostgresType(rawValue: 1043)
  package static let date = PostgresType(rawValue: 1082)
  package static let timestamp = PostgresType(rawValue: 1114)
  package static let timestamptz = PostgresType(rawValue: 1184)
  package static let numeric = PostgresType(rawValue: 1700)
  package static let uuid = PostgresType(rawValue: 2950)
  package static let jsonb = PostgresType(rawValue: 3802)
  package static let xid8 = PostgresType(rawValue: 5069)

  private static let arrays: [(element: UInt32, array: UInt32, name: String)] = [
    (16, 1000, "bool"), (17, 1001, "bytea"), (19, 1003, "name"), (20, 1016, "int8"), (21, 1005, "int2"),
    (23, 1007, "int4"), (25, 1009, "text"), (114, 199, "json"), (700, 1021, "float4"), (701, 1022, "float8"),
    (1042, 1014, "bpchar"), (1043, 1015, "varchar"), (1082, 1182, "date"), (1114, 1115, "timestamp"),
    (1184, 1185, "timestamptz"), (1700, 1231, "numeric"), (2950, 2951, "uuid"), (3802, 3807, "jsonb"),
    (5069, 271, "xid8"),
  ]

  /// The type of arrays of this type; nil if this module knows none.
  package var array: PostgresType? {
    switch self {
    case .text: return PostgresType(rawValue: 1009)
    case .uuid: return PostgresType(rawValue: 2951)
    default:
      for known in PostgresType.arrays where known.element == rawValue { return PostgresType(rawValue: known.array) }
      return nil
    }
  }
}

extension PostgresType: CustomStringConvertible {
  /// Name of the type as in `pg_type`, or its number.
  package var description: String {
    for known in PostgresType.arrays {
      if known.element == rawValue { return known.name }
      if known.array == rawValue { return known.name + "[]" }
    }
    return rawValue == 705 ? "unknown" : "type \(rawValue)"
  }
}
