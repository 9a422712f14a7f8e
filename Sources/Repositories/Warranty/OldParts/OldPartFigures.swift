import Domain
import Postgres

/// What reports count of old parts and recoveries (ANA-12, ANA-19).
enum OldPartFigures {
  /// Parts asked back in the period by station: timely, and what their inspection found.
  static func returns(_ basis: ReportBasis) -> SQL {
    let inTime: SQL = "count(*) filter (where o.shipment is not null and o.overdue_at is null)"
    let late: SQL = "count(*) filter (where o.shipment is not null and o.overdue_at is not null)"
    let overdue: SQL = "count(*) filter (where o.state = 'overdue')"
    let inspected: SQL = "count(*) filter (where o.inspection is not null)"
    let asClaimed: SQL = "count(*) filter (where o.inspection ->> 'verdict' = 'asClaimed')"
    return """
      select s.code, s.name, count(*), \(inTime), \(late), \(overdue), count(*) filter (where o.state = 'due'),
        \(ReportRepository.percent(inTime, of: inTime + " + " + late + " + " + overdue)), \(inspected), \(asClaimed),
        \(ReportRepository.percent(asClaimed, of: inspected))
      from old_parts o join stations s on s.id = o.station_id
      where \(basis.scope.condition(oldPart: "o")) and o.requested_at >= \(basis.start) and o.requested_at < \(basis.end)
      group by s.code, s.name
      order by s.code
      """
  }

  /// Recoveries compiled in the period by supplier and currency, amounts in minor units.
  static func recoveries(_ basis: ReportBasis) -> SQL {
    """
    select s.code, s.name, r.currency, count(*), coalesce(sum(l.items), 0)::bigint,
      coalesce(sum(l.disputed), 0)::bigint, (coalesce(sum(l.parts_cost), 0) * 100)::bigint,
      (sum(r.amount) * 100)::bigint, (coalesce(sum(r.agreed_amount), 0) * 100)::bigint,
      (coalesce(sum(r.agreed_amount) filter (where r.state = 'settled'), 0) * 100)::bigint,
      \(ReportRepository.percent(
        "sum(r.agreed_amount)", of: "sum(r.amount) filter (where r.agreed_amount is not null)"))
    from supplier_recoveries r
      join suppliers s on s.id = r.supplier_id
      left join lateral (
        select count(*) as items, count(x.dispute_reason) as disputed, sum(x.parts_cost - coalesce((
            select p.parts_cost from supplier_recovery_lines p
            where p.claim_id = x.claim_id and p.claim_item = x.claim_item and p.ordinal = x.ordinal - 1), 0)) as parts_cost
        from supplier_recovery_lines x
        where x.recovery_id = r.id
      ) l on true
    where \(basis.scope.condition(supplierRecovery: "r")) and r.created_at >= \(basis.start)
      and r.created_at < \(basis.end)
    group by s.code, s.name, r.currency
    order by s.code, r.currency
    """
  }
}
