import Domain
import HTTPTypes

/// What is known about a request so far; the log line and every answer are made from it, however far it came.
struct Exchange: Sendable {
  let request: IncomingRequest
  let started: Int64
  let requestID: String
  let trace: TraceContext
  /// Path and query.
  let target: String
  /// As it was sent, undecoded.
  let path: Substring
  let query: Substring?
  var route: Int?
  var operation: Operation?
  var caller: Caller?
  var isAdmitted = false
  var isStreaming = false
  var lacksPrecondition = false
  var address: String
  var origin = ""
  var limits: RateLimitFields?

  init(_ request: IncomingRequest, started: Int64) {
    self.request = request
    self.started = started
    let fields = request.head.headerFields
    requestID = RequestIdentity.requestID(fields[.requestID])
    trace = TraceContext(traceparent: fields[.traceparent], tracestate: fields[.tracestate])
    target = Self.originForm(request.head.path ?? "/")
    if let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) {
      path = target[..<mark]
      query = target[target.index(after: mark)...]
    } else {
      path = target[...]
      query = nil
    }
    address = request.peer
  }

  /// Clients of a proxy may send the absolute form (RFC 9112 §3.2.2): the same resource.
  private static func originForm(_ target: String) -> String {
    guard !target.hasPrefix("/"), let scheme = target.firstRange(of: "://") else { return target }
    let rest = target[scheme.upperBound...]
    guard let slash = rest.firstIndex(of: "/") else { return "/" }
    return String(rest[slash...])
  }
}

/// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11, C-27). A change of the draft's syntax
/// is an edit here.
struct RateLimitFields: Sendable {
  let policy: String
  let quota: Quota
  let verdict: RateLimiter.Verdict

  var headers: [Answer.Header] {
    let effective = verdict.isAllowed && verdict.remaining > 0 ? quota.seconds : max(1, verdict.retryAfter)
    return [
      Answer.Header("ratelimit-policy", "\"\(policy)\";q=\(quota.requests);w=\(quota.seconds)"),
      Answer.Header("ratelimit", "\"\(policy)\";r=\(verdict.remaining);t=\(effective)"),
    ]
  }
}
