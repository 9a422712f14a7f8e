package import Domain
package import Repositories
import Synchronization

/// Writes down to whom personal data was shown, before it is shown (SEC-04).
///
/// Every row is committed before the answer leaves, so no read that anybody saw is ever missing. It costs an answer one
/// commit, not one each: while a batch is being written the next requests gather, and the first of them writes for all.
/// What the answer to a write shows is recorded by the write's own transaction (`UnitOfWork`).
package final class DisclosureRecorder: Sendable {
  private typealias Turn = CheckedContinuation<Step, Never>

  /// What a request does when its turn comes.
  private enum Step: Sendable {
    case write([ShownPersonalData], others: [Waiting])
    case done(Result<Void, any Error>)
  }

  private struct Waiting: Sendable {
    let shown: ShownPersonalData
    let turn: CheckedContinuation<Step, Never>
  }

  private struct State {
    var isWriting = false
    var waiting: [Waiting] = []
  }

  /// Persons that one statement names at most; a request that names more goes alone.
  private static let batchSize = 1_000
  private let database: Database
  private let state = Mutex(State())

  package init(_ database: Database) { self.database = database }

  /// Returns when the record is committed.
  ///
  /// - Throws: `Failure` when they could not be; what was to be shown must not be shown then.
  package func record(_ shown: ShownPersonalData) async throws {
    let step = await withCheckedContinuation { (turn: Turn) in
      let isFirst = state.withLock { state in
        if state.isWriting {
          state.waiting.append(Waiting(shown: shown, turn: turn))
          return false
        }
        state.isWriting = true
        return true
      }
      if isFirst { turn.resume(returning: .write([shown], others: [])) }
    }
    switch step {
    case .done(let result):
      try result.get()
    case .write(let batch, let others):
      // A client that goes away cancels his own request, not what he writes for others.
      let result = await Task.immediate { try await self.write(batch) }.result
      for other in others { other.turn.resume(returning: .done(result)) }
      passOn()
      try result.get()
    }
  }

  private func write(_ batch: [ShownPersonalData]) async throws {
    try await database.write(.system) { tx in tx.enqueue(PersonalDataReadRepository.append(batch)) }
  }

  /// Makes the longest waiting request the next writer.
  private func passOn() {
    let next: (writer: Waiting, others: [Waiting])? = state.withLock { state in
      guard let writer = state.waiting.first else {
        state.isWriting = false
        return nil
      }
      var (count, persons) = (1, writer.shown.holders.count)
      while count < state.waiting.count, persons + state.waiting[count].shown.holders.count <= Self.batchSize {
        persons += state.waiting[count].shown.holders.count
        count += 1
      }
      let others = Array(state.waiting[1..<count])
      state.waiting.removeFirst(count)
      return (writer, others)
    }
    guard let next else { return }
    next.writer.turn.resume(
      returning: .write([next.writer.shown] + next.others.map(\.shown), others: next.others))
  }
}
