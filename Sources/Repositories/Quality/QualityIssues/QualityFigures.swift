import Domain
import Postgres

/// The reports about quality information (QI-24, QI-31, QI-33): no names, numbers or words of customers.
enum QualityFigures {
  private static let ended = [QualityIssue.State.resolved, .closed].map(\.rawValue)

  /// What came on the day, is open or was closed since: three conditions, each with its index.
  static func majorDaily(_ basis: ReportBasis) -> SQL {
    """
    select q.number, case when q.created_at >= \(basis.start) then 'reported' else 'carriedOver' end, q.created_at, q.source,
      s.code, m.code,
      (select string_agg(concat_ws(' ', d.defect ->> 'partNumber', d.defect ->> 'faultCode'), '; ' order by d.place)
        from jsonb_array_elements(q.defects) with ordinality as d(defect, place)),
      q.level, q.proposed_level, nullif(array_to_string(q.proposed_criteria, ' '), ''), q.state, q.state <> 'closed',
      q.reports::bigint,
      (select (cardinality(r.recipients) - (
          select count(*) from quality_report_deliveries d
          where d.quality_issue_id = r.quality_issue_id and d.sequence = r.sequence))::bigint
        from quality_reports r where r.quality_issue_id = q.id and r.sequence = q.reports),
      q.handling -> -1 ->> 'action', \(instant("q.handling -> -1 ->> 'at'")),
      (select count(*) from quality_measures a where a.quality_issue_id = q.id),
      (select count(*) from quality_measures a where a.quality_issue_id = q.id and a.state in ('open', 'inProgress')),
      q.resolved_at, \(receipt(.station)), \(receipt(.customer)), q.closed_at
    from quality_issues q
      left join stations s on s.id = q.station_id
      left join vehicle_models m on m.id = q.model_id
    where \(basis.scope.condition(qualityIssue: "q")) and (q.class = 'major' or q.state = 'pendingConfirmation') and q.created_at < \(basis.end)
      and (q.created_at >= \(basis.start) or q.state <> 'closed' or q.closed_at >= \(basis.start))
    order by q.created_at, q.number
    """
  }

  static func weekly(_ basis: ReportBasis) -> SQL {
    """
    select w.model, count(*) filter (where w.fresh), count(*) filter (where w.fresh and w.source = 'workOrder'),
      count(*) filter (where w.fresh and w.source = 'complaint'),
      count(*) filter (where w.fresh and w.source = 'earlyWarning'), count(*) filter (where w.fresh and w.level = 'level1'),
      count(*) filter (where w.fresh and w.level = 'level2'), count(*) filter (where w.fresh and w.level = 'level3'),
      count(*) filter (where w.resolved_at >= \(basis.start) and w.resolved_at < \(basis.end)),
      count(*) filter (where w.closed_at >= \(basis.start) and w.closed_at < \(basis.end)),
      count(*) filter (where w.state <> all (\(ended)))
    from (
      select m.code as model, q.created_at >= \(basis.start) as fresh, q.source, q.level, q.state, q.resolved_at, q.closed_at
      from quality_issues q left join vehicle_models m on m.id = q.model_id
      where \(basis.scope.condition(qualityIssue: "q")) and q.created_at < \(basis.end)
        and (q.created_at >= \(basis.start) or q.state <> all (\(ended)) or q.resolved_at >= \(basis.start)
          or q.closed_at >= \(basis.start))
    ) w
    group by w.model
    order by count(*) filter (where w.fresh) desc, w.model nulls last
    """
  }

  /// The issues of the period first, then what was done about these: the cost follows the period.
  static func monthly(_ basis: ReportBasis) -> SQL {
    """
    with issues as materialized (
      select q.id, m.code as model, q.class, q.created_at, q.resolved_at, q.defects
      from quality_issues q
        left join vehicle_models m on m.id = q.model_id
      where \(basis.scope.condition(qualityIssue: "q")) and q.created_at >= \(basis.start) and q.created_at < \(basis.end)
    ), measures as (
      select a.quality_issue_id, count(*) filter (where a.kind = 'corrective') as corrective,
        count(*) filter (where a.kind = 'preventive') as preventive, count(*) filter (where a.state = 'done') as done,
        count(*) filter (where a.state in ('open', 'inProgress')
          and a.due_date < (\(basis.asOf)::timestamptz at time zone 'Asia/Shanghai')::date) as overdue,
        sum(a.effectiveness_percent) as effectiveness, count(a.effectiveness_percent) as judged
      from quality_measures a
      where a.quality_issue_id in (select issues.id from issues) and a.state <> 'dropped'
      group by a.quality_issue_id
    )
    select i.model, i.part, i.fault, count(*), count(*) filter (where i.class = 'major'),
      count(*) filter (where i.resolved_at is not null),
      round(avg(extract(epoch from i.resolved_at - i.created_at) / 86400))::bigint,
      coalesce(sum(a.corrective), 0)::bigint, coalesce(sum(a.preventive), 0)::bigint, coalesce(sum(a.done), 0)::bigint,
      coalesce(sum(a.overdue), 0)::bigint, round(10.0 * sum(a.effectiveness) / nullif(sum(a.judged), 0))::bigint
    from (
      select distinct q.id, q.model, nullif(d.defect ->> 'partNumber', '') as part,
        nullif(d.defect ->> 'faultCode', '') as fault, q.class, q.created_at, q.resolved_at
      from issues q left join lateral jsonb_array_elements(q.defects) as d(defect) on true
    ) i
      left join measures a on a.quality_issue_id = i.id
    group by i.model, i.part, i.fault
    order by count(*) desc, i.model nulls last, i.part nulls last, i.fault nulls last
    """
  }

  private static func receipt(_ party: ResultReceipt.Party) -> SQL {
    """
    (select \(instant("r.receipt ->> 'at'"))
      from jsonb_array_elements(q.receipts) as r(receipt) where r.receipt ->> 'party' = \(party.rawValue) limit 1)
    """
  }

  /// Milliseconds as text.
  private static func instant(_ text: SQL) -> SQL { "to_timestamp((" + text + ")::bigint / 1000.0)" }
}
