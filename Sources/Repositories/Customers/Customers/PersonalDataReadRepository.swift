package import Domain
import FoundationEssentials
package import Postgres

/// To whom whose personal data was shown (SEC-04): added and read, never changed.
package enum PersonalDataReadRepository {
  /// Adds rows of several requests at once. The number of rows is that of `reads`, since customers are never deleted.
  package static func append(_ reads: [PersonalDataRead]) -> Query<Int> {
    Query.execute(
      """
      insert into personal_data_reads (id, read_at, customer_id, station_id, actor_kind, actor_id, actor_name, actor_roles,
        request_id, operation, purpose)
      select r.id, r.read_at, r.customer_id, c.station_id, r.actor_kind, r.actor_id, r.actor_name,
        string_to_array(r.actor_roles, ','), r.request_id, r.operation, r.purpose
      from unnest(\(reads.map(\.id)), \(reads.map(\.at)), \(reads.map(\.customerID)), \(reads.map(\.actorKind)),
        \(reads.map(\.actorID)), \(reads.map(\.actorName)), \(reads.map { $0.actorRoles.joined(separator: ",") }),
        \(reads.map(\.requestID)), \(reads.map(\.operation)), \(reads.map(\.purpose)))
        as r(id, read_at, customer_id, actor_kind, actor_id, actor_name, actor_roles, request_id, operation, purpose)
        join customers c on c.id = r.customer_id
      """)
  }

  /// Those of one file and of the files merged into it.
  package static func list(
    of files: [Customer.ID], _ page: PageRequest, in scope: Scope
  ) -> Query<Page<PersonalDataRead>> {
    let plan = ListPlan(
      columns: """
        r.id, r.read_at, r.customer_id, r.actor_kind, r.actor_id, r.actor_name, r.actor_roles, r.request_id, r.operation,
        r.purpose
        """, from: "personal_data_reads r", id: "r.id", sorts: ["at": .init("r.read_at", type: "timestamptz")],
      conditions: [scope.condition(on: "r.station_id"), "r.customer_id = any (\(files))"])
    return plan.query(page) { row in
      PersonalDataRead(
        id: try row.next(PersonalDataRead.ID.self), at: try row.next(Timestamp.self),
        customerID: try row.next(Customer.ID.self), actorKind: try row.next(String.self),
        actorID: try row.next(UUID?.self), actorName: try row.next(String.self),
        actorRoles: try row.next([String].self), requestID: try row.next(String.self),
        operation: try row.next(String.self), purpose: try row.next(String?.self))
    }
  }
}
