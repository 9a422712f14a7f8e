// What other families and time do to a claim: no action of a person, so no row of the transition table.

/// What a line adds to what the maker owes.
package struct ClaimPayable: Hashable, Sendable {
  package let line: Int
  /// 1 for the first entry of the line.
  package let ordinal: Int
  /// Negative where an appeal or a refused old part took something back.
  package let amount: Money
  package let description: String

  package init(line: Int, ordinal: Int, amount: Money, description: String) {
    self.line = line
    self.ordinal = ordinal
    self.amount = amount
    self.description = description
  }
}

extension WarrantyClaim {
  /// Enters what is approved and not yet entered; nothing while the claim waits for something. An appeal that was allowed adds the
  /// difference, so the entries of a line always sum to what is approved.
  package mutating func recordPayables() -> [ClaimPayable] {
    switch state {
    case .payable, .inSettlement, .settled: break
    // An appeal that took back what was reduced before.
    case .rejected: break
    case .draft, .underAudit, .returned, .awaitingOldPart, .withdrawn: return []
    }
    var payables: [ClaimPayable] = []
    for item in items.indices {
      for index in items[item].lines.indices {
        let line = items[item].lines[index]
        let difference = line.approved.minor - line.recorded
        guard difference != 0 else { continue }
        items[item].lines[index].entries += 1
        items[item].lines[index].recorded = line.approved.minor
        items[item].lines[index].standing = .none
        payables.append(
          ClaimPayable(
            line: line.number, ordinal: line.entries + 1, amount: Money(minor: difference, currency: currency),
            description: line.charge.description))
      }
    }
    if !payables.isEmpty { state = derivedState }
    return payables
  }

  /// Old parts of these lines came back as they should (OLD-05); `nil`: all that were awaited.
  ///
  /// - Returns: whether anything was awaited.
  package mutating func acceptOldParts(of numbers: Set<Int>? = nil) -> Bool {
    var changed = false
    for item in items.indices {
      for index in items[item].lines.indices
      where items[item].lines[index].oldPart == .awaited
        && (numbers?.contains(items[item].lines[index].number) ?? true)
      {
        items[item].lines[index].oldPart = .accepted
        changed = true
      }
    }
    if changed, state == .awaitingOldPart { state = derivedState }
    return changed
  }

  /// The old part of a line is missing, wrong or late: the line is not paid, and what was entered is taken back (OLD-06).
  ///
  /// - Returns: whether the line was approved.
  package mutating func refuseOldPart(
    of number: Int, text: String, by author: RecordStamp.Author, at: Timestamp
  ) -> Bool {
    guard let (item, line) = place(of: number), items[item].lines[line].verdict?.isApproval == true else {
      return false
    }
    items[item].lines[line].oldPart = .refused
    items[item].lines[line].verdict = ClaimVerdict(
      outcome: .rejected, amount: .zero(currency), reason: .oldPart, text: text, by: author, at: at)
    progress.versions += 1
    switch state {
    case .awaitingOldPart, .payable, .inSettlement, .settled: state = derivedState
    case .draft, .underAudit, .returned, .rejected, .withdrawn: break
    }
    return true
  }

  /// Lines whose approval fell away after they were entered; what was entered is taken back as a whole.
  package mutating func takeBack() -> [Int] {
    var numbers: [Int] = []
    for item in items.indices {
      for index in items[item].lines.indices
      where items[item].lines[index].oldPart == .refused && items[item].lines[index].recorded != 0 {
        items[item].lines[index].recorded = 0
        items[item].lines[index].standing = .none
        numbers.append(items[item].lines[index].number)
      }
    }
    return numbers
  }

  /// What settlements do with entries of these lines (SM-7).
  ///
  /// - Parameter open: lines of which another entry is in no settlement yet, so that they are not paid as a whole.
  package mutating func stand(
    _ standing: ClaimLine.Standing, of numbers: Set<Int>, besides open: Set<Int> = [], at: Timestamp
  ) {
    for item in items.indices {
      for index in items[item].lines.indices
      where numbers.contains(items[item].lines[index].number) && items[item].lines[index].recorded != 0 {
        items[item].lines[index].standing = open.contains(items[item].lines[index].number) ? .none : standing
      }
    }
    switch state {
    case .payable, .inSettlement, .settled:
      state = derivedState
      if state == .settled { progress.settledAt = at }
    // The lines keep it in mind until the rest is decided.
    case .draft, .underAudit, .returned, .rejected, .awaitingOldPart, .withdrawn: break
    }
  }

  /// An entry of a line was taken back because the station disputed it rightly (SET-10): from now on as much is approved as is still
  /// entered, so that both stay the same, and the station may appeal for what is right.
  ///
  /// - Parameters:
  ///   - amount: of the entry, in minor units.
  ///   - isDecision: `false`: the entry was itself the answer to a refused old part, which does not stand any more.
  /// - Returns: `false`: there is no such line, or the entry is not one of its.
  package mutating func takeBackEntry(
    of number: Int, _ amount: Int64, isDecision: Bool, text: String, by author: RecordStamp.Author, at: Timestamp
  ) -> Bool {
    guard let (item, index) = place(of: number) else { return false }
    var line = items[item].lines[index]
    let left = line.recorded - amount
    guard left >= 0, left <= line.charge.amount.minor else { return false }
    line.recorded = left
    line.standing = .none
    if isDecision { line.entries += 1 } else { line.oldPart = .accepted }
    // What an appeal has opened is decided by the appeal.
    if line.verdict != nil {
      let outcome: ClaimVerdict.Outcome =
        switch left {
        case 0: .rejected
        case line.charge.amount.minor: .approved
        default: .reduced
        }
      line.verdict = ClaimVerdict(
        outcome: outcome, amount: Money(minor: left, currency: currency), reason: .other, text: text, by: author, at: at
      )
      if let person = author.id { line.deciders.insert(person) }
      progress.decidedAt = at
    }
    items[item].lines[index] = line
    progress.versions += 1
    switch state {
    case .rejected, .awaitingOldPart, .payable, .inSettlement, .settled: state = derivedState
    case .draft, .underAudit, .returned, .withdrawn: break
    }
    return true
  }

  /// Nobody decided in time, and the policy says that silence approves (A9): the open lines that nothing blocks are paid as
  /// claimed, the others rejected for what was found.
  package mutating func deem(
    blocked: Set<Int>, at: Timestamp, needsOldPart: (ClaimLine, ClaimItem) -> Bool
  ) -> Bool {
    guard state == .underAudit else { return false }
    for item in items.indices {
      for index in items[item].lines.indices where items[item].lines[index].isOpen {
        let line = items[item].lines[index]
        let isBlocked = blocked.contains(line.number)
        items[item].lines[index].verdict = ClaimVerdict(
          outcome: isBlocked ? .rejected : .approved, amount: isBlocked ? .zero(currency) : line.charge.amount,
          reason: .deemed,
          text: isBlocked
            ? "Nobody decided in time; a finding keeps the line from being paid."
            : "Nobody decided in time.", by: Self.product, at: at)
        if !isBlocked, needsOldPart(line, items[item]), line.entries == 0, line.oldPart == .notRequired {
          items[item].lines[index].oldPart = .awaited
        }
      }
    }
    progress.versions += 1
    progress.decidedAt = at
    state = derivedState
    return true
  }
}
