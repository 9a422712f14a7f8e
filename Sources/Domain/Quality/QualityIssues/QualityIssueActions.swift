extension QualityIssue {
  /// Checks state and guards, and moves the state.
  package mutating func take(
    _ action: Action, outcome: String? = nil, by subject: Subject
  ) throws(Refusal) -> Transition<QualityIssue> {
    let row = try QualityIssueLifecycle.table.permit(action, outcome: outcome, on: self, by: subject)
    if let next = row.to { state = next }
    return row
  }

  /// Keeps what the rules say of the facts as they are.
  package mutating func judged(_ record: ClassificationRecord) {
    progress.classifications = record.sequence
    progress.proposedLevel = record.classification.level
    progress.proposedCriteria = record.classification.matches.map(\.criterion)
  }

  package mutating func suspectMajor(
    _ note: String?, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<QualityIssue> {
    let row = try take(.suspectMajor, by: caller.subject)
    log(.suspectMajor, note, by: caller, at: instant)
    return row
  }

  /// A person decides: as proposed, or otherwise with a reason (QI-19, A1). The facts have been judged anew before.
  package mutating func confirm(
    _ level: QualityLevel, reason: String?, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<QualityIssue> {
    let row = try take(.confirm, by: caller.subject)
    if level != progress.proposedLevel, reason == nil {
      throw .invalid(
        "#/reason", .required,
        "is required: the facts make it \(progress.proposedLevel?.rawValue ?? "general"), not \(level.rawValue)")
    }
    grade(level, from: progress.level, reason: reason, by: caller, at: instant)
    progress.qualityClass = .major
    return row
  }

  package mutating func refuse(
    _ reason: String, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<QualityIssue> {
    let row = try take(.refuse, by: caller.subject)
    progress.qualityClass = .general
    progress.level = nil
    log(.refuse, reason, by: caller, at: instant)
    return row
  }

  package mutating func qaConfirm(
    _ note: String?, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<QualityIssue> {
    let row = try take(.qaConfirm, by: caller.subject)
    log(.qaConfirm, note, by: caller, at: instant)
    return row
  }

  package mutating func qaReturn(
    _ reason: String, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<QualityIssue> {
    let row = try take(.qaReturn, by: caller.subject)
    log(.qaReturn, reason, by: caller, at: instant)
    return row
  }

  package mutating func assignSupport(
    _ staff: [String], note: String?, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<QualityIssue> {
    let row = try take(.assignSupport, by: caller.subject)
    log(.assignSupport, note, people: staff, by: caller, at: instant)
    return row
  }

  package mutating func proposeMeasures(
    _ drafts: [QualityMeasureDraft], note: String?, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<QualityIssue> {
    let row = try take(.proposeMeasures, by: caller.subject)
    for draft in drafts { _ = try add(draft, by: RecordStamp.Author(caller), at: instant) }
    log(.proposeMeasures, note, by: caller, at: instant)
    return row
  }

  package mutating func informQa(
    _ people: [String], note: String?, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<QualityIssue> {
    let row = try take(.informQa, by: caller.subject)
    log(.informQa, note, people: people, by: caller, at: instant)
    return row
  }

  package mutating func progressed(
    _ note: String, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<QualityIssue> {
    let row = try take(.progress, by: caller.subject)
    if progress.handling.count >= 1000 {
      throw .conflict(
        code: "too-many-steps", detail: "The issue has a thousand steps already; add a note instead.", .limit(1000))
    }
    log(.progress, note, by: caller, at: instant)
    return row
  }

  package mutating func resolve(
    _ result: String, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<QualityIssue> {
    let row = try take(.resolve, by: caller.subject)
    progress.result = result
    progress.resolvedAt = instant
    log(.resolve, nil, by: caller, at: instant)
    return row
  }

  package mutating func receipt(
    _ receipt: ResultReceipt, by subject: Subject
  ) throws(Refusal) -> Transition<QualityIssue> {
    let row = try take(.receipt, by: subject)
    if progress.receipts.contains(where: { $0.party == receipt.party }) {
      throw .invalid("#/party", .notUnique, "has given its receipt already")
    }
    if let resolvedAt = progress.resolvedAt, receipt.receivedAt < resolvedAt {
      throw .invalid("#/receivedAt", .outOfRange, "must not lie before the result")
    }
    progress.receipts.append(receipt)
    return row
  }

  package mutating func close(at instant: Timestamp, by subject: Subject) throws(Refusal) -> Transition<QualityIssue> {
    let row = try take(.close, by: subject)
    progress.closedAt = instant
    return row
  }

  /// Another level because the facts are others (QI-29): its own path begins, the former one stays on record.
  package mutating func regrade(
    _ level: QualityLevel, reason: String, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<QualityIssue> {
    let row = try take(.regrade, by: caller.subject)
    if level == progress.level {
      throw .invalid("#/level", .inconsistent, "is the level already")
    }
    grade(level, from: progress.level, reason: reason, by: caller, at: instant)
    return row
  }

  /// New facts after the end: it is judged again. What was received stays on record as a step.
  package mutating func reopen(
    _ reason: String, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<QualityIssue> {
    let row = try take(.reopen, by: caller.subject)
    log(.reopen, reason, by: caller, at: instant)
    progress.reopenings += 1
    progress.result = nil
    progress.resolvedAt = nil
    progress.closedAt = nil
    progress.receipts = []
    return row
  }

  private mutating func grade(
    _ level: QualityLevel, from former: QualityLevel?, reason: String?, by caller: Caller, at instant: Timestamp
  ) {
    progress.gradings.append(
      Grading(
        level: level, formerLevel: former, proposedLevel: progress.proposedLevel,
        classification: progress.classifications, reason: reason, by: RecordStamp.Author(caller), at: instant))
    progress.level = level
  }

  private mutating func log(
    _ action: Action, _ text: String?, people: [String] = [], by caller: Caller, at instant: Timestamp
  ) {
    progress.handling.append(
      HandlingStep(action, text: text, people: people, by: RecordStamp.Author(caller), at: instant))
  }
}
