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
  /// The body piece by piece, up to so many bytes; beyond them throws `BodyFailure.tooLarge` without reading on.
  package let read: Read

  package typealias Read =
    @Sendable (_ maximum: Int, _ allowance: BodyAllowance, _ take: ([UInt8]) async throws -> Void) async throws -> Void

  package init(
    head: HTTPRequest, peer: String, collect: @escaping @Sendable (Int) async throws -> [UInt8], read: @escaping Read
  ) {
    self.head = head
    self.peer = peer
    self.collect = collect
    self.read = read
  }

  package init(head: HTTPRequest, peer: String = "127.0.0.1", body: [UInt8] = []) {
    self.init(
      head: head, peer: peer,
      collect: { maximum in
        if body.count > maximum { throw BodyFailure.tooLarge }
        return body
      },
      read: { maximum, _, take in
        if body.count > maximum { throw BodyFailure.tooLarge }
        if !body.isEmpty { try await take(body) }
      })
  }
}

/// What a body that streams may take its time for, instead of the absolute deadline of others: every window must bring its
/// share, so a line that is slow gets through and one that has died is noticed.
package struct BodyAllowance: Hashable, Sendable {
  package let bytesPerSecond: Int
  /// Seconds.
  package let window: Int64
  /// Seconds from the end of the body to the head of its answer: many bytes take long to store.
  package let answer: Int64

  package init(bytesPerSecond: Int, window: Int64 = 15, answer: Int64 = 300) {
    self.bytesPerSecond = bytesPerSecond
    self.window = window
    self.answer = answer
  }

  /// What a window must bring.
  var share: Int { bytesPerSecond * Int(window) }
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
