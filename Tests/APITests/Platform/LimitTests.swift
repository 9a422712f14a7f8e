import Domain
import FoundationEssentials
import Testing

@testable import API

@Suite struct LimitTests {
  private let second: Int64 = 1_000_000_000

  @Test("a bucket gives its quota at once, then one at a time (C-27)")
  func burst() throws {
    let limiter = RateLimiter()
    let quota = Quota(requests: 600, seconds: 60)
    let holder = RateLimiter.Holder.subject(UUID())
    for left in (0..<600).reversed() {
      #expect(
        limiter.take(holder, policy: "p", quota: quota, now: 0)
          == .init(isAllowed: true, remaining: left, retryAfter: 0))
    }
    #expect(
      limiter.take(holder, policy: "p", quota: quota, now: 0) == .init(isAllowed: false, remaining: 0, retryAfter: 1))
    #expect(limiter.take(holder, policy: "q", quota: quota, now: 0).isAllowed)
    #expect(limiter.take(.unknown, policy: "p", quota: quota, now: 0).isAllowed)
    #expect(!limiter.take(holder, policy: "p", quota: quota, now: second / 10 - 1).isAllowed)
    #expect(limiter.take(holder, policy: "p", quota: quota, now: second / 10).isAllowed)
    #expect(limiter.take(holder, policy: "p", quota: quota, now: 120 * second).remaining == 599)
  }

  @Test("ten times the quota gets the quota to within two per cent (S7)")
  func rate() {
    let limiter = RateLimiter()
    let quota = Quota(requests: 70, seconds: 7)
    var allowed = 0
    for step in 0..<60_000
    where limiter.take(.unknown, policy: "p", quota: quota, now: Int64(step) * second / 100).isAllowed {
      allowed += 1
    }
    // 600 s at 10 a second, and the bucket that was full at the start.
    #expect((5_950...6_140).contains(allowed))
  }

  @Test("asking takes nothing; a refusal takes nothing")
  func asking() {
    let limiter = RateLimiter()
    let quota = Quota(requests: 1, seconds: 10)
    #expect(limiter.take(.unknown, policy: "p", quota: quota, now: 0, cost: 0).remaining == 1)
    #expect(limiter.take(.unknown, policy: "p", quota: quota, now: 0).isAllowed)
    for _ in 0..<100 { #expect(limiter.take(.unknown, policy: "p", quota: quota, now: second).retryAfter == 9) }
    #expect(!limiter.take(.unknown, policy: "p", quota: quota, now: second, cost: 0).isAllowed)
    #expect(limiter.take(.unknown, policy: "p", quota: quota, now: 10 * second).isAllowed)
  }

  @Test("lists are shed before reads, reads before writes, health never (R14)")
  func concurrency() {
    let overload = OverloadGuard(.init(concurrency: 10, lateness: 25))
    for _ in 0..<6 { #expect(overload.enter(.list)) }
    #expect(!overload.enter(.list))
    #expect(overload.enter(.read) && overload.enter(.read))
    #expect(!overload.enter(.read))
    #expect(overload.enter(.write) && overload.enter(.write))
    #expect(!overload.enter(.write))
    #expect(overload.enter(.vital))
    #expect(overload.shed == 3 && overload.inProgress == 11)
    for _ in 0..<11 { overload.leave() }
    #expect(overload.enter(.list))
  }

  @Test("lateness sheds only when it lasts, and ends when it ends")
  func lateness() {
    let overload = OverloadGuard(.init(concurrency: 100, lateness: 25))
    func admitted() -> [Operation.Criticality] {
      Operation.Criticality.allCases.filter { overload.enter($0) }
    }
    for _ in 0..<3 { overload.observe(lateness: 500) }
    #expect(admitted() == [.list, .read, .write, .vital])
    overload.observe(lateness: 30)
    #expect(admitted() == [.read, .write, .vital])
    for _ in 0..<4 { overload.observe(lateness: 120) }
    #expect(admitted() == [.write, .vital])
    for _ in 0..<4 { overload.observe(lateness: 400) }
    #expect(admitted() == [.vital])
    overload.observe(lateness: 0)
    #expect(admitted() == [.list, .read, .write, .vital])
  }

  @Test("metrics read as Prometheus text with templates as labels (C-32)")
  func metrics() {
    let metrics = Metrics(operations: [Operation(.get, "/v1/orders/{id}", .own(""))])
    metrics.gauge("pool_size", "Connections.", label: "pool") { ["b\"": 2, "a": 1] }
    metrics.counter("jobs_total", "Jobs.").increment(by: 3)
    metrics.record(route: 0, status: 200, nanoseconds: 3_000_000)
    metrics.record(route: nil, status: 404, nanoseconds: 20_000_000_000)
    let text = metrics.exposition()
    for line in [
      "# TYPE jobs_total counter", "jobs_total 3", "pool_size{pool=\"a\"} 1", "pool_size{pool=\"b\\\"\"} 2",
      "http_server_requests_total{method=\"GET\",route=\"/v1/orders/{id}\",status=\"200\"} 1",
      "http_server_request_duration_seconds_bucket{method=\"GET\",route=\"/v1/orders/{id}\",le=\"0.0025\"} 0",
      "http_server_request_duration_seconds_bucket{method=\"GET\",route=\"/v1/orders/{id}\",le=\"0.005\"} 1",
      "http_server_request_duration_seconds_bucket{method=\"\",route=\"\",le=\"10\"} 0",
      "http_server_request_duration_seconds_bucket{method=\"\",route=\"\",le=\"+Inf\"} 1",
      "http_server_request_duration_seconds_sum{method=\"\",route=\"\"} 20",
    ] {
      #expect(text.contains(line + "\n"), "\(line)")
    }
  }
}
