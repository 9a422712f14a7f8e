package import Domain
package import Services

/// Parts orders over HTTP (SM-8).
package struct PartsOrderRoutes: LifecycleRoutes {
  package let service: PartsOrderService

  package init(_ service: PartsOrderService) { self.service = service }

  package static let expansions: [Expansion<PartsOrder>] = [
    .station { $0.stationID }, .vehicle { $0.header.vehicleID }, .workOrder { $0.header.workOrderID },
  ]

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post(Self.path, .partsOrdersWrite, create)
    api.patch(Self.template, .partsOrdersWrite, update)
    addUpsert(to: &api, .partsOrdersWrite, upsert)
    addLifecycle(to: &api)
    api.problem(
      ProblemType(
        "parts-order-not-editable", 409, "Parts order not editable", "What was signed stands; return it first.",
        members: ["allowedStates", "fields", "state"]))
    api.problem(
      ProblemType(
        "prices-changed", 409, "Prices changed",
        "The order was signed at other prices than those of today; sign it again.",
        members: ["currentAmount", "signedAmount"]))
    api.problem(
      ProblemType(
        "credit-insufficient", 409, "Credit insufficient",
        "The position of the station does not cover the order, and Finance has not released it.",
        members: ["availableAmount", "requiredAmount"]))
    api.problem(
      ProblemType(
        "no-warehouse", 409, "No warehouse", "There is no warehouse from which the order could be supplied.",
        members: ["stationId"]))
    api.problem(
      ProblemType(
        "claims-pending", 409, "Claims pending", "A claim for parts of the order is not decided yet.",
        members: ["conflicts"]))
    api.problem(
      ProblemType(
        "parts-order-not-open", 409, "Parts order not open", "Nothing can be added to the parts order in its state.",
        members: ["allowedStates", "state"]))
    api.problem(
      ProblemType(
        "shipment-received", 409, "Shipment received", "The shipment was received to the last piece.",
        members: ["state"]))
  }

  package func filter(_ query: QueryReader) throws -> PartsOrderFilter {
    var filter = PartsOrderFilter()
    filter.states = try query.anyOf("state", PartsOrder.State.self)
    filter.kinds = try query.anyOf("type", PartsOrder.Kind.self)
    filter.stationID = try query.id("stationId", Station.self)
    filter.workOrderID = try query.id("workOrderId", WorkOrder.self)
    filter.vehicleID = try query.id("vehicleId", Vehicle.self)
    filter.partNumber = try query.text("partNumber", max: 32)
    filter.createdFrom = try query.timestamp("createdAtFrom")
    filter.createdBefore = try query.timestamp("createdAtBefore")
    filter.number = try query.text("number")
    return filter
  }

  package func view(_ order: PartsOrder, for caller: Caller) -> PartsOrderView {
    // What a write answers stands at the instant of the write.
    PartsOrderView(order, for: caller, at: order.stamp.updatedAt)
  }

  package func shown(
    _ orders: [PartsOrder], as rendering: Rendering, _ call: Call
  ) async throws -> [PartsOrderView] {
    orders.map { PartsOrderView($0, for: call.caller, at: call.caller.asOf ?? call.at) }
  }

  package func handler(for action: PartsOrder.Action) -> RouteTable.Handler {
    switch action {
    case .sign: noted(service.sign)
    case .return: reasoned(service.return)
    case .submit: noted(service.submit)
    case .hold: reasoned(service.hold)
    case .release: reasoned(service.release)
    case .confirm: confirm
    case .ship: ship
    case .receive: receive
    case .reportDiscrepancy: reportDiscrepancy
    case .close: noted(service.close)
    case .cancel: reasoned(service.cancel)
    case .reject: reasoned(service.reject)
    }
  }

  // MARK: Writing

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    return try await service.create(try draft(&form), creating(call))
  }

  @Sendable private func upsert(_ call: Call) async throws -> Answer {
    let key = try call.externalKey()
    var form = try call.body()
    return try await service.upsert(key, try draft(&form), upserting(call))
  }

  private func draft(_ form: inout Form) throws -> PartsOrderDraft {
    let stationID = form.optional("stationId", .id(Station.self))
    let kind = form.required("type", .choice(PartsOrder.Kind.self))
    let workOrderID = form.optional("workOrderId", .id(WorkOrder.self))
    let vehicleID = form.optional("vehicleId", .id(Vehicle.self))
    let sourceStationID = form.optional("sourceStationId", .id(Station.self))
    let letter = form.object("letterOfIntent") { $0.letterOfIntent() }
    let requiredDate = form.optional("requiredDate", .date)
    let remark = form.optional("remark", .text(1...2000))
    let externalIDs = form.optional("externalIds", .externalIDs)
    let lines = form.array("lines", 0...PartsOrder.maximumLines) { $0.partsOrderLine() }
    try form.finish()
    guard let kind, let lines else { throw form.failure }
    return PartsOrderDraft(
      stationID: stationID,
      header: PartsOrderHeader(
        kind: kind, workOrderID: workOrderID, vehicleID: vehicleID, sourceStationID: sourceStationID,
        letterOfIntent: letter, requiredDate: requiredDate, remark: remark, externalIDs: externalIDs ?? [:]),
      lines: lines)
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let kind = form.requiredPatch("type", .choice(PartsOrder.Kind.self))
    let workOrderID = form.patch("workOrderId", .id(WorkOrder.self))
    let vehicleID = form.patch("vehicleId", .id(Vehicle.self))
    let sourceStationID = form.patch("sourceStationId", .id(Station.self))
    // Replaced as a whole: a number without its date says nothing.
    let letter = form.objectPatch("letterOfIntent") { $0.letterOfIntent() }
    let requiredDate = form.patch("requiredDate", .date)
    let remark = form.patch("remark", .text(1...2000))
    let externalIDs = form.externalIDsPatch()
    let lines: [PartsOrderDraft.Line]? =
      form.has("lines") ? form.array("lines", 0...PartsOrder.maximumLines) { $0.partsOrderLine() } : nil
    form.readOnly(
      "id", "version", "createdAt", "createdBy", "updatedAt", "updatedBy", "number", "state", "stationId", "currency",
      "availableActions", "signature", "orderDate", "policyVersion", "surchargePercent", "submittedAt", "credit",
      "hold",
      "release", "locationId", "confirmedAt", "supplyDueAt", "shippedAt", "receivedAt", "downtime", "closedAt",
      "exitReason", "goodsAmount", "surcharge", "totalAmount")
    try form.finish()
    return try await service.update(try call.reference(), presenting(call)) { header in
      (
        PartsOrderHeader(
          kind: kind.applied(to: header.kind), workOrderID: workOrderID.applied(to: header.workOrderID),
          vehicleID: vehicleID.applied(to: header.vehicleID),
          sourceStationID: sourceStationID.applied(to: header.sourceStationID),
          letterOfIntent: letter.applied(to: header.letterOfIntent),
          requiredDate: requiredDate.applied(to: header.requiredDate), remark: remark.applied(to: header.remark),
          externalIDs: try externalIDs.applied(to: header.externalIDs)), lines
      )
    }
  }

  // MARK: Supply

  @Sendable private func confirm(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let locationID = form.optional("locationId", .id(StockLocation.self))
    let expected = form.array("backorders", 0...PartsOrder.maximumLines) { form -> (line: Int, date: CalendarDate)? in
      let line = form.required("line", .integer(1...100_000))
      let date = form.required("expectedDate", .date)
      guard let line, let date else { return nil }
      return (line, date)
    }
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    guard let expected else { throw form.failure }
    return try await service.confirm(
      try call.reference(),
      PartsOrderService.Confirmation(
        locationID: locationID, expected: Dictionary(expected.map { ($0.line, $0.date) }, uniquingKeysWith: { $1 }),
        note: note), presenting(call))
  }

  @Sendable private func ship(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let portions = form.array("lines", 1...PartsOrder.maximumLines) { form -> PartsOrderPortion? in
      let line = form.required("line", .integer(1...100_000))
      let quantity = form.required("quantity", .integer(1...PartsOrderLine.maximumQuantity))
      guard let line, let quantity else { return nil }
      return PartsOrderPortion(line: line, quantity: quantity)
    }
    let carrierID = form.optional("carrierId", .id(Carrier.self))
    let trackingNumber = form.optional("trackingNumber", .text(1...100))
    let packages = form.array("packages", 0...100) { $0.package() }
    let expectedAt = form.optional("expectedAt", .timestamp)
    let note = form.optional("note", .text(1...2000))
    if let portions { form.refuseTwice(portions.map(\.line)) }
    try form.finish()
    guard let portions, let packages else { throw form.failure }
    return try await service.ship(
      try call.reference(),
      PartsOrderService.Dispatch(
        portions: portions, carrierID: carrierID, trackingNumber: trackingNumber, packages: packages,
        expectedAt: expectedAt, note: note), presenting(call))
  }

  @Sendable private func receive(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let shipmentID = form.required("shipmentId", .id(Shipment.self))
    let lines = form.array("lines", 1...PartsOrder.maximumLines) { $0.receiptLine() }
    let note = form.optional("note", .text(1...2000))
    if let lines { form.refuseTwice(lines.map(\.line)) }
    try form.finish()
    guard let shipmentID, let lines else { throw form.failure }
    return try await service.receive(
      try call.reference(), PartsOrderService.Receipt(shipmentID: shipmentID, lines: lines, note: note),
      presenting(call))
  }

  @Sendable private func reportDiscrepancy(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let description = form.required("description", .text(1...2000))
    try form.finish()
    guard let description else { throw form.failure }
    return try await service.reportDiscrepancy(try call.reference(), description: description, presenting(call))
  }

  private func noted(
    _ action: @escaping @Sendable (Reference<PartsOrder>, String?, Command<PartsOrder>) async throws -> Answer
  ) -> RouteTable.Handler {
    { call in
      var form = try call.body()
      let note = form.optional("note", .text(1...2000))
      try form.finish()
      return try await action(try call.reference(), note, presenting(call))
    }
  }

  private func reasoned(
    _ action: @escaping @Sendable (Reference<PartsOrder>, String, Command<PartsOrder>) async throws -> Answer
  ) -> RouteTable.Handler {
    { call in
      var form = try call.body()
      let reason = form.required("reason", .text(1...2000))
      try form.finish()
      guard let reason else { throw form.failure }
      return try await action(try call.reference(), reason, presenting(call))
    }
  }
}

extension Form {
  fileprivate mutating func letterOfIntent() -> LetterOfIntent? {
    let number = required("number", .text(1...100))
    let date = required("signedDate", .date)
    guard let number, let date else { return nil }
    return LetterOfIntent(number: number, signedDate: date)
  }

  fileprivate mutating func partsOrderLine() -> PartsOrderDraft.Line? {
    let part = required("partNumber", .text(1...32))
    let quantity = required("quantity", .integer(1...PartsOrderLine.maximumQuantity))
    guard let part, let quantity else { return nil }
    return PartsOrderDraft.Line(partNumber: part, quantity: quantity)
  }

  mutating func package() -> ShipmentHeader.Package? {
    let number = required("number", .text(1...60))
    let weight = optional("weightGrams", .integer(1...100_000_000))
    return number.map { ShipmentHeader.Package(number: $0, weightGrams: weight) }
  }

  fileprivate mutating func receiptLine() -> PartsReceiptLine? {
    let line = required("line", .integer(1...100_000))
    let received = required("received", .integer(0...PartsOrderLine.maximumQuantity))
    let short = optional("short", .integer(0...PartsOrderLine.maximumQuantity)) ?? 0
    let rejections = array("rejections", 0...3) { form -> PartsReceiptLine.Rejection? in
      let kind = form.required("kind", .choice(RejectionKind.self))
      let quantity = form.required("quantity", .integer(1...PartsOrderLine.maximumQuantity))
      guard let kind, let quantity else { return nil }
      return PartsReceiptLine.Rejection(kind: kind.claim, quantity: quantity)
    }
    guard let line, let received, let rejections else { return nil }
    if received + short == 0 { refuse("received", .outOfRange, "must be more than zero where nothing is short") }
    return PartsReceiptLine(line: line, received: received, short: short, rejections: rejections)
  }

  /// A line stands once in what is shipped or received together.
  fileprivate mutating func refuseTwice(_ lines: [Int]) {
    if Set(lines).count != lines.count { refuse("lines", .notUnique, "must name each line once") }
  }
}

/// What is wrong with a piece that arrived.
private enum RejectionKind: String, CaseIterable {
  case damaged, wrong, defective

  var claim: PartsClaim.Kind {
    switch self {
    case .damaged: .damaged
    case .wrong: .wrong
    case .defective: .defective
    }
  }
}
