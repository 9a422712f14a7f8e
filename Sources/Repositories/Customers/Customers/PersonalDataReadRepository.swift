package import Domain
package import FoundationEssentials
package import Postgres

/// To whom whose personal data was shown (SEC-04): added and read, never changed.
package enum PersonalDataReadRepository {
  /// Adds what requests show. The caller's scope does not matter; a customer who does not exist fails them all.
  package static func append(_ requests: [ShownPersonalData]) -> Query<Int> {
    var places: [Int32] = []
    var holders: [PersonalDataHolder] = []
    for (index, request) in requests.enumerated() {
      places += repeatElement(Int32(index + 1), count: request.holders.count)
      holders += request.holders
    }
    return Query.execute(
      """
      select record_personal_data_reads(\(requests.map { PersonalDataRead.ID.new(at: $0.at) }), \(requests.map(\.at)),
        \(requests.map(\.actorKind)), \(requests.map(\.actorID)), \(requests.map(\.actorName)),
        \(requests.map { $0.actorRoles.joined(separator: ",") }), \(requests.map(\.requestID)),
        \(requests.map(\.operation)), \(requests.map(\.purpose)),
        \(places), \(holders.map(\.customerID)), \(holders.map { $0.document?.resource.rawValue }),
        \(holders.map { $0.document?.id }), \(holders.map { $0.document?.station }))
      """)
  }

  /// Those of one file and of the files merged into it, one a request.
  package static func list(
    of files: [Customer.ID], _ page: PageRequest, in scope: Scope
  ) -> Query<Page<PersonalDataRead>> {
    let plan = ListPlan(
      columns: "c.read_id, c.read_at, c.customer_id" + shared,
      from: """
        personal_data_read_customers c join personal_data_reads r on r.id = c.read_id and r.part = c.part
        """, id: "c.read_id", sorts: ["at": .init("c.read_at", type: "timestamptz")],
      conditions: [
        scope.condition(on: "c.station_id"), "c.customer_id = any (\(files))",
        """
        not exists (
          select from personal_data_read_customers o
          where o.customer_id = any (\(files)) and o.read_at = c.read_at and o.read_id = c.read_id
            and o.customer_id < c.customer_id)
        """,
      ])
    return query(plan, page)
  }

  /// Those of whom a document names without a file. The caller has shown before that he may see the document.
  package static func list(
    of resource: Resource, _ id: UUID, _ page: PageRequest
  ) -> Query<Page<PersonalDataRead>> {
    let plan = ListPlan(
      columns: "r.id, r.read_at, null::uuid" + shared, from: "personal_data_reads r", id: "r.id",
      sorts: ["at": .init("r.read_at", type: "timestamptz")],
      conditions: ["r.subject_id = \(id)", "r.subject_resource = \(resource.rawValue)"])
    return query(plan, page)
  }

  private static let shared: SQL = """
    , r.subject_resource, r.subject_id, r.station_id, r.actor_kind, r.actor_id, r.actor_name, r.actor_roles, r.request_id,
    r.operation, r.purpose
    """

  private static func query(_ plan: ListPlan, _ page: PageRequest) -> Query<Page<PersonalDataRead>> {
    plan.query(page) { row in
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
