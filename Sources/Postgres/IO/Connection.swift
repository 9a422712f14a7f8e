internal import CLibPQ
internal import DequeModule

/// One slot's connection to the server. Belongs to the I/O thread; nothing in here is ever touched by another.
final class Connection {
  enum Phase {
    /// Not connected; next attempt at the given nanosecond.
    case down(retryAt: UInt64)
    case connecting
    case ready
  }

  /// What the next result answers.
  enum Step {
    case lead, keep, ending, sync
    case prepare(StatementKey)
    case deallocate(String)
  }

  final class Prepared {
    let name: String
    /// Set by the server's answer; until then nobody relies on it, as the segment may be aborted.
    var isConfirmed = false
    var lastUse: UInt64 = 0

    init(name: String) { self.name = name }
  }

  let door: Door
  /// Index in the door's pool.
  let slot: Int
  /// Index among all connections: the epoll tag.
  let tag: Int
  var phase = Phase.down(retryAt: 0)
  var handle: OpaquePointer?
  /// Counts connections of this slot, so that late messages about an earlier one are known.
  var generation = 0
  var failures = 0
  var retireAt: UInt64 = 0
  var lastUse: UInt64 = 0

  var inflight = Deque<Trip>()
  var steps = Deque<Step>()
  var results: [PostgresResult] = []
  var failure: Trip.Failure?
  var commitTag: String?
  var syncWaitCancelled = false
  var isBroken = false
  var wantsWrite = false
  var isDirty = false

  var lease: Lease?
  /// Close instead of giving back.
  var isQuarantined = false
  var isRetiring = false
  var cancelSince: UInt64?
  /// A cancel request was made: one more round trip before anybody else gets the connection.
  var needsFence = false
  var cleanings = 0

  private var prepared: [StatementKey: Prepared] = [:]
  private var toDeallocate: [String] = []
  private var lastName = 0
  private var clock: UInt64 = 0

  init(door: Door, slot: Int, tag: Int) {
    self.door = door
    self.slot = slot
    self.tag = tag
  }

  var isReady: Bool { if case .ready = phase { true } else { false } }

  /// Takes over a fresh handle.
  func adopt(_ handle: OpaquePointer, now: UInt64, lifetime: UInt64) {
    self.handle = handle
    phase = .ready
    failures = 0
    retireAt = now &+ lifetime
    lastUse = now
    // Unretained: connections live as long as the loop, and notices come only from calls of the loop.
    _ = PQsetNoticeReceiver(handle, receiveNotice, Unmanaged.passUnretained(self).toOpaque())
  }

  /// Closes the handle and forgets everything about it; returns the trips that were under way.
  func reset(retryAt: UInt64) -> Deque<Trip> {
    if let handle { PQfinish(handle) }
    handle = nil
    phase = .down(retryAt: retryAt)
    generation += 1
    let trips = inflight
    inflight.removeAll()
    steps.removeAll()
    results.removeAll()
    failure = nil
    commitTag = nil
    syncWaitCancelled = false
    isBroken = false
    wantsWrite = false
    lease = nil
    isQuarantined = false
    isRetiring = false
    cancelSince = nil
    needsFence = false
    cleanings = 0
    prepared.removeAll()
    toDeallocate.removeAll()
    return trips
  }

  // MARK: sending

  /// Queues the trip's messages in libpq; a failure shows in `isBroken`.
  func send(_ trip: Trip, _ scratch: SendScratch, cacheLimit: Int) {
    guard let handle else {
      isBroken = true
      return
    }
    inflight.append(trip)
    trip.state = .sent(self)
    clock += 1
    var sent = true
    switch trip.lead {
    case .none: break
    case .scope: sent = sendScope(trip.scope, handle, scratch)
    case .begin: sent = sendFixed("aftersales_begin", .lead, handle) && sendScope(trip.scope, handle, scratch)
    case .beginSnapshot:
      sent = sendFixed("aftersales_snapshot", .lead, handle) && sendScope(trip.scope, handle, scratch)
    }
    for statement in trip.statements where sent {
      sent = send(statement, handle, scratch, cacheLimit)
    }
    switch trip.ending {
    case .none: break
    case .commit: sent = sent && sendFixed("aftersales_commit", .ending, handle)
    case .rollback: sent = sent && sendFixed("aftersales_rollback", .ending, handle)
    }
    sent = sent && PQpipelineSync(handle) == 1
    steps.append(.sync)
    if !sent { isBroken = true }
  }

  private func sendFixed(_ name: String, _ step: Step, _ handle: OpaquePointer) -> Bool {
    steps.append(step)
    return PQsendQueryPrepared(handle, name, 0, nil, nil, nil, 1) == 1
  }

  private func sendScope(_ scope: SessionScope, _ handle: OpaquePointer, _ scratch: SendScratch) -> Bool {
    steps.append(.lead)
    return scratch.withBinds(scope.binds) { values, lengths, formats in
      PQsendQueryPrepared(handle, "aftersales_scope", Int32(scope.binds.count), values, lengths, formats, 1) == 1
    }
  }

  private func send(_ sql: SQL, _ handle: OpaquePointer, _ scratch: SendScratch, _ limit: Int) -> Bool {
    let key = sql.key
    let count = Int32(sql.binds.count)
    if let known = prepared[key] {
      known.lastUse = clock
      if known.isConfirmed {
        steps.append(.keep)
        return scratch.withBinds(sql.binds) { values, lengths, formats in
          PQsendQueryPrepared(handle, known.name, count, values, lengths, formats, 1) == 1
        }
      }
      // Its Prepare is still under way in another segment and may be aborted: do without.
      steps.append(.keep)
      return scratch.withBinds(sql.binds) { values, lengths, formats in
        PQsendQueryParams(handle, sql.text, count, key.types, values, lengths, formats, 1) == 1
      }
    }
    guard makeRoom(handle, limit) else { return false }
    lastName += 1
    let entry = Prepared(name: "s\(lastName)")
    entry.lastUse = clock
    prepared[key] = entry
    steps.append(.prepare(key))
    guard PQsendPrepare(handle, entry.name, sql.text, count, key.types) == 1 else { return false }
    steps.append(.keep)
    return scratch.withBinds(sql.binds) { values, lengths, formats in
      PQsendQueryPrepared(handle, entry.name, count, values, lengths, formats, 1) == 1
    }
  }

  /// Forgets the statement that was used least recently, once the cache is full.
  private func makeRoom(_ handle: OpaquePointer, _ limit: Int) -> Bool {
    if prepared.count >= limit {
      // Statements of the trip being built carry the present clock and must stay.
      let oldest = prepared.filter { $0.value.isConfirmed && $0.value.lastUse < clock }
        .min { $0.value.lastUse < $1.value.lastUse }
      if let oldest {
        prepared[oldest.key] = nil
        toDeallocate.append(oldest.value.name)
      }
    }
    while let name = toDeallocate.popLast() {
      steps.append(.deallocate(name))
      guard PQsendQueryParams(handle, "deallocate \(name)", 0, nil, nil, nil, nil, 1) == 1 else { return false }
    }
    return true
  }

  // MARK: answers about preparation

  func confirmPrepared(_ key: StatementKey) { prepared[key]?.isConfirmed = true }

  func forgetPrepared(_ key: StatementKey) { prepared[key] = nil }

  func keepForDeallocation(_ name: String) { toDeallocate.append(name) }

  var preparedCount: Int { prepared.count }
}

/// Recognises that a wait for synchronous replication was cut short: the commit is local only (R5).
private func receiveNotice(_ context: UnsafeMutableRawPointer?, _ result: OpaquePointer?) {
  guard let context, let result else { return }
  let connection = Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue()
  // The function's name is never translated, the message may be.
  let isSyncWait = ServerError.field(result, ServerError.Field.sourceFunction) == "SyncRepWaitForLSN"
  let message = ServerError.field(result, ServerError.Field.message) ?? ""
  if isSyncWait || message.contains("wait for synchronous replication") { connection.syncWaitCancelled = true }
}

extension ServerError {
  /// Field codes of libpq's `PQresultErrorField`, which are character constants in C.
  enum Field {
    static let severity = Int32(UInt8(ascii: "V"))
    static let sqlState = Int32(UInt8(ascii: "C"))
    static let message = Int32(UInt8(ascii: "M"))
    static let detail = Int32(UInt8(ascii: "D"))
    static let hint = Int32(UInt8(ascii: "H"))
    static let schema = Int32(UInt8(ascii: "s"))
    static let table = Int32(UInt8(ascii: "t"))
    static let column = Int32(UInt8(ascii: "c"))
    static let constraint = Int32(UInt8(ascii: "n"))
    static let sourceFunction = Int32(UInt8(ascii: "R"))
  }

  static func field(_ result: OpaquePointer, _ code: Int32) -> String? {
    PQresultErrorField(result, code).map { String(cString: $0) }
  }

  init(_ result: OpaquePointer, statement: String) {
    self.init(
      sqlState: ServerError.field(result, Field.sqlState) ?? "",
      constraint: ServerError.field(result, Field.constraint),
      schema: ServerError.field(result, Field.schema), table: ServerError.field(result, Field.table),
      column: ServerError.field(result, Field.column),
      message: ServerError.field(result, Field.message) ?? PQresultErrorMessage(result).map { String(cString: $0) }
        ?? "",
      detail: ServerError.field(result, Field.detail), hint: ServerError.field(result, Field.hint),
      routine: ServerError.field(result, Field.sourceFunction), statement: statement)
  }
}
