import Domain

// Bodies of `/v1/service-requests`.

extension Form {
  /// Somebody who need not have a customer file.
  mutating func requestContact() -> RequestContact? {
    let name = required("name", .text(1...100))
    let phone = optional("phone", .text(1...40))
    return name.map { RequestContact(name: $0, phone: phone) }
  }

  /// A request as it is registered. Left out: the source is who registers, a rescue is wanted as a rescue, an inspection on site
  /// and all else at a station.
  mutating func serviceRequestDraft(_ caller: Caller) throws -> ServiceRequestDraft {
    let stationID = optional("stationId", .id(Station.self))
    let kind = required("kind", .choice(ServiceRequest.Kind.self))
    let source = optional("source", .choice(ServiceRequest.Source.self))
    let medium = required("medium", .choice(ServiceRequest.Medium.self))
    let urgency = optional("urgency", .choice(ServiceRequest.Urgency.self))
    let contact = requiredObject("contact") { form in form.requestContact() }
    let customerID = optional("customerId", .id(Customer.self))
    let vehicleID = optional("vehicleId", .id(Vehicle.self))
    let vin = optional("vin", .vin)
    let plate = optional("plate", .text(1...20))
    let place = object("place") { form -> RequestPlace? in
      let latitude = form.optional("latitude", .text(1...12))
      let longitude = form.optional("longitude", .text(1...12))
      return RequestPlace(
        position: form.position(latitude, longitude), address: form.optional("address", .text(1...400)),
        city: form.optional("city", .text(1...100)), regionID: form.optional("regionId", .id(Region.self)))
    }
    let mode = optional("mode", .choice(WorkOrder.Mode.self))
    let cityMinorRepair = optional("cityMinorRepair", .boolean)
    let need = required("need", .text(1...2000))
    let symptom = optional("symptom", .text(1...2000))
    let requirement = object("requirement") { form -> RequestRequirement? in
      RequestRequirement(
        repairType: form.optional("repairType", .text(1...60)), brand: form.optional("brand", .text(1...60)),
        skill: form.optional("skill", .text(1...60)))
    }
    let inspection = object("inspection") { form -> RequestInspection? in
      let rhythm = form.required("rhythm", .choice(RequestInspection.Rhythm.self))
      let plannedOn = form.required("plannedOn", .date)
      let interval = form.optional("intervalDays", .integer(1...1100))
      guard let rhythm, let plannedOn else { return nil }
      return RequestInspection(rhythm: rhythm, plannedOn: plannedOn, intervalDays: interval)
    }
    let externalIDs = optional("externalIds", .externalIDs)
    try finish()
    guard let kind, let medium, let contact, let need else { throw failure }
    return ServiceRequestDraft(
      stationID: stationID,
      header: ServiceRequestHeader(
        kind: kind, source: source ?? (caller.scope.kind == .station ? .station : .callCentre), medium: medium,
        urgency: urgency ?? (kind == .rescue ? .high : .normal), contact: contact, customerID: customerID,
        vehicleID: vehicleID, vin: vin?.text, plate: plate, place: place ?? RequestPlace(),
        mode: mode ?? kind.usualMode, cityMinorRepair: cityMinorRepair ?? false, need: need,
        symptom: symptom, requirement: requirement ?? RequestRequirement(), inspection: inspection,
        externalIDs: externalIDs ?? [:]))
  }

  mutating func serviceRequestPatch() throws -> ServiceRequestPatch {
    var patch = ServiceRequestPatch()
    patch.kind = requiredPatch("kind", .choice(ServiceRequest.Kind.self))
    patch.urgency = requiredPatch("urgency", .choice(ServiceRequest.Urgency.self))
    let contact = objectPatch("contact") { form -> Bool? in
      patch.contactName = form.requiredPatch("name", .text(1...100))
      patch.contactPhone = form.patch("phone", .text(1...40))
      return true
    }
    if case .set(nil) = contact { refuse("contact", .required, "must not be null") }
    patch.customerID = self.patch("customerId", .id(Customer.self))
    patch.vehicleID = self.patch("vehicleId", .id(Vehicle.self))
    patch.vin = self.patch("vin", .vin).map { $0?.text }
    patch.plate = self.patch("plate", .text(1...20))
    let place = objectPatch("place") { form -> Bool? in
      patch.position = form.positionPatch()
      patch.address = form.patch("address", .text(1...400))
      patch.city = form.patch("city", .text(1...100))
      patch.regionID = form.patch("regionId", .id(Region.self))
      return true
    }
    if case .set(nil) = place {
      patch.position = .set(nil)
      patch.address = .set(nil)
      patch.city = .set(nil)
      patch.regionID = .set(nil)
    }
    patch.mode = requiredPatch("mode", .choice(WorkOrder.Mode.self))
    patch.cityMinorRepair = requiredPatch("cityMinorRepair", .boolean)
    patch.need = requiredPatch("need", .text(1...2000))
    patch.symptom = self.patch("symptom", .text(1...2000))
    let requirement = objectPatch("requirement") { form -> Bool? in
      patch.repairType = form.patch("repairType", .text(1...60))
      patch.brand = form.patch("brand", .text(1...60))
      patch.skill = form.patch("skill", .text(1...60))
      return true
    }
    if case .set(nil) = requirement {
      patch.repairType = .set(nil)
      patch.brand = .set(nil)
      patch.skill = .set(nil)
    }
    let inspection = objectPatch("inspection") { form -> Bool? in
      patch.rhythm = form.requiredPatch("rhythm", .choice(RequestInspection.Rhythm.self))
      patch.plannedOn = form.requiredPatch("plannedOn", .date)
      patch.intervalDays = form.patch("intervalDays", .integer(1...1100))
      return true
    }
    if case .set(nil) = inspection { refuse("inspection", .required, "must not be null") }
    patch.externalIDs = externalIDsPatch()
    readOnly(
      "id", "version", "createdAt", "createdBy", "updatedAt", "updatedBy", "number", "state", "stationId",
      "registeredStationId", "source", "medium", "availableActions", "dispatch",
      "dispatchCount", "workOrderId", "resolution", "receipts", "callBack",
      "callAttempts", "escalation", "informedStaffIds", "personalDataMasked")
    try finish()
    return patch
  }
}
