package import Domain
import FoundationEssentials
package import Postgres

/// Service items: reference data, the same for every scope (WO-21).
package enum ServiceItemRepository: RecordStore {
  package typealias Document = ServiceItem
  package typealias Filter = ServiceItemFilter

  package static let sorts: [String: ListPlan.SortColumn] = [
    "code": .init("service_items.code", type: "text"),
    "createdAt": .init("service_items.created_at", type: "timestamptz"),
    "name": .init("service_items.name", type: "text"),
  ]

  package static let table = RecordTable<ServiceItem>(
    "service_items", key: { "code = \($0)" },
    columns: [
      .fixed("id") { "\($0.id)" },
      .fixed("code") { "\($0.code)" },
      .init("name") { "\($0.content.name)" },
      .init("name_en") { "\($0.content.nameEn)" },
      .init("category") { "\($0.content.category.rawValue)" },
      .init("pricing") { "\($0.content.pricing.rawValue)" },
      .init("price") { "\($0.content.price?.minorUnits)" },
      .init("currency") { "\($0.content.price?.currency.rawValue)" },
      .read("array(select o.operation_id \(ownOperations))"),
      .init("parts_description") { "\($0.content.partsDescription)" },
      .init("process") { "\($0.content.process)" },
      .init("expected_result") { "\($0.content.result)" },
      .init("interval_km") { "\($0.content.intervalKm)" },
      .init("interval_months") { "\($0.content.intervalMonths)" },
      .init("discontinued") { "\($0.content.discontinued)" },
    ],
    refusals: [
      ("service_items_code_key", { Refusal.alreadyExists(field: "code", existingID: nil) })
    ], decode: decode)

  private static let ownOperations: SQL =
    "from service_item_operations o where o.service_item_id = service_items.id order by o.position"

  package static func conditions(_ filter: ServiceItemFilter) -> [SQL] {
    var conditions: [SQL] = []
    if !filter.categories.isEmpty {
      conditions.append("category = any (\(filter.categories.map(\.rawValue)))")
    }
    if let discontinued = filter.discontinued { conditions.append("discontinued = \(discontinued)") }
    if let text = filter.text {
      let pattern = LikePattern.prefix(text)
      conditions.append("(lower(code) like lower(\(pattern)) or lower(name) like lower(\(pattern)))")
    }
    return conditions
  }

  package static func save(_ after: ServiceItem, over before: ServiceItem?) -> [Query<Int>] {
    guard let before else { return [insert(after), insertOperations(of: after)] }
    let header = update(after, expecting: before.version)
    if after.content.operations == before.content.operations { return [header] }
    return [header, deleteOperations(of: after.id), insertOperations(of: after)]
  }

  private static func deleteOperations(of item: ServiceItem.ID) -> Query<Int> {
    Query.execute("delete from service_item_operations where service_item_id = \(item)")
  }

  private static func insertOperations(of item: ServiceItem) -> Query<Int> {
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
