package import Domain

extension FaultCode: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("brand", brand)
      $0.field("code", code)
      $0.field("componentFamily", content.componentFamily)
      $0.field("createdAt", stamp.createdAt)
      $0.field("createdBy", stamp.createdBy.name)
      $0.field("description", content.description)
      $0.field("descriptionEn", content.descriptionEn)
      $0.field("discontinued", content.discontinued)
      $0.field("externalIds", externalIDs)
      $0.field("id", id)
      $0.field("operationIds", content.operations)
      $0.field("reference", reference)
      $0.field("severity", content.severity)
      $0.field("system", content.system)
      $0.field("updatedAt", stamp.updatedAt)
      $0.field("updatedBy", stamp.updatedBy.name)
      $0.field("version", version)
    }
  }
}
