package import Domain
package import Repositories

/// Follow-ups (SM-13): planning and reading. The actions stand in `FollowUpService+Actions`, what other families and time
/// begin in `FollowUpService+Windows`.
package struct FollowUpService: LifecycleService {
  package typealias Document = FollowUp
  package typealias Filter = FollowUpFilter
  package typealias Store = FollowUpRepository

  package static let reading = Permission.followUpsRead
  package static let noting = Permission.followUpsWrite
  package let work: UnitOfWork
  let clocks: ClockBook

  package init(_ work: UnitOfWork, clocks: ClockBook) {
    self.work = work
    self.clocks = clocks
  }

  /// Plans calls after a consultation or a visit, two of them in their windows, or one about the next service at a time that
  /// the clerk names (FUP-01, FUP-04). Answers the first.
  package func create(_ draft: FollowUpDraft, _ command: Command<FollowUp>) async throws -> Answer {
    try await work.perform(command, .followUpsWrite) { tx in
      let station = try command.caller.scope.station(naming: draft.stationID)
      let scope = command.caller.scope
      let customer = try await tx.run(CustomerRepository.find(.id(draft.customerID), in: scope))
      var violations: [Violation] = []
      if customer?.stationID != station || customer?.state != .active {
        violations.append(
          Violation(pointer: "#/customerId", code: .notFound, detail: "there is no such customer at this station"))
      }
      if let id = draft.vehicleID, try await tx.run(VehicleRepository.find(.id(id), in: scope)) == nil {
        violations.append(Violation(pointer: "#/vehicleId", code: .notFound, detail: "there is no such vehicle"))
      }
      switch draft.occasion {
      case .delivery:
        violations.append(
          Violation(pointer: "#/occasion", code: .inconsistent, detail: "a delivery schedules its calls itself"))
      case .consultation, .visit:
        if draft.plannedAt != nil {
          violations.append(
            Violation(
              pointer: "#/plannedAt", code: .inconsistent, detail: "the window of this follow-up comes from the policy")
          )
        }
      case .nextService, .productUse:
        if draft.plannedAt == nil {
          violations.append(
            Violation(pointer: "#/plannedAt", code: .required, detail: "is required for a call that is planned by hand")
          )
        } else if let plannedAt = draft.plannedAt, plannedAt <= command.at {
          violations.append(Violation(pointer: "#/plannedAt", code: .outOfRange, detail: "must lie in the future"))
        }
      }
      if !violations.isEmpty { throw Refusal.invalid(violations) }
      let subject = FollowUpSubject(
        station: station, occasion: draft.occasion, customer: draft.customerID, vehicle: draft.vehicleID, order: nil)
      guard let plannedAt = draft.plannedAt, draft.occasion.isPlannedByHand else {
        return try await schedule(
          subject, topics: draft.topics.isEmpty ? nil : draft.topics, script: draft.script, command, in: tx)
      }
      return try await plan(subject, at: plannedAt, topics: draft.topics, script: draft.script, command, in: tx)
    }
  }

  /// A call at a time that somebody chose, without an end.
  func plan<Output>(
    _ subject: FollowUpSubject, at instant: Timestamp, topics: [FollowUp.Topic], script: String?,
    _ command: Command<Output>, in tx: Transaction
  ) async throws -> FollowUp {
    let document = FollowUp(
      id: .new(at: command.at), number: try await tx.number(.followUp, at: subject.station, on: command.at), subject,
      .first, first: nil,
      FollowUpPlan(
        opensAt: instant, dueAt: nil, topics: topics.isEmpty ? subject.occasion.topics : topics, script: script),
      RecordStamp(by: command.caller, at: command.at))
    return insert(document, Effects(["followUp.scheduled"]), command, in: tx)
  }

  /// What can be changed by hand: the plan of a call to come, and on an open issue the solution, whose customer hears of it
  /// the same day (FUP-03, FUP-07).
  package func update(
    _ reference: Reference<FollowUp>, _ edit: FollowUp.Edit, solution: String?, _ command: Command<FollowUp>
  ) async throws -> Answer {
    try await change(reference, .followUpsWrite, "followUp.updated", command) { document, tx in
      if edit.isSet { try document.apply(edit, after: try await first(of: document, command, in: tx)) }
      guard let solution else { return }
      let isFirst = document.issue?.solution == nil
      try document.solve(solution, by: command.caller.name, at: command.at)
      if isFirst {
        try await clocks.start([.init(.solutionToCustomer)], on: document.clockOwner, command, in: tx)
      }
    }
  }

  // MARK: Shared

  func first<Output>(
    of document: FollowUp, _ command: Command<Output>, in tx: Transaction
  ) async throws -> FollowUp? {
    guard let id = document.firstID else { return nil }
    return try await tx.run(FollowUpRepository.find(.id(id), in: command.caller.scope))
  }

  /// The numbers in force at the station.
  func policy<Output>(
    at station: Station.ID, _ command: Command<Output>, in tx: Transaction
  ) async throws -> PolicyBook.InForce<FollowUpsPolicy> {
    try await clocks.policies.current(FollowUpsPolicy.self, at: station, command.at, in: tx)
  }
}

/// Whom calls are about.
struct FollowUpSubject: Sendable {
  let station: Station.ID
  let occasion: FollowUp.Occasion
  let customer: Customer.ID
  let vehicle: Vehicle.ID?
  let order: WorkOrder.ID?
}

extension FollowUp {
  init(
    id: ID, number: String, _ subject: FollowUpSubject, _ round: Round, first: ID?, _ plan: FollowUpPlan,
    _ stamp: RecordStamp
  ) {
    self.init(
      id: id, number: number, stationID: subject.station, occasion: subject.occasion, round: round,
      customerID: subject.customer, vehicleID: subject.vehicle, workOrderID: subject.order, firstID: first,
      state: .scheduled, version: 1, stamp: stamp, plan: plan)
  }

  var clockSubject: ClockSubject { ClockSubject(.followUp, id.uuid, number: number) }
  var clockOwner: ClockBook.Owner { ClockBook.Owner(clockSubject, at: stationID) }
}

extension FollowUp.Edit {
  var isSet: Bool { topics.isSet || script.isSet || plannedAt.isSet }
}
