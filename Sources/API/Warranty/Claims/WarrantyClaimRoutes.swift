package import Domain
package import Services

/// Warranty claims over HTTP (SM-6).
package struct WarrantyClaimRoutes: LifecycleRoutes {
  package let service: WarrantyClaimService

  package init(_ service: WarrantyClaimService) { self.service = service }

  package static let expansions: [Expansion<WarrantyClaim>] = [
    .station { $0.stationID }, .vehicle { $0.vehicleID }, .workOrder { $0.workOrderID },
  ]

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post("/v1/warranty-claims", .warrantyClaimsWrite, create)
    api.patch("/v1/warranty-claims/{id}", .warrantyClaimsWrite, update)
    addUpsert(to: &api, .warrantyClaimsWrite, upsert)
    addLifecycle(to: &api)
    api.action("/v1/warranty-claims/{id}/lines/{line}/decision", .warrantyClaimsDecide, decideLine)
    api.post(
      "/v1/warranty-claims/{id}/check", .warrantyClaimsCheck, status: 200, idempotency: .ignored, check)
    api.post(
      "/v1/warranty-claims/{id}/replay", .warrantyClaimsReplay, status: 200, idempotency: .ignored, replay)
    api.get("/v1/warranty-claims/{id}/findings", WarrantyClaimService.reading, findings)
    api.get("/v1/warranty-claims/{id}/versions", WarrantyClaimService.reading, versions)
    for problem in Self.problems { api.problem(problem) }
  }

  private static let problems = [
    ProblemType(
      "claim-not-editable", 409, "Claim not editable", "What was submitted stands until it is returned for correction.",
      members: ["allowedStates", "state"]),
    ProblemType(
      "claim-line-decided", 409, "Claim line decided", "A decided line changes by an appeal only.", members: ["line"]),
    ProblemType(
      "claim-line-blocked", 409, "Claim line blocked",
      "A finding of severity block keeps the line from being paid; the facts behind it must change first.",
      members: ["findings", "line"]),
    ProblemType(
      "claim-duplicate", 409, "Claim duplicate",
      "The same repair was claimed at this very moment; the next try tells what was found.", members: ["conflicts"]),
    ProblemType(
      "appeal-exhausted", 409, "Appeal exhausted", "There is no further appeal against the decision.",
      members: ["limit"]),
    ProblemType(
      "charge-back-too-late", 409, "Charge-back too late",
      "The months in which a payment may be charged back have passed; it stands.", members: ["limit", "line"]),
    ProblemType(
      "appeal-too-late", 409, "Appeal too late", "The time in which an appeal may come has passed.",
      members: ["deadline", "since"]),
  ]

  package func filter(_ query: QueryReader) throws -> WarrantyClaimFilter {
    var filter = WarrantyClaimFilter()
    filter.states = try query.anyOf("state", WarrantyClaim.State.self)
    filter.kinds = try query.anyOf("kind", WarrantyClaim.Kind.self)
    filter.stationID = try query.id("stationId", Station.self)
    filter.workOrderID = try query.id("workOrderId", WorkOrder.self)
    filter.vehicleID = try query.id("vehicleId", Vehicle.self)
    filter.createdFrom = try query.timestamp("createdAtFrom")
    filter.createdBefore = try query.timestamp("createdAtBefore")
    filter.submittedFrom = try query.timestamp("submittedAtFrom")
    filter.submittedBefore = try query.timestamp("submittedAtBefore")
    filter.flagged = try query.boolean("flagged")
    filter.number = try query.text("number")
    return filter
  }

  package func view(_ claim: WarrantyClaim, for caller: Caller) -> WarrantyClaimView {
    WarrantyClaimView(claim, for: caller)
  }

  /// A claim by itself shows its items; a list what they come to.
  package func shown(
    _ claims: [WarrantyClaim], as rendering: Rendering, _ call: Call
  ) async throws -> [WarrantyClaimView] {
    switch rendering {
    case .summary: return claims.map { view($0, for: call.caller) }
    case .document:
      var views: [WarrantyClaimView] = []
      for claim in claims { views.append(view(try await service.whole(.id(claim.id), call.caller), for: call.caller)) }
      return views
    }
  }

  package func handler(for action: WarrantyClaim.Action) -> RouteTable.Handler {
    switch action {
    case .appraise: appraise
    case .submit: submit
    case .return: `return`
    case .decide: decide
    case .appeal: appeal
    case .withdraw: withdraw
    case .chargeBack: chargeBack
    }
  }

  // MARK: Reading

  @Sendable private func check(_ call: Call) async throws -> Answer {
    var form = try call.body()
    try form.finish()
    let check = try await service.check(try call.reference(), at: call.at, call.caller)
    return Answer.ok(ClaimCheckView(check: check, caller: call.caller))
  }

  @Sendable private func findings(_ call: Call) async throws -> Answer {
    let check = try await service.findings(try call.reference(), call.caller)
    return Answer.ok(ClaimCheckView(check: check, caller: call.caller))
  }

  @Sendable private func versions(_ call: Call) async throws -> Answer {
    let (claim, versions) = try await service.versions(try call.reference(), call.caller)
    return Answer.ok(ItemsView(versions.map { ClaimVersionView($0, of: claim, for: call.caller) }))
  }

  @Sendable private func replay(_ call: Call) async throws -> Answer {
    var form = try call.body()
    try form.finish()
    let (_, replays) = try await service.replay(try call.reference(), call.caller)
    return Answer.ok(ItemsView(replays.map { ClaimReplayView(replay: $0, caller: call.caller) }))
  }

  // MARK: Writing

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    return try await service.create(try form.warrantyClaimDraft(), creating(call))
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    var form = try call.body()
    return try await service.update(try call.reference(), try form.warrantyClaimPatch(), presenting(call))
  }

  @Sendable private func upsert(_ call: Call) async throws -> Answer {
    let key = try call.externalKey()
    var form = try call.body()
    return try await service.upsert(key, try form.warrantyClaimDraft(), upserting(call))
  }

  @Sendable private func chargeBack(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let lines = form.optional("lines", .array(of: .integer(1...10_000), 1...200))
    let reason = form.required("reason", .choice(ClaimVerdict.Reason.self))
    let text = form.required("text", .text(1...2000))
    if let lines, Set(lines).count < lines.count { form.refuse("lines", .notUnique, "must name each line once") }
    if let reason, Form.unspoken.contains(reason) { form.refuse("reason", .notInSet, "is the product's own to say") }
    try form.finish()
    guard let reason, let text else { throw form.failure }
    return try await service.chargeBack(
      try call.reference(), lines: lines, reason: reason, text: text, presenting(call))
  }

  @Sendable private func appraise(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let text = form.required("text", .text(1...2000))
    try form.finish()
    guard let text else { throw form.failure }
    return try await service.appraise(try call.reference(), text, presenting(call))
  }

  @Sendable private func submit(_ call: Call) async throws -> Answer {
    var form = try call.body()
    try form.finish()
    return try await service.submit(try call.reference(), presenting(call))
  }

  @Sendable private func `return`(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .choice(ClaimVerdict.Reason.self))
    let text = form.required("text", .text(1...2000))
    if let reason, Form.unspoken.contains(reason) { form.refuse("reason", .notInSet, "is the product's own to say") }
    try form.finish()
    guard let reason, let text else { throw form.failure }
    return try await service.return(try call.reference(), reason: reason, text: text, presenting(call))
  }

  @Sendable private func decide(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let decisions = form.array("decisions", 1...200) { decision -> ClaimDecision? in
      let line = decision.required("line", .integer(1...10_000))
      return decision.claimDecision(line: line)
    }
    try form.finish()
    guard let decisions else { throw form.failure }
    return try await service.decide(try call.reference(), decisions, presenting(call))
  }

  @Sendable private func decideLine(_ call: Call) async throws -> Answer {
    guard let line = Int(call.parameter("line")), line > 0 else { throw Refusal.notFound }
    var form = try call.body()
    let decision = form.claimDecision(line: line)
    try form.finish()
    guard let decision else { throw form.failure }
    return try await service.decide(try call.reference(), [decision], presenting(call)) { _ in "#" }
  }

  @Sendable private func appeal(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let text = form.required("text", .text(1...2000))
    try form.finish()
    guard let text else { throw form.failure }
    return try await service.appeal(try call.reference(), text: text, presenting(call))
  }

  @Sendable private func withdraw(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .text(1...1000))
    try form.finish()
    guard let reason else { throw form.failure }
    return try await service.withdraw(try call.reference(), reason: reason, presenting(call))
  }
}

/// Drafts of the claim rules tried on past claims (A2).
package struct ClaimRuleTrialRoutes: Sendable {
  private let service: ClaimRuleTrialService

  package init(_ service: ClaimRuleTrialService) { self.service = service }

  package func add(to api: inout RouteTable) {
    api.post("/v1/claim-rules/what-if", .claimRulesWhatIf, status: 202, ask)
    api.get("/v1/claim-rules/what-if/{id}", .claimRulesWhatIf, get)
  }

  @Sendable private func ask(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let policy = form.required("policyId", .id(Policy.self))
    let from = form.required("submittedAtFrom", .timestamp)
    let before = form.required("submittedAtBefore", .timestamp)
    try form.finish()
    guard let policy, let from, let before else { throw form.failure }
    return try await service.ask(
      policy, from: from, before: before,
      call.command { trial in
        var answer = Answer.created(ClaimRuleTrialView(trial), location: "/v1/claim-rules/what-if/\(trial.id)")
        answer.status = 202
        return answer
      })
  }

  @Sendable private func get(_ call: Call) async throws -> Answer {
    let trial = try await service.get(try call.identifier(), call.caller)
    return Answer.ok(ClaimRuleTrialView(trial))
  }
}
