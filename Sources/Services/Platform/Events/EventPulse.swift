package import Domain
import Synchronization

/// Wakes the followers of the feed when the log has grown. One look at the log, however many wait, and none while nobody does.
package final class EventPulse: Sendable {
  private struct State {
    var horizon = EventPosition.start
    var waiting: [Int: AsyncStream<Void>.Continuation] = [:]
    var nextTicket = 0
    var isClosed = false
  }

  private let state = Mutex(State())

  package init() {}

  package var isAwaited: Bool { state.withLock { !$0.waiting.isEmpty } }

  /// The log can be seen up to here.
  package func advance(to horizon: EventPosition) {
    let woken = state.withLock { state in
      guard horizon > state.horizon else { return [AsyncStream<Void>.Continuation]() }
      state.horizon = horizon
      return Array(state.waiting.values)
    }
    for source in woken { source.finish() }
  }

  /// Nobody waits any more: the process is to end.
  package func close() {
    let woken = state.withLock { state in
      state.isClosed = true
      return Array(state.waiting.values)
    }
    for source in woken { source.finish() }
  }

  /// Returns when there is something behind the place, after `patience`, or at once when the process ends.
  package func wait(beyond place: EventPosition, atMost patience: Duration) async {
    let (stream, source) = AsyncStream.makeStream(of: Void.self)
    let ticket: Int? = state.withLock { state in
      guard !state.isClosed, state.horizon <= place else { return nil }
      state.nextTicket += 1
      state.waiting[state.nextTicket] = source
      return state.nextTicket
    }
    guard let ticket else { return }
    defer { state.withLock { _ = $0.waiting.removeValue(forKey: ticket) } }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in stream {} }
      group.addTask { try? await Task.sleep(for: patience) }
      await group.next()
      group.cancelAll()
    }
  }
}
