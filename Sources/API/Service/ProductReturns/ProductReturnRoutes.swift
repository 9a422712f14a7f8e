package import Domain
import FoundationEssentials
package import Services

/// Returns to the factory and exchanges over HTTP (SM-12).
package struct ProductReturnRoutes: LifecycleRoutes {
  package let service: ProductReturnService

  package init(_ service: ProductReturnService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post("/v1/product-returns", .productReturnsWrite, create)
    api.patch("/v1/product-returns/{id}", .productReturnsWrite, update)
    addUpsert(to: &api, .productReturnsWrite, upsert)
    addLifecycle(to: &api)
    api.problem(
      ProblemType(
        "return-not-editable", 409, "Return not editable", "What was verified stands once the product moves.",
        members: ["allowedStates", "state"])
    )
  }

  package func filter(_ query: QueryReader) throws -> ProductReturnFilter {
    var filter = ProductReturnFilter()
    filter.states = try query.anyOf("state", ProductReturn.State.self)
    filter.kinds = try query.anyOf("productKind", ProductReturn.ProductKind.self)
    filter.stationID = try query.id("stationId", Station.self)
    filter.workOrderID = try query.id("workOrderId", WorkOrder.self)
    filter.createdFrom = try query.timestamp("createdAtFrom")
    filter.createdBefore = try query.timestamp("createdAtBefore")
    filter.number = try query.text("number")
    return filter
  }

  package func view(_ document: ProductReturn, for caller: Caller) -> ProductReturnView {
    ProductReturnView(document, for: caller)
  }

  package func handler(for action: ProductReturn.Action) -> RouteTable.Handler {
    switch action {
    case .returnToFactory: returnToFactory
    case .schedule: schedule
    case .repair: repair
    case .sendBack: sendBack
    case .scrap: scrap
    case .approveExchange: approveExchange
    case .exchange: exchange
    case .cancel: cancel
    }
  }

  // MARK: Writing

  @Sendable private func create(_ call: Call) async throws -> Answer {
    try await service.create(try Self.draft(call), creating(call))
  }

  @Sendable private func upsert(_ call: Call) async throws -> Answer {
    let key = try call.externalKey()
    return try await service.upsert(key, try Self.draft(call), upserting(call))
  }

  private static func draft(_ call: Call) throws -> ProductReturnDraft {
    var form = try call.body()
    let stationID = form.optional("stationId", .id(Station.self))
    let channel = form.required("channel", .choice(ProductReturn.Channel.self))
    let product = form.requiredObject("product") { form -> ReturnedProduct? in
      let kind = form.required("kind", .choice(ProductReturn.ProductKind.self))
      let description = form.required("description", .text(1...200))
      let partNumber = form.optional("partNumber", .text(1...60))
      let serialNumber = form.optional("serialNumber", .text(1...60))
      let quantity = form.optional("quantity", .integer(1...9999)) ?? 1
      guard let kind, let description else { return nil }
      return ReturnedProduct(
        kind: kind, description: description, partNumber: partNumber, serialNumber: serialNumber, quantity: quantity)
    }
    let workOrderID = form.optional("workOrderId", .id(WorkOrder.self))
    let vehicleID = form.optional("vehicleId", .id(Vehicle.self))
    let fault = form.required("fault", .text(1...2000))
    let reason = form.required("reason", .text(1...2000))
    let externalIDs = form.optional("externalIds", .externalIDs)
    try form.finish()
    guard let channel, let product, let fault, let reason else { throw form.failure }
    return ProductReturnDraft(
      stationID: stationID,
      header: ProductReturnHeader(
        channel: channel, product: product, workOrderID: workOrderID, vehicleID: vehicleID, fault: fault,
        reason: reason, externalIDs: externalIDs ?? [:]))
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    var form = try call.body()
    var patch = ProductReturnPatch()
    patch.fault = form.requiredPatch("fault", .text(1...2000))
    patch.reason = form.requiredPatch("reason", .text(1...2000))
    let product = form.objectPatch("product") { form -> Bool? in
      patch.partNumber = form.patch("partNumber", .text(1...60))
      patch.serialNumber = form.patch("serialNumber", .text(1...60))
      form.readOnly("kind", "description", "quantity")
      return true
    }
    if case .set(nil) = product { form.refuse("product", .required, "must not be null") }
    patch.externalIDs = form.externalIDsPatch()
    form.readOnly(
      "id", "version", "createdAt", "createdBy", "updatedAt", "updatedBy", "number", "state", "stationId", "channel",
      "workOrderId", "vehicleId", "availableActions")
    try form.finish()
    return try await service.update(try call.reference(), patch, presenting(call))
  }

  @Sendable private func returnToFactory(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let shipment = form.shipment(call)
    try form.finish()
    guard let shipment else { throw form.failure }
    return try await service.returnToFactory(try call.reference(), shipment, presenting(call))
  }

  @Sendable private func schedule(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let cause = form.required("cause", .choice(ProductReturn.Cause.self))
    let opinion = form.required("opinion", .text(1...2000))
    let repairOrder = form.required("repairOrder", .text(1...60))
    let charge = form.optional("charge", .price)
    try form.finish()
    guard let cause, let opinion, let repairOrder else { throw form.failure }
    let appraisal = ReturnAppraisal(
      cause: cause, opinion: opinion, repairOrder: repairOrder, charge: charge, signedBy: call.caller.name,
      signedByID: call.caller.subject.id, signedAt: call.at)
    return try await service.schedule(try call.reference(), appraisal, presenting(call))
  }

  @Sendable private func repair(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let work = form.required("work", .text(1...2000))
    let repairedBy = form.required("repairedBy", .text(1...100))
    let inspectedBy = form.required("inspectedBy", .text(1...100))
    let note = form.required("stockInNote", .text(1...60))
    try form.finish()
    guard let work, let repairedBy, let inspectedBy, let note else { throw form.failure }
    let repair = ReturnRepair(
      work: work, repairedBy: repairedBy, inspectedBy: inspectedBy, stockInNote: note, repairedAt: call.at)
    return try await service.repair(try call.reference(), repair, presenting(call))
  }

  @Sendable private func sendBack(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let shipment = form.shipment(call)
    try form.finish()
    guard let shipment else { throw form.failure }
    return try await service.sendBack(try call.reference(), shipment, presenting(call))
  }

  @Sendable private func scrap(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let order = form.required("dismantlingOrder", .text(1...60))
    let opinion = form.required("opinion", .text(1...2000))
    let reused = form.optional("reused", .textArray(100, 1...200)) ?? []
    try form.finish()
    guard let order, let opinion else { throw form.failure }
    let scrapping = ReturnScrapping(
      dismantlingOrder: order, opinion: opinion, reused: reused, signedBy: call.caller.name, signedAt: call.at)
    return try await service.scrap(try call.reference(), scrapping, presenting(call))
  }

  @Sendable private func approveExchange(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let ticket = form.required("exchangeTicket", .text(1...60))
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    guard let ticket else { throw form.failure }
    return try await service.approveExchange(try call.reference(), ticket: ticket, reason: note, presenting(call))
  }

  @Sendable private func exchange(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let replacement = form.required("replacementSerialNumber", .text(1...60))
    let returnTicket = form.optional("returnTicket", .text(1...60))
    let place = form.required("place", .choice(ProductReturn.ExchangePlace.self))
    try form.finish()
    guard let replacement, let place else { throw form.failure }
    return try await service.exchange(
      try call.reference(), replacement: replacement, returnTicket: returnTicket, place: place, presenting(call))
  }

  @Sendable private func cancel(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .text(1...1000))
    try form.finish()
    guard let reason else { throw form.failure }
    return try await service.cancel(try call.reference(), reason: reason, presenting(call))
  }
}

extension Form {
  fileprivate mutating func shipment(_ call: Call) -> ReturnShipment? {
    let note = required("note", .text(1...60))
    let carrier = optional("carrier", .text(1...100))
    let trackingNumber = optional("trackingNumber", .text(1...100))
    let storagePlace = optional("storagePlace", .text(1...200))
    return note.map {
      ReturnShipment(
        note: $0, carrier: carrier, trackingNumber: trackingNumber, storagePlace: storagePlace,
        sentBy: call.caller.name, sentAt: call.at)
    }
  }
}
