package import Domain
import FoundationEssentials
package import Postgres

/// Accounts of the ledger and the sums on them, which are those of the days (`ledger_totals`).
package enum LedgerAccountRepository {
  /// One account that an entry needs.
  package struct Place: Hashable, Sendable {
    package let key: LedgerAccount.Key
    package let currency: Currency

    package init(_ key: LedgerAccount.Key, _ currency: Currency) {
      self.key = key
      self.currency = currency
    }

    func names(_ account: LedgerAccount) -> Bool {
      account.kind == key.kind && account.currency == currency && account.stationID == key.stationID
        && account.supplierID == key.supplierID
    }
  }

  /// Nobody else moves or settles the money of the station until the transaction ends.
  package static func lock(_ station: Station.ID) -> Query<Int> {
    Query.execute("select pg_advisory_xact_lock(hashtextextended(\("money of \(station)"), 0))")
  }

  /// Those of the places that have an account, without their sums.
  package static func known(_ places: [Place]) -> Query<[Place: LedgerAccount]> {
    let stations = places.compactMap(\.key.stationID)
    let suppliers = places.compactMap(\.key.supplierID)
    return Query.list(
      """
      select a.id, a.code, a.holder, a.station_id, a.supplier_id, a.kind, a.currency, a.opened_at, 0::bigint
      from ledger_accounts a
      where (a.station_id = any (\(stations)) or a.supplier_id = any (\(suppliers)) or a.holder = 'maker')
        and a.kind = any (\(places.map(\.key.kind.rawValue)))
      """, decode
    ).map { accounts in
      var found: [Place: LedgerAccount] = [:]
      for place in places { found[place] = accounts.first(where: place.names) }
      return found
    }
  }

  /// Opens an account, unless somebody has.
  package static func open(_ place: Place, at instant: Timestamp) -> Query<Int> {
    let id = LedgerAccount.ID.new(at: instant)
    let suffix = "-\(upper(place.key.kind.rawValue))-\(place.currency.rawValue)"
    let kind = place.key.kind.rawValue
    let currency = place.currency.rawValue
    switch place.key {
    case .station(let station, _):
      return Query.execute(
        """
        insert into ledger_accounts (id, code, holder, station_id, kind, currency, opened_at)
        select \(id), s.code || \(suffix), 'station', s.id, \(kind), \(currency), \(instant)
        from stations s
        where s.id = \(station)
        on conflict on constraint ledger_accounts_holder_key do nothing
        """)
    case .supplier(let supplier, let code):
      return Query.execute(
        """
        insert into ledger_accounts (id, code, holder, supplier_id, kind, currency, opened_at)
        values (\(id), \(code + suffix), 'supplier', \(supplier), \(kind), \(currency), \(instant))
        on conflict on constraint ledger_accounts_holder_key do nothing
        """)
    case .maker:
      return Query.execute(
        """
        insert into ledger_accounts (id, code, holder, kind, currency, opened_at)
        values (\(id), \(DocumentNumber.headquarters + suffix), 'maker', \(kind), \(currency), \(instant))
        on conflict on constraint ledger_accounts_holder_key do nothing
        """)
    }
  }

  /// `warrantyExpense` as `WARRANTY-EXPENSE`.
  private static func upper(_ name: String) -> String {
    var text = ""
    for letter in name {
      if letter.isUppercase { text.append("-") }
      text.append(letter.uppercased())
    }
    return text
  }

  /// Sum of the postings of one account up to and with a day, debit positive; 0 where there is no such account.
  /// - Parameter day: `nil`: all that was posted.
  package static func sum(_ place: Place, until day: CalendarDate?) -> Query<Int64> {
    var account: SQL = "a.kind = \(place.key.kind.rawValue) and a.currency = \(place.currency.rawValue)"
    switch place.key {
    case .station(let station, _): account += " and a.station_id = \(station)"
    case .supplier(let supplier, _): account += " and a.supplier_id = \(supplier)"
    case .maker: account += " and a.holder = 'maker'"
    }
    if let day { account += " and p.occurred_on <= \(day)" }
    return Query.one(
      """
      select coalesce(sum(p.amount), 0)::bigint
      from ledger_accounts a join ledger_totals p on p.account_id = a.id
      where
      """ + " " + account
    ) { try $0.next(Int64.self) }
  }

  /// What stands on each account of a station, by kind, debit positive.
  package static func sums(of station: Station.ID, _ currency: Currency) -> Query<[LedgerAccount.Kind: Int64]> {
    Query.list(
      """
      select a.kind, coalesce(sum(p.amount), 0)::bigint
      from ledger_accounts a left join ledger_totals p on p.account_id = a.id
      where a.station_id = \(station) and a.currency = \(currency.rawValue)
      group by a.kind
      """
    ) { row in
      let kind = try row.next(as: LedgerAccount.Kind.self)
      return (kind, try row.next(Int64.self))
    }.map { Dictionary($0, uniquingKeysWith: &+) }
  }

  /// How a station stands, in each currency in which it has an account.
  package static func positions(of station: Station.ID) -> Query<[StationPosition]> {
    Query.list(
      """
      select a.currency,
        coalesce(-sum(p.amount) filter (where a.kind = 'payable'), 0)::bigint,
        coalesce(sum(p.amount) filter (where a.kind = 'receivable'), 0)::bigint,
        coalesce(-sum(p.amount) filter (where a.kind = 'deposit'), 0)::bigint,
        coalesce(-sum(p.amount) filter (where a.kind = 'advance'), 0)::bigint
      from ledger_accounts a left join ledger_totals p on p.account_id = a.id
      where a.station_id = \(station)
      group by a.currency
      order by a.currency
      """
    ) { row in
      let currency = try row.next(as: Currency.self)
      return StationPosition(
        currency, payable: try row.next(Int64.self), receivable: try row.next(Int64.self),
        deposit: try row.next(Int64.self), advance: try row.next(Int64.self))
    }
  }

  /// What was posted on an account for days before one, debit positive.
  package static func opening(of account: LedgerAccount.ID, before day: CalendarDate) -> Query<Int64> {
    Query.one(
      """
      select coalesce(sum(p.amount), 0)::bigint
      from ledger_totals p
      where p.account_id = \(account) and p.occurred_on < \(day)
      """
    ) { try $0.next(Int64.self) }
  }

  /// What was posted on an account for the days of a span, in their order; one more than a statement has at most.
  package static func movements(
    on account: LedgerAccount.ID, from: CalendarDate, to: CalendarDate
  ) -> Query<[AccountStatement.Movement]> {
    Query.list(
      """
      select e.id, e.number, p.occurred_on, e.kind, e.description, e.source_number, p.amount
      from ledger_postings p join ledger_entries e on e.id = p.entry_id
      where p.account_id = \(account) and p.occurred_on >= \(from) and p.occurred_on <= \(to)
      order by p.occurred_on, p.entry_id, p.position
      limit \(AccountStatement.mostLines + 1)
      """
    ) { row in
      AccountStatement.Movement(
        entryID: try row.next(LedgerEntry.ID.self), number: try row.next(String.self),
        occurredOn: try row.next(CalendarDate.self), kind: try row.next(as: LedgerEntry.Kind.self),
        description: try row.next(String.self), sourceNumber: try row.next(String?.self),
        amount: try row.next(Int64.self))
    }
  }

  // MARK: For readers

  package static func find(_ reference: Reference<LedgerAccount>, in scope: Scope) -> Query<LedgerAccount?> {
    let named: SQL =
      switch reference {
      case .id(let id): "a.id = \(id)"
      case .number(let code): "a.code = \(code)"
      }
    return Query.optional(
      "select \(columns) from ledger_accounts a where \(visible(in: scope)) and " + named, decode)
  }

  package static let sorts: [String: ListPlan.SortColumn] = [
    "code": .init("a.code", type: "text")
  ]

  package static func list(
    _ filter: LedgerAccountFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<LedgerAccount>> {
    var plan = ListPlan(
      columns: columns, from: "ledger_accounts a", id: "a.id", sorts: sorts, conditions: [visible(in: scope)])
    if !filter.holders.isEmpty { plan.filter("a.holder = any (\(filter.holders.map(\.rawValue)))") }
    if !filter.kinds.isEmpty { plan.filter("a.kind = any (\(filter.kinds.map(\.rawValue)))") }
    if let station = filter.stationID { plan.filter("a.station_id = \(station)") }
    if let supplier = filter.supplierID { plan.filter("a.supplier_id = \(supplier)") }
    if let code = filter.code { plan.filter("a.code = \(code)") }
    return plan.query(page, decode: decode)
  }

  /// A supplier sees his own account, a station its own, headquarters all.
  private static func visible(in scope: Scope) -> SQL { scope.condition(on: "a.station_id") }

  private static let columns: SQL = """
    a.id, a.code, a.holder, a.station_id, a.supplier_id, a.kind, a.currency, a.opened_at,
    (select coalesce(sum(p.amount), 0)::bigint from ledger_totals p where p.account_id = a.id)
    """

  @Sendable private static func decode(_ row: inout Row) throws -> LedgerAccount {
    let id = try row.next(LedgerAccount.ID.self)
    let code = try row.next(String.self)
    let holder = try row.next(as: LedgerAccount.Holder.self)
    let station = try row.next(Station.ID?.self)
    let supplier = try row.next(UUID?.self)
    let kind = try row.next(as: LedgerAccount.Kind.self)
    let currency = try row.next(as: Currency.self)
    let openedAt = try row.next(Timestamp.self)
    return LedgerAccount(
      id: id, code: code, holder: holder, stationID: station, supplierID: supplier, kind: kind, currency: currency,
      openedAt: openedAt, sum: try row.next(Int64.self))
  }
}
