package import Domain
package import Repositories

/// Policies (domain.md section 5): versions from draft to decision, and what holds when. Services that decide with the
/// numbers ask the `PolicyBook`.
package struct PolicyService: LifecycleService {
  package typealias Document = Policy
  package typealias Filter = PolicyFilter
  package typealias Store = PolicyRepository

  package static let reading = Permission.policiesRead
  package static let noting = Permission.policiesWrite
  package let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  // MARK: Reading

  /// What holds at the instant for the first of the subjects that has a policy of his own, else for everybody, else as
  /// it comes with the product.
  package func current(
    _ key: PolicyKey, for subjects: [PolicySubject], at instant: Timestamp, _ caller: Caller
  ) async throws -> Policy {
    try caller.require(Self.reading)
    let found = try await work.database.read(
      caller, PolicyRepository.currentPolicy(key, for: subjects, at: instant))
    return found ?? .standard(key)
  }

  // MARK: Writing

  package func create(_ draft: PolicyDraft, _ command: Command<Policy>) async throws -> Answer {
    try await work.perform(command, .policiesWrite) { tx in
      // Policies bind the whole network; a part of it does not write them.
      guard command.caller.scope == .network else { throw Refusal.forbidden(.policiesWrite) }
      try draft.validate()
      let number = try await tx.run(PolicyRepository.nextNumber(draft.key))
      return insert(
        Policy(draft, number: number, by: command.caller, at: command.at), Effects(["policy.drafted"]), command,
        in: tx)
    }
  }

  package func update(
    _ reference: Reference<Policy>, _ patch: PolicyPatch, _ command: Command<Policy>
  ) async throws -> Answer {
    try await change(reference, .policiesWrite, "policy.updated", command) { policy, _ in
      try policy.apply(patch, by: command.caller)
    }
  }

  package func submit(_ reference: Reference<Policy>, _ command: Command<Policy>) async throws -> Answer {
    try await act(reference, .submit, command) { policy, _ in
      try policy.submit(by: command.caller, at: command.at)
    }
  }

  /// Puts a version into force; the version that held until its day ends there. However many approve at once, what
  /// holds when is decided by one after the other.
  package func approve(
    _ reference: Reference<Policy>, comment: String?, _ command: Command<Policy>
  ) async throws -> Answer {
    try await act(reference, .approve, reason: comment, command) { policy, tx in
      let approved = try await beside(policy, command, in: tx)
      let (row, ended) = try policy.approve(
        among: approved, comment: comment, by: command.caller, at: command.at)
      move(ended, among: approved, "policy.superseded", by: policy, command, in: tx)
      return row
    }
  }

  package func `return`(
    _ reference: Reference<Policy>, comment: String, _ command: Command<Policy>
  ) async throws -> Answer {
    try await act(reference, .return, reason: comment, command) { policy, _ in
      try policy.return(comment, by: command.caller, at: command.at)
    }
  }

  package func reject(
    _ reference: Reference<Policy>, comment: String, _ command: Command<Policy>
  ) async throws -> Answer {
    try await act(reference, .reject, reason: comment, command) { policy, _ in
      try policy.reject(comment, by: command.caller, at: command.at)
    }
  }

  /// Takes back an approved version that does not hold yet; what it would have ended goes on.
  package func revoke(
    _ reference: Reference<Policy>, comment: String, _ command: Command<Policy>
  ) async throws -> Answer {
    try await work.perform(command, try Policy.lifecycle.permission(for: .revoke)) { tx in
      let before = try await load(reference, command, in: tx)
      var policy = before
      let approved = try await beside(policy, command, in: tx)
      let (row, resumed) = try policy.revoke(
        among: approved, comment: comment, by: command.caller, at: command.at)
      // It leaves its time before the former version takes it back.
      let revoked = save(policy, over: before, Effects(row, reason: comment), command, in: tx)
      move(resumed, among: approved, "policy.resumed", by: policy, command, in: tx)
      return revoked
    }
  }

  /// The approved versions that this one meets. From here on other writers of the key wait.
  private func beside<Output>(
    _ policy: Policy, _ command: Command<Output>, in tx: Transaction
  ) async throws -> [Policy] {
    _ = try await tx.run(PolicyRepository.lockKey(policy.key))
    return try await tx.run(PolicyRepository.approved(beside: policy, after: command.at))
  }

  /// Saves the new end of a neighbour, with its event.
  private func move<Output>(
    _ neighbour: Policy?, among approved: [Policy], _ type: String, by policy: Policy, _ command: Command<Output>,
    in tx: Transaction
  ) {
    guard let neighbour, let before = approved.first(where: { $0.id == neighbour.id }) else { return }
    _ = save(neighbour, over: before, Effects([type], data: ["by": .text(policy.number)]), command, in: tx)
  }
}
