/// The transition table of recoveries (SM-7). Services execute it, `GET …/actions` publishes it, tests enumerate it.
package enum SupplierRecoveryLifecycle {
  package static let table = Lifecycle<SupplierRecovery>([
    Transition(
      .compile, from: [.compiled], to: nil, .supplierRecoveriesCompile, effects: ["supplierRecovery.compiled"],
      basis: "CLM-13, SET-05"),
    Transition(
      .send, from: [.compiled], to: .sent, .supplierRecoveriesSend, guards: [hasLines],
      effects: ["supplierRecovery.sent"], basis: "SET-05, OLD-05"),
    Transition(
      .accept, from: [.sent], to: .accepted, .supplierRecoveriesAccept, effects: ["supplierRecovery.accepted"],
      basis: "SM-7"),
    Transition(
      .dispute, from: [.sent], to: .disputed, .supplierRecoveriesDispute, effects: ["supplierRecovery.disputed"],
      basis: "SM-7"),
    Transition(
      .agree, from: [.disputed], to: .agreed, .supplierRecoveriesAgree, effects: ["supplierRecovery.agreed"],
      basis: "SM-7"),
    Transition(
      .settle, from: [.accepted, .agreed], to: .settled, .supplierRecoveriesSettle, guards: [settlerDidNotCompile],
      effects: ["supplierRecovery.settled"], basis: "SM-7, SET-05, SEC-10"),
    Transition(
      .correct, from: [.settled], to: nil, .supplierRecoveriesSettle,
      guards: [settlerDidNotCompile, correctorDidNotPost],
      effects: ["supplierRecovery.corrected"], basis: "SET-05, SET-13, SEC-10"),
  ])

  private static let hasLines = Guard<SupplierRecovery>(
    "nothing-to-recover", "There is nothing in the recovery yet; compile it again when claims were decided."
  ) { document, _ in document.lines.contains { $0.amount.minor != 0 } }

  private static let settlerDidNotCompile = Guard<SupplierRecovery>(
    "settler-compiled", "Who compiled the recovery does not settle it; another person must."
  ) { document, subject in
    guard let person = subject.id else { return true }
    return !document.progress.compilers.contains(person)
  }

  private static let correctorDidNotPost = Guard<SupplierRecovery>(
    "corrector-posted", "Who posted what the supplier owes does not correct it; another person must."
  ) { document, subject in
    guard let person = subject.id else { return true }
    return document.progress.posting?.byID != person
  }
}

extension SupplierRecovery {
  /// Checks state and guards, and moves the state.
  package mutating func take(
    _ action: Action, outcome: String? = nil, by subject: Subject
  ) throws(Refusal) -> Transition<SupplierRecovery> {
    let row = try SupplierRecoveryLifecycle.table.permit(action, outcome: outcome, on: self, by: subject)
    if let next = row.to { state = next }
    return row
  }

  /// Lines in the order of decision day and claim, each computed by the contract that was in force when it was decided. Of an item
  /// that was recovered before, what a later decision has changed: an appeal that succeeded raises it, what was taken back lowers
  /// it, by the contract that it was computed by; without a difference there is no line.
  ///
  /// - Throws: `Refusal.conflict` `recovery-without-contract` for what no contract covers, `recovery-currency` for what is in
  ///   another currency than its contract or the recovery.
  package static func lines(
    _ sources: [RecoverableItem], by contracts: [SupplierContract], in currency: Currency
  ) throws(Refusal) -> [Line] {
    let ordered = sources.sorted {
      ($0.decidedOn, $0.claimNumber, $0.item) < ($1.decidedOn, $1.claimNumber, $1.item)
    }
    let newestFirst = contracts.sorted { $0.terms.validFrom > $1.terms.validFrom }
    var lines: [Line] = []
    for source in ordered {
      let agreed = source.former.flatMap { former in contracts.first { $0.id == former.contractID } }
      guard let contract = agreed ?? newestFirst.first(where: { $0.terms.validFrom <= source.decidedOn }) else {
        throw .conflict(
          code: "recovery-without-contract",
          detail:
            "No contract was in force on \(source.decidedOn), when \(source.claimNumber), item \(source.item), was decided.",
          .conflict(.warrantyClaim, WarrantyClaim.ID(source.claimID), source.claimNumber, line: source.item),
          .date(source.decidedOn))
      }
      guard contract.terms.currency == currency else {
        throw .conflict(
          code: "recovery-currency",
          detail:
            "The contract \(contract.terms.reference) is in \(contract.terms.currency.rawValue), the recovery in \(currency.rawValue).",
          ConflictMember.currency(contract.terms.currency, expected: currency))
      }
      let computed: SupplierContract.Terms.Amount
      do {
        computed = try contract.terms.amount(partsCost: source.partsCost, labour: source.labourHours)
      } catch {
        throw .conflict(
          code: "recovery-currency",
          detail:
            "\(source.claimNumber), item \(source.item), is in \(error.left.rawValue); the contract is in \(error.right.rawValue).",
          [.conflict(.warrantyClaim, WarrantyClaim.ID(source.claimID), source.claimNumber, line: source.item)]
            + ConflictMember.currency(error.left, expected: error.right))
      }
      let difference = computed.total.minor.addingSaturating(0 &- (source.former?.amount.minor ?? 0))
      if source.former != nil, difference == 0 { continue }
      lines.append(
        Line(
          number: lines.count + 1, source: source, contractID: contract.id, partsAmount: computed.parts,
          labourAmount: computed.labour, amount: Money(minor: difference, currency: currency)))
    }
    return lines
  }

  /// Computes anew what has not been sent yet.
  package mutating func compile(_ lines: [Line], by subject: Subject) throws(Refusal) -> Transition<SupplierRecovery> {
    let row = try take(.compile, by: subject)
    fill(lines)
    progress.compiledByID = subject.id
    if let person = subject.id { progress.compilers.insert(person) }
    return row
  }

  /// The content of a new recovery, or of one that is computed again.
  package mutating func fill(_ lines: [Line]) {
    self.lines = lines
    amount = Self.sum(lines.map(\.amount), currency)
  }

  package mutating func send(_ step: Step, by subject: Subject) throws(Refusal) -> Transition<SupplierRecovery> {
    let row = try take(.send, by: subject)
    progress.sending = step
    return row
  }

  /// The supplier pays what was computed.
  package mutating func accept(_ step: Step, by subject: Subject) throws(Refusal) -> Transition<SupplierRecovery> {
    let row = try take(.accept, by: subject)
    for place in lines.indices { lines[place].agreedAmount = lines[place].amount }
    agreedAmount = amount
    progress.answer = step
    return row
  }

  /// The supplier does not pay some lines, each with its reason.
  package mutating func dispute(
    _ reasons: [Int: String], _ step: Step, by subject: Subject
  ) throws(Refusal) -> Transition<SupplierRecovery> {
    let row = try take(.dispute, by: subject)
    try requireLines(reasons.keys)
    for place in lines.indices { lines[place].disputeReason = reasons[lines[place].number] }
    progress.answer = step
    return row
  }

  /// What both sides found for the disputed lines; the others stand as computed.
  ///
  /// - Parameter amounts: by line, each between nothing and what was computed; every disputed line has one.
  package mutating func agree(
    _ amounts: [Int: Money], _ step: Step, by subject: Subject
  ) throws(Refusal) -> Transition<SupplierRecovery> {
    let row = try take(.agree, by: subject)
    try requireLines(amounts.keys)
    var found: [Violation] = []
    for place in lines.indices {
      let line = lines[place]
      switch (line.disputeReason, amounts[line.number]) {
      case (nil, nil): lines[place].agreedAmount = line.amount
      case (nil, .some):
        found.append(
          Violation(pointer: "#/lines", code: .inconsistent, detail: "line \(line.number) is not disputed"))
      case (.some, nil):
        found.append(
          Violation(pointer: "#/lines", code: .required, detail: "line \(line.number) is disputed and needs an amount"))
      case (.some, .some(let agreed)):
        if agreed.currency != currency {
          found.append(
            Violation(
              pointer: "#/lines", code: .inconsistent, detail: "line \(line.number) must be in \(currency.rawValue)"))
        } else if let fault = Self.fault(agreed, on: line) {
          found.append(fault)
        } else {
          lines[place].agreedAmount = agreed
        }
      }
    }
    if !found.isEmpty { throw .invalid(found) }
    agreedAmount = Self.sum(lines.compactMap(\.agreedAmount), currency)
    progress.agreement = step
    return row
  }

  package mutating func settle(_ step: Step, by subject: Subject) throws(Refusal) -> Transition<SupplierRecovery> {
    let row = try take(.settle, by: subject)
    progress.settlement = step
    return row
  }

  /// What was posted is corrected: other amounts for some lines, each between nothing and what was computed; the rest stands. The
  /// entry follows (`note(entry:)`).
  ///
  /// - Throws: `Refusal.invalid` for a line that there is not, an amount out of its bounds, and a correction that corrects nothing.
  package mutating func correct(
    _ amounts: [Int: Money], _ step: Step, by subject: Subject
  ) throws(Refusal) -> Transition<SupplierRecovery> {
    let row = try take(.correct, by: subject)
    try requireLines(amounts.keys)
    var found: [Violation] = []
    for place in lines.indices {
      guard let amount = amounts[lines[place].number] else { continue }
      if amount.currency != currency {
        found.append(
          Violation(
            pointer: "#/lines", code: .inconsistent,
            detail: "line \(lines[place].number) must be in \(currency.rawValue)"))
      } else if let fault = Self.fault(amount, on: lines[place]) {
        found.append(fault)
      } else {
        lines[place].agreedAmount = amount
      }
    }
    if !found.isEmpty { throw .invalid(found) }
    let corrected = Self.sum(lines.compactMap(\.agreedAmount), currency)
    guard let former = agreedAmount, former != corrected else {
      throw .invalid("#/lines", .inconsistent, "must change what the supplier owes")
    }
    agreedAmount = corrected
    progress.corrections.append(Correction(step: step, from: former, to: corrected))
    return row
  }

  /// Under which number the correction was posted.
  package mutating func note(entry: String?) {
    guard let last = progress.corrections.popLast() else { return }
    let step = last.step
    progress.corrections.append(
      Correction(
        step: Step(by: step.by, byID: step.byID, at: step.at, note: step.note, entry: entry), from: last.from,
        to: last.to))
  }

  private static func fault(_ amount: Money, on line: Line) -> Violation? {
    if line.bounds.contains(amount.minor) { return nil }
    let least = Money(minor: line.bounds.lowerBound, currency: line.amount.currency).amount
    let most = Money(minor: line.bounds.upperBound, currency: line.amount.currency).amount
    return Violation(
      pointer: "#/lines", code: .outOfRange, detail: "line \(line.number) is between \(least) and \(most)",
      limits: ["min": least, "max": most])
  }

  private func requireLines(_ numbers: some Sequence<Int>) throws(Refusal) {
    let known = Set(lines.map(\.number))
    let unknown = numbers.filter { !known.contains($0) }.sorted()
    if let first = unknown.first { throw .invalid("#/lines", .notFound, "there is no line \(first)") }
  }

  /// Lines are of the recovery's currency by construction.
  private static func sum(_ amounts: [Money], _ currency: Currency) -> Money {
    amounts.reduce(.zero(currency)) { Money(minor: $0.minor.addingSaturating($1.minor), currency: currency) }
  }
}
