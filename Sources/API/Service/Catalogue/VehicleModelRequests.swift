package import Domain

/// Bodies of `/v1/vehicle-models`.
extension VehicleModelRoutes {
  package func draft(_ form: inout Form, over current: VehicleModel?) throws -> VehicleModelDraft {
    let content = current?.content
    let code = form.fixed("code", .text(1...32), keeping: current?.code)
    let brand = form.required("brand", .text(1...100), keeping: content?.brand)
    let series = form.required("series", .text(1...100), keeping: content?.series)
    let name = form.required("name", .text(1...200), keeping: content?.name)
    let nameEn = form.optional("nameEn", .text(1...200), keeping: content?.nameEn)
    let productLine = form.optional("productLine", .text(1...100), keeping: content?.productLine)
    let from = form.optional("modelYearFrom", .integer(1900...2200), keeping: content?.modelYearFrom)
    let to = form.optional("modelYearTo", .integer(1900...2200), keeping: content?.modelYearTo)
    let powertrain = form.required("powertrain", .choice(Powertrain.self), keeping: content?.powertrain)
    let discontinued = form.optional("discontinued", .boolean, keeping: content?.discontinued, else: false)
    let externalIDs = form.externalIDs(keeping: current?.externalIDs)
    form.readOnly(of: current)
    try form.finish()
    guard let code, let brand, let series, let name, let powertrain else { throw form.failure }
    return VehicleModelDraft(
      code: code,
      content: VehicleModel.Content(
        brand: brand, series: series, name: name, nameEn: nameEn, productLine: productLine, modelYearFrom: from,
        modelYearTo: to, powertrain: powertrain, discontinued: discontinued),
      externalIDs: externalIDs)
  }
}
