package import Domain
import FoundationEssentials
package import Postgres

/// Regions: reference data, the same for every scope.
package enum RegionRepository {
  package static func find(_ reference: Reference<Region>, in scope: Scope) -> Query<Region?> {
    Query.optional(selection(reference), decode)
  }

  /// As `find`, and nobody else changes the region until the transaction ends.
  package static func lock(_ reference: Reference<Region>, in scope: Scope) -> Query<Region?> {
    Query.optional(selection(reference) + " for update", decode)
  }

  package static func list(_ filter: RegionFilter, _ page: PageRequest, in scope: Scope) -> Query<Page<Region>> {
    var plan = ListPlan(
      columns: columns, from: "regions r", id: "r.id",
      sorts: [
        "code": .init("r.code", type: "text"),
        "name": .init("r.name", type: "text"),
        "createdAt": .init("r.created_at", type: "timestamptz"),
      ], conditions: [])
    if let text = filter.text {
      let pattern = LikePattern.prefix(text)
      plan.filter("(lower(r.code) like lower(\(pattern)) or lower(r.name) like lower(\(pattern)))")
    }
    return plan.query(page, decode: decode)
  }

  package static func insert(_ region: Region) -> Query<Int> {
    Query.execute(
      """
      insert into regions (id, code, name, name_en, \(RecordColumns.names))
      values (\(region.id), \(region.code), \(region.name), \(region.nameEn),
        \(RecordColumns.values(region.externalIDs, region.version, region.stamp)))
      """
    ).refusing("regions_code_key") { Refusal.alreadyExists(field: "code", existingID: nil) }
  }

  /// - Parameter version: the version that was loaded; no row means that somebody was faster.
  package static func update(_ region: Region, expecting version: Int) -> Query<Int> {
    Query.execute(
      """
      update regions
      set name = \(region.name), name_en = \(region.nameEn),
        \(RecordColumns.assignments(region.externalIDs, region.version, region.stamp))
      where id = \(region.id) and version = \(version)
      """)
  }

  private static let columns: SQL = "r.id, r.code, r.name, r.name_en, \(RecordColumns.selected(from: "r"))"

  private static func selection(_ reference: Reference<Region>) -> SQL {
    let base: SQL = "select \(columns) from regions r where "
    return switch reference {
    case .id(let id): base + "r.id = \(id)"
    case .number(let code): base + "r.code = \(code)"
    }
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
