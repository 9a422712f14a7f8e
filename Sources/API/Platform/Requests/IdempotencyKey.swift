import Crypto
import Domain

/// The `Idempotency-Key` field (draft-ietf-httpapi-idempotency-key-header-07, C-19). A change of the draft's syntax is
/// an edit of this file.
enum IdempotencyKey {
  /// A structured-field string in quotes, or a bare token, of 16–128 printable ASCII characters; `nil` for anything
  /// else.
  static func parse(_ field: String) -> String? {
    let text = MediaType.trimmed(field[...])
    var key = ""
    if text.hasPrefix("\"") {
      guard text.utf8.count >= 2, text.hasSuffix("\"") else { return nil }
      var escaped = false
      for scalar in text.dropFirst().dropLast().unicodeScalars {
        guard (0x20...0x7E).contains(scalar.value) else { return nil }
        if escaped {
          guard scalar == "\"" || scalar == "\\" else { return nil }
          key.unicodeScalars.append(scalar)
          escaped = false
        } else if scalar == "\\" {
          escaped = true
        } else if scalar == "\"" {
          return nil
        } else {
          key.unicodeScalars.append(scalar)
        }
      }
      guard !escaped else { return nil }
    } else {
      guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: ",") })
      else { return nil }
      key = String(text)
    }
    return (16...128).contains(key.utf8.count) ? key : nil
  }

  /// What a repetition must match: content type, body, and the authority of the caller, so that an answer is never told
  /// again to somebody who has since lost sight of what it shows (C-19). Keyed, because bodies carry passwords, of which a
  /// plain hash would be a fast one.
  static func fingerprint(contentType: String, body: [UInt8], authority: [UInt8], key: [UInt8]) -> [UInt8] {
    var code = HMAC<SHA256>(key: SymmetricKey(data: key))
    for part in [Array(contentType.utf8), authority] {
      code.update(data: part)
      code.update(data: [0])
    }
    code.update(data: body)
    return Array(code.finalize())
  }

  /// The same request with what only came to light while its body streamed.
  static func extend(_ request: IdempotencyRequest, by content: [[UInt8]]) -> IdempotencyRequest {
    var hash = SHA256()
    for part in [request.fingerprint] + content {
      hash.update(data: Array("\(part.count) ".utf8))
      hash.update(data: part)
    }
    return IdempotencyRequest(key: request.key, operation: request.operation, fingerprint: Array(hash.finalize()))
  }

  /// Scope, roles and granted cases as bytes: what a caller is told again, he must still be allowed to see.
  static func authority(of caller: Caller?) -> [UInt8] {
    guard let caller else { return [] }
    let roles = caller.roles.map(\.rawValue).sorted().joined(separator: ",")
    let sight = caller.may(.customersReadPersonal) ? "personal" : "masked"
    let cases = caller.scope.cases.map { " " + $0.canonical }.sorted().joined()
    return Array("\(caller.scope.kind.rawValue) \(caller.scope.partHolder) \(roles) \(sight)\(cases)".utf8)
  }
}
