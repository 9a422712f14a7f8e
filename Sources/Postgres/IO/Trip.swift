/// Statements that go to the server together and end in one sync.
///
/// Proof for `@unchecked Sendable`: everything set in `init` is constant. `continuation` is set by the asking task
/// before it hands the trip over, and never touched by it again. `results` and `failure` are written by the I/O thread
/// before it resumes the continuation and read by the asking task after that; `isResumed` stops the I/O thread from
/// writing them later. All other variables are touched by the I/O thread only.
final class Trip: @unchecked Sendable {
  enum Lead { case none, scope, begin, beginSnapshot }
  enum Ending { case none, commit, rollback }
  enum State {
    case new
    case queued(Door, UInt64)
    case sent(Connection)
  }

  /// The statement that failed, or their number if the end of the trip did.
  struct Failure: Sendable {
    let index: Int
    let error: any Error
  }

  let statements: [SQL]
  let scope: SessionScope
  let lead: Lead
  let ending: Ending
  /// Transaction that this trip belongs to; nil for a read.
  let lease: Lease?
  /// Nanoseconds of the monotonic clock; nil for none.
  let deadline: UInt64?

  var continuation: UnsafeContinuation<Void, Never>?
  var results: [PostgresResult] = []
  var failure: Failure?

  // The I/O thread's own.
  var state = State.new
  var isResumed = false
  /// Cancelled before it was submitted.
  var earlyFailure: (any Error)?
  /// Goes to the leased door, as a slow read.
  var isSlow: Bool
  /// Counted as a slow user of the leased door now.
  var holdsSlowPlace = false
  var reruns = 0
  var sentAt: UInt64 = 0
  var queuedAt: UInt64 = 0
  /// Place in the heap of deadlines; -1 if not there.
  var heapIndex = -1

  init(
    _ statements: [SQL], scope: SessionScope, lead: Lead, ending: Ending = .none, lease: Lease? = nil,
    deadline: UInt64? = nil, isSlow: Bool = false
  ) {
    self.statements = statements
    self.scope = scope
    self.lead = lead
    self.ending = ending
    self.lease = lease
    self.deadline = deadline
    self.isSlow = isSlow
    results.reserveCapacity(statements.count)
  }
}

/// The hold of one transaction on a leased connection.
///
/// Proof for `@unchecked Sendable`: `door` is constant, everything else is touched by the I/O thread only; other
/// threads merely carry the reference.
final class Lease: @unchecked Sendable {
  let door: Door
  var connection: Connection?
  /// Why no statement may follow.
  var failure: (any Error)?
  var isEnded = false

  init(door: Door) {
    self.door = door
  }
}

/// The sets of connections, each with its promise.
enum Door: Int, CaseIterable, Sendable {
  /// Bounded reads, pipelined with those of others.
  case shared
  /// Transactions, slow reads, reruns.
  case leased
  case snapshot
}
