package import Domain

/// Bodies of `/v1/regions`.
extension RegionRoutes {
  package func draft(_ form: inout Form, over current: Region?) throws -> RegionDraft {
    let code = form.fixed("code", .text(2...8), keeping: current?.code)
    let name = form.required("name", .text(1...200), keeping: current?.name)
    let nameEn = form.optional("nameEn", .text(1...200), keeping: current?.nameEn)
    let externalIDs = form.externalIDs(keeping: current?.externalIDs)
    form.readOnly(of: current)
    try form.finish()
    guard let code, let name else { throw form.failure }
    return RegionDraft(code: code, name: name, nameEn: nameEn, externalIDs: externalIDs)
  }
}
