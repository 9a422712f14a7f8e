package import FoundationEssentials

/// One causal part of a claim with what was done about it, and what that costs (M6).
package struct ClaimItem: Hashable, Sendable {
  /// 1, 2, 3 … within the claim.
  package let number: Int
  /// The line of the work order that it was drafted from.
  package let workOrderLine: Int?
  /// The maker's word before the repair on which it rests, for that line of the order (M5).
  package var preAuthorisationID: PreAuthorisation.ID?
  package var work: ClaimWork
  package var lines: [ClaimLine]

  package init(
    number: Int, workOrderLine: Int?, preAuthorisationID: PreAuthorisation.ID? = nil, work: ClaimWork,
    lines: [ClaimLine]
  ) {
    self.number = number
    self.workOrderLine = workOrderLine
    self.preAuthorisationID = preAuthorisationID
    self.work = work
    self.lines = lines
  }

  package var claimed: Int64 { lines.reduce(0) { $0.addingSaturating($1.charge.amount.minor) } }
}

/// Concern, cause, correction (M1) and the codes by which a repair is recognised (CLM-09, CLM-17).
package struct ClaimWork: Hashable, Sendable {
  package var description: String
  package var causalPartNumber: String?
  package var labourOperationCode: String?
  package var componentGroup: ComponentGroup?
  package var faultCode: String?
  package var concern: String?
  package var cause: String?
  package var correction: String?

  package init(
    description: String, causalPartNumber: String? = nil, labourOperationCode: String? = nil,
    componentGroup: ComponentGroup? = nil, faultCode: String? = nil, concern: String? = nil, cause: String? = nil,
    correction: String? = nil
  ) {
    self.description = description
    self.causalPartNumber = causalPartNumber
    self.labourOperationCode = labourOperationCode
    self.componentGroup = componentGroup
    self.faultCode = faultCode
    self.concern = concern
    self.cause = cause
    self.correction = correction
  }
}

/// One charge: labour, parts, sublet or travel, and what was decided about it.
package struct ClaimLine: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case labour, parts, sublet, travel
  }

  /// Where the removed part is (SM-10).
  package enum OldPart: String, Hashable, Sendable, CaseIterable {
    /// None has to come back.
    case notRequired
    case awaited, accepted, refused
  }

  /// What became of its entries (SM-7).
  package enum Standing: String, Hashable, Sendable, CaseIterable {
    case none, inSettlement, paid
  }

  /// 1, 2, 3 … within the claim; never reused.
  package let number: Int
  package let kind: Kind
  /// The part of the work order's line that it was drafted from.
  package let sourcePartID: JobPart.ID?
  package var charge: ClaimCharge
  package internal(set) var verdict: ClaimVerdict?
  /// Everybody who ever decided about it; another person decides its appeal (M15).
  package internal(set) var deciders: Set<UUID>
  package internal(set) var oldPart: OldPart
  /// What was entered as payable so far, in minor units, and in how many entries.
  package internal(set) var recorded: Int64
  package internal(set) var entries: Int
  package internal(set) var standing: Standing
  /// From then on the time runs in which it may be charged back (A9).
  package internal(set) var paidAt: Timestamp?

  package init(
    number: Int, kind: Kind, sourcePartID: JobPart.ID?, charge: ClaimCharge, verdict: ClaimVerdict? = nil,
    deciders: Set<UUID> = [], oldPart: OldPart = .notRequired, recorded: Int64 = 0, entries: Int = 0,
    standing: Standing = .none, paidAt: Timestamp? = nil
  ) {
    self.number = number
    self.kind = kind
    self.sourcePartID = sourcePartID
    self.charge = charge
    self.verdict = verdict
    self.deciders = deciders
    self.oldPart = oldPart
    self.recorded = recorded
    self.entries = entries
    self.standing = standing
    self.paidAt = paidAt
  }

  /// Whether there is a payment that can be taken back.
  package var isPaid: Bool { standing == .paid && recorded != 0 }

  /// Waits for a decision, while the claim is under audit.
  package var isOpen: Bool { verdict == nil }
  /// What the maker pays for it by the last decision.
  package var approved: Money { verdict?.amount ?? .zero(charge.amount.currency) }
}

/// What a line costs. The amount may be less than quantity × price: the maker's share of it.
package struct ClaimCharge: Hashable, Sendable {
  package var description: String
  package var partNumber: String?
  /// Of parts, in the part's unit.
  package var quantity: Int?
  /// Of labour.
  package var hours: Hours?
  /// Of one unit, or of one hour.
  package var unitPrice: Money?
  package var amount: Money

  package init(
    description: String, partNumber: String? = nil, quantity: Int? = nil, hours: Hours? = nil, unitPrice: Money? = nil,
    amount: Money
  ) {
    self.description = description
    self.partNumber = partNumber
    self.quantity = quantity
    self.hours = hours
    self.unitPrice = unitPrice
    self.amount = amount
  }

  /// The most that these quantities and prices amount to; `nil`: there are none to multiply.
  package var most: Money? {
    guard let unitPrice else { return nil }
    if let hours { return .labour(hours, at: unitPrice) }
    return quantity.map(unitPrice.times)
  }
}

/// The decision on one line (CLM-11): who, why, how much.
package struct ClaimVerdict: Hashable, Sendable {
  package enum Outcome: String, Hashable, Sendable, CaseIterable {
    case approved, reduced, rejected, returned
  }

  package enum Reason: String, Hashable, Sendable, CaseIterable {
    /// Nothing was found, and the amount is within the limit.
    case clean
    /// As claimed, after a person looked at it.
    case asClaimed
    case fake, duplicate, overWarranty, userCause, labourAboveStandard, priceAboveList, notAuthorised, missingEvidence
    case sharedCost, oldPart
    /// Nobody decided in time (A9).
    case deemed
    case other

    /// Whether it says that there was no fault that the maker guarantees against, whoever pays: the customer caused it, or it was
    /// not repaired at all (CLM-14, WAR-05).
    package var deniesFault: Bool {
      switch self {
      case .userCause, .fake: true
      case .clean, .asClaimed, .duplicate, .overWarranty, .labourAboveStandard, .priceAboveList, .notAuthorised,
        .missingEvidence, .sharedCost, .oldPart, .deemed, .other:
        false
      }
    }
  }

  package let outcome: Outcome
  /// Nothing for a line that was rejected or returned.
  package let amount: Money
  package let reason: Reason
  package let text: String
  package let by: RecordStamp.Author
  package let at: Timestamp

  package init(
    outcome: Outcome, amount: Money, reason: Reason, text: String, by: RecordStamp.Author, at: Timestamp
  ) {
    self.outcome = outcome
    self.amount = amount
    self.reason = reason
    self.text = text
    self.by = by
    self.at = at
  }

  package var isApproval: Bool {
    switch outcome {
    case .approved, .reduced: true
    case .rejected, .returned: false
    }
  }
}

/// How many lines stand where, always shown with the state that follows from them.
package struct ClaimCounts: Hashable, Sendable {
  package var open: Int
  package var approved: Int
  package var reduced: Int
  package var rejected: Int
  package var returned: Int
  package var awaitingOldPart: Int
  package var paid: Int

  package init(
    open: Int = 0, approved: Int = 0, reduced: Int = 0, rejected: Int = 0, returned: Int = 0, awaitingOldPart: Int = 0,
    paid: Int = 0
  ) {
    self.open = open
    self.approved = approved
    self.reduced = reduced
    self.rejected = rejected
    self.returned = returned
    self.awaitingOldPart = awaitingOldPart
    self.paid = paid
  }
}

/// What the lines of a claim come to, for where they are not read themselves.
package struct ClaimTotals: Hashable, Sendable {
  package let claimed: Money
  package let approved: Money
  package let counts: ClaimCounts

  package init(claimed: Money, approved: Money, counts: ClaimCounts) {
    self.claimed = claimed
    self.approved = approved
    self.counts = counts
  }
}

extension WarrantyClaim {
  package var lines: [ClaimLine] { items.flatMap(\.lines) }

  package var counts: ClaimCounts {
    if items.isEmpty { return totals?.counts ?? ClaimCounts() }
    var counts = ClaimCounts()
    for line in lines {
      switch line.verdict?.outcome {
      case nil: counts.open += 1
      case .approved: counts.approved += 1
      case .reduced: counts.reduced += 1
      case .rejected: counts.rejected += 1
      case .returned: counts.returned += 1
      }
      if line.oldPart == .awaited { counts.awaitingOldPart += 1 }
      if line.standing == .paid { counts.paid += 1 }
    }
    return counts
  }

  package var claimed: Money {
    items.isEmpty ? totals?.claimed ?? .zero(currency) : total(\.charge.amount.minor)
  }

  package var approved: Money { items.isEmpty ? totals?.approved ?? .zero(currency) : total(\.approved.minor) }

  private func total(_ amount: (ClaimLine) -> Int64) -> Money {
    Money(minor: lines.reduce(0) { $0.addingSaturating(amount($1)) }, currency: currency)
  }

  /// Where the lines take the claim once it was submitted.
  package var derivedState: State {
    let counts = counts
    if counts.open > 0 { return .underAudit }
    if counts.returned > 0 { return .returned }
    if counts.approved + counts.reduced == 0 { return .rejected }
    if counts.awaitingOldPart > 0 { return .awaitingOldPart }
    let owed = lines.filter { $0.verdict?.isApproval == true && $0.approved.minor > 0 }
    // What an appeal added is not entered yet, wherever what was approved before it stands.
    if owed.contains(where: { $0.recorded != $0.approved.minor }) { return .payable }
    if !owed.isEmpty, owed.allSatisfy({ $0.standing == .paid }) { return .settled }
    return owed.contains { $0.standing == .inSettlement } ? .inSettlement : .payable
  }

  /// Lines of the order of which everything that was claimed is rejected because there was no fault that the maker guarantees against,
  /// each with the reason.
  package var deniedRepairs: [Int: ClaimVerdict.Reason] {
    var denied: [Int: ClaimVerdict.Reason] = [:]
    for (line, items) in Dictionary(grouping: items, by: \.workOrderLine) {
      guard let line else { continue }
      let verdicts = items.flatMap(\.lines).map(\.verdict)
      let reasons = verdicts.compactMap { $0?.outcome == .rejected ? $0?.reason : nil }.filter(\.deniesFault)
      if let first = reasons.first, reasons.count == verdicts.count { denied[line] = first }
    }
    return denied
  }

  func place(of line: Int) -> (item: Int, line: Int)? {
    for (item, content) in items.enumerated() {
      if let found = content.lines.firstIndex(where: { $0.number == line }) { return (item, found) }
    }
    return nil
  }
}
