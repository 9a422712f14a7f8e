import NIOCore

/// Where a connection stands and until when it may stand there: a state machine without a clock of its own.
struct ConnectionTimeline {
  /// What to do about a deadline that has passed.
  enum Verdict: Equatable {
    case wait(until: NIODeadline)
    /// Nothing was promised: just close.
    case close
    /// Tell the client, then close.
    case refuse(Reason)
  }

  enum Reason: Equatable {
    case slowHeader
    case slowBody
    case noAnswer
  }

  private enum Reading: Equatable {
    case between(since: NIODeadline)
    case header(since: NIODeadline)
    case body(since: NIODeadline, received: Int)
    /// A body with an allowance of its own: since the window began, so much has come.
    case stream(since: NIODeadline, received: Int, BodyAllowance)
  }

  private let limits: ConnectionLimits
  private var reading: Reading
  /// Requests whose answer has not been written in full; more than one when the client pipelines.
  private(set) var open = 0
  /// Whether the oldest open request has part of its answer written.
  private(set) var isAnswering = false
  private var waitingSince: NIODeadline?
  /// The time for the answer that an allowance gave.
  private var answerLimit: TimeAmount?
  private var stalledSince: NIODeadline?
  private var lingeringSince: NIODeadline?
  private var lingered = 0
  private var shuttingDownSince: NIODeadline?

  init(_ limits: ConnectionLimits, now: NIODeadline) {
    self.limits = limits
    reading = .between(since: now)
  }

  var isLingering: Bool { lingeringSince != nil }

  /// The request whose answer is due is still arriving.
  var isReadingAnsweredRequest: Bool {
    switch reading {
    case .body, .stream: open == 1
    case .between, .header: false
    }
  }

  /// Part of a request is here and the rest is awaited: a deadline sooner than the idle one.
  var isReading: Bool {
    switch reading {
    case .between: false
    case .header, .body, .stream: true
    }
  }

  // MARK: Events

  /// - Returns: whether the bytes are to be read on; after an early answer they are only counted.
  mutating func received(bytes: Int, now: NIODeadline) -> Bool {
    if isLingering {
      lingered += bytes
      return false
    }
    switch reading {
    case .between: reading = .header(since: now)
    case .header: break
    case .body(let since, let received): reading = .body(since: since, received: received + bytes)
    case .stream(let since, let received, let allowance):
      reading =
        received + bytes < allowance.share
        ? .stream(since: since, received: received + bytes, allowance) : .stream(since: now, received: 0, allowance)
    }
    return true
  }

  mutating func headerRead(now: NIODeadline) {
    open += 1
    reading = .body(since: now, received: 0)
  }

  /// The body that is arriving is one that streams. Of a request before it there is nothing left to allow for.
  mutating func allow(_ allowance: BodyAllowance, now: NIODeadline) {
    guard open == 1 else { return }
    answerLimit = .seconds(allowance.answer)
    if case .body = reading { reading = .stream(since: now, received: 0, allowance) }
  }

  mutating func requestRead(now: NIODeadline) {
    reading = .between(since: now)
    if waitingSince == nil { waitingSince = now }
  }

  mutating func answerBegun() { isAnswering = true }

  mutating func answerWritten(now: NIODeadline) {
    open = max(0, open - 1)
    isAnswering = false
    answerLimit = nil
    waitingSince = open > 0 ? now : nil
    if case .between = reading { reading = .between(since: now) }
  }

  mutating func writability(_ isWritable: Bool, now: NIODeadline) {
    stalledSince = isWritable ? nil : stalledSince ?? now
  }

  mutating func linger(now: NIODeadline) {
    if lingeringSince == nil { lingeringSince = now }
  }

  mutating func shutDown(now: NIODeadline) {
    if shuttingDownSince == nil { shuttingDownSince = now }
  }

  // MARK: Deadlines

  func verdict(now: NIODeadline) -> Verdict {
    if let since = lingeringSince {
      return lingered > limits.lingerBytes || now >= since + limits.linger
        ? .close : .wait(until: since + limits.linger)
    }
    var next = NIODeadline.distantFuture
    if let since = stalledSince {
      if now >= since + limits.writeStall { return .close }
      next = min(next, since + limits.writeStall)
    }
    switch reading {
    case .between(let since):
      if open == 0 {
        if now >= since + limits.idle { return .close }
        next = min(next, since + limits.idle)
      } else if !isAnswering, let waiting = waitingSince {
        let due = waiting + (answerLimit ?? limits.answer)
        if now >= due { return .refuse(.noAnswer) }
        next = min(next, due)
      }
    case .header(let since):
      let due = min(since + limits.header, shutdownDeadline)
      if now >= due { return open == 0 ? .refuse(.slowHeader) : .close }
      next = min(next, due)
    case .body(let since, let received):
      let due = min(since + limits.body, shutdownDeadline)
      if now >= due { return .refuse(.slowBody) }
      next = min(next, due)
      // Enough has come to last until this instant.
      let earned = since + .nanoseconds(Int64(received) * 1_000_000_000 / Int64(limits.bodyRate))
      let rateDue = max(earned, since + limits.rateGrace)
      if now >= rateDue { return .refuse(.slowBody) }
      next = min(next, rateDue)
    case .stream(let since, _, let allowance):
      let due = min(since + .seconds(allowance.window), shutdownDeadline)
      if now >= due { return .refuse(.slowBody) }
      next = min(next, due)
    }
    return .wait(until: next)
  }

  private var shutdownDeadline: NIODeadline { shuttingDownSince.map { $0 + limits.shutdown } ?? .distantFuture }
}
