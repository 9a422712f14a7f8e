import Domain
import HTTPTypes

// The steps of `Dispatcher.process` that have something to decide. Each throws the answer that ends the request.
extension Dispatcher {
  /// Refused attempts count against the address, good ones against the client: a station's whole staff may share an
  /// address.
  func authenticate(_ exchange: inout Exchange) async throws -> Caller {
    let caller: Caller
    do {
      caller = try await authenticator.caller(authorization: exchange.request.head.headerFields[.authorization])
    } catch let problem as Problem where problem.type == .unauthenticated {
      try limitAddress(&exchange, isLogin: false, cost: 1)
      throw problem
    }
    exchange.caller = caller
    guard let policy = exchange.operation.map(\.quota) ?? "default", let quota = configuration.quotas[policy],
      let subject = caller.subject.id
    else { return caller }
    let verdict = limiter.take(.subject(subject), policy: policy, quota: quota, now: monotonic())
    exchange.limits = RateLimitFields(policy: policy, quota: quota, verdict: verdict)
    if !verdict.isAllowed { throw Self.quotaExceeded(policy, verdict) }
    return caller
  }

  func limitAddress(_ exchange: inout Exchange, isLogin: Bool, cost: Int) throws {
    let policy = isLogin ? "login" : "address"
    let quota = isLogin ? configuration.loginQuota : configuration.addressQuota
    let holder = IPAddress(exchange.address).map { RateLimiter.Holder.address($0.network) } ?? .unknown
    let verdict = limiter.take(holder, policy: policy, quota: quota, now: monotonic(), cost: cost)
    guard verdict.isAllowed else {
      exchange.limits = RateLimitFields(policy: policy, quota: quota, verdict: verdict)
      throw Self.quotaExceeded(policy, verdict)
    }
    if cost > 0 { exchange.limits = RateLimitFields(policy: policy, quota: quota, verdict: verdict) }
  }

  /// What takes as long as a client's line, or as long as nothing happens, is counted apart from what takes as long as the
  /// product.
  func standAside(_ exchange: inout Exchange) throws {
    exchange.isStreaming = overload.enterStream()
    guard exchange.isStreaming else { throw Failure.overloaded(retryAfter: 5) }
    overload.leave()
    exchange.isAdmitted = false
  }

  static func quotaExceeded(_ policy: String, _ verdict: RateLimiter.Verdict) -> Problem {
    Problem(
      .quotaExceeded, "The quota '\(policy)' is used up.", ["violated-policies": .texts([policy])],
      headers: [.retryAfter(verdict.retryAfter)])
  }

  /// What comes before the bytes: type, packing, announced length.
  private static func checkBody(_ operation: Operation, _ request: IncomingRequest) throws -> Problem {
    let fields = request.head.headerFields
    if let type = fields[.contentType] {
      guard let essence = MediaType.essence(type), operation.body.mediaTypes.contains(essence) else {
        throw unsupportedMediaType(operation)
      }
    }
    let tooLarge = Problem(.contentTooLarge, nil, ["maximumBytes": .number(operation.maximumBody)])
    if let length = fields[.contentLength].flatMap({ Int($0) }), length > operation.maximumBody { throw tooLarge }
    // Bytes packed by the client would need unpacking with a limit of its own; nobody asked for that.
    if let encoding = fields[.contentEncoding], encoding.lowercased() != "identity" {
      throw unsupportedMediaType(operation)
    }
    return tooLarge
  }

  /// The body as it comes, for a handler that reads it; the limits hold while it is read.
  func streamBody(_ operation: Operation, _ request: IncomingRequest, bytesPerSecond: Int) throws -> ByteStream {
    let tooLarge = try Self.checkBody(operation, request)
    let fields = request.head.headerFields
    guard fields[.contentType] != nil else { throw Self.unsupportedMediaType(operation) }
    let allowance = BodyAllowance(bytesPerSecond: bytesPerSecond)
    return ByteStream(length: fields[.contentLength].flatMap { Int($0) }) { take in
      do {
        try await request.read(operation.maximumBody, allowance, take)
      } catch is IncomingRequest.BodyFailure {
        throw tooLarge
      }
    }
  }

  func readBody(_ operation: Operation, _ request: IncomingRequest) async throws -> [UInt8] {
    guard operation.body != .none else { return [] }
    let tooLarge = try Self.checkBody(operation, request)
    let fields = request.head.headerFields
    let bytes: [UInt8]
    do {
      bytes = try await request.collect(operation.maximumBody)
    } catch is IncomingRequest.BodyFailure {
      throw tooLarge
    }
    if fields[.contentType] == nil, !(bytes.isEmpty && operation.body == .optionalJSON) {
      throw Self.unsupportedMediaType(operation)
    }
    return bytes
  }

  private static func unsupportedMediaType(_ operation: Operation) -> Problem {
    let types = operation.body.mediaTypes
    let header = operation.method == .patch ? "accept-patch" : "accept"
    return Problem(
      .unsupportedMediaType, "Send \(types.joined(separator: " or ")) in UTF-8, not packed.",
      ["supported": .texts(types)], headers: [Answer.Header(header, types.joined(separator: ", "))])
  }

  /// What would hold up everybody's requests is parsed where it holds up nobody's.
  func readable(_ bytes: [UInt8], _ operation: Operation) async throws -> RequestFacts.Body {
    guard bytes.count > Self.largeBody else { return try parse(bytes, operation) }
    return try await withTaskExecutorPreference(globalConcurrentExecutor) { try parse(bytes, operation) }
  }

  /// Bytes that take about a tenth of a millisecond to parse.
  private static let largeBody = 16 * 1024

  private func parse(_ bytes: [UInt8], _ operation: Operation) throws -> RequestFacts.Body {
    switch operation.body {
    case .none: return .none
    case .form, .bytes, .stream: return .bytes(bytes)
    case .json, .optionalJSON, .mergePatch: break
    }
    if bytes.isEmpty, operation.body == .optionalJSON { return .object(JSONObject(), []) }
    do {
      let (value, violations) = try JSONParser.parse(bytes)
      guard case .object(let object) = value else {
        throw Refusal.invalid("#", .wrongType, "must be an object, not \(value.kind)")
      }
      return .object(object, violations)
    } catch let fault as JSONParser.Malformed {
      throw Problem(
        .malformedRequest, "The body \(fault.reason.rawValue) (byte \(fault.offset)).",
        ["offset": .number(fault.offset)])
    }
  }

  func idempotency(
    _ operation: Operation, _ fields: HTTPFields, _ path: Substring, _ bytes: [UInt8], _ caller: Caller?
  ) throws -> IdempotencyRequest? {
    guard operation.idempotency != .ignored else { return nil }
    guard let field = fields[.idempotencyKey] else {
      if operation.idempotency == .required { throw Problem(.idempotencyKeyRequired) }
      return nil
    }
    guard let key = IdempotencyKey.parse(field) else {
      throw Problem(.malformedRequest, "Idempotency-Key must be 16 to 128 printable ASCII characters in quotes.")
    }
    return IdempotencyRequest(
      key: key, operation: "\(operation.method.rawValue) \(path)",
      fingerprint: IdempotencyKey.fingerprint(
        contentType: fields[.contentType] ?? "", body: bytes, authority: IdempotencyKey.authority(of: caller),
        key: configuration.cursorSecret))
  }

  /// A missing `If-Match` allows no version, so that the service still says 404 first; `respond` turns its 412 into
  /// 428.
  func precondition(
    _ operation: Operation, _ fields: HTTPFields, _ exchange: inout Exchange
  ) throws -> Precondition? {
    guard operation.precondition != .none else { return nil }
    guard let field = fields[.ifMatch] else {
      guard operation.precondition == .required else { return .any }
      exchange.lacksPrecondition = true
      return .versions([])
    }
    guard let precondition = EntityTag.precondition(field) else {
      throw Problem(.malformedRequest, "If-Match must be '*' or a list of entity tags.")
    }
    return precondition
  }
}

extension Operation {
  /// Imports and the like are steered by their query; other writes have none.
  var takesQuery: Bool {
    switch body {
    case .bytes, .stream: true
    case .none, .json, .optionalJSON, .mergePatch, .form: false
    }
  }
}
