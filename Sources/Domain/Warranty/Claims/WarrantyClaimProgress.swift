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

/// What a claim asks of one line of a pre-authorisation, in minor units.
package struct ClaimDraw: Hashable, Sendable {
  package struct Place: Hashable, Sendable, Comparable {
    package let document: PreAuthorisation.ID
    package let line: Int

    package init(document: PreAuthorisation.ID, line: Int) {
      self.document = document
      self.line = line
    }

    package static func < (one: Place, other: Place) -> Bool {
      (one.document.description, one.line) < (other.document.description, other.line)
    }
  }

  package let place: Place
  /// What was approved.
  package var decided: Int64
  /// What waits for a decision.
  package var open: Int64

  package var most: Int64 { decided.addingSaturating(open) }

  package init(place: Place, decided: Int64, open: Int64) {
    self.place = place
    self.decided = decided
    self.open = open
  }
}

extension WarrantyClaim {
  /// What it draws of pre-authorisations as its lines are (M5): nothing before it is submitted or when it is withdrawn.
  package func draws(blocked: Set<Int>) -> [ClaimDraw] {
    switch state {
    case .draft, .withdrawn: return []
    case .underAudit, .returned, .rejected, .awaitingOldPart, .payable, .inSettlement, .settled: break
    }
    var draws: [ClaimDraw.Place: ClaimDraw] = [:]
    for item in items {
      guard let document = item.preAuthorisationID, let line = item.workOrderLine else { continue }
      let place = ClaimDraw.Place(document: document, line: line)
      var draw = draws[place] ?? ClaimDraw(place: place, decided: 0, open: 0)
      for line in item.lines {
        if !line.isOpen {
          draw.decided = draw.decided.addingSaturating(line.approved.minor)
        } else if !blocked.contains(line.number) {
          draw.open = draw.open.addingSaturating(line.charge.amount.minor)
        }
      }
      draws[place] = draw
    }
    return draws.values.sorted { $0.place < $1.place }
  }

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
        items[item].lines[index].paidAt = nil
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

  /// Whether a line was paid so long ago that the payment stands (A9).
  package func isBeyondChargeBack(_ line: ClaimLine, at instant: Timestamp, under policy: ClaimRulesPolicy) -> Bool {
    guard line.isPaid, let paidAt = line.paidAt ?? progress.settledAt else { return false }
    return ReportPeriod.day(of: instant) > ReportPeriod.day(of: paidAt).adding(months: policy.chargeBackMonths)
  }

  /// What was entered for a line was taken back by so many entries.
  package mutating func noteReversals(_ count: Int, of number: Int) {
    guard let (item, line) = place(of: number) else { return }
    items[item].lines[line].entries += count
  }

  /// Lines whose approval fell away after they were entered; what was entered is taken back as a whole.
  package mutating func takeBack() -> [Int] {
    var numbers: [Int] = []
    for item in items.indices {
      for index in items[item].lines.indices
      where items[item].lines[index].oldPart == .refused && items[item].lines[index].recorded != 0 {
        items[item].lines[index].recorded = 0
        items[item].lines[index].standing = .none
        items[item].lines[index].paidAt = nil
        numbers.append(items[item].lines[index].number)
      }
    }
    return numbers
  }

  /// What settlements do with entries of these lines (SM-7).
  package mutating func stand(_ standing: ClaimLine.Standing, of numbers: Set<Int>, at: Timestamp) {
    for item in items.indices {
      for index in items[item].lines.indices
      where numbers.contains(items[item].lines[index].number) && items[item].lines[index].recorded != 0 {
        items[item].lines[index].standing = standing
        if standing == .paid { items[item].lines[index].paidAt = at }
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
