package import Domain
import FoundationEssentials
package import Repositories

/// What follows from the lines of a claim, and what other families and time do to it.
extension WarrantyClaimService {
  static let stepSize = 50

  /// Brings everything that hangs on a claim to where its lines are: what it draws of pre-authorisations, the decision clock, old
  /// parts that have to come back, what is payable, and the repairs that nobody claims any more. Called behind every step, with the
  /// claim about to be saved.
  ///
  /// - Parameter blocked: lines that a finding keeps from being paid, of a claim with open ones.
  func follow<Output>(
    _ claim: inout WarrantyClaim, blocked: Set<Int> = [], _ command: Command<Output>, in tx: Transaction
  ) async throws {
    try await preAuthorisations.settle(claim, blocked: blocked, command, in: tx)
    if claim.state == .underAudit {
      try await clocks.ensure([.init(.claimDecision)], on: claim.clockOwner, command, in: tx)
    } else {
      try await clocks.meet([.claimDecision], of: claim.clockSubject, command, in: tx)
    }
    if claim.state == .awaitingOldPart { try await requireOldParts(of: claim, command, in: tx) }
    try await ThreeGuaranteeBook(clocks.policies).follow(claim, command, in: tx)
    let source = LedgerEntry.Source(claim)
    let today = ReportPeriod.day(of: command.at)
    let payable = claim.recordPayables()
    if !payable.isEmpty {
      try await payables.record(
        payable.map {
          PayableItem.Draft(
            at: claim.stationID, .claim, source: source, line: $0.line, ordinal: $0.ordinal, $0.description, $0.amount,
            on: today, counter: claim.kind == .goodwill ? .goodwillExpense : nil)
        }, command, in: tx)
    }
    let rejected = claim.items.filter { item in item.lines.allSatisfy { $0.verdict?.outcome == .rejected } }
    if !rejected.isEmpty {
      tx.enqueue(ClaimedRepairRepository.release(claim.id, items: rejected.map(\.number), at: command.at))
    }
  }

  private func requireOldParts<Output>(
    of claim: WarrantyClaim, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    var drafts: [OldPart.Draft] = []
    for item in claim.items {
      for line in item.lines where line.oldPart == .awaited {
        guard let part = line.charge.partNumber else { continue }
        drafts.append(
          OldPart.Draft(
            stationID: claim.stationID,
            header: OldPartHeader(
              workOrderID: claim.workOrderID, vehicleID: claim.vehicleID,
              claim: .init(claimID: claim.id.uuid, number: claim.number, line: line.number), partNumber: part,
              partDescription: line.charge.description, serialNumber: nil, quantity: line.charge.quantity ?? 1,
              faultCode: item.work.faultCode, fault: item.work.cause ?? item.work.description,
              removedOn: claim.header.repairedOn, supplierID: nil, externalIDs: [:])))
      }
    }
    // A claim may be awaiting what it asked for before an appeal: the book leaves those alone.
    try await oldParts.require(drafts, command, in: tx)
  }

  /// A step that another family or time causes, in its transaction.
  ///
  /// - Returns: `false`: there is no such claim, or `body` changed nothing.
  @discardableResult
  func step<Output>(
    _ id: WarrantyClaim.ID, _ command: Command<Output>, in tx: Transaction,
    _ body: (inout WarrantyClaim) async throws -> Effects?
  ) async throws -> Bool {
    let header = Store.lock(.id(id), in: command.caller.scope)
    guard let before = try await Store.whole(header, .id(id), in: command.caller.scope, through: tx) else {
      return false
    }
    var claim = before
    guard let effects = try await body(&claim) else { return false }
    _ = save(claim, over: before, effects, command, in: tx)
    return true
  }

  // MARK: Time

  /// Decides claims whose decision is overdue where the policy says that silence approves (A9); elsewhere the clock's ladder has
  /// told who must hear of it. Each once, whichever instance finds it.
  ///
  /// - Returns: how many were looked at.
  package func deemOverdue(at now: Timestamp, in tx: Transaction) async throws -> Int {
    let command = Command<WarrantyClaim>(
      caller: .system, requestID: "deemClaims", at: now, precondition: .any, idempotency: nil,
      present: { _ in Answer(status: 204) })
    tx.enqueue(RecordTime.write(at: now))
    let policies = try await deemingStations(at: now, in: tx)
    if policies.isEmpty { return 0 }
    let found = try await tx.run(WarrantyClaimRepository.lockOverdue(at: policies, limit: Self.stepSize))
    for id in found {
      try await step(id, command, in: tx) { claim in
        guard let audit = try await tx.run(ClaimVersionRepository.latestAudit(of: claim.id, in: .network)) else {
          return nil
        }
        let rules = try await oldParts.policy(at: claim.stationID, now, in: tx).body
        let blocked = audit.facts.map { audit.result.blocked(of: $0).union($0.exceeding) } ?? []
        guard claim.deem(blocked: blocked, at: now, needsOldPart: { Self.needsOldPart($0, $1, rules) }) else {
          return nil
        }
        try await keepDecision(of: claim, .deemed, command, in: tx)
        try await follow(&claim, command, in: tx)
        return Effects(["warrantyClaim.deemed"])
      }
    }
    return found.count
  }

  /// Stations at whose place silence approves.
  private func deemingStations(at now: Timestamp, in tx: Transaction) async throws -> [Station.ID] {
    var stations: [Station.ID] = []
    for station in try await tx.run(WarrantyClaimRepository.stationsWithOverdue()) {
      let policy = try await clocks.policies.current(ClaimRulesPolicy.self, at: station, now, in: tx).body
      switch policy.lateDecision {
      case .deemedApproved: stations.append(station)
      case .escalated: break
      }
    }
    return stations
  }
}

/// What a part's return means for its line (OLD-05, OLD-06).
extension WarrantyClaimService: OldPartOutcome {
  package func accepted(
    _ line: OldPart.ClaimLine, part: OldPart, _ command: Command<Void>, in tx: Transaction
  ) async throws {
    try await step(WarrantyClaim.ID(line.claimID), command, in: tx) { claim in
      guard claim.acceptOldParts(of: [line.line]) else { return nil }
      try await follow(&claim, command, in: tx)
      return Effects(
        ["warrantyClaim.oldPartAccepted"],
        data: ["line": .integer(Int64(line.line)), "oldPart": .text(part.number)])
    }
  }

  package func refused(_ refusal: OldPartRefusal, _ command: Command<Void>, in tx: Transaction) async throws {
    switch refusal.consequence {
    // The line waits on; a claim that was paid stays so.
    case .blocked, .noted: return
    case .reversed: break
    }
    let line = refusal.line.line
    try await step(WarrantyClaim.ID(refusal.line.claimID), command, in: tx) { claim in
      // What was paid long ago stands, whatever the part turns out to be (A9).
      let policy = try await clocks.policies.current(ClaimRulesPolicy.self, at: claim.stationID, command.at, in: tx)
      if let paid = claim.lines.first(where: { $0.number == line }),
        claim.isBeyondChargeBack(paid, at: command.at, under: policy.body)
      {
        return nil
      }
      let text = "\(refusal.part.number): \(refusal.reason)"
      guard
        claim.refuseOldPart(of: line, text: text, by: .init(command.caller), at: command.at)
      else { return nil }
      for number in claim.takeBack() {
        try await payables.reverse(
          LedgerEntry.Source(claim), line: number, as: .oldPartReversal, reason: text, command, in: tx)
      }
      try await keepDecision(of: claim, .oldPart, command, in: tx)
      try await follow(&claim, command, in: tx)
      return Effects(
        ["warrantyClaim.oldPartRefused"],
        data: [
          "line": .integer(Int64(line)), "oldPart": .text(refusal.part.number),
          "fault": .text(refusal.fault.rawValue), "policyVersion": .text(refusal.policyVersion),
        ])
    }
  }
}

/// What settlements do to a claim (SM-7).
extension WarrantyClaimService: PayableSource {
  package func entered<Output>(
    _ items: [PayableItem], settlement: LedgerEntry.Source, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    try await stand(.inSettlement, items, "warrantyClaim.enteredSettlement", settlement, command, in: tx)
  }

  package func left<Output>(
    _ items: [PayableItem], settlement: LedgerEntry.Source, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    try await stand(.none, items, "warrantyClaim.leftSettlement", settlement, command, in: tx)
  }

  package func paid<Output>(
    _ items: [PayableItem], settlement: LedgerEntry.Source, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    try await stand(.paid, items, "warrantyClaim.settled", settlement, command, in: tx)
  }

  package func takenBack<Output>(
    _ item: PayableItem, reason: String, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    guard item.source.resource == .warrantyClaim, let line = item.line else { return }
    try await step(WarrantyClaim.ID(item.source.id), command, in: tx) { claim in
      let isDecision = item.kind == .claim
      guard
        claim.takeBackEntry(
          of: line, item.amount.minor, isDecision: isDecision, text: reason, by: .init(command.caller), at: command.at)
      else { return nil }
      try await keepDecision(of: claim, .decision, command, in: tx)
      try await follow(&claim, command, in: tx)
      return Effects(["warrantyClaim.disputeAllowed"], reason: reason, data: ["line": .integer(Int64(line))])
    }
  }

  private func stand<Output>(
    _ standing: ClaimLine.Standing, _ items: [PayableItem], _ type: String, _ settlement: LedgerEntry.Source,
    _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let entries = Dictionary(grouping: items.filter { $0.source.resource == .warrantyClaim }, by: \.source.id)
    if entries.isEmpty { return }
    // In one order whoever asks, so that two settlements cannot wait for each other.
    let claims = try await Store.lockAll(
      entries.keys.map { WarrantyClaim.ID($0) }, in: command.caller.scope, through: tx)
    // What an appeal added meanwhile is paid another time, and the claim is settled then.
    let open =
      standing == .paid
      ? try await tx.run(PayableItemRepository.openLines(of: Array(entries.keys), .warrantyClaim)) : [:]
    var changed: [(after: WarrantyClaim, before: WarrantyClaim)] = []
    for before in claims {
      var claim = before
      claim.stand(
        standing, of: Set((entries[before.id.uuid] ?? []).compactMap(\.line)), besides: open[before.id.uuid] ?? [],
        at: command.at)
      if claim != before { changed.append((claim.revised(by: command.caller, at: command.at), before)) }
    }
    if changed.isEmpty { return }
    let count = changed.count
    for (place, statement) in Store.saveStanding(changed, by: .init(command.caller), at: command.at).enumerated() {
      tx.enqueue(statement) { saved in
        if place == 0, saved != count {
          throw Failure.internal(reference: "\(count - saved) claims changed under their locks")
        }
      }
    }
    let effects = Effects([type], data: ["settlement": .optional(settlement.number)])
    tx.record(changed.flatMap { effects.events(of: $0.after, from: $0.before) }, by: command)
  }
}

/// The job that looks for overdue decisions.
package struct ClaimDeadlineSweep: Sendable {
  private let leases: WorkerLeaseService
  private let claims: WarrantyClaimService
  private let clock: WallClock

  package init(_ leases: WorkerLeaseService, claims: WarrantyClaimService, clock: WallClock) {
    self.leases = leases
    self.claims = claims
    self.clock = clock
  }

  /// - Returns: whether there may be more.
  package func deem(under lease: WorkerLease) async throws -> Bool {
    let now = clock.now()
    return try await leases.step(under: lease) { tx in
      try await claims.deemOverdue(at: now, in: tx) == WarrantyClaimService.stepSize
    }
  }
}
