package import Domain
package import Services

/// How complete customer files are (CUS-01…06, CUS-11), and when their vehicles are due (CUS-09).
package struct CustomerFileRoutes: Sendable {
  private let files: CustomerFileService
  private let services: NextServiceService

  package init(_ files: CustomerFileService, services: NextServiceService) {
    self.files = files
    self.services = services
  }

  package func add(to api: inout RouteTable) {
    api.get("/v1/customers/{id}/completeness", .customersRead, completeness)
    api.get("/v1/customer-files", .customersRead, list)
    api.get("/v1/customer-files/summary", .customersRead, summary)
    api.get("/v1/next-services", .customersRead, nextServices)
  }

  @Sendable private func completeness(_ call: Call) async throws -> Answer {
    Answer.ok(try await files.status(of: try call.reference(), call.caller, at: call.at))
  }

  @Sendable private func list(_ call: Call) async throws -> Answer {
    let station = try call.query.id("stationId", Station.self)
    let overdue = try call.query.boolean("overdue") ?? false
    let page = try call.page(
      sorts: ["createdAt", "number"], default: "createdAt", window: CustomerFileService.window)
    return try Answer.page(
      try await files.list(at: station, overdue: overdue, page, call.caller, at: call.at), call)
  }

  @Sendable private func summary(_ call: Call) async throws -> Answer {
    let station = try call.query.id("stationId", Station.self)
    try call.query.finish()
    return Answer.ok(ItemsView(try await files.summaries(at: station, call.caller, at: call.at)))
  }

  @Sendable private func nextServices(_ call: Call) async throws -> Answer {
    var filter = ServicePlanFilter()
    filter.stationID = try call.query.id("stationId", Station.self)
    filter.customerID = try call.query.id("customerId", Customer.self)
    filter.vehicleID = try call.query.id("vehicleId", Vehicle.self)
    filter.dueFrom = try call.query.date("dueOnFrom")
    filter.dueBefore = try call.query.date("dueOnBefore")
    filter.reminded = try call.query.boolean("reminded")
    let page = try call.page(sorts: ["dueOn"], default: "dueOn")
    return try Answer.page(try await services.list(filter, page, call.caller), call)
  }
}

extension CustomerFileStatus: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("complete", isComplete)
      $0.field("createdAt", file.createdAt)
      $0.field("customerId", file.customerID)
      $0.field("dueAt", file.dueAt)
      $0.field("kind", file.kind)
      $0.field("missing", missing)
      $0.field("number", file.number)
      $0.field("policyVersion", policyVersion)
      $0.field("stationId", file.stationID)
      $0.field("vehicles", file.vehicles.count)
    }
  }
}

extension CustomerFileSummary: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("complete", complete)
      $0.field("files", files)
      $0.field("oldestIncompleteAt", oldestIncompleteAt)
      $0.field("overdue", overdue)
      $0.field("stationId", stationID)
    }
  }
}

extension ServicePlan: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("basis", next.basis)
      $0.field("computedAt", computedAt)
      $0.field("customerId", customerID)
      $0.field("dueKm", next.dueKm)
      $0.field("dueOn", next.dueOn)
      $0.field("id", id)
      $0.field("metresPerDay", metresPerDay)
      $0.field("remindedAt", remindedAt)
      $0.field("stationId", stationID)
      $0.field("vehicleId", vehicleID)
      $0.field("vin", vin)
    }
  }
}
