/// One immutable version of a claim: what was submitted, or what was decided, with everything that the answer was made from (M8,
/// A2).
package struct ClaimVersion: Hashable, Sendable {
  package enum Occasion: String, Hashable, Sendable, CaseIterable {
    case submission, decision, appeal, withdrawal, oldPart, deemed, chargeBack
  }

  /// One line of it: what was claimed, and what was decided by then.
  package struct Line: Hashable, Sendable {
    package let number: Int
    package let item: Int
    package let kind: ClaimLine.Kind
    package let charge: ClaimCharge
    package let verdict: ClaimVerdict?

    package init(number: Int, item: Int, kind: ClaimLine.Kind, charge: ClaimCharge, verdict: ClaimVerdict?) {
      self.number = number
      self.item = item
      self.kind = kind
      self.charge = charge
      self.verdict = verdict
    }
  }

  package let sequence: Int
  package let occasion: Occasion
  package let state: WarrantyClaim.State
  package let lines: [Line]
  /// `nil` where nothing was audited: a withdrawal.
  package let facts: ClaimFacts?
  package let result: ClaimAudit.Result
  package let policyVersion: PolicyVersion
  package let rulesVersion: Int
  package let by: RecordStamp.Author
  package let at: Timestamp

  package init(
    sequence: Int, occasion: Occasion, state: WarrantyClaim.State, lines: [Line], facts: ClaimFacts?,
    result: ClaimAudit.Result, policyVersion: PolicyVersion, rulesVersion: Int, by: RecordStamp.Author, at: Timestamp
  ) {
    self.sequence = sequence
    self.occasion = occasion
    self.state = state
    self.lines = lines
    self.facts = facts
    self.result = result
    self.policyVersion = policyVersion
    self.rulesVersion = rulesVersion
    self.by = by
    self.at = at
  }

  /// The claim as it is behind the step.
  package init(
    _ occasion: Occasion, of claim: WarrantyClaim, facts: ClaimFacts?, _ result: ClaimAudit.Result,
    policyVersion: PolicyVersion, rulesVersion: Int = ClaimAudit.rulesVersion, by: RecordStamp.Author, at: Timestamp
  ) {
    self.init(
      sequence: claim.progress.versions, occasion: occasion, state: claim.state,
      lines: claim.items.flatMap { item in
        item.lines.map {
          Line(number: $0.number, item: item.number, kind: $0.kind, charge: $0.charge, verdict: $0.verdict)
        }
      },
      facts: facts, result: result, policyVersion: policyVersion, rulesVersion: rulesVersion, by: by, at: at)
  }

  package var claimed: Int64 { lines.reduce(0) { $0.addingSaturating($1.charge.amount.minor) } }
  package var approved: Int64 { lines.reduce(0) { $0.addingSaturating($1.verdict?.amount.minor ?? 0) } }
}

/// A version judged once more from what was stored with it (A2).
package struct ClaimReplay: Hashable, Sendable {
  package let version: ClaimVersion
  package let result: ClaimAudit.Result

  package init(_ version: ClaimVersion, _ result: ClaimAudit.Result) {
    self.version = version
    self.result = result
  }

  package var isIdentical: Bool { result == version.result }
}
