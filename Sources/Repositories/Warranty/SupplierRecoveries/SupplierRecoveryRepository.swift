package import Domain
import FoundationEssentials
package import Postgres

/// Recoveries with their lines: headquarters sees all, a supplier what was sent to it.
package enum SupplierRecoveryRepository: DocumentStore {
  package static func find(_ reference: Reference<SupplierRecovery>, in scope: Scope) -> Query<SupplierRecovery?> {
    Query.optional(selection(reference, scope), decode)
  }

  /// As `find`, and nobody else changes the recovery until the transaction ends.
  package static func lock(_ reference: Reference<SupplierRecovery>, in scope: Scope) -> Query<SupplierRecovery?> {
    Query.optional(selection(reference, scope) + " for update of r", decode)
  }

  package static func list(
    _ filter: SupplierRecoveryFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<SupplierRecovery>> {
    var plan = ListPlan(
      columns: columns, from: "supplier_recoveries r", id: "r.id", sorts: sorts, window: window,
      conditions: [scope.condition(supplierRecovery: "r")])
    if !filter.states.isEmpty { plan.filter("r.state = any (\(filter.states.map(\.rawValue)))") }
    if let supplier = filter.supplierID { plan.filter("r.supplier_id = \(supplier)") }
    if let from = filter.createdFrom { plan.filter("r.created_at >= \(from)") }
    if let before = filter.createdBefore { plan.filter("r.created_at < \(before)") }
    if let number = filter.number { plan.filter("r.number = \(number)") }
    return plan.query(page, decode: decode)
  }

  package static let window = ListPlan.WindowColumns(updated: "r.updated_at")

  /// The fields that a list may be ordered by.
  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("r.created_at", type: "timestamptz"),
    "number": .init("r.number", type: "text"),
    "updatedAt": .init("r.updated_at", type: "timestamptz"),
  ]

  package static func whole(
    _ header: Query<SupplierRecovery?>, _ reference: Reference<SupplierRecovery>, in scope: Scope,
    through door: some QueryDoor
  ) async throws -> SupplierRecovery? {
    let (found, lines) = try await door.run(header, lines(reference, in: scope))
    guard var document = found else { return nil }
    document.lines = lines
    return document
  }

  /// The first of these lines whose item a later recovery reckons with, and the last recovery that does.
  package static func follower(
    of recovery: SupplierRecovery.ID, lines: [Int]
  ) -> Query<(line: Int, id: SupplierRecovery.ID, number: String)?> {
    Query.optional(
      """
      select l.line, r.id, r.number
      from supplier_recovery_lines l
        join supplier_recovery_lines x on x.claim_id = l.claim_id and x.claim_item = l.claim_item and x.ordinal > l.ordinal
        join supplier_recoveries r on r.id = x.recovery_id
      where l.recovery_id = \(recovery) and l.line = any (\(lines.map { Int32(clamping: $0) }))
      order by l.line, x.ordinal desc
      limit 1
      """
    ) { row in
      let line = try row.next(Int.self)
      let id = try row.next(SupplierRecovery.ID.self)
      return (line: line, id: id, number: try row.next(String.self))
    }
  }

  private static func lines(
    _ reference: Reference<SupplierRecovery>, in scope: Scope
  ) -> Query<[SupplierRecovery.Line]> {
    Query.list(
      """
      select l.line, l.claim_id, l.claim_number, l.claim_item, l.station_id, l.vin, l.part_number, l.fault_code,
        l.decided_on, l.parts_cost, l.labour_hours, l.parts_amount, l.labour_amount, l.amount, l.agreed_amount,
        l.dispute_reason, l.old_part_id, l.contract_id, r.currency, coalesce(l.recovered_before, 0.00), coalesce(l.ordinal, 1)
      from supplier_recovery_lines l join supplier_recoveries r on r.id = l.recovery_id
      where \(named(reference)) and \(scope.condition(supplierRecovery: "r"))
      order by l.line
      """, line)
  }

  @Sendable private static func line(_ row: inout Row) throws -> SupplierRecovery.Line {
    let number = try row.next(Int.self)
    let claim = try row.next(UUID.self)
    let claimNumber = try row.next(String.self)
    let item = try row.next(Int.self)
    let station = try row.next(Station.ID.self)
    let vin = try row.next(String.self)
    let part = try row.next(String.self)
    let faultCode = try row.next(String?.self)
    let decidedOn = try row.next(CalendarDate.self)
    let cost = try row.next(MinorUnits.self).value
    let hours = try row.next(MinorUnits.self).value
    let parts = try row.next(MinorUnits.self).value
    let labour = try row.next(MinorUnits.self).value
    let amount = try row.next(MinorUnits.self).value
    let agreed = try row.next(MinorUnits?.self)?.value
    let reason = try row.next(String?.self)
    let oldPart = try row.next(OldPart.ID?.self)
    let contract = try row.next(SupplierContract.ID.self)
    let currency = try row.next(as: Currency.self)
    let before = try row.next(MinorUnits.self).value
    let ordinal = try row.next(Int.self)
    let former =
      ordinal > 1
      ? RecoverableItem.Former(
        amount: Money(minor: before, currency: currency), contractID: contract, ordinal: ordinal - 1) : nil
    return SupplierRecovery.Line(
      number: number,
      source: RecoverableItem(
        claimID: claim, claimNumber: claimNumber, item: item, stationID: station, vin: vin, partNumber: part,
        faultCode: faultCode, decidedOn: decidedOn, partsCost: Money(minor: cost, currency: currency),
        labourHours: Hours(hundredths: Int32(clamping: hours)), oldPartID: oldPart, former: former),
      contractID: contract, partsAmount: Money(minor: parts, currency: currency),
      labourAmount: Money(minor: labour, currency: currency),
      amount: Money(minor: amount, currency: currency),
      agreedAmount: agreed.map { Money(minor: $0, currency: currency) }, disputeReason: reason)
  }

  // MARK: What is recovered

  /// Approved items of claims of a period whose causal part is the supplier's and that are in no recovery (CLM-13), and items that
  /// others of his have recovered and that were decided about again since: with what those have of them. A claim counts once nothing
  /// stands in its way any more: from `payable` on (SM-6).
  ///
  /// An item is followed up only where every recovery of it is settled as it was computed: what the supplier does not owe, or does not
  /// owe yet, cannot be given back to him. Where less was agreed, people correct by hand.
  package static func recoverable(
    from supplier: Supplier.ID, in period: ReportPeriod, but recovery: SupplierRecovery.ID?
  ) -> Query<[(RecoverableItem)]> {
    Query.list(
      """
      with taken as (
        select x.claim_id, x.claim_item, sum(x.amount) as amount, max(x.ordinal) as ordinal,
          (array_agg(x.contract_id order by x.ordinal))[1] as contract_id,
          bool_and(r.supplier_id = \(supplier) and r.state = 'settled' and x.agreed_amount = x.amount) as settled,
          max(r.created_at) as compiled_at
        from supplier_recovery_lines x join supplier_recoveries r on r.id = x.recovery_id
        where x.recovery_id is distinct from \(recovery)
          and (x.claim_id, x.claim_item) in (
            select i.claim_id, i.number
            from supplier_parts s join warranty_claim_items i on i.causal_part_number = s.part_number
            where s.supplier_id = \(supplier)
            union
            select y.claim_id, y.claim_item
            from supplier_recovery_lines y join supplier_recoveries q on q.id = y.recovery_id
            where q.supplier_id = \(supplier))
        group by x.claim_id, x.claim_item
      ), candidates as (
        select i.claim_id, i.number
        from supplier_parts s join warranty_claim_items i on i.causal_part_number = s.part_number
        where s.supplier_id = \(supplier)
        union
        select t.claim_id, t.claim_item from taken t
      )
      select i.claim_id, c.number, i.number, c.station_id, coalesce(v.vin, ''), coalesce(i.causal_part_number, ''),
        i.fault_code,
        (max(l.decided_at) filter (where t.claim_id is not null or l.decision in ('approved', 'reduced'))
          at time zone 'Asia/Shanghai')::date as decided_on,
        coalesce(sum(l.approved_amount) filter (where l.kind = 'parts' and l.decision in ('approved', 'reduced')), 0.00),
        least(
          coalesce(sum(l.hours) filter (where l.kind = 'labour' and l.decision in ('approved', 'reduced')), 0.00),
          (select o.standard_hours from labour_operations o where o.code = i.labour_operation_code)),
        case when t.claim_id is null then (
          select o.id
          from old_parts o join warranty_claim_lines p on p.claim_id = o.claim_id and p.number = o.claim_line
          where o.claim_id = i.claim_id and p.item = i.number
          order by o.id limit 1) end,
        c.currency, t.amount, t.contract_id, t.ordinal
      from candidates k
        join warranty_claim_items i on i.claim_id = k.claim_id and i.number = k.number
        join warranty_claims c on c.id = i.claim_id
        left join taken t on t.claim_id = i.claim_id and t.claim_item = i.number
        join warranty_claim_lines l on l.claim_id = i.claim_id and l.item = i.number and l.decision is not null
        left join vehicles v on v.id = c.vehicle_id
      where coalesce(t.settled, true)
        and (c.state in ('payable', 'inSettlement', 'settled') or c.state = 'rejected' and t.claim_id is not null)
      group by i.claim_id, i.number, c.number, c.station_id, c.currency, v.vin, i.causal_part_number, i.fault_code,
        i.labour_operation_code, t.claim_id, t.amount, t.contract_id, t.ordinal,
        t.compiled_at
      having max(l.decided_at) filter (where t.claim_id is not null or l.decision in ('approved', 'reduced'))
          >= least(\(period.start), t.compiled_at)
        and max(l.decided_at) filter (where t.claim_id is not null or l.decision in ('approved', 'reduced'))
          < \(period.end)
      order by i.claim_id, i.number
      """
    ) { row in
      let claim = try row.next(UUID.self)
      let number = try row.next(String.self)
      let item = try row.next(Int.self)
      let station = try row.next(Station.ID.self)
      let vin = try row.next(String.self)
      let part = try row.next(String.self)
      let faultCode = try row.next(String?.self)
      let decidedOn = try row.next(CalendarDate.self)
      let cost = try row.next(MinorUnits.self).value
      let hours = try row.next(MinorUnits.self).value
      let oldPart = try row.next(OldPart.ID?.self)
      let currency = try row.next(as: Currency.self)
      let taken = try row.next(MinorUnits?.self)?.value
      let contract = try row.next(SupplierContract.ID?.self)
      let ordinal = try row.next(Int?.self)
      var former: RecoverableItem.Former?
      if let taken, let contract, let ordinal {
        former = .init(amount: Money(minor: taken, currency: currency), contractID: contract, ordinal: ordinal)
      }
      return RecoverableItem(
        claimID: claim, claimNumber: number, item: item, stationID: station, vin: vin, partNumber: part,
        faultCode: faultCode, decidedOn: decidedOn, partsCost: Money(minor: cost, currency: currency),
        labourHours: Hours(hundredths: Int32(clamping: hours)), oldPartID: oldPart, former: former)
    }
  }

  // MARK: Writing

  package static func save(_ after: SupplierRecovery, over before: SupplierRecovery?) -> [Query<Int>] {
    guard let before else { return [insert(after), insertLines(of: after)] }
    let header = update(after, expecting: before.version)
    if after.lines == before.lines { return [header] }
    if after.lines.map(\.source) == before.lines.map(\.source),
      after.lines.map(\.amount) == before.lines.map(\.amount)
    {
      return [header, answerLines(of: after)]
    }
    return [header, deleteLines(of: after.id), insertLines(of: after)]
  }

  private static func insert(_ document: SupplierRecovery) -> Query<Int> {
    Query.execute(
      """
      insert into supplier_recoveries (id, number, state, supplier_id, period_from, period_before, currency, amount,
        compiled_by_id, compiler_ids, \(RecordColumns.names))
      values (\(document.id), \(document.number), \(document.state.rawValue), \(document.supplierID),
        \(document.period.from), \(document.period.before), \(document.currency.rawValue),
        \(document.amount.minorUnits), \(document.progress.compiledByID),
        \(people(document.progress.compilers)), \(RecordColumns.values([:], document.version, document.stamp)))
      """)
  }

  /// Saves a changed recovery: one statement that checks and changes (C-16). 0 rows: another version.
  private static func update(_ document: SupplierRecovery, expecting version: Int) -> Query<Int> {
    let progress = document.progress
    return Query.execute(
      """
      update supplier_recoveries
      set state = \(document.state.rawValue), amount = \(document.amount.minorUnits), agreed_amount = \(document.agreedAmount?.minorUnits),
        compiled_by_id = \(progress.compiledByID), compiler_ids = \(people(progress.compilers)), sending = \(progress.sending.map(encode)),
        answer = \(progress.answer.map(encode)), agreement = \(progress.agreement.map(encode)),
        settlement = \(progress.settlement.map(encode)), corrections = \(encode(progress.corrections)), sent_at = \(progress.sending?.at),
        settled_at = \(progress.settlement?.at),
        \(RecordColumns.assignments([:], document.version, document.stamp))
      where id = \(document.id) and version = \(version)
      """)
  }

  private static func deleteLines(of recovery: SupplierRecovery.ID) -> Query<Int> {
    Query.execute("delete from supplier_recovery_lines where recovery_id = \(recovery)")
  }

  private static func insertLines(of document: SupplierRecovery) -> Query<Int> {
    let lines = document.lines
    return Query.execute(
      """
      insert into supplier_recovery_lines (recovery_id, line, contract_id, claim_id, claim_number, claim_item, station_id,
        vin, part_number, fault_code, decided_on, parts_cost, labour_hours, parts_amount, labour_amount, amount, old_part_id,
        recovered_before, ordinal)
      select \(document.id), l.line, l.contract_id, l.claim_id, l.claim_number, l.claim_item, l.station_id, l.vin, l.part_number,
        l.fault_code, l.decided_on, l.parts_cost, l.labour_hours, l.parts_amount, l.labour_amount, l.amount, l.old_part_id,
        l.recovered_before, l.ordinal
      from unnest(\(lines.map { Int32(clamping: $0.number) }), \(lines.map(\.contractID)), \(lines.map(\.source.claimID)),
        \(lines.map(\.source.claimNumber)), \(lines.map { Int32(clamping: $0.source.item) }),
        \(lines.map(\.source.stationID)), \(lines.map(\.source.vin)), \(lines.map(\.source.partNumber)),
        \(lines.map(\.source.faultCode)), \(lines.map(\.source.decidedOn)), \(lines.map(\.source.partsCost.minorUnits)),
        \(lines.map(\.source.labourHours.minorUnits)), \(lines.map(\.partsAmount.minorUnits)),
        \(lines.map(\.labourAmount.minorUnits)), \(lines.map(\.amount.minorUnits)), \(lines.map(\.source.oldPartID)),
        \(lines.map { MinorUnits($0.source.former?.amount.minor ?? 0) }), \(lines.map { Int32(clamping: $0.source.ordinal) }))
        as l(line, contract_id, claim_id, claim_number, claim_item, station_id, vin, part_number, fault_code, decided_on, parts_cost,
          labour_hours, parts_amount, labour_amount, amount, old_part_id, recovered_before, ordinal)
      """
    )
    .refusing(
      "supplier_recovery_lines_claim_key", conflict: "claim-item-recovered",
      "An item of a claim was taken into another recovery at this moment; try again.",
      naming: ConflictLookup.documents(.supplierRecovery) { scope in
        """
        select r.id, r.number, r.state, l.line
        from supplier_recovery_lines l join supplier_recoveries r on r.id = l.recovery_id
        where l.recovery_id <> \(document.id) and l.claim_id = any (\(lines.map(\.source.claimID)))
          and \(scope.stations == nil)
        order by r.number, l.line
        """
      })
  }

  private static func answerLines(of document: SupplierRecovery) -> Query<Int> {
    let lines = document.lines
    return Query.execute(
      """
      update supplier_recovery_lines t
      set agreed_amount = l.agreed_amount, dispute_reason = l.dispute_reason
      from unnest(\(lines.map { Int32(clamping: $0.number) }), \(lines.map { $0.agreedAmount?.minorUnits }),
        \(lines.map(\.disputeReason))) as l(line, agreed_amount, dispute_reason)
      where t.recovery_id = \(document.id) and t.line = l.line
      """)
  }

  // MARK: Reading

  // A version from before a column was there has nothing in it.
  private static let columns: SQL = """
    r.id, r.number, r.state, r.supplier_id, r.period_from, r.period_before, r.currency, r.amount,
    r.agreed_amount, r.compiled_by_id, coalesce(r.compiler_ids, '{}'), r.sending, r.answer, r.agreement, r.settlement,
    coalesce(r.corrections, '[]'), r.external_ids, r.version,
    r.created_at, r.created_by, r.created_by_id, r.updated_at, r.updated_by, r.updated_by_id
    """

  private static func named(_ reference: Reference<SupplierRecovery>) -> SQL {
    switch reference {
    case .id(let id): "r.id = \(id)"
    case .number(let number): "r.number = \(number)"
    }
  }

  private static func selection(_ reference: Reference<SupplierRecovery>, _ scope: Scope) -> SQL {
    "select \(columns) from supplier_recoveries r where \(scope.condition(supplierRecovery: "r")) and \(named(reference))"
  }

  @Sendable private static func decode(_ row: inout Row) throws -> SupplierRecovery {
    let id = try row.next(SupplierRecovery.ID.self)
    let number = try row.next(String.self)
    let state = try row.next(as: SupplierRecovery.State.self)
    let supplier = try row.next(Supplier.ID.self)
    let from = try row.next(CalendarDate.self)
    let before = try row.next(CalendarDate.self)
    guard let period = ReportPeriod(from: from, before: before) else {
      throw Failure.internal(reference: "a recovery without a period")
    }
    let currency = try row.next(as: Currency.self)
    let amount = Money(minor: try row.next(MinorUnits.self).value, currency: currency)
    let agreed = try row.next(MinorUnits?.self).map { Money(minor: $0.value, currency: currency) }
    let compiler = try row.next(UUID?.self)
    var progress = SupplierRecovery.Progress(compiledByID: compiler, compilers: Set(try row.next([UUID].self)))
    progress.sending = try row.next(JSONB?.self).flatMap { step($0.bytes) }
    progress.answer = try row.next(JSONB?.self).flatMap { step($0.bytes) }
    progress.agreement = try row.next(JSONB?.self).flatMap { step($0.bytes) }
    progress.settlement = try row.next(JSONB?.self).flatMap { step($0.bytes) }
    progress.corrections = corrections(try row.next(JSONB.self).bytes, currency)
    let tail = try row.nextRecordTail()
    return SupplierRecovery(
      id: id, number: number, supplierID: supplier, period: period, state: state, version: tail.version,
      stamp: tail.stamp, currency: currency, amount: amount, agreedAmount: agreed, lines: [],
      progress: progress)
  }

  private static func people(_ ids: Set<UUID>) -> [UUID] { ids.sorted { $0.canonical < $1.canonical } }

  private static func encode(_ step: SupplierRecovery.Step) -> JSONB { EventJSON.encode(.object(members(step))) }

  private static func members(_ step: SupplierRecovery.Step) -> [String: EventValue] {
    [
      "by": .text(step.by), "byId": .optional(step.byID?.canonical), "at": .integer(step.at.milliseconds),
      "note": .optional(step.note), "entry": .optional(step.entry),
    ]
  }

  private static func encode(_ corrections: [SupplierRecovery.Correction]) -> JSONB {
    EventJSON.encode(
      .list(
        corrections.map { correction in
          var record = members(correction.step)
          record["from"] = .integer(correction.from.minor)
          record["to"] = .integer(correction.to.minor)
          return .object(record)
        }))
  }

  private static func corrections(_ bytes: [UInt8], _ currency: Currency) -> [SupplierRecovery.Correction] {
    guard case .list(let records) = EventJSON.value(bytes) else { return [] }
    return records.compactMap { value in
      guard case .object(let record) = value, let step = step(record), let from = record.integer("from"),
        let to = record.integer("to")
      else { return nil }
      return SupplierRecovery.Correction(
        step: step, from: Money(minor: from, currency: currency), to: Money(minor: to, currency: currency))
    }
  }

  private static func step(_ bytes: [UInt8]) -> SupplierRecovery.Step? { step(EventJSON.object(bytes)) }

  private static func step(_ record: [String: EventValue]) -> SupplierRecovery.Step? {
    guard let by = record.text("by"), let at = record.integer("at") else { return nil }
    return SupplierRecovery.Step(
      by: by, byID: record.text("byId").flatMap { UUID(canonical: $0) }, at: Timestamp(milliseconds: at),
      note: record.text("note"), entry: record.text("entry"))
  }
}
