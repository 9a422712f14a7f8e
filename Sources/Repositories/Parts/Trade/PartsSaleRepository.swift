package import Domain
import FoundationEssentials
package import Postgres

/// Counter sales: made once, never changed but taken back once (PRT-08).
package enum PartsSaleRepository: DocumentStore {
  package typealias Document = PartsSale
  package typealias Filter = PartsSaleFilter

  package static let window = ListPlan.WindowColumns(number: "s.number")

  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("s.created_at", type: "timestamptz"),
    "number": .init("s.number", type: "text"),
  ]

  package static func find(_ reference: Reference<PartsSale>, in scope: Scope) -> Query<PartsSale?> {
    let base: SQL = "select \(columns) from \(source) where \(scope.condition(on: "s.station_id")) and "
    let statement: SQL =
      switch reference {
      case .id(let id): base + "s.id = \(id)"
      case .number(let number): base + "s.number = \(number)"
      }
    return Query.optional(statement, decode)
  }

  /// No sale changes but by a reversal, which its primary key lets in once: there is nothing to lock.
  package static func lock(_ reference: Reference<PartsSale>, in scope: Scope) -> Query<PartsSale?> {
    find(reference, in: scope)
  }

  package static func list(_ filter: PartsSaleFilter, _ page: PageRequest, in scope: Scope) -> Query<Page<PartsSale>> {
    var plan = ListPlan(
      columns: columns, from: source, id: "s.id", sorts: sorts, window: window,
      conditions: [scope.condition(on: "s.station_id")])
    if let station = filter.stationID { plan.filter("s.station_id = \(station)") }
    if let customer = filter.customerID { plan.filter("s.customer_id = \(customer)") }
    if let aboveList = filter.aboveList { plan.filter("s.above_list = \(aboveList)") }
    if let from = filter.createdFrom { plan.filter("s.created_at >= \(from)") }
    if let before = filter.createdBefore { plan.filter("s.created_at < \(before)") }
    return plan.query(page, decode: decode)
  }

  package static func save(_ after: PartsSale, over before: PartsSale?) -> [Query<Int>] {
    if before != nil { return after.reversal.map { [insert($0, of: after)] } ?? [] }
    let lines = after.lines.map { line in
      EventValue.object([
        "partId": .text(line.partID.description), "partNumber": .text(line.partNumber),
        "quantity": .integer(Int64(line.quantity)), "unitPrice": .integer(line.unitPrice.minor),
        "listPrice": line.listPrice.map { .integer($0.minor) } ?? .null,
      ])
    }
    return [
      Query.execute(
        """
        insert into parts_sales (id, number, station_id, location_id, customer_id, lines, total, currency, above_list,
          created_at, created_by, created_by_id)
        values (\(after.id), \(after.number), \(after.stationID), \(after.locationID), \(after.customerID),
          \(EventJSON.encode(.list(lines))), \(after.total.minorUnits), \(after.total.currency.rawValue),
          \(after.isAboveList), \(after.createdAt), \(after.createdBy.name), \(after.createdBy.id))
        """
      )
      .refusing("parts_sales_customer_id_fkey") {
        Refusal.invalid("#/customerId", .notFound, "there is no such customer at this station")
      }
      .refusing("parts_sales_customer_erased") {
        Refusal.invalid("#/customerId", .notFound, "there is no such customer at this station")
      }
    ]
  }

  private static func insert(_ reversal: PartsSale.Reversal, of sale: PartsSale) -> Query<Int> {
    Query.execute(
      """
      insert into parts_sale_reversals (sale_id, station_id, reason, created_at, created_by, created_by_id)
      values (\(sale.id), \(sale.stationID), \(reversal.reason), \(reversal.at), \(reversal.by.name), \(reversal.by.id))
      """
    ).refusing("parts_sale_reversals_pkey") { PartsSale.isReversed }
  }

  private static let source: SQL = "parts_sales s left join parts_sale_reversals v on v.sale_id = s.id"

  private static let columns: SQL = """
    s.id, s.number, s.station_id, s.location_id, s.customer_id, s.lines, s.total, s.currency, s.created_at, s.created_by,
    s.created_by_id, v.reason, v.created_at, v.created_by, v.created_by_id
    """

  @Sendable private static func decode(_ row: inout Row) throws -> PartsSale {
    let id = try row.next(PartsSale.ID.self)
    let number = try row.next(String.self)
    let station = try row.next(Station.ID.self)
    let location = try row.next(StockLocation.ID.self)
    let customer = try row.next(Customer.ID?.self)
    let stored = try row.next(JSONB.self)
    let total = try row.next(MinorUnits.self)
    let currency = try row.next(as: Currency.self)
    let lines = PartLinesJSON.objects(stored.bytes).compactMap { line -> PartsSale.Line? in
      guard let part: Part.ID = line.identifier("partId"), let partNumber = line.text("partNumber"),
        let quantity = line.integer("quantity"), let price = line.money("unitPrice", currency)
      else { return nil }
      return PartsSale.Line(
        partID: part, partNumber: partNumber, quantity: Int(quantity), unitPrice: price,
        listPrice: line.money("listPrice", currency))
    }
    let at = try row.next(Timestamp.self)
    let author = RecordStamp.Author(name: try row.next(String.self), id: try row.next(UUID?.self))
    let reason = try row.next(String?.self)
    let reversedAt = try row.next(Timestamp?.self)
    let reversedBy = try row.next(String?.self)
    let reverserID = try row.next(UUID?.self)
    var reversal: PartsSale.Reversal?
    if let reason, let reversedAt, let reversedBy {
      reversal = PartsSale.Reversal(
        reason: reason, at: reversedAt, by: RecordStamp.Author(name: reversedBy, id: reverserID))
    }
    return PartsSale(
      id: id, number: number, stationID: station, locationID: location, customerID: customer, lines: lines,
      total: Money(minor: total.value, currency: currency), createdAt: at, createdBy: author,
      reversal: reversal)
  }
}
