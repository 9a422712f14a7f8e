package import Domain

extension ServiceItem: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("category", content.category)
      $0.field("code", code)
      $0.field("createdAt", stamp.createdAt)
      $0.field("createdBy", stamp.createdBy.name)
      $0.field("discontinued", content.discontinued)
      $0.field("externalIds", externalIDs)
      $0.field("id", id)
      $0.field("intervalKm", content.intervalKm)
      $0.field("intervalMonths", content.intervalMonths)
      $0.field("name", content.name)
      $0.field("nameEn", content.nameEn)
      $0.field("operationIds", content.operations)
      $0.field("partsDescription", content.partsDescription)
      $0.field("price", content.price)
      $0.field("pricing", content.pricing)
      $0.field("process", content.process)
      $0.field("result", content.result)
      $0.field("updatedAt", stamp.updatedAt)
      $0.field("updatedBy", stamp.updatedBy.name)
      $0.field("version", version)
    }
  }
}
