/// Quality information as it is reported.
package struct QualityIssueDraft: Hashable, Sendable {
  /// `nil`: the caller's own station, or none.
  package let stationID: Station.ID?
  package let header: QualityIssueHeader
  package let facts: QualityFacts
  /// The reporter suspects major information at once.
  package let isSuspectedMajor: Bool

  package init(stationID: Station.ID?, header: QualityIssueHeader, facts: QualityFacts, isSuspectedMajor: Bool) {
    self.stationID = stationID
    self.header = header
    self.facts = facts
    self.isSuspectedMajor = isSuspectedMajor
  }
}

/// What a list of issues can be narrowed by; conditions combine with and.
package struct QualityIssueFilter: Hashable, Sendable {
  /// Any of these; none asks for all.
  package var states: [QualityIssue.State] = []
  package var classes: [QualityIssue.Class] = []
  package var levels: [QualityLevel] = []
  /// What the rules say of their facts, decided upon or not.
  package var proposedLevels: [QualityLevel] = []
  package var sources: [QualityIssue.Source] = []
  package var stationID: Station.ID?
  package var customerID: Customer.ID?
  package var vehicleID: Vehicle.ID?
  package var modelID: VehicleModel.ID?
  package var workOrderID: WorkOrder.ID?
  package var complaintID: Complaint.ID?
  package var createdFrom: Timestamp?
  package var createdBefore: Timestamp?
  package var number: String?

  package init() {}
}

/// A merge patch of what was reported (C-17).
package struct QualityIssuePatch: Hashable, Sendable {
  package var symptom: Patch<String> = .keep
  package var defects: Patch<[QualityDefect]> = .keep
  package var odometerKm: Patch<Int?> = .keep
  package var occurredAt: Patch<Timestamp?> = .keep
  package var facts = QualityFactsPatch()
  package var externalIDs: ExternalIDsPatch = .keep

  package init() {}
}

/// A merge patch of facts.
package struct QualityFactsPatch: Hashable, Sendable {
  package var casualties: Patch<Int?> = .keep
  package var majorAccident: Patch<Bool> = .keep
  package var mediaExposure: Patch<QualityFacts.MediaExposure> = .keep
  package var reputationDamage: Patch<Bool?> = .keep
  package var manufacturingError: Patch<ManufacturingErrorAssertion?> = .keep
  package var companyLoss: Patch<Money?> = .keep
  package var vehicleValue: Patch<Money?> = .keep
  package var compensationDemand: Patch<Money?> = .keep
  package var salesImpact: Patch<QualityFacts.SalesImpact> = .keep
  package var breakdown: Patch<Bool> = .keep
  package var qualityDefect: Patch<Bool> = .keep
  package var functionalDefect: Patch<Bool> = .keep

  package init() {}

  package func merge(into facts: inout QualityFacts) {
    casualties.merge(into: &facts.casualties)
    majorAccident.merge(into: &facts.majorAccident)
    mediaExposure.merge(into: &facts.mediaExposure)
    reputationDamage.merge(into: &facts.reputationDamage)
    manufacturingError.merge(into: &facts.manufacturingError)
    companyLoss.merge(into: &facts.companyLoss)
    vehicleValue.merge(into: &facts.vehicleValue)
    compensationDemand.merge(into: &facts.compensationDemand)
    salesImpact.merge(into: &facts.salesImpact)
    breakdown.merge(into: &facts.breakdown)
    qualityDefect.merge(into: &facts.qualityDefect)
    functionalDefect.merge(into: &facts.functionalDefect)
  }
}

extension QualityIssue {
  /// Applies a patch; once it is resolved, what was reported stands.
  package mutating func apply(_ patch: QualityIssuePatch) throws(Refusal) {
    if !QualityIssueLifecycle.editable.contains(state) {
      throw .conflict(
        code: "quality-issue-not-editable", detail: "The issue is \(state.rawValue); reopen it when facts are new.",
        .state(state), .allowedStates(QualityIssueLifecycle.editable))
    }
    patch.symptom.merge(into: &header.symptom)
    patch.defects.merge(into: &header.defects)
    patch.odometerKm.merge(into: &header.odometerKm)
    patch.occurredAt.merge(into: &header.occurredAt)
    patch.facts.merge(into: &facts)
    try patch.externalIDs.merge(into: &header.externalIDs)
  }

  /// What changed since `before`, field by field; people's words only as the log may keep them (SEC-04).
  package func changes(from before: QualityIssue?) -> [FieldChange] {
    let (old, done) = (before?.header, before?.progress)
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.choice("class", done?.qualityClass, progress.qualityClass)
    comparison.choice("level", done?.level, progress.level)
    comparison.choice("proposedLevel", done?.proposedLevel, progress.proposedLevel)
    comparison.field(
      "proposedCriteria", done?.proposedCriteria.map(\.rawValue) ?? [], progress.proposedCriteria.map(\.rawValue))
    comparison.choice("source", old?.source, header.source)
    comparison.field("symptom", (old?.symptom).map { FreeText.cleaned($0) }, FreeText.cleaned(header.symptom))
    comparison.field("defects", Self.value(old?.defects ?? []), Self.value(header.defects))
    comparison.field("vehicleId", old?.vehicleID, header.vehicleID)
    comparison.field("modelId", old?.modelID, header.modelID)
    comparison.field("customerId", old?.customerID, header.customerID)
    comparison.field("workOrderId", old?.workOrderID, header.workOrderID)
    comparison.field("complaintId", old?.complaintID, header.complaintID)
    comparison.field("odometerKm", old?.odometerKm, header.odometerKm)
    comparison.field("occurredAt", old?.occurredAt, header.occurredAt)
    comparison.field(
      "facts", before?.facts.withoutWords.value ?? QualityFacts().value, facts.withoutWords.value)
    comparison.field("externalIds", old?.externalIDs ?? [:], header.externalIDs)
    comparison.field(
      "result", (done?.result).map { FreeText.cleaned($0) }, progress.result.map { FreeText.cleaned($0) })
    comparison.field("receipts", Self.value(done?.receipts ?? []), Self.value(progress.receipts))
    comparison.field("measures", Self.value(before?.measures ?? []), Self.value(measures))
    comparison.field("eightD", Self.value(before?.disciplines ?? []), Self.value(disciplines))
    comparison.field("reopenings", done?.reopenings ?? 0, progress.reopenings)
    return comparison.changes
  }

  private static func value(_ defects: [QualityDefect]) -> EventValue {
    .list(
      defects.map { .object(["partNumber": .optional($0.partNumber), "faultCode": .optional($0.faultCode)]) })
  }

  private static func value(_ receipts: [ResultReceipt]) -> EventValue {
    .list(receipts.map { .text($0.party.rawValue) })
  }

  private static func value(_ measures: [QualityMeasure]) -> EventValue {
    .list(
      measures.map { measure in
        .object([
          "number": .integer(Int64(measure.number)), "kind": .text(measure.kind.rawValue),
          "state": .text(measure.state.rawValue), "dueDate": .text(measure.dueDate.description),
          "effectivenessPercent": measure.effectivenessPercent.map { .integer(Int64($0)) } ?? .null,
        ])
      })
  }

  private static func value(_ steps: [EightDStep]) -> EventValue {
    .list(
      steps.map { step in
        .object([
          "discipline": .text(step.discipline.rawValue), "completedAt": .optional(step.completedAt?.description),
          "causes": .list(step.causes.map { .text($0.kind.rawValue) }),
        ])
      })
  }
}
