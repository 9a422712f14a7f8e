import Synchronization

/// Whether the server should be sent requests: false until it listens, false again from the first moment of shutting
/// down (C-32).
package final class Readiness: Sendable {
  package enum Phase: String, Sendable {
    case starting
    case serving
    case draining
  }

  private struct State {
    var phase = Phase.starting
    var port: Int?
  }

  private let state = Mutex(State())

  package init() {}

  package var phase: Phase { state.withLock { $0.phase } }

  /// The port that is listened on, once it is.
  package var port: Int? { state.withLock { $0.port } }

  func serve(port: Int?) {
    state.withLock { state in
      state.port = port
      if state.phase == .starting { state.phase = .serving }
    }
  }

  package func drain() { state.withLock { $0.phase = .draining } }
}
