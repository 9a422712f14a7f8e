package import Domain
import Repositories

/// The actions of the transition table, one method each, named as the action.
extension QualityIssueService {
  /// Reported as possibly major; what a station had to upload has been told by it (T-22).
  package func suspectMajor(
    _ reference: Reference<QualityIssue>, note: String?, _ command: Command<QualityIssue>
  ) async throws -> Answer {
    try await act(reference, .suspectMajor, reason: note, command) { issue, tx in
      let row = try issue.suspectMajor(note, by: command.caller, at: command.at)
      try await clocks.meet([.generalQualityUpload], of: issue.clockSubject, command, in: tx)
      return row
    }
  }

  /// What a person decides about the level.
  package struct Decision: Sendable {
    package let level: QualityLevel
    /// Why otherwise than proposed, or why again.
    package let reason: String?
    /// What is known now; judged before the decision, so that proposal and decision stand on the same facts.
    package let facts: QualityFactsPatch
    package let recipients: [Role]

    package init(level: QualityLevel, reason: String?, facts: QualityFactsPatch, recipients: [Role]) {
      self.level = level
      self.reason = reason
      self.facts = facts
      self.recipients = recipients
    }
  }

  /// After-Sales confirms with a level, as proposed or otherwise with a reason; the report to leaders and QA is issued, and its
  /// time runs (QI-23, T-19).
  package func confirm(
    _ reference: Reference<QualityIssue>, _ decision: Decision, _ command: Command<QualityIssue>
  ) async throws -> Answer {
    try await perform(reference, .confirm, command) { issue, tx in
      _ = try QualityIssueLifecycle.table.permit(.confirm, on: issue, by: command.caller.subject)
      try await learn(decision.facts, .confirmed, of: &issue, command, in: tx)
      let row = try issue.confirm(decision.level, reason: decision.reason, by: command.caller, at: command.at)
      return try await graded(&issue, decision, Effects(row, reason: decision.reason), command, in: tx)
    }
  }

  /// Another level: its own path begins anew, with a report of its own (QI-29).
  package func regrade(
    _ reference: Reference<QualityIssue>, _ decision: Decision, _ command: Command<QualityIssue>
  ) async throws -> Answer {
    try await perform(reference, .regrade, command) { issue, tx in
      _ = try QualityIssueLifecycle.table.permit(.regrade, on: issue, by: command.caller.subject)
      let former = issue.progress.level
      try await learn(decision.facts, .regraded, of: &issue, command, in: tx)
      let row = try issue.regrade(
        decision.level, reason: decision.reason ?? "", by: command.caller, at: command.at)
      try await clocks.cancel(
        [.majorReport, .level1SupportAssigned], of: issue.clockSubject, reason: decision.reason, command, in: tx)
      var effects = try await graded(&issue, decision, Effects(row, reason: decision.reason), command, in: tx)
      effects["qualityIssue.regraded"]["formerLevel"] = .optional(former?.rawValue)
      return effects
    }
  }

  package func refuse(
    _ reference: Reference<QualityIssue>, reason: String, _ command: Command<QualityIssue>
  ) async throws -> Answer {
    try await act(reference, .refuse, reason: reason, command) { issue, _ in
      try issue.refuse(reason, by: command.caller, at: command.at)
    }
  }

  /// QA confirms level 1; staff must be sent at once (QI-20, T-18).
  package func qaConfirm(
    _ reference: Reference<QualityIssue>, note: String?, _ command: Command<QualityIssue>
  ) async throws -> Answer {
    try await act(reference, .qaConfirm, reason: note, command) { issue, tx in
      let row = try issue.qaConfirm(note, by: command.caller, at: command.at)
      try await clocks.start([ClockBook.Start(.level1SupportAssigned)], on: issue.clockOwner, command, in: tx)
      return row
    }
  }

  package func qaReturn(
    _ reference: Reference<QualityIssue>, reason: String, _ command: Command<QualityIssue>
  ) async throws -> Answer {
    try await act(reference, .qaReturn, reason: reason, command) { issue, tx in
      let row = try issue.qaReturn(reason, by: command.caller, at: command.at)
      // Its level is to be decided again, with a report of its own.
      try await clocks.cancel([.majorReport], of: issue.clockSubject, reason: reason, command, in: tx)
      return row
    }
  }

  package func assignSupport(
    _ reference: Reference<QualityIssue>, _ staff: [String], note: String?, _ command: Command<QualityIssue>
  ) async throws -> Answer {
    let data: [String: EventValue] = ["staff": .integer(Int64(staff.count))]
    return try await act(reference, .assignSupport, reason: note, data: data, command) { issue, tx in
      let row = try issue.assignSupport(staff, note: note, by: command.caller, at: command.at)
      try await clocks.meet([.level1SupportAssigned], of: issue.clockSubject, command, in: tx)
      return row
    }
  }

  package func proposeMeasures(
    _ reference: Reference<QualityIssue>, _ drafts: [QualityMeasureDraft], note: String?,
    _ command: Command<QualityIssue>
  ) async throws -> Answer {
    try await act(reference, .proposeMeasures, reason: note, command) { issue, _ in
      try issue.proposeMeasures(drafts, note: note, by: command.caller, at: command.at)
    }
  }

  package func informQa(
    _ reference: Reference<QualityIssue>, _ people: [String], note: String?, _ command: Command<QualityIssue>
  ) async throws -> Answer {
    try await act(reference, .informQa, reason: note, command) { issue, _ in
      try issue.informQa(people, note: note, by: command.caller, at: command.at)
    }
  }

  package func progress(
    _ reference: Reference<QualityIssue>, note: String, _ command: Command<QualityIssue>
  ) async throws -> Answer {
    try await act(reference, .progress, reason: note, command) { issue, _ in
      try issue.progressed(note, by: command.caller, at: command.at)
    }
  }

  /// What was done about it. Of general information this is its upload by the station (QI-26, T-22).
  package func resolve(
    _ reference: Reference<QualityIssue>, result: String, _ command: Command<QualityIssue>
  ) async throws -> Answer {
    try await act(reference, .resolve, command) { issue, tx in
      let row = try issue.resolve(result, by: command.caller, at: command.at)
      try await clocks.meet([.generalQualityUpload], of: issue.clockSubject, command, in: tx)
      return row
    }
  }

  package func receipt(
    _ reference: Reference<QualityIssue>, _ receipt: ResultReceipt, _ command: Command<QualityIssue>
  ) async throws -> Answer {
    let data: [String: EventValue] = [
      "party": .text(receipt.party.rawValue), "channel": .text(receipt.channel.rawValue),
    ]
    return try await act(reference, .receipt, data: data, command) { issue, _ in
      if receipt.receivedAt > command.at {
        throw Refusal.invalid("#/receivedAt", .outOfRange, "must not lie in the future")
      }
      return try issue.receipt(receipt, by: command.caller.subject)
    }
  }

  package func close(
    _ reference: Reference<QualityIssue>, note: String?, _ command: Command<QualityIssue>
  ) async throws -> Answer {
    try await act(reference, .close, reason: note, command) { issue, tx in
      let row = try issue.close(at: command.at, by: command.caller.subject)
      try await clocks.cancel(of: issue.clockSubject, reason: note, command, in: tx)
      return row
    }
  }

  package func reopen(
    _ reference: Reference<QualityIssue>, reason: String, _ command: Command<QualityIssue>
  ) async throws -> Answer {
    try await act(reference, .reopen, reason: reason, command) { issue, tx in
      let row = try issue.reopen(reason, by: command.caller, at: command.at)
      try await clocks.cancel(of: issue.clockSubject, reason: reason, command, in: tx)
      return row
    }
  }

  // MARK: What they share

  /// Takes in what is known now and judges it.
  private func learn(
    _ facts: QualityFactsPatch, _ occasion: ClassificationRecord.Occasion, of issue: inout QualityIssue,
    _ command: Command<QualityIssue>, in tx: Transaction
  ) async throws {
    let before = issue.facts
    facts.merge(into: &issue.facts)
    try Self.requireAssertion(issue.facts, over: before, command.caller)
    try await rejudge(&issue, occasion, command, in: tx)
  }

  /// The report of the level as it is now, and its time.
  private func graded(
    _ issue: inout QualityIssue, _ decision: Decision, _ effects: Effects, _ command: Command<QualityIssue>,
    in tx: Transaction
  ) async throws -> Effects {
    var effects = effects
    let report = try await issueReport(&issue, decision, command, in: tx)
    try await clocks.start([ClockBook.Start(.majorReport)], on: issue.clockOwner, command, in: tx)
    var data = Self.data(issue)
    data["level"] = .text(decision.level.rawValue)
    data["override"] = .boolean(issue.progress.gradings.last?.isOverride ?? false)
    for type in ["qualityIssue.confirmed", "qualityIssue.regraded"] { effects[type] = data }
    effects["qualityIssue.reportIssued"] = [
      "sequence": .integer(Int64(report.sequence)), "level": .text(report.level.rawValue),
      "recipients": .list(report.recipients.map { .text($0.rawValue) }),
    ]
    return effects
  }
}
