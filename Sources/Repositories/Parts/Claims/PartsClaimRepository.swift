package import Domain
import FoundationEssentials
package import Postgres

/// Parts claims: a station's, seen by headquarters.
package enum PartsClaimRepository: DocumentStore {
  package static func find(_ reference: Reference<PartsClaim>, in scope: Scope) -> Query<PartsClaim?> {
    Query.optional(selection(reference, scope), decode)
  }

  /// As `find`, and nobody else changes the claim until the transaction ends.
  package static func lock(_ reference: Reference<PartsClaim>, in scope: Scope) -> Query<PartsClaim?> {
    Query.optional(selection(reference, scope) + " for update of c", decode)
  }

  package static func list(_ filter: PartsClaimFilter, _ page: PageRequest, in scope: Scope) -> Query<Page<PartsClaim>>
  {
    var plan = ListPlan(
      columns: columns, from: "parts_claims c", id: "c.id", sorts: sorts, window: window,
      conditions: [scope.condition(on: "c.station_id")])
    if !filter.states.isEmpty { plan.filter("c.state = any (\(filter.states.map(\.rawValue)))") }
    if !filter.kinds.isEmpty { plan.filter("c.kind = any (\(filter.kinds.map(\.rawValue)))") }
    if let station = filter.stationID { plan.filter("c.station_id = \(station)") }
    if let order = filter.orderID { plan.filter("c.order_id = \(order)") }
    if let shipment = filter.shipmentID { plan.filter("c.shipment_id = \(shipment)") }
    if let from = filter.createdFrom { plan.filter("c.created_at >= \(from)") }
    if let before = filter.createdBefore { plan.filter("c.created_at < \(before)") }
    if let number = filter.number { plan.filter("c.number = \(number)") }
    return plan.query(page, decode: decode)
  }

  package static let window = ListPlan.WindowColumns(updated: "c.updated_at")

  /// The fields that a list may be ordered by.
  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("c.created_at", type: "timestamptz"),
    "number": .init("c.number", type: "text"),
    "updatedAt": .init("c.updated_at", type: "timestamptz"),
  ]

  /// How many claims of the order somebody still waits for, but this one.
  package static func pending(of order: PartsOrder.ID, besides claim: PartsClaim.ID?) -> Query<Int> {
    Query.one(
      """
      select count(*)::int
      from parts_claims c
      where c.order_id = \(order) and c.id is distinct from \(claim)
        and c.state <> all (\(PartsClaimLifecycle.ended.map(\.rawValue).sorted()))
      """
    ) { try $0.next(Int.self) }
  }

  /// Those claims, as what is in the way.
  package static func undecided(of order: PartsOrder.ID) -> Query<[ConflictingDocument]> {
    Query.list(
      """
      select c.id, c.number, c.state
      from parts_claims c
      where c.order_id = \(order) and c.state <> all (\(PartsClaimLifecycle.ended.map(\.rawValue).sorted()))
      order by c.number
      limit 20
      """
    ) { row in
      let id = try row.next(PartsClaim.ID.self)
      let number = try row.next(String.self)
      return ConflictingDocument(.partsClaim, id.uuid, number, state: try row.next(String.self))
    }
  }

  /// How many pieces are claimed for, by shipment, line and kind; not those of a claim that was withdrawn.
  package static func claimed(of order: PartsOrder.ID) -> Query<[PartsClaimTally]> {
    Query.list(
      """
      select c.shipment_id, c.line, c.kind, sum(c.quantity)::int
      from parts_claims c
      where c.order_id = \(order) and c.state <> 'withdrawn'
      group by c.shipment_id, c.line, c.kind
      """
    ) { row in
      PartsClaimTally(
        shipmentID: try row.next(Shipment.ID.self), line: try row.next(Int.self),
        kind: try row.next(as: PartsClaim.Kind.self), quantity: try row.next(Int.self))
    }
  }

  package static func save(_ after: PartsClaim, over before: PartsClaim?) -> [Query<Int>] {
    [before.map { update(after, expecting: $0.version) } ?? insert(after)]
  }

  private static func insert(_ claim: PartsClaim) -> Query<Int> {
    let (subject, header) = (claim.subject, claim.header)
    return Query.execute(
      """
      insert into parts_claims (id, number, station_id, state, kind, order_id, order_number, shipment_id, line, part_number, unit_price,
        currency, received_at, claim_before, quantity, description, \(RecordColumns.names))
      values (\(claim.id), \(claim.number), \(claim.stationID), \(claim.state.rawValue), \(subject.kind.rawValue),
        \(subject.orderID), \(subject.orderNumber), \(subject.shipmentID), \(subject.line), \(subject.partNumber),
        \(subject.unitPrice.minorUnits), \(subject.unitPrice.currency.rawValue), \(subject.receivedAt),
        \(subject.claimBefore), \(header.quantity), \(header.description),
        \(RecordColumns.values(header.externalIDs, claim.version, claim.stamp)))
      """)
  }

  private static func update(_ claim: PartsClaim, expecting version: Int) -> Query<Int> {
    let (header, progress) = (claim.header, claim.progress)
    return Query.execute(
      """
      update parts_claims
      set state = \(claim.state.rawValue), quantity = \(header.quantity), description = \(header.description),
        submitted_at = \(progress.submittedAt), submitted_by_id = \(progress.submittedByID),
        decision = \(progress.decision.map(PartsJSON.encode)), settled_at = \(progress.settledAt),
        recovery = \(progress.recovery.map(PartsJSON.encode)), closed_at = \(progress.closedAt),
        \(RecordColumns.assignments(header.externalIDs, claim.version, claim.stamp))
      where id = \(claim.id) and version = \(version)
      """)
  }

  private static let columns: SQL = """
    c.id, c.number, c.station_id, c.state, c.kind, c.order_id, c.order_number, c.shipment_id, c.line, c.part_number,
    c.unit_price, c.currency, c.received_at, c.claim_before, c.quantity, c.description, c.submitted_at, c.submitted_by_id,
    c.decision, c.settled_at, c.recovery, c.closed_at, \(RecordColumns.selected(from: "c"))
    """

  private static func selection(_ reference: Reference<PartsClaim>, _ scope: Scope) -> SQL {
    let named: SQL =
      switch reference {
      case .id(let id): "c.id = \(id)"
      case .number(let number): "c.number = \(number)"
      }
    return "select \(columns) from parts_claims c where " + named + " and " + scope.condition(on: "c.station_id")
  }

  @Sendable private static func decode(_ row: inout Row) throws -> PartsClaim {
    let id = try row.next(PartsClaim.ID.self)
    let number = try row.next(String.self)
    let station = try row.next(Station.ID.self)
    let state = try row.next(as: PartsClaim.State.self)
    let kind = try row.next(as: PartsClaim.Kind.self)
    let order = try row.next(PartsOrder.ID.self)
    let orderNumber = try row.next(String.self)
    let shipment = try row.next(Shipment.ID.self)
    let line = try row.next(Int.self)
    let part = try row.next(String.self)
    let price = try row.next(MinorUnits.self)
    let currency = try row.next(as: Currency.self)
    let receivedAt = try row.next(Timestamp.self)
    let claimBefore = try row.next(Timestamp?.self)
    let quantity = try row.next(Int.self)
    let description = try row.next(String.self)
    var progress = PartsClaimProgress()
    progress.submittedAt = try row.next(Timestamp?.self)
    progress.submittedByID = try row.next(UUID?.self)
    progress.decision = try row.next(JSONB?.self).flatMap { PartsJSON.decision($0.bytes) }
    progress.settledAt = try row.next(Timestamp?.self)
    progress.recovery = try row.next(JSONB?.self).flatMap { PartsJSON.recovery($0.bytes) }
    progress.closedAt = try row.next(Timestamp?.self)
    let tail = try row.nextRecordTail()
    return PartsClaim(
      id: id, number: number, stationID: station,
      subject: PartsClaimSubject(
        kind: kind, orderID: order, orderNumber: orderNumber, shipmentID: shipment, line: line, partNumber: part,
        unitPrice: Money(minor: price.value, currency: currency), receivedAt: receivedAt, claimBefore: claimBefore),
      state: state, version: tail.version, stamp: tail.stamp,
      header: PartsClaimHeader(quantity: quantity, description: description, externalIDs: tail.externalIDs),
      progress: progress)
  }
}

package struct PartsClaimTally: Sendable {
  package let shipmentID: Shipment.ID
  package let line: Int
  package let kind: PartsClaim.Kind
  package let quantity: Int
}
