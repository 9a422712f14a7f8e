package import Domain
package import FoundationEssentials
package import Postgres

/// Which document another system knows by which identity. Written by the database itself, from the documents.
package enum ExternalIdentityRepository {
  /// - Parameter station: whose documents; `nil`: those of the whole network.
  package static func find(_ resource: Resource, _ key: ExternalKey, at station: Station.ID?) -> Query<UUID?> {
    Query.optional(
      """
      select e.subject_id
      from external_identities e
      where e.resource = \(resource.rawValue) and e.system = \(key.system) and e.external_id = \(key.id)
        and e.station_id is not distinct from \(station)
      """
    ) { try $0.next(UUID.self) }
  }
}

extension Query {
  /// For statements that write `external_ids`.
  package func refusingTakenIdentity() -> Query {
    refusing("external_identities_key") { Refusal.alreadyExists(field: "externalIds", existingID: nil) }
  }
}
