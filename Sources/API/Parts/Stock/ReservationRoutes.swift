package import Domain
package import Services

/// `/v1/reservations` (domain.md section 11)
package struct ReservationRoutes: LifecycleRoutes {
  package let service: ReservationService

  package init(_ service: ReservationService) { self.service = service }

  package static let expansions: [Expansion<Reservation>] = [
    .part { $0.partID }, .station { $0.stationID }, .workOrder { $0.purpose.workOrderID },
  ]

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post(Self.path, .reservationsWrite, create)
    addLifecycle(to: &api)
  }

  package func filter(_ query: QueryReader) throws -> ReservationFilter {
    var filter = ReservationFilter()
    filter.states = try query.anyOf("state", Reservation.State.self)
    filter.purposes = try query.anyOf("purpose", Reservation.Purpose.Kind.self)
    filter.stationID = try query.id("stationId", Station.self)
    filter.locationID = try query.id("locationId", StockLocation.self)
    filter.partID = try query.id("partId", Part.self)
    filter.workOrderID = try query.id("workOrderId", WorkOrder.self)
    filter.appointmentID = try query.id("appointmentId", Appointment.self)
    return filter
  }

  package func view(_ reservation: Reservation, for caller: Caller) -> ReservationView {
    ReservationView(reservation, for: caller)
  }

  package func handler(for action: Reservation.Action) -> RouteTable.Handler {
    switch action {
    case .release: noted(service.release)
    }
  }

  /// What callers reserve for; orders of parts reserve by themselves.
  private enum Purpose: String, CaseIterable, Sendable {
    case workOrder, appointment, transfer
  }

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let location = form.required("locationId", .id(StockLocation.self))
    let part = form.required("partId", .id(Part.self))
    let quantity = form.required("quantity", .integer(PartQuantity.range))
    let kind = form.required("purpose", .choice(Purpose.self))
    var purpose: Reservation.Purpose?
    switch kind {
    case .workOrder:
      purpose = form.required("workOrderId", .id(WorkOrder.self)).map { .workOrder($0) }
    case .appointment:
      purpose = form.required("appointmentId", .id(Appointment.self)).map { .appointment($0) }
    case .transfer:
      purpose = form.required("toLocationId", .id(StockLocation.self)).map { .transfer(to: $0) }
    case nil: break
    }
    let expiresAt = form.optional("expiresAt", .timestamp)
    try form.finish()
    guard let location, let part, let quantity, let purpose else { throw form.failure }
    return try await service.create(
      ReservationDraft(
        locationID: location, partID: part, quantity: quantity, purpose: purpose, expiresAt: expiresAt), creating(call))
  }
}

/// A reservation as one caller sees it, with his actions.
package struct ReservationView: JSONWritable {
  private let reservation: Reservation
  private let actions: [Reservation.Action]

  package init(_ reservation: Reservation, for caller: Caller) {
    self.reservation = reservation
    actions = Reservation.lifecycle.available(on: reservation, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    let purpose = reservation.purpose
    json.object { json in
      json.field("appointmentId", purpose.appointmentID)
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.field("createdAt", reservation.stamp.createdAt)
      json.field("createdBy", reservation.stamp.createdBy.name)
      json.field("endReason", reservation.endReason)
      json.field("endedAt", reservation.endedAt)
      json.field("expiresAt", reservation.expiresAt)
      json.field("id", reservation.id)
      json.field("issued", reservation.issued)
      json.field("locationId", reservation.locationID)
      json.field("number", reservation.number)
      json.field("outstanding", reservation.outstanding)
      json.field("partId", reservation.partID)
      json.field("partNumber", reservation.partNumber)
      json.field("partsOrderId", purpose.partsOrderID)
      json.field("purpose", purpose.kind)
      json.field("quantity", reservation.quantity)
      json.field("state", reservation.state)
      json.field("stationId", reservation.stationID)
      json.field("toLocationId", purpose.destinationID)
      json.field("updatedAt", reservation.stamp.updatedAt)
      json.field("updatedBy", reservation.stamp.updatedBy.name)
      json.field("version", reservation.version)
      json.field("workOrderId", purpose.workOrderID)
    }
  }
}
