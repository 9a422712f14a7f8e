import Domain

/// Searches by personal data (a telephone number, a name) have a quota of their own, so that nobody finds out a register by
/// trying numbers (SEC-04, C-27).
struct SearchQuota: Sendable {
  static let policy = "personalSearch"

  private let limiter: RateLimiter
  private let configuration: EdgeConfiguration
  private let caller: Caller?
  private let now: @Sendable () -> Int64

  init(
    _ limiter: RateLimiter, _ configuration: EdgeConfiguration, _ caller: Caller?, now: @escaping @Sendable () -> Int64
  ) {
    self.limiter = limiter
    self.configuration = configuration
    self.caller = caller
    self.now = now
  }

  /// - Throws: 429 when the caller has searched too often.
  func take() throws(Problem) {
    guard let subject = caller?.subject.id else { return }
    let verdict = limiter.take(
      .subject(subject), policy: Self.policy, quota: configuration.personalSearchQuota, now: now())
    if !verdict.isAllowed { throw Dispatcher.quotaExceeded(Self.policy, verdict) }
  }
}
