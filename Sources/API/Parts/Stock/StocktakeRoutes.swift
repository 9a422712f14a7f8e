package import Domain
package import Services

/// `/v1/stocktakes` (PRT-12)
package struct StocktakeRoutes: LifecycleRoutes {
  package let service: StocktakeService

  package init(_ service: StocktakeService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post(Self.path, .stocktakesWrite, create)
    api.patch(Self.template, .stocktakesWrite, update)
    addLifecycle(to: &api)
    api.problem(
      ProblemType(
        "stocktake-not-editable", 409, "Stocktake not editable", "What is to be counted stands once it is frozen.",
        members: ["allowedStates", "state"]))
    api.problem(
      ProblemType(
        "stocktake-empty", 409, "Stocktake empty", "Nothing lies there that could be counted.",
        members: ["count", "locationId"]))
    api.problem(
      ProblemType(
        "stocktake-too-large", 409, "Stocktake too large", "A stocktake counts 1000 parts at most.",
        members: ["count", "limit"]))
  }

  package func filter(_ query: QueryReader) throws -> StocktakeFilter {
    var filter = StocktakeFilter()
    filter.states = try query.anyOf("state", Stocktake.State.self)
    filter.stationID = try query.id("stationId", Station.self)
    filter.locationID = try query.id("locationId", StockLocation.self)
    return filter
  }

  package func view(_ take: Stocktake, for caller: Caller) -> StocktakeView {
    StocktakeView(take, for: caller, as: .document)
  }

  package func summary(_ take: Stocktake, for caller: Caller) -> StocktakeView {
    StocktakeView(take, for: caller, as: .summary)
  }

  package func handler(for action: Stocktake.Action) -> RouteTable.Handler {
    switch action {
    case .freeze: noted(service.freeze)
    case .count: count
    case .approve: noted(service.approve)
    case .post: noted(service.post)
    case .cancel: reasoned(service.cancel)
    }
  }

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let location = form.required("locationId", .id(StockLocation.self))
    let parts = form.optional("partIds", .array(of: .id(Part.self), 0...Stocktake.lineLimit)) ?? []
    let note = form.optional("note", .text(1...2000))
    let externalIDs = form.optional("externalIds", .externalIDs) ?? [:]
    try form.finish()
    guard let location else { throw form.failure }
    return try await service.create(
      at: location, parts: parts, note: note, externalIDs: externalIDs, creating(call))
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let parts = form.requiredPatch("partIds", .array(of: .id(Part.self), 0...Stocktake.lineLimit))
    let note = form.patch("note", .text(1...2000))
    form.readOnly(
      "id", "version", "createdAt", "createdBy", "updatedAt", "updatedBy", "number", "state", "availableActions",
      "locationId", "stationId", "frozenAt", "approval", "approvalReason", "postedAt", "exitReason", "lines",
      "externalIds")
    try form.finish()
    return try await service.update(try call.reference(), parts: parts, note: note, presenting(call))
  }

  @Sendable private func count(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let lines = form.array("lines", 1...Stocktake.lineLimit) { form -> Counted? in
      let part = form.required("partId", .id(Part.self))
      let quantity = form.required("quantity", .integer(0...1_000_000))
      let note = form.optional("note", .text(1...500))
      guard let part, let quantity else { return nil }
      return Counted(part: part, quantity: quantity, note: note)
    }
    try form.finish()
    guard let lines else { throw form.failure }
    return try await service.count(
      try call.reference(), lines.map { ($0.part, $0.quantity, $0.note) }, presenting(call))
  }

  private struct Counted {
    let part: Part.ID
    let quantity: Int
    let note: String?
  }
}

/// A stocktake as one caller sees it, with his actions; lists leave out what was counted.
package struct StocktakeView: JSONWritable {
  private let take: Stocktake
  private let actions: [Stocktake.Action]
  private let rendering: Rendering

  package init(_ take: Stocktake, for caller: Caller, as rendering: Rendering) {
    self.take = take
    self.rendering = rendering
    actions = Stocktake.lifecycle.available(on: take, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("approval", take.approval)
      json.field("approvalReason", take.approvalReason)
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.field("createdAt", take.stamp.createdAt)
      json.field("createdBy", take.stamp.createdBy.name)
      json.field("exitReason", take.exitReason)
      json.field("externalIds", take.externalIDs)
      json.field("frozenAt", take.frozenAt)
      json.field("id", take.id)
      switch rendering {
      case .document:
        json.array("lines", take.lines) { json, line in
          json.object {
            $0.field("bookQuantity", line.bookQuantity)
            $0.field("countedAt", line.count?.by.at)
            $0.field("countedBy", line.count?.by.by)
            $0.field("countedQuantity", line.count?.quantity)
            $0.field("difference", line.difference)
            $0.field("note", line.count?.note)
            $0.field("partId", line.partID)
            $0.field("partNumber", line.partNumber)
          }
        }
      case .summary: break
      }
      json.field("locationId", take.locationID)
      json.field("note", take.note)
      json.field("number", take.number)
      json.array("partIds", take.partIDs)
      json.field("postedAt", take.postedAt)
      json.field("state", take.state)
      json.field("stationId", take.stationID)
      json.field("updatedAt", take.stamp.updatedAt)
      json.field("updatedBy", take.stamp.updatedBy.name)
      json.field("version", take.version)
    }
  }
}
