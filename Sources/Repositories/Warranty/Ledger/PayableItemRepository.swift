package import Domain
package import FoundationEssentials
package import Postgres

/// What is owed and what became of it. Only dispute and settlement of an item ever change; the server's role may write no more.
package enum PayableItemRepository: DocumentStore {
  package static func find(_ reference: Reference<PayableItem>, in scope: Scope) -> Query<PayableItem?> {
    Query.optional(selection(reference, scope), decode)
  }

  package static func lock(_ reference: Reference<PayableItem>, in scope: Scope) -> Query<PayableItem?> {
    Query.optional(selection(reference, scope) + " for update of i", decode)
  }

  package static func list(
    _ filter: PayableItemFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<PayableItem>> {
    var plan = ListPlan(
      columns: columns, from: "payable_items i", id: "i.id", sorts: sorts, window: window,
      conditions: [scope.condition(on: "i.station_id")])
    if let isOpen = filter.isOpen {
      plan.filter(isOpen ? "i.settlement_id is null" : "i.settlement_id is not null")
    }
    if let isDisputed = filter.isDisputed { plan.filter("i.disputed = \(isDisputed)") }
    if !filter.kinds.isEmpty { plan.filter("i.kind = any (\(filter.kinds.map(\.rawValue)))") }
    if let station = filter.stationID { plan.filter("i.station_id = \(station)") }
    if let settlement = filter.settlementID { plan.filter("i.settlement_id = \(settlement)") }
    if let source = filter.sourceID { plan.filter("i.source_id = \(source)") }
    if let from = filter.occurredFrom { plan.filter("i.occurred_on >= \(from)") }
    if let to = filter.occurredTo { plan.filter("i.occurred_on <= \(to)") }
    return plan.query(page, decode: decode)
  }

  package static let window = ListPlan.WindowColumns(created: "i.created_at", updated: "i.updated_at")

  /// The fields that a list may be ordered by.
  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("i.created_at", type: "timestamptz"),
    "occurredOn": .init("i.occurred_on", type: "date"),
  ]

  package static func save(_ after: PayableItem, over before: PayableItem?) -> [Query<Int>] {
    [before.map { update(after, expecting: $0.version) } ?? insert(after)]
  }

  private static func insert(_ item: PayableItem) -> Query<Int> {
    Query.execute(
      """
      insert into payable_items (id, station_id, kind, account, counter, source_resource, source_id, source_number,
        line_number, ordinal, description, amount, currency, occurred_on, entry_id, reverses_id, \(RecordColumns.names))
      values (\(item.id), \(item.stationID), \(item.kind.rawValue), \(item.kind.account.rawValue),
        \(item.counter.rawValue), \(item.source.resource.rawValue), \(item.source.id), \(item.source.number), \(item.line),
        \(item.ordinal), \(item.description), \(item.amount.minor), \(item.amount.currency.rawValue), \(item.occurredOn),
        \(item.entryID), \(item.reverses), \(RecordColumns.values([:], item.version, item.stamp)))
      """
    )
    .refusing("payable_items_station_id_fkey") {
      Refusal.invalid("#/stationId", .notFound, "there is no such station")
    }
    .refusing(
      "payable_items_source_key", conflict: "already-payable",
      "This line of the document is owed already; it is owed once.",
      naming: ConflictLookup.documents(.payableItem) { scope in
        """
        select i.id, i.source_number, null::text, i.line_number
        from payable_items i
        where i.source_resource = \(item.source.resource.rawValue) and i.source_id = \(item.source.id)
          and i.line_number is not distinct from \(item.line) and i.kind = \(item.kind.rawValue)
          and i.ordinal = \(item.ordinal) and \(scope.condition(on: "i.station_id"))
        """
      }
    )
    .refusing(
      "payable_items_reverses_key", conflict: "item-already-reversed",
      "The item was taken back before; an item is taken back once.",
      naming: ConflictLookup.documents(.payableItem) { scope in
        """
        select i.id, i.source_number, null::text, i.line_number
        from payable_items i
        where i.reverses_id = \(item.reverses) and \(scope.condition(on: "i.station_id"))
        """
      })
  }

  private static func update(_ item: PayableItem, expecting version: Int) -> Query<Int> {
    Query.execute(
      """
      update payable_items
      set disputed = \(item.isDisputed), dispute_reason = \(item.disputeReason), settlement_id = \(item.settlementID),
        version = \(item.version), updated_at = \(item.stamp.updatedAt), updated_by = \(item.stamp.updatedBy.name),
        updated_by_id = \(item.stamp.updatedBy.id)
      where id = \(item.id) and version = \(version)
      """)
  }

  // MARK: Several

  /// Saves what a settlement has changed of locked items: one statement, however many there are. Fewer rows than items: one of
  /// them had another version.
  package static func save(_ items: [PayableItem], by author: RecordStamp.Author, at instant: Timestamp) -> Query<Int> {
    Query.execute(
      """
      update payable_items i
      set disputed = e.dispute_reason is not null, dispute_reason = e.dispute_reason, settlement_id = e.settlement_id,
        version = e.version, updated_at = \(instant), updated_by = \(author.name), updated_by_id = \(author.id)
      from unnest(\(items.map(\.id)), \(items.map { Int32(clamping: $0.version) }), \(items.map(\.disputeReason)),
        \(items.map(\.settlementID))) as e(id, version, dispute_reason, settlement_id)
      where i.id = e.id and i.version = e.version - 1
      """)
  }

  /// What a settlement may take in: neither settled nor disputed, and not after the last day of its period. Locked, in the order
  /// of a statement.
  /// - Parameter accounts: `payable` and, where what a station owes is taken off, `receivable`.
  package static func lockOpen(
    at station: Station.ID, _ currency: Currency, until day: CalendarDate, accounts: [LedgerAccount.Kind]
  ) -> Query<[PayableItem]> {
    Query.list(openItems(station, currency, day, accounts) + " for update of i", decode)
  }

  /// The same, to look at.
  package static func open(
    at station: Station.ID, _ currency: Currency, until day: CalendarDate, accounts: [LedgerAccount.Kind]
  ) -> Query<[PayableItem]> {
    Query.list(openItems(station, currency, day, accounts), decode)
  }

  private static func openItems(
    _ station: Station.ID, _ currency: Currency, _ day: CalendarDate, _ accounts: [LedgerAccount.Kind]
  ) -> SQL {
    """
    select \(columns)
    from payable_items i
    where i.station_id = \(station) and i.currency = \(currency.rawValue) and i.settlement_id is null
      and not i.disputed and i.occurred_on <= \(day) and i.account = any (\(accounts.map(\.rawValue)))
    order by i.occurred_on, i.id
    """
  }

  /// Given ones, in the order of a statement.
  package static func all(_ ids: [PayableItem.ID], in scope: Scope) -> Query<[PayableItem]> {
    Query.list(
      """
      select \(columns) from payable_items i
      where i.id = any (\(ids)) and \(scope.condition(on: "i.station_id"))
      order by i.occurred_on, i.id
      """, decode)
  }

  /// What a document, or one line of it, has made payable and nobody has taken back, locked.
  package static func lockStanding(_ source: LedgerEntry.Source, line: Int?) -> Query<[PayableItem]> {
    let part: SQL = line.map { " and i.line_number = \($0)" } ?? ""
    return Query.list(
      """
      select \(columns)
      from payable_items i
      where i.source_resource = \(source.resource.rawValue) and i.source_id = \(source.id) and i.reverses_id is null
        and not exists (select from payable_items r where r.reverses_id = i.id)
      """ + part + " order by i.occurred_on, i.id for update of i", decode)
  }

  /// Lines of documents of which something is in no settlement yet, by the identities of the documents.
  package static func openLines(of sources: [UUID], _ resource: Resource) -> Query<[UUID: Set<Int>]> {
    Query.list(
      """
      select distinct i.source_id, i.line_number
      from payable_items i
      where i.source_resource = \(resource.rawValue) and i.source_id = any (\(sources)) and i.settlement_id is null
        and i.line_number is not null
      """
    ) { (try $0.next(UUID.self), try $0.next(Int.self)) }
    .map { rows in rows.reduce(into: [:]) { $0[$1.0, default: []].insert($1.1) } }
  }

  /// The highest ordinal that a line of a document has for a kind; 0 for none.
  package static func lastOrdinal(
    _ source: LedgerEntry.Source, line: Int?, _ kind: PayableItem.Kind
  ) -> Query<Int> {
    Query.one(
      """
      select coalesce(max(i.ordinal), 0)
      from payable_items i
      where i.source_resource = \(source.resource.rawValue) and i.source_id = \(source.id)
        and i.line_number is not distinct from \(line)::int and i.kind = \(kind.rawValue)
      """
    ) { try $0.next(Int.self) }
  }

  // MARK: Rows

  static let columns: SQL = """
    i.id, i.station_id, i.kind, i.source_resource, i.source_id, i.source_number, i.line_number, i.ordinal, i.description,
    i.amount, i.currency, i.occurred_on, i.counter, i.entry_id, i.reverses_id, i.dispute_reason, i.settlement_id,
    i.external_ids, i.version, i.created_at, i.created_by, i.created_by_id, i.updated_at, i.updated_by, i.updated_by_id
    """

  private static func selection(_ reference: Reference<PayableItem>, _ scope: Scope) -> SQL {
    let base: SQL =
      "select \(columns) from payable_items i where \(scope.condition(on: "i.station_id")) and "
    return switch reference {
    case .id(let id): base + "i.id = \(id)"
    // Items have no numbers.
    case .number: base + "false"
    }
  }

  @Sendable static func decode(_ row: inout Row) throws -> PayableItem {
    let id = try row.next(PayableItem.ID.self)
    let station = try row.next(Station.ID.self)
    let kind = try row.next(as: PayableItem.Kind.self)
    let resource = try row.next(as: Resource.self)
    let sourceID = try row.next(UUID.self)
    let source = LedgerEntry.Source(resource, sourceID, number: try row.next(String?.self))
    let line = try row.next(Int?.self)
    let ordinal = try row.next(Int.self)
    let description = try row.next(String.self)
    let minor = try row.next(Int64.self)
    let amount = Money(minor: minor, currency: try row.next(as: Currency.self))
    let occurredOn = try row.next(CalendarDate.self)
    let counter = try row.next(as: LedgerAccount.Kind.self)
    let entry = try row.next(LedgerEntry.ID.self)
    let reverses = try row.next(PayableItem.ID?.self)
    let dispute = try row.next(String?.self)
    let settlement = try row.next(Settlement.ID?.self)
    let tail = try row.nextRecordTail()
    return PayableItem(
      id: id, stationID: station, kind: kind, source: source, line: line, ordinal: ordinal, description: description,
      amount: amount, occurredOn: occurredOn, counter: counter, entryID: entry, reverses: reverses,
      disputeReason: dispute, settlementID: settlement, version: tail.version, stamp: tail.stamp)
  }
}
