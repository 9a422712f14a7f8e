/// A request as the station writes it, for jobs of one of its orders.
package struct PreAuthorisationDraft: Hashable, Sendable {
  package let workOrderID: WorkOrder.ID
  package let header: PreAuthorisationHeader
  /// By the number of the job line; without an amount what the job costs the maker now. None: every job that he is to pay.
  package let lines: [LineDraft]

  package struct LineDraft: Hashable, Sendable {
    package let number: Int
    package let amount: Money?

    package init(number: Int, amount: Money?) {
      self.number = number
      self.amount = amount
    }
  }

  package init(workOrderID: WorkOrder.ID, header: PreAuthorisationHeader, lines: [LineDraft]) {
    self.workOrderID = workOrderID
    self.header = header
    self.lines = lines
  }
}

/// A merge patch on a draft (C-17).
package struct PreAuthorisationPatch: Sendable {
  package var kind: Patch<PreAuthorisation.Kind> = .keep
  package var reason: Patch<String> = .keep
  package var lines: Patch<[PreAuthorisationDraft.LineDraft]> = .keep
  package var externalIDs: ExternalIDsPatch = .keep

  package init() {}
}

/// What a list of requests can be narrowed by; conditions combine with and.
package struct PreAuthorisationFilter: Hashable, Sendable {
  /// Any of these; none asks for all.
  package var states: [PreAuthorisation.State] = []
  package var kinds: [PreAuthorisation.Kind] = []
  package var stationID: Station.ID?
  package var workOrderID: WorkOrder.ID?
  package var vehicleID: Vehicle.ID?
  package var createdFrom: Timestamp?
  package var createdBefore: Timestamp?
  package var number: String?

  package init() {}
}

extension PreAuthorisation {
  /// The jobs of an order that are asked about, as they are now.
  ///
  /// - Throws: `Refusal.invalid` for a job that the order does not have or that costs less than is asked for, and for one named twice.
  package static func lines(
    _ drafts: [PreAuthorisationDraft.LineDraft], of order: WorkOrder, for kind: Kind
  ) throws(Refusal) -> [PreAuthorisationLine] {
    let payer: PayerSplit.Payer =
      switch kind {
      case .warranty: .warranty
      case .goodwill: .goodwill
      }
    let wanted =
      drafts.isEmpty
      ? order.lines.filter { $0.counts && $0.price.split.payers.contains(payer) }
        .map { PreAuthorisationDraft.LineDraft(number: $0.number, amount: nil) }
      : drafts
    var found: [Violation] = []
    var lines: [PreAuthorisationLine] = []
    for (place, draft) in wanted.enumerated() {
      guard let job = order.lines.first(where: { $0.number == draft.number && $0.counts }) else {
        found.append(
          Violation(
            pointer: "#/lines/\(place)/number", code: .notFound, detail: "the order has no such job line"))
        continue
      }
      if lines.contains(where: { $0.number == draft.number }) {
        found.append(
          Violation(pointer: "#/lines/\(place)/number", code: .notUnique, detail: "must be named once"))
        continue
      }
      let share = job.price.split[payer]
      let amount = draft.amount ?? Money(minor: share == 0 ? job.amount.minor : share, currency: order.currency)
      if amount.currency != order.currency {
        found.append(
          Violation(
            pointer: "#/lines/\(place)/amount/currency", code: .inconsistent,
            detail: "must be \(order.currency.rawValue), in which the order is"))
      } else if amount.minor < 0 || amount.minor > job.amount.minor {
        found.append(
          Violation(
            pointer: "#/lines/\(place)/amount/amount", code: .outOfRange,
            detail: "must be between 0.00 and \(job.amount.amount), what the job costs"))
      }
      lines.append(
        PreAuthorisationLine(
          number: job.number, description: job.work.description, causalPartNumber: job.work.causalPartNumber,
          labourOperationCode: job.work.labourOperationCode, faultCode: job.work.faultCode, requested: amount,
          asked: .init(job), drawn: .zero(order.currency)))
    }
    if !found.isEmpty { throw .invalid(found) }
    return lines.sorted { $0.number < $1.number }
  }

  /// Applies a patch; once it is submitted, what was asked stands.
  ///
  /// - Parameter order: whose jobs are named, where the patch names some.
  package mutating func apply(_ patch: PreAuthorisationPatch, of order: WorkOrder) throws(Refusal) {
    guard state == .draft else {
      throw .conflict(
        code: "pre-authorisation-not-editable",
        detail: "Only a draft can be changed; this request is \(state.rawValue).", .state(state),
        .allowedStates([State.draft]))
    }
    patch.kind.merge(into: &header.kind)
    patch.reason.merge(into: &header.reason)
    try patch.externalIDs.merge(into: &header.externalIDs)
    if case .set(let drafts) = patch.lines { lines = try Self.lines(drafts, of: order, for: header.kind) }
  }

  /// What changed since `before`, field by field.
  package func changes(from before: PreAuthorisation?) -> [FieldChange] {
    let old = before?.header
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.choice("kind", old?.kind, header.kind)
    comparison.field("reason", old?.reason, header.reason)
    comparison.field("externalIds", old?.externalIDs ?? [:], header.externalIDs)
    comparison.field("requested", before?.requested, requested)
    comparison.field("approved", before?.approved, approved)
    comparison.field(
      "drawn", before.map { $0.lines.map { "\($0.number): \($0.drawn.amount)" } } ?? [],
      lines.map { "\($0.number): \($0.drawn.amount)" })
    comparison.choice("decision/outcome", before?.progress.decision?.outcome, progress.decision?.outcome)
    comparison.field("decision/reason", before?.progress.decision?.reason, progress.decision?.reason)
    comparison.field("validUntil", before?.progress.validUntil, progress.validUntil)
    if let before, lines.map(\.number) != before.lines.map(\.number) {
      comparison.field("lines", before.lines.map { "\($0.number)" }, lines.map { "\($0.number)" })
    }
    return comparison.changes
  }
}
