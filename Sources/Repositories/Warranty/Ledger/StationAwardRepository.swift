package import Domain
import FoundationEssentials
package import Postgres

/// Penalties or rewards: each scope sees its own.
package enum StationAwardRepository<Kind: AwardKind>: DocumentStore {
  package typealias Document = StationAward<Kind>

  package static func find(_ reference: Reference<Document>, in scope: Scope) -> Query<Document?> {
    Query.optional(selection(reference, scope), decode)
  }

  package static func lock(_ reference: Reference<Document>, in scope: Scope) -> Query<Document?> {
    Query.optional(selection(reference, scope) + " for update of a", decode)
  }

  package static func list(
    _ filter: StationAwardFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<Document>> {
    var plan = ListPlan(
      columns: columns, from: "station_awards a", id: "a.id", sorts: sorts, window: window,
      conditions: [scope.condition(on: "a.station_id"), "a.kind = \(Kind.resource.rawValue)"])
    if !filter.states.isEmpty { plan.filter("a.state = any (\(filter.states))") }
    if let station = filter.stationID { plan.filter("a.station_id = \(station)") }
    if let number = filter.number { plan.filter("a.number = \(number)") }
    if let from = filter.occurredFrom { plan.filter("a.occurred_on >= \(from)") }
    if let to = filter.occurredTo { plan.filter("a.occurred_on <= \(to)") }
    return plan.query(page, decode: decode)
  }

  package static var window: ListPlan.WindowColumns { .init(created: "a.created_at", updated: "a.updated_at") }

  /// The fields that a list may be ordered by.
  package static var sorts: [String: ListPlan.SortColumn] {
    [
      "createdAt": .init("a.created_at", type: "timestamptz"),
      "number": .init("a.number", type: "text"),
      "occurredOn": .init("a.occurred_on", type: "date"),
      "updatedAt": .init("a.updated_at", type: "timestamptz"),
    ]
  }

  package static func save(_ after: Document, over before: Document?) -> [Query<Int>] {
    [before.map { update(after, expecting: $0.version) } ?? insert(after)]
  }

  private static func insert(_ award: Document) -> Query<Int> {
    let header = award.header
    return Query.execute(
      """
      insert into station_awards (id, number, station_id, kind, state, code, policy_version, reason, amount, currency,
        occurred_on, \(RecordColumns.names))
      values (\(award.id), \(award.number), \(header.stationID), \(Kind.resource.rawValue), \(award.state.rawValue),
        \(header.code), \(award.policyVersion), \(header.reason), \(header.amount.minor),
        \(header.amount.currency.rawValue), \(header.occurredOn),
        \(RecordColumns.values(header.externalIDs, award.version, award.stamp)))
      """
    )
    .refusing("station_awards_station_id_fkey") {
      Refusal.invalid("#/stationId", .notFound, "there is no such station")
    }
  }

  private static func update(_ award: Document, expecting version: Int) -> Query<Int> {
    Query.execute(
      """
      update station_awards
      set state = \(award.state.rawValue), revoked_reason = \(award.revokedReason),
        \(RecordColumns.assignments(award.header.externalIDs, award.version, award.stamp))
      where id = \(award.id) and version = \(version)
      """)
  }

  private static var columns: SQL {
    """
    a.id, a.number, a.state, a.station_id, a.code, a.policy_version, a.reason, a.amount, a.currency, a.occurred_on,
    a.revoked_reason, a.external_ids, a.version, a.created_at, a.created_by, a.created_by_id, a.updated_at, a.updated_by,
    a.updated_by_id
    """
  }

  private static func selection(_ reference: Reference<Document>, _ scope: Scope) -> SQL {
    let base: SQL = """
      select \(columns) from station_awards a
      where a.kind = \(Kind.resource.rawValue) and \(scope.condition(on: "a.station_id")) and
      """
    return switch reference {
    case .id(let id): base + " a.id = \(id)"
    case .number(let number): base + " a.number = \(number)"
    }
  }

  @Sendable private static func decode(_ row: inout Row) throws -> Document {
    let id = try row.next(Document.ID.self)
    let number = try row.next(String.self)
    let state = try row.next(as: Document.State.self)
    let station = try row.next(Station.ID.self)
    let code = try row.next(String?.self)
    let policyVersion = try row.next(Int?.self)
    let reason = try row.next(String.self)
    let minor = try row.next(Int64.self)
    let amount = Money(minor: minor, currency: try row.next(as: Currency.self))
    let occurredOn = try row.next(CalendarDate.self)
    let revoked = try row.next(String?.self)
    let tail = try row.nextRecordTail()
    return Document(
      id: id, number: number, state: state, version: tail.version, stamp: tail.stamp,
      header: Document.Header(
        stationID: station, code: code, reason: reason, amount: amount, occurredOn: occurredOn,
        externalIDs: tail.externalIDs), policyVersion: policyVersion, revokedReason: revoked)
  }
}
