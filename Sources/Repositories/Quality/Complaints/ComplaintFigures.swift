import Domain
import Postgres

/// The report about complaints (CMP-10): no names, numbers or words of customers.
enum ComplaintFigures {
  private static let ended = [Complaint.State.closed, .closedUnjustified, .merged].map(\.rawValue)

  /// Each of the four conditions has its index, as in `ServiceRequestFigures.register`.
  static func daily(_ basis: ReportBasis) -> SQL {
    """
    select c.number, case when c.created_at >= \(basis.start) then 'received' else 'carriedOver' end, c.created_at, s.code,
      c.channel, c.kind, c.level, c.category, c.component, m.code, c.state, c.state <> all (\(ended)),
      c.assignment ->> 'department', c.escalation_level, c.cause, jsonb_array_length(c.solutions)::bigint, c.refusals::bigint,
      c.promised_resolution_at, r.resolved_at, r.resolved_at <= c.promised_resolution_at,
      (c.satisfaction_call ->> 'satisfied')::boolean, c.reopenings::bigint, c.closed_at
    from complaints c
      left join stations s on s.id = c.station_id
      left join vehicles v on v.id = c.vehicle_id
      left join vehicle_models m on m.id = v.model_id
      cross join lateral (select to_timestamp((c.resolution ->> 'at')::bigint / 1000.0) as resolved_at) r
    where \(basis.scope.condition(complaint: "c")) and c.created_at < \(basis.end)
      and (c.created_at >= \(basis.start) or c.state not in ('closed', 'closedUnjustified', 'merged')
        or c.closed_at >= \(basis.start) or c.closed_at is null and c.updated_at >= \(basis.start))
    order by c.created_at, c.number
    """
  }
}
