package import Domain

extension CustomerView: JSONWritable {
  package func write(to json: inout JSONWriter) {
    let profile = customer.profile
    json.object {
      $0.personal("address", profile.address, disclosure)
      $0.field("availableActions", actions)
      $0.field("city", profile.city)
      $0.field("contactPreference", profile.contactPreference)
      $0.field("createdAt", customer.stamp.createdAt)
      $0.field("createdBy", customer.stamp.createdBy.name)
      $0.personal("email", profile.email, disclosure)
      $0.field("externalIds", customer.externalIDs)
      $0.field("id", customer.id)
      $0.field("kind", profile.kind)
      $0.field("mergedIntoId", customer.mergedIntoID)
      $0.personal("name", profile.name, disclosure)
      $0.personal("note", profile.note, disclosure)
      $0.field("number", customer.number)
      $0.field("personalDataMasked", isMasked)
      $0.personal("phone", profile.phone, disclosure)
      $0.personal("phone2", profile.phone2, disclosure)
      $0.field("state", customer.state)
      $0.field("stationId", customer.stationID)
      $0.field("updatedAt", customer.stamp.updatedAt)
      $0.field("updatedBy", customer.stamp.updatedBy.name)
      $0.field("version", customer.version)
      $0.field("wishedService", profile.wishedService)
    }
  }
}

extension CustomerVehicleEntry: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("customerId", link.customerID)
      $0.field("id", link.id)
      $0.field("modelId", modelID)
      $0.field("modelName", modelName)
      $0.field("plate", plate)
      $0.field("role", link.role)
      $0.field("sinceDate", link.since)
      $0.field("untilDate", link.until)
      $0.field("vehicleId", link.vehicleID)
      $0.field("vin", vin)
    }
  }
}
