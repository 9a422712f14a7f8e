package import Domain
import Synchronization

/// Time that stands still until a test moves it.
package final class ManualClock: Sendable {
  private let instant: Mutex<Timestamp>

  /// 2026-11-21T08:00:00Z unless said otherwise.
  package init(_ start: Timestamp = Timestamp(milliseconds: 1_795_248_000_000)) { instant = Mutex(start) }

  package var now: Timestamp { instant.withLock { $0 } }
  package var wall: WallClock { WallClock { [self] in now } }

  package func advance(seconds: Int64) { instant.withLock { $0 = $0.adding(seconds: seconds) } }
}
