package import Domain
package import Services

/// `/v1/stations`
package struct StationRoutes: RecordRoutes {
  package static let order = "code"
  package let service: StationService

  package init(_ service: StationService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    addWriting(to: &api)
    for action in Station.Action.allCases {
      guard let row = Station.lifecycle.transitions(for: action).first else { continue }
      api.action("\(Self.template)/\(action.rawValue)", row.permission) { try await move(action, $0) }
    }
  }

  package func filter(_ query: QueryReader) throws -> StationFilter {
    StationFilter(
      regionID: try query.id("regionId", Region.self), kinds: try query.anyOf("kind", Station.Kind.self),
      states: try query.anyOf("state", Station.State.self), text: try query.text("q"))
  }

  package func view(_ station: Station, for caller: Caller) -> StationView { StationView(station, for: caller) }

  private func move(_ action: Station.Action, _ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .text(1...500))
    try form.finish()
    guard let reason else { throw form.failure }
    return try await service.move(try call.reference(), action, reason: reason, presenting(call))
  }
}
