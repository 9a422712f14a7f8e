package import Domain

/// Bodies of `/v1/fault-codes`.
extension FaultCodeRoutes {
  package func draft(_ form: inout Form, over current: FaultCode?) throws -> FaultCodeDraft {
    let content = current?.content
    let code = form.fixed("code", .text(1...32), keeping: current?.code)
    let brand = current == nil ? form.optional("brand", .text(1...60)) : current?.brand
    let system = form.required("system", .choice(FaultCode.System.self), keeping: content?.system)
    let description = form.optional("description", .text(1...500), keeping: content?.description)
    let descriptionEn = form.optional("descriptionEn", .text(1...500), keeping: content?.descriptionEn)
    let family = form.optional("componentFamily", .text(1...100), keeping: content?.componentFamily)
    let severity = form.optional("severity", .choice(FaultCode.Severity.self), keeping: content?.severity)
    let operations = form.optional(
      "operationIds", .array(of: .id(LabourOperation.self), 0...20), keeping: content?.operations, else: [])
    let discontinued = form.optional("discontinued", .boolean, keeping: content?.discontinued, else: false)
    let externalIDs = form.externalIDs(keeping: current?.externalIDs)
    form.readOnly(of: current, "brand", "reference")
    try form.finish()
    guard let code, let system else { throw form.failure }
    return FaultCodeDraft(
      code: code, brand: brand,
      content: FaultCode.Content(
        system: system, description: description, descriptionEn: descriptionEn, componentFamily: family,
        severity: severity, operations: operations, discontinued: discontinued),
      externalIDs: externalIDs)
  }
}
