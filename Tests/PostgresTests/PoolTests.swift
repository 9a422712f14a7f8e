import Testing

@testable import Postgres

@Suite("The pool as a state machine (R15)")
struct PoolTests {
  private func pool(
    slots: Int = 2, depth: Int = 1, limit: Int = 3, slow: Int = .max
  ) -> ConnectionPool<String> {
    var pool = ConnectionPool<String>(slots: slots, depth: depth, queueLimit: limit, slowLimit: slow)
    for slot in 0..<slots { pool.opened(slot) }
    return pool
  }

  @Test("nobody gets a slot that has no connection")
  func down() {
    var pool = ConnectionPool<String>(slots: 1, depth: 1, queueLimit: 3)
    #expect(pool.request("a", deadline: 5) == .queued(1))
    #expect(pool.grant() == nil)
    pool.opened(0)
    #expect(pool.grant()?.waiter == "a")
    #expect(pool.grant() == nil)
  }

  @Test("waiters are served in the order of their arrival, and the queue is bounded")
  func order() {
    var pool = pool(slots: 1)
    #expect(pool.request("a", deadline: 9) == .granted(slot: 0))
    #expect(pool.request("b", deadline: 9) == .queued(1))
    #expect(pool.request("c", deadline: 9) == .queued(2))
    #expect(pool.request("d", deadline: 9) == .queued(3))
    #expect(pool.request("e", deadline: 9) == .refused)
    for expected in ["b", "c", "d"] {
      pool.release(0)
      #expect(pool.grant()?.waiter == expected)
    }
    #expect(pool.waiting == 0)
  }

  @Test("a newcomer does not overtake a waiter")
  func fairness() {
    var pool = pool(slots: 1)
    _ = pool.request("a", deadline: 9)
    _ = pool.request("b", deadline: 9)
    pool.release(0)
    #expect(pool.request("c", deadline: 9) == .queued(2))
    #expect(pool.grant()?.waiter == "b")
  }

  @Test("a waiter expires at its deadline and once")
  func expiry() {
    var pool = pool(slots: 1)
    _ = pool.request("a", deadline: 9)
    _ = pool.request("b", deadline: 10)
    _ = pool.request("c", deadline: 20)
    #expect(pool.nextDeadline == 10)
    #expect(pool.expire(now: 9) == nil)
    #expect(pool.expire(now: 10) == "b")
    #expect(pool.expire(now: 10) == nil)
    pool.release(0)
    #expect(pool.grant()?.waiter == "c")
    #expect(pool.nextDeadline == nil)
  }

  @Test("a withdrawn waiter is passed over")
  func withdrawal() {
    var pool = pool(slots: 1)
    _ = pool.request("a", deadline: 9)
    guard case .queued(let ticket) = pool.request("b", deadline: 10) else { return #expect(Bool(false)) }
    _ = pool.request("c", deadline: 20)
    let first = pool.withdraw(ticket)
    let second = pool.withdraw(ticket)
    #expect(first && !second)
    #expect(pool.waiting == 1)
    #expect(pool.expire(now: 15) == nil)
    pool.release(0)
    #expect(pool.grant()?.waiter == "c")
    let gone = pool.withdraw(2)
    #expect(!gone)
  }

  @Test("shared slots fill evenly up to their depth")
  func depth() {
    var pool = pool(slots: 2, depth: 2)
    #expect(pool.request("a", deadline: 9) == .granted(slot: 0))
    #expect(pool.request("b", deadline: 9) == .granted(slot: 1))
    #expect(pool.request("c", deadline: 9) == .granted(slot: 0))
    #expect(pool.request("d", deadline: 9) == .granted(slot: 1))
    #expect(pool.request("e", deadline: 9) == .queued(1))
    pool.release(1)
    let granted = pool.grant()
    #expect(granted?.slot == 1 && granted?.waiter == "e")
  }

  @Test("slow users leave connections for the others")
  func slow() {
    var pool = pool(slots: 2, slow: 1)
    #expect(pool.request("slow 1", deadline: 9, isSlow: true) == .granted(slot: 0))
    #expect(pool.request("slow 2", deadline: 9, isSlow: true) == .queued(1))
    #expect(pool.request("quick", deadline: 9) == .granted(slot: 1))
    pool.release(1)
    #expect(pool.grant() == nil)
    pool.release(0)
    pool.releaseSlow()
    #expect(pool.grant()?.waiter == "slow 2")
  }

  @Test("a closing slot takes no new users and tells when it is empty")
  func closing() {
    var pool = pool(slots: 1, depth: 2)
    _ = pool.request("a", deadline: 9)
    let empty = pool.close(0)
    #expect(!empty)
    #expect(pool.request("b", deadline: 9) == .queued(1))
    pool.release(0)
    #expect(pool.grant() == nil)
    let emptyNow = pool.close(0)
    #expect(emptyNow)
    pool.lost(0)
    #expect(!pool.isReachable)
    pool.opened(0)
    #expect(pool.grant()?.waiter == "b")
  }

  @Test("random histories: at most depth users, order kept, nobody lost", arguments: 0..<50)
  func histories(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var pool = ConnectionPool<Int>(slots: 3, depth: 2, queueLimit: 10)
    var users = [0, 0, 0]
    var isOpen = [false, false, false]
    var waiting: [(id: Int, ticket: UInt64, deadline: UInt64)] = []
    var now: UInt64 = 0
    for id in 0..<2_000 {
      now += 1
      let slot = Int.random(in: 0..<3, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0, 1:
        switch pool.request(id, deadline: now + 40) {
        case .granted(let slot):
          #expect(waiting.isEmpty)
          users[slot] += 1
        case .queued(let ticket): waiting.append((id, ticket, now + 40))
        case .refused: #expect(waiting.count == 10)
        }
      case 2 where users[slot] > 0:
        users[slot] -= 1
        pool.release(slot)
      case 3 where !isOpen[slot]:
        isOpen[slot] = true
        pool.opened(slot)
      case 4 where id % 7 == 0 && isOpen[slot]:
        isOpen[slot] = false
        users[slot] = 0
        pool.lost(slot)
      case 5 where !waiting.isEmpty:
        let entry = waiting.remove(at: Int.random(in: 0..<waiting.count, using: &random))
        let found = pool.withdraw(entry.ticket)
        #expect(found)
      default: break
      }
      while let expired = pool.expire(now: now) {
        #expect(waiting.first?.id == expired)
        waiting.removeFirst()
      }
      while let (granted, slot) = pool.grant() {
        #expect(waiting.first?.id == granted)
        waiting.removeFirst()
        users[slot] += 1
      }
      #expect(users.allSatisfy { $0 <= 2 })
      #expect(pool.waiting == waiting.count)
      let hasRoom = (0..<3).contains { isOpen[$0] && users[$0] < 2 }
      #expect(waiting.isEmpty || !hasRoom)
    }
  }
}
