package import Domain
import FoundationEssentials
package import Postgres

/// Entries with their postings: written once, never changed. The server's role has no right to.
package enum LedgerEntryRepository: DocumentStore {
  package static func find(_ reference: Reference<LedgerEntry>, in scope: Scope) -> Query<LedgerEntry?> {
    Query.optional(selection(reference, scope), decode)
  }

  /// An entry has nothing to lock: what undoes it is kept apart by a unique index.
  package static func lock(_ reference: Reference<LedgerEntry>, in scope: Scope) -> Query<LedgerEntry?> {
    find(reference, in: scope)
  }

  package static func whole(
    _ header: Query<LedgerEntry?>, _ reference: Reference<LedgerEntry>, in scope: Scope, through door: some QueryDoor
  ) async throws -> LedgerEntry? {
    let (found, postings) = try await door.run(header, postings(of: reference, in: scope))
    guard var entry = found else { return nil }
    entry.postings = postings
    return entry
  }

  package static func list(
    _ filter: LedgerEntryFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<LedgerEntry>> {
    var plan = ListPlan(
      columns: columns, from: "ledger_entries e", id: "e.id", sorts: sorts, window: window,
      conditions: [scope.condition(on: "e.station_id")])
    if !filter.kinds.isEmpty { plan.filter("e.kind = any (\(filter.kinds.map(\.rawValue)))") }
    if let station = filter.stationID { plan.filter("e.station_id = \(station)") }
    if let source = filter.sourceID { plan.filter("e.source_id = \(source)") }
    if let number = filter.number { plan.filter("e.number = \(number)") }
    if let from = filter.occurredFrom { plan.filter("e.occurred_on >= \(from)") }
    if let to = filter.occurredTo { plan.filter("e.occurred_on <= \(to)") }
    return plan.query(page, decode: decode)
  }

  package static let window = ListPlan.WindowColumns(created: "e.created_at")

  /// The fields that a list may be ordered by.
  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("e.created_at", type: "timestamptz"),
    "number": .init("e.number", type: "text"),
    "occurredOn": .init("e.occurred_on", type: "date"),
  ]

  package static func save(_ after: LedgerEntry, over before: LedgerEntry?) -> [Query<Int>] {
    before == nil ? [insert(after), insertPostings(of: after)] : []
  }

  private static func insert(_ entry: LedgerEntry) -> Query<Int> {
    Query.execute(
      """
      insert into ledger_entries (id, number, station_id, kind, occurred_on, description, source_resource, source_id,
        source_number, reverses_id, reason, posting_count, \(RecordColumns.names))
      values (\(entry.id), \(entry.number), \(entry.stationID), \(entry.kind.rawValue), \(entry.occurredOn),
        \(entry.description), \(entry.source?.resource.rawValue), \(entry.source?.id), \(entry.source?.number),
        \(entry.reverses), \(entry.reason), \(entry.postings.count),
        \(RecordColumns.values([:], entry.version, entry.stamp)))
      """
    )
    .refusing("ledger_entries_station_id_fkey") {
      Refusal.invalid("#/stationId", .notFound, "there is no such station")
    }
    .refusing(
      "ledger_entries_reverses_key", conflict: "entry-already-reversed",
      "The entry was reversed before; an entry is reversed once.",
      naming: ConflictLookup.documents(.ledgerEntry) { scope in
        """
        select e.id, e.number, null::text, null::integer
        from ledger_entries e
        where e.reverses_id = \(entry.reverses) and \(scope.condition(on: "e.station_id"))
        """
      })
  }

  private static func insertPostings(of entry: LedgerEntry) -> Query<Int> {
    let postings = entry.postings
    return Query.execute(
      """
      insert into ledger_postings (entry_id, position, account_id, account_code, account_kind, station_id, amount, currency,
        occurred_on, posted_at)
      select \(entry.id), p.position, p.account, p.code, p.kind, \(entry.stationID), p.amount, p.currency,
        \(entry.occurredOn), \(entry.stamp.createdAt)
      from unnest(\(postings.map(\.accountID)), \(postings.map(\.account)), \(postings.map(\.kind.rawValue)),
        \(postings.map(\.amount.minor)), \(postings.map(\.amount.currency.rawValue)))
        with ordinality as p(account, code, kind, amount, currency, position)
      """
    )
    .refusing("ledger_totals_amount_check") {
      Refusal.conflict(
        code: "ledger-day-full",
        detail: "An account would hold more for one day than the ledger can add up; post it for another day.")
    }
  }

  /// In the order in which they were posted.
  package static func postings(
    of reference: Reference<LedgerEntry>, in scope: Scope
  ) -> Query<[LedgerEntry.Posting]> {
    let entry: SQL =
      switch reference {
      case .id(let id): "p.entry_id = \(id)"
      case .number(let number): "p.entry_id = (select e.id from ledger_entries e where e.number = \(number))"
      }
    let condition = scope.condition(on: "p.station_id")
    return Query.list(
      """
      select p.account_id, p.account_code, p.account_kind, p.amount, p.currency
      from ledger_postings p
      where \(entry) and \(condition)
      order by p.position
      """
    ) { row in
      let account = try row.next(LedgerAccount.ID.self)
      let code = try row.next(String.self)
      let kind = try row.next(as: LedgerAccount.Kind.self)
      let amount = try row.next(Int64.self)
      return LedgerEntry.Posting(
        accountID: account, account: code, kind: kind,
        amount: Money(minor: amount, currency: try row.next(as: Currency.self)))
    }
  }

  private static let columns: SQL = """
    e.id, e.number, e.station_id, e.kind, e.occurred_on, e.description, e.source_resource, e.source_id, e.source_number,
    e.reverses_id, e.reason, (select r.id from ledger_entries r where r.reverses_id = e.id), e.external_ids, e.version,
    e.created_at, e.created_by, e.created_by_id, e.updated_at, e.updated_by, e.updated_by_id
    """

  private static func selection(_ reference: Reference<LedgerEntry>, _ scope: Scope) -> SQL {
    let base: SQL =
      "select \(columns) from ledger_entries e where \(scope.condition(on: "e.station_id")) and "
    return switch reference {
    case .id(let id): base + "e.id = \(id)"
    case .number(let number): base + "e.number = \(number)"
    }
  }

  @Sendable private static func decode(_ row: inout Row) throws -> LedgerEntry {
    let id = try row.next(LedgerEntry.ID.self)
    let number = try row.next(String.self)
    let station = try row.next(Station.ID?.self)
    let kind = try row.next(as: LedgerEntry.Kind.self)
    let occurredOn = try row.next(CalendarDate.self)
    let description = try row.next(String.self)
    let resource = try row.nextOptional(as: Resource.self)
    let sourceID = try row.next(UUID?.self)
    let sourceNumber = try row.next(String?.self)
    let reverses = try row.next(LedgerEntry.ID?.self)
    let reason = try row.next(String?.self)
    let reversedBy = try row.next(LedgerEntry.ID?.self)
    let tail = try row.nextRecordTail()
    var source: LedgerEntry.Source?
    if let resource, let sourceID { source = LedgerEntry.Source(resource, sourceID, number: sourceNumber) }
    return LedgerEntry(
      id: id, number: number, stationID: station, kind: kind, occurredOn: occurredOn, description: description,
      source: source, reverses: reverses, reason: reason, reversedBy: reversedBy, stamp: tail.stamp, postings: [])
  }
}
