package import Domain
import FoundationEssentials
package import Services

/// Work orders over HTTP: one line per operation; the handlers of the actions stand in `WorkOrderActionRoutes`.
package struct WorkOrderRoutes: LifecycleRoutes {
  package let service: WorkOrderService
  let progressLinks: ProgressLinkService

  package init(_ service: WorkOrderService, progressLinks: ProgressLinkService) {
    self.service = service
    self.progressLinks = progressLinks
  }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post("/v1/work-orders", .workOrdersCreate, create)
    api.patch("/v1/work-orders/{id}", .workOrdersUpdate, update)
    addUpsert(to: &api, .workOrdersCreate, upsert)
    addLifecycle(to: &api)
    api.get("/v1/work-orders/{id}/lines", .workOrdersRead, lines)
    api.post("/v1/work-orders/{id}/lines", .workOrdersWriteLines, addLine)
    api.patch("/v1/work-orders/{id}/lines/{line}", .workOrdersWriteLines, editLine)
    api.delete("/v1/work-orders/{id}/lines/{line}", .workOrdersWriteLines, removeLine)
    api.post("/v1/work-orders/{id}/lines/{line}/parts", .workOrdersIssueParts, addPart)
    api.delete("/v1/work-orders/{id}/lines/{line}/parts/{part}", .workOrdersIssueParts, removePart)
    api.action("/v1/work-orders/{id}/lines/{line}/clock-on", .workOrdersClock, precondition: .optional, clockOn)
    api.action("/v1/work-orders/{id}/lines/{line}/clock-off", .workOrdersClock, precondition: .optional, clockOff)
    api.get("/v1/work-orders/{id}/parts", .workOrdersRead, parts)
    api.get("/v1/work-orders/{id}/estimate", .workOrdersRead, estimate)
    api.get("/v1/work-orders/{id}/inspections", .workOrdersRead, inspections)
    api.get("/v1/work-orders/{id}/decisions", .workOrdersRead, decisions)
    api.get("/v1/work-orders/{id}/invoice", .workOrdersRead, invoice)
    api.post("/v1/work-orders/{id}/progress-link", .workOrdersShareProgress, idempotency: .optional, shareProgress)
    api.delete("/v1/work-orders/{id}/progress-link", .workOrdersShareProgress, revokeProgress)
    api.get("/v1/progress/{token}", .open("the signed link is the customer's permission (WO-26)"), progress)
    api.problem(
      ProblemType(
        "estimate-superseded", 409, "Estimate superseded", "Read the current estimate and decide on it.",
        members: ["currentHash"]))
    api.problem(
      ProblemType(
        "campaigns-unanswered", 409, "Campaigns unanswered",
        "Every open campaign of the vehicle is performed, or put off with a reason, before the order is closed.",
        members: ["conflicts"]))
    api.problem(
      ProblemType(
        "parts-not-issued", 409, "Parts not issued",
        "What is held in the store for an order is issued or released before the order is closed.",
        members: ["conflicts"]))
    api.problem(
      ProblemType(
        "order-not-editable", 409, "Order not editable", "The state of the order does not allow this edit.",
        members: ["allowedStates", "state"]))
    api.problem(
      ProblemType(
        "line-agreed", 409, "Line agreed", "The customer agreed to this line; add an additional item.",
        members: ["line", "state"]))
    api.problem(
      ProblemType(
        "item-not-approved", 409, "Item not approved", "No work before the customer's decision (WO-04).",
        members: ["line"]))
    api.problem(
      ProblemType(
        "technician-busy", 409, "Technician busy", "A technician works on one job at a time.",
        members: ["conflicts", "technicianId"]))
    api.problem(
      ProblemType(
        "not-clocked-on", 409, "Not clocked on", "There is no open clocking to stop.",
        members: ["line", "technicianId"]))
    api.problem(
      ProblemType(
        "nothing-promised", 409, "Nothing promised", "A delivery time is promised with the estimate.",
        members: ["state"]))
    api.problem(
      ProblemType(
        "station-terminated", 409, "Station terminated", "The station no longer receives vehicles.",
        members: ["conflicts"]))
  }

  // MARK: Reading

  package func filter(_ query: QueryReader) throws -> WorkOrderFilter {
    var filter = WorkOrderFilter()
    filter.states = try query.anyOf("state", WorkOrder.State.self)
    filter.stationID = try query.id("stationId", Station.self)
    filter.customerID = try query.id("customerId", Customer.self)
    filter.vehicleID = try query.id("vehicleId", Vehicle.self)
    filter.serviceTypes = try query.anyOf("serviceType", WorkOrder.ServiceType.self)
    filter.createdFrom = try query.timestamp("createdAtFrom")
    filter.createdBefore = try query.timestamp("createdAtBefore")
    filter.number = try query.text("number")
    return filter
  }

  package func view(_ order: WorkOrder, for caller: Caller) -> WorkOrderView { WorkOrderView(order, for: caller) }

  package func summary(_ order: WorkOrder, for caller: Caller) -> WorkOrderView {
    WorkOrderView(order, for: caller, isSummary: true)
  }

  package func readExpansion(_ call: Call) throws { _ = try call.expand(WorkOrderExpansion.Member.self) }

  package func shown(
    _ orders: [WorkOrder], as rendering: Rendering, _ call: Call
  ) async throws -> [WorkOrderView] {
    let members = try call.expand(WorkOrderExpansion.Member.self)
    let expansion = try await service.expansion(of: orders, members, call.caller, at: call.at)
    return orders.map {
      WorkOrderView($0, for: call.caller, isSummary: rendering == .summary, expansion: expansion)
    }
  }

  @Sendable func lines(_ call: Call) async throws -> Answer {
    let order = try await service.whole(try call.reference(), call.caller)
    return try Answer.ok(JobLinesView(order, now: call.at), call, etag: order.version)
  }

  @Sendable func parts(_ call: Call) async throws -> Answer {
    Answer.ok(ItemsView(try await service.partsPlan(try call.reference(), call.caller, at: call.at)))
  }

  @Sendable func estimate(_ call: Call) async throws -> Answer {
    let (order, estimates) = try await service.estimates(try call.reference(), call.caller)
    return Answer.ok(EstimatesView(order, estimates))
  }

  @Sendable func inspections(_ call: Call) async throws -> Answer {
    let inspections = try await service.inspections(try call.reference(), call.caller)
    return Answer.ok(ItemsView(inspections))
  }

  @Sendable func decisions(_ call: Call) async throws -> Answer {
    let (order, decisions) = try await service.decisions(try call.reference(), call.caller)
    return Answer.ok(
      ItemsView(decisions.map { RecordedDecisionView($0, of: order.header.customerID, for: call.caller) }))
  }

  @Sendable func invoice(_ call: Call) async throws -> Answer {
    let (order, invoice) = try await service.invoice(try call.reference(), call.caller)
    return Answer.ok(InvoiceView(order, invoice))
  }

  // MARK: Writing

  @Sendable func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    return try await service.create(try form.workOrderDraft(), creating(call))
  }

  @Sendable func upsert(_ call: Call) async throws -> Answer {
    let key = try call.externalKey()
    var form = try call.body()
    return try await service.upsert(key, try form.workOrderDraft(), upserting(call))
  }

  @Sendable func update(_ call: Call) async throws -> Answer {
    var form = try call.body()
    return try await service.update(try call.reference(), try form.workOrderPatch(), presenting(call))
  }

  @Sendable func addLine(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let draft = form.jobLineDraft()
    try form.finish()
    guard let draft else { throw form.failure }
    let at = call.at
    return try await service.addLine(
      try call.reference(), draft,
      call.command { order in
        guard let line = order.lines.last else { throw Refusal.notFound }
        return Answer.created(
          JobLineView(line, now: at), location: "/v1/work-orders/\(order.id)/lines", etag: order.version)
      })
  }

  @Sendable func editLine(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let patch = try form.jobLinePatch()
    let number = try lineNumber(call)
    return try await service.editLine(try call.reference(), number, patch, presenting(line: number, call))
  }

  @Sendable func removeLine(_ call: Call) async throws -> Answer {
    try await service.removeLine(try call.reference(), try lineNumber(call), call.command { _ in Answer.noContent })
  }

  @Sendable func addPart(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let draft = form.jobPartDraft()
    let split = form.payerSplit()
    try form.finish()
    guard let draft else { throw form.failure }
    let number = try lineNumber(call)
    let at = call.at
    return try await service.addPart(
      try call.reference(), number, draft, split: split,
      call.command { order in
        Answer.created(
          JobLineView(order.lines[try order.lineIndex(number)], now: at),
          location: "/v1/work-orders/\(order.id)/lines", etag: order.version)
      })
  }

  @Sendable func removePart(_ call: Call) async throws -> Answer {
    let part = try call.identifier("part", JobPart.self)
    return try await service.removePart(
      try call.reference(), try lineNumber(call), part, call.command { _ in Answer.noContent })
  }

  @Sendable func clockOn(_ call: Call) async throws -> Answer {
    let (number, technician) = try clocking(call)
    return try await service.clockOn(
      try call.reference(), number, technician: technician, presenting(line: number, call))
  }

  @Sendable func clockOff(_ call: Call) async throws -> Answer {
    let (number, technician) = try clocking(call)
    return try await service.clockOff(
      try call.reference(), number, technician: technician, presenting(line: number, call))
  }

  @Sendable func shareProgress(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let days = form.optional("validDays", .integer(1...90)) ?? 30
    try form.finish()
    return try await progressLinks.share(
      try call.reference(), validDays: days,
      call.command { link in Answer.created(link, location: "/v1/progress/\(link.token)") })
  }

  @Sendable func revokeProgress(_ call: Call) async throws -> Answer {
    try await progressLinks.revoke(try call.reference(), call.command { Answer.noContent })
  }

  @Sendable func progress(_ call: Call) async throws -> Answer {
    Answer.ok(try await progressLinks.open(call.parameter("token"), at: call.at))
  }

  // MARK: Shared

  private func presenting(line number: Int, _ call: Call) -> Command<WorkOrder> {
    let at = call.at
    return call.command { order in
      Answer.ok(JobLineView(order.lines[try order.lineIndex(number)], now: at), etag: order.version)
    }
  }

  private func lineNumber(_ call: Call) throws(Refusal) -> Int {
    guard let number = Int(call.parameter("line")), number > 0 else { throw .notFound }
    return number
  }

  private func clocking(_ call: Call) throws -> (line: Int, technician: UUID?) {
    var form = try call.body()
    let technician = form.optional("technicianId", .id(User.self))
    try form.finish()
    return (try lineNumber(call), technician?.uuid)
  }
}
