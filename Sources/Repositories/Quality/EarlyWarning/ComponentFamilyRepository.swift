package import Domain
package import Postgres

/// Families of components: reference data, the same for every scope (A11).
package enum ComponentFamilyRepository: RecordStore {
  package typealias Document = ComponentFamily
  package typealias Filter = ComponentFamilyFilter

  package static let sorts: [String: ListPlan.SortColumn] = [
    "code": .init("component_catalogue.code", type: "text"),
    "createdAt": .init("component_catalogue.created_at", type: "timestamptz"),
    "name": .init("component_catalogue.name", type: "text"),
  ]

  package static let table = RecordTable<ComponentFamily>(
    "component_catalogue", key: { "code = \($0)" },
    columns: [
      .fixed("id") { "\($0.id)" },
      .fixed("code") { "\($0.code)" },
      .init("name") { "\($0.content.name)" },
      .init("name_en") { "\($0.content.nameEn)" },
      .init("component_prefixes") { "\($0.content.componentPrefixes)" },
      .init("fault_code_prefixes") { "\($0.content.faultCodePrefixes)" },
      .init("is_watched") { "\($0.content.isWatched)" },
    ],
    refusals: [
      ("component_catalogue_code_key", { Refusal.alreadyExists(field: "code", existingID: nil) }),
      ("component_families_word_taken", { Refusal.alreadyExists(field: "componentPrefixes", existingID: nil) }),
      ("component_families_code_taken", { Refusal.alreadyExists(field: "faultCodePrefixes", existingID: nil) }),
    ], decode: decode)

  package static func conditions(_ filter: ComponentFamilyFilter) -> [SQL] {
    var conditions: [SQL] = []
    if let isWatched = filter.isWatched { conditions.append("is_watched = \(isWatched)") }
    if let word = filter.word {
      conditions.append(
        "exists (select from unnest(component_prefixes || fault_code_prefixes) as w(prefix) where starts_with(upper(\(word)), w.prefix))"
      )
    }
    return conditions
  }

  @Sendable private static func decode(_ row: inout Row) throws -> ComponentFamily {
    let id = try row.next(ComponentFamily.ID.self)
    let code = try row.next(String.self)
    let content = ComponentFamily.Content(
      name: try row.next(String.self), nameEn: try row.next(String?.self),
      componentPrefixes: try row.next([String].self), faultCodePrefixes: try row.next([String].self),
      isWatched: try row.next(Bool.self))
    let tail = try row.nextRecordTail()
    return ComponentFamily(
      id: id, code: code, content: content, externalIDs: tail.externalIDs, version: tail.version, stamp: tail.stamp)
  }
}
