internal import DequeModule

/// Who gets which connection of one door: a pure state machine. It knows no sockets and no clock; the I/O thread tells
/// it what happened and carries out the answers.
///
/// A slot is one connection; it takes up to `depth` users at once (1 where connections are leased). Waiters are served
/// in the order of their arrival; a slow waiter is passed over while `slowLimit` slow users are being served.
struct ConnectionPool<Waiter> {
  /// Names a waiter until it is granted, expired or withdrawn.
  typealias Ticket = UInt64

  enum Answer: Equatable {
    case granted(slot: Int)
    case queued(Ticket)
    /// The queue is full.
    case refused
  }

  enum SlotState: Equatable {
    /// No connection.
    case down
    /// Connected and in use by `users`.
    case open(users: Int)
    /// Connected, takes no new users: being cleaned, checked or retired.
    case closing(users: Int)
  }

  private struct Entry {
    let ticket: Ticket
    let deadline: UInt64
    /// Nil once withdrawn.
    var waiter: Waiter?
  }

  private(set) var slots: [SlotState]
  private(set) var waiting = 0
  private(set) var slowInUse = 0
  let depth: Int
  let queueLimit: Int
  let slowLimit: Int
  private var queue = Deque<Entry>()
  private var slowQueue = Deque<Entry>()
  private var lastTicket: Ticket = 0

  init(slots: Int, depth: Int, queueLimit: Int, slowLimit: Int = .max) {
    self.slots = Array(repeating: .down, count: slots)
    self.depth = depth
    self.queueLimit = queueLimit
    self.slowLimit = slowLimit
  }

  // MARK: users

  /// Asks for a connection.
  mutating func request(_ waiter: Waiter, deadline: UInt64, isSlow: Bool = false) -> Answer {
    trim()
    let nobodyAhead = queue.isEmpty && (!isSlow || slowQueue.isEmpty)
    if nobodyAhead, !isSlow || slowInUse < slowLimit, let slot = take() {
      if isSlow { slowInUse += 1 }
      return .granted(slot: slot)
    }
    guard waiting < queueLimit else { return .refused }
    lastTicket += 1
    waiting += 1
    let entry = Entry(ticket: lastTicket, deadline: deadline, waiter: waiter)
    if isSlow { slowQueue.append(entry) } else { queue.append(entry) }
    return .queued(lastTicket)
  }

  /// The next waiter whose turn it is, with its slot. Call until nil after anything that frees a slot.
  mutating func grant() -> (waiter: Waiter, slot: Int)? {
    trim()
    let slow = slowInUse < slowLimit ? slowQueue.first : nil
    guard queue.first != nil || slow != nil, let slot = take() else { return nil }
    let slowIsFirst: Bool
    if let slow { slowIsFirst = queue.first.map { slow.ticket < $0.ticket } ?? true } else { slowIsFirst = false }
    let entry = slowIsFirst ? slowQueue.removeFirst() : queue.removeFirst()
    guard let waiter = entry.waiter else { return nil }
    if slowIsFirst { slowInUse += 1 }
    waiting -= 1
    return (waiter, slot)
  }

  /// The next waiter whose deadline has passed. Call until nil.
  mutating func expire(now: UInt64) -> Waiter? {
    trim()
    if let first = queue.first, first.deadline <= now {
      waiting -= 1
      return queue.removeFirst().waiter
    }
    if let first = slowQueue.first, first.deadline <= now {
      waiting -= 1
      return slowQueue.removeFirst().waiter
    }
    return nil
  }

  /// When `expire` will next have something to say.
  var nextDeadline: UInt64? {
    guard waiting > 0 else { return nil }
    return [queue.first?.deadline, slowQueue.first?.deadline].compactMap(\.self).min()
  }

  /// Takes a waiter out of the queue; false if it is no longer there.
  mutating func withdraw(_ ticket: Ticket) -> Bool {
    if withdraw(ticket, from: &queue) || withdraw(ticket, from: &slowQueue) {
      waiting -= 1
      return true
    }
    return false
  }

  /// Takes this very slot if nobody uses it; false if it cannot be had.
  mutating func occupy(_ slot: Int) -> Bool {
    guard slots[slot] == .open(users: 0) else { return false }
    slots[slot] = .open(users: 1)
    return true
  }

  /// A user is done with the slot.
  mutating func release(_ slot: Int) {
    switch slots[slot] {
    case .open(let users) where users > 0: slots[slot] = .open(users: users - 1)
    case .closing(let users) where users > 0: slots[slot] = .closing(users: users - 1)
    case .open, .closing, .down: break
    }
  }

  /// A slow user is done, whatever became of its slot.
  mutating func releaseSlow() {
    slowInUse -= 1
  }

  /// Takes everybody out of the queue.
  mutating func drain() -> [Waiter] {
    let all = queue.compactMap(\.waiter) + slowQueue.compactMap(\.waiter)
    queue.removeAll()
    slowQueue.removeAll()
    waiting = 0
    return all
  }

  // MARK: connections

  /// The slot has a fresh connection.
  mutating func opened(_ slot: Int) {
    slots[slot] = .open(users: 0)
  }

  /// The slot's connection is gone, with its users.
  mutating func lost(_ slot: Int) {
    slots[slot] = .down
  }

  /// No new users for this slot. Returns whether it has none now.
  mutating func close(_ slot: Int) -> Bool {
    switch slots[slot] {
    case .open(let users), .closing(let users):
      slots[slot] = .closing(users: users)
      return users == 0
    case .down: return true
    }
  }

  /// The slot takes users again.
  mutating func reopen(_ slot: Int) {
    if case .closing(let users) = slots[slot] { slots[slot] = .open(users: users) }
  }

  func users(_ slot: Int) -> Int {
    switch slots[slot] {
    case .open(let users), .closing(let users): users
    case .down: 0
    }
  }

  var isReachable: Bool { slots.contains { $0 != .down } }

  /// Slots by state.
  var census: (idle: Int, used: Int, down: Int) {
    slots.reduce(into: (idle: 0, used: 0, down: 0)) { census, slot in
      switch slot {
      case .down: census.down += 1
      case .open(users: 0): census.idle += 1
      case .open, .closing: census.used += 1
      }
    }
  }

  // MARK: inside

  /// The least used open slot below the depth.
  private mutating func take() -> Int? {
    var best: Int?
    var least = depth
    for (index, slot) in slots.enumerated() {
      if case .open(let users) = slot, users < least {
        best = index
        least = users
        if users == 0 { break }
      }
    }
    if let best { slots[best] = .open(users: least + 1) }
    return best
  }

  private mutating func trim() {
    while let first = queue.first, first.waiter == nil { queue.removeFirst() }
    while let first = slowQueue.first, first.waiter == nil { slowQueue.removeFirst() }
  }

  private func withdraw(_ ticket: Ticket, from queue: inout Deque<Entry>) -> Bool {
    var low = 0
    var high = queue.count
    while low < high {
      let middle = (low + high) / 2
      if queue[middle].ticket < ticket { low = middle + 1 } else { high = middle }
    }
    guard low < queue.count, queue[low].ticket == ticket, queue[low].waiter != nil else { return false }
    queue[low].waiter = nil
    return true
  }
}
