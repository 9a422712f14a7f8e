package import Domain

extension VehicleModel: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("brand", content.brand)
      $0.field("code", code)
      $0.field("createdAt", stamp.createdAt)
      $0.field("createdBy", stamp.createdBy.name)
      $0.field("discontinued", content.discontinued)
      $0.field("externalIds", externalIDs)
      $0.field("id", id)
      $0.field("modelYearFrom", content.modelYearFrom)
      $0.field("modelYearTo", content.modelYearTo)
      $0.field("name", content.name)
      $0.field("nameEn", content.nameEn)
      $0.field("powertrain", content.powertrain)
      $0.field("productLine", content.productLine)
      $0.field("series", content.series)
      $0.field("updatedAt", stamp.updatedAt)
      $0.field("updatedBy", stamp.updatedBy.name)
      $0.field("version", version)
    }
  }
}
