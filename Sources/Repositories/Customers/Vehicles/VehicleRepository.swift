package import Domain
import FoundationEssentials
package import Postgres

/// Vehicles: the same for every scope, since every station serves them all (ORG-07). A reference names a vehicle by
/// identity or VIN.
package enum VehicleRepository {
  package static func find(_ reference: Reference<Vehicle>, in scope: Scope) -> Query<Vehicle?> {
    Query.optional(selection(reference), decode)
  }

  /// Those of the given vehicles that are there.
  package static func all(_ ids: Set<Vehicle.ID>, in scope: Scope) -> Query<[Vehicle]> {
    Query.list("select \(columns) from vehicles v where v.id = any (\(Array(ids)))", decode)
  }

  /// As `find`, and nobody else changes the vehicle or its odometer until the transaction ends.
  package static func lock(_ reference: Reference<Vehicle>, in scope: Scope) -> Query<Vehicle?> {
    Query.optional(selection(reference) + " for update", decode)
  }

  package static func list(_ filter: VehicleFilter, _ page: PageRequest, in scope: Scope) -> Query<Page<Vehicle>> {
    var plan = ListPlan(
      columns: columns, from: "vehicles v", id: "v.id",
      sorts: [
        "createdAt": .init("v.created_at", type: "timestamptz"),
        "updatedAt": .init("v.updated_at", type: "timestamptz"),
        "vin": .init("v.vin", type: "text"),
        "nextMaintenanceDate": .init("v.next_maintenance_date", type: "date", nullable: true),
      ], conditions: [])
    if let vin = filter.vin { plan.filter("v.vin = \(vin)") }
    if let plate = filter.plate { plan.filter("v.plate = \(plate)") }
    if let model = filter.modelID { plan.filter("v.model_id = \(model)") }
    if !filter.usages.isEmpty { plan.filter("v.usage = any (\(filter.usages.map(\.rawValue)))") }
    if let prefix = filter.vinPrefix { plan.filter("v.vin like upper(\(LikePattern.prefix(prefix)))") }
    if let from = filter.nextMaintenanceFrom { plan.filter("v.next_maintenance_date >= \(from)") }
    if let before = filter.nextMaintenanceBefore { plan.filter("v.next_maintenance_date < \(before)") }
    if let from = filter.createdFrom { plan.filter("v.created_at >= \(from)") }
    if let before = filter.createdBefore { plan.filter("v.created_at < \(before)") }
    return plan.query(page, decode: decode)
  }

  package static func insert(_ vehicle: Vehicle) -> Query<Int> {
    let profile = vehicle.profile
    return refusing(
      Query.execute(
        """
        insert into vehicles (id, vin, plate, model_id, model_year, colour, engine_number, usage, powertrain, sale_date,
          delivery_date, next_maintenance_date, next_maintenance_km, \(RecordColumns.names))
        values (\(vehicle.id), \(vehicle.vin.text), \(profile.plate), \(profile.modelID), \(profile.modelYear),
          \(profile.colour), \(profile.engineNumber), \(profile.usage.rawValue), \(profile.powertrain?.rawValue),
          \(profile.saleDate), \(profile.deliveryDate), \(profile.nextMaintenanceDate), \(profile.nextMaintenanceKm),
          \(RecordColumns.values(vehicle.externalIDs, vehicle.version, vehicle.stamp)))
        """))
  }

  /// - Parameter version: the version that was loaded; no row means that somebody was faster.
  package static func update(_ vehicle: Vehicle, expecting version: Int) -> Query<Int> {
    let profile = vehicle.profile
    return refusing(
      Query.execute(
        """
        update vehicles
        set plate = \(profile.plate), model_id = \(profile.modelID), model_year = \(profile.modelYear),
          colour = \(profile.colour), engine_number = \(profile.engineNumber), usage = \(profile.usage.rawValue),
          powertrain = \(profile.powertrain?.rawValue), sale_date = \(profile.saleDate),
          delivery_date = \(profile.deliveryDate), next_maintenance_date = \(profile.nextMaintenanceDate),
          next_maintenance_km = \(profile.nextMaintenanceKm),
          \(RecordColumns.assignments(vehicle.externalIDs, vehicle.version, vehicle.stamp))
        where id = \(vehicle.id) and version = \(version)
        """))
  }

  private static func refusing(_ query: Query<Int>) -> Query<Int> {
    query
      .refusing("vehicles_vin_key") { Refusal.alreadyExists(field: "vin", existingID: nil) }
      .refusing("vehicles_model_id_fkey") {
        Refusal.invalid("#/modelId", .notFound, "there is no such vehicle model")
      }
  }

  private static let columns: SQL = """
    v.id, v.vin, v.plate, v.model_id, v.model_year, v.colour, v.engine_number, v.usage, v.powertrain, v.sale_date,
    v.delivery_date, v.next_maintenance_date, v.next_maintenance_km, v.odometer_km, v.odometer_at, v.odometer_source,
    v.odometer_cluster, v.odometer_offset_km, \(RecordColumns.selected(from: "v"))
    """

  private static func selection(_ reference: Reference<Vehicle>) -> SQL {
    let base: SQL = "select \(columns) from vehicles v where "
    return switch reference {
    case .id(let id): base + "v.id = \(id)"
    case .number(let vin): base + "v.vin = upper(\(vin))"
    }
  }

  @Sendable private static func decode(_ row: inout Row) throws -> Vehicle {
    let id = try row.next(Vehicle.ID.self)
    let vin = try VIN(try row.next(String.self))
    let profile = VehicleProfile(
      plate: try row.next(String?.self), modelID: try row.next(VehicleModel.ID?.self),
      modelYear: try row.next(Int?.self), colour: try row.next(String?.self),
      engineNumber: try row.next(String?.self), usage: try row.next(as: Vehicle.Usage.self),
      powertrain: try row.next(String?.self).flatMap(Powertrain.init(rawValue:)),
      saleDate: try row.next(CalendarDate?.self), deliveryDate: try row.next(CalendarDate?.self),
      nextMaintenanceDate: try row.next(CalendarDate?.self), nextMaintenanceKm: try row.next(Int?.self))
    let km = try row.next(Int?.self)
    let at = try row.next(Timestamp?.self)
    let source = try row.next(String?.self).flatMap(VehicleOdometer.Source.init(rawValue:))
    let cluster = try row.next(Int.self)
    let offset = try row.next(Int.self)
    var latest: OdometerLedger.Reading?
    if let km, let at { latest = OdometerLedger.Reading(kilometres: km, at: at) }
    let tail = try row.nextRecordTail()
    return Vehicle(
      id: id, vin: vin, profile: profile,
      odometer: VehicleOdometer(latest: latest, source: source, cluster: cluster, offset: offset),
      externalIDs: tail.externalIDs, version: tail.version, stamp: tail.stamp)
  }
}
