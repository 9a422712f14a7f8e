package import Domain
package import Postgres

/// Parts: reference data, the same for every scope (PRT-01).
package enum PartRepository: RecordStore {
  package typealias Document = Part
  package typealias Filter = PartFilter

  package static let window = ListPlan.WindowColumns(
    number: "parts.number", created: "parts.created_at", updated: "parts.updated_at")

  package static let sorts: [String: ListPlan.SortColumn] = [
    "number": .init("parts.number", type: "text"),
    "createdAt": .init("parts.created_at", type: "timestamptz"),
    "name": .init("parts.name", type: "text"),
  ]

  package static let table = RecordTable<Part>(
    "parts", key: { "number = \($0)" },
    columns: [
      .fixed("id") { "\($0.id)" },
      .fixed("number") { "\($0.number)" },
      .init("name") { "\($0.content.name)" },
      .init("name_en") { "\($0.content.nameEn)" },
      .init("origin") { "\($0.content.origin.rawValue)" },
      .init("unit") { "\($0.content.unit.rawValue)" },
      .init("wear_part") { "\($0.content.wearPart)" },
      .init("discontinued") { "\($0.content.discontinued)" },
      .init("note") { "\($0.content.note)" },
    ],
    refusals: [("parts_number_key", { Refusal.alreadyExists(field: "number", existingID: nil) })], decode: decode)

  package static func conditions(_ filter: PartFilter) -> [SQL] {
    var conditions: [SQL] = []
    if !filter.origins.isEmpty { conditions.append("origin = any (\(filter.origins.map(\.rawValue)))") }
    if let wearPart = filter.wearPart { conditions.append("wear_part = \(wearPart)") }
    if let discontinued = filter.discontinued { conditions.append("discontinued = \(discontinued)") }
    if let text = filter.text {
      let pattern = LikePattern.prefix(text)
      conditions.append("(lower(number) like lower(\(pattern)) or lower(name) like lower(\(pattern)))")
    }
    return conditions
  }

  @Sendable private static func decode(_ row: inout Row) throws -> Part {
    let id = try row.next(Part.ID.self)
    let number = try row.next(String.self)
    let content = Part.Content(
      name: try row.next(String.self), nameEn: try row.next(String?.self), origin: try row.next(as: Part.Origin.self),
      unit: try row.next(as: Part.Unit.self), wearPart: try row.next(Bool.self),
      discontinued: try row.next(Bool.self), note: try row.next(String?.self))
    let tail = try row.nextRecordTail()
    return Part(
      id: id, number: number, content: content, externalIDs: tail.externalIDs, version: tail.version, stamp: tail.stamp)
  }

  /// The numbers of those of the given parts that exist.
  package static func numbers(of ids: [Part.ID]) -> Query<[(id: Part.ID, number: String)]> {
    Query.list("select id, number from parts where id = any (\(ids))") { row in
      (id: try row.next(Part.ID.self), number: try row.next(String.self))
    }
  }
}
