import Domain
package import Services

/// Machine clients.
package struct ClientRoutes {
  private let clients: MachineClientService

  package init(_ clients: MachineClientService) { self.clients = clients }

  package func add(to api: inout RouteTable) {
    api.document("/v1/clients/{id}") { [clients] in
      try await clients.get(try $0.reference(), $0.caller).version
    }
    api.get("/v1/clients", .clientsRead, list)
    api.post("/v1/clients", .clientsWrite, create)
    api.get("/v1/clients/{id}", .clientsRead, get)
    api.get("/v1/clients/{id}/history", .clientsRead, history)
    api.get("/v1/clients/{id}/actions", .clientsRead, actions)
    api.action("/v1/clients/{id}/rotate-secret", .clientsWrite, rotateSecret)
    api.action("/v1/clients/{id}/revoke", .clientsWrite, revoke)
  }

  @Sendable func list(_ call: Call) async throws -> Answer {
    let filter = MachineClientFilter(
      stationID: try call.query.id("stationId", Station.self),
      states: try call.query.anyOf("state", MachineClient.State.self), text: try call.query.text("q"))
    let page = try call.page(
      sorts: ["clientId", "name", "createdAt"], default: "clientId", window: MachineClientService.window)
    let found = try await clients.list(filter, page, call.caller)
    return try Answer.page(found.map { MachineClientDocument($0, call.caller) }, call)
  }

  @Sendable func get(_ call: Call) async throws -> Answer {
    let client = try await clients.get(try call.reference(), call.caller)
    return try Answer.ok(MachineClientDocument(client, call.caller), call, etag: client.version)
  }

  @Sendable func actions(_ call: Call) async throws -> Answer {
    let client = try await clients.get(try call.reference(), call.caller)
    return try Answer.ok(ActionOffersView(MachineClient.lifecycle.offers(on: client, to: call.caller), call), call)
  }

  @Sendable func history(_ call: Call) async throws -> Answer {
    let page = try call.page(sorts: ["position"], default: "position")
    return try Answer.page(try await clients.history(try call.reference(), page, call.caller), call)
  }

  @Sendable func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let draft = try MachineClientDraft.read(&form)
    return try await clients.create(
      draft,
      call.command { [caller = call.caller] made in
        var answer = Answer.created(
          MachineClientDocument(made.client, caller, secret: .shown(made.secret)),
          location: "/v1/clients/\(made.client.id)", etag: made.client.version)
        answer.repeatedBody = JSONWriter.bytes(of: MachineClientDocument(made.client, caller, secret: .withheld))
        return answer
      })
  }

  @Sendable func rotateSecret(_ call: Call) async throws -> Answer {
    var form = try call.body()
    try form.finish()
    return try await clients.rotateSecret(
      try call.reference(),
      call.command { [caller = call.caller] made in
        var answer = Answer.ok(
          MachineClientDocument(made.client, caller, secret: .shown(made.secret)), etag: made.client.version)
        answer.repeatedBody = JSONWriter.bytes(of: MachineClientDocument(made.client, caller, secret: .withheld))
        return answer
      })
  }

  @Sendable func revoke(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .text(1...500))
    try form.finish()
    guard let reason else { throw form.failure }
    return try await clients.revoke(
      try call.reference(), reason: reason,
      call.command { [caller = call.caller] client in
        Answer.ok(MachineClientDocument(client, caller), etag: client.version)
      })
  }
}
