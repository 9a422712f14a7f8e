internal import CLibPQ
internal import DequeModule
internal import Logging

/// Opening, checking, retiring and losing connections.
extension Engine {
  /// Attempts to connect at the same time.
  private static let parallelAttempts = 4

  func housekeep() {
    var isRestless = stopAt != nil
    for connection in connections {
      switch connection.phase {
      case .down(let retryAt):
        guard stopAt == nil else { continue }
        isRestless = true
        if retryAt <= now, connecting < Engine.parallelAttempts { open(connection) }
      case .connecting: isRestless = true
      case .ready:
        if !connection.inflight.isEmpty || connection.cancelSince != nil { isRestless = true }
        check(connection)
      }
    }
    if listener.housekeep(now: now, isStopping: stopAt != nil) { isRestless = true }
    nextHousekeeping = now &+ (isRestless ? 10_000_000 : 1_000_000_000)
  }

  private func open(_ connection: Connection) {
    connection.phase = .connecting
    connecting += 1
    let tag = connection.tag
    let generation = connection.generation
    connector.connect(connection.door) { [io] result in
      switch result {
      case .success(let fresh): io.post(.connected(tag: tag, generation: generation, fresh))
      case .failure(let reason): io.post(.connectFailed(tag: tag, generation: generation, reason: reason.text))
      }
    }
  }

  func connected(_ tag: Int, _ generation: Int, _ handle: OpaquePointer) {
    nextHousekeeping = now
    guard tag < connections.count else { return listener.connected(handle, generation, now: now) }
    connecting -= 1
    let connection = connections[tag]
    guard connection.generation == generation, stopAt == nil else { return PQfinish(handle) }
    let lifetime = configuration.maximumLifetime.nanoseconds
    connection.adopt(handle, now: now, lifetime: lifetime / 10 * 9 &+ UInt64.random(in: 0...lifetime / 5))
    _ = pgio_watch(io.epoll, PQsocket(handle), UInt64(tag), 0)
    statistics.add(.connects)
    pools[connection.door.rawValue].opened(connection.slot)
    grant(connection.door)
  }

  func connectFailed(_ tag: Int, _ generation: Int, _ reason: String) {
    guard tag < connections.count else { return listener.connectFailed(reason, generation, now: now) }
    connecting -= 1
    let connection = connections[tag]
    guard connection.generation == generation else { return }
    statistics.add(.connectFailures)
    connection.failures += 1
    connection.phase = .down(retryAt: now &+ Engine.backoff(connection.failures))
    if connection.failures == 1 || connection.failures % 100 == 0 {
      io.logger.warning("database connection failed", metadata: ["reason": "\(reason)"])
    }
  }

  /// 25 ms doubling to 400 ms, with jitter, so that a server that is back is found within a second (R15).
  static func backoff(_ failures: Int) -> UInt64 {
    let base: UInt64 = 25_000_000 << UInt64(min(max(failures - 1, 0), 4))
    return base / 2 + UInt64.random(in: 0...base / 2)
  }

  private func check(_ connection: Connection) {
    if let since = connection.cancelSince, now &- since > configuration.stallLimit.nanoseconds {
      return lose(connection)
    }
    if let head = connection.inflight.first {
      guard now > head.sentAt, now - head.sentAt > patience(connection.door) else { return }
      if head.ending == .commit {
        // Perhaps waiting for a standby: closing the connection would only pile up such waits in the server.
        if !head.isResumed { abandon(head, PostgresError.outcomeUnknown) }
      } else {
        io.logger.warning("database connection stalled")
        lose(connection)
      }
      return
    }
    guard connection.lease == nil, stopAt == nil, pools[connection.door.rawValue].users(connection.slot) == 0 else {
      if now >= connection.retireAt { connection.isRetiring = true }
      return
    }
    if now >= connection.retireAt {
      connection.isRetiring = true
      retire(connection)
    } else if now &- connection.lastUse > configuration.keepAliveInterval.nanoseconds {
      // Silent, so that a connection cut on the way is noticed before a caller gets it.
      guard pools[connection.door.rawValue].occupy(connection.slot) else { return }
      let probe = Trip(["select 1"], scope: SessionScope(""), lead: .none)
      probe.isResumed = true
      send(probe, connection)
    }
  }

  /// How long the first answer may be owed.
  private func patience(_ door: Door) -> UInt64 {
    let limit =
      switch door {
      case .shared: configuration.sharedStatementTimeout * configuration.sharedDepth
      case .leased: configuration.statementTimeout
      case .snapshot: configuration.snapshotStatementTimeout
      }
    return limit.nanoseconds &+ configuration.stallLimit.nanoseconds
  }

  /// Takes no new users; closes the connection as soon as it has none.
  func retire(_ connection: Connection) {
    if pools[connection.door.rawValue].close(connection.slot), connection.inflight.isEmpty { lose(connection) }
  }

  /// The connection is gone, or has to go: tells everybody who had something on it and connects anew.
  func lose(_ connection: Connection) {
    guard connection.handle != nil else { return }
    let isExpected = connection.isRetiring && connection.inflight.isEmpty
    if !isExpected, stopAt == nil { statistics.add(.losses) }
    let failure = connection.failure
    let isCommitted = connection.commitTag == "COMMIT" && !connection.syncWaitCancelled
    let results = connection.results
    let lease = connection.lease
    let trips = connection.reset(retryAt: now)
    pools[connection.door.rawValue].lost(connection.slot)
    nextHousekeeping = now
    lease?.connection = nil
    lease?.failure = lease?.failure ?? PostgresError.connectionLost
    for (index, trip) in trips.enumerated() {
      if trip.holdsSlowPlace {
        trip.holdsSlowPlace = false
        pools[Door.leased.rawValue].releaseSlow()
      }
      guard !trip.isResumed else { continue }
      if trip.lease == nil {
        if trip.reruns < 2, stopAt == nil {
          trip.reruns += 1
          statistics.add(.lostReads)
          route(trip)
        } else {
          fail(trip, PostgresError.connectionLost)
        }
      } else if index == 0, trip.ending == .commit, isCommitted {
        trip.results = results
        resume(trip)
      } else if index == 0, let failure {
        // The server had refused a statement before the connection broke: nothing has happened.
        trip.results = results
        trip.failure = failure
        resume(trip)
      } else if trip.ending == .commit {
        statistics.add(.unknownOutcomes)
        fail(trip, PostgresError.outcomeUnknown)
      } else {
        fail(trip, PostgresError.connectionLost)
      }
    }
  }
}
