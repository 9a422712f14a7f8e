// The actions of the transition table as pure functions: each checks the table, then changes the claim.

/// What a person says about one line.
package struct ClaimDecision: Hashable, Sendable {
  package let line: Int
  package let outcome: ClaimVerdict.Outcome
  /// Of a reduced line; otherwise what was claimed, or nothing.
  package let amount: Money?
  package let reason: ClaimVerdict.Reason
  package let text: String

  package init(line: Int, outcome: ClaimVerdict.Outcome, amount: Money?, reason: ClaimVerdict.Reason, text: String) {
    self.line = line
    self.outcome = outcome
    self.amount = amount
    self.reason = reason
    self.text = text
  }
}

extension WarrantyClaim {
  /// Checks state and guards, and moves the state.
  package mutating func take(
    _ action: Action, outcome: String? = nil, by subject: Subject
  ) throws(Refusal) -> Transition<WarrantyClaim> {
    let row = try WarrantyClaimLifecycle.table.permit(action, outcome: outcome, on: self, by: subject)
    if let next = row.to { state = next }
    return row
  }

  package mutating func appraise(
    _ text: String, by caller: Caller, at: Timestamp
  ) throws(Refusal) -> Transition<WarrantyClaim> {
    let row = try take(.appraise, by: caller.subject)
    progress.appraisal = .init(text: text, by: .init(caller), at: at)
    return row
  }

  /// Comes in with what the audit found. A clean claim within the limit is approved on the spot; everything else waits for a
  /// person. Lines that were decided before a return keep their decision.
  ///
  /// - Parameter needsOldPart: whether the part of a line has to come back.
  package mutating func submit(
    _ audit: ClaimAudit.Result, by caller: Caller, at: Timestamp, needsOldPart: (ClaimLine, ClaimItem) -> Bool
  ) throws(Refusal) -> Transition<WarrantyClaim> {
    // Asked first, so that state and guards are refused before anything changes.
    _ = try WarrantyClaimLifecycle.table.permit(.submit, on: self, by: caller.subject)
    for item in items.indices {
      for line in items[item].lines.indices where items[item].lines[line].verdict?.outcome == .returned {
        items[item].lines[line].verdict = nil
      }
    }
    progress.submissions += 1
    progress.submittedAt = at
    progress.submitters.formUnion([caller.subject.id].compactMap(\.self))
    progress.reason = nil
    note(audit, at: at)
    switch audit.outcome {
    case .automatic:
      for item in items.indices {
        for line in items[item].lines.indices where items[item].lines[line].isOpen {
          items[item].lines[line].verdict = ClaimVerdict(
            outcome: .approved, amount: items[item].lines[line].charge.amount, reason: .clean,
            text: "Nothing was found, and the amount is within the limit.", by: Self.product, at: at)
        }
      }
      requireOldParts(needsOldPart)
      progress.decidedAt = at
    case .person: break
    }
    return try take(.submit, outcome: WarrantyClaimLifecycle.outcome(derivedState), by: caller.subject)
  }

  /// A version more, with what the latest audit found.
  private mutating func note(_ audit: ClaimAudit.Result, at: Timestamp) {
    progress.versions += 1
    progress.blocking = audit.findings.count { $0.severity == .block }
    progress.reviewing = audit.findings.count { $0.severity == .review }
  }

  /// The whole claim goes back for correction.
  package mutating func `return`(
    reason: ClaimVerdict.Reason, text: String, by caller: Caller, at: Timestamp
  ) throws(Refusal) -> Transition<WarrantyClaim> {
    let row = try take(.return, by: caller.subject)
    for item in items.indices {
      for line in items[item].lines.indices where items[item].lines[line].isOpen {
        set(
          ClaimVerdict(
            outcome: .returned, amount: .zero(currency), reason: reason, text: text, by: .init(caller), at: at),
          item, line, by: caller)
      }
    }
    progress.reason = text
    progress.versions += 1
    progress.decidedAt = at
    return row
  }

  /// Decides lines; all that is wrong with the decisions is told at once.
  ///
  /// - Parameter blocked: lines that an audit finding keeps from being paid; only the rule's own facts can change that.
  package mutating func decide(
    _ decisions: [ClaimDecision], blocked: Set<Int>, by caller: Caller, at: Timestamp, pointer: (Int) -> String,
    needsOldPart: (ClaimLine, ClaimItem) -> Bool
  ) throws(Refusal) -> Transition<WarrantyClaim> {
    _ = try WarrantyClaimLifecycle.table.permit(.decide, on: self, by: caller.subject)
    var violations: [Violation] = []
    var seen: Set<Int> = []
    for (place, decision) in decisions.enumerated() {
      let at = pointer(place)
      guard let (item, line) = self.place(of: decision.line) else {
        violations.append(.init(pointer: "\(at)/line", code: .notFound, detail: "the claim has no such line"))
        continue
      }
      if !seen.insert(decision.line).inserted {
        violations.append(.init(pointer: "\(at)/line", code: .notUnique, detail: "is decided twice"))
      }
      violations += Self.violations(of: decision, on: items[item].lines[line], at)
    }
    guard violations.isEmpty else { throw .invalid(violations) }
    for decision in decisions {
      guard let (item, line) = place(of: decision.line) else { continue }
      let target = items[item].lines[line]
      guard target.isOpen else {
        throw .conflict(
          code: "claim-line-decided", detail: "Line \(decision.line) was decided; the station may appeal.",
          .line(decision.line))
      }
      if let person = caller.subject.id, target.deciders.contains(person) {
        throw .separationOfDuties(
          rule: "appeal-second-decider", detail: "Another person than the first decider decides an appeal.")
      }
      if blocked.contains(decision.line), decision.outcome == .approved || decision.outcome == .reduced {
        throw .conflict(
          code: "claim-line-blocked", detail: "A finding on line \(decision.line) keeps it from being paid.",
          .line(decision.line))
      }
      let amount: Money =
        switch decision.outcome {
        case .approved: target.charge.amount
        case .reduced: decision.amount ?? .zero(currency)
        case .rejected, .returned: .zero(currency)
        }
      set(
        ClaimVerdict(
          outcome: decision.outcome, amount: amount, reason: decision.reason, text: decision.text, by: .init(caller),
          at: at),
        item, line, by: caller)
    }
    requireOldParts(needsOldPart)
    progress.versions += 1
    let next = derivedState
    if next != .underAudit { progress.decidedAt = at }
    return try take(.decide, outcome: WarrantyClaimLifecycle.outcome(next), by: caller.subject)
  }

  private static func violations(of decision: ClaimDecision, on line: ClaimLine, _ pointer: String) -> [Violation] {
    switch (decision.outcome, decision.amount) {
    case (.reduced, nil):
      return [.init(pointer: "\(pointer)/amount", code: .required, detail: "is required for a reduced line")]
    case (.reduced, let amount?):
      if amount.currency != line.charge.amount.currency {
        return [
          .init(
            pointer: "\(pointer)/amount/currency", code: .inconsistent, detail: "must be the currency of the claim",
            limits: ["allowed": line.charge.amount.currency.rawValue])
        ]
      }
      if amount.minor <= 0 || amount.minor >= line.charge.amount.minor {
        return [
          .init(
            pointer: "\(pointer)/amount", code: .outOfRange,
            detail: "must be more than nothing and less than the claimed \(line.charge.amount.amount)")
        ]
      }
      return []
    case (.approved, _?), (.rejected, _?), (.returned, _?):
      return [
        .init(pointer: "\(pointer)/amount", code: .inconsistent, detail: "is said of a reduced line only")
      ]
    case (.approved, nil), (.rejected, nil), (.returned, nil): return []
    }
  }

  /// Opens the lines that were rejected or reduced once more, with what the audit finds now (M15).
  package mutating func appeal(
    _ audit: ClaimAudit.Result, text: String, by caller: Caller, at: Timestamp, under policy: ClaimRulesPolicy
  ) throws(Refusal) -> Transition<WarrantyClaim> {
    _ = try WarrantyClaimLifecycle.table.permit(.appeal, on: self, by: caller.subject)
    if progress.appeals >= policy.appeals {
      throw .conflict(
        code: "appeal-exhausted", detail: "There is no further appeal against the decision (D-24).",
        .limit(policy.appeals))
    }
    if let decidedAt = progress.decidedAt,
      case let deadline = decidedAt.adding(seconds: Int64(policy.appealDays) * 86_400), deadline < at
    {
      throw .conflict(
        code: "appeal-too-late", detail: "An appeal comes within \(policy.appealDays) days of the decision.",
        .since(decidedAt), .deadline(deadline))
    }
    let row = try take(.appeal, by: caller.subject)
    for item in items.indices {
      for line in items[item].lines.indices where items[item].lines[line].isContestable {
        items[item].lines[line].verdict = nil
      }
    }
    progress.appeals += 1
    progress.submittedAt = at
    progress.submitters.formUnion([caller.subject.id].compactMap(\.self))
    progress.reason = text
    note(audit, at: at)
    return row
  }

  package mutating func withdraw(_ reason: String, by subject: Subject) throws(Refusal) -> Transition<WarrantyClaim> {
    let wasSubmitted = progress.submissions > 0
    let row = try take(.withdraw, by: subject)
    progress.reason = reason
    if wasSubmitted { progress.versions += 1 }
    return row
  }

  /// Takes back lines that were paid, within the months of the policy (A9). The station may appeal as against any decision.
  ///
  /// - Parameter numbers: `nil`: all that was paid.
  /// - Returns: the lines whose entries have to be taken back.
  /// - Throws: `Refusal.conflict` `charge-back-too-late`; `.invalid` for a line that was not paid.
  package mutating func chargeBack(
    _ numbers: [Int]?, reason: ClaimVerdict.Reason, text: String, by caller: Caller, at: Timestamp,
    under policy: ClaimRulesPolicy
  ) throws(Refusal) -> (row: Transition<WarrantyClaim>, lines: [Int]) {
    _ = try WarrantyClaimLifecycle.table.permit(.chargeBack, on: self, by: caller.subject)
    let chosen = numbers ?? lines.filter(\.isPaid).map(\.number)
    var violations: [Violation] = []
    for (index, number) in chosen.enumerated() where !lines.contains(where: { $0.number == number && $0.isPaid }) {
      violations.append(
        .init(pointer: "#/lines/\(index)", code: .notFound, detail: "the claim has no such line that was paid"))
    }
    if !violations.isEmpty { throw .invalid(violations) }
    for line in lines where chosen.contains(line.number) && isBeyondChargeBack(line, at: at, under: policy) {
      throw .conflict(
        code: "charge-back-too-late",
        detail:
          "Line \(line.number) was paid more than \(policy.chargeBackMonths) months ago; the payment stands (A9).",
        .line(line.number), .limit(policy.chargeBackMonths))
    }
    // Before the lines change, because of none is paid afterwards.
    let isEmpty = lines.allSatisfy { chosen.contains($0.number) || $0.verdict?.isApproval != true }
    let row = try take(.chargeBack, outcome: isEmpty ? State.rejected.rawValue : nil, by: caller.subject)
    for number in chosen {
      guard let (item, line) = place(of: number) else { continue }
      set(
        ClaimVerdict(
          outcome: .rejected, amount: .zero(currency), reason: reason, text: text, by: .init(caller), at: at),
        item, line, by: caller)
      items[item].lines[line].recorded = 0
      items[item].lines[line].standing = .none
      items[item].lines[line].paidAt = nil
    }
    progress.versions += 1
    progress.decidedAt = at
    progress.reason = text
    return (row, chosen)
  }

  /// Who decides where no person does.
  static let product = RecordStamp.Author(name: "system", id: nil)

  private mutating func set(_ verdict: ClaimVerdict, _ item: Int, _ line: Int, by caller: Caller) {
    items[item].lines[line].verdict = verdict
    // What a return says is no decision that an appeal could be against.
    if verdict.outcome != .returned, let person = caller.subject.id {
      items[item].lines[line].deciders.insert(person)
    }
  }

  private mutating func requireOldParts(_ isNeeded: (ClaimLine, ClaimItem) -> Bool) {
    guard items.allSatisfy({ $0.lines.allSatisfy { !$0.isOpen && $0.verdict?.outcome != .returned } }) else { return }
    for item in items.indices {
      for line in items[item].lines.indices {
        let content = items[item].lines[line]
        if content.verdict?.isApproval == true, content.oldPart == .notRequired, content.entries == 0,
          isNeeded(content, items[item])
        {
          items[item].lines[line].oldPart = .awaited
        }
      }
    }
  }
}
