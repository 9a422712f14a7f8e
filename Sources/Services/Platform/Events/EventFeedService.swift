package import Domain
package import Repositories

/// The change feed: every event that concerns a caller, once and in the one order, from where he stopped (domain.md section
/// 13, A7, ANN-08).
package struct EventFeedService: Sendable {
  package static let reading = Permission.eventsRead

  /// Rows of the log that are looked through at a time, and how often in one request: who hears of little goes on from the
  /// place that he is told, and no request takes long.
  private static let window = 5_000
  private static let windows = 10

  private let database: Database
  private let pulse: EventPulse

  package init(_ database: Database, pulse: EventPulse) {
    self.database = database
    self.pulse = pulse
  }

  /// - Parameters:
  ///   - place: `nil` for from now on.
  ///   - patience: how long to wait for the first event.
  package func events(
    after place: EventPosition?, of filter: EventFilter, limit: Int, waiting patience: Duration, _ caller: Caller
  ) async throws -> EventSlice {
    guard caller.may(Self.reading) else { throw Refusal.forbidden(Self.reading) }
    guard let place else {
      return EventSlice(events: [], end: try await horizon() ?? .start, hasMore: false)
    }
    var filter = filter
    let audible = caller.audibleResources
    filter.resources = filter.resources.isEmpty ? audible : filter.resources.intersection(audible)
    let deadline = ContinuousClock.now + patience
    var slice = try await look(after: place, filter, limit, caller)
    while slice.events.isEmpty, !slice.hasMore, !Task.isCancelled {
      let left = deadline - .now
      guard left > .zero else { break }
      await pulse.wait(beyond: slice.end, atMost: left)
      let before = slice.end
      slice = try await look(after: before, filter, limit, caller)
      // Nothing came: the time is over, or the process is about to end.
      if slice.end == before { break }
    }
    return slice
  }

  /// Tells the waiting when the log has grown, if anybody waits.
  package func beat() async throws {
    guard pulse.isAwaited, let horizon = try await horizon() else { return }
    pulse.advance(to: horizon)
  }

  /// Lets everybody go who waits, and nobody wait any more.
  package func close() { pulse.close() }

  private func horizon() async throws -> EventPosition? {
    try await database.read(.system, EventRepository.horizon())
  }

  private func look(
    after place: EventPosition, _ filter: EventFilter, _ limit: Int, _ caller: Caller
  ) async throws -> EventSlice {
    guard !filter.resources.isEmpty else {
      return EventSlice(events: [], end: try await horizon() ?? place, hasMore: false)
    }
    var (events, end) = ([Event](), place)
    for _ in 0..<Self.windows {
      guard let window = try await database.read(.system, EventRepository.window(after: end, rows: Self.window)) else {
        return EventSlice(events: events, end: end, hasMore: false)
      }
      let wanted = limit - events.count
      let found = try await database.read(
        caller, EventRepository.feed(after: end, through: window, of: filter, limit: wanted, in: caller.scope))
      events += found
      if found.count == wanted, let last = found.last {
        return EventSlice(events: events, end: last.place, hasMore: true)
      }
      end = window
    }
    return EventSlice(events: events, end: end, hasMore: true)
  }
}
