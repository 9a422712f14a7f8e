package import Domain
import FoundationEssentials
package import Postgres

/// Shipments: stations see what comes to them, a carrier what it was given, headquarters all.
package enum ShipmentRepository: DocumentStore {
  package static func find(_ reference: Reference<Shipment>, in scope: Scope) -> Query<Shipment?> {
    Query.optional("select \(columns), \(aggregatedLines) " + source(reference, scope), decode)
  }

  /// As `find`, and nobody else changes the shipment until the transaction ends; its lines are read behind the lock (`whole`).
  package static func lock(_ reference: Reference<Shipment>, in scope: Scope) -> Query<Shipment?> {
    Query.optional("select \(columns), '[]'::jsonb " + source(reference, scope) + " for update of s", decode)
  }

  package static func whole(
    _ header: Query<Shipment?>, _ reference: Reference<Shipment>, in scope: Scope, through door: some QueryDoor
  ) async throws -> Shipment? {
    let lines = Query.optional("select \(aggregatedLines) " + source(reference, scope)) { row in
      try PartsJSON.shipmentLines(try row.next(JSONB.self).bytes)
    }
    let (found, read) = try await door.run(header, lines)
    guard var shipment = found else { return nil }
    shipment.lines = read ?? []
    return shipment
  }

  package static func list(_ filter: ShipmentFilter, _ page: PageRequest, in scope: Scope) -> Query<Page<Shipment>> {
    var plan = ListPlan(
      columns: columns + ", " + aggregatedLines, from: "shipments s",
      id: "s.id", sorts: sorts, window: window, conditions: [visible(to: scope)])
    if !filter.states.isEmpty { plan.filter("s.state = any (\(filter.states.map(\.rawValue)))") }
    if let station = filter.stationID { plan.filter("s.station_id = \(station)") }
    if let order = filter.orderID { plan.filter("s.order_id = \(order)") }
    if let carrier = filter.carrierID { plan.filter("s.carrier_id = \(carrier)") }
    if let tracking = filter.trackingNumber { plan.filter("s.tracking_number = \(tracking)") }
    if let from = filter.createdFrom { plan.filter("s.created_at >= \(from)") }
    if let before = filter.createdBefore { plan.filter("s.created_at < \(before)") }
    if let number = filter.number { plan.filter("s.number = \(number)") }
    return plan.query(page, decode: decode)
  }

  package static let window = ListPlan.WindowColumns(updated: "s.updated_at")

  /// The fields that a list may be ordered by.
  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("s.created_at", type: "timestamptz"),
    "number": .init("s.number", type: "text"),
    "updatedAt": .init("s.updated_at", type: "timestamptz"),
  ]

  package static func save(_ after: Shipment, over before: Shipment?) -> [Query<Int>] {
    guard let before else { return [insert(after)] + after.lines.map { insert($0, of: after) } }
    var statements = [update(after, expecting: before.version)]
    for line in after.lines where !before.lines.contains(line) { statements.append(update(line, of: after)) }
    return statements
  }

  /// The shipments of an order, locked with their lines, the oldest first.
  package static func lockAll(of order: PartsOrder.ID) -> Query<[Shipment.ID]> {
    Query.list("select s.id from shipments s where s.order_id = \(order) order by s.created_at, s.id for update of s") {
      try $0.next(Shipment.ID.self)
    }
  }

  private static func insert(_ shipment: Shipment) -> Query<Int> {
    let header = shipment.header
    return refusing(
      Query.execute(
        """
        insert into shipments (id, number, station_id, order_id, order_number, state, location_id, carrier_id, tracking_number, packages,
          expected_at, note, \(RecordColumns.names))
        values (\(shipment.id), \(shipment.number), \(shipment.stationID), \(shipment.orderID),
          \(shipment.orderNumber), \(shipment.state.rawValue), \(header.locationID), \(header.carrierID), \(header.trackingNumber),
          \(PartsJSON.encode(header.packages)), \(header.expectedAt), \(header.note),
          \(RecordColumns.values(header.externalIDs, shipment.version, shipment.stamp)))
        """))
  }

  private static func update(_ shipment: Shipment, expecting version: Int) -> Query<Int> {
    let (header, progress) = (shipment.header, shipment.progress)
    return refusing(
      Query.execute(
        """
        update shipments
        set state = \(shipment.state.rawValue), carrier_id = \(header.carrierID),
          tracking_number = \(header.trackingNumber), packages = \(PartsJSON.encode(header.packages)),
          expected_at = \(header.expectedAt), note = \(header.note), tracking = \(PartsJSON.encode(progress.tracking)),
          dispatched_at = \(progress.dispatchedAt), delivered_at = \(progress.deliveredAt),
          delivered_to = \(progress.deliveredTo), received_at = \(progress.receivedAt),
          \(RecordColumns.assignments(header.externalIDs, shipment.version, shipment.stamp))
        where id = \(shipment.id) and version = \(version)
        """))
  }

  private static func insert(_ line: ShipmentLine, of shipment: Shipment) -> Query<Int> {
    Query.execute(
      """
      insert into shipment_lines (shipment_id, station_id, order_id, line, part_number, description, quantity, updated_at)
      values (\(shipment.id), \(shipment.stationID), \(shipment.orderID), \(line.line), \(line.partNumber),
        \(line.description), \(line.quantity), \(shipment.stamp.updatedAt))
      """)
  }

  private static func update(_ line: ShipmentLine, of shipment: Shipment) -> Query<Int> {
    Query.execute(
      """
      update shipment_lines
      set received_quantity = \(line.received), short_quantity = \(line.short), damaged_quantity = \(line.damaged),
        wrong_quantity = \(line.wrong), defective_quantity = \(line.defective), updated_at = \(shipment.stamp.updatedAt)
      where shipment_id = \(shipment.id) and line = \(line.line)
      """)
  }

  private static func refusing(_ query: Query<Int>) -> Query<Int> {
    query.refusing("shipments_carrier_id_fkey") {
      Refusal.invalid("#/carrierId", .notFound, "there is no such carrier")
    }
  }

  /// A carrier's part of the network is itself.
  private static func visible(to scope: Scope) -> SQL {
    if case .supplier(let party) = scope.part { return "s.carrier_id = \(party)" }
    return scope.condition(on: "s.station_id")
  }

  private static func source(_ reference: Reference<Shipment>, _ scope: Scope) -> SQL {
    let named: SQL =
      switch reference {
      case .id(let id): "s.id = \(id)"
      case .number(let number): "s.number = \(number)"
      }
    return "from shipments s where " + named + " and " + visible(to: scope)
  }

  private static let columns: SQL = """
    s.id, s.number, s.station_id, s.order_id, s.order_number, s.state, s.location_id, s.carrier_id, s.tracking_number,
    s.packages, s.expected_at, s.note, s.tracking, s.dispatched_at, s.delivered_at, s.delivered_to, s.received_at,
    \(RecordColumns.selected(from: "s"))
    """

  private static let aggregatedLines: SQL = """
    (select coalesce(
        jsonb_agg(
          jsonb_build_object('line', l.line, 'partNumber', l.part_number, 'description', l.description,
            'quantity', l.quantity, 'received', l.received_quantity, 'short', l.short_quantity,
            'damaged', l.damaged_quantity, 'wrong', l.wrong_quantity, 'defective', l.defective_quantity) order by l.line), '[]'::jsonb)
      from shipment_lines l where l.shipment_id = s.id)
    """

  @Sendable private static func decode(_ row: inout Row) throws -> Shipment {
    let id = try row.next(Shipment.ID.self)
    let number = try row.next(String.self)
    let station = try row.next(Station.ID.self)
    let order = try row.next(PartsOrder.ID.self)
    let orderNumber = try row.next(String.self)
    let state = try row.next(as: Shipment.State.self)
    let location = try row.next(StockLocation.ID.self)
    let carrier = try row.next(Carrier.ID?.self)
    let trackingNumber = try row.next(String?.self)
    let packages = PartsJSON.packages(try row.next(JSONB.self).bytes)
    let expectedAt = try row.next(Timestamp?.self)
    let note = try row.next(String?.self)
    var progress = ShipmentProgress()
    progress.tracking = PartsJSON.tracking(try row.next(JSONB.self).bytes)
    progress.dispatchedAt = try row.next(Timestamp?.self)
    progress.deliveredAt = try row.next(Timestamp?.self)
    progress.deliveredTo = try row.next(String?.self)
    progress.receivedAt = try row.next(Timestamp?.self)
    let tail = try row.nextRecordTail()
    let lines = try PartsJSON.shipmentLines(try row.next(JSONB.self).bytes)
    return Shipment(
      id: id, number: number, stationID: station, orderID: order, orderNumber: orderNumber, state: state,
      version: tail.version, stamp: tail.stamp,
      header: ShipmentHeader(
        locationID: location, carrierID: carrier, trackingNumber: trackingNumber, packages: packages,
        expectedAt: expectedAt, note: note, externalIDs: tail.externalIDs), lines: lines, progress: progress)
  }
}
