internal import Synchronization

/// What the client did and has, for metrics. Totals since the start.
package struct PostgresStatistics: Sendable, Hashable {
  package struct DoorGauges: Sendable, Hashable {
    package var idle = 0
    package var used = 0
    package var down = 0
    /// Callers that wait for a connection now.
    package var waiting = 0
  }

  package var shared = DoorGauges()
  package var leased = DoorGauges()
  package var snapshot = DoorGauges()

  package var statements = 0
  /// Round trips.
  package var trips = 0
  /// Transactions run again after a serialization failure or deadlock.
  package var retries = 0
  /// Cancel requests sent, and statements cancelled by administrators.
  package var cancels = 0
  /// Reads that were too slow for the shared connections.
  package var slowReads = 0
  /// Reads run again because their connection broke.
  package var lostReads = 0
  package var rollbacks = 0
  package var connects = 0
  package var connectFailures = 0
  /// Connections that broke.
  package var losses = 0
  package var waitTimeouts = 0
  /// Callers turned away from a full queue.
  package var refused = 0
  package var deadlines = 0
  package var unknownOutcomes = 0
  /// Callers that had to wait for a connection, by the upper bound of the wait in `waitBounds`; the last is beyond.
  package var waits: [Int] = []

  /// Milliseconds.
  package static let waitBounds = [1, 5, 10, 50, 100, 250, 500, 1_000]

  package init() {}
}

/// Counters that the I/O thread writes and anybody reads.
final class StatisticsCollector: Sendable {
  enum Counter: Int, CaseIterable {
    case statements, trips, retries, cancels, slowReads, lostReads, rollbacks, connects, connectFailures, losses
    case waitTimeouts, refused, deadlines, unknownOutcomes
  }

  private let state = Mutex(State())

  private struct State {
    var counters = [Int](repeating: 0, count: Counter.allCases.count)
    var doors = [PostgresStatistics.DoorGauges](repeating: .init(), count: Door.allCases.count)
    var waits = [Int](repeating: 0, count: PostgresStatistics.waitBounds.count + 1)
  }

  func add(_ counter: Counter, _ amount: Int = 1) {
    state.withLock { $0.counters[counter.rawValue] += amount }
  }

  /// One trip with so many statements.
  func sent(_ statements: Int) {
    state.withLock { state in
      state.counters[Counter.statements.rawValue] += statements
      state.counters[Counter.trips.rawValue] += 1
    }
  }

  func publish(_ gauges: (Door) -> PostgresStatistics.DoorGauges) {
    state.withLock { state in
      for door in Door.allCases { state.doors[door.rawValue] = gauges(door) }
    }
  }

  func waited(_ nanoseconds: UInt64) {
    let milliseconds = Int(clamping: nanoseconds / 1_000_000)
    let bounds = PostgresStatistics.waitBounds
    let bucket = bounds.firstIndex { milliseconds < $0 } ?? bounds.count
    state.withLock { $0.waits[bucket] += 1 }
  }

  var snapshot: PostgresStatistics {
    let state = state.withLock { $0 }
    func count(_ counter: Counter) -> Int { state.counters[counter.rawValue] }
    var statistics = PostgresStatistics()
    statistics.shared = state.doors[Door.shared.rawValue]
    statistics.leased = state.doors[Door.leased.rawValue]
    statistics.snapshot = state.doors[Door.snapshot.rawValue]
    statistics.statements = count(.statements)
    statistics.trips = count(.trips)
    statistics.retries = count(.retries)
    statistics.cancels = count(.cancels)
    statistics.slowReads = count(.slowReads)
    statistics.lostReads = count(.lostReads)
    statistics.rollbacks = count(.rollbacks)
    statistics.connects = count(.connects)
    statistics.connectFailures = count(.connectFailures)
    statistics.losses = count(.losses)
    statistics.waitTimeouts = count(.waitTimeouts)
    statistics.refused = count(.refused)
    statistics.deadlines = count(.deadlines)
    statistics.unknownOutcomes = count(.unknownOutcomes)
    statistics.waits = state.waits
    return statistics
  }
}
