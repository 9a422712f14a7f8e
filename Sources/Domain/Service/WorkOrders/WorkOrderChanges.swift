extension WorkOrder {
  /// What changed since `before`, field by field; of personal data only that it changed.
  package func changes(from before: WorkOrder?) -> [FieldChange] {
    let (old, done) = (before?.header, before?.progress)
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.field("customerId", old?.customerID, header.customerID)
    comparison.field("vehicleId", old?.vehicleID, header.vehicleID)
    comparison.choice("mode", old?.mode, header.mode)
    comparison.choice("serviceType", old?.serviceType, header.serviceType)
    comparison.field("summary", old.map { clean($0.summary) }, clean(header.summary))
    comparison.field("note", old?.note.map(clean), header.note.map(clean))
    comparison.field("externalIds", old?.externalIDs ?? [:], header.externalIDs)
    comparison.field("odometerKm", done?.odometerKm, progress.odometerKm)
    comparison.field("inspection/confirmedBy", nil, mask(done?.inspection, progress.inspection))
    comparison.field("diagnosis", done?.diagnosis.map(clean), progress.diagnosis.map(clean))
    comparison.field("estimate/revision", done?.estimate?.revision, progress.estimate?.revision)
    comparison.field("estimate/hash", done?.estimate?.hash, progress.estimate?.hash)
    comparison.field("estimate/total", done?.estimate?.total.amount, progress.estimate?.total.amount)
    comparison.field(
      "authorisation/estimateHash", done?.authorisation?.estimateHash, progress.authorisation?.estimateHash)
    comparison.field(
      "promisedDeliveryAt", done?.promisedDeliveryAt?.description, progress.promisedDeliveryAt?.description)
    comparison.field("promisedQuality", done?.promisedQuality, progress.promisedQuality)
    comparison.field("failedInspections", done?.failedInspections ?? 0, progress.failedInspections)
    comparison.field(
      "technicianIds", EventValue.list(done?.technicians.map { .text($0.canonical) } ?? []),
      EventValue.list(progress.technicians.map { .text($0.canonical) }))
    comparison.field(
      "visits", EventValue.list(done?.visits.map(\.eventValue) ?? []),
      EventValue.list(progress.visits.map(\.eventValue)))
    comparison.field("invoiceNumber", done?.invoiceNumber, progress.invoiceNumber)
    comparison.field("deliveredAt", done?.deliveredAt?.description, progress.deliveredAt?.description)
    comparison.field("closedAt", done?.closedAt?.description, progress.closedAt?.description)
    comparison.field("exitReason", done?.exitReason.map(clean), progress.exitReason.map(clean))
    return comparison.changes + contactChanges(from: before) + lineChanges(from: before?.lines ?? [])
  }

  /// People's own words as the log takes them, and whoever may not know the customer (`FreeText`).
  func clean(_ text: String) -> String { FreeText.cleaned(text, names: knownNames) }

  /// People of the customer's side whom the order names; their names are masked wherever personal data is.
  package var knownNames: [String] {
    [header.contact?.name, progress.authorisation?.decidedBy, progress.inspection?.confirmedBy].compactMap { $0 }
  }

  private func mask(_ before: ReceptionInspection?, _ after: ReceptionInspection?) -> String? {
    before == after ? nil : "recorded"
  }

  private func contactChanges(from before: WorkOrder?) -> [FieldChange] {
    before?.header.contact == header.contact ? [] : [FieldChange("contact", .null, .text("changed"))]
  }

  private func lineChanges(from before: [JobLine]) -> [FieldChange] {
    let old = Dictionary(uniqueKeysWithValues: before.map { ($0.number, $0) })
    let new = Dictionary(uniqueKeysWithValues: lines.map { ($0.number, $0) })
    return Set(old.keys).union(new.keys).sorted().compactMap { number in
      FieldChange.ifChanged(
        "lines/\(number)", old[number].map(\.eventValue) ?? .null, new[number].map(\.eventValue) ?? .null)
    }
  }
}

extension JobLine {
  /// The line as history shows it.
  var eventValue: EventValue {
    .object([
      "description": .text(work.description), "decision": .text(decision.rawValue), "amount": .text(amount.amount),
      "hours": .text(price.standardHours.description), "rate": .text(price.labourRate.amount),
      "technicianId": .optional(technicianID?.canonical), "concern": .optional(work.concern),
      "cause": .optional(work.cause), "correction": .optional(work.correction),
      "faultCode": .optional(work.faultCode), "causalPartNumber": .optional(work.causalPartNumber),
      "diagnosticTroubleCodes": .list(work.diagnosticTroubleCodes.map(EventValue.text)),
      "labourOperationCode": .optional(work.labourOperationCode),
      "sublet": .optional(price.sublet.map { "\($0.description): \($0.amount.amount)" }),
      "travel": .optional(price.travel.map { "\($0.description): \($0.amount.amount)" }),
      "split": .object(
        Dictionary(
          uniqueKeysWithValues: price.split.amounts.map {
            ($0.key.rawValue, .text(DecimalString.text(hundredths: $0.value)))
          })),
      "parts": .list(
        parts.map { .text("\($0.quantity) x \($0.partNumber) (\($0.origin.rawValue)) at \($0.unitPrice.amount)") }),
      "clockings": .list(
        clockings.map { .text("\($0.technicianID.canonical) \($0.startedAt) – \($0.stoppedAt?.description ?? "")") }),
    ])
  }
}
