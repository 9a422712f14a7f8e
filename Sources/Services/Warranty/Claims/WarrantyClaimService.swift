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
  var preAuthorisations: PreAuthorisationService { PreAuthorisationService(work, clocks: clocks) }

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
      let station = try command.caller.scope.station(naming: draft.stationID)
      return try await open(draft, at: station, command, in: tx)
    }
  }

  /// Makes the draft what the station's own system says that it is. The life cycle moves by actions only.
  package func upsert(
    _ key: ExternalKey, _ draft: WarrantyClaimDraft, _ command: Command<Upserted<WarrantyClaim>>
  ) async throws -> Answer {
    try command.caller.require(.warrantyClaimsWrite)
    let violations = draft.violations()
    if !violations.isEmpty { throw Refusal.invalid(violations) }
    let station = try command.caller.scope.station(naming: draft.stationID)
    return try await upsert(key, at: station, natural: nil, .warrantyClaimsWrite, command) { tx in
      try await open(try draft.identified(by: key, beside: [:]), at: station, command, in: tx)
    } rewrite: { claim, tx in
      let before = claim
      try claim.rewrite(as: try draft.identified(by: key, beside: before.externalIDs))
      try await requirePermits(of: claim, over: before, command, in: tx)
    }
  }

  private func open<Output>(
    _ draft: WarrantyClaimDraft, at stationID: Station.ID, _ command: Command<Output>, in tx: Transaction
  ) async throws -> WarrantyClaim {
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
    var items = try ClaimDrafting.items(of: order, for: draft.kind, lines: draft.workOrderLines)
    let repairedOn = try await tx.run(
      ClaimFactRepository.day(at: order.stationID, order.progress.deliveredAt ?? command.at))
    if let word = draft.kind.preAuthorisation {
      let permits = try await tx.run(PreAuthorisationRepository.permits(for: order.id, in: command.caller.scope))
      for index in items.indices {
        guard let number = items[index].workOrderLine else { continue }
        let begun = order.lines.first { $0.number == number }?.begunOn
        items[index].preAuthorisationID =
          permits.meant(word, line: number, on: begun ?? repairedOn ?? ReportPeriod.day(of: command.at))?.id
      }
    }
    var claim = WarrantyClaim(
      id: .new(at: command.at), number: try await tx.number(.warrantyClaim, at: order.stationID, on: command.at),
      stationID: order.stationID, kind: draft.kind, currency: order.currency, workOrderID: order.id, complaintID: nil,
      vehicleID: order.header.vehicleID, state: .draft, version: 1,
      stamp: RecordStamp(by: command.caller, at: command.at),
      header: WarrantyClaimHeader(
        odometerKm: order.progress.odometerKm, repairedOn: repairedOn, note: draft.note,
        externalIDs: draft.externalIDs),
      progress: WarrantyClaimProgress(), items: items, lastLineNumber: items.flatMap(\.lines).map(\.number).max() ?? 0)
    if let rewritten = draft.items {
      let before = claim
      try claim.rewrite(rewritten)
      try await requirePermits(of: claim, over: before, command, in: tx)
    }
    return insert(
      claim, Effects(["warrantyClaim.drafted"], data: ["workOrderId": .text(order.id.description)]), command, in: tx)
  }

  /// A merge patch of what the clerk writes. One that changes nothing keeps the version and writes no event (C-17).
  package func update(
    _ reference: Reference<WarrantyClaim>, _ patch: WarrantyClaimPatch, _ command: Command<WarrantyClaim>
  ) async throws -> Answer {
    try await change(reference, .warrantyClaimsWrite, "warrantyClaim.updated", command) { claim, tx in
      let before = claim
      try claim.apply(patch)
      try await requirePermits(of: claim, over: before, command, in: tx)
    }
  }

  /// What items newly name must be the maker's word on their jobs, for this kind of claim (M5).
  func requirePermits<Output>(
    of claim: WarrantyClaim, over before: WarrantyClaim, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let known = Dictionary(before.items.map { ($0.number, $0.preAuthorisationID) }, uniquingKeysWith: { $1 })
    let named = claim.items.enumerated().filter {
      $0.element.preAuthorisationID != nil && known[$0.element.number] != .some($0.element.preAuthorisationID)
    }
    guard !named.isEmpty, let order = claim.workOrderID else { return }
    let permits = try await tx.run(PreAuthorisationRepository.permits(for: order, in: command.caller.scope))
    let unknown = named.filter { _, item in
      !permits.contains {
        $0.id == item.preAuthorisationID && $0.line == item.workOrderLine && $0.kind == claim.kind.preAuthorisation
      }
    }
    if unknown.isEmpty { return }
    throw Refusal.invalid(
      unknown.map { place, _ in
        Violation(
          pointer: "#/items/\(place)/preAuthorisationId", code: .notFound,
          detail: "there is no such pre-authorisation that approves something for this job")
      })
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
