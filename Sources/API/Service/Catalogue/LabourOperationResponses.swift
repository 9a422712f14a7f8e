package import Domain

extension LabourOperation: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("category", content.category)
      $0.field("code", code)
      $0.field("createdAt", stamp.createdAt)
      $0.field("createdBy", stamp.createdBy.name)
      $0.field("discontinued", content.discontinued)
      $0.field("externalIds", externalIDs)
      $0.field("id", id)
      $0.array("modelHours", content.modelHours) { json, entry in
        json.object {
          $0.field("modelId", entry.modelID)
          $0.field("standardHours", entry.hours)
        }
      }
      $0.field("name", content.name)
      $0.field("nameEn", content.nameEn)
      $0.field("requiredSkill", content.requiredSkill)
      $0.field("standardHours", content.standardHours)
      $0.field("updatedAt", stamp.updatedAt)
      $0.field("updatedBy", stamp.updatedBy.name)
      $0.field("version", version)
    }
  }
}
