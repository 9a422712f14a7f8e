package import Domain
import Repositories

/// Who asks for the end or the state of a token.
package enum TokenAuthority: Sendable {
  /// A machine client that proved itself with its secret.
  case client(MachineClient)
  /// First-party users, and holders of operators' tokens, with a live access token.
  case bearer(Caller)
}

extension TokenService {
  /// RFC 7009: what is unknown, malformed, expired or revoked is as good as revoked. A user's token takes its family with it:
  /// who logs out has logged out.
  /// - Throws: `OAuthRefusal.unauthorizedClient` for a live token of somebody else; nothing is revoked then.
  package func revoke(
    _ presented: String, by authority: TokenAuthority, requestID: String, traceparent: String? = nil,
    at instant: Timestamp
  ) async throws {
    guard let text = TokenText(presented), text.kind == .access || text.kind == .refresh else { return }
    try await database.write(.system) { tx in
      let found = try await tx.run(TokenRepository.find(SecretDigest.of(text), at: instant))
      guard let token = found else { return }
      guard authority.owns(token) else {
        throw OAuthRefusal.unauthorizedClient("The token was issued to somebody else.")
      }
      tx.enqueue(TokenRepository.revokeFamily(token.family, at: instant))
      switch token.holder {
      case .user(let id):
        tx.enqueue(AccessChangeRepository.notify(.user(id.uuid)))
        let holder = try await tx.run(UserRepository.find(.id(id), in: .network))
        guard let user = holder else { return }
        tx.record(
          Change(
            type: "user.loggedOut", resource: .user, id: id.uuid, number: user.username, version: user.version,
            station: user.assignment.stationID),
          by: Self.command(authority.caller, requestID, traceparent, instant))
      case .client, .operatorIssued:
        tx.enqueue(AccessChangeRepository.notify(.token(token.id.uuid)))
      }
    }
  }

  /// RFC 7662 for access tokens; refresh tokens are nobody's business but this endpoint's and count as inactive.
  /// - Returns: `nil` for inactive, which a token outside the client's own part of the network is, too.
  /// - Throws: `OAuthRefusal.unauthorizedClient` without `tokens:introspect`.
  package func introspect(
    _ presented: String, by client: MachineClient, at instant: Timestamp
  ) async throws -> TokenGrounds? {
    guard client.effectivePermissions.contains(.tokensIntrospect) else {
      throw OAuthRefusal.unauthorizedClient("The client may not introspect tokens.")
    }
    guard let text = TokenText(presented), text.kind == .access else { return nil }
    let found = try await database.read(.system, TokenRepository.grounds(SecretDigest.of(text), at: instant))
    guard let found, client.assignment == .network || client.assignment == found.assignment else { return nil }
    return found
  }
}

extension TokenAuthority {
  fileprivate func owns(_ token: AccessToken) -> Bool {
    switch (self, token.holder) {
    case (.client(let client), .client(let id)): client.id == id
    case (.bearer(let caller), .user(let id)): caller.subject == .user(id.uuid)
    case (.bearer(let caller), .client), (.bearer(let caller), .operatorIssued): caller.tokenID == token.id.uuid
    case (.client, .user), (.client, .operatorIssued): false
    }
  }

  fileprivate var caller: Caller {
    switch self {
    case .bearer(let caller): caller
    case .client(let client):
      Caller(
        subject: .client(client.id.uuid), name: client.name, roles: client.roles,
        permissions: client.effectivePermissions, scope: client.assignment.scope(stations: []))
    }
  }
}
