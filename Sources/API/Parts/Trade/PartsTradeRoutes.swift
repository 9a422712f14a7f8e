package import Domain
package import Services

/// `/v1/parts-sales` (PRT-08)
package struct PartsSaleRoutes: DocumentRoutes {
  package typealias View = PartsSale
  package let service: PartsSaleService

  package init(_ service: PartsSaleService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post(Self.path, .partsSalesWrite, create)
    api.action("\(Self.template)/reverse", .partsSalesWrite, reverse)
    api.problem(ProblemType("sale-reversed", 409, "Sale reversed", "A sale is taken back once, as a whole."))
  }

  @Sendable private func reverse(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .text(1...2000))
    try form.finish()
    guard let reason else { throw form.failure }
    return try await service.reverse(try call.reference(), reason: reason, presenting(call))
  }

  package func filter(_ query: QueryReader) throws -> PartsSaleFilter {
    var filter = PartsSaleFilter()
    filter.stationID = try query.id("stationId", Station.self)
    filter.customerID = try query.id("customerId", Customer.self)
    filter.aboveList = try query.boolean("aboveList")
    filter.createdFrom = try query.timestamp("createdAtFrom")
    filter.createdBefore = try query.timestamp("createdAtBefore")
    return filter
  }

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let station = form.optional("stationId", .id(Station.self))
    let customer = form.optional("customerId", .id(Customer.self))
    let lines = form.array("lines", 1...PartsSale.lineLimit) { form -> PartsSaleDraft.Line? in
      let part = form.required("partId", .id(Part.self))
      let quantity = form.required("quantity", .integer(PartQuantity.range))
      let price = form.optional("unitPrice", .price)
      guard let part, let quantity else { return nil }
      return PartsSaleDraft.Line(partID: part, quantity: quantity, unitPrice: price)
    }
    try form.finish()
    guard let lines else { throw form.failure }
    return try await service.create(
      PartsSaleDraft(stationID: station, customerID: customer, lines: lines), creating(call))
  }
}

extension PartsSale: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("aboveList", isAboveList)
      json.field("createdAt", createdAt)
      json.field("createdBy", createdBy.name)
      json.field("customerId", customerID)
      json.field("id", id)
      json.array("lines", lines) { json, line in
        json.object {
          $0.field("amount", line.amount)
          $0.field("listPrice", line.listPrice)
          $0.field("partId", line.partID)
          $0.field("partNumber", line.partNumber)
          $0.field("quantity", line.quantity)
          $0.field("unitPrice", line.unitPrice)
        }
      }
      json.field("locationId", locationID)
      json.field("number", number)
      json.field("reversal", reversal)
      json.field("stationId", stationID)
      json.field("total", total)
    }
  }
}

extension PartsSale.Reversal: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("at", at)
      $0.field("by", by.name)
      $0.field("reason", reason)
    }
  }
}

/// `/v1/parts-returns` (PRT-07)
package struct PartsReturnRoutes: LifecycleRoutes {
  package let service: PartsReturnService

  package init(_ service: PartsReturnService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post(Self.path, .partsReturnsWrite, create)
    addLifecycle(to: &api)
  }

  package func filter(_ query: QueryReader) throws -> PartsReturnFilter {
    var filter = PartsReturnFilter()
    filter.states = try query.anyOf("state", PartsReturn.State.self)
    filter.stationID = try query.id("stationId", Station.self)
    return filter
  }

  package func view(_ document: PartsReturn, for caller: Caller) -> PartsReturnView {
    PartsReturnView(document, for: caller)
  }

  package func handler(for action: PartsReturn.Action) -> RouteTable.Handler {
    switch action {
    case .receive: receive
    }
  }

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let station = form.optional("stationId", .id(Station.self))
    let reason = form.required("reason", .text(1...1000))
    let lines = form.array("lines", 1...PartsReturn.lineLimit) { form -> PartsReturnDraft.Line? in
      let part = form.required("partId", .id(Part.self))
      let quantity = form.required("quantity", .integer(PartQuantity.range))
      guard let part, let quantity else { return nil }
      return PartsReturnDraft.Line(partID: part, quantity: quantity)
    }
    let externalIDs = form.optional("externalIds", .externalIDs) ?? [:]
    try form.finish()
    guard let reason, let lines else { throw form.failure }
    return try await service.create(
      PartsReturnDraft(stationID: station, reason: reason, externalIDs: externalIDs, lines: lines), creating(call))
  }

  @Sendable private func receive(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let location = form.required("toLocationId", .id(StockLocation.self))
    let arrivals = form.array("lines", 0...PartsReturn.lineLimit) { form -> PartsReturn.Arrival? in
      let part = form.required("partId", .id(Part.self))
      let received = form.required("received", .integer(0...PartQuantity.range.upperBound))
      let remark = form.optional("remark", .text(1...500))
      guard let part, let received else { return nil }
      return PartsReturn.Arrival(partID: part, received: received, remark: remark)
    }
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    guard let location, let arrivals else { throw form.failure }
    return try await service.receive(
      try call.reference(), into: location, arrivals, note: note, presenting(call))
  }
}

/// A return as one caller sees it, with his actions.
package struct PartsReturnView: JSONWritable {
  private let document: PartsReturn
  private let actions: [PartsReturn.Action]

  package init(_ document: PartsReturn, for caller: Caller) {
    self.document = document
    actions = PartsReturn.lifecycle.available(on: document, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.field("createdAt", document.stamp.createdAt)
      json.field("createdBy", document.stamp.createdBy.name)
      json.field("externalIds", document.externalIDs)
      json.field("id", document.id)
      json.array("lines", document.lines) { json, line in
        json.object {
          $0.field("partId", line.partID)
          $0.field("partNumber", line.partNumber)
          $0.field("quantity", line.quantity)
          $0.field("received", line.received)
          $0.field("remark", line.remark)
        }
      }
      json.field("locationId", document.locationID)
      json.field("number", document.number)
      json.field("reason", document.reason)
      json.field("receipt", document.receipt)
      json.field("state", document.state)
      json.field("stationId", document.stationID)
      json.field("toLocationId", document.toLocationID)
      json.field("updatedAt", document.stamp.updatedAt)
      json.field("updatedBy", document.stamp.updatedBy.name)
      json.field("version", document.version)
    }
  }
}
