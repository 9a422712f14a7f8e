package import Domain
import FoundationEssentials
import Repositories

/// The actions of the transition table, one method each, named as the action.
extension WarrantyClaimService {
  package func appraise(
    _ reference: Reference<WarrantyClaim>, _ text: String, _ command: Command<WarrantyClaim>
  ) async throws -> Answer {
    try await act(reference, .appraise, command) { claim, _ in
      try claim.appraise(text, by: command.caller, at: command.at)
    }
  }

  /// Comes in and is audited at once. Who submits the same repair at the same moment waits until this transaction ends and then
  /// sees it (A3); the database lets one of them stand as the first, whatever happens here.
  package func submit(
    _ reference: Reference<WarrantyClaim>, _ command: Command<WarrantyClaim>
  ) async throws -> Answer {
    try await act(reference, .submit, command) { claim, tx in
      // Asked before anything is gathered, so that what may not be submitted holds up nobody.
      _ = try WarrantyClaimLifecycle.table.permit(.submit, on: claim, by: command.caller.subject)
      let examination = try await examineLocked(claim, command, in: tx)
      let rules = try await oldParts.policy(at: claim.stationID, command.at, in: tx).body
      let row = try claim.submit(examination.result, by: command.caller, at: command.at) {
        Self.needsOldPart($0, $1, rules)
      }
      keep(examination, of: claim, .submission, command, in: tx)
      try await follow(&claim, blocked: examination.result.blocked(of: examination.facts), command, in: tx)
      return row
    }
  }

  package func `return`(
    _ reference: Reference<WarrantyClaim>, reason: ClaimVerdict.Reason, text: String,
    _ command: Command<WarrantyClaim>
  ) async throws -> Answer {
    try await act(reference, .return, reason: text, data: ["reason": .text(reason.rawValue)], command) { claim, tx in
      let row = try claim.return(reason: reason, text: text, by: command.caller, at: command.at)
      try await keepDecision(of: claim, .decision, command, in: tx)
      try await follow(&claim, command, in: tx)
      return row
    }
  }

  /// Decides lines, all or none of them (CLM-11).
  ///
  /// - Parameter pointer: where a decision stands in the request, by its place.
  package func decide(
    _ reference: Reference<WarrantyClaim>, _ decisions: [ClaimDecision], _ command: Command<WarrantyClaim>,
    pointer: @escaping @Sendable (Int) -> String = { "#/decisions/\($0)" }
  ) async throws -> Answer {
    let lines: [EventValue] = decisions.map { .integer(Int64($0.line)) }
    return try await act(reference, .decide, data: ["lines": .list(lines)], command) { claim, tx in
      let audit = try await tx.run(ClaimVersionRepository.latestAudit(of: claim.id, in: command.caller.scope))
      let blocked = audit.flatMap { version in version.facts.map { version.result.blocked(of: $0) } } ?? []
      let rules = try await oldParts.policy(at: claim.stationID, command.at, in: tx).body
      let row: Transition<WarrantyClaim>
      do {
        row = try claim.decide(
          decisions, blocked: blocked, by: command.caller, at: command.at, pointer: pointer
        ) { Self.needsOldPart($0, $1, rules) }
      } catch Refusal.conflict("claim-line-blocked", let detail) {
        let blocking = (audit?.result.findings ?? []).filter { $0.severity == .block }.map(\.rule.rawValue)
        throw Refusal.conflict(code: "claim-line-blocked", detail: detail).telling([
          .findings(Set(blocking).sorted())
        ])
      }
      if decisions.contains(where: { $0.outcome == .approved || $0.outcome == .reduced }) {
        try await requireLimit(claim, command, in: tx)
      }
      try await keepDecision(of: claim, .decision, command, in: tx)
      try await follow(&claim, blocked: blocked, command, in: tx)
      return row
    }
  }

  /// A second look at what was rejected or reduced, by another person, with what the audit finds now (D-24, M15).
  package func appeal(
    _ reference: Reference<WarrantyClaim>, text: String, _ command: Command<WarrantyClaim>
  ) async throws -> Answer {
    try await act(reference, .appeal, reason: text, command) { claim, tx in
      _ = try WarrantyClaimLifecycle.table.permit(.appeal, on: claim, by: command.caller.subject)
      let examination = try await examineLocked(claim, command, in: tx)
      let row = try claim.appeal(
        examination.result, text: text, by: command.caller, at: command.at, under: examination.policy.body)
      keep(examination, of: claim, .appeal, command, in: tx)
      try await follow(&claim, blocked: examination.result.blocked(of: examination.facts), command, in: tx)
      return row
    }
  }

  package func withdraw(
    _ reference: Reference<WarrantyClaim>, reason: String, _ command: Command<WarrantyClaim>
  ) async throws -> Answer {
    try await act(reference, .withdraw, reason: reason, command) { claim, tx in
      let wasSubmitted = claim.progress.submissions > 0
      let row = try claim.withdraw(reason, by: command.caller.subject)
      if wasSubmitted { try await keepDecision(of: claim, .withdrawal, command, in: tx) }
      tx.enqueue(ClaimedRepairRepository.release(claim.id, items: nil, at: command.at))
      try await preAuthorisations.release(claim.id.uuid, command, in: tx)
      try await clocks.cancel(of: claim.clockSubject, reason: reason, command, in: tx)
      return row
    }
  }

  /// Takes back what was paid, by linked negative items (A9).
  ///
  /// - Parameter lines: `nil`: all that was paid.
  package func chargeBack(
    _ reference: Reference<WarrantyClaim>, lines: [Int]?, reason: ClaimVerdict.Reason, text: String,
    _ command: Command<WarrantyClaim>
  ) async throws -> Answer {
    try await perform(reference, .chargeBack, command) { claim, tx in
      let policy = try await clocks.policies.current(ClaimRulesPolicy.self, at: claim.stationID, command.at, in: tx)
      let (row, taken) = try claim.chargeBack(
        lines, reason: reason, text: text, by: command.caller, at: command.at, under: policy.body)
      for line in taken {
        let items = try await payables.reverse(
          LedgerEntry.Source(claim), line: line, reason: text, command, in: tx)
        claim.noteReversals(items.count, of: line)
      }
      try await keepDecision(of: claim, .chargeBack, command, in: tx)
      try await follow(&claim, command, in: tx)
      return Effects(
        row, reason: text,
        data: [
          "lines": .list(taken.map { .integer(Int64($0)) }), "reason": .text(reason.rawValue),
          "policyVersion": .text(policy.version.description),
        ])
    }
  }

  // MARK: Inside

  private func examineLocked<Output>(
    _ claim: WarrantyClaim, _ command: Command<Output>, in tx: Transaction
  ) async throws -> ClaimExaminer.Examination {
    // A statement of its own: what comes behind it sees what the former holder of the lock has committed.
    _ = try await tx.run(
      ClaimedRepairRepository.lock(
        claim.items.map { ClaimedRepairRepository.Repair(claim, $0) }, of: claim.workOrderID))
    return try await examiner.examine(claim, command.caller, at: command.at, in: tx)
  }

  /// The version with everything that it was judged from, and which repairs are claimed with it.
  private func keep<Output>(
    _ examination: ClaimExaminer.Examination, of claim: WarrantyClaim, _ occasion: ClaimVersion.Occasion,
    _ command: Command<Output>, in tx: Transaction
  ) {
    tx.enqueue(
      ClaimVersionRepository.insert(
        ClaimVersion(
          occasion, of: claim, facts: examination.facts, examination.result,
          policyVersion: examination.policy.version, by: .init(command.caller), at: command.at),
        of: claim))
    tx.enqueue(ClaimedRepairRepository.release(claim.id, but: claim.items.map(\.number), at: command.at))
    for repair in examination.repairs {
      let found = Set(examination.result.findings.filter { $0.item == repair.item }.map(\.rule))
      tx.enqueue(
        ClaimedRepairRepository.save(
          repair, windowDays: examination.policy.body.duplicateDays,
          isFirstRepair: !found.contains(.sameRepairInWindow), isFirstLine: !found.contains(.sameLineTwice),
          at: command.at))
    }
  }

  /// The version that a decision makes, with the inputs of the audit that it rests on (A2).
  func keepDecision<Output>(
    of claim: WarrantyClaim, _ occasion: ClaimVersion.Occasion, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    guard let audit = try await tx.run(ClaimVersionRepository.latestAudit(of: claim.id, in: command.caller.scope))
    else { throw Failure.internal(reference: "a claim was decided that was never audited") }
    tx.enqueue(
      ClaimVersionRepository.insert(
        ClaimVersion(
          occasion, of: claim, facts: occasion == .withdrawal ? nil : audit.facts, audit.result,
          policyVersion: audit.policyVersion, rulesVersion: audit.rulesVersion, by: .init(command.caller),
          at: command.at),
        of: claim))
  }

  /// Up to which amount the person decides, by his roles (M23).
  private func requireLimit<Output>(
    _ claim: WarrantyClaim, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let limits = try await clocks.policies.current(ApprovalLimitsPolicy.self, at: claim.stationID, command.at, in: tx)
    let approved = claim.approved
    if !limits.body.allows(approved, for: .warrantyClaimsDecide, of: command.caller.roles) {
      throw Refusal.conflict(
        code: "approval-limit-exceeded",
        detail: "\(approved) is more than what the roles of this person may approve.",
        .amount(approved), .limit(limits.body.most(for: .warrantyClaimsDecide, of: command.caller.roles)))
    }
  }

  static func needsOldPart(_ line: ClaimLine, _ item: ClaimItem, _ policy: OldPartsPolicy) -> Bool {
    guard line.kind == .parts, let price = line.charge.unitPrice else { return false }
    return policy.returns(unitPrice: price, of: item.work.componentGroup)
  }
}
