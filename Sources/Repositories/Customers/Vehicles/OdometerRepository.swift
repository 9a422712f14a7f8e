package import Domain
import FoundationEssentials
package import Postgres

/// Odometer readings: append-only, network-wide, so that a drop is seen wherever the vehicle was read before.
package enum OdometerRepository {
  /// The readings around an instant on the cluster that was built in then. Late readings are held against both sides,
  /// and against what a replaced cluster showed last.
  package static func neighbours(of vehicle: Vehicle.ID, at instant: Timestamp) -> Query<OdometerNeighbours> {
    Query.one(
      """
      select c.cluster, p.km, p.read_at, n.km, n.read_at
      from (
        select coalesce(max(r.cluster), 1) as cluster
        from odometer_readings r
        where r.vehicle_id = \(vehicle) and r.replaced_km is not null and r.read_at <= \(instant)
      ) c
      left join lateral (
        select r.km, r.read_at
        from odometer_readings r
        where r.vehicle_id = \(vehicle) and r.cluster = c.cluster and r.read_at <= \(instant)
        order by r.km desc, r.read_at desc
        limit 1
      ) p on true
      left join lateral (
        select r.km, r.read_at
        from (
          select r.km, r.read_at
          from odometer_readings r
          where r.vehicle_id = \(vehicle) and r.cluster = c.cluster and r.read_at > \(instant)
          union all
          select r.replaced_km, r.read_at
          from odometer_readings r
          where r.vehicle_id = \(vehicle) and r.cluster = c.cluster + 1 and r.replaced_km is not null
        ) r
        order by r.km, r.read_at
        limit 1
      ) n on true
      """
    ) { row in
      let cluster = try row.next(Int.self)
      let previous = try reading(&row)
      let next = try reading(&row)
      return OdometerNeighbours(cluster: cluster, previous: previous, next: next)
    }
  }

  package static func insert(_ entry: OdometerEntry) -> Query<Int> {
    refusingFall(
      Query.execute(
        """
        insert into odometer_readings (id, vehicle_id, km, read_at, cluster, source, work_order_id, note, replaced_km,
          replacement_reason, recorded_at, recorded_by, recorded_by_id)
        values (\(entry.id), \(entry.vehicleID), \(entry.reading.kilometres), \(entry.reading.at), \(entry.cluster),
          \(entry.source.rawValue), \(entry.workOrderID), \(entry.note), \(entry.replacement?.oldKm),
          \(entry.replacement?.reason), \(entry.recordedAt), \(entry.recordedBy.name), \(entry.recordedBy.id))
        """
      ).refusing("odometer_readings_vehicle_id_fkey") {
        Refusal.invalid("#/vehicleId", .notFound, "there is no such vehicle")
      })
  }

  /// Writes where the odometer stands into the vehicle; together with `insert`, behind its lock.
  package static func advance(_ vehicle: Vehicle, expecting version: Int) -> Query<Int> {
    let odometer = vehicle.odometer
    return refusingFall(
      Query.execute(
        """
        update vehicles
        set odometer_km = \(odometer.latest?.kilometres), odometer_at = \(odometer.latest?.at),
          odometer_source = \(odometer.source?.rawValue), odometer_cluster = \(odometer.cluster),
          odometer_offset_km = \(odometer.offset),
          \(RecordColumns.assignments(vehicle.externalIDs, vehicle.version, vehicle.stamp))
        where id = \(vehicle.id) and version = \(version)
        """))
  }

  package static func list(
    of vehicle: Vehicle.ID, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<OdometerEntry>> {
    ListPlan(
      columns: """
        r.id, r.vehicle_id, r.km, r.read_at, r.cluster, r.source, r.work_order_id, r.note, r.replaced_km,
        r.replacement_reason, r.recorded_at, r.recorded_by, r.recorded_by_id
        """,
      from: "odometer_readings r", id: "r.id",
      sorts: ["readAt": .init("r.read_at", type: "timestamptz")], conditions: ["r.vehicle_id = \(vehicle)"]
    ).query(page, decode: decode)
  }

  /// The last guard stands in the database; behind the row lock only a bug or another door can reach it.
  private static func refusingFall(_ query: Query<Int>) -> Query<Int> {
    query.refusing("vehicles_odometer_never_falls") {
      Refusal.conflict(
        code: "odometer-fell", detail: "The kilometres would fall; if the cluster was replaced, record that first.")
    }
  }

  private static func reading(_ row: inout Row) throws -> OdometerLedger.Reading? {
    let km = try row.next(Int?.self)
    let at = try row.next(Timestamp?.self)
    guard let km, let at else { return nil }
    return OdometerLedger.Reading(kilometres: km, at: at)
  }

  @Sendable private static func decode(_ row: inout Row) throws -> OdometerEntry {
    let id = try row.next(OdometerEntry.ID.self)
    let vehicleID = try row.next(Vehicle.ID.self)
    let reading = OdometerLedger.Reading(kilometres: try row.next(Int.self), at: try row.next(Timestamp.self))
    let cluster = try row.next(Int.self)
    let source = try row.next(as: VehicleOdometer.Source.self)
    let workOrderID = try row.next(Identifier<WorkOrder>?.self)
    let note = try row.next(String?.self)
    let oldKm = try row.next(Int?.self)
    let reason = try row.next(String?.self)
    let recordedAt = try row.next(Timestamp.self)
    let recordedBy = RecordStamp.Author(name: try row.next(String.self), id: try row.next(UUID?.self))
    var replacement: OdometerEntry.Replacement?
    if let oldKm, let reason { replacement = OdometerEntry.Replacement(oldKm: oldKm, reason: reason) }
    return OdometerEntry(
      id: id, vehicleID: vehicleID, reading: reading, cluster: cluster, source: source, workOrderID: workOrderID,
      note: note, replacement: replacement, recordedAt: recordedAt, recordedBy: recordedBy)
  }
}
