package import Domain
import Services

/// The actions of quality issues.
extension QualityIssueRoutes {
  package func handler(for action: QualityIssue.Action) -> RouteTable.Handler {
    switch action {
    case .suspectMajor: noted(service.suspectMajor)
    case .confirm: confirm
    case .refuse: reasoned(service.refuse)
    case .qaConfirm: noted(service.qaConfirm)
    case .qaReturn: reasoned(service.qaReturn)
    case .assignSupport: assignSupport
    case .proposeMeasures: proposeMeasures
    case .informQa: informQa
    case .progress: progress
    case .resolve: resolve
    case .receipt: receipt
    case .close: noted(service.close)
    case .regrade: regrade
    case .reopen: reasoned(service.reopen)
    }
  }

  /// For actions with an optional note.
  private func noted(
    _ action: @escaping @Sendable (Reference<QualityIssue>, String?, Command<QualityIssue>) async throws -> Answer
  ) -> RouteTable.Handler {
    { call in
      var form = try call.body()
      let note = form.optional("note", .text(1...2000))
      try form.finish()
      return try await action(try call.reference(), note, presenting(call))
    }
  }

  /// For actions that need nothing but a reason.
  private func reasoned(
    _ action: @escaping @Sendable (Reference<QualityIssue>, String, Command<QualityIssue>) async throws -> Answer
  ) -> RouteTable.Handler {
    { call in
      var form = try call.body()
      let reason = form.required("reason", .text(1...2000))
      try form.finish()
      guard let reason else { throw form.failure }
      return try await action(try call.reference(), reason, presenting(call))
    }
  }

  @Sendable private func confirm(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.optional("reason", .text(1...2000))
    let decision = form.qualityDecision(by: call.caller, reason: reason)
    try form.finish()
    guard let decision else { throw form.failure }
    return try await service.confirm(try call.reference(), decision, presenting(call))
  }

  @Sendable private func regrade(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .text(1...2000))
    let decision = form.qualityDecision(by: call.caller, reason: reason)
    try form.finish()
    guard let decision, reason != nil else { throw form.failure }
    return try await service.regrade(try call.reference(), decision, presenting(call))
  }

  @Sendable private func assignSupport(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let staff = form.required("staff", .array(of: .text(1...100), 1...20))
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    guard let staff else { throw form.failure }
    return try await service.assignSupport(try call.reference(), staff, note: note, presenting(call))
  }

  @Sendable private func proposeMeasures(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let measures = form.array("measures", 1...50) { $0.measureDraft() }
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    guard let measures else { throw form.failure }
    return try await service.proposeMeasures(try call.reference(), measures, note: note, presenting(call))
  }

  @Sendable private func informQa(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let informed = form.required("informed", .array(of: .text(1...100), 1...20))
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    guard let informed else { throw form.failure }
    return try await service.informQa(try call.reference(), informed, note: note, presenting(call))
  }

  @Sendable private func progress(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let note = form.required("note", .text(1...2000))
    try form.finish()
    guard let note else { throw form.failure }
    return try await service.progress(try call.reference(), note: note, presenting(call))
  }

  @Sendable private func resolve(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let result = form.required("result", .text(1...4000))
    try form.finish()
    guard let result else { throw form.failure }
    return try await service.resolve(try call.reference(), result: result, presenting(call))
  }

  @Sendable private func receipt(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let party = form.required("party", .choice(ResultReceipt.Party.self))
    let channel = form.required("channel", .choice(ResultReceipt.Channel.self))
    let note = form.optional("note", .text(1...1000))
    let receivedAt = form.optional("receivedAt", .timestamp)
    try form.finish()
    guard let party, let channel else { throw form.failure }
    return try await service.receipt(
      try call.reference(),
      ResultReceipt(
        party: party, channel: channel, note: note, receivedAt: receivedAt ?? call.at,
        by: RecordStamp.Author(call.caller)), presenting(call))
  }
}
