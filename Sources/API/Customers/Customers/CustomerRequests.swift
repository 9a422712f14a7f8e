package import Domain

/// Bodies of `/v1/customers`.
extension CustomerRoutes {
  package func draft(_ form: inout Form, over current: Customer?) throws -> CustomerDraft {
    let profile = current?.profile
    let stationID = current?.stationID ?? form.optional("stationId", .id(Station.self))
    let kind = form.required("kind", .choice(Customer.Kind.self), keeping: profile?.kind)
    let name = form.required("name", .text(1...200), keeping: profile?.name)
    let phone = form.required("phone", .text(1...40), keeping: profile?.phone)
    let phone2 = form.optional("phone2", .text(1...40), keeping: profile?.phone2)
    let email = form.optional("email", .text(3...254), keeping: profile?.email)
    let address = form.optional("address", .text(1...400), keeping: profile?.address)
    let city = form.optional("city", .text(1...100), keeping: profile?.city)
    let preference = form.optional(
      "contactPreference", .choice(Customer.ContactPreference.self), keeping: profile?.contactPreference)
    let wishedService = form.optional("wishedService", .text(1...1000), keeping: profile?.wishedService)
    let note = form.optional("note", .text(1...4000), keeping: profile?.note)
    let externalIDs = form.externalIDs(keeping: current?.externalIDs)
    form.readOnly(
      of: current, "number", "stationId", "state", "mergedIntoId", "availableActions", "personalDataMasked")
    try form.finish()
    guard let kind, let name, let phone else { throw form.failure }
    return CustomerDraft(
      stationID: stationID,
      profile: CustomerProfile(
        kind: kind, name: name, phone: phone, phone2: phone2, email: email, address: address, city: city,
        contactPreference: preference, wishedService: wishedService, note: note),
      externalIDs: externalIDs)
  }
}

extension Form {
  mutating func customerVehicle() throws -> CustomerVehicleDraft {
    let vehicle = required("vehicleId", .id(Vehicle.self))
    let role = required("role", .choice(CustomerVehicle.Role.self))
    let since = required("sinceDate", .date)
    try finish()
    guard let vehicle, let role, let since else { throw failure }
    return CustomerVehicleDraft(vehicle: .id(vehicle), role: role, since: since)
  }
}
