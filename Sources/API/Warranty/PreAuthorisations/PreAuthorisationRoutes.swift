package import Domain
package import Services

/// `/v1/pre-authorisations` (M5).
package struct PreAuthorisationRoutes: LifecycleRoutes {
  package let service: PreAuthorisationService

  package init(_ service: PreAuthorisationService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post(Self.path, .preAuthorisationsWrite, create)
    api.patch(Self.template, .preAuthorisationsWrite, update)
    addLifecycle(to: &api)
    api.problem(
      ProblemType(
        "pre-authorisation-not-editable", 409, "Pre-authorisation not editable",
        "What was asked stands once it is submitted.", members: ["allowedStates", "state"]))
    api.problem(
      ProblemType(
        "pre-authorisation-exceeded", 409, "Pre-authorisation exceeded",
        "Claims together draw no more of a line than was approved.",
        members: ["amount", "availableAmount", "conflicts", "limitAmount", "line"]))
    // Of work orders.
    api.problem(
      ProblemType(
        "pre-authorisation-required", 409, "Pre-authorisation required",
        "By the policy of the warranty the maker is asked before such a job is begun; it goes on once he has approved it.",
        members: ["date", "lines"]
      ))
    // Of claims too.
    api.problem(
      ProblemType(
        "approval-limit-exceeded", 409, "Approval limit exceeded",
        "The amount is more than the caller's roles may approve by the policy approvalLimits; somebody with a higher limit must.",
        members: ["amount", "limitAmount"]
      ))
  }

  package func filter(_ query: QueryReader) throws -> PreAuthorisationFilter {
    var filter = PreAuthorisationFilter()
    filter.states = try query.anyOf("state", PreAuthorisation.State.self)
    filter.kinds = try query.anyOf("kind", PreAuthorisation.Kind.self)
    filter.stationID = try query.id("stationId", Station.self)
    filter.workOrderID = try query.id("workOrderId", WorkOrder.self)
    filter.vehicleID = try query.id("vehicleId", Vehicle.self)
    filter.createdFrom = try query.timestamp("createdAtFrom")
    filter.createdBefore = try query.timestamp("createdAtBefore")
    filter.number = try query.text("number")
    return filter
  }

  package func view(_ document: PreAuthorisation, for caller: Caller) -> PreAuthorisationView {
    PreAuthorisationView(document, for: caller)
  }

  /// One document is shown with its lines; lists leave them out.
  package func shown(
    _ documents: [PreAuthorisation], as rendering: Rendering, _ call: Call
  ) async throws -> [PreAuthorisationView] {
    switch rendering {
    case .summary: return documents.map { PreAuthorisationView($0, for: call.caller, isSummary: true) }
    case .document:
      var views: [PreAuthorisationView] = []
      for document in documents {
        views.append(view(try await service.whole(.id(document.id), call.caller), for: call.caller))
      }
      return views
    }
  }

  package func handler(for action: PreAuthorisation.Action) -> RouteTable.Handler {
    switch action {
    case .submit: submit
    case .requestInfo: requestInfo
    case .answer: answer
    case .approve: approve
    case .reject: reject
    case .expire: expire
    }
  }

  // MARK: Writing

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let order = form.required("workOrderId", .id(WorkOrder.self))
    let kind = form.optional("kind", .choice(PreAuthorisation.Kind.self)) ?? .warranty
    let reason = form.required("reason", .text(1...2000))
    let lines = form.array("lines", 0...100) { $0.preAuthorisationLine() }
    let externalIDs = form.optional("externalIds", .externalIDs)
    try form.finish()
    guard let order, let reason, let lines else { throw form.failure }
    return try await service.create(
      PreAuthorisationDraft(
        workOrderID: order,
        header: PreAuthorisationHeader(kind: kind, reason: reason, externalIDs: externalIDs ?? [:]), lines: lines),
      creating(call))
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    var form = try call.body()
    var patch = PreAuthorisationPatch()
    patch.kind = form.requiredPatch("kind", .choice(PreAuthorisation.Kind.self))
    patch.reason = form.requiredPatch("reason", .text(1...2000))
    if form.has("lines"), let lines = form.array("lines", 1...100, { $0.preAuthorisationLine() }) {
      patch.lines = .set(lines)
    }
    patch.externalIDs = form.externalIDsPatch()
    form.readOnly(
      "id", "version", "createdAt", "createdBy", "updatedAt", "updatedBy", "number", "state", "stationId",
      "workOrderId", "vehicleId", "availableActions")
    try form.finish()
    return try await service.update(try call.reference(), patch, presenting(call))
  }

  @Sendable private func submit(_ call: Call) async throws -> Answer {
    var form = try call.body()
    try form.finish()
    return try await service.submit(try call.reference(), presenting(call))
  }

  @Sendable private func requestInfo(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let question = form.required("question", .text(1...2000))
    try form.finish()
    guard let question else { throw form.failure }
    return try await service.requestInfo(try call.reference(), question: question, presenting(call))
  }

  @Sendable private func answer(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let text = form.required("answer", .text(1...2000))
    try form.finish()
    guard let text else { throw form.failure }
    return try await service.answer(try call.reference(), text, presenting(call))
  }

  @Sendable private func approve(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let lines = form.array("lines", 0...100) { form -> (number: Int, amount: Money)? in
      let number = form.required("number", .integer(1...1000))
      let amount = form.required("amount", .price)
      guard let number, let amount else { return nil }
      return (number, amount)
    }
    let validUntil = form.optional("validUntil", .date)
    let reason = form.optional("reason", .text(1...2000))
    if let lines, Set(lines.map(\.number)).count < lines.count {
      form.refuse("lines", .notUnique, "must name each line once")
    }
    try form.finish()
    guard let lines else { throw form.failure }
    return try await service.approve(
      try call.reference(), Dictionary(lines.map { ($0.number, $0.amount) }) { $1 }, validUntil: validUntil,
      reason: reason, presenting(call))
  }

  @Sendable private func reject(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .text(1...2000))
    try form.finish()
    guard let reason else { throw form.failure }
    return try await service.reject(try call.reference(), reason: reason, presenting(call))
  }

  @Sendable private func expire(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .text(1...2000))
    try form.finish()
    guard let reason else { throw form.failure }
    return try await service.expire(try call.reference(), reason: reason, presenting(call))
  }
}

extension Form {
  fileprivate mutating func preAuthorisationLine() -> PreAuthorisationDraft.LineDraft? {
    let number = required("number", .integer(1...1000))
    let amount = optional("amount", .price)
    return number.map { PreAuthorisationDraft.LineDraft(number: $0, amount: amount) }
  }
}
