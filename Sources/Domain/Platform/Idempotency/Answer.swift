/// What a client gets: made at the edge, kept with the idempotency key in the transaction, and sent again byte for byte
/// when the request is repeated (C-19). Services carry it without looking inside.
package struct Answer: Hashable, Sendable {
  package struct Header: Hashable, Sendable {
    package let name: String
    package let value: String
    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package var status: Int
  package var headers: [Header]
  package var body: [UInt8]
  /// What is kept instead of `body` for a repetition: the same without a secret that is shown only once (C-22).
  package var repeatedBody: [UInt8]?
  /// What is sent instead of `body` by a download; never kept.
  package let stream: ByteStream?

  package init(
    status: Int, headers: [Header] = [], body: [UInt8] = [], repeatedBody: [UInt8]? = nil, stream: ByteStream? = nil
  ) {
    self.status = status
    self.headers = headers
    self.body = body
    self.repeatedBody = repeatedBody
    self.stream = stream
  }

  /// Bytes of a body that are kept for a repetition at most (C-19); the database refuses more
  /// (`idempotency_keys_body_length`).
  package static let keptBodyLimit = 256 * 1024

  /// What a repetition of the request gets. A body over the limit is not kept.
  package var kept: Answer {
    let answer = Answer(status: status, headers: headers, body: repeatedBody ?? body)
    return answer.body.count > Self.keptBodyLimit ? answer.withoutBody : answer
  }

  /// What is left to repeat when the body is not kept: status, `Location` and `ETag` say that the request took effect, and the
  /// client reads the document.
  package var withoutBody: Answer {
    Answer(status: status, headers: headers.filter { $0.name.lowercased() != "content-type" })
  }
}

/// The idempotency key of one write with what it must match (C-19).
package struct IdempotencyRequest: Hashable, Sendable {
  /// 16–128 printable ASCII characters, without the quotes.
  package let key: String
  /// `POST /v1/work-orders`: the same key on another operation is another key.
  package let operation: String
  /// SHA-256 of content type and body.
  package let fingerprint: [UInt8]

  package init(key: String, operation: String, fingerprint: [UInt8]) {
    self.key = key
    self.operation = operation
    self.fingerprint = fingerprint
  }
}

/// `If-Match` as the edge parsed it (RFC 9110 §13.1.1).
package enum Precondition: Hashable, Sendable {
  case any
  case versions([Int])

  package func allows(_ version: Int) -> Bool {
    switch self {
    case .any: true
    case .versions(let versions): versions.contains(version)
    }
  }

  package func require(_ version: Int) throws(Refusal) {
    if !allows(version) { throw .versionMismatch(current: version) }
  }
}

/// One write as the edge received it.
package struct Command<Output: Sendable>: Sendable {
  package let caller: Caller
  package let requestID: String
  /// The span of the request (W3C Trace Context): what its events name as their parent (C-31). `nil` outside a request.
  package let traceparent: String?
  package let at: Timestamp
  /// `nil` only for operations that create.
  package let precondition: Precondition?
  package let idempotency: IdempotencyRequest?
  /// Makes the answer inside the transaction, so that it is stored with the effect.
  package let present: @Sendable (Output) throws -> Answer

  package init(
    caller: Caller, requestID: String, traceparent: String? = nil, at: Timestamp, precondition: Precondition?,
    idempotency: IdempotencyRequest?, present: @escaping @Sendable (Output) throws -> Answer
  ) {
    self.caller = caller
    self.requestID = requestID
    self.traceparent = traceparent
    self.at = at
    self.precondition = precondition
    self.idempotency = idempotency
    self.present = present
  }
}

extension Command {
  /// The same write where it looks at other documents than the one whose version was named.
  package func unconditional() -> Command<Output> {
    Command(
      caller: caller, requestID: requestID, traceparent: traceparent, at: at, precondition: nil,
      idempotency: idempotency, present: present)
  }

  /// The same write, as another family takes part in it.
  package func beside() -> Command<Void> {
    Command<Void>(
      caller: caller, requestID: requestID, traceparent: traceparent, at: at, precondition: nil, idempotency: nil,
      present: { _ in Answer(status: 204) })
  }
}
