package import Domain
package import FoundationEssentials
package import Postgres

/// Judgements of facts (A1), whatever document the facts belong to. They never change.
package enum QualityClassificationRepository {
  package static func insert(
    _ record: ClassificationRecord, of resource: Resource, _ subject: UUID
  ) -> Query<Int> {
    Query.execute(
      """
      insert into quality_classifications (resource, subject_id, sequence, occasion, facts, matches, level,
        policy_version, rules_version, classified_at, classified_by, classified_by_id)
      values (\(resource.rawValue), \(subject), \(record.sequence), \(record.occasion.rawValue),
        \(EventJSON.encode(record.facts.value)), \(QualityJSON.encode(record.classification.matches)),
        \(record.classification.level?.rawValue), \(record.policyVersion.number), \(record.rulesVersion),
        \(record.at), \(record.by.name), \(record.by.id))
      """)
  }

  /// How often a document was judged so far. To be asked while the document is locked.
  package static func count(of resource: Resource, _ subject: UUID) -> Query<Int> {
    Query.one(
      """
      select coalesce(max(c.sequence), 0)::int from quality_classifications c
      where c.subject_id = \(subject) and c.resource = \(resource.rawValue)
      """
    ) { try $0.next(Int.self) }
  }

  /// All judgements of a document, first to last. The caller has shown before that he may see the document.
  package static func records(of resource: Resource, _ subject: UUID) -> Query<[ClassificationRecord]> {
    Query.list(
      """
      select c.sequence, c.occasion, c.facts, c.matches, c.policy_version, c.rules_version, c.classified_at,
        c.classified_by, c.classified_by_id
      from quality_classifications c
      where c.subject_id = \(subject) and c.resource = \(resource.rawValue)
      order by c.sequence
      """
    ) { row in
      let sequence = try row.next(Int.self)
      let occasion = try row.next(as: ClassificationRecord.Occasion.self)
      let facts = QualityFacts(EventJSON.value(try row.next(JSONB.self).bytes))
      let matches = QualityJSON.matches(EventJSON.value(try row.next(JSONB.self).bytes))
      let policy = try row.next(Int.self)
      let rules = try row.next(Int.self)
      let at = try row.next(Timestamp.self)
      let name = try row.next(String.self)
      return ClassificationRecord(
        sequence: sequence, occasion: occasion, facts: facts, classification: QualityClassification(matches: matches),
        policyVersion: PolicyVersion(.qualityLevels, policy), rulesVersion: rules,
        by: RecordStamp.Author(name: name, id: try row.next(UUID?.self)), at: at)
    }
  }
}

/// Occurrences of defects, counted over the whole network by model, part and fault (QI-30).
package enum DefectRepository {
  /// One occurrence for each defect that has a name, in the place of those that the source had before.
  package static func save(
    _ defects: [QualityDefect], of source: UUID, model: VehicleModel.ID, at instant: Timestamp
  ) -> [Query<Int>] {
    let named = QualityDefect.distinct(defects)
    let others = Query.execute(
      "delete from defect_occurrences where source_id = \(source) and place > \(named.count)")
    if named.isEmpty { return [others] }
    return [
      others,
      Query.execute(
        """
        insert into defect_occurrences (source_id, place, model_id, part_number, fault_code, occurred_at)
        select \(source), d.place, \(model), d.part, d.fault, \(instant)
        from unnest(\(named.map { $0.partNumber ?? "" }), \(named.map { $0.faultCode ?? "" }))
          with ordinality as d(part, fault, place)
        on conflict on constraint defect_occurrences_pkey do update
        set model_id = excluded.model_id, part_number = excluded.part_number, fault_code = excluded.fault_code,
          occurred_at = excluded.occurred_at
        """
      ).refusing("defect_occurrences_model_id_fkey") {
        Refusal.invalid("#/modelId", .notFound, "there is no such model")
      },
    ]
  }

  /// The highest count of one of the defects in each window up to an instant, that instant included.
  package static func counts(
    _ defects: [QualityDefect], of model: VehicleModel.ID, windows days: [Int], until instant: Timestamp
  ) -> Query<[ComplaintCount]> {
    let named = QualityDefect.distinct(defects)
    return Query.list(
      """
      select w.days, coalesce(max(c.occurrences), 0)::int
      from unnest(\(days)) as w(days)
        left join lateral (
          select (
            select count(*) from defect_occurrences o
            where o.model_id = \(model) and o.part_number = d.part and o.fault_code = d.fault
              and o.occurred_at > \(instant)::timestamptz - make_interval(days => w.days::int)
              and o.occurred_at <= \(instant)
          ) as occurrences
          from unnest(\(named.map { $0.partNumber ?? "" }), \(named.map { $0.faultCode ?? "" })) as d(part, fault)
        ) c on true
      group by w.days
      order by w.days
      """
    ) { row in
      let window = try row.next(Int64.self)
      return ComplaintCount(complaints: Int(try row.next(Int32.self)), windowDays: Int(window))
    }
  }

  /// Defects with the most occurrences in a span of time, most first.
  package static func groups(_ filter: DefectGroupFilter) -> Query<[DefectGroup]> {
    var conditions: SQL = "o.occurred_at >= \(filter.from) and o.occurred_at < \(filter.before)"
    if let model = filter.modelID { conditions += " and o.model_id = \(model)" }
    if let part = filter.partNumber { conditions += " and o.part_number = \(part)" }
    if let fault = filter.faultCode { conditions += " and o.fault_code = \(fault)" }
    return Query.list(
      """
      select o.model_id, m.code, nullif(o.part_number, ''), nullif(o.fault_code, ''), count(*)::int, min(o.occurred_at),
        max(o.occurred_at)
      from defect_occurrences o join vehicle_models m on m.id = o.model_id
      where
      """ + " " + conditions
        + """
         group by o.model_id, m.code, o.part_number, o.fault_code
        order by count(*) desc, m.code, o.part_number, o.fault_code
        limit \(filter.limit)
        """
    ) { row in
      let model = try row.next(VehicleModel.ID.self)
      let code = try row.next(String.self)
      let part = try row.next(String?.self)
      let fault = try row.next(String?.self)
      let count = try row.next(Int32.self)
      let first = try row.next(Timestamp.self)
      return DefectGroup(
        modelID: model, modelCode: code, partNumber: part, faultCode: fault, occurrences: Int(count), firstAt: first,
        lastAt: try row.next(Timestamp.self))
    }
  }
}
