package import Domain
import Services

/// A claim as one caller sees it, with his actions. What people wrote in their own words is shown cleaned to everybody: whose car it
/// was is a matter of the work order.
package struct WarrantyClaimView: JSONWritable {
  private let claim: WarrantyClaim
  private let actions: [WarrantyClaim.Action]

  package init(_ claim: WarrantyClaim, for caller: Caller) {
    self.claim = claim.masked
    actions = WarrantyClaimLifecycle.table.available(in: claim.state, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    let (header, progress) = (claim.header, claim.progress)
    json.object { json in
      json.field("appeals", progress.appeals)
      json.field("appraisal", progress.appraisal)
      json.field("approved", claim.approved)
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.field("blockingFindings", progress.blocking)
      json.field("claimed", claim.claimed)
      json.field("complaintId", claim.complaintID)
      json.field("counts", claim.counts)
      json.field("createdAt", claim.stamp.createdAt)
      json.field("createdBy", claim.stamp.createdBy.name)
      json.field("currency", claim.currency)
      json.field("decidedAt", progress.decidedAt)
      json.field("externalIds", header.externalIDs)
      json.field("id", claim.id)
      // Lists show what the lines come to, not the lines.
      json.field("items", claim.items.isEmpty && claim.lastLineNumber > 0 ? nil : claim.items)
      json.field("kind", claim.kind)
      json.field("note", header.note)
      json.field("number", claim.number)
      json.field("odometerKm", header.odometerKm)
      json.field("reason", progress.reason)
      json.field("repairedDate", header.repairedOn)
      json.field("reviewFindings", progress.reviewing)
      json.field("settledAt", progress.settledAt)
      json.field("state", claim.state)
      json.field("stationId", claim.stationID)
      json.field("submissions", progress.submissions)
      json.field("submittedAt", progress.submittedAt)
      json.field("updatedAt", claim.stamp.updatedAt)
      json.field("updatedBy", claim.stamp.updatedBy.name)
      json.field("vehicleId", claim.vehicleID)
      json.field("version", claim.version)
      json.field("versions", progress.versions)
      json.field("workOrderId", claim.workOrderID)
    }
  }
}

extension ClaimCounts: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("approved", approved)
      $0.field("awaitingOldPart", awaitingOldPart)
      $0.field("open", open)
      $0.field("paid", paid)
      $0.field("reduced", reduced)
      $0.field("rejected", rejected)
      $0.field("returned", returned)
    }
  }
}

extension WarrantyClaimProgress.Appraisal: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("at", at)
      $0.field("by", by.name)
      $0.field("text", text)
    }
  }
}

extension ClaimItem: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("causalPartNumber", work.causalPartNumber)
      json.field("cause", work.cause)
      json.field("componentGroup", work.componentGroup)
      json.field("concern", work.concern)
      json.field("correction", work.correction)
      json.field("description", work.description)
      json.field("faultCode", work.faultCode)
      json.field("labourOperationCode", work.labourOperationCode)
      json.field("lines", lines)
      json.field("number", number)
      json.field("preAuthorisationId", preAuthorisationID)
      json.field("workOrderLine", workOrderLine)
    }
  }
}

extension ClaimLine: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("amount", charge.amount)
      json.field("decision", verdict)
      json.field("description", charge.description)
      json.field("hours", charge.hours)
      json.field("kind", kind)
      json.field("number", number)
      json.field("oldPart", oldPart)
      json.field("paidAt", paidAt)
      json.field("partNumber", charge.partNumber)
      json.field("quantity", charge.quantity)
      json.field("settlement", standing)
      json.field("unitPrice", charge.unitPrice)
    }
  }
}

extension ClaimVerdict: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("amount", amount)
      $0.field("decidedAt", at)
      $0.field("decidedBy", by.name)
      $0.field("outcome", outcome)
      $0.field("reason", reason)
      $0.field("text", text)
    }
  }
}

/// One finding as one caller sees it: that another station claimed the same is told, which one and by what number only to those who
/// see that station.
struct ClaimFindingView: JSONWritable {
  let finding: ClaimFinding
  let scope: Scope

  init(_ finding: ClaimFinding, for caller: Caller) {
    self.finding = finding
    scope = caller.scope
  }

  func write(to json: inout JSONWriter) {
    json.object {
      $0.field("detail", finding.detail)
      $0.field("evidence", EventValue.object(finding.evidence.mapValues(shown)))
      $0.field("item", finding.item)
      $0.field("line", finding.line)
      $0.field("pointer", finding.pointer)
      $0.field("rule", finding.rule)
      $0.field("severity", finding.severity)
    }
  }

  private func shown(_ value: EventValue) -> EventValue {
    switch value {
    case .list(let items): return .list(items.map(shown))
    case .object(var members):
      if case .text(let text)? = members["stationId"], let station = Station.ID(text), !scope.covers(station) {
        for name in ["stationId", "claim", "document"] where members[name] != nil { members[name] = .null }
      }
      return .object(members)
    case .null, .text, .integer, .boolean: return value
    }
  }
}

/// What an audit finds, or found (M6), and where the claim differs from its order (A12).
struct ClaimCheckView: JSONWritable {
  let check: ClaimCheck
  let caller: Caller

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("claimId", check.claim.id)
      json.field("drift", check.drift)
      json.field("findings", (check.result?.findings ?? []).map { ClaimFindingView($0, for: caller) })
      json.field("number", check.claim.number)
      json.field("outcome", check.result?.outcome)
      json.field("policyVersion", check.policyVersion?.description)
    }
  }
}

extension ClaimDrift: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("claimed", claimed)
      $0.field("pointer", pointer)
      $0.field("source", source)
      $0.field("workOrderLine", workOrderLine)
    }
  }
}

/// One immutable version (M8).
struct ClaimVersionView: JSONWritable {
  let version: ClaimVersion
  let currency: Currency
  let caller: Caller

  init(_ version: ClaimVersion, of claim: WarrantyClaim, for caller: Caller) {
    self.version = version.masked
    currency = claim.currency
    self.caller = caller
  }

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("approved", Money(minor: version.approved, currency: currency))
      json.field("at", version.at)
      json.field("by", version.by.name)
      json.field("claimed", Money(minor: version.claimed, currency: currency))
      json.field("findings", version.result.findings.map { ClaimFindingView($0, for: caller) })
      json.field("lines", version.lines)
      json.field("occasion", version.occasion)
      json.field("outcome", version.result.outcome)
      json.field("policyVersion", version.policyVersion.description)
      json.field("rulesVersion", version.rulesVersion)
      json.field("sequence", version.sequence)
      json.field("state", version.state)
    }
  }
}

extension ClaimVersion.Line: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("amount", charge.amount)
      json.field("decision", verdict)
      json.field("description", charge.description)
      json.field("hours", charge.hours)
      json.field("item", item)
      json.field("kind", kind)
      json.field("number", number)
      json.field("partNumber", charge.partNumber)
      json.field("quantity", charge.quantity)
      json.field("unitPrice", charge.unitPrice)
    }
  }
}

/// A version judged once more (A2).
struct ClaimReplayView: JSONWritable {
  let replay: ClaimReplay
  let caller: Caller

  func write(to json: inout JSONWriter) {
    let version = replay.version
    json.object { json in
      json.field("findings", replay.result.findings.map { ClaimFindingView($0, for: caller) })
      json.field("identical", replay.isIdentical)
      json.field("occasion", version.occasion)
      json.field("outcome", replay.result.outcome)
      json.field("policyVersion", version.policyVersion.description)
      json.field("rulesVersion", version.rulesVersion)
      json.field("sequence", version.sequence)
      json.field("storedOutcome", version.result.outcome)
    }
  }
}

/// A draft of the rules tried on past claims.
package struct ClaimRuleTrialView: JSONWritable {
  private let trial: ClaimRuleTrial

  package init(_ trial: ClaimRuleTrial) { self.trial = trial }

  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("changed", trial.changed)
      json.field("createdAt", trial.createdAt)
      json.field("createdBy", trial.createdBy.name)
      json.field("differences", trial.differences)
      json.field("examined", trial.examined)
      json.field("finishedAt", trial.finishedAt)
      json.field("id", trial.id)
      json.field("policyId", trial.policyID)
      json.field("policyVersion", trial.policyNumber)
      json.field("state", trial.state)
      json.field("submittedAtBefore", trial.submittedBefore)
      json.field("submittedAtFrom", trial.submittedFrom)
      json.object("totals") {
        $0.field("after", trial.after)
        $0.field("before", trial.before)
      }
    }
  }
}

extension ClaimRuleTrial.Totals: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("approvedAmounts", Self.money(approvedAmounts))
      $0.field("approvedAutomatically", approvedAutomatically)
      $0.field("blocked", blocked)
      $0.field("blockedAmounts", Self.money(blockedAmounts))
      $0.field("toPerson", toPerson)
    }
  }

  private static func money(_ amounts: [Currency: Int64]) -> [Money] {
    amounts.map { Money(minor: $0.value, currency: $0.key) }.sorted { $0.currency.rawValue < $1.currency.rawValue }
  }
}

extension ClaimRuleTrial.Difference: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.array("added", added) { $0.string($1.rawValue) }
      json.field("after", after)
      json.field("before", before)
      json.field("blockedAfter", Money(minor: blockedAfter, currency: currency))
      json.field("blockedBefore", Money(minor: blockedBefore, currency: currency))
      json.field("claimNumber", claim)
      json.array("removed", removed) { $0.string($1.rawValue) }
      json.field("version", version)
    }
  }
}
