package import Domain
package import Services

/// `/v1/customers`
package struct CustomerRoutes: RecordRoutes {
  package let service: CustomerService

  package init(_ service: CustomerService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    addWriting(to: &api)
    api.action("/v1/customers/{id}/merge", .customersMerge, merge)
    api.get("/v1/customers/{id}/vehicles", .customersRead, vehicles)
    api.post("/v1/customers/{id}/vehicles", .customersWrite, link)
    api.delete("/v1/customers/{id}/vehicles/{vehicleId}", .customersWrite, unlink)
    api.problem(
      ProblemType(
        "owner-exists", 409, "Vehicle has an owner",
        "Another customer of the station is recorded as the owner of the vehicle. End that link first.",
        members: ["conflicts"]))
  }

  package func filter(_ query: QueryReader) throws -> CustomerFilter {
    CustomerFilter(
      stationID: try query.id("stationId", Station.self), states: try query.anyOf("state", Customer.State.self),
      kinds: try query.anyOf("kind", Customer.Kind.self), namePrefix: try query.text("q"),
      phone: try query.text("phone", max: 40), createdFrom: try query.timestamp("createdAtFrom"),
      createdBefore: try query.timestamp("createdAtBefore"))
  }

  package func count(_ filter: CustomerFilter, _ call: Call) throws {
    if filter.isPersonal { try call.takeSearch() }
  }

  package func view(_ customer: Customer, for caller: Caller) -> CustomerView { CustomerView(customer, for: caller) }

  @Sendable private func merge(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let duplicate = form.required("duplicateId", .id(Customer.self))
    try form.finish()
    guard let duplicate else { throw form.failure }
    return try await service.merge(try call.reference(), duplicate: duplicate, presenting(call))
  }

  @Sendable private func vehicles(_ call: Call) async throws -> Answer {
    let current = try call.query.boolean("current")
    let page = try call.page(sorts: ["sinceDate"], default: "-sinceDate")
    let links = try await service.vehicles(of: try call.reference(), current: current, page, call.caller)
    return try Answer.page(links, call)
  }

  @Sendable private func link(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let draft = try form.customerVehicle()
    return try await service.link(
      try call.reference(), draft,
      call.command { Answer.created($0, location: "/v1/customers/\($0.link.customerID)/vehicles") })
  }

  @Sendable private func unlink(_ call: Call) async throws -> Answer {
    try await service.unlink(
      try call.reference(), vehicle: try call.reference("vehicleId"),
      call.command { customer in
        var answer = Answer.noContent
        answer.headers.append(Answer.Header("etag", EntityTag.text(customer.version)))
        return answer
      })
  }
}
