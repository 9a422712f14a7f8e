/// An open transaction. Not Sendable, so that no child task can use it concurrently.
///
/// `begin` and the scope travel with the first statement, `commit` with what is still pending.
package final class PostgresTransaction {
  private struct Pending {
    let sql: SQL
    /// Decodes and checks the result, or throws the refusal of its failure.
    let settle: @Sendable (Trip, inout Int) throws -> Void
    let refusals: [ConstraintRefusal]
    let mayThrow: Bool
  }

  private let client: PostgresClient
  private let scope: SessionScope
  private let lease: Lease
  private let deadline: UInt64?
  private var pending: [Pending] = []
  private var hasBegun = false
  /// The server has answered at least once, so there is something to roll back.
  private var isOpen = false
  private var isOver = false
  private var refusals: [ConstraintRefusal] = []
  private var firstFailure: (any Error)?
  /// The server gave the transaction up for a cause that may be gone next time.
  private(set) var wasTransient = false

  init(_ client: PostgresClient, _ scope: SessionScope, _ door: Door, _ deadline: UInt64?) {
    self.client = client
    self.scope = scope
    self.deadline = deadline
    lease = Lease(door: door)
  }

  /// Runs the queries in one round trip, after those that are enqueued. The first failure in that order is thrown;
  /// after a failure by the server or of an enqueued check the transaction can only be rolled back.
  package func run<each T: Sendable>(_ queries: repeat Query<each T>) async throws -> (repeat each T) {
    var statements: [SQL] = []
    for query in repeat each queries {
      statements.append(query.sql)
      refusals += query.refusals
    }
    let (trip, start) = try await send(statements, ending: .none)
    var index = start
    return try (repeat trip.take(each queries, &index))
  }

  /// Runs one query; otherwise as `run` of several.
  package func run<T: Sendable>(_ query: Query<T>) async throws -> T {
    refusals += query.refusals
    let (trip, start) = try await send([query.sql], ending: .none)
    var index = start
    return try trip.take(query, &index)
  }

  /// Sends the query later: with the next `run` or with the commit. Its check sees the result before anybody else's,
  /// and what it throws ends the transaction.
  package func enqueue<T: Sendable>(
    _ query: Query<T>, _ check: @escaping @Sendable (T) throws -> Void
  ) {
    add(query, mayThrow: true, check)
  }

  /// Sends the query later: with the next `run` or with the commit.
  package func enqueue<T: Sendable>(_ query: Query<T>) {
    add(query, mayThrow: !query.cannotFail) { _ in }
  }

  private func add<T: Sendable>(_ query: Query<T>, mayThrow: Bool, _ check: @escaping @Sendable (T) throws -> Void) {
    refusals += query.refusals
    pending.append(
      Pending(
        sql: query.sql, settle: { trip, index in try check(try trip.take(query, &index)) }, refusals: query.refusals,
        mayThrow: mayThrow))
  }

  // MARK: ends

  /// Commits. What is pending travels along, up to the last statement that may still be refused by its check: that much
  /// goes ahead, since a commit must not overtake a check.
  func commit() async throws {
    if let firstFailure { throw firstFailure }
    if let last = pending.lastIndex(where: \.mayThrow) {
      let later = Array(pending[(last + 1)...])
      pending.removeSubrange((last + 1)...)
      _ = try await send([], ending: .none)
      pending = later
    }
    guard hasBegun || !pending.isEmpty else { return }
    _ = try await send([], ending: .commit)
    isOver = true
  }

  /// Rolls back, waits for it and gives the connection back: whoever was refused may try again at once, and must not meet
  /// the locks of his own first try. A cancelled task does not wait.
  func rollBack() async {
    if isOpen, !isOver {
      let trip = Trip([], scope: scope, lead: .none, ending: .rollback, lease: lease, deadline: deadline)
      // Whatever fails here, the connection is cleaned before anybody else gets it.
      try? await client.perform(trip)
    }
    finish()
  }

  /// Gives the connection back, rolled back unless committed. Does not wait.
  func finish() {
    isOver = true
    if hasBegun { client.end(lease) }
  }

  // MARK: trips

  /// Sends what is pending and the statements; returns the trip and the index of the first of the statements.
  private func send(_ statements: [SQL], ending: Trip.Ending) async throws -> (Trip, Int) {
    if let firstFailure { throw firstFailure }
    guard !isOver else { throw PostgresError.misuse("the transaction is over") }
    let before = pending
    pending = []
    let all = before.map(\.sql) + statements
    for sql in all { if let problem = sql.problem { throw fatal(problem) } }
    let lead: Trip.Lead = hasBegun ? .none : lease.door == .snapshot ? .beginSnapshot : .begin
    let trip = Trip(all, scope: scope, lead: lead, ending: ending, lease: lease, deadline: deadline)
    if all.isEmpty && ending == .none { return (trip, 0) }
    try Task.checkCancellation()
    hasBegun = true
    try await settledLater { try await client.perform(trip) }
    if trip.failure == nil { isOpen = true }
    if case .server(let error)? = trip.failure?.error as? PostgresError {
      isOpen = true
      if error.isTransient { wasTransient = true }
    }
    var index = 0
    for statement in before { try settled { try statement.settle(trip, &index) } }
    if let failure = trip.failure, failure.index >= all.count || statements.isEmpty {
      throw fatal(trip.translate(failure, refusals))
    }
    if let failure = trip.failure, firstFailure == nil { firstFailure = trip.translate(failure, refusals) }
    return (trip, before.count)
  }

  /// Remembers that the transaction cannot be committed any more.
  private func fatal(_ error: any Error) -> any Error {
    if firstFailure == nil { firstFailure = error }
    return error
  }

  private func settled<T>(_ body: () throws -> T) throws -> T {
    do { return try body() } catch { throw fatal(error) }
  }

  private func settledLater<T>(_ body: () async throws -> T) async throws -> T {
    do { return try await body() } catch { throw fatal(error) }
  }
}
