import Domain
package import Services

/// What a person may ask about himself, below his file (SEC-04).
package struct PersonalDataRoutes: Sendable {
  private let service: PersonalDataService

  package init(_ service: PersonalDataService) { self.service = service }

  package func add(to api: inout RouteTable) {
    api.get("/v1/customers/{id}/personal-data", .customersExportPersonal, export)
    api.get("/v1/customers/{id}/personal-data-reads", .customersReadDisclosures, reads)
    api.action("/v1/customers/{id}/erase", .customersErase, erase)
  }

  /// Registers `GET …/{id}/personal-data-reads` of a family that names persons who may have no file.
  package func add<Family: DocumentRoutes>(readsOf family: Family, to api: inout RouteTable) {
    api.get("\(Family.template)/personal-data-reads", .customersReadDisclosures) { [service] call in
      let page = try call.page(sorts: ["at"], default: "-at")
      let document = try await family.service.get(try family.reference(call), call.caller)
      return try Answer.page(
        try await service.reads(of: Family.Service.Document.resource, document.id.uuid, page, call.caller), call)
    }
  }

  @Sendable private func export(_ call: Call) async throws -> Answer {
    let export = try await service.export(try call.reference(), call.caller, at: call.at)
    return Answer.ok(CustomerExportView(export, for: call.caller))
  }

  @Sendable private func reads(_ call: Call) async throws -> Answer {
    let page = try call.page(sorts: ["at"], default: "-at")
    return try Answer.page(try await service.reads(of: try call.reference(), page, call.caller), call)
  }

  @Sendable private func erase(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .text(1...1000))
    try form.finish()
    guard let reason else { throw form.failure }
    return try await service.erase(
      try call.reference(), reason: reason, call.command { Answer.ok($0, etag: $0.customer.version) })
  }
}
