package import Domain

/// Bodies of `/v1/labour-operations`.
extension LabourOperationRoutes {
  package func draft(_ form: inout Form, over current: LabourOperation?) throws -> LabourOperationDraft {
    let content = current?.content
    let code = form.fixed("code", .text(1...32), keeping: current?.code)
    let name = form.required("name", .text(1...200), keeping: content?.name)
    let nameEn = form.optional("nameEn", .text(1...200), keeping: content?.nameEn)
    let category = form.required("category", .choice(LabourOperation.Category.self), keeping: content?.category)
    let standardHours = form.required("standardHours", .hours(1...99_999), keeping: content?.standardHours)
    let modelHours = form.array("modelHours", 0...500, keeping: content?.modelHours) { $0.modelHours() }
    let requiredSkill = form.optional("requiredSkill", .text(1...100), keeping: content?.requiredSkill)
    let discontinued = form.optional("discontinued", .boolean, keeping: content?.discontinued, else: false)
    let externalIDs = form.externalIDs(keeping: current?.externalIDs)
    form.readOnly(of: current)
    try form.finish()
    guard let code, let name, let category, let standardHours, let modelHours else { throw form.failure }
    return LabourOperationDraft(
      code: code,
      content: LabourOperation.Content(
        name: name, nameEn: nameEn, category: category, standardHours: standardHours, modelHours: modelHours,
        requiredSkill: requiredSkill, discontinued: discontinued),
      externalIDs: externalIDs)
  }
}

extension Form {
  fileprivate mutating func modelHours() -> LabourOperation.ModelHours? {
    let model = required("modelId", .id(VehicleModel.self))
    let hours = required("standardHours", .hours(1...99_999))
    guard let model, let hours else { return nil }
    return LabourOperation.ModelHours(modelID: model, hours: hours)
  }
}
