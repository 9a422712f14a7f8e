import Domain
import FoundationEssentials
import Postgres

/// The parts of quality issues that are kept as jsonb: records that are written once and read whole.
enum QualityJSON {
  // MARK: Judgements

  static func encode(_ matches: [QualityClassification.Match]) -> JSONB { EventJSON.encode(value(matches)) }

  static func value(_ matches: [QualityClassification.Match]) -> EventValue {
    .list(
      matches.map {
        .object([
          "criterion": .text($0.criterion.rawValue), "facts": .list($0.facts.map(EventValue.text)),
          "evidence": .text($0.evidence),
        ])
      })
  }

  static func matches(_ value: EventValue) -> [QualityClassification.Match] {
    records(value).compactMap { record in
      guard let criterion = record.text("criterion").flatMap(QualityCriterion.init(rawValue:)) else { return nil }
      return QualityClassification.Match(
        criterion, facts: texts(record, "facts"), evidence: record.text("evidence") ?? "")
    }
  }

  // MARK: Header

  static func encode(_ defects: [QualityDefect]) -> JSONB {
    EventJSON.encode(
      .list(
        defects.map {
          .object([
            "partNumber": .optional($0.partNumber), "faultCode": .optional($0.faultCode),
            "description": .optional($0.description),
          ])
        }))
  }

  static func defects(_ bytes: [UInt8]) -> [QualityDefect] {
    records(EventJSON.value(bytes)).map {
      QualityDefect(
        partNumber: $0.text("partNumber"), faultCode: $0.text("faultCode"), description: $0.text("description"))
    }
  }

  // MARK: Progress

  static func encode(_ gradings: [Grading]) -> JSONB {
    EventJSON.encode(
      .list(
        gradings.map { grading in
          .object(
            [
              "level": .text(grading.level.rawValue), "formerLevel": .optional(grading.formerLevel?.rawValue),
              "proposedLevel": .optional(grading.proposedLevel?.rawValue),
              "classification": .integer(Int64(grading.classification)), "reason": .optional(grading.reason),
            ].merging(author(grading.by, grading.at)) { own, _ in own })
        }))
  }

  static func gradings(_ bytes: [UInt8]) -> [Grading] {
    records(EventJSON.value(bytes)).compactMap { record in
      guard let level = record.text("level").flatMap(QualityLevel.init(rawValue:)), let (by, at) = author(record)
      else { return nil }
      return Grading(
        level: level, formerLevel: record.text("formerLevel").flatMap(QualityLevel.init(rawValue:)),
        proposedLevel: record.text("proposedLevel").flatMap(QualityLevel.init(rawValue:)),
        classification: Int(record.integer("classification") ?? 0), reason: record.text("reason"), by: by, at: at)
    }
  }

  static func encode(_ steps: [HandlingStep]) -> JSONB {
    EventJSON.encode(
      .list(
        steps.map { step in
          .object(
            [
              "action": .text(step.action.rawValue), "text": .optional(step.text),
              "people": .list(step.people.map(EventValue.text)),
            ].merging(author(step.by, step.at)) { own, _ in own })
        }))
  }

  static func steps(_ bytes: [UInt8]) -> [HandlingStep] {
    records(EventJSON.value(bytes)).compactMap { record in
      guard let action = record.text("action").flatMap(QualityIssue.Action.init(rawValue:)),
        let (by, at) = author(record)
      else { return nil }
      return HandlingStep(action, text: record.text("text"), people: texts(record, "people"), by: by, at: at)
    }
  }

  static func encode(_ receipts: [ResultReceipt]) -> JSONB {
    EventJSON.encode(
      .list(
        receipts.map { receipt in
          .object(
            [
              "party": .text(receipt.party.rawValue), "channel": .text(receipt.channel.rawValue),
              "note": .optional(receipt.note),
            ].merging(author(receipt.by, receipt.receivedAt)) { own, _ in own })
        }))
  }

  static func receipts(_ bytes: [UInt8]) -> [ResultReceipt] {
    records(EventJSON.value(bytes)).compactMap { record in
      guard let party = record.text("party").flatMap(ResultReceipt.Party.init(rawValue:)),
        let channel = record.text("channel").flatMap(ResultReceipt.Channel.init(rawValue:)),
        let (by, at) = author(record)
      else { return nil }
      return ResultReceipt(party: party, channel: channel, note: record.text("note"), receivedAt: at, by: by)
    }
  }

  // MARK: Reports and 8D

  static func encode(_ content: QualityReport.Content) -> JSONB {
    EventJSON.encode(
      .object([
        "symptom": .text(content.symptom), "facts": content.facts.value, "matches": value(content.matches),
        "policyVersion": .integer(Int64(content.policyVersion.number)), "reason": .optional(content.reason),
      ]))
  }

  static func content(_ bytes: [UInt8]) -> QualityReport.Content {
    let record = EventJSON.object(bytes)
    return QualityReport.Content(
      symptom: record.text("symptom") ?? "", facts: QualityFacts(record["facts"] ?? .null),
      matches: matches(record["matches"] ?? .null),
      policyVersion: PolicyVersion(.qualityLevels, Int(record.integer("policyVersion") ?? 0)),
      reason: record.text("reason"))
  }

  static func encode(_ team: [EightDStep.Member]) -> JSONB {
    EventJSON.encode(
      .list(
        team.map {
          .object(["name": .text($0.name), "function": .text($0.function), "leader": .boolean($0.isLeader)])
        }))
  }

  static func team(_ bytes: [UInt8]) -> [EightDStep.Member] {
    records(EventJSON.value(bytes)).map {
      EightDStep.Member(
        name: $0.text("name") ?? "", function: $0.text("function") ?? "", isLeader: $0.flag("leader"))
    }
  }

  static func encode(_ causes: [EightDStep.Cause]) -> JSONB {
    EventJSON.encode(
      .list(
        causes.map {
          .object([
            "kind": .text($0.kind.rawValue), "description": .text($0.description), "verified": .boolean($0.isVerified),
          ])
        }))
  }

  static func causes(_ bytes: [UInt8]) -> [EightDStep.Cause] {
    records(EventJSON.value(bytes)).compactMap { record in
      guard let kind = record.text("kind").flatMap(EightDStep.Cause.Kind.init(rawValue:)) else { return nil }
      return EightDStep.Cause(
        kind: kind, description: record.text("description") ?? "", isVerified: record.flag("verified"))
    }
  }

  // MARK: What they share

  private static func records(_ value: EventValue) -> [[String: EventValue]] {
    guard case .list(let items) = value else { return [] }
    return items.compactMap { if case .object(let record) = $0 { record } else { nil } }
  }

  private static func texts(_ record: [String: EventValue], _ name: String) -> [String] {
    record.list(name).compactMap { if case .text(let text) = $0 { text } else { nil } }
  }

  private static func author(_ by: RecordStamp.Author, _ at: Timestamp) -> [String: EventValue] {
    ["by": .text(by.name), "byId": .optional(by.id?.canonical), "at": .integer(at.milliseconds)]
  }

  private static func author(_ record: [String: EventValue]) -> (RecordStamp.Author, Timestamp)? {
    guard let name = record.text("by"), let at = record.integer("at") else { return nil }
    return (
      RecordStamp.Author(name: name, id: record.text("byId").flatMap { UUID(canonical: $0) }),
      Timestamp(milliseconds: at)
    )
  }
}
