package import Domain

/// An issue as one caller sees it, with his actions; people's words cleaned unless he may read personal data (SEC-04).
package struct QualityIssueView: JSONWritable {
  private let issue: QualityIssue
  private let actions: [QualityIssue.Action]
  private let disclosure: Disclosure

  package init(_ issue: QualityIssue, for caller: Caller) {
    self.issue = issue
    disclosure = Disclosure(of: issue.header.customerID, to: caller)
    actions = QualityIssueLifecycle.table.available(on: issue, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    let shown = disclosure.shown(issue)
    let header = shown.header
    let progress = shown.progress
    json.object { json in
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.field("class", progress.qualityClass)
      json.field("closedAt", progress.closedAt)
      json.field("complaintId", header.complaintID)
      json.field("createdAt", shown.stamp.createdAt)
      json.field("createdBy", shown.stamp.createdBy.name)
      json.field("customerId", header.customerID)
      json.array("defects", header.defects)
      json.field("externalIds", header.externalIDs)
      json.field("facts", shown.facts)
      json.array("gradings", progress.gradings)
      json.array("handling", progress.handling)
      json.field("id", shown.id)
      json.field("level", progress.level)
      json.array("missingReceipts", shown.missingReceipts) { $0.string($1.rawValue) }
      json.field("modelId", header.modelID)
      json.field("number", shown.number)
      json.field("occurredAt", header.occurredAt)
      json.field("odometerKm", header.odometerKm)
      json.field("personalDataMasked", disclosure.isMasked)
      json.array("proposedCriteria", progress.proposedCriteria) { $0.string($1.rawValue) }
      json.field("proposedLevel", progress.proposedLevel)
      json.array("receipts", progress.receipts)
      json.field("reopeningCount", progress.reopenings)
      json.field("reportCount", progress.reports)
      json.field("resolvedAt", progress.resolvedAt)
      json.field("result", progress.result)
      json.field("source", header.source)
      json.field("state", shown.state)
      json.field("stationId", shown.stationID)
      json.field("symptom", header.symptom)
      json.field("updatedAt", shown.stamp.updatedAt)
      json.field("updatedBy", shown.stamp.updatedBy.name)
      json.field("vehicleId", header.vehicleID)
      json.field("version", shown.version)
      json.field("workOrderId", header.workOrderID)
    }
  }
}

extension QualityDefect: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("description", description)
      $0.field("faultCode", faultCode)
      $0.field("partNumber", partNumber)
    }
  }
}

extension QualityFacts: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("breakdown", breakdown)
      json.field("casualties", casualties)
      json.field("companyLoss", companyLoss)
      json.field("compensationDemand", compensationDemand)
      json.array("complaintFrequency", complaintFrequency) { json, count in
        json.object {
          $0.field("complaints", count.complaints)
          $0.field("windowDays", count.windowDays)
        }
      }
      json.field("functionalDefect", functionalDefect)
      json.field("majorAccident", majorAccident)
      json.field("manufacturingError", manufacturingError)
      json.field("mediaExposure", mediaExposure)
      json.field("qualityDefect", qualityDefect)
      json.field("reputationDamage", reputationDamage)
      json.field("salesImpact", salesImpact)
      json.field("vehicleValue", vehicleValue)
    }
  }
}

extension ManufacturingErrorAssertion: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("assertedBy", assertedBy)
      $0.field("evidence", evidence)
    }
  }
}

extension Grading: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("at", at)
      $0.field("by", by.name)
      $0.field("classification", classification)
      $0.field("formerLevel", formerLevel)
      $0.field("level", level)
      $0.field("override", isOverride)
      $0.field("proposedLevel", proposedLevel)
      $0.field("reason", reason)
    }
  }
}

extension HandlingStep: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("action", action)
      $0.field("at", at)
      $0.field("by", by.name)
      $0.array("people", people)
      $0.field("text", text)
    }
  }
}

extension ResultReceipt: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("channel", channel)
      $0.field("note", note)
      $0.field("party", party)
      $0.field("receivedAt", receivedAt)
      $0.field("recordedBy", by.name)
    }
  }
}

// MARK: Judgements

extension QualityClassification.Match: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("criterion", criterion)
      $0.field("evidence", evidence)
      $0.array("facts", facts)
      $0.field("level", criterion.level)
      $0.field("requirement", criterion.requirement)
    }
  }

  /// Without what people wrote as evidence.
  fileprivate var cleaned: QualityClassification.Match {
    QualityClassification.Match(criterion, facts: facts, evidence: FreeText.cleaned(evidence))
  }
}

/// A judgement: inputs, numbers, and what followed (A1).
package struct ClassificationView: JSONWritable {
  private let record: ClassificationRecord
  private let isMasked: Bool

  /// - Parameter disclosure: `nil` for what the caller stated himself.
  package init(_ record: ClassificationRecord, _ disclosure: Disclosure? = nil) {
    self.record = record
    isMasked = disclosure?.isMasked ?? false
  }

  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("at", record.at)
      json.field("by", record.by.name)
      json.field("facts", isMasked ? record.facts.withoutWords : record.facts)
      json.field("level", record.classification.level)
      json.array("matches", record.classification.matches.map { isMasked ? $0.cleaned : $0 })
      json.field("occasion", record.occasion)
      json.field("policyVersion", record.policyVersion.description)
      json.field("rulesVersion", record.rulesVersion)
      json.field("sequence", record.sequence)
    }
  }
}

/// A judgement beside the one that the same inputs give today.
package struct ReplayView: JSONWritable {
  private let replay: ClassificationReplay
  private let disclosure: Disclosure

  package init(_ replay: ClassificationReplay, _ disclosure: Disclosure) {
    self.replay = replay
    self.disclosure = disclosure
  }

  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("recorded", ClassificationView(replay.record, disclosure))
      json.field("replayedLevel", replay.replayed.level)
      json.array("replayedMatches", replay.replayed.matches.map { disclosure.isMasked ? $0.cleaned : $0 })
      json.field("same", replay.isSame)
    }
  }
}

extension DefectGroup: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("faultCode", faultCode)
      $0.field("firstAt", firstAt)
      $0.field("lastAt", lastAt)
      $0.field("modelCode", modelCode)
      $0.field("modelId", modelID)
      $0.field("occurrences", occurrences)
      $0.field("partNumber", partNumber)
    }
  }
}

// MARK: Reports, measures, 8D

/// The report to leaders and QA as it was issued, and who has it (F-12).
package struct QualityReportView: JSONWritable {
  private let report: QualityReport
  private let isMasked: Bool

  package init(_ report: QualityReport, _ disclosure: Disclosure) {
    self.report = report
    isMasked = disclosure.isMasked
  }

  package func write(to json: inout JSONWriter) {
    let content = report.content
    json.object { json in
      json.object("content") { json in
        json.field("facts", isMasked ? content.facts.withoutWords : content.facts)
        json.array("matches", content.matches.map { isMasked ? $0.cleaned : $0 })
        json.field("policyVersion", content.policyVersion.description)
        json.field("reason", isMasked ? content.reason.map { FreeText.cleaned($0) } : content.reason)
        json.field("symptom", isMasked ? FreeText.cleaned(content.symptom) : content.symptom)
      }
      json.array("deliveries", report.deliveries) { json, delivery in
        json.object {
          $0.field("channel", delivery.channel)
          $0.field("deliveredAt", delivery.deliveredAt)
          $0.field("recipient", delivery.recipient)
          $0.field("recordedBy", delivery.recordedBy)
        }
      }
      json.field("issuedAt", report.issuedAt)
      json.field("issuedBy", report.issuedBy)
      json.field("level", report.level)
      json.array("outstanding", report.outstanding) { $0.string($1.rawValue) }
      json.array("recipients", report.recipients) { $0.string($1.rawValue) }
      json.field("sequence", report.sequence)
    }
  }
}

extension QualityMeasure: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("completedDate", completedDate)
      $0.field("createdAt", createdAt)
      $0.field("createdBy", createdBy.name)
      $0.field("description", description)
      $0.field("dueDate", dueDate)
      $0.field("effectivenessPercent", effectivenessPercent)
      $0.field("kind", kind)
      $0.field("number", number)
      $0.field("owner", owner)
      $0.field("proof", proof)
      $0.field("state", state)
    }
  }
}

/// The 8D record: every discipline, written down yet or not, with its measures.
package struct EightDView: JSONWritable {
  private let issue: QualityIssue

  package init(_ issue: QualityIssue) { self.issue = issue }

  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.array("disciplines", EightDStep.Discipline.allCases) { json, discipline in
        let step = issue.disciplines.first { $0.discipline == discipline }
        json.object { json in
          json.array("causes", step?.causes ?? []) { json, cause in
            json.object {
              $0.field("description", cause.description)
              $0.field("isVerified", cause.isVerified)
              $0.field("kind", cause.kind)
            }
          }
          json.field("completedAt", step?.completedAt)
          json.field("completedBy", step?.completedBy)
          json.field("discipline", discipline)
          json.array("measures", issue.measures.filter { discipline.measures.contains($0.kind) })
          json.field("summary", step?.summary)
          json.array("team", step?.team ?? []) { json, member in
            json.object {
              $0.field("function", member.function)
              $0.field("isLeader", member.isLeader)
              $0.field("name", member.name)
            }
          }
        }
      }
      json.field("number", issue.number)
    }
  }
}
