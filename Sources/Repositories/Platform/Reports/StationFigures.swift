import Domain
import Postgres

/// What reports count by station, of documents of several families: those that the caller's lists show, his own alone where he
/// reaches no others.
enum StationFigures {
  /// What is open at the instant.
  static func backlog(_ basis: ReportBasis) -> SQL {
    let atDesk = ServiceRequestLifecycle.atDesk.map(\.rawValue).sorted()
    let requestsEnded = ServiceRequestLifecycle.ended.map(\.rawValue).sorted()
    let ordersEnded = WorkOrderLifecycle.ended.map(\.rawValue).sorted()
    return """
      with requests as (
        select holder, count(*) as open, count(*) filter (where state = any (\(atDesk))) as at_desk,
          min(created_at) as oldest
        from (
          select \(ServiceRequestFigures.holder("r.station_id")) as holder, r.state, r.created_at
          from service_requests r
          where \(ServiceRequestRepository.visible(to: basis.scope)) and r.state <> all (\(requestsEnded))
        ) open_requests
        where \(basis.scope.condition(on: "holder"))
        group by holder
      ), orders as (
        select w.station_id as holder, count(*) as open,
          count(*) filter (where w.delivered_at is null and w.promised_delivery_at < \(basis.asOf)) as past_promise
        from work_orders w
        where \(basis.scope.condition(workOrder: "w")) and w.state <> all (\(ordersEnded))
        group by w.station_id
      ), deadlines as (
        select c.station_id as holder, count(*) as open,
          count(*) filter (where c.breached_at is not null or c.due_at < \(basis.asOf)) as overdue,
          count(*) filter (where c.breached_at is null and c.due_at >= \(basis.asOf)
            and c.due_at < \(basis.asOf.adding(seconds: 86_400))) as due_soon
        from clocks c
        where \(basis.scope.condition(on: "c.station_id", case: "c.subject_id")) and c.met_at is null and c.cancelled_at is null
        group by c.station_id
      ), holders as (
        select holder from requests union select holder from orders union select holder from deadlines
      )
      select s.code, s.name, coalesce(requests.open, 0), coalesce(requests.at_desk, 0),
        floor(extract(epoch from \(basis.asOf)::timestamptz - requests.oldest) / 3600)::bigint,
        coalesce(orders.open, 0), coalesce(orders.past_promise, 0), coalesce(deadlines.open, 0),
        coalesce(deadlines.overdue, 0), coalesce(deadlines.due_soon, 0)
      from holders
        left join stations s on s.id = holders.holder
        left join requests on requests.holder is not distinct from holders.holder
        left join orders on orders.holder is not distinct from holders.holder
        left join deadlines on deadlines.holder is not distinct from holders.holder
      order by s.code nulls first
      """
  }

  /// Clocks that were started in the period, by station and kind.
  static func clockBreaches(_ basis: ReportBasis) -> SQL {
    let kept: SQL = "count(*) filter (where c.met_at is not null and c.breached_at is null)"
    // Also what time has not come by yet to find.
    let missed: SQL = "(c.breached_at is not null or c.met_at is null and c.due_at < \(basis.asOf))"
    return """
      select s.code, s.name, c.kind, count(*), \(kept),
        count(*) filter (where c.met_at is not null and c.breached_at is not null),
        count(*) filter (where c.met_at is null and c.cancelled_at is null and \(missed)),
        count(*) filter (where c.met_at is null and c.cancelled_at is null and not coalesce(\(missed), false)),
        count(*) filter (where c.cancelled_at is not null),
        \(ReportRepository.percent(
          kept, of: "count(*) filter (where c.cancelled_at is null and (c.met_at is not null or \(missed)))")),
        round(avg(\(ReportRepository.minutes(from: "c.breached_at", to: "c.met_at")))
          filter (where c.breached_at is not null))::bigint,
        count(*) filter (where c.escalation_level > 0)
      from clocks c
        left join stations s on s.id = c.station_id
      where \(basis.scope.condition(on: "c.station_id", case: "c.subject_id")) and c.started_at >= \(basis.start)
        and c.started_at < \(basis.end)
      group by s.code, s.name, c.kind
      order by s.code nulls first, c.kind
      """
  }

  /// Orders received, delivered, come back and inspected in the period.
  static func throughput(_ basis: ReportBasis) -> SQL {
    let within: SQL = ">= \(basis.start)"
    let own: SQL = basis.scope.own(document: "q.work_order_id") ?? "true"
    return """
      with received as (
        select w.station_id, count(*) as orders, count(w.rework_of) as reworks
        from work_orders w
        where \(basis.scope.condition(workOrder: "w")) and w.created_at \(within) and w.created_at < \(basis.end)
        group by w.station_id
      ), delivered as (
        select w.station_id, count(*) as orders, count(w.promised_delivery_at) as promised,
          count(*) filter (where w.delivered_at <= w.promised_delivery_at) as kept,
          avg(extract(epoch from w.delivered_at - w.created_at)) / 3600 as hours
        from work_orders w
        where \(basis.scope.condition(workOrder: "w")) and w.delivered_at \(within) and w.delivered_at < \(basis.end)
        group by w.station_id
      ), inspected as (
        select q.station_id, count(*) as inspections, count(*) filter (where not q.passed) as failed
        from quality_inspections q
        where \(basis.scope.condition(on: "q.station_id")) and \(own) and q.inspected_at \(within)
          and q.inspected_at < \(basis.end)
        group by q.station_id
      )
      select s.code, s.name, coalesce(received.orders, 0), coalesce(delivered.orders, 0),
        coalesce(delivered.promised, 0), coalesce(delivered.kept, 0), round(delivered.hours)::bigint,
        coalesce(received.reworks, 0), \(ReportRepository.percent("coalesce(received.reworks, 0)", of: "delivered.orders")),
        coalesce(inspected.inspections, 0), coalesce(inspected.failed, 0)
      from stations s
        left join received on received.station_id = s.id
        left join delivered on delivered.station_id = s.id
        left join inspected on inspected.station_id = s.id
      where received.station_id is not null or delivered.station_id is not null or inspected.station_id is not null
      order by s.code
      """
  }
}
