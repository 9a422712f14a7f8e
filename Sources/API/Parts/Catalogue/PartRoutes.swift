package import Domain
package import Services

/// `/v1/parts`: the catalogue, supersessions, where a part is used and what it costs.
package struct PartRoutes: RecordRoutes {
  package typealias View = Part
  package static let order = "number"
  package let service: PartService
  private let prices: PriceListService

  package init(_ service: PartService, prices: PriceListService) {
    self.service = service
    self.prices = prices
  }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    addWriting(to: &api)
    api.get("\(Self.template)/supersessions", .partsRead, chain)
    api.post("\(Self.template)/supersessions", .partsWrite, supersede)
    api.get("\(Self.template)/availability", .stockRead, availability)
    api.get("\(Self.template)/where-used", .sbomsRead, uses)
    api.get("\(Self.template)/price", .priceListsRead, price)
    api.problem(
      ProblemType(
        "supersession-cycle", 409, "Supersession cycle", "A chain of supersessions never comes back to where it began.",
        members: ["conflicts"])
    )
  }

  package func filter(_ query: QueryReader) throws -> PartFilter {
    PartFilter(
      origins: try query.anyOf("origin", Part.Origin.self), wearPart: try query.boolean("wearPart"),
      discontinued: try query.boolean("discontinued"), text: try query.text("q"))
  }

  package func draft(_ form: inout Form, over current: Part?) throws -> PartDraft {
    let content = current?.content
    let number = form.fixed("number", .text(1...32), keeping: current?.number)
    let name = form.required("name", .text(1...200), keeping: content?.name)
    let nameEn = form.optional("nameEn", .text(1...200), keeping: content?.nameEn)
    let origin = form.optional("origin", .choice(Part.Origin.self), keeping: content?.origin, else: .original)
    let unit = form.optional("unit", .choice(Part.Unit.self), keeping: content?.unit, else: .piece)
    let wearPart = form.optional("wearPart", .boolean, keeping: content?.wearPart, else: false)
    let discontinued = form.optional("discontinued", .boolean, keeping: content?.discontinued, else: false)
    let note = form.optional("note", .text(1...2000), keeping: content?.note)
    let externalIDs = form.externalIDs(keeping: current?.externalIDs)
    form.readOnly(of: current)
    try form.finish()
    guard let number, let name else { throw form.failure }
    return PartDraft(
      number: number,
      content: Part.Content(
        name: name, nameEn: nameEn, origin: origin, unit: unit, wearPart: wearPart, discontinued: discontinued,
        note: note), externalIDs: externalIDs)
  }

  // MARK: Supersessions, use, price

  @Sendable private func chain(_ call: Call) async throws -> Answer {
    let day = try call.day("on")
    try call.query.finish()
    return Answer.ok(try await service.chain(of: try call.reference(), on: day, call.caller))
  }

  @Sendable private func supersede(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let successor = form.required("successorId", .id(Part.self))
    let effectiveOn = form.required("effectiveOn", .date)
    let interchangeable = form.optional("interchangeable", .boolean) ?? false
    let reason = form.optional("reason", .text(1...2000))
    try form.finish()
    guard let successor, let effectiveOn else { throw form.failure }
    return try await service.supersede(
      try call.reference(),
      SupersessionDraft(
        successor: .id(successor), effectiveOn: effectiveOn, interchangeable: interchangeable, reason: reason),
      call.command { [path = call.path] step in Answer.created(step, location: path) })
  }

  @Sendable private func availability(_ call: Call) async throws -> Answer {
    let station = try call.query.id("stationId", Station.self)
    try call.query.finish()
    let places = try await service.availability(of: try call.reference(), near: station, at: call.at, call.caller)
    return Answer.ok(ItemsView(places.map { PartPlaceView($0, for: call.caller) }))
  }

  @Sendable private func uses(_ call: Call) async throws -> Answer {
    let day = try call.day("on")
    try call.query.finish()
    return Answer.ok(ItemsView(try await service.uses(of: try call.reference(), on: day, call.caller)))
  }

  @Sendable private func price(_ call: Call) async throws -> Answer {
    let day = try call.day("on")
    try call.query.finish()
    return Answer.ok(
      PriceOfDayView(on: day, price: try await prices.price(of: try call.reference(), on: day, call.caller)))
  }
}

extension Call {
  /// The day that a parameter names, in Asia/Shanghai; today without it.
  func day(_ name: String) throws -> CalendarDate {
    try query.date(name) ?? CalendarDate(inChina: caller.asOf ?? at)
  }
}

/// `/v1/sboms`
package struct SbomRoutes: RecordRoutes {
  package typealias View = Sbom
  package static let order = "code"
  package let service: SbomService

  package init(_ service: SbomService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    addWriting(to: &api)
  }

  package func filter(_ query: QueryReader) throws -> SbomFilter {
    SbomFilter(modelID: try query.id("modelId", VehicleModel.self), text: try query.text("q"))
  }

  package func draft(_ form: inout Form, over current: Sbom?) throws -> SbomDraft {
    let code = form.fixed("code", .text(1...32), keeping: current?.code)
    let model = form.fixed("modelId", .id(VehicleModel.self), keeping: current?.modelID)
    let validFrom = form.required("validFrom", .date, keeping: current?.validFrom)
    let note = form.optional("note", .text(1...2000), keeping: current?.note)
    let lines = form.array("lines", 1...Sbom.lineLimit, keeping: current?.lines) { form -> Sbom.Line? in
      let assembly = form.required("assembly", .text(1...100))
      let part = form.required("partId", .id(Part.self))
      let quantity = form.required("quantity", .integer(1...9999))
      guard let assembly, let part, let quantity else { return nil }
      return Sbom.Line(assembly: assembly, partID: part, quantity: quantity)
    }
    let externalIDs = form.externalIDs(keeping: current?.externalIDs)
    form.readOnly(of: current)
    try form.finish()
    guard let code, let model, let validFrom, let lines else { throw form.failure }
    return SbomDraft(
      code: code, modelID: model, validFrom: validFrom, note: note, lines: lines, externalIDs: externalIDs)
  }
}
