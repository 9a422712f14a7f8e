package import Domain
import FoundationEssentials
package import Postgres

/// One list: what it selects, what it may be ordered by, what it is narrowed by. Keyset paging is done here, once: never
/// OFFSET, the order always total by identity, the cursor carrying full key precision (C-10, C-12).
package struct ListPlan: Sendable {
  /// A column that a list may be ordered by; names reach SQL only from here.
  package struct SortColumn: Sendable {
    let column: StaticString
    let type: StaticString
    let nullable: Bool

    /// - Parameter type: the PostgreSQL type that the cursor's text is cast back to.
    package init(_ column: StaticString, type: StaticString, nullable: Bool = false) {
      self.column = column
      self.type = type
      self.nullable = nullable
    }
  }

  /// The columns of a `ListWindow`; `nil`: the family's own filter narrows by it, or there is no such column.
  package struct WindowColumns: Sendable {
    let number: StaticString?
    let created: StaticString?
    let updated: StaticString?

    package init(number: StaticString? = nil, created: StaticString? = nil, updated: StaticString? = nil) {
      self.number = number
      self.created = created
      self.updated = updated
    }

    package static let none = WindowColumns()

    /// What the list can be narrowed by.
    package var fields: Set<ListWindow.Field> {
      var fields: Set<ListWindow.Field> = []
      if number != nil { fields.insert(.number) }
      if created != nil { fields.insert(.created) }
      if updated != nil { fields.insert(.updated) }
      return fields
    }

    fileprivate func conditions(_ window: ListWindow) -> [SQL] {
      var conditions: [SQL] = []
      if let number, let text = window.number { conditions.append("\(unescaped: number) = \(text)") }
      if let created, let from = window.createdFrom { conditions.append("\(unescaped: created) >= \(from)") }
      if let created, let before = window.createdBefore { conditions.append("\(unescaped: created) < \(before)") }
      if let updated, let from = window.updatedFrom { conditions.append("\(unescaped: updated) >= \(from)") }
      if let updated, let before = window.updatedBefore { conditions.append("\(unescaped: updated) < \(before)") }
      return conditions
    }
  }

  private let columns: SQL
  private let from: SQL
  private let id: StaticString
  private let sorts: [String: SortColumn]
  private let window: WindowColumns
  private var conditions: [SQL]

  package init(
    columns: SQL, from: SQL, id: StaticString, sorts: [String: SortColumn], window: WindowColumns = .none,
    conditions: [SQL] = []
  ) {
    self.window = window
    self.columns = columns
    self.from = from
    self.id = id
    self.sorts = sorts
    self.conditions = conditions
  }

  package mutating func filter(_ condition: SQL) { conditions.append(condition) }

  /// One page; asks for one row more than the limit to know whether there is another.
  package func query<Item: Sendable>(
    _ page: PageRequest, decode: @escaping @Sendable (inout Row) throws -> Item
  ) -> Query<Page<Item>> {
    let keys = page.sort.compactMap { sort in sorts[sort.field].map { ($0, sort.descending) } }
    let backward = page.cursor?.backward ?? false
    let firstDescending = page.sort.first?.descending ?? true
    let conditions = conditions + window.conditions(page.window)

    var body = SQL("from ") + from + filtering(conditions)
    if let cursor = page.cursor {
      body += conditions.isEmpty ? " where " : " and "
      body += after(cursor, keys, idDescending: firstDescending)
    }
    body += " order by "
    for (column, descending) in keys {
      let reversed = descending != backward
      body += "\(unescaped: column.column) \(unescaped: reversed ? "desc" : "asc")"
      if column.nullable { body += backward ? " nulls first" : " nulls last" }
      body += ", "
    }
    body += "\(unescaped: id) \(unescaped: firstDescending != backward ? "desc" : "asc")"
    body += Self.limit(page.limit + 1)

    var selection: SQL = "select \(unescaped: id)"
    for (column, _) in keys { selection += ", \(unescaped: column.column)::text" }
    if page.wantsTotal {
      // Counted up to 10,000: an exact total of a large list costs more than the page.
      let count: SQL = "(select count(*) from (select 1 from "
      selection += SQL(", ") + count + from + filtering(conditions) + " limit 10001) counted)"
    }
    let statement = selection + ", " + columns + " " + body
    let keyCount = keys.count
    return Query.list(statement) { row in
      let id = try row.next(UUID.self)
      var texts: [String?] = []
      for _ in 0..<keyCount { texts.append(try row.next(String?.self)) }
      let total = page.wantsTotal ? try row.next(Int64.self) : nil
      return ListRow(id: id, keys: texts, total: total, item: try decode(&row))
    }.map { Self.page($0, page, backward: backward) }
  }

  /// The usual sizes stand in the text: for a bound one PostgreSQL must expect a tenth of the table, so that a plan made for
  /// every execution looks cheaper than the one it keeps, and planning costs more than reading the page.
  private static func limit(_ rows: Int) -> SQL {
    switch rows {
    case 21: " limit 21"
    case 26: " limit 26"
    case 51: " limit 51"
    case 101: " limit 101"
    default: " limit \(rows)"
    }
  }

  private struct ListRow<Item: Sendable>: Sendable {
    let id: UUID
    let keys: [String?]
    let total: Int64?
    let item: Item
  }

  private static func page<Item>(_ found: [ListRow<Item>], _ page: PageRequest, backward: Bool) -> Page<Item> {
    let more = found.count > page.limit
    var rows = more ? Array(found.prefix(page.limit)) : found
    if backward { rows.reverse() }
    let next: Cursor? =
      (backward || more)
      ? rows.last.map { Cursor(keys: $0.keys, id: $0.id, backward: false) } : nil
    let previous: Cursor? =
      (backward ? more : page.cursor != nil)
      ? rows.first.map { Cursor(keys: $0.keys, id: $0.id, backward: true) } : nil
    // An empty page has no row to carry the count; an empty list has none to count.
    let counted = rows.first?.total ?? 0
    return Page(
      items: rows.map(\.item), next: next, previous: previous,
      total: page.wantsTotal ? Int(min(counted, 10_000)) : nil, totalIsLowerBound: counted > 10_000)
  }

  private func filtering(_ conditions: [SQL]) -> SQL {
    guard let first = conditions.first else { return "" }
    return conditions.dropFirst().reduce(" where " + first) { $0 + " and " + $1 }
  }

  /// Rows beyond the cursor. One row comparison where the columns cannot be null and all run the same way (an index range);
  /// else the expanded form, with nulls last.
  private func after(_ cursor: Cursor, _ keys: [(SortColumn, Bool)], idDescending: Bool) -> SQL {
    let uniform = keys.allSatisfy { !$0.0.nullable && $0.1 == idDescending }
    if uniform {
      var columns = SQL("(")
      var values = SQL("(")
      for (index, (column, _)) in keys.enumerated() {
        columns += "\(unescaped: column.column), "
        values += "\(cursor.keys[index])::text::\(unescaped: column.type), "
      }
      columns += "\(unescaped: id))"
      values += "\(cursor.id))"
      return columns + (idDescending != cursor.backward ? " < " : " > ") + values
    }
    var alternatives: [SQL] = []
    var equal: [SQL] = []
    for (index, (column, descending)) in keys.enumerated() {
      let smaller: SQL = descending != cursor.backward ? " < " : " > "
      let name: SQL = "\(unescaped: column.column)"
      if let key = cursor.keys[index] {
        let value: SQL = "\(key)::text::\(unescaped: column.type)"
        var beyond = name + smaller + value
        // Nulls come last, so forward they are beyond every value, and backward none is.
        if column.nullable, !cursor.backward { beyond = "(" + beyond + " or " + name + " is null)" }
        alternatives.append(conjunction(equal + [beyond]))
        equal.append(name + " = " + value)
      } else {
        if cursor.backward { alternatives.append(conjunction(equal + [name + " is not null"])) }
        equal.append(name + " is null")
      }
    }
    let smaller: SQL = idDescending != cursor.backward ? " < " : " > "
    alternatives.append(conjunction(equal + ["\(unescaped: id)" + smaller + "\(cursor.id)"]))
    return "(" + alternatives.dropFirst().reduce(alternatives[0]) { $0 + " or " + $1 } + ")"
  }

  private func conjunction(_ parts: [SQL]) -> SQL {
    "(" + parts.dropFirst().reduce(parts[0]) { $0 + " and " + $1 } + ")"
  }
}
