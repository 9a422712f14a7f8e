package import Domain
package import Services

/// `/v1/stock`: how much lies where (PRT-06).
package struct StockRoutes: Sendable {
  private let service: StockService

  package init(_ service: StockService) { self.service = service }

  package func add(to api: inout RouteTable) {
    api.get("/v1/stock", StockService.reading, list)
  }

  @Sendable private func list(_ call: Call) async throws -> Answer {
    var filter = StockLevelFilter()
    filter.locationID = try call.query.id("locationId", StockLocation.self)
    filter.stationID = try call.query.id("stationId", Station.self)
    filter.partID = try call.query.id("partId", Part.self)
    filter.kinds = try call.query.anyOf("kind", StockLocation.Kind.self)
    filter.belowMinimum = try call.query.boolean("belowMinimum") ?? false
    let page = try call.page(sorts: StockService.sorts, default: "partNumber", window: StockService.window)
    _ = try call.fields()
    try call.query.finish()
    return try Answer.page(try await service.list(filter, page, call.caller), call)
  }
}

extension StockLevel: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("available", available)
      $0.field("averageCost", averageCost)
      $0.field("id", id)
      $0.field("locationCode", locationCode)
      $0.field("locationId", locationID)
      $0.field("minimum", minimum)
      $0.field("onHand", onHand)
      $0.field("onOrder", onOrder)
      $0.field("partId", partID)
      $0.field("partName", partName)
      $0.field("partNumber", partNumber)
      $0.field("quota", quota)
      $0.field("reserved", reserved)
      $0.field("stationId", stationID)
      $0.field("stocktakeId", stocktakeID)
      $0.field("updatedAt", updatedAt)
      $0.field("value", value)
    }
  }
}

/// `/v1/warehouses`: where parts lie (PRT-16).
package struct StockLocationRoutes: RecordRoutes {
  package typealias View = StockLocation
  package static let order = "code"
  package let service: StockLocationService

  package init(_ service: StockLocationService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    addWriting(to: &api)
  }

  package func filter(_ query: QueryReader) throws -> StockLocationFilter {
    StockLocationFilter(
      kinds: try query.anyOf("kind", StockLocation.Kind.self), stationID: try query.id("stationId", Station.self),
      regionID: try query.id("regionId", Region.self), closed: try query.boolean("closed"), text: try query.text("q"))
  }

  package func draft(_ form: inout Form, over current: StockLocation?) throws -> StockLocationDraft {
    let code = form.fixed("code", .text(1...32), keeping: current?.code)
    let kind = form.fixed("kind", .choice(StockLocation.Kind.self), keeping: current?.place.kind)
    var (station, region) = (current?.place.stationID, current?.place.regionID)
    if current == nil {
      station = form.optional("stationId", .id(Station.self))
      region = form.optional("regionId", .id(Region.self))
    }
    let name = form.required("name", .text(1...200), keeping: current?.name)
    let closed = form.optional("closed", .boolean, keeping: current?.closed, else: false)
    let externalIDs = form.externalIDs(keeping: current?.externalIDs)
    form.readOnly(of: current, "stationId", "regionId")
    try form.finish()
    guard let code, let kind, let name else { throw form.failure }
    return StockLocationDraft(
      code: code, place: try StockLocation.Place(kind, station: station, region: region), name: name, closed: closed,
      externalIDs: externalIDs)
  }
}

extension StockLocation: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("closed", closed)
      $0.field("code", code)
      $0.field("createdAt", stamp.createdAt)
      $0.field("createdBy", stamp.createdBy.name)
      $0.field("externalIds", externalIDs)
      $0.field("id", id)
      $0.field("kind", place.kind)
      $0.field("name", name)
      $0.field("regionId", place.regionID)
      $0.field("stationId", place.stationID)
      $0.field("updatedAt", stamp.updatedAt)
      $0.field("updatedBy", stamp.updatedBy.name)
      $0.field("version", version)
    }
  }
}

/// `/v1/stock-movements`: the ledger (domain.md section 11).
package struct StockMovementRoutes: DocumentRoutes {
  package typealias View = StockMovement
  package static let order = "-recordedAt"
  package let service: StockMovementService

  package init(_ service: StockMovementService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post(Self.path, .stockMovementsWrite, create)
    for type in StockProblems.all { api.problem(type) }
  }

  package func filter(_ query: QueryReader) throws -> StockMovementFilter {
    var filter = StockMovementFilter()
    filter.kinds = try query.anyOf("kind", StockMovement.Kind.self)
    filter.stationID = try query.id("stationId", Station.self)
    filter.locationID = try query.id("locationId", StockLocation.self)
    filter.partID = try query.id("partId", Part.self)
    filter.sourceID = try query.id("sourceId", StockMovement.self)?.uuid
    filter.recordedFrom = try query.timestamp("recordedAtFrom")
    filter.recordedBefore = try query.timestamp("recordedAtBefore")
    return filter
  }

  /// What is booked by hand.
  private enum Kind: String, CaseIterable, Sendable {
    case receipt, transfer, scrap, issue, issueReturn
  }

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let kind = form.required("kind", .choice(Kind.self))
    let location = form.required("locationId", .id(StockLocation.self))
    let part = form.required("partId", .id(Part.self))
    let quantity = form.required("quantity", .integer(PartQuantity.range))
    var destination: StockLocation.ID?
    var reservation: Reservation.ID?
    var unitCost: Money?
    var order: WorkOrder.ID?
    var line: Int?
    switch kind {
    case .receipt: unitCost = form.optional("unitCost", .price)
    case .transfer:
      destination = form.required("toLocationId", .id(StockLocation.self))
      reservation = form.optional("reservationId", .id(Reservation.self))
    case .issue, .issueReturn:
      order = form.required("workOrderId", .id(WorkOrder.self))
      line = form.required("line", .integer(1...9999))
    case .scrap, nil: break
    }
    let reason =
      kind == .scrap ? form.required("reason", .text(1...1000)) : form.optional("reason", .text(1...1000))
    try form.finish()
    guard let kind, let location, let part, let quantity else { throw form.failure }
    let booking: StockMovementService.Booking
    switch kind {
    case .receipt: booking = .receipt(into: location, unitCost: unitCost)
    case .scrap: booking = .scrap(from: location)
    case .issue:
      guard let order, let line else { throw form.failure }
      booking = .issue(from: location, to: order, line: line)
    case .issueReturn:
      guard let order, let line else { throw form.failure }
      booking = .issueReturn(into: location, from: order, line: line)
    case .transfer:
      guard let destination else { throw form.failure }
      booking = .transfer(from: location, to: destination, reservation: reservation)
    }
    return try await service.book(booking, of: part, quantity: quantity, reason: reason, creating(call))
  }
}

/// What several families of stock refuse in the same way.
enum StockProblems {
  static let all: [ProblemType] = [
    ProblemType(
      "insufficient-stock", 409, "Insufficient stock", "What is there and not reserved is less than what is asked for.",
      members: ["availableQuantity", "expectedCurrency", "locationId", "partId", "requestedQuantity", "unit"]),
    ProblemType(
      "stock-frozen", 409, "Stock frozen", "What is being counted does not move until the stocktake ends.",
      members: ["conflicts"]),
    ProblemType(
      "stock-limit", 409, "Stock limit", "A place does not hold more than that of a part.",
      members: ["availableQuantity", "expectedCurrency", "limit", "locationId", "partId", "requestedQuantity", "unit"]),
    ProblemType(
      "stock-currency", 409, "Stock currency", "The stock of a part at a place is kept in one currency.",
      members: ["availableQuantity", "expectedCurrency", "locationId", "partId", "unit"]),
    ProblemType(
      "warehouse-closed", 409, "Warehouse closed", "A closed warehouse takes nothing more.",
      members: ["conflicts", "locationId"]),
    ProblemType("no-store", 409, "No store", "The station has no store, so it keeps no stock.", members: ["stationId"]),
    ProblemType(
      "order-not-open", 409, "Order not open", "Parts are issued and brought back between authorisation and closing.",
      members: ["conflicts", "state"]),
    ProblemType(
      "part-not-planned", 409, "Part not planned",
      "A job gets the parts that it plans, or what may be fitted for them; add the part to a line first.",
      members: ["line", "partId", "partNumbers"]),
    ProblemType(
      "more-than-planned", 409, "More than planned",
      "A job gets no more pieces than it plans; add a line for what is beyond.",
      members: ["availableQuantity", "line", "requestedQuantity"]),
    ProblemType(
      "not-issued", 409, "Not issued", "No more comes back from a job than was issued for it.",
      members: ["availableQuantity", "line", "partId", "requestedQuantity"]),
    ProblemType(
      "reservation-exceeded", 409, "Reservation exceeded", "The reservation holds less than is asked for.",
      members: ["availableQuantity", "conflicts", "requestedQuantity"]),
  ]
}

extension StockMovement: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("cost", cost)
      $0.field("counterpartId", counterpartID)
      $0.field("id", id)
      $0.field("kind", kind)
      $0.field("locationCode", locationCode)
      $0.field("locationId", locationID)
      $0.field("onHandAfter", onHandAfter)
      $0.field("ordinal", ordinal)
      $0.field("partId", partID)
      $0.field("partNumber", partNumber)
      $0.field("quantity", quantity)
      $0.field("reason", reason)
      $0.field("recordedAt", recordedAt)
      $0.field("recordedBy", recordedBy.name)
      $0.field("source", source)
      $0.field("stationId", stationID)
    }
  }
}

extension StockMovement.StoredSource: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("id", id)
      $0.field("line", line)
      $0.field("number", number)
      $0.field("resource", resource)
    }
  }
}
