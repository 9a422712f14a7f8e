import Crypto
import FoundationEssentials

/// Standard Webhooks 1.0.0: what proves a receiver that a request is ours, and not an old one (C-30).
package enum WebhookSignature {
  private static let prefix = "whsec_"

  /// `whsec_` and 32 random bytes in base64.
  package static func newSecret() -> String {
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    return prefix + Data(bytes).base64EncodedString()
  }

  /// `v1,BASE64` for each secret, by spaces: HMAC-SHA256 over identity, time and body.
  /// - Parameter seconds: of the attempt, Unix time.
  package static func header(id: String, seconds: Int64, body: [UInt8], secrets: [String]) -> String {
    secrets.map { secret in
      let text = secret.hasPrefix(prefix) ? String(secret.dropFirst(prefix.count)) : secret
      let key = SymmetricKey(data: Data(base64Encoded: text) ?? Data(text.utf8))
      let signed = Array("\(id).\(seconds).".utf8) + body
      return "v1," + Data(HMAC<SHA256>.authenticationCode(for: signed, using: key)).base64EncodedString()
    }.joined(separator: " ")
  }
}
