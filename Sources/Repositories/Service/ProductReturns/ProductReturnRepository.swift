package import Domain
import FoundationEssentials
package import Postgres

/// Returns and exchanges: each scope sees its own, headquarters also those without a station.
package enum ProductReturnRepository: DocumentStore {
  package static func find(_ reference: Reference<ProductReturn>, in scope: Scope) -> Query<ProductReturn?> {
    Query.optional(selection(reference, scope), decode)
  }

  /// As `find`, and nobody else changes the return until the transaction ends.
  package static func lock(_ reference: Reference<ProductReturn>, in scope: Scope) -> Query<ProductReturn?> {
    Query.optional(selection(reference, scope) + " for update of p", decode)
  }

  package static func list(
    _ filter: ProductReturnFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<ProductReturn>> {
    var plan = ListPlan(
      columns: columns, from: "product_returns p", id: "p.id", sorts: sorts, window: window,
      conditions: [scope.condition(productReturn: "p")])
    if !filter.states.isEmpty { plan.filter("p.state = any (\(filter.states.map(\.rawValue)))") }
    if !filter.kinds.isEmpty { plan.filter("p.product_kind = any (\(filter.kinds.map(\.rawValue)))") }
    if let station = filter.stationID { plan.filter("p.station_id = \(station)") }
    if let order = filter.workOrderID { plan.filter("p.work_order_id = \(order)") }
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

  package static func save(_ after: ProductReturn, over before: ProductReturn?) -> [Query<Int>] {
    [before.map { update(after, expecting: $0.version) } ?? insert(after)]
  }

  private static func insert(_ document: ProductReturn) -> Query<Int> {
    let header = document.header
    return refusing(
      Query.execute(
        """
        insert into product_returns (id, number, station_id, state, channel, product_kind, product_description,
          part_number, serial_number, quantity, work_order_id, vehicle_id, fault, reason, \(RecordColumns.names))
        values (\(document.id), \(document.number), \(document.stationID), \(document.state.rawValue),
          \(header.channel.rawValue), \(header.product.kind.rawValue), \(header.product.description),
          \(header.product.partNumber), \(header.product.serialNumber), \(header.product.quantity),
          \(header.workOrderID), \(header.vehicleID), \(header.fault), \(header.reason),
          \(RecordColumns.values(header.externalIDs, document.version, document.stamp)))
        """))
  }

  /// Saves a changed return: one statement that checks and changes (C-16). 0 rows: another version.
  private static func update(_ document: ProductReturn, expecting version: Int) -> Query<Int> {
    let header = document.header
    let progress = document.progress
    return refusing(
      Query.execute(
        """
        update product_returns
        set state = \(document.state.rawValue), channel = \(header.channel.rawValue),
          product_kind = \(header.product.kind.rawValue), product_description = \(header.product.description),
          quantity = \(header.product.quantity), work_order_id = \(header.workOrderID),
          vehicle_id = \(header.vehicleID), part_number = \(header.product.partNumber),
          serial_number = \(header.product.serialNumber), fault = \(header.fault), reason = \(header.reason),
          shipment = \(progress.shipment.map(ProductReturnJSON.encode)),
          appraisal = \(progress.appraisal.map(ProductReturnJSON.encode)),
          repair = \(progress.repair.map(ProductReturnJSON.encode)),
          sent_back = \(progress.sentBack.map(ProductReturnJSON.encode)),
          scrapping = \(progress.scrapping.map(ProductReturnJSON.encode)),
          exchange = \(progress.exchange.map(ProductReturnJSON.encode)), exit_reason = \(progress.exitReason),
          \(RecordColumns.assignments(header.externalIDs, document.version, document.stamp))
        where id = \(document.id) and version = \(version)
        """))
  }

  private static func refusing(_ query: Query<Int>) -> Query<Int> {
    query.refusingTakenIdentity()
      .refusing("product_returns_station_id_fkey") {
        Refusal.invalid("#/stationId", .notFound, "there is no such station")
      }
      .refusing("product_returns_vehicle_id_fkey") {
        Refusal.invalid("#/vehicleId", .notFound, "there is no such vehicle")
      }
      .refusing("product_returns_work_order_id_fkey") {
        Refusal.invalid("#/workOrderId", .notFound, "there is no such order at this station")
      }
  }

  private static let columns: SQL = """
    p.id, p.number, p.station_id, p.state, p.channel, p.product_kind, p.product_description, p.part_number,
    p.serial_number, p.quantity, p.work_order_id, p.vehicle_id, p.fault, p.reason, p.shipment, p.appraisal, p.repair,
    p.sent_back, p.scrapping, p.exchange, p.exit_reason, p.external_ids, p.version, p.created_at,
    p.created_by, p.created_by_id, p.updated_at, p.updated_by, p.updated_by_id
    """

  private static func selection(_ reference: Reference<ProductReturn>, _ scope: Scope) -> SQL {
    let base: SQL =
      "select \(columns) from product_returns p where \(scope.condition(productReturn: "p")) and "
    return switch reference {
    case .id(let id): base + "p.id = \(id)"
    case .number(let number): base + "p.number = \(number)"
    }
  }

  @Sendable private static func decode(_ row: inout Row) throws -> ProductReturn {
    let id = try row.next(ProductReturn.ID.self)
    let number = try row.next(String.self)
    let station = try row.next(Station.ID?.self)
    let state = try row.next(as: ProductReturn.State.self)
    let channel = try row.next(as: ProductReturn.Channel.self)
    let product = ReturnedProduct(
      kind: try row.next(as: ProductReturn.ProductKind.self), description: try row.next(String.self),
      partNumber: try row.next(String?.self), serialNumber: try row.next(String?.self),
      quantity: try row.next(Int.self))
    let order = try row.next(WorkOrder.ID?.self)
    let vehicle = try row.next(Vehicle.ID?.self)
    let fault = try row.next(String.self)
    let reason = try row.next(String.self)
    var progress = ProductReturnProgress()
    progress.shipment = try row.next(JSONB?.self).flatMap { ProductReturnJSON.shipment($0.bytes) }
    progress.appraisal = try row.next(JSONB?.self).flatMap { ProductReturnJSON.appraisal($0.bytes) }
    progress.repair = try row.next(JSONB?.self).flatMap { ProductReturnJSON.repair($0.bytes) }
    progress.sentBack = try row.next(JSONB?.self).flatMap { ProductReturnJSON.shipment($0.bytes) }
    progress.scrapping = try row.next(JSONB?.self).flatMap { ProductReturnJSON.scrapping($0.bytes) }
    progress.exchange = try row.next(JSONB?.self).flatMap { ProductReturnJSON.exchange($0.bytes) }
    progress.exitReason = try row.next(String?.self)
    let tail = try row.nextRecordTail()
    return ProductReturn(
      id: id, number: number, stationID: station, state: state, version: tail.version, stamp: tail.stamp,
      header: ProductReturnHeader(
        channel: channel, product: product, workOrderID: order, vehicleID: vehicle, fault: fault, reason: reason,
        externalIDs: tail.externalIDs),
      progress: progress)
  }
}
