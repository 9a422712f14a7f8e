package import Domain
import HTTPTypes
package import Logging

/// The way of a request through the edge, one function from top to bottom (`process`). The order is C-07's:
///
///  1. request id and trace context, which every answer and log line carries
///  2. length of the target; route
///  3. overload guard: shed by criticality before anything costs
///  4. rate limit by address
///  5. unknown path 404; OPTIONS
///  6. authentication 401; rate limit by client 429; wrong method 405; permission 403
///  7. Accept 406, Content-Type 415, body 413
///  8. what cannot be read 400: query, Idempotency-Key, If-Match, JSON
///  9. the handler: 404, 403 by object, 412, 422, 409 — and 428 in place of 412 and 422 if If-Match was missing
/// 10. query parameters nobody asked for 400; If-None-Match 304
/// 11. the record of whose personal data the answer shows, before it is sent
///
/// Around it (`respond`): every error becomes a problem, and then every answer gets the security headers, CORS, rate
/// limit fields and `Cache-Control`, is counted and logged. So errors carry the same headers as successes.
package struct Dispatcher: Sendable {
  private let routes: [RouteTable.Route]
  /// By position in `routes`: where the version of the named document is found.
  private let documents: [(@Sendable (Call) async throws -> Int)?]
  /// By position in `routes`: what `fields` may name.
  private let members: [FieldSelection.Sightings?]
  private let index: RouteIndex
  private let catalogue: ProblemCatalogue
  let authenticator: Authenticator
  let configuration: EdgeConfiguration
  private let proxies: ProxyTrust
  private let crossOrigin: CrossOrigin
  private let cursors: CursorCodec
  private let disclosures: DisclosureRecord
  let limiter = RateLimiter()
  private let clock: WallClock
  /// Where requests are worked on from their first byte; `nil`: the global pool.
  let executor: (any TaskExecutor)?
  private let log: AccessLog
  let monotonic: @Sendable () -> Int64
  package let overload: OverloadGuard
  package let metrics: Metrics

  /// - Parameters:
  ///   - executor: where requests are worked on; `nil`: the global pool.
  ///   - monotonic: nanoseconds that never go back, for quotas and durations.
  package init(
    _ table: RouteTable, authenticator: Authenticator, disclosures: DisclosureRecord,
    configuration: EdgeConfiguration, clock: WallClock,
    metrics: Metrics, logger: Logger, executor: (any TaskExecutor)? = nil,
    monotonic: @escaping @Sendable () -> Int64 = MonotonicClock.nanoseconds
  ) {
    routes = table.routes
    documents = table.operations.map { operation in
      // A part with a version of its own stands nearer than the whole.
      table.documents.filter { operation.template == $0.key || operation.template.hasPrefix($0.key + "/") }
        .max { $0.key.utf8.count < $1.key.utf8.count }?.value
    }
    members = table.operations.map { $0.method == .get ? table.members[$0.template] : nil }
    index = RouteIndex(table.operations)
    catalogue = table.problems
    self.authenticator = authenticator
    self.disclosures = disclosures
    self.configuration = configuration
    self.clock = clock
    self.metrics = metrics
    self.executor = executor
    self.monotonic = monotonic
    proxies = ProxyTrust(configuration.trustedProxies)
    crossOrigin = CrossOrigin(configuration.allowedOrigins)
    cursors = CursorCodec(secret: configuration.cursorSecret)
    overload = OverloadGuard(configuration.overload)
    log = AccessLog(logger: logger)
    metrics.gauge("http_server_requests_in_progress", "Requests being worked on.") { [overload] in
      Double(overload.inProgress)
    }
    metrics.counter("http_server_requests_shed_total", "Requests refused by the overload guard.") { [overload] in
      overload.shed
    }
    metrics.gauge("rate_limit_buckets", "Rate limit buckets in memory.") { [limiter] in Double(limiter.count) }
    for operation in table.operations {
      if let quota = operation.quota {
        Swift.precondition(configuration.quotas[quota] != nil, "\(operation.name) names the unknown quota \(quota)")
      }
    }
  }

  /// Never throws: whatever goes wrong is an answer.
  package func respond(to request: IncomingRequest) async -> Answer {
    var exchange = Exchange(request, started: monotonic())
    defer {
      if exchange.isAdmitted { overload.leave() }
      if exchange.isStreaming { overload.leaveStream() }
    }
    var answer: Answer
    do {
      answer = try await process(&exchange)
    } catch {
      var problem = Problem(error, catalogue: catalogue)
      if exchange.lacksPrecondition, problem.type == .versionMismatch || problem.type == .validationFailed {
        problem = Problem(.preconditionRequired)
      }
      if problem.status >= 500, problem.type != .overloaded { log.failure(error, exchange, status: problem.status) }
      answer = problem.answer(
        instance: String(exchange.path), requestID: exchange.requestID, traceID: exchange.trace.traceID)
    }
    complete(&answer, exchange)
    let duration = monotonic() - exchange.started
    metrics.record(route: exchange.route, status: answer.status, nanoseconds: duration)
    log.answered(answer, exchange, nanoseconds: duration)
    return answer
  }

  private func process(_ exchange: inout Exchange) async throws -> Answer {
    let request = exchange.request
    let fields = request.head.headerFields
    let method = request.head.method.rawValue

    // 2. Length and route
    guard exchange.target.utf8.count <= configuration.maximumTarget else {
      throw Problem(.uriTooLong, nil, ["maximumBytes": .number(configuration.maximumTarget)])
    }
    let outcome = index.find(method: method, path: exchange.path)
    if case .found(let match) = outcome {
      exchange.route = match.route
      exchange.operation = routes[match.route].operation
    }

    // 3. Overload
    exchange.isAdmitted = overload.enter(exchange.operation?.criticality ?? .list)
    guard exchange.isAdmitted else { throw Failure.overloaded(retryAfter: 1) }

    // 4. Address
    let client = proxies.client(
      peer: request.peer, forwarded: fields[.forwarded], forwardedFor: fields[.forwardedFor],
      scheme: fields[.forwardedProto], host: fields[.forwardedHost])
    exchange.address = client.address
    let isLimited = exchange.operation.map { $0.quota != nil } ?? true
    let isLogin = exchange.path.hasPrefix("/oauth2/")
    if isLimited { try limitAddress(&exchange, isLogin: isLogin, cost: isLogin ? 1 : 0) }

    // 5. Unknown path, OPTIONS
    let match: RouteIndex.Match
    switch outcome {
    case .notFound:
      throw Problem(.notFound)
    case .methodNotAllowed(let allow, _) where method == "OPTIONS":
      let preflight = crossOrigin.preflight(
        origin: fields[.origin], requestedMethod: fields[.accessControlRequestMethod], allow: allow)
      return Answer(status: 204, headers: [Answer.Header("allow", allow)] + preflight)
    case .methodNotAllowed(let allow, let isOpen):
      if !isOpen { exchange.caller = try await authenticate(&exchange) }
      throw Problem(.methodNotAllowed, headers: [Answer.Header("allow", allow)])
    case .found(let found):
      match = found
    }
    let operation = routes[match.route].operation

    // 6. Who asks, and may he
    switch operation.access {
    case .open:
      if isLimited, !isLogin { try limitAddress(&exchange, isLogin: false, cost: 1) }
    case .own:
      exchange.caller = try await authenticate(&exchange)
    case .permission(let permission):
      let caller = try await authenticate(&exchange)
      guard caller.may(permission) else { throw Refusal.forbidden(permission) }
      exchange.caller = caller.exercising(permission)
    }

    // 7. Media types and body
    guard MediaType.accepts(fields[.accept], offered: operation.produces) else {
      throw Problem(
        .notAcceptable, "Available: \(operation.produces.joined(separator: ", ")).",
        [
          "available": .texts(operation.produces)
        ])
    }
    var bytes: [UInt8] = []
    var stream: ByteStream?
    if case .stream(_, let bytesPerSecond) = operation.body {
      stream = try streamBody(operation, request, bytesPerSecond: bytesPerSecond)
      try standAside(&exchange)
    } else {
      if operation.isPatient { try standAside(&exchange) }
      bytes = try await readBody(operation, request)
    }

    // 8. What cannot be read
    let query = try QueryReader.parse(exchange.query)
    if operation.method != .get, !operation.takesQuery { try query.finish() }
    let idempotency = try idempotency(operation, fields, exchange.path, bytes, exchange.caller)
    let precondition = try precondition(operation, fields, &exchange)
    let body = if let stream { RequestFacts.Body.stream(stream) } else { try await readable(bytes, operation) }
    let purpose = try DisclosureRecord.purpose(fields)
    let now = clock.now()
    let past = try operation.readsPast ? query.past(now: now) : nil

    // 9. The handler
    let shown = DisclosureRecord.log(
      of: exchange.caller, requestID: exchange.requestID, operation: operation, purpose: purpose, at: now)
    let quotas = SearchQuota(limiter, configuration, exchange.caller, now: monotonic)
    let call = Call(
      caller: (exchange.caller ?? .anonymous).recording(in: shown).reading(asOf: past), requestID: exchange.requestID,
      trace: exchange.trace, at: past ?? now,
      operation: operation,
      facts: RequestFacts(
        parameters: match.parameters, query: query, headers: fields, path: String(exchange.path), body: body,
        precondition: precondition, idempotency: idempotency, remoteAddress: exchange.address,
        origin: origin(client, request.head), cursors: cursors, searches: quotas, members: members[match.route]))
    exchange.origin = call.facts.origin
    let handler = routes[match.route].handler
    var answer: Answer
    do {
      if stream == nil {
        answer = try await handler(call)
      } else {
        // A handler that waits for a client and for disks has no business on the database's thread.
        answer = try await withTaskExecutorPreference(globalConcurrentExecutor) { try await handler(call) }
      }
    } catch let refusal as Refusal {
      guard case .invalid = refusal, operation.method != .get, let version = documents[match.route] else {
        throw refusal
      }
      try await Self.requireDocument(version, call, precondition)
      throw refusal
    }

    // The past does not change any more, and no write can be based on it: it has no version.
    if past != nil { answer.headers.removeAll { $0.name == "etag" } }

    // 10. Afterthoughts of reads
    if operation.method == .get {
      try query.finish()
      if answer.status == 200 || answer.status == 206, let condition = fields[.ifNoneMatch],
        let tag = answer.headers.first(where: { $0.name == "etag" }), EntityTag.matches(condition, current: tag.value)
      {
        answer = Answer(status: 304, headers: answer.headers.filter { $0.name != "content-type" && $0.name != "link" })
      }
    }

    // 11. What is shown is recorded first
    if (200..<300).contains(answer.status) { try await disclosures.settle(shown) }
    return answer
  }

  /// A wrong body is told only of a document that is there in the expected version (C-07). A caller who may write but not
  /// read gets his 422.
  private static func requireDocument(
    _ version: @Sendable (Call) async throws -> Int, _ call: Call, _ precondition: Precondition?
  ) async throws {
    do {
      let current = try await version(call)
      try precondition?.require(current)
    } catch Refusal.forbidden {
      return
    }
  }

  // MARK: Every answer

  private func origin(_ client: ProxyTrust.Client, _ head: HTTPRequest) -> String {
    if let origin = configuration.publicOrigin { return origin }
    let host = client.host ?? head.authority ?? ""
    let isHost =
      !host.isEmpty && host.utf8.count <= 255
      && host.utf8.allSatisfy { ASCII.isAlphanumeric($0) || ".-:[]".utf8.contains($0) }
    return "\(client.scheme ?? "http")://\(isHost ? host : "localhost")"
  }

  private func complete(_ answer: inout Answer, _ exchange: Exchange) {
    if let location = answer.headers.firstIndex(where: { $0.name == "location" }),
      answer.headers[location].value.hasPrefix("/")
    {
      answer.headers[location] = Answer.Header("location", exchange.origin + answer.headers[location].value)
    }
    if !answer.headers.contains(where: { $0.name == "cache-control" }) {
      answer.headers.append(Answer.Header("cache-control", "no-store"))
    }
    if !answer.headers.contains(where: { $0.name == "content-security-policy" }) {
      answer.headers.append(
        Answer.Header("content-security-policy", "frame-ancestors 'none'; default-src 'none'"))
    }
    answer.headers.append(contentsOf: Self.security)
    if let transport = configuration.strictTransportSecurity {
      answer.headers.append(Answer.Header("strict-transport-security", transport))
    }
    answer.headers.append(Answer.Header("x-request-id", exchange.requestID))
    if let limits = exchange.limits { answer.headers.append(contentsOf: limits.headers) }
    answer.headers.append(contentsOf: crossOrigin.headers(origin: exchange.request.head.headerFields[.origin]))
  }

  private static let security = [
    Answer.Header("referrer-policy", "no-referrer"),
    Answer.Header("x-content-type-options", "nosniff"),
    Answer.Header("x-frame-options", "DENY"),
  ]
}
