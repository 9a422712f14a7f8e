internal import CLibPQ
internal import DequeModule

/// A trip's way: submitted, queued or sent, completed; or abandoned by its caller.
extension Engine {
  func submit(_ trip: Trip) {
    if let failure = trip.earlyFailure { return fail(trip, failure) }
    if let lease = trip.lease {
      if let failure = lease.failure { return fail(trip, failure) }
      if let connection = lease.connection {
        watchDeadline(trip)
        return send(trip, connection)
      }
    }
    if stopAt != nil { return fail(trip, PostgresError.connectionLost) }
    watchDeadline(trip)
    route(trip)
  }

  private func watchDeadline(_ trip: Trip) {
    if trip.deadline != nil { deadlines.insert(trip) }
  }

  /// Asks for a connection of the trip's door.
  func route(_ trip: Trip) {
    let door = trip.lease?.door ?? (trip.isSlow ? .leased : .shared)
    let isSlow = trip.lease == nil && trip.isSlow
    let deadline = now &+ configuration.waitLimit.nanoseconds
    switch pools[door.rawValue].request(trip, deadline: deadline, isSlow: isSlow) {
    case .granted(let slot): begin(trip, connection(door, slot))
    case .queued(let ticket):
      trip.state = .queued(door, ticket)
      trip.queuedAt = now
    case .refused:
      statistics.add(.refused)
      fail(trip, pools[door.rawValue].isReachable ? PostgresError.poolExhausted : PostgresError.connectionLost)
    }
  }

  private func begin(_ trip: Trip, _ connection: Connection) {
    if let lease = trip.lease {
      lease.connection = connection
      connection.lease = lease
    } else if trip.isSlow {
      trip.holdsSlowPlace = true
    }
    send(trip, connection)
  }

  func send(_ trip: Trip, _ connection: Connection) {
    trip.sentAt = now
    statistics.sent(trip.statements.count)
    connection.send(trip, scratch, cacheLimit: configuration.statementCacheLimit)
    touch(connection)
  }

  /// Gives freed connections to whoever waits.
  func grant(_ door: Door) {
    guard pools[door.rawValue].waiting > 0 else { return }
    while let (trip, slot) = pools[door.rawValue].grant() {
      statistics.waited(now &- trip.queuedAt)
      begin(trip, connection(door, slot))
    }
  }

  // MARK: answers

  func receive(tag: Int) {
    guard tag < connections.count else {
      if tag == connections.count { listener.receive(now: now) }
      return
    }
    let connection = connections[tag]
    guard let handle = connection.handle else { return }
    if connection.wantsWrite { touch(connection) }
    guard PQconsumeInput(handle) == 1 else { return lose(connection) }
    var silences = 0
    while let trip = connection.inflight.first, PQisBusy(handle) == 0 {
      // Nil ends the results of one statement; several in a row mean that nothing is left.
      guard let result = PQgetResult(handle) else {
        silences += 1
        if silences > 2 { break }
        continue
      }
      silences = 0
      if accept(result, trip, connection) { complete(trip, connection) }
      if connection.handle == nil { return }
    }
    // Parses what came unasked, so that it does not pile up.
    if connection.inflight.isEmpty { _ = PQisBusy(handle) }
    if PQstatus(handle) == CONNECTION_BAD || connection.isBroken { lose(connection) }
  }

  /// Takes one result; true if it was the sync that ends the trip.
  private func accept(_ result: OpaquePointer, _ trip: Trip, _ connection: Connection) -> Bool {
    let status = PQresultStatus(result)
    if status == PGRES_PIPELINE_SYNC {
      PQclear(result)
      _ = connection.steps.popFirst()
      return true
    }
    let step: Connection.Step? =
      if case .sync? = connection.steps.first { nil } else { connection.steps.popFirst() }
    switch status {
    case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
      switch step {
      case .keep where connection.results.count < trip.statements.count:
        connection.results.append(PostgresResult(result, trip.statements[connection.results.count]))
        return false
      case .ending: connection.commitTag = PQcmdStatus(result).map { String(cString: $0) }
      case .prepare(let key): connection.confirmPrepared(key)
      case .lead, .keep, .sync, .deallocate, nil: break
      }
    case PGRES_PIPELINE_ABORTED: undo(step, connection)
    default:
      undo(step, connection)
      let severity = ServerError.field(result, ServerError.Field.severity)
      if severity == "FATAL" || severity == "PANIC" || severity == nil {
        connection.isBroken = true
      } else if connection.failure == nil {
        let index = connection.results.count
        let statement = index < trip.statements.count ? trip.statements[index].text : "commit"
        connection.failure = Trip.Failure(
          index: index, error: PostgresError.server(ServerError(result, statement: statement)))
      }
    }
    PQclear(result)
    return false
  }

  /// A step that did not happen.
  private func undo(_ step: Connection.Step?, _ connection: Connection) {
    switch step {
    case .prepare(let key): connection.forgetPrepared(key)
    case .deallocate(let name): connection.keepForDeallocation(name)
    case .lead, .keep, .ending, .sync, nil: break
    }
  }

  /// All answers of the trip are there.
  private func complete(_ trip: Trip, _ connection: Connection) {
    connection.inflight.removeFirst()
    connection.lastUse = now
    let outcome = verdict(trip, connection)
    var results: [PostgresResult] = []
    swap(&results, &connection.results)
    connection.failure = nil
    connection.commitTag = nil
    if trip.holdsSlowPlace {
      trip.holdsSlowPlace = false
      pools[Door.leased.rawValue].releaseSlow()
    }
    if trip.ending == .commit, outcome == nil { trip.lease?.isEnded = true }
    if trip.isResumed || !rerun(trip, outcome, connection) {
      if !trip.isResumed {
        trip.results = results
        trip.failure = outcome
        resume(trip)
      }
    }
    if connection.door == .shared {
      pools[connection.door.rawValue].release(connection.slot)
      if connection.isQuarantined || connection.isRetiring { retire(connection) }
      grant(connection.door)
    } else {
      settle(connection)
    }
  }

  /// How the trip ended; nil is success.
  private func verdict(_ trip: Trip, _ connection: Connection) -> Trip.Failure? {
    let last = trip.statements.count
    if connection.syncWaitCancelled {
      connection.syncWaitCancelled = false
      connection.isQuarantined = true
      statistics.add(.unknownOutcomes)
      return Trip.Failure(index: last, error: PostgresError.outcomeUnknown)
    }
    guard let failure = connection.failure else {
      if trip.ending == .commit, connection.commitTag != "COMMIT" {
        return Trip.Failure(index: last, error: PostgresError.misuse("commit of a failed transaction"))
      }
      return nil
    }
    guard case .server(let error)? = failure.error as? PostgresError else { return failure }
    if error.isStalePlan { connection.isRetiring = true }
    switch error.sqlState {
    case "40003" where trip.ending == .commit, "08007" where trip.ending == .commit:
      return Trip.Failure(index: failure.index, error: PostgresError.outcomeUnknown)
    case "57014" where connection.door != .shared:
      let limit = connection.door == .snapshot ? configuration.snapshotStatementTimeout : configuration.statementTimeout
      let isTimeout = (now &- trip.sentAt) + 50_000_000 >= limit.nanoseconds
      statistics.add(isTimeout ? .deadlines : .cancels)
      return Trip.Failure(index: failure.index, error: isTimeout ? PostgresError.deadline : PostgresError.cancelled)
    default: return failure
    }
  }

  /// Runs a read again that was too slow for the shared connections or met a stale plan; a read may run twice.
  private func rerun(_ trip: Trip, _ outcome: Trip.Failure?, _ connection: Connection) -> Bool {
    guard trip.lease == nil, stopAt == nil, trip.reruns < 2,
      case .server(let error)? = outcome?.error as? PostgresError
    else { return false }
    if error.sqlState == "57014", connection.door == .shared {
      trip.isSlow = true
      statistics.add(.slowReads)
    } else if !error.isStalePlan {
      return false
    }
    trip.reruns += 1
    route(trip)
    return true
  }

  // MARK: endings

  func fail(_ trip: Trip, _ error: any Error) {
    guard !trip.isResumed else { return }
    trip.failure = Trip.Failure(index: 0, error: error)
    resume(trip)
  }

  func resume(_ trip: Trip) {
    guard !trip.isResumed else { return }
    trip.isResumed = true
    if trip.heapIndex >= 0 { deadlines.remove(trip) }
    trip.continuation?.resume()
    trip.continuation = nil
  }

  /// The caller no longer waits: it is resumed now, and what it left on the server is cleaned up behind its back.
  func abandon(_ trip: Trip, _ error: any Error) {
    guard !trip.isResumed else { return }
    switch trip.state {
    case .new: trip.earlyFailure = error
    case .queued(let door, let ticket):
      if pools[door.rawValue].withdraw(ticket) { fail(trip, error) }
    case .sent(let connection):
      if trip.ending == .commit {
        // A commit is never cancelled: the server might report success for what is lost on failover (R5).
        statistics.add(.unknownOutcomes)
        trip.lease?.failure = PostgresError.outcomeUnknown
        fail(trip, PostgresError.outcomeUnknown)
        return
      }
      trip.lease?.failure = error
      fail(trip, error)
      if connection.door != .shared { cancel(connection) }
    }
  }

  /// The transaction's body is over; the connection is cleaned and given back.
  func end(_ lease: Lease) {
    lease.isEnded = true
    lease.failure = lease.failure ?? PostgresError.misuse("the transaction is over")
    if let connection = lease.connection { settle(connection) }
  }

  /// Asks the server to stop the statement under way, from another thread.
  private func cancel(_ connection: Connection) {
    guard let handle = connection.handle, connection.cancelSince == nil, !connection.inflight.isEmpty else { return }
    statistics.add(.cancels)
    connection.cancelSince = now
    connection.needsFence = true
    // What is still in libpq's buffer must go out, else the request would come before the statement.
    touch(connection)
    let tag = connection.tag
    let generation = connection.generation
    canceller.cancel(handle) { [io] in io.post(.cancelFinished(tag: tag, generation: generation)) }
  }

  func cancelFinished(_ tag: Int, _ generation: Int) {
    let connection = connections[tag]
    guard connection.generation == generation else { return }
    connection.cancelSince = nil
    settle(connection)
  }

  /// Gives a leased connection back once nothing is left on it: no statement, no cancel request, no transaction.
  func settle(_ connection: Connection) {
    guard connection.isReady, let handle = connection.handle, connection.inflight.isEmpty,
      connection.cancelSince == nil, connection.lease?.isEnded ?? true
    else { return }
    if connection.isQuarantined || connection.cleanings > 3 { return lose(connection) }
    if connection.needsFence || PQtransactionStatus(handle) != PQTRANS_IDLE {
      connection.needsFence = false
      connection.cleanings += 1
      statistics.add(.rollbacks)
      let rollback = Trip([], scope: SessionScope(""), lead: .none, ending: .rollback)
      rollback.isResumed = true
      return send(rollback, connection)
    }
    connection.cleanings = 0
    connection.lease?.connection = nil
    connection.lease = nil
    pools[connection.door.rawValue].release(connection.slot)
    if connection.isRetiring { retire(connection) }
    grant(connection.door)
  }
}
