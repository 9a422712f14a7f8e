import Domain
package import Services

/// What everybody may know: himself, and which roles there are.
package struct MeRoutes {
  private let me: MeService

  package init(_ me: MeService) { self.me = me }

  package func add(to api: inout RouteTable) {
    api.get("/v1/me", .own("Everybody may know what his own token says."), get)
    api.get("/v1/roles", .metaRead, listRoles)
  }

  @Sendable func get(_ call: Call) async throws -> Answer {
    try Answer.ok(MeDocument(standing: try await me.get(call.caller, at: call.at), at: call.at), call)
  }

  /// All of them on one page: the table is code.
  @Sendable func listRoles(_ call: Call) async throws -> Answer {
    try Answer.page(Page(items: Role.allCases.map(RoleDocument.init), next: nil, previous: nil), call)
  }
}
