package import Domain
package import FoundationEssentials
package import Repositories

/// Clocks as people meet them: reading, explaining, pausing, setting right, taking in hand.
package struct ClockService: LifecycleService {
  package typealias Document = Clock
  package typealias Filter = Clock.Filter
  package typealias Store = ClockRepository

  package static let reading = Permission.clocksRead
  package static let noting = Permission.notesWrite
  package let work: UnitOfWork
  private let book: ClockBook

  package init(_ work: UnitOfWork, book: ClockBook) {
    self.work = work
    self.book = book
  }

  /// Every clock that a document ever had, in the order of their starts. The document's own service shows first that the
  /// caller may see it; then he sees its deadlines, whichever station must keep them.
  package func clocks(of resource: Resource, _ id: UUID, _ caller: Caller) async throws -> [Clock] {
    let selection = ClockRepository.Selection.all(resource, id)
    let (headers, lines, calendars) = try await work.database.read(
      caller.beyondScope(), ClockRepository.headers(selection, in: .network),
      ClockRepository.lines(selection, in: .network), ClockRepository.calendars(selection, in: .network))
    return try ClockRepository.assemble(headers, lines, calendars)
  }

  // MARK: Actions

  package func pause(
    _ reference: Reference<Clock>, reason: String, _ command: Command<Clock>
  ) async throws -> Answer {
    try await act(reference, .pause, command) { clock, _ in
      try clock.paused(reason: reason, by: command.caller, at: command.at)
    }
  }

  package func resume(
    _ reference: Reference<Clock>, reason: String, _ command: Command<Clock>
  ) async throws -> Answer {
    try await act(reference, .resume, command) { clock, _ in
      try clock.resumed(reason: reason, by: command.caller, at: command.at)
    }
  }

  package func correct(
    _ reference: Reference<Clock>, _ correction: ClockEntry.Correction, reason: String, _ command: Command<Clock>
  ) async throws -> Answer {
    try await act(reference, .correct, command) { clock, _ in
      try clock.corrected(correction, reason: reason, by: command.caller, at: command.at)
    }
  }

  /// By the policy and the calendar in force now, which no clock takes over by itself.
  /// - Throws: `Refusal.conflict` `clock-kind-inactive` when the policy starts no clocks of the kind any more.
  package func recompute(
    _ reference: Reference<Clock>, reason: String, _ command: Command<Clock>
  ) async throws -> Answer {
    try await act(reference, .recompute, command) { clock, tx in
      let start = ClockBook.Start(clock.kind, variant: clock.ledger.terms?.variant)
      guard let (terms, calendar) = try await book.terms(start, at: clock.stationID, command, in: tx) else {
        throw Refusal.conflict(
          code: "clock-kind-inactive", detail: "The policy in force starts no clocks of this kind.", .kind(clock.kind))
      }
      return try clock.recomputed(terms, in: calendar, reason: reason, by: command.caller, at: command.at)
    }
  }

  package func acknowledge(
    _ reference: Reference<Clock>, reason: String?, _ command: Command<Clock>
  ) async throws -> Answer {
    try await act(reference, .acknowledge, command) { clock, _ in
      try clock.acknowledged(reason: reason, by: command.caller, at: command.at)
    }
  }

  private func act(
    _ reference: Reference<Clock>, _ action: Clock.Action, _ command: Command<Clock>,
    _ body: (Clock, Transaction) async throws -> Clock
  ) async throws -> Answer {
    try await work.perform(command, try Clock.lifecycle.permission(for: action)) { tx in
      let before = try await load(reference, command, in: tx)
      let after = try await body(before, tx)
      book.save(after, over: before, command, in: tx)
      return after
    }
  }
}
