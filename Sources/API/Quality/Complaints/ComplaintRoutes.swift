package import Domain
import FoundationEssentials
package import Services

/// Complaints over HTTP (SM-4).
package struct ComplaintRoutes: LifecycleRoutes {
  package let service: ComplaintService

  package init(_ service: ComplaintService) { self.service = service }

  package static let expansions: [Expansion<Complaint>] = [
    .customer { $0.header.customerID }, .station { $0.stationID }, .vehicle { $0.header.vehicleID },
    .workOrder { $0.header.origin.workOrderID },
  ]

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post("/v1/complaints", .complaintsWrite, create)
    api.patch("/v1/complaints/{id}", .complaintsWrite, update)
    addLifecycle(to: &api)
    api.get("/v1/complaints/{id}/duplicates", .complaintsRead, duplicates)
    api.get("/v1/complaints/{id}/team", .complaintsRead, team)
    api.get("/v1/complaints/{id}/agreement", .complaintsRead, agreement)
    api.put("/v1/complaints/{id}/agreement", .complaintsWriteAgreement, writeAgreement)
    api.get("/v1/complaints/{id}/compensations", .complaintsRead, compensations)
    api.action("/v1/complaints/{id}/compensations", .complaintsWriteCompensations, grantCompensation)
    api.action("/v1/complaints/{id}/compensations/{compensationId}/pay", .complaintsWriteCompensations, payCompensation)
    api.get("/v1/complaints/{id}/vehicle-returns", .complaintsRead, vehicleReturns)
    api.action("/v1/complaints/{id}/vehicle-returns", .complaintsWriteVehicleReturns, collectVehicle)
    api.action("/v1/complaints/{id}/vehicle-returns/{returnId}/store", .complaintsWriteVehicleReturns, storeVehicle)
    addProblems(to: &api)
  }

  private func addProblems(to api: inout RouteTable) {
    api.problem(
      ProblemType(
        "complaint-ended", 409, "Complaint ended",
        "Nothing in an ended complaint changes; reopen it, or record another.", members: ["conflicts", "state"]))
    api.problem(
      ProblemType(
        "complaint-opened", 409, "Complaint opened", "The request became a complaint already; read it.",
        members: ["conflicts"]))
    api.problem(
      ProblemType(
        "agreement-not-editable", 409, "Agreement not editable",
        "An agreement is written while it is negotiated; record another round first.",
        members: ["allowedStates", "state"]))
    api.problem(
      ProblemType(
        "agreement-changed", 409, "Agreement changed", "Read the agreement and have its present words signed.",
        members: ["currentHash"]))
    api.problem(
      ProblemType(
        "agreement-signed", 409, "Agreement signed", "Each side signs once; read the agreement.", members: ["side"]))
    api.problem(
      ProblemType(
        "not-in-execution", 409, "Not in execution",
        "Payments and returns are recorded once the agreement is executed.", members: ["allowedStates", "state"]
      ))
    api.problem(
      ProblemType(
        "compensation-paid", 409, "Compensation paid", "It is paid; grant another compensation if one is due.",
        members: ["since"]))
    api.problem(
      ProblemType(
        "no-vehicle-return", 409, "No vehicle return", "The agreement keeps the vehicle with the customer.",
        members: ["state"]))
  }

  // MARK: Reading

  package func filter(_ query: QueryReader) throws -> ComplaintFilter {
    var filter = ComplaintFilter()
    filter.states = try query.anyOf("state", Complaint.State.self)
    filter.kinds = try query.anyOf("kind", Complaint.Kind.self)
    filter.categories = try query.anyOf("category", Complaint.Category.self)
    filter.channels = try query.anyOf("channel", Complaint.Channel.self)
    filter.stationID = try query.id("stationId", Station.self)
    filter.customerID = try query.id("customerId", Customer.self)
    filter.vehicleID = try query.id("vehicleId", Vehicle.self)
    filter.workOrderID = try query.id("workOrderId", WorkOrder.self)
    filter.vin = try query.text("vin")
    filter.component = try query.text("component")
    filter.externalID = try query.text("externalId").map { text in
      // `system:id`; the system has no colon.
      let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      return ComplaintFilter.ExternalID(system: parts[0], id: parts.count == 2 ? parts[1] : "")
    }
    filter.createdFrom = try query.timestamp("createdAtFrom")
    filter.createdBefore = try query.timestamp("createdAtBefore")
    filter.number = try query.text("number")
    return filter
  }

  package func view(_ complaint: Complaint, for caller: Caller) -> ComplaintView {
    ComplaintView(complaint, for: caller)
  }

  @Sendable private func duplicates(_ call: Call) async throws -> Answer {
    let found = try await service.duplicates(try call.reference(), call.caller)
    return Answer.ok(ItemsView(found.map(DuplicateCandidateView.init)))
  }

  @Sendable private func team(_ call: Call) async throws -> Answer {
    Answer.ok(ItemsView(try await service.team(try call.reference(), call.caller).map(TeamMembershipView.init)))
  }

  @Sendable private func agreement(_ call: Call) async throws -> Answer {
    let complaint = try await service.get(try call.reference(), call.caller)
    let disclosure = Disclosure(of: complaint.header.customerID, to: call.caller)
    guard let agreement = disclosure.shown(complaint).major.agreement else { throw Refusal.notFound }
    return Answer.ok(AgreementView(agreement, disclosure), etag: complaint.version)
  }

  @Sendable private func compensations(_ call: Call) async throws -> Answer {
    Answer.ok(ItemsView(try await shownWhole(call).major.compensations))
  }

  @Sendable private func vehicleReturns(_ call: Call) async throws -> Answer {
    Answer.ok(ItemsView(try await shownWhole(call).major.vehicleReturns))
  }

  private func shownWhole(_ call: Call) async throws -> Complaint {
    let complaint = try await service.whole(try call.reference(), call.caller)
    return Disclosure(of: complaint.header.customerID, to: call.caller).shown(complaint)
  }

  // MARK: Writing

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    return try await service.create(try form.complaintDraft(call), creating(call))
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    var form = try call.body()
    return try await service.update(try call.reference(), try form.complaintPatch(call), presenting(call))
  }

  @Sendable private func writeAgreement(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let terms = form.required("terms", .text(1...10_000))
    let repair = form.optional("repair", .text(1...2000))
    let compensation = form.optional("compensation", .price)
    let takesVehicleBack = form.optional("takesVehicleBack", .boolean) ?? false
    try form.finish()
    guard let terms else { throw form.failure }
    return try await service.writeAgreement(
      try call.reference(),
      ComplaintAgreement.Content(
        terms: terms, repair: repair, compensation: compensation, takesVehicleBack: takesVehicleBack),
      presenting(call))
  }

  @Sendable private func grantCompensation(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let purpose = form.required("purpose", .text(1...200))
    let amount = form.required("amount", .price)
    if let amount, amount.minor == 0 { form.refuse("amount", .outOfRange, "must be more than nothing") }
    try form.finish()
    guard let purpose, let amount else { throw form.failure }
    return try await service.grantCompensation(try call.reference(), purpose: purpose, amount: amount, presenting(call))
  }

  @Sendable private func payCompensation(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let voucher = form.required("reference", .text(1...100))
    let paidAt = form.pastInstant("paidAt", call)
    try form.finish()
    guard let voucher else { throw form.failure }
    return try await service.payCompensation(
      try call.reference(), try call.identifier("compensationId", Compensation.self), voucher: voucher, paidAt: paidAt,
      presenting(call))
  }

  @Sendable private func collectVehicle(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let vehicle = form.required("vehicleId", .id(Vehicle.self))
    let note = form.required("transportNote", .text(1...60))
    let carrier = form.optional("carrier", .text(1...100))
    let from = form.optional("collectedFrom", .text(1...400))
    let odometer = form.optional("odometerKm", .odometer)
    let collectedAt = form.pastInstant("collectedAt", call)
    try form.finish()
    guard let vehicle, let note else { throw form.failure }
    return try await service.collectVehicle(
      try call.reference(),
      VehicleReturn(
        id: .new(at: call.at), vehicleID: vehicle, note: note, carrier: carrier, collectedFrom: from,
        odometerKm: odometer, collectedAt: collectedAt, recordedBy: call.caller.name), presenting(call))
  }

  @Sendable private func storeVehicle(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let place = form.required("place", .text(1...200))
    let condition = form.required("condition", .text(1...2000))
    let storedAt = form.pastInstant("storedAt", call)
    try form.finish()
    guard let place, let condition else { throw form.failure }
    return try await service.storeVehicle(
      try call.reference(), try call.identifier("returnId", VehicleReturn.self),
      VehicleReturn.Storage(place: place, condition: condition, storedAt: storedAt, recordedBy: call.caller.name),
      presenting(call))
  }
}
