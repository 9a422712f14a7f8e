internal import CLibPQ
internal import Logging

/// What a subscription tells.
package enum PostgresNotification: Sendable, Hashable {
  /// Listening from now on: what was notified before may have been missed, look at the table.
  case listening
  /// The connection broke: notifications are missed until the next `.listening`.
  case lost
  case message(payload: String)
}

/// One caller that wants the notifications of one channel.
final class Subscriber: Sendable {
  let channel: String
  let continuation: AsyncStream<PostgresNotification>.Continuation

  init(channel: String, continuation: AsyncStream<PostgresNotification>.Continuation) {
    self.channel = channel
    self.continuation = continuation
  }
}

/// The connection that listens, opened when somebody wants it. Belongs to the I/O thread.
final class Listener {
  private enum Phase {
    case off
    case down(retryAt: UInt64)
    case connecting
    case ready
  }

  private let tag: Int
  private unowned let io: IOThread
  private let connector: Connector
  private var phase = Phase.off
  private var handle: OpaquePointer?
  private var generation = 0
  private var failures = 0
  private var lastHeard: UInt64 = 0
  private var sentAt: UInt64?
  private var subscribers: [String: [Subscriber]] = [:]
  private var active: Set<String> = []
  private var commands: [Command] = []
  private var current: Command?
  private var currentFailed = false

  private enum Command {
    case listen(String)
    case unlisten(String)
    case probe

    var text: String {
      switch self {
      case .listen(let channel): "listen \(Listener.quote(channel))"
      case .unlisten(let channel): "unlisten \(Listener.quote(channel))"
      case .probe: "select 1"
      }
    }
  }

  init(tag: Int, io: IOThread, connector: Connector) {
    self.tag = tag
    self.io = io
    self.connector = connector
  }

  // MARK: subscriptions

  func subscribe(_ subscriber: Subscriber) {
    let isFirst = subscribers[subscriber.channel] == nil
    subscribers[subscriber.channel, default: []].append(subscriber)
    if case .off = phase {
      phase = .down(retryAt: 0)
      connect()
    } else if active.contains(subscriber.channel) {
      subscriber.continuation.yield(.listening)
    } else if isFirst, case .ready = phase {
      commands.append(.listen(subscriber.channel))
      sendNext(now: pgio_now())
    }
  }

  func unsubscribe(_ subscriber: Subscriber) {
    subscribers[subscriber.channel]?.removeAll { $0 === subscriber }
    guard subscribers[subscriber.channel]?.isEmpty ?? false else { return }
    subscribers[subscriber.channel] = nil
    active.remove(subscriber.channel)
    guard case .ready = phase else { return }
    commands.append(.unlisten(subscriber.channel))
    sendNext(now: pgio_now())
  }

  // MARK: connection

  /// Reconnects and probes; true if it wants to be called again soon.
  func housekeep(now: UInt64, isStopping: Bool) -> Bool {
    switch phase {
    case .off: return false
    case .connecting: return true
    case .down(let retryAt):
      if !isStopping, retryAt <= now { connect() }
      return true
    case .ready:
      if let sentAt, now > sentAt, now - sentAt > io.configuration.stallLimit.nanoseconds {
        lose(now: now)
        return true
      }
      if current == nil, commands.isEmpty, now &- lastHeard > io.configuration.keepAliveInterval.nanoseconds {
        commands.append(.probe)
        sendNext(now: now)
      }
      return current != nil
    }
  }

  private func connect() {
    phase = .connecting
    let generation = self.generation
    let tag = self.tag
    connector.connectListener { [io] result in
      switch result {
      case .success(let fresh): io.post(.connected(tag: tag, generation: generation, fresh))
      case .failure(let reason): io.post(.connectFailed(tag: tag, generation: generation, reason: reason.text))
      }
    }
  }

  func connected(_ handle: OpaquePointer, _ generation: Int, now: UInt64) {
    guard generation == self.generation else { return PQfinish(handle) }
    self.handle = handle
    phase = .ready
    failures = 0
    lastHeard = now
    _ = pgio_watch(io.epoll, PQsocket(handle), UInt64(tag), 0)
    commands = subscribers.keys.sorted().map { .listen($0) }
    sendNext(now: now)
  }

  func connectFailed(_ reason: String, _ generation: Int, now: UInt64) {
    guard generation == self.generation else { return }
    failures += 1
    phase = .down(retryAt: now &+ Engine.backoff(failures))
    if failures == 1 { io.logger.warning("listening connection failed", metadata: ["reason": "\(reason)"]) }
  }

  private func lose(now: UInt64) {
    if let handle { PQfinish(handle) }
    handle = nil
    generation += 1
    phase = .down(retryAt: now)
    commands = []
    current = nil
    sentAt = nil
    for channel in active { tell(channel, .lost) }
    active = []
  }

  func close() {
    if let handle { PQfinish(handle) }
    handle = nil
    generation += 1
    phase = .off
    for subscriber in subscribers.values.joined() { subscriber.continuation.finish() }
    subscribers = [:]
  }

  // MARK: traffic

  private func sendNext(now: UInt64) {
    guard current == nil, let handle, !commands.isEmpty else { return }
    let command = commands.removeFirst()
    current = command
    currentFailed = false
    sentAt = now
    if PQsendQuery(handle, command.text) != 1 || PQflush(handle) < 0 { lose(now: now) }
  }

  func receive(now: UInt64) {
    guard let handle else { return }
    guard PQconsumeInput(handle) == 1 else { return lose(now: now) }
    lastHeard = now
    while current != nil, PQisBusy(handle) == 0 {
      if let result = PQgetResult(handle) {
        let status = PQresultStatus(result)
        if status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK { currentFailed = true }
        PQclear(result)
      } else {
        finishCurrent(now: now)
      }
    }
    while let notification = PQnotifies(handle) {
      tell(
        String(cString: notification.pointee.relname),
        .message(payload: notification.pointee.extra.map { String(cString: $0) } ?? ""))
      PQfreemem(notification)
    }
    if PQstatus(handle) == CONNECTION_BAD { lose(now: now) }
  }

  private func finishCurrent(now: UInt64) {
    let finished = current
    current = nil
    sentAt = nil
    if currentFailed { return lose(now: now) }
    if case .listen(let channel)? = finished, subscribers[channel] != nil {
      active.insert(channel)
      tell(channel, .listening)
    }
    sendNext(now: now)
  }

  private func tell(_ channel: String, _ notification: PostgresNotification) {
    for subscriber in subscribers[channel] ?? [] {
      // A reader too slow for a burst must not miss one silently: to him it is a broken and renewed subscription.
      if case .dropped = subscriber.continuation.yield(notification) {
        subscriber.continuation.yield(.lost)
        subscriber.continuation.yield(.listening)
      }
    }
  }

  private static func quote(_ name: String) -> String {
    "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
