/// A draft of the claim rules tried on claims that were submitted: what would have become of them, nothing posted (A2).
package struct ClaimRuleTrial: Hashable, Sendable {
  package typealias ID = Identifier<ClaimRuleTrial>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case queued, running, done
  }

  /// What the rules come to over all the claims looked at.
  package struct Totals: Hashable, Sendable {
    package var approvedAutomatically: Int
    /// Minor units by currency: amounts of two are never added (C-05).
    package var approvedAmounts: [Currency: Int64]
    package var toPerson: Int
    /// Claims with a line that cannot be paid, and the amounts of such lines.
    package var blocked: Int
    package var blockedAmounts: [Currency: Int64]

    package init(
      approvedAutomatically: Int = 0, approvedAmounts: [Currency: Int64] = [:], toPerson: Int = 0, blocked: Int = 0,
      blockedAmounts: [Currency: Int64] = [:]
    ) {
      self.approvedAutomatically = approvedAutomatically
      self.approvedAmounts = approvedAmounts
      self.toPerson = toPerson
      self.blocked = blocked
      self.blockedAmounts = blockedAmounts
    }

    package mutating func add(_ facts: ClaimFacts, _ result: ClaimAudit.Result) {
      switch result.outcome {
      case .automatic:
        approvedAutomatically += 1
        approvedAmounts[facts.currency, default: 0] += facts.total.minor
      case .person: toPerson += 1
      }
      let lines = result.blocked(of: facts)
      if !lines.isEmpty {
        blocked += 1
        blockedAmounts[facts.currency, default: 0] +=
          facts.lines.filter { lines.contains($0.number) }.reduce(0) { $0.addingSaturating($1.amount) }
      }
    }
  }

  /// One claim that would have fared otherwise.
  package struct Difference: Hashable, Sendable {
    package let claim: String
    package let version: Int
    package let before: ClaimAudit.Outcome
    package let after: ClaimAudit.Outcome
    /// Rules that would find something new, and those that would no longer.
    package let added: [ClaimRulesPolicy.Rule]
    package let removed: [ClaimRulesPolicy.Rule]
    /// What could not be paid, in minor units, then and under the draft.
    package let blockedBefore: Int64
    package let blockedAfter: Int64
    package let currency: Currency

    package init(
      claim: String, version: Int, before: ClaimAudit.Outcome, after: ClaimAudit.Outcome,
      added: [ClaimRulesPolicy.Rule], removed: [ClaimRulesPolicy.Rule], blockedBefore: Int64, blockedAfter: Int64,
      currency: Currency
    ) {
      self.claim = claim
      self.version = version
      self.before = before
      self.after = after
      self.added = added
      self.removed = removed
      self.blockedBefore = blockedBefore
      self.blockedAfter = blockedAfter
      self.currency = currency
    }

    /// `nil`: the draft changes nothing for the claim.
    package init?(
      claim: String, version: Int, _ facts: ClaimFacts, before: ClaimAudit.Result, after: ClaimAudit.Result
    ) {
      if before == after { return nil }
      func rules(_ result: ClaimAudit.Result) -> Set<ClaimRulesPolicy.Rule> { Set(result.findings.map(\.rule)) }
      func blocked(_ result: ClaimAudit.Result) -> Int64 {
        let lines = result.blocked(of: facts)
        return facts.lines.filter { lines.contains($0.number) }.reduce(0) { $0.addingSaturating($1.amount) }
      }
      let (old, new) = (rules(before), rules(after))
      self.init(
        claim: claim, version: version, before: before.outcome, after: after.outcome,
        added: new.subtracting(old).sorted { $0.rawValue < $1.rawValue },
        removed: old.subtracting(new).sorted { $0.rawValue < $1.rawValue }, blockedBefore: blocked(before),
        blockedAfter: blocked(after), currency: facts.currency)
    }
  }

  /// The most differences that are kept; the totals count all.
  package static let differenceLimit = 500

  package let id: ID
  /// The version that is tried, and its numbers as they were when the trial was asked for.
  package let policyID: Policy.ID
  package let policyNumber: String
  package let body: ClaimRulesPolicy
  package let submittedFrom: Timestamp
  package let submittedBefore: Timestamp
  package let createdAt: Timestamp
  package let createdBy: RecordStamp.Author
  package var state: State
  package var examined: Int
  package var changed: Int
  package var before: Totals
  package var after: Totals
  package var differences: [Difference]
  /// The last version that was looked at.
  package var position: Position?
  package var finishedAt: Timestamp?

  package struct Position: Hashable, Sendable {
    package let at: Timestamp
    package let claim: WarrantyClaim.ID
    package let sequence: Int

    package init(at: Timestamp, claim: WarrantyClaim.ID, sequence: Int) {
      self.at = at
      self.claim = claim
      self.sequence = sequence
    }
  }

  package init(
    id: ID, policyID: Policy.ID, policyNumber: String, body: ClaimRulesPolicy, submittedFrom: Timestamp,
    submittedBefore: Timestamp, createdAt: Timestamp, createdBy: RecordStamp.Author, state: State = .queued,
    examined: Int = 0, changed: Int = 0, before: Totals = Totals(), after: Totals = Totals(),
    differences: [Difference] = [], position: Position? = nil, finishedAt: Timestamp? = nil
  ) {
    self.id = id
    self.policyID = policyID
    self.policyNumber = policyNumber
    self.body = body
    self.submittedFrom = submittedFrom
    self.submittedBefore = submittedBefore
    self.createdAt = createdAt
    self.createdBy = createdBy
    self.state = state
    self.examined = examined
    self.changed = changed
    self.before = before
    self.after = after
    self.differences = differences
    self.position = position
    self.finishedAt = finishedAt
  }

  /// Looks at one submission more.
  package mutating func examine(_ version: ClaimVersion, of number: String, _ id: WarrantyClaim.ID) {
    guard let facts = version.facts else { return }
    let result = ClaimAudit.result(facts, under: body)
    examined += 1
    before.add(facts, version.result)
    after.add(facts, result)
    if let difference = Difference(
      claim: number, version: version.sequence, facts, before: version.result, after: result)
    {
      changed += 1
      if differences.count < Self.differenceLimit { differences.append(difference) }
    }
    position = Position(at: version.at, claim: id, sequence: version.sequence)
    state = .running
  }
}
