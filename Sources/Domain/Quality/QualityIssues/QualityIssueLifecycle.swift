/// The transition table of quality issues (SM-5). Services execute it, `GET …/actions` publishes it, tests enumerate it.
package enum QualityIssueLifecycle {
  package static let table = Lifecycle<QualityIssue>([
    Transition(
      .suspectMajor, from: [.reported, .general], to: .pendingConfirmation, .qualityIssuesSuspectMajor,
      effects: ["qualityIssue.majorSuspected"], basis: "QI-05, QI-23"),
    Transition(
      .confirm, from: [.pendingConfirmation], to: .confirmed, .qualityIssuesConfirm,
      effects: ["qualityIssue.confirmed", "qualityIssue.reportIssued"], basis: "QI-10…19, QI-23, T-19"),
    Transition(
      .refuse, from: [.reported, .pendingConfirmation], to: .general, .qualityIssuesRefuse,
      effects: ["qualityIssue.judgedGeneral"], basis: "QI-04"),
    Transition(
      .qaConfirm, from: [.confirmed], to: .qaConfirmed, .qualityIssuesQaConfirm, guards: [isLevel1],
      effects: ["qualityIssue.qaConfirmed"], basis: "QI-20, T-18"),
    Transition(
      .qaReturn, from: [.confirmed], to: .pendingConfirmation, .qualityIssuesQaReturn, guards: [qaActs],
      effects: ["qualityIssue.qaReturned"], basis: "D-08"),
    Transition(
      .assignSupport, from: [.qaConfirmed], to: .inHandling, .qualityIssuesAssignSupport,
      effects: ["qualityIssue.supportAssigned"], basis: "QI-20, T-18, TEC-05"),
    Transition(
      .proposeMeasures, from: [.confirmed], to: .inHandling, .qualityIssuesProposeMeasures, guards: [isLevel2],
      effects: ["qualityIssue.measuresProposed"], basis: "QI-21, T-23"),
    Transition(
      .informQa, from: [.confirmed], to: .inHandling, .qualityIssuesInformQa, guards: [isLevel3],
      effects: ["qualityIssue.qaInformed"], basis: "QI-22"),
    Transition(
      .progress, from: [.inHandling], to: nil, .qualityIssuesProgress, effects: ["qualityIssue.progressed"],
      basis: "QI-24"),
    Transition(
      .resolve, from: [.general, .inHandling], to: .resolved, .qualityIssuesResolve,
      guards: [resolvedByWhoHandles, measuresSet], effects: ["qualityIssue.resolved"], basis: "QI-26, QI-28, T-22, T-23"
    ),
    Transition(
      .receipt, from: [.resolved], to: nil, .qualityIssuesReceipt, effects: ["qualityIssue.receipted"], basis: "QI-28"),
    Transition(
      .close, from: [.resolved], to: .closed, .qualityIssuesClose, guards: [receiptsGiven],
      effects: ["qualityIssue.closed"], basis: "QI-25, QI-28"),
    Transition(
      .regrade, from: [.confirmed, .qaConfirmed, .inHandling], to: .confirmed, .qualityIssuesRegrade,
      effects: ["qualityIssue.regraded", "qualityIssue.reportIssued"], basis: "QI-29"),
    Transition(
      .reopen, from: [.resolved, .closed], to: .pendingConfirmation, .qualityIssuesReopen,
      effects: ["qualityIssue.reopened"], basis: "SM-5"),
  ])

  /// States in which it is still told what happened: facts and header may be corrected.
  package static let editable: Set<QualityIssue.State> = [
    .reported, .general, .pendingConfirmation, .confirmed, .qaConfirmed, .inHandling,
  ]

  private static let isLevel1 = Guard<QualityIssue>.ofKind(
    "not-level-1", "QA confirms level 1; level 2 begins with its measures, level 3 with its being told (QI-20…22)."
  ) { issue in issue.progress.level == .level1 }

  private static let isLevel2 = Guard<QualityIssue>.ofKind(
    "not-level-2", "QA proposes the measures of level 2; level 1 it confirms first, of level 3 it is told (QI-20…22)."
  ) { issue in issue.progress.level == .level2 }

  private static let isLevel3 = Guard<QualityIssue>.ofKind(
    "not-level-3", "After-Sales handles level 3 itself; levels 1 and 2 begin with QA (QI-20…22)."
  ) { issue in issue.progress.level == .level3 }

  private static let qaActs = Guard<QualityIssue>.ofKind(
    "handled-by-after-sales", "Level 3 is After-Sales' own; there is nothing for QA to return."
  ) { issue in issue.progress.level == .level1 || issue.progress.level == .level2 }

  private static let resolvedByWhoHandles = Guard<QualityIssue>(
    "handled-by-headquarters", "A major issue is resolved by headquarters; the station resolves what is general."
  ) { issue, _ in issue.progress.qualityClass != .major || issue.sight == .network }

  private static let measuresSet = Guard<QualityIssue>(
    "measure-missing", "A major defect of level 1 or 2 needs a corrective or preventive measure first (T-23)."
  ) { issue, _ in issue.hasItsMeasure }

  private static let receiptsGiven = Guard<QualityIssue>(
    "receipt-missing", "The result must have been received by the station and the customer first (QI-28)."
  ) { issue, _ in issue.missingReceipts.isEmpty }
}
