package import Domain
import FoundationEssentials
package import Postgres

/// Labour operations with their hours per model: reference data, the same for every scope (WO-22).
package enum LabourOperationRepository {
  package static func find(_ reference: Reference<LabourOperation>, in scope: Scope) -> Query<LabourOperation?> {
    Query.optional(selection(reference), decode)
  }

  /// As `find`, and nobody else changes the operation until the transaction ends.
  package static func lock(_ reference: Reference<LabourOperation>, in scope: Scope) -> Query<LabourOperation?> {
    Query.optional(selection(reference) + " for update", decode)
  }

  /// All that exist of these identities, for documents that name several.
  package static func find(_ ids: [LabourOperation.ID], in scope: Scope) -> Query<[LabourOperation]> {
    Query.list("select \(columns) from labour_operations o where o.id = any (\(ids))", decode)
  }

  package static func list(
    _ filter: LabourOperationFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<LabourOperation>> {
    var plan = ListPlan(
      columns: columns, from: "labour_operations o", id: "o.id",
      sorts: [
        "code": .init("o.code", type: "text"),
        "name": .init("o.name", type: "text"),
        "createdAt": .init("o.created_at", type: "timestamptz"),
      ], conditions: [])
    if !filter.categories.isEmpty { plan.filter("o.category = any (\(filter.categories.map(\.rawValue)))") }
    if let discontinued = filter.discontinued { plan.filter("o.discontinued = \(discontinued)") }
    if let text = filter.text {
      let pattern = LikePattern.prefix(text)
      plan.filter("(lower(o.code) like lower(\(pattern)) or lower(o.name) like lower(\(pattern)))")
    }
    return plan.query(page, decode: decode)
  }

  package static func insert(_ operation: LabourOperation) -> Query<Int> {
    let content = operation.content
    return Query.execute(
      """
      insert into labour_operations (id, code, name, name_en, category, standard_hours, required_skill, discontinued,
        \(RecordColumns.names))
      values (\(operation.id), \(operation.code), \(content.name), \(content.nameEn), \(content.category.rawValue),
        \(content.standardHours.minorUnits), \(content.requiredSkill), \(content.discontinued),
        \(RecordColumns.values(operation.externalIDs, operation.version, operation.stamp)))
      """
    ).refusing("labour_operations_code_key") { Refusal.alreadyExists(field: "code", existingID: nil) }
  }

  /// - Parameter version: the version that was loaded; no row means that somebody was faster.
  package static func update(_ operation: LabourOperation, expecting version: Int) -> Query<Int> {
    let content = operation.content
    return Query.execute(
      """
      update labour_operations
      set name = \(content.name), name_en = \(content.nameEn), category = \(content.category.rawValue),
        standard_hours = \(content.standardHours.minorUnits), required_skill = \(content.requiredSkill),
        discontinued = \(content.discontinued),
        \(RecordColumns.assignments(operation.externalIDs, operation.version, operation.stamp))
      where id = \(operation.id) and version = \(version)
      """)
  }

  package static func deleteModelHours(of operation: LabourOperation.ID) -> Query<Int> {
    Query.execute("delete from labour_operation_hours where operation_id = \(operation)")
  }

  package static func insertModelHours(of operation: LabourOperation) -> Query<Int> {
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

  private static let columns: SQL = """
    o.id, o.code, o.name, o.name_en, o.category, o.standard_hours,
    array(select h.model_id from labour_operation_hours h where h.operation_id = o.id order by h.model_id),
    array(select h.standard_hours from labour_operation_hours h where h.operation_id = o.id order by h.model_id),
    o.required_skill, o.discontinued, \(RecordColumns.selected(from: "o"))
    """

  private static func selection(_ reference: Reference<LabourOperation>) -> SQL {
    let base: SQL = "select \(columns) from labour_operations o where "
    return switch reference {
    case .id(let id): base + "o.id = \(id)"
    case .number(let code): base + "o.code = \(code)"
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
