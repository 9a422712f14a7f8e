import Domain
import FoundationEssentials

/// Scope members that users and machine clients share.
private struct ScopeFields {
  let station: Station.ID?
  let region: Region.ID?
  let supplier: UUID?

  init(_ form: inout Form) {
    station = form.optional("stationId", .id(Station.self))
    region = form.optional("regionId", .id(Region.self))
    supplier = form.optional("supplierId", .supplier)
  }

  func assignment() throws(Refusal) -> ScopeAssignment {
    guard let assignment = ScopeAssignment(station: station, region: region, supplier: supplier) else {
      throw UserDraft.ambiguousScope
    }
    return assignment
  }
}

extension FieldReader where Value == UUID {
  fileprivate static var supplier: FieldReader<UUID> {
    FieldReader<Supplier.ID>.id(Supplier.self).map { $0.uuid }
  }
}

extension UserDraft {
  /// The draft and the first password, which the user must replace.
  static func read(_ form: inout Form) throws(Refusal) -> (draft: UserDraft, password: String) {
    let username = form.required("username", .text(2...64))
    let displayName = form.required("displayName", .text(1...100))
    let password = form.required("password", .text(1...512))
    let roles = form.required("roles", .array(of: .choice(Role.self), 1...20))
    let scope = ScopeFields(&form)
    let customer = form.optional("customerId", .id(Customer.self))
    let externalIDs = form.optional("externalIds", .externalIDs) ?? [:]
    try form.finish()
    guard let username, let displayName, let password, let roles else { throw form.failure }
    let draft = UserDraft(
      username: username, displayName: displayName, assignment: try scope.assignment(), roles: Set(roles),
      mustChangePassword: true, customerID: customer, externalIDs: externalIDs)
    return (draft, password)
  }
}

extension UserPatch {
  static func read(_ form: inout Form) throws(Refusal) -> UserPatch {
    let displayName = form.requiredPatch("displayName", .text(1...100))
    let station = form.patch("stationId", .id(Station.self))
    let region = form.patch("regionId", .id(Region.self))
    let supplier = form.patch("supplierId", .supplier)
    let customer = form.patch("customerId", .id(Customer.self))
    let externalIDs = form.externalIDsPatch()
    form.readOnly(
      "availableActions", "createdAt", "createdBy", "id", "mustChangePassword", "roles", "state", "updatedAt",
      "updatedBy", "username", "version")
    try form.finish()
    return UserPatch(
      displayName: displayName, stationID: station, regionID: region, supplierID: supplier, customerID: customer,
      externalIDs: externalIDs)
  }
}

extension MachineClientDraft {
  static func read(_ form: inout Form) throws(Refusal) -> MachineClientDraft {
    let clientID = form.required("clientId", .text(2...64))
    let name = form.required("name", .text(1...100))
    let roles = form.required("roles", .array(of: .choice(Role.self), 1...20))
    let permissions = form.optional("permissions", .array(of: .choice(Permission.self), 0...1000))
    let scope = ScopeFields(&form)
    let externalIDs = form.optional("externalIds", .externalIDs) ?? [:]
    try form.finish()
    guard let clientID, let name, let roles else { throw form.failure }
    return MachineClientDraft(
      clientID: clientID, name: name, roles: Set(roles), permissions: permissions.map { Set($0) },
      assignment: try scope.assignment(), externalIDs: externalIDs)
  }
}
