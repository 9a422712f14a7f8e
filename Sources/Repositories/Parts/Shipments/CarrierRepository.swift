package import Domain
package import Postgres

/// Carriers: reference data, the same for every scope (PRT-16).
package enum CarrierRepository: RecordStore {
  package typealias Document = Carrier
  package typealias Filter = CarrierFilter

  package static let sorts: [String: ListPlan.SortColumn] = [
    "code": .init("carriers.code", type: "text"),
    "createdAt": .init("carriers.created_at", type: "timestamptz"),
    "name": .init("carriers.name", type: "text"),
  ]

  package static let table = RecordTable<Carrier>(
    "carriers", key: { "code = \($0)" },
    columns: [
      .fixed("id") { "\($0.id)" },
      .fixed("code") { "\($0.code)" },
      .init("name") { "\($0.profile.name)" },
      .init("phone") { "\($0.profile.phone)" },
      .init("is_active") { "\($0.profile.isActive)" },
    ],
    refusals: [("carriers_code_key", { Refusal.alreadyExists(field: "code", existingID: nil) })], decode: decode)

  package static func conditions(_ filter: CarrierFilter) -> [SQL] {
    var conditions: [SQL] = []
    if let code = filter.code { conditions.append("code = \(code)") }
    if let isActive = filter.isActive { conditions.append("is_active = \(isActive)") }
    return conditions
  }

  @Sendable private static func decode(_ row: inout Row) throws -> Carrier {
    let id = try row.next(Carrier.ID.self)
    let code = try row.next(String.self)
    let profile = CarrierDraft.Profile(
      name: try row.next(String.self), phone: try row.next(String?.self), isActive: try row.next(Bool.self))
    let tail = try row.nextRecordTail()
    return Carrier(
      id: id, code: code, profile: profile, externalIDs: tail.externalIDs, version: tail.version, stamp: tail.stamp)
  }
}
