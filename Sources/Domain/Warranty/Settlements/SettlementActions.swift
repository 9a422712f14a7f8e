/// What a settlement is compiled from, read behind the locks of its station's money.
package struct SettlementInputs: Hashable, Sendable {
  /// Items that may be taken in and are in no settlement, in the order of the statement.
  package let items: [PayableItem]
  /// What the settlement before it left.
  package let opening: Int64
  package let advanceBalance: Int64
  package let terms: Settlement.Terms

  package init(items: [PayableItem], opening: Int64, advanceBalance: Int64, terms: Settlement.Terms) {
    self.items = items
    self.opening = opening
    self.advanceBalance = advanceBalance
    self.terms = terms
  }
}

extension Settlement {
  /// Takes in what is open and reckons (SET-01). A second time it keeps its lines and adds what has come since.
  ///
  /// - Parameter hash: SHA-256 of a statement's content.
  /// - Throws: `Refusal.guardFailed` `nothing-to-settle`.
  package mutating func compile(
    _ inputs: SettlementInputs, by caller: Caller, at instant: Timestamp, hash: (SettlementContent) -> String
  ) throws(Refusal) -> Transition<Settlement> {
    let before = self
    let row = try take(.compile, by: caller.subject)
    var number = lines.map(\.number).max() ?? 0
    for item in inputs.items {
      number += 1
      lines.append(Line(number: number, item: item, state: .included, reason: nil))
    }
    terms = inputs.terms
    reckon(opening: inputs.opening, advanceBalance: inputs.advanceBalance, hash)
    if lineCount == 0, figures.opening == 0 {
      throw .guardFailed(
        action: Action.compile.rawValue, guardCode: "nothing-to-settle",
        detail: "Nothing is owed on either side in this period.")
    }
    // Who compiled it first stays the compiler, unless it says something else now; what he took in is in it all the same.
    if contentHash != before.contentHash || steps[.compile] == nil {
      let earlier = before.steps[.compile]
      steps[.compile] = Step(
        by: .init(caller), at: instant, note: nil,
        former: (earlier?.former ?? []).union([earlier?.by.id].compactMap(\.self)))
    }
    return row
  }

  /// The station disputes a line, which leaves the batch (SET-10).
  ///
  /// - Throws: `Refusal.invalid` at `#/lineNumber` for a line that is not included.
  package mutating func disputeLine(
    _ number: Int, _ reason: String, advanceBalance: Int64, by caller: Caller, hash: (SettlementContent) -> String
  ) throws(Refusal) -> (row: Transition<Settlement>, item: PayableItem) {
    let row = try take(.disputeLine, by: caller.subject)
    guard let place = lines.firstIndex(where: { $0.number == number && $0.state == .included }) else {
      throw .invalid("#/lineNumber", .notFound, "there is no such line in the batch")
    }
    lines[place].state = .disputed
    lines[place].reason = reason
    reckon(opening: figures.opening, advanceBalance: advanceBalance, hash)
    return (row, lines[place].item)
  }

  /// What the station has confirmed, or did not answer in its days.
  /// - Parameter day: the day of the audit.
  package mutating func audit(
    note: String?, on day: CalendarDate, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<Settlement> {
    let isLapsed = state == .compiled && confirmBy.map { $0 < day } ?? false
    let row = try take(
      .audit, outcome: isLapsed ? SettlementLifecycle.confirmationLapsed : nil, by: caller.subject)
    steps[.audit] = Step(by: .init(caller), at: instant, note: note)
    return row
  }

  /// The steps that only look: `confirm`, `close`.
  package mutating func sign(
    _ action: Action, note: String?, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<Settlement> {
    let row = try take(action, by: caller.subject)
    steps[action] = Step(by: .init(caller), at: instant, note: note)
    return row
  }

  /// - Parameter day: the day of the approval.
  package mutating func approve(
    note: String?, on day: CalendarDate, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<Settlement> {
    let row = try sign(.approve, note: note, by: caller, at: instant)
    dueOn = CalendarDate(daysSinceEpoch: day.daysSinceEpoch + Int64(terms?.paymentDays ?? 0))
    return row
  }

  package mutating func pay(
    _ payment: Payment, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<Settlement> {
    let row = try sign(.pay, note: nil, by: caller, at: instant)
    self.payment = payment
    return row
  }

  /// Lets all lines go.
  package mutating func cancel(_ reason: String, by caller: Caller) throws(Refusal) -> Transition<Settlement> {
    let row = try take(.cancel, by: caller.subject)
    for place in lines.indices where lines[place].state == .included { lines[place].state = .released }
    exitReason = reason
    return row
  }

  /// What is posted when it is paid: what the station is owed and owes is cleared, up to what is carried over; the advance is used
  /// up, the rest is cash. `nil`: nothing moves.
  package func clearing(on day: CalendarDate) -> LedgerEntry.Draft? {
    func sum(_ account: LedgerAccount.Kind) -> Int64 {
      included.filter { $0.item.kind.account == account }.reduce(Int64(0)) { $0 &+ $1.item.amount.minor }
    }
    // What is carried over stands on one side only: owed to the station as payable, owed by it as receivable.
    let payable = max(figures.closing, 0) &- sum(.payable) &- max(figures.opening, 0)
    let receivable = min(figures.closing, 0) &- sum(.receivable) &- min(figures.opening, 0)
    let draft = LedgerEntry.Draft(
      .settlement, at: stationID, on: day, number, source: LedgerEntry.Source(self),
      postings: [
        .credit(.station(stationID, .payable), money(payable)),
        .credit(.station(stationID, .receivable), money(receivable)),
        .debit(.station(stationID, .advance), money(figures.advance)),
        .credit(.maker(.cash), money(figures.payment)),
      ])
    return draft.combined.isEmpty ? nil : draft
  }

  private mutating func reckon(opening: Int64, advanceBalance: Int64, _ hash: (SettlementContent) -> String) {
    guard let terms else { return }
    lineCount = included.count
    figures = Figures.reckon(
      opening: opening, items: included.reduce(Int64(0)) { $0.addingSaturating($1.item.amount.minor) },
      advanceBalance: advanceBalance, terms, currency)
    contentHash = SettlementContent(self).map(hash)
  }
}

/// What a statement says and is proved by: everything that money depends on, and nothing that changes afterwards.
package struct SettlementContent: Hashable, Sendable {
  /// One fact a line, each ended by a line feed, in UTF-8. What the contract says of `contentHash` describes it.
  package let text: String

  /// `nil` before it is compiled.
  package init?(_ settlement: Settlement) {
    guard let terms = settlement.terms else { return nil }
    var facts = [
      "settlement \(settlement.number)", "station \(settlement.stationID)", "currency \(settlement.currency.rawValue)",
      "period \(settlement.periodFrom) \(settlement.periodTo)",
      "rules \(terms.policyVersion) \(terms.rounding.rawValue) \(terms.leastPayment) \(terms.offsetsReceivables)",
      "opening \(settlement.money(settlement.figures.opening).amount)",
    ]
    for line in settlement.included {
      let item = line.item
      facts.append(
        "line \(line.number) \(item.id) \(item.kind.rawValue) \(item.occurredOn) \(item.source.id.canonical) \(item.amount.amount)"
      )
    }
    facts += [
      "advance \(settlement.money(settlement.figures.advance).amount)",
      "payment \(settlement.money(settlement.figures.payment).amount)",
      "closing \(settlement.money(settlement.figures.closing).amount)",
    ]
    text = facts.map { $0 + "\n" }.joined()
  }
}

/// What compiling once more from what is on record now would say, beside what the settlement says (A4).
package struct SettlementComparison: Hashable, Sendable {
  package struct Difference: Hashable, Sendable {
    /// `opening`, `advance`, `payment`, `closing`, `items`, `lines/3`, `items/<identity>`, `rules`.
    package let path: String
    package let recorded: String?
    package let recomputed: String?

    package init(_ path: String, _ recorded: String?, _ recomputed: String?) {
      self.path = path
      self.recorded = recorded
      self.recomputed = recomputed
    }
  }

  package let contentHash: String?
  package let recomputedHash: String?
  package let differences: [Difference]

  package var isIdentical: Bool { contentHash == recomputedHash && differences.isEmpty }

  /// - Parameters:
  ///   - recorded: as it was compiled.
  ///   - again: the same, compiled from what is on record now.
  package init(_ recorded: Settlement, _ again: Settlement) {
    contentHash = recorded.contentHash
    recomputedHash = again.contentHash
    var found: [Difference] = []
    func compare(_ path: String, _ was: Int64, _ value: Int64) {
      if was != value {
        found.append(Difference(path, recorded.money(was).amount, recorded.money(value).amount))
      }
    }
    if recorded.terms != again.terms {
      found.append(
        Difference("rules", recorded.terms.map { "\($0.policyVersion)" }, again.terms.map { "\($0.policyVersion)" }))
    }
    compare("opening", recorded.figures.opening, again.figures.opening)
    compare("items", recorded.figures.items, again.figures.items)
    compare("advance", recorded.figures.advance, again.figures.advance)
    compare("payment", recorded.figures.payment, again.figures.payment)
    compare("closing", recorded.figures.closing, again.figures.closing)
    let known = Dictionary(uniqueKeysWithValues: recorded.included.map { ($0.item.id, $0) })
    let present = Dictionary(uniqueKeysWithValues: again.included.map { ($0.item.id, $0) })
    for line in recorded.included {
      let other = present[line.item.id]
      if other?.item.amount != line.item.amount {
        found.append(Difference("lines/\(line.number)", line.item.amount.amount, other?.item.amount.amount))
      }
    }
    for line in again.included where known[line.item.id] == nil {
      found.append(Difference("items/\(line.item.id)", nil, line.item.amount.amount))
    }
    differences = found
  }
}

extension Settlement {
  /// The same settlement, compiled from other inputs: to compare, never to save.
  package func recompiled(
    _ items: [PayableItem], _ inputs: SettlementInputs, hash: (SettlementContent) -> String
  ) -> Settlement {
    var again = self
    let numbers = Dictionary(uniqueKeysWithValues: included.map { ($0.item.id, $0.number) })
    var last = lines.map(\.number).max() ?? 0
    again.lines = items.map { item in
      if let number = numbers[item.id] { return Line(number: number, item: item, state: .included, reason: nil) }
      last += 1
      return Line(number: last, item: item, state: .included, reason: nil)
    }
    again.lines.sort { $0.number < $1.number }
    again.terms = inputs.terms
    again.reckon(opening: inputs.opening, advanceBalance: inputs.advanceBalance, hash)
    return again
  }
}
