package import Domain
package import Services

/// `/v1/suppliers`, with what each has agreed to pay at `…/contracts`.
package struct SupplierRoutes: RecordRoutes {
  package typealias View = Supplier
  package static let order = "code"
  package let service: SupplierService

  package init(_ service: SupplierService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    addWriting(to: &api)
    api.get("\(Self.template)/contracts", .supplierRecoveriesRead, contracts)
    api.post("\(Self.template)/contracts", .supplierRecoveriesWrite, agree)
  }

  package func filter(_ query: QueryReader) throws -> SupplierFilter {
    SupplierFilter(
      discontinued: try query.boolean("discontinued"), partNumber: try query.text("partNumber", max: 60),
      text: try query.text("q"))
  }

  package func draft(_ form: inout Form, over current: Supplier?) throws -> SupplierDraft {
    let content = current?.content
    let code = form.fixed("code", .text(2...12), keeping: current?.code)
    let name = form.required("name", .text(1...200), keeping: content?.name)
    let nameEn = form.optional("nameEn", .text(1...200), keeping: content?.nameEn)
    let phone = form.optional("phone", .text(1...40), keeping: content?.phone)
    let email = form.optional("email", .text(3...200), keeping: content?.email)
    let partNumbers = form.optional(
      "partNumbers", .textArray(1000, 1...60), keeping: content?.partNumbers, else: [])
    let discontinued = form.optional("discontinued", .boolean, keeping: content?.discontinued, else: false)
    let externalIDs = form.externalIDs(keeping: current?.externalIDs)
    form.readOnly(of: current)
    try form.finish()
    guard let code, let name else { throw form.failure }
    return SupplierDraft(
      code: code,
      content: Supplier.Content(
        name: name, nameEn: nameEn, phone: phone, email: email,
        partNumbers: partNumbers.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }, discontinued: discontinued),
      externalIDs: externalIDs)
  }

  @Sendable private func contracts(_ call: Call) async throws -> Answer {
    Answer.ok(ItemsView(try await service.contracts(try call.reference(), call.caller)))
  }

  @Sendable private func agree(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reference = form.required("reference", .text(1...60))
    let validFrom = form.required("validFrom", .date)
    let factor = form.required("partsFactor", .decimalHundredths(0...99_999))
    let rate = form.required("labourRate", .price)
    let cap = form.optional("lineCap", .price)
    try form.finish()
    guard let reference, let validFrom, let factor, let rate else { throw form.failure }
    return try await service.agree(
      try call.reference(),
      SupplierContract.Terms(
        reference: reference, validFrom: validFrom, partsFactorHundredths: factor, labourRate: rate, lineCap: cap),
      call.command { [path = call.path] contract in Answer.created(contract, location: path) })
  }
}

extension Supplier: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("code", code)
      $0.field("createdAt", stamp.createdAt)
      $0.field("createdBy", stamp.createdBy.name)
      $0.field("discontinued", content.discontinued)
      $0.field("email", content.email)
      $0.field("externalIds", externalIDs)
      $0.field("id", id)
      $0.field("name", content.name)
      $0.field("nameEn", content.nameEn)
      $0.field("partNumbers", content.partNumbers)
      $0.field("phone", content.phone)
      $0.field("updatedAt", stamp.updatedAt)
      $0.field("updatedBy", stamp.updatedBy.name)
      $0.field("version", version)
    }
  }
}

extension SupplierContract: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("createdAt", createdAt)
      $0.field("createdBy", createdBy.name)
      $0.field("id", id)
      $0.field("labourRate", terms.labourRate)
      $0.field("lineCap", terms.lineCap)
      $0.field("partsFactor", DecimalString.text(hundredths: terms.partsFactorHundredths))
      $0.field("reference", terms.reference)
      $0.field("supplierId", supplierID)
      $0.field("validFrom", terms.validFrom)
    }
  }
}
