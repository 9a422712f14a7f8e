package import Domain
import FoundationEssentials
package import Postgres

/// Settlements with their lines: each scope sees its own.
package enum SettlementRepository: DocumentStore {
  package static func find(_ reference: Reference<Settlement>, in scope: Scope) -> Query<Settlement?> {
    Query.optional(selection(reference, scope), decode)
  }

  /// As `find`, and nobody else changes the settlement until the transaction ends.
  package static func lock(_ reference: Reference<Settlement>, in scope: Scope) -> Query<Settlement?> {
    Query.optional(selection(reference, scope) + " for update of s", decode)
  }

  package static func whole(
    _ header: Query<Settlement?>, _ reference: Reference<Settlement>, in scope: Scope, through door: some QueryDoor
  ) async throws -> Settlement? {
    let (found, lines) = try await door.run(header, lines(of: reference, in: scope))
    guard var settlement = found else { return nil }
    settlement.lines = lines
    return settlement
  }

  package static func list(_ filter: SettlementFilter, _ page: PageRequest, in scope: Scope) -> Query<Page<Settlement>>
  {
    var plan = ListPlan(
      columns: columns, from: "settlements s", id: "s.id", sorts: sorts, window: window,
      conditions: [scope.condition(on: "s.station_id")])
    if !filter.states.isEmpty { plan.filter("s.state = any (\(filter.states.map(\.rawValue)))") }
    if let station = filter.stationID { plan.filter("s.station_id = \(station)") }
    if let number = filter.number { plan.filter("s.number = \(number)") }
    if let from = filter.periodFrom { plan.filter("s.period_from >= \(from)") }
    if let to = filter.periodTo { plan.filter("s.period_to <= \(to)") }
    return plan.query(page, decode: decode)
  }

  package static let window = ListPlan.WindowColumns(created: "s.created_at", updated: "s.updated_at")

  /// The fields that a list may be ordered by.
  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("s.created_at", type: "timestamptz"),
    "number": .init("s.number", type: "text"),
    "periodFrom": .init("s.period_from", type: "date"),
    "updatedAt": .init("s.updated_at", type: "timestamptz"),
  ]

  package static func save(_ after: Settlement, over before: Settlement?) -> [Query<Int>] {
    [before.map { update(after, expecting: $0.version) } ?? insert(after)] + lines(of: after, over: before)
  }

  private static func insert(_ settlement: Settlement) -> Query<Int> {
    refusing(
      Query.execute(
        """
        insert into settlements (id, number, station_id, currency, period_from, period_to, state, \(RecordColumns.names))
        values (\(settlement.id), \(settlement.number), \(settlement.stationID), \(settlement.currency.rawValue),
          \(settlement.periodFrom), \(settlement.periodTo), \(settlement.state.rawValue),
          \(RecordColumns.values([:], settlement.version, settlement.stamp)))
        """), settlement)
  }

  private static func update(_ settlement: Settlement, expecting version: Int) -> Query<Int> {
    let figures = settlement.figures
    let steps = settlement.steps
    return refusing(
      Query.execute(
        """
        update settlements
        set state = \(settlement.state.rawValue), opening_amount = \(figures.opening), items_amount = \(figures.items),
          advance_amount = \(figures.advance), paid_amount = \(figures.payment), closing_amount = \(figures.closing),
          line_count = \(settlement.lineCount), terms = \(settlement.terms.map(SettlementJSON.encode)),
          content_hash = \(settlement.contentHash), steps = \(SettlementJSON.encode(steps)),
          compiled_by_id = \(steps[.compile]?.by.id), audited_by_id = \(steps[.audit]?.by.id),
          approved_by_id = \(steps[.approve]?.by.id), paid_by_id = \(steps[.pay]?.by.id),
          payment_reference = \(settlement.payment?.reference), paid_on = \(settlement.payment?.paidOn),
          entry_id = \(settlement.payment?.entryID), due_on = \(settlement.dueOn), exit_reason = \(settlement.exitReason),
          \(RecordColumns.assignments([:], settlement.version, settlement.stamp))
        where id = \(settlement.id) and version = \(version)
        """), settlement)
  }

  /// The lines that are new or changed.
  private static func lines(of after: Settlement, over before: Settlement?) -> [Query<Int>] {
    let known = Dictionary(uniqueKeysWithValues: (before?.lines ?? []).map { ($0.number, $0) })
    let new = after.lines.filter { known[$0.number] == nil }
    var statements: [Query<Int>] = []
    if !new.isEmpty {
      statements.append(
        Query.execute(
          """
          insert into settlement_lines (settlement_id, number, station_id, item_id, state)
          select \(after.id), l.number, \(after.stationID), l.item, 'included'
          from unnest(\(new.map(\.number)), \(new.map(\.item.id))) as l(number, item)
          """
        ).refusing(
          "settlement_lines_item_key", conflict: "item-already-settled",
          "An item is in another settlement; it enters one, once.",
          naming: ConflictLookup.documents(.settlement) { scope in
            """
            select s.id, s.number, s.state, l.number
            from settlement_lines l join settlements s on s.id = l.settlement_id
            where l.item_id = any (\(new.map(\.item.id))) and l.state = 'included' and s.id <> \(after.id)
              and \(scope.condition(on: "s.station_id"))
            order by s.number, l.number
            """
          }))
    }
    let moved = after.lines.filter { line in known[line.number].map { $0.state != line.state } ?? false }
    if !moved.isEmpty {
      statements.append(
        Query.execute(
          """
          update settlement_lines t set state = l.state, reason = l.reason
          from unnest(\(moved.map(\.number)), \(moved.map(\.state.rawValue)), \(moved.map(\.reason)))
            as l(number, state, reason)
          where t.settlement_id = \(after.id) and t.number = l.number
          """))
    }
    return statements
  }

  private static func refusing(_ query: Query<Int>, _ settlement: Settlement) -> Query<Int> {
    query
      .refusing("settlements_station_id_fkey") {
        Refusal.invalid("#/stationId", .notFound, "there is no such station")
      }
      .refusing(
        "settlements_open_key", conflict: "settlement-in-progress",
        "A settlement of this station is not paid yet; the next one begins where it ends.",
        naming: ConflictLookup.documents(.settlement) { scope in
          """
          select s.id, s.number, s.state, null::integer
          from settlements s
          where s.station_id = \(settlement.stationID) and s.currency = \(settlement.currency.rawValue)
            and s.state in ('draft', 'compiled', 'stationConfirmed', 'audited', 'approved') and s.id <> \(settlement.id)
            and \(scope.condition(on: "s.station_id"))
          """
        })
  }

  // MARK: What it is compiled from

  /// What the last paid settlement of a station left; 0 before the first.
  /// - Parameter settlement: the one that asks.
  package static func opening(of settlement: Settlement) -> Query<Int64> {
    Query.optional(
      """
      select s.closing_amount
      from settlements s
      where s.station_id = \(settlement.stationID) and s.currency = \(settlement.currency.rawValue)
        and s.state in ('paid', 'closed') and s.created_at < \(settlement.stamp.createdAt) and s.id <> \(settlement.id)
      order by s.created_at desc, s.id desc
      limit 1
      """
    ) { try $0.next(Int64.self) }.map { $0 ?? 0 }
  }

  /// In the order of their numbers, with the items as they are.
  package static func lines(of reference: Reference<Settlement>, in scope: Scope) -> Query<[Settlement.Line]> {
    let named: SQL =
      switch reference {
      case .id(let id): "l.settlement_id = \(id)"
      case .number(let number): "l.settlement_id = (select s.id from settlements s where s.number = \(number))"
      }
    let condition = scope.condition(on: "l.station_id")
    return Query.list(
      """
      select l.number, l.state, l.reason, \(PayableItemRepository.columns)
      from settlement_lines l join payable_items i on i.id = l.item_id
      where \(named) and \(condition)
      order by l.number
      """
    ) { row in
      let number = try row.next(Int.self)
      let state = try row.next(as: Settlement.Line.State.self)
      let reason = try row.next(String?.self)
      return Settlement.Line(
        number: number, item: try PayableItemRepository.decode(&row), state: state, reason: reason)
    }
  }

  // MARK: Rows

  private static let columns: SQL = """
    s.id, s.number, s.station_id, s.currency, s.period_from, s.period_to, s.state, s.opening_amount, s.items_amount,
    s.advance_amount, s.paid_amount, s.line_count, s.terms, s.content_hash, s.steps, s.payment_reference, s.paid_on,
    s.entry_id, s.due_on, s.exit_reason, s.external_ids, s.version, s.created_at, s.created_by, s.created_by_id,
    s.updated_at, s.updated_by, s.updated_by_id
    """

  private static func selection(_ reference: Reference<Settlement>, _ scope: Scope) -> SQL {
    let base: SQL = "select \(columns) from settlements s where \(scope.condition(on: "s.station_id")) and "
    return switch reference {
    case .id(let id): base + "s.id = \(id)"
    case .number(let number): base + "s.number = \(number)"
    }
  }

  @Sendable private static func decode(_ row: inout Row) throws -> Settlement {
    let id = try row.next(Settlement.ID.self)
    let number = try row.next(String.self)
    let station = try row.next(Station.ID.self)
    let currency = try row.next(as: Currency.self)
    let from = try row.next(CalendarDate.self)
    let to = try row.next(CalendarDate.self)
    let state = try row.next(as: Settlement.State.self)
    let figures = Settlement.Figures(
      opening: try row.next(Int64.self), items: try row.next(Int64.self), advance: try row.next(Int64.self),
      payment: try row.next(Int64.self))
    let lineCount = try row.next(Int.self)
    let terms = try row.next(JSONB?.self).flatMap { SettlementJSON.terms($0.bytes) }
    let hash = try row.next(String?.self)
    let steps = SettlementJSON.steps(try row.next(JSONB.self).bytes)
    let reference = try row.next(String?.self)
    let paidOn = try row.next(CalendarDate?.self)
    let entry = try row.next(LedgerEntry.ID?.self)
    let dueOn = try row.next(CalendarDate?.self)
    let exitReason = try row.next(String?.self)
    let tail = try row.nextRecordTail()
    var payment: Settlement.Payment?
    if let reference, let paidOn {
      payment = Settlement.Payment(reference: reference, paidOn: paidOn, entryID: entry)
    }
    return Settlement(
      id: id, number: number, stationID: station, currency: currency, periodFrom: from, periodTo: to, state: state,
      version: tail.version, stamp: tail.stamp, figures: figures, terms: terms, contentHash: hash, steps: steps,
      payment: payment, dueOn: dueOn, exitReason: exitReason, lines: [], lineCount: lineCount)
  }
}

/// What a settlement keeps as jsonb.
enum SettlementJSON {
  static func encode(_ terms: Settlement.Terms) -> JSONB {
    EventJSON.encode(
      .object([
        "version": .integer(Int64(terms.policyVersion)), "rounding": .text(terms.rounding.rawValue),
        "leastPayment": .integer(terms.leastPayment.minor),
        "leastPaymentCurrency": .text(terms.leastPayment.currency.rawValue),
        "offsetsReceivables": .boolean(terms.offsetsReceivables), "paymentDays": .integer(Int64(terms.paymentDays)),
        "confirmationDays": .integer(Int64(terms.confirmationDays)),
      ]))
  }

  static func terms(_ bytes: [UInt8]) -> Settlement.Terms? {
    let record = EventJSON.object(bytes)
    guard let version = record.integer("version"), let least = record.integer("leastPayment"),
      let rounding = record.text("rounding").flatMap(SettlementPolicy.Rounding.init(rawValue:)),
      let currency = record.text("leastPaymentCurrency").flatMap(Currency.init(rawValue:)),
      let days = record.integer("paymentDays"), let confirmation = record.integer("confirmationDays")
    else { return nil }
    return Settlement.Terms(
      policyVersion: Int(version), rounding: rounding, leastPayment: Money(minor: least, currency: currency),
      offsetsReceivables: record.flag("offsetsReceivables"), confirmationDays: Int(confirmation),
      paymentDays: Int(days))
  }

  static func encode(_ steps: [Settlement.Action: Settlement.Step]) -> JSONB {
    var members: [String: EventValue] = [:]
    for (action, step) in steps {
      members[action.rawValue] = .object([
        "by": .text(step.by.name), "byId": .optional(step.by.id?.canonical), "at": .integer(step.at.milliseconds),
        "note": .optional(step.note), "formerIds": .list(step.former.map(\.canonical).sorted().map(EventValue.text)),
      ])
    }
    return EventJSON.encode(.object(members))
  }

  static func steps(_ bytes: [UInt8]) -> [Settlement.Action: Settlement.Step] {
    var steps: [Settlement.Action: Settlement.Step] = [:]
    for (name, value) in EventJSON.object(bytes) {
      guard let action = Settlement.Action(rawValue: name), case .object(let record) = value,
        let by = record.text("by"), let at = record.integer("at")
      else { continue }
      steps[action] = Settlement.Step(
        by: RecordStamp.Author(name: by, id: record.text("byId").flatMap { UUID(canonical: $0) }),
        at: Timestamp(milliseconds: at), note: record.text("note"),
        former: Set(
          record.list("formerIds").compactMap { if case .text(let id) = $0 { UUID(canonical: id) } else { nil } }))
    }
    return steps
  }
}
