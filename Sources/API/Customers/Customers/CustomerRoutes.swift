import Domain
package import Services

/// `/v1/customers`
package struct CustomerRoutes: Sendable {
  private let service: CustomerService

  package init(_ service: CustomerService) { self.service = service }

  package func add(to api: inout RouteTable) {
    api.document("/v1/customers/{id}") { [service] in
      try await service.get(try $0.reference(), $0.caller).customer.version
    }
    api.get("/v1/customers", .customersRead, list)
    api.post("/v1/customers", .customersWrite, create)
    api.get("/v1/customers/{id}", .customersRead, get)
    api.patch("/v1/customers/{id}", .customersWrite, update)
    api.action("/v1/customers/{id}/merge", .customersMerge, merge)
    api.get("/v1/customers/{id}/vehicles", .customersRead, vehicles)
    api.post("/v1/customers/{id}/vehicles", .customersWrite, link)
    api.delete("/v1/customers/{id}/vehicles/{vehicleId}", .customersWrite, unlink)
    api.get("/v1/customers/{id}/history", .customersRead, history)
    api.problem(
      ProblemType(
        "owner-exists", 409, "Vehicle has an owner",
        "Another customer of the station is recorded as the owner of the vehicle. End that link first."))
  }

  @Sendable private func list(_ call: Call) async throws -> Answer {
    let filter = CustomerFilter(
      stationID: try call.query.id("stationId", Station.self),
      states: try call.query.anyOf("state", Customer.State.self),
      kinds: try call.query.anyOf("kind", Customer.Kind.self), namePrefix: try call.query.text("q"),
      phone: try call.query.text("phone", max: 40), createdFrom: try call.query.timestamp("createdAtFrom"),
      createdBefore: try call.query.timestamp("createdAtBefore"))
    let page = try call.page(sorts: ["createdAt", "number", "updatedAt"], default: "-createdAt")
    if filter.isPersonal { try call.takeSearch() }
    return try Answer.page(try await service.list(filter, page, call.caller), call)
  }

  @Sendable private func create(_ call: Call) async throws -> Answer {
    let draft = try CustomerRequests.draft(try call.body())
    return try await service.create(
      draft,
      call.command {
        Answer.created($0, location: "/v1/customers/\($0.customer.id)", etag: $0.customer.version)
      })
  }

  @Sendable private func get(_ call: Call) async throws -> Answer {
    let view = try await service.get(try call.reference(), call.caller)
    return try Answer.ok(view, call, etag: view.customer.version)
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    let patch = try CustomerRequests.patch(try call.body())
    return try await service.update(
      try call.reference(), patch, call.command { Answer.ok($0, etag: $0.customer.version) })
  }

  @Sendable private func merge(_ call: Call) async throws -> Answer {
    let duplicate = try CustomerRequests.duplicate(try call.body())
    return try await service.merge(
      try call.reference(), duplicate: duplicate, call.command { Answer.ok($0, etag: $0.customer.version) })
  }

  @Sendable private func vehicles(_ call: Call) async throws -> Answer {
    let current = try call.query.boolean("current")
    let page = try call.page(sorts: ["sinceDate"], default: "-sinceDate")
    let links = try await service.vehicles(of: try call.reference(), current: current, page, call.caller)
    return try Answer.page(links, call)
  }

  @Sendable private func link(_ call: Call) async throws -> Answer {
    let draft = try CustomerRequests.link(try call.body())
    return try await service.link(
      try call.reference(), draft,
      call.command { Answer.created($0, location: "/v1/customers/\($0.link.customerID)/vehicles") })
  }

  @Sendable private func unlink(_ call: Call) async throws -> Answer {
    try await service.unlink(
      try call.reference(), vehicle: try call.reference("vehicleId"),
      call.command { view in
        var answer = Answer.noContent
        answer.headers.append(Answer.Header("etag", EntityTag.text(view.customer.version)))
        return answer
      })
  }

  @Sendable private func history(_ call: Call) async throws -> Answer {
    let page = try call.historyPage()
    return try Answer.page(try await service.history(try call.reference(), page, call.caller), call)
  }
}
