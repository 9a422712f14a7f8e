import Domain

// Bodies of `/v1/complaints`.

extension Form {
  /// A complaint as it is recorded.
  mutating func complaintDraft(_ call: Call) throws -> ComplaintDraft {
    let stationID = optional("stationId", .id(Station.self))
    let channel = required("channel", .choice(Complaint.Channel.self))
    let contact = requiredObject("contact") { form in form.requestContact() }
    let category = required("category", .choice(Complaint.Category.self))
    let words = required("customerWords", .text(1...10_000))
    let customerID = optional("customerId", .id(Customer.self))
    let vehicleID = optional("vehicleId", .id(Vehicle.self))
    let vin = optional("vin", .vin)
    let workOrderID = optional("workOrderId", .id(WorkOrder.self))
    let symptom = optional("symptom", .text(1...2000))
    let component = optional("component", .text(1...200))
    let faultCode = optional("faultCode", .text(1...60))
    let facts = object("facts") { form -> ComplaintFacts? in
      ComplaintFacts(
        crash: form.optional("crash", .boolean) ?? false, fire: form.optional("fire", .boolean) ?? false,
        brokeDown: form.optional("brokeDown", .boolean) ?? false,
        injured: form.optional("injured", .integer(0...9999)) ?? 0,
        deaths: form.optional("deaths", .integer(0...9999)) ?? 0,
        mediaExposure: form.optional("mediaExposure", .boolean) ?? false)
    }
    let incidentDate = optional("incidentDate", .date)
    if let incidentDate, incidentDate.daysSinceEpoch > latestDay(call) {
      refuse("incidentDate", .outOfRange, "must not lie in the future")
    }
    let odometer = optional("odometerKm", .odometer)
    let demand = optional("compensationDemand", .price)
    let externalIDs = optional("externalIds", .externalIDs)
    let filing = object("majorReport") { form -> ComplaintDraft.MajorFiling? in
      let judgement = form.required("judgement", .text(1...4000))
      let phoneCall = form.phoneCall(call)
      let level = form.optional("level", .choice(QualityLevel.self))
      return judgement.map { ComplaintDraft.MajorFiling(judgement: $0, call: phoneCall, level: level) }
    }
    try finish()
    guard let channel, let contact, let category, let words else { throw failure }
    return ComplaintDraft(
      stationID: stationID,
      header: ComplaintHeader(
        channel: channel, contact: contact, customerID: customerID, vehicleID: vehicleID, vin: vin?.text,
        origin: ComplaintOrigin(workOrderID: workOrderID), category: category, customerWords: words, symptom: symptom,
        component: component, faultCode: faultCode, facts: facts ?? ComplaintFacts(), incidentDate: incidentDate,
        odometerKm: odometer, compensationDemand: demand, externalIDs: externalIDs ?? [:]),
      majorReport: filing)
  }

  mutating func complaintPatch(_ call: Call) throws -> ComplaintPatch {
    var patch = ComplaintPatch()
    let contact = objectPatch("contact") { form -> Bool? in
      patch.contactName = form.requiredPatch("name", .text(1...100))
      patch.contactPhone = form.patch("phone", .text(1...40))
      return true
    }
    if case .set(nil) = contact { refuse("contact", .required, "must not be null") }
    patch.customerID = self.patch("customerId", .id(Customer.self))
    patch.vehicleID = self.patch("vehicleId", .id(Vehicle.self))
    patch.vin = self.patch("vin", .vin).map { $0?.text }
    patch.category = requiredPatch("category", .choice(Complaint.Category.self))
    patch.customerWords = requiredPatch("customerWords", .text(1...10_000))
    patch.symptom = self.patch("symptom", .text(1...2000))
    patch.component = self.patch("component", .text(1...200))
    patch.faultCode = self.patch("faultCode", .text(1...60))
    let facts = objectPatch("facts") { form -> Bool? in
      patch.crash = form.requiredPatch("crash", .boolean)
      patch.fire = form.requiredPatch("fire", .boolean)
      patch.brokeDown = form.requiredPatch("brokeDown", .boolean)
      patch.injured = form.requiredPatch("injured", .integer(0...9999))
      patch.deaths = form.requiredPatch("deaths", .integer(0...9999))
      patch.mediaExposure = form.requiredPatch("mediaExposure", .boolean)
      return true
    }
    if case .set(nil) = facts { refuse("facts", .required, "must not be null") }
    patch.incidentDate = self.patch("incidentDate", .date)
    if case .set(let date?) = patch.incidentDate, date.daysSinceEpoch > latestDay(call) {
      refuse("incidentDate", .outOfRange, "must not lie in the future")
    }
    patch.odometerKm = self.patch("odometerKm", .odometer)
    patch.compensationDemand = self.patch("compensationDemand", .price)
    patch.externalIDs = externalIDsPatch()
    readOnly(
      "id", "version", "createdAt", "createdBy", "updatedAt", "updatedBy", "number", "state", "kind", "stationId",
      "channel", "workOrderId", "serviceRequestId", "availableActions", "personalDataMasked")
    try finish()
    return patch
  }

  /// The call that goes with a major report (CMP-21).
  mutating func phoneCall(_ call: Call) -> MajorReport.PhoneCall? {
    object("phoneCall") { form -> MajorReport.PhoneCall? in
      let with = form.required("spokenWith", .text(1...100))
      let calledAt = form.pastInstant("calledAt", call)
      return with.map { MajorReport.PhoneCall(spokenWith: $0, calledAt: calledAt) }
    }
  }

  /// Today in the easternmost zone: what is tomorrow everywhere has not happened.
  private func latestDay(_ call: Call) -> Int64 { (call.at.milliseconds + 14 * 3_600_000) / 86_400_000 }
}
