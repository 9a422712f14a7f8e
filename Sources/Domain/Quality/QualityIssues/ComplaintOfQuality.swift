// A complaint as quality information (CMP-16, D-09, A1).

extension QualityFacts {
  /// What a complaint says by itself. A crash or a fire is a major accident; a manufacturing error is nobody's to conclude
  /// (D-06).
  package init(of complaint: Complaint) {
    let facts = complaint.header.facts
    let isOfProduct = complaint.header.category == .vehicleQuality || complaint.header.category == .parts
    self.init(
      casualties: facts.casualties, majorAccident: facts.crash || facts.fire,
      mediaExposure: facts.mediaExposure ? .imminent : .none, compensationDemand: complaint.header.compensationDemand,
      breakdown: facts.brokeDown, qualityDefect: isOfProduct)
  }
}

extension Complaint {
  /// The defect that it is counted under; none for a complaint about people, prices or work (QI-30).
  package var defects: [QualityDefect] {
    switch header.category {
    case .vehicleQuality, .parts:
      let defect = QualityDefect(
        partNumber: header.component, faultCode: header.faultCode, description: header.symptom.map(header.clean))
      return defect.isNamed ? [defect] : []
    case .repairQuality, .attitude, .price, .timeliness, .other: return []
    }
  }
}

extension QualityIssueHeader {
  /// What a quality issue begins with. The model is the vehicle's, to be filled in by whoever has it.
  package init(of complaint: Complaint) {
    let header = complaint.header
    self.init(
      source: .complaint, symptom: header.clean(header.symptom ?? header.customerWords), defects: complaint.defects,
      vehicleID: header.vehicleID, modelID: nil, customerID: header.customerID, workOrderID: nil,
      complaintID: complaint.id, odometerKm: header.odometerKm, occurredAt: complaint.stamp.createdAt, externalIDs: [:])
  }
}
