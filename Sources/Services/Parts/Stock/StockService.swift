package import Domain
package import Repositories

/// How much lies where (PRT-06).
package struct StockService: Sendable {
  package static let reading = Permission.stockRead
  private let database: Database

  package init(_ database: Database) { self.database = database }

  /// The names by which the list may be ordered.
  package static var sorts: [String] { StockLevelRepository.sorts.keys.sorted() }
  /// What the list is narrowed by as all lists are.
  package static var window: Set<ListWindow.Field> { StockLevelRepository.window.fields }

  package func list(
    _ filter: StockLevelFilter, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<StockLevel> {
    try caller.require(Self.reading)
    return try await database.read(caller, StockLevelRepository.list(filter, page, in: caller.scope))
  }
}
