/// A request as the first receiver registers it.
package struct ServiceRequestDraft: Hashable, Sendable, ExternallyIdentified {
  /// The station that registers it; `nil` is the caller's own, or headquarters.
  package let stationID: Station.ID?
  package private(set) var header: ServiceRequestHeader
  package var externalIDs: [String: String] {
    get { header.externalIDs }
    set { header.externalIDs = newValue }
  }

  package init(stationID: Station.ID?, header: ServiceRequestHeader) {
    self.stationID = stationID
    self.header = header
  }
}

/// A merge patch of the header (C-17). Members of `contact`, `place`, `requirement` and `inspection` merge.
package struct ServiceRequestPatch: Hashable, Sendable {
  package var kind: Patch<ServiceRequest.Kind> = .keep
  package var urgency: Patch<ServiceRequest.Urgency> = .keep
  package var contactName: Patch<String> = .keep
  package var contactPhone: Patch<String?> = .keep
  package var customerID: Patch<Customer.ID?> = .keep
  package var vehicleID: Patch<Vehicle.ID?> = .keep
  package var vin: Patch<String?> = .keep
  package var plate: Patch<String?> = .keep
  package var position: Patch<GeographicPosition?> = .keep
  package var address: Patch<String?> = .keep
  package var city: Patch<String?> = .keep
  package var regionID: Patch<Region.ID?> = .keep
  package var mode: Patch<WorkOrder.Mode> = .keep
  package var cityMinorRepair: Patch<Bool> = .keep
  package var need: Patch<String> = .keep
  package var symptom: Patch<String?> = .keep
  package var repairType: Patch<String?> = .keep
  package var brand: Patch<String?> = .keep
  package var skill: Patch<String?> = .keep
  package var rhythm: Patch<RequestInspection.Rhythm> = .keep
  package var plannedOn: Patch<CalendarDate> = .keep
  package var intervalDays: Patch<Int?> = .keep
  package var externalIDs: ExternalIDsPatch = .keep

  package init() {}
}

extension ServiceRequest {
  /// Applies a patch of the header; an ended request stays as it was.
  package mutating func apply(_ patch: ServiceRequestPatch) throws(Refusal) {
    try requireOpen()
    if case .set(let kind) = patch.kind { try requireSameCourse(kind) }
    patch.kind.merge(into: &header.kind)
    patch.urgency.merge(into: &header.urgency)
    patch.contactName.merge(into: &header.contact.name)
    patch.contactPhone.merge(into: &header.contact.phone)
    patch.customerID.merge(into: &header.customerID)
    patch.vehicleID.merge(into: &header.vehicleID)
    patch.vin.merge(into: &header.vin)
    patch.plate.merge(into: &header.plate)
    patch.position.merge(into: &header.place.position)
    patch.address.merge(into: &header.place.address)
    patch.city.merge(into: &header.place.city)
    patch.regionID.merge(into: &header.place.regionID)
    patch.mode.merge(into: &header.mode)
    patch.cityMinorRepair.merge(into: &header.cityMinorRepair)
    patch.need.merge(into: &header.need)
    patch.symptom.merge(into: &header.symptom)
    patch.repairType.merge(into: &header.requirement.repairType)
    patch.brand.merge(into: &header.requirement.brand)
    patch.skill.merge(into: &header.requirement.skill)
    try patch.externalIDs.merge(into: &header.externalIDs)
    guard patch.rhythm.isSet || patch.plannedOn.isSet || patch.intervalDays.isSet else { return }
    guard var plan = header.inspection else { throw .invalid("#/inspection", .inconsistent, "is of inspections") }
    patch.rhythm.merge(into: &plan.rhythm)
    patch.plannedOn.merge(into: &plan.plannedOn)
    patch.intervalDays.merge(into: &plan.intervalDays)
    try plan.check()
    header.inspection = plan
  }

  /// Puts a header as another system knows it in place of this one, by the rules of a patch; from whom and by which medium it came
  /// stays.
  package mutating func rewrite(_ header: ServiceRequestHeader) throws(Refusal) {
    let known = self.header
    let rewritten = ServiceRequestHeader(
      kind: header.kind, source: known.source, medium: known.medium, urgency: header.urgency, contact: header.contact,
      customerID: header.customerID, vehicleID: header.vehicleID, vin: header.vin, plate: header.plate,
      place: header.place, mode: header.mode, cityMinorRepair: header.cityMinorRepair, need: header.need,
      symptom: header.symptom, requirement: header.requirement, inspection: header.inspection,
      externalIDs: header.externalIDs)
    if rewritten == known { return }
    try requireOpen()
    try requireSameCourse(header.kind)
    self.header = rewritten
  }

  private func requireOpen() throws(Refusal) {
    if ServiceRequestLifecycle.ended.contains(state) {
      throw .conflict(
        code: "request-ended", detail: "The request is \(state.rawValue); nothing in it changes any more.",
        .state(state))
    }
  }

  private func requireSameCourse(_ kind: ServiceRequest.Kind) throws(Refusal) {
    if (kind == .inspection) != (header.kind == .inspection) {
      throw .invalid("#/kind", .inconsistent, "an inspection is planned as one, and stays one")
    }
  }
}

/// What a list of requests can be narrowed by; conditions combine with and.
package struct ServiceRequestFilter: Hashable, Sendable {
  /// Any of these; none asks for all.
  package var states: [ServiceRequest.State] = []
  package var kinds: [ServiceRequest.Kind] = []
  package var urgencies: [ServiceRequest.Urgency] = []
  package var mediums: [ServiceRequest.Medium] = []
  package var stationID: Station.ID?
  package var customerID: Customer.ID?
  package var vehicleID: Vehicle.ID?
  package var workOrderID: WorkOrder.ID?
  package var vin: String?
  package var createdFrom: Timestamp?
  package var createdBefore: Timestamp?
  package var number: String?

  package init() {}
}
