package import Domain
package import Repositories

/// Letters (FUP-09…12). They are sent outside: `letter.due` tells who sends, and the sending is recorded here.
package struct LetterService: LifecycleService {
  package typealias Document = Letter
  package typealias Filter = LetterFilter
  package typealias Store = LetterRepository

  package static let reading = Permission.lettersRead
  package static let noting = Permission.lettersWrite
  package let work: UnitOfWork
  private let clocks: ClockBook
  private var policies: PolicyBook { clocks.policies }

  package init(_ work: UnitOfWork, clocks: ClockBook) {
    self.work = work
    self.clocks = clocks
  }

  package func create(_ draft: LetterDraft, _ command: Command<Letter>) async throws -> Answer {
    try await work.perform(command, .lettersWrite) { tx in
      let station = try command.caller.scope.station(naming: draft.stationID)
      try draft.requireAddressee()
      let dueAt = try draft.dueAt(
        under: try await policies.current(FollowUpsPolicy.self, at: station, command.at, in: tx).body, now: command.at)
      let rule = draft.content.rule
      if let model = rule.modelID,
        try await tx.run(VehicleModelRepository.find(.id(model), in: command.caller.scope)) == nil
      {
        throw Refusal.invalid("#/recipients/modelId", .notFound, "there is no such vehicle model")
      }
      for (place, id) in rule.customerIDs.enumerated() {
        let customer = try await tx.run(CustomerRepository.find(.id(id), in: command.caller.scope))
        if customer?.stationID != station || customer?.state != .active {
          throw Refusal.invalid(
            "#/recipients/customerIds/\(place)", .notFound, "there is no such customer at this station")
        }
      }
      let number = try await tx.number(.letter, at: station, on: command.at)
      let letter = Letter(
        id: .new(at: command.at), number: number, stationID: station, state: .planned, version: 1,
        stamp: RecordStamp(by: command.caller, at: command.at), content: draft.content, dueAt: dueAt)
      return insert(
        letter, Effects(["letter.planned"], data: ["dueAt": .text(dueAt.description)]), command, in: tx)
    }
  }

  package func update(
    _ reference: Reference<Letter>, _ edit: Letter.Edit, _ command: Command<Letter>
  ) async throws -> Answer {
    try await change(reference, .lettersWrite, "letter.updated", command) { letter, _ throws(Refusal) in
      try letter.apply(edit, at: command.at)
    }
  }

  /// The letter went out, but to those who could not be written to (FUP-12). To whom a written notice was promised on the telephone
  /// has it then (FUP-10).
  package func send(
    _ reference: Reference<Letter>, through channel: Letter.Channel, undeliverable: [Customer.ID],
    _ command: Command<Letter>
  ) async throws -> Answer {
    let data: [String: EventValue] = ["channel": .text(channel.rawValue)]
    return try await act(reference, .send, data: data, command) { letter, tx in
      let row = try letter.send(
        .init(
          channel: channel, sentAt: command.at, sentBy: command.caller.name, undeliverable: Set(undeliverable).count),
        by: command.caller.subject)
      let chosen = Set(try await tx.run(LetterRepository.chosen(undeliverable, of: letter.id)))
      for (place, id) in undeliverable.enumerated() where !chosen.contains(id) {
        throw Refusal.invalid("#/undeliverable/\(place)", .notFound, "the letter does not go to this customer")
      }
      tx.enqueue(LetterRepository.markSent(letter.id, except: undeliverable, at: command.at))
      switch letter.content.kind {
      case .notice, .invitation:
        for subject in try await tx.run(LetterRepository.awaited(letter.id)) {
          try await clocks.meet([.writtenNotice], of: subject, command, in: tx)
        }
      case .greeting, .reply: break
      }
      return row
    }
  }

  package func cancel(
    _ reference: Reference<Letter>, reason: String, _ command: Command<Letter>
  ) async throws -> Answer {
    try await act(reference, .cancel, reason: reason, command) { letter, _ throws(Refusal) in
      try letter.cancel(reason, by: command.caller.subject)
    }
  }

  package func recipients(
    of reference: Reference<Letter>, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<LetterRecipient> {
    let letter = try await get(reference, caller)
    return try await work.database.read(
      caller, LetterRepository.recipients(of: letter.id, page, in: caller.scope))
  }

  // MARK: Time

  static let stepSize = 20

  /// Chooses the recipients of letters whose day has come, each letter once whichever instance finds it.
  ///
  /// - Returns: how many fell due.
  package func fallDue(at now: Timestamp, in tx: Transaction) async throws -> Int {
    let command = Command<Letter>(
      caller: .system, requestID: "sendLetters", at: now, precondition: .any, idempotency: nil,
      present: { _ in Answer(status: 204) })
    tx.enqueue(RecordTime.write(at: now))
    let due = try await tx.run(LetterRepository.lockDue(at: now, limit: Self.stepSize))
    for before in due {
      let policy = try await policies.current(FollowUpsPolicy.self, at: before.stationID, now, in: tx).body
      let count = try await tx.run(
        LetterRepository.choose(for: before, atMost: policy.contactsPerMonth, at: now))
      var letter = before
      letter.fallDue(for: count)
      _ = save(
        letter, over: before,
        Effects(
          ["letter.due"], data: ["kind": .text(letter.content.kind.rawValue), "recipients": .integer(Int64(count))]),
        command, in: tx)
    }
    return due.count
  }

}

/// The job by which letters fall due.
package struct LetterSweep: Sendable {
  private let leases: WorkerLeaseService
  private let letters: LetterService
  private let clock: WallClock

  package init(_ leases: WorkerLeaseService, letters: LetterService, clock: WallClock) {
    self.leases = leases
    self.letters = letters
    self.clock = clock
  }

  /// - Returns: whether there may be more.
  package func fallDue(under lease: WorkerLease) async throws -> Bool {
    let now = clock.now()
    return try await leases.step(under: lease) { tx in
      try await letters.fallDue(at: now, in: tx) == LetterService.stepSize
    }
  }
}
