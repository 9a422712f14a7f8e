package import Domain
import FoundationEssentials
package import Postgres

/// Vehicle models: reference data, the same for every scope.
package enum VehicleModelRepository {
  package static func find(_ reference: Reference<VehicleModel>, in scope: Scope) -> Query<VehicleModel?> {
    Query.optional(selection(reference), decode)
  }

  /// As `find`, and nobody else changes the model until the transaction ends.
  package static func lock(_ reference: Reference<VehicleModel>, in scope: Scope) -> Query<VehicleModel?> {
    Query.optional(selection(reference) + " for update", decode)
  }

  package static func list(
    _ filter: VehicleModelFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<VehicleModel>> {
    var plan = ListPlan(
      columns: columns, from: "vehicle_models m", id: "m.id",
      sorts: [
        "code": .init("m.code", type: "text"),
        "name": .init("m.name", type: "text"),
        "createdAt": .init("m.created_at", type: "timestamptz"),
      ], conditions: [])
    if let brand = filter.brand { plan.filter("m.brand = \(brand)") }
    if let series = filter.series { plan.filter("m.series = \(series)") }
    if !filter.powertrains.isEmpty { plan.filter("m.powertrain = any (\(filter.powertrains.map(\.rawValue)))") }
    if let discontinued = filter.discontinued { plan.filter("m.discontinued = \(discontinued)") }
    if let text = filter.text {
      let pattern = LikePattern.prefix(text)
      plan.filter("(lower(m.code) like lower(\(pattern)) or lower(m.name) like lower(\(pattern)))")
    }
    return plan.query(page, decode: decode)
  }

  package static func insert(_ model: VehicleModel) -> Query<Int> {
    let content = model.content
    return Query.execute(
      """
      insert into vehicle_models (id, code, brand, series, name, name_en, product_line, model_year_from, model_year_to,
        powertrain, discontinued, \(RecordColumns.names))
      values (\(model.id), \(model.code), \(content.brand), \(content.series), \(content.name), \(content.nameEn),
        \(content.productLine), \(content.modelYearFrom), \(content.modelYearTo), \(content.powertrain.rawValue),
        \(content.discontinued), \(RecordColumns.values(model.externalIDs, model.version, model.stamp)))
      """
    ).refusing("vehicle_models_code_key") { Refusal.alreadyExists(field: "code", existingID: nil) }
  }

  /// - Parameter version: the version that was loaded; no row means that somebody was faster.
  package static func update(_ model: VehicleModel, expecting version: Int) -> Query<Int> {
    let content = model.content
    return Query.execute(
      """
      update vehicle_models
      set brand = \(content.brand), series = \(content.series), name = \(content.name), name_en = \(content.nameEn),
        product_line = \(content.productLine), model_year_from = \(content.modelYearFrom),
        model_year_to = \(content.modelYearTo), powertrain = \(content.powertrain.rawValue),
        discontinued = \(content.discontinued),
        \(RecordColumns.assignments(model.externalIDs, model.version, model.stamp))
      where id = \(model.id) and version = \(version)
      """)
  }

  private static let columns: SQL = """
    m.id, m.code, m.brand, m.series, m.name, m.name_en, m.product_line, m.model_year_from, m.model_year_to,
    m.powertrain, m.discontinued, \(RecordColumns.selected(from: "m"))
    """

  private static func selection(_ reference: Reference<VehicleModel>) -> SQL {
    let base: SQL = "select \(columns) from vehicle_models m where "
    return switch reference {
    case .id(let id): base + "m.id = \(id)"
    case .number(let code): base + "m.code = \(code)"
    }
  }

  @Sendable private static func decode(_ row: inout Row) throws -> VehicleModel {
    let id = try row.next(VehicleModel.ID.self)
    let code = try row.next(String.self)
    let content = VehicleModel.Content(
      brand: try row.next(String.self), series: try row.next(String.self), name: try row.next(String.self),
      nameEn: try row.next(String?.self), productLine: try row.next(String?.self),
      modelYearFrom: try row.next(Int?.self), modelYearTo: try row.next(Int?.self),
      powertrain: try row.next(as: Powertrain.self), discontinued: try row.next(Bool.self))
    let tail = try row.nextRecordTail()
    return VehicleModel(
      id: id, code: code, content: content, externalIDs: tail.externalIDs, version: tail.version, stamp: tail.stamp)
  }
}
