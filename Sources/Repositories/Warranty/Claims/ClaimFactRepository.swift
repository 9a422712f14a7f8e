package import Domain
package import FoundationEssentials
package import Postgres

/// What the audit of a claim asks other families for, over the whole network: the caller's transaction sees it while it gathers.
package enum ClaimFactRepository {
  /// The highest reading of the vehicle's present and former clusters before the day, as kilometres of its life, and the day that
  /// a station has at an instant.
  package static func earlierReading(
    of vehicle: Vehicle.ID, before day: CalendarDate
  ) -> Query<ClaimFacts.Reading?> {
    Query.optional(
      """
      select r.km, (r.read_at at time zone 'Asia/Shanghai')::date
      from odometer_readings r
      where r.vehicle_id = \(vehicle) and (r.read_at at time zone 'Asia/Shanghai')::date < \(day)
        and r.cluster = (
          select max(p.cluster) from odometer_readings p
          where p.vehicle_id = \(vehicle) and (p.read_at at time zone 'Asia/Shanghai')::date <= \(day))
      order by r.km desc, r.read_at
      limit 1
      """
    ) { row in
      let km = Int(try row.next(Int32.self))
      return ClaimFacts.Reading(km: km, on: try row.next(CalendarDate.self))
    }
  }

  /// What customers said against the order on follow-up calls (FUP-14); `line` is `nil` for the order as a whole.
  package static func contradictions(
    of order: WorkOrder.ID
  ) -> Query<[(line: Int?, contradiction: ClaimFacts.Contradiction)]> {
    Query.list(
      """
      select (f.finding ->> 'line')::integer, u.number, f.finding ->> 'kind'
      from follow_ups u
        cross join lateral jsonb_array_elements(u.call -> 'findings') with ordinality as f(finding, place)
      where u.work_order_id = \(order) and u.call is not null
      order by u.number, f.place
      """
    ) { row in
      let line = try row.next(Int32?.self).map(Int.init)
      let number = try row.next(String.self)
      return (line, ClaimFacts.Contradiction(followUp: number, kind: try row.next(String.self)))
    }
  }

  /// Files of the claim and its order whose bytes hang on a document that is neither.
  package static func photosElsewhere(
    of documents: [UUID], limit: Int = 20
  ) -> Query<[ClaimFacts.Photo]> {
    Query.list(
      """
      select distinct on (a.id) a.id, coalesce(o.subject_number, o.resource), o.station_id
      from attachments a
        join attachments o on o.sha256 = a.sha256 and o.id <> a.id and not o.subject_id = any (\(documents))
      where a.subject_id = any (\(documents)) and a.removed_at is null and o.removed_at is null
        and o.resource in ('workOrder', 'warrantyClaim')
      order by a.id, o.uploaded_at, o.id
      limit \(limit)
      """
    ) { row in
      let id = try row.next(Attachment.ID.self)
      let document = try row.next(String.self)
      return ClaimFacts.Photo(attachment: id, document: document, station: try row.next(Station.ID?.self))
    }
  }

  /// People who were clocked on a line of the order and on another order at the same time. The database keeps one person from two
  /// jobs at once; what was written before it did, or past it, is found here.
  package static func overlaps(
    of order: WorkOrder.ID
  ) -> Query<[(line: Int, overlap: ClaimFacts.Overlap)]> {
    Query.list(
      """
      select l.number, t.technician_id, w.number, greatest(t.started_at, o.started_at)
      from technician_clockings t
        join job_lines l on l.id = t.job_line_id
        join technician_clockings o on o.technician_id = t.technician_id and o.work_order_id <> t.work_order_id
          and tstzrange(o.started_at, o.stopped_at) && tstzrange(t.started_at, t.stopped_at)
        join work_orders w on w.id = o.work_order_id
      where t.work_order_id = \(order)
      order by l.number, t.started_at, w.number
      """
    ) { row in
      let line = Int(try row.next(Int32.self))
      let technician = try row.next(UUID.self)
      let number = try row.next(String.self)
      return (
        line, ClaimFacts.Overlap(technician: technician, otherOrder: number, from: try row.next(Timestamp.self))
      )
    }
  }

  /// The parts with these numbers, by number.
  package static func parts(_ numbers: [String]) -> Query<[(number: String, id: Part.ID)]> {
    Query.list("select p.number, p.id from parts p where p.number = any (\(numbers))") {
      (try $0.next(String.self), try $0.next(Part.ID.self))
    }
  }

  /// What became of the parts that were taken out on an order.
  package static func oldParts(of order: WorkOrder.ID) -> Query<[(part: String, state: ClaimFacts.OldPart)]> {
    Query.list(
      """
      select o.part_number,
        case when o.state = 'mismatch' then 'mismatched' when o.state = 'overdue' then 'missing' else 'present' end
      from old_parts o
      where o.work_order_id = \(order)
      order by o.part_number, o.number
      """
    ) { (try $0.next(String.self), try $0.next(as: ClaimFacts.OldPart.self)) }
  }

  /// What was approved of other claims of the order, of these kinds and in this currency, in minor units. What waits for a person is
  /// his to see, and is not counted.
  package static func approved(
    of order: WorkOrder.ID, besides claim: WarrantyClaim.ID, _ kinds: [WarrantyClaim.Kind], _ currency: Currency
  ) -> Query<Int64> {
    Query.one(
      """
      select coalesce(sum(c.approved_amount) * 100, 0)::bigint
      from warranty_claims c
      where c.work_order_id = \(order) and c.id <> \(claim) and c.kind = any (\(kinds.map(\.rawValue)))
        and c.currency = \(currency.rawValue)
        and c.state not in ('draft', 'withdrawn')
      """
    ) { try $0.next(Int64.self) }
  }

  /// The day at the station at an instant.
  package static func day(at station: Station.ID, _ instant: Timestamp) -> Query<CalendarDate?> {
    Query.optional(
      "select (\(instant)::timestamptz at time zone s.time_zone)::date from stations s where s.id = \(station)"
    ) { try $0.next(CalendarDate.self) }
  }
}
