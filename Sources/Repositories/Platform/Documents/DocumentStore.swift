package import Domain
package import Postgres

/// The statements by which one family's documents are read and written; services of all families run them in the same way.
package protocol DocumentStore: Sendable {
  associatedtype Document: VersionedDocument
  associatedtype Filter: Sendable

  /// The fields that a list may be ordered by, by their names in the API.
  static var sorts: [String: ListPlan.SortColumn] { get }
  /// The columns that narrow every list in the same way; `list` hands them to its plan.
  static var window: ListPlan.WindowColumns { get }

  static func find(_ reference: Reference<Document>, in scope: Scope) -> Query<Document?>
  /// As `find`, and nobody else changes the document until the transaction ends.
  static func lock(_ reference: Reference<Document>, in scope: Scope) -> Query<Document?>
  static func list(_ filter: Filter, _ page: PageRequest, in scope: Scope) -> Query<Page<Document>>

  /// The document with what stands in tables of its own, in one trip. Without such tables it is what `header` reads.
  ///
  /// - Parameter header: `find` or `lock` of the same reference.
  static func whole(
    _ header: Query<Document?>, _ reference: Reference<Document>, in scope: Scope, through door: some QueryDoor
  ) async throws -> Document?

  /// The statements that turn `before`, which is locked, into `after`; `nil`: `after` is new.
  static func save(_ after: Document, over before: Document?) -> [Query<Int>]
}

extension DocumentStore {
  package static var window: ListPlan.WindowColumns { .none }

  package static func whole(
    _ header: Query<Document?>, _ reference: Reference<Document>, in scope: Scope, through door: some QueryDoor
  ) async throws -> Document? {
    try await door.run(header)
  }
}

/// Where statements can be run, with a transaction or without.
package protocol QueryDoor {
  func run<Output: Sendable>(_ query: Query<Output>) async throws -> Output
  func run<each Output: Sendable>(_ queries: repeat Query<each Output>) async throws -> (repeat each Output)
}

extension Transaction: QueryDoor {}

/// `Database.read` of one caller.
package struct ReadDoor: QueryDoor, Sendable {
  private let database: Database
  private let caller: Caller

  package init(_ database: Database, _ caller: Caller) {
    self.database = database
    self.caller = caller
  }

  package func run<Output: Sendable>(_ query: Query<Output>) async throws -> Output {
    try await database.read(caller, query)
  }

  package func run<each Output: Sendable>(
    _ queries: repeat Query<each Output>
  ) async throws -> (repeat each Output) {
    try await database.read(caller, repeat each queries)
  }
}
