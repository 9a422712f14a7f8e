package import Domain

/// Bodies of `/v1/service-items`.
extension ServiceItemRoutes {
  package func draft(_ form: inout Form, over current: ServiceItem?) throws -> ServiceItemDraft {
    let content = current?.content
    let code = form.fixed("code", .text(1...32), keeping: current?.code)
    let name = form.required("name", .text(1...200), keeping: content?.name)
    let nameEn = form.optional("nameEn", .text(1...200), keeping: content?.nameEn)
    let category = form.required("category", .choice(ServiceItem.Category.self), keeping: content?.category)
    let pricing = form.required("pricing", .choice(ServiceItem.Pricing.self), keeping: content?.pricing)
    let price = form.optional("price", .price, keeping: content?.price)
    let operations = form.optional(
      "operationIds", .array(of: .id(LabourOperation.self), 0...100), keeping: content?.operations, else: [])
    let partsDescription = form.optional("partsDescription", .text(1...2000), keeping: content?.partsDescription)
    let process = form.optional("process", .text(1...4000), keeping: content?.process)
    let result = form.optional("result", .text(1...4000), keeping: content?.result)
    let intervalKm = form.optional("intervalKm", .integer(1...1_000_000), keeping: content?.intervalKm)
    let intervalMonths = form.optional("intervalMonths", .integer(1...240), keeping: content?.intervalMonths)
    let discontinued = form.optional("discontinued", .boolean, keeping: content?.discontinued, else: false)
    let externalIDs = form.externalIDs(keeping: current?.externalIDs)
    form.readOnly(of: current)
    try form.finish()
    guard let code, let name, let category, let pricing else { throw form.failure }
    return ServiceItemDraft(
      code: code,
      content: ServiceItem.Content(
        name: name, nameEn: nameEn, category: category, pricing: pricing, price: price, operations: operations,
        partsDescription: partsDescription, process: process, result: result, intervalKm: intervalKm,
        intervalMonths: intervalMonths, discontinued: discontinued),
      externalIDs: externalIDs)
  }
}
