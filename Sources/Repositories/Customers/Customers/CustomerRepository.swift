package import Domain
import FoundationEssentials
package import Postgres

/// Customer files: each scope sees those of its stations (SEC-04).
package enum CustomerRepository {
  package static func find(_ reference: Reference<Customer>, in scope: Scope) -> Query<Customer?> {
    Query.optional(selection(reference, scope), decode)
  }

  /// Those of the given customers that the scope sees.
  package static func all(_ ids: Set<Customer.ID>, in scope: Scope) -> Query<[Customer]> {
    Query.list(
      "select \(columns) from customers c where \(scope.condition(on: "c.station_id")) and c.id = any (\(Array(ids)))",
      decode)
  }

  /// As `find`, and nobody else changes the file until the transaction ends.
  package static func lock(_ reference: Reference<Customer>, in scope: Scope) -> Query<Customer?> {
    Query.optional(selection(reference, scope) + " for update", decode)
  }

  /// Two files, locked in one order whoever asks, so that two merges cannot wait for each other.
  package static func lock(_ ids: [Customer.ID], in scope: Scope) -> Query<[Customer]> {
    Query.list(
      """
      select \(columns) from customers c
      where \(scope.condition(on: "c.station_id")) and c.id = any (\(ids))
      order by c.id
      for update
      """, decode)
  }

  /// - Parameter telephone: digest of the number that is looked for, instead of `filter.phone`.
  package static func list(
    _ filter: CustomerFilter, telephone: [UInt8]? = nil, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<Customer>> {
    var plan = ListPlan(
      columns: columns, from: "customers c", id: "c.id",
      sorts: [
        "createdAt": .init("c.created_at", type: "timestamptz"),
        "updatedAt": .init("c.updated_at", type: "timestamptz"),
        "number": .init("c.number", type: "text"),
      ], conditions: [scope.condition(on: "c.station_id")])
    if let station = filter.stationID { plan.filter("c.station_id = \(station)") }
    if !filter.states.isEmpty { plan.filter("c.state = any (\(filter.states.map(\.rawValue)))") }
    if !filter.kinds.isEmpty { plan.filter("c.kind = any (\(filter.kinds.map(\.rawValue)))") }
    if let prefix = filter.namePrefix { plan.filter("lower(c.name) like lower(\(LikePattern.prefix(prefix)))") }
    if let telephone { plan.filter(CustomerTelephoneRepository.condition(telephone)) }
    if let from = filter.createdFrom { plan.filter("c.created_at >= \(from)") }
    if let before = filter.createdBefore { plan.filter("c.created_at < \(before)") }
    return plan.query(page, decode: decode)
  }

  package static func insert(_ customer: Customer) -> Query<Int> {
    let profile = customer.profile
    return Query.execute(
      """
      insert into customers (id, number, station_id, state, merged_into_id, kind, name, phone, phone2, email, address,
        city, contact_preference, wished_service, note, \(RecordColumns.names))
      values (\(customer.id), \(customer.number), \(customer.stationID), \(customer.state.rawValue),
        \(customer.mergedIntoID), \(profile.kind.rawValue), \(profile.name), \(profile.phone), \(profile.phone2),
        \(profile.email), \(profile.address), \(profile.city), \(profile.contactPreference?.rawValue),
        \(profile.wishedService), \(profile.note),
        \(RecordColumns.values(customer.externalIDs, customer.version, customer.stamp)))
      """
    )
    .refusing("customers_station_id_fkey") {
      Refusal.invalid("#/stationId", .notFound, "there is no such station")
    }
    // Numbers come from the counter of the same transaction.
    .refusing("customers_number_key") { Failure.busy }
  }

  /// - Parameter version: the version that was loaded; no row means that somebody was faster.
  package static func update(_ customer: Customer, expecting version: Int) -> Query<Int> {
    let profile = customer.profile
    return Query.execute(
      """
      update customers
      set state = \(customer.state.rawValue), merged_into_id = \(customer.mergedIntoID),
        kind = \(profile.kind.rawValue), name = \(profile.name), phone = \(profile.phone),
        phone2 = \(profile.phone2), email = \(profile.email),
        address = \(profile.address), city = \(profile.city),
        contact_preference = \(profile.contactPreference?.rawValue), wished_service = \(profile.wishedService),
        note = \(profile.note), \(RecordColumns.assignments(customer.externalIDs, customer.version, customer.stamp))
      where id = \(customer.id) and version = \(version)
      """
    ).refusing("customers_merged_into_id_fkey") {
      Refusal.invalid("#/duplicateId", .inconsistent, "must be a customer of the same station")
    }
  }

  private static let columns: SQL = """
    c.id, c.number, c.station_id, c.state, c.merged_into_id, c.kind, c.name, c.phone, c.phone2, c.email, c.address,
    c.city, c.contact_preference, c.wished_service, c.note, \(RecordColumns.selected(from: "c"))
    """

  private static func selection(_ reference: Reference<Customer>, _ scope: Scope) -> SQL {
    let base: SQL = "select \(columns) from customers c where \(scope.condition(on: "c.station_id")) and "
    return switch reference {
    case .id(let id): base + "c.id = \(id)"
    case .number(let number): base + "c.number = \(number)"
    }
  }

  @Sendable private static func decode(_ row: inout Row) throws -> Customer {
    let id = try row.next(Customer.ID.self)
    let number = try row.next(String.self)
    let stationID = try row.next(Station.ID.self)
    let state = try row.next(as: Customer.State.self)
    let mergedIntoID = try row.next(Customer.ID?.self)
    let profile = CustomerProfile(
      kind: try row.next(as: Customer.Kind.self), name: try row.next(String.self), phone: try row.next(String.self),
      phone2: try row.next(String?.self), email: try row.next(String?.self), address: try row.next(String?.self),
      city: try row.next(String?.self),
      contactPreference: try row.next(String?.self).flatMap(Customer.ContactPreference.init(rawValue:)),
      wishedService: try row.next(String?.self), note: try row.next(String?.self))
    let tail = try row.nextRecordTail()
    return Customer(
      id: id, number: number, stationID: stationID, state: state, mergedIntoID: mergedIntoID, profile: profile,
      externalIDs: tail.externalIDs, version: tail.version, stamp: tail.stamp)
  }
}
