package import Domain
package import Postgres

/// Service bills of material: reference data, the same for every scope (PRT-01).
package enum SbomRepository: RecordStore {
  package typealias Document = Sbom
  package typealias Filter = SbomFilter

  package static let sorts: [String: ListPlan.SortColumn] = [
    "code": .init("sboms.code", type: "text"),
    "createdAt": .init("sboms.created_at", type: "timestamptz"),
  ]

  package static let table = RecordTable<Sbom>(
    "sboms", key: { "code = \($0)" },
    columns: [
      .fixed("id") { "\($0.id)" },
      .fixed("code") { "\($0.code)" },
      .fixed("model_id") { "\($0.modelID)" },
      .init("valid_from") { "\($0.validFrom)" },
      .init("note") { "\($0.note)" },
      .read(
        """
        (select coalesce(jsonb_agg(jsonb_build_object('assembly', n.assembly, 'partId', n.part_id, 'quantity', n.quantity)
            order by n.position), '[]')
          from sbom_lines n where n.sbom_id = sboms.id)
        """),
    ],
    refusals: [
      ("sboms_code_key", { Refusal.alreadyExists(field: "code", existingID: nil) }),
      ("sboms_model_day_key", { Refusal.alreadyExists(field: "validFrom", existingID: nil) }),
      ("sboms_model_id_fkey", { Refusal.invalid("#/modelId", .notFound, "there is no such vehicle model") }),
    ], decode: decode)

  package static func conditions(_ filter: SbomFilter) -> [SQL] {
    var conditions: [SQL] = []
    if let model = filter.modelID { conditions.append("model_id = \(model)") }
    if let text = filter.text { conditions.append("lower(code) like lower(\(LikePattern.prefix(text)))") }
    return conditions
  }

  package static func save(_ after: Sbom, over before: Sbom?) -> [Query<Int>] {
    guard let before else { return [insert(after), insertLines(of: after)] }
    let header = update(after, expecting: before.version)
    if after.lines == before.lines { return [header] }
    return [
      header, Query.execute("delete from sbom_lines where sbom_id = \(after.id)"), insertLines(of: after),
    ]
  }

  private static func insertLines(of sbom: Sbom) -> Query<Int> {
    Query.execute(
      """
      insert into sbom_lines (sbom_id, position, assembly, part_id, quantity)
      select \(sbom.id), n.position, n.assembly, n.part_id, n.quantity::integer
      from unnest(\(sbom.lines.map(\.assembly)), \(sbom.lines.map(\.partID)), \(sbom.lines.map { String($0.quantity) }))
        with ordinality as n(assembly, part_id, quantity, position)
      """)
  }

  /// Where a part is fitted on a day: lines of the bill that is valid for each model then, that name it or what it stands for.
  package static func uses(of parts: [Part.ID], on day: CalendarDate) -> Query<[PartUse]> {
    Query.list(
      """
      select b.id, b.code, m.id, m.code, m.name, n.assembly, n.quantity, p.number
      from sbom_lines n
        join sboms b on b.id = n.sbom_id
        join vehicle_models m on m.id = b.model_id
        join parts p on p.id = n.part_id
      where n.part_id = any (\(parts)) and b.valid_from <= \(day)
        and not exists (
          select from sboms later
          where later.model_id = b.model_id and later.valid_from <= \(day) and later.valid_from > b.valid_from)
      order by m.code, n.assembly, p.number
      limit 1000
      """
    ) { row in
      PartUse(
        sbomID: try row.next(Sbom.ID.self), sbomCode: try row.next(String.self),
        modelID: try row.next(VehicleModel.ID.self), modelCode: try row.next(String.self),
        modelName: try row.next(String.self), assembly: try row.next(String.self),
        quantity: Int(try row.next(Int32.self)), partNumber: try row.next(String.self))
    }
  }

  @Sendable private static func decode(_ row: inout Row) throws -> Sbom {
    let id = try row.next(Sbom.ID.self)
    let code = try row.next(String.self)
    let model = try row.next(VehicleModel.ID.self)
    let validFrom = try row.next(CalendarDate.self)
    let note = try row.next(String?.self)
    let lines = PartLinesJSON.objects(try row.next(JSONB.self).bytes).compactMap { line -> Sbom.Line? in
      guard let assembly = line.text("assembly"), let part: Part.ID = line.identifier("partId"),
        let quantity = line.integer("quantity")
      else { return nil }
      return Sbom.Line(assembly: assembly, partID: part, quantity: Int(quantity))
    }
    let tail = try row.nextRecordTail()
    return Sbom(
      id: id, code: code, modelID: model, validFrom: validFrom, note: note, lines: lines,
      externalIDs: tail.externalIDs, version: tail.version, stamp: tail.stamp)
  }
}
