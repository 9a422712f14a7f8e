/// Why a token endpoint does not answer with a token: the codes of RFC 6749 §5.2, which keep their names (C-22).
package enum OAuthRefusal: Error, Hashable, Sendable {
  /// The request cannot be read: something is missing, repeated or contradictory.
  case invalidRequest(String)
  /// The machine client is unknown, revoked, or gave the wrong secret; which of them is not said.
  case invalidClient
  /// User name, password or refresh token is wrong, expired, used or revoked; which of them is not said (C-25).
  case invalidGrant
  /// The authenticated client may not do this.
  case unauthorizedClient(String)
  case unsupportedGrantType
  /// A permission was asked for that does not exist or that the subject does not have.
  case invalidScope
  /// Too many failures, or too many at once (C-25); seconds until a repetition has a chance.
  case tooManyAttempts(retryAfter: Int)

  /// The value of `error`. RFC 6749 has none for too many attempts; the nearest of its registry is taken.
  package var code: String {
    switch self {
    case .invalidRequest: "invalid_request"
    case .invalidClient: "invalid_client"
    case .invalidGrant: "invalid_grant"
    case .unauthorizedClient: "unauthorized_client"
    case .unsupportedGrantType: "unsupported_grant_type"
    case .invalidScope: "invalid_scope"
    case .tooManyAttempts: "temporarily_unavailable"
    }
  }

  /// The value of `error_description`: the same words for every cause that must not be told apart.
  package var sentence: String {
    switch self {
    case .invalidRequest(let detail), .unauthorizedClient(let detail): detail
    case .invalidClient: "Client authentication failed."
    case .invalidGrant: "The user name, password or refresh token is not valid."
    case .unsupportedGrantType: "Supported are client_credentials for clients, password and refresh_token for users."
    case .invalidScope: "A requested permission does not exist or is not held."
    case .tooManyAttempts: "Too many attempts; try again later."
    }
  }

  package var status: Int {
    switch self {
    case .invalidClient: 401
    case .tooManyAttempts: 429
    case .invalidRequest, .invalidGrant, .unauthorizedClient, .unsupportedGrantType, .invalidScope: 400
    }
  }
}
