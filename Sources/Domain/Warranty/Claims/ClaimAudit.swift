/// One thing that the audit found (CLM-08…10): which rule, how bad, where in the claim, and what proves it.
package struct ClaimFinding: Hashable, Sendable {
  package let rule: ClaimRulesPolicy.Rule
  package let severity: ClaimRulesPolicy.Severity
  /// JSON pointer into the claim: `#/items/0/lines/2/unitPrice`.
  package let pointer: String
  /// `nil`: about the claim as a whole.
  package let item: Int?
  /// `nil`: about the item as a whole.
  package let line: Int?
  package let detail: String
  package let evidence: [String: EventValue]

  package init(
    rule: ClaimRulesPolicy.Rule, severity: ClaimRulesPolicy.Severity, pointer: String, item: Int?, line: Int?,
    detail: String, evidence: [String: EventValue]
  ) {
    self.rule = rule
    self.severity = severity
    self.pointer = pointer
    self.item = item
    self.line = line
    self.detail = detail
    self.evidence = evidence
  }
}

/// The audit rules over gathered facts: pure, so that a dry run is the same as a submission (M6), a past decision can be repeated
/// (A2) and a draft of the rules tried on old claims.
package enum ClaimAudit {
  /// Changes with the code below: a stored version says by which rules it was judged.
  package static let rulesVersion = 4

  package enum Outcome: String, Hashable, Sendable, CaseIterable {
    case automatic, person
  }

  package struct Result: Hashable, Sendable {
    package let findings: [ClaimFinding]
    package let outcome: Outcome

    package init(findings: [ClaimFinding], outcome: Outcome) {
      self.findings = findings
      self.outcome = outcome
    }

    /// Lines that a finding keeps from being paid.
    package func blocked(of facts: ClaimFacts) -> Set<Int> {
      var blocked: Set<Int> = []
      for finding in findings where finding.severity == .block {
        for line in facts.lines
        where (finding.item == nil || finding.item == line.item) && (finding.line == nil || finding.line == line.number)
        {
          blocked.insert(line.number)
        }
      }
      return blocked
    }
  }

  /// All findings at once, in the order of the claim.
  package static func result(_ facts: ClaimFacts, under policy: ClaimRulesPolicy) -> Result {
    var report = Report(policy)
    auditClaim(facts, &report)
    for (place, item) in facts.items.enumerated() {
      auditItem(item, at: "#/items/\(place)", facts, &report)
      for (index, line) in facts.lines.filter({ $0.item == item.number }).enumerated() {
        auditLine(line, at: "#/items/\(place)/lines/\(index)", facts, &report)
      }
    }
    let isClean = report.findings.allSatisfy { $0.severity == .notice }
    // Goodwill and compensation are a person's to give, and so is the benefit of a doubt about the warranty.
    let isCertain: Bool =
      switch facts.kind {
      case .warrantyRepair, .firstMaintenance, .partsWarranty, .fieldService:
        facts.items.allSatisfy { $0.cover?.isCovered == true }
      case .campaign: true
      case .goodwill, .complaintCompensation: false
      }
    // More than the maker gave his word for, and another job than that, is a person's to cut.
    let isWithinWord = facts.items.allSatisfy { !facts.isBeyondWord($0) }
    // Of the work order, so that nobody comes below the limit by claiming it piece by piece.
    let isWithinLimit =
      policy.automaticApprovalUpTo.map {
        $0.currency == facts.currency && facts.total.minor.addingSaturating(facts.besides) <= $0.minor
      } ?? false
    // What was added to the job since is a person's to look at.
    let isWithinOrder = facts.beyondOrder.isEmpty
    let isAutomatic = isClean && isCertain && isWithinWord && isWithinOrder && isWithinLimit
    return Result(findings: report.findings, outcome: isAutomatic ? .automatic : .person)
  }

  // MARK: The claim

  private static func auditClaim(_ facts: ClaimFacts, _ report: inout Report) {
    if facts.kind != .complaintCompensation {
      if let order = facts.order {
        if !order.isDelivered {
          report.add(
            .noDeliveredWorkOrder, "#/workOrderId", "The work order \(order.number) was not delivered.",
            ["workOrder": .text(order.number)])
        }
      } else {
        report.add(.noDeliveredWorkOrder, "#/workOrderId", "There is no work order behind the claim.")
      }
    }
    if let earlier = facts.earlierReading, let km = facts.odometerKm, km < earlier.km {
      report.add(
        .odometerBelowEarlier, "#/odometerKm",
        "The vehicle had run \(earlier.km) km on \(earlier.on) already.",
        ["earlierKm": .integer(Int64(earlier.km)), "on": .day(earlier.on), "claimedKm": .integer(Int64(km))])
    }
    if let delivered = facts.order?.deliveredOn {
      let late = facts.submittedOn.daysSinceEpoch - delivered.daysSinceEpoch - Int64(report.policy.submissionDays)
      if late > 0 {
        report.add(
          .submittedLate, "#", "Submitted \(late) days after the time for it had passed.",
          ["deliveredOn": .day(delivered), "submittedOn": .day(facts.submittedOn), "daysLate": .integer(late)])
      }
    }
    if !facts.photos.isEmpty {
      report.add(
        .samePhotoElsewhere, "#",
        "A file of the claim or its order hangs on another document as well.",
        [
          "photos": .list(
            facts.photos.map {
              .object([
                "attachmentId": .text($0.attachment.description), "document": .text($0.document),
                "stationId": .optional($0.station?.description),
              ])
            })
        ])
    }
  }

  // MARK: Items

  private static func auditItem(
    _ item: ClaimFacts.Item, at pointer: String, _ facts: ClaimFacts, _ report: inout Report
  ) {
    if let line = item.workOrderLine, let order = facts.order, !order.lines.contains(line) {
      report.add(
        .noDeliveredWorkOrder, "\(pointer)/workOrderLine", "The work order \(order.number) has no line \(line).",
        ["workOrder": .text(order.number), "line": .integer(Int64(line))], item: item.number)
    }
    for said in item.contradictions {
      report.add(
        .followUpContradicts, pointer, "The customer said otherwise on the call \(said.followUp).",
        ["followUp": .text(said.followUp), "kind": .text(said.kind)], item: item.number)
    }
    if let part = item.oldPart, part != .present {
      report.add(
        .oldPartMissing, "\(pointer)/causalPartNumber", "The old part is \(part.rawValue).",
        ["oldPart": .text(part.rawValue)], item: item.number)
    }
    if !item.sameLine.isEmpty {
      report.add(
        .sameLineTwice, "\(pointer)/workOrderLine", "The line of the work order was claimed before.",
        evidence(item.sameLine), item: item.number)
    }
    let window = Int64(report.policy.duplicateDays)
    let again = item.sameRepair.filter { other in
      guard let own = facts.repairedOn, let on = other.repairedOn else { return false }
      return (own.daysSinceEpoch - on.daysSinceEpoch).magnitude <= UInt64(window)
    }
    if !again.isEmpty {
      report.add(
        .sameRepairInWindow, "\(pointer)/causalPartNumber",
        "The same operation and part of this vehicle were claimed within \(window) days.", evidence(again),
        item: item.number)
    }
    if facts.kind.isUnderWarranty, let cover = item.cover {
      let terms: [String: EventValue] = [
        "endsOn": .day(cover.endsOn), "limitKm": .number(cover.limitKm), "policyVersion": .text(cover.policyVersion),
      ]
      if cover.isOverMonths {
        report.add(
          .overMonths, "#/repairedOn", "Repaired after the warranty had ended.", terms, item: item.number)
      }
      if cover.isOverKm {
        report.add(
          .overKm, "#/odometerKm", "Repaired beyond the kilometres of the warranty.", terms, item: item.number)
      }
    }
    for overlap in item.overlaps {
      report.add(
        .technicianOnTwoJobs, "\(pointer)/workOrderLine",
        "A technician was clocked on the order \(overlap.otherOrder) at the same time.",
        [
          "technicianId": .text(overlap.technician.canonical), "workOrder": .text(overlap.otherOrder),
          "from": .text(overlap.from.description),
        ], item: item.number)
    }
    if let skill = item.missingSkill {
      report.add(
        .repairNotAuthorised, "\(pointer)/labourOperationCode", "The station is not authorised for \(skill).",
        ["skill": .text(skill)], item: item.number)
    }
    if item.isRefused {
      report.add(
        .repairNotAuthorised, "\(pointer)/workOrderLine", "The customer refused the job.", item: item.number)
    }
    if let word = item.preAuthorisation {
      auditPreAuthorisation(word, of: item, at: "\(pointer)/preAuthorisationId", facts, &report)
      if let permit = word.permit { auditDrift(from: permit, of: item, at: pointer, facts, &report) }
    }
  }

  /// The maker's word before the repair: that there is one where he wanted to be asked, that it held when the work was begun, and
  /// that it goes so far (M5).
  private static func auditPreAuthorisation(
    _ word: ClaimFacts.PreAuthorisation, of item: ClaimFacts.Item, at pointer: String, _ facts: ClaimFacts,
    _ report: inout Report
  ) {
    guard let permit = word.permit else {
      if word.isRequired {
        report.add(
          .preAuthorisationMissing, pointer, "The maker was to be asked before the repair, and has approved nothing.",
          item: item.number)
      }
      return
    }
    var evidence: [String: EventValue] = ["preAuthorisation": .text(permit.number)]
    if let begun = word.begunOn, begun < permit.heldFrom || begun > permit.heldUntil {
      report.add(
        .preAuthorisationExpired, pointer,
        "The pre-authorisation \(permit.number) did not hold on \(begun), when the work was begun.",
        evidence.merging([
          "begunOn": .day(begun), "heldFrom": .day(permit.heldFrom), "heldUntil": .day(permit.heldUntil),
        ]) { $1 }, item: item.number)
    }
    if facts.exceeds(item) {
      evidence["left"] = .text(DecimalString.text(hundredths: permit.left))
      evidence["claimed"] = .text(DecimalString.text(hundredths: facts.claimed(of: item.number)))
      evidence["currency"] = .text(facts.currency.rawValue)
      report.add(
        .preAuthorisationExceeded, pointer, "More is claimed than the pre-authorisation \(permit.number) has left.",
        evidence, item: item.number)
    }
  }

  /// Line by line where another job is claimed than was asked about (A12).
  private static func auditDrift(
    from permit: ClaimFacts.PreAuthorisation.Permit, of item: ClaimFacts.Item, at pointer: String, _ facts: ClaimFacts,
    _ report: inout Report
  ) {
    let lines = facts.lines.filter { $0.item == item.number }.map(\.number)
    for drift in permit.drift {
      let at = drift.line.flatMap { lines.firstIndex(of: $0) }.map { "\(pointer)/lines/\($0)" } ?? pointer
      let (member, what) =
        switch drift.kind {
        case .operation: ("labourOperationCode", "The operation \(drift.claimed)")
        case .causalPart: ("causalPartNumber", "The causal part \(drift.claimed)")
        case .part: ("partNumber", "The part \(drift.claimed)")
        case .quantity: ("quantity", "The quantity \(drift.claimed)")
        case .hours: ("hours", "The time of \(drift.claimed) hours")
        }
      report.add(
        .preAuthorisationDrift, "\(at)/\(member)",
        "\(what) is not what the pre-authorisation \(permit.number) was given for.",
        [
          "preAuthorisation": .text(permit.number), "kind": .text(drift.kind.rawValue),
          "claimed": .text(drift.claimed), "granted": .optional(drift.granted),
        ], item: item.number, line: drift.line)
    }
  }

  private static func evidence(_ references: [ClaimFacts.Reference]) -> [String: EventValue] {
    [
      "claims": .list(
        references.map {
          .object([
            "claim": .text($0.claim), "stationId": .text($0.station.description), "repairedOn": .day($0.repairedOn),
          ])
        })
    ]
  }

  // MARK: Lines

  private static func auditLine(
    _ line: ClaimFacts.Line, at pointer: String, _ facts: ClaimFacts, _ report: inout Report
  ) {
    if let hours = line.hours, let standard = line.standardHours,
      exceeds(Int64(hours), Int64(standard), percent: report.policy.labourTolerancePercent)
    {
      report.add(
        .labourAboveStandard, "\(pointer)/hours",
        "\(Hours(hundredths: hours)) hours against a standard of \(Hours(hundredths: standard)).",
        [
          "hours": .text(Hours(hundredths: hours).description),
          "standardHours": .text(Hours(hundredths: standard).description),
        ], item: line.item, line: line.number)
    }
    if let price = line.unitPrice, let list = line.listPrice,
      exceeds(price, list, percent: report.policy.priceTolerancePercent)
    {
      let (asked, approved) = (DecimalString.text(hundredths: price), DecimalString.text(hundredths: list))
      report.add(
        .priceAboveList, "\(pointer)/unitPrice", "\(asked) against a list price of \(approved) on that day.",
        ["unitPrice": .text(asked), "listPrice": .text(approved), "currency": .text(facts.currency.rawValue)],
        item: line.item, line: line.number)
    }
    if line.wasShipped == false {
      report.add(
        .partNotShipped, "\(pointer)/partNumber", "The part never came to the station.", item: line.item,
        line: line.number)
    }
  }

  /// Whether a value lies more than so many per cent above another.
  private static func exceeds(_ value: Int64, _ standard: Int64, percent: Int) -> Bool {
    value.multipliedSaturating(by: 100) > standard.multipliedSaturating(by: Int64(100 + percent))
  }

  private struct Report {
    let policy: ClaimRulesPolicy
    var findings: [ClaimFinding] = []

    init(_ policy: ClaimRulesPolicy) { self.policy = policy }

    mutating func add(
      _ rule: ClaimRulesPolicy.Rule, _ pointer: String, _ detail: String, _ evidence: [String: EventValue] = [:],
      item: Int? = nil, line: Int? = nil
    ) {
      // Every rule has a severity: a body without one is refused.
      let severity = policy.severities[rule] ?? .review
      findings.append(
        ClaimFinding(
          rule: rule, severity: severity, pointer: pointer, item: item, line: line, detail: detail, evidence: evidence))
    }
  }
}
