package import Domain
package import Repositories

/// Warranty claims (SM-6): reading, drafting, the dry run and replays. The actions stand in `WarrantyClaimService+Actions`, what other
/// families do to a claim in `WarrantyClaimService+Outcomes`.
package struct WarrantyClaimService: LifecycleService {
  package typealias Document = WarrantyClaim
  package typealias Filter = WarrantyClaimFilter
  package typealias Store = WarrantyClaimRepository

  package static let reading = Permission.warrantyClaimsRead
  package static let noting = Permission.warrantyClaimsNote
  package let work: UnitOfWork
  let clocks: ClockBook
  let payables = PayableBook(LedgerBook())
  let oldParts: OldPartBook
  var examiner: ClaimExaminer { ClaimExaminer(work: work, policies: clocks.policies) }

  package init(_ work: UnitOfWork, clocks: ClockBook) {
    self.work = work
    self.clocks = clocks
    oldParts = OldPartBook(clocks)
  }

  // MARK: Reading

  /// What the audit would find if the claim were submitted now, by the same rules over the same facts, and nothing else (M6); with
  /// where the claim differs from its order (A12).
  package func check(
    _ reference: Reference<WarrantyClaim>, at instant: Timestamp, _ caller: Caller
  ) async throws -> ClaimCheck {
    try caller.require(.warrantyClaimsCheck)
    return try await work.database.snapshot(caller) { tx in
      let header = Store.find(reference, in: caller.scope)
      guard let claim = try await Store.whole(header, reference, in: caller.scope, through: tx) else {
        throw Refusal.notFound
      }
      let examination = try await examiner.examine(claim, caller, at: instant, in: tx)
      return ClaimCheck(
        claim: claim, result: examination.result, policyVersion: examination.policy.version,
        drift: try await drift(of: claim, caller, in: tx))
    }
  }

  /// What the latest audit found, and where the claim differs from its order now (A12).
  package func findings(_ reference: Reference<WarrantyClaim>, _ caller: Caller) async throws -> ClaimCheck {
    try caller.require(Self.reading)
    return try await work.database.snapshot(caller) { tx in
      let header = Store.find(reference, in: caller.scope)
      guard let claim = try await Store.whole(header, reference, in: caller.scope, through: tx) else {
        throw Refusal.notFound
      }
      let version = try await tx.run(ClaimVersionRepository.latestAudit(of: claim.id, in: caller.scope))
      return ClaimCheck(
        claim: claim, result: version?.result, policyVersion: version?.policyVersion,
        drift: try await drift(of: claim, caller, in: tx))
    }
  }

  private func drift(of claim: WarrantyClaim, _ caller: Caller, in tx: Transaction) async throws -> [ClaimDrift] {
    guard let id = claim.workOrderID else { return [] }
    let header = WorkOrderRepository.find(.id(id), in: caller.scope)
    guard let order = try await WorkOrderRepository.whole(header, .id(id), in: caller.scope, through: tx) else {
      return []
    }
    return claim.drift(from: order)
  }

  package func versions(
    _ reference: Reference<WarrantyClaim>, _ caller: Caller
  ) async throws -> (claim: WarrantyClaim, versions: [ClaimVersion]) {
    let claim = try await get(reference, caller)
    return (
      claim, try await work.database.read(caller, ClaimVersionRepository.all(of: claim.id, in: caller.scope))
    )
  }

  /// Judges every version once more from what was stored with it, by the numbers of its day (A2).
  package func replay(
    _ reference: Reference<WarrantyClaim>, _ caller: Caller
  ) async throws -> (claim: WarrantyClaim, replays: [ClaimReplay]) {
    try caller.require(.warrantyClaimsReplay)
    return try await work.database.snapshot(caller) { tx in
      guard let claim = try await tx.run(Store.find(reference, in: caller.scope)) else { throw Refusal.notFound }
      var replays: [ClaimReplay] = []
      for version in try await tx.run(ClaimVersionRepository.all(of: claim.id, in: caller.scope)) {
        guard let facts = version.facts else { continue }
        let policy = try await clocks.policies.version(ClaimRulesPolicy.self, version.policyVersion, in: tx).body
        replays.append(ClaimReplay(version, ClaimAudit.result(facts, under: policy)))
      }
      return (claim, replays)
    }
  }

  // MARK: Drafting

  package func create(_ draft: WarrantyClaimDraft, _ command: Command<WarrantyClaim>) async throws -> Answer {
    try await work.perform(command, .warrantyClaimsWrite) { tx in
      let violations = draft.violations()
      if !violations.isEmpty { throw Refusal.invalid(violations) }
      let stationID = try command.caller.scope.station(naming: draft.stationID)
      let scope = command.caller.scope
      if let id = draft.workOrderID {
        let header = WorkOrderRepository.find(.id(id), in: scope)
        guard let order = try await WorkOrderRepository.whole(header, .id(id), in: scope, through: tx),
          order.stationID == stationID
        else { throw Refusal.invalid("#/workOrderId", .notFound, "there is no such order at this station") }
        return try await open(draft, of: order, command, in: tx)
      }
      guard let id = draft.complaintID, let complaint = try await tx.run(ComplaintRepository.find(.id(id), in: scope)),
        complaint.stationID == stationID
      else { throw Refusal.invalid("#/complaintId", .notFound, "there is no such complaint at this station") }
      guard let station = try await tx.run(StationRepository.find(.id(stationID), in: scope)) else {
        throw Refusal.invalid("#/stationId", .notFound, "there is no such station")
      }
      var claim = WarrantyClaim(
        id: .new(at: command.at), number: try await tx.number(.warrantyClaim, at: stationID, on: command.at),
        stationID: stationID, kind: draft.kind, currency: station.profile.currency, workOrderID: nil, complaintID: id,
        vehicleID: complaint.header.vehicleID, state: .draft, version: 1,
        stamp: RecordStamp(by: command.caller, at: command.at),
        header: WarrantyClaimHeader(
          odometerKm: nil, repairedOn: nil, note: draft.note, externalIDs: draft.externalIDs),
        progress: WarrantyClaimProgress())
      try claim.rewrite(draft.items ?? [])
      return insert(claim, Effects(["warrantyClaim.drafted"]), command, in: tx)
    }
  }

  /// The claims that a delivered order gives rise to, one a payer, in its transaction (CLM-07).
  func draft<Output>(
    after order: WorkOrder, _ command: Command<Output>, in tx: Transaction
  ) async throws -> [WarrantyClaim] {
    var claims: [WarrantyClaim] = []
    for kind in ClaimDrafting.kinds(of: order) {
      claims.append(
        try await open(
          WarrantyClaimDraft(
            stationID: order.stationID, kind: kind, workOrderID: order.id, complaintID: nil, workOrderLines: nil,
            items: nil, note: nil, externalIDs: [:]), of: order, command, in: tx))
    }
    return claims
  }

  private func open<Output>(
    _ draft: WarrantyClaimDraft, of order: WorkOrder, _ command: Command<Output>, in tx: Transaction
  ) async throws -> WarrantyClaim {
    let items = try ClaimDrafting.items(of: order, for: draft.kind, lines: draft.workOrderLines)
    let repairedOn = try await tx.run(
      ClaimFactRepository.day(at: order.stationID, order.progress.deliveredAt ?? command.at))
    var claim = WarrantyClaim(
      id: .new(at: command.at), number: try await tx.number(.warrantyClaim, at: order.stationID, on: command.at),
      stationID: order.stationID, kind: draft.kind, currency: order.currency, workOrderID: order.id, complaintID: nil,
      vehicleID: order.header.vehicleID, state: .draft, version: 1,
      stamp: RecordStamp(by: command.caller, at: command.at),
      header: WarrantyClaimHeader(
        odometerKm: order.progress.odometerKm, repairedOn: repairedOn, note: draft.note,
        externalIDs: draft.externalIDs),
      progress: WarrantyClaimProgress(), items: items, lastLineNumber: items.flatMap(\.lines).map(\.number).max() ?? 0)
    if let rewritten = draft.items { try claim.rewrite(rewritten) }
    return insert(
      claim, Effects(["warrantyClaim.drafted"], data: ["workOrderId": .text(order.id.description)]), command, in: tx)
  }

  /// A merge patch of what the clerk writes. One that changes nothing keeps the version and writes no event (C-17).
  package func update(
    _ reference: Reference<WarrantyClaim>, _ patch: WarrantyClaimPatch, _ command: Command<WarrantyClaim>
  ) async throws -> Answer {
    try await change(reference, .warrantyClaimsWrite, "warrantyClaim.updated", command) { claim, _ in
      try claim.apply(patch)
    }
  }
}

/// What an audit finds, or found, with the claim that it is about.
package struct ClaimCheck: Sendable {
  package let claim: WarrantyClaim
  /// `nil`: it was never submitted.
  package let result: ClaimAudit.Result?
  package let policyVersion: PolicyVersion?
  package let drift: [ClaimDrift]
}

extension WarrantyClaim {
  var clockSubject: ClockSubject { ClockSubject(.warrantyClaim, id.uuid, number: number) }
  var clockOwner: ClockBook.Owner { ClockBook.Owner(clockSubject, at: stationID) }
}
