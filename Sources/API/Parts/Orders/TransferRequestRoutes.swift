package import Domain
package import Services

/// `/v1/transfer-requests`: transfers that ask for the stock of one's own station (PO-08).
package struct TransferRequestRoutes: Sendable {
  private static let path = "/v1/transfer-requests"
  private let service: TransferRequestService

  package init(_ service: TransferRequestService) { self.service = service }

  package func add(to api: inout RouteTable) {
    api.document("\(Self.path)/{id}") { [service] in
      try await service.get(try $0.reference(), $0.caller).order.version
    }
    api.get(Self.path, TransferRequestService.reading, list)
    api.get("\(Self.path)/{id}", TransferRequestService.reading, get)
    api.get("\(Self.path)/{id}/history", TransferRequestService.reading, history)
    api.get("\(Self.path)/{id}/actions", TransferRequestService.reading, offers)
    api.action("\(Self.path)/{id}/agree", .partsOrdersAgree, agree)
    api.action("\(Self.path)/{id}/decline", .partsOrdersAgree, decline)
    api.action("\(Self.path)/{id}/send", .partsOrdersAgree, send)
    api.problem(
      ProblemType(
        "nothing-set-aside", 409, "Nothing set aside", "What is sent was set aside by agreeing to it before.",
        members: ["conflicts"])
    )
  }

  @Sendable private func list(_ call: Call) async throws -> Answer {
    let states = try call.query.anyOf("state", PartsOrder.State.self)
    let page = try call.page(
      sorts: TransferRequestService.sorts, default: "-createdAt", window: TransferRequestService.window)
    _ = try call.fields()
    try call.query.finish()
    return try Answer.page(try await service.list(states, page, call.caller), call)
  }

  @Sendable private func get(_ call: Call) async throws -> Answer {
    let request = try await service.get(try call.reference(), call.caller)
    return try Answer.ok(request, call, etag: request.order.version)
  }

  @Sendable private func history(_ call: Call) async throws -> Answer {
    let page = try call.historyPage()
    return try Answer.page(try await service.history(try call.reference(), page, call.caller), call)
  }

  @Sendable private func offers(_ call: Call) async throws -> Answer {
    _ = try call.fields()
    try call.query.finish()
    return Answer.ok(ActionOffersView(try await service.offers(try call.reference(), call.caller), call))
  }

  @Sendable private func agree(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    return try await service.agree(try call.reference(), note: note, presenting(call))
  }

  @Sendable private func decline(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .text(1...2000))
    try form.finish()
    guard let reason else { throw form.failure }
    return try await service.decline(try call.reference(), reason: reason, presenting(call))
  }

  @Sendable private func send(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    return try await service.send(try call.reference(), note: note, presenting(call))
  }

  private func presenting(_ call: Call) -> Command<TransferRequest> {
    call.command { request in Answer.ok(request, etag: request.order.version) }
  }
}

extension TransferRequest: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.field("createdAt", order.stamp.createdAt)
      json.field("exitReason", order.progress.exitReason)
      json.field("id", order.id)
      json.array("lines", order.lines) { json, line in
        json.object {
          $0.field("allocated", line.allocated)
          $0.field("backordered", line.backordered)
          $0.field("cancelled", line.cancelled)
          $0.field("description", line.description)
          $0.field("number", line.number)
          $0.field("partId", line.partID)
          $0.field("partNumber", line.partNumber)
          $0.field("quantity", line.quantity)
          $0.field("shipped", line.shipped)
        }
      }
      json.field("number", order.number)
      json.field("remark", order.header.remark)
      json.field("requiredDate", order.header.requiredDate)
      json.field("sourceStationId", order.header.sourceStationID)
      json.field("state", order.state)
      json.field("stationId", order.stationID)
      json.field("submittedAt", order.progress.submittedAt)
      json.field("updatedAt", order.stamp.updatedAt)
      json.field("version", order.version)
    }
  }
}
