package import Domain
import FoundationEssentials
import Services

/// The actions of the work order's transition table over HTTP, each `POST /v1/work-orders/{id}/{action}`.
extension WorkOrderRoutes {
  package func handler(for action: WorkOrder.Action) -> RouteTable.Handler {
    switch action {
    case .inspect: inspect
    case .diagnose: diagnose
    case .quote: quote
    case .authorise: authorise
    case .convertToAppointment: convertToAppointment
    case .closeNoRepair, .cancel: { try await leave(action, $0) }
    case .admit: admit
    case .assign: assign
    case .requestApproval: requestApproval
    case .decideItems: decideItems
    case .awaitParts: awaitParts
    case .partsArrived: moving(action)
    case .finish: finish
    case .passInspection: passInspection
    case .failInspection: failInspection
    case .notify: notify
    case .accept: accept
    case .settle: settle
    case .deliver: deliver
    case .close: close
    case .rework: rework
    case .depart: depart
    case .arrive: arrive
    case .clear: clear
    }
  }

  package func status(of action: WorkOrder.Action) -> Int { action == .rework ? 201 : 200 }

  @Sendable private func inspect(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let record = try form.inspectionRecord(call)
    let caller = call.caller
    return try await service.inspect(
      try call.reference(), record,
      call.command { order, checkIn in
        Answer.ok(WorkOrderView(order, for: caller, checkIn: checkIn), etag: order.version)
      })
  }

  @Sendable private func diagnose(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let finding = form.required("finding", .text(1...4000))
    try form.finish()
    guard let finding else { throw form.failure }
    return try await service.diagnose(try call.reference(), finding: finding, presenting(call))
  }

  @Sendable private func quote(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let promised = form.required("promisedDeliveryAt", .timestamp)
    let quality = form.optional("promisedQuality", .text(1...1000))
    let extent = form.optional("extent", .choice(WorkOrderService.RepairExtent.self))
    try form.finish()
    guard let promised else { throw form.failure }
    return try await service.quote(
      try call.reference(), promisedDeliveryAt: promised, promisedQuality: quality, extent: extent,
      presenting(call))
  }

  @Sendable private func authorise(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let decision = form.customerDecision(call)
    try form.finish()
    guard let decision else { throw form.failure }
    return try await service.authorise(try call.reference(), decision, presenting(call))
  }

  @Sendable private func convertToAppointment(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .text(1...1000))
    let preferred = form.optional("preferredAt", .timestamp)
    try form.finish()
    guard let reason else { throw form.failure }
    return try await service.convertToAppointment(
      try call.reference(), reason: reason, preferredAt: preferred, presenting(call))
  }

  private func leave(_ action: WorkOrder.Action, _ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .text(1...1000))
    try form.finish()
    guard let reason else { throw form.failure }
    return try await service.leave(try call.reference(), action, reason: reason, presenting(call))
  }

  /// Washed, and handed over to the workshop with its keys (WO-03).
  @Sendable private func admit(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let keys = form.required("keysHandedOver", .boolean)
    let washed = form.optional("washed", .boolean) ?? false
    let note = form.optional("note", .text(1...2000))
    if keys == false { form.refuse("keysHandedOver", .inconsistent, "the workshop needs the keys") }
    try form.finish()
    return try await service.admit(
      try call.reference(), reason: note, data: ["keysHandedOver": .boolean(true), "washed": .boolean(washed)],
      presenting(call))
  }

  @Sendable private func assign(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let assignments = form.array("assignments", 1...100) { form -> (line: Int?, technician: UUID)? in
      let line = form.optional("line", .integer(1...10_000))
      let technician = form.required("technicianId", .id(User.self))
      guard let technician else { return nil }
      return (line, technician.uuid)
    }
    try form.finish()
    guard let assignments else { throw form.failure }
    return try await service.assign(try call.reference(), assignments, presenting(call))
  }

  @Sendable private func requestApproval(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let promised = form.optional("promisedDeliveryAt", .timestamp)
    let reason = form.optional("reason", .text(1...2000))
    try form.finish()
    return try await service.requestApproval(
      try call.reference(), promisedDeliveryAt: promised, reason: reason, presenting(call))
  }

  @Sendable private func decideItems(_ call: Call) async throws -> Answer {
    enum Verdict: String, CaseIterable, Sendable { case approved, refused }
    var form = try call.body()
    let decision = form.customerDecision(call)
    let items = form.array("decisions", 1...100) { form -> (line: Int, approved: Bool)? in
      let line = form.required("line", .integer(1...10_000))
      let verdict = form.required("decision", .choice(Verdict.self))
      guard let line, let verdict else { return nil }
      return (line, verdict == .approved)
    }
    try form.finish()
    guard let decision, let items else { throw form.failure }
    return try await service.decideItems(try call.reference(), items, decision, presenting(call))
  }

  @Sendable private func awaitParts(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let parts = form.required("partNumbers", .array(of: .text(1...50), 1...100))
    let kind = form.optional("partsOrderType", .choice(AwaitedOrder.self)) ?? .vor
    let partsOrderID = form.optional("partsOrderId", .id(PartsOrder.self))
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    guard let parts else { throw form.failure }
    return try await service.awaitParts(
      try call.reference(), partNumbers: parts, kind: kind.kind, partsOrderID: partsOrderID, reason: note,
      presenting(call))
  }

  @Sendable private func finish(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    return try await service.finish(try call.reference(), note: note, presenting(call))
  }

  @Sendable private func passInspection(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let findings = form.optional("findings", .text(1...2000))
    let inspector = form.optional("inspectorId", .id(User.self))
    try form.finish()
    return try await service.judge(
      try call.reference(), .passed, findings: findings, inspector: inspector?.uuid, presenting(call))
  }

  @Sendable private func failInspection(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let findings = form.required("findings", .text(1...2000))
    let inspector = form.optional("inspectorId", .id(User.self))
    try form.finish()
    guard let findings else { throw form.failure }
    return try await service.judge(
      try call.reference(), .failed, findings: findings, inspector: inspector?.uuid, presenting(call))
  }

  /// The vehicle is checked again with its belongings, and cleaned, before the customer is told (WO-05, WO-39, WO-42).
  @Sendable private func notify(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let channel = form.required("channel", .choice(CustomerDecision.Channel.self))
    let vehicle = form.required("vehicleChecked", .boolean)
    let belongings = form.required("belongingsChecked", .boolean)
    let cleaned = form.optional("vehicleCleaned", .boolean)
    if vehicle == false { form.refuse("vehicleChecked", .inconsistent, "check the vehicle first") }
    if belongings == false { form.refuse("belongingsChecked", .inconsistent, "check the belongings first") }
    try form.finish()
    guard let channel else { throw form.failure }
    return try await service.notify(
      try call.reference(), reason: nil,
      data: ["channel": .text(channel.rawValue), "vehicleCleaned": cleaned.map { .boolean($0) } ?? .null],
      presenting(call))
  }

  @Sendable private func accept(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let acceptance = form.optional("decision", .choice(WorkOrder.Acceptance.self)) ?? .accepted
    let acceptedBy = form.required("acceptedBy", .text(1...100))
    let explained = form.optional("workExplained", .boolean) ?? false
    let reason = form.optional("reason", .text(1...2000))
    if acceptance == .accepted, !explained {
      form.refuse("workExplained", .inconsistent, "explain items, parts and cost before the customer accepts (WO-40)")
    }
    if acceptance == .refused, reason == nil { form.refuse("reason", .required, "is required for a refusal") }
    try form.finish()
    guard let acceptedBy else { throw form.failure }
    return try await service.accept(
      try call.reference(), acceptance, by: acceptedBy, reason: reason,
      data: ["workExplained": .boolean(explained)], presenting(call))
  }

  @Sendable private func settle(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let payments = form.payments()
    try form.finish()
    guard let payments else { throw form.failure }
    return try await service.settle(try call.reference(), payments, presenting(call))
  }

  @Sendable private func deliver(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let gatePass = form.optional("gatePass", .text(1...50))
    let reminders = form.optional("reminders", .text(1...2000))
    let guidance = form.optional("guidance", .text(1...2000))
    try form.finish()
    return try await service.deliver(
      try call.reference(),
      data: [
        "gatePass": .optional(gatePass), "reminders": .optional(reminders), "guidance": .optional(guidance),
      ], presenting(call))
  }

  @Sendable private func close(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let note = form.optional("note", .text(1...2000))
    let campaigns = form.campaignAnswers()
    try form.finish()
    guard let campaigns else { throw form.failure }
    return try await service.close(try call.reference(), reason: note, campaigns: campaigns, presenting(call))
  }

  @Sendable private func rework(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let summary = form.required("summary", .text(1...2000))
    try form.finish()
    guard let summary else { throw form.failure }
    return try await service.rework(try call.reference(), summary: summary, creating(call))
  }
}

/// What a work order waits for is ordered as.
private enum AwaitedOrder: String, CaseIterable {
  case urgent, vor

  var kind: PartsOrder.Kind {
    switch self {
    case .urgent: .urgent
    case .vor: .vor
    }
  }
}
