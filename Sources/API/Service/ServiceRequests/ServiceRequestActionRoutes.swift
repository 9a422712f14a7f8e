package import Domain
import FoundationEssentials
import Services

/// The actions of SM-1 over HTTP, each `POST /v1/service-requests/{id}/{action}`.
extension ServiceRequestRoutes {
  package func handler(for action: ServiceRequest.Action) -> RouteTable.Handler {
    switch action {
    case .forward: forward
    case .answer: answer
    case .resolveByPhone: resolveByPhone
    case .escalate:
      { call in
        try await service.escalate(try call.reference(), reason: try reason(call), presenting(call))
      }
    case .dispatch: dispatch
    case .accept: accept
    case .refuse:
      { call in
        try await service.refuse(try call.reference(), reason: try reason(call), presenting(call))
      }
    case .informFieldStaff: informFieldStaff
    case .start: start
    case .arrive: arrive
    case .resolve: resolve
    case .receipt: receipt
    case .close: close
    case .convert: convert
    case .cancel:
      { call in
        try await service.cancel(try call.reference(), reason: try reason(call), presenting(call))
      }
    }
  }

  private func reason(_ call: Call) throws -> String {
    var form = try call.body()
    let reason = form.required("reason", .text(1...1000))
    try form.finish()
    guard let reason else { throw form.failure }
    return reason
  }

  @Sendable private func forward(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let supervisor = form.optional("supervisor", .text(1...100))
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    return try await service.forward(try call.reference(), to: supervisor, reason: note, presenting(call))
  }

  @Sendable private func answer(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let text = form.required("text", .text(1...4000))
    let channel = form.required("channel", .choice(CustomerDecision.Channel.self))
    try form.finish()
    guard let text, let channel else { throw form.failure }
    let answer = RequestAnswer(text: text, channel: channel, answeredBy: call.caller.name, answeredAt: call.at)
    return try await service.answer(try call.reference(), answer, presenting(call))
  }

  @Sendable private func resolveByPhone(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let summary = form.required("summary", .text(1...4000))
    let caseReference = form.optional("caseReference", .text(1...200))
    try form.finish()
    guard let summary else { throw form.failure }
    let resolution = RequestResolution(
      summary: summary, caseReference: caseReference, faultCleared: true, clearedAt: call.at,
      resolvedBy: call.caller.name, resolvedAt: call.at)
    return try await service.resolveByPhone(try call.reference(), resolution, presenting(call))
  }

  @Sendable private func dispatch(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let station = form.optional("stationId", .id(Station.self))
    let reason = form.optional("reason", .text(1...1000))
    try form.finish()
    return try await service.dispatch(try call.reference(), to: station, reason: reason, presenting(call))
  }

  @Sendable private func accept(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let expected = form.optional("expectedArrivalAt", .timestamp)
    try form.finish()
    return try await service.accept(try call.reference(), expectedArrivalAt: expected, presenting(call))
  }

  @Sendable private func informFieldStaff(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let staff = form.required("staffIds", .array(of: .id(User.self), 1...20))
    let note = form.optional("note", .text(1...1000))
    try form.finish()
    guard let staff else { throw form.failure }
    return try await service.informFieldStaff(try call.reference(), staff.map(\.uuid), note: note, presenting(call))
  }

  @Sendable private func start(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let order = form.optional("workOrderId", .id(WorkOrder.self))
    let customer = form.optional("customerId", .id(Customer.self))
    let vehicle = form.optional("vehicleId", .id(Vehicle.self))
    let mode = form.optional("mode", .choice(WorkOrder.Mode.self))
    let serviceType = form.optional("serviceType", .choice(WorkOrder.ServiceType.self))
    if order != nil {
      for (name, isNamed) in [
        ("customerId", customer != nil), ("vehicleId", vehicle != nil), ("mode", mode != nil),
        ("serviceType", serviceType != nil),
      ] where isNamed {
        form.refuse(name, .inconsistent, "must be left out where an order is linked")
      }
    }
    try form.finish()
    let start: ServiceRequestService.WorkStart =
      order.map { .order($0) }
      ?? .new(customerID: customer, vehicleID: vehicle, mode: mode, serviceType: serviceType)
    return try await service.start(try call.reference(), start, presenting(call))
  }

  @Sendable private func arrive(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let arrivedAt = form.pastInstant("arrivedAt", call)
    try form.finish()
    return try await service.arrive(try call.reference(), at: arrivedAt, presenting(call))
  }

  @Sendable private func resolve(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let summary = form.required("summary", .text(1...4000))
    let caseReference = form.optional("caseReference", .text(1...200))
    let faultCleared = form.optional("faultCleared", .boolean) ?? true
    let clearedAt = form.pastInstant("clearedAt", call)
    try form.finish()
    guard let summary else { throw form.failure }
    let resolution = RequestResolution(
      summary: summary, caseReference: caseReference, faultCleared: faultCleared,
      clearedAt: faultCleared ? clearedAt : nil, resolvedBy: call.caller.name, resolvedAt: call.at)
    return try await service.resolve(try call.reference(), resolution, presenting(call))
  }

  @Sendable private func receipt(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let party = form.required("party", .choice(RequestReceipt.Party.self))
    let channel = form.required("channel", .choice(CustomerDecision.Channel.self))
    let toldTo = form.optional("toldTo", .text(1...100))
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    guard let party, let channel else { throw form.failure }
    let receipt = RequestReceipt(
      party: party, channel: channel, toldTo: toldTo, note: note, returnedBy: call.caller.name, returnedAt: call.at)
    return try await service.receipt(try call.reference(), receipt, presenting(call))
  }

  @Sendable private func close(_ call: Call) async throws -> Answer {
    var form = try call.body()
    guard form.optional("reached", .boolean) ?? true else { return try await miss(call, &form) }
    let satisfied = form.required("satisfied", .boolean)
    let rating = form.optional("rating", .integer(1...5))
    let comment = form.optional("comment", .text(1...2000))
    let next = form.optional("next", .choice(RequestCallBack.Next.self))
    switch satisfied {
    case true?:
      if next != nil { form.refuse("next", .inconsistent, "is for a customer who is not satisfied") }
    case false?:
      if next == nil { form.refuse("next", .required, "is required when the customer is not satisfied") }
      if comment == nil { form.refuse("comment", .required, "is required when the customer is not satisfied") }
    case nil: break
    }
    try form.finish()
    guard let satisfied else { throw form.failure }
    let callBack = RequestCallBack(
      isSatisfied: satisfied, rating: rating, comment: comment, calledBy: call.caller.name, calledAt: call.at)
    return try await service.close(try call.reference(), callBack, next: next, presenting(call))
  }

  private func miss(_ call: Call, _ form: inout Form) async throws -> Answer {
    let comment = form.optional("comment", .text(1...2000))
    for name in ["next", "rating", "satisfied"] where form.has(name) {
      _ = form.optional(name, FieldReader<Void> { _, _ in () })
      form.refuse(name, .inconsistent, "nobody was reached")
    }
    try form.finish()
    return try await service.miss(try call.reference(), comment: comment, presenting(call))
  }

  @Sendable private func convert(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let target = form.required("target", .choice(RequestConversion.Target.self))
    let reason = form.required("reason", .text(1...1000))
    let preferredAt = form.optional("preferredAt", .timestamp)
    if preferredAt != nil, target == .complaint {
      form.refuse("preferredAt", .inconsistent, "is for an appointment")
    }
    try form.finish()
    guard let target, let reason else { throw form.failure }
    let conversion = RequestConversion(target: target, reason: reason, preferredAt: preferredAt)
    return try await service.convert(try call.reference(), conversion, presenting(call))
  }
}

extension Form {
  /// When something happened; left out, it is now.
  mutating func pastInstant(_ name: String, _ call: Call) -> Timestamp {
    let instant = optional(name, .timestamp) ?? call.at
    if instant > call.at.adding(seconds: 60) { refuse(name, .outOfRange, "must not lie in the future") }
    return instant
  }
}
