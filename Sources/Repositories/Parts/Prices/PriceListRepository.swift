package import Domain
import FoundationEssentials
package import Postgres

/// Price lists: drafts are headquarters', what is approved every scope sees (PRT-02).
package enum PriceListRepository: DocumentStore {
  package typealias Document = PriceList
  package typealias Filter = PriceListFilter

  package static let window = ListPlan.WindowColumns(
    number: "l.number", created: "l.created_at", updated: "l.updated_at")

  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("l.created_at", type: "timestamptz"),
    "number": .init("l.number", type: "text"),
    "validFrom": .init("l.valid_from", type: "date"),
  ]

  package static func find(_ reference: Reference<PriceList>, in scope: Scope) -> Query<PriceList?> {
    Query.optional(selection(reference, scope), decode)
  }

  package static func lock(_ reference: Reference<PriceList>, in scope: Scope) -> Query<PriceList?> {
    Query.optional(selection(reference, scope) + " for update of l", decode)
  }

  /// Without their prices.
  package static func list(_ filter: PriceListFilter, _ page: PageRequest, in scope: Scope) -> Query<Page<PriceList>> {
    var plan = ListPlan(
      columns: columns + ", '[]'::jsonb", from: "price_lists l", id: "l.id", sorts: sorts, window: window,
      conditions: [visible(to: scope)])
    if !filter.states.isEmpty { plan.filter("l.state = any (\(filter.states.map(\.rawValue)))") }
    if let part = filter.partID {
      plan.filter("exists (select from price_list_lines n where n.price_list_id = l.id and n.part_id = \(part))")
    }
    if let day = filter.validFromOnOrBefore { plan.filter("l.valid_from <= \(day)") }
    return plan.query(page, decode: decode)
  }

  package static func save(_ after: PriceList, over before: PriceList?) -> [Query<Int>] {
    guard let before else { return [insert(after), insertLines(of: after)] }
    let header = update(after, expecting: before.version)
    if after.content.lines == before.content.lines { return [header] }
    return [
      header, Query.execute("delete from price_list_lines where price_list_id = \(after.id)"), insertLines(of: after),
    ]
  }

  private static func insert(_ list: PriceList) -> Query<Int> {
    let content = list.content
    return Query.execute(
      """
      insert into price_lists (id, number, state, name, currency, valid_from, note, author_ids, \(RecordColumns.names))
      values (\(list.id), \(list.number), \(list.state.rawValue), \(content.name), \(content.currency.rawValue),
        \(content.validFrom), \(content.note), \(Array(list.authorIDs)),
        \(RecordColumns.values(content.externalIDs, list.version, list.stamp)))
      """)
  }

  private static func update(_ list: PriceList, expecting version: Int) -> Query<Int> {
    let content = list.content
    return Query.execute(
      """
      update price_lists
      set state = \(list.state.rawValue), name = \(content.name), currency = \(content.currency.rawValue),
        valid_from = \(content.validFrom), note = \(content.note), author_ids = \(Array(list.authorIDs)),
        submitted_by = \(list.submission?.by), submitted_by_id = \(list.submission?.byID),
        submitted_at = \(list.submission?.at), decided_by = \(list.decision?.by), decided_by_id = \(list.decision?.byID),
        decided_at = \(list.decision?.at), decision_reason = \(list.decisionReason),
        \(RecordColumns.assignments(content.externalIDs, list.version, list.stamp))
      where id = \(list.id) and version = \(version)
      """)
  }

  private static func insertLines(of list: PriceList) -> Query<Int> {
    let lines = list.content.lines
    return Query.execute(
      """
      insert into price_list_lines (price_list_id, position, part_id, price, retail_price)
      select \(list.id), n.position, n.part_id, n.price::numeric, nullif(n.retail_price, '')::numeric
      from unnest(\(lines.map(\.partID)), \(lines.map(\.price.amount)), \(lines.map { $0.retailPrice?.amount ?? "" }))
        with ordinality as n(part_id, price, retail_price, position)
      """)
  }

  /// Who sees a list: headquarters all, everybody what was approved.
  private static func visible(to scope: Scope) -> SQL { scope == .network ? "true" : "l.state = 'approved'" }

  private static func selection(_ reference: Reference<PriceList>, _ scope: Scope) -> SQL {
    let base: SQL = """
      select \(columns), (
          select coalesce(jsonb_agg(jsonb_build_object('partId', n.part_id, 'partNumber', p.number,
            'price', (n.price * 100)::bigint, 'retailPrice', (n.retail_price * 100)::bigint) order by n.position), '[]')
          from price_list_lines n join parts p on p.id = n.part_id where n.price_list_id = l.id)
      from price_lists l where \(visible(to: scope)) and 
      """
    return switch reference {
    case .id(let id): base + "l.id = \(id)"
    case .number(let number): base + "l.number = \(number)"
    }
  }

  private static let columns: SQL = """
    l.id, l.number, l.state, l.name, l.currency, l.valid_from, l.note, l.submitted_by, l.submitted_by_id, l.submitted_at,
    l.decided_by, l.decided_by_id, l.decided_at, l.decision_reason, l.author_ids,
    (select count(*) from price_list_lines c where c.price_list_id = l.id), \(RecordColumns.selected(from: "l"))
    """

  @Sendable private static func decode(_ row: inout Row) throws -> PriceList {
    let id = try row.next(PriceList.ID.self)
    let number = try row.next(String.self)
    let state = try row.next(as: PriceList.State.self)
    let name = try row.next(String.self)
    let currency = try row.next(as: Currency.self)
    let validFrom = try row.next(CalendarDate.self)
    let note = try row.next(String?.self)
    let submission = try row.nextSignature()
    let decision = try row.nextSignature()
    let reason = try row.next(String?.self)
    let authors = Set(try row.next([UUID].self))
    let count = Int(try row.next(Int64.self))
    let tail = try row.nextRecordTail()
    let lines = PartLinesJSON.objects(try row.next(JSONB.self).bytes).compactMap { line -> PriceList.Line? in
      guard let part: Part.ID = line.identifier("partId"), let partNumber = line.text("partNumber"),
        let price = line.money("price", currency)
      else { return nil }
      return PriceList.Line(
        partID: part, partNumber: partNumber, price: price, retailPrice: line.money("retailPrice", currency))
    }
    return PriceList(
      id: id, number: number, state: state,
      content: PriceList.Content(
        name: name, currency: currency, validFrom: validFrom, note: note, lines: lines, externalIDs: tail.externalIDs),
      submission: submission, decision: decision, decisionReason: reason, authorIDs: authors, lineCount: count,
      version: tail.version, stamp: tail.stamp)
  }
}

extension Row {
  /// `…_by, …_by_id, …_at`; `nil` while the step was not done.
  mutating func nextSignature() throws -> PriceList.Signature? {
    let by = try next(String?.self)
    let id = try next(UUID?.self)
    let at = try next(Timestamp?.self)
    guard let by, let at else { return nil }
    return PriceList.Signature(by: by, byID: id, at: at)
  }
}
