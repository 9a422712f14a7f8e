package import Domain
import FoundationEssentials
package import Postgres

/// Fault codes: reference data, the same for every scope.
package enum FaultCodeRepository: RecordStore {
  package typealias Document = FaultCode
  package typealias Filter = FaultCodeFilter

  package static let sorts: [String: ListPlan.SortColumn] = [
    "code": .init("fault_codes.code", type: "text"),
    "createdAt": .init("fault_codes.created_at", type: "timestamptz"),
  ]

  package static let table = RecordTable<FaultCode>(
    "fault_codes", key: { "reference = \($0)" },
    columns: [
      .fixed("id") { "\($0.id)" },
      .fixed("code") { "\($0.code)" },
      .fixed("brand") { "\($0.brand)" },
      .fixed("reference") { "\($0.reference)" },
      .init("system") { "\($0.content.system.rawValue)" },
      .init("description") { "\($0.content.description)" },
      .init("description_en") { "\($0.content.descriptionEn)" },
      .init("component_family") { "\($0.content.componentFamily)" },
      .init("severity") { "\($0.content.severity?.rawValue)" },
      .read("array(select o.operation_id \(ownOperations))"),
      .init("discontinued") { "\($0.content.discontinued)" },
    ],
    refusals: [
      ("fault_codes_reference_key", { Refusal.alreadyExists(field: "code", existingID: nil) })
    ], decode: decode)

  private static let ownOperations: SQL =
    "from fault_code_operations o where o.fault_code_id = fault_codes.id order by o.position"

  package static func conditions(_ filter: FaultCodeFilter) -> [SQL] {
    var conditions: [SQL] = []
    if !filter.systems.isEmpty { conditions.append("system = any (\(filter.systems.map(\.rawValue)))") }
    if !filter.severities.isEmpty { conditions.append("severity = any (\(filter.severities.map(\.rawValue)))") }
    if !filter.codes.isEmpty { conditions.append("code = any (\(filter.codes))") }
    if let brand = filter.brand { conditions.append("(brand = \(brand) or brand is null)") }
    if let family = filter.componentFamily { conditions.append("component_family = \(family)") }
    if let discontinued = filter.discontinued { conditions.append("discontinued = \(discontinued)") }
    if let text = filter.text {
      let pattern = LikePattern.prefix(text)
      conditions.append(
        """
        (lower(code) like lower(\(pattern)) or lower(description) like lower(\(pattern))
          or lower(description_en) like lower(\(pattern)))
        """)
    }
    return conditions
  }

  package static func save(_ after: FaultCode, over before: FaultCode?) -> [Query<Int>] {
    guard let before else { return [insert(after), insertOperations(of: after)] }
    let header = update(after, expecting: before.version)
    if after.content.operations == before.content.operations { return [header] }
    return [header, deleteOperations(of: after.id), insertOperations(of: after)]
  }

  private static func deleteOperations(of fault: FaultCode.ID) -> Query<Int> {
    Query.execute("delete from fault_code_operations where fault_code_id = \(fault)")
  }

  private static func insertOperations(of fault: FaultCode) -> Query<Int> {
    Query.execute(
      """
      insert into fault_code_operations (fault_code_id, position, operation_id)
      select \(fault.id), o.position, o.operation_id
      from unnest(\(fault.content.operations)) with ordinality as o(operation_id, position)
      """
    )
    .refusing("fault_code_operations_operation_id_fkey") {
      Refusal.invalid("#/operationIds", .notFound, "there is no such labour operation")
    }
    .refusing("fault_code_operations_operation_key") {
      Refusal.invalid("#/operationIds", .notUnique, "must name each operation once")
    }
  }

  @Sendable private static func decode(_ row: inout Row) throws -> FaultCode {
    let id = try row.next(FaultCode.ID.self)
    let code = try row.next(String.self)
    let brand = try row.next(String?.self)
    _ = try row.next(String.self)
    let system = try row.next(as: FaultCode.System.self)
    let description = try row.next(String?.self)
    let descriptionEn = try row.next(String?.self)
    let family = try row.next(String?.self)
    let severity = try row.next(String?.self).flatMap(FaultCode.Severity.init(rawValue:))
    let operations = try row.next([LabourOperation.ID].self)
    let discontinued = try row.next(Bool.self)
    let tail = try row.nextRecordTail()
    return FaultCode(
      id: id, code: code, brand: brand,
      content: FaultCode.Content(
        system: system, description: description, descriptionEn: descriptionEn, componentFamily: family,
        severity: severity, operations: operations, discontinued: discontinued),
      externalIDs: tail.externalIDs, version: tail.version, stamp: tail.stamp)
  }
}
