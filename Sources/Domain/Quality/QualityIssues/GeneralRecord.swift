// General quality information as a delivered order establishes it (WO-45, QI-04).

extension QualityIssueHeader {
  /// What was mended, without what people said about people. The model is the vehicle's, to be filled in by whoever has it.
  package init(of order: WorkOrder) {
    self.init(
      source: .workOrder, symptom: FreeText.cleaned(order.header.summary), defects: order.defects,
      vehicleID: order.header.vehicleID, modelID: nil, customerID: nil, workOrderID: order.id,
      odometerKm: order.progress.odometerKm, occurredAt: order.stamp.createdAt, externalIDs: [:])
  }

  /// Each complaint counts once: that of an order by its own record, that of a complaint by the complaint.
  package var isCounted: Bool {
    switch source {
    case .workOrder: true
    case .complaint, .earlyWarning: false
    case .callCentre, .station, .customer, .dealer: workOrderID == nil
    }
  }
}

extension QualityFacts {
  /// What an order shows by itself: a fault that the maker pays for is one of quality; a rescue for it means that the vehicle
  /// stood on the road (QI-18c).
  package init(of order: WorkOrder) {
    let payers: [PayerSplit.Payer] = [.warranty, .goodwill, .campaign]
    let isDefect = order.lines.contains { line in
      line.counts && line.defect != nil && payers.contains { line.price.split[$0] != 0 }
    }
    self.init(breakdown: isDefect && order.header.mode == .rescue, qualityDefect: isDefect)
  }
}

extension WorkOrder {
  /// The faults that its jobs name.
  package var defects: [QualityDefect] { lines.filter(\.counts).compactMap(\.defect) }
}

extension JobLine {
  /// The fault of the job; `nil` when it names none, as maintenance does.
  package var defect: QualityDefect? {
    let fault = work.faultCode ?? work.diagnosticTroubleCodes.first
    guard work.causalPartNumber != nil || fault != nil else { return nil }
    return QualityDefect(
      partNumber: work.causalPartNumber, faultCode: fault,
      description: FreeText.cleaned(work.cause ?? work.description))
  }
}
