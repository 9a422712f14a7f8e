package import Domain
package import FoundationEssentials
package import Postgres

/// Parts orders: a station's, seen by headquarters.
package enum PartsOrderRepository: DocumentStore {
  package static func find(_ reference: Reference<PartsOrder>, in scope: Scope) -> Query<PartsOrder?> {
    Query.optional("select \(columns), \(aggregatedLines) " + source(reference, scope), decode)
  }

  /// As `find`, and nobody else changes the order until the transaction ends. Its lines are read behind the lock (`whole`): a
  /// statement that waited for it sees them as they were before.
  package static func lock(_ reference: Reference<PartsOrder>, in scope: Scope) -> Query<PartsOrder?> {
    Query.optional("select \(columns), '[]'::jsonb " + source(reference, scope) + " for update of p", decode)
  }

  package static func whole(
    _ header: Query<PartsOrder?>, _ reference: Reference<PartsOrder>, in scope: Scope, through door: some QueryDoor
  ) async throws -> PartsOrder? {
    let (found, lines) = try await door.run(header, lines(of: reference, in: scope))
    guard var order = found else { return nil }
    order.lines = lines
    return order
  }

  package static func list(
    _ filter: PartsOrderFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<PartsOrder>> {
    var plan = ListPlan(
      columns: columns + ", " + aggregatedLines, from: "parts_orders p", id: "p.id", sorts: sorts, window: window,
      conditions: [scope.condition(on: "p.station_id")])
    if !filter.states.isEmpty { plan.filter("p.state = any (\(filter.states.map(\.rawValue)))") }
    if !filter.kinds.isEmpty { plan.filter("p.kind = any (\(filter.kinds.map(\.rawValue)))") }
    if let station = filter.stationID { plan.filter("p.station_id = \(station)") }
    if let order = filter.workOrderID { plan.filter("p.work_order_id = \(order)") }
    if let vehicle = filter.vehicleID { plan.filter("p.vehicle_id = \(vehicle)") }
    if let part = filter.partNumber {
      plan.filter("exists (select from parts_order_lines l where l.order_id = p.id and l.part_number = \(part))")
    }
    if let from = filter.createdFrom { plan.filter("p.created_at >= \(from)") }
    if let before = filter.createdBefore { plan.filter("p.created_at < \(before)") }
    if let number = filter.number { plan.filter("p.number = \(number)") }
    return plan.query(page, decode: decode)
  }

  package static let window = ListPlan.WindowColumns(updated: "p.updated_at")

  /// The fields that a list may be ordered by.
  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("p.created_at", type: "timestamptz"),
    "number": .init("p.number", type: "text"),
    "updatedAt": .init("p.updated_at", type: "timestamptz"),
  ]

  package static let windowOfAsked = ListPlan.WindowColumns(
    number: "p.number", created: "p.created_at", updated: "p.updated_at")

  /// Transfers that ask for the stock of the stations of a scope, which lie beyond it themselves: read with the sight of the
  /// network.
  package static func asked(
    of scope: Scope, _ states: [PartsOrder.State], _ page: PageRequest
  ) -> Query<Page<PartsOrder>> {
    var plan = ListPlan(
      columns: columns + ", " + aggregatedLines, from: "parts_orders p", id: "p.id", sorts: sorts,
      window: windowOfAsked,
      conditions: [scope.condition(on: "p.source_station_id"), "p.kind = 'transfer'"])
    plan.filter("p.source_station_id is not null")
    plan.filter("p.state = any (\(states.map(\.rawValue).sorted()))")
    return plan.query(page, decode: decode)
  }

  // MARK: What other families ask

  /// Orders of a work order that have not ended, the oldest first.
  package static func open(of order: WorkOrder.ID, in scope: Scope) -> Query<[PartsOrder]> {
    Query.list(
      """
      select \(columns), \(aggregatedLines)
      from parts_orders p
      where p.work_order_id = \(order) and \(scope.condition(on: "p.station_id"))
        and p.state <> all (\(PartsOrderLifecycle.ended.map(\.rawValue).sorted()))
      order by p.created_at, p.id
      """, decode)
  }

  /// What the station's open orders, but this one, still come to: shipped to it, they would be owed (SET-03, PO-10).
  package static func committed(
    at station: Station.ID, besides order: PartsOrder.ID, in currency: Currency
  ) -> Query<Money> {
    Query.one(
      """
      select least(coalesce(sum(
          (l.open_quantity + l.backordered_quantity) * l.unit_price * (100 + p.surcharge_percent)), 0),
        \(Int64.max))::bigint
      from parts_orders p join parts_order_lines l on l.order_id = p.id
      where p.station_id = \(station) and p.id <> \(order) and p.currency = \(currency.rawValue)
        and p.state = any (\(PartsOrderLifecycle.commits.map(\.rawValue).sorted()))
      """
    ) { Money(minor: try $0.next(Int64.self), currency: currency) }
  }

  /// Orders for the shelf that have pieces of the parts set aside at the place, with the parts, the newest first: what a vehicle off
  /// the road may take (PO-09). Locked, in an order that is the same for everybody who takes.
  package static func holding(
    _ parts: [Part.ID], at location: StockLocation.ID
  ) -> Query<[(order: PartsOrder.ID, part: Part.ID)]> {
    Query.list(
      """
      select p.id, l.part_id
      from parts_orders p
        join lateral (
          select distinct l.part_id from parts_order_lines l
          where l.order_id = p.id and l.part_id = any (\(parts)) and l.allocated_quantity > 0
        ) l on true
      where p.kind = 'stock' and p.location_id = \(location) and p.state = any ('{confirmed,partiallyShipped,partiallyReceived}')
      order by p.confirmed_at desc, p.id desc, l.part_id
      for update of p
      """
    ) { row in (order: try row.next(PartsOrder.ID.self), part: try row.next(Part.ID.self)) }
  }

  /// Parts of the catalogue by their numbers; unknown ones are left out.
  package static func parts(numbered numbers: [String]) -> Query<[CataloguePart]> {
    Query.list("select p.id, p.number, p.name from parts p where p.number = any (\(numbers))") { row in
      CataloguePart(id: try row.next(Part.ID.self), number: try row.next(String.self), name: try row.next(String.self))
    }
  }

  /// Where orders are supplied from unless somebody says otherwise: the first central warehouse.
  package static let centralWarehouse = Query.optional(
    """
    select o.id from stock_locations o
    where o.kind = 'central' and not o.closed
    order by o.created_at, o.id
    limit 1
    """
  ) { try $0.next(StockLocation.ID.self) }

  /// How people call a supplier; `nil`: there is none.
  package static func supplierCode(of supplier: UUID) -> Query<String?> {
    Query.optional("select s.code from suppliers s where s.id = \(supplier)") { try $0.next(String.self) }
  }

  // MARK: Writing

  package static func save(_ after: PartsOrder, over before: PartsOrder?) -> [Query<Int>] {
    guard let before else { return [insert(after)] + after.lines.map { insert($0, of: after) } }
    var statements = [update(after, expecting: before.version)]
    for line in before.lines where after.line(line.number) == nil || isReplaced(line, in: after) {
      statements.append(delete(line, of: after))
    }
    for line in after.lines {
      guard let former = before.line(line.number), !isReplaced(former, in: after) else {
        statements.append(insert(line, of: after))
        continue
      }
      if former != line { statements.append(update(line, of: after)) }
    }
    return statements
  }

  /// Another part on the line of a draft is another line.
  private static func isReplaced(_ line: PartsOrderLine, in order: PartsOrder) -> Bool {
    order.line(line.number)?.partID != line.partID
  }

  private static func insert(_ order: PartsOrder) -> Query<Int> {
    let (header, progress) = (order.header, order.progress)
    return refusing(
      Query.execute(
        """
        insert into parts_orders (id, number, station_id, state, kind, currency, work_order_id, vehicle_id,
          source_station_id, letter_of_intent, letter_of_intent_on, required_on, remark, author_ids, downtime_since,
          \(RecordColumns.names))
        values (\(order.id), \(order.number), \(order.stationID), \(order.state.rawValue), \(header.kind.rawValue),
          \(order.currency.rawValue), \(header.workOrderID), \(header.vehicleID), \(header.sourceStationID),
          \(header.letterOfIntent?.number), \(header.letterOfIntent?.signedDate), \(header.requiredDate),
          \(header.remark), \(progress.authors), \(progress.downtimeSince),
          \(RecordColumns.values(header.externalIDs, order.version, order.stamp)))
        """))
  }

  /// Saves a changed order: one statement that checks and changes (C-16). 0 rows: another version.
  private static func update(_ order: PartsOrder, expecting version: Int) -> Query<Int> {
    let (header, progress) = (order.header, order.progress)
    return refusing(
      Query.execute(
        """
        update parts_orders
        set state = \(order.state.rawValue), kind = \(header.kind.rawValue), work_order_id = \(header.workOrderID),
          vehicle_id = \(header.vehicleID), source_station_id = \(header.sourceStationID),
          letter_of_intent = \(header.letterOfIntent?.number),
          letter_of_intent_on = \(header.letterOfIntent?.signedDate), required_on = \(header.requiredDate),
          remark = \(header.remark), author_ids = \(progress.authors), signed_by = \(progress.signature?.by),
          signed_by_id = \(progress.signature?.byID), signed_at = \(progress.signature?.at),
          signed_amount = \(progress.signature?.amount.minorUnits), order_date = \(progress.orderDate),
          policy_version = \(progress.policyVersion), surcharge_percent = \(progress.surchargePercent),
          submitted_at = \(progress.submittedAt), credit = \(progress.credit.map(PartsJSON.encode)),
          hold = \(progress.hold.map(PartsJSON.encode)), release = \(progress.release.map(PartsJSON.encode)),
          location_id = \(progress.locationID), confirmed_at = \(progress.confirmedAt),
          supply_due_at = \(progress.supplyDueAt), shipped_at = \(progress.shippedAt),
          received_at = \(progress.receivedAt), downtime_since = \(progress.downtimeSince),
          closed_at = \(progress.closedAt), exit_reason = \(progress.exitReason),
          \(RecordColumns.assignments(header.externalIDs, order.version, order.stamp))
        where id = \(order.id) and version = \(version)
        """))
  }

  private static func insert(_ line: PartsOrderLine, of order: PartsOrder) -> Query<Int> {
    Query.execute(
      """
      insert into parts_order_lines (order_id, number, station_id, part_id, part_number, description, quantity,
        unit_price, replaces, open_quantity, backordered_quantity)
      values (\(order.id), \(line.number), \(order.stationID), \(line.partID), \(line.partNumber), \(line.description),
        \(line.quantity), \(line.unitPrice?.minorUnits), \(line.replaces), \(line.open), \(line.backordered))
      """)
  }

  private static func update(_ line: PartsOrderLine, of order: PartsOrder) -> Query<Int> {
    Query.execute(
      """
      update parts_order_lines
      set quantity = \(line.quantity), unit_price = \(line.unitPrice?.minorUnits), open_quantity = \(line.open),
        allocated_quantity = \(line.allocated), backordered_quantity = \(line.backordered),
        shipped_quantity = \(line.shipped), cancelled_quantity = \(line.cancelled),
        in_transit_quantity = \(line.inTransit), received_quantity = \(line.received), short_quantity = \(line.short),
        rejected_quantity = \(line.rejected), claimed_short = \(line.claimedShort),
        claimed_received = \(line.claimedReceived), filled_quantity = \(line.filled),
        expected_on = \(line.expectedDate), shipped_at = \(line.shippedAt)
      where order_id = \(order.id) and number = \(line.number)
      """)
  }

  private static func delete(_ line: PartsOrderLine, of order: PartsOrder) -> Query<Int> {
    Query.execute("delete from parts_order_lines where order_id = \(order.id) and number = \(line.number)")
  }

  private static func refusing(_ query: Query<Int>) -> Query<Int> {
    query.refusingTakenIdentity()
      .refusing("parts_orders_work_order_id_fkey") {
        Refusal.invalid("#/workOrderId", .notFound, "there is no such order at this station")
      }
      .refusing("parts_orders_vehicle_id_fkey") {
        Refusal.invalid("#/vehicleId", .notFound, "there is no such vehicle")
      }
      .refusing("parts_orders_source_station_id_fkey") {
        Refusal.invalid("#/sourceStationId", .notFound, "there is no such station")
      }
      .refusing("parts_orders_elsewhere_check") {
        Refusal.invalid("#/sourceStationId", .inconsistent, "must be another station")
      }
  }

  // MARK: Reading

  private static let columns: SQL = """
    p.id, p.number, p.station_id, p.state, p.kind, p.currency, p.work_order_id, p.vehicle_id, p.source_station_id,
    p.letter_of_intent, p.letter_of_intent_on, p.required_on, p.remark, p.author_ids, p.signed_by, p.signed_by_id,
    p.signed_at, p.signed_amount, p.order_date, p.policy_version, p.surcharge_percent, p.submitted_at, p.credit, p.hold,
    p.release, p.location_id, p.confirmed_at, p.supply_due_at, p.shipped_at, p.received_at, p.downtime_since, p.closed_at,
    p.exit_reason, \(RecordColumns.selected(from: "p"))
    """

  private static let lineObject: SQL = """
    jsonb_build_object('number', l.number, 'partId', l.part_id, 'partNumber', l.part_number, 'description', l.description,
      'quantity', l.quantity, 'unitPrice', (l.unit_price * 100)::bigint, 'replaces', l.replaces, 'open', l.open_quantity,
      'allocated', l.allocated_quantity, 'backordered', l.backordered_quantity, 'shipped', l.shipped_quantity,
      'cancelled', l.cancelled_quantity, 'inTransit', l.in_transit_quantity, 'received', l.received_quantity,
      'short', l.short_quantity, 'rejected', l.rejected_quantity, 'claimedShort', l.claimed_short,
      'claimedReceived', l.claimed_received, 'filled', l.filled_quantity, 'expectedDate', l.expected_on::text,
      'shippedAt', (extract(epoch from l.shipped_at) * 1000)::bigint)
    """

  private static let aggregatedLines: SQL = """
    (select coalesce(jsonb_agg(\(lineObject) order by l.number), '[]'::jsonb)
      from parts_order_lines l where l.order_id = p.id)
    """

  private static func source(_ reference: Reference<PartsOrder>, _ scope: Scope) -> SQL {
    "from parts_orders p where " + named(reference) + " and " + scope.condition(on: "p.station_id")
  }

  private static func named(_ reference: Reference<PartsOrder>) -> SQL {
    switch reference {
    case .id(let id): "p.id = \(id)"
    case .number(let number): "p.number = \(number)"
    }
  }

  private static func lines(of reference: Reference<PartsOrder>, in scope: Scope) -> Query<[PartsOrderLine]> {
    Query.list(
      "select p.currency, \(lineObject) from parts_orders p join parts_order_lines l on l.order_id = p.id where "
        + named(reference) + " and " + scope.condition(on: "p.station_id") + " order by l.number"
    ) { row in
      let currency = try row.next(as: Currency.self)
      return try PartsJSON.line(EventJSON.value(try row.next(JSONB.self).bytes), currency)
    }
  }

  @Sendable private static func decode(_ row: inout Row) throws -> PartsOrder {
    let id = try row.next(PartsOrder.ID.self)
    let number = try row.next(String.self)
    let station = try row.next(Station.ID.self)
    let state = try row.next(as: PartsOrder.State.self)
    let kind = try row.next(as: PartsOrder.Kind.self)
    let currency = try row.next(as: Currency.self)
    var header = PartsOrderHeader(kind: kind)
    header.workOrderID = try row.next(WorkOrder.ID?.self)
    header.vehicleID = try row.next(Vehicle.ID?.self)
    header.sourceStationID = try row.next(Station.ID?.self)
    let letter = try row.next(String?.self)
    let letterDate = try row.next(CalendarDate?.self)
    if let letter, let letterDate { header.letterOfIntent = LetterOfIntent(number: letter, signedDate: letterDate) }
    header.requiredDate = try row.next(CalendarDate?.self)
    header.remark = try row.next(String?.self)
    var progress = PartsOrderProgress()
    progress.authors = try row.next([UUID].self)
    let signer = try row.next(String?.self)
    let signerID = try row.next(UUID?.self)
    let signedAt = try row.next(Timestamp?.self)
    let signedAmount = try row.next(MinorUnits?.self)
    if let signer, let signedAt, let signedAmount {
      progress.signature = PartsOrderProgress.Signature(
        by: signer, byID: signerID, at: signedAt, amount: Money(minor: signedAmount.value, currency: currency))
    }
    progress.orderDate = try row.next(CalendarDate?.self)
    progress.policyVersion = try row.next(String?.self)
    progress.surchargePercent = try row.next(Int.self)
    progress.submittedAt = try row.next(Timestamp?.self)
    progress.credit = try row.next(JSONB?.self).flatMap { PartsJSON.credit($0.bytes) }
    progress.hold = try row.next(JSONB?.self).flatMap { PartsJSON.ruling($0.bytes) }
    progress.release = try row.next(JSONB?.self).flatMap { PartsJSON.ruling($0.bytes) }
    progress.locationID = try row.next(StockLocation.ID?.self)
    progress.confirmedAt = try row.next(Timestamp?.self)
    progress.supplyDueAt = try row.next(Timestamp?.self)
    progress.shippedAt = try row.next(Timestamp?.self)
    progress.receivedAt = try row.next(Timestamp?.self)
    progress.downtimeSince = try row.next(Timestamp?.self)
    progress.closedAt = try row.next(Timestamp?.self)
    progress.exitReason = try row.next(String?.self)
    let tail = try row.nextRecordTail()
    header.externalIDs = tail.externalIDs
    let lines = try PartsJSON.lines(try row.next(JSONB.self).bytes, currency)
    return PartsOrder(
      id: id, number: number, stationID: station, currency: currency, state: state, version: tail.version,
      stamp: tail.stamp, header: header, lines: lines, progress: progress)
  }
}

/// What an order copies of a part.
package struct CataloguePart: Sendable {
  package let id: Part.ID
  package let number: String
  package let name: String
}
