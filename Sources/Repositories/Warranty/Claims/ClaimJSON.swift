import Domain
import FoundationEssentials
import Postgres

/// The parts of a claim that are kept as jsonb: records that are written once and read whole.
enum ClaimJSON {
  static func encode(_ appraisal: WarrantyClaimProgress.Appraisal) -> JSONB {
    EventJSON.encode(
      .object([
        "text": .text(appraisal.text), "by": .text(appraisal.by.name), "byId": .optional(appraisal.by.id?.canonical),
        "at": .integer(appraisal.at.milliseconds),
      ]))
  }

  static func appraisal(_ bytes: [UInt8]) -> WarrantyClaimProgress.Appraisal? {
    let record = EventJSON.object(bytes)
    guard let text = record.text("text"), let by = author(record), let at = record.integer("at") else { return nil }
    return .init(text: text, by: by, at: Timestamp(milliseconds: at))
  }

  private static func author(_ record: [String: EventValue]) -> RecordStamp.Author? {
    record.text("by").map { .init(name: $0, id: record.text("byId").flatMap { UUID(canonical: $0) }) }
  }

  // MARK: Versions

  static func encode(_ lines: [ClaimVersion.Line]) -> JSONB {
    EventJSON.encode(
      .list(
        lines.map { line in
          .object([
            "number": .integer(Int64(line.number)), "item": .integer(Int64(line.item)),
            "kind": .text(line.kind.rawValue), "description": .text(line.charge.description),
            "partNumber": .optional(line.charge.partNumber),
            "quantity": line.charge.quantity.map { .integer(Int64($0)) } ?? .null,
            "hours": line.charge.hours.map { .integer(Int64($0.hundredths)) } ?? .null,
            "unitPrice": line.charge.unitPrice.map { .integer($0.minor) } ?? .null,
            "amount": .integer(line.charge.amount.minor),
            "currency": .text(line.charge.amount.currency.rawValue),
            "verdict": line.verdict.map(value) ?? .null,
          ])
        }))
  }

  private static func value(_ verdict: ClaimVerdict) -> EventValue {
    .object([
      "outcome": .text(verdict.outcome.rawValue), "amount": .integer(verdict.amount.minor),
      "reason": .text(verdict.reason.rawValue), "text": .text(verdict.text), "by": .text(verdict.by.name),
      "byId": .optional(verdict.by.id?.canonical), "at": .integer(verdict.at.milliseconds),
    ])
  }

  static func lines(_ bytes: [UInt8]) -> [ClaimVersion.Line] {
    guard case .list(let items) = EventJSON.value(bytes) else { return [] }
    return items.compactMap { item in
      guard case .object(let record) = item, let number = record.integer("number"), let place = record.integer("item"),
        let kind = record.text("kind").flatMap(ClaimLine.Kind.init(rawValue:)),
        let description = record.text("description"), let amount = record.integer("amount"),
        let currency = record.text("currency").flatMap(Currency.init(rawValue:))
      else { return nil }
      var verdict: ClaimVerdict?
      if case .object(let decided)? = record["verdict"],
        let outcome = decided.text("outcome").flatMap(ClaimVerdict.Outcome.init(rawValue:)),
        let approved = decided.integer("amount"),
        let reason = decided.text("reason").flatMap(ClaimVerdict.Reason.init(rawValue:)),
        let text = decided.text("text"), let by = author(decided), let at = decided.integer("at")
      {
        verdict = ClaimVerdict(
          outcome: outcome, amount: Money(minor: approved, currency: currency), reason: reason, text: text, by: by,
          at: Timestamp(milliseconds: at))
      }
      return ClaimVersion.Line(
        number: Int(number), item: Int(place), kind: kind,
        charge: ClaimCharge(
          description: description, partNumber: record.text("partNumber"),
          quantity: record.integer("quantity").map { Int($0) },
          hours: record.integer("hours").map { Hours(hundredths: Int32(clamping: $0)) },
          unitPrice: record.integer("unitPrice").map { Money(minor: $0, currency: currency) },
          amount: Money(minor: amount, currency: currency)),
        verdict: verdict)
    }
  }

  static func encode(_ findings: [ClaimFinding]) -> JSONB {
    EventJSON.encode(
      .list(
        findings.map {
          .object([
            "rule": .text($0.rule.rawValue), "severity": .text($0.severity.rawValue), "pointer": .text($0.pointer),
            "item": $0.item.map { .integer(Int64($0)) } ?? .null, "line": $0.line.map { .integer(Int64($0)) } ?? .null,
            "detail": .text($0.detail), "evidence": .object($0.evidence),
          ])
        }))
  }

  static func findings(_ bytes: [UInt8]) -> [ClaimFinding] {
    guard case .list(let items) = EventJSON.value(bytes) else { return [] }
    return items.compactMap { item in
      guard case .object(let record) = item,
        let rule = record.text("rule").flatMap(ClaimRulesPolicy.Rule.init(rawValue:)),
        let severity = record.text("severity").flatMap(ClaimRulesPolicy.Severity.init(rawValue:)),
        let pointer = record.text("pointer"), let detail = record.text("detail"),
        case .object(let evidence)? = record["evidence"]
      else { return nil }
      return ClaimFinding(
        rule: rule, severity: severity, pointer: pointer, item: record.integer("item").map { Int($0) },
        line: record.integer("line").map { Int($0) }, detail: detail, evidence: evidence)
    }
  }

  // MARK: Trials

  static func encode(_ totals: ClaimRuleTrial.Totals) -> JSONB {
    func amounts(_ amounts: [Currency: Int64]) -> EventValue {
      .object(Dictionary(uniqueKeysWithValues: amounts.map { ($0.key.rawValue, .integer($0.value)) }))
    }
    return EventJSON.encode(
      .object([
        "approvedAutomatically": .integer(Int64(totals.approvedAutomatically)),
        "approvedAmounts": amounts(totals.approvedAmounts), "toPerson": .integer(Int64(totals.toPerson)),
        "blocked": .integer(Int64(totals.blocked)), "blockedAmounts": amounts(totals.blockedAmounts),
      ]))
  }

  static func totals(_ bytes: [UInt8]) -> ClaimRuleTrial.Totals {
    let record = EventJSON.object(bytes)
    func count(_ name: String) -> Int { Int(record.integer(name) ?? 0) }
    func amounts(_ name: String) -> [Currency: Int64] {
      guard case .object(let members)? = record[name] else { return [:] }
      return Dictionary(
        uniqueKeysWithValues: members.compactMap { code, value in
          guard let currency = Currency(rawValue: code), case .integer(let minor) = value else { return nil }
          return (currency, minor)
        })
    }
    return ClaimRuleTrial.Totals(
      approvedAutomatically: count("approvedAutomatically"), approvedAmounts: amounts("approvedAmounts"),
      toPerson: count("toPerson"), blocked: count("blocked"), blockedAmounts: amounts("blockedAmounts"))
  }

  static func encode(_ differences: [ClaimRuleTrial.Difference]) -> JSONB {
    EventJSON.encode(
      .list(
        differences.map {
          .object([
            "claim": .text($0.claim), "version": .integer(Int64($0.version)), "before": .text($0.before.rawValue),
            "after": .text($0.after.rawValue), "added": .list($0.added.map { .text($0.rawValue) }),
            "removed": .list($0.removed.map { .text($0.rawValue) }), "blockedBefore": .integer($0.blockedBefore),
            "blockedAfter": .integer($0.blockedAfter), "currency": .text($0.currency.rawValue),
          ])
        }))
  }

  static func differences(_ bytes: [UInt8]) -> [ClaimRuleTrial.Difference] {
    guard case .list(let items) = EventJSON.value(bytes) else { return [] }
    return items.compactMap { item in
      guard case .object(let record) = item, let claim = record.text("claim"), let version = record.integer("version"),
        let before = record.text("before").flatMap(ClaimAudit.Outcome.init(rawValue:)),
        let after = record.text("after").flatMap(ClaimAudit.Outcome.init(rawValue:)),
        let blockedBefore = record.integer("blockedBefore"), let blockedAfter = record.integer("blockedAfter"),
        let currency = record.text("currency").flatMap(Currency.init(rawValue:))
      else { return nil }
      func rules(_ name: String) -> [ClaimRulesPolicy.Rule] {
        record.list(name).compactMap {
          if case .text(let word) = $0 { ClaimRulesPolicy.Rule(rawValue: word) } else { nil }
        }
      }
      return ClaimRuleTrial.Difference(
        claim: claim, version: Int(version), before: before, after: after, added: rules("added"),
        removed: rules("removed"), blockedBefore: blockedBefore, blockedAfter: blockedAfter, currency: currency)
    }
  }
}
