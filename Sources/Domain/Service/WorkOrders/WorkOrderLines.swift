package import FoundationEssentials

/// A job line as asked for; what is left out comes from the catalogue and the station.
package struct JobLineDraft: Hashable, Sendable {
  package let work: JobWork
  package let standardHours: Hours?
  package let labourRate: Money?
  package let sublet: JobLine.Extra?
  package let travel: JobLine.Extra?
  package let split: [PayerSplit.Payer: Money]?
  package let parts: [JobPartDraft]

  package init(
    work: JobWork, standardHours: Hours?, labourRate: Money?, sublet: JobLine.Extra?, travel: JobLine.Extra?,
    split: [PayerSplit.Payer: Money]?, parts: [JobPartDraft]
  ) {
    self.work = work
    self.standardHours = standardHours
    self.labourRate = labourRate
    self.sublet = sublet
    self.travel = travel
    self.split = split
    self.parts = parts
  }
}

package struct JobPartDraft: Hashable, Sendable {
  package let partNumber: String
  package let description: String
  package let quantity: Int
  package let unitPrice: Money
  package let origin: JobPart.Origin
  package let guaranteeMonths: Int?
  package let guaranteeKm: Int?

  package init(
    partNumber: String, description: String, quantity: Int, unitPrice: Money, origin: JobPart.Origin,
    guaranteeMonths: Int?, guaranteeKm: Int?
  ) {
    self.partNumber = partNumber
    self.description = description
    self.quantity = quantity
    self.unitPrice = unitPrice
    self.origin = origin
    self.guaranteeMonths = guaranteeMonths
    self.guaranteeKm = guaranteeKm
  }
}

/// A change of a job line (merge patch); money members only where the agreed work may still be rewritten.
package struct JobLinePatch: Hashable, Sendable {
  package var description: Patch<String> = .keep
  package var concern: Patch<String?> = .keep
  package var cause: Patch<String?> = .keep
  package var correction: Patch<String?> = .keep
  package var faultCode: Patch<String?> = .keep
  package var diagnosticTroubleCodes: Patch<[String]> = .keep
  package var causalPartNumber: Patch<String?> = .keep
  package var standardHours: Patch<Hours> = .keep
  package var labourRate: Patch<Money> = .keep
  package var sublet: Patch<JobLine.Extra?> = .keep
  package var travel: Patch<JobLine.Extra?> = .keep
  package var split: Patch<[PayerSplit.Payer: Money]> = .keep

  package init() {}

  /// Whether it touches what the customer agreed to.
  package var touchesAgreement: Bool {
    description.isSet || standardHours.isSet || labourRate.isSet || sublet.isSet || travel.isSet || split.isSet
  }
}

extension WorkOrder {
  /// Adds a job. Before the work begins it belongs to the estimate; during the repair it is an additional item that waits
  /// for the customer's decision (WO-04).
  /// - Returns: the index of the new line.
  package mutating func addLine(
    _ draft: JobLineDraft, hours: Hours, rate: Money, at: Timestamp
  ) throws(Refusal) -> Int {
    let additional = WorkOrderLifecycle.inWork.contains(state)
    guard additional || WorkOrderLifecycle.editable.contains(state) else { throw notEditable("lines") }
    let line = try jobLine(
      draft, number: lastLineNumber + 1, isAdditional: additional, hours: hours, rate: rate, keeping: nil, at: at)
    lines.append(line)
    lastLineNumber = line.number
    return lines.count - 1
  }

  /// - Parameter payers: who pays what where the draft does not say; `nil`: the customer.
  private func jobLine(
    _ draft: JobLineDraft, number: Int, isAdditional: Bool, hours: Hours, rate: Money, keeping payers: PayerSplit?,
    at: Timestamp
  ) throws(Refusal) -> JobLine {
    var line = JobLine(
      id: .new(at: at), number: number, isAdditional: isAdditional, decision: .open,
      work: draft.work,
      price: JobPrice(
        standardHours: hours, labourRate: rate, sublet: draft.sublet, travel: draft.travel, split: PayerSplit([:])),
      technicianID: nil,
      parts: Self.parts(draft.parts, at: at))
    try requireAmounts(line, parts: "#/parts")
    if let asked = draft.split {
      line.price.split = try split(asked, of: line)
    } else {
      line.price.split = payers?.following(line.amount.minor) ?? .all(.customer, line.amount.minor)
    }
    return line
  }

  /// Changes a job. Technical findings may be written until the order is ready; money and description only while the
  /// agreed work may be rewritten, or on an additional item that is still open.
  package mutating func editLine(_ number: Int, _ patch: JobLinePatch) throws(Refusal) {
    let index = try lineIndex(number)
    var line = lines[index]
    if patch.touchesAgreement {
      try requireRewritable(line)
    } else if !WorkOrderLifecycle.documentable.contains(state) {
      throw notEditable("line \(number)")
    }
    line.work.description = patch.description.applied(to: line.work.description)
    line.work.concern = patch.concern.applied(to: line.work.concern)
    line.work.cause = patch.cause.applied(to: line.work.cause)
    line.work.correction = patch.correction.applied(to: line.work.correction)
    line.work.faultCode = patch.faultCode.applied(to: line.work.faultCode)
    line.work.diagnosticTroubleCodes = patch.diagnosticTroubleCodes.applied(to: line.work.diagnosticTroubleCodes)
    line.work.causalPartNumber = patch.causalPartNumber.applied(to: line.work.causalPartNumber)
    line.price.standardHours = patch.standardHours.applied(to: line.price.standardHours)
    line.price.labourRate = patch.labourRate.applied(to: line.price.labourRate)
    line.price.sublet = patch.sublet.applied(to: line.price.sublet)
    line.price.travel = patch.travel.applied(to: line.price.travel)
    try requireAmounts(line, parts: "#/parts")
    switch patch.split {
    case .set(let asked): line.price.split = try split(asked, of: line)
    case .keep: line.price.split = try followed(line)
    }
    lines[index] = line
  }

  /// Makes the jobs what another system says that they are, by their position: one that says the same stays, one that differs
  /// is rewritten under its number, further ones are added, and those beyond the last go.
  ///
  /// - Parameter jobs: with hours and rate as they are to be where the draft leaves them out.
  /// - Throws: `order-not-editable` when they differ and the customer has agreed; `invalid` below `#/lines`.
  package mutating func replaceLines(
    with jobs: [(draft: JobLineDraft, hours: Hours, rate: Money)], at: Timestamp
  ) throws(Refusal) {
    var asked: [JobLine] = []
    var last = lastLineNumber
    for (place, job) in jobs.enumerated() {
      let known = lines.indices.contains(place) ? lines[place] : nil
      let line: JobLine
      do {
        line = try jobLine(
          job.draft, number: known?.number ?? last + 1, isAdditional: false, hours: job.hours, rate: job.rate,
          keeping: known?.price.split, at: at)
      } catch {
        throw error.within("#/lines/\(place)")
      }
      last = max(last, line.number)
      asked.append(known?.rewritten(as: line) ?? line)
    }
    if asked == lines { return }
    guard WorkOrderLifecycle.beforeAgreement.contains(state) else { throw notEditable("lines") }
    lines = asked
    lastLineNumber = last
  }

  package mutating func removeLine(_ number: Int) throws(Refusal) {
    let index = try lineIndex(number)
    try requireRewritable(lines[index])
    lines.remove(at: index)
  }

  /// - Parameter split: the new payers; needed when more than one payer shares the line.
  package mutating func addPart(
    _ draft: JobPartDraft, to number: Int, split asked: [PayerSplit.Payer: Money]?, at: Timestamp
  ) throws(Refusal) {
    let index = try lineIndex(number)
    var line = lines[index]
    try requireRewritable(line)
    line.parts.append(JobPart(draft, id: .new(at: at)))
    try requireAmounts(line, parts: "#")
    if let asked { line.price.split = try split(asked, of: line) } else { line.price.split = try followed(line) }
    lines[index] = line
  }

  package mutating func removePart(_ part: JobPart.ID, from number: Int) throws(Refusal) {
    let index = try lineIndex(number)
    var line = lines[index]
    guard line.parts.contains(where: { $0.id == part }) else { throw .notFound }
    try requireRewritable(line)
    line.parts.removeAll { $0.id == part }
    line.price.split = try followed(line)
    lines[index] = line
  }

  /// Starts the clock of a technician on a job (WO-34). That he is not on another job at the same time is the database's
  /// rule (`technician_clockings_one_job_at_a_time`).
  package mutating func clockOn(_ number: Int, technician: UUID, at: Timestamp) throws(Refusal) {
    let index = try lineIndex(number)
    guard state == .inRepair else { throw notEditable("clock") }
    guard lines[index].decision == .approved else {
      throw .conflict(code: "item-not-approved", detail: "The customer has not approved line \(number).", .line(number))
    }
    lines[index].clockings.append(
      TechnicianClocking(id: .new(at: at), technicianID: technician, startedAt: at, stoppedAt: nil))
    progress.technicians = Self.sorted(progress.technicians, and: lines)
  }

  package mutating func clockOff(_ number: Int, technician: UUID, at: Timestamp) throws(Refusal) {
    let index = try lineIndex(number)
    guard
      let open = lines[index].clockings.firstIndex(where: { $0.technicianID == technician && $0.stoppedAt == nil })
    else {
      throw .conflict(
        code: "not-clocked-on", detail: "The technician is not clocked on line \(number).", .line(number),
        .technicianID(technician))
    }
    let clocking = lines[index].clockings[open]
    lines[index].clockings[open] = TechnicianClocking(
      id: clocking.id, technicianID: technician, startedAt: clocking.startedAt,
      stoppedAt: max(at, clocking.startedAt))
  }

  package func lineIndex(_ number: Int) throws(Refusal) -> Int {
    guard let index = lines.firstIndex(where: { $0.number == number }) else { throw .notFound }
    return index
  }

  private func requireRewritable(_ line: JobLine) throws(Refusal) {
    if WorkOrderLifecycle.editable.contains(state) { return }
    if WorkOrderLifecycle.inWork.contains(state), line.isAdditional, line.decision == .open { return }
    throw .conflict(
      code: "line-agreed",
      detail: "Line \(line.number) is agreed with the customer; add an additional item instead.", .line(line.number),
      .state(state))
  }

  private func notEditable(_ what: String) -> Refusal {
    .conflict(
      code: "order-not-editable", detail: "The state \(state.rawValue) does not allow a change of \(what).",
      .state(state))
  }

  private func requireAmounts(_ line: JobLine, parts pointer: String) throws(Refusal) {
    var violations: [Violation] = []
    func check(_ money: Money?, _ pointer: String) {
      guard let money else { return }
      if money.currency != currency {
        violations.append(
          Violation(
            pointer: "\(pointer)/currency", code: .inconsistent, detail: "must be the order's currency",
            limits: ["allowed": currency.rawValue]))
      }
      if money.minor < 0 {
        violations.append(
          Violation(
            pointer: "\(pointer)/amount", code: .outOfRange, detail: "must not be negative", limits: ["min": "0"]))
      }
    }
    check(line.price.labourRate, "#/labourRate")
    check(line.price.sublet?.amount, "#/sublet/amount")
    check(line.price.travel?.amount, "#/travel/amount")
    for (place, part) in line.parts.enumerated() {
      check(part.unitPrice, pointer == "#" ? "#/unitPrice" : "\(pointer)/\(place)/unitPrice")
    }
    if violations.isEmpty, line.amount.minor > JobLine.amountLimit {
      let limit = DecimalString.text(hundredths: JobLine.amountLimit)
      violations.append(
        Violation(
          pointer: "#", code: .outOfRange, detail: "the line must not cost more than \(limit)", limits: ["max": limit]))
    }
    if !violations.isEmpty { throw .invalid(violations) }
  }

  /// Identities in the order of the draft, so that the parts are read back as they were written.
  private static func parts(_ drafts: [JobPartDraft], at: Timestamp) -> [JobPart] {
    let ids = drafts.map { _ in JobPart.ID.new(at: at) }.sorted { $0.description < $1.description }
    return zip(drafts, ids).map { JobPart($0, id: $1) }
  }

  private func split(_ asked: [PayerSplit.Payer: Money], of line: JobLine) throws(Refusal) -> PayerSplit {
    if let foreign = asked.first(where: { $0.value.currency != currency }) {
      throw .invalid(
        "#/split/\(foreign.key.rawValue)/currency", .inconsistent, "must be the order's currency")
    }
    let split = PayerSplit(asked.mapValues(\.minor))
    let violations = split.violations(for: line.amount.minor, at: "#/split")
    if !violations.isEmpty { throw .invalid(violations) }
    return split
  }

  private func followed(_ line: JobLine) throws(Refusal) -> PayerSplit {
    guard let split = line.price.split.following(line.amount.minor) else {
      throw .invalid(
        "#/split", .required, "several payers share the line, so the new amount needs a new split")
    }
    return split
  }
}

extension JobLine {
  /// This line with what the other one says about the job; itself when both say the same.
  func rewritten(as other: JobLine) -> JobLine {
    var line = self
    line.work = other.work
    line.price = other.price
    if parts.map(JobPartDraft.init) != other.parts.map(JobPartDraft.init) { line.parts = other.parts }
    return line
  }
}

extension JobPartDraft {
  init(_ part: JobPart) {
    self.init(
      partNumber: part.partNumber, description: part.description, quantity: part.quantity, unitPrice: part.unitPrice,
      origin: part.origin, guaranteeMonths: part.guaranteeMonths, guaranteeKm: part.guaranteeKm)
  }
}

extension JobPart {
  init(_ draft: JobPartDraft, id: ID) {
    self.init(
      id: id, partNumber: draft.partNumber, description: draft.description, quantity: draft.quantity,
      unitPrice: draft.unitPrice, origin: draft.origin, guaranteeMonths: draft.guaranteeMonths,
      guaranteeKm: draft.guaranteeKm)
  }
}
