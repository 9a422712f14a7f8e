import Domain

/// Bodies of `/v1/labour-operations`.
enum LabourOperationRequests {
  static func draft(_ body: Form) throws -> LabourOperationDraft {
    var form = body
    let code = form.required("code", .text(1...32))
    let name = form.required("name", .text(1...200))
    let nameEn = form.optional("nameEn", .text(1...200))
    let category = form.required("category", .choice(LabourOperation.Category.self))
    let standardHours = form.required("standardHours", .hours(1...99_999))
    let modelHours = form.array("modelHours", 0...500, modelHours)
    let requiredSkill = form.optional("requiredSkill", .text(1...100))
    let discontinued = form.optional("discontinued", .boolean)
    let externalIDs = form.optional("externalIds", .externalIDs)
    try form.finish()
    guard let code, let name, let category, let standardHours, let modelHours else { throw form.failure }
    return LabourOperationDraft(
      code: code,
      content: LabourOperation.Content(
        name: name, nameEn: nameEn, category: category, standardHours: standardHours, modelHours: modelHours,
        requiredSkill: requiredSkill, discontinued: discontinued ?? false),
      externalIDs: externalIDs ?? [:])
  }

  static func patch(_ body: Form) throws -> LabourOperationPatch {
    var form = body
    var patch = LabourOperationPatch()
    patch.name = form.requiredPatch("name", .text(1...200))
    patch.nameEn = form.patch("nameEn", .text(1...200))
    patch.category = form.requiredPatch("category", .choice(LabourOperation.Category.self))
    patch.standardHours = form.requiredPatch("standardHours", .hours(1...99_999))
    if form.has("modelHours"), let hours = form.array("modelHours", 0...500, modelHours) {
      patch.modelHours = .set(hours)
    }
    patch.requiredSkill = form.patch("requiredSkill", .text(1...100))
    patch.discontinued = form.requiredPatch("discontinued", .boolean)
    patch.externalIDs = form.requiredPatch("externalIds", .externalIDs)
    form.readOnlyRecordMembers()
    form.readOnly("code")
    try form.finish()
    return patch
  }

  private static func modelHours(_ form: inout Form) -> LabourOperation.ModelHours? {
    let model = form.required("modelId", .id(VehicleModel.self))
    let hours = form.required("standardHours", .hours(1...99_999))
    guard let model, let hours else { return nil }
    return LabourOperation.ModelHours(modelID: model, hours: hours)
  }
}
