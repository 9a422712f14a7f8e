package import Domain
package import Services

/// `/v1/minimum-stocks` (PRT-05)
package struct MinimumStockRoutes: LifecycleRoutes {
  package let service: MinimumStockService

  package init(_ service: MinimumStockService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post(Self.path, .minimumStocksWrite, create)
    addLifecycle(to: &api)
  }

  package func filter(_ query: QueryReader) throws -> MinimumStockFilter {
    var filter = MinimumStockFilter()
    filter.states = try query.anyOf("state", MinimumStock.State.self)
    filter.stationID = try query.id("stationId", Station.self)
    filter.partID = try query.id("partId", Part.self)
    return filter
  }

  package func view(_ minimum: MinimumStock, for caller: Caller) -> MinimumStockView {
    MinimumStockView(minimum, for: caller)
  }

  package func handler(for action: MinimumStock.Action) -> RouteTable.Handler {
    switch action {
    case .propose: propose
    case .approve: approve
    }
  }

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let station = form.optional("stationId", .id(Station.self))
    let part = form.required("partId", .id(Part.self))
    let quantity = form.required("quantity", .integer(0...PartQuantity.range.upperBound))
    let reason = form.optional("reason", .text(1...1000))
    try form.finish()
    guard let part, let quantity else { throw form.failure }
    return try await service.create(part, quantity: quantity, reason: reason, at: station, creating(call))
  }

  @Sendable private func propose(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let quantity = form.optional("quantity", .integer(0...PartQuantity.range.upperBound))
    let reason = form.optional("reason", .text(1...1000))
    try form.finish()
    return try await service.propose(try call.reference(), quantity: quantity, reason: reason, presenting(call))
  }

  @Sendable private func approve(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let quantity = form.optional("quantity", .integer(0...PartQuantity.range.upperBound))
    let note = form.optional("note", .text(1...1000))
    try form.finish()
    return try await service.approve(try call.reference(), quantity: quantity, note: note, presenting(call))
  }
}

/// A minimum as one caller sees it, with his actions.
package struct MinimumStockView: JSONWritable {
  private let minimum: MinimumStock
  private let actions: [MinimumStock.Action]

  package init(_ minimum: MinimumStock, for caller: Caller) {
    self.minimum = minimum
    actions = MinimumStock.lifecycle.available(on: minimum, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("approval", minimum.approval)
      json.field("approvalNote", minimum.approvalNote)
      json.field("approvedQuantity", minimum.approvedQuantity)
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.field("createdAt", minimum.stamp.createdAt)
      json.field("createdBy", minimum.stamp.createdBy.name)
      json.field("id", minimum.id)
      json.field("number", minimum.number)
      json.field("partId", minimum.partID)
      json.field("partNumber", minimum.partNumber)
      json.field("proposal", minimum.proposal)
      json.field("proposedQuantity", minimum.proposedQuantity)
      json.field("reason", minimum.reason)
      json.field("state", minimum.state)
      json.field("stationId", minimum.stationID)
      json.field("updatedAt", minimum.stamp.updatedAt)
      json.field("updatedBy", minimum.stamp.updatedBy.name)
      json.field("version", minimum.version)
    }
  }
}

/// `/v1/reserve-quotas` (PRT-04)
package struct ReserveQuotaRoutes: RecordRoutes {
  package typealias View = ReserveQuota
  package static let order = "code"
  package let service: ReserveQuotaService

  package init(_ service: ReserveQuotaService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    addWriting(to: &api)
    api.action("\(Self.template)/recount", .reserveQuotasWrite, recount)
  }

  package func filter(_ query: QueryReader) throws -> ReserveQuotaFilter {
    ReserveQuotaFilter(
      regionID: try query.id("regionId", Region.self), partID: try query.id("partId", Part.self))
  }

  package func draft(_ form: inout Form, over current: ReserveQuota?) throws -> ReserveQuotaDraft {
    let code = form.fixed("code", .text(1...32), keeping: current?.code)
    let region = form.fixed("regionId", .id(Region.self), keeping: current?.regionID)
    let part = form.fixed("partId", .id(Part.self), keeping: current?.partID)
    let rate = form.required("perThousandVehicles", .integer(1...100_000), keeping: current?.perThousandVehicles)
    let note = form.optional("note", .text(1...2000), keeping: current?.note)
    let externalIDs = form.externalIDs(keeping: current?.externalIDs)
    form.readOnly(of: current, "population", "quantity", "stations")
    try form.finish()
    guard let code, let region, let part, let rate else { throw form.failure }
    return ReserveQuotaDraft(
      code: code, regionID: region, partID: part, perThousandVehicles: rate, note: note,
      population: current?.population ?? ReserveQuota.Population(vehicles: 0, stations: 0), externalIDs: externalIDs)
  }

  @Sendable private func recount(_ call: Call) async throws -> Answer {
    var form = try call.body()
    try form.finish()
    return try await service.recount(try call.reference(), presenting(call))
  }
}

extension ReserveQuota: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("code", code)
      $0.field("createdAt", stamp.createdAt)
      $0.field("createdBy", stamp.createdBy.name)
      $0.field("externalIds", externalIDs)
      $0.field("id", id)
      $0.field("note", note)
      $0.field("partId", partID)
      $0.field("perThousandVehicles", perThousandVehicles)
      $0.field("population", population.vehicles)
      $0.field("quantity", quantity)
      $0.field("regionId", regionID)
      $0.field("stations", population.stations)
      $0.field("updatedAt", stamp.updatedAt)
      $0.field("updatedBy", stamp.updatedBy.name)
      $0.field("version", version)
    }
  }
}

/// `/v1/replenishment-proposals` (domain.md section 11)
package struct ReplenishmentProposalRoutes: DocumentRoutes {
  package typealias View = ReplenishmentProposal
  package let service: ReplenishmentProposalService

  package init(_ service: ReplenishmentProposalService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    addOffers(to: &api)
    api.post(Self.path, .replenishmentProposalsWrite, create)
  }

  package func filter(_ query: QueryReader) throws -> ReplenishmentProposalFilter {
    var filter = ReplenishmentProposalFilter()
    filter.stationID = try query.id("stationId", Station.self)
    return filter
  }

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let station = form.optional("stationId", .id(Station.self))
    try form.finish()
    return try await service.create(at: station, creating(call))
  }
}

extension ReplenishmentProposal: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("createdAt", createdAt)
      json.field("createdBy", createdBy.name)
      json.field("id", id)
      json.array("lines", lines) { json, line in
        json.object {
          $0.field("claimed", line.situation.claimed)
          $0.field("minimum", line.situation.minimum)
          $0.field("onHand", line.situation.onHand)
          $0.field("onOrder", line.situation.onOrder)
          $0.field("orderPartId", line.orderPartID)
          $0.field("orderPartNumber", line.orderPartNumber)
          $0.field("partId", line.situation.partID)
          $0.field("partNumber", line.situation.partNumber)
          $0.field("quantity", line.quantity)
          $0.field("quota", line.situation.quota)
          $0.array("reasons", line.reasons) { $0.string($1.rawValue) }
          $0.field("recalled", line.situation.recalled)
          $0.field("reserved", line.situation.reserved)
          $0.field("successorQuantity", line.successorQuantity)
        }
      }
      json.field("locationId", locationID)
      json.field("number", number)
      json.field("stationId", stationID)
    }
  }
}
