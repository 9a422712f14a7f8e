import Domain
package import Services

/// Users, their roles, deputies and passwords.
package struct UserRoutes {
  private let users: UserService
  private let delegations: DelegationService
  private let loginGuard: LoginGuard

  package init(_ users: UserService, delegations: DelegationService, loginGuard: LoginGuard) {
    self.users = users
    self.delegations = delegations
    self.loginGuard = loginGuard
  }

  package func add(to api: inout RouteTable) {
    api.get("/v1/users", .usersRead, list)
    api.post("/v1/users", .usersWrite, create)
    api.get("/v1/users/{id}", .usersRead, get)
    api.patch("/v1/users/{id}", .usersWrite, update)
    api.get("/v1/users/{id}/history", .usersRead, history)
    api.get("/v1/users/{id}/actions", .usersRead, actions)
    api.action("/v1/users/{id}/disable", .usersWrite, disable)
    api.action("/v1/users/{id}/enable", .usersWrite, enable)
    api.put("/v1/users/{id}/roles", .usersWrite, setRoles)
    // The last password set is the one that counts, and a user cannot always read his own record: no version is asked for.
    api.action(
      "/v1/users/{id}/password",
      .own("Everybody changes his own password; another's needs users:write, checked inside."),
      precondition: .optional, idempotency: .optional, password)
    api.get("/v1/users/{id}/delegations", .usersRead, listDelegations)
    api.post("/v1/users/{id}/delegations", .usersDelegate, delegate)
    api.action("/v1/users/{id}/delegations/{delegation}/revoke", .usersDelegate, revokeDelegation)
    api.problem(
      ProblemType(
        "delegation-ended", 409, "Delegation has ended", "It ended by itself; nothing is left to do.",
        members: ["deadline"]))
  }

  @Sendable func list(_ call: Call) async throws -> Answer {
    let filter = UserFilter(
      stationID: try call.query.id("stationId", Station.self), regionID: try call.query.id("regionId", Region.self),
      states: try call.query.anyOf("state", User.State.self), roles: try call.query.anyOf("role", Role.self),
      text: try call.query.text("q"))
    let page = try call.page(
      sorts: ["username", "displayName", "createdAt"], default: "username", window: UserService.window)
    let found = try await users.list(filter, page, call.caller)
    return try Answer.page(found.map { UserDocument($0, call.caller) }, call)
  }

  @Sendable func get(_ call: Call) async throws -> Answer {
    let user = try await users.get(try call.reference(), call.caller)
    return try Answer.ok(UserDocument(user, call.caller), call, etag: user.version)
  }

  @Sendable func actions(_ call: Call) async throws -> Answer {
    let user = try await users.get(try call.reference(), call.caller)
    return try Answer.ok(ActionOffersView(User.lifecycle.offers(on: user, to: call.caller), call), call)
  }

  @Sendable func history(_ call: Call) async throws -> Answer {
    let page = try call.page(sorts: ["position"], default: "position")
    return try Answer.page(try await users.history(try call.reference(), page, call.caller), call)
  }

  @Sendable func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let (draft, password) = try UserDraft.read(&form)
    return try await users.create(
      draft, password: password,
      call.command { [caller = call.caller] user in
        Answer.created(UserDocument(user, caller), location: "/v1/users/\(user.id)", etag: user.version)
      })
  }

  @Sendable func update(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let patch = try UserPatch.read(&form)
    return try await users.update(try call.reference(), patch, shown(call))
  }

  @Sendable func disable(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .text(1...500))
    try form.finish()
    guard let reason else { throw form.failure }
    return try await users.disable(try call.reference(), reason: reason, shown(call))
  }

  @Sendable func enable(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.optional("reason", .text(1...500))
    try form.finish()
    return try await users.enable(try call.reference(), reason: reason, shown(call))
  }

  @Sendable func setRoles(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let roles = form.required("roles", .array(of: .choice(Role.self), 1...20))
    let reason = form.optional("reason", .text(1...500))
    try form.finish()
    guard let roles else { throw form.failure }
    return try await users.setRoles(try call.reference(), Set(roles), reason: reason, shown(call))
  }

  /// With `currentPassword` the caller's own; without it somebody else's, who must then choose a new one.
  @Sendable func password(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let current = form.optional("currentPassword", .text(1...512))
    let password = form.required("password", .text(1...512))
    try form.finish()
    guard let password else { throw form.failure }
    guard let current else { return try await users.resetPassword(try call.reference(), to: password, shown(call)) }
    let attempt = LoginAttempt(
      kind: .user, account: call.caller.subject.id.map { User.ID($0).description } ?? "", address: call.remoteAddress,
      requestID: call.requestID, traceparent: call.trace.traceparent, at: call.at)
    do {
      return try await users.changeOwnPassword(
        try call.reference(), from: current, to: password, loginGuard, attempt, shown(call))
    } catch OAuthRefusal.tooManyAttempts(let seconds) {
      throw Problem(.quotaExceeded, headers: [.retryAfter(seconds)])
    }
  }

  @Sendable func listDelegations(_ call: Call) async throws -> Answer {
    let page = try call.page(sorts: ["startsAt"], default: "-startsAt")
    let found = try await delegations.list(try call.reference(), page, call.caller)
    return try Answer.page(found.map { DelegationDocument($0, at: call.at) }, call)
  }

  @Sendable func delegate(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let deputy = form.required("toUserId", .id(User.self))
    let roles = form.required("roles", .array(of: .choice(Role.self), 1...20))
    let startsAt = form.optional("startsAt", .timestamp)
    let endsAt = form.required("endsAt", .timestamp)
    let reason = form.required("reason", .text(1...500))
    try form.finish()
    guard let deputy, let roles, let endsAt, let reason else { throw form.failure }
    let draft = DelegationDraft(roles: Set(roles), startsAt: startsAt ?? call.at, endsAt: endsAt, reason: reason)
    let lender: Reference<User> = try call.reference()
    return try await delegations.create(
      draft, from: lender, to: deputy,
      call.command { [at = call.at] lent in
        Answer.created(
          DelegationDocument(lent.delegation, at: at),
          location: "/v1/users/\(lent.delegation.fromID)/delegations", etag: lent.lenderVersion)
      })
  }

  @Sendable func revokeDelegation(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.optional("reason", .text(1...500))
    try form.finish()
    return try await delegations.revoke(
      try call.identifier("delegation"), from: try call.reference(), reason: reason,
      call.command { [at = call.at] lent in
        Answer.ok(DelegationDocument(lent.delegation, at: at), etag: lent.lenderVersion)
      })
  }

  private func shown(_ call: Call) -> Command<User> {
    call.command { [caller = call.caller] user in Answer.ok(UserDocument(user, caller), etag: user.version) }
  }
}
