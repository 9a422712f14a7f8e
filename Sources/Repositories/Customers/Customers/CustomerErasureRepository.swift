package import Domain
import FoundationEssentials
package import Postgres

/// Erasure of one person: the function in the database does it, because much of what it touches is append-only for the
/// application.
package enum CustomerErasureRepository {
  /// The file and those that were merged into it.
  package static func files(of customer: Customer.ID, in scope: Scope) -> Query<[Customer.ID]> {
    Query.list(
      """
      with recursive taken as (
        select c.id from customers c where c.id = \(customer) and \(scope.condition(on: "c.station_id"))
        union
        select c.id from customers c join taken t on c.merged_into_id = t.id
      )
      select id from taken order by id
      """
    ) { try $0.next(Customer.ID.self) }
  }

  /// Open documents that the caller sees and that name one of the files, by number; which these are says `customer_holds` in
  /// the database.
  package static func holds(on customer: Customer.ID) -> Query<[LegalHold]> {
    Query.list(
      """
      select h.resource, h.number, h.state
      from customer_holds(customer_files(\(customer))) h
      order by h.number
      """
    ) { row in
      LegalHold(
        resource: try row.next(as: Resource.self), number: try row.next(String.self), state: try row.next(String.self))
    }
  }

  /// How he is called and reached in his files and in every document that names him, now and in the past.
  package static func known(of customer: Customer.ID) -> Query<[String]> {
    Query.list(
      "select distinct k.kept, k.table_name, k.column_name, k.row_id from person_known_at(\(customer)) k"
    ) { try $0.nextLocated() }
  }

  /// Takes the person out of everything but the file itself, which the caller stores behind it.
  ///
  /// - Parameter known: what `known(of:)` says.
  package static func erase(
    _ customer: Customer.ID, knownAs known: [String], by caller: Caller, at instant: Timestamp
  ) -> Query<[PseudonymisedOrder]> {
    Query.list(
      """
      select e.order_id, e.order_number, e.order_version
      from erase_customer(\(customer), \(instant), \(caller.name), \(caller.subject.id), \(known)) e
      order by e.order_number
      """
    ) { row in
      PseudonymisedOrder(
        id: try row.next(WorkOrder.ID.self), number: try row.next(String.self),
        version: Int(try row.next(Int32.self)))
    }
    // Opened between the look and the lock, or held by a station that the caller does not see.
    .refusing("customers_legal_hold") { Refusal.legalHold([]) }
  }
}
