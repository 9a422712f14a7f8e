package import Domain
import FoundationEssentials
package import Repositories

/// The one way in which anything is written: permission, transaction, idempotency key, effect, answer, commit.
///
/// The key's row, the effect, its events and the answer commit together or not at all (C-19), so a client that never saw an
/// answer repeats its request and gets the first one, byte for byte.
package struct UnitOfWork: Sendable {
  package let database: Database
  package let clock: WallClock

  package init(_ database: Database, clock: WallClock) {
    self.database = database
    self.clock = clock
  }

  /// - Throws: `Refusal.forbidden` before anything else; `Refusal.idempotencyInProgress`, `.idempotencyKeyReused`; whatever
  ///   `body` refuses; `Failure` for the database's own troubles.
  package func perform<Output: Sendable>(
    _ command: Command<Output>, _ permission: Permission?, _ body: (Transaction) async throws -> Output
  ) async throws -> Answer {
    if let permission { try command.caller.require(permission) }
    let disclosures = command.caller.disclosures
    let shownBefore = disclosures?.count ?? 0
    do {
      return try await database.write(command.caller) { tx in
        // An attempt before this one may have shown a document that was never committed.
        disclosures?.forget(beyond: shownBefore)
        tx.enqueue(RecordTime.write(at: command.at))
        if let request = command.idempotency { Self.admit(request, of: command.caller, in: tx) }
        let answer = try command.present(try await body(tx))
        if let request = command.idempotency, (200..<300).contains(answer.status) {
          tx.enqueue(IdempotencyRepository.store(answer, for: request, of: command.caller.key, at: command.at))
        }
        return answer
      }
    } catch let replay as Replay {
      disclosures?.forget(beyond: shownBefore)
      // The first answer may have been "outcome unknown": it is no better known before the standby has it.
      _ = try await database.write(command.caller) { tx in try await tx.run(IdempotencyRepository.confirm) }
      var answer = replay.answer
      answer.headers.append(Answer.Header("Idempotency-Replayed", "true"))
      return answer
    } catch {
      // Nothing is shown of what came to nothing.
      disclosures?.forget(beyond: shownBefore)
      throw error
    }
  }

  /// Queued before the body's first statement, so it costs no trip; what the body's statement did is rolled back when the
  /// key turns out to be known.
  private static func admit(_ request: IdempotencyRequest, of caller: Caller, in tx: Transaction) {
    tx.enqueue(IdempotencyRepository.lock(request, of: caller.key))
    tx.enqueue(IdempotencyRepository.find(request, of: caller.key)) { stored in
      guard let stored else { return }
      if stored.fingerprint != request.fingerprint { throw Refusal.idempotencyKeyReused }
      throw Replay(answer: stored.answer)
    }
  }

  private struct Replay: Error {
    let answer: Answer
  }
}

extension Caller {
  /// Whose idempotency keys these are. The product itself shares one key space.
  var key: UUID { subject.id ?? UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)) }
}

extension Transaction {
  /// Appends the events of a command's change; they travel with the next statement or the commit.
  package func record<Output>(_ changes: Change..., by command: Command<Output>) {
    record(changes, by: command)
  }

  package func record<Output>(_ changes: [Change], by command: Command<Output>) {
    guard !changes.isEmpty else { return }
    enqueue(
      EventRepository.append(
        changes, by: command.caller, requestID: command.requestID, traceparent: command.traceparent, at: command.at))
  }
}
