import Domain
import FoundationEssentials
import Services

/// The form of a token request. Unknown parameters are ignored, as RFC 6749 §3.2 wants; empty ones count as absent.
struct OAuthFields {
  private let fields: [String: String]

  init(_ call: Call) throws(OAuthRefusal) {
    do throws(Problem) { fields = try call.formFields() } catch {
      throw .invalidRequest(error.detail ?? "The form cannot be read.")
    }
  }

  subscript(name: String) -> String? {
    guard let value = fields[name], !value.isEmpty else { return nil }
    return value
  }

  func required(_ name: String) throws(OAuthRefusal) -> String {
    guard let value = self[name] else { throw .invalidRequest("The parameter \(name) is missing.") }
    return value
  }
}

/// How a machine client says who it is: HTTP Basic with both parts form-encoded (RFC 6749 §2.3.1), or in the body.
struct OAuthCredentials {
  let clientID: String
  let secret: String

  /// `nil`: the request carries none.
  /// - Throws: `invalidRequest` for both ways at once, `invalidClient` for a header that cannot be read or half of a pair.
  init?(_ call: Call, _ fields: OAuthFields) throws(OAuthRefusal) {
    let inBody = fields["client_id"] != nil || fields["client_secret"] != nil
    if let basic = Self.basic(call) {
      if inBody { throw .invalidRequest("The client authenticates in the header and in the body.") }
      guard let data = Data(base64Encoded: basic), let text = String(validating: data, as: UTF8.self),
        let colon = text.firstIndex(of: ":"),
        let clientID = PercentEncoding.decode(text[..<colon], plusIsSpace: true),
        let secret = PercentEncoding.decode(text[text.index(after: colon)...], plusIsSpace: true)
      else { throw .invalidClient }
      self.clientID = clientID
      self.secret = secret
      return
    }
    guard inBody else { return nil }
    guard let clientID = fields["client_id"], let secret = fields["client_secret"] else { throw .invalidClient }
    self.clientID = clientID
    self.secret = secret
  }

  func attempt(_ call: Call) -> LoginAttempt {
    LoginAttempt(
      kind: .client, account: clientID, address: call.remoteAddress, requestID: call.requestID,
      traceparent: call.trace.traceparent, at: call.at)
  }

  /// The token of an `Authorization: Bearer` header.
  static func bearer(_ call: Call) -> String? { call.header("authorization").flatMap(Authenticator.bearerToken) }

  private static func basic(_ call: Call) -> String? {
    guard let header = call.header("authorization") else { return nil }
    let parts = header.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "basic" else { return nil }
    return String(parts[1].drop { $0 == " " })
  }
}
