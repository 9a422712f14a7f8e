package import Domain
import FoundationEssentials
package import Postgres

/// Campaigns: drafts are headquarters', what is published every scope sees.
package enum CampaignRepository: DocumentStore {
  package static func find(_ reference: Reference<Campaign>, in scope: Scope) -> Query<Campaign?> {
    Query.optional(selection(reference, scope), decode)
  }

  /// As `find`, and nobody else changes the campaign until the transaction ends.
  package static func lock(_ reference: Reference<Campaign>, in scope: Scope) -> Query<Campaign?> {
    Query.optional(selection(reference, scope) + " for update of c", decode)
  }

  package static func list(_ filter: CampaignFilter, _ page: PageRequest, in scope: Scope) -> Query<Page<Campaign>> {
    var plan = ListPlan(
      columns: columns, from: "campaigns c", id: "c.id", sorts: sorts, window: window, conditions: [visible(to: scope)])
    if !filter.states.isEmpty { plan.filter("c.state = any (\(filter.states.map(\.rawValue)))") }
    if !filter.kinds.isEmpty { plan.filter("c.kind = any (\(filter.kinds.map(\.rawValue)))") }
    if let issue = filter.qualityIssueID { plan.filter("c.quality_issue_id = \(issue)") }
    if let number = filter.number { plan.filter("c.number = \(number)") }
    return plan.query(page, decode: decode)
  }

  package static let window = ListPlan.WindowColumns(created: "c.created_at", updated: "c.updated_at")

  /// The fields that a list may be ordered by.
  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("c.created_at", type: "timestamptz"),
    "number": .init("c.number", type: "text"),
    "updatedAt": .init("c.updated_at", type: "timestamptz"),
  ]

  package static func save(_ after: Campaign, over before: Campaign?) -> [Query<Int>] {
    [before.map { update(after, expecting: $0.version) } ?? insert(after)]
  }

  private static func insert(_ campaign: Campaign) -> Query<Int> {
    let header = campaign.header
    return refusing(
      Query.execute(
        """
        insert into campaigns (id, number, state, kind, title, description, remedy, component, quality_issue_id,
          population, \(RecordColumns.names))
        values (\(campaign.id), \(campaign.number), \(campaign.state.rawValue), \(header.kind.rawValue),
          \(header.title), \(header.description), \(header.remedy), \(header.component), \(header.qualityIssueID),
          \(EventJSON.encode(header.population.value)),
          \(RecordColumns.values(header.externalIDs, campaign.version, campaign.stamp)))
        """))
  }

  private static func update(_ campaign: Campaign, expecting version: Int) -> Query<Int> {
    let header = campaign.header
    let progress = campaign.progress
    return refusing(
      Query.execute(
        """
        update campaigns
        set state = \(campaign.state.rawValue), kind = \(header.kind.rawValue), title = \(header.title),
          description = \(header.description), remedy = \(header.remedy), component = \(header.component),
          quality_issue_id = \(header.qualityIssueID), population = \(EventJSON.encode(header.population.value)),
          vehicle_count = \(progress.frozen?.count), population_hash = \(progress.frozen?.hash),
          frozen_at = \(progress.frozen?.at), approved_by = \(progress.approvedBy),
          published_at = \(progress.publishedAt), completed_at = \(progress.completedAt), reason = \(progress.reason),
          \(RecordColumns.assignments(header.externalIDs, campaign.version, campaign.stamp))
        where id = \(campaign.id) and version = \(version)
        """))
  }

  /// Freezes the population: every vehicle on record that the predicate meets becomes a line of the campaign.
  ///
  /// - Returns: how many, and the SHA-256 of their VINs in order, one a line.
  package static func freeze(
    _ campaign: Campaign, by caller: Caller, at instant: Timestamp
  ) -> Query<CampaignProgress.Frozen> {
    let author = RecordStamp.Author(caller)
    return Query.one(
      """
      with affected as (
        insert into campaign_vehicles (id, campaign_id, vehicle_id, vin, state, version, created_at, created_by,
          created_by_id, updated_at, updated_by, updated_by_id)
        select encode(set_byte(p.bytes, 6, get_byte(p.bytes, 6) & 15 | 112), 'hex')::uuid, \(campaign.id), p.id, p.vin,
          'affected', 1, \(instant), \(author.name), \(author.id), \(instant), \(author.name), \(author.id)
        from (
          -- Of version 7, as every identity is: the time in front of what is random.
          select v.id, v.vin,
            overlay(
              uuid_send(gen_random_uuid()) placing substring(int8send(\(instant.milliseconds)) from 3) from 1 for 6
            ) as bytes
          from vehicles v
          where \(predicate(campaign.header.population))
        ) p
        returning vin
      )
      select count(*)::int,
        encode(sha256(convert_to(coalesce(string_agg(a.vin, e'\\n' order by a.vin collate "C"), ''), 'UTF8')), 'hex')
      from affected a
      """
    ) { row in
      let count = try row.next(Int.self)
      return CampaignProgress.Frozen(count: count, hash: try row.next(String.self), at: instant)
    }
  }

  private static func predicate(_ population: CampaignPopulation) -> SQL {
    var conditions: [SQL] = []
    if !population.modelIDs.isEmpty { conditions.append("v.model_id = any (\(population.modelIDs))") }
    if let from = population.modelYearFrom { conditions.append("v.model_year >= \(from)") }
    if let to = population.modelYearTo { conditions.append("v.model_year <= \(to)") }
    if !population.vinPrefixes.isEmpty {
      conditions.append("v.vin like any (\(population.vinPrefixes.map { LikePattern.prefix($0) }))")
    }
    if !population.vins.isEmpty { conditions.append("v.vin = any (\(population.vins))") }
    if let from = population.saleDateFrom { conditions.append("v.sale_date >= \(from)") }
    if let to = population.saleDateTo { conditions.append("v.sale_date <= \(to)") }
    guard let first = conditions.first else { return "false" }
    return conditions.dropFirst().reduce(first) { $0 + " and " + $1 }
  }

  /// Who sees a campaign: headquarters all, everybody what was published.
  static func visible(to scope: Scope) -> SQL {
    let shown = Campaign.State.allCases.filter(Campaign.isPublic).map(\.rawValue)
    return scope == .network ? "true" : "c.state = any (\(shown))"
  }

  static func names(_ reference: Reference<Campaign>) -> SQL {
    switch reference {
    case .id(let id): "c.id = \(id)"
    case .number(let number): "c.number = \(number)"
    }
  }

  private static func selection(_ reference: Reference<Campaign>, _ scope: Scope) -> SQL {
    "select \(columns) from campaigns c where \(names(reference)) and \(visible(to: scope))"
  }

  private static func refusing(_ query: Query<Int>) -> Query<Int> {
    query.refusing("campaigns_quality_issue_id_fkey") {
      Refusal.invalid("#/qualityIssueId", .notFound, "there is no such quality issue")
    }
  }

  private static let columns: SQL = """
    c.id, c.number, c.state, c.kind, c.title, c.description, c.remedy, c.component, c.quality_issue_id, c.population,
    c.vehicle_count, c.population_hash, c.frozen_at, c.approved_by, c.published_at, c.completed_at, c.reason, c.external_ids, c.version,
    c.created_at, c.created_by, c.created_by_id, c.updated_at, c.updated_by, c.updated_by_id
    """

  @Sendable private static func decode(_ row: inout Row) throws -> Campaign {
    let id = try row.next(Campaign.ID.self)
    let number = try row.next(String.self)
    let state = try row.next(as: Campaign.State.self)
    let kind = try row.next(as: Campaign.Kind.self)
    let title = try row.next(String.self)
    let description = try row.next(String.self)
    let remedy = try row.next(String.self)
    let component = try row.next(String?.self)
    let issue = try row.next(QualityIssue.ID?.self)
    let population = CampaignPopulation(EventJSON.value(try row.next(JSONB.self).bytes))
    var progress = CampaignProgress()
    let count = try row.next(Int?.self)
    let hash = try row.next(String?.self)
    let frozenAt = try row.next(Timestamp?.self)
    if let count, let hash, let frozenAt { progress.frozen = .init(count: count, hash: hash, at: frozenAt) }
    progress.approvedBy = try row.next(String?.self)
    progress.publishedAt = try row.next(Timestamp?.self)
    progress.completedAt = try row.next(Timestamp?.self)
    progress.reason = try row.next(String?.self)
    let tail = try row.nextRecordTail()
    return Campaign(
      id: id, number: number, state: state, version: tail.version, stamp: tail.stamp,
      header: CampaignHeader(
        kind: kind, title: title, description: description, remedy: remedy, component: component,
        qualityIssueID: issue,
        population: population, externalIDs: tail.externalIDs), progress: progress)
  }
}
