package import Domain
package import Services

/// Appointments over HTTP (SM-2).
package struct AppointmentRoutes: LifecycleRoutes {
  package let service: AppointmentService

  package init(_ service: AppointmentService) { self.service = service }

  package static let expansions: [Expansion<Appointment>] = [
    .customer { $0.request.customerID }, .station { $0.stationID }, .vehicle { $0.request.vehicleID },
    .workOrder { $0.workOrderID },
  ]

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post("/v1/appointments", .appointmentsWrite, create)
    api.patch("/v1/appointments/{id}", .appointmentsWrite, update)
    addUpsert(to: &api, .appointmentsWrite, upsert)
    addLifecycle(to: &api)
    api.problem(
      ProblemType(
        "slot-taken", 409, "Slot taken", "No bay is free at this time; GET …/slots shows where one is.",
        members: ["conflicts", "startsAt"]))
    api.problem(
      ProblemType(
        "not-a-slot", 409, "Not a slot", "The workshop does not begin work of this length at this time.",
        members: ["startsAt"]))
    api.problem(
      ProblemType(
        "appointment-not-editable", 409, "Appointment not editable",
        "The appointment is over, or a bay is kept for what it says.", members: ["state"]))
  }

  // MARK: Reading

  package func filter(_ query: QueryReader) throws -> AppointmentFilter {
    var filter = AppointmentFilter()
    filter.states = try query.anyOf("state", Appointment.State.self)
    filter.stationID = try query.id("stationId", Station.self)
    filter.customerID = try query.id("customerId", Customer.self)
    filter.vehicleID = try query.id("vehicleId", Vehicle.self)
    filter.priority = try query.choice("priority", Appointment.Priority.self)
    filter.startsFrom = try query.timestamp("startsAtFrom")
    filter.startsBefore = try query.timestamp("startsAtBefore")
    filter.createdFrom = try query.timestamp("createdAtFrom")
    filter.createdBefore = try query.timestamp("createdAtBefore")
    filter.number = try query.text("number")
    return filter
  }

  package func view(_ appointment: Appointment, for caller: Caller) -> AppointmentView {
    AppointmentView(appointment, for: caller)
  }

  // MARK: Writing

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    return try await service.create(try form.appointmentDraft(), creating(call))
  }

  @Sendable private func upsert(_ call: Call) async throws -> Answer {
    let key = try call.externalKey()
    var form = try call.body()
    return try await service.upsert(key, try form.appointmentDraft(), upserting(call))
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let edit = try form.appointmentEdit()
    return try await service.update(try call.reference(), presenting(call)) { try edit(&$0) }
  }

  package func handler(for action: Appointment.Action) -> RouteTable.Handler {
    switch action {
    case .negotiate: negotiate
    case .confirm: confirm
    case .reschedule: reschedule
    case .checkIn: checkIn
    case .noShow: miss
    case .cancel: cancel
    }
  }

  @Sendable private func negotiate(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let proposals = form.required("proposals", .array(of: .timestamp, 1...10))
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    guard let proposals else { throw form.failure }
    return try await service.negotiate(try call.reference(), proposals, note: note, presenting(call))
  }

  @Sendable private func confirm(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let startsAt = form.optional("startsAt", .timestamp)
    try form.finish()
    return try await service.confirm(try call.reference(), startsAt: startsAt, presenting(call))
  }

  @Sendable private func reschedule(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let proposals = form.optional("proposals", .array(of: .timestamp, 0...10)) ?? []
    let reason = form.optional("reason", .text(1...1000))
    try form.finish()
    return try await service.reschedule(try call.reference(), proposals, reason: reason, presenting(call))
  }

  @Sendable private func checkIn(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let customer = form.optional("customerId", .id(Customer.self))
    let vehicle = form.optional("vehicleId", .id(Vehicle.self))
    let summary = form.optional("summary", .text(1...2000))
    try form.finish()
    return try await service.checkIn(
      try call.reference(), .init(customerID: customer, vehicleID: vehicle, summary: summary), presenting(call))
  }

  @Sendable private func miss(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.optional("reason", .text(1...1000))
    try form.finish()
    return try await service.miss(try call.reference(), reason: reason, presenting(call))
  }

  @Sendable private func cancel(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .text(1...1000))
    try form.finish()
    guard let reason else { throw form.failure }
    return try await service.cancel(try call.reference(), reason: reason, presenting(call))
  }
}
