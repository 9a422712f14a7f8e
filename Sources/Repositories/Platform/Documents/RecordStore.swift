package import Domain
package import Postgres

/// A family whose documents are rows of one table that ends with `RecordColumns`: from the description of the table follow
/// the statements by which a record is found, locked, listed, inserted and updated.
package protocol RecordStore: DocumentStore where Document: Record {
  static var table: RecordTable<Document> { get }

  /// What narrows a list; conditions combine with and.
  static func conditions(_ filter: Filter) -> [SQL]
}

/// One table of records.
package struct RecordTable<Document: Record>: Sendable {
  /// A column, and how it gets its value.
  package struct Column: Sendable {
    enum Kind: Sendable {
      case changed(@Sendable (Document) -> SQL)
      case fixed(@Sendable (Document) -> SQL)
      case read
    }

    let sql: SQL
    let kind: Kind

    /// Written when the record is new and with every change.
    package init(_ name: StaticString, _ value: @escaping @Sendable (Document) -> SQL) {
      self.init(sql: "\(unescaped: name)", kind: .changed(value))
    }

    private init(sql: SQL, kind: Kind) {
      self.sql = sql
      self.kind = kind
    }

    /// Written when the record is new, and never again.
    package static func fixed(_ name: StaticString, _ value: @escaping @Sendable (Document) -> SQL) -> Column {
      Column(sql: "\(unescaped: name)", kind: .fixed(value))
    }

    /// Only read: computed, or written by statements of its own.
    package static func read(_ expression: SQL) -> Column { Column(sql: expression, kind: .read) }

    var value: (@Sendable (Document) -> SQL)? {
      switch kind {
      case .changed(let value), .fixed(let value): value
      case .read: nil
      }
    }
  }

  fileprivate let name: StaticString
  fileprivate let visible: (@Sendable (Scope) -> SQL)?
  fileprivate let key: @Sendable (String) -> SQL
  fileprivate let columns: [Column]
  fileprivate let refusals: [(constraint: String, error: @Sendable () -> any Error)]
  fileprivate let decode: @Sendable (inout Row) throws -> Document
  /// In the order in which `decode` reads them.
  package let selection: SQL

  /// - Parameters:
  ///   - station: the column that a scope narrows; `nil`: every scope sees all rows.
  ///   - visible: which rows a scope sees, where the station's column alone does not say it.
  ///   - key: the condition that a number, code or VIN meets.
  ///   - columns: in the order in which `decode` reads them, before those of `RecordColumns`.
  ///   - refusals: what a violated constraint means.
  package init(
    _ name: StaticString, station: StaticString? = nil, visible: (@Sendable (Scope) -> SQL)? = nil,
    key: @escaping @Sendable (String) -> SQL, columns: [Column],
    refusals: [(constraint: String, error: @Sendable () -> any Error)],
    decode: @escaping @Sendable (inout Row) throws -> Document
  ) {
    self.name = name
    self.visible = visible ?? station.map { column in { @Sendable scope in scope.condition(on: column) } }
    self.key = key
    self.columns = columns
    self.refusals = refusals
    self.decode = decode
    selection = columns.reduce(SQL("")) { $0 + $1.sql + ", " } + RecordColumns.names
  }
}

extension RecordStore {
  package static var window: ListPlan.WindowColumns { .init(created: "created_at", updated: "updated_at") }

  package static func find(_ reference: Reference<Document>, in scope: Scope) -> Query<Document?> {
    Query.optional(select(reference, in: scope), table.decode)
  }

  package static func lock(_ reference: Reference<Document>, in scope: Scope) -> Query<Document?> {
    Query.optional(select(reference, in: scope) + " for update", table.decode)
  }

  /// Several records, locked in one order whoever asks, so that two askers cannot wait for each other.
  package static func lock(_ ids: [Identifier<Document>], in scope: Scope) -> Query<[Document]> {
    Query.list(
      "select \(table.selection) from \(unescaped: table.name) where \(visible(in: scope)) and id = any (\(ids)) order by id for update",
      table.decode)
  }

  /// Those of the given records that the scope sees.
  package static func all(_ ids: Set<Identifier<Document>>, in scope: Scope) -> Query<[Document]> {
    Query.list(
      "select \(table.selection) from \(unescaped: table.name) where \(visible(in: scope)) and id = any (\(Array(ids)))",
      table.decode)
  }

  package static func list(_ filter: Filter, _ page: PageRequest, in scope: Scope) -> Query<Page<Document>> {
    var plan = ListPlan(
      columns: table.selection, from: "\(unescaped: table.name)", id: "id", sorts: sorts, window: window,
      conditions: table.visible == nil ? [] : [visible(in: scope)])
    for condition in conditions(filter) { plan.filter(condition) }
    return plan.query(page, decode: table.decode)
  }

  package static func save(_ after: Document, over before: Document?) -> [Query<Int>] {
    [before.map { update(after, expecting: $0.version) } ?? insert(after)]
  }

  package static func insert(_ record: Document) -> Query<Int> {
    var (names, values) = (SQL(""), SQL(""))
    for column in table.columns {
      guard let value = column.value else { continue }
      names += column.sql + ", "
      values += value(record) + ", "
    }
    names += RecordColumns.names
    values += RecordColumns.values(record.externalIDs, record.version, record.stamp)
    return refusing(Query.execute("insert into \(unescaped: table.name) (\(names)) values (\(values))"))
  }

  /// - Parameter version: the version that was loaded; no row means that somebody was faster.
  package static func update(_ record: Document, expecting version: Int) -> Query<Int> {
    var assignments = SQL("")
    for column in table.columns {
      guard case .changed(let value) = column.kind else { continue }
      assignments += column.sql + " = " + value(record) + ", "
    }
    assignments += RecordColumns.assignments(record.externalIDs, record.version, record.stamp)
    return refusing(
      Query.execute(
        "update \(unescaped: table.name) set \(assignments) where id = \(record.id) and version = \(version)"))
  }

  private static func refusing(_ query: Query<Int>) -> Query<Int> {
    table.refusals.reduce(query.refusingTakenIdentity()) { $0.refusing($1.constraint, as: $1.error) }
  }

  private static func select(_ reference: Reference<Document>, in scope: Scope) -> SQL {
    let named: SQL =
      switch reference {
      case .id(let id): "id = \(id)"
      case .number(let number): table.key(number)
      }
    return "select \(table.selection) from \(unescaped: table.name) where \(visible(in: scope)) and \(named)"
  }

  private static func visible(in scope: Scope) -> SQL {
    table.visible?(scope) ?? "true"
  }
}
