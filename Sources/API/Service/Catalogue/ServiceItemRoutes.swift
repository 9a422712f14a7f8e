import Domain
package import Services

/// `/v1/service-items`
package struct ServiceItemRoutes: Sendable {
  private let service: ServiceItemService

  package init(_ service: ServiceItemService) { self.service = service }

  package func add(to api: inout RouteTable) {
    api.document("/v1/service-items/{id}") { [service] in
      try await service.get(try $0.reference(), $0.caller).version
    }
    api.get("/v1/service-items", .serviceItemsRead, list)
    api.post("/v1/service-items", .serviceItemsWrite, create)
    api.get("/v1/service-items/{id}", .serviceItemsRead, get)
    api.patch("/v1/service-items/{id}", .serviceItemsWrite, update)
    api.get("/v1/service-items/{id}/history", .serviceItemsRead, history)
  }

  @Sendable private func list(_ call: Call) async throws -> Answer {
    let filter = ServiceItemFilter(
      categories: try call.query.anyOf("category", ServiceItem.Category.self),
      discontinued: try call.query.boolean("discontinued"), text: try call.query.text("q"))
    let page = try call.page(sorts: ["code", "createdAt", "name"], default: "code")
    return try Answer.page(try await service.list(filter, page, call.caller), call)
  }

  @Sendable private func create(_ call: Call) async throws -> Answer {
    let draft = try ServiceItemRequests.draft(try call.body())
    return try await service.create(
      draft, call.command { Answer.created($0, location: "/v1/service-items/\($0.id)", etag: $0.version) })
  }

  @Sendable private func get(_ call: Call) async throws -> Answer {
    let item = try await service.get(try call.reference(), call.caller)
    return try Answer.ok(item, call, etag: item.version)
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    let patch = try ServiceItemRequests.patch(try call.body())
    return try await service.update(
      try call.reference(), patch, call.command { Answer.ok($0, etag: $0.version) })
  }

  @Sendable private func history(_ call: Call) async throws -> Answer {
    let page = try call.historyPage()
    return try Answer.page(try await service.history(try call.reference(), page, call.caller), call)
  }
}
