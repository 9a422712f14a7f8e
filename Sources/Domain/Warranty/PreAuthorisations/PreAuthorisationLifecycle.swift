/// The transition table of pre-authorisations (M5). Services execute it, `GET …/actions` publishes it, tests enumerate it.
package enum PreAuthorisationLifecycle {
  package static let table = Lifecycle<PreAuthorisation>([
    Transition(
      .submit, from: [.draft], to: .submitted, .preAuthorisationsSubmit, guards: [hasLines],
      effects: ["preAuthorisation.submitted"], basis: "M5"),
    Transition(
      .requestInfo, from: [.submitted], to: .infoRequested, .preAuthorisationsRequestInfo,
      guards: [deciderDidNotAsk], effects: ["preAuthorisation.infoRequested"], basis: "M5"),
    Transition(
      .answer, from: [.infoRequested], to: .submitted, .preAuthorisationsAnswer,
      effects: ["preAuthorisation.answered"], basis: "M5"),
    Transition(
      .approve, from: [.submitted], to: .approved, .preAuthorisationsApprove, guards: [deciderDidNotAsk],
      effects: ["preAuthorisation.approved"], basis: "M5, SEC-10"),
    Transition(
      .reject, from: [.submitted, .infoRequested], to: .rejected, .preAuthorisationsReject,
      guards: [deciderDidNotAsk], effects: ["preAuthorisation.rejected"], basis: "M5, SEC-10"),
    Transition(
      .expire, from: [.approved, .infoRequested], to: .expired, .preAuthorisationsExpire,
      effects: ["preAuthorisation.expired"], basis: "M5"),
  ])

  /// Nothing more can happen but the reading of it.
  package static let ended: Set<PreAuthorisation.State> = [.rejected, .expired]

  /// The maker has not said yet what he bears.
  package static let open: Set<PreAuthorisation.State> = [.draft, .submitted, .infoRequested]

  private static let hasLines = Guard<PreAuthorisation>("no-lines", "There is no job to be authorised.") {
    document, _ in !document.lines.isEmpty
  }

  private static let deciderDidNotAsk = Guard<PreAuthorisation>(
    "decider-asked", "Who wrote or submitted the request does not decide about it; another person must."
  ) { document, subject in
    guard let person = subject.id else { return true }
    return document.stamp.createdBy.id != person && document.progress.submittedBy?.id != person
  }
}

extension PreAuthorisation {
  /// Checks state and guards, and moves the state.
  package mutating func take(
    _ action: Action, outcome: String? = nil, by subject: Subject
  ) throws(Refusal) -> Transition<PreAuthorisation> {
    let row = try PreAuthorisationLifecycle.table.permit(action, outcome: outcome, on: self, by: subject)
    if let next = row.to { state = next }
    return row
  }

  /// - Parameter judgements: what the rules say of each line now (A10).
  package mutating func submit(
    _ judgements: [Entitlement.Judgement], by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<PreAuthorisation> {
    let row = try take(.submit, by: caller.subject)
    for index in lines.indices {
      lines[index].entitlement = judgements.first { $0.line.number == lines[index].number }
        .map(PreAuthorisationVerdict.init)
    }
    progress.submittedAt = instant
    progress.submittedBy = RecordStamp.Author(caller)
    return row
  }

  package mutating func requestInfo(
    _ question: String, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<PreAuthorisation> {
    let row = try take(.requestInfo, by: caller.subject)
    progress.questions.append(
      PreAuthorisationQuestion(text: question, askedBy: RecordStamp.Author(caller), askedAt: instant))
    return row
  }

  package mutating func answer(
    _ text: String, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<PreAuthorisation> {
    let row = try take(.answer, by: caller.subject)
    guard let last = progress.questions.indices.last else { return row }
    progress.questions[last].answer = text
    progress.questions[last].answeredBy = RecordStamp.Author(caller)
    progress.questions[last].answeredAt = instant
    return row
  }

  /// Line by line: what no entry names is approved as requested; zero refuses it. Nothing beyond what was asked for is granted, and
  /// less only with a reason.
  ///
  /// - Parameter validUntil: the last day on which it holds, not before today.
  package mutating func approve(
    _ amounts: [Int: Money], validUntil: CalendarDate, reason: String?, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<PreAuthorisation> {
    let row = try take(.approve, by: caller.subject)
    var found: [Violation] = []
    for (number, amount) in amounts.sorted(by: { $0.key < $1.key }) {
      guard let line = lines.first(where: { $0.number == number }) else {
        found.append(
          Violation(pointer: "#/lines", code: .notFound, detail: "the request has no line \(number)"))
        continue
      }
      if amount.currency != currency {
        found.append(
          Violation(
            pointer: "#/lines", code: .inconsistent, detail: "line \(number) must be in \(currency.rawValue)"))
      } else if amount.minor < 0 || amount.minor > line.requested.minor {
        found.append(
          Violation(
            pointer: "#/lines", code: .outOfRange,
            detail: "line \(number) must be between 0.00 and \(line.requested.amount), as requested"))
      }
    }
    if validUntil < ReportPeriod.day(of: instant) {
      found.append(Violation(pointer: "#/validUntil", code: .outOfRange, detail: "must not lie in the past"))
    }
    if !found.isEmpty { throw .invalid(found) }
    for index in lines.indices { lines[index].approved = amounts[lines[index].number] ?? lines[index].requested }
    let isWhole = lines.allSatisfy { $0.approved == $0.requested }
    if lines.allSatisfy({ $0.approved?.minor == 0 && $0.requested.minor != 0 }) {
      throw .invalid("#/lines", .inconsistent, "approves nothing: reject the request instead")
    }
    if !isWhole, reason == nil {
      throw .invalid("#/reason", .required, "is required where less is approved than requested")
    }
    progress.decision = PreAuthorisationDecision(
      isWhole ? .approved : .partiallyApproved, by: RecordStamp.Author(caller), at: instant, reason: reason)
    progress.validUntil = validUntil
    return row
  }

  package mutating func reject(
    _ reason: String, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<PreAuthorisation> {
    let row = try take(.reject, by: caller.subject)
    progress.decision = PreAuthorisationDecision(
      .rejected, by: RecordStamp.Author(caller), at: instant, reason: reason)
    return row
  }

  package mutating func expire(
    by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<PreAuthorisation> {
    let row = try take(.expire, by: caller.subject)
    progress.expiredAt = instant
    return row
  }

  /// What claims may still draw of a line, in minor units.
  package func left(of number: Int) -> Int64 {
    guard let line = lines.first(where: { $0.number == number }), let approved = line.approved else { return 0 }
    return max(approved.minor - line.drawn.minor, 0)
  }

  /// One claim takes so much of an approved line now, in place of what it took before.
  ///
  /// - Throws: `Refusal.conflict` `pre-authorisation-exceeded` beyond what was approved.
  package mutating func draw(
    _ amount: Money, insteadOf former: Money, line number: Int
  ) throws(Refusal) {
    guard let index = lines.firstIndex(where: { $0.number == number }), let approved = lines[index].approved,
      amount.currency == currency, former.currency == currency
    else { throw .notFound }
    let drawn = lines[index].drawn.minor - former.minor + amount.minor
    if drawn > approved.minor {
      throw Self.exceeded(self).telling([
        .line(number), .limit(approved), .available(Money(minor: left(of: number), currency: currency)),
        .amount(amount),
      ])
    }
    lines[index].drawn = Money(minor: max(drawn, 0), currency: currency)
  }

  package static func exceeded(_ document: PreAuthorisation) -> Refusal {
    .conflict(
      code: "pre-authorisation-exceeded",
      detail: "More would be drawn of the pre-authorisation \(document.number) than was approved.",
      .conflict(.preAuthorisation, document.id, document.number, state: document.state.rawValue))
  }
}
