internal import CLibPQ
internal import Logging

/// What the I/O thread knows and does. Not Sendable: made, used and dropped by that thread.
final class Engine {
  let io: IOThread
  let configuration: PostgresConfiguration
  let statistics: StatisticsCollector
  var pools: [ConnectionPool<Trip>]
  let connections: [Connection]
  /// First connection of each door.
  private let offsets: [Int]
  let listener: Listener
  let connector: Connector
  let canceller: Canceller
  let scratch = SendScratch()
  var deadlines = DeadlineHeap()
  var now = pgio_now()
  var connecting = 0
  var nextHousekeeping: UInt64 = 0
  var stopAt: UInt64?
  var isFinished = false
  private var dirty: [Connection] = []

  init(io: IOThread) {
    self.io = io
    configuration = io.configuration
    statistics = io.statistics
    let sizes = [
      max(configuration.sharedConnections, 1), max(configuration.leasedConnections, 1),
      max(configuration.snapshotConnections, 1),
    ]
    pools = zip(Door.allCases, sizes).map { door, size in
      ConnectionPool(
        slots: size, depth: door == .shared ? max(io.configuration.sharedDepth, 1) : 1,
        queueLimit: io.configuration.queueLimit,
        slowLimit: door == .leased ? max(min(io.configuration.slowReads, size), 1) : .max)
    }
    offsets = [0, sizes[0], sizes[0] + sizes[1]]
    var connections: [Connection] = []
    for (door, size) in zip(Door.allCases, sizes) {
      for slot in 0..<size { connections.append(Connection(door: door, slot: slot, tag: connections.count)) }
    }
    self.connections = connections
    connector = Connector(configuration: io.configuration)
    canceller = Canceller()
    listener = Listener(tag: connections.count, io: io, connector: connector)
  }

  func connection(_ door: Door, _ slot: Int) -> Connection { connections[offsets[door.rawValue] + slot] }

  // MARK: rhythm

  /// Milliseconds that epoll may sleep.
  func timeout() -> Int32 {
    var next = nextHousekeeping
    for pool in pools { if let deadline = pool.nextDeadline { next = min(next, deadline) } }
    if let deadline = deadlines.first?.deadline { next = min(next, deadline) }
    let now = pgio_now()
    return next <= now ? 0 : Int32(clamping: (next - now + 999_999) / 1_000_000)
  }

  /// Deadlines and housekeeping, after every sleep.
  func tick() {
    now = pgio_now()
    for door in Door.allCases {
      while let trip = pools[door.rawValue].expire(now: now) {
        statistics.add(.waitTimeouts)
        fail(trip, pools[door.rawValue].isReachable ? PostgresError.poolExhausted : PostgresError.connectionLost)
      }
    }
    while let trip = deadlines.first, (trip.deadline ?? .max) <= now {
      deadlines.remove(trip)
      statistics.add(.deadlines)
      abandon(trip, PostgresError.deadline)
    }
    if now >= nextHousekeeping { housekeep() }
  }

  /// Sends what this round has queued, once per connection.
  func flush() {
    while let connection = dirty.popLast() {
      connection.isDirty = false
      if !connection.isBroken, let handle = connection.handle {
        let result = PQflush(handle)
        let wantsWrite = result == 1
        if wantsWrite != connection.wantsWrite {
          connection.wantsWrite = wantsWrite
          _ = pgio_watch(io.epoll, PQsocket(handle), UInt64(connection.tag), wantsWrite ? 1 : 0)
        }
        if result < 0 { connection.isBroken = true }
      }
      if connection.isBroken { lose(connection) }
    }
    if stopAt != nil { finishIfDone() }
    publish()
  }

  func touch(_ connection: Connection) {
    guard !connection.isDirty else { return }
    connection.isDirty = true
    dirty.append(connection)
  }

  private func publish() {
    statistics.publish { door in
      let pool = pools[door.rawValue]
      let census = pool.census
      return .init(idle: census.idle, used: census.used, down: census.down, waiting: pool.waiting)
    }
  }

  // MARK: the end

  /// No new work; what holds a connection may finish within the grace period.
  func stop() {
    guard stopAt == nil else { return }
    stopAt = now &+ configuration.shutdownGrace.nanoseconds
    nextHousekeeping = now
    for door in Door.allCases {
      for trip in pools[door.rawValue].drain() { fail(trip, PostgresError.connectionLost) }
    }
  }

  private func finishIfDone() {
    let isQuiet = connections.allSatisfy { $0.inflight.isEmpty && $0.lease == nil && $0.cancelSince == nil }
    if isQuiet || now >= (stopAt ?? .max) { isFinished = true }
  }

  /// Closes everything; whoever still waits is told.
  func close() {
    for connection in connections { lose(connection) }
    for door in Door.allCases {
      for trip in pools[door.rawValue].drain() { fail(trip, PostgresError.connectionLost) }
    }
    listener.close()
    canceller.stop()
    publish()
  }
}
