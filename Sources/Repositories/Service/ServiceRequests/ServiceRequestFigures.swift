import Domain
import Postgres

/// What reports count of service requests.
enum ServiceRequestFigures {
  private static let ended = ServiceRequestLifecycle.ended.map(\.rawValue).sorted()
  private static let calls = ServiceRequest.Kind.allCases.filter(\.isRepairCall).map(\.rawValue)

  /// The requests of some media that were received in the period, and the earlier ones that were still open when it began.
  ///
  /// Each of the four conditions has its index; the ended states stand in the text, because an index of open requests serves no
  /// other, and `coalesce` would hide both columns from theirs under row-level security.
  static func register(of media: [ServiceRequest.Medium], _ basis: ReportBasis) -> SQL {
    """
    select r.number, case when r.created_at >= \(basis.start) then 'received' else 'carriedOver' end, r.created_at,
      r.created_by, registrar.code, r.medium, r.source, r.kind, r.urgency, r.city, r.state,
      r.state <> all (\(ended)), r.forwarded_to, \(holder("keeper.code")), r.dispatches::bigint, r.first_response_at,
      floor(\(ReportRepository.minutes(from: "r.created_at", to: "r.first_response_at")))::bigint,
      \(answeredInTime(basis)), \(instant("r.escalation ->> 'at'")), \(instant("r.resolution ->> 'at'")),
      case when r.resolution is not null then r.dispatches = 0 end,
      \(receipt(.station)), \(receipt(.customer)), \(instant("r.call_back ->> 'at'")),
      (r.call_back ->> 'satisfied')::boolean, (r.call_back ->> 'rating')::bigint, r.closed_at
    from service_requests r
      left join stations registrar on registrar.id = r.registered_station_id
      left join stations keeper on keeper.id = r.station_id
    where \(ServiceRequestRepository.visible(to: basis.scope)) and r.medium = any (\(media.map(\.rawValue)))
      and r.created_at < \(basis.end)
      and (r.created_at >= \(basis.start) or r.state not in ('cancelled', 'closed', 'converted')
        or r.closed_at >= \(basis.start) or r.closed_at is null and r.updated_at >= \(basis.start))
    order by r.created_at, r.number
    """
  }

  /// Repair calls of the period by the station that has them; those in no station's hands stand with headquarters.
  static func responseSpeed(_ basis: ReportBasis) -> SQL {
    let limits = basis.limits
    let arrival: SQL = "case when city_minor_repair then \(limits.cityArrival) else \(limits.arrival) end"
    return """
      select s.code, s.name, count(*), count(responded), count(*) filter (where in_time),
        count(*) filter (where not in_time),
        \(ReportRepository.percent("count(*) filter (where in_time)", of: "count(in_time)")),
        round(avg(responded))::bigint, round(percentile_cont(0.5) within group (order by responded))::bigint,
        round(percentile_cont(0.9) within group (order by responded))::bigint, round(avg(accepted))::bigint,
        count(arrived), count(*) filter (where arrived * 60 <= \(arrival)), round(avg(arrived))::bigint,
        count(cleared), count(*) filter (where cleared * 60 <= \(limits.clearing))
      from (
        select \(holder("r.station_id")) as holder, r.city_minor_repair,
          \(ReportRepository.minutes(from: "r.created_at", to: "r.first_response_at")) as responded,
          \(answeredInTime(basis)) as in_time,
          \(ReportRepository.minutes(from: "r.dispatched_at", to: "r.accepted_at")) as accepted,
          \(ReportRepository.minutes(from: "r.created_at", to: "r.arrived_at")) as arrived,
          \(ReportRepository.minutes(
            from: "coalesce(r.arrived_at, r.started_at)", to: instant("r.resolution ->> 'clearedAt'"))) as cleared
        from service_requests r
        where \(ServiceRequestRepository.visible(to: basis.scope)) and r.kind = any (\(calls))
          and r.created_at >= \(basis.start) and r.created_at < \(basis.end)
      ) calls
        left join stations s on s.id = calls.holder
      where \(basis.scope.condition(on: "calls.holder"))
      group by s.code, s.name
      order by s.code nulls first
      """
  }

  /// Who has a request, or had it last: nobody but headquarters while a station's own desk or dispatch does not hold it.
  static func holder(_ column: SQL) -> SQL {
    "case when r.dispatched_at is not null or r.registered_station_id = r.station_id then " + column + " end"
  }

  /// Of repair calls, whether the first response kept to the policy; null while there is time, and where it ended before.
  private static func answeredInTime(_ basis: ReportBasis) -> SQL {
    let limit: SQL = "\(basis.limits.response) * interval '1 second'"
    return """
      case
        when r.kind <> all (\(calls)) then null
        when r.first_response_at is not null then r.first_response_at <= r.created_at + \(limit)
        when r.state <> all (\(ended)) and r.created_at + \(limit) < \(basis.asOf) then false
      end
      """
  }

  private static func receipt(_ party: RequestReceipt.Party) -> SQL {
    """
    (select min(\(instant("told.receipt ->> 'at'"))) from jsonb_array_elements(r.receipts) as told(receipt)
      where told.receipt ->> 'party' = \(party.rawValue))
    """
  }

  /// Instants inside of records are milliseconds since 1970.
  private static func instant(_ member: SQL) -> SQL {
    "(timestamptz 'epoch' + (" + member + ")::bigint * interval '1 millisecond')"
  }
}
