package import Domain
package import Services

/// Carriers over HTTP (PRT-16).
package struct CarrierRoutes: RecordRoutes {
  package static let order = "code"
  package let service: CarrierService

  package init(_ service: CarrierService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    addWriting(to: &api)
  }

  package func filter(_ query: QueryReader) throws -> CarrierFilter {
    var filter = CarrierFilter()
    filter.code = try query.text("code", max: 12)
    filter.isActive = try query.boolean("isActive")
    return filter
  }

  package func draft(_ form: inout Form, over current: Carrier?) throws -> CarrierDraft {
    let code = form.fixed(
      "code",
      .text(2...12, "must be capitals and digits") { text in
        text.utf8.allSatisfy { (0x41...0x5a).contains($0) || (0x30...0x39).contains($0) }
      }, keeping: current?.code)
    let name = form.required("name", .text(1...200), keeping: current?.profile.name)
    let phone = form.optional("phone", .text(1...40), keeping: current?.profile.phone)
    let isActive = form.optional("isActive", .boolean, keeping: current?.profile.isActive, else: true)
    let externalIDs = form.externalIDs(keeping: current?.externalIDs)
    form.readOnly(of: current)
    try form.finish()
    guard let code, let name else { throw form.failure }
    return CarrierDraft(
      code: code, profile: CarrierDraft.Profile(name: name, phone: phone, isActive: isActive), externalIDs: externalIDs)
  }
}

extension Carrier: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("code", code)
      json.field("createdAt", stamp.createdAt)
      json.field("createdBy", stamp.createdBy.name)
      json.field("externalIds", externalIDs)
      json.field("id", id)
      json.field("isActive", profile.isActive)
      json.field("name", profile.name)
      json.field("phone", profile.phone)
      json.field("updatedAt", stamp.updatedAt)
      json.field("updatedBy", stamp.updatedBy.name)
      json.field("version", version)
    }
  }
}
