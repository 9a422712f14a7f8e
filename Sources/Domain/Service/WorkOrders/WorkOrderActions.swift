package import FoundationEssentials

// The actions of the transition table as pure functions: each checks the table, then changes the order. The service saves
// what changed and appends the events that the row names.

extension WorkOrder {
  /// Checks state and guards, and moves the state.
  package mutating func take(
    _ action: Action, outcome: String? = nil, by subject: Subject
  ) throws(Refusal) -> Transition<WorkOrder> {
    let row = try WorkOrderLifecycle.table.permit(action, outcome: outcome, on: self, by: subject)
    if let next = row.to { state = next }
    return row
  }

  /// Reception check, confirmed by the customer (WO-14…16).
  package mutating func inspect(
    _ record: ReceptionInspection, odometerKm: Int, by subject: Subject
  ) throws(Refusal) -> Transition<WorkOrder> {
    let row = try take(.inspect, by: subject)
    progress.inspection = record
    progress.odometerKm = odometerKm
    return row
  }

  package mutating func diagnose(_ finding: String, by subject: Subject) throws(Refusal) -> Transition<WorkOrder> {
    let row = try take(.diagnose, by: subject)
    progress.diagnosis = finding
    return row
  }

  /// Issues an estimate over the lines as they are; an earlier authorisation no longer binds, so every line waits for the
  /// customer's word again.
  package mutating func quote(
    promisedDeliveryAt: Timestamp, promisedQuality: String?, issuedBy: String, at: Timestamp, by subject: Subject
  ) throws(Refusal) -> (Transition<WorkOrder>, Estimate) {
    let row = try take(.quote, by: subject)
    if promisedDeliveryAt <= at {
      throw .invalid("#/promisedDeliveryAt", .outOfRange, "must lie in the future")
    }
    progress.promisedDeliveryAt = promisedDeliveryAt
    progress.promisedQuality = promisedQuality
    progress.authorisation = nil
    for index in lines.indices where lines[index].counts { lines[index].decision = .open }
    return (row, issueEstimate(isAdditional: false, issuedBy: issuedBy, at: at))
  }

  /// The customer agrees to one estimate, named by its hash (WO-18).
  package mutating func authorise(
    _ decision: CustomerDecision, by subject: Subject
  ) throws(Refusal) -> Transition<WorkOrder> {
    let row = try take(.authorise, by: subject)
    try requireCurrent(decision.estimateHash)
    progress.authorisation = decision
    for index in lines.indices where lines[index].decision == .open { lines[index].decision = .approved }
    return row
  }

  package mutating func leave(
    _ action: Action, reason: String, by subject: Subject
  ) throws(Refusal) -> Transition<WorkOrder> {
    let row = try take(action, by: subject)
    progress.exitReason = reason
    return row
  }

  /// The job card: who works on which line (WO-24).
  package mutating func assign(
    _ assignments: [(line: Int?, technician: UUID)], by subject: Subject
  ) throws(Refusal) -> Transition<WorkOrder> {
    let row = try take(.assign, by: subject)
    for (place, assignment) in assignments.enumerated() {
      if let number = assignment.line {
        guard let index = lines.firstIndex(where: { $0.number == number }) else {
          throw .invalid("#/assignments/\(place)/line", .notFound, "the order has no line \(number)")
        }
        lines[index].technicianID = assignment.technician
      } else {
        for index in lines.indices where lines[index].counts { lines[index].technicianID = assignment.technician }
      }
    }
    // Whoever is given the whole order takes it over from those who have not begun.
    let whole = assignments.filter { $0.line == nil }.map(\.technician)
    progress.technicians = Self.sorted(whole.isEmpty ? progress.technicians : whole, and: lines)
    return row
  }

  static func sorted(_ technicians: [UUID], and lines: [JobLine]) -> [UUID] {
    let atWork = lines.compactMap(\.technicianID) + lines.flatMap { $0.clockings.map(\.technicianID) }
    return Set(technicians + atWork).sorted { $0.canonical < $1.canonical }
  }

  /// Asks the customer about items found during the repair; the answer will name this estimate.
  package mutating func requestApproval(
    promisedDeliveryAt: Timestamp?, issuedBy: String, at: Timestamp, by subject: Subject
  ) throws(Refusal) -> (Transition<WorkOrder>, Estimate) {
    let row = try take(.requestApproval, by: subject)
    if let promisedDeliveryAt {
      if promisedDeliveryAt <= at {
        throw .invalid("#/promisedDeliveryAt", .outOfRange, "must lie in the future")
      }
      progress.promisedDeliveryAt = promisedDeliveryAt
    }
    return (row, issueEstimate(isAdditional: true, issuedBy: issuedBy, at: at))
  }

  /// The customer's answer on every open item; refused items stay recorded (WO-04).
  package mutating func decideItems(
    _ decisions: [(line: Int, approved: Bool)], _ decision: CustomerDecision, by subject: Subject
  ) throws(Refusal) -> Transition<WorkOrder> {
    let row = try take(.decideItems, by: subject)
    try requireCurrent(decision.estimateHash)
    var violations: [Violation] = []
    var decided: Set<Int> = []
    for (place, item) in decisions.enumerated() {
      let pointer = "#/decisions/\(place)/line"
      guard let index = lines.firstIndex(where: { $0.number == item.line }) else {
        violations.append(
          Violation(pointer: pointer, code: .notFound, detail: "the order has no line \(item.line)"))
        continue
      }
      guard decided.insert(item.line).inserted else {
        violations.append(Violation(pointer: pointer, code: .notUnique, detail: "is decided twice"))
        continue
      }
      guard lines[index].decision == .open else {
        violations.append(Violation(pointer: pointer, code: .inconsistent, detail: "is not an open item"))
        continue
      }
      lines[index].decision = item.approved ? .approved : .refused
    }
    for line in lines where line.decision == .open && !decided.contains(line.number) {
      violations.append(
        Violation(pointer: "#/decisions", code: .required, detail: "line \(line.number) is not decided"))
    }
    if !violations.isEmpty { throw .invalid(violations) }
    return row
  }

  package mutating func failInspection(by subject: Subject) throws(Refusal) -> Transition<WorkOrder> {
    let row = try take(.failInspection, by: subject)
    progress.failedInspections += 1
    return row
  }

  /// The customer takes the work as done, or sends it back to inspection (WO-07).
  package mutating func accept(
    _ acceptance: Acceptance, by subject: Subject
  ) throws(Refusal) -> Transition<WorkOrder> {
    let row = try take(.accept, outcome: acceptance == .accepted ? nil : acceptance.rawValue, by: subject)
    if acceptance == .refused { progress.failedInspections += 1 }
    return row
  }

  /// Payments must cover the customer's share to the cent before hand-over (D-26).
  package mutating func settle(
    _ payments: [Payment], invoiceNumber: String, by subject: Subject
  ) throws(Refusal) -> Transition<WorkOrder> {
    let row = try take(.settle, by: subject)
    var violations: [Violation] = []
    for (place, payment) in payments.enumerated() {
      if payment.amount.currency != currency {
        violations.append(
          Violation(
            pointer: "#/payments/\(place)/amount/currency", code: .inconsistent, detail: "must be the order's currency",
            limits: ["allowed": currency.rawValue]))
      } else if payment.amount.minor <= 0 {
        violations.append(
          Violation(
            pointer: "#/payments/\(place)/amount/amount", code: .outOfRange, detail: "must be greater than 0",
            limits: ["min": "0.01"]))
      }
    }
    let due = totals[.customer]
    let paid = payments.reduce(Int64(0)) { $0.addingSaturating($1.amount.minor) }
    if violations.isEmpty, paid != due {
      violations.append(
        Violation(
          pointer: "#/payments", code: .inconsistent,
          detail:
            "payments sum to \(DecimalString.text(hundredths: paid)), the customer owes \(DecimalString.text(hundredths: due))",
          limits: ["due": DecimalString.text(hundredths: due)]))
    }
    if !violations.isEmpty { throw .invalid(violations) }
    progress.invoiceNumber = invoiceNumber
    return row
  }

  package mutating func deliver(at: Timestamp, by subject: Subject) throws(Refusal) -> Transition<WorkOrder> {
    let row = try take(.deliver, by: subject)
    progress.deliveredAt = at
    return row
  }

  package mutating func close(at: Timestamp, by subject: Subject) throws(Refusal) -> Transition<WorkOrder> {
    let row = try take(.close, by: subject)
    progress.closedAt = at
    return row
  }

  /// The estimate without what the customer refused.
  package mutating func reviseEstimate(issuedBy: String, at: Timestamp) -> Estimate {
    issueEstimate(isAdditional: true, issuedBy: issuedBy, at: at)
  }

  private mutating func issueEstimate(isAdditional: Bool, issuedBy: String, at: Timestamp) -> Estimate {
    let summary = EstimateSummary(
      revision: (progress.estimate?.revision ?? 0) + 1, hash: contentHash, total: total, quotedAt: at)
    progress.estimate = summary
    return Estimate(
      summary: summary, isAdditional: isAdditional, promisedDeliveryAt: progress.promisedDeliveryAt,
      issuedBy: issuedBy, content: estimateContent)
  }

  private func requireCurrent(_ hash: String) throws(Refusal) {
    guard hash == progress.estimate?.hash else {
      throw .conflict(
        code: "estimate-superseded", detail: "The decision names another estimate than the current one.",
        .currentHash(progress.estimate?.hash))
    }
  }
}
