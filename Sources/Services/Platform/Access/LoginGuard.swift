package import Domain
import Repositories
import Synchronization

/// Who tries to prove who he is, and from where.
package struct LoginAttempt: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable {
    case user, client
  }

  package let kind: Kind
  /// User name or client identifier as presented, known or not.
  package let account: String
  /// Network address of the caller as the edge trusts it.
  package let address: String
  package let requestID: String
  package let traceparent: String?
  package let at: Timestamp

  package init(
    kind: Kind, account: String, address: String, requestID: String, traceparent: String? = nil, at: Timestamp
  ) {
    self.kind = kind
    self.account = account
    self.address = address
    self.requestID = requestID
    self.traceparent = traceparent
    self.at = at
  }

  var accountKey: [UInt8] { SecretDigest.of("\(kind.rawValue):\(account)") }
  var addressKey: [UInt8] { SecretDigest.of(address) }
}

/// Slows guessing down (C-25): buckets in memory refuse bursts before anything is read, counted failures in the database slow
/// every instance alike. Known and unknown accounts are treated the same.
package final class LoginGuard: Sendable {
  /// Size and refill of a bucket.
  package struct Rate: Sendable {
    package var burst: Double
    package var perSecond: Double
    package init(burst: Double, perSecond: Double) {
      self.burst = burst
      self.perSecond = perSecond
    }
  }

  package struct Limits: Sendable {
    package var user: Rate
    package var client: Rate
    package var address: Rate
    /// Buckets kept at most; the fullest go first.
    package var tracked: Int

    package init(
      user: Rate = Rate(burst: 20, perSecond: 0.5), client: Rate = Rate(burst: 120, perSecond: 20),
      address: Rate = Rate(burst: 300, perSecond: 30), tracked: Int = 20_000
    ) {
      self.user = user
      self.client = client
      self.address = address
      self.tracked = tracked
    }
  }

  private struct Bucket {
    var tokens: Double
    var at: Timestamp
    let rate: Rate

    mutating func refill(at instant: Timestamp) {
      let seconds = Double(max(0, instant.milliseconds - at.milliseconds)) / 1000
      tokens = min(rate.burst, tokens + seconds * rate.perSecond)
      at = max(at, instant)
    }
  }

  private let limits: Limits
  private let buckets = Mutex<[[UInt8]: Bucket]>([:])

  package init(limits: Limits = Limits()) { self.limits = limits }

  /// - Throws: `OAuthRefusal.tooManyAttempts`.
  func admit(_ attempt: LoginAttempt) throws {
    let rate = attempt.kind == .user ? limits.user : limits.client
    let wait = buckets.withLock { buckets -> Double in
      if buckets.count >= limits.tracked { Self.shrink(&buckets, to: limits.tracked / 2, at: attempt.at) }
      let address = Self.take(attempt.addressKey, limits.address, &buckets, at: attempt.at)
      return address > 0 ? address : Self.take(attempt.accountKey, rate, &buckets, at: attempt.at)
    }
    if wait > 0 { throw OAuthRefusal.tooManyAttempts(retryAfter: Int(wait.rounded(.up))) }
  }

  func refuseIfBlocked(_ until: Timestamp?, _ attempt: LoginAttempt) throws {
    guard let until, until > attempt.at else { return }
    throw OAuthRefusal.tooManyAttempts(retryAfter: Int(until.seconds(since: attempt.at)) + 1)
  }

  /// Counts the failure against account and address. The rows are taken in one order, so that two failures at once do not
  /// wait for each other.
  func countFailure(_ attempt: LoginAttempt, in tx: Transaction) async throws {
    let (account, address) = try await tx.run(
      LoginFailureRepository.count(.account, attempt.accountKey, at: attempt.at),
      LoginFailureRepository.count(.address, attempt.addressKey, at: attempt.at))
    for (target, key, failures) in [
      (LoginTarget.account, attempt.accountKey, account), (.address, attempt.addressKey, address),
    ] {
      let pause = target.pauseSeconds(afterFailures: failures)
      if pause > 0 {
        tx.enqueue(LoginFailureRepository.block(target, key, until: attempt.at.adding(seconds: pause)))
      }
    }
  }

  private static func take(
    _ key: [UInt8], _ rate: Rate, _ buckets: inout [[UInt8]: Bucket], at instant: Timestamp
  ) -> Double {
    var bucket = buckets[key] ?? Bucket(tokens: rate.burst, at: instant, rate: rate)
    bucket.refill(at: instant)
    defer { buckets[key] = bucket }
    guard bucket.tokens >= 1 else { return (1 - bucket.tokens) / rate.perSecond }
    bucket.tokens -= 1
    return 0
  }

  /// Full buckets tell nothing; of the rest the emptiest are the ones that matter.
  private static func shrink(_ buckets: inout [[UInt8]: Bucket], to count: Int, at instant: Timestamp) {
    for key in Array(buckets.keys) { buckets[key]?.refill(at: instant) }
    let kept = buckets.filter { $0.value.tokens < $0.value.rate.burst }
      .sorted { $0.value.tokens / $0.value.rate.burst < $1.value.tokens / $1.value.rate.burst }
      .prefix(count)
    buckets = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
  }
}
