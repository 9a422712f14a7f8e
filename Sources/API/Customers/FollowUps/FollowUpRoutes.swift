package import Domain
package import Services

/// Follow-ups over HTTP (SM-13).
package struct FollowUpRoutes: LifecycleRoutes {
  package let service: FollowUpService

  package init(_ service: FollowUpService) { self.service = service }

  package static let expansions: [Expansion<FollowUp>] = [
    .customer { $0.customerID }, .station { $0.stationID }, .vehicle { $0.vehicleID },
    .workOrder { $0.workOrderID },
  ]

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post("/v1/follow-ups", .followUpsWrite, create)
    api.patch("/v1/follow-ups/{id}", .followUpsWrite, update)
    addLifecycle(to: &api)
    api.problem(
      ProblemType(
        "quiet-hours", 409, "Quiet hours", "Nobody is called in these hours, unless he asked for it.",
        members: ["quietFromHour", "quietUntilHour"]))
    api.problem(
      ProblemType(
        "follow-up-not-editable", 409, "Follow-up not editable",
        "The plan stands once the call was made, and what is not open needs no solution.",
        members: ["allowedStates", "state"]))
  }

  // MARK: Reading

  package func filter(_ query: QueryReader) throws -> FollowUpFilter {
    var filter = FollowUpFilter()
    filter.states = try query.anyOf("state", FollowUp.State.self)
    filter.occasions = try query.anyOf("occasion", FollowUp.Occasion.self)
    filter.round = try query.integer("round", 1...2).flatMap(FollowUp.Round.init(rawValue:))
    filter.stationID = try query.id("stationId", Station.self)
    filter.customerID = try query.id("customerId", Customer.self)
    filter.vehicleID = try query.id("vehicleId", Vehicle.self)
    filter.workOrderID = try query.id("workOrderId", WorkOrder.self)
    filter.missed = try query.boolean("missed")
    filter.contradicting = try query.boolean("contradicting")
    filter.opensBefore = try query.timestamp("opensBefore")
    filter.dueFrom = try query.timestamp("dueFrom")
    filter.dueBefore = try query.timestamp("dueBefore")
    filter.createdFrom = try query.timestamp("createdAtFrom")
    filter.createdBefore = try query.timestamp("createdAtBefore")
    filter.number = try query.text("number")
    return filter
  }

  package func view(_ document: FollowUp, for caller: Caller) -> FollowUpView { FollowUpView(document, for: caller) }

  // MARK: Writing

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    return try await service.create(try form.followUpDraft(), creating(call))
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let (edit, solution) = try form.followUpEdit()
    return try await service.update(try call.reference(), edit, solution: solution, presenting(call))
  }

  package func handler(for action: FollowUp.Action) -> RouteTable.Handler {
    switch action {
    case .recordCall: recordCall
    case .escalate: escalate
    case .answer: answer
    }
  }

  @Sendable private func recordCall(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let (record, hour) = try form.callRecord()
    return try await service.recordCall(try call.reference(), record, at: hour, presenting(call))
  }

  @Sendable private func escalate(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .text(1...2000))
    try form.finish()
    guard let reason else { throw form.failure }
    return try await service.escalate(try call.reference(), reason: reason, presenting(call))
  }

  @Sendable private func answer(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let solution = form.optional("solution", .text(1...2000))
    try form.finish()
    return try await service.answer(try call.reference(), solution: solution, presenting(call))
  }
}
