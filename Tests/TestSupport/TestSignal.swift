package import Domain
import Repositories

/// A signal of the early warning with its issue, as the watch leaves one.
package enum TestSignal {
  package static func record(
    _ database: TestDatabase, number: String = "EW-HQ-2026-000001", at instant: Timestamp
  ) async throws -> EarlyWarning {
    let rule = EarlyWarningRule.pattern
    let cell = EarlyWarningCell(make: "华晨", model: "X5", component: "ENGINE")
    let figures = EarlyWarningFigures(
      reports: 7, likeReports: 6, crashes: 1, fires: 2, injured: 1, deaths: 0, score: 612, scoreBefore: 340,
      scoreAfter: 12, recent: 590, former: 110)
    let finding = EarlyWarningFinding(cell: cell, modelYear: 2025, figures: figures, sources: [], rule: rule)
    let day = ReportPeriod.day(of: instant)
    let issue = QualityIssue(
      id: .new(at: instant), number: "QI-\(number.dropFirst(3))", stationID: nil, state: .reported, version: 1,
      stamp: RecordStamp(by: .system, at: instant),
      header: QualityIssueHeader(
        source: .earlyWarning, symptom: finding.sentence(modelYears: 2024...2025, rule: rule), defects: [],
        vehicleID: nil, modelID: nil, customerID: nil, workOrderID: nil, odometerKm: nil, occurredAt: nil,
        externalIDs: [:]),
      facts: QualityFacts(qualityDefect: true), progress: QualityIssueProgress(), sight: .network)
    let warning = EarlyWarning(
      id: .new(at: instant), number: number, state: .open, version: 1, stamp: RecordStamp(by: .system, at: instant),
      cell: cell, modelYears: 2024...2025, signalledOn: day, level: finding.level, raisedOn: day, figures: figures,
      rule: EarlyWarning.AppliedRule(policyVersion: "qualityLevels@0", rule: rule),
      sentence: finding.sentence(modelYears: 2024...2025, rule: rule),
      sources: [EarlyWarningSource(kind: .complaint, id: Complaint.ID.new(at: instant).description)],
      qualityIssueID: issue.id, acknowledgement: nil)
    try await database.database.write(.system) { tx in
      tx.enqueue(RecordTime.write(at: instant))
      for statement in QualityIssueRepository.save(issue, over: nil) { tx.enqueue(statement) }
      for statement in EarlyWarningRepository.save(warning, over: nil) { tx.enqueue(statement) }
    }
    return warning
  }
}
