import Domain

/// Bodies of `/v1/vehicle-models`.
enum VehicleModelRequests {
  static func draft(_ body: Form) throws -> VehicleModelDraft {
    var form = body
    let code = form.required("code", .text(1...32))
    let brand = form.required("brand", .text(1...100))
    let series = form.required("series", .text(1...100))
    let name = form.required("name", .text(1...200))
    let nameEn = form.optional("nameEn", .text(1...200))
    let productLine = form.optional("productLine", .text(1...100))
    let from = form.optional("modelYearFrom", .integer(1900...2200))
    let to = form.optional("modelYearTo", .integer(1900...2200))
    let powertrain = form.required("powertrain", .choice(Powertrain.self))
    let discontinued = form.optional("discontinued", .boolean)
    let externalIDs = form.optional("externalIds", .externalIDs)
    try form.finish()
    guard let code, let brand, let series, let name, let powertrain else { throw form.failure }
    return VehicleModelDraft(
      code: code,
      content: VehicleModel.Content(
        brand: brand, series: series, name: name, nameEn: nameEn, productLine: productLine, modelYearFrom: from,
        modelYearTo: to, powertrain: powertrain, discontinued: discontinued ?? false),
      externalIDs: externalIDs ?? [:])
  }

  static func patch(_ body: Form) throws -> VehicleModelPatch {
    var form = body
    var patch = VehicleModelPatch()
    patch.brand = form.requiredPatch("brand", .text(1...100))
    patch.series = form.requiredPatch("series", .text(1...100))
    patch.name = form.requiredPatch("name", .text(1...200))
    patch.nameEn = form.patch("nameEn", .text(1...200))
    patch.productLine = form.patch("productLine", .text(1...100))
    patch.modelYearFrom = form.patch("modelYearFrom", .integer(1900...2200))
    patch.modelYearTo = form.patch("modelYearTo", .integer(1900...2200))
    patch.powertrain = form.requiredPatch("powertrain", .choice(Powertrain.self))
    patch.discontinued = form.requiredPatch("discontinued", .boolean)
    patch.externalIDs = form.requiredPatch("externalIds", .externalIDs)
    form.readOnlyRecordMembers()
    form.readOnly("code")
    try form.finish()
    return patch
  }
}
