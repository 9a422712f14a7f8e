package import Domain
import FoundationEssentials
import HTTPTypes

/// One request as a handler sees it: behind routing, authentication, permission, media type and header checks.
package struct Call: Sendable {
  package let caller: Caller
  package let requestID: String
  package let trace: TraceContext
  package let at: Timestamp
  package let operation: Operation
  let facts: RequestFacts

  /// The document that the path names, by identity or by number (C-03). An id that cannot exist is simply not found.
  package func reference<Of>(_ name: String = "id", _ kind: Of.Type = Of.self) throws(Refusal) -> Reference<Of> {
    Reference<Of>(try value(name))
  }

  /// A path parameter that can only be an identity (lines and other parts without a number): anything else is 404.
  package func identifier<Of>(_ name: String = "id", _ kind: Of.Type = Of.self) throws(Refusal) -> Identifier<Of> {
    guard let id = Identifier<Of>(try value(name)) else { throw .notFound }
    return id
  }

  /// A path parameter, percent-decoded; empty if the template has none of this name.
  package func parameter(_ name: String) -> String { facts.parameter(name, of: operation) ?? "" }

  private func value(_ name: String) throws(Refusal) -> String {
    guard let value = facts.parameter(name, of: operation), value.utf8.count <= 100 else { throw .notFound }
    return value
  }

  package var query: QueryReader { facts.query }

  /// A header field as it came; several of one name are joined by comma.
  package func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { facts.headers[$0] } }

  /// The peer, or what a trusted proxy said about it.
  package var remoteAddress: String { facts.remoteAddress }

  /// Path without query, as it was sent.
  package var path: String { facts.path }

  /// To be called before a search by personal data.
  package func takeSearch() throws(Problem) { try facts.searches.take() }

  // MARK: Body

  /// The body as a form. What cannot be read at all never got here (400); what is wrong in it is collected (422).
  package func body() throws -> Form {
    switch facts.body {
    case .object(let object, let violations): return Form(object, violations: violations)
    case .none, .bytes, .stream: throw Problem(.malformedRequest, "The operation has no JSON body.")
    }
  }

  /// The bytes as they came.
  package var bytes: [UInt8] {
    switch facts.body {
    case .bytes(let bytes): bytes
    case .none, .object, .stream: []
    }
  }

  /// The bytes as they come, to be read once.
  package var stream: ByteStream {
    switch facts.body {
    case .stream(let stream): stream
    case .none, .object, .bytes: ByteStream(length: 0) { _ in }
    }
  }

  /// The media type of the body, in lower case and without parameters.
  package var mediaType: String { header("content-type").flatMap(MediaType.essence) ?? "" }

  /// The fields of a form body; a repeated name or a broken escape is 400.
  package func formFields() throws(Problem) -> [String: String] {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Problem(.malformedRequest, "The body is not UTF-8.")
    }
    let reader: QueryReader
    do throws(Problem) { reader = try QueryReader.parse(text[...]) } catch {
      throw Problem(.malformedRequest, "The form cannot be read: a name is repeated or an escape is broken.")
    }
    return Dictionary(reader.parameters.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  // MARK: Writes

  /// The write that this request asks for. `present` makes the answer inside the transaction (C-19).
  package func command<Output: Sendable>(
    _ present: @escaping @Sendable (Output) throws -> Answer
  ) -> Command<Output> {
    Command(
      caller: caller, requestID: requestID, traceparent: trace.traceparent, at: at, precondition: facts.precondition,
      idempotency: facts.idempotency, present: present)
  }

  /// The write that a body asks for which had to be read before: a repetition is known by what was in it (C-19).
  ///
  /// - Parameter content: whatever tells bodies and what came beside them apart.
  package func command<Output: Sendable>(
    of content: [[UInt8]], _ present: @escaping @Sendable (Output) throws -> Answer
  ) -> Command<Output> {
    Command(
      caller: caller, requestID: requestID, at: at, precondition: facts.precondition,
      idempotency: facts.idempotency.map { IdempotencyKey.extend($0, by: content) }, present: present)
  }
}

/// What the dispatcher found out about a request, shared by all copies of its `Call`.
final class RequestFacts: Sendable {
  enum Body: Sendable {
    case none
    case object(JSONObject, [Violation])
    case bytes([UInt8])
    case stream(ByteStream)
  }

  let parameters: [String]
  let query: QueryReader
  let headers: HTTPFields
  let path: String
  let body: Body
  let precondition: Precondition?
  let idempotency: IdempotencyRequest?
  let remoteAddress: String
  /// `https://host`, for absolute URLs.
  let origin: String
  let cursors: CursorCodec
  let searches: SearchQuota
  /// What the documents of the answer have; `nil`: the contract does not say.
  let members: FieldSelection.Sightings?

  init(
    parameters: [String], query: QueryReader, headers: HTTPFields, path: String, body: Body,
    precondition: Precondition?, idempotency: IdempotencyRequest?, remoteAddress: String, origin: String,
    cursors: CursorCodec, searches: SearchQuota, members: FieldSelection.Sightings?
  ) {
    self.parameters = parameters
    self.query = query
    self.headers = headers
    self.path = path
    self.body = body
    self.precondition = precondition
    self.idempotency = idempotency
    self.remoteAddress = remoteAddress
    self.origin = origin
    self.cursors = cursors
    self.searches = searches
    self.members = members
  }

  func parameter(_ name: String, of operation: Operation) -> String? {
    guard let index = operation.parameterNames.firstIndex(of: name), parameters.indices.contains(index) else {
      return nil
    }
    return parameters[index]
  }
}
