package import Domain
import FoundationEssentials
package import Postgres

/// Service items: reference data, the same for every scope (WO-21).
package enum ServiceItemRepository {
  package static func find(_ reference: Reference<ServiceItem>, in scope: Scope) -> Query<ServiceItem?> {
    Query.optional(selection(reference), decode)
  }

  /// As `find`, and nobody else changes the item until the transaction ends.
  package static func lock(_ reference: Reference<ServiceItem>, in scope: Scope) -> Query<ServiceItem?> {
    Query.optional(selection(reference) + " for update", decode)
  }

  package static func list(
    _ filter: ServiceItemFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<ServiceItem>> {
    var plan = ListPlan(
      columns: columns, from: "service_items i", id: "i.id",
      sorts: [
        "code": .init("i.code", type: "text"),
        "name": .init("i.name", type: "text"),
        "createdAt": .init("i.created_at", type: "timestamptz"),
      ], conditions: [])
    if !filter.categories.isEmpty { plan.filter("i.category = any (\(filter.categories.map(\.rawValue)))") }
    if let discontinued = filter.discontinued { plan.filter("i.discontinued = \(discontinued)") }
    if let text = filter.text {
      let pattern = LikePattern.prefix(text)
      plan.filter("(lower(i.code) like lower(\(pattern)) or lower(i.name) like lower(\(pattern)))")
    }
    return plan.query(page, decode: decode)
  }

  package static func insert(_ item: ServiceItem) -> Query<Int> {
    let content = item.content
    return Query.execute(
      """
      insert into service_items (id, code, name, name_en, category, pricing, price, currency, parts_description,
        process, expected_result, interval_km, interval_months, discontinued, \(RecordColumns.names))
      values (\(item.id), \(item.code), \(content.name), \(content.nameEn), \(content.category.rawValue),
        \(content.pricing.rawValue), \(content.price?.minorUnits), \(content.price?.currency.rawValue),
        \(content.partsDescription), \(content.process), \(content.result), \(content.intervalKm),
        \(content.intervalMonths), \(content.discontinued),
        \(RecordColumns.values(item.externalIDs, item.version, item.stamp)))
      """
    ).refusing("service_items_code_key") { Refusal.alreadyExists(field: "code", existingID: nil) }
  }

  /// - Parameter version: the version that was loaded; no row means that somebody was faster.
  package static func update(_ item: ServiceItem, expecting version: Int) -> Query<Int> {
    let content = item.content
    return Query.execute(
      """
      update service_items
      set name = \(content.name), name_en = \(content.nameEn), category = \(content.category.rawValue),
        pricing = \(content.pricing.rawValue), price = \(content.price?.minorUnits),
        currency = \(content.price?.currency.rawValue), parts_description = \(content.partsDescription),
        process = \(content.process), expected_result = \(content.result), interval_km = \(content.intervalKm),
        interval_months = \(content.intervalMonths), discontinued = \(content.discontinued),
        \(RecordColumns.assignments(item.externalIDs, item.version, item.stamp))
      where id = \(item.id) and version = \(version)
      """)
  }

  package static func deleteOperations(of item: ServiceItem.ID) -> Query<Int> {
    Query.execute("delete from service_item_operations where service_item_id = \(item)")
  }

  package static func insertOperations(of item: ServiceItem) -> Query<Int> {
    Query.execute(
      """
      insert into service_item_operations (service_item_id, position, operation_id)
      select \(item.id), o.position, o.operation_id
      from unnest(\(item.content.operations)) with ordinality as o(operation_id, position)
      """
    )
    .refusing("service_item_operations_operation_id_fkey") {
      Refusal.invalid("#/operationIds", .notFound, "there is no such labour operation")
    }
    .refusing("service_item_operations_operation_key") {
      Refusal.invalid("#/operationIds", .notUnique, "must name each operation once")
    }
  }

  private static let columns: SQL = """
    i.id, i.code, i.name, i.name_en, i.category, i.pricing, i.price, i.currency,
    array(select o.operation_id from service_item_operations o where o.service_item_id = i.id order by o.position),
    i.parts_description, i.process, i.expected_result, i.interval_km, i.interval_months, i.discontinued,
    \(RecordColumns.selected(from: "i"))
    """

  private static func selection(_ reference: Reference<ServiceItem>) -> SQL {
    let base: SQL = "select \(columns) from service_items i where "
    return switch reference {
    case .id(let id): base + "i.id = \(id)"
    case .number(let code): base + "i.code = \(code)"
    }
  }

  @Sendable private static func decode(_ row: inout Row) throws -> ServiceItem {
    let id = try row.next(ServiceItem.ID.self)
    let code = try row.next(String.self)
    let name = try row.next(String.self)
    let nameEn = try row.next(String?.self)
    let category = try row.next(as: ServiceItem.Category.self)
    let pricing = try row.next(as: ServiceItem.Pricing.self)
    let amount = try row.next(MinorUnits?.self)
    let currency = try row.next(String?.self).flatMap(Currency.init(rawValue:))
    var price: Money?
    if let amount, let currency { price = Money(minor: amount.value, currency: currency) }
    let content = ServiceItem.Content(
      name: name, nameEn: nameEn, category: category, pricing: pricing, price: price,
      operations: try row.next([LabourOperation.ID].self), partsDescription: try row.next(String?.self),
      process: try row.next(String?.self), result: try row.next(String?.self), intervalKm: try row.next(Int?.self),
      intervalMonths: try row.next(Int?.self), discontinued: try row.next(Bool.self))
    let tail = try row.nextRecordTail()
    return ServiceItem(
      id: id, code: code, content: content, externalIDs: tail.externalIDs, version: tail.version, stamp: tail.stamp)
  }
}
