package import Domain
package import Services

/// `/v1/clocks`, and `GET /v1/{resource}/{id}/clocks` of the families that have clocks.
package struct ClockRoutes: LifecycleRoutes {
  package static let order = "dueAt"
  package let service: ClockService

  package init(_ service: ClockService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    addLifecycle(to: &api)
    api.get("\(Self.template)/entries", ClockService.reading, entries)
    api.get("\(Self.template)/explanation", ClockService.reading, explanation)
    api.problem(
      ProblemType(
        "clock-running", 409, "Clock running", "A clock of this kind runs on the document already.",
        members: ["conflicts", "kind"]))
    api.problem(
      ProblemType(
        "clock-window-not-open", 409, "Window not open", "What the clock watches may not happen before its window.",
        members: ["opensAt"]))
    api.problem(
      ProblemType(
        "clock-kind-inactive", 409, "Kind of clock inactive", "The policy in force starts no clocks of this kind.",
        members: ["kind"]))
  }

  /// Registers `GET …/{id}/clocks` of a family: whoever may read the document sees its deadlines.
  package func add<Family: DocumentRoutes>(clocksOf family: Family, to api: inout RouteTable) {
    api.get("\(Family.template)/clocks", Family.Service.reading) { [service] call in
      let document = try await family.service.get(try family.reference(call), call.caller)
      let clocks = try await service.clocks(of: Family.Service.Document.resource, document.id.uuid, call.caller)
      return Answer.ok(ItemsView(clocks.map { ClockView($0, for: call.caller, explainedAt: call.at) }))
    }
  }

  package func filter(_ query: QueryReader) throws -> Clock.Filter {
    var filter = Clock.Filter()
    filter.states = try query.anyOf("state", Clock.State.self)
    filter.kinds = try query.anyOf("kind", ClockKind.self)
    filter.stationID = try query.id("stationId", Station.self)
    filter.subject = try query.choice("resource", Resource.self)
    filter.dueBefore = try query.timestamp("dueBefore")
    filter.dueFrom = try query.timestamp("dueFrom")
    filter.breached = try query.boolean("breached")
    filter.escalationLevel = try query.integer("escalationLevel", 0...100)
    filter.acknowledged = try query.boolean("acknowledged")
    return filter
  }

  package func view(_ clock: Clock, for caller: Caller) -> ClockView { ClockView(clock, for: caller) }

  @Sendable private func entries(_ call: Call) async throws -> Answer {
    let clock = try await service.whole(try call.reference(), call.caller)
    return Answer.ok(ItemsView(clock.entries))
  }

  @Sendable private func explanation(_ call: Call) async throws -> Answer {
    let clock = try await service.whole(try call.reference(), call.caller)
    guard let explanation = clock.explanation(at: call.at) else { throw Refusal.notFound }
    return Answer.ok(explanation)
  }

  // MARK: Actions

  package func handler(for action: Clock.Action) -> RouteTable.Handler {
    switch action {
    case .pause: reasoned(service.pause)
    case .resume: reasoned(service.resume)
    case .correct: correct
    case .recompute: reasoned(service.recompute)
    case .acknowledge: acknowledge
    }
  }

  /// For actions that need nothing but a reason.
  private func reasoned(
    _ action: @escaping @Sendable (Reference<Clock>, String, Command<Clock>) async throws -> Answer
  ) -> RouteTable.Handler {
    { call in
      var form = try call.body()
      let reason = form.required("reason", .text(1...1000))
      try form.finish()
      guard let reason else { throw form.failure }
      return try await action(try call.reference(), reason, presenting(call))
    }
  }

  @Sendable private func acknowledge(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let note = form.optional("note", .text(1...1000))
    try form.finish()
    return try await service.acknowledge(try call.reference(), reason: note, presenting(call))
  }

  @Sendable private func correct(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let correction = form.clockCorrection()
    let reason = form.required("reason", .text(1...1000))
    try form.finish()
    guard let correction, let reason else { throw form.failure }
    return try await service.correct(try call.reference(), correction, reason: reason, presenting(call))
  }
}

extension Form {
  /// `void`, `replace` and `add`, each with the members that it needs and no other.
  fileprivate mutating func clockCorrection() -> ClockEntry.Correction? {
    enum Kind: String, CaseIterable, Sendable {
      case void, replace, add
    }
    guard let kind = required("correction", .choice(Kind.self)) else {
      _ = optional("entry", .integer(1...1_000_000))
      _ = optional("from", .timestamp)
      _ = optional("to", .timestamp)
      return nil
    }
    switch kind {
    case .void:
      return required("entry", .integer(1...1_000_000)).map { .void(entry: $0) }
    case .replace:
      let entry = required("entry", .integer(1...1_000_000))
      let from = required("from", .timestamp)
      let to = optional("to", .timestamp)
      guard let entry, let from else { return nil }
      return .replace(entry: entry, from: from, to: to)
    case .add:
      let from = required("from", .timestamp)
      let to = required("to", .timestamp)
      guard let from, let to else { return nil }
      return .add(from: from, to: to)
    }
  }
}
