package import Domain
package import Services

/// `/v1/vehicle-models`
package struct VehicleModelRoutes: RecordRoutes {
  package typealias View = VehicleModel
  package static let order = "code"
  package let service: VehicleModelService

  package init(_ service: VehicleModelService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    addWriting(to: &api)
  }

  package func filter(_ query: QueryReader) throws -> VehicleModelFilter {
    VehicleModelFilter(
      brand: try query.text("brand"), series: try query.text("series"),
      powertrains: try query.anyOf("powertrain", Powertrain.self), discontinued: try query.boolean("discontinued"),
      text: try query.text("q"))
  }
}
