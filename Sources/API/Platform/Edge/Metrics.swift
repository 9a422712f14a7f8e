import Synchronization

/// The product's numbers in the Prometheus text format, version 0.0.4 (C-32). Labels never carry what a client sent.
package final class Metrics: Sendable {
  private struct Gauge: Sendable {
    let name: String
    let help: String
    let kind: String
    let read: @Sendable () -> [(labels: String, value: Double)]
  }

  private let gauges = Mutex<[Gauge]>([])
  private let requests: [RequestMetrics]

  /// - Parameter operations: one series each, so that a request finds its own by position.
  package init(operations: [Operation] = []) {
    requests =
      operations.map { RequestMetrics(labels: "method=\"\($0.method.rawValue)\",route=\"\($0.template)\"") }
      + [RequestMetrics(labels: "method=\"\",route=\"\"")]
  }

  /// A number that is read when somebody looks. Names end in their unit.
  package func gauge(_ name: String, _ help: String, _ read: @escaping @Sendable () -> Double) {
    add(Gauge(name: name, help: help, kind: "gauge") { [("", read())] })
  }

  /// A gauge with one label: its value → number.
  package func gauge(_ name: String, _ help: String, label: String, _ read: @escaping @Sendable () -> [String: Double])
  {
    add(
      Gauge(name: name, help: help, kind: "gauge") {
        read().sorted { $0.key < $1.key }.map { ("\(label)=\"\(Self.escaped($0.key))\"", $0.value) }
      })
  }

  /// A count that somebody else keeps and that only grows. Names end in `_total`.
  package func counter(_ name: String, _ help: String, _ read: @escaping @Sendable () -> Int) {
    add(Gauge(name: name, help: help, kind: "counter") { [("", Double(read()))] })
  }

  /// A count of our own.
  package func counter(_ name: String, _ help: String) -> Counter {
    let counter = Counter()
    self.counter(name, help) { counter.value }
    return counter
  }

  private func add(_ gauge: Gauge) {
    gauges.withLock { gauges in
      precondition(!gauges.contains { $0.name == gauge.name }, "the metric \(gauge.name) is registered twice")
      gauges.append(gauge)
    }
  }

  /// - Parameter route: position in the route table; `nil` for requests without one.
  func record(route: Int?, status: Int, nanoseconds: Int64) {
    requests[route ?? requests.count - 1].record(status: status, nanoseconds: nanoseconds)
  }

  package func exposition() -> String {
    var text = ""
    for gauge in gauges.withLock({ $0 }).sorted(by: { $0.name < $1.name }) {
      text += "# HELP \(gauge.name) \(gauge.help)\n# TYPE \(gauge.name) \(gauge.kind)\n"
      for (labels, value) in gauge.read() {
        text += "\(gauge.name)\(labels.isEmpty ? "" : "{\(labels)}") \(Self.number(value))\n"
      }
    }
    let series = requests.map { ($0.labels, $0.snapshot) }.filter { $0.1.count > 0 }
    let counted = "http_server_requests_total"
    text += "# HELP \(counted) Requests answered.\n# TYPE \(counted) counter\n"
    for (labels, snapshot) in series {
      for (status, count) in snapshot.statuses.sorted(by: { $0.key < $1.key }) {
        text += "\(counted){\(labels),status=\"\(status)\"} \(count)\n"
      }
    }
    let duration = "http_server_request_duration_seconds"
    text += "# HELP \(duration) From the head of the request to its answer.\n# TYPE \(duration) histogram\n"
    for (labels, snapshot) in series {
      var cumulative = 0
      for (bound, count) in zip(RequestMetrics.bounds, snapshot.buckets) {
        cumulative += count
        text += "\(duration)_bucket{\(labels),le=\"\(Self.number(Double(bound) / 1e9))\"} \(cumulative)\n"
      }
      text += "\(duration)_bucket{\(labels),le=\"+Inf\"} \(snapshot.count)\n"
      text += "\(duration)_sum{\(labels)} \(Self.number(Double(snapshot.sum) / 1e9))\n"
      text += "\(duration)_count{\(labels)} \(snapshot.count)\n"
    }
    return text
  }

  private static func number(_ value: Double) -> String {
    Int64(exactly: value).map { "\($0)" } ?? "\(value)"
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}

/// A number that only grows.
package final class Counter: Sendable {
  private let count = Atomic<Int>(0)

  package func increment(by amount: Int = 1) { count.wrappingAdd(amount, ordering: .relaxed) }

  package var value: Int { count.load(ordering: .relaxed) }
}

/// Count and duration of one operation's requests.
final class RequestMetrics: Sendable {
  /// Upper bounds in nanoseconds: 1 ms to 10 s, where the goals of quality.md §4 lie.
  static let bounds: [Int64] = [
    1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000, 250_000_000, 500_000_000,
    1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
  ]

  struct Snapshot: Sendable {
    var statuses: [Int: Int] = [:]
    var buckets = [Int](repeating: 0, count: RequestMetrics.bounds.count)
    var count = 0
    /// Nanoseconds.
    var sum: Int64 = 0
  }

  let labels: String
  private let state = Mutex(Snapshot())

  init(labels: String) { self.labels = labels }

  var snapshot: Snapshot { state.withLock { $0 } }

  func record(status: Int, nanoseconds: Int64) {
    state.withLock { state in
      state.statuses[status, default: 0] += 1
      state.count += 1
      state.sum += nanoseconds
      if let bucket = Self.bounds.firstIndex(where: { nanoseconds <= $0 }) { state.buckets[bucket] += 1 }
    }
  }
}
