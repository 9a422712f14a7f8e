package import Domain
import FoundationEssentials
package import Postgres

/// Vehicle models: reference data, the same for every scope.
package enum VehicleModelRepository: RecordStore {
  package typealias Document = VehicleModel
  package typealias Filter = VehicleModelFilter

  package static let sorts: [String: ListPlan.SortColumn] = [
    "code": .init("vehicle_models.code", type: "text"),
    "createdAt": .init("vehicle_models.created_at", type: "timestamptz"),
    "name": .init("vehicle_models.name", type: "text"),
  ]

  package static let table = RecordTable<VehicleModel>(
    "vehicle_models", key: { "code = \($0)" },
    columns: [
      .fixed("id") { "\($0.id)" },
      .fixed("code") { "\($0.code)" },
      .init("brand") { "\($0.content.brand)" },
      .init("series") { "\($0.content.series)" },
      .init("name") { "\($0.content.name)" },
      .init("name_en") { "\($0.content.nameEn)" },
      .init("product_line") { "\($0.content.productLine)" },
      .init("model_year_from") { "\($0.content.modelYearFrom)" },
      .init("model_year_to") { "\($0.content.modelYearTo)" },
      .init("powertrain") { "\($0.content.powertrain.rawValue)" },
      .init("discontinued") { "\($0.content.discontinued)" },
    ],
    refusals: [
      ("vehicle_models_code_key", { Refusal.alreadyExists(field: "code", existingID: nil) })
    ], decode: decode)

  package static func conditions(_ filter: VehicleModelFilter) -> [SQL] {
    var conditions: [SQL] = []
    if let brand = filter.brand { conditions.append("brand = \(brand)") }
    if let series = filter.series { conditions.append("series = \(series)") }
    if !filter.powertrains.isEmpty {
      conditions.append("powertrain = any (\(filter.powertrains.map(\.rawValue)))")
    }
    if let discontinued = filter.discontinued { conditions.append("discontinued = \(discontinued)") }
    if let text = filter.text {
      let pattern = LikePattern.prefix(text)
      conditions.append("(lower(code) like lower(\(pattern)) or lower(name) like lower(\(pattern)))")
    }
    return conditions
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
