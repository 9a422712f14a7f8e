extension Complaint {
  /// What changed since `before`, field by field; of personal data only that it changed.
  package func changes(from before: Complaint?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.choice("kind", before?.kind, kind)
    comparison.field("stationId", before?.stationID, stationID)
    compareHeader(before?.header, &comparison)
    compareProgress(before?.progress, &comparison)
    compareMajor(before?.major, &comparison)
    return comparison.changes
  }

  private func compareHeader(_ old: ComplaintHeader?, _ comparison: inout FieldComparison) {
    comparison.choice("channel", old?.channel, header.channel)
    comparison.field("customerId", old?.customerID, header.customerID)
    comparison.field("vehicleId", old?.vehicleID, header.vehicleID)
    comparison.field("vin", old?.vin, header.vin)
    comparison.field("serviceRequestId", old?.origin.serviceRequestID, header.origin.serviceRequestID)
    comparison.field("workOrderId", old?.origin.workOrderID, header.origin.workOrderID)
    comparison.choice("category", old?.category, header.category)
    comparison.field("customerWords", old.map { $0.clean($0.customerWords) }, header.clean(header.customerWords))
    comparison.field("symptom", old.flatMap { old in old.symptom.map(old.clean) }, header.symptom.map(header.clean))
    comparison.field("component", old?.component, header.component)
    comparison.field("faultCode", old?.faultCode, header.faultCode)
    comparison.field("facts/crash", old?.facts.crash ?? false, header.facts.crash)
    comparison.field("facts/fire", old?.facts.fire ?? false, header.facts.fire)
    comparison.field("facts/brokeDown", old?.facts.brokeDown ?? false, header.facts.brokeDown)
    comparison.field("facts/injured", old?.facts.injured, header.facts.injured)
    comparison.field("facts/deaths", old?.facts.deaths, header.facts.deaths)
    comparison.field("facts/mediaExposure", old?.facts.mediaExposure ?? false, header.facts.mediaExposure)
    comparison.field("incidentDate", old?.incidentDate, header.incidentDate)
    comparison.field("odometerKm", old?.odometerKm, header.odometerKm)
    comparison.field("compensationDemand", old?.compensationDemand, header.compensationDemand)
    comparison.field("externalIds", old?.externalIDs ?? [:], header.externalIDs)
    if let old, old.contact != header.contact {
      comparison.field("contact", EventValue.null, .text(PersonalData.hidden))
    }
  }

  private func compareProgress(_ old: ComplaintProgress?, _ comparison: inout FieldComparison) {
    comparison.choice("assignment/department", old?.assignment?.department, progress.assignment?.department)
    comparison.field("assignment/handler", old?.assignment?.handler, progress.assignment?.handler)
    comparison.choice("cause", old?.cause, progress.cause)
    comparison.field("findings", old?.findings.map(header.clean), progress.findings.map(header.clean))
    comparison.field("solutions", old?.solutions.count, progress.solutions.count)
    comparison.field(
      "promisedResolutionAt", old?.solution?.promisedAt.description, progress.solution?.promisedAt.description)
    comparison.field(
      "solution/toldAt", old?.solution?.toldAt?.description, progress.solution?.toldAt?.description)
    comparison.field("solution/option", old?.solution?.decision?.option, progress.solution?.decision?.option)
    comparison.field("refusals", old?.refusals, progress.refusals)
    comparison.choice("escalation/level", old?.escalation?.level, progress.escalation?.level)
    comparison.field(
      "escalation/acknowledgedAt", old?.escalation?.acknowledgedAt?.description,
      progress.escalation?.acknowledgedAt?.description)
    comparison.field(
      "resolution/summary", old?.resolution.map { header.clean($0.summary) },
      progress.resolution.map { header.clean($0.summary) })
    comparison.field(
      "satisfactionCall/rating", old?.satisfactionCall?.rating, progress.satisfactionCall?.rating)
    comparison.field("reopenings", old?.reopenings, progress.reopenings)
    comparison.field("conclusion", old?.conclusion.map(header.clean), progress.conclusion.map(header.clean))
    comparison.field("mergedIntoId", old?.mergedInto, progress.mergedInto)
    comparison.field(
      "mergedComplaintIds", (old?.merged ?? []).map(\.description), progress.merged.map(\.description))
  }

  private func compareMajor(_ old: MajorProgress?, _ comparison: inout FieldComparison) {
    comparison.field(
      "majorReport/reportedAt", old?.report?.reportedAt.description, major.report?.reportedAt.description)
    comparison.field(
      "majorReport/recipients", (old?.report?.sending?.recipients ?? []).map(\.rawValue),
      (major.report?.sending?.recipients ?? []).map(\.rawValue))
    comparison.choice("level", old?.confirmation?.level, major.confirmation?.level)
    comparison.field(
      "team", (old?.team?.members ?? []).map(\.userID.description),
      (major.team?.members ?? []).map(\.userID.description))
    comparison.field("arrivedAt", old?.arrival?.arrivedAt.description, major.arrival?.arrivedAt.description)
    comparison.field(
      "appraisal/liability", Self.shares(old?.appraisal), Self.shares(major.appraisal))
    comparison.field("negotiations", old?.negotiations.count, major.negotiations.count)
    comparison.field("agreement/hash", old?.agreement?.hash, major.agreement?.hash)
    comparison.field(
      "agreement/signatures", (old?.agreement?.signatures ?? []).map(\.side.rawValue),
      (major.agreement?.signatures ?? []).map(\.side.rawValue))
    comparison.field("repairOrderId", old?.repairOrderID, major.repairOrderID)
    comparison.field("compensations", Self.sums(old), Self.sums(major))
    comparison.field("vehicleReturns", Self.returns(old), Self.returns(major))
  }

  private static func shares(_ appraisal: LiabilityAppraisal?) -> [String] {
    (appraisal?.liability ?? []).map { "\($0.party.rawValue) \($0.percent)" }
  }

  private static func sums(_ major: MajorProgress?) -> [String] {
    (major?.compensations ?? []).map { "\($0.amount.description) \($0.payment == nil ? "granted" : "paid")" }
  }

  private static func returns(_ major: MajorProgress?) -> [String] {
    (major?.vehicleReturns ?? []).map { "\($0.vehicleID) \($0.storage == nil ? "collected" : "stored")" }
  }
}
