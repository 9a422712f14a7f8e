package import Domain
package import FoundationEssentials
package import Postgres

/// To whom whose personal data was shown (SEC-04): added and read, never changed.
package enum PersonalDataReadRepository {
  /// Adds rows of several requests at once. The number of rows is that of `reads`, since customers are never deleted.
  package static func append(_ reads: [PersonalDataRead]) -> Query<Int> {
    Query.execute(
      """
      insert into personal_data_reads (id, read_at, customer_id, subject_resource, subject_id, station_id, actor_kind,
        actor_id, actor_name, actor_roles, request_id, operation, purpose)
      select r.id, r.read_at, r.customer_id, r.subject_resource, r.subject_id, coalesce(c.station_id, r.station_id),
        r.actor_kind, r.actor_id, r.actor_name, string_to_array(r.actor_roles, ','), r.request_id, r.operation,
        r.purpose
      from unnest(\(reads.map(\.id)), \(reads.map(\.at)), \(reads.map(\.holder.customerID)),
        \(reads.map { $0.holder.document?.resource.rawValue }), \(reads.map { $0.holder.document?.id }),
        \(reads.map { $0.holder.document?.station }), \(reads.map(\.actorKind)),
        \(reads.map(\.actorID)), \(reads.map(\.actorName)), \(reads.map { $0.actorRoles.joined(separator: ",") }),
        \(reads.map(\.requestID)), \(reads.map(\.operation)), \(reads.map(\.purpose)))
        as r(id, read_at, customer_id, subject_resource, subject_id, station_id, actor_kind, actor_id, actor_name,
          actor_roles, request_id, operation, purpose)
        left join customers c on c.id = r.customer_id
      where c.id is not null or r.subject_id is not null
      """)
  }

  /// Those of one file and of the files merged into it.
  package static func list(
    of files: [Customer.ID], _ page: PageRequest, in scope: Scope
  ) -> Query<Page<PersonalDataRead>> {
    list([scope.condition(on: "r.station_id"), "r.customer_id = any (\(files))"], page)
  }

  /// Those of whom a document names without a file. The caller has shown before that he may see the document.
  package static func list(
    of resource: Resource, _ id: UUID, _ page: PageRequest
  ) -> Query<Page<PersonalDataRead>> {
    list(["r.subject_id = \(id)", "r.subject_resource = \(resource.rawValue)"], page)
  }

  private static func list(_ conditions: [SQL], _ page: PageRequest) -> Query<Page<PersonalDataRead>> {
    let plan = ListPlan(
      columns: """
        r.id, r.read_at, r.customer_id, r.subject_resource, r.subject_id, r.station_id, r.actor_kind, r.actor_id, r.actor_name, r.actor_roles, r.request_id, r.operation,
        r.purpose
        """, from: "personal_data_reads r", id: "r.id", sorts: ["at": .init("r.read_at", type: "timestamptz")],
      conditions: conditions)
    return plan.query(page) { row in
      let id = try row.next(PersonalDataRead.ID.self)
      let at = try row.next(Timestamp.self)
      let customer = try row.next(Customer.ID?.self)
      let resource = try row.next(String?.self).flatMap(Resource.init(rawValue:))
      let subject = try row.next(UUID?.self)
      let station = try row.next(Station.ID?.self)
      let document = resource.flatMap { resource in subject.map { PersonalDataHolder.document(resource, $0, station) } }
      guard let holder = customer.map(PersonalDataHolder.customer) ?? document else {
        throw Failure.internal(reference: "a read of personal data of nobody")
      }
      return PersonalDataRead(
        id: id, at: at, holder: holder, actorKind: try row.next(String.self),
        actorID: try row.next(UUID?.self), actorName: try row.next(String.self),
        actorRoles: try row.next([String].self), requestID: try row.next(String.self),
        operation: try row.next(String.self), purpose: try row.next(String?.self))
    }
  }
}
