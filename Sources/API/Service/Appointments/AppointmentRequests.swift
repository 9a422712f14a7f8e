import Domain

// Bodies of the appointment operations. Every reader collects all faults before it gives up (C-09).

extension Form {
  mutating func appointmentDraft() throws -> AppointmentDraft {
    let station = optional("stationId", .id(Station.self))
    let channel = required("channel", .choice(Appointment.Channel.self))
    let contact = requiredObject("contact") { form -> WorkOrderContact? in
      let name = form.required("name", .text(1...100))
      let phone = form.required("phone", .text(3...30))
      guard name != nil, phone != nil else { return nil }
      return WorkOrderContact(name: name, phone: phone)
    }
    let plate = required("plate", .text(1...20))
    let customer = optional("customerId", .id(Customer.self))
    let vehicle = optional("vehicleId", .id(Vehicle.self))
    let description = optional("vehicleDescription", .text(1...200))
    let type = required("serviceType", .choice(WorkOrder.ServiceType.self))
    let item = optional("serviceItemId", .id(ServiceItem.self))
    let fault = optional("faultDescription", .text(1...2000))
    let wished = optional("wishedAt", .timestamp)
    let minutes = optional("durationMinutes", .integer(5...1440)) ?? 60
    let skill = optional("skill", .choice(Workshop.Skill.self)) ?? .general
    let priority = optional("priority", .choice(Appointment.Priority.self)) ?? .normal
    let parts = neededParts()
    let note = optional("note", .text(1...4000))
    let externalIDs = optional("externalIds", .externalIDs) ?? [:]
    refuseWhatIsMade()
    try finish()
    guard let channel, let name = contact?.name, let phone = contact?.phone, let plate, let type, let parts else {
      throw failure
    }
    return AppointmentDraft(
      stationID: station, channel: channel,
      request: AppointmentRequest(
        contactName: name, contactPhone: phone, plate: plate, customerID: customer, vehicleID: vehicle,
        vehicleDescription: description, serviceType: type, serviceItemID: item, faultDescription: fault,
        wishedAt: wished, durationMinutes: minutes, skill: skill, priority: priority, parts: parts, note: note,
        externalIDs: externalIDs))
  }

  /// A merge patch of what was asked for.
  mutating func appointmentEdit() throws -> @Sendable (inout AppointmentRequest) throws -> Void {
    let contact = objectPatch("contact") { form -> (name: Patch<String>, phone: Patch<String>)? in
      (form.requiredPatch("name", .text(1...100)), form.requiredPatch("phone", .text(3...30)))
    }
    if case .set(nil) = contact { refuse("contact", .required, "cannot be cleared") }
    let plate = requiredPatch("plate", .text(1...20))
    let customer = patch("customerId", .id(Customer.self))
    let vehicle = patch("vehicleId", .id(Vehicle.self))
    let description = patch("vehicleDescription", .text(1...200))
    let type = requiredPatch("serviceType", .choice(WorkOrder.ServiceType.self))
    let item = patch("serviceItemId", .id(ServiceItem.self))
    let fault = patch("faultDescription", .text(1...2000))
    let wished = patch("wishedAt", .timestamp)
    let minutes = requiredPatch("durationMinutes", .integer(5...1440))
    let skill = requiredPatch("skill", .choice(Workshop.Skill.self))
    let priority = requiredPatch("priority", .choice(Appointment.Priority.self))
    // A list is a whole: given again, it replaces the former one.
    let parts = has("parts") ? neededParts() : nil
    let note = patch("note", .text(1...4000))
    let externalIDs = externalIDsPatch()
    readOnly("channel", "stationId")
    refuseWhatIsMade()
    try finish()
    var change: (name: Patch<String>, phone: Patch<String>) = (.keep, .keep)
    if case .set(let given?) = contact { change = given }
    let (name, phone) = change
    return { request in
      request.contactName = name.applied(to: request.contactName)
      request.contactPhone = phone.applied(to: request.contactPhone)
      request.plate = plate.applied(to: request.plate)
      request.customerID = customer.applied(to: request.customerID)
      request.vehicleID = vehicle.applied(to: request.vehicleID)
      request.vehicleDescription = description.applied(to: request.vehicleDescription)
      request.serviceType = type.applied(to: request.serviceType)
      request.serviceItemID = item.applied(to: request.serviceItemID)
      request.faultDescription = fault.applied(to: request.faultDescription)
      request.wishedAt = wished.applied(to: request.wishedAt)
      request.durationMinutes = minutes.applied(to: request.durationMinutes)
      request.skill = skill.applied(to: request.skill)
      request.priority = priority.applied(to: request.priority)
      if let parts { request.parts = parts }
      request.note = note.applied(to: request.note)
      request.externalIDs = try externalIDs.applied(to: request.externalIDs)
    }
  }

  private mutating func neededParts() -> [NeededPart]? {
    array("parts", 0...100) { form in
      let number = form.required("partNumber", .text(1...50))
      let description = form.optional("description", .text(1...200))
      let quantity = form.required("quantity", .integer(1...100_000))
      guard let number, let quantity else { return nil }
      return NeededPart(partNumber: number, description: description, quantity: quantity)
    }
  }

  private mutating func refuseWhatIsMade() {
    readOnly("id", "number", "state", "version", "createdAt", "createdBy", "booking", "proposals", "workOrderId")
  }
}
