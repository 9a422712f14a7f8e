package import Domain
import FoundationEssentials
package import Services

/// Service requests over HTTP (SM-1).
package struct ServiceRequestRoutes: LifecycleRoutes {
  package let service: ServiceRequestService

  package init(_ service: ServiceRequestService) { self.service = service }

  package static let expansions: [Expansion<ServiceRequest>] = [
    .customer { $0.header.customerID }, .station { $0.progress.dispatch?.stationID },
    .vehicle { $0.header.vehicleID }, .workOrder { $0.progress.workOrderID },
  ]

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post("/v1/service-requests", .serviceRequestsWrite, create)
    api.patch("/v1/service-requests/{id}", .serviceRequestsWrite, update)
    addUpsert(to: &api, .serviceRequestsWrite, upsert)
    addLifecycle(to: &api)
    api.get("/v1/service-requests/{id}/dispatch-proposal", .serviceRequestsDispatch, proposal)
    api.get("/v1/service-requests/{id}/dispatches", .serviceRequestsDispatch, dispatches)
    api.problem(
      ProblemType(
        "request-ended", 409, "Request ended", "Nothing in an ended request changes; register another one.",
        members: ["state"]))
    api.problem(
      ProblemType(
        "no-station-available", 409, "No station available",
        "Read the dispatch proposal, and name a station with a reason or escalate.", members: ["count"]))
    api.problem(
      ProblemType(
        "dispatched-already", 409, "Dispatched already", "Read the request; somebody dispatched it.",
        members: ["conflicts"]))
    api.problem(
      ProblemType(
        "receipt-returned", 409, "Receipt returned", "Each party gets the result once (CALL-09).", members: ["side"]))
  }

  // MARK: Reading

  package func filter(_ query: QueryReader) throws -> ServiceRequestFilter {
    var filter = ServiceRequestFilter()
    filter.states = try query.anyOf("state", ServiceRequest.State.self)
    filter.kinds = try query.anyOf("kind", ServiceRequest.Kind.self)
    filter.urgencies = try query.anyOf("urgency", ServiceRequest.Urgency.self)
    filter.mediums = try query.anyOf("medium", ServiceRequest.Medium.self)
    filter.stationID = try query.id("stationId", Station.self)
    filter.customerID = try query.id("customerId", Customer.self)
    filter.vehicleID = try query.id("vehicleId", Vehicle.self)
    filter.workOrderID = try query.id("workOrderId", WorkOrder.self)
    filter.vin = try query.text("vin")
    filter.createdFrom = try query.timestamp("createdAtFrom")
    filter.createdBefore = try query.timestamp("createdAtBefore")
    filter.number = try query.text("number")
    return filter
  }

  package func view(_ request: ServiceRequest, for caller: Caller) -> ServiceRequestView {
    ServiceRequestView(request, for: caller)
  }

  @Sendable private func proposal(_ call: Call) async throws -> Answer {
    Answer.ok(DispatchRankingView(try await service.proposal(try call.reference(), at: call.at, call.caller)))
  }

  @Sendable private func dispatches(_ call: Call) async throws -> Answer {
    Answer.ok(ItemsView(try await service.dispatches(try call.reference(), call.caller).map(DispatchRecordView.init)))
  }

  // MARK: Writing

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    return try await service.create(try form.serviceRequestDraft(call.caller), creating(call))
  }

  @Sendable private func upsert(_ call: Call) async throws -> Answer {
    let key = try call.externalKey()
    var form = try call.body()
    return try await service.upsert(key, try form.serviceRequestDraft(call.caller), upserting(call))
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    var form = try call.body()
    return try await service.update(try call.reference(), try form.serviceRequestPatch(), presenting(call))
  }
}
