package import Domain
import FoundationEssentials

/// Turns a bearer token into a caller. The closure belongs to whoever verifies tokens; `nil` means the token is good
/// for nothing.
package struct Authenticator: Sendable {
  package let verify: @Sendable (_ bearerToken: String) async throws -> Caller?

  package init(_ verify: @escaping @Sendable (_ bearerToken: String) async throws -> Caller?) { self.verify = verify }

  /// - Throws: 401 with the challenge of RFC 6750 §3.
  func caller(authorization: String?) async throws -> Caller {
    guard let authorization else { throw Self.refusal(nil) }
    guard let token = Self.bearerToken(authorization) else { throw Self.refusal("invalid_request") }
    guard let caller = try await verify(token) else { throw Self.refusal("invalid_token") }
    return caller
  }

  /// RFC 6750 §2.1; the scheme's case does not matter.
  static func bearerToken(_ field: String) -> String? {
    let units = field.utf8
    guard units.count > 7, units.count <= 4096, field.prefix(7).lowercased() == "bearer " else { return nil }
    let token = MediaType.trimmed(field.dropFirst(7))
    let isToken = !token.isEmpty && token.utf8.allSatisfy { ASCII.isAlphanumeric($0) || "-._~+/=".utf8.contains($0) }
    return isToken ? String(token) : nil
  }

  private static func refusal(_ error: String?) -> Problem {
    let challenge = "Bearer realm=\"after-sales\"" + (error.map { ", error=\"\($0)\"" } ?? "")
    return Problem(.unauthenticated, headers: [Answer.Header("www-authenticate", challenge)])
  }
}

extension Caller {
  /// Who comes to an open operation: may nothing and sees nothing.
  package static let anonymous: Caller = {
    let nobody = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    return Caller(
      subject: .client(nobody), name: "anonymous", roles: [], permissions: [], scope: .supplier(nobody))
  }()
}
