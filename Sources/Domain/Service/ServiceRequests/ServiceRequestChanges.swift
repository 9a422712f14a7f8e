extension ServiceRequest {
  /// What changed since `before`, field by field; of personal data only that it changed.
  package func changes(from before: ServiceRequest?) -> [FieldChange] {
    let (old, done) = (before?.header, before?.progress)
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.field("stationId", before?.stationID, stationID)
    comparison.choice("kind", old?.kind, header.kind)
    comparison.choice("source", old?.source, header.source)
    comparison.choice("medium", old?.medium, header.medium)
    comparison.choice("urgency", old?.urgency, header.urgency)
    comparison.choice("mode", old?.mode, header.mode)
    comparison.field("cityMinorRepair", old?.cityMinorRepair ?? false, header.cityMinorRepair)
    comparison.field("customerId", old?.customerID, header.customerID)
    comparison.field("vehicleId", old?.vehicleID, header.vehicleID)
    comparison.field("vin", old?.vin, header.vin)
    comparison.field("plate", old?.plate, header.plate)
    comparison.field("place/city", old?.place.city, header.place.city)
    comparison.field("place/regionId", old?.place.regionID, header.place.regionID)
    comparison.field("need", old.map { $0.clean($0.need) }, header.clean(header.need))
    comparison.field("symptom", old.flatMap { old in old.symptom.map(old.clean) }, header.symptom.map(header.clean))
    comparison.field("requirement/repairType", old?.requirement.repairType, header.requirement.repairType)
    comparison.field("requirement/brand", old?.requirement.brand, header.requirement.brand)
    comparison.field("requirement/skill", old?.requirement.skill, header.requirement.skill)
    comparison.choice("inspection/rhythm", old?.inspection?.rhythm, header.inspection?.rhythm)
    comparison.field(
      "inspection/plannedOn", old?.inspection?.plannedOn.description, header.inspection?.plannedOn.description)
    comparison.field("inspection/intervalDays", old?.inspection?.intervalDays, header.inspection?.intervalDays)
    comparison.field("externalIds", old?.externalIDs ?? [:], header.externalIDs)
    comparison.field("forwardedTo", done?.forwardedTo, progress.forwardedTo)
    comparison.field(
      "answer/text", (done?.answer?.text).map(header.clean), (progress.answer?.text).map(header.clean))
    comparison.field(
      "firstResponseAt", done?.firstResponseAt?.description, progress.firstResponseAt?.description)
    comparison.field(
      "escalation/escalatedAt", done?.escalation?.escalatedAt.description,
      progress.escalation?.escalatedAt.description)
    comparison.field("dispatch/attempt", done?.dispatch?.attempt, progress.dispatch?.attempt)
    comparison.field(
      "dispatch/overruled", done?.dispatch?.isOverruled ?? false, progress.dispatch?.isOverruled ?? false)
    comparison.field(
      "informedStaffIds", done?.informedStaff.map(\.canonical) ?? [], progress.informedStaff.map(\.canonical))
    comparison.field("refusals", done?.refusals.count ?? 0, progress.refusals.count)
    comparison.field(
      "expectedArrivalAt", done?.expectedArrivalAt?.description, progress.expectedArrivalAt?.description)
    comparison.field("workOrderId", done?.workOrderID, progress.workOrderID)
    comparison.field("arrivedAt", done?.arrivedAt?.description, progress.arrivedAt?.description)
    comparison.field(
      "resolution/summary", (done?.resolution?.summary).map(header.clean),
      (progress.resolution?.summary).map(header.clean))
    comparison.field("resolution/caseReference", done?.resolution?.caseReference, progress.resolution?.caseReference)
    comparison.field(
      "receipts", done?.receipts.map(\.party.rawValue) ?? [], progress.receipts.map(\.party.rawValue))
    comparison.field("callAttempts", done?.callAttempts.count ?? 0, progress.callAttempts.count)
    comparison.field("callBack/rating", done?.callBack?.rating, progress.callBack?.rating)
    comparison.field("reopenings", done?.reopenings ?? 0, progress.reopenings)
    comparison.choice("conversion/target", done?.conversion?.target, progress.conversion?.target)
    comparison.field("exitReason", done?.exitReason.map(header.clean), progress.exitReason.map(header.clean))
    comparison.field("closedAt", done?.closedAt?.description, progress.closedAt?.description)
    return comparison.changes + personalChanges(from: old)
  }

  private func personalChanges(from old: ServiceRequestHeader?) -> [FieldChange] {
    var changes: [FieldChange] = []
    if old?.contact != header.contact { changes.append(FieldChange("contact", .null, .text("changed"))) }
    if old?.place.address != header.place.address || old?.place.position != header.place.position {
      changes.append(FieldChange("place/address", .null, .text("changed")))
    }
    return changes
  }
}
