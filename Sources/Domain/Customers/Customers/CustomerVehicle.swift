/// Who a customer is to a vehicle, from a day on (CUS-06). Never deleted: ended.
package struct CustomerVehicle: Hashable, Sendable {
  package typealias ID = Identifier<CustomerVehicle>

  package enum Role: String, Hashable, Sendable, CaseIterable {
    /// At most one at a time per station's files.
    case owner
    case user, driver
  }

  package let id: ID
  package let customerID: Customer.ID
  package let stationID: Station.ID
  package let vehicleID: Vehicle.ID
  package let role: Role
  package let since: CalendarDate
  /// `nil` while it holds.
  package let until: CalendarDate?

  package init(
    id: ID, customerID: Customer.ID, stationID: Station.ID, vehicleID: Vehicle.ID, role: Role, since: CalendarDate,
    until: CalendarDate?
  ) {
    self.id = id
    self.customerID = customerID
    self.stationID = stationID
    self.vehicleID = vehicleID
    self.role = role
    self.since = since
    self.until = until
  }
}

/// A link as asked for.
package struct CustomerVehicleDraft: Hashable, Sendable {
  package let vehicle: Reference<Vehicle>
  package let role: CustomerVehicle.Role
  package let since: CalendarDate

  package init(vehicle: Reference<Vehicle>, role: CustomerVehicle.Role, since: CalendarDate) {
    self.vehicle = vehicle
    self.role = role
    self.since = since
  }
}

/// A link with what a person knows the vehicle by.
package struct CustomerVehicleEntry: Hashable, Sendable {
  package let link: CustomerVehicle
  package let vin: String
  package let plate: String?
  package let modelID: VehicleModel.ID?
  package let modelName: String?

  package init(link: CustomerVehicle, vin: String, plate: String?, modelID: VehicleModel.ID?, modelName: String?) {
    self.link = link
    self.vin = vin
    self.plate = plate
    self.modelID = modelID
    self.modelName = modelName
  }
}
