package import Domain
package import Repositories

/// How calls come about and what time does to them.
extension FollowUpService {
  static let stepSize = 100

  /// Two calls for a visit that has just ended, in its transaction: the first in its window, the second waiting for it
  /// (FUP-01…03).
  ///
  /// - Returns: the first.
  @discardableResult
  func schedule<Output>(
    _ subject: FollowUpSubject, topics: [FollowUp.Topic]? = nil, script: String? = nil, _ command: Command<Output>,
    in tx: Transaction
  ) async throws -> FollowUp {
    let stamp = RecordStamp(by: command.caller, at: command.at)
    let (asked, askedLater) = try await tx.run(
      SurveyRepository.inForce(.firstFollowUp), SurveyRepository.inForce(.secondFollowUp))
    let id = FollowUp.ID.new(at: command.at)
    let number = try await tx.number(.followUp, at: subject.station, on: command.at)
    let window = try await begin(.firstFollowUp, of: id, number, at: subject.station, command, in: tx)
    let first = FollowUp(
      id: id, number: number, subject, .first, first: nil,
      FollowUpPlan(
        opensAt: window.opensAt, dueAt: window.dueAt, topics: topics ?? FollowUp.topics(of: .first), script: script,
        survey: asked), stamp)
    let second = FollowUp(
      id: .new(at: command.at), number: try await tx.number(.followUp, at: subject.station, on: command.at), subject,
      .second,
      first: id,
      FollowUpPlan(opensAt: nil, dueAt: nil, topics: FollowUp.topics(of: .second), survey: askedLater), stamp)
    let saved = insert(first, Effects(["followUp.scheduled"]), command, in: tx)
    _ = insert(second, Effects(["followUp.scheduled"], data: ["firstNumber": .text(number)]), command, in: tx)
    return saved
  }

  /// The calls after a delivery (WO-08).
  func schedule<Output>(after order: WorkOrder, _ command: Command<Output>, in tx: Transaction) async throws {
    try await schedule(
      FollowUpSubject(
        station: order.stationID, occasion: .delivery, customer: order.header.customerID,
        vehicle: order.header.vehicleID, order: order.id), command, in: tx)
  }

  /// The window of the second call opens with the end of the first, however that ended: a customer who was not reached
  /// once is tried again (FUP-02).
  func openSecond<Output>(
    after first: FollowUp, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    guard first.round == .first, let before = try await tx.run(FollowUpRepository.lockSecond(of: first.id)),
      before.state == .scheduled, before.plan.opensAt == nil
    else { return }
    let window = try await begin(
      .secondFollowUp, of: before.id, before.number, at: before.stationID, command, in: tx)
    var second = before
    second.open(from: window.opensAt, until: window.dueAt, after: first)
    _ = save(second, over: before, Effects(["followUp.windowOpened"]), command, in: tx)
  }

  /// - Returns: the window; a kind of clock that the policy has switched off opens at once and never ends.
  private func begin<Output>(
    _ kind: ClockKind, of id: FollowUp.ID, _ number: String, at station: Station.ID, _ command: Command<Output>,
    in tx: Transaction
  ) async throws -> (opensAt: Timestamp, dueAt: Timestamp?) {
    let owner = ClockBook.Owner(ClockSubject(.followUp, id.uuid, number: number), at: station)
    let started = try await clocks.start([.init(kind)], on: owner, command, in: tx)
    guard let status = started.first?.status else { return (command.at, nil) }
    return (status.opensAt ?? command.at, status.dueAt)
  }

  /// Nobody calls a person who is gone; with the events that say so.
  func cancelWaiting<Output>(
    of customers: [Customer.ID], _ command: Command<Output>, in tx: Transaction
  ) async throws {
    for before in try await tx.run(FollowUpRepository.lockWaiting(of: customers, in: command.caller.scope)) {
      var document = before
      document.cancel()
      _ = save(document, over: before, Effects(["followUp.cancelled"]), command, in: tx)
      try await clocks.cancel(of: document.clockSubject, reason: nil, command, in: tx)
    }
  }

  /// Finds calls whose window has passed, each once whichever instance finds it: the rows are locked, and those of another
  /// instance passed over.
  ///
  /// - Returns: how many were found.
  package func findMissed(at now: Timestamp, in tx: Transaction) async throws -> Int {
    let command = Command<FollowUp>(
      caller: .system, requestID: "missFollowUps", at: now, precondition: .any, idempotency: nil,
      present: { _ in Answer(status: 204) })
    tx.enqueue(RecordTime.write(at: now))
    let found = try await tx.run(FollowUpRepository.lockMissed(at: now, limit: Self.stepSize))
    for before in found {
      var document = before
      document.miss(at: now)
      _ = save(
        document, over: before,
        Effects(["followUp.missed"], data: ["dueAt": .optional(before.plan.dueAt?.description)]), command, in: tx)
      try await openSecond(after: document, command, in: tx)
    }
    return found.count
  }
}

/// The job that finds missed calls.
package struct FollowUpSweep: Sendable {
  private let leases: WorkerLeaseService
  private let followUps: FollowUpService
  private let clock: WallClock

  package init(_ leases: WorkerLeaseService, followUps: FollowUpService, clock: WallClock) {
    self.leases = leases
    self.followUps = followUps
    self.clock = clock
  }

  /// - Returns: whether there may be more.
  package func miss(under lease: WorkerLease) async throws -> Bool {
    let now = clock.now()
    return try await leases.step(under: lease) { tx in
      try await followUps.findMissed(at: now, in: tx) == FollowUpService.stepSize
    }
  }
}
