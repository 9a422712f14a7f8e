package import Domain
package import Services

/// `/v1/service-items`
package struct ServiceItemRoutes: RecordRoutes {
  package typealias View = ServiceItem
  package static let order = "code"
  package let service: ServiceItemService

  package init(_ service: ServiceItemService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    addWriting(to: &api)
  }

  package func filter(_ query: QueryReader) throws -> ServiceItemFilter {
    ServiceItemFilter(
      categories: try query.anyOf("category", ServiceItem.Category.self),
      discontinued: try query.boolean("discontinued"), text: try query.text("q"))
  }
}
