package import Domain
package import Services

/// Shipments over HTTP (PO-14, PRT-16).
package struct ShipmentRoutes: LifecycleRoutes {
  package let service: ShipmentService

  package init(_ service: ShipmentService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.patch(Self.template, .shipmentsWrite, update)
    addLifecycle(to: &api)
    api.problem(
      ProblemType(
        "shipment-not-editable", 409, "Shipment not editable", "What is written on the labels stands once it left.",
        members: ["allowedStates", "state"]))
    api.problem(
      ProblemType(
        "tracking-full", 409, "Tracking full", "More words about its way are kept of no shipment.", members: ["limit"]))
  }

  package func filter(_ query: QueryReader) throws -> ShipmentFilter {
    var filter = ShipmentFilter()
    filter.states = try query.anyOf("state", Shipment.State.self)
    filter.stationID = try query.id("stationId", Station.self)
    filter.orderID = try query.id("partsOrderId", PartsOrder.self)
    filter.carrierID = try query.id("carrierId", Carrier.self)
    filter.trackingNumber = try query.text("trackingNumber", max: 100)
    filter.createdFrom = try query.timestamp("createdAtFrom")
    filter.createdBefore = try query.timestamp("createdAtBefore")
    filter.number = try query.text("number")
    return filter
  }

  package func view(_ shipment: Shipment, for caller: Caller) -> ShipmentView { ShipmentView(shipment, for: caller) }

  package func handler(for action: Shipment.Action) -> RouteTable.Handler {
    switch action {
    case .dispatch: dispatch
    case .track: track
    case .deliver: deliver
    }
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let carrierID = form.patch("carrierId", .id(Carrier.self))
    let trackingNumber = form.patch("trackingNumber", .text(1...100))
    let packages: [ShipmentHeader.Package]? =
      form.has("packages") ? form.array("packages", 0...100) { $0.package() } : nil
    let expectedAt = form.patch("expectedAt", .timestamp)
    let note = form.patch("note", .text(1...2000))
    let externalIDs = form.externalIDsPatch()
    form.readOnly(
      "id", "version", "createdAt", "createdBy", "updatedAt", "updatedBy", "number", "state", "stationId",
      "partsOrderId", "partsOrderNumber", "locationId", "lines", "tracking", "dispatchedAt", "deliveredAt",
      "deliveredTo", "receivedAt", "availableActions")
    try form.finish()
    return try await service.update(try call.reference(), presenting(call)) { header in
      var changed = header
      changed.carrierID = carrierID.applied(to: header.carrierID)
      changed.trackingNumber = trackingNumber.applied(to: header.trackingNumber)
      changed.packages = packages ?? header.packages
      changed.expectedAt = expectedAt.applied(to: header.expectedAt)
      changed.note = note.applied(to: header.note)
      changed.externalIDs = try externalIDs.applied(to: header.externalIDs)
      return changed
    }
  }

  @Sendable private func dispatch(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let trackingNumber = form.optional("trackingNumber", .text(1...100))
    let expectedAt = form.optional("expectedAt", .timestamp)
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    return try await service.dispatch(
      try call.reference(), trackingNumber: trackingNumber, expectedAt: expectedAt, note: note, presenting(call))
  }

  @Sendable private func track(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let status = form.required("status", .choice(TrackingStatus.self))
    let place = form.optional("place", .text(1...200))
    let note = form.optional("note", .text(1...1000))
    let at = form.optional("at", .timestamp)
    let expectedAt = form.optional("expectedAt", .timestamp)
    try form.finish()
    guard let status else { throw form.failure }
    let event = ShipmentProgress.Event(
      status: status.event, place: place, note: note, at: at ?? call.at, by: call.caller.name)
    return try await service.track(try call.reference(), event, expectedAt: expectedAt, presenting(call))
  }

  @Sendable private func deliver(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let person = form.required("deliveredTo", .text(1...100))
    let place = form.optional("place", .text(1...200))
    let note = form.optional("note", .text(1...1000))
    let at = form.optional("at", .timestamp)
    try form.finish()
    guard let person else { throw form.failure }
    let event = ShipmentProgress.Event(
      status: .delivered, place: place, note: note, at: at ?? call.at, by: call.caller.name)
    return try await service.deliver(try call.reference(), to: person, event, presenting(call))
  }
}

/// What `track` tells; that it was delivered is an action of its own.
private enum TrackingStatus: String, CaseIterable {
  case pickedUp, inTransit, outForDelivery, delayed, exception

  var event: ShipmentProgress.Event.Status {
    switch self {
    case .pickedUp: .pickedUp
    case .inTransit: .inTransit
    case .outForDelivery: .outForDelivery
    case .delayed: .delayed
    case .exception: .exception
    }
  }
}

/// A shipment as one caller sees it, with his actions.
package struct ShipmentView: JSONWritable {
  private let shipment: Shipment
  private let actions: [Shipment.Action]

  package init(_ shipment: Shipment, for caller: Caller) {
    self.shipment = shipment
    actions = ShipmentLifecycle.table.available(on: shipment, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    let (header, progress) = (shipment.header, shipment.progress)
    json.object { json in
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.field("carrierId", header.carrierID)
      json.field("createdAt", shipment.stamp.createdAt)
      json.field("createdBy", shipment.stamp.createdBy.name)
      json.field("deliveredAt", progress.deliveredAt)
      json.field("deliveredTo", progress.deliveredTo)
      json.field("dispatchedAt", progress.dispatchedAt)
      json.field("expectedAt", header.expectedAt)
      json.field("externalIds", header.externalIDs)
      json.field("id", shipment.id)
      json.array("lines", shipment.lines)
      json.field("locationId", header.locationID)
      json.field("note", header.note)
      json.field("number", shipment.number)
      json.array("packages", header.packages)
      json.field("partsOrderId", shipment.orderID)
      json.field("partsOrderNumber", shipment.orderNumber)
      json.field("receivedAt", progress.receivedAt)
      json.field("state", shipment.state)
      json.field("stationId", shipment.stationID)
      json.array("tracking", progress.tracking)
      json.field("trackingNumber", header.trackingNumber)
      json.field("updatedAt", shipment.stamp.updatedAt)
      json.field("updatedBy", shipment.stamp.updatedBy.name)
      json.field("version", shipment.version)
    }
  }
}

extension ShipmentLine: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("damaged", damaged)
      json.field("defective", defective)
      json.field("description", description)
      json.field("inTransit", inTransit)
      json.field("line", line)
      json.field("partNumber", partNumber)
      json.field("quantity", quantity)
      json.field("received", received)
      json.field("short", short)
      json.field("wrong", wrong)
    }
  }
}

extension ShipmentHeader.Package: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("number", number)
      $0.field("weightGrams", weightGrams)
    }
  }
}

extension ShipmentProgress.Event: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("at", at)
      $0.field("by", by)
      $0.field("note", note)
      $0.field("place", place)
      $0.field("status", status)
    }
  }
}
