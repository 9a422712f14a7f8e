import Synchronization

/// Says no before work is queued that nobody will wait for (quality.md R14): by the number of requests in progress,
/// and by how late the runtime gets round to ready work. What can wait goes first: lists, then single reads, then
/// writes.
package final class OverloadGuard: Sendable {
  package struct Limits: Hashable, Sendable {
    /// Requests in progress that writes may reach; reads get four fifths and lists three fifths of it.
    package var concurrency: Int
    /// Lateness in milliseconds from which lists are shed; reads from four times, writes from ten times of it.
    package var lateness: Int64
    /// Bodies that stream in at the same time, beside `concurrency`.
    package var streams: Int

    package init(concurrency: Int = 512, lateness: Int64 = 25, streams: Int = 128) {
      self.concurrency = concurrency
      self.lateness = lateness
      self.streams = streams
    }
  }

  /// Observations that must all be late: one pause of the machine is not overload.
  static let window = 4

  private struct State {
    var inProgress = 0
    var streams = 0
    var recent: [Int64] = []
    /// The least lateness of the window: what every request had to wait.
    var lateness: Int64 = 0
    var shed = 0
  }

  private let limits: Limits
  private let state = Mutex(State())

  package init(_ limits: Limits = Limits()) { self.limits = limits }

  /// Whether a request may start. Each `true` needs one `leave`.
  func enter(_ criticality: Operation.Criticality) -> Bool {
    state.withLock { state in
      let fits: Bool
      switch criticality {
      case .vital: fits = true
      case .write: fits = state.inProgress < limits.concurrency && state.lateness < limits.lateness * 10
      case .read: fits = state.inProgress < limits.concurrency * 4 / 5 && state.lateness < limits.lateness * 4
      case .list: fits = state.inProgress < limits.concurrency * 3 / 5 && state.lateness < limits.lateness
      }
      if fits { state.inProgress += 1 } else { state.shed += 1 }
      return fits
    }
  }

  func leave() { state.withLock { $0.inProgress -= 1 } }

  /// Whether a body may stream in. Each `true` needs one `leaveStream`.
  func enterStream() -> Bool {
    state.withLock { state in
      let fits = state.streams < limits.streams
      if fits { state.streams += 1 } else { state.shed += 1 }
      return fits
    }
  }

  func leaveStream() { state.withLock { $0.streams -= 1 } }

  /// One measurement of how late a task ran, in milliseconds.
  func observe(lateness: Int64) {
    state.withLock { state in
      state.recent.append(lateness)
      if state.recent.count > Self.window { state.recent.removeFirst() }
      state.lateness = state.recent.count < Self.window ? 0 : state.recent.min() ?? 0
    }
  }

  package var inProgress: Int { state.withLock { $0.inProgress } }
  package var streams: Int { state.withLock { $0.streams } }
  package var shed: Int { state.withLock { $0.shed } }

  /// Measures until cancelled, forty times a second.
  func measure() async throws {
    let clock = ContinuousClock()
    while true {
      let due = clock.now.advanced(by: .milliseconds(25))
      try await Task.sleep(until: due, clock: clock)
      let late = clock.now - due
      observe(lateness: late.components.seconds * 1000 + late.components.attoseconds / 1_000_000_000_000_000)
    }
  }
}
