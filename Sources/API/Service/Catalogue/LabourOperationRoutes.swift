package import Domain
package import Services

/// `/v1/labour-operations`
package struct LabourOperationRoutes: RecordRoutes {
  package typealias View = LabourOperation
  package static let order = "code"
  package let service: LabourOperationService

  package init(_ service: LabourOperationService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    addWriting(to: &api)
  }

  package func filter(_ query: QueryReader) throws -> LabourOperationFilter {
    LabourOperationFilter(
      categories: try query.anyOf("category", LabourOperation.Category.self),
      discontinued: try query.boolean("discontinued"), text: try query.text("q"))
  }
}
