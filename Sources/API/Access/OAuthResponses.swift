import Domain
import Services

/// RFC 6749 §5.1.
struct TokenDocument: JSONWritable {
  let tokens: IssuedTokens

  func write(to json: inout JSONWriter) {
    json.object {
      $0.field("access_token", tokens.access.text)
      $0.field("expires_in", tokens.expiresIn)
      if let refresh = tokens.refresh { $0.field("refresh_token", refresh.text) }
      $0.field("scope", tokens.permissions.scopeText)
      $0.field("token_type", "Bearer")
    }
  }
}

/// RFC 6749 §5.2.
struct OAuthErrorDocument: JSONWritable {
  let refusal: OAuthRefusal

  func write(to json: inout JSONWriter) {
    json.object {
      $0.field("error", refusal.code)
      $0.field("error_description", refusal.sentence)
    }
  }
}

/// RFC 7662 §2.2; of an inactive token nothing else is said.
struct IntrospectionDocument: JSONWritable {
  let grounds: TokenGrounds?

  func write(to json: inout JSONWriter) {
    json.object {
      $0.field("active", grounds != nil)
      guard let grounds else { return }
      let caller = grounds.caller
      $0.field("exp", grounds.token.expiresAt.milliseconds / 1000)
      $0.field("iat", grounds.token.issuedAt.milliseconds / 1000)
      $0.array("roles", caller.roles.map(\.rawValue).sorted())
      $0.field("scope", caller.permissions.scopeText)
      $0.field("sub", caller.subject.id)
      $0.field("token_type", "Bearer")
      $0.field("username", caller.name)
    }
  }
}

/// RFC 8414 §2.
struct ServerMetadata: JSONWritable {
  let issuer: String

  func write(to json: inout JSONWriter) {
    let methods = ["client_secret_basic", "client_secret_post"]
    json.object {
      $0.array("grant_types_supported", ["client_credentials", "password", "refresh_token"])
      $0.field("introspection_endpoint", issuer + "/oauth2/introspect")
      $0.array("introspection_endpoint_auth_methods_supported", methods)
      $0.field("issuer", issuer)
      $0.array("response_types_supported", [String]())
      $0.field("revocation_endpoint", issuer + "/oauth2/revoke")
      $0.array("revocation_endpoint_auth_methods_supported", methods)
      $0.array("scopes_supported", Permission.allCases.map(\.rawValue))
      $0.field("token_endpoint", issuer + "/oauth2/token")
      $0.array("token_endpoint_auth_methods_supported", methods + ["none"])
    }
  }
}

extension Set<Permission> {
  /// `scope` of RFC 6749 §3.3.
  fileprivate var scopeText: String { map(\.rawValue).sorted().joined(separator: " ") }
}
