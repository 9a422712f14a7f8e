package import Domain
import FoundationEssentials
package import Postgres

/// Labour operations with their hours per model: reference data, the same for every scope (WO-22).
package enum LabourOperationRepository: RecordStore {
  package typealias Document = LabourOperation
  package typealias Filter = LabourOperationFilter

  package static let sorts: [String: ListPlan.SortColumn] = [
    "code": .init("labour_operations.code", type: "text"),
    "createdAt": .init("labour_operations.created_at", type: "timestamptz"),
    "name": .init("labour_operations.name", type: "text"),
  ]

  package static let table = RecordTable<LabourOperation>(
    "labour_operations", key: { "code = \($0)" },
    columns: [
      .fixed("id") { "\($0.id)" },
      .fixed("code") { "\($0.code)" },
      .init("name") { "\($0.content.name)" },
      .init("name_en") { "\($0.content.nameEn)" },
      .init("category") { "\($0.content.category.rawValue)" },
      .init("standard_hours") { "\($0.content.standardHours.minorUnits)" },
      .read("array(select h.model_id \(ownHours))"),
      .read("array(select h.standard_hours \(ownHours))"),
      .init("required_skill") { "\($0.content.requiredSkill)" },
      .init("discontinued") { "\($0.content.discontinued)" },
    ],
    refusals: [
      ("labour_operations_code_key", { Refusal.alreadyExists(field: "code", existingID: nil) })
    ], decode: decode)

  private static let ownHours: SQL =
    "from labour_operation_hours h where h.operation_id = labour_operations.id order by h.model_id"

  package static func conditions(_ filter: LabourOperationFilter) -> [SQL] {
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

  package static func save(_ after: LabourOperation, over before: LabourOperation?) -> [Query<Int>] {
    guard let before else { return [insert(after), insertModelHours(of: after)] }
    let header = update(after, expecting: before.version)
    if after.content.modelHours == before.content.modelHours { return [header] }
    return [header, deleteModelHours(of: after.id), insertModelHours(of: after)]
  }

  private static func deleteModelHours(of operation: LabourOperation.ID) -> Query<Int> {
    Query.execute("delete from labour_operation_hours where operation_id = \(operation)")
  }

  private static func insertModelHours(of operation: LabourOperation) -> Query<Int> {
    let hours = operation.content.modelHours
    return Query.execute(
      """
      insert into labour_operation_hours (operation_id, model_id, standard_hours)
      select \(operation.id), h.model_id, h.standard_hours
      from unnest(\(hours.map(\.modelID)), \(hours.map(\.hours.minorUnits))) as h(model_id, standard_hours)
      """
    )
    .refusing("labour_operation_hours_model_id_fkey") {
      Refusal.invalid("#/modelHours", .notFound, "there is no such vehicle model")
    }
    .refusing("labour_operation_hours_pkey") {
      Refusal.invalid("#/modelHours", .notUnique, "must name each model once")
    }
  }

  @Sendable private static func decode(_ row: inout Row) throws -> LabourOperation {
    let id = try row.next(LabourOperation.ID.self)
    let code = try row.next(String.self)
    let name = try row.next(String.self)
    let nameEn = try row.next(String?.self)
    let category = try row.next(as: LabourOperation.Category.self)
    let standardHours = try row.nextHours()
    let models = try row.next([VehicleModel.ID].self)
    let hours = try row.next([MinorUnits].self)
    let content = LabourOperation.Content(
      name: name, nameEn: nameEn, category: category, standardHours: standardHours,
      modelHours: zip(models, hours).map {
        LabourOperation.ModelHours(modelID: $0, hours: Hours(hundredths: Int32(clamping: $1.value)))
      },
      requiredSkill: try row.next(String?.self), discontinued: try row.next(Bool.self))
    let tail = try row.nextRecordTail()
    return LabourOperation(
      id: id, code: code, content: content, externalIDs: tail.externalIDs, version: tail.version, stamp: tail.stamp)
  }
}

extension Row {
  fileprivate mutating func nextHours() throws -> Hours {
    Hours(hundredths: Int32(clamping: try next(MinorUnits.self).value))
  }
}
