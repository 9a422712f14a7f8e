import Domain
import Postgres

/// What reports count of parts orders and stores (PO-05, PRT-06, PRT-18).
enum PartsFigures {
  /// Orders submitted in the period by station: supplied in time, filled from stock, vehicles off the road, turnover of the store.
  static func supply(_ basis: ReportBasis) -> SQL {
    let onTime: SQL = "count(*) filter (where l.shipped_at <= l.supply_due_at)"
    // Also what is not shipped yet though due.
    let late: SQL = """
      count(*) filter (where l.shipped_at > l.supply_due_at
        or l.shipped_at is null and l.outstanding > 0 and l.supply_due_at < \(basis.asOf))
      """
    return """
      with lines as (
        select p.station_id, p.id as order_id, p.kind, p.supply_due_at, p.confirmed_at, l.quantity, l.filled_quantity,
          l.shipped_at, l.open_quantity + l.backordered_quantity as outstanding, l.backordered_quantity
        from parts_orders p join parts_order_lines l on l.order_id = p.id
        where \(basis.scope.condition(on: "p.station_id")) and p.submitted_at >= \(basis.start)
          and p.submitted_at < \(basis.end) and l.replaces is null
      ), ordered as (
        select l.station_id, count(distinct l.order_id) as orders, count(*) as lines, \(onTime) as on_time, \(late) as late,
          sum(l.quantity) filter (where l.confirmed_at is not null) as confirmed,
          sum(l.filled_quantity) filter (where l.confirmed_at is not null) as filled,
          count(*) filter (where l.backordered_quantity > 0) as backordered
        from lines l
        group by l.station_id
      ), waiting as (
        select p.station_id, count(*) as orders,
          sum(ceil(extract(epoch from coalesce(p.received_at, \(basis.asOf)::timestamptz) - p.downtime_since) / 86400)) as days
        from parts_orders p
        where \(basis.scope.condition(on: "p.station_id")) and p.kind = 'vor' and p.submitted_at >= \(basis.start)
          and p.submitted_at < \(basis.end) and p.state <> all ('{cancelled,rejected}')
        group by p.station_id
      ), consumed as (
        select m.station_id, -sum(m.cost) as cost
        from stock_movements m
        where \(basis.scope.condition(on: "m.station_id")) and m.station_id is not null
          and m.kind = any ('{issue,issueReturn,sale,saleReturn}') and m.recorded_at >= \(basis.start) and m.recorded_at < \(basis.end)
        group by m.station_id
      ), stored as (
        select v.station_id, sum(v.value) as value
        from stock_levels v
        where \(basis.scope.condition(on: "v.station_id")) and v.station_id is not null
        group by v.station_id
      )
      select s.code, s.name, coalesce(ordered.orders, 0), coalesce(ordered.lines, 0), coalesce(ordered.on_time, 0),
        coalesce(ordered.late, 0), \(ReportRepository.percent("ordered.on_time", of: "ordered.on_time + ordered.late")),
        coalesce(ordered.confirmed, 0)::bigint, coalesce(ordered.filled, 0)::bigint,
        \(ReportRepository.percent("ordered.filled", of: "ordered.confirmed")), coalesce(ordered.backordered, 0),
        coalesce(waiting.orders, 0), coalesce(waiting.days, 0)::bigint,
        \(ReportRepository.percent("consumed.cost", of: "stored.value"))
      from stations s
        left join ordered on ordered.station_id = s.id
        left join waiting on waiting.station_id = s.id
        left join consumed on consumed.station_id = s.id
        left join stored on stored.station_id = s.id
      where ordered.station_id is not null or waiting.station_id is not null or consumed.station_id is not null
      order by s.code
      """
  }

  /// What came into the stores of the scope in the period and left them, part by part, and what was ordered and did not arrive.
  static func monthly(_ basis: ReportBasis) -> SQL {
    func moved(_ kinds: SQL) -> SQL {
      "coalesce(sum(abs(m.quantity)) filter (where m.kind = any (\(kinds)) and m.recorded_at >= \(basis.start)), 0)::bigint"
    }
    return """
      with moved as (
        select m.station_id, m.part_id,
          coalesce(sum(m.quantity) filter (where m.recorded_at < \(basis.start)), 0)::bigint as opening,
          \(moved("'{receipt,shipmentReceipt,transferIn}'")) as received,
          \(moved("'{issue}'")) as issued, \(moved("'{issueReturn}'")) as brought_back, (\(moved("'{sale}'")) - \(moved("'{saleReturn}'"))) as sold,
          coalesce(sum(m.quantity) filter (
            where m.kind <> all ('{receipt,shipmentReceipt,transferIn,issue,issueReturn,sale,saleReturn}')
              and m.recorded_at >= \(basis.start)), 0)::bigint as others,
          sum(m.quantity)::bigint as closing
        from stock_movements m
        where \(basis.scope.condition(on: "m.station_id")) and m.station_id is not null and m.recorded_at < \(basis.end)
        group by m.station_id, m.part_id
      ), ordered as (
        select p.station_id, l.part_id, sum(l.quantity)::bigint as quantity, sum(l.short_quantity)::bigint as short,
          sum(l.rejected_quantity)::bigint as rejected
        from parts_orders p join parts_order_lines l on l.order_id = p.id
        where \(basis.scope.condition(on: "p.station_id")) and p.submitted_at >= \(basis.start)
          and p.submitted_at < \(basis.end) and l.replaces is null
        group by p.station_id, l.part_id
      )
      select s.code, s.name, c.number, c.name, coalesce(moved.opening, 0), coalesce(moved.received, 0),
        coalesce(moved.issued, 0), coalesce(moved.brought_back, 0), coalesce(moved.sold, 0), coalesce(moved.others, 0),
        coalesce(moved.closing, 0), coalesce(ordered.quantity, 0), coalesce(ordered.short, 0),
        coalesce(ordered.rejected, 0)
      from moved
        full join ordered on ordered.station_id = moved.station_id and ordered.part_id = moved.part_id
        join stations s on s.id = coalesce(moved.station_id, ordered.station_id)
        join parts c on c.id = coalesce(moved.part_id, ordered.part_id)
      order by s.code, c.number
      """
  }

  /// What jobs and the counter used in the period, part by part, and what is left of it (PRT-21).
  static func usage(_ basis: ReportBasis) -> SQL {
    func moved(_ kind: SQL) -> SQL {
      "coalesce(sum(abs(m.quantity)) filter (where m.kind = \(kind)), 0)::bigint"
    }
    return """
      with used as (
        select m.station_id, m.part_id, \(moved("'issue'")) as issued, \(moved("'issueReturn'")) as brought_back,
          \(moved("'sale'")) as sold, \(moved("'saleReturn'")) as taken_back, (-sum(m.quantity))::bigint as used,
          count(distinct m.source_id) filter (where m.kind = 'issue') as work_orders
        from stock_movements m
        where \(basis.scope.condition(on: "m.station_id")) and m.station_id is not null
          and m.kind = any ('{issue,issueReturn,sale,saleReturn}') and m.recorded_at >= \(basis.start)
          and m.recorded_at < \(basis.end)
        group by m.station_id, m.part_id
      )
      select s.code, s.name, c.number, c.name, u.issued, u.brought_back, u.sold, u.taken_back, u.used, u.work_orders,
        coalesce(l.on_hand, 0), coalesce(l.on_order, 0)
      from used u
        join stations s on s.id = u.station_id
        join parts c on c.id = u.part_id
        left join stock_locations o on o.station_id = u.station_id
        left join stock_levels l on l.location_id = o.id and l.part_id = u.part_id
      order by s.code, c.number
      """
  }
}
