package import Domain
package import Services

/// `/v1/regions`
package struct RegionRoutes: RecordRoutes {
  package typealias View = Region
  package static let order = "code"
  package let service: RegionService

  package init(_ service: RegionService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    addWriting(to: &api)
  }

  package func filter(_ query: QueryReader) throws -> RegionFilter {
    RegionFilter(text: try query.text("q"))
  }
}
