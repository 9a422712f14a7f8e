internal import CLibPQ
package import Logging

/// The one way to the database: three doors, named for what they promise.
///
/// One I/O thread owns every connection. Calls may come from any task; a task that is cancelled is resumed at once with
/// `CancellationError`, unless its commit was already sent: then with `PostgresError.outcomeUnknown`.
package final class PostgresClient: Sendable {
  private let io: IOThread
  private let configuration: PostgresConfiguration

  package init(configuration: PostgresConfiguration, logger: Logger) {
    self.configuration = configuration
    io = IOThread(configuration: configuration, logger: logger)
  }

  /// Connects and serves until the task is cancelled; then outstanding work may finish within the grace period, the
  /// rest fails with `connectionLost` or `outcomeUnknown`. Calls made before wait for it. Once per client.
  package func run() async throws {
    try await io.run()
  }

  /// The I/O thread, for tasks that do little besides database calls. Never run on it what computes for long.
  package var executor: any TaskExecutor { io }

  package var statistics: PostgresStatistics { io.statistics.snapshot }

  // MARK: doors

  /// Runs bounded reads in one round trip and one implicit transaction, on a connection shared with others; may run
  /// them twice, on a leased connection if they take longer than the shared ones allow. Throws `PostgresError`, the
  /// queries' refusals or `CancellationError`.
  package func read<each T: Sendable>(
    _ scope: SessionScope, deadline: Duration? = nil, _ queries: repeat Query<each T>
  ) async throws -> (repeat each T) {
    var statements: [SQL] = []
    var isSlow = false
    for query in repeat each queries {
      if let problem = query.sql.problem { throw problem }
      statements.append(query.sql)
      if query.isSlow { isSlow = true }
    }
    let trip = Trip(
      statements, scope: scope, lead: .scope, deadline: absolute(deadline), isSlow: isSlow)
    if !statements.isEmpty { try await perform(trip) }
    if let failure = trip.failure, failure.index >= statements.count { throw failure.error }
    var index = 0
    return try (repeat trip.take(each queries, &index))
  }

  /// Runs one bounded read; otherwise as `read` of several.
  package func read<T: Sendable>(
    _ scope: SessionScope, deadline: Duration? = nil, _ query: Query<T>
  ) async throws -> T {
    if let problem = query.sql.problem { throw problem }
    let trip = Trip(
      [query.sql], scope: scope, lead: .scope, deadline: absolute(deadline), isSlow: query.isSlow)
    try await perform(trip)
    if let failure = trip.failure, failure.index > 0 { throw failure.error }
    var index = 0
    return try trip.take(query, &index)
  }

  /// A transaction in which every statement sees the same moment; it cannot write. Has connections of its own.
  package func snapshot<T: Sendable>(
    _ scope: SessionScope, deadline: Duration? = nil, _ body: (PostgresTransaction) async throws -> T
  ) async throws -> T {
    let end = absolute(deadline)
    return try await withTaskExecutorPreference(io) {
      let transaction = PostgresTransaction(self, scope, .snapshot, end)
      defer { transaction.finish() }
      return try await body(transaction)
    }
  }

  /// A transaction. The body may run again after a serialization failure or deadlock, so it must have no effect
  /// outside; it runs on the I/O thread and awaits nothing but the transaction. A body that throws rolls back. Nothing
  /// is sent for a body that runs no statement. Throws what the body throws, `PostgresError`, refusals or
  /// `CancellationError`.
  package func write<T: Sendable>(
    _ scope: SessionScope, deadline: Duration? = nil, _ body: (PostgresTransaction) async throws -> T
  ) async throws -> T {
    let end = absolute(deadline)
    return try await withTaskExecutorPreference(io) {
      var attempt = 0
      while true {
        let transaction = PostgresTransaction(self, scope, .leased, end)
        do {
          let value = try await body(transaction)
          try await transaction.commit()
          return value
        } catch {
          await transaction.rollBack()
          guard transaction.wasTransient, attempt < configuration.retryLimit, !Task.isCancelled else { throw error }
        }
        attempt += 1
        io.statistics.add(.retries)
        try await Task.sleep(for: .microseconds(Int.random(in: 500...4_000) << attempt))
      }
    }
  }

  /// Notifications of a channel, from now on until the stream is dropped; at most the newest 256 are kept for a slow
  /// reader. A notification is a hint: look at the table too.
  package func notifications(on channel: String) -> AsyncStream<PostgresNotification> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: PostgresNotification.self, bufferingPolicy: .bufferingNewest(256))
    let subscriber = Subscriber(channel: channel, continuation: continuation)
    continuation.onTermination = { [weak io] _ in io?.post(.unsubscribe(subscriber)) }
    io.post(.subscribe(subscriber))
    return stream
  }

  // MARK: inside

  func perform(_ trip: Trip) async throws {
    try Task.checkCancellation()
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        trip.continuation = continuation
        io.submit(trip)
      }
    } onCancel: { [io] in
      io.post(.abandon(trip))
    }
  }

  func end(_ lease: Lease) { io.end(lease) }

  private func absolute(_ deadline: Duration?) -> UInt64? {
    deadline.map { pgio_now() &+ $0.nanoseconds }
  }
}

extension Trip {
  /// The output of the statement at `index`, which it moves on; throws the failure that kept it from running.
  func take<T: Sendable>(_ query: Query<T>, _ index: inout Int) throws -> T {
    defer { index += 1 }
    guard index < results.count else {
      guard let failure else { throw PostgresError.connectionLost }
      throw translate(failure, query.refusals)
    }
    // Under one sync a later failure undoes what came before.
    if lease == nil, let failure { throw failure.index == index ? translate(failure, query.refusals) : failure.error }
    return try query.decode(results[index])
  }

  func translate(_ failure: Failure, _ refusals: [ConstraintRefusal]) -> any Error {
    guard let error = failure.error as? PostgresError else { return failure.error }
    return refusals.translate(error)
  }
}
