package import NIOCore
import Synchronization

/// What one connection may take its time for, and how many there may be (quality.md R16, R17, C-28).
package struct ConnectionLimits: Sendable {
  /// From the first byte of a request to the end of its header. Absolute: dripping does not extend it.
  package var header = TimeAmount.seconds(10)
  /// From the end of the header to the end of the body. Absolute.
  package var body = TimeAmount.seconds(30)
  /// Bytes a second that a body must bring, once `rateGrace` has passed.
  package var bodyRate = 1024
  package var rateGrace = TimeAmount.seconds(5)
  /// From the end of the request to the head of its answer.
  package var answer = TimeAmount.seconds(30)
  /// How long a client may refuse to take what was written.
  package var writeStall = TimeAmount.seconds(30)
  package var idle = TimeAmount.seconds(60)
  /// After an early answer: so long and so many bytes until the connection is closed. Closing at once would reset the
  /// connection and could destroy the answer on its way.
  package var linger = TimeAmount.seconds(2)
  package var lingerBytes = 256 * 1024
  /// What is left of a body when the server is shutting down.
  package var shutdown = TimeAmount.seconds(3)
  package var headerBytes = 16 * 1024
  package var headerCount = 100
  /// Bodies up to here are invited with 100 Continue.
  package var continueBytes = 1 << 20
  package var connections = 10_000
  package var connectionsPerAddress = 1_000

  package init() {}
}

/// The connections that are open, in all and by address.
package final class ConnectionCensus: Sendable {
  private struct State {
    var total = 0
    var byAddress: [String: Int] = [:]
    var refused = 0
  }

  private let state = Mutex(State())

  package init() {}

  /// Whether another one is within the limits. Each `true` needs one `leave`.
  func enter(_ address: String, _ limits: ConnectionLimits) -> Bool {
    state.withLock { state in
      guard state.total < limits.connections, state.byAddress[address, default: 0] < limits.connectionsPerAddress else {
        state.refused += 1
        return false
      }
      state.total += 1
      state.byAddress[address, default: 0] += 1
      return true
    }
  }

  func leave(_ address: String) {
    state.withLock { state in
      state.total -= 1
      if let count = state.byAddress[address] { state.byAddress[address] = count > 1 ? count - 1 : nil }
    }
  }

  package var total: Int { state.withLock { $0.total } }
  package var refused: Int { state.withLock { $0.refused } }
}
