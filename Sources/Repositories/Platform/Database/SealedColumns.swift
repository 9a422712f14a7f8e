package import Domain
package import FoundationEssentials
package import Postgres

/// Where a sealed text stands. It is authenticated with the text, so that nobody who can write to the database can put the number of
/// one person into the file of another: what was moved is refused as if it had been changed.
package struct SealedPlace: Hashable, Sendable {
  package let table: String
  package let column: String
  /// The row's key.
  package let row: String

  package init(_ table: String, _ column: String, _ row: String) {
    self.table = table
    self.column = column
    self.row = row
  }

  package init(_ table: StaticString, _ column: StaticString, _ row: UUID) {
    self.init("\(table)", "\(column)", row.canonical)
  }
}

/// Turns texts of sealed columns into what the database keeps, and back (SEC-04; quality S12). Which columns these are says
/// the table `sealed_columns`; the rest of the product sees plain text.
package protocol ColumnSeal: Sendable {
  /// The text as the database keeps it at this place, different at every call.
  func sealed(_ text: String, at place: SealedPlace) -> String
  /// What was sealed. A text that never was comes back as it is, so rows of before, and those that hold nobody's number, need no
  /// care.
  ///
  /// - Throws: `Failure.internal` when the key is not there any more, or somebody changed what is kept, or moved it here.
  func opened(_ text: String, at place: SealedPlace) throws -> String
  /// Whether it is kept as texts are sealed now: under the same key, bound to its place.
  func isCurrent(_ text: String) -> Bool
}

/// The seal of the database that a task works on: it travels with the task, because statements are made and rows are read by
/// functions that know no instance of anything.
enum Sealing {
  @TaskLocal static var seal: (any ColumnSeal)?

  static func sealed(_ text: String, at place: SealedPlace) -> String { seal?.sealed(text, at: place) ?? text }
}

extension SQL.StringInterpolation {
  /// Binds a text for a sealed column.
  mutating func appendInterpolation(sealed text: String, at place: SealedPlace) {
    appendInterpolation(Sealing.sealed(text, at: place))
  }
  mutating func appendInterpolation(sealed text: String?, at place: SealedPlace) {
    appendInterpolation(text.map { Sealing.sealed($0, at: place) })
  }
}

extension Row {
  /// A text of a sealed column. Its place is named only where there is something to open: lists read this for every row.
  mutating func nextSealed(
    _ type: String.Type = String.self, at place: @autoclosure () -> SealedPlace
  ) throws -> String {
    let text = try next(String.self)
    return try Sealing.seal?.opened(text, at: place()) ?? text
  }

  mutating func nextSealed(_ type: String?.Type, at place: @autoclosure () -> SealedPlace) throws -> String? {
    guard let text = try next(String?.self) else { return nil }
    return try Sealing.seal?.opened(text, at: place()) ?? text
  }

  /// A text followed by the table, the column and the row in which it stands sealed, which are null for one in clear.
  mutating func nextLocated() throws -> String {
    let text = try next(String.self)
    let (table, column, row) = (try next(String?.self), try next(String?.self), try next(UUID?.self))
    guard let table, let column, let row else { return text }
    return try Sealing.seal?.opened(text, at: SealedPlace(table, column, row.canonical)) ?? text
  }
}

/// Rows with sealed columns as they are kept, for whoever seals them anew.
package enum SealedColumnRepository {
  package struct Table: Hashable, Sendable {
    package let name: String
    package let columns: [String]
  }

  /// Where a walk over a table stands: behind this version of this row.
  package struct Place: Hashable, Sendable {
    package let id: UUID
    package let since: Timestamp

    package static let start = Place(
      id: UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)), since: Timestamp(milliseconds: 0))
  }

  package struct Kept: Hashable, Sendable {
    package let place: Place
    /// In the order of the table's columns.
    package let texts: [String?]

    package init(place: Place, texts: [String?]) {
      self.place = place
      self.texts = texts
    }
  }

  package static let tables: Query<[Table]> = Query.list(
    "select table_name, array_agg(column_name order by column_name) from sealed_columns group by table_name order by table_name"
  ) { row in Table(name: try row.next(String.self), columns: try row.next([String].self)) }

  /// The next rows behind a place; those of the present are locked, so that nobody changes what is being sealed.
  /// - Parameter isPast: of the table's history.
  package static func page(of table: Table, isPast: Bool, after place: Place, limit: Int) -> Query<[Kept]> {
    Query.list(
      """
      select p.id, p.since, p.texts
      from sealed_page(\(table.name), \(isPast), \(place.id), \(place.since), \(limit)::integer) p
      order by p.id, p.since
      """
    ) { row in
      let id = try row.next(UUID.self)
      let since = try row.next(Timestamp.self)
      return Kept(place: Place(id: id, since: since), texts: try row.next([String?].self))
    }
  }

  /// Puts texts in place; versions, times and the past stay as they are. A `nil` leaves a column alone.
  package static func store(_ rows: [Kept], in table: Table, isPast: Bool) -> Query<Int> {
    let values = EventValue.list(
      rows.map { row in
        var members: [String: EventValue] = [:]
        for (column, text) in zip(table.columns, row.texts) { if let text { members[column] = .text(text) } }
        return .object(members)
      })
    return Query.execute(
      """
      select store_sealed(\(table.name), \(isPast), \(rows.map(\.place.id)), \(rows.map(\.place.since)),
        \(EventJSON.encode(values)))
      """)
  }
}
