import Domain
import Services

/// Whether null clears a member (merge patches, C-17) or means the same as leaving it out.
enum NullMeaning {
  case merging, absent
}

extension Form {
  mutating func issueHeader() -> QualityIssueHeader? {
    enum Reported: String, CaseIterable, Sendable {
      case callCentre, station, customer, dealer
    }
    let source = required("source", .choice(Reported.self)).flatMap { QualityIssue.Source(rawValue: $0.rawValue) }
    let symptom = required("symptom", .text(1...2000))
    let defects = array("defects", 0...50) { $0.qualityDefect() }
    let vehicleID = optional("vehicleId", .id(Vehicle.self))
    let modelID = optional("modelId", .id(VehicleModel.self))
    let customerID = optional("customerId", .id(Customer.self))
    let workOrderID = optional("workOrderId", .id(WorkOrder.self))
    let odometerKm = optional("odometerKm", .odometer)
    let occurredAt = optional("occurredAt", .timestamp)
    let externalIDs = optional("externalIds", .externalIDs)
    guard let source, let symptom, let defects else { return nil }
    return QualityIssueHeader(
      source: source, symptom: symptom, defects: defects, vehicleID: vehicleID, modelID: modelID,
      customerID: customerID, workOrderID: workOrderID, odometerKm: odometerKm, occurredAt: occurredAt,
      externalIDs: externalIDs ?? [:])
  }

  mutating func qualityDefect() -> QualityDefect? {
    let part = optional("partNumber", .text(1...60))
    let fault = optional("faultCode", .text(1...60))
    let description = optional("description", .text(1...500))
    if part == nil, fault == nil {
      refuse("partNumber", .required, "a defect names its part, its fault or both")
      return nil
    }
    return QualityDefect(partNumber: part, faultCode: fault, description: description)
  }

  /// Facts as somebody states them; frequencies are counted, not stated.
  mutating func qualityFacts(by caller: Caller) -> QualityFacts? {
    guard let patch = qualityFactsPatch(by: caller, .absent) else { return nil }
    var facts = QualityFacts()
    patch.merge(into: &facts)
    return facts
  }

  mutating func qualityFactsPatch(by caller: Caller, _ null: NullMeaning) -> QualityFactsPatch? {
    var facts = QualityFactsPatch()
    facts.casualties = member("casualties", .integer(0...100_000), null)
    facts.majorAccident = necessary("majorAccident", .boolean, null)
    facts.mediaExposure = necessary("mediaExposure", .choice(QualityFacts.MediaExposure.self), null)
    facts.reputationDamage = member("reputationDamage", .boolean, null)
    func assertion(_ form: inout Form) -> ManufacturingErrorAssertion? {
      form.required("evidence", .text(1...2000)).map {
        ManufacturingErrorAssertion(evidence: $0, assertedBy: caller.name)
      }
    }
    switch null {
    case .merging: facts.manufacturingError = objectPatch("manufacturingError", assertion)
    case .absent:
      if let given = object("manufacturingError", assertion) { facts.manufacturingError = .set(given) }
    }
    facts.companyLoss = member("companyLoss", .price, null)
    facts.vehicleValue = member("vehicleValue", .price, null)
    facts.compensationDemand = member("compensationDemand", .price, null)
    facts.salesImpact = necessary("salesImpact", .choice(QualityFacts.SalesImpact.self), null)
    facts.breakdown = necessary("breakdown", .boolean, null)
    facts.qualityDefect = necessary("qualityDefect", .boolean, null)
    facts.functionalDefect = necessary("functionalDefect", .boolean, null)
    return facts
  }

  mutating func qualityDecision(by caller: Caller, reason: String?) -> QualityIssueService.Decision? {
    let level = required("level", .choice(QualityLevel.self))
    let facts = object("facts") { $0.qualityFactsPatch(by: caller, .absent) }
    let recipients = optional("recipients", .array(of: .choice(Role.self), 1...20))
    guard let level else { return nil }
    var distinct: [Role] = []
    for role in recipients ?? QualityReport.standard where !distinct.contains(role) { distinct.append(role) }
    return QualityIssueService.Decision(
      level: level, reason: reason, facts: facts ?? QualityFactsPatch(), recipients: distinct)
  }

  mutating func measureDraft() -> QualityMeasureDraft? {
    let kind = required("kind", .choice(QualityMeasure.Kind.self))
    let description = required("description", .text(1...2000))
    let owner = required("owner", .text(1...100))
    let dueDate = required("dueDate", .date)
    guard let kind, let description, let owner, let dueDate else { return nil }
    return QualityMeasureDraft(kind: kind, description: description, owner: owner, dueDate: dueDate)
  }

  /// A fact that may be unknown.
  private mutating func member<Value>(
    _ name: String, _ reader: FieldReader<Value>, _ null: NullMeaning
  ) -> Patch<Value?> {
    switch null {
    case .merging: patch(name, reader)
    case .absent: optional(name, reader).map { .set($0) } ?? .keep
    }
  }

  /// A fact that is always one way or the other.
  private mutating func necessary<Value>(
    _ name: String, _ reader: FieldReader<Value>, _ null: NullMeaning
  ) -> Patch<Value> {
    switch null {
    case .merging: requiredPatch(name, reader)
    case .absent: optional(name, reader).map { .set($0) } ?? .keep
    }
  }
}
