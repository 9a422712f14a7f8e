package import Domain
import FoundationEssentials
package import Postgres

/// Regions: reference data, the same for every scope.
package enum RegionRepository: RecordStore {
  package typealias Document = Region
  package typealias Filter = RegionFilter

  package static let sorts: [String: ListPlan.SortColumn] = [
    "code": .init("regions.code", type: "text"),
    "createdAt": .init("regions.created_at", type: "timestamptz"),
    "name": .init("regions.name", type: "text"),
  ]

  package static let table = RecordTable<Region>(
    "regions", key: { "code = \($0)" },
    columns: [
      .fixed("id") { "\($0.id)" },
      .fixed("code") { "\($0.code)" },
      .init("name") { "\($0.name)" },
      .init("name_en") { "\($0.nameEn)" },
    ],
    refusals: [
      ("regions_code_key", { Refusal.alreadyExists(field: "code", existingID: nil) })
    ], decode: decode)

  package static func conditions(_ filter: RegionFilter) -> [SQL] {
    var conditions: [SQL] = []
    if let text = filter.text {
      let pattern = LikePattern.prefix(text)
      conditions.append("(lower(code) like lower(\(pattern)) or lower(name) like lower(\(pattern)))")
    }
    return conditions
  }

  @Sendable private static func decode(_ row: inout Row) throws -> Region {
    let id = try row.next(Region.ID.self)
    let code = try row.next(String.self)
    let name = try row.next(String.self)
    let nameEn = try row.next(String?.self)
    let tail = try row.nextRecordTail()
    return Region(
      id: id, code: code, name: name, nameEn: nameEn, externalIDs: tail.externalIDs, version: tail.version,
      stamp: tail.stamp)
  }
}
