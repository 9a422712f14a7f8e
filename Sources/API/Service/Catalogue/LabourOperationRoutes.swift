import Domain
package import Services

/// `/v1/labour-operations`
package struct LabourOperationRoutes: Sendable {
  private let service: LabourOperationService

  package init(_ service: LabourOperationService) { self.service = service }

  package func add(to api: inout RouteTable) {
    api.document("/v1/labour-operations/{id}") { [service] in
      try await service.get(try $0.reference(), $0.caller).version
    }
    api.get("/v1/labour-operations", .labourOperationsRead, list)
    api.post("/v1/labour-operations", .labourOperationsWrite, create)
    api.get("/v1/labour-operations/{id}", .labourOperationsRead, get)
    api.patch("/v1/labour-operations/{id}", .labourOperationsWrite, update)
    api.get("/v1/labour-operations/{id}/history", .labourOperationsRead, history)
  }

  @Sendable private func list(_ call: Call) async throws -> Answer {
    let filter = LabourOperationFilter(
      categories: try call.query.anyOf("category", LabourOperation.Category.self),
      discontinued: try call.query.boolean("discontinued"), text: try call.query.text("q"))
    let page = try call.page(sorts: ["code", "createdAt", "name"], default: "code")
    return try Answer.page(try await service.list(filter, page, call.caller), call)
  }

  @Sendable private func create(_ call: Call) async throws -> Answer {
    let draft = try LabourOperationRequests.draft(try call.body())
    return try await service.create(
      draft, call.command { Answer.created($0, location: "/v1/labour-operations/\($0.id)", etag: $0.version) })
  }

  @Sendable private func get(_ call: Call) async throws -> Answer {
    let operation = try await service.get(try call.reference(), call.caller)
    return try Answer.ok(operation, call, etag: operation.version)
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    let patch = try LabourOperationRequests.patch(try call.body())
    return try await service.update(
      try call.reference(), patch, call.command { Answer.ok($0, etag: $0.version) })
  }

  @Sendable private func history(_ call: Call) async throws -> Answer {
    let page = try call.historyPage()
    return try Answer.page(try await service.history(try call.reference(), page, call.caller), call)
  }
}
