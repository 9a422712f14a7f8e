package import Domain
package import Postgres

/// News of changed access between instances: sent in the transaction of the change, so it arrives with the commit or not at
/// all (SEC-12).
package enum AccessChangeRepository {
  /// For every statement that can end or narrow a token; families that end access by other means (a terminated station, a
  /// station in another region) send `.everything` in their transaction.
  package static func notify(_ change: AccessChange) -> Query<Int> {
    Query.execute("select pg_notify(\(AccessChange.channel), \(change.payload))")
  }
}

/// The other end: what this instance hears.
package struct AccessChanges: Sendable {
  package enum Signal: Hashable, Sendable {
    /// From now on nothing is missed; what came before may have been.
    case listening
    /// Changes may be missed until `listening` comes again.
    case lost
    case changed(AccessChange)
  }

  private let client: PostgresClient

  package init(_ client: PostgresClient) { self.client = client }

  /// Ends with the task that reads it.
  package func signals() -> AsyncStream<Signal> {
    let notifications = client.notifications(on: AccessChange.channel)
    return AsyncStream { continuation in
      let task = Task {
        for await notification in notifications {
          switch notification {
          case .listening: continuation.yield(.listening)
          case .lost: continuation.yield(.lost)
          case .message(let payload): continuation.yield(.changed(AccessChange(payload: payload)))
          }
        }
        continuation.finish()
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }
}
