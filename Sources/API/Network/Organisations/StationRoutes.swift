import Domain
package import Services

/// `/v1/stations`
package struct StationRoutes: Sendable {
  private let service: StationService

  package init(_ service: StationService) { self.service = service }

  package func add(to api: inout RouteTable) {
    api.document("/v1/stations/{id}") { [service] in
      try await service.get(try $0.reference(), $0.caller).version
    }
    api.get("/v1/stations", .stationsRead, list)
    api.post("/v1/stations", .stationsWrite, create)
    api.get("/v1/stations/{id}", .stationsRead, get)
    api.patch("/v1/stations/{id}", .stationsWrite, update)
    api.get("/v1/stations/{id}/history", .stationsRead, history)
    api.get("/v1/stations/{id}/actions", .stationsRead, actions)
    for action in Station.Action.allCases {
      guard let row = Station.lifecycle.transitions(for: action).first else { continue }
      api.action("/v1/stations/{id}/\(action.rawValue)", row.permission) { try await move(action, $0) }
    }
  }

  @Sendable private func list(_ call: Call) async throws -> Answer {
    let filter = StationFilter(
      regionID: try call.query.id("regionId", Region.self), kinds: try call.query.anyOf("kind", Station.Kind.self),
      states: try call.query.anyOf("state", Station.State.self), text: try call.query.text("q"))
    let page = try call.page(sorts: ["code", "createdAt", "name"], default: "code")
    let found = try await service.list(filter, page, call.caller)
    return try Answer.page(found.map { StationView($0, for: call.caller) }, call)
  }

  @Sendable private func create(_ call: Call) async throws -> Answer {
    let draft = try StationRequests.draft(try call.body())
    return try await service.create(
      draft,
      call.command { [caller = call.caller] station in
        Answer.created(
          StationView(station, for: caller), location: "/v1/stations/\(station.id)", etag: station.version)
      })
  }

  @Sendable private func get(_ call: Call) async throws -> Answer {
    let station = try await service.get(try call.reference(), call.caller)
    return try Answer.ok(StationView(station, for: call.caller), call, etag: station.version)
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    let patch = try StationRequests.patch(try call.body())
    return try await service.update(try call.reference(), patch, presenting(call))
  }

  @Sendable private func actions(_ call: Call) async throws -> Answer {
    Answer.ok(ActionOffersView(try await service.offers(try call.reference(), call.caller)))
  }

  private func move(_ action: Station.Action, _ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .text(1...500))
    try form.finish()
    guard let reason else { throw form.failure }
    return try await service.move(try call.reference(), action, reason: reason, presenting(call))
  }

  private func presenting(_ call: Call) -> Command<Station> {
    call.command { [caller = call.caller] station in
      Answer.ok(StationView(station, for: caller), etag: station.version)
    }
  }

  @Sendable private func history(_ call: Call) async throws -> Answer {
    let page = try call.historyPage()
    return try Answer.page(try await service.history(try call.reference(), page, call.caller), call)
  }
}
