package import Domain
import FoundationEssentials
package import Postgres

/// What hangs on a complaint in tables of its own: compensations and vehicle returns. Loaded and saved with it.
package enum ComplaintRecordRepository {
  package static func compensations(of complaint: Reference<Complaint>, in scope: Scope) -> Query<[Compensation]> {
    Query.list(
      """
      select p.id, p.purpose, p.amount, p.currency, p.recorded_at, p.recorded_by, p.recorded_by_id, p.paid_at,
        p.payment_reference, p.payment_by
      from complaints c join complaint_compensations p on p.complaint_id = c.id
      where
      """ + " " + ComplaintRepository.names(complaint) + " and \(ComplaintRepository.visible(to: scope)) order by p.id"
    ) { row in
      let id = try row.next(Compensation.ID.self)
      let purpose = try row.next(String.self)
      let amount = try row.next(MinorUnits.self)
      let currency = try row.next(as: Currency.self)
      let recordedAt = try row.next(Timestamp.self)
      let recordedBy = try row.next(String.self)
      let recordedByID = try row.next(UUID?.self)
      var payment: Compensation.Payment?
      let paidAt = try row.next(Timestamp?.self)
      let reference = try row.next(String?.self)
      let paidBy = try row.next(String?.self)
      if let paidAt, let reference, let paidBy {
        payment = .init(reference: reference, paidAt: paidAt, recordedBy: paidBy)
      }
      return Compensation(
        id: id, purpose: purpose, amount: Money(minor: amount.value, currency: currency), recordedBy: recordedBy,
        recordedByID: recordedByID, recordedAt: recordedAt, payment: payment)
    }
  }

  package static func vehicleReturns(of complaint: Reference<Complaint>, in scope: Scope) -> Query<[VehicleReturn]> {
    Query.list(
      """
      select v.id, v.vehicle_id, v.note, v.carrier, v.collected_from, v.odometer_km, v.collected_at, v.recorded_by,
        v.storage
      from complaints c join complaint_vehicle_returns v on v.complaint_id = c.id
      where
      """ + " " + ComplaintRepository.names(complaint) + " and \(ComplaintRepository.visible(to: scope)) order by v.id"
    ) { row in
      let id = try row.next(VehicleReturn.ID.self)
      let vehicle = try row.next(Vehicle.ID.self)
      let note = try row.next(String.self)
      let carrier = try row.next(String?.self)
      let from = try row.next(String?.self)
      let odometer = try row.next(Int?.self)
      let collectedAt = try row.next(Timestamp.self)
      let recordedBy = try row.next(String.self)
      let storage = try row.next(JSONB?.self).flatMap { ComplaintJSON.storage($0.bytes) }
      return VehicleReturn(
        id: id, vehicleID: vehicle, note: note, carrier: carrier, collectedFrom: from, odometerKm: odometer,
        collectedAt: collectedAt, recordedBy: recordedBy, storage: storage)
    }
  }

  /// The statements that turn what hangs on `before` into what hangs on `after`. Nothing is ever taken off.
  static func save(_ after: Complaint, over before: Complaint?) -> [Query<Int>] {
    save(after, after.major.compensations, before?.major.compensations ?? [], insert, update)
      + save(after, after.major.vehicleReturns, before?.major.vehicleReturns ?? [], insert, update)
      + follow(after, before)
  }

  private static func save<Item: Equatable & Identifiable>(
    _ complaint: Complaint, _ after: [Item], _ before: [Item], _ insert: (Item, Complaint) -> Query<Int>,
    _ update: (Item) -> Query<Int>
  ) -> [Query<Int>] {
    after.compactMap { item in
      guard let known = before.first(where: { $0.id == item.id }) else { return insert(item, complaint) }
      return known == item ? nil : update(item)
    }
  }

  /// What hangs on a case goes to the station that it is handed over to.
  private static func follow(_ after: Complaint, _ before: Complaint?) -> [Query<Int>] {
    guard let before, before.stationID != after.stationID else { return [] }
    let (station, id) = (after.stationID, after.id)
    var statements: [Query<Int>] = []
    if !before.major.compensations.isEmpty {
      statements.append(
        Query.execute("update complaint_compensations set station_id = \(station) where complaint_id = \(id)"))
    }
    if !before.major.vehicleReturns.isEmpty {
      statements.append(
        Query.execute("update complaint_vehicle_returns set station_id = \(station) where complaint_id = \(id)"))
    }
    return statements
  }

  private static func insert(_ compensation: Compensation, of complaint: Complaint) -> Query<Int> {
    Query.execute(
      """
      insert into complaint_compensations (id, complaint_id, station_id, purpose, amount, currency, recorded_at,
        recorded_by, recorded_by_id, paid_at, payment_reference, payment_by)
      values (\(compensation.id), \(complaint.id), \(complaint.stationID), \(compensation.purpose),
        \(compensation.amount.minorUnits), \(compensation.amount.currency.rawValue), \(compensation.recordedAt),
        \(compensation.recordedBy), \(compensation.recordedByID), \(compensation.payment?.paidAt),
        \(compensation.payment?.reference), \(compensation.payment?.recordedBy))
      """)
  }

  private static func update(_ compensation: Compensation) -> Query<Int> {
    Query.execute(
      """
      update complaint_compensations
      set paid_at = \(compensation.payment?.paidAt), payment_reference = \(compensation.payment?.reference),
        payment_by = \(compensation.payment?.recordedBy)
      where id = \(compensation.id)
      """)
  }

  private static func insert(_ vehicle: VehicleReturn, of complaint: Complaint) -> Query<Int> {
    Query.execute(
      """
      insert into complaint_vehicle_returns (id, complaint_id, station_id, vehicle_id, note, carrier, collected_from,
        odometer_km, collected_at, recorded_by, storage)
      values (\(vehicle.id), \(complaint.id), \(complaint.stationID), \(vehicle.vehicleID), \(vehicle.note),
        \(vehicle.carrier), \(vehicle.collectedFrom), \(vehicle.odometerKm), \(vehicle.collectedAt),
        \(vehicle.recordedBy), \(vehicle.storage.map(ComplaintJSON.encode)))
      """
    ).refusing("complaint_vehicle_returns_vehicle_id_fkey") {
      Refusal.invalid("#/vehicleId", .notFound, "there is no such vehicle")
    }
  }

  private static func update(_ vehicle: VehicleReturn) -> Query<Int> {
    Query.execute(
      """
      update complaint_vehicle_returns set storage = \(vehicle.storage.map(ComplaintJSON.encode))
      where id = \(vehicle.id)
      """)
  }
}
