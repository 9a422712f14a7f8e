internal import CLibPQ
internal import Synchronization

/// A small thread that sends cancel requests, since `PQcancel` blocks while it opens a connection.
///
/// Proof of thread safety: `queue` is a mutex, `semaphore` a constant; a request owns its `PGcancel`, a copy that libpq
/// allows any thread to use.
final class Canceller: Sendable {
  /// Proof for `@unchecked Sendable`: the pointer is given away with this value and freed by the thread that takes it.
  private struct Request: @unchecked Sendable {
    let pointer: OpaquePointer
    let done: @Sendable () -> Void
  }

  private struct Queue {
    var requests: [Request] = []
    var isStopped = false
    var isStarted = false
  }

  private let queue = Mutex(Queue())
  private let semaphore = pgio_semaphore()

  deinit { close(semaphore) }

  /// Asks the server to stop what the connection runs now; `done` is called when the server has got the request.
  func cancel(_ handle: OpaquePointer, _ done: @escaping @Sendable () -> Void) {
    guard let pointer = PQgetCancel(handle) else { return done() }
    let request = Request(pointer: pointer, done: done)
    let mustStart = queue.withLock { queue in
      queue.requests.append(request)
      defer { queue.isStarted = true }
      return !queue.isStarted
    }
    if mustStart { startThread(name: "postgres-cancel") { self.work() } }
    pgio_signal(semaphore)
  }

  func stop() {
    queue.withLock { $0.isStopped = true }
    pgio_signal(semaphore)
  }

  private func work() {
    while true {
      pgio_drain(semaphore)
      let (request, isStopped) = queue.withLock { queue in
        (queue.requests.isEmpty ? nil : queue.requests.removeFirst(), queue.isStopped)
      }
      if let request {
        var message = [CChar](repeating: 0, count: 256)
        _ = PQcancel(request.pointer, &message, Int32(message.count))
        PQfreeCancel(request.pointer)
        request.done()
      } else if isStopped {
        return
      }
    }
  }
}
