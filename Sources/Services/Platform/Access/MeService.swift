package import Domain
package import Repositories

/// What a caller may know about himself: `GET /v1/me`.
package struct MeService: Sendable {
  private let database: Database

  package init(_ database: Database) { self.database = database }

  package struct Standing: Sendable {
    package let caller: Caller
    package let username: String?
    package let mustChangePassword: Bool
    /// Received and not over, begun or not.
    package let delegations: [Delegation]
    /// The teams that he is in (SEC-02).
    package let cases: [CaseMembership]
    /// `nil` only for callers without a token.
    package let tokenExpiresAt: Timestamp?
  }

  /// Asked in the product's own scope, because a user without a station is outside what his own scope shows; only rows that
  /// carry his own identity are asked for.
  package func get(_ caller: Caller, at instant: Timestamp) async throws -> Standing {
    let token = try await caller.tokenID.asyncMap { id in
      try await database.read(.system, TokenRepository.find(AccessToken.ID(id)))
    }
    guard case .user(let id) = caller.subject else {
      return Standing(
        caller: caller, username: nil, mustChangePassword: false, delegations: [], cases: [],
        tokenExpiresAt: token.flatMap { $0?.expiresAt })
    }
    let (user, delegations, cases) = try await database.read(
      .system, UserRepository.find(.id(User.ID(id)), in: .network),
      DelegationRepository.open(to: User.ID(id), at: instant), CaseGrantRepository.live(of: User.ID(id)))
    return Standing(
      caller: caller, username: user?.username, mustChangePassword: user?.mustChangePassword ?? false,
      delegations: delegations, cases: cases, tokenExpiresAt: token.flatMap { $0?.expiresAt })
  }
}

extension Optional {
  fileprivate func asyncMap<Output>(_ transform: (Wrapped) async throws -> Output) async rethrows -> Output? {
    if let value = self { try await transform(value) } else { nil }
  }
}
