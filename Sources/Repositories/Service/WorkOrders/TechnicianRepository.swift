package import Domain
package import FoundationEssentials
package import Postgres

/// Who may be put on a job card.
package enum TechnicianRepository {
  /// Those of the given people who are active and work at the station, the maker's field staff included; whatever part of the
  /// network the session sees.
  package static func present(_ people: Set<UUID>, at station: Station.ID) -> Query<Set<UUID>> {
    Query<[UUID]>.list(
      "select id from assignable_people(\(Array(people)), \(station))"
    ) { try $0.next(UUID.self) }.map { Set($0) }
  }

  /// Of these the maker's field staff of the place, whom Technical Quality tells of a job (FLD-05): headquarters asks, which sees
  /// every account.
  package static func fieldStaff(_ people: Set<UUID>, at station: Station.ID) -> Query<Set<UUID>> {
    Query<[UUID]>.list(
      """
      select u.id
      from assignable_people(\(Array(people)), \(station)) a join users u on u.id = a.id
      where u.roles @> \([Role.fieldService.rawValue])
      """
    ) { try $0.next(UUID.self) }.map { Set($0) }
  }
}
