package import Domain
import Repositories

/// What stands beside an issue: the reports to leaders and QA, measures, the 8D record.
extension QualityIssueService {
  // MARK: Reports (F-12)

  package func reports(
    _ reference: Reference<QualityIssue>, _ caller: Caller
  ) async throws -> (issue: QualityIssue, reports: [QualityReport]) {
    let issue = try await get(reference, caller)
    return (
      issue,
      try await QualityRecordRepository.reports(
        of: issue.id, in: caller.scope, through: ReadDoor(work.database, caller))
    )
  }

  /// A recipient has got the report; when all have, it is sent (T-19).
  package func deliver(
    _ reference: Reference<QualityIssue>, report sequence: Int, _ delivery: QualityReport.Delivery,
    _ command: Command<(issue: QualityIssue, report: QualityReport)>
  ) async throws -> Answer {
    try await work.perform(command, .qualityIssuesConfirm) { tx in
      // Locked, so that of two last recipients the second one sees the first.
      let issue = try await load(reference, command, in: tx)
      let reports = try await QualityRecordRepository.reports(of: issue.id, in: command.caller.scope, through: tx)
      guard var report = reports.first(where: { $0.sequence == sequence }) else { throw Refusal.notFound }
      guard report.recipients.contains(delivery.recipient) else {
        throw Refusal.invalid("#/recipient", .notInSet, "is no recipient of this report")
      }
      guard delivery.deliveredAt >= report.issuedAt, delivery.deliveredAt <= command.at else {
        throw Refusal.invalid("#/deliveredAt", .outOfRange, "must lie between the report and now")
      }
      tx.enqueue(QualityRecordRepository.insert(delivery, of: report, on: issue, at: command.at))
      report.deliveries.append(delivery)
      if report.outstanding.isEmpty, report.sequence == issue.progress.reports {
        try await clocks.meet([.majorReport], of: issue.clockSubject, command, in: tx)
      }
      tx.record(
        issue.event(
          "qualityIssue.reportDelivered",
          data: [
            "sequence": .integer(Int64(sequence)), "recipient": .text(delivery.recipient.rawValue),
            "channel": .text(delivery.channel.rawValue), "outstanding": .integer(Int64(report.outstanding.count)),
          ]), by: command)
      return (issue, report)
    }
  }

  /// Writes down what is known and to whom it goes; never changed after.
  func issueReport(
    _ issue: inout QualityIssue, _ decision: Decision, _ command: Command<QualityIssue>, in tx: Transaction
  ) async throws -> QualityReport {
    let missing = QualityReport.necessary.filter { !decision.recipients.contains($0) }
    if !missing.isEmpty {
      throw Refusal.invalid(
        "#/recipients", .inconsistent,
        "must contain \(missing.map(\.rawValue).joined(separator: ", ")) (QI-23)")
    }
    let policy = try await clocks.policies.current(QualityLevelsPolicy.self, at: command.at, in: tx)
    issue.progress.reports += 1
    let report = QualityReport(
      sequence: issue.progress.reports, level: decision.level,
      content: QualityReport.Content(
        symptom: issue.header.symptom, facts: issue.facts,
        matches: QualityClassifier.classify(issue.facts, by: policy.body).matches, policyVersion: policy.version,
        reason: decision.reason),
      recipients: decision.recipients, issuedAt: command.at, issuedBy: command.caller.name)
    tx.enqueue(QualityRecordRepository.insert(report, of: issue))
    return report
  }

  // MARK: Measures

  package func addMeasure(
    _ reference: Reference<QualityIssue>, _ draft: QualityMeasureDraft, _ command: Command<QualityIssue>
  ) async throws -> Answer {
    try await change(reference, .qualityIssuesWriteMeasures, "qualityIssue.measureAdded", command) { issue, _ in
      _ = try issue.add(draft, by: RecordStamp.Author(command.caller), at: command.at)
    }
  }

  package func updateMeasure(
    _ reference: Reference<QualityIssue>, _ number: Int, _ patch: QualityMeasurePatch,
    _ command: Command<QualityIssue>
  ) async throws -> Answer {
    try await change(reference, .qualityIssuesWriteMeasures, "qualityIssue.measureChanged", command) { issue, _ in
      try issue.patch(number, patch)
      if case .set(let day?) = patch.completedDate, day > ReportPeriod.day(of: command.at) {
        throw Refusal.invalid("#/completedDate", .outOfRange, "must not lie in the future")
      }
    }
  }

  // MARK: 8D

  package func writeDiscipline(
    _ reference: Reference<QualityIssue>, _ step: EightDStep, _ command: Command<QualityIssue>
  ) async throws -> Answer {
    try await change(reference, .qualityIssuesWriteEightD, "qualityIssue.eightDWritten", command) { issue, _ in
      try issue.write(step)
    }
  }
}
