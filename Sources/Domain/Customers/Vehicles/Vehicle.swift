/// One vehicle of the brand, keyed by its VIN network-wide: every station serves it (ORG-07, CUS-03, CUS-19).
package struct Vehicle: Record {
  package typealias ID = Identifier<Vehicle>

  package enum Usage: String, Hashable, Sendable, CaseIterable {
    case `private`, commercial
  }

  package static let resource = Resource.vehicle

  package let id: ID
  /// Unique and never changed; a path may name the vehicle by it.
  package let vin: VIN
  package var profile: VehicleProfile
  /// Moved by odometer readings only.
  package private(set) var odometer: VehicleOdometer
  package var externalIDs: [String: String]
  package var revision: Revision

  package init(
    id: ID, vin: VIN, profile: VehicleProfile, odometer: VehicleOdometer, externalIDs: [String: String], version: Int,
    stamp: RecordStamp
  ) {
    self.id = id
    self.vin = vin
    self.profile = profile
    self.odometer = odometer
    self.externalIDs = externalIDs
    self.revision = Revision(version: version, stamp: stamp)
  }

  package var designation: String? { vin.text }
  package var audience: Audience { .network }

  /// The same vehicle where the odometer stands now.
  package func reading(_ odometer: VehicleOdometer) -> Vehicle {
    var vehicle = self
    vehicle.odometer = odometer
    return vehicle
  }

  package func changes(from before: Vehicle?) -> [FieldChange] {
    let old = before?.profile
    var comparison = FieldComparison()
    comparison.field("vin", before?.vin.text, vin.text)
    comparison.field("plate", old?.plate, profile.plate)
    comparison.field("modelId", old?.modelID, profile.modelID)
    comparison.field("modelYear", old?.modelYear, profile.modelYear)
    comparison.field("colour", old?.colour, profile.colour)
    comparison.field("engineNumber", old?.engineNumber, profile.engineNumber)
    comparison.choice("usage", old?.usage, profile.usage)
    comparison.choice("powertrain", old?.powertrain, profile.powertrain)
    comparison.field("saleDate", old?.saleDate, profile.saleDate)
    comparison.field("deliveryDate", old?.deliveryDate, profile.deliveryDate)
    comparison.field("nextMaintenanceDate", old?.nextMaintenanceDate, profile.nextMaintenanceDate)
    comparison.field("nextMaintenanceKm", old?.nextMaintenanceKm, profile.nextMaintenanceKm)
    comparison.field("odometerKm", before?.odometer.latest?.kilometres, odometer.latest?.kilometres)
    comparison.field("odometerCluster", before?.odometer.cluster ?? 1, odometer.cluster)
    comparison.field("externalIds", before?.externalIDs ?? [:], externalIDs)
    return comparison.changes
  }
}

/// What is kept about a vehicle and may change.
package struct VehicleProfile: Hashable, Sendable {
  package var plate: String?
  package var modelID: VehicleModel.ID?
  package var modelYear: Int?
  package var colour: String?
  package var engineNumber: String?
  package var usage: Vehicle.Usage
  package var powertrain: Powertrain?
  /// Date of the invoice: warranty begins with it (CUS-19).
  package var saleDate: CalendarDate?
  package var deliveryDate: CalendarDate?
  /// 下一次保养期 (CUS-04), whichever of the two comes first.
  package var nextMaintenanceDate: CalendarDate?
  package var nextMaintenanceKm: Int?

  package init(
    plate: String?, modelID: VehicleModel.ID?, modelYear: Int?, colour: String?, engineNumber: String?,
    usage: Vehicle.Usage, powertrain: Powertrain?, saleDate: CalendarDate?, deliveryDate: CalendarDate?,
    nextMaintenanceDate: CalendarDate?, nextMaintenanceKm: Int?
  ) {
    self.plate = plate
    self.modelID = modelID
    self.modelYear = modelYear
    self.colour = colour
    self.engineNumber = engineNumber
    self.usage = usage
    self.powertrain = powertrain
    self.saleDate = saleDate
    self.deliveryDate = deliveryDate
    self.nextMaintenanceDate = nextMaintenanceDate
    self.nextMaintenanceKm = nextMaintenanceKm
  }
}

package struct VehicleDraft: Hashable, Sendable, ExternallyIdentified {
  package let vin: VIN
  package let profile: VehicleProfile
  package var externalIDs: [String: String]

  package init(vin: VIN, profile: VehicleProfile, externalIDs: [String: String]) {
    self.vin = vin
    self.profile = profile
    self.externalIDs = externalIDs
  }
}

extension Vehicle {
  /// The VIN never changes, and the odometer only by readings.
  package mutating func rewrite(as draft: VehicleDraft) {
    profile = draft.profile
    externalIDs = draft.externalIDs
  }
}

package struct VehicleFilter: Hashable, Sendable {
  /// Exactly this VIN.
  package let vin: String?
  package let plate: String?
  package let modelID: VehicleModel.ID?
  package let usages: [Vehicle.Usage]
  /// Beginning of the VIN, at least three characters.
  package let vinPrefix: String?
  /// For the "next service" (CUS-09): first day included, last day excluded.
  package let nextMaintenanceFrom: CalendarDate?
  package let nextMaintenanceBefore: CalendarDate?
  package let createdFrom: Timestamp?
  package let createdBefore: Timestamp?

  package init(
    vin: String? = nil, plate: String? = nil, modelID: VehicleModel.ID? = nil, usages: [Vehicle.Usage] = [],
    vinPrefix: String? = nil, nextMaintenanceFrom: CalendarDate? = nil, nextMaintenanceBefore: CalendarDate? = nil,
    createdFrom: Timestamp? = nil, createdBefore: Timestamp? = nil
  ) {
    self.vin = vin
    self.plate = plate
    self.modelID = modelID
    self.usages = usages
    self.vinPrefix = vinPrefix
    self.nextMaintenanceFrom = nextMaintenanceFrom
    self.nextMaintenanceBefore = nextMaintenanceBefore
    self.createdFrom = createdFrom
    self.createdBefore = createdBefore
  }
}
