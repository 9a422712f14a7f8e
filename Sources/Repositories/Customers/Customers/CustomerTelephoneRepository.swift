package import Domain
import FoundationEssentials
package import Postgres

/// The blind index of telephone numbers: digests under a key that the database does not know.
package enum CustomerTelephoneRepository {
  /// What stands in the index for one customer.
  package struct Entry: Hashable, Sendable {
    package let customer: Customer.ID
    package let station: Station.ID
    /// Of `phone` and, if there is one, of `phone2`; 16 bytes each.
    package let digests: [[UInt8]]
    /// Names the key; 4 bytes.
    package let keyID: [UInt8]

    package init(customer: Customer.ID, station: Station.ID, digests: [[UInt8]], keyID: [UInt8]) {
      self.customer = customer
      self.station = station
      self.digests = digests
      self.keyID = keyID
    }
  }

  /// Replaces what stood there for the customer.
  package static func store(_ entry: Entry) -> Query<Int> {
    Query.execute(
      """
      with gone as (
        delete from customer_telephones where customer_id = \(entry.customer) and place > \(Int16(entry.digests.count)))
      insert into customer_telephones (customer_id, station_id, place, digest, key_id)
      select \(entry.customer), \(entry.station), t.place, t.digest, \(entry.keyID)
      from unnest(\(entry.digests)) with ordinality as t(digest, place)
      on conflict (customer_id, place) do update set digest = excluded.digest, key_id = excluded.key_id
      """)
  }

  /// The condition that a customer has the number, for lists of `CustomerRepository`.
  static func condition(_ digest: [UInt8]) -> SQL {
    "exists (select from customer_telephones t where t.customer_id = customers.id and t.digest = \(digest))"
  }

  /// A file whose numbers are not in the index under the present key.
  package struct Missing: Hashable, Sendable {
    package let customer: Customer.ID
    package let station: Station.ID
    package let numbers: [String]
  }

  /// Locked, so that nobody changes a number while its digest is made; files that somebody holds come next time.
  package static func missing(keyID: [UInt8], limit: Int) -> Query<[Missing]> {
    Query.list(
      """
      select c.id, c.station_id, c.phone, c.phone2
      from customers c
      where c.state <> 'erased'
        and not exists (
          select from customer_telephones t where t.customer_id = c.id and t.place = 1 and t.key_id = \(keyID))
      order by c.id
      limit \(limit)
      for update of c skip locked
      """
    ) { row in
      let id = try row.next(Customer.ID.self)
      let station = try row.next(Station.ID.self)
      let phone = try row.nextSealed(at: CustomerRepository.place("phone", id))
      let second = try row.nextSealed(String?.self, at: CustomerRepository.place("phone2", id))
      return Missing(customer: id, station: station, numbers: [phone] + (second.map { [$0] } ?? []))
    }
  }
}
