package import Domain
package import Services

/// `/v1/stations`
package struct StationRoutes: RecordRoutes {
  package typealias View = Station
  package static let order = "code"
  package let service: StationService

  package init(_ service: StationService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    addWriting(to: &api)
  }

  package func filter(_ query: QueryReader) throws -> StationFilter {
    StationFilter(
      regionID: try query.id("regionId", Region.self), kinds: try query.anyOf("kind", Station.Kind.self),
      states: try query.anyOf("state", Station.State.self), text: try query.text("q"))
  }
}
