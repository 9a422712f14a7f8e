import Domain
import FoundationEssentials
package import Services

/// OAuth 2.0 (RFC 6749, 7009, 7662, 8414): the only operations with snake_case and an error form of their own (C-08, C-22).
package struct OAuthRoutes {
  private let tokens: TokenService
  private let verifier: TokenVerifier

  package init(_ tokens: TokenService, verifier: TokenVerifier) {
    self.tokens = tokens
    self.verifier = verifier
  }

  package func add(to api: inout RouteTable) {
    api.form("/oauth2/token", .open("The caller proves who he is in the request itself."), token)
    api.form("/oauth2/revoke", .open("Client credentials, or the bearer's own token, are checked inside."), revoke)
    api.form("/oauth2/introspect", .open("Client credentials are checked inside."), introspect)
    api.get(
      "/.well-known/oauth-authorization-server", .open("Tells clients where to authenticate (RFC 8414)."), metadata)
  }

  @Sendable func token(_ call: Call) async throws -> Answer {
    try await answering {
      let fields = try OAuthFields(call)
      let credentials = try OAuthCredentials(call, fields)
      switch fields["grant_type"] {
      case nil: throw OAuthRefusal.invalidRequest("The parameter grant_type is missing.")
      case "client_credentials":
        guard let credentials else { throw OAuthRefusal.invalidClient }
        return Self.issued(
          try await tokens.grantClient(
            secret: credentials.secret, scope: fields["scope"], credentials.attempt(call)))
      case "password":
        // Machine clients have no users to speak for; the login is first-party (C-25).
        if credentials != nil { throw OAuthRefusal.unsupportedGrantType }
        let username = try fields.required("username").lowercased()
        let password = Normalisation.nfc(try fields.required("password"))
        return Self.issued(
          try await tokens.grantPassword(
            password, scope: fields["scope"],
            LoginAttempt(
              kind: .user, account: username, address: call.remoteAddress, requestID: call.requestID,
              traceparent: call.trace.traceparent, at: call.at)))
      case "refresh_token":
        if credentials != nil {
          throw OAuthRefusal.unauthorizedClient("Machine clients have no refresh tokens.")
        }
        return Self.issued(
          try await tokens.grantRefresh(
            try fields.required("refresh_token"), scope: fields["scope"], requestID: call.requestID,
            traceparent: call.trace.traceparent, at: call.at))
      case .some: throw OAuthRefusal.unsupportedGrantType
      }
    }
  }

  @Sendable func revoke(_ call: Call) async throws -> Answer {
    try await answering {
      let fields = try OAuthFields(call)
      let authority: TokenAuthority
      if let credentials = try OAuthCredentials(call, fields) {
        authority = .client(
          try await tokens.authenticate(secret: credentials.secret, credentials.attempt(call)))
      } else if let bearer = OAuthCredentials.bearer(call), let verified = try await verifier.verify(bearer) {
        authority = .bearer(verified.caller)
      } else {
        throw OAuthRefusal.invalidClient
      }
      try await tokens.revoke(
        try fields.required("token"), by: authority, requestID: call.requestID, traceparent: call.trace.traceparent,
        at: call.at)
      return Answer(status: 200, headers: [Answer.Header("cache-control", "no-store")])
    }
  }

  @Sendable func introspect(_ call: Call) async throws -> Answer {
    try await answering {
      let fields = try OAuthFields(call)
      guard let credentials = try OAuthCredentials(call, fields) else { throw OAuthRefusal.invalidClient }
      let client = try await tokens.authenticate(secret: credentials.secret, credentials.attempt(call))
      let found = try await tokens.introspect(try fields.required("token"), by: client, at: call.at)
      return Self.answer(200, IntrospectionDocument(grounds: found))
    }
  }

  @Sendable func metadata(_ call: Call) async throws -> Answer {
    Answer.json(200, ServerMetadata(issuer: call.facts.origin))
  }

  private static func issued(_ tokens: IssuedTokens) -> Answer { answer(200, TokenDocument(tokens: tokens)) }

  /// Neither tokens nor refusals are for caches (RFC 6749 §5.1).
  fileprivate static func answer(
    _ status: Int, _ document: some JSONWritable, _ headers: [Answer.Header] = []
  ) -> Answer {
    var answer = Answer.json(status, document)
    answer.headers.append(Answer.Header("cache-control", "no-store"))
    answer.headers += headers
    return answer
  }

  private func answering(_ body: () async throws -> Answer) async throws -> Answer {
    do {
      return try await body()
    } catch let refusal as OAuthRefusal {
      return Self.refused(refusal)
    } catch Failure.overloaded(let seconds) {
      return Self.refused(.tooManyAttempts(retryAfter: seconds))
    }
  }

  private static func refused(_ refusal: OAuthRefusal) -> Answer {
    var headers: [Answer.Header] = []
    switch refusal {
    case .invalidClient: headers.append(Answer.Header("www-authenticate", "Basic realm=\"after-sales\""))
    case .tooManyAttempts(let seconds): headers.append(.retryAfter(seconds))
    case .invalidRequest, .invalidGrant, .unauthorizedClient, .unsupportedGrantType, .invalidScope: break
    }
    return answer(refusal.status, OAuthErrorDocument(refusal: refusal), headers)
  }
}
