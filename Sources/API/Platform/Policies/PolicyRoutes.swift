package import Domain
package import Services

/// Policies over HTTP: what holds, and the versions of each key with their life cycle.
package struct PolicyRoutes: LifecycleRoutes {
  package let service: PolicyService

  package init(_ service: PolicyService) { self.service = service }

  package static let template = "/v1/policies/{key}/versions/{version}"

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.get("/v1/policies/{key}", .policiesRead, current)
    api.post("/v1/policies/{key}/versions", .policiesWrite, create)
    api.patch(Self.template, .policiesWrite, update)
    addLifecycle(to: &api)
    api.problem(
      ProblemType(
        "policy-not-editable", 409, "Policy not editable", "Only a draft can be changed; draft a new version.",
        members: ["allowedStates", "state"]))
    api.problem(
      ProblemType(
        "policy-overlap", 409, "Policy overlaps", "Another version begins at the same time.",
        members: ["conflicts", "validFrom"]))
    api.problem(
      ProblemType(
        "policy-gap", 409, "Policy leaves a gap", "Approve the version that follows first.",
        members: ["conflicts", "validTo"]))
    api.problem(
      ProblemType(
        "policy-in-force", 409, "Policy in force", "What holds or has held stays; approve a new version.",
        members: ["validFrom"]))
    api.problem(
      ProblemType(
        "valid-from-passed", 409, "Time has passed", "A policy begins now or later.",
        members: ["field", "validFrom", "validTo"]))
  }

  /// `/v1/policies/clocks/versions/3` is `clocks@3`.
  package func reference(_ call: Call) throws -> Reference<Policy> {
    .number("\(try key(call).rawValue)@\(call.parameter("version"))")
  }

  package func location(of policy: Policy) -> String {
    "/v1/policies/\(policy.key.rawValue)/versions/\(policy.policyVersion.number)"
  }

  private func key(_ call: Call) throws(Refusal) -> PolicyKey {
    guard let key = PolicyKey(rawValue: call.parameter("key")) else { throw .notFound }
    return key
  }

  // MARK: Reading

  package func filter(_ query: QueryReader) throws -> PolicyFilter {
    var filter = PolicyFilter()
    filter.keys = try query.anyOf("key", PolicyKey.self)
    filter.states = try query.anyOf("state", Policy.State.self)
    filter.vehicleModelID = try query.id("vehicleModelId", VehicleModel.self)
    filter.regionID = try query.id("regionId", Region.self)
    filter.validAt = try query.timestamp("validAt")
    return filter
  }

  package func view(_ policy: Policy, for caller: Caller) -> PolicyView { PolicyView(policy, for: caller) }

  package func summary(_ policy: Policy, for caller: Caller) -> PolicyView {
    PolicyView(policy, for: caller, isSummary: true)
  }

  /// What holds now or at another time, for everybody or for a model or region.
  @Sendable private func current(_ call: Call) async throws -> Answer {
    let key = try key(call)
    let instant = try call.query.timestamp("at") ?? call.at
    let model = try call.query.id("vehicleModelId", VehicleModel.self).map(PolicySubject.vehicleModel)
    let region = try call.query.id("regionId", Region.self).map(PolicySubject.region)
    let subjects = [model, region].compactMap(\.self)
    let policy = try await service.current(key, for: subjects, at: instant, call.caller)
    return try Answer.ok(view(policy, for: call.caller), call, etag: policy.version)
  }

  // MARK: Writing

  @Sendable private func create(_ call: Call) async throws -> Answer {
    let key = try key(call)
    var form = try call.body()
    return try await service.create(try form.policyDraft(key), creating(call))
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    var form = try call.body()
    return try await service.update(try reference(call), try form.policyPatch(), presenting(call))
  }

  package func handler(for action: Policy.Action) -> RouteTable.Handler {
    switch action {
    case .submit: submit
    case .approve: approve
    case .return: `return`
    case .reject: reject
    case .withdraw: moving(action)
    case .revoke: revoke
    }
  }

  @Sendable private func submit(_ call: Call) async throws -> Answer {
    var form = try call.body()
    try form.finish()
    return try await service.submit(try reference(call), presenting(call))
  }

  @Sendable private func approve(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    return try await service.approve(try reference(call), comment: note, presenting(call))
  }

  @Sendable private func `return`(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = try form.reason()
    return try await service.return(try reference(call), comment: reason, presenting(call))
  }

  @Sendable private func reject(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = try form.reason()
    return try await service.reject(try reference(call), comment: reason, presenting(call))
  }

  @Sendable private func revoke(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = try form.reason()
    return try await service.revoke(try reference(call), comment: reason, presenting(call))
  }
}
