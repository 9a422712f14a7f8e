package import Domain
package import Repositories

/// Drafts of the claim rules tried on past claims (A2): asked for by a person, worked on by a job, nothing posted.
package struct ClaimRuleTrialService: Sendable {
  /// Submissions that one step looks at.
  package static let stepSize = 200
  private let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  /// - Parameter policy: any version of the claim rules, also one that holds.
  /// - Throws: `Refusal.invalid` at `#/policyId` for what is no version of the claim rules.
  package func ask(
    _ policy: Policy.ID, from: Timestamp, before: Timestamp, _ command: Command<ClaimRuleTrial>
  ) async throws -> Answer {
    try await work.perform(command, .claimRulesWhatIf) { tx in
      guard command.caller.scope == .network else { throw Refusal.forbidden(.claimRulesWhatIf) }
      guard before > from else {
        throw Refusal.invalid("#/submittedAtBefore", .inconsistent, "must be later than submittedAtFrom")
      }
      guard let found = try await tx.run(PolicyRepository.find(.id(policy), in: command.caller.scope)),
        found.key == .claimRules, let body = ClaimRulesPolicy(stored: found.content.body)
      else { throw Refusal.invalid("#/policyId", .notFound, "there is no such version of the claim rules") }
      let trial = ClaimRuleTrial(
        id: .new(at: command.at), policyID: policy, policyNumber: found.number, body: body, submittedFrom: from,
        submittedBefore: before, createdAt: command.at, createdBy: .init(command.caller))
      tx.enqueue(ClaimRuleTrialRepository.insert(trial))
      tx.record(
        found.event("policy.triedOnClaims", data: ["trialId": .text(trial.id.description)]), by: command)
      return trial
    }
  }

  /// - Throws: `Refusal.notFound`, also for callers of a part of the network.
  package func get(_ id: ClaimRuleTrial.ID, _ caller: Caller) async throws -> ClaimRuleTrial {
    try caller.require(.claimRulesWhatIf)
    guard let trial = try await work.database.read(caller, ClaimRuleTrialRepository.find(id, in: caller.scope)) else {
      throw Refusal.notFound
    }
    return trial
  }

  /// Looks at some more submissions for the oldest trial that is not done.
  ///
  /// - Returns: whether there may be more to do.
  package static func advance(at now: Timestamp, in tx: Transaction) async throws -> Bool {
    tx.enqueue(RecordTime.write(at: now))
    guard var trial = try await tx.run(ClaimRuleTrialRepository.lockNext()) else { return false }
    let found = try await tx.run(
      ClaimVersionRepository.submissions(
        from: trial.submittedFrom, before: trial.submittedBefore, after: trial.position, limit: stepSize))
    for submission in found { trial.examine(submission.version, of: submission.number, submission.claim) }
    if found.count < stepSize {
      trial.state = .done
      trial.finishedAt = now
    }
    tx.enqueue(ClaimRuleTrialRepository.update(trial, at: now))
    return true
  }
}

/// The job that works on trials.
package struct ClaimRuleTrials: Sendable {
  private let leases: WorkerLeaseService
  private let clock: WallClock

  package init(_ leases: WorkerLeaseService, clock: WallClock) {
    self.leases = leases
    self.clock = clock
  }

  package func advance(under lease: WorkerLease) async throws -> Bool {
    let now = clock.now()
    return try await leases.step(under: lease) { tx in try await ClaimRuleTrialService.advance(at: now, in: tx) }
  }
}
