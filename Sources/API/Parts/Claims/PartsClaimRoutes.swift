package import Domain
package import Services

/// Parts claims over HTTP (SM-9).
package struct PartsClaimRoutes: LifecycleRoutes {
  package let service: PartsClaimService

  package init(_ service: PartsClaimService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post(Self.path, .partsClaimsWrite, create)
    api.patch(Self.template, .partsClaimsWrite, update)
    addLifecycle(to: &api)
    api.problem(
      ProblemType(
        "parts-claim-not-editable", 409, "Parts claim not editable", "What was submitted stands.",
        members: ["allowedStates", "state"]))
    api.problem(
      ProblemType(
        "claim-window-closed", 409, "Claim window closed", "The time to claim for parts of this receipt is over.",
        members: ["deadline", "since"]))
    api.problem(
      ProblemType(
        "shipment-not-received", 409, "Shipment not received", "What was not received yet is not claimed for.",
        members: ["conflicts", "line"]))
  }

  package func filter(_ query: QueryReader) throws -> PartsClaimFilter {
    var filter = PartsClaimFilter()
    filter.states = try query.anyOf("state", PartsClaim.State.self)
    filter.kinds = try query.anyOf("kind", PartsClaim.Kind.self)
    filter.stationID = try query.id("stationId", Station.self)
    filter.orderID = try query.id("partsOrderId", PartsOrder.self)
    filter.shipmentID = try query.id("shipmentId", Shipment.self)
    filter.createdFrom = try query.timestamp("createdAtFrom")
    filter.createdBefore = try query.timestamp("createdAtBefore")
    filter.number = try query.text("number")
    return filter
  }

  package func view(_ claim: PartsClaim, for caller: Caller) -> PartsClaimView { PartsClaimView(claim, for: caller) }

  package func handler(for action: PartsClaim.Action) -> RouteTable.Handler {
    switch action {
    case .submit: noted(service.submit)
    case .withdraw: withdraw
    case .review: moving(action)
    case .approveReplenishment: approveReplenishment
    case .approveCompensation: approveCompensation
    case .reject: reject
    case .settle: noted(service.settle)
    case .recover: recover
    case .close: noted(service.close)
    }
  }

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let shipmentID = form.required("shipmentId", .id(Shipment.self))
    let line = form.required("line", .integer(1...100_000))
    let kind = form.required("kind", .choice(PartsClaim.Kind.self))
    let quantity = form.required("quantity", .integer(1...PartsOrderLine.maximumQuantity))
    let description = form.required("description", .text(1...2000))
    let externalIDs = form.optional("externalIds", .externalIDs)
    try form.finish()
    guard let shipmentID, let line, let kind, let quantity, let description else { throw form.failure }
    return try await service.create(
      PartsClaimDraft(
        kind: kind, shipmentID: shipmentID, line: line,
        header: PartsClaimHeader(quantity: quantity, description: description, externalIDs: externalIDs ?? [:])),
      creating(call))
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let quantity = form.requiredPatch("quantity", .integer(1...PartsOrderLine.maximumQuantity))
    let description = form.requiredPatch("description", .text(1...2000))
    let externalIDs = form.externalIDsPatch()
    form.readOnly(
      "id", "version", "createdAt", "createdBy", "updatedAt", "updatedBy", "number", "state", "stationId", "kind",
      "partsOrderId", "partsOrderNumber", "shipmentId", "line", "partNumber", "unitPrice", "receivedAt", "claimBefore",
      "submittedAt", "decision", "settledAt", "recovery", "closedAt", "availableActions")
    try form.finish()
    return try await service.update(try call.reference(), presenting(call)) { header in
      PartsClaimHeader(
        quantity: quantity.applied(to: header.quantity), description: description.applied(to: header.description),
        externalIDs: try externalIDs.applied(to: header.externalIDs))
    }
  }

  @Sendable private func withdraw(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .text(1...2000))
    try form.finish()
    guard let reason else { throw form.failure }
    return try await service.withdraw(try call.reference(), reason: reason, presenting(call))
  }

  @Sendable private func approveReplenishment(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let ruling = form.ruling(amount: nil)
    try form.finish()
    return try await service.approveReplenishment(try call.reference(), ruling, presenting(call))
  }

  @Sendable private func approveCompensation(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let amount = form.optional("amount", .price)
    let ruling = form.ruling(amount: amount)
    try form.finish()
    return try await service.approveCompensation(try call.reference(), ruling, presenting(call))
  }

  @Sendable private func reject(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .text(1...2000))
    try form.finish()
    guard let reason else { throw form.failure }
    return try await service.reject(try call.reference(), reason: reason, presenting(call))
  }

  @Sendable private func recover(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let party = form.required("party", .choice(PartsClaimProgress.Recovery.Party.self))
    let partyID = form.optional("partyId", .id(Carrier.self))
    let amount = form.optional("amount", .price)
    let reason = form.required("reason", .text(1...2000))
    try form.finish()
    guard let party, let reason else { throw form.failure }
    return try await service.recover(
      try call.reference(),
      PartsClaimService.Demand(party: party, partyID: partyID?.uuid, amount: amount, reason: reason), presenting(call))
  }

  private func noted(
    _ action: @escaping @Sendable (Reference<PartsClaim>, String?, Command<PartsClaim>) async throws -> Answer
  ) -> RouteTable.Handler {
    { call in
      var form = try call.body()
      let note = form.optional("note", .text(1...2000))
      try form.finish()
      return try await action(try call.reference(), note, presenting(call))
    }
  }
}

extension Form {
  fileprivate mutating func ruling(amount: Money?) -> PartsClaimService.Ruling {
    let quantity = optional("quantity", .integer(1...PartsOrderLine.maximumQuantity))
    let returnsParts = optional("returnsParts", .boolean)
    let reason = optional("note", .text(1...2000))
    return PartsClaimService.Ruling(
      quantity: quantity, amount: amount, returnsParts: returnsParts ?? false, reason: reason)
  }
}

/// A parts claim as one caller sees it, with his actions.
package struct PartsClaimView: JSONWritable {
  private let claim: PartsClaim
  private let actions: [PartsClaim.Action]

  package init(_ claim: PartsClaim, for caller: Caller) {
    self.claim = claim
    actions = PartsClaimLifecycle.table.available(on: claim, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    let (subject, progress) = (claim.subject, claim.progress)
    json.object { json in
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.field("claimBefore", subject.claimBefore)
      json.field("closedAt", progress.closedAt)
      json.field("createdAt", claim.stamp.createdAt)
      json.field("createdBy", claim.stamp.createdBy.name)
      json.field("decision", progress.decision)
      json.field("description", claim.header.description)
      json.field("externalIds", claim.header.externalIDs)
      json.field("id", claim.id)
      json.field("kind", subject.kind)
      json.field("line", subject.line)
      json.field("number", claim.number)
      json.field("partNumber", subject.partNumber)
      json.field("partsOrderId", subject.orderID)
      json.field("partsOrderNumber", subject.orderNumber)
      json.field("quantity", claim.header.quantity)
      json.field("receivedAt", subject.receivedAt)
      json.field("recovery", progress.recovery)
      json.field("settledAt", progress.settledAt)
      json.field("shipmentId", subject.shipmentID)
      json.field("state", claim.state)
      json.field("stationId", claim.stationID)
      json.field("submittedAt", progress.submittedAt)
      json.field("unitPrice", subject.unitPrice)
      json.field("updatedAt", claim.stamp.updatedAt)
      json.field("updatedBy", claim.stamp.updatedBy.name)
      json.field("version", claim.version)
    }
  }
}

extension PartsClaimProgress.Decision: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("amount", amount)
      json.field("at", at)
      json.field("by", by)
      json.field("quantity", quantity)
      json.field("reason", reason)
      json.field("replacementLine", replacementLine)
      json.field("returnsParts", returnsParts)
    }
  }
}

extension PartsClaimProgress.Recovery: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("amount", amount)
      json.field("at", at)
      json.field("by", by)
      json.field("party", party)
      json.field("partyId", partyID)
      json.field("reason", reason)
    }
  }
}
