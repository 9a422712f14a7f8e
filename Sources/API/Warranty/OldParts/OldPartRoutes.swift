package import Domain
import FoundationEssentials
package import Services

/// Old parts over HTTP (SM-10).
package struct OldPartRoutes: LifecycleRoutes {
  package let service: OldPartService

  package init(_ service: OldPartService) { self.service = service }

  package static let expansions: [Expansion<OldPart>] = [
    .station { $0.stationID }, .vehicle { $0.header.vehicleID }, .workOrder { $0.header.workOrderID },
  ]

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post("/v1/old-parts", .oldPartsTag, create)
    api.patch("/v1/old-parts/{id}", .oldPartsWrite, update)
    api.get("/v1/old-parts/{id}/tag", .oldPartsRead, printedTag)
    addLifecycle(to: &api)
    api.problem(
      ProblemType(
        "old-part-not-editable", 409, "Old part not editable", "What the tag says stands once the part travels.",
        members: ["allowedStates", "state"]))
  }

  package func filter(_ query: QueryReader) throws -> OldPartFilter {
    var filter = OldPartFilter()
    filter.states = try query.anyOf("state", OldPart.State.self)
    filter.stationID = try query.id("stationId", Station.self)
    filter.workOrderID = try query.id("workOrderId", WorkOrder.self)
    filter.vehicleID = try query.id("vehicleId", Vehicle.self)
    filter.supplierID = try query.id("supplierId", Supplier.self)
    filter.recoveryID = try query.id("recoveryId", SupplierRecovery.self)
    filter.claimNumber = try query.text("claimNumber")
    filter.partNumber = try query.text("partNumber", max: 60)
    filter.packingList = try query.text("packingList", max: 60)
    filter.createdFrom = try query.timestamp("createdAtFrom")
    filter.createdBefore = try query.timestamp("createdAtBefore")
    filter.number = try query.text("number")
    return filter
  }

  package func view(_ document: OldPart, for caller: Caller) -> OldPartView { OldPartView(document, for: caller) }

  package func handler(for action: OldPart.Action) -> RouteTable.Handler {
    switch action {
    case .tag: tag
    case .request: request
    case .ship: ship
    case .receive: receive
    case .inspect: inspect
    case .sendToSupplier: sendToSupplier
    case .reuse: reuse
    case .scrap: scrap
    }
  }

  // MARK: Reading

  /// What is printed on the tag (OLD-04).
  @Sendable private func printedTag(_ call: Call) async throws -> Answer {
    let document = try await service.get(try call.reference(), call.caller)
    // Without an ETag: what it says of the order and the station changes with them.
    return Answer.ok(OldPartTagView(document))
  }

  // MARK: Writing

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let stationID = form.optional("stationId", .id(Station.self))
    let workOrderID = form.optional("workOrderId", .id(WorkOrder.self))
    let vehicleID = form.optional("vehicleId", .id(Vehicle.self))
    let partNumber = form.required("partNumber", .text(1...60))
    let partDescription = form.required("partDescription", .text(1...200))
    let serialNumber = form.optional("serialNumber", .text(1...60))
    let quantity = form.optional("quantity", .integer(1...9999)) ?? 1
    let faultCode = form.optional("faultCode", .text(1...60))
    let fault = form.required("fault", .text(1...2000))
    let removedOn = form.optional("removedOn", .date)
    let supplierID = form.optional("supplierId", .id(Supplier.self))
    let storagePlace = form.optional("storagePlace", .text(1...200))
    let externalIDs = form.optional("externalIds", .externalIDs)
    try form.finish()
    guard let partNumber, let partDescription, let fault else { throw form.failure }
    return try await service.create(
      OldPart.Draft(
        stationID: stationID,
        header: OldPartHeader(
          workOrderID: workOrderID, vehicleID: vehicleID, claim: nil, partNumber: partNumber,
          partDescription: partDescription, serialNumber: serialNumber, quantity: quantity, faultCode: faultCode,
          fault: fault, removedOn: removedOn, supplierID: supplierID, externalIDs: externalIDs ?? [:]),
        storagePlace: storagePlace),
      creating(call))
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    var form = try call.body()
    var patch = OldPartPatch()
    patch.partDescription = form.requiredPatch("partDescription", .text(1...200))
    patch.serialNumber = form.patch("serialNumber", .text(1...60))
    patch.faultCode = form.patch("faultCode", .text(1...60))
    patch.fault = form.requiredPatch("fault", .text(1...2000))
    patch.removedOn = form.patch("removedOn", .date)
    patch.supplierID = form.patch("supplierId", .id(Supplier.self))
    patch.externalIDs = form.externalIDsPatch()
    form.readOnly(
      "id", "version", "createdAt", "createdBy", "updatedAt", "updatedBy", "number", "state", "stationId",
      "workOrderId",
      "vehicleId", "vin", "claim", "partNumber", "quantity", "availableActions")
    try form.finish()
    return try await service.update(try call.reference(), patch, presenting(call))
  }

  @Sendable private func tag(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let storagePlace = form.optional("storagePlace", .text(1...200))
    try form.finish()
    return try await service.tag(try call.reference(), storagePlace: storagePlace, presenting(call))
  }

  @Sendable private func request(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    return try await service.request(try call.reference(), note: note, presenting(call))
  }

  @Sendable private func ship(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let destination = form.optional("destination", .choice(OldPart.Destination.self)) ?? .headquarters
    let supplierID = form.optional("supplierId", .id(Supplier.self))
    let packingList = form.required("packingList", .text(1...60))
    let carrier = form.required("carrier", .text(1...100))
    let trackingNumber = form.optional("trackingNumber", .text(1...100))
    let lateStatement = form.optional("lateStatement", .text(1...2000))
    switch (destination, supplierID) {
    case (.supplier, nil) where form.isValid: form.refuse("supplierId", .required, "is required for a supplier")
    case (.headquarters, .some): form.refuse("supplierId", .inconsistent, "the part goes to headquarters")
    case (.supplier, _), (.headquarters, nil): break
    }
    try form.finish()
    guard let packingList, let carrier else { throw form.failure }
    return try await service.ship(
      try call.reference(),
      OldPartShipment(
        destination: destination, supplierID: supplierID, packingList: packingList, carrier: carrier,
        trackingNumber: trackingNumber, lateStatement: lateStatement,
        signature: OldPartSignature(call.caller, at: call.at)),
      presenting(call))
  }

  @Sendable private func receive(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let quantity = form.required("quantity", .integer(0...9999))
    let condition = form.optional("condition", .text(1...2000))
    let storagePlace = form.optional("storagePlace", .text(1...200))
    try form.finish()
    guard let quantity else { throw form.failure }
    return try await service.receive(
      try call.reference(),
      OldPartReceipt(
        quantity: quantity, condition: condition, storagePlace: storagePlace,
        signature: OldPartSignature(call.caller, at: call.at)),
      presenting(call))
  }

  @Sendable private func inspect(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let verdict = form.required("verdict", .choice(OldPart.Verdict.self))
    let finding = form.required("finding", .text(1...2000))
    let lateExcused = form.optional("lateExcused", .boolean)
    try form.finish()
    guard let verdict, let finding else { throw form.failure }
    return try await service.inspect(
      try call.reference(), OldPart.Finding(verdict: verdict, finding: finding, lateExcused: lateExcused),
      presenting(call))
  }

  @Sendable private func sendToSupplier(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let supplierID = form.optional("supplierId", .id(Supplier.self))
    let deliveryNote = form.required("deliveryNote", .text(1...60))
    let carrier = form.optional("carrier", .text(1...100))
    let trackingNumber = form.optional("trackingNumber", .text(1...100))
    try form.finish()
    guard let deliveryNote else { throw form.failure }
    return try await service.sendToSupplier(
      try call.reference(), supplier: supplierID,
      {
        OldPartForwarding(
          supplierID: $0, deliveryNote: deliveryNote, carrier: carrier, trackingNumber: trackingNumber,
          signature: OldPartSignature(call.caller, at: call.at))
      }, presenting(call))
  }

  @Sendable private func reuse(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let note = form.required("reuseNote", .text(1...60))
    let opinion = form.required("opinion", .text(1...2000))
    let reused = form.required("reused", .array(of: .text(1...200), 1...100))
    try form.finish()
    guard let note, let opinion, let reused else { throw form.failure }
    return try await service.reuse(
      try call.reference(),
      OldPartDisposal(
        method: .reuse, note: note, opinion: opinion, reused: reused,
        signature: OldPartSignature(call.caller, at: call.at)),
      presenting(call))
  }

  /// How a part may be scrapped; reuse is an action of its own.
  private enum ScrapMethod: String, CaseIterable {
    case dismantling, recycling, hazardousWaste

    var disposal: OldPart.DisposalMethod {
      switch self {
      case .dismantling: .dismantling
      case .recycling: .recycling
      case .hazardousWaste: .hazardousWaste
      }
    }
  }

  @Sendable private func scrap(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let method = form.required("method", .choice(ScrapMethod.self))
    let note = form.required("note", .text(1...60))
    let opinion = form.required("opinion", .text(1...2000))
    let reused = form.optional("reused", .textArray(100, 1...200)) ?? []
    if method != .dismantling, !reused.isEmpty {
      form.refuse("reused", .inconsistent, "only what is taken apart has something to be used again")
    }
    try form.finish()
    guard let method, let note, let opinion else { throw form.failure }
    return try await service.scrap(
      try call.reference(),
      OldPartDisposal(
        method: method.disposal, note: note, opinion: opinion, reused: reused,
        signature: OldPartSignature(call.caller, at: call.at)),
      presenting(call))
  }
}
