package import Domain
package import FoundationEssentials
package import Postgres

/// Who may be put on a job card.
package enum TechnicianRepository {
  /// Those of the given people who are active at the station.
  package static func present(_ people: Set<UUID>, at station: Station.ID) -> Query<Set<UUID>> {
    Query<[UUID]>.list(
      """
      select u.id
      from users u
      where u.id = any (\(Array(people))) and u.station_id = \(station) and u.state = 'active'
      """
    ) { try $0.next(UUID.self) }.map { Set($0) }
  }
}
