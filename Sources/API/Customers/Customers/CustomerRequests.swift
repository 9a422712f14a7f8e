import Domain

/// Bodies of `/v1/customers`.
enum CustomerRequests {
  static func draft(_ body: Form) throws -> CustomerDraft {
    var form = body
    let stationID = form.optional("stationId", .id(Station.self))
    let kind = form.required("kind", .choice(Customer.Kind.self))
    let name = form.required("name", .text(1...200))
    let phone = form.required("phone", .text(1...40))
    let phone2 = form.optional("phone2", .text(1...40))
    let email = form.optional("email", .text(3...254))
    let address = form.optional("address", .text(1...400))
    let city = form.optional("city", .text(1...100))
    let preference = form.optional("contactPreference", .choice(Customer.ContactPreference.self))
    let wishedService = form.optional("wishedService", .text(1...1000))
    let note = form.optional("note", .text(1...4000))
    let externalIDs = form.optional("externalIds", .externalIDs)
    try form.finish()
    guard let kind, let name, let phone else { throw form.failure }
    return CustomerDraft(
      stationID: stationID,
      profile: CustomerProfile(
        kind: kind, name: name, phone: phone, phone2: phone2, email: email, address: address, city: city,
        contactPreference: preference, wishedService: wishedService, note: note),
      externalIDs: externalIDs ?? [:])
  }

  static func patch(_ body: Form) throws -> CustomerPatch {
    var form = body
    var patch = CustomerPatch()
    patch.kind = form.requiredPatch("kind", .choice(Customer.Kind.self))
    patch.name = form.requiredPatch("name", .text(1...200))
    patch.phone = form.requiredPatch("phone", .text(1...40))
    patch.phone2 = form.patch("phone2", .text(1...40))
    patch.email = form.patch("email", .text(3...254))
    patch.address = form.patch("address", .text(1...400))
    patch.city = form.patch("city", .text(1...100))
    patch.contactPreference = form.patch("contactPreference", .choice(Customer.ContactPreference.self))
    patch.wishedService = form.patch("wishedService", .text(1...1000))
    patch.note = form.patch("note", .text(1...4000))
    patch.externalIDs = form.requiredPatch("externalIds", .externalIDs)
    form.readOnlyRecordMembers()
    form.readOnly("number", "stationId", "state", "mergedIntoId", "availableActions", "personalDataMasked")
    try form.finish()
    return patch
  }

  static func duplicate(_ body: Form) throws -> Customer.ID {
    var form = body
    let duplicate = form.required("duplicateId", .id(Customer.self))
    try form.finish()
    guard let duplicate else { throw form.failure }
    return duplicate
  }

  static func link(_ body: Form) throws -> CustomerVehicleDraft {
    var form = body
    let vehicle = form.required("vehicleId", .id(Vehicle.self))
    let role = form.required("role", .choice(CustomerVehicle.Role.self))
    let since = form.required("sinceDate", .date)
    try form.finish()
    guard let vehicle, let role, let since else { throw form.failure }
    return CustomerVehicleDraft(vehicle: .id(vehicle), role: role, since: since)
  }
}
