import Domain

/// CORS by an allow-list of exact origins; off when it is empty (C-28). Tokens travel in a header, so credentials mode
/// is never offered.
package struct CrossOrigin: Sendable {
  private let origins: Set<String>

  package init(_ origins: Set<String> = []) { self.origins = origins }

  /// Headers of every answer to a request with `Origin`.
  func headers(origin: String?) -> [Answer.Header] {
    guard !origins.isEmpty else { return [] }
    // The answer differs by origin even when this one is not let in.
    guard let origin, origins.contains(origin) else { return [Answer.Header("vary", "Origin")] }
    return [
      Answer.Header("access-control-allow-origin", origin),
      Answer.Header(
        "access-control-expose-headers",
        "Accept-Patch, Accept-Ranges, Allow, Content-Disposition, Content-Range, ETag, Idempotency-Replayed, Link, Location, "
          + "RateLimit, RateLimit-Policy, Retry-After, Upsert-Outcome, WWW-Authenticate, X-Request-Id"),
      Answer.Header("vary", "Origin"),
    ]
  }

  /// What a preflight request gets besides.
  func preflight(origin: String?, requestedMethod: String?, allow: String) -> [Answer.Header] {
    guard let origin, origins.contains(origin), requestedMethod != nil else { return [] }
    return [
      Answer.Header("access-control-allow-methods", allow),
      Answer.Header(
        "access-control-allow-headers",
        "Access-Purpose, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, If-Range, Range, Traceparent, "
          + "Tracestate, X-Request-Id"),
      Answer.Header("access-control-max-age", "600"),
    ]
  }
}
