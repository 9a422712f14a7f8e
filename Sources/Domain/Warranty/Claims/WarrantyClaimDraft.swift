/// A claim as it is asked for: drafted from the lines of a work order, or in its own words for what a complaint was promised.
package struct WarrantyClaimDraft: Hashable, Sendable, ExternallyIdentified {
  /// `nil`: the caller's own station.
  package let stationID: Station.ID?
  package let kind: WarrantyClaim.Kind
  package let workOrderID: WorkOrder.ID?
  package let complaintID: Complaint.ID?
  /// Lines of the order; `nil`: all that the payer of this kind of claim has a share in.
  package let workOrderLines: [Int]?
  /// `nil`: as drafted.
  package let items: [ClaimItemDraft]?
  package let note: String?
  package var externalIDs: [String: String]

  package init(
    stationID: Station.ID?, kind: WarrantyClaim.Kind, workOrderID: WorkOrder.ID?, complaintID: Complaint.ID?,
    workOrderLines: [Int]?, items: [ClaimItemDraft]?, note: String?, externalIDs: [String: String]
  ) {
    self.stationID = stationID
    self.kind = kind
    self.workOrderID = workOrderID
    self.complaintID = complaintID
    self.workOrderLines = workOrderLines
    self.items = items
    self.note = note
    self.externalIDs = externalIDs
  }

  /// What kind of claim needs what behind it (CLM-07).
  package func violations() -> [Violation] {
    var found: [Violation] = []
    func add(_ name: String, _ code: Violation.Code, _ detail: String) {
      found.append(Violation(pointer: "#/\(name)", code: code, detail: detail))
    }
    switch kind {
    case .complaintCompensation:
      if complaintID == nil { add("complaintId", .required, "is required for compensation") }
      if workOrderID != nil { add("workOrderId", .inconsistent, "must not be said: compensation comes of a complaint") }
      if items == nil { add("items", .required, "is required for compensation") }
    case .warrantyRepair, .firstMaintenance, .partsWarranty, .fieldService, .goodwill, .campaign:
      if workOrderID == nil { add("workOrderId", .required, "is required: a claim comes of a finished repair") }
      if complaintID != nil { add("complaintId", .inconsistent, "is said of compensation only") }
    }
    return found
  }
}

/// One item as a body says it; `number` names a known one.
package struct ClaimItemDraft: Hashable, Sendable {
  package let number: Int?
  /// Left out: as it was.
  package let preAuthorisationID: Patch<PreAuthorisation.ID?>
  package let work: ClaimWork
  package let lines: [ClaimLineDraft]

  package init(
    number: Int?, preAuthorisationID: Patch<PreAuthorisation.ID?> = .keep, work: ClaimWork, lines: [ClaimLineDraft]
  ) {
    self.number = number
    self.preAuthorisationID = preAuthorisationID
    self.work = work
    self.lines = lines
  }
}

package struct ClaimLineDraft: Hashable, Sendable {
  package let number: Int?
  package let kind: ClaimLine.Kind
  package let charge: ClaimCharge

  package init(number: Int?, kind: ClaimLine.Kind, charge: ClaimCharge) {
    self.number = number
    self.kind = kind
    self.charge = charge
  }

  /// What is wrong with it by itself (CLM-04).
  func violations(in currency: Currency, at pointer: String) -> [Violation] {
    var found: [Violation] = []
    func add(_ name: String, _ code: Violation.Code, _ detail: String) {
      found.append(Violation(pointer: "\(pointer)/\(name)", code: code, detail: detail))
    }
    for (name, amount) in [("amount", charge.amount), ("unitPrice", charge.unitPrice)] {
      if let amount, amount.currency != currency {
        add("\(name)/currency", .inconsistent, "must be \(currency.rawValue)")
      }
    }
    switch kind {
    case .labour:
      if charge.hours == nil { add("hours", .required, "is required for labour") }
      if charge.unitPrice == nil { add("unitPrice", .required, "is required for labour") }
      if charge.quantity != nil { add("quantity", .inconsistent, "is said of parts only") }
      if charge.partNumber != nil { add("partNumber", .inconsistent, "is said of parts only") }
    case .parts:
      if charge.partNumber == nil { add("partNumber", .required, "is required for parts") }
      if charge.quantity == nil { add("quantity", .required, "is required for parts") }
      if charge.unitPrice == nil { add("unitPrice", .required, "is required for parts") }
      if charge.hours != nil { add("hours", .inconsistent, "is said of labour only") }
    case .sublet, .travel:
      if charge.hours != nil { add("hours", .inconsistent, "is said of labour only") }
      if charge.quantity != nil { add("quantity", .inconsistent, "is said of parts only") }
      if charge.partNumber != nil { add("partNumber", .inconsistent, "is said of parts only") }
      if charge.unitPrice != nil { add("unitPrice", .inconsistent, "is said of labour and parts only") }
    }
    if charge.amount.minor > JobLine.amountLimit { add("amount", .outOfRange, "is more than any job costs") }
    if found.isEmpty, let most = charge.most, charge.amount.minor > most.minor {
      add("amount", .inconsistent, "must not be more than \(most.amount), what quantity and price amount to")
    }
    return found
  }
}

/// A merge patch of what the clerk writes (C-17); `items` as a whole.
package struct WarrantyClaimPatch: Hashable, Sendable {
  package var odometerKm: Patch<Int?> = .keep
  package var repairedOn: Patch<CalendarDate?> = .keep
  package var note: Patch<String?> = .keep
  package var items: Patch<[ClaimItemDraft]> = .keep
  package var externalIDs: ExternalIDsPatch = .keep

  package init() {}
}

extension WarrantyClaim {
  /// Makes it what another system says that it is: note, identities and, where they are named, items; what it comes of stays. An item
  /// and a line without a number are those in the same place. What says nothing new is refused in no state.
  package mutating func rewrite(as draft: WarrantyClaimDraft) throws(Refusal) {
    var found: [Violation] = []
    func keep(_ name: String, _ isKept: Bool) {
      if !isKept { found.append(Violation(pointer: "#/\(name)", code: .readOnly, detail: "cannot be changed")) }
    }
    keep("kind", draft.kind == kind)
    keep("workOrderId", draft.workOrderID == workOrderID)
    keep("complaintId", draft.complaintID == complaintID)
    if let lines = draft.workOrderLines, draft.items == nil {
      keep("workOrderLines", Set(lines) == Set(items.compactMap(\.workOrderLine)))
    }
    if !found.isEmpty { throw .invalid(found) }
    var written = self
    written.header.note = draft.note
    written.header.externalIDs = draft.externalIDs
    let isEditable = WarrantyClaimLifecycle.editable.contains(state)
    if let drafts = draft.items {
      do {
        try written.rewrite(drafts.enumerated().map { $1.placed(on: items.indices.contains($0) ? items[$0] : nil) })
      } catch {
        throw isEditable ? error : notEditable
      }
    }
    if written == self { return }
    if !isEditable { throw notEditable }
    self = written
  }

  private var notEditable: Refusal {
    .conflict(
      code: "claim-not-editable", detail: "The claim is \(state.rawValue); what was submitted stands.", .state(state),
      .allowedStates(WarrantyClaimLifecycle.editable))
  }

  package mutating func apply(_ patch: WarrantyClaimPatch) throws(Refusal) {
    if !WarrantyClaimLifecycle.editable.contains(state) { throw notEditable }
    patch.odometerKm.merge(into: &header.odometerKm)
    patch.repairedOn.merge(into: &header.repairedOn)
    patch.note.merge(into: &header.note)
    try patch.externalIDs.merge(into: &header.externalIDs)
    if case .set(let drafts) = patch.items { try rewrite(drafts) }
  }

  /// Puts these items in place of those before. Known numbers keep their pointers to the work order; of what was decided nothing
  /// changes.
  package mutating func rewrite(_ drafts: [ClaimItemDraft]) throws(Refusal) {
    var violations: [Violation] = []
    var rewritten: [ClaimItem] = []
    var last = lastLineNumber
    var lastItem = items.map(\.number).max() ?? 0
    let known = Dictionary(uniqueKeysWithValues: items.map { ($0.number, $0) })
    let knownLines = Dictionary(uniqueKeysWithValues: lines.map { ($0.number, $0) })
    var seen: Set<Int> = []
    for (place, draft) in drafts.enumerated() {
      let pointer = "#/items/\(place)"
      let former = draft.number.flatMap { known[$0] }
      if draft.number != nil, former == nil {
        violations.append(.init(pointer: "\(pointer)/number", code: .notFound, detail: "the claim has no such item"))
      }
      if let former, rewritten.contains(where: { $0.number == former.number }) {
        violations.append(.init(pointer: "\(pointer)/number", code: .notUnique, detail: "is said twice"))
        continue
      }
      var lines: [ClaimLine] = []
      for (index, line) in draft.lines.enumerated() {
        let at = "\(pointer)/lines/\(index)"
        violations += line.violations(in: currency, at: at)
        guard let number = line.number else {
          last += 1
          lines.append(ClaimLine(number: last, kind: line.kind, sourcePartID: nil, charge: line.charge))
          continue
        }
        guard var kept = knownLines[number], former?.lines.contains(where: { $0.number == number }) == true else {
          violations.append(.init(pointer: "\(at)/number", code: .notFound, detail: "the item has no such line"))
          continue
        }
        if !seen.insert(number).inserted {
          violations.append(.init(pointer: "\(at)/number", code: .notUnique, detail: "is said twice"))
          continue
        }
        if kept.kind != line.kind {
          violations.append(.init(pointer: "\(at)/kind", code: .readOnly, detail: "cannot be changed"))
        }
        if kept.charge != line.charge, kept.isSettledByVerdict { throw Self.decided(number) }
        kept.charge = line.charge
        lines.append(kept)
      }
      if former == nil { lastItem += 1 }
      let permit = draft.preAuthorisationID.applied(to: former?.preAuthorisationID)
      if permit != nil, former?.workOrderLine == nil {
        violations.append(
          .init(
            pointer: "\(pointer)/preAuthorisationId", code: .inconsistent,
            detail: "is said of what comes of a job of the order"))
      }
      rewritten.append(
        ClaimItem(
          number: former?.number ?? lastItem, workOrderLine: former?.workOrderLine, preAuthorisationID: permit,
          work: draft.work, lines: lines))
    }
    if !violations.isEmpty { throw .invalid(violations) }
    for line in lines where line.isSettledByVerdict && !seen.contains(line.number) { throw Self.decided(line.number) }
    items = rewritten
    lastLineNumber = last
  }

  private static func decided(_ line: Int) -> Refusal {
    .conflict(code: "claim-line-decided", detail: "Line \(line) was decided; the station may appeal.", .line(line))
  }
}

extension ClaimLine {
  /// Decided, and not sent back for correction.
  fileprivate var isSettledByVerdict: Bool { verdict.map { $0.outcome != .returned } ?? false }
}

extension ClaimItemDraft {
  /// The same for the item in its place, where it names none itself.
  fileprivate func placed(on known: ClaimItem?) -> ClaimItemDraft {
    guard number == nil, let known else { return self }
    return ClaimItemDraft(
      number: known.number, preAuthorisationID: preAuthorisationID, work: work,
      lines: lines.enumerated().map { place, line in
        guard line.number == nil, known.lines.indices.contains(place), known.lines[place].kind == line.kind else {
          return line
        }
        return ClaimLineDraft(number: known.lines[place].number, kind: line.kind, charge: line.charge)
      })
  }
}
