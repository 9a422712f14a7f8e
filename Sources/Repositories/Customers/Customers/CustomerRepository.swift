package import Domain
import FoundationEssentials
package import Postgres

/// Customer files: each scope sees those of its stations (SEC-04).
package enum CustomerRepository: RecordStore {
  package typealias Document = Customer
  package typealias Filter = CustomerFilter

  package static let window = ListPlan.WindowColumns(number: "customers.number", updated: "customers.updated_at")

  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("customers.created_at", type: "timestamptz"),
    "number": .init("customers.number", type: "text"),
    "updatedAt": .init("customers.updated_at", type: "timestamptz"),
  ]

  package static let table = RecordTable<Customer>(
    "customers", station: "station_id", key: { "number = \($0)" },
    columns: [
      .fixed("id") { "\($0.id)" },
      .fixed("number") { "\($0.number)" },
      .fixed("station_id") { "\($0.stationID)" },
      .init("state") { "\($0.state.rawValue)" },
      .init("merged_into_id") { "\($0.mergedIntoID)" },
      .init("kind") { "\($0.profile.kind.rawValue)" },
      .init("name") { "\($0.profile.name)" },
      .init("phone") { "\(sealed: $0.profile.phone, at: place("phone", $0.id))" },
      .init("phone2") { "\(sealed: $0.profile.phone2, at: place("phone2", $0.id))" },
      .init("email") { "\(sealed: $0.profile.email, at: place("email", $0.id))" },
      .init("address") { "\(sealed: $0.profile.address, at: place("address", $0.id))" },
      .init("city") { "\($0.profile.city)" },
      .init("contact_preference") { "\($0.profile.contactPreference?.rawValue)" },
      .init("wished_service") { "\($0.profile.wishedService)" },
      .init("note") { "\($0.profile.note)" },
    ],
    refusals: [
      ("customers_station_id_fkey", { Refusal.invalid("#/stationId", .notFound, "there is no such station") }),
      // Numbers come from the counter of the same transaction.
      ("customers_number_key", { Failure.busy }),
      (
        "customers_merged_into_id_fkey",
        { Refusal.invalid("#/duplicateId", .inconsistent, "must be a customer of the same station") }
      ),
    ], decode: decode)

  package static func conditions(_ filter: CustomerFilter) -> [SQL] {
    var conditions: [SQL] = []
    if let station = filter.stationID { conditions.append("station_id = \(station)") }
    if !filter.states.isEmpty { conditions.append("state = any (\(filter.states.map(\.rawValue)))") }
    if !filter.kinds.isEmpty { conditions.append("kind = any (\(filter.kinds.map(\.rawValue)))") }
    if let prefix = filter.namePrefix {
      conditions.append("lower(name) like lower(\(LikePattern.prefix(prefix)))")
    }
    // Without a digest nobody has the number.
    if filter.phone != nil { conditions.append(CustomerTelephoneRepository.condition(filter.phoneDigest ?? [])) }
    if let from = filter.createdFrom { conditions.append("created_at >= \(from)") }
    if let before = filter.createdBefore { conditions.append("created_at < \(before)") }
    return conditions
  }

  static func place(_ column: StaticString, _ id: Customer.ID) -> SealedPlace {
    SealedPlace("customers", column, id.uuid)
  }

  @Sendable private static func decode(_ row: inout Row) throws -> Customer {
    let id = try row.next(Customer.ID.self)
    let number = try row.next(String.self)
    let stationID = try row.next(Station.ID.self)
    let state = try row.next(as: Customer.State.self)
    let mergedIntoID = try row.next(Customer.ID?.self)
    let profile = CustomerProfile(
      kind: try row.next(as: Customer.Kind.self), name: try row.next(String.self),
      phone: try row.nextSealed(at: place("phone", id)),
      phone2: try row.nextSealed(String?.self, at: place("phone2", id)),
      email: try row.nextSealed(String?.self, at: place("email", id)),
      address: try row.nextSealed(String?.self, at: place("address", id)),
      city: try row.next(String?.self),
      contactPreference: try row.next(String?.self).flatMap(Customer.ContactPreference.init(rawValue:)),
      wishedService: try row.next(String?.self), note: try row.next(String?.self))
    let tail = try row.nextRecordTail()
    return Customer(
      id: id, number: number, stationID: stationID, state: state, mergedIntoID: mergedIntoID, profile: profile,
      externalIDs: tail.externalIDs, version: tail.version, stamp: tail.stamp)
  }
}
