import FoundationEssentials
import Synchronization

/// So many requests in so many seconds, with all of them allowed at once.
package struct Quota: Hashable, Sendable {
  package let requests: Int
  package let seconds: Int

  package init(requests: Int, seconds: Int = 60) {
    precondition(requests > 0 && seconds > 0, "a quota of nothing would refuse everybody")
    self.requests = requests
    self.seconds = seconds
  }
}

/// Token buckets, counted in this process (C-27). Each is one number: the instant at which its bucket would be full
/// again (generic cell rate algorithm), so that nothing has to be refilled and the arithmetic is exact.
package final class RateLimiter: Sendable {
  enum Holder: Hashable, Sendable {
    case subject(UUID)
    case address(IPAddress)
    case unknown
  }

  struct Verdict: Equatable, Sendable {
    let isAllowed: Bool
    /// Whole requests that are left now.
    let remaining: Int
    /// Seconds until one more is allowed, at least 1; 0 if one is allowed now.
    let retryAfter: Int
  }

  private struct Key: Hashable {
    let policy: String
    let holder: Holder
  }

  private static let maximumBuckets = 100_000

  private let buckets = Mutex<[Key: Int64]>([:])

  package init() {}

  /// - Parameters:
  ///   - now: nanoseconds of a clock that never goes back.
  ///   - cost: 0 asks without taking.
  func take(_ holder: Holder, policy: String, quota: Quota, now: Int64, cost: Int = 1) -> Verdict {
    let window = Int64(quota.seconds) * 1_000_000_000
    let interval = window / Int64(quota.requests)
    return buckets.withLock { buckets in
      let key = Key(policy: policy, holder: holder)
      let full = max(buckets[key] ?? now, now)
      let spent = full - now
      let needed = interval * Int64(max(cost, 1))
      // `interval` is rounded down, so the last request of a full bucket must not fail by the remainder.
      guard spent + needed <= max(window, needed) else {
        let wait = spent + needed - window
        return Verdict(isAllowed: false, remaining: 0, retryAfter: Int((wait + 999_999_999) / 1_000_000_000))
      }
      guard cost > 0 else {
        return Verdict(isAllowed: true, remaining: Self.remaining(window - spent, interval, quota), retryAfter: 0)
      }
      if buckets[key] == nil, buckets.count >= Self.maximumBuckets { Self.sweep(&buckets, now) }
      buckets[key] = full + needed
      return Verdict(
        isAllowed: true, remaining: Self.remaining(window - spent - needed, interval, quota), retryAfter: 0)
    }
  }

  /// Buckets in memory, for the gauge.
  var count: Int { buckets.withLock { $0.count } }

  private static func remaining(_ left: Int64, _ interval: Int64, _ quota: Quota) -> Int {
    min(quota.requests, Int(left / interval))
  }

  /// Full buckets say nothing. If none is full, somebody floods with identities: start again rather than grow.
  private static func sweep(_ buckets: inout [Key: Int64], _ now: Int64) {
    buckets = buckets.filter { $0.value > now }
    if buckets.count >= maximumBuckets { buckets.removeAll() }
  }
}
