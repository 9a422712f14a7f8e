import Domain

/// Bodies of `/v1/service-items`.
enum ServiceItemRequests {
  static func draft(_ body: Form) throws -> ServiceItemDraft {
    var form = body
    let code = form.required("code", .text(1...32))
    let name = form.required("name", .text(1...200))
    let nameEn = form.optional("nameEn", .text(1...200))
    let category = form.required("category", .choice(ServiceItem.Category.self))
    let pricing = form.required("pricing", .choice(ServiceItem.Pricing.self))
    let price = form.optional("price", .price)
    let operations = form.optional("operationIds", .array(of: .id(LabourOperation.self), 0...100))
    let partsDescription = form.optional("partsDescription", .text(1...2000))
    let process = form.optional("process", .text(1...4000))
    let result = form.optional("result", .text(1...4000))
    let intervalKm = form.optional("intervalKm", .integer(1...1_000_000))
    let intervalMonths = form.optional("intervalMonths", .integer(1...240))
    let discontinued = form.optional("discontinued", .boolean)
    let externalIDs = form.optional("externalIds", .externalIDs)
    try form.finish()
    guard let code, let name, let category, let pricing else { throw form.failure }
    return ServiceItemDraft(
      code: code,
      content: ServiceItem.Content(
        name: name, nameEn: nameEn, category: category, pricing: pricing, price: price, operations: operations ?? [],
        partsDescription: partsDescription, process: process, result: result, intervalKm: intervalKm,
        intervalMonths: intervalMonths, discontinued: discontinued ?? false),
      externalIDs: externalIDs ?? [:])
  }

  static func patch(_ body: Form) throws -> ServiceItemPatch {
    var form = body
    var patch = ServiceItemPatch()
    patch.name = form.requiredPatch("name", .text(1...200))
    patch.nameEn = form.patch("nameEn", .text(1...200))
    patch.category = form.requiredPatch("category", .choice(ServiceItem.Category.self))
    patch.pricing = form.requiredPatch("pricing", .choice(ServiceItem.Pricing.self))
    patch.price = form.patch("price", .price)
    patch.operations = form.requiredPatch("operationIds", .array(of: .id(LabourOperation.self), 0...100))
    patch.partsDescription = form.patch("partsDescription", .text(1...2000))
    patch.process = form.patch("process", .text(1...4000))
    patch.result = form.patch("result", .text(1...4000))
    patch.intervalKm = form.patch("intervalKm", .integer(1...1_000_000))
    patch.intervalMonths = form.patch("intervalMonths", .integer(1...240))
    patch.discontinued = form.requiredPatch("discontinued", .boolean)
    patch.externalIDs = form.requiredPatch("externalIds", .externalIDs)
    form.readOnlyRecordMembers()
    form.readOnly("code")
    try form.finish()
    return patch
  }
}
