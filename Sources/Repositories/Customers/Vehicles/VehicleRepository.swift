package import Domain
import FoundationEssentials
package import Postgres

/// Vehicles: the same for every scope, since every station serves them all (ORG-07), but for customers, who read their own
/// (D-27). A reference names a vehicle by identity or VIN.
package enum VehicleRepository: RecordStore {
  package typealias Document = Vehicle
  package typealias Filter = VehicleFilter

  package static let window = ListPlan.WindowColumns(updated: "vehicles.updated_at")

  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("vehicles.created_at", type: "timestamptz"),
    "nextMaintenanceDate": .init("vehicles.next_maintenance_date", type: "date", nullable: true),
    "updatedAt": .init("vehicles.updated_at", type: "timestamptz"),
    "vin": .init("vehicles.vin", type: "text"),
  ]

  package static let table = RecordTable<Vehicle>(
    "vehicles", visible: { $0.condition(vehicle: "vehicles") }, key: { "vin = upper(\($0))" },
    columns: [
      .fixed("id") { "\($0.id)" },
      .fixed("vin") { "\($0.vin.text)" },
      .init("plate") { "\($0.profile.plate)" },
      .init("model_id") { "\($0.profile.modelID)" },
      .init("model_year") { "\($0.profile.modelYear)" },
      .init("colour") { "\($0.profile.colour)" },
      .init("engine_number") { "\($0.profile.engineNumber)" },
      .init("usage") { "\($0.profile.usage.rawValue)" },
      .init("powertrain") { "\($0.profile.powertrain?.rawValue)" },
      .init("sale_date") { "\($0.profile.saleDate)" },
      .init("delivery_date") { "\($0.profile.deliveryDate)" },
      .init("next_maintenance_date") { "\($0.profile.nextMaintenanceDate)" },
      .init("next_maintenance_km") { "\($0.profile.nextMaintenanceKm)" },
      // Moved by `OdometerRepository.advance`.
      .read("odometer_km, odometer_at, odometer_source, odometer_cluster, odometer_offset_km"),
    ],
    refusals: [
      ("vehicles_vin_key", { Refusal.alreadyExists(field: "vin", existingID: nil) }),
      ("vehicles_model_id_fkey", { Refusal.invalid("#/modelId", .notFound, "there is no such vehicle model") }),
    ], decode: decode)

  package static func conditions(_ filter: VehicleFilter) -> [SQL] {
    var conditions: [SQL] = []
    if let vin = filter.vin { conditions.append("vin = \(vin)") }
    if let plate = filter.plate { conditions.append("plate = \(plate)") }
    if let model = filter.modelID { conditions.append("model_id = \(model)") }
    if !filter.usages.isEmpty { conditions.append("usage = any (\(filter.usages.map(\.rawValue)))") }
    if let prefix = filter.vinPrefix { conditions.append("vin like upper(\(LikePattern.prefix(prefix)))") }
    if let from = filter.nextMaintenanceFrom { conditions.append("next_maintenance_date >= \(from)") }
    if let before = filter.nextMaintenanceBefore { conditions.append("next_maintenance_date < \(before)") }
    if let from = filter.createdFrom { conditions.append("created_at >= \(from)") }
    if let before = filter.createdBefore { conditions.append("created_at < \(before)") }
    return conditions
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
