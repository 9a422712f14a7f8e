package import Domain
package import FoundationEssentials
package import Repositories

/// `GET …/history` of every family: the document's own service shows first that the caller may see it.
package struct HistoryService: Sendable {
  private let database: Database

  package init(_ database: Database) { self.database = database }

  package func history(
    _ resource: Resource, _ id: UUID, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<Event> {
    try await database.read(caller, EventRepository.history(resource, id, page, in: caller.scope))
  }
}
