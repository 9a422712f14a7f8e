import Domain
import Postgres

/// What reports count of claims (CLM-16).
enum ClaimFigures {
  /// Items of claims submitted in the period by month, station, model and component group, amounts in minor units. Recoveries are
  /// seen as far as the reader sees them.
  static func cost(_ basis: ReportBasis) -> SQL {
    let net: SQL = "sum(l.approved - coalesce(r.recovered, 0))"
    return """
      select to_char(c.submitted_at at time zone 'Asia/Shanghai', 'YYYY-MM'), s.code, s.name, m.code, i.component_group,
        c.currency, count(distinct c.id), count(*), (sum(l.claimed) * 100)::bigint, (sum(l.approved) * 100)::bigint,
        (sum(l.refused) * 100)::bigint, (sum(r.recovered) * 100)::bigint, (\(net) * 100)::bigint, f.vehicles,
        round(\(net) * 100 / f.vehicles)::bigint
      from warranty_claims c
        join stations s on s.id = c.station_id
        join warranty_claim_items i on i.claim_id = c.id
        join lateral (
          select coalesce(sum(x.amount), 0) as claimed, coalesce(sum(x.approved_amount), 0) as approved,
            coalesce(sum(x.amount - x.approved_amount) filter (
              where x.decision in ('approved', 'reduced', 'rejected')), 0) as refused
          from warranty_claim_lines x
          where x.claim_id = i.claim_id and x.item = i.number
        ) l on true
        left join lateral (
          select sum(x.agreed_amount) as recovered
          from supplier_recovery_lines x join supplier_recoveries q on q.id = x.recovery_id
          where x.claim_id = i.claim_id and x.claim_item = i.number and q.state = 'settled'
        ) r on true
        left join vehicles v on v.id = c.vehicle_id
        left join vehicle_models m on m.id = v.model_id
        left join (
          select x.model_id, count(*) as vehicles
          from vehicles x
          where x.model_id is not null and x.sale_date < (\(basis.end) at time zone 'Asia/Shanghai')::date
          group by x.model_id
        ) f on f.model_id = m.id
      where \(basis.scope.condition(on: "c.station_id")) and c.submitted_at >= \(basis.start)
        and c.submitted_at < \(basis.end) and c.state not in ('draft', 'withdrawn')
      group by 1, s.code, s.name, m.code, i.component_group, c.currency, f.vehicles
      order by 1, s.code, m.code, i.component_group, c.currency
      """
  }
}
