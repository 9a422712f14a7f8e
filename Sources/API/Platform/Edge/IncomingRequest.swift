package import HTTPTypes

/// One request as the server hands it over.
package struct IncomingRequest: Sendable {
  package enum BodyFailure: Error, Sendable {
    case tooLarge
  }

  package let head: HTTPRequest
  /// Address of the connection, without port.
  package let peer: String
  /// The whole body, if it is no larger than so many bytes; otherwise throws `BodyFailure.tooLarge` without reading on.
  package let collect: @Sendable (_ maximum: Int) async throws -> [UInt8]

  package init(head: HTTPRequest, peer: String, collect: @escaping @Sendable (Int) async throws -> [UInt8]) {
    self.head = head
    self.peer = peer
    self.collect = collect
  }

  package init(head: HTTPRequest, peer: String = "127.0.0.1", body: [UInt8] = []) {
    self.init(head: head, peer: peer) { maximum in
      if body.count > maximum { throw BodyFailure.tooLarge }
      return body
    }
  }
}

extension HTTPField.Name {
  static let requestID = nameOf("x-request-id")
  static let traceparent = nameOf("traceparent")
  static let tracestate = nameOf("tracestate")
  static let idempotencyKey = nameOf("idempotency-key")
  static let forwarded = nameOf("forwarded")
  static let forwardedFor = nameOf("x-forwarded-for")
  static let forwardedProto = nameOf("x-forwarded-proto")
  static let forwardedHost = nameOf("x-forwarded-host")

  /// For literals, which are always well formed.
  private static func nameOf(_ literal: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(literal) else { preconditionFailure("\(literal) is not a field name") }
    return name
  }
}
