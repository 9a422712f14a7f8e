package import Domain
import FoundationEssentials
package import Postgres

/// What the early warning observes and how it compares it (A11), day by day: a day is made of what was known at its end and of
/// nothing later, so that what is said of a day is the same whatever comes after it.
package enum EarlyWarningObservations {
  // MARK: The day

  /// The last day that was evaluated, `nil` before the first; nobody else evaluates until the transaction ends.
  package static let lockProgress = Query.one(
    "select p.evaluated_through from early_warning_progress p for update"
  ) { row in try row.next(CalendarDate?.self) }

  /// The first day behind `last` on which something was reported or changed, at most `limit`; `nil`: there is none.
  package static func nextDay(after last: CalendarDate?, through limit: CalendarDate) -> Query<CalendarDate?> {
    let since = last.map { ReportPeriod(day: $0).end } ?? Timestamp(milliseconds: 0)
    let before = ReportPeriod(day: limit).end
    return Query.one(
      """
      select (least(
        (select min(c.created_at) from complaints c where c.created_at >= \(since) and c.created_at < \(before)),
        (select min(c.updated_at) from complaints c where c.updated_at >= \(since) and c.updated_at < \(before)),
        (select min(q.created_at) from quality_issues q where q.created_at >= \(since) and q.created_at < \(before))
      ) at time zone 'Asia/Shanghai')::date
      """
    ) { row in try row.next(CalendarDate?.self) }
  }

  package static func evaluated(through day: CalendarDate) -> Query<Int> {
    Query.execute("update early_warning_progress set evaluated_through = \(day)")
  }

  // MARK: Collecting

  /// Takes in what was reported on the day, and what of earlier days has come to name its vehicle and component since; counts it.
  ///
  /// - Parameter last: the day that was evaluated before; claims that were submitted since are counted with this one.
  /// - Returns: how many cells were counted.
  package static func collect(
    _ day: CalendarDate, after last: CalendarDate?, at instant: Timestamp
  ) -> Query<Int> {
    let period = ReportPeriod(day: day)
    let since = last.map { ReportPeriod(day: $0).end } ?? Timestamp(milliseconds: 0)
    return Query.execute(
      """
      with told as (
        select 'complaint' as source, c.id, c.created_at, c.vehicle_id,
          component_families_of('component', c.component) as components, c.crash, c.fire, c.injured, c.deaths
        from complaints c
        where (c.created_at >= \(period.start) and c.created_at < \(period.end)
            or c.updated_at >= \(period.start) and c.updated_at < \(period.end) and c.created_at < \(period.end))
          and c.component is not null and c.vehicle_id is not null and c.state <> 'merged'
        union all
        select 'workOrder', q.id, q.created_at, q.vehicle_id,
          (select array_agg(distinct f.component)
            from jsonb_array_elements(q.defects) as d(defect)
              cross join lateral unnest(component_families_of('faultCode', d.defect ->> 'faultCode')) as f(component)),
          false, false, 0, 0
        from quality_issues q
        where q.source = 'workOrder' and q.created_at >= \(period.start) and q.created_at < \(period.end)
          and q.vehicle_id is not null
        union all
        select 'claim', w.id, w.submitted_at, w.vehicle_id,
          (select array_agg(distinct f.component)
            from warranty_claim_items i
              cross join lateral unnest(
                case when i.component_group is null then component_families_of('faultCode', i.fault_code)
                  else component_families_of('component', i.component_group) end) as f(component)
            where i.claim_id = w.id),
          false, false, 0, 0
        from warranty_claims w
        where w.submitted_at >= \(since) and w.submitted_at < \(period.end) and w.vehicle_id is not null
      ), fresh as (
        insert into early_warning_observations (source, source_id, component, make, model, model_year, day, evaluated_on,
          crash, fire, injured, deaths, recorded_at)
        select t.source, t.id, f.component, upper(btrim(m.brand)), upper(btrim(m.series)), years.model_year,
          (t.created_at at time zone 'Asia/Shanghai')::date, \(day), t.crash, t.fire, t.injured, t.deaths, \(instant)
        from told t
          join vehicles v on v.id = t.vehicle_id
          join vehicle_models m on m.id = v.model_id
          cross join lateral (
            select coalesce(v.model_year, extract(year from v.sale_date)::int, m.model_year_from) as model_year) years
          cross join lateral unnest(t.components) as f(component)
        where years.model_year is not null
        on conflict on constraint early_warning_observations_pkey do nothing
        returning source, component, make, model, model_year, day, crash, fire, injured, deaths
      )
      insert into early_warning_statistics as s (make, model, model_year, component, day, source, reports, crashes, fires,
        injured, deaths, updated_at)
      select o.make, o.model, o.model_year, o.component, o.day, o.source, count(*), count(*) filter (where o.crash),
        count(*) filter (where o.fire), sum(o.injured), sum(o.deaths), \(instant)
      from fresh o
      group by o.make, o.model, o.model_year, o.component, o.day, o.source
      on conflict on constraint early_warning_statistics_pkey do update
      set reports = s.reports + excluded.reports, crashes = s.crashes + excluded.crashes,
        fires = s.fires + excluded.fires, injured = s.injured + excluded.injured,
        deaths = s.deaths + excluded.deaths, updated_at = excluded.updated_at
      """)
  }

  /// Weighs the words of what was taken in: the rarer a word among all narratives up to this day, the more two that share it are
  /// alike. A word in more than three of twenty says nothing.
  package static func weigh(_ day: CalendarDate) -> Query<Int> {
    Query.execute(
      """
      with told as (
        select distinct o.source, o.source_id from early_warning_observations o where o.evaluated_on = \(day)
      ), narratives as (
        select c.id, concat_ws(' ', c.symptom, c.customer_words) as narrative
        from told t join complaints c on t.source = 'complaint' and c.id = t.source_id
        union all
        select q.id, concat_ws(' ', q.symptom, (
          select string_agg(d.defect ->> 'description', ' ') from jsonb_array_elements(q.defects) as d(defect)))
        from told t join quality_issues q on t.source = 'workOrder' and q.id = t.source_id
      ), words as (
        select n.id, w.term from narratives n cross join lateral narrative_terms(n.narrative) as w(term)
      ), known as (
        insert into early_warning_vocabulary as v (term, documents)
        select w.term, count(*) from words w group by w.term
        on conflict on constraint early_warning_vocabulary_pkey do update
        set documents = v.documents + excluded.documents
        returning term, documents
      ), total as (
        update early_warning_progress set documents = documents + (select count(*) from narratives)
        returning documents
      ), rarity as (
        select w.id, w.term, ln((1 + n.documents) / (1 + k.documents)::double precision) + 1 as weight
        from words w join known k on k.term = w.term cross join total n
        where k.documents <= greatest(n.documents * 0.15, 5)
      )
      insert into early_warning_terms (source_id, term, weight)
      select r.id, r.term, r.weight / sqrt(sum(r.weight * r.weight) over (partition by r.id))
      from rarity r
      on conflict on constraint early_warning_terms_pkey do nothing
      """)
  }

  /// What has become known to everybody: cells of campaigns that were published by the end of the day.
  package static func collectCampaigns(_ day: CalendarDate) -> Query<Int> {
    Query.execute(
      """
      insert into early_warning_silences (campaign_id, make, model, model_year, component, known_on)
      select distinct c.id, upper(btrim(m.brand)), upper(btrim(m.series)),
        coalesce(v.model_year, extract(year from v.sale_date)::int, m.model_year_from), f.component,
        (c.published_at at time zone 'Asia/Shanghai')::date
      from campaigns c
        join campaign_vehicles l on l.campaign_id = c.id
        join vehicles v on v.id = l.vehicle_id
        join vehicle_models m on m.id = v.model_id
        cross join lateral unnest(component_families_of('component', c.component)) as f(component)
      where c.component is not null and c.published_at < \(ReportPeriod(day: day).end)
        and coalesce(v.model_year, extract(year from v.sale_date)::int, m.model_year_from) is not null
        and not exists (select from early_warning_silences s where s.campaign_id = c.id)
      """)
  }

  // MARK: Comparing

  /// Every report of the day in a watched cell whose like ones come to the threshold, the heaviest of a cell first.
  ///
  /// Claims are counted and not compared: each is the bill for a repair whose record is compared already.
  /// A vehicle whose first report is not older than the rule says has no past: of those also what comes to the lower threshold of new
  /// vehicles, with the reports that the component's share in the fleet's reports of two windows leads to expect of it.
  /// Likeness is that of the narratives (cosine of their weighed words), taken for the same fault from the rule's likeness on.
  package static func findings(_ day: CalendarDate, by rule: EarlyWarningRule) -> Query<[EarlyWarningFinding]> {
    let harm = Double(rule.crashWeight + rule.harmWeight) / 100
    let crash = Double(rule.crashWeight) / 100
    let threshold = Double(rule.threshold) / 100
    let halfLife = Double(rule.halfLifeDays)
    let likeness = Double(rule.sameFaultLikeness) / 100
    let newThreshold = Double(rule.newVehicleThreshold) / 100
    let reach = max(rule.windowDays, rule.recentDays + rule.baselineDays)
    return Query.list(
      """
      with fresh as (
        select o.source_id, o.component, o.make, o.model, o.model_year,
          not exists (
            select from early_warning_observations e
            where e.make = o.make and e.model = o.model and e.model_year = o.model_year
              and e.day < \(day)::date - \(rule.newVehicleDays)::int) as is_new
        from early_warning_observations o
        where o.evaluated_on = \(day) and o.source <> 'claim'
          and not exists (select from component_catalogue c where c.code = o.component and not c.is_watched)
      ), near as (
        select f.source_id, f.component, f.is_new, o.source, o.source_id as other, o.model_year - f.model_year as apart,
          \(day)::date - o.day as age, o.crash, o.fire, o.injured, o.deaths,
          (1 + case when o.fire or o.injured > 0 or o.deaths > 0 then \(harm)::double precision
            when o.crash then \(crash)::double precision else 0 end)
            * power(0.5::double precision, (\(day)::date - o.day) / \(halfLife)::double precision) as weight
        from fresh f
          join early_warning_observations o on o.make = f.make and o.model = f.model and o.component = f.component
            and o.model_year between f.model_year - 1 and f.model_year + 1
            and o.day >= \(day)::date - \(reach)::int and o.day <= \(day) and o.source <> 'claim'
      ), promising as (
        select n.source_id, n.component
        from near n
        where n.apart = 0 and n.age <= \(rule.windowDays)::int
        group by n.source_id, n.component, n.is_new
        having count(*) >= \(rule.leastReports)::int and sum(n.weight) >= \(threshold)::double precision
          or n.is_new and count(*) >= \(rule.newVehicleReports)::int and sum(n.weight) >= \(newThreshold)::double precision
      ), alike as (
        select n.source_id, n.component, n.source, n.other, n.apart, n.age, n.crash, n.fire, n.injured, n.deaths, n.weight,
          case when n.other = n.source_id then 1
            else least(1, coalesce(l.likeness, 0) / \(likeness)::double precision) end as likeness
        from promising p
          join near n on n.source_id = p.source_id and n.component = p.component
          left join lateral (
            select sum(a.weight * b.weight)::double precision as likeness
            from early_warning_terms a join early_warning_terms b on b.source_id = n.other and b.term = a.term
            where a.source_id = n.source_id
          ) l on n.other <> n.source_id
      ), sums as (
        select a.source_id, a.component,
          count(*) filter (where a.apart = 0 and a.age <= \(rule.windowDays)::int) as reports,
          count(*) filter (where a.apart = 0 and a.age <= \(rule.windowDays)::int and a.likeness >= 0.5) as like_reports,
          count(*) filter (where a.apart = 0 and a.age <= \(rule.windowDays)::int and a.crash) as crashes,
          count(*) filter (where a.apart = 0 and a.age <= \(rule.windowDays)::int and a.fire) as fires,
          sum(a.injured) filter (where a.apart = 0 and a.age <= \(rule.windowDays)::int) as injured,
          sum(a.deaths) filter (where a.apart = 0 and a.age <= \(rule.windowDays)::int) as deaths,
          sum(a.likeness * a.weight) filter (where a.apart = 0 and a.age <= \(rule.windowDays)::int) as score,
          sum(a.likeness * a.weight) filter (where a.apart = -1 and a.age <= \(rule.windowDays)::int) as score_before,
          sum(a.likeness * a.weight) filter (where a.apart = 1 and a.age <= \(rule.windowDays)::int) as score_after,
          sum(a.likeness) filter (where a.age <= \(rule.recentDays)::int) as recent,
          sum(a.likeness) filter (
            where a.age > \(rule.recentDays)::int and a.age <= \(rule.recentDays + rule.baselineDays)::int) as former,
          (array_agg(a.source order by a.likeness * a.weight desc, a.other)
            filter (where a.apart = 0 and a.age <= \(rule.windowDays)::int))[1:20] as sources,
          (array_agg(a.other order by a.likeness * a.weight desc, a.other)
            filter (where a.apart = 0 and a.age <= \(rule.windowDays)::int))[1:20] as source_ids
        from alike a
        group by a.source_id, a.component
      )
      select f.make, f.model, f.component, f.model_year, s.reports, s.like_reports, s.crashes, s.fires,
        coalesce(s.injured, 0)::bigint, coalesce(s.deaths, 0)::bigint, floor(s.score * 100)::bigint,
        floor(coalesce(s.score_before, 0) * 100)::bigint, floor(coalesce(s.score_after, 0) * 100)::bigint,
        floor(coalesce(s.recent, 0) * 100)::bigint, floor(coalesce(s.former, 0) * 100)::bigint, s.sources, s.source_ids,
        case when f.is_new then (
          select floor(100 * own.reports * (fleet.same + 1) / (fleet.reports + 20))::bigint
          from (
            select count(distinct o.source_id)::double precision as reports
            from early_warning_observations o
            where o.make = f.make and o.model = f.model and o.model_year = f.model_year and o.source <> 'claim'
              and o.day > \(day)::date - \(rule.windowDays)::int and o.day <= \(day)
          ) own cross join (
            select count(*) filter (where o.component = f.component) as same, count(distinct o.source_id) as reports
            from early_warning_observations o
            where o.evaluated_on > \(day)::date - \(2 * rule.windowDays)::int and o.evaluated_on <= \(day)
              and o.source <> 'claim'
          ) fleet
        ) end
      from sums s join fresh f on f.source_id = s.source_id and f.component = s.component
      where s.score >= \(threshold)::double precision
        or f.is_new and s.reports >= \(rule.newVehicleReports)::int and s.score >= \(newThreshold)::double precision
      order by f.make, f.model, f.component, s.score desc, f.model_year, s.source_id
      """
    ) { row in
      let make = try row.next(String.self)
      let model = try row.next(String.self)
      let component = try row.next(String.self)
      let year = try row.next(Int.self)
      let reports = Int(try row.next(Int64.self))
      let like = Int(try row.next(Int64.self))
      let crashes = Int(try row.next(Int64.self))
      let fires = Int(try row.next(Int64.self))
      let injured = Int(try row.next(Int64.self))
      let deaths = Int(try row.next(Int64.self))
      let score = try row.next(Int64.self)
      let before = try row.next(Int64.self)
      let after = try row.next(Int64.self)
      let recent = try row.next(Int64.self)
      let former = try row.next(Int64.self)
      let kinds = try row.next([String].self)
      let ids = try row.next([UUID].self)
      let expected = try row.next(Int64?.self)
      return EarlyWarningFinding(
        cell: EarlyWarningCell(make: make, model: model, component: component), modelYear: year,
        figures: EarlyWarningFigures(
          reports: reports, likeReports: like, crashes: crashes, fires: fires, injured: injured, deaths: deaths,
          score: score, scoreBefore: before, scoreAfter: after, recent: recent, former: former,
          expected: expected),
        sources: zip(kinds, ids).compactMap { kind, id in
          EarlyWarningSource.Kind(rawValue: kind).map {
            EarlyWarningSource(kind: $0, id: Identifier<EarlyWarning>(id).description)
          }
        }, rule: rule)
    }.slow()
  }

  /// Model years of these cells of which a campaign has told everybody since a day.
  package static func silences(
    of cells: [EarlyWarningCell], since day: CalendarDate, through last: CalendarDate
  ) -> Query<[EarlyWarningSilence]> {
    Query.list(
      """
      select distinct s.make, s.model, s.component, s.model_year
      from early_warning_silences s
      where (s.make, s.model, s.component) in (
          select c.make, c.model, c.component
          from unnest(\(cells.map(\.make)), \(cells.map(\.model)), \(cells.map(\.component))) as c(make, model, component))
        and s.known_on > \(day) and s.known_on <= \(last)
      """
    ) { row in
      let make = try row.next(String.self)
      let model = try row.next(String.self)
      let component = try row.next(String.self)
      let year = try row.next(Int.self)
      return EarlyWarningSilence(
        cell: EarlyWarningCell(make: make, model: model, component: component), modelYears: year...year, signal: nil)
    }
  }

  /// The vehicle model that is meant, where the brand's series has one only.
  package static func model(of cell: EarlyWarningCell) -> Query<VehicleModel.ID?> {
    Query.one(
      """
      select case when count(*) = 1 then min(m.id::text)::uuid end
      from vehicle_models m
      where upper(btrim(m.brand)) = \(cell.make) and upper(btrim(m.series)) = \(cell.model)
      """
    ) { row in try row.next(VehicleModel.ID?.self) }
  }

  // MARK: Statistics

  /// Cells by day or month.
  package static func statistics(
    _ filter: EarlyWarningStatisticsFilter, _ page: PageRequest
  ) -> Query<Page<EarlyWarningStatistic>> {
    var conditions: SQL = "s.day >= \(filter.from) and s.day < \(filter.before)"
    if let make = filter.make { conditions += " and s.make = upper(\(make))" }
    if let model = filter.model { conditions += " and s.model = upper(\(model))" }
    if let year = filter.modelYear { conditions += " and s.model_year = \(year)" }
    if let component = filter.component { conditions += " and s.component = upper(\(component))" }
    // A cell of a span of time has no identity of its own: what it is of names it, so that a page can end at it.
    let cells: SQL = """
      (
        select g.make, g.model, g.component, g.model_year, g.first_day,
          coalesce(sum(g.reports) filter (where g.source = 'complaint'), 0)::bigint as complaints,
          coalesce(sum(g.reports) filter (where g.source = 'workOrder'), 0)::bigint as orders,
          coalesce(sum(g.reports) filter (where g.source = 'claim'), 0)::bigint as claims,
          sum(g.crashes)::bigint as crashes, sum(g.fires)::bigint as fires, sum(g.injured)::bigint as injured,
          sum(g.deaths)::bigint as deaths,
          concat_ws('/', g.make, g.model, g.component, g.model_year) as cell,
          md5(concat_ws('/', g.make, g.model, g.component, g.model_year, g.first_day))::uuid as id
        from (
          select s.make, s.model, s.component, s.model_year, s.source, s.reports, s.crashes, s.fires, s.injured, s.deaths,
            date_trunc(\(filter.interval.rawValue), s.day::timestamp)::date as first_day
          from early_warning_statistics s
          where \(conditions)
        ) g
        group by g.make, g.model, g.component, g.model_year, g.first_day
      ) c
      """
    let plan = ListPlan(
      columns: """
        c.make, c.model, c.component, c.model_year, c.first_day, c.complaints, c.orders, c.claims, c.crashes, c.fires,
        c.injured, c.deaths
        """, from: cells, id: "c.id", sorts: statisticSorts)
    return plan.query(page) { row in
      let make = try row.next(String.self)
      let model = try row.next(String.self)
      let component = try row.next(String.self)
      let year = try row.next(Int.self)
      let from = try row.next(CalendarDate.self)
      let complaints = Int(try row.next(Int64.self))
      let orders = Int(try row.next(Int64.self))
      let claims = Int(try row.next(Int64.self))
      let crashes = Int(try row.next(Int64.self))
      let fires = Int(try row.next(Int64.self))
      let injured = Int(try row.next(Int64.self))
      return EarlyWarningStatistic(
        cell: EarlyWarningCell(make: make, model: model, component: component), modelYear: year, from: from,
        complaints: complaints, workOrders: orders, claims: claims, crashes: crashes, fires: fires, injured: injured,
        deaths: Int(try row.next(Int64.self)))
    }.slow()
  }

  /// The fields that statistics may be ordered by; `cell` is make, model, component and model year.
  package static let statisticSorts: [String: ListPlan.SortColumn] = [
    "cell": .init("c.cell", type: "text"),
    "claims": .init("c.claims", type: "bigint"),
    "complaints": .init("c.complaints", type: "bigint"),
    "from": .init("c.first_day", type: "date"),
    "workOrders": .init("c.orders", type: "bigint"),
  ]
}
